//! Paths of requests: what is asked for, and the segment in front that may be a credential.
//!
//! `/formList`, `/NAME/formList`, `/key/PASSWORD/formList`, `/collector/PASSWORD/submission`: the
//! ways of ODK, of Kobo, and of both with a credential in the address.

/// Bytes of a path.
const MAX_PATH: usize = 1024;
/// What stands before a password in a path.
const KEYS: [&str; 2] = ["key", "collector"];

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The list of forms.
    FormList,
    /// The files beside a form.
    Manifest(String),
    /// A form.
    Form(String),
    /// To send a filled form.
    Submission,
}

/// A path, read.
#[derive(Clone, PartialEq, Eq)]
pub struct Route {
    /// What is asked for.
    pub what: What,
    /// What stands in front, without the last slash: addresses that are given out begin with it.
    pub prefix: String,
    /// The segment that may be a password.
    pub key: Option<String>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Route").field("what", &self.what).finish_non_exhaustive()
    }
}

impl Route {
    /// Reads a path; none if nothing is there.
    #[must_use]
    pub fn read(path: &str) -> Option<Self> {
        if path.len() > MAX_PATH {
            return None;
        }
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let (front, what) = match segments.as_slice() {
            [front @ .., "formList"] => (front, What::FormList),
            [front @ .., "submission"] => (front, What::Submission),
            [front @ .., "xformsManifest", id] => (front, What::Manifest(decoded(id)?)),
            [front @ .., "forms", file] => {
                (front, What::Form(decoded(file)?.strip_suffix(".xml")?.to_owned()))
            }
            _other => return None,
        };
        let (prefix, key) = match front {
            [] => (String::new(), None),
            [name] if is_segment(name) => (format!("/{name}"), Some((*name).to_owned())),
            [kind, key] if KEYS.contains(kind) && is_segment(key) => {
                (format!("/{kind}/{key}"), Some((*key).to_owned()))
            }
            _other => return None,
        };
        Some(Self { what, prefix, key })
    }
}

/// Whether a segment is one of a name or password: such need no escapes.
fn is_segment(segment: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(plain)
}

/// A segment without percent escapes.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// A text as a segment of an address.
#[must_use]
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode = |byte: u8| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_odk_and_kobo_are_read() {
        let read = |path: &str| {
            let route = Route::read(path)?;
            Some((route.what, route.prefix, route.key.unwrap_or_default()))
        };
        let text = str::to_owned;
        for (path, what, prefix, key) in [
            ("/formList", What::FormList, "", ""),
            ("/ana/formList", What::FormList, "/ana", "ana"),
            ("/key/abc-1/formList", What::FormList, "/key/abc-1", "abc-1"),
            ("/submission", What::Submission, "", ""),
            ("/ana/submission", What::Submission, "/ana", "ana"),
            ("/collector/abc/submission", What::Submission, "/collector/abc", "abc"),
            ("/xformsManifest/a%20b", What::Manifest(text("a b")), "", ""),
            ("/x/forms/ceiba_report.xml", What::Form(text("ceiba_report")), "/x", "x"),
        ] {
            assert_eq!(read(path), Some((what, text(prefix), text(key))), "{path}");
        }
    }

    #[test]
    fn other_paths_are_nothing() {
        for path in [
            "",
            "/",
            "formList",
            "/formlist",
            "/formList/",
            "//formList",
            "/a/b/formList",
            "/../formList",
            "/a%2f/formList",
            "/forms/a",
            "/forms/%zz.xml",
            "/forms/%ff.xml",
            "/xformsManifest",
            "/key/formList/x",
            "/collector//submission",
            "/a?b/formList",
        ] {
            assert_eq!(Route::read(path), None, "{path}");
        }
        assert_eq!(Route::read(&format!("/{}/formList", "a".repeat(MAX_PATH))), None);
        assert_eq!(decoded(&encoded("a/ñ b%")).as_deref(), Some("a/ñ b%"));
    }
}
