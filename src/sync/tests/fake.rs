//! A replica in memory with the simplest membership: who was added and not removed is in.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;

use crate::{
    crypto::Label,
    log::{
        Draft, Entry, ForkProof, Header, Kind, LogPosition, Run, RunError, Tail, Writer,
        circle_tag, verify_run,
    },
    model::id::{CircleId, DeviceId, EntryHash, EpochId, Incarnation, Lane, LogId, StatementId},
    sync::{ProofOutcome, ReceiptsOutcome, Replica, RunOutcome, StatementOutcome},
};

/// A statement of the fake: one letter and what it is about.
pub(super) fn statement(letter: u8, device: u8) -> Vec<u8> {
    let key = device_key(device);
    [&[letter], key.verifying_key().as_bytes().as_slice(), &transport(device)].concat()
}

/// Any statement that changes nothing.
pub(super) fn filler(number: u32) -> Vec<u8> {
    [b"F".as_slice(), &number.to_le_bytes(), &[0; 400]].concat()
}

pub(super) fn genesis(number: u8) -> Vec<u8> {
    vec![b'G', number]
}

pub(super) fn circle_id(genesis: &[u8]) -> CircleId {
    CircleId::new(Label::Genesis.hash(&[genesis]))
}

pub(super) fn statement_id(statement: &[u8]) -> StatementId {
    StatementId::new(Label::Genesis.hash(&[statement]))
}

pub(super) fn device_key(device: u8) -> SigningKey {
    SigningKey::from_bytes(&[device; 32])
}

pub(super) fn transport(device: u8) -> [u8; 32] {
    Label::Index.hash(&[&[device]])
}

pub(super) fn device_id(device: u8) -> DeviceId {
    DeviceId::new(device_key(device).verifying_key().to_bytes())
}

#[derive(Debug, Clone)]
struct Stored {
    entry: Entry,
    hash: EntryHash,
    signature: Option<[u8; 64]>,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Circle {
    statements: BTreeMap<StatementId, Vec<u8>>,
    logs: BTreeMap<LogId, Vec<Stored>>,
    forks: BTreeMap<LogId, ForkProof>,
}

impl Circle {
    /// Devices that a statement with this letter names, with their transport keys.
    fn named(&self, letter: u8) -> BTreeMap<[u8; 32], [u8; 32]> {
        let named = self.statements.values().filter(|s| s[0] == letter && s.len() == 65);
        named.map(|s| (s[1..33].try_into().unwrap(), s[33..].try_into().unwrap())).collect()
    }

    fn is_member(&self, device: &DeviceId) -> bool {
        let device = device.as_bytes();
        self.named(b'M').contains_key(device) && !self.named(b'R').contains_key(device)
    }

    /// Holds no entries any more, nor proofs about them.
    pub(super) fn forget_logs(&mut self) {
        self.logs.clear();
        self.forks.clear();
    }

    fn is_suspended(&self, device: &DeviceId) -> bool {
        self.named(b'S').contains_key(device.as_bytes())
    }
}

/// One device's state.
#[derive(Debug, Clone)]
pub(super) struct Fake {
    pub(super) number: u8,
    pub(super) circles: BTreeMap<CircleId, Circle>,
    /// Runs that came in, by circle and log, to see what was pulled in which order.
    pub(super) taken: Vec<(CircleId, LogId, u64, usize)>,
    /// Whether storing fails.
    pub(super) full: bool,
    /// Whether it makes itself known to strangers who know the circle.
    pub(super) shows_credentials: bool,
    /// How often signatures were checked.
    pub(super) checks: usize,
    /// How far others have signed that they hold logs.
    pub(super) acknowledged: BTreeMap<(CircleId, DeviceId), Vec<LogPosition>>,
    /// What it gives out as receipts, and took.
    pub(super) receipts: Vec<Vec<u8>>,
    /// Whether reading entries fails.
    pub(super) unreadable: bool,
    /// Devices that may write and not read.
    pub(super) dropboxes: BTreeSet<DeviceId>,
    /// How many statements were verified to find out whether they make it a member.
    pub(super) joining_checks: usize,
}

impl Fake {
    pub(super) fn new(number: u8) -> Self {
        let (circles, taken, acknowledged) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
        let (full, shows_credentials) = (false, false);
        Self {
            number,
            circles,
            taken,
            full,
            shows_credentials,
            checks: 0,
            acknowledged,
            receipts: Vec::new(),
            unreadable: false,
            dropboxes: BTreeSet::new(),
            joining_checks: 0,
        }
    }

    pub(super) fn add(&mut self, circle: CircleId, statement: Vec<u8>) -> StatementId {
        let id = statement_id(&statement);
        self.circles.entry(circle).or_default().statements.insert(id, statement);
        id
    }

    pub(super) fn log(&self, lane: Lane) -> LogId {
        LogId { device: device_id(self.number), incarnation: Incarnation::new([1; 16]), lane }
    }

