//! The name of a field.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Segments of one path.
pub const MAX_SEGMENTS: usize = 4;
/// Characters of one segment.
pub const MAX_SEGMENT_CHARS: usize = 40;

/// Why a text is not a field's path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a field path: {text:?}; a path is one to four segments of a-z, 0-9 and _, at most 40 \
     characters each, separated by /, for example victims/1/pseudonym"
)]
pub struct PathError {
    /// What was given, cut to 80 characters.
    pub text: String,
}

/// The name of a field: one to four segments of `[a-z0-9_]`, separated by `/`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(String);

impl FieldPath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments in order.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The segment at this place, from 0.
    #[must_use]
    pub fn segment(&self, place: usize) -> Option<&str> {
        self.segments().nth(place)
    }

    /// Whether the path's first segments are exactly those of `prefix`.
    #[must_use]
    pub fn is_under(&self, prefix: &str) -> bool {
        self.0.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The path one level below.
    ///
    /// # Errors
    /// When the segment is malformed or the path is already of the greatest depth.
    pub fn join(&self, segment: &str) -> Result<Self, PathError> {
        format!("{}/{segment}", self.0).parse()
    }
}

pub(crate) fn is_segment(segment: &str) -> bool {
    (1..=MAX_SEGMENT_CHARS).contains(&segment.len())
        && segment.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

impl FromStr for FieldPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let segments = text.split('/').take(MAX_SEGMENTS + 1).count();
        if segments <= MAX_SEGMENTS && text.split('/').all(is_segment) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PathError { text: text.chars().take(80).collect() })
        }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldPath({})", self.0)
    }
}

impl AsRef<str> for FieldPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_lowercase_segments_are_a_path() {
        for good in ["title", "victims/1/name", "a/b/c/d", "consent/scopes/public_named"] {
            assert_eq!(good.parse::<FieldPath>().unwrap().as_str(), good);
        }
        let long = "a".repeat(41);
        for bad in ["", "/", "a/", "/a", "a//b", "Title", "título", "a/b/c/d/e", "a b", &long] {
            assert!(bad.parse::<FieldPath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_prefix_ends_at_a_segment() {
        let path: FieldPath = "victims/1/name".parse().unwrap();
        assert!(path.is_under("victims") && path.is_under("victims/1"));
        assert!(!path.is_under("vic") && !path.is_under("victims/1/name/x"));
        assert_eq!(path.segment(1), Some("1"));
    }
}
