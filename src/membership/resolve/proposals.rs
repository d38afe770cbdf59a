//! Proposals that are no decision yet, and the votes near the tip.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    crypto::Verified,
    membership::{
        Membership, Objection, OpenProposal, Proposal, StatementSet, VerifiedStatement, certify,
        world::World,
    },
    model::id::StatementId,
};

impl Membership {
    /// Why a proposal could not follow the newest decision; the set is the one resolved.
    pub(in crate::membership) fn objection_to(
        &self,
        proposal: &Proposal,
        set: &StatementSet,
    ) -> Option<Objection> {
        certify::objection(proposal, &self.state, &World::new(set))
    }

    pub(super) fn list_proposals(&mut self, world: &World<'_>) {
        for (id, statement) in world.set.iter() {
            let VerifiedStatement::Proposal(proposal) = statement else { continue };
            let known = self.decisions.contains_key(&proposal.value().parent);
            if *id == self.tip() {
                self.latest = Some(self.open_proposal(id, proposal, world));
            }
            if known && !self.decisions.contains_key(id) {
                let open = self.open_proposal(id, proposal, world);
                self.proposals.insert(*id, open);
            }
        }
        let near: BTreeSet<StatementId> = self.path.iter().rev().take(2).copied().collect();
        for (ballot, proposals) in &world.ballots {
            if near.contains(&ballot.1) {
                self.ballots.insert(*ballot, proposals.keys().copied().collect());
            }
        }
    }

    fn open_proposal(
        &self,
        id: &StatementId,
        proposal: &Arc<Verified<Proposal>>,
        world: &World<'_>,
    ) -> OpenProposal {
        let stale = proposal.value().parent != self.tip();
        let before = if *id == self.tip() { self.before_tip.as_ref() } else { None };
        let before = before.unwrap_or(&self.state);
        let count = certify::count(id, proposal.value(), before, world);
        let accuses = &proposal.value().accuses;
        OpenProposal {
            approvals: count.approvals,
            needed: before.needed(),
            root_approvals: world.root_votes.get(id).cloned().unwrap_or_default(),
            stale,
            accused: accuses.iter().filter_map(|it| world.double_vote(it)).collect(),
            objection: if stale {
                None
            } else {
                certify::objection(proposal.value(), &self.state, world)
            },
            proposal: Arc::clone(proposal),
        }
    }
}
