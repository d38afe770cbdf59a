//! Which phones may send: a name and a password each, of which only digests are kept, sealed among
//! this node's own affairs.

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::{
    api::{
        Answer, ApiError,
        openrosa::{NewPhone, Phone},
    },
    crypto::{HttpHash, Label},
    exchange::openrosa::{host::is_safe_url, settings},
    node::{Node, clock, errors},
};

/// What stands before a phone's name among the node's own affairs.
const PREFIX: &str = "openrosa/phone/";
/// Phones, revoked ones too: they are copied into the node's anchor with all else that is its own.
const MAX_PHONES: usize = 500;
/// Bytes of a name.
const MAX_NAME: usize = 40;
/// The realm of which passwords are. Digests are bound to it: it never changes.
pub const REALM: &str = "ceiba";
/// Letters and digits that are not taken for each other (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of a password: five bits each.
const PASSWORD_LETTERS: usize = 20;
/// Characters between two dashes.
const GROUP: usize = 5;

/// What is kept of a phone.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credential {
    /// MD5 of name, realm and password.
    pub ha1_md5: String,
    /// SHA-256 of name, realm and password.
    pub ha1_sha256: String,
    /// Digest of the password alone, for addresses that hold it.
    token: String,
    since: String,
    revoked: Option<String>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(..)")
    }
}

impl Credential {
    /// One that no phone has and no password fits.
    #[must_use]
    pub fn of_nobody(random: &[u8]) -> Self {
        let ha1_md5 = HttpHash::Md5.hex(random);
        let (ha1_sha256, since) = (HttpHash::Sha256.hex(random), String::new());
        Self { ha1_md5, ha1_sha256, token: String::new(), since, revoked: None }
    }

    /// The phone that proved this.
    #[must_use]
    pub fn sender(&self, name: String) -> Sender {
        Sender { name, proved: self.ha1_sha256.clone() }
    }
}

/// A phone that proved who it is, and with which password: a name may get another one while a
/// submission is on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct Sender {
    name: String,
    proved: String,
}

impl Sender {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sender(..)")
    }
}

