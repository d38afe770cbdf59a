//! What a steward's node does: proposes, approves, admits, removes, and the chores that follow.

use std::collections::BTreeSet;

use crate::{
    api::ApiError,
    membership::{BuildError, Change, CutOffs, VerifiedStatement},
    model::id::{CircleId, OrgId, StatementId},
    node::{Node, errors},
};

impl From<BuildError> for ApiError {
    fn from(error: BuildError) -> Self {
        errors::refused(errors::sentence(&error))
    }
}

/// Where it is noted that a proposal was made again.
fn again_key(proposal: &StatementId) -> String {
    format!("proposed-again/{proposal}")
}

impl Node {
    /// Keeps statements of our own.
    pub(super) fn keep(
        &mut self,
        circle: &CircleId,
        statements: &[VerifiedStatement],
    ) -> Result<(), ApiError> {
        let bytes = statements.iter().map(VerifiedStatement::encode).collect();
        self.replica.keep_statements(circle, bytes);
        Ok(self.replica.check_journal()?)
    }

    /// Proposes changes and approves the proposal for this organisation, if it has a vote.
    pub(super) fn propose(
        &mut self,
        circle: &CircleId,
        changes: Vec<Change>,
    ) -> Result<StatementId, ApiError> {
        self.check_signs_here(circle)?;
        let membership = self.known(circle)?;
        let set = self.replica.statement_set(circle);
        let set = set.ok_or_else(|| errors::internal("a circle without statements"))?;
        let proposal = self.author().propose(set, membership, changes)?;
        let id = proposal.id();
        self.keep(circle, &[proposal.into()])?;
        let votes = self.known(circle)?.electors().contains(&self.org());
        if votes {
            self.approve(circle, &id)?;
        }
        self.settle();
        Ok(id)
    }

    /// Approves a proposal for this organisation.
    pub(super) fn approve(
        &mut self,
        circle: &CircleId,
        proposal: &StatementId,
    ) -> Result<(), ApiError> {
        let membership = self.known(circle)?;
        if membership.is_accepted(proposal) {
            return Ok(());
        }
        self.check_signs_here(circle)?;
        let approval = self.author().approve(membership, proposal)?;
        self.keep(circle, &[approval])?;
        self.settle();
        Ok(())
    }

    /// A circle's membership.
    pub(super) fn known(
        &self,
        circle: &CircleId,
    ) -> Result<&crate::membership::Membership, ApiError> {
        let unknown =
            || errors::not_found(format!("this node is not in circle {}", circle.short()));
        self.replica.membership(circle).ok_or_else(unknown)
    }

    /// What of an organisation's logs counts so far in a circle, as a removal names it.
    pub(super) fn cut_offs(&self, circle: &CircleId, org: &OrgId) -> CutOffs {
        let membership = self.replica.membership(circle);
        let its_own = |device: &crate::model::id::DeviceId| {
            membership.and_then(|it| it.device(device)).is_some_and(|state| state.org == *org)
        };
        self.replica
            .counting_tails(circle)
            .into_iter()
            .filter(|(log, _cut)| its_own(&log.device))
            .take(crate::model::limits::MAX_CUT_OFFS)
            .collect()
    }

    /// What follows by itself from new statements of a circle.
    pub(super) fn statements_changed(&mut self, circle: CircleId) {
        // Who is in a circle says whose word counts.
        self.card_states.take();
        self.tend_soon(circle);
        self.chores.insert(circle);
        // Whose answers count may be others' now.
        self.alert_watch.stale = true;
    }

    /// Does the chores of circles whose statements changed: presents us, adopts admissions,
    /// approves what only carries out a decision, and carries removals into child circles.
    pub(super) fn do_chores(&mut self) {
        while let Some(circle) = self.chores.pop_first() {
            self.spread_manifests(&circle);
            self.begin_new_life(&circle);
            self.present_in(&circle);
            self.tell_addresses(&circle);
            self.tell_circles();
            self.adopt(&circle);
            self.propose_again(&circle);
            self.approve_adoptions(&circle);
            self.remove_from_children(&circle);
        }
        self.let_members_in();
    }

    /// Proposes to adopt admissions that we countersigned, so that stewards get their vote.
    fn adopt(&mut self, circle: &CircleId) {
        let Ok(membership) = self.known(circle) else { return };
        let own = self.org();
        let ours = membership.unadopted().any(|(_, admission)| {
            matches!(
                self.replica.statement(circle, admission),
                Some(VerifiedStatement::Admission(it)) if it.value().org == own
            )
        });
        let proposed = membership.open_proposals().values().any(|open| {
            !open.stale
                && open.proposal.value().org == own
                && !open.proposal.value().adopts.is_empty()
        });
        let may = self.acts_in(circle);
        if ours
            && !proposed
            && may
            && membership.electors().contains(&own)
            && let Err(error) = self.propose(circle, Vec::new())
        {
            self.notices.insert(error.message);
        }
    }

