//! The state of a circle along one path of decisions.
//!
//! It follows from the path alone: nothing that arrives later, and no rival branch, changes it.
//! That is what makes a certificate stay one (see `certify`).

mod enact;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub(super) use enact::Enacted;
pub use enact::Objection;

use super::{CutOff, CutOffs, Genesis, OrgRole, world::Ballot};
use crate::model::{
    id::{InviteId, LogId, OrgId, StatementId},
    time::Timestamp,
};

/// An organisation along one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) role: OrgRole,
    pub(super) dormant: bool,
    /// Voted twice, and no decision gave the vote back.
    pub(super) voteless: bool,
}

impl Seat {
    pub(super) const fn new(role: OrgRole) -> Self {
        Self { role, dormant: false, voteless: false }
    }

    pub(super) const fn votes(&self) -> bool {
        matches!(self.role, OrgRole::Steward) && !self.dormant && !self.voteless
    }
}

/// An invite along one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invite {
    /// Organisation that hands the ticket out and countersigns.
    pub inviter: OrgId,
    /// Part of who comes in.
    pub role: OrgRole,
    /// When the inviter stops redeeming it.
    pub expires: Timestamp,
    /// What became of it.
    pub state: InviteState,
}

/// What became of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteState {
    /// It can be redeemed, or was by an admission that no decision has adopted yet.
    Open,
    /// It is void, by a decision or because its inviter was removed.
    Revoked,
    /// A decision adopted this admission.
    Adopted(StatementId),
}

/// A circle along one path. Copies share what they do not change.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// Decisions since the genesis.
    pub(super) depth: u32,
    pub(super) approvals: u32,
    pub(super) seats: Arc<BTreeMap<OrgId, Seat>>,
    pub(super) break_glass: Arc<BTreeSet<OrgId>>,
    pub(super) invites: Arc<BTreeMap<InviteId, Invite>>,
    /// Removals on this path that no decision after them lifted.
    pub(super) open_removals: Arc<BTreeSet<(OrgId, StatementId)>>,
    pub(super) lifted_removals: Arc<BTreeSet<(OrgId, StatementId)>>,
    pub(super) lifted_suspensions: Arc<BTreeSet<StatementId>>,
    pub(super) readmitted: Arc<CutOffs>,
    /// Depth of the last decision that removed an organisation.
    pub(super) last_removals: Arc<BTreeMap<OrgId, u32>>,
    /// Ballots in which a double vote was dealt with.
    pub(super) judged: Arc<BTreeSet<Ballot>>,
    /// Depths at which the past was closed, with the branches that were kept.
    pub(super) closed: Arc<Vec<(u32, BTreeSet<StatementId>)>>,
}

impl State {
    pub(super) fn founded(genesis: &Genesis) -> Self {
        let seats = |orgs: &BTreeSet<OrgId>, role: OrgRole| -> Vec<(OrgId, Seat)> {
            orgs.iter().map(|org| (*org, Seat::new(role))).collect()
        };
        let stewards = seats(&genesis.stewards, OrgRole::Steward);
        let members = seats(&genesis.members, OrgRole::Member);
        Self {
            depth: 0,
            approvals: genesis.approvals,
            seats: Arc::new(stewards.into_iter().chain(members).collect()),
            break_glass: Arc::new(genesis.break_glass.clone()),
            invites: Arc::default(),
            open_removals: Arc::default(),
            lifted_removals: Arc::default(),
            lifted_suspensions: Arc::default(),
            readmitted: Arc::default(),
            last_removals: Arc::default(),
            judged: Arc::default(),
            closed: Arc::default(),
        }
    }

    /// Organisations whose approval counts.
    pub(super) fn electors(&self) -> BTreeSet<OrgId> {
        self.seats.iter().filter(|(_, seat)| seat.votes()).map(|(org, _)| *org).collect()
    }

    pub(super) fn elector_count(&self) -> usize {
        self.seats.values().filter(|seat| seat.votes()).count()
    }

    pub(super) fn votes(&self, org: &OrgId) -> bool {
        self.seats.get(org).is_some_and(Seat::votes)
    }

    /// Approvals that the next decision needs: always more than half, at least what the policy
    /// asks for, never more than there are votes.
    pub(super) fn needed(&self) -> usize {
        let electors = self.elector_count();
        let majority = (electors / 2).saturating_add(1);
        let policy = usize::try_from(self.approvals).unwrap_or(usize::MAX);
        policy.max(majority).min(electors.max(1))
    }

    /// Root keys that break the glass; none if they cannot.
    pub(super) fn root_keys_needed(&self) -> Option<usize> {
        let seats = self.break_glass.len();
        (seats > 0).then(|| (seats / 2).saturating_add(1))
    }

    /// The entries of a log that decisions let count in spite of a cut-off.
    pub(super) fn readmitted(&self, log: &LogId) -> Option<CutOff> {
        self.readmitted.get(log).copied()
    }
}
