//! Basic (RFC 7617) and Digest (RFC 7616, RFC 2617): what a client says, and whether it is right.

use std::collections::BTreeMap;

use data_encoding::BASE64;

use crate::crypto::{HttpHash, same};

/// Bytes of the header that is read.
const MAX_HEADER: usize = 4 * 1024;
/// Fields of a Digest header.
const MAX_FIELDS: usize = 20;

/// What a client says of itself.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A name and a password.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A name, and a proof of the password.
    Digest(Digest),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// A proof of a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The name.
    pub user: String,
    /// The digest that is used.
    pub hash: HttpHash,
    /// The nonce that we gave.
    pub nonce: String,
    /// How often the client has used it.
    pub count: u32,
    realm: String,
    uri: String,
    nc: String,
    cnonce: String,
    response: String,
}

impl Credentials {
    /// Reads the header `Authorization`; none if it is of another kind or malformed.
    #[must_use]
    pub fn read(header: &str) -> Option<Self> {
        if header.len() > MAX_HEADER {
            return None;
        }
        let (scheme, rest) = header.trim().split_once(' ')?;
        if scheme.eq_ignore_ascii_case("basic") {
            let text = String::from_utf8(BASE64.decode(rest.trim().as_bytes()).ok()?).ok()?;
            let (user, password) = text.split_once(':')?;
            return Some(Self::Basic { user: user.to_owned(), password: password.to_owned() });
        }
        if scheme.eq_ignore_ascii_case("digest") {
            return Digest::read(rest).map(Self::Digest);
        }
        None
    }

    /// The name.
    #[must_use]
    pub fn user(&self) -> &str {
        match self {
            Self::Basic { user, .. } => user,
            Self::Digest(digest) => &digest.user,
        }
    }
}

impl Digest {
    fn read(text: &str) -> Option<Self> {
        let mut fields = fields(text)?;
        let mut take = |name: &str| fields.remove(name);
        let hash = match take("algorithm").as_deref().map(str::to_ascii_uppercase).as_deref() {
            None | Some("MD5") => HttpHash::Md5,
            Some("SHA-256") => HttpHash::Sha256,
            Some(_other) => return None,
        };
        // Without it, counts would not be part of the proof.
        if !take("qop")?.eq_ignore_ascii_case("auth") {
            return None;
        }
        let nc = take("nc")?;
        let hexadecimal = nc.len() == 8 && nc.bytes().all(|byte| byte.is_ascii_hexdigit());
        let count = u32::from_str_radix(&nc, 16).ok().filter(|_| hexadecimal)?;
        Some(Self {
            user: take("username")?,
            realm: take("realm")?,
            nonce: take("nonce")?,
            uri: take("uri")?,
            cnonce: take("cnonce")?,
            response: take("response")?.to_ascii_lowercase(),
            hash,
            count,
            nc,
        })
    }

    /// Whether it proves the password whose `HA1` this is, for this request. What was asked for has
    /// to be what was proved; of addresses that name a host, the path.
    #[must_use]
    pub fn proves(&self, ha1: &str, realm: &str, method: &str, target: &str) -> bool {
        let whole = ["http://", "https://"].iter().find_map(|it| self.uri.strip_prefix(it));
        let path = match whole {
            Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
            None => &self.uri,
        };
        path == target && self.realm == realm && same(&self.expected(ha1, method), &self.response)
    }

    fn expected(&self, ha1: &str, method: &str) -> String {
        let ha2 = self.hash.hex(format!("{method}:{}", self.uri).as_bytes());
        let Self { nonce, nc, cnonce, .. } = self;
        self.hash.hex(format!("{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}").as_bytes())
    }
}

/// `a=b, c="d, \"e\""` by names in small letters; none if it is malformed or a name is twice.
fn fields(text: &str) -> Option<BTreeMap<String, String>> {
    let mut fields = BTreeMap::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, behind) = rest.split_once('=')?;
        let (value, behind) = match behind.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = behind.find(',').unwrap_or(behind.len());
                let (value, behind) = behind.split_at_checked(end)?;
                (value.trim().to_owned(), behind)
            }
        };
        let twice = fields.insert(name.trim().to_ascii_lowercase(), value).is_some();
        if twice || fields.len() > MAX_FIELDS {
            return None;
        }
        rest = behind.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(fields)
}

