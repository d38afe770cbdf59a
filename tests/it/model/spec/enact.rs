//! The state along one path: what accusations, adoptions and changes do, and what has no object.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    membership::{Accusation, Change, CutOff, OrgRole, Proposal},
    model::id::{InviteId, LogId, OrgId, StatementId},
};

use super::{Ballot, Spec};

/// A seat in the decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) role: OrgRole,
    pub(crate) dormant: bool,
    pub(crate) voteless: bool,
}

/// An invite along a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) inviter: OrgId,
    pub(crate) role: OrgRole,
    pub(crate) revoked: bool,
    pub(crate) adopted: Option<StatementId>,
}

/// What the changes along a path have made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Enacted {
    pub(crate) seats: BTreeMap<OrgId, Seat>,
    pub(crate) policy: u32,
    pub(crate) glass: BTreeSet<OrgId>,
    pub(crate) tickets: BTreeMap<InviteId, Ticket>,
    pub(crate) lifted_suspensions: BTreeSet<StatementId>,
    /// Removals on this path, and removals that a re-admission on this path lifts.
    pub(crate) removals: BTreeSet<(OrgId, StatementId)>,
    pub(crate) lifted: BTreeSet<(OrgId, StatementId)>,
    pub(crate) entries: BTreeMap<LogId, CutOff>,
    pub(crate) judged: BTreeSet<(OrgId, Ballot)>,
}

impl Enacted {
    /// Stewards that are neither dormant nor voteless.
    pub(crate) fn voters(&self) -> BTreeSet<OrgId> {
        let votes = |seat: &Seat| seat.role == OrgRole::Steward && !seat.dormant && !seat.voteless;
        self.seats.iter().filter(|(_, seat)| votes(seat)).map(|(org, _)| *org).collect()
    }

    /// k = min(n, max(policy, n/2 + 1)).
    pub(crate) fn needed(&self) -> usize {
        let n = self.voters().len();
        n.min((n / 2 + 1).max(usize::try_from(self.policy).unwrap()))
    }

    fn is_struck(&self, org: &OrgId) -> bool {
        self.removals.iter().any(|it| it.0 == *org && !self.lifted.contains(it))
    }
}

impl Spec<'_> {
    /// The state after the genesis.
    pub(super) fn founded(&self) -> Option<Enacted> {
        let genesis = self.genesis()?;
        let seat = |role| move |org: &OrgId| (*org, Seat { role, dormant: false, voteless: false });
        let stewards = genesis.stewards.iter().map(seat(OrgRole::Steward));
        let members = genesis.members.iter().map(seat(OrgRole::Member));
        Some(Enacted {
            seats: stewards.chain(members).collect(),
            policy: genesis.approvals,
            glass: genesis.break_glass.clone(),
            ..Enacted::default()
        })
    }

    /// The state after a proposal that follows another; none where something is missing or has no
    /// object.
    pub(super) fn enact(
        &self,
        mut state: Enacted,
        id: &StatementId,
        proposal: &Proposal,
    ) -> Option<Enacted> {
        for accusation in &proposal.accuses {
            let (org, ballot) = self.proven(accusation)?;
            let fresh = state.judged.insert((org, ballot));
            let could_vote = state.voters().contains(&org);
            let seat = state.seats.get_mut(&org).filter(|_| fresh)?;
            (could_vote || seat.voteless).then_some(())?;
            seat.voteless = true;
        }
        for admission in &proposal.adopts {
            self.adopt(&mut state, admission)?;
        }
        for change in &proposal.changes {
            state = state.change(id, change)?;
        }
        (!state.voters().is_empty()).then_some(state)
    }

    /// Whose double vote in which ballot an accusation proves.
    pub(crate) fn proven(&self, accusation: &Accusation) -> Option<(OrgId, Ballot)> {
        let (one, other) = (self.approval(&accusation.first)?, self.approval(&accusation.second)?);
        let same =
            one.org == other.org && (one.parent, one.attempt) == (other.parent, other.attempt);
        let signed = |it: &ceiba::membership::Approval| self.was_ever_admin(&it.org, &it.device);
        (same && one.proposal != other.proposal && signed(one) && signed(other))
            .then_some((one.org, (one.parent, one.attempt)))
    }

    fn adopt(&self, state: &mut Enacted, id: &StatementId) -> Option<()> {
        let admission = self.admission(id)?;
        let request = admission.request();
        self.may_ask_to_join(admission).then_some(())?;
        let is_out = state.is_struck(&request.org);
        let ticket = state.tickets.get_mut(&request.invite)?;
        let open = !ticket.revoked && ticket.adopted.is_none() && ticket.inviter == admission.org;
        (open && !is_out).then_some(())?;
        ticket.adopted = Some(*id);
        let seat = Seat { role: ticket.role, dormant: false, voteless: false };
        state.seats.entry(request.org).or_insert(seat);
        Some(())
    }

    /// Whether those who signed an admission are admins of whom they signed for.
    pub(super) fn may_ask_to_join(&self, admission: &ceiba::membership::Admission) -> bool {
        let request = admission.request();
        let manifest = self.manifest(&request.manifest);
        manifest.is_some_and(|it| it.core().org == request.org)
            && self.is_valid_manifest(&request.manifest)
            && self.was_ever_admin(&request.org, &request.device)
            && self.was_ever_admin(&admission.org, &admission.device)
    }
}

