//! How alerts and entries are named in what others sign.
//!
//! Whoever writes may put any id on what they write, so an id alone names nothing that is proven. The
//! id of an alert or an entry is therefore what all of it hashes to, with who wrote it and on which
//! device: nobody can say anything else under it, no other device of the same organisation either.

use std::{fmt, str::FromStr};

use blake3::Hasher;
use data_encoding::HEXLOWER;

use crate::model::{
    id::{DeviceId, OrgId},
    registry::Record,
};

/// What the hash of an entry is made for, and of which layout.
const HASHED_AS: &str = "ceiba alert entry 1";
/// What an id is made for, and of which layout.
const NAMED_AS: &str = "ceiba alert id 1";
/// The field with the id, of which alone the id says nothing.
const ID: &str = "id";
/// Bytes of an id.
const ID_LEN: usize = 16;

/// The id of an alert or an entry of an author that one of its devices writes.
#[must_use]
pub fn id_of(author: &OrgId, device: &DeviceId, record: &Record) -> String {
    let mut hasher = Hasher::new_derive_key(NAMED_AS);
    hasher.update(author.as_bytes());
    hasher.update(device.as_bytes());
    add(&mut hasher, record.schema().to_string().as_bytes());
    add_fields(&mut hasher, record, |path| path != ID);
    let id: [u8; ID_LEN] = hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default();
    HEXLOWER.encode(&id)
}

/// Which of some devices wrote an alert or an entry of an author; none if its id is not of what it
/// says.
#[must_use]
pub fn device_of<'a>(
    author: &OrgId,
    devices: impl IntoIterator<Item = &'a DeviceId>,
    record: &Record,
) -> Option<DeviceId> {
    let id = record.text(ID)?;
    devices.into_iter().find(|device| id_of(author, device, record) == id).copied()
}

fn add(hasher: &mut Hasher, part: &[u8]) {
    hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
    hasher.update(part);
}

fn add_fields(hasher: &mut Hasher, record: &Record, wanted: impl Fn(&str) -> bool) {
    for (path, value) in record.iter().filter(|(path, _value)| wanted(path.as_str())) {
        add(hasher, path.as_str().as_bytes());
        add(hasher, &value.canonical_bytes());
    }
}

/// An alert within a circle. The same id of another organisation is another alert.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlertName {
    /// Who raised it.
    pub author: OrgId,
    /// Its id.
    pub id: String,
}

/// An entry by its author and all that it says: whoever follows or confirms one means no other,
/// and nobody follows what was not written yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryHash([u8; Self::LEN]);

impl EntryHash {
    /// Bytes: as many as the segment of a field's path holds as text.
    pub const LEN: usize = 20;

    /// Of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Of a record of an author.
    #[must_use]
    pub fn of(author: &OrgId, record: &Record) -> Self {
        let mut hasher = Hasher::new_derive_key(HASHED_AS);
        hasher.update(author.as_bytes());
        add_fields(&mut hasher, record, |_path| true);
        Self(hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

impl fmt::Display for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for EntryHash {
    type Err = NoEntryHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_error| NoEntryHash)?;
        bytes.try_into().map(Self).map_err(|_length| NoEntryHash)
    }
}

/// A text names no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("40 hexadecimal digits name an entry")]
pub struct NoEntryHash;
