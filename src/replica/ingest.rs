//! What comes in: statements and runs, verified, journaled, and put up for opening.

use std::sync::Arc;

use crate::{
    log::{ForkProof, Header, LogPosition, Run, RunError, Tail, VerifiedRun, verify_run},
    membership::{Inserted, Rooms, VerifiedStatement},
    model::{
        id::{CircleId, DeviceId, EpochId, Lane, LogId, OrgId, StatementId},
        limits::{
            MAX_ENTRIES_PER_RUN, MAX_LOGS_PER_CIRCLE, MAX_LOGS_PER_DEVICE, MAX_REFUSED_STATEMENTS,
            MAX_RUN_BYTES,
        },
    },
    replica::{
        JournalPosition, RecordKind, Replica, Storage, StorageError,
        circle::CircleState,
        log_state::{HeldEntry, LogState},
        record::Record,
    },
    sync::{ProofOutcome, RunOutcome, StatementOutcome},
};

/// How often statements that find no room are tried again in one answer, as others bring news: each
/// costs a resolve.
const ROUNDS_FOR_ROOM: usize = 4;

/// Organisations of which people are told that there is no room for their statements.
const MAX_TOLD_FULL: usize = 1024;

impl<S: Storage> Replica<S> {
    /// Verifies statements, keeps and journals those that are new, and lets what follows follow.
    /// What finds no room is tried again as long as others bring news: a vote may give a proposal
    /// room, a decision a steward.
    pub(super) fn take_statements(
        &mut self,
        circle: &CircleId,
        statements: Vec<Vec<u8>>,
    ) -> StatementOutcome {
        let mut outcome = StatementOutcome::default();
        let mut waiting = Vec::new();
        for bytes in statements {
            self.work.statements += 1;
            match VerifiedStatement::decode(&bytes) {
                Ok(statement) => waiting.push((statement, bytes)),
                Err(_refused) => outcome.invalid += 1,
            }
        }
        for _round in 0..ROUNDS_FOR_ROOM {
            let added = self.keep_all(circle, &mut waiting);
            if added.is_empty() {
                self.refuse(circle, &waiting);
                break;
            }
            outcome.added.extend(added);
            if waiting.is_empty() {
                break;
            }
        }
        outcome
    }

    /// Keeps and journals those statements that are new and find room; the others stay in the list.
    fn keep_all(
        &mut self,
        circle: &CircleId,
        statements: &mut Vec<(VerifiedStatement, Vec<u8>)>,
    ) -> Vec<StatementId> {
        // Told when it failed; nothing is kept any more.
        let Some(state) = self.circles.get(circle).filter(|_| !self.failed) else {
            statements.clear();
            return Vec::new();
        };
        let before = state.set.clone();
        let mut added = Vec::new();
        for (statement, bytes) in std::mem::take(statements) {
            match self.keep_statement(circle, statement.clone(), &bytes) {
                Ok(Inserted::New) => added.push(statement.id()),
                Ok(Inserted::Full | Inserted::SignerFull) => statements.push((statement, bytes)),
                Ok(Inserted::Known | Inserted::Foreign) => {}
                Err(_told) => break,
            }
        }
        if !added.is_empty() {
            let _told = self.commit();
        }
        if self.failed {
            // What may not be on disk is not in memory either.
            added.clear();
            if let Some(state) = self.circles.get_mut(circle) {
                state.set = before;
                state.rooms = None;
            }
        } else if !added.is_empty() {
            self.membership_changed(circle);
        }
        added
    }

    /// Keeps a statement of a circle if it is new and fits. After an error the caller takes it out
    /// of the set again.
    fn keep_statement(
        &mut self,
        circle: &CircleId,
        statement: VerifiedStatement,
        bytes: &[u8],
    ) -> Result<Inserted, StorageError> {
        let Some(state) = self.circles.get_mut(circle) else { return Ok(Inserted::Foreign) };
        let inserted = state.insert(statement);
        if inserted == Inserted::New {
            let record = Record::Statement { circle: *circle, statement: bytes.to_vec() };
            self.journal(&record)?;
        }
        Ok(inserted)
    }

