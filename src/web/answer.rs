//! What is answered to a request, check by check.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Incoming,
    header::{self, HeaderName},
};

use super::{
    MAX_REQUEST_BYTES,
    guard::{Guard, Refused},
    limiter::Source,
    reply::Reply,
    routes::{Route, What, encoded},
    upload::{self, UploadError},
};
use crate::{
    api::ApiError,
    exchange::openrosa::{
        Submission, host,
        response::{Listed, form_list, manifest},
    },
    node::{Drafts, Handle, NotTaken, Received, Sender, Taken},
};

/// What of a refused request is still read, so that its sender hears the answer.
const MAX_DRAINED: usize = 256 * 1024;
const DRAINED_FOR: Duration = Duration::from_secs(2);
/// Submissions that one phone may be sending at once.
const MAX_SENDING: usize = 4;
/// What proxies add.
const FORWARDED: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host"];

const VERSION: &str = "x-openrosa-version";

/// What requests are answered with.
pub(super) struct Desk {
    handle: Handle,
    drafts: Drafts,
    guard: Guard,
    secure: bool,
    url: Option<String>,
    /// Submissions that each phone is sending.
    sending: Arc<Mutex<BTreeMap<String, usize>>>,
}

/// An answer, and whether whoever asked proved who it is.
pub(super) struct Answered {
    pub(super) reply: Reply,
    pub(super) known: bool,
}

impl Desk {
    pub(super) async fn new(
        handle: Handle,
        secure: bool,
        url: Option<String>,
    ) -> Result<Self, ApiError> {
        let drafts = handle.with(crate::node::Node::drafts).await??;
        let url = url.map(|url| url.trim_end_matches('/').to_owned());
        let guard = Guard::new(handle.clone());
        Ok(Self { handle, drafts, guard, secure, url, sending: Arc::default() })
    }

