//! What is answered to a request, check by check.

use std::{net::IpAddr, sync::Mutex, time::Duration};

use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Incoming,
    header::{self, HeaderName},
};
use rand::Rng;
use rand_chacha::ChaCha20Rng;

use super::{
    MAX_REQUEST_BYTES,
    auth::{Credentials, challenges},
    limiter::Limiter,
    nonces::{Check, Nonces},
    reply::Reply,
    routes::{Route, What, encoded},
    upload::{self, UploadError},
};
use crate::{
    api::ApiError,
    crypto::{HttpHash, same},
    exchange::openrosa::{
        Submission,
        response::{Listed, form_list, manifest},
    },
    node::{Credential, Drafts, Handle, NotTaken, REALM, Received, Taken, clock, is_password},
};

/// What of a refused request is still read, so that its sender hears the answer.
const MAX_DRAINED: usize = 256 * 1024;
const DRAINED_FOR: Duration = Duration::from_secs(2);
/// Bytes of a host's name.
const MAX_HOST: usize = 255;

const VERSION: &str = "x-openrosa-version";

/// What requests are answered with.
pub(super) struct Desk {
    handle: Handle,
    drafts: Drafts,
    secure: bool,
    url: Option<String>,
    nonces: Mutex<Nonces>,
    limiter: Mutex<Limiter>,
    rng: Mutex<ChaCha20Rng>,
}

impl Desk {
    pub(super) async fn new(
        handle: Handle,
        secure: bool,
        url: Option<String>,
    ) -> Result<Self, ApiError> {
        let drafts = handle.with(crate::node::Node::drafts).await??;
        let mut rng = clock::entropy();
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        Ok(Self {
            handle,
            drafts,
            secure,
            url: url.map(|url| url.trim_end_matches('/').to_owned()),
            nonces: Mutex::new(Nonces::new(key)),
            limiter: Mutex::default(),
            rng: Mutex::new(rng),
        })
    }

    pub(super) async fn answer(&self, request: Request<Incoming>, from: IpAddr) -> Reply {
        let (head, mut body) = request.into_parts();
        let checked = self.check(&head.method, &head.uri, &head.headers, from).await;
        let answered = match checked {
            Ok((route, by)) => match (route.what.clone(), head.method) {
                (What::Submission, Method::POST) => {
                    return self.submission(&head.headers, body, by).await;
                }
                (What::Submission, _head) => Ok(Reply::empty(StatusCode::NO_CONTENT)),
                (What::FormList, _get) => {
                    self.form_list(&route, &head.headers, head.uri.query()).await
                }
                (What::Manifest(id), _get) => self.manifest(id).await,
                (What::Form(id), _get) => self.form(id).await,
            },
            Err(refused) => {
                drain(&mut body).await;
                Err(refused)
            }
        };
        answered.unwrap_or_else(|refused| refused)
    }

    /// Route, method, version, credentials: what is asked for, and who asks.
    async fn check(
        &self,
        method: &Method,
        uri: &hyper::Uri,
        headers: &HeaderMap,
        from: IpAddr,
    ) -> Result<(Route, String), Reply> {
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
        if headers.get(VERSION).is_none_or(|version| version != "1.0") {
            let text = "The header X-OpenRosa-Version: 1.0 is missing.";
            return Err(Reply::message(StatusCode::BAD_REQUEST, text));
        }
        let target = uri.path_and_query().map_or_else(|| uri.path(), |target| target.as_str());
        let by = self.who(&route, method, target, headers, from).await?;
        Ok((route, by))
    }

    /// The phone that asks.
    async fn who(
        &self,
        route: &Route,
        method: &Method,
        target: &str,
        headers: &HeaderMap,
        from: IpAddr,
    ) -> Result<String, Reply> {
        if let Some(key) = route.key.clone().filter(|key| is_password(key)) {
            // A right one is let in whoever else guesses from the same address: behind a proxy all
            // come from there.
            let found = self.handle.with(move |node| node.phone_of(&key)).await.map_err(failed)?;
            let Some(found) = found else {
                self.may_try(from, None)?;
                return Err(self.wrong(from, None));
            };
            return Ok(found);
        }
        let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(said) = said else { return Err(self.challenge(false)) };
        let Some(credentials) = Credentials::read(said) else {
            self.may_try(from, None)?;
            return Err(self.wrong(from, None));
        };
        let user = credentials.user().to_owned();
        let name = user.clone();
        let known = self.handle.with(move |node| node.phone(&name)).await.map_err(failed)?;
        let Some(known) = known else {
            self.may_try(from, None)?;
            return Err(self.wrong(from, None));
        };
        self.may_try(from, Some(&user))?;
        match self.prove(&credentials, &known, method, target) {
            Check::Good => Ok(user),
            Check::Stale => Err(self.challenge(true)),
            Check::Bad => Err(self.wrong(from, Some(&user))),
        }
    }

