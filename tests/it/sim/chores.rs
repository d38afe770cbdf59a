//! What a node does by itself when statements change, as a real one does.

use std::collections::BTreeSet;

use ceiba::{
    membership::{Change, VerifiedStatement},
    model::id::{CircleId, LogId, OrgId, StatementId},
};

use super::{cast, node::Node, world::World};

impl World {
    /// Does the chores of circles whose statements changed.
    pub(super) fn do_chores(&mut self, node: usize) {
        while let Some(circle) = self.nodes[node].chores.pop_first() {
            self.nodes[node].begin_new_life(&circle);
            self.nodes[node].adopt(&circle);
            self.nodes[node].approve_adoptions(&circle);
            self.nodes[node].remove_from_children(&circle);
        }
    }
}

impl Node {
    /// Keeps a statement of our own.
    pub(super) fn keep(&mut self, circle: &CircleId, statement: &VerifiedStatement) {
        self.replica.keep_statements(circle, vec![statement.encode()]);
    }

    /// Proposes changes and approves them, as far as an honest node may.
    pub(super) fn propose(&mut self, circle: &CircleId, changes: Vec<Change>) -> bool {
        let Some(membership) = self.membership(circle) else { return false };
        let Some(set) = self.replica.statement_set(circle) else { return false };
        let Ok(proposal) = self.author().propose(set, membership, changes) else { return false };
        let id = proposal.id();
        self.keep(circle, &proposal.into());
        self.approve(circle, &id)
    }

    /// Approves a proposal, if an honest node may.
    pub(super) fn approve(&mut self, circle: &CircleId, proposal: &StatementId) -> bool {
        let Some(membership) = self.membership(circle) else { return false };
        let Ok(approval) = self.author().approve(membership, proposal) else { return false };
        self.keep(circle, &approval);
        true
    }

    /// What a device writes on in logs that a removal cut off, or that are forked, never counts.
    fn begin_new_life(&mut self, circle: &CircleId) {
        if self.replica.may_write(circle) && self.replica.is_cut_off(circle) {
            let life = cast::incarnation(&mut self.rng);
            self.replica.set_incarnation(life);
            self.snapshot = None;
        }
    }

    fn adopt(&mut self, circle: &CircleId) {
        let own = self.replica.identity().org;
        let Some(membership) = self.membership(circle) else { return };
        let ours = membership.unadopted().any(|(_, admission)| {
            matches!(
                self.replica.statement(circle, admission),
                Some(VerifiedStatement::Admission(it)) if it.value().org == own
            )
        });
        let proposed = membership.open_proposals().values().any(|open| {
            let proposal = open.proposal.value();
            !open.stale && proposal.org == own && !proposal.adopts.is_empty()
        });
        if ours && !proposed && membership.electors().contains(&own) {
            self.propose(circle, Vec::new());
        }
    }

    fn approve_adoptions(&mut self, circle: &CircleId) {
        let own = self.replica.identity().org;
        let Some(membership) = self.membership(circle) else { return };
        let open = membership.open_proposals().iter().filter(|(_, open)| {
            let proposal = open.proposal.value();
            let adopts = proposal.changes.is_empty() && !proposal.adopts.is_empty();
            adopts && !open.approvals.contains(&own)
        });
        for id in open.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.approve(circle, &id);
        }
    }

    fn remove_from_children(&mut self, parent: &CircleId) {
        let own = self.replica.identity().org;
        let Some(coalition) = self.membership(parent) else { return };
        let mut due: BTreeSet<(CircleId, OrgId)> = BTreeSet::new();
        for child in self.replica.circle_ids() {
            let Some(membership) = self.membership(&child) else { continue };
            if membership.parent() != Some(*parent) || !membership.electors().contains(&own) {
                continue;
            }
            let gone = coalition.strangers_in(membership).into_iter();
            let gone = gone.filter(|org| *org != own && coalition.org(org).is_some());
            for org in gone {
                let removes =
                    |it: &Change| matches!(it, Change::RemoveOrg { org: it, .. } if *it == org);
                let mut open = membership.open_proposals().values();
                if !open.any(|it| !it.stale && it.proposal.value().changes.iter().any(removes)) {
                    due.insert((child, org));
                }
            }
        }
        for (child, org) in due {
            let cut_offs = self.cut_offs(&child, &org);
            self.propose(&child, vec![Change::RemoveOrg { org, cut_offs }]);
        }
    }

    /// What of an organisation's logs counts here so far.
    pub(super) fn cut_offs(&self, circle: &CircleId, org: &OrgId) -> ceiba::membership::CutOffs {
        let membership = self.membership(circle);
        let its_own = |log: &LogId| {
            membership.and_then(|it| it.device(&log.device)).is_some_and(|state| state.org == *org)
        };
        let tails = self.replica.counting_tails(circle).into_iter();
        tails.filter(|(log, _)| its_own(log)).collect()
    }
}
