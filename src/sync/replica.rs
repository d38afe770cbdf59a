//! What a session asks of the state that it syncs.

use crate::{
    log::{ForkProof, LogPosition, Run},
    model::id::{CircleId, DeviceId, Lane, LogId, StatementId},
};

/// One device's state of all its circles, as sync sees it.
///
/// Everything that comes in through `accept_…` is unverified; the replica verifies, journals and
/// only then says that it has taken it. What goes out was verified when it came in. All methods
/// are pure reads except `accept_…`.
pub trait Replica {
    /// The circles that we take part in, and those that we hold a ticket for.
    fn circles(&self) -> Vec<CircleId>;

    /// The device that this transport key is certified for, in any circle's manifests.
    fn device_of_transport(&self, transport: &[u8; 32]) -> Option<DeviceId>;

    /// Whether entries of the circle may go to, and are taken from, this device: its organisation
    /// is a member, neither removed nor suspended, and the device not revoked. Asked again at
    /// each frame, so it must be cheap.
    fn serves(&self, circle: &CircleId, device: &DeviceId) -> bool;

    /// Whether *all* entries of the circle may go to a device that is served. To one that may
    /// write and not read go the control lane, which tells it the key that it seals to, and what
    /// it wrote itself (a restored home asks for that); of others' records not even how many.
    fn reads(&self, circle: &CircleId, device: &DeviceId) -> bool {
        self.serves(circle, device)
    }

    /// Whether entries of a log may go to a device: see [`Self::reads`].
    fn may_have(&self, circle: &CircleId, device: &DeviceId, log: &LogId) -> bool {
        log.lane == Lane::Control || log.device == *device || self.reads(circle, device)
    }

    /// As much of [`Self::frontier`] as a device may know of.
    fn frontier_for(&self, circle: &CircleId, device: &DeviceId) -> Vec<LogPosition> {
        let mut positions = self.frontier(circle);
        if !self.reads(circle, device) {
            positions.retain(|position| self.may_have(circle, device, &position.log));
        }
        positions
    }

    /// Whether the circle's *statements* may go to whoever has this transport key. Wider than
    /// [`Self::serves`]: suspended members keep their votes and so need them, and as long as we
    /// are no member by what we hold (a ticket, or a genesis that a peer introduced) we must bring
    /// our request to join to a device that we do not know yet.
    fn offers_statements(&self, circle: &CircleId, transport: &[u8; 32]) -> bool;

    /// Statements by which we make ourselves known to whoever shows that it knows the circle and
    /// is unknown to us: our manifest and our admission, so that two members of whom each was
    /// admitted behind the other's back can meet. None is the safe answer: they meet a third.
    fn credentials(&self, _circle: &CircleId) -> Vec<StatementId> {
        Vec::new()
    }

    /// The ids of the circle's statements that we hold, sorted. Includes what we want to bring
    /// (a request to join) as soon as it is there.
    fn statement_ids(&self, circle: &CircleId) -> Vec<StatementId>;

    /// Whether we hold this statement.
    fn has_statement(&self, circle: &CircleId, id: &StatementId) -> bool {
        self.statement(circle, id).is_some()
    }

    /// A statement as it travels: kind, body and signature.
    fn statement(&self, circle: &CircleId, id: &StatementId) -> Option<Vec<u8>>;

    /// Verifies, keeps and journals statements, in whatever order they come. `from` is the
    /// sender's transport key: what a stranger may bring is the replica's to say.
    fn accept_statements(
        &mut self,
        circle: &CircleId,
        from: &[u8; 32],
        statements: Vec<Vec<u8>>,
    ) -> StatementOutcome;

    /// The circle's genesis statement, for a member device that does not know the circle yet.
    fn introduction(&self, circle: &CircleId) -> Option<Vec<u8>>;

    /// Takes up a circle that a peer says we are in. Gives its id if it is ours from here on (or
    /// was before); its statements follow in the session.
    fn accept_introduction(&mut self, from: &[u8; 32], genesis: Vec<u8>) -> Option<CircleId>;

    /// How far we hold each log of the circle, sorted by log.
    fn frontier(&self, circle: &CircleId) -> Vec<LogPosition>;

    /// How far we hold one log; [`crate::log::Tail::EMPTY`] when we have none of it.
    fn position(&self, circle: &CircleId, log: &LogId) -> LogPosition;

    /// Whether we take (more) entries of this log: its device is one of the circle's, the log is
    /// not frozen by a fork, and the number of logs is within its limit. Where it says no, nothing
    /// is asked, whatever peers announce.
    fn follows(&self, circle: &CircleId, log: &LogId) -> bool;

    /// Entries from this place on, at most about `max_bytes` (as [`Run::encoded_len`] counts) but
    /// at least up to the next signature that we hold, which a run must end with. `None` when we
    /// hold nothing from there on. Never more than [`crate::model::limits::MAX_RUN_BYTES`], which
    /// holds by itself because nothing larger was taken in.
    fn read_run(&self, circle: &CircleId, log: &LogId, from: u64, max_bytes: usize) -> Option<Run>;

    /// Verifies a run against our position, judges its standing and journals it.
    fn accept_run(&mut self, circle: &CircleId, log: &LogId, run: Run) -> RunOutcome;

    /// The proof that this log is forked, if it is.
    fn fork_proof(&self, circle: &CircleId, log: &LogId) -> Option<ForkProof>;

    /// Verifies and keeps a proof, and freezes the log.
    fn accept_fork_proof(
        &mut self,
        circle: &CircleId,
        log: &LogId,
        proof: ForkProof,
    ) -> ProofOutcome;
}

/// What became of statements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementOutcome {
    /// The ids of those that we did not hold before and keep now.
    pub added: Vec<StatementId>,
    /// How many were malformed or not rightly signed. Those that are merely without effect, or
    /// that we do not take from this sender, do not count.
    pub invalid: usize,
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// Kept and journaled, or held before; this is how far we are.
    Accepted(LogPosition),
    /// Rightly signed, but not continuing what we hold; nothing kept. Not the sender's fault.
    Gap,
    /// The writer forked its log: it is frozen, and `fork_proof` gives the proof.
    Forked,
    /// We do not take it (see [`Replica::follows`]). Not the sender's fault.
    NotFollowed,
    /// Not what its writer signed: the sender forged or did not verify.
    Invalid,
    /// We could not store it (disk full, fault); nothing kept. Not the sender's fault.
    NotStored,
}

/// What became of a proof of a fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofOutcome {
    /// New to us: the log is frozen now.
    Accepted,
    /// We have a proof for this log already.
    Known,
    /// We do not keep it (storage fault, or a log that is none of ours).
    NotKept,
    /// It proves nothing.
    Invalid,
}
