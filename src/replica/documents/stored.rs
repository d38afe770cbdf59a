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
/// Bytes of a copy that is kept. What is larger is read from the entries: slower, and without a
/// limit that others could push a document over.
const MAX_COPY_BYTES: usize = 1024 * 1024;

/// The document itself, in the index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Cache {
    /// Nothing of it counts: there is no document.
    #[default]
    Empty,
    /// It is what its entries make: one plain change, which is read as fast there, or more than a
    /// copy may have.
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
    /// Takes the document as it is now; with a copy of it also where the entries would do, if that
    /// is asked for and the copy is not too large.
    pub(super) fn keep(&mut self, document: &Document, copy: bool) {
        self.schema = document.schema().to_string();
        let is_entry = document.is_plain() && self.refs.len() == 1 && !copy;
        let saved = (!is_entry).then(|| document.save());
        let saved = saved.filter(|saved| saved.len() <= MAX_COPY_BYTES);
        self.cache = saved.map_or(Cache::Entries, Cache::Saved);
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
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::{
        doc::Actor,
        model::{
            id::DocumentId,
            limits::MAX_FIELD_BYTES,
            registry::{Schema, Value},
        },
    };

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

    #[test]
    fn no_copy_is_kept_that_is_too_large() {
        let mut document = Document::new(Schema::incident());
        let actor = Actor::of(
            &DeviceId::new([1; 32]),
            &Incarnation::new([2; 16]),
            &DocumentId::new([5; 16]),
        );
        let mut stored = StoredDocument {
            refs: BTreeSet::from([at(1, 0, 0), at(1, 1, 0)]),
            ..StoredDocument::default()
        };
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        for place in 0..36 {
            let mut noise = vec![0; MAX_FIELD_BYTES / 2];
            rng.fill_bytes(&mut noise);
            let text = Value::Text(data_encoding::HEXLOWER.encode(&noise));
            let path = format!("field_{place}").parse().unwrap();
            document.edit(&actor, |edit| edit.set(&path, &text)).unwrap().unwrap();
            let saved = document.save();
            let fits = saved.len() <= MAX_COPY_BYTES;
            assert!(place > 0 || fits);
            for copy in [true, false] {
                stored.keep(&document, copy);
                let saved = saved.clone();
                assert_eq!(stored.cache, if fits { Cache::Saved(saved) } else { Cache::Entries });
            }
        }
        assert_eq!(stored.cache, Cache::Entries);
    }
}
