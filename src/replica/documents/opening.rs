//! Opening many entries at once: what needs only the bytes runs on all cores.
//!
//! ```text
//! inbox ──in order──▶ sealed payloads ──all cores──▶ checked changes ──by document──┐
//!      index ◀──in order── outcome ◀──all cores── changes applied ◀─────────────────┘
//! ```
//!
//! What comes out does not depend on how the work was spread.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;

use super::{
    Author, DocumentKey, DocumentReading, Opened, open_sealed,
    refs::ChangeRef,
    stored::{Cache, StoredDocument},
};
use crate::{
    crypto::EpochSecret,
    doc::{Applied, CheckedChange, Document, QuarantineReason, Quarantined, Reading},
    log::{Header, Kind},
    model::id::{CircleId, LogId},
    replica::{Replica, Storage, StorageError},
};

/// Bytes of sealed payloads that are opened at once. Bounds the memory that opening takes.
const MAX_BATCH_BYTES: usize = 1024 * 1024;
/// Documents or payloads that are worth a second core.
const MIN_SHARE: usize = 16;

/// Entries that cannot be read now, after which the others are not tried: a journal of which
/// nothing reads would be gone through at each input.
const MAX_UNREADABLE: usize = 16;

/// A payload that is to be opened.
struct Sealed {
    circle: CircleId,
    header: Arc<Header>,
    secret: EpochSecret,
    author: Author,
    index: u32,
    payload: Arc<[u8]>,
    counts: bool,
}

/// What opening payloads brings for one document.
#[derive(Default)]
struct Incoming {
    schema: String,
    refs: Vec<ChangeRef>,
    changes: Vec<CheckedChange>,
}

/// A document as it is held before changes are applied.
enum Held {
    Nothing,
    Document(Box<Document>),
    Saved(Vec<u8>),
}

/// A document, and what is to be applied to it.
struct Job {
    key: DocumentKey,
    stored: StoredDocument,
    held: Held,
    changes: Vec<CheckedChange>,
    /// Whether a copy is kept in any case.
    copy: bool,
}

/// A document with the changes applied.
struct Outcome {
    key: DocumentKey,
    stored: StoredDocument,
    /// None if the copy did not load.
    document: Option<Document>,
    applied: Applied,
    /// None if no counting change came.
    reading: Option<Reading>,
}

impl<S: Storage> Replica<S> {
    /// Opens a bounded part of the inbox, and applies what it brings.
    pub(super) fn open_batch(&mut self, changed: &mut BTreeMap<DocumentKey, DocumentReading>) {
        let sealed = self.take_sealed();
        let opened: Vec<(Sealed, Result<Opened, String>)> = sealed
            .into_par_iter()
            .with_min_len(MIN_SHARE)
            .map(|sealed| {
                let position = super::position(&sealed.circle, &sealed.header, sealed.index);
                let (secret, author) = (&sealed.secret, sealed.author);
                let opened = open_sealed(secret, &position, author, &sealed.payload);
                (sealed, opened)
            })
            .collect();
        let mut incoming: BTreeMap<DocumentKey, Incoming> = BTreeMap::new();
        for (sealed, opened) in opened {
            let (log, seq) = (sealed.header.log, sealed.header.seq);
            match opened {
                Ok(opened) => {
                    let entry = incoming.entry((sealed.circle, opened.document)).or_default();
                    entry.refs.push(ChangeRef { log, seq, index: sealed.index });
                    entry.schema = opened.schema;
                    if sealed.counts {
                        entry.changes.extend(opened.changes);
                    }
                }
                Err(reason) => self.quarantine_payload(&sealed.circle, &log, seq, &reason),
            }
        }
        let jobs: Vec<Job> =
            incoming.into_iter().filter_map(|(key, incoming)| self.job(key, incoming)).collect();
        let outcomes: Vec<Outcome> =
            jobs.into_par_iter().with_min_len(MIN_SHARE).map(Job::run).collect();
        for outcome in outcomes {
            match self.finish(&outcome) {
                Ok(Some(reading)) => drop(changed.insert(outcome.key, reading)),
                Ok(None) => {}
                Err(error) => self.not_stored(outcome.key, outcome.stored.refs, &error),
            }
        }
    }

