//! Gives the items of a part to a replica, on the ways and with the rights that a session has.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, Preface};
use crate::{
    log::{ForkProof, Header, Run},
    model::{
        id::{CircleId, LogId, StatementId},
        limits::{MAX_CIRCLES, MAX_STATEMENTS_PER_CIRCLE},
    },
    sync::{ProofOutcome, ReceiptsOutcome, Replica, RunOutcome, limits::MAX_STRANGER_STATEMENTS},
};

/// Bytes of statements of circles that are not known here, of which they may make us a member.
pub const MAX_JOINING_BYTES: usize = 16 * 1024 * 1024;
/// Circles of one part that are not known here, or of which its maker may give nothing.
pub const MAX_STRANGE_CIRCLES: usize = MAX_CIRCLES;
/// Requests to join in one part.
pub const MAX_JOIN_REQUESTS: usize = 16;
/// Statements of one part that are looked at for a maker that is not known; most are held already.
const MAX_STRANGER_LOOKS: usize = 1024;

/// Why the rest of a part is not taken. What was taken before stays: each thing of it was proven by
/// itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// Its maker signed it and did not verify what is in it, or forged that.
    #[error("what its maker put into it is not what others signed")]
    Forged,
    /// The disk is full or fails.
    #[error("it could not be stored")]
    NotStored,
}

/// What a part changed here since that was asked last: for those who are to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Statements that are new here, by circle.
    pub statements: BTreeMap<CircleId, BTreeSet<StatementId>>,
    /// Logs of which there are new entries.
    pub logs: BTreeSet<(CircleId, LogId)>,
    /// Logs that are forked, which was not known here.
    pub forks: BTreeSet<(CircleId, LogId)>,
}

/// What came of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Statements that are new here.
    pub statements: u64,
    /// Entries that are new here.
    pub entries: u64,
    /// Receipts that are new here.
    pub receipts: u64,
    /// Proofs of forks that are new here.
    pub forks: u64,
    /// Runs of which everything was here before.
    pub known: u64,
    /// Runs that wait for earlier entries, or for statements by which their writer is known.
    pub waiting: u64,
    /// Circles that were taken up.
    pub taken_up: BTreeSet<CircleId>,
    /// Circles that are not known here, and of which nothing was taken.
    pub unknown: BTreeSet<CircleId>,
    /// Circles of which nothing was taken, or statements alone, because the maker is no member that
    /// may give it.
    pub refused: BTreeSet<CircleId>,
    /// Requests to join that were brought.
    pub join_requests: Vec<Vec<u8>>,
}

impl Outcome {
    /// Whether anything is here that was not before.
    #[must_use]
    pub fn brought_news(&self) -> bool {
        let counts = [self.statements, self.entries, self.receipts, self.forks];
        counts.iter().any(|count| *count > 0) || !self.taken_up.is_empty()
    }

    /// Whether it is worth to take the part again once others have come.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.waiting > 0 || !self.unknown.is_empty()
    }
}

/// Statements of circles that are not known here, gathered over the parts of one import: which of
/// them make us a member may stand in several.
#[derive(Debug, Default)]
pub struct Gathered {
    circles: BTreeMap<CircleId, BTreeSet<Vec<u8>>>,
    /// Circles with statements that were not offered to the replica yet.
    fresh: BTreeSet<CircleId>,
    /// How many statements there were when they were offered last.
    offered: BTreeMap<CircleId, usize>,
    bytes: usize,
    count: usize,
}

impl Gathered {
    fn begin(&mut self, circle: CircleId) {
        if self.circles.len() < MAX_STRANGE_CIRCLES {
            self.circles.entry(circle).or_default();
        }
    }

    /// Takes statements, within the limits of all of them. Whether the circle is gathered.
    fn add(&mut self, circle: &CircleId, statements: &mut Vec<Vec<u8>>) -> bool {
        let Some(gathered) = self.circles.get_mut(circle) else { return false };
        for statement in statements.drain(..) {
            let bytes = self.bytes.saturating_add(statement.len());
            if bytes > MAX_JOINING_BYTES || self.count >= MAX_STATEMENTS_PER_CIRCLE {
                break;
            }
            let length = statement.len();
            if gathered.insert(statement) {
                self.bytes = self.bytes.saturating_add(length);
                self.count = self.count.saturating_add(1);
                self.fresh.insert(*circle);
            }
        }
        true
    }
}

/// One part while it is taken.
#[derive(Debug)]
pub struct Import {
    preface: Preface,
    /// Statements taken of a maker that nobody certified, and how many were looked at.
    strangers: (usize, usize),
    /// Statements of circles that are not known here.
    gathered: Gathered,
    /// What came of it so far.
    outcome: Outcome,
    /// What was not told yet.
    news: News,
}

