//! Answers as HTTP: each with the headers that OpenRosa wants. `Date` is hyper's.

use std::time::Duration;

use http_body_util::Full;
use hyper::{
    HeaderMap, Response, StatusCode,
    body::Bytes,
    header::{self, HeaderName, HeaderValue},
};

use super::MAX_REQUEST_BYTES;
use crate::exchange::openrosa::response;

const VERSION: HeaderName = HeaderName::from_static("x-openrosa-version");
const ACCEPTS: HeaderName = HeaderName::from_static("x-openrosa-accept-content-length");

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: String,
}

impl Reply {
    /// A document.
    pub(super) const fn xml(status: StatusCode, body: String) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    /// A sentence.
    pub(super) fn message(status: StatusCode, text: &str) -> Self {
        let nature = if status.is_success() { "submit_success" } else { "error" };
        Self::xml(status, response::message(nature, text))
    }

    /// Nothing but headers.
    pub(super) const fn empty(status: StatusCode) -> Self {
        Self::xml(status, String::new())
    }

    /// The same with a header.
    pub(super) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Please prove who you are.
    pub(super) fn challenge(challenges: impl IntoIterator<Item = String>) -> Self {
        let refused = Self::message(StatusCode::UNAUTHORIZED, "Name and password, please.");
        let with = |reply: Self, challenge| reply.with(header::WWW_AUTHENTICATE, challenge);
        challenges.into_iter().fold(refused, with)
    }

    /// Please wait.
    pub(super) fn wait(wait: Duration) -> Self {
        let refused = Self::message(StatusCode::TOO_MANY_REQUESTS, "Too many wrong passwords.");
        refused.with(header::RETRY_AFTER, wait.as_secs().saturating_add(1).to_string())
    }

    /// As hyper sends it.
    pub(super) fn response(self) -> Response<Full<Bytes>> {
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(name, value);
            }
        }
        headers.insert(VERSION, HeaderValue::from_static("1.0"));
        headers.insert(ACCEPTS, HeaderValue::from(MAX_REQUEST_BYTES));
        // Lists of forms and answers say something of whoever asks; nobody on the way keeps them.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if !self.body.is_empty() {
            let xml = HeaderValue::from_static("text/xml; charset=utf-8");
            headers.insert(header::CONTENT_TYPE, xml);
        }
        let mut response = Response::new(Full::new(Bytes::from(self.body)));
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }
}
