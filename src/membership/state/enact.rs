//! What a proposal makes of the state that it follows.

use std::{collections::BTreeSet, sync::Arc};

use super::{Invite, InviteState, Seat, State};
use crate::{
    membership::{Change, OrgRole, Proposal, world::World},
    model::{
        id::{InviteId, OrgId, StatementId},
        limits,
    },
};

/// Why a proposal cannot follow its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// A statement that it names, or one that shows that it is valid, is not here yet.
    #[error("waits for statement {0}")]
    Waits(StatementId),
    /// The organisation is not in the circle.
    #[error("{0} is not in the circle")]
    NotIn(OrgId),
    /// The organisation is in the circle.
    #[error("{0} is in the circle already")]
    AlreadyIn(OrgId),
    /// The organisation was removed, and no decision has lifted that removal.
    #[error("{0} was removed; only a decision that lifts the removal takes it back in")]
    Removed(OrgId),
    /// The invite is not open, or not its inviter's who admitted.
    #[error("invite {0} is not open")]
    Invite(InviteId),
    /// The invite's id was used before.
    #[error("invite {0} was decided before")]
    InviteUsed(InviteId),
    /// The accused lost its vote for this already, or had none.
    #[error("{0} has no vote to lose for this")]
    Judged(OrgId),
    /// Nobody would have a vote.
    #[error("no steward with a vote would be left")]
    NoSteward,
    /// More organisations than a circle may have.
    #[error("a circle has at most {} organisations", limits::MAX_ORGS_PER_CIRCLE)]
    TooManyOrgs,
}

/// The state after a proposal, and whom it put out.
pub(in crate::membership) struct Enacted {
    pub(in crate::membership) state: State,
    pub(in crate::membership) removed: BTreeSet<OrgId>,
}

impl State {
    /// Applies a proposal, whatever votes it has.
    pub(in crate::membership) fn enact(
        &self,
        id: &StatementId,
        proposal: &Proposal,
        world: &World<'_>,
    ) -> Result<Enacted, Objection> {
        let mut state = self.clone();
        state.depth = state.depth.saturating_add(1);
        let mut removed = BTreeSet::new();
        state.accuse(proposal, world)?;
        for admission in &proposal.adopts {
            state.adopt(*admission, world)?;
        }
        for change in &proposal.changes {
            state.change(id, change, &mut removed)?;
        }
        if !state.seats.values().any(Seat::votes) {
            return Err(Objection::NoSteward);
        }
        if state.seats.len() > limits::MAX_ORGS_PER_CIRCLE {
            return Err(Objection::TooManyOrgs);
        }
        Ok(Enacted { state, removed })
    }

    fn accuse(&mut self, proposal: &Proposal, world: &World<'_>) -> Result<(), Objection> {
        for accusation in &proposal.accuses {
            let missing = [accusation.first, accusation.second]
                .into_iter()
                .find(|id| world.approval(id).is_none());
            let ballot = world
                .double_vote(accusation)
                .ok_or_else(|| Objection::Waits(missing.unwrap_or(accusation.first)))?;
            let org = ballot.0;
            if !self.votes(&org) && self.seats.get(&org).is_none_or(|seat| !seat.voteless)
                || !Arc::make_mut(&mut self.judged).insert(ballot)
            {
                return Err(Objection::Judged(org));
            }
            self.seat(&org)?.voteless = true;
        }
        Ok(())
    }

    fn adopt(&mut self, id: StatementId, world: &World<'_>) -> Result<(), Objection> {
        let admission = world.admission(&id).ok_or(Objection::Waits(id))?;
        let request = admission.request();
        self.check_not_removed(&request.org)?;
        let invite = self.open_invite(&request.invite)?;
        if invite.inviter != admission.org {
            return Err(Objection::Invite(request.invite));
        }
        invite.state = InviteState::Adopted(id);
        let seat = Seat::new(invite.role);
        Arc::make_mut(&mut self.seats).entry(request.org).or_insert(seat);
        Ok(())
    }

