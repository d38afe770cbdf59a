//! The journal before all else: what it did not take is not held in memory either.

use crate::{
    model::id::{CircleId, LogId},
    replica::{JournalPosition, Replica, Storage, StorageError, record::Record},
};

/// Bytes that may wait in memory for a commit that is held: far less than the runs that are kept
/// in memory, from which they are read meanwhile.
const MAX_HELD_BYTES: usize = 4 * 1024 * 1024;

/// What every write is refused with once the journal has failed.
const FAILED: &str = "the journal failed; stop the node and start it again";

impl<S: Storage> Replica<S> {
    /// Whether anything can be written.
    ///
    /// # Errors
    /// Once the journal has failed: nobody knows what is on disk until it is opened again, and
    /// what is written meanwhile could come to lie at a place that is taken. Reading goes on.
    pub fn check_journal(&self) -> Result<(), StorageError> {
        if self.failed { Err(StorageError(FAILED.to_owned())) } else { Ok(()) }
    }

    /// Puts a record into the journal; durable after [`Self::commit`].
    pub(super) fn journal(&mut self, record: &Record) -> Result<JournalPosition, StorageError> {
        self.check_journal()?;
        let appended = self.storage.append(record.kind(), &record.encode());
        appended.inspect_err(|error| self.fail(error))
    }

    /// From here on what is written becomes durable together, at
    /// [`release_commits`](Self::release_commits): one sync of the disk for many writers. Until
    /// then nothing may be acknowledged, to a person or a peer.
    pub const fn hold_commits(&mut self) {
        self.holding = true;
    }

    /// Makes durable what was written since [`hold_commits`](Self::hold_commits), and goes on
    /// making each write durable by itself.
    ///
    /// # Errors
    /// When the journal fails: nothing that was written meanwhile may be acknowledged.
    pub fn release_commits(&mut self) -> Result<(), StorageError> {
        self.holding = false;
        if std::mem::take(&mut self.owes_commit) { self.commit() } else { Ok(()) }
    }

    /// As if the disk had failed while commits are held.
    #[cfg(test)]
    pub const fn break_journal(&mut self) {
        (self.failed, self.owes_commit) = (true, true);
    }

    /// Makes durable what was put into the journal, now or when commits are released.
    pub(super) fn commit(&mut self) -> Result<(), StorageError> {
        self.check_journal()?;
        if self.holding && self.storage.uncommitted_bytes() < MAX_HELD_BYTES {
            self.owes_commit = true;
            return Ok(());
        }
        self.make_durable()
    }

    /// Makes durable all that was written, also while commits are held: before a file is made of it
    /// that leaves this computer.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn make_durable(&mut self) -> Result<(), StorageError> {
        self.check_journal()?;
        match self.storage.commit() {
            Ok(()) => {
                self.uncommitted.clear();
                self.runs.borrow_mut().committed();
            }
            Err(error) => {
                self.fail(&error);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Notes how long a log was before entries that are not durable yet.
    pub(super) fn note_uncommitted(&mut self, circle: &CircleId, log: &LogId, length: u64) {
        self.uncommitted.entry((*circle, *log)).or_insert(length);
    }

    /// Nothing is written from here on; entries that may not be on disk are let go of, so that no
    /// partner gets what may be lost.
    fn fail(&mut self, error: &StorageError) {
        self.failed = true;
        self.runs.borrow_mut().forget_uncommitted();
        for ((circle, log), length) in std::mem::take(&mut self.uncommitted) {
            let Some(state) = self.circles.get_mut(&circle) else { continue };
            let Some(held) = state.logs.get_mut(&log) else { continue };
            held.truncate(length);
            if held.len() == 0 && held.fork().is_none() {
                state.logs.remove(&log);
            }
            self.outbox.appended.remove(&(circle, log));
        }
        self.report(format!("{FAILED} ({error})"));
    }
}