    /// Takes entries out of the inbox: learns grants, and gives the payloads whose secret is held.
    fn take_sealed(&mut self) -> Vec<Sealed> {
        let (mut sealed, mut bytes, mut unreadable) = (Vec::new(), 0, 0);
        while bytes < MAX_BATCH_BYTES
            && let Some((circle, log, seq)) = self.inbox.pop_front()
        {
            self.work.opened += 1;
            let (header, payloads) = match self.entry(&circle, &log, seq) {
                Ok(Some(entry)) => entry,
                Ok(None) => continue,
                Err(error) => {
                    self.put_back((circle, log, seq), &error);
                    unreadable += 1;
                    if unreadable >= MAX_UNREADABLE {
                        self.put_back_inbox();
                    }
                    continue;
                }
            };
            let counts = self.counts(&circle, &log, seq);
            match header.kind {
                Kind::Grant => self.learn_grants(&circle, (&header, counts), &payloads),
                Kind::Changes | Kind::Alert | Kind::Deposit => {
                    let Some(secret) = self.secret(&circle, &header) else {
                        self.wait_for(&circle, &header, &log);
                        continue;
                    };
                    let author = self.author_in(&circle, &header.log);
                    let header = Arc::new(header);
                    for (index, payload) in (0_u32..).zip(payloads) {
                        let Some(payload) = payload else { continue };
                        bytes += payload.len();
                        let (header, secret) = (Arc::clone(&header), secret.clone());
                        let it = Sealed { circle, header, secret, author, index, payload, counts };
                        sealed.push(it);
                    }
                }
                Kind::Ask => self.learn_ask(&circle, (&header, counts), &payloads),
                Kind::Erase | Kind::Unknown(_) => {}
            }
        }
        sealed
    }

    fn wait_for(&mut self, circle: &CircleId, header: &Header, log: &LogId) {
        if let Some(state) = self.circles.get_mut(circle) {
            state.waiting.entry(header.epoch).or_default().insert((*log, header.seq));
        }
    }

    /// What is to be done for a document; nothing if what is held of it cannot be read, which is
    /// told and tried again.
    fn job(&mut self, key: DocumentKey, incoming: Incoming) -> Option<Job> {
        let (mut stored, held) = match self.held(&key) {
            Ok(Some(held)) => held,
            Ok(None) => {
                self.report(super::too_large().0);
                return None;
            }
            Err(error) => {
                self.not_stored(key, incoming.refs.into_iter().collect(), &error);
                return None;
            }
        };
        stored.refs.extend(incoming.refs);
        if stored.schema.is_empty() {
            stored.schema = incoming.schema;
        }
        let copy = self.copied.contains(&key.0);
        Some(Job { key, stored, held, changes: incoming.changes, copy })
    }

    /// What is held of a document; none if it is too large.
    fn held(&self, key: &DocumentKey) -> Result<Option<(StoredDocument, Held)>, StorageError> {
        let mut stored = self.stored(key)?.unwrap_or_default();
        let held = match std::mem::take(&mut stored.cache) {
            Cache::Empty => Held::Nothing,
            Cache::Saved(saved) => Held::Saved(saved),
            Cache::Entries => self
                .document_of(key, &stored.refs)?
                .map_or(Held::Nothing, |document| Held::Document(Box::new(document))),
            Cache::TooLarge => return Ok(None),
        };
        Ok(Some((stored, held)))
    }

    /// Stores what became of a document, works it out anew where that is needed, and gives how it
    /// reads if it changed.
    fn finish(&mut self, outcome: &Outcome) -> Result<Option<DocumentReading>, StorageError> {
        let Outcome { key, stored, document, applied, reading } = outcome;
        self.put(key, stored)?;
        // The copy did not load.
        let Some(document) = document else { return self.rebuild(key) };
        for refused in &applied.quarantined {
            self.report(format!("change {} is in quarantine: {}", refused.change, refused.reason));
        }
        // Changes that were refused may have come in another order than their author wrote (an
        // earlier entry's key came later), which decides what of a dishonest author is refused; and
        // what is missing may be in quarantine. Then it is worked out from all that is held, in the
        // order of the logs. What waits for changes that nobody has costs no such work.
        let refused = |it: &Quarantined| it.reason != QuarantineReason::TooManyWaiting;
        if applied.quarantined.iter().any(refused)
            || self.is_held_uncounted(key, document, &applied.missing)?
        {
            return self.rebuild(key);
        }
        let reading = reading.clone();
        Ok(reading.map(|reading| self.with_writers(&key.0, Some(reading), &stored.refs)))
    }
}

impl Job {
    fn run(self) -> Outcome {
        let Self { key, mut stored, held, changes, copy } = self;
        let schema = stored.schema.parse().ok();
        let document = match (held, schema) {
            (Held::Document(document), _) => Some(*document),
            (Held::Saved(saved), Some(schema)) => Document::load(&saved, schema).ok(),
            (Held::Nothing, Some(schema)) => Some(Document::new(schema)),
            (_, None) => None,
        };
        let Some(mut document) = document else {
            let applied = Applied::default();
            return Outcome { key, stored, document: None, applied, reading: None };
        };
        // Also if nothing counts of what came: changes that wait may build on it.
        let applied = document.apply(&changes);
        let reading = (!changes.is_empty()).then(|| document.reading());
        if document.is_empty() && document.waiting().next().is_none() {
            stored.cache = Cache::Empty;
        } else {
            stored.keep(&document, copy);
        }
        Outcome { key, stored, document: Some(document), applied, reading }
    }
}