    /// Writes an entry of our own.
    pub(super) fn write(&mut self, circle: CircleId, lane: Lane, payload: Vec<u8>) -> LogId {
        let log = self.log(lane);
        self.write_to(circle, log, payload);
        log
    }

    pub(super) fn write_to(&mut self, circle: CircleId, log: LogId, payload: Vec<u8>) {
        let kind = match log.lane {
            Lane::Control => Kind::Grant,
            Lane::Alert => Kind::Alert,
            Lane::Record => Kind::Changes,
        };
        let (decision, epoch) = (StatementId::new([0; 32]), EpochId::new([7; 32]));
        let draft = Draft { kind, decision, epoch, payloads: vec![payload] };
        let mut writer = Writer::new(circle_tag(&circle), log, self.tail(&circle, &log));
        let place = writer.next_position();
        let run = writer.append(place, draft, &device_key(self.number)).unwrap().to_run();
        self.store(circle, log, 0, &run);
    }

    fn tail(&self, circle: &CircleId, log: &LogId) -> Tail {
        let stored = self.circles.get(circle).and_then(|circle| circle.logs.get(log));
        stored.and_then(|stored| Some((stored.len(), stored.last()?))).map_or(
            Tail::EMPTY,
            |(len, last)| Tail { next_seq: u64::try_from(len).unwrap(), hash: last.hash },
        )
    }

    fn store(&mut self, circle: CircleId, log: LogId, skip: usize, run: &Run) {
        let stored = self.circles.entry(circle).or_default().logs.entry(log).or_default();
        for entry in run.entries.iter().skip(skip) {
            let hash = Header::hash(&entry.header);
            stored.push(Stored { entry: entry.clone(), hash, signature: None });
        }
        if skip < run.entries.len() {
            stored.last_mut().unwrap().signature = Some(run.signature);
        }
    }

    /// All that the device holds, for comparing.
    pub(super) fn contents(&self) -> BTreeMap<CircleId, (Vec<StatementId>, Vec<LogPosition>)> {
        let all = self.circles.keys();
        all.map(|circle| (*circle, (self.statement_ids(circle), self.frontier(circle)))).collect()
    }

    /// Forgets which entries in the middle were signed, as if they had come in one run.
    pub(super) fn forget_signatures(&mut self, circle: &CircleId, log: &LogId) {
        let stored = self.circles.get_mut(circle).unwrap().logs.get_mut(log).unwrap();
        let last = stored.len() - 1;
        stored[..last].iter_mut().for_each(|stored| stored.signature = None);
    }

    fn own_member(&self, circle: &CircleId) -> bool {
        self.circles.get(circle).is_some_and(|c| c.is_member(&device_id(self.number)))
    }
}

impl Replica for Fake {
    fn circles(&self) -> Vec<CircleId> {
        self.circles.keys().copied().collect()
    }

    fn device_of_transport(&self, transport: &[u8; 32]) -> Option<DeviceId> {
        let named = |circle: &Circle| {
            circle.named(b'M').into_iter().find(|(_, key)| key == transport).map(|(d, _)| d)
        };
        self.circles.values().find_map(named).map(DeviceId::new)
    }

    fn serves(&self, circle: &CircleId, device: &DeviceId) -> bool {
        let circle = self.circles.get(circle);
        circle.is_some_and(|circle| circle.is_member(device) && !circle.is_suspended(device))
    }

    fn reads(&self, circle: &CircleId, device: &DeviceId) -> bool {
        self.serves(circle, device) && !self.dropboxes.contains(device)
    }

    fn offers_statements(&self, circle: &CircleId, transport: &[u8; 32]) -> bool {
        let Some(of) = self.circles.get(circle) else {
            return false;
        };
        let member = self.device_of_transport(transport).is_some_and(|d| of.is_member(&d));
        member || !self.own_member(circle)
    }

    fn credentials(&self, circle: &CircleId) -> Vec<StatementId> {
        let own = statement_id(&statement(b'M', self.number));
        let shown = self.shows_credentials && self.has_statement(circle, &own);
        if shown { vec![own] } else { Vec::new() }
    }

    fn statement_ids(&self, circle: &CircleId) -> Vec<StatementId> {
        self.circles.get(circle).map_or(Vec::new(), |c| c.statements.keys().copied().collect())
    }

    fn statement(&self, circle: &CircleId, id: &StatementId) -> Option<Vec<u8>> {
        self.circles.get(circle)?.statements.get(id).cloned()
    }

    fn accept_statements(
        &mut self,
        circle: &CircleId,
        _from: &[u8; 32],
        statements: Vec<Vec<u8>>,
    ) -> StatementOutcome {
        let mut outcome = StatementOutcome::default();
        for statement in statements {
            self.checks += 1;
            let id = statement_id(&statement);
            if statement[0] == b'X' {
                outcome.invalid += 1;
            } else if statement[0] != b'?' {
                let of = self.circles.entry(*circle).or_default();
                if of.statements.insert(id, statement).is_none() {
                    outcome.added.push(id);
                }
            }
        }
        outcome
    }

