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

use prost::Message;

use crate::{
    crypto::{Position, payload},
    doc::{Actor, ChangeId, CheckedChange, Document, preflight},
    log::{Header, Kind},
    membership::Standing,
    model::{
        id::{CircleId, DocumentId, EpochId, LogId},
        limits::MAX_CHANGES_PER_PAYLOAD,
        registry::Schema,
    },
    replica::{Replica, Storage, StorageError, Tree},
    wire::{bounded, payload as wire},
};

mod reading;
mod refs;

use refs::ChangeRef;

/// A document in its circle.
pub type DocumentKey = (CircleId, DocumentId);

/// The payloads of an entry; none where one was erased.
type Payloads = Vec<Option<Arc<[u8]>>>;

/// The changes of one payload, checked.
struct Opened {
    document: DocumentId,
    schema: String,
    changes: Vec<CheckedChange>,
}

/// What opening entries brings for one document.
#[derive(Default)]
struct Incoming {
    schema: String,
    refs: Vec<ChangeRef>,
    changes: Vec<CheckedChange>,
}

impl<S: Storage> Replica<S> {
    /// Opens what has come in: grants first, then documents. Call it after every input that may
    /// have brought entries or statements. Gives the documents that have changed.
    pub fn open_inbox(&mut self) -> BTreeSet<DocumentKey> {
        let mut incoming: BTreeMap<DocumentKey, Incoming> = BTreeMap::new();
        while let Some((circle, log, seq)) = self.inbox.pop_front() {
            self.open_entry(&circle, &log, seq, &mut incoming);
        }
        let mut changed = std::mem::take(&mut self.changed);
        for (key, incoming) in incoming {
            match self.apply(&key, incoming) {
                Ok(true) => drop(changed.insert(key)),
                Ok(false) => {}
                Err(error) => self.report(format!("a document was not stored: {error}")),
            }
        }
        for key in std::mem::take(&mut self.dirty) {
            match self.rebuild(&key) {
                Ok(()) => drop(changed.insert(key)),
                Err(error) => self.report(format!("a document was not stored: {error}")),
            }
        }
        changed
    }

    fn open_entry(
        &mut self,
        circle: &CircleId,
        log: &LogId,
        seq: u64,
        incoming: &mut BTreeMap<DocumentKey, Incoming>,
    ) {
        self.work.opened += 1;
        let Some((header, payloads)) = self.entry(circle, log, seq) else { return };
        let counts = self.counts(circle, log, seq);
        match header.kind {
            Kind::Grant => self.learn_grants(circle, (&header, counts), &payloads),
            Kind::Changes => {
                for (index, payload) in (0_u32..).zip(payloads) {
                    let Some(payload) = payload else { continue };
                    match self.open_payload(circle, &header, index, &payload) {
                        Some(Ok(opened)) => {
                            let key = (*circle, opened.document);
                            let entry = incoming.entry(key).or_default();
                            entry.refs.push(ChangeRef { log: *log, seq, index });
                            entry.schema = opened.schema;
                            if counts {
                                entry.changes.extend(opened.changes);
                            }
                        }
                        Some(Err(reason)) => self.quarantine_payload(circle, log, seq, &reason),
                        None => self.wait_for(circle, header.epoch, log, seq),
                    }
                }
            }
            Kind::Ask => self.learn_ask(circle, (&header, counts), &payloads),
            Kind::Erase | Kind::Alert | Kind::Unknown(_) => {}
        }
    }

    fn wait_for(&mut self, circle: &CircleId, epoch: EpochId, log: &LogId, seq: u64) {
        if let Some(state) = self.circles.get_mut(circle) {
            state.waiting.entry(epoch).or_default().insert((*log, seq));
        }
    }

    /// Header and payloads of an entry that is held.
    pub(super) fn entry(
        &self,
        circle: &CircleId,
        log: &LogId,
        seq: u64,
    ) -> Option<(Header, Payloads)> {
        let held = *self.circles.get(circle)?.logs.get(log)?.get(seq)?;
        let run = self.stored_run(held.position)?;
        let entry = run.entries.get(held.offset)?;
        Some((Header::decode(&entry.header).ok()?, entry.payloads.clone()))
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
        let secret = self.circles.get(circle)?.keys.secret(&header.epoch)?;
        let position = Position {
            circle: *circle,
            log: header.log,
            seq: header.seq,
            index,
            kind: header.kind.number(),
            decision: header.decision,
            epoch: header.epoch,
        };
        let opened = payload::open(secret, &position, sealed).map_err(|error| error.to_string());
        Some(opened.and_then(|plaintext| read_changes(&header.log, &plaintext)))
    }

