//! The membership of a circle, as its statements make it.

mod device;
mod org;
mod proposals;
mod standing;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use device::DeviceState;
pub use org::{OrgState, OrgStatus};
pub use proposals::{DecisionInfo, Evidence, OpenProposal, Refusal};
pub use standing::{Quarantine, Standing};

use super::{
    Accusation, CutOffs, Genesis, HistoryRule, Invite, Suspension, state::State, strike::Strikes,
    world::Ballot,
};
use crate::{
    crypto::Verified,
    model::id::{CircleId, DeviceId, InviteId, OrgId, StatementId},
};

/// Who is in a circle, what of whom counts, and what waits for approval.
///
/// Made by [`resolve()`](super::resolve()); equal for equal sets of statements.
#[derive(Debug, Clone)]
pub struct Membership {
    pub(super) circle: CircleId,
    pub(super) genesis: Option<Arc<Verified<Genesis>>>,
    pub(super) path: Vec<StatementId>,
    pub(super) decisions: BTreeMap<StatementId, DecisionInfo>,
    pub(super) state: State,
    /// The state before the tip, in which a rival of a contested tip is voted on.
    pub(super) before_tip: Option<State>,
    pub(super) orgs: BTreeMap<OrgId, OrgState>,
    pub(super) devices: BTreeMap<DeviceId, DeviceState>,
    pub(super) transports: BTreeMap<[u8; 32], DeviceId>,
    pub(super) owners: BTreeMap<DeviceId, BTreeSet<OrgId>>,
    pub(super) revoked: BTreeMap<DeviceId, CutOffs>,
    pub(super) strikes: BTreeMap<OrgId, Strikes>,
    pub(super) suspensions: BTreeMap<StatementId, Arc<Verified<Suspension>>>,
    /// Who is in by an invite that no decision adopted, with its inviter.
    pub(super) admitted: BTreeMap<InviteId, (OrgId, OrgId)>,
    pub(super) next_suspension: BTreeMap<OrgId, u32>,
    pub(super) proposals: BTreeMap<StatementId, OpenProposal>,
    /// The tip itself, which more stewards may sign on to.
    pub(super) latest: Option<OpenProposal>,
    pub(super) ballots: BTreeMap<Ballot, BTreeSet<StatementId>>,
    pub(super) unjudged: BTreeMap<Ballot, Accusation>,
    pub(super) evidence: BTreeMap<OrgId, BTreeSet<Evidence>>,
}

impl Membership {
    /// The circle.
    #[must_use]
    pub const fn circle(&self) -> CircleId {
        self.circle
    }

    /// The circle's beginning; without it in the set, nobody is a member.
    #[must_use]
    pub fn genesis(&self) -> Option<&Genesis> {
        self.genesis.as_ref().map(|genesis| genesis.value())
    }

    /// The newest accepted decision: a proposal's id, or the genesis'.
    #[must_use]
    pub fn tip(&self) -> StatementId {
        self.path.last().copied().unwrap_or_else(|| StatementId::new(*self.circle.as_bytes()))
    }

    /// The accepted decisions from the genesis to the tip. A path that no longer goes through the
    /// tip of an earlier resolution tells that a rival won: worth an alarm.
    #[must_use]
    pub fn path(&self) -> &[StatementId] {
        &self.path
    }

    /// What is known of a decision, accepted or not.
    #[must_use]
    pub fn decision(&self, id: &StatementId) -> Option<&DecisionInfo> {
        self.decisions.get(id)
    }

    /// How many decisions led to this one, on its own path; 0 for the genesis.
    #[must_use]
    pub fn decision_depth(&self, id: &StatementId) -> Option<u32> {
        self.decisions.get(id).map(|decision| decision.depth)
    }

    /// How many decisions led to the last one that removed an organisation, itself included; 0 if
    /// none did.
    #[must_use]
    pub fn last_removal_depth(&self) -> u32 {
        self.state.last_removals.values().copied().max().unwrap_or(0)
    }

    /// Whether a decision is one of the accepted ones.
    #[must_use]
    pub fn is_accepted(&self, id: &StatementId) -> bool {
        self.decisions.get(id).is_some_and(|decision| decision.accepted)
    }

    /// Least approvals that the policy asks for; 0 for just the majority.
    #[must_use]
    pub const fn policy(&self) -> u32 {
        self.state.approvals
    }

    /// Approvals that the next decision needs.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.state.needed()
    }

    /// Organisations whose approval counts in the next decision.
    #[must_use]
    pub fn electors(&self) -> BTreeSet<OrgId> {
        self.state.electors()
    }

    /// Organisations whose root keys, by majority, make any decision.
    #[must_use]
    pub fn break_glass(&self) -> &BTreeSet<OrgId> {
        &self.state.break_glass
    }

    /// What joiners may read.
    #[must_use]
    pub fn history(&self) -> HistoryRule {
        self.genesis().map_or(HistoryRule::FromJoin, |genesis| genesis.history)
    }

    /// The coalition whose members this circle's must be.
    #[must_use]
    pub fn parent(&self) -> Option<CircleId> {
        self.genesis().and_then(|genesis| genesis.parent)
    }

    /// All invites that were decided.
    #[must_use]
    pub fn invites(&self) -> &BTreeMap<InviteId, Invite> {
        &self.state.invites
    }

    /// Suspensions in force.
    pub fn suspensions(&self) -> impl Iterator<Item = (&StatementId, &Suspension)> {
        self.suspensions.iter().map(|(id, suspension)| (id, suspension.value()))
    }

    /// Organisations that signed what contradicts itself, with the proofs.
    #[must_use]
    pub const fn equivocators(&self) -> &BTreeMap<OrgId, BTreeSet<Evidence>> {
        &self.evidence
    }
}