    /// `proved` is told who asks as soon as that is known: a body may take long after that.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        from: Source,
        proved: impl FnOnce(&str),
    ) -> Answered {
        let (head, mut body) = request.into_parts();
        let checked = self.check(&head.method, &head.uri, &head.headers, from).await;
        let (route, by) = match checked {
            Ok(checked) => checked,
            Err(reply) => {
                drain(&mut body).await;
                return Answered { reply, known: false };
            }
        };
        proved(by.name());
        let answered = match (route.what.clone(), head.method) {
            (What::Submission, Method::POST) => Ok(self.submission(&head.headers, body, by).await),
            (What::Submission, _head) => Ok(Reply::empty(StatusCode::NO_CONTENT)),
            (What::FormList, _get) => self.form_list(&route, &head.headers, head.uri.query()).await,
            (What::Manifest(id), _get) => self.manifest(id).await,
            (What::Form(id), _get) => self.form(id).await,
        };
        Answered { reply: answered.unwrap_or_else(|refused| refused), known: true }
    }

    /// Route, method, host, version, credentials: what is asked for, and who asks.
    async fn check(
        &self,
        method: &Method,
        uri: &hyper::Uri,
        headers: &HeaderMap,
        from: Source,
    ) -> Result<(Route, Sender), Reply> {
        let none = || Reply::message(StatusCode::NOT_FOUND, "There is nothing here.");
        let route = Route::read(uri.path()).ok_or_else(none)?;
        let allowed = match route.what {
            What::Submission => [Method::HEAD, Method::POST],
            What::FormList | What::Manifest(_) | What::Form(_) => [Method::GET, Method::HEAD],
        };
        if !allowed.contains(method) {
            let allowed = allowed.map(|method| method.to_string()).join(", ");
            let refused = Reply::message(StatusCode::METHOD_NOT_ALLOWED, "Not in this way.");
            return Err(refused.with(header::ALLOW, allowed));
        }
        self.check_host(headers)?;
        if headers.get(VERSION).is_none_or(|version| version != "1.0") {
            let text = "The header X-OpenRosa-Version: 1.0 is missing.";
            return Err(Reply::message(StatusCode::BAD_REQUEST, text));
        }
        let target = uri.path_and_query().map_or_else(|| uri.path(), |target| target.as_str());
        match self.guard.who(&route, (method, target), headers, from).await {
            Ok(by) => Ok((route, by)),
            Err(Refused::Nobody(reply)) => Err(reply),
            Err(Refused::Failed(error)) => Err(failed(error)),
        }
    }

    /// Without TLS the door is for this computer, or for a proxy of which the operator has said how
    /// phones reach it. Anything else is a proxy of which nothing is known, where addresses would
    /// go out in the clear, or a page in a browser that was told that its own host is here.
    fn check_host(&self, headers: &HeaderMap) -> Result<(), Reply> {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.filter(|host| host::is_host(host)).ok_or_else(|| {
            Reply::message(StatusCode::BAD_REQUEST, "The header Host is no host.")
        })?;
        if self.secure {
            return Ok(());
        }
        let expected = match self.url.as_deref().map(host::host_of) {
            Some(public) => {
                host::is_loopback(host) || public.is_some_and(|it| it.eq_ignore_ascii_case(host))
            }
            None => {
                let forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
                host::is_loopback(host) && !forwarded
            }
        };
        let text = "Behind a proxy the node needs --openrosa-url https://… with this host.";
        expected.then_some(()).ok_or_else(|| Reply::message(StatusCode::MISDIRECTED_REQUEST, text))
    }

    async fn form_list(
        &self,
        route: &Route,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Result<Reply, Reply> {
        let base = self.base(route, headers);
        let wanted =
            query.and_then(|query| query.split('&').find_map(|it| it.strip_prefix("formID=")));
        let wanted = wanted.map(str::to_owned);
        let forms = self.handle.with(crate::node::Node::listed_forms).await;
        let forms = forms.and_then(|forms| forms).map_err(failed)?;
        let listed = forms.into_iter().map(|form| Listed {
            md5: form.md5,
            url: format!("{base}/forms/{}.xml", encoded(&form.id)),
            id: form.id,
            title: form.title,
            version: form.version,
        });
        let asked = |form: &Listed| wanted.as_ref().is_none_or(|id| *id == encoded(&form.id));
        let listed: Vec<Listed> = listed.filter(asked).collect();
        Ok(Reply::xml(StatusCode::OK, form_list(&listed)))
    }

    async fn form(&self, id: String) -> Result<Reply, Reply> {
        let found = self.handle.with(move |node| node.served_form(&id)).await;
        let found = found.and_then(|found| found).map_err(failed)?;
        found.map(|form| Reply::xml(StatusCode::OK, form.xml)).ok_or_else(no_form)
    }

    async fn manifest(&self, id: String) -> Result<Reply, Reply> {
        self.form(id).await.map(|_form| Reply::xml(StatusCode::OK, manifest()))
    }

    /// What addresses begin with that are given out.
    fn base(&self, route: &Route, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        // `check_host` has read it.
        let (host, prefix) = (host.unwrap_or_default(), &route.prefix);
        match &self.url {
            Some(url) => format!("{url}{prefix}"),
            None if self.secure => format!("https://{host}{prefix}"),
            None => format!("http://{host}{prefix}"),
        }
    }

    async fn submission(&self, headers: &HeaderMap, mut body: Incoming, by: Sender) -> Reply {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        let refused = if length.is_some_and(|length| length > MAX_REQUEST_BYTES) {
            Some(too_large())
        } else {
            self.may_upload(&by, length.unwrap_or_default()).await.err()
        };
        let Some(_sending) = Sending::begin(&self.sending, by.name()) else {
            drain(&mut body).await;
            return later();
        };
        if let Some(refused) = refused {
            drain(&mut body).await;
            return refused;
        }
        let kind = text(header::CONTENT_TYPE).unwrap_or_default();
        let upload = match upload::read(kind, body, &self.drafts).await {
            Ok(upload) => upload,
            Err(error) => return not_read(&error).with(header::CONNECTION, "close"),
        };
        let submission = match Submission::read(&upload.xml) {
            Ok(submission) => submission,
            Err(error) => return Reply::message(StatusCode::BAD_REQUEST, &error.to_string()),
        };
        let instance = submission.instance.clone();
        let received = Received { submission, xml: upload.xml, files: upload.files, by };
        let taken = match self.handle.with(move |node| node.take_submission(received)).await {
            Ok(Ok(taken)) => taken,
            Ok(Err(error)) => return self.not_taken(error),
            Err(error) => return failed(error),
        };
        // What cannot be sealed as evidence now stays where it is, sealed as well.
        if let Err(error) = self.handle.attach(instance).await {
            tracing::warn!(message = error.message, "files of a submission wait to be evidence");
        }
        match taken {
            Taken::New => Reply::message(StatusCode::CREATED, "Received."),
            Taken::Again => Reply::message(StatusCode::ACCEPTED, "Received before."),
        }
    }

    async fn may_upload(&self, by: &Sender, bytes: u64) -> Result<(), Reply> {
        let by = by.clone();
        let may = self.handle.with(move |node| node.may_upload(&by, bytes)).await;
        may.map_err(failed)?.map_err(|error| self.not_taken(error))
    }

    fn not_taken(&self, error: NotTaken) -> Reply {
        match error {
            NotTaken::Revoked => self.guard.challenge(false).with(header::CONNECTION, "close"),
            NotTaken::UnknownForm => no_form(),
            NotTaken::Conflict(why) => Reply::message(StatusCode::CONFLICT, &why.to_string()),
            NotTaken::TooManyFiles => too_large(),
            NotTaken::NoRoom => {
                let text = "This phone has sent as much as is taken of one for now.";
                Reply::message(StatusCode::INSUFFICIENT_STORAGE, text)
            }
            NotTaken::Failed(error) => failed(error),
        }
    }
}