impl Node {
    pub(super) fn add_phone(&mut self, name: &str, url: Option<&str>) -> Result<Answer, ApiError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(plain) {
            let form = format!("a phone's name has 1 to {MAX_NAME} letters, digits, -, _ and .");
            return Err(errors::usage(form));
        }
        if url.is_some_and(|url| !is_safe_url(url)) {
            let form = "the address begins with https://, or with http:// for this computer alone";
            return Err(errors::usage(form));
        }
        let key = format!("{PREFIX}{name}");
        let known = self.credential(&key);
        if known.as_ref().is_some_and(|known| known.revoked.is_none()) {
            return Err(errors::refused(format!("there is a phone {name:?} already"))
                .hint("choose another name, or revoke it first: it then gets a new password"));
        }
        if known.is_none() && self.replica.locals(PREFIX).count() >= MAX_PHONES {
            return Err(errors::refused(format!("at most {MAX_PHONES} phones are kept")));
        }
        let password = self.new_password();
        let digested = format!("{name}:{REALM}:{password}");
        let credential = Credential {
            ha1_md5: HttpHash::Md5.hex(digested.as_bytes()),
            ha1_sha256: HttpHash::Sha256.hex(digested.as_bytes()),
            token: token(&password),
            since: clock::now().to_date(),
            revoked: None,
        };
        self.keep_credential(&key, &credential)?;
        let project = self.own.org_name.clone();
        let settings = url
            .map(|url| settings::qr_text(url, name, &password, &project))
            .transpose()
            .map_err(|error| errors::internal(error.to_string()))?;
        Ok(Answer::Phone(NewPhone { name: name.to_owned(), password, settings }))
    }

    pub(super) fn list_phones(&self) -> Answer {
        let phones = self.replica.locals(PREFIX).filter_map(|(key, bytes)| {
            let Credential { since, revoked, .. } = serde_json::from_slice(bytes).ok()?;
            Some(Phone { name: key.strip_prefix(PREFIX)?.to_owned(), since, revoked })
        });
        Answer::Phones(phones.collect())
    }

    /// Lets a phone send nothing more. What it sent since the day `hold_since` is held, if one is
    /// named.
    pub(super) fn revoke_phone(
        &mut self,
        name: &str,
        hold_since: Option<&str>,
    ) -> Result<Answer, ApiError> {
        if hold_since.is_some_and(|day| !is_day(day)) {
            return Err(errors::usage("a day is written as 2026-11-20"));
        }
        let key = format!("{PREFIX}{name}");
        let mut credential = self.credential(&key).ok_or_else(|| {
            errors::not_found(format!("there is no phone {name:?}"))
                .hint("`ceiba openrosa user list` shows those that are")
        })?;
        if credential.revoked.is_none() {
            credential.revoked = Some(clock::now().to_date());
            // What cannot be used any more is not kept.
            credential.ha1_md5.clear();
            credential.ha1_sha256.clear();
            credential.token.clear();
            self.keep_credential(&key, &credential)?;
        }
        if let Some(day) = hold_since {
            self.hold_since(name, day)?;
        }
        Ok(self.list_phones())
    }

    /// What is kept of a phone that may send.
    #[must_use]
    pub fn phone(&self, name: &str) -> Option<Credential> {
        let known = self.credential(&format!("{PREFIX}{name}"))?;
        known.revoked.is_none().then_some(known)
    }

    /// Whether a phone may still send with what it proved.
    #[must_use]
    pub(super) fn may_send(&self, sender: &Sender) -> bool {
        let known = self.phone(&sender.name);
        known.is_some_and(|known| crate::crypto::same(&known.ha1_sha256, &sender.proved))
    }

    /// The phone whose password this is.
    #[must_use]
    pub fn phone_of(&self, password: &str) -> Option<Sender> {
        let token = token(password);
        self.replica.locals(PREFIX).find_map(|(key, bytes)| {
            let known: Credential = serde_json::from_slice(bytes).ok()?;
            let is_it = known.revoked.is_none() && crate::crypto::same(&known.token, &token);
            let name = key.strip_prefix(PREFIX).filter(|_| is_it)?;
            Some(known.sender(name.to_owned()))
        })
    }

    fn credential(&self, key: &str) -> Option<Credential> {
        serde_json::from_slice(self.replica.local(key)?).ok()
    }

    fn keep_credential(&mut self, key: &str, credential: &Credential) -> Result<(), ApiError> {
        let bytes =
            serde_json::to_vec(credential).map_err(|error| errors::internal(error.to_string()))?;
        Ok(self.replica.set_local(key, bytes)?)
    }

    fn new_password(&mut self) -> String {
        let mut bytes = [0; PASSWORD_LETTERS];
        self.rng.fill_bytes(&mut bytes);
        let letter = |byte: &u8| ALPHABET.get(usize::from(*byte & 31)).copied().unwrap_or(b'0');
        let letters: Vec<char> = bytes.iter().map(|byte| char::from(letter(byte))).collect();
        let groups: Vec<String> =
            letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
        groups.join("-")
    }
}

/// Whether a text has the form of a password: what has not, is not looked for.
#[must_use]
pub fn is_password(text: &str) -> bool {
    let dashes = PASSWORD_LETTERS / GROUP - 1;
    let fits = |byte: u8| byte == b'-' || ALPHABET.contains(&byte);
    text.len() == PASSWORD_LETTERS + dashes && text.bytes().all(fits)
}

fn token(password: &str) -> String {
    data_encoding::HEXLOWER.encode(&Label::PhoneToken.hash(&[password.as_bytes()]))
}

/// Whether a text is a day as days are kept: they compare as texts.
fn is_day(text: &str) -> bool {
    let digits = |place: usize, byte: u8| match place {
        4 | 7 => byte == b'-',
        _other => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(|(place, byte)| digits(place, byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_days_are_known_by_their_form() {
        assert!(is_password("0123a-bcdef-ghjkm-npqrs"));
        for other in ["", "ana", "0123a-bcdef-ghjkm-npqr", "0123A-bcdef-ghjkm-npqrs"] {
            assert!(!is_password(other), "{other}");
        }
        assert!(is_day("2026-11-20"));
        for other in ["", "2026-11", "20.11.2026", "2026-11-200", "yesterday!"] {
            assert!(!is_day(other), "{other}");
        }
    }
}