    fn prove(
        &self,
        credentials: &Credentials,
        known: &Credential,
        method: &Method,
        target: &str,
    ) -> Check {
        match credentials {
            Credentials::Basic { user, password } => {
                let ha1 = HttpHash::Sha256.hex(format!("{user}:{REALM}:{password}").as_bytes());
                if same(&ha1, &known.ha1_sha256) { Check::Good } else { Check::Bad }
            }
            Credentials::Digest(digest) => {
                let ha1 = match digest.hash {
                    HttpHash::Md5 => &known.ha1_md5,
                    HttpHash::Sha256 => &known.ha1_sha256,
                };
                if !digest.proves(ha1, REALM, method.as_str(), target) {
                    return Check::Bad;
                }
                let mut nonces =
                    self.nonces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                nonces.use_up(&digest.nonce, digest.count, clock::uptime())
            }
        }
    }

    fn may_try(&self, from: IpAddr, user: Option<&str>) -> Result<(), Reply> {
        let limiter = self.limiter.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        limiter.wait(from, user, clock::uptime()).map_or(Ok(()), |wait| Err(Reply::wait(wait)))
    }

    /// Notes a wrong password.
    fn wrong(&self, from: IpAddr, user: Option<&str>) -> Reply {
        let mut limiter = self.limiter.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        limiter.failed(from, user, clock::uptime());
        drop(limiter);
        self.challenge(false)
    }

    fn challenge(&self, stale: bool) -> Reply {
        let mut random = [0; 8];
        let mut rng = self.rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        rng.fill_bytes(&mut random);
        drop(rng);
        let nonces = self.nonces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let nonce = nonces.give(clock::uptime(), random);
        drop(nonces);
        Reply::challenge(challenges(REALM, &nonce, stale))
    }

    async fn form_list(
        &self,
        route: &Route,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Result<Reply, Reply> {
        let base = self.base(route, headers)?;
        let wanted =
            query.and_then(|query| query.split('&').find_map(|it| it.strip_prefix("formID=")));
        let wanted = wanted.map(str::to_owned);
        let forms = self.handle.with(crate::node::Node::served_forms).await;
        let forms = forms.and_then(|forms| forms).map_err(failed)?;
        let listed = forms.into_iter().map(|form| Listed {
            md5: HttpHash::Md5.hex(form.xml.as_bytes()),
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
    fn base(&self, route: &Route, headers: &HeaderMap) -> Result<String, Reply> {
        if let Some(url) = &self.url {
            return Ok(format!("{url}{}", route.prefix));
        }
        let host =
            headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if host.is_empty() || host.len() > MAX_HOST || !host.chars().all(plain) {
            return Err(Reply::message(StatusCode::BAD_REQUEST, "The header Host is no host."));
        }
        let scheme = if self.secure { "https" } else { "http" };
        Ok(format!("{scheme}://{host}{}", route.prefix))
    }

    async fn submission(&self, headers: &HeaderMap, mut body: Incoming, by: String) -> Reply {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > MAX_REQUEST_BYTES) {
            drain(&mut body).await;
            return too_large();
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
        let received = Received { submission, xml: upload.xml, files: upload.files, by };
        match self.handle.with(move |node| node.take_submission(received)).await {
            Ok(Ok(Taken::New)) => Reply::message(StatusCode::CREATED, "Received."),
            Ok(Ok(Taken::Again)) => Reply::message(StatusCode::ACCEPTED, "Received before."),
            Ok(Err(NotTaken::UnknownForm)) => no_form(),
            Ok(Err(NotTaken::Conflict(why))) => {
                Reply::message(StatusCode::CONFLICT, &why.to_string())
            }
            Ok(Err(NotTaken::TooManyFiles)) => too_large(),
            Ok(Err(NotTaken::Failed(error))) | Err(error) => failed(error),
        }
    }
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