impl Import {
    /// Takes a part that [was checked](super::PartReader::check).
    #[must_use]
    pub fn new(preface: Preface) -> Self {
        Self::after(preface, Gathered::default())
    }

    /// The same, with what other parts of the same import gathered.
    #[must_use]
    pub fn after(preface: Preface, gathered: Gathered) -> Self {
        let (outcome, news) = (Outcome::default(), News::default());
        Self { preface, strangers: (0, 0), gathered, outcome, news }
    }

    /// What came of it, and what the next part may need.
    #[must_use]
    pub fn into_parts(self) -> (Outcome, Gathered) {
        (self.outcome, self.gathered)
    }

    /// Takes one item.
    ///
    /// # Errors
    /// When the rest of the part is not to be taken.
    pub fn take<R: Replica>(&mut self, replica: &mut R, item: Item) -> Result<(), Stopped> {
        if !matches!(item, Item::Circle { .. } | Item::Statements { .. }) {
            self.join(replica, false);
        }
        if let Some(circle) = item.circle()
            && replica.is_out(&self.preface.device)
        {
            note(&mut self.outcome.refused, circle);
            return Ok(());
        }
        match item {
            Item::Circle { circle, genesis } => self.take_circle(replica, circle, genesis),
            Item::Statements { circle, statements } => {
                return self.take_statements(replica, circle, statements);
            }
            Item::Fork { circle, log, proof } if self.may_give(replica, &circle) => {
                let proof = ForkProof::decode(&proof).map_err(|_malformed| Stopped::Forged)?;
                match replica.accept_fork_proof(&circle, &log, proof) {
                    ProofOutcome::Accepted => self.forked(circle, log),
                    ProofOutcome::Known | ProofOutcome::NotKept => {}
                    ProofOutcome::Invalid => return Err(Stopped::Forged),
                }
            }
            Item::Run { circle, run } if self.may_give(replica, &circle) => {
                return self.take_run(replica, circle, &run);
            }
            Item::Receipts { circle, receipts } if self.may_give(replica, &circle) => {
                let ReceiptsOutcome { added, invalid } =
                    replica.accept_receipts(&circle, &receipts);
                self.outcome.receipts = self.outcome.receipts.saturating_add(added as u64);
                if invalid {
                    return Err(Stopped::Forged);
                }
            }
            Item::JoinRequest(request) => {
                if self.outcome.join_requests.len() < MAX_JOIN_REQUESTS {
                    self.outcome.join_requests.push(request);
                }
            }
            Item::Fork { .. }
            | Item::Run { .. }
            | Item::Receipts { .. }
            | Item::Preface(_)
            | Item::Seal { .. }
            | Item::Unknown => {}
        }
        Ok(())
    }

    /// Takes what was gathered so far, when no more items come in this import or round of it. Not
    /// after each part: all that was gathered is verified anew.
    pub fn finish<R: Replica>(&mut self, replica: &mut R) {
        self.join(replica, true);
    }

    /// What came of it so far.
    #[must_use]
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// What changed here since this was asked last.
    pub fn take_news(&mut self) -> News {
        std::mem::take(&mut self.news)
    }

    /// Who made the part.
    #[must_use]
    pub const fn preface(&self) -> &Preface {
        &self.preface
    }

    /// Whether any circle here certifies the maker's keys.
    fn knows_maker<R: Replica>(&self, replica: &R) -> bool {
        replica.device_of_transport(&self.preface.transport) == Some(self.preface.device)
    }

    fn take_circle<R: Replica>(&mut self, replica: &mut R, circle: CircleId, genesis: Vec<u8>) {
        if replica.circles().contains(&circle) {
            return;
        }
        // Before anything that shows of what circle it is, the replica says whether it wants it.
        let taken = self.knows_maker(replica) && !genesis.is_empty() && {
            replica.accept_introduction(&self.preface.transport, genesis) == Some(circle)
        };
        if taken {
            self.outcome.taken_up.insert(circle);
        } else {
            self.gathered.begin(circle);
        }
    }

    fn take_statements<R: Replica>(
        &mut self,
        replica: &mut R,
        circle: CircleId,
        mut statements: Vec<Vec<u8>>,
    ) -> Result<(), Stopped> {
        if !replica.circles().contains(&circle) {
            if !self.gathered.add(&circle, &mut statements) {
                note(&mut self.outcome.unknown, circle);
            }
            return Ok(());
        }
        // As from a stranger in a session: what it brings may make it known, and what is held costs
        // it nothing.
        while !self.knows_maker(replica) && !statements.is_empty() {
            let (added, looked) = self.strangers;
            let room = MAX_STRANGER_STATEMENTS.saturating_sub(added);
            let room = room.min(MAX_STRANGER_LOOKS.saturating_sub(looked));
            if room == 0 {
                note(&mut self.outcome.refused, circle);
                return Ok(());
            }
            let rest = statements.split_off(room.min(statements.len()));
            let first = std::mem::replace(&mut statements, rest);
            self.strangers.1 = looked.saturating_add(first.len());
            self.strangers.0 = added.saturating_add(self.give(replica, circle, first)?);
        }
        if statements.is_empty() {
            return Ok(());
        }
        if !replica.offers_statements(&circle, &self.preface.transport) {
            note(&mut self.outcome.refused, circle);
            return Ok(());
        }
        self.give(replica, circle, statements).map(|_added| ())
    }

