//! Who asks: credentials are proved first, and only what is wrong is counted.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::{HeaderMap, Method, header};
use rand::Rng;
use rand_chacha::ChaCha20Rng;

use super::{
    auth::{Credentials, challenges},
    limiter::{Limiter, Source},
    nonces::{Check, Nonces},
    reply::Reply,
    routes::Route,
};
use crate::{
    api::ApiError,
    crypto::{HttpHash, same},
    node::{Credential, Handle, REALM, Sender, clock, is_password},
};

/// Knows phones by their passwords.
pub(super) struct Guard {
    handle: Handle,
    nonces: Mutex<Nonces>,
    limiter: Mutex<Limiter>,
    rng: Mutex<ChaCha20Rng>,
    /// Is asked for a proof where no phone has the name: so much work is done for every name.
    nobody: Credential,
}

/// Why nobody is known.
pub(super) enum Refused {
    /// Nobody proved anything.
    Nobody(Reply),
    /// The node failed.
    Failed(ApiError),
}

impl Guard {
    pub(super) fn new(handle: Handle) -> Self {
        let mut rng = clock::entropy();
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        let mut password = [0; 32];
        rng.fill_bytes(&mut password);
        Self {
            handle,
            nonces: Mutex::new(Nonces::new(key)),
            limiter: Mutex::default(),
            rng: Mutex::new(rng),
            nobody: Credential::of_nobody(&password),
        }
    }

    /// The phone that asks.
    pub(super) async fn who(
        &self,
        route: &Route,
        (method, target): (&Method, &str),
        headers: &HeaderMap,
        from: Source,
    ) -> Result<Sender, Refused> {
        if let Some(key) = route.key.clone().filter(|key| is_password(key)) {
            let found = self.handle.with(move |node| node.phone_of(&key)).await;
            return found.map_err(Refused::Failed)?.ok_or_else(|| self.wrong(from, ""));
        }
        let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(said) = said else { return Err(Refused::Nobody(self.challenge(false))) };
        let Some(credentials) = Credentials::read(said) else { return Err(self.wrong(from, "")) };
        let user = credentials.user().to_owned();
        let name = user.clone();
        let known = self.handle.with(move |node| node.phone(&name)).await;
        let known = known.map_err(Refused::Failed)?;
        let proof = prove(&credentials, known.as_ref().unwrap_or(&self.nobody), method, target);
        match (proof, known) {
            (Proof::Right, Some(known)) => Ok(known.sender(user)),
            (Proof::Counted(nonce, count), Some(known)) => {
                let check = lock(&self.nonces).use_up(&nonce, count, clock::uptime());
                match check {
                    Check::Good => Ok(known.sender(user)),
                    // The password was right: of before a restart, or sent again by a proxy. With a
                    // new nonce the client goes on by itself, and nothing is held against it.
                    Check::Stale | Check::Bad => Err(Refused::Nobody(self.challenge(true))),
                }
            }
            (Proof::Wrong, _) | (_, None) => Err(self.wrong(from, &user)),
        }
    }

    /// Notes a wrong password.
    fn wrong(&self, from: Source, name: &str) -> Refused {
        let wait = lock(&self.limiter).failed(from, name, clock::uptime());
        Refused::Nobody(wait.map_or_else(|| self.challenge(false), Reply::wait))
    }

    /// Asks for name and password.
    pub(super) fn challenge(&self, stale: bool) -> Reply {
        let mut random = [0; 8];
        lock(&self.rng).fill_bytes(&mut random);
        let nonce = lock(&self.nonces).give(clock::uptime(), random);
        Reply::challenge(challenges(REALM, &nonce, stale))
    }
}

/// What credentials prove.
enum Proof {
    Wrong,
    Right,
    /// Right, if this count of this nonce was not used.
    Counted(String, u32),
}

fn prove(credentials: &Credentials, known: &Credential, method: &Method, target: &str) -> Proof {
    match credentials {
        Credentials::Basic { user, password } => {
            let ha1 = HttpHash::Sha256.hex(format!("{user}:{REALM}:{password}").as_bytes());
            if same(&ha1, &known.ha1_sha256) { Proof::Right } else { Proof::Wrong }
        }
        Credentials::Digest(digest) => {
            let ha1 = match digest.hash {
                HttpHash::Md5 => &known.ha1_md5,
                HttpHash::Sha256 => &known.ha1_sha256,
            };
            if digest.proves(ha1, REALM, method.as_str(), target) {
                Proof::Counted(digest.nonce.clone(), digest.count)
            } else {
                Proof::Wrong
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
