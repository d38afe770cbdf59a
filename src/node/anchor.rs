//! What is known of the journal beside the journal: how far it reached, and what no partner has.
//!
//! A journal that lost its end looks like a shorter one, and a journal that lost the record of who
//! the node is, or the statements of its private circle, cannot get them from anybody. So a small
//! sealed file, replaced as a whole, says both.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::{
    crypto::{Label, StoreKey},
    model::id::CircleId,
    node::clock,
    replica::StorageError,
    store::{Home, Position},
};

/// The content of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Anchor {
    /// Everything of the journal before this was durable.
    segment: u32,
    offset: u32,
    /// What the node kept of itself, as the journal has it.
    #[serde(default)]
    pub(crate) own: String,
    /// Statements of the private circle, as hexadecimal digits.
    #[serde(default)]
    private: Vec<String>,
    /// The circles that it takes part in.
    #[serde(default)]
    pub(crate) circles: BTreeSet<CircleId>,
    /// Values that the node keeps for itself, as hexadecimal digits: partners' addresses and the
    /// like.
    #[serde(default)]
    locals: BTreeMap<String, String>,
}

/// Characters of names and values that are kept beside the journal.
const MAX_LOCALS: usize = 1024 * 1024;

/// How the anchor was found.
#[derive(Debug)]
pub(crate) enum Found {
    /// Whole.
    Whole(Anchor),
    /// Not there.
    Missing,
    /// Not as it was left, or of another store key.
    Damaged,
}

impl Anchor {
    /// Everything of the journal before this was durable.
    pub(crate) const fn position(&self) -> Position {
        Position { segment: self.segment, offset: self.offset }
    }

    pub(crate) const fn set_position(&mut self, position: Position) {
        (self.segment, self.offset) = (position.segment, position.offset);
    }

    /// Statements of the private circle.
    pub(crate) fn statements(&self) -> Vec<Vec<u8>> {
        self.private.iter().filter_map(|it| HEXLOWER.decode(it.as_bytes()).ok()).collect()
    }

    pub(crate) fn set_statements(&mut self, statements: impl IntoIterator<Item = Vec<u8>>) {
        self.private = statements.into_iter().map(|it| HEXLOWER.encode(&it)).collect();
    }

    /// Values that the node keeps for itself.
    pub(crate) fn locals(&self) -> impl Iterator<Item = (&str, Vec<u8>)> {
        self.locals.iter().filter_map(|(name, value)| {
            Some((name.as_str(), HEXLOWER.decode(value.as_bytes()).ok()?))
        })
    }

    pub(crate) fn set_locals<'a>(&mut self, locals: impl Iterator<Item = (&'a str, &'a [u8])>) {
        self.locals.clear();
        let mut room = MAX_LOCALS;
        for (name, value) in locals {
            let Some(left) = room.checked_sub(name.len().saturating_add(value.len() * 2)) else {
                break;
            };
            room = left;
            self.locals.insert(name.to_owned(), HEXLOWER.encode(value));
        }
    }

    /// Reads the anchor of a home.
    pub(crate) fn read(home: &Home, key: &StoreKey) -> Result<Found, StorageError> {
        let sealed = match home.read_anchor() {
            Ok(Some(sealed)) => sealed,
            Ok(None) => return Ok(Found::Missing),
            Err(error) => match std::error::Error::source(&error) {
                // Too large for one of ours.
                Some(_) if home.paths().anchor().is_file() => return Ok(Found::Damaged),
                _ => return Err(StorageError(error.to_string())),
            },
        };
        let opened = key.open(&aad(), &sealed).ok();
        let anchor = opened.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(anchor.map_or(Found::Damaged, Found::Whole))
    }

    /// Replaces the anchor of a home.
    pub(crate) fn write(&self, home: &Home, key: &StoreKey) -> Result<(), StorageError> {
        let bytes = serde_json::to_vec(self).map_err(|error| StorageError(error.to_string()))?;
        let sealed = key.seal(&aad(), &bytes, &mut clock::entropy());
        home.write_anchor(&sealed).map_err(|error| StorageError(error.to_string()))
    }
}

/// What its seal is bound to: no frame's place is as long.
fn aad() -> Vec<u8> {
    [Label::JournalFrame.text().as_bytes(), b"\0anchor"].concat()
}