    /// Gives statements to the replica; how many were news.
    fn give<R: Replica>(
        &mut self,
        replica: &mut R,
        circle: CircleId,
        statements: Vec<Vec<u8>>,
    ) -> Result<usize, Stopped> {
        let outcome = replica.accept_statements(&circle, &self.preface.transport, statements);
        let added = outcome.added.len();
        self.added(circle, outcome.added);
        if outcome.invalid > 0 { Err(Stopped::Forged) } else { Ok(added) }
    }

    /// Offers to the replica what was gathered of circles that it does not know. Before the end only
    /// what has doubled since: each time all of it is verified.
    fn join<R: Replica>(&mut self, replica: &mut R, ended: bool) {
        let Gathered { circles, fresh, offered, .. } = &mut self.gathered;
        let count = |circle: &CircleId| circles.get(circle).map_or(0, BTreeSet::len);
        let due = |circle: &CircleId| {
            let before = offered.get(circle).copied().unwrap_or_default();
            ended || count(circle) >= before.saturating_mul(2)
        };
        let due: Vec<CircleId> = fresh.iter().copied().filter(due).collect();
        for circle in &due {
            fresh.remove(circle);
            offered.insert(*circle, count(circle));
        }
        for circle in due {
            let statements = self.gathered.circles.get(&circle).into_iter().flatten();
            if replica.accept_joining(&circle, statements.cloned().collect()) {
                self.gathered.circles.remove(&circle);
                self.added(circle, replica.statement_ids(&circle));
                self.outcome.taken_up.insert(circle);
                self.outcome.unknown.remove(&circle);
            } else {
                note(&mut self.outcome.unknown, circle);
            }
        }
    }

    fn added(&mut self, circle: CircleId, added: Vec<StatementId>) {
        if !added.is_empty() {
            self.outcome.statements = self.outcome.statements.saturating_add(added.len() as u64);
            self.news.statements.entry(circle).or_default().extend(added);
        }
    }

    fn forked(&mut self, circle: CircleId, log: LogId) {
        self.outcome.forks = self.outcome.forks.saturating_add(1);
        self.news.forks.insert((circle, log));
    }

    /// Whether entries of a circle are taken from the maker.
    fn may_give<R: Replica>(&mut self, replica: &R, circle: &CircleId) -> bool {
        if !replica.circles().contains(circle) {
            note(&mut self.outcome.unknown, *circle);
            return false;
        }
        let may = self.knows_maker(replica) && replica.serves(circle, &self.preface.device);
        if !may {
            note(&mut self.outcome.refused, *circle);
        }
        may
    }

    fn take_run<R: Replica>(
        &mut self,
        replica: &mut R,
        circle: CircleId,
        bytes: &[u8],
    ) -> Result<(), Stopped> {
        let run = Run::decode(bytes).map_err(|_malformed| Stopped::Forged)?;
        let first = run.entries.first().and_then(|entry| Header::decode(&entry.header).ok());
        let log = first.ok_or(Stopped::Forged)?.log;
        let before = replica.position(&circle, &log).tail.next_seq;
        match replica.accept_run(&circle, &log, run) {
            RunOutcome::Accepted(position) => {
                let news = position.tail.next_seq.saturating_sub(before);
                if news > 0 {
                    self.outcome.entries = self.outcome.entries.saturating_add(news);
                    self.news.logs.insert((circle, log));
                } else {
                    self.outcome.known = self.outcome.known.saturating_add(1);
                }
            }
            RunOutcome::Gap => self.outcome.waiting = self.outcome.waiting.saturating_add(1),
            RunOutcome::Forked => self.forked(circle, log),
            // A frozen log gets nothing more; of another its writer, or room for it, may come.
            RunOutcome::NotFollowed if replica.fork_proof(&circle, &log).is_some() => {}
            RunOutcome::NotFollowed => {
                self.outcome.waiting = self.outcome.waiting.saturating_add(1);
            }
            RunOutcome::Invalid => return Err(Stopped::Forged),
            RunOutcome::NotStored => return Err(Stopped::NotStored),
        }
        Ok(())
    }
}

/// Notes a circle, of which a hostile part may name as many as it has room for.
fn note(circles: &mut BTreeSet<CircleId>, circle: CircleId) {
    if circles.len() < MAX_STRANGE_CIRCLES {
        circles.insert(circle);
    }
}
