//! How alerts and entries are named in what others sign.
//!
//! Ids are chosen by who writes, so an id alone names whatever a hostile member wrote under it.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;

use crate::model::{id::OrgId, registry::Record};

/// What the hash of an entry is made for, and of which layout.
const HASHED_AS: &str = "ceiba alert entry 1";

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
        let mut hasher = blake3::Hasher::new_derive_key(HASHED_AS);
        hasher.update(author.as_bytes());
        for (path, value) in record.iter() {
            for part in [path.as_str().as_bytes(), &value.canonical_bytes()] {
                hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
                hasher.update(part);
            }
        }
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