    /// Tells of statements for which there is no room, and does not ask for them again at once.
    fn refuse(&mut self, circle: &CircleId, statements: &[(VerifiedStatement, Vec<u8>)]) {
        let Some(state) = self.circles.get_mut(circle) else { return };
        let mut news = Vec::new();
        for (statement, _bytes) in statements {
            if state.refused.len() < MAX_REFUSED_STATEMENTS {
                state.refused.insert(statement.id());
            }
            let signer = DeviceId::new(statement.signer());
            let org = state.membership.device(&signer).map(|device| device.org);
            // Once for each: whoever floods must not fill the log and the notices as well.
            if state.told_full.len() < MAX_TOLD_FULL && state.told_full.insert(org) {
                news.push((signer, org));
            }
        }
        for (signer, org) in news {
            let (signer, circle) = (signer.short(), circle.short());
            let who = org.map_or_else(|| "nobody known".to_owned(), |org| org.short());
            self.report(format!(
                "statements signed by {signer} of {who} in circle {circle} were refused: all room that it may take is full"
            ));
        }
    }

    /// Verifies a run against what is held, journals what is new of it, and puts it up for opening.
    pub(super) fn take_run(&mut self, circle: &CircleId, log: &LogId, run: &Run) -> RunOutcome {
        if self.failed {
            return RunOutcome::NotStored;
        }
        if !self.follows_log(circle, log) {
            return RunOutcome::NotFollowed;
        }
        self.work.runs += 1;
        let Some(state) = self.circles.get(circle) else { return RunOutcome::NotFollowed };
        let empty = LogState::default();
        let held = state.logs.get(log).unwrap_or(&empty);
        let known = |seq| held.get(seq).map(|entry| entry.hash);
        match verify_run(&state.tag, log, &held.tail(), known, run) {
            Ok(verified) => self.keep_run(circle, &verified),
            Err(RunError::Gap { .. }) => RunOutcome::Gap,
            Err(RunError::Forked { seq }) => self.freeze(circle, log, run, seq),
            Err(_forged) => RunOutcome::Invalid,
        }
    }

    /// Journals what is new of a verified run; durable when it returns.
    fn keep_run(&mut self, circle: &CircleId, run: &VerifiedRun) -> RunOutcome {
        let log = *run.log();
        let stored = self.store_run(circle, run).and_then(|()| self.commit());
        if stored.is_err() {
            return RunOutcome::NotStored;
        }
        let fresh = run.fresh().iter().map(|entry| (*circle, log, entry.header().seq));
        self.inbox.extend(fresh);
        RunOutcome::Accepted(self.log_position(circle, &log))
    }

    /// Puts what is new of a verified run into the journal and the log; durable after a commit.
    pub(super) fn store_run(
        &mut self,
        circle: &CircleId,
        run: &VerifiedRun,
    ) -> Result<(), StorageError> {
        let fresh = run.fresh();
        if fresh.is_empty() {
            return Ok(());
        }
        let mut kept = run.to_run();
        kept.entries.drain(..run.entries().len().saturating_sub(fresh.len()));
        let record = Record::Run { circle: *circle, run: kept };
        let position = self.journal(&record)?;
        if let Record::Run { run, .. } = record {
            // It is opened next, and passed on.
            self.runs.borrow_mut().put_uncommitted(position, Arc::new(run));
        }
        let length = self.log_position(circle, run.log()).tail.next_seq;
        self.note_uncommitted(circle, run.log(), length);
        self.grown.insert((*circle, *run.log()));
        let Some(state) = self.circles.get_mut(circle) else { return Ok(()) };
        for (offset, entry) in fresh.iter().enumerate() {
            let epoch = entry.header().epoch;
            let held = HeldEntry { hash: entry.hash(), position, offset, epoch };
            let header = entry.header();
            let log = state.logs.entry(*run.log()).or_default();
            log.push(header.seq, header.previous, held);
        }
        Ok(())
    }