/// A phone that is sending, counted until it is dropped.
struct Sending {
    all: Arc<Mutex<BTreeMap<String, usize>>>,
    name: String,
}

impl Sending {
    fn begin(all: &Arc<Mutex<BTreeMap<String, usize>>>, name: &str) -> Option<Self> {
        let mut counts = all.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(name.to_owned()).or_default();
        if *count >= MAX_SENDING {
            return None;
        }
        *count = count.saturating_add(1);
        drop(counts);
        Some(Self { all: Arc::clone(all), name: name.to_owned() })
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let mut counts = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.name) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.name);
            }
        }
    }
}

fn later() -> Reply {
    let text = "This phone is sending several submissions already. Please try again later.";
    Reply::message(StatusCode::SERVICE_UNAVAILABLE, text).with(header::RETRY_AFTER, "30")
}

fn no_form() -> Reply {
    Reply::message(StatusCode::NOT_FOUND, "There is no such form.")
}

fn too_large() -> Reply {
    Reply::message(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large.")
}

fn not_read(error: &UploadError) -> Reply {
    let status = match error {
        UploadError::Multipart(_) | UploadError::NoXml | UploadError::Name => {
            StatusCode::BAD_REQUEST
        }
        UploadError::Charset => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        UploadError::TooMany | UploadError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        UploadError::Slow | UploadError::Broken => StatusCode::REQUEST_TIMEOUT,
        UploadError::Full => StatusCode::INSUFFICIENT_STORAGE,
        UploadError::Disk => StatusCode::SERVICE_UNAVAILABLE,
    };
    Reply::message(status, &error.to_string())
}

/// What went wrong here is for the log of the node, not for whoever asks.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: ApiError) -> Reply {
    tracing::warn!(message = error.message, "a request of a phone failed");
    let text = "The node cannot take this now. Please try again later.";
    Reply::message(StatusCode::SERVICE_UNAVAILABLE, text)
}

/// Reads a little of what nobody wants: a client that still sends would not hear the answer.
async fn drain(body: &mut Incoming) {
    let reading = async {
        let mut drained = 0_usize;
        while let Ok(Some(bytes)) = upload::next(body).await {
            drained = drained.saturating_add(bytes.len());
            if drained > MAX_DRAINED {
                break;
            }
        }
    };
    // Whoever is slower than that hears nothing.
    drop(tokio::time::timeout(DRAINED_FOR, reading).await);
}
