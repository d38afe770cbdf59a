//! What is held of one log: hashes and places of its entries; the bytes stay in the journal.

use std::collections::BTreeMap;

use crate::{
    log::{ForkProof, LogPosition, Tail},
    model::id::{EntryHash, EpochId, LogId},
    replica::JournalPosition,
};

/// What is held in memory of one entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldEntry {
    /// Its hash.
    pub(super) hash: EntryHash,
    /// The run that it came in.
    pub(super) position: JournalPosition,
    /// Its place in that run.
    pub(super) offset: usize,
    /// Epoch of its payloads.
    pub(super) epoch: EpochId,
}

/// What is held of one log.
#[derive(Debug, Default)]
pub(super) struct LogState {
    entries: Vec<HeldEntry>,
    /// Entries behind a gap that damage to the journal left, each with the hash of the one before
    /// it. They count as what they are; partners are told of those before the gap only.
    beyond: BTreeMap<u64, (EntryHash, HeldEntry)>,
    fork: Option<ForkProof>,
}

impl LogState {
    /// The log's end.
    pub(super) fn tail(&self) -> Tail {
        let next_seq = self.entries.len() as u64;
        self.entries.last().map_or(Tail::EMPTY, |last| Tail { next_seq, hash: last.hash })
    }

    /// The log's end as sync wants it.
    pub(super) fn position(&self, log: LogId) -> LogPosition {
        LogPosition { log, tail: self.tail(), forked: self.fork.is_some() }
    }

    /// The entry at a place.
    pub(super) fn get(&self, seq: u64) -> Option<&HeldEntry> {
        let unbroken = usize::try_from(seq).ok().and_then(|seq| self.entries.get(seq));
        unbroken.or_else(|| self.beyond.get(&seq).map(|(_previous, entry)| entry))
    }

    /// Adds an entry with the hash of the one before it; false if it is held. One that closes a
    /// gap takes those behind the gap with it, as far as they follow.
    pub(super) fn push(&mut self, seq: u64, previous: EntryHash, entry: HeldEntry) -> bool {
        if self.get(seq).is_some() && seq != self.len() {
            return false;
        }
        if seq > self.len() {
            self.beyond.insert(seq, (previous, entry));
            return true;
        }
        self.beyond.remove(&seq);
        self.entries.push(entry);
        while let Some((previous, next)) = self.beyond.remove(&self.len()) {
            if previous != self.tail().hash {
                break;
            }
            self.entries.push(next);
        }
        true
    }

    /// How many entries are known to be missing.
    pub(super) fn missing(&self) -> u64 {
        let end = self.beyond.last_key_value().map_or(0, |(seq, _entry)| seq.saturating_add(1));
        end.saturating_sub(self.len()).saturating_sub(self.beyond.len() as u64)
    }

    /// Lets go of the entries from a place on.
    pub(super) fn truncate(&mut self, length: u64) {
        self.entries.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    }

    /// Entries with their sequence numbers, from one on.
    pub(super) fn from(&self, seq: u64) -> impl Iterator<Item = (u64, &HeldEntry)> {
        let skip = usize::try_from(seq).unwrap_or(usize::MAX);
        let beyond = self.beyond.range(seq..).map(|(seq, (_previous, entry))| (*seq, entry));
        (0_u64..).zip(&self.entries).skip(skip).chain(beyond)
    }

    /// How many entries are held without a gap.
    pub(super) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The proof that the log is forked.
    pub(super) const fn fork(&self) -> Option<&ForkProof> {
        self.fork.as_ref()
    }

    /// Freezes the log, at the earliest place that is proven to be doubled.
    pub(super) fn freeze(&mut self, proof: ForkProof) {
        if self.fork.as_ref().is_none_or(|known| proof.seq < known.seq) {
            self.fork = Some(proof);
        }
    }
}
