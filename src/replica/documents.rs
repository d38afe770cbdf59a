//! From entries to documents: opens payloads, checks changes, applies what counts.
//!
//! The state of a document is a function of the set of entries that are held: the changes of all
//! entries that count, and of those in quarantine only what a counting change builds on (else an
//! honest partner's work on top of a removed device's late change would be lost, and lost on some
//! nodes only). So whatever order entries, keys and decisions come in, equal sets give equal
//! documents.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    crypto::{EpochSecret, Position, payload},
    doc::{
        ChangeId, CheckedChange, Document, Reading, deposit_nonce, dossier_document, incident_id,
        preflight, preflight::MAX_OPS_PER_CHANGE,
    },
    log::{Header, Kind},
    membership::Standing,
    model::{
        id::{CircleId, DocumentId, LogId, OrgId},
        registry::Schema,
    },
    replica::{Replica, Storage, StorageError, Tree, write::kind_of},
};

mod opening;
pub mod packing;
mod reading;
pub(super) mod refs;
mod stored;
mod unread;
#[cfg(test)]
pub(crate) mod watched;

use refs::ChangeRef;
use stored::{Cache, StoredDocument};
pub(super) use unread::Unread;

/// A document in its circle.
pub type DocumentKey = (CircleId, DocumentId);

/// A document that changed, as it reads now.
#[derive(Debug, Clone)]
pub struct DocumentReading {
    /// What it says; none if nothing in it counts any more.
    pub reading: Option<Reading>,
    /// The logs in which it was written, in entries that count.
    pub writers: BTreeSet<LogId>,
}

/// What of who wrote a payload decides whether it may say what it says. None of it ever changes.
#[derive(Debug, Clone, Copy)]
struct Author {
    /// Who founded the circle.
    founder: Option<OrgId>,
    /// Whether the device's role lets it read.
    reads: bool,
}

/// The payloads of an entry; none where one was erased.
type Payloads = Vec<Option<Arc<[u8]>>>;

/// The changes of one payload, checked.
struct Opened {
    document: DocumentId,
    schema: String,
    changes: Vec<CheckedChange>,
}

impl<S: Storage> Replica<S> {
    /// Opens what has come in: grants, then documents. Call it after every input that may have
    /// brought entries or statements, until it gives nothing and [`is_settled`](Self::is_settled):
    /// a call does a bounded part. Gives the documents that have changed.
    pub fn open_inbox(&mut self) -> BTreeMap<DocumentKey, DocumentReading> {
        if let Err(error) = self.save_written() {
            self.report(format!("a document was not stored: {error}"));
        }
        let mut changed = std::mem::take(&mut self.changed);
        self.open_batch(&mut changed);
        if self.inbox.is_empty() {
            for key in std::mem::take(&mut self.dirty) {
                match self.rebuild(&key) {
                    Ok(reading) => changed.extend(reading.map(|reading| (key, reading))),
                    Err(error) => self.not_stored(key, BTreeSet::new(), &error),
                }
            }
        }
        changed
    }

    /// Header and payloads of an entry; none if it is not held, was erased or is damaged.
    ///
    /// # Errors
    /// When it cannot be read now.
    pub(super) fn entry(
        &self,
        circle: &CircleId,
        log: &LogId,
        seq: u64,
    ) -> Result<Option<(Header, Payloads)>, StorageError> {
        let held = self.circles.get(circle).and_then(|state| state.logs.get(log)?.get(seq));
        let Some(held) = held else { return Ok(None) };
        let Some(run) = self.stored_run(held.position)? else { return Ok(None) };
        let Some(entry) = run.entries.get(held.offset) else { return Ok(None) };
        let header = Header::decode(&entry.header).ok();
        Ok(header.map(|header| (header, entry.payloads.clone())))
    }

    /// The secret of an entry's epoch, if it is held.
    fn secret(&self, circle: &CircleId, header: &Header) -> Option<EpochSecret> {
        self.circles.get(circle)?.keys.secret(&header.epoch).cloned()
    }

    /// Opens and checks one payload: `None` while its epoch's secret is not held, an error if it
    /// is not what its author may write.
    fn open_payload(
        &self,
        circle: &CircleId,
        header: &Header,
        index: u32,
        sealed: &[u8],
    ) -> Option<Result<Opened, String>> {
        let secret = self.secret(circle, header)?;
        let at = position(circle, header, index);
        Some(open_sealed(&secret, &at, self.author_in(circle, &header.log), sealed))
    }

    /// What is known of who writes a log.
    fn author_in(&self, circle: &CircleId, log: &LogId) -> Author {
        let device = self.membership(circle).and_then(|it| it.device(&log.device));
        let reads = device.is_none_or(|it| it.role().reads());
        Author { founder: self.founder(circle), reads }
    }