    /// Takes up again what the journal holds of a log; signatures were checked when it came in, and
    /// the journal's frames are authenticated.
    pub(super) fn restore_run(&mut self, circle: &CircleId, run: &Run, position: JournalPosition) {
        // Damage may have taken its statements, which partners have.
        let state = self.circles.entry(*circle).or_insert_with(|| CircleState::new(*circle));
        for (offset, entry) in run.entries.iter().enumerate() {
            let Ok(header) = Header::decode(&entry.header) else { return };
            let log = state.logs.entry(header.log).or_default();
            let hash = Header::hash(&entry.header);
            let held = HeldEntry { hash, position, offset, epoch: header.epoch };
            if log.push(header.seq, header.previous, held) {
                self.inbox.push_back((*circle, header.log, header.seq));
            }
        }
    }

    /// Whether (more) entries of this log are taken.
    pub(super) fn follows_log(&self, circle: &CircleId, log: &LogId) -> bool {
        let Some(state) = self.circles.get(circle) else { return false };
        let held = state.logs.get(log);
        // Ciphertext that nobody here will ever open is no use, and tells who takes this device.
        if log.device != self.own_device()
            && log.lane != Lane::Control
            && self.only_deposits(circle)
        {
            return false;
        }
        let room = held.is_some() || state.has_room_for_log_of(&log.device);
        // Up to the doubled place a forked log is the same for all, and counts.
        let frozen = held.is_some_and(|log| log.fork().is_some_and(|it| log.len() >= it.seq));
        room && !frozen && state.membership.device(&log.device).is_some()
    }

    /// How far a log is held.
    pub(super) fn log_position(&self, circle: &CircleId, log: &LogId) -> LogPosition {
        let held = self.circles.get(circle).and_then(|state| state.logs.get(log));
        held.map_or(LogPosition { log: *log, tail: Tail::EMPTY, forked: false }, |state| {
            state.position(*log)
        })
    }

    /// Keeps the proof that a rightly signed run contradicts what is held.
    fn freeze(&mut self, circle: &CircleId, log: &LogId, run: &Run, seq: u64) -> RunOutcome {
        let mine = match self.run_from(circle, log, seq, 0) {
            Ok(Some(mine)) => mine,
            Ok(None) => return RunOutcome::Invalid,
            Err(_not_now) => return RunOutcome::NotStored,
        };
        let Some(tag) = self.circles.get(circle).map(|state| state.tag) else {
            return RunOutcome::NotFollowed;
        };
        let Ok(proof) = ForkProof::between(&tag, log, seq, &mine, run) else {
            return RunOutcome::Invalid;
        };
        match self.take_proof(circle, log, proof) {
            ProofOutcome::Accepted | ProofOutcome::Known => RunOutcome::Forked,
            ProofOutcome::NotKept => RunOutcome::NotStored,
            ProofOutcome::Invalid => RunOutcome::Invalid,
        }
    }

    /// Verifies and keeps a proof of a fork.
    pub(super) fn take_proof(
        &mut self,
        circle: &CircleId,
        log: &LogId,
        proof: ForkProof,
    ) -> ProofOutcome {
        let Some(state) = self.circles.get(circle) else { return ProofOutcome::NotKept };
        if state.membership.device(&log.device).is_none() {
            return ProofOutcome::NotKept;
        }
        let known = state.logs.get(log).and_then(LogState::fork);
        if known.is_some_and(|known| known.seq <= proof.seq) {
            return ProofOutcome::Known;
        }
        if !state.logs.contains_key(log) && !state.has_room_for_log_of(&log.device) {
            return ProofOutcome::NotKept;
        }
        if proof.verify(&state.tag, log).is_err() {
            return ProofOutcome::Invalid;
        }
        let record = Record::Fork { circle: *circle, log: *log, proof: proof.clone() };
        if self.journal(&record).and_then(|_position| self.commit()).is_err() {
            return ProofOutcome::NotKept;
        }
        let doubled = proof.seq;
        let Some(state) = self.circles.get_mut(circle) else { return ProofOutcome::NotKept };
        state.logs.entry(*log).or_default().freeze(proof);
        self.stands_otherwise(circle, log, doubled);
        ProofOutcome::Accepted
    }

