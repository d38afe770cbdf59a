//! "Rivals": which of several decisions of one parent is accepted.

use std::{cmp::Reverse, collections::BTreeSet};

use ceiba::{
    membership::Change,
    model::id::{OrgId, StatementId},
};

use super::{Ballot, Spec};

impl Spec<'_> {
    pub(super) fn accepted(&self) -> Vec<StatementId> {
        self.path.clone()
    }

    /// The best decision after the genesis, the best after that, and so on.
    pub(super) fn follow(&self) -> Vec<StatementId> {
        let mut path = vec![self.root()];
        while let Some(next) = path.last().and_then(|tip| self.best_after(tip)) {
            path.push(next);
        }
        path
    }

    pub(super) fn decisions_after(&self, parent: &StatementId) -> Vec<StatementId> {
        let ids = self.proposals().filter(|(_, it)| it.parent == *parent).map(|(id, _)| id);
        ids.filter(|id| self.is_decision(id)).collect()
    }

    fn best_after(&self, parent: &StatementId) -> Option<StatementId> {
        let rivals = self.decisions_after(parent);
        let voters = self.state_after(parent)?.voters();
        let candidates: Vec<_> =
            rivals.into_iter().filter(|id| self.is_candidate(id, voters.len())).collect();
        candidates.iter().copied().max_by_key(|id| {
            (
                self.is_made_by_roots(id),
                self.is_strong(id),
                self.support(id, &candidates),
                self.removals(id).len(),
                self.votes_for(id).len(),
                Reverse(*id),
            )
        })
    }

    /// Where the parent has a single vote, one that does not stand makes no candidate.
    fn is_candidate(&self, id: &StatementId, voters: usize) -> bool {
        voters > 1 || self.is_made_by_roots(id) || !self.standing_votes(id).is_empty()
    }

    /// Votes whose device is not revoked, or that the revocation keeps.
    fn standing_votes(&self, id: &StatementId) -> BTreeSet<OrgId> {
        let votes = self.votes_for(id).into_iter();
        votes.filter(|org| self.approved_standing(id, org)).collect()
    }

    fn approved_standing(&self, id: &StatementId, org: &OrgId) -> bool {
        self.approved_by(id, org, |device| self.stands(org, device, id))
    }

    /// k approvals that stand, by organisations without a double vote in this ballot.
    pub(super) fn is_strong(&self, id: &StatementId) -> bool {
        let Some(proposal) = self.proposal(id) else { return true };
        let Some(state) = self.state_after(&proposal.parent) else { return false };
        let ballot = (proposal.parent, proposal.attempt);
        if self.is_made_by_roots(id) {
            return true;
        }
        let votes = self.standing_votes(id).into_iter();
        votes.filter(|org| !self.voted_twice(org, &ballot)).count() >= state.needed()
    }

    pub(crate) fn voted_twice(&self, org: &OrgId, ballot: &Ballot) -> bool {
        let votes = self.approvals().filter(|(_, it)| {
            it.org == *org
                && (it.parent, it.attempt) == *ballot
                && self.was_ever_admin(org, &it.device)
                && self.stands(org, &it.device, &it.proposal)
        });
        votes.map(|(_, it)| it.proposal).collect::<BTreeSet<_>>().len() > 1
    }

    /// Those with a vote in the parent's state and a standing vote that counts for it or for a
    /// decision after it, and for no rival or a decision after that.
    fn support(&self, id: &StatementId, rivals: &[StatementId]) -> usize {
        let parent = self.state_before(id);
        let voters = parent.map(|state| state.voters()).unwrap_or_default();
        let others: Vec<_> = rivals.iter().filter(|it| *it != id).collect();
        let loyal = |org: &&OrgId| {
            self.voted_in(org, id) && !others.iter().any(|rival| self.voted_in(org, rival))
        };
        voters.iter().filter(loyal).count()
    }

    fn voted_in(&self, org: &OrgId, branch: &StatementId) -> bool {
        let mut ids = vec![*branch];
        while let Some(id) = ids.pop() {
            if self.standing_votes(&id).contains(org) {
                return true;
            }
            let voters = self.state_after(&id).map_or(0, |state| state.voters().len());
            let after = self.decisions_after(&id).into_iter();
            ids.extend(after.filter(|it| self.is_candidate(it, voters)));
        }
        false
    }

    /// Whom a proposal removes.
    pub(super) fn removals(&self, id: &StatementId) -> BTreeSet<OrgId> {
        let changes = self.proposal(id).into_iter().flat_map(|it| &it.changes);
        let removed = changes.filter_map(|change| match change {
            Change::RemoveOrg { org, .. } => Some(*org),
            _ => None,
        });
        removed.collect()
    }
}
