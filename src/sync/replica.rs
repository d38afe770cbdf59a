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

    /// Takes up a circle that nobody introduces, from all that a bundle has of its statements, if
    /// they make us a member because we asked for it. Whether it is ours from here on.
    fn accept_joining(&mut self, _circle: &CircleId, _statements: Vec<Vec<u8>>) -> bool {
        false
    }

    /// Whether a device was one of a circle's and is of none now: removed, or revoked. Where it
    /// comes by the network the gate keeps it out.
    fn is_out(&self, _device: &DeviceId) -> bool {
        false
    }

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

    /// The newest receipt of each device of the circle that may be told of, sorted by device.
    fn receipt_marks(&self, _circle: &CircleId) -> Vec<ReceiptMark> {
        Vec::new()
    }

    /// The device whose id begins so, if receipts of it are taken.
    fn receipt_device(&self, _circle: &CircleId, _prefix: &[u8; 8]) -> Option<DeviceId> {
        None
    }

    /// The newest receipt of a device, as it travels, if it may be told of.
    fn receipt(&self, _circle: &CircleId, _device: &DeviceId) -> Option<Vec<u8>> {
        None
    }

    /// Verifies and keeps a receipt that came in a session.
    fn accept_receipt(&mut self, _circle: &CircleId, _receipt: &[u8]) -> ReceiptOutcome {
        ReceiptOutcome::NotKept
    }

    /// Whether we hold other entries of the circle than our last receipt says.
    fn owes_receipt(&self, _circle: &CircleId) -> bool {
        false
    }

    /// Makes a receipt of what is held durably, if one is owed, and gives its mark.
    fn issue_receipt(&mut self, _circle: &CircleId) -> Option<ReceiptMark> {
        None
    }

    /// How far a device has signed that it holds the logs of a circle, of what we hold: what a
    /// bundle for it can leave out. None if it has signed nothing that we know of, or may not have
    /// entries. Where it claims more than we hold nothing can be compared, and this ends before our
    /// last entry; a log of which it names another entry than ours is left out.
    fn acknowledged(&self, _circle: &CircleId, _device: &DeviceId) -> Option<Vec<LogPosition>> {
        None
    }

    /// The newest receipts of the circle for a bundle, as they travel.
    fn receipts_for(&self, circle: &CircleId) -> Vec<Vec<u8>> {
        let marks = self.receipt_marks(circle);
        marks.iter().filter_map(|mark| self.receipt(circle, &mark.device)).collect()
    }

    /// Verifies and keeps receipts that came in a bundle, in whatever order, up to the first that is
    /// not what its device signed.
    fn accept_receipts(&mut self, _circle: &CircleId, _receipts: &[Vec<u8>]) -> ReceiptsOutcome {
        ReceiptsOutcome::default()
    }
}

/// Which receipt of a device: the newer one has the greater counter, of equal ones the greater id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReceiptMark {
    /// Whose it is.
    pub device: DeviceId,
    /// Its counter.
    pub counter: u64,
    /// Its id.
    pub id: StatementId,
}

/// What became of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptOutcome {
    /// Newer than what was held of its device, and kept.
    Accepted(ReceiptMark),
    /// The same is held, or a newer one.
    Known,
    /// We do not take it: its device is not one of the circle's now, or has no room left. Not the
    /// sender's fault.
    NotKept,
    /// Not what its device signed, or of another circle: the sender forged or did not verify.
    Invalid,
}

/// What became of several receipts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiptsOutcome {
    /// How many were newer than what was held of their devices, and kept.
    pub added: usize,
    /// Whether one was forged; those after it were not looked at.
    pub invalid: bool,
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
