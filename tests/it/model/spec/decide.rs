//! "Decisions": which proposals have the votes that they need.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    membership::{Change, Proposal},
    model::id::{OrgId, StatementId},
};

use super::{Enacted, Spec};

impl Spec<'_> {
    /// All decisions with the states that they make: a proposal is one if it follows one, each
    /// of its changes has an object, and it has the votes. The genesis is one.
    pub(super) fn find_decisions(&self) -> BTreeMap<StatementId, Enacted> {
        let mut states: BTreeMap<_, _> =
            self.founded().map(|state| (self.root(), state)).into_iter().collect();
        loop {
            let next = self.proposals().find_map(|(id, proposal)| {
                let before = states.get(&proposal.parent).filter(|_| !states.contains_key(&id))?;
                let after = self.enact(before.clone(), &id, proposal)?;
                let enough = self.voting(&id, before).len() >= before.needed();
                (enough || self.roots_suffice(&id, before)).then_some((id, after))
            });
            let Some((id, state)) = next else { return states };
            states.insert(id, state);
        }
    }

    pub(super) fn state_after(&self, id: &StatementId) -> Option<&Enacted> {
        self.states.get(id)
    }

    pub(super) fn is_decision(&self, id: &StatementId) -> bool {
        self.states.contains_key(id)
    }

    pub(crate) fn decisions(&self) -> BTreeSet<StatementId> {
        self.states.keys().filter(|id| **id != self.root()).copied().collect()
    }

    /// The state in which a proposal is voted on.
    pub(super) fn state_before(&self, id: &StatementId) -> Option<&Enacted> {
        self.state_after(&self.proposal(id)?.parent)
    }

    pub(crate) fn votes_for(&self, id: &StatementId) -> BTreeSet<OrgId> {
        self.state_before(id).map(|state| self.voting(id, state)).unwrap_or_default()
    }

    /// Organisations with a vote in the parent's state that approve.
    fn voting(&self, id: &StatementId, state: &Enacted) -> BTreeSet<OrgId> {
        let Some(proposal) = self.proposal(id) else { return BTreeSet::new() };
        let concerned = self.whom_it_concerns(proposal);
        let voters = state.voters().into_iter().filter(|org| !concerned.contains(org));
        voters.filter(|org| self.approved_by(id, org, |_| true)).collect()
    }

    /// Whether the organisation has an approval of this proposal by such a device.
    pub(super) fn approved_by(
        &self,
        id: &StatementId,
        org: &OrgId,
        device: impl Fn(&ceiba::model::id::DeviceId) -> bool,
    ) -> bool {
        let Some(proposal) = self.proposal(id) else { return false };
        let ballot = (proposal.parent, proposal.attempt);
        self.approvals().any(|(_, it)| {
            it.proposal == *id
                && it.org == *org
                && (it.parent, it.attempt) == ballot
                && self.was_ever_admin(org, &it.device)
                && device(&it.device)
        })
    }

    /// Nobody votes on a proposal that takes it back in, gives it the vote back, or accuses it.
    fn whom_it_concerns(&self, proposal: &Proposal) -> BTreeSet<OrgId> {
        let changes = proposal.changes.iter().filter_map(|change| match change {
            Change::ReadmitOrg { org, .. } | Change::RestoreVote { org } => Some(*org),
            _ => None,
        });
        let accused = proposal.accuses.iter().filter_map(|it| Some(self.proven(it)?.0));
        changes.chain(accused).collect()
    }

    /// Root approvals of more than half of the break-glass organisations.
    pub(crate) fn is_made_by_roots(&self, id: &StatementId) -> bool {
        self.state_before(id).is_some_and(|state| self.roots_suffice(id, state))
    }

    fn roots_suffice(&self, id: &StatementId, state: &Enacted) -> bool {
        let voted = state.glass.iter().filter(|org| self.approved_by_root(id, org)).count();
        voted * 2 > state.glass.len()
    }

    fn approved_by_root(&self, id: &StatementId, org: &OrgId) -> bool {
        let roots: BTreeSet<_> =
            self.valid_manifests(org).iter().map(|(_, it)| it.core().root).collect();
        self.root_approvals()
            .any(|it| it.proposal == *id && it.org == *org && roots.contains(&it.root))
    }
}
