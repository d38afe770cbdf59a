//! Where the changes of each document are: which payloads of which entries.

use std::collections::BTreeSet;

use super::{DocumentKey, document_key};
use crate::{
    membership::Standing,
    model::id::{DeviceId, Incarnation, Lane, LogId},
    replica::{Replica, Storage, StorageError, Tree},
};

/// Where changes of a document are: one payload of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChangeRef {
    pub(super) log: LogId,
    pub(super) seq: u64,
    pub(super) index: u32,
}

impl<S: Storage> Replica<S> {
    /// The devices that wrote in a document, in entries that count.
    ///
    /// # Errors
    /// When the index fails.
    pub fn authors(&self, key: &DocumentKey) -> Result<BTreeSet<DeviceId>, StorageError> {
        Ok(self.writers(key)?.into_iter().map(|log| log.device).collect())
    }

    /// The logs in which a document was written, in entries that count.
    ///
    /// # Errors
    /// When the index fails.
    pub fn writers(&self, key: &DocumentKey) -> Result<BTreeSet<LogId>, StorageError> {
        let Some(state) = self.circles.get(&key.0) else { return Ok(BTreeSet::new()) };
        let refs = self.refs(key)?.into_iter();
        let counting = refs.filter(|at| state.standing(&at.log, at.seq) == Standing::Counts);
        Ok(counting.map(|at| at.log).collect())
    }

    pub(super) fn refs(&self, key: &DocumentKey) -> Result<BTreeSet<ChangeRef>, StorageError> {
        let stored = self.storage.get(Tree::DocumentEntries, &document_key(key))?;
        Ok(stored.as_deref().map(decode_refs).unwrap_or_default())
    }

    pub(in crate::replica) fn remember_own(
        &mut self,
        key: &DocumentKey,
        log: LogId,
        seq: u64,
        index: u32,
    ) -> Result<(), StorageError> {
        self.remember_refs(key, &[ChangeRef { log, seq, index }])
    }

    pub(super) fn remember_refs(
        &mut self,
        key: &DocumentKey,
        new: &[ChangeRef],
    ) -> Result<(), StorageError> {
        let mut refs = self.refs(key)?;
        let before = refs.len();
        refs.extend(new);
        if refs.len() == before {
            return Ok(());
        }
        let encoded = encode_refs(&refs);
        self.storage.put(Tree::DocumentEntries, &document_key(key), Some(&encoded))
    }
}

/// The refs in the index, one frame of the log's fields each.
fn encode_refs(refs: &BTreeSet<ChangeRef>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(refs.len() * REF_BYTES);
    for at in refs {
        bytes.extend_from_slice(at.log.device.as_bytes());
        bytes.extend_from_slice(at.log.incarnation.as_bytes());
        bytes.extend_from_slice(&at.log.lane.number().to_le_bytes());
        bytes.extend_from_slice(&at.seq.to_le_bytes());
        bytes.extend_from_slice(&at.index.to_le_bytes());
    }
    bytes
}

/// Bytes of one ref: device, incarnation, lane, sequence number, index.
const REF_BYTES: usize = 32 + 16 + 4 + 8 + 4;

fn decode_refs(bytes: &[u8]) -> BTreeSet<ChangeRef> {
    bytes.chunks_exact(REF_BYTES).filter_map(decode_ref).collect()
}

fn decode_ref(bytes: &[u8]) -> Option<ChangeRef> {
    let (device, rest) = bytes.split_first_chunk::<32>()?;
    let (incarnation, rest) = rest.split_first_chunk::<16>()?;
    let (lane, rest) = rest.split_first_chunk::<4>()?;
    let (seq, rest) = rest.split_first_chunk::<8>()?;
    let (index, _rest) = rest.split_first_chunk::<4>()?;
    Some(ChangeRef {
        log: LogId {
            device: DeviceId::new(*device),
            incarnation: Incarnation::new(*incarnation),
            lane: Lane::from_number(u32::from_le_bytes(*lane))?,
        },
        seq: u64::from_le_bytes(*seq),
        index: u32::from_le_bytes(*index),
    })
}