    /// Works a document out again from all entries that are held, and gives how it reads; none if
    /// it is too large.
    fn rebuild(&mut self, key: &DocumentKey) -> Result<Option<DocumentReading>, StorageError> {
        let mut stored = self.stored(key)?.unwrap_or_default();
        if stored.cache == Cache::TooLarge {
            self.report(too_large().0);
            return Ok(None);
        }
        let document = self.document_of(key, &stored.refs)?;
        match &document {
            Some(document) => stored.keep(document, self.copied.contains(&key.0)),
            None => stored.cache = Cache::Empty,
        }
        self.put(key, &stored)?;
        let reading = document.map(|document| document.reading());
        Ok(Some(self.with_writers(&key.0, reading, &stored.refs)))
    }

    /// The document that its entries make; none if nothing of it counts.
    ///
    /// # Errors
    /// When an entry cannot be read now: what is made without it would be built on.
    fn document_of(
        &self,
        key: &DocumentKey,
        refs: &BTreeSet<ChangeRef>,
    ) -> Result<Option<Document>, StorageError> {
        let mut changes = Vec::new();
        let mut schema = String::new();
        for at in refs {
            let Some(opened) = self.open_ref(key, at)? else { continue };
            let counts = self.counts(&key.0, &at.log, at.seq);
            if counts || schema.is_empty() {
                schema.clone_from(&opened.schema);
            }
            changes.extend(opened.changes.into_iter().map(|change| (counts, change)));
        }
        let wanted = closure(&changes);
        // In the order of each log, so that every node refuses the same of an actor's two changes.
        let standing: Vec<CheckedChange> = changes
            .into_iter()
            .filter(|(_counts, change)| wanted.contains(&change.id()))
            .map(|(_counts, change)| change)
            .collect();
        let Ok(schema) = schema.parse() else { return Ok(None) };
        let mut document = Document::new(schema);
        document.apply(&standing);
        let is_there = !document.is_empty() || document.waiting().next().is_some();
        Ok(is_there.then_some(document))
    }

    fn with_writers(
        &self,
        circle: &CircleId,
        reading: Option<Reading>,
        refs: &BTreeSet<ChangeRef>,
    ) -> DocumentReading {
        DocumentReading { reading, writers: self.counting_logs(circle, refs) }
    }

    /// Whether an entry counts.
    pub(super) fn counts(&self, circle: &CircleId, log: &LogId, seq: u64) -> bool {
        let state = self.circles.get(circle);
        state.is_some_and(|state| state.standing(log, seq) == Standing::Counts)
    }

    /// The document, if anything of it has come.
    ///
    /// # Errors
    /// When the index fails, or an entry cannot be read now.
    pub fn document(&self, key: &DocumentKey) -> Result<Option<Document>, StorageError> {
        self.check_own_read(&key.0)?;
        let Some(stored) = self.stored(key)? else { return Ok(None) };
        let saved = match &stored.cache {
            Cache::Empty => return Ok(None),
            Cache::TooLarge => return Err(too_large()),
            Cache::Entries => None,
            Cache::Saved(saved) => {
                let schema = stored.schema.parse::<Schema>().ok();
                schema.and_then(|schema| Document::load(saved, schema).ok())
            }
        };
        if saved.is_some() { Ok(saved) } else { self.document_of(key, &stored.refs) }
    }

    /// What the index has of a document, with what this device wrote and has not saved yet.
    fn stored(&self, key: &DocumentKey) -> Result<Option<StoredDocument>, StorageError> {
        let bytes = self.storage.get(Tree::Documents, &document_key(key))?;
        let mut stored = bytes.and_then(|bytes| StoredDocument::decode(&bytes));
        if let Some(written) = self.written.get(key) {
            stored.get_or_insert_default().refs.extend(written);
        }
        Ok(stored)
    }

    fn put(&mut self, key: &DocumentKey, stored: &StoredDocument) -> Result<(), StorageError> {
        self.storage.put(Tree::Documents, &document_key(key), Some(&stored.encode()))?;
        self.written.remove(key);
        Ok(())
    }

    /// Saves a document that this device edited and wrote.
    ///
    /// # Errors
    /// When the index fails.
    pub fn save_own(
        &mut self,
        circle: &CircleId,
        document: DocumentId,
        edited: &Document,
    ) -> Result<(), StorageError> {
        let key = (*circle, document);
        let mut stored = self.stored(&key)?.unwrap_or_default();
        if stored.cache == Cache::TooLarge {
            return Err(too_large());
        }
        stored.keep(edited, self.copied.contains(circle));
        self.put(&key, &stored)?;
        let reading = self.with_writers(circle, Some(edited.reading()), &stored.refs);
        self.changed.insert(key, reading);
        Ok(())
    }

    /// Saves where this device wrote in documents that it did not save.
    pub(super) fn save_written(&mut self) -> Result<(), StorageError> {
        let keys: Vec<DocumentKey> = self.written.keys().copied().collect();
        for key in keys {
            if let Some(stored) = self.stored(&key)? {
                self.put(&key, &stored)?;
            }
        }
        Ok(())
    }

