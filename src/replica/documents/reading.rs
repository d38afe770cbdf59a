//! What is read out of the entries that are held, beside the documents that are kept.

use std::collections::BTreeMap;

use super::{ChangeRef, DocumentKey, DocumentReading, Opened};
use crate::{
    doc::{ChangeId, CheckedChange, Document},
    model::{
        id::DeviceId,
        registry::{Record, Schema},
    },
    replica::{Replica, Storage, StorageError},
};

impl<S: Storage> Replica<S> {
    /// How a document reads, and who wrote in it; none if nothing of it has come.
    ///
    /// # Errors
    /// When the index fails.
    pub fn reading(&self, key: &DocumentKey) -> Result<Option<DocumentReading>, StorageError> {
        let Some(stored) = self.stored(key)? else { return Ok(None) };
        let reading = self.document(key)?.map(|document| document.reading());
        Ok(Some(self.with_writers(&key.0, reading, &stored.refs)))
    }

    /// What some devices alone wrote in a document: their changes that count, without those that
    /// build on what others wrote, which are left waiting. None if they wrote nothing.
    ///
    /// # Errors
    /// When the index fails.
    pub fn document_by(
        &self,
        key: &DocumentKey,
        admits: impl Fn(&DeviceId) -> bool,
    ) -> Result<Option<Document>, StorageError> {
        let (mut changes, mut schema) = (Vec::new(), None);
        for at in self.refs_by(key, admits)? {
            let Some(opened) = self.open_ref(key, &at)? else { continue };
            schema = schema.or_else(|| opened.schema.parse::<Schema>().ok());
            changes.extend(opened.changes);
        }
        Ok(schema.map(|schema| {
            let mut document = Document::new(schema);
            document.apply(&changes);
            document
        }))
    }

    /// What each change of some devices that begins a document makes of it alone, in the order of
    /// their hashes.
    ///
    /// # Errors
    /// When the index fails.
    pub fn beginnings(
        &self,
        key: &DocumentKey,
        admits: impl Fn(&DeviceId) -> bool,
    ) -> Result<Vec<Record>, StorageError> {
        let mut found = BTreeMap::new();
        for at in self.refs_by(key, admits)? {
            let Some(opened) = self.open_ref(key, &at)? else { continue };
            let Ok(schema) = opened.schema.parse::<Schema>() else { continue };
            for change in opened.changes.iter().filter(|it| it.deps().is_empty()) {
                found.entry(change.id()).or_insert_with(|| record_of(schema.clone(), change));
            }
        }
        Ok(found.into_values().collect())
    }

    /// What each log of some devices said first in a document, built on nothing else: one record for
    /// each log that began it. What was written into it again is left out.
    ///
    /// # Errors
    /// When the index fails.
    pub fn first_words(
        &self,
        key: &DocumentKey,
        admits: impl Fn(&DeviceId) -> bool,
    ) -> Result<Vec<Record>, StorageError> {
        let mut first_refs = self.refs_by(key, admits)?;
        first_refs.dedup_by_key(|at| at.log);
        let mut records = Vec::new();
        for at in first_refs {
            let Some(opened) = self.open_ref(key, &at)? else { continue };
            let Some(first) = opened.changes.first().filter(|it| it.deps().is_empty()) else {
                continue;
            };
            if let Ok(schema) = opened.schema.parse::<Schema>() {
                records.push(record_of(schema, first));
            }
        }
        Ok(records)
    }

    /// What counts of a document and was written by some devices, log by log and in the order of
    /// each, as the document itself is worked out. Nobody else's payloads are to be opened: how much
    /// they write costs nothing.
    fn refs_by(
        &self,
        key: &DocumentKey,
        admits: impl Fn(&DeviceId) -> bool,
    ) -> Result<Vec<ChangeRef>, StorageError> {
        let counts =
            |at: &ChangeRef| admits(&at.log.device) && self.counts(&key.0, &at.log, at.seq);
        Ok(self.refs(key)?.into_iter().filter(counts).collect())
    }

    /// Whether changes that a document misses are held in payloads that do not count, and have not
    /// been refused.
    pub(in crate::replica) fn is_held_uncounted(
        &self,
        key: &DocumentKey,
        document: &Document,
        missing: &[ChangeId],
    ) -> Result<bool, StorageError> {
        if missing.is_empty() {
            return Ok(false);
        }
        let is_missing =
            |id: ChangeId| missing.contains(&id) && !document.quarantined().contains_key(&id);
        for at in self.refs(key)? {
            if !self.counts(&key.0, &at.log, at.seq)
                && let Some(opened) = self.open_ref(key, &at)?
                && opened.changes.iter().any(|change| is_missing(change.id()))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Opens the payload that a ref names, if it is held, its key too, and it is of the document:
    /// the index may be ahead of what the journal kept.
    ///
    /// # Errors
    /// When it cannot be read now.
    pub(super) fn open_ref(
        &self,
        key: &DocumentKey,
        at: &ChangeRef,
    ) -> Result<Option<Opened>, StorageError> {
        let Some((header, payloads)) = self.entry(&key.0, &at.log, at.seq)? else {
            return Ok(None);
        };
        let index = usize::try_from(at.index).unwrap_or(usize::MAX);
        let payload = payloads.get(index).and_then(Option::as_ref);
        let opened = payload.and_then(|it| self.open_payload(&key.0, &header, at.index, it));
        Ok(opened.and_then(Result::ok).filter(|opened| opened.document == key.1))
    }
}

/// What one change that builds on nothing makes of a document.
fn record_of(schema: Schema, change: &CheckedChange) -> Record {
    let mut document = Document::new(schema);
    document.apply(std::slice::from_ref(change));
    document.record()
}
