//! A replica from its journal: after a start, a crash, or the loss of the index.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    mem,
};

use crate::{
    log::ForkProof,
    membership::{VerifiedStatement, resolve},
    model::id::{CircleId, EpochId, LogId},
    replica::{
        Identity, JournalPosition, Outbox, Replica, Storage, StorageError, Work,
        circle::CircleState, documents::Unread, record::Record,
    },
};

impl<S: Storage> Replica<S> {
    /// Makes the state again from the journal. What the index has not seen is put up for opening:
    /// call [`open_inbox`](Self::open_inbox) next.
    ///
    /// # Errors
    /// When the disk fails. Damage inside the journal is passed over: what is missing is fetched
    /// from partners.
    pub fn restore(identity: Identity, storage: S) -> Result<Self, StorageError> {
        let mut replica = Self {
            identity,
            storage,
            circles: BTreeMap::new(),
            local: BTreeMap::new(),
            inbox: crate::replica::inbox::Inbox::default(),
            unread: Unread::default(),
            dirty: BTreeSet::new(),
            changed: BTreeMap::new(),
            copied: BTreeSet::new(),
            written: BTreeMap::new(),
            outbox: Outbox::default(),
            reports: VecDeque::new(),
            runs: RefCell::default(),
            work: Work::default(),
            grown: BTreeSet::new(),
            uncommitted: BTreeMap::new(),
            holding: false,
            owes_commit: false,
            failed: false,
        };
        let checkpoint = replica.storage.indexed_up_to()?;
        let (mut indexed, mut fresh) = (Vec::new(), Vec::new());
        let mut unreadable = Vec::new();
        replica.storage.scan(&mut |position, kind, body| match Record::decode(kind, &body) {
            Ok(record) if checkpoint.is_some_and(|last| position < last) => {
                indexed.push((position, record.without_payloads()));
            }
            Ok(record) => fresh.push((position, record.without_payloads())),
            Err(error) => unreadable.push(error.to_string()),
        })?;
        unreadable.into_iter().for_each(|message| replica.report(message));
        replica.restore_indexed(indexed);
        replica.restore_fresh(fresh);
        replica.restore_receipts()?;
        replica.restore_known()?;
        Ok(replica)
    }

    /// Takes up what the index knows: its documents are as these records make them.
    fn restore_indexed(&mut self, records: Vec<(JournalPosition, Record)>) {
        for (position, record) in records {
            self.restore_record(position, record);
        }
        for state in self.circles.values_mut() {
            state.membership = resolve(&state.set);
        }
        let circles: Vec<CircleId> = self.circles.keys().copied().collect();
        for circle in circles {
            self.relearn_all_grants(&circle);
        }
        let none = EpochId::new([0; 32]);
        for (circle, log, seq) in mem::take(&mut self.inbox) {
            let Some(state) = self.circles.get_mut(&circle) else { continue };
            let entry = state.logs.get(&log).and_then(|held| held.get(seq));
            let Some(epoch) = entry.map(|entry| entry.epoch) else { continue };
            if epoch != none && state.keys.secret(&epoch).is_none() {
                state.waiting.entry(epoch).or_default().insert((log, seq));
            }
        }
    }

    /// Takes up what came after, as if it came now: what follows from it the index does not know.
    fn restore_fresh(&mut self, records: Vec<(JournalPosition, Record)>) {
        let is_statement =
            |it: &(JournalPosition, Record)| matches!(it.1, Record::Statement { .. });
        let (statements, rest): (Vec<_>, Vec<_>) = records.into_iter().partition(is_statement);
        let mut circles = BTreeSet::new();
        for (position, record) in statements {
            if let Record::Statement { circle, .. } = &record {
                circles.insert(*circle);
            }
            self.restore_record(position, record);
        }
        for circle in circles {
            self.membership_changed(&circle);
        }
        for (position, record) in rest {
            self.restore_record(position, record);
        }
    }

    fn restore_record(&mut self, position: JournalPosition, record: Record) {
        match record {
            Record::Statement { circle, statement } => {
                if let Ok(statement) = VerifiedStatement::decode(&statement) {
                    let state = self.circles.entry(circle);
                    state.or_insert_with(|| CircleState::new(circle)).set.insert_held(statement);
                }
            }
            Record::Run { circle, run } => self.restore_run(&circle, &run, position),
            Record::Fork { circle, log, proof } => self.restore_fork(&circle, &log, proof),
            Record::Local { key, value } => self.restore_local(key, value),
        }
    }

    fn restore_fork(&mut self, circle: &CircleId, log: &LogId, proof: ForkProof) {
        let Some(state) = self.circles.get_mut(circle) else { return };
        let doubled = proof.seq;
        state.logs.entry(*log).or_default().freeze(proof);
        self.stands_otherwise(circle, log, doubled);
    }

    /// Whether anything waits to be opened or worked out again.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.inbox.is_empty() && self.dirty.is_empty()
    }
}