    /// Documents that entries of a log from a place on have changed.
    ///
    /// # Errors
    /// When an entry cannot be read now.
    pub(super) fn documents_of(
        &self,
        circle: &CircleId,
        log: &LogId,
        from: u64,
    ) -> Result<BTreeSet<DocumentKey>, StorageError> {
        let Some(held) = self.circles.get(circle).and_then(|state| state.logs.get(log)) else {
            return Ok(BTreeSet::new());
        };
        let mut documents = BTreeSet::new();
        for (seq, _entry) in held.from(from) {
            let Some((header, payloads)) = self.entry(circle, log, seq)? else { continue };
            for (index, payload) in (0_u32..).zip(payloads) {
                let opened = payload.and_then(|it| self.open_payload(circle, &header, index, &it));
                if let Some(Ok(opened)) = opened {
                    documents.insert((*circle, opened.document));
                }
            }
        }
        Ok(documents)
    }
}

fn too_large() -> StorageError {
    StorageError("a document has more changes than the index takes".to_owned())
}

/// Key of a document in the index.
fn document_key(key: &DocumentKey) -> Vec<u8> {
    [key.0.as_bytes().as_slice(), key.1.as_bytes()].concat()
}

/// The place of a payload, to which its seal is bound.
fn position(circle: &CircleId, header: &Header, index: u32) -> Position {
    Position {
        circle: *circle,
        log: header.log,
        seq: header.seq,
        index,
        kind: header.kind.number(),
        decision: header.decision,
        epoch: header.epoch,
    }
}

/// Opens a payload and checks what is in it.
fn open_sealed(
    secret: &EpochSecret,
    at: &Position,
    author: Author,
    sealed: &[u8],
) -> Result<Opened, String> {
    let deposited = at.kind == Kind::Deposit.number();
    // If it has the secret all the same, it would say of any document what it likes.
    if !deposited && !author.reads {
        return Err("it was written by a device that may only deposit".to_owned());
    }
    let plaintext = if deposited {
        payload::deposit::open(secret, at, sealed)
    } else {
        payload::open(secret, at, sealed)
    };
    let opened = read_changes(&at.log, &plaintext.map_err(|error| error.to_string())?)?;
    // By name, not by what this version knows of the schema: all nodes refuse the same.
    let schema =
        opened.schema.parse::<Schema>().map_err(|_text| "it names no schema".to_owned())?;
    let is_alert = at.kind == Kind::Alert.number();
    if is_alert != (kind_of(&schema) == Kind::Alert) {
        return Err("it stands in a lane that is not its own".to_owned());
    }
    // What overtakes is written once: nothing that builds on something is urgent, and what it
    // builds on, which alone says what it is of, may never come.
    if is_alert && !opened.changes.iter().all(CheckedChange::is_beginning) {
        return Err("it stands in the lane of alerts and changes something".to_owned());
    }
    #[cfg(test)]
    watched::note(&at.circle, &opened);
    // Nothing but incidents: what devices tell each other is not for who cannot read to say.
    if deposited && schema != Schema::incident() {
        return Err("it was deposited and is no incident".to_owned());
    }
    // Who cannot read begins documents, builds on nothing, and cannot choose which.
    let nonce = deposit_nonce(&at.circle, &at.log, at.seq, at.index);
    let its_own = author.founder.map(|org| dossier_document(&incident_id(&org, &nonce)));
    if deposited && its_own != Some(opened.document) {
        return Err("it was deposited into a document that is not its own".to_owned());
    }
    if deposited && opened.changes.iter().any(|change| !change.deps().is_empty()) {
        return Err("it was deposited and builds on other changes".to_owned());
    }
    Ok(opened)
}

/// Reads the plaintext of a payload, and checks each change in it.
fn read_changes(log: &LogId, plaintext: &[u8]) -> Result<Opened, String> {
    let payload = packing::unpack(log, plaintext).map_err(|error| error.to_string())?;
    // Else who comes first with an unreadable one would keep honest changes out with it.
    // What it says instead is not repeated: reports stand in the log.
    payload.schema.parse::<Schema>().map_err(|_text| "it names no schema".to_owned())?;
    let (mut changes, mut operations) = (Vec::new(), 0_u64);
    for bytes in &payload.changes {
        let change = preflight(bytes, &payload.actor).map_err(|error| error.to_string())?;
        if !change.is_of(&payload.schema) {
            return Err("its changes say that they are of another schema than it".to_owned());
        }
        operations = operations.saturating_add(change.operations());
        // All of a payload's changes together may cost what one may.
        if operations > MAX_OPS_PER_CHANGE {
            return Err("its changes have more operations than a payload may".to_owned());
        }
        changes.push(change);
    }
    Ok(Opened { document: payload.document, schema: payload.schema, changes })
}

/// The counting changes, and what they build on of the others.
fn closure(changes: &[(bool, CheckedChange)]) -> BTreeSet<ChangeId> {
    let deps: BTreeMap<ChangeId, &CheckedChange> =
        changes.iter().map(|(_counts, change)| (change.id(), change)).collect();
    let mut queue: Vec<ChangeId> =
        changes.iter().filter(|(counts, _)| *counts).map(|(_, change)| change.id()).collect();
    let mut wanted = BTreeSet::new();
    while let Some(id) = queue.pop() {
        if let Some(change) = deps.get(&id).filter(|_change| wanted.insert(id)) {
            queue.extend(change.deps());
        }
    }
    wanted
}
