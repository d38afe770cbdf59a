//! A record as the view holds it: one piece of memory, read where it lies.
//!
//! A view holds hundreds of thousands of records and reads few fields of each, so that maps of
//! strings would cost several times the bytes that they hold. The layout is that of cached rows,
//! `proto/replica.md` says it.

mod dictionary;
mod path;
mod read;
mod value;
mod write;

#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt};

pub(super) use self::{
    dictionary::mark,
    read::{Raw, Reader},
    write::{put_chunk, put_varint},
};
pub use self::{path::PathRef, value::ValueRef};
use crate::model::registry::{Record, Schema};

/// A record's values by path, packed. Answers as the [`Record`] that it was made of.
#[derive(Clone, PartialEq, Eq)]
pub struct PackedRecord(Box<[u8]>);

impl PackedRecord {
    /// Takes up a packed record; none if the bytes are not one.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        read::is_whole(bytes).then(|| Self(bytes.into()))
    }

    pub(super) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The schema that the record was written for.
    #[must_use]
    pub fn schema(&self) -> Schema {
        read::schema(&self.0).unwrap_or_else(Schema::incident)
    }

    /// The value at a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<ValueRef<'_>> {
        self.find(&PathRef::of(path)?)
    }

    pub(super) fn find(&self, path: &PathRef<'_>) -> Option<ValueRef<'_>> {
        let (found, value) = self.raw().find(|(found, _)| found >= path)?;
        if found == *path { value.value() } else { None }
    }

    /// The text at a path, if there is one.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        self.get(path)?.text()
    }

    /// All fields in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (PathRef<'_>, ValueRef<'_>)> {
        self.raw().filter_map(|(path, value)| Some((path, value.value()?)))
    }

    /// The fields whose first segments are `prefix`.
    pub fn under(&self, prefix: &str) -> impl Iterator<Item = (PathRef<'_>, ValueRef<'_>)> {
        let prefix = PathRef::of(prefix);
        let is_under = move |path: &PathRef<'_>| prefix.is_some_and(|it| path.is_under(&it));
        // They stand together, because the order is that of the segments.
        let fields = self.raw().skip_while(move |(path, _)| !is_under(path));
        let fields = fields.take_while(move |(path, _)| is_under(path));
        fields.filter_map(|(path, value)| Some((path, value.value()?)))
    }

    /// The keys of a repeated part, for example of `victims`, each once and in order.
    #[must_use]
    pub fn keys(&self, part: &str) -> Vec<&str> {
        let depth = part.split('/').count();
        let under = PathRef::of(part).into_iter();
        let mut keys: Vec<&str> = under
            .flat_map(|part| self.raw().filter(move |(path, _)| path.is_under(&part)))
            .filter_map(|(path, _)| path.segment(depth))
            .collect();
        keys.dedup();
        keys
    }

    /// The fields without a look at what is in the values.
    pub(super) fn raw(&self) -> read::Fields<'_> {
        read::fields(&self.0)
    }

    /// The record that this was made of.
    #[must_use]
    pub fn unpack(&self) -> Record {
        read::unpack(&self.0)
    }
}

impl From<&Record> for PackedRecord {
    fn from(record: &Record) -> Self {
        Self(write::pack(record).into_boxed_slice())
    }
}

impl From<Record> for PackedRecord {
    fn from(record: Record) -> Self {
        Self::from(&record)
    }
}

/// Prints the size and no value.
impl fmt::Debug for PackedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedRecord({} bytes)", self.0.len())
    }
}
