//! The name of a field, borrowed.

use std::fmt;

use crate::model::registry::{FieldPath, path::MAX_SEGMENTS};

/// A path by its segments, which lie in a record or in the program. Ordered as its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct PathRef<'a> {
    segments: [&'a str; MAX_SEGMENTS],
    depth: usize,
}

impl<'a> PathRef<'a> {
    /// The path of a text; none if it has too many segments. What is in them is not looked at.
    #[must_use]
    pub fn of(text: &'a str) -> Option<Self> {
        let mut path = Self::default();
        text.split('/').try_for_each(|segment| path.push(segment))?;
        Some(path)
    }

    /// Keeps the first segments only.
    pub(super) fn truncate(&mut self, depth: usize) {
        self.depth = self.depth.min(depth);
    }

    pub(in crate::view) fn push(&mut self, segment: &'a str) -> Option<()> {
        *self.segments.get_mut(self.depth)? = segment;
        self.depth += 1;
        Some(())
    }

    /// The segments in order.
    #[must_use]
    pub fn segments(&self) -> &[&'a str] {
        self.segments.get(..self.depth).unwrap_or_default()
    }

    /// The segment at this place, from 0.
    #[must_use]
    pub fn segment(&self, place: usize) -> Option<&'a str> {
        self.segments().get(place).copied()
    }

    /// Whether the path's first segments are exactly those of `prefix`.
    #[must_use]
    pub fn is_under(&self, prefix: &PathRef<'_>) -> bool {
        self.segments().starts_with(prefix.segments())
    }

    /// The path, owned.
    #[must_use]
    pub fn to_path(&self) -> Option<FieldPath> {
        self.to_string().parse().ok()
    }
}

impl PartialEq for PathRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.segments() == other.segments()
    }
}

impl Eq for PathRef<'_> {}

/// `/` sorts before all that a segment can have, so this is the order of the texts.
impl Ord for PathRef<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.segments().cmp(other.segments())
    }
}

impl PartialOrd for PathRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for PathRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, segment) in self.segments().iter().enumerate() {
            if place > 0 {
                f.write_str("/")?;
            }
            f.write_str(segment)?;
        }
        Ok(())
    }
}