    fn introduction(&self, circle: &CircleId) -> Option<Vec<u8>> {
        let statements = &self.circles.get(circle)?.statements;
        statements.values().find(|statement| statement[0] == b'G').cloned()
    }

    fn accept_introduction(&mut self, _from: &[u8; 32], genesis: Vec<u8>) -> Option<CircleId> {
        let circle = circle_id(&genesis);
        (genesis.first() == Some(&b'G')).then(|| {
            self.add(circle, genesis);
            circle
        })
    }

    fn accept_joining(&mut self, _circle: &CircleId, statements: Vec<Vec<u8>>) -> bool {
        self.joining_checks += statements.len();
        false
    }

    fn frontier(&self, circle: &CircleId) -> Vec<LogPosition> {
        let logs = self.circles.get(circle).into_iter().flat_map(|circle| circle.logs.keys());
        logs.map(|log| self.position(circle, log)).collect()
    }

    fn position(&self, circle: &CircleId, log: &LogId) -> LogPosition {
        let forked = self.circles.get(circle).is_some_and(|c| c.forks.contains_key(log));
        LogPosition { log: *log, tail: self.tail(circle, log), forked }
    }

    fn follows(&self, circle: &CircleId, log: &LogId) -> bool {
        self.circles.get(circle).is_some_and(|circle| {
            let certified = circle.named(b'M').contains_key(log.device.as_bytes());
            certified && !circle.forks.contains_key(log)
        })
    }

    fn read_run(&self, circle: &CircleId, log: &LogId, from: u64, max: usize) -> Option<Run> {
        let stored = self.circles.get(circle)?.logs.get(log).filter(|_| !self.unreadable)?;
        let mut run = Run { entries: Vec::new(), signature: [0; 64] };
        // How much of it ends with a signature.
        let mut signed = None;
        for stored in stored.iter().skip(usize::try_from(from).unwrap()) {
            run.entries.push(stored.entry.clone());
            if signed.is_some() && run.encoded_len() > max {
                break;
            }
            if let Some(signature) = stored.signature {
                signed = Some((run.entries.len(), signature));
            }
        }
        let (count, signature) = signed?;
        run.entries.truncate(count);
        Some(Run { signature, ..run })
    }

    fn accept_run(&mut self, circle: &CircleId, log: &LogId, run: Run) -> RunOutcome {
        if self.full {
            return RunOutcome::NotStored;
        }
        if !self.follows(circle, log) {
            return RunOutcome::NotFollowed;
        }
        self.checks += 1;
        let (tag, tail) = (circle_tag(circle), self.tail(circle, log));
        let stored = self.circles.get(circle).and_then(|c| c.logs.get(log));
        let known = |seq| Some(stored?.get(usize::try_from(seq).unwrap())?.hash);
        match verify_run(&tag, log, &tail, known, &run) {
            Ok(verified) => {
                let skip = verified.entries().len() - verified.fresh().len();
                self.taken.push((*circle, *log, tail.next_seq, verified.fresh().len()));
                self.store(*circle, *log, skip, &run);
                RunOutcome::Accepted(self.position(circle, log))
            }
            Err(RunError::Gap { .. }) => RunOutcome::Gap,
            Err(RunError::Forked { seq }) => {
                let ours = self.read_run(circle, log, seq, 1).unwrap();
                let proof = ForkProof::between(&tag, log, seq, &ours, &run).unwrap();
                self.circles.get_mut(circle).unwrap().forks.insert(*log, proof);
                RunOutcome::Forked
            }
            Err(_) => RunOutcome::Invalid,
        }
    }

    fn receipts_for(&self, _circle: &CircleId) -> Vec<Vec<u8>> {
        self.receipts.clone()
    }

    fn accept_receipts(&mut self, _circle: &CircleId, receipts: &[Vec<u8>]) -> ReceiptsOutcome {
        let honest: Vec<_> =
            receipts.iter().take_while(|it| it.as_slice() != b"X").cloned().collect();
        self.receipts.extend_from_slice(&honest);
        ReceiptsOutcome { added: honest.len(), invalid: honest.len() < receipts.len() }
    }

    fn acknowledged(&self, circle: &CircleId, device: &DeviceId) -> Option<Vec<LogPosition>> {
        self.acknowledged.get(&(*circle, *device)).cloned()
    }

    fn fork_proof(&self, circle: &CircleId, log: &LogId) -> Option<ForkProof> {
        self.circles.get(circle)?.forks.get(log).cloned()
    }

    fn accept_fork_proof(
        &mut self,
        circle: &CircleId,
        log: &LogId,
        proof: ForkProof,
    ) -> ProofOutcome {
        if proof.verify(&circle_tag(circle), log).is_err() {
            return ProofOutcome::Invalid;
        }
        let forks = &mut self.circles.get_mut(circle).unwrap().forks;
        if forks.contains_key(log) {
            return ProofOutcome::Known;
        }
        forks.insert(*log, proof);
        ProofOutcome::Accepted
    }
}

/// Ids without doubles.
pub(super) fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    items.into_iter().collect()
}