    /// Proposes again, once, what this device proposed and another decision overtook: its approvals
    /// were for a state that is gone, but what it wanted has not changed.
    fn propose_again(&mut self, circle: &CircleId) {
        let Ok(membership) = self.known(circle) else { return };
        let (own, device) = (self.org(), self.device());
        let overtaken: Vec<(StatementId, Vec<Change>)> = membership
            .open_proposals()
            .iter()
            .filter(|(id, open)| {
                let proposal = open.proposal.value();
                let ours = proposal.org == own && proposal.device == device;
                let known = self.replica.local(&again_key(id)).is_some();
                open.stale && ours && !known && !proposal.changes.is_empty()
            })
            .map(|(id, open)| (*id, open.proposal.value().changes.clone()))
            .collect();
        for (id, changes) in overtaken {
            let noted = self.replica.set_local(&again_key(&id), b"1".to_vec());
            if noted.is_err() || self.is_done(circle, &changes) {
                continue;
            }
            match self.propose(circle, changes) {
                Ok(_again) => {}
                // It cannot be decided any more, for example because it was decided otherwise.
                Err(error) => tracing::info!(message = error.message, "not proposed again"),
            }
        }
    }

    /// Whether an accepted decision made the same changes.
    fn is_done(&self, circle: &CircleId, changes: &[Change]) -> bool {
        let Ok(membership) = self.known(circle) else { return false };
        membership.path().iter().any(|id| {
            matches!(
                self.replica.statement(circle, id),
                Some(VerifiedStatement::Proposal(it)) if it.value().changes == changes
            )
        })
    }

    /// Approves proposals that do nothing but adopt admissions: the stewards decided those when
    /// they decided the invites.
    fn approve_adoptions(&mut self, circle: &CircleId) {
        if !self.acts_in(circle) {
            return;
        }
        let Ok(membership) = self.known(circle) else { return };
        let (own, device) = (self.org(), self.device());
        let ready: Vec<StatementId> = membership
            .open_proposals()
            .iter()
            .filter(|(id, open)| {
                let proposal = open.proposal.value();
                proposal.changes.is_empty()
                    && !proposal.adopts.is_empty()
                    && !open.approvals.contains(&own)
                    && membership.may_approve(&own, &device, id).is_ok()
            })
            .map(|(id, _open)| *id)
            .collect();
        for id in ready {
            if let Err(error) = self.approve(circle, &id) {
                self.notices.insert(error.message);
            }
        }
    }

    /// Proposes in the child circles that we are a steward of what a coalition's removal began:
    /// until they decide, its members are only suspended there.
    fn remove_from_children(&mut self, parent: &CircleId) {
        let own = self.org();
        let mut due: Vec<(CircleId, OrgId)> = Vec::new();
        let Some(coalition) = self.replica.membership(parent) else { return };
        for child in self.replica.circle_ids() {
            let Some(membership) = self.replica.membership(&child) else { continue };
            if membership.parent() != Some(*parent)
                || !membership.electors().contains(&own)
                || !self.acts_in(&child)
            {
                continue;
            }
            for org in coalition.strangers_in(membership) {
                let removes = |change: &Change| matches!(change, Change::RemoveOrg { org: it, .. } if *it == org);
                let proposed = membership
                    .open_proposals()
                    .values()
                    .any(|open| !open.stale && open.proposal.value().changes.iter().any(removes));
                if !proposed && org != own && coalition.org(&org).is_some() {
                    due.push((child, org));
                }
            }
        }
        for (child, org) in due {
            let change = Change::RemoveOrg { org, cut_offs: self.cut_offs(&child, &org) };
            if let Err(error) = self.propose(&child, vec![change]) {
                self.notices.insert(error.message);
            }
        }
    }

    /// Tells the network who may open a session, and keeps dialling whom we know.
    pub(super) fn let_members_in(&mut self) {
        let Some(net) = self.net.clone() else { return };
        let (mut members, mut blocked) = (BTreeSet::new(), BTreeSet::new());
        for circle in self.replica.circle_ids() {
            let Some(membership) = self.replica.membership(&circle) else { continue };
            for (device, state) in membership.devices() {
                let keys = if membership.may_confer(device) { &mut members } else { &mut blocked };
                keys.insert(state.device.transport);
            }
        }
        let own = self.transport();
        blocked.retain(|key| !members.contains(key) && *key != own);
        members.remove(&own);
        if self.admitted != members || self.blocked != blocked {
            net.set_members_soon(members.clone());
            net.set_blocked_soon(blocked.clone());
            (self.admitted, self.blocked) = (members, blocked);
        }
    }
}
