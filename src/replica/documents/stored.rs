//! What the index keeps of a document: where its changes are, and a copy of it where making it
//! again from the entries would cost more than keeping it.
//!
//! `version (1) | schema length (1) | schema | logs (varint) | { device (32) | incarnation (16) |
//! lane (varint) | places (varint) | { seq (varint) | index (varint) }* }* | cache (1) | saved`.
//! Proven by the seal of the index; what does not read is made again from the journal.

use std::collections::{BTreeMap, BTreeSet};

use super::refs::ChangeRef;
use crate::{
    doc::Document,
    model::id::{DeviceId, Incarnation, Lane, LogId},
};

const VERSION: u8 = 2;

/// The document itself, in the index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Cache {
    /// Nothing of it counts: there is no document.
    #[default]
    Empty,
    /// It is what its entries make: one plain change, which is read as fast there.
    Entries,
    /// As [`Document::save`] wrote it.
    Saved(Vec<u8>),
}

/// What the index keeps of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StoredDocument {
    /// The schema that its writer used.
    pub(super) schema: String,
    /// Where its changes are.
    pub(super) refs: BTreeSet<ChangeRef>,
    /// The document.
    pub(super) cache: Cache,
}

impl StoredDocument {
    /// Takes the document as it is now; with a copy of it in any case, if that is asked for.
    pub(super) fn keep(&mut self, document: &Document, copy: bool) {
        self.schema = document.schema().to_string();
        self.cache = if document.is_plain() && self.refs.len() == 1 && !copy {
            Cache::Entries
        } else {
            Cache::Saved(document.save())
        };
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.push(u8::try_from(self.schema.len()).unwrap_or_default());
        bytes.extend_from_slice(self.schema.as_bytes());
        let mut logs: BTreeMap<LogId, Vec<ChangeRef>> = BTreeMap::new();
        for at in &self.refs {
            logs.entry(at.log).or_default().push(*at);
        }
        put_number(&mut bytes, logs.len() as u64);
        for (log, places) in logs {
            bytes.extend_from_slice(log.device.as_bytes());
            bytes.extend_from_slice(log.incarnation.as_bytes());
            put_number(&mut bytes, u64::from(log.lane.number()));
            put_number(&mut bytes, places.len() as u64);
            for at in places {
                put_number(&mut bytes, at.seq);
                put_number(&mut bytes, u64::from(at.index));
            }
        }
        match &self.cache {
            Cache::Empty => bytes.push(0),
            Cache::Entries => bytes.push(1),
            Cache::Saved(saved) => {
                bytes.push(2);
                bytes.extend_from_slice(saved);
            }
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes.strip_prefix(&[VERSION])?;
        let length = usize::from(*rest.split_off_first()?);
        let schema = str::from_utf8(rest.split_off(..length)?).ok()?.to_owned();
        let mut refs = BTreeSet::new();
        for _ in 0..take_number(rest)? {
            let log = LogId {
                device: DeviceId::try_from(rest.split_off(..32)?).ok()?,
                incarnation: Incarnation::try_from(rest.split_off(..16)?).ok()?,
                lane: Lane::from_number(u32::try_from(take_number(rest)?).ok()?)?,
            };
            for _ in 0..take_number(rest)? {
                let (seq, index) = (take_number(rest)?, take_number(rest)?);
                refs.insert(ChangeRef { log, seq, index: u32::try_from(index).ok()? });
            }
        }
        let cache = match rest.split_off_first()? {
            0 => Cache::Empty,
            1 => Cache::Entries,
            2 => Cache::Saved(rest.to_vec()),
            _unknown => return None,
        };
        Some(Self { schema, refs, cache })
    }
}

fn put_number(bytes: &mut Vec<u8>, number: u64) {
    prost::encoding::encode_varint(number, bytes);
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(rest).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(device: u8, seq: u64, index: u32) -> ChangeRef {
        let log = LogId {
            device: DeviceId::new([device; 32]),
            incarnation: Incarnation::new([7; 16]),
            lane: Lane::Record,
        };
        ChangeRef { log, seq, index }
    }

    #[test]
    fn what_is_kept_is_read_and_what_is_cut_is_not() {
        let refs = BTreeSet::from([at(1, 0, 0), at(1, 300, 70_000), at(2, u64::MAX, 3)]);
        for cache in [Cache::Empty, Cache::Entries, Cache::Saved(vec![1, 2, 3])] {
            let stored =
                StoredDocument { schema: "incident/1".to_owned(), refs: refs.clone(), cache };
            let bytes = stored.encode();
            assert_eq!(StoredDocument::decode(&bytes), Some(stored));
            let places = bytes.len() - 4;
            for end in 0..places {
                assert_eq!(StoredDocument::decode(&bytes[..end]), None, "{end}");
            }
        }
    }
}
