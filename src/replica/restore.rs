//! A replica from its journal: after a start, a crash, or the loss of the index.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, VecDeque},
};

use crate::{
    log::{ForkProof, Kind},
    membership::{VerifiedStatement, resolve},
    model::id::{CircleId, EpochId, LogId},
    replica::{
        Identity, JournalPosition, Outbox, Replica, Storage, StorageError, circle::CircleState,
        record::Record,
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
            inbox: VecDeque::new(),
            dirty: BTreeSet::new(),
            changed: BTreeSet::new(),
            outbox: Outbox::default(),
            reports: VecDeque::new(),
            last_run: RefCell::new(None),
        };
        let checkpoint = replica.storage.indexed_up_to()?;
        let mut records = Vec::new();
        replica.storage.scan(&mut |position, kind, body| {
            records.push((position, kind, body));
        })?;
        let mut indexed = 0;
        for (position, kind, body) in records {
            match Record::decode(kind, &body) {
                Ok(record) => replica.restore_record(position, record),
                Err(unreadable) => replica.report(unreadable.to_string()),
            }
            if checkpoint.is_some_and(|last| position < last) {
                indexed = replica.inbox.len();
            }
        }
        replica.resolve_all();
        replica.learn_all_grants();
        replica.put_up(indexed);
        Ok(replica)
    }

    fn restore_record(&mut self, position: JournalPosition, record: Record) {
        match record {
            Record::Statement { circle, statement } => {
                if let Ok(statement) = VerifiedStatement::decode(&statement) {
                    let state = self.circles.entry(circle);
                    state.or_insert_with(|| CircleState::new(circle)).set.insert(statement);
                }
            }
            Record::Run { circle, run } => self.restore_run(&circle, &run, position),
            Record::Fork { circle, log, proof } => self.restore_fork(&circle, log, proof),
            Record::Local { key, value } => self.restore_local(key, value),
        }
    }

    fn restore_fork(&mut self, circle: &CircleId, log: LogId, proof: ForkProof) {
        if let Some(state) = self.circles.get_mut(circle) {
            state.logs.entry(log).or_default().freeze(proof);
        }
    }

    fn resolve_all(&mut self) {
        for state in self.circles.values_mut() {
            state.membership = resolve(&state.set);
        }
    }

    /// Learns every grant that counts, so that all secrets are known before anything is opened.
    fn learn_all_grants(&mut self) {
        let control: Vec<(CircleId, LogId, u64)> = self
            .inbox
            .iter()
            .filter(|(_, log, _)| Some(log.lane) == Kind::Grant.lane())
            .copied()
            .collect();
        for (circle, log, seq) in control {
            self.relearn_grants(&circle, &log, seq);
        }
    }

    /// Leaves in the inbox what the index has not seen, and remembers what waits for a key.
    fn put_up(&mut self, indexed: usize) {
        let fresh = self.inbox.split_off(indexed.min(self.inbox.len()));
        let none = EpochId::new([0; 32]);
        for (circle, log, seq) in std::mem::replace(&mut self.inbox, fresh) {
            let Some(state) = self.circles.get_mut(&circle) else { continue };
            let entry = state.logs.get(&log).and_then(|held| held.get(seq));
            let Some(epoch) = entry.map(|entry| entry.epoch) else { continue };
            if epoch != none && state.keys.secret(&epoch).is_none() {
                state.waiting.entry(epoch).or_default().insert((log, seq));
            }
        }
    }

    /// Whether anything waits to be opened or worked out again.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.inbox.is_empty() && self.dirty.is_empty()
    }
}