    fn change(
        &mut self,
        id: &StatementId,
        change: &Change,
        removed: &mut BTreeSet<OrgId>,
    ) -> Result<(), Objection> {
        match change {
            Change::AddOrg { org, role } => self.add(*org, *role)?,
            Change::Invite { invite, inviter, role, expires } => {
                let (inviter, role, expires) = (*inviter, *role, *expires);
                self.invite(*invite, Invite { inviter, role, expires, state: InviteState::Open })?;
            }
            Change::RevokeInvite { invite } => {
                self.open_invite(invite)?.state = InviteState::Revoked;
            }
            Change::RemoveOrg { org, .. } => {
                self.remove(org)?;
                Arc::make_mut(&mut self.open_removals).insert((*org, *id));
                removed.insert(*org);
            }
            Change::SetRole { org, role } => self.seat(org)?.role = *role,
            Change::RestoreVote { org } => self.seat(org)?.voteless = false,
            Change::SetDormant { org, dormant } => self.seat(org)?.dormant = *dormant,
            Change::ReadmitOrg { org, lifts } => {
                let lifts = lifts.iter().map(|removal| (*org, *removal));
                Arc::make_mut(&mut self.lifted_removals).extend(lifts.clone());
                let open = Arc::make_mut(&mut self.open_removals);
                for lifted in lifts {
                    open.remove(&lifted);
                }
                self.check_not_removed(org)?;
                let seat = Seat::new(OrgRole::Member);
                Arc::make_mut(&mut self.seats).entry(*org).or_insert(seat);
            }
            Change::LiftSuspension { suspension } => {
                Arc::make_mut(&mut self.lifted_suspensions).insert(*suspension);
            }
            Change::SetApprovals { approvals } => self.approvals = *approvals,
            Change::SetBreakGlass { orgs } => self.break_glass = Arc::new(orgs.clone()),
            Change::ReadmitEntries { log, up_to } => {
                let readmitted = Arc::make_mut(&mut self.readmitted);
                readmitted
                    .entry(*log)
                    .and_modify(|known| *known = (*known).max(*up_to))
                    .or_insert(*up_to);
            }
            Change::CloseHistory { keep } => {
                Arc::make_mut(&mut self.closed).push((self.depth, keep.clone()));
            }
        }
        Ok(())
    }

    /// Who was removed on this path would have a vote here and still be out: a seat is for who
    /// is in.
    fn check_not_removed(&self, org: &OrgId) -> Result<(), Objection> {
        if self.open_removals.iter().any(|(removed, _)| removed == org) {
            return Err(Objection::Removed(*org));
        }
        Ok(())
    }

    fn add(&mut self, org: OrgId, role: OrgRole) -> Result<(), Objection> {
        self.check_not_removed(&org)?;
        match Arc::make_mut(&mut self.seats).insert(org, Seat::new(role)) {
            Some(_seat) => Err(Objection::AlreadyIn(org)),
            None => Ok(()),
        }
    }

    fn invite(&mut self, id: InviteId, invite: Invite) -> Result<(), Objection> {
        if !self.seats.contains_key(&invite.inviter) {
            return Err(Objection::NotIn(invite.inviter));
        }
        match Arc::make_mut(&mut self.invites).insert(id, invite) {
            Some(_used) => Err(Objection::InviteUsed(id)),
            None => Ok(()),
        }
    }

    fn remove(&mut self, org: &OrgId) -> Result<(), Objection> {
        Arc::make_mut(&mut self.seats).remove(org).ok_or(Objection::NotIn(*org))?;
        Arc::make_mut(&mut self.last_removals).insert(*org, self.depth);
        if self.break_glass.contains(org) {
            Arc::make_mut(&mut self.break_glass).remove(org);
        }
        if self.invites.values().any(|invite| invite.inviter == *org) {
            let own = Arc::make_mut(&mut self.invites).values_mut().filter(|it| it.inviter == *org);
            for invite in own.filter(|it| it.state == InviteState::Open) {
                invite.state = InviteState::Revoked;
            }
        }
        Ok(())
    }

    fn seat(&mut self, org: &OrgId) -> Result<&mut Seat, Objection> {
        Arc::make_mut(&mut self.seats).get_mut(org).ok_or(Objection::NotIn(*org))
    }

    fn open_invite(&mut self, id: &InviteId) -> Result<&mut Invite, Objection> {
        Arc::make_mut(&mut self.invites)
            .get_mut(id)
            .filter(|invite| invite.state == InviteState::Open)
            .ok_or(Objection::Invite(*id))
    }
}
