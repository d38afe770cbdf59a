//! What is held of one log: hashes and places of its entries; the bytes stay in the journal.

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
        usize::try_from(seq).ok().and_then(|seq| self.entries.get(seq))
    }

    /// Adds the next entry.
    pub(super) fn push(&mut self, entry: HeldEntry) {
        self.entries.push(entry);
    }

    /// Lets go of the entries from a place on.
    pub(super) fn truncate(&mut self, length: u64) {
        self.entries.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    }

    /// Entries with their sequence numbers, from one on.
    pub(super) fn from(&self, seq: u64) -> impl Iterator<Item = (u64, &HeldEntry)> {
        let skip = usize::try_from(seq).unwrap_or(usize::MAX);
        (0_u64..).zip(&self.entries).skip(skip)
    }

    /// How many entries are held.
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