impl Enacted {
    /// The state after one change; none where the change has no object.
    fn change(mut self, id: &StatementId, change: &Change) -> Option<Self> {
        match change {
            Change::AddOrg { org, role } => {
                let out = !self.seats.contains_key(org) && !self.is_struck(org);
                out.then_some(())?;
                self.seats.insert(*org, Seat { role: *role, dormant: false, voteless: false });
            }
            Change::Invite { invite, inviter, role, .. } => {
                let known = self.tickets.contains_key(invite) || !self.seats.contains_key(inviter);
                (!known).then_some(())?;
                let ticket =
                    Ticket { inviter: *inviter, role: *role, revoked: false, adopted: None };
                self.tickets.insert(*invite, ticket);
            }
            Change::RevokeInvite { invite } => {
                let open = |it: &&mut Ticket| !it.revoked && it.adopted.is_none();
                self.tickets.get_mut(invite).filter(open)?.revoked = true;
            }
            Change::RemoveOrg { org, .. } => {
                self.seats.remove(org)?;
                self.removals.insert((*org, *id));
                self.glass.remove(org);
                for ticket in self.tickets.values_mut() {
                    ticket.revoked |= ticket.inviter == *org && ticket.adopted.is_none();
                }
            }
            Change::SetRole { org, role } => {
                self.seats.get_mut(org)?.role = *role;
            }
            Change::LiftSuspension { suspension } => {
                self.lifted_suspensions.insert(*suspension);
            }
            Change::SetApprovals { approvals } => self.policy = *approvals,
            Change::SetBreakGlass { orgs } => self.glass = orgs.clone(),
            Change::ReadmitOrg { org, lifts } => {
                self.lifted.extend(lifts.iter().map(|strike| (*org, *strike)));
                (!self.is_struck(org)).then_some(())?;
                let seat = Seat { role: OrgRole::Member, dormant: false, voteless: false };
                self.seats.entry(*org).or_insert(seat);
            }
            Change::ReadmitEntries { log, up_to } => {
                let limit = self.entries.entry(*log).or_insert(*up_to);
                *limit = (*limit).max(*up_to);
            }
            Change::RestoreVote { org } => {
                self.seats.get_mut(org)?.voteless = false;
            }
            Change::SetDormant { org, dormant } => {
                self.seats.get_mut(org)?.dormant = *dormant;
            }
            Change::CloseHistory { .. } => {}
        }
        Some(self)
    }
}