/// What stands before the closing quote, and what behind it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at.checked_add(1)?..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// The headers `WWW-Authenticate` of a refusal. MD5 stands first: clients that know no other read
/// the first alone, those that know SHA-256 choose the best.
#[must_use]
pub fn challenges(realm: &str, nonce: &str, stale: bool) -> [String; 3] {
    let stale = if stale { ", stale=true" } else { "" };
    let digest = |algorithm: &str| {
        format!(
            "Digest realm=\"{realm}\", qop=\"auth\", algorithm={algorithm}, nonce=\"{nonce}\"{stale}"
        )
    };
    [digest("MD5"), digest("SHA-256"), format!("Basic realm=\"{realm}\", charset=\"UTF-8\"")]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 2617, section 3.5, with the password of its errata.
    const RFC2617: &str = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", \
        nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, \
        nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", \
        opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";

    fn digest(header: &str) -> Digest {
        match Credentials::read(header).unwrap() {
            Credentials::Digest(digest) => digest,
            Credentials::Basic { .. } => panic!(),
        }
    }

    #[test]
    fn the_vector_of_rfc_2617_is_proved() {
        let proof = digest(RFC2617);
        let ha1 = HttpHash::Md5.hex(b"Mufasa:testrealm@host.com:Circle Of Life");
        let (realm, path) = ("testrealm@host.com", "/dir/index.html");
        assert!(proof.proves(&ha1, realm, "GET", path));
        assert!(!proof.proves(&ha1, realm, "POST", path));
        assert!(!proof.proves(&ha1, realm, "GET", "/other"));
        assert!(!proof.proves(&ha1, "other", "GET", path));
        assert!(!proof.proves(&HttpHash::Md5.hex(b"x"), realm, "GET", path));
        assert_eq!((proof.user.as_str(), proof.count), ("Mufasa", 1));
    }

    #[test]
    fn what_is_proved_is_what_is_asked_for() {
        let of = |uri: &str| digest(&RFC2617.replace("/dir/index.html", uri));
        let ha1 = HttpHash::Md5.hex(b"x");
        let proves = |uri: &str, target: &str| {
            let proof = of(uri);
            let right = Digest { response: proof.expected(&ha1, "GET"), ..proof };
            right.proves(&ha1, "testrealm@host.com", "GET", target)
        };
        assert!(proves("/formList", "/formList") && proves("https://a.b/formList", "/formList"));
        assert!(proves("http://a.b", "/"));
        assert!(!proves("/x?a=b://h/submission", "/submission"));
        assert!(!proves("ftp://h/submission", "/submission"));
    }

    #[test]
    fn the_vectors_of_rfc_7616_are_proved() {
        let header = |algorithm: &str, response: &str| {
            format!(
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", \
                 uri=\"/dir/index.html\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
                 cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
                 response=\"{response}\""
            )
        };
        for (algorithm, hash, response) in [
            ("MD5", HttpHash::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                HttpHash::Sha256,
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let ha1 = hash.hex(b"Mufasa:http-auth@example.org:Circle of Life");
            let proof = digest(&header(algorithm, response));
            assert!(proof.proves(&ha1, "http-auth@example.org", "GET", "/dir/index.html"));
        }
    }

    #[test]
    fn basic_is_read() {
        let read = Credentials::read("basic YW5hOmE6Yg==").unwrap();
        let (user, password) = ("ana".to_owned(), "a:b".to_owned());
        assert_eq!(read, Credentials::Basic { user, password });
    }

    #[test]
    fn what_is_malformed_is_nobody() {
        let without = |name: &str| RFC2617.replace(name, "x=");
        let twice = format!("{RFC2617}, realm=\"other\"");
        let many: String = (0..100).map(|n| format!("a{n}=1,")).collect();
        for header in [
            "",
            "Basic",
            "Basic %%",
            "Basic YW5h",
            "Bearer x",
            "Digest",
            "Digest a",
            "Digest a=\"",
            &without("nonce="),
            &without("qop="),
            &without("nc="),
            &twice,
            &RFC2617.replace("qop=auth", "qop=auth-int"),
            &RFC2617.replace("00000001", "+0000001"),
            &RFC2617.replace("nc=", "algorithm=MD5-sess, nc="),
            &format!("Digest {many}"),
        ] {
            assert_eq!(Credentials::read(header), None, "{header}");
        }
        assert_eq!(Credentials::read(&format!("{RFC2617}{}", " ".repeat(MAX_HEADER))), None);
    }

    proptest! {
        #[test]
        fn any_header_is_survived(text in "(Digest|Basic) [a-z=\", \\\\\\PC]{0,60}") {
            drop(Credentials::read(&text));
        }
    }
}