    /// Entries of a log from a place on, up to about so many bytes but at least to the next
    /// signature.
    ///
    /// # Errors
    /// When none of them can be read now.
    pub(super) fn run_from(
        &self,
        circle: &CircleId,
        log: &LogId,
        from: u64,
        max_bytes: usize,
    ) -> Result<Option<Run>, StorageError> {
        let held = self.circles.get(circle).and_then(|state| state.logs.get(log));
        let Some(held) = held else { return Ok(None) };
        let mut joined: Option<Run> = None;
        let mut seq = from;
        while let Some(entry) = held.get(seq) {
            let stored = match self.stored_run(entry.position) {
                Ok(Some(stored)) => stored,
                Ok(None) => break,
                Err(error) if joined.is_none() => return Err(error),
                Err(_later) => break,
            };
            let mut run = Run::clone(&stored);
            run.entries.drain(..entry.offset.min(run.entries.len()));
            let count = run.entries.len() as u64;
            let next = match joined.take() {
                None => run,
                Some(before) if fits(&before, &run, max_bytes) => {
                    let entries = before.entries.into_iter().chain(run.entries).collect();
                    Run { entries, signature: run.signature }
                }
                Some(before) => return Ok(Some(before)),
            };
            joined = Some(next);
            seq = seq.saturating_add(count.max(1));
        }
        Ok(joined)
    }

    /// The run at a position of the journal; none if it was erased or is damaged.
    ///
    /// # Errors
    /// When it cannot be read now.
    pub(super) fn stored_run(
        &self,
        position: JournalPosition,
    ) -> Result<Option<Arc<Run>>, StorageError> {
        if let Some(run) = self.runs.borrow().get(position) {
            return Ok(Some(run));
        }
        let Some(body) = self.storage.read(position)? else { return Ok(None) };
        let Ok(Record::Run { run, .. }) = Record::decode(RecordKind::Run, &body) else {
            return Ok(None);
        };
        let run = Arc::new(run);
        self.runs.borrow_mut().put(position, &run);
        Ok(Some(run))
    }
}

fn fits(before: &Run, run: &Run, max_bytes: usize) -> bool {
    let entries = before.entries.len() + run.entries.len();
    let bytes = before.encoded_len() + run.encoded_len();
    entries <= MAX_ENTRIES_PER_RUN && bytes <= max_bytes.min(MAX_RUN_BYTES)
}

impl CircleState {
    /// Whether one more log of a device is followed.
    fn has_room_for_log_of(&self, device: &DeviceId) -> bool {
        let of_device = self.logs.keys().filter(|log| log.device == *device).count();
        self.logs.len() < MAX_LOGS_PER_CIRCLE && of_device < MAX_LOGS_PER_DEVICE
    }

    /// Whether a statement may take room: the second half of it is for those who are known here,
    /// else whoever makes up signers could fill it, and no removal could be decided any more.
    fn has_room_for(&self, statement: &VerifiedStatement) -> bool {
        let signer = statement.signer();
        !self.set.is_half_full()
            || self.membership.device(&DeviceId::new(signer)).is_some()
            || self.membership.org(&OrgId::new(signer)).is_some()
    }

    /// Adds a statement, in the general room or else in its signer's own.
    fn insert(&mut self, statement: VerifiedStatement) -> Inserted {
        let general = if self.has_room_for(&statement) {
            self.set.insert(statement.clone())
        } else if self.set.contains(&statement.id()) {
            Inserted::Known
        } else {
            Inserted::Full
        };
        let inserted = match general {
            Inserted::Full | Inserted::SignerFull => {
                let of = || Rooms::of(&self.set, &self.membership);
                let rooms = self.rooms.get_or_insert_with(of);
                if !rooms.takes(&self.set, &self.membership, &statement) {
                    return general;
                }
                self.set.insert_held(statement.clone())
            }
            Inserted::New | Inserted::Known | Inserted::Foreign => general,
        };
        if let Some(rooms) = self.rooms.as_mut().filter(|_| inserted == Inserted::New) {
            rooms.add(&self.set, &statement);
        }
        inserted
    }

    /// Sequence number of each entry that waits for an epoch, forgotten here.
    pub(super) fn take_waiting(
        &mut self,
        epoch: &EpochId,
    ) -> impl Iterator<Item = (LogId, u64)> + use<> {
        self.waiting.remove(epoch).unwrap_or_default().into_iter()
    }
}
