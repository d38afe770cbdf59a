//! What could not be read from the journal or put into the index, and is tried again: too many open
//! files or a disk that does not answer pass, and what is taken for absent meanwhile would be lost.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{ChangeRef, DocumentKey};
use crate::{
    model::id::{CircleId, LogId},
    replica::{Replica, Storage, StorageError},
};

/// Put up again by [`Replica::retry_unread`].
#[derive(Debug, Default)]
pub(in crate::replica) struct Unread {
    /// Entries to be opened.
    entries: VecDeque<(CircleId, LogId, u64)>,
    /// Documents to be worked out again.
    documents: BTreeSet<DocumentKey>,
    /// Logs from a place on, the documents of which are to be worked out again.
    logs: BTreeMap<(CircleId, LogId), u64>,
}

impl<S: Storage> Replica<S> {
    /// Puts up again what could not be read or stored. Call it before
    /// [`open_inbox`](Self::open_inbox) at each input, not at each of its calls.
    pub fn retry_unread(&mut self) {
        let Unread { entries, documents, logs } = std::mem::take(&mut self.unread);
        self.inbox.extend(entries);
        self.dirty.extend(documents);
        for ((circle, log), from) in logs {
            self.mark_dirty(&circle, &log, from);
        }
    }

    /// Whether the index knows what the journal holds; else a checkpoint would lose it.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        let Unread { entries, documents, logs } = &self.unread;
        let is_read = entries.is_empty() && documents.is_empty() && logs.is_empty();
        is_read && self.written.is_empty() && self.is_settled()
    }

    /// Has the documents worked out again that a log from a place on changed.
    pub(in crate::replica) fn mark_dirty(&mut self, circle: &CircleId, log: &LogId, from: u64) {
        match self.documents_of(circle, log, from) {
            Ok(documents) => self.dirty.extend(documents),
            Err(error) => {
                let first = self.unread.logs.entry((*circle, *log)).or_insert(from);
                *first = from.min(*first);
                self.report_unread(&error);
            }
        }
    }

    /// An entry could not be read.
    pub(in crate::replica) fn put_back(
        &mut self,
        entry: (CircleId, LogId, u64),
        error: &StorageError,
    ) {
        self.unread.entries.push_back(entry);
        self.report_unread(error);
    }

    /// Whether all is opened that this device wrote in a circle, as far as that was tried.
    ///
    /// # Errors
    /// When it is not: an edit would take numbers that are taken.
    pub(super) fn check_own_read(&self, circle: &CircleId) -> Result<(), StorageError> {
        let own = self.own_device();
        let mut entries = self.unread.entries.iter();
        if entries.any(|(of, log, _seq)| of == circle && log.device == own) {
            return Err(StorageError("what this device wrote cannot be read now".to_owned()));
        }
        Ok(())
    }

    /// Nothing more is opened for now.
    pub(super) fn put_back_inbox(&mut self) {
        self.unread.entries.extend(std::mem::take(&mut self.inbox));
    }

    /// A document could not be read or stored, with these changes.
    pub(super) fn not_stored(
        &mut self,
        key: DocumentKey,
        refs: BTreeSet<ChangeRef>,
        error: &StorageError,
    ) {
        if !refs.is_empty() {
            self.written.entry(key).or_default().extend(refs);
        }
        self.unread.documents.insert(key);
        self.report(format!("a document was not stored, which is tried again: {error}"));
    }

    fn report_unread(&mut self, error: &StorageError) {
        self.report(format!("entries could not be read, which is tried again: {error}"));
    }
}