    /// Applies what came in for a document; whether it changed.
    fn apply(&mut self, key: &DocumentKey, incoming: Incoming) -> Result<bool, StorageError> {
        self.remember_refs(key, &incoming.refs)?;
        let Some(mut document) = self.load_or_new(key, &incoming.schema)? else { return Ok(false) };
        let applied = document.apply(&incoming.changes);
        for refused in &applied.quarantined {
            self.report(format!("change {} is in quarantine: {}", refused.change, refused.reason));
        }
        // Changes that were refused may have come in another order than their author wrote (an
        // earlier entry's key came later), which decides what of a dishonest author is refused; and
        // what is missing may be in quarantine. Then it is worked out from all that is held, in the
        // order of the logs. What waits for changes that nobody has costs no such work.
        if !applied.quarantined.is_empty()
            || self.is_held_uncounted(key, &document, &applied.missing)?
        {
            self.rebuild(key)?;
            return Ok(true);
        }
        if incoming.changes.is_empty() {
            return Ok(false);
        }
        self.save(key, &document)?;
        Ok(true)
    }

    /// Works a document out again from all entries that are held.
    fn rebuild(&mut self, key: &DocumentKey) -> Result<(), StorageError> {
        let mut changes = Vec::new();
        let mut schema = String::new();
        for at in self.refs(key)? {
            let Some(opened) = self.open_ref(key, &at) else { continue };
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
        let Ok(schema) = schema.parse() else { return Ok(()) };
        let mut document = Document::new(schema);
        document.apply(&standing);
        if document.is_empty() && document.waiting().next().is_none() {
            return self.storage.put(Tree::Documents, &document_key(key), None);
        }
        self.save(key, &document)
    }

    /// Whether an entry counts.
    pub(super) fn counts(&self, circle: &CircleId, log: &LogId, seq: u64) -> bool {
        let state = self.circles.get(circle);
        state.is_some_and(|state| state.standing(log, seq) == Standing::Counts)
    }

    /// The document, if anything of it has come.
    ///
    /// # Errors
    /// When the index fails.
    pub fn document(&self, key: &DocumentKey) -> Result<Option<Document>, StorageError> {
        let saved = self.storage.get(Tree::Documents, &document_key(key))?;
        Ok(saved.and_then(|saved| {
            let (length, rest) = saved.split_first()?;
            let (schema, saved) = rest.split_at_checked(usize::from(*length))?;
            let schema: Schema = std::str::from_utf8(schema).ok()?.parse().ok()?;
            Document::load(saved, schema).ok()
        }))
    }

    pub(super) fn load_or_new(
        &self,
        key: &DocumentKey,
        schema: &str,
    ) -> Result<Option<Document>, StorageError> {
        let held = self.document(key)?;
        Ok(held.or_else(|| schema.parse().ok().map(Document::new)))
    }

    pub(super) fn save(
        &mut self,
        key: &DocumentKey,
        document: &Document,
    ) -> Result<(), StorageError> {
        let schema = document.schema().to_string();
        let length = u8::try_from(schema.len()).unwrap_or_default();
        let saved = [&[length], schema.as_bytes(), &document.save()].concat();
        self.storage.put(Tree::Documents, &document_key(key), Some(&saved))
    }

    /// Documents that entries of a log from a place on have changed.
    pub(super) fn documents_of(
        &self,
        circle: &CircleId,
        log: &LogId,
        from: u64,
    ) -> BTreeSet<DocumentKey> {
        let Some(held) = self.circles.get(circle).and_then(|state| state.logs.get(log)) else {
            return BTreeSet::new();
        };
        let mut documents = BTreeSet::new();
        for (seq, _entry) in held.from(from) {
            let Some((header, payloads)) = self.entry(circle, log, seq) else { continue };
            for (index, payload) in (0_u32..).zip(payloads) {
                let opened = payload.and_then(|it| self.open_payload(circle, &header, index, &it));
                if let Some(Ok(opened)) = opened {
                    documents.insert((*circle, opened.document));
                }
            }
        }
        documents
    }
}

/// Key of a document in the index.
pub(super) fn document_key(key: &DocumentKey) -> Vec<u8> {
    [key.0.as_bytes().as_slice(), key.1.as_bytes()].concat()
}

/// Reads the plaintext of a payload, and checks each change in it.
fn read_changes(log: &LogId, plaintext: &[u8]) -> Result<Opened, String> {
    let message: wire::Changes =
        bounded::decode(plaintext, plaintext.len(), MAX_CHANGES_PER_PAYLOAD + 2)
            .map_err(|error| error.to_string())?;
    let document =
        DocumentId::try_from(message.document.as_slice()).map_err(|error| error.to_string())?;
    // Else who comes first with an unreadable one would keep honest changes out with it.
    // What it says instead is not repeated: reports stand in the log.
    message.schema.parse::<Schema>().map_err(|_text| "it names no schema".to_owned())?;
    let actor = Actor::of(&log.device, &log.incarnation, &document);
    let check = |bytes: &Vec<u8>| preflight(bytes, &actor).map_err(|error| error.to_string());
    let changes = message.changes.iter().map(check).collect::<Result<_, _>>()?;
    Ok(Opened { document, schema: message.schema, changes })
}

/// Writes the plaintext of a payload.
pub(super) fn write_changes(document: &DocumentId, schema: &str, changes: Vec<Vec<u8>>) -> Vec<u8> {
    let (document, schema) = (document.as_bytes().to_vec(), schema.to_owned());
    wire::Changes { document, schema, changes }.encode_to_vec()
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
