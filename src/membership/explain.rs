//! What a removal would achieve, and what not: for who has to decide.

use std::collections::BTreeSet;

use super::{InviteState, Membership, OrgRole};
use crate::model::id::{DeviceId, InviteId, OrgId, StatementId};

/// The effects of removing an organisation from a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalEffects {
    /// The organisation.
    pub org: OrgId,
    /// Its devices that get no new keys from then on.
    pub devices: BTreeSet<DeviceId>,
    /// Stewards whose approval counts; its own does too, until it is out.
    pub voters: BTreeSet<OrgId>,
    /// Approvals that the removal needs.
    pub needed: usize,
    /// Whether the others reach that without it.
    pub possible_without_it: bool,
    /// Approvals that decisions need after it.
    pub needed_after: usize,
    /// Its invites that become void.
    pub voided_invites: BTreeSet<InviteId>,
    /// Organisations that are in by its word alone, and would be out unless this same decision
    /// adopts their admissions, as proposals made here do.
    pub depends_on_it: BTreeSet<OrgId>,
    /// Its suspensions of others, which end with its part as a steward.
    pub ended_suspensions: BTreeSet<StatementId>,
    /// Whether it gives up a seat of those who can break the glass.
    pub holds_break_glass: bool,
    /// Why it cannot be removed at all.
    pub impossible: Option<Impossible>,
}

/// Why an organisation cannot be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impossible {
    /// It is not in the circle.
    NotIn,
    /// It is the last steward with a vote.
    LastSteward,
}

impl Membership {
    /// What removing an organisation would achieve.
    ///
    /// What it never achieves, for any organisation: taking back what it has read, or the keys
    /// under which it could read until then; stopping it from passing those on; ending its part in
    /// other circles (children of this circle treat it as suspended until they decide).
    #[must_use]
    pub fn explain_removal(&self, org: &OrgId) -> RemovalEffects {
        let voters = self.electors();
        let (needed, without) = (self.needed(), voters.iter().filter(|it| *it != org).count());
        let mut after = self.state.clone();
        let seats = std::sync::Arc::make_mut(&mut after.seats);
        let seated = seats.remove(org).is_some();
        let impossible = if !seated && !self.is_member(org) {
            Some(Impossible::NotIn)
        } else {
            (without == 0).then_some(Impossible::LastSteward)
        };
        let devices = self.devices().filter(|(_, state)| state.org == *org && !state.revoked);
        RemovalEffects {
            org: *org,
            devices: devices.map(|(device, _)| *device).collect(),
            needed,
            possible_without_it: without >= needed,
            needed_after: after.needed(),
            voided_invites: self.open_invites_of(org),
            depends_on_it: self.admitted_through(org),
            ended_suspensions: self.suspensions_by(org),
            holds_break_glass: self.break_glass().contains(org),
            impossible,
            voters,
        }
    }

    fn open_invites_of(&self, org: &OrgId) -> BTreeSet<InviteId> {
        let own = self.invites().iter().filter(|(_, it)| it.inviter == *org);
        own.filter(|(_, it)| it.state == InviteState::Open).map(|(invite, _)| *invite).collect()
    }

    fn admitted_through(&self, org: &OrgId) -> BTreeSet<OrgId> {
        let pending = self.admitted.values().filter(|(_, inviter)| inviter == org);
        pending.map(|(admitted, _)| *admitted).collect()
    }

    fn suspensions_by(&self, org: &OrgId) -> BTreeSet<StatementId> {
        self.suspensions().filter(|(_, it)| it.org == *org).map(|(id, _)| *id).collect()
    }

    /// The organisation that is in by an invite which no decision has adopted yet.
    #[must_use]
    pub fn admitted_by(&self, invite: &InviteId) -> Option<OrgId> {
        self.admitted.get(invite).map(|(org, _)| *org)
    }

    /// Whether an organisation is a steward and in. (A suspended one is.)
    #[must_use]
    pub fn is_steward(&self, org: &OrgId) -> bool {
        self.orgs.get(org).is_some_and(|it| it.role == OrgRole::Steward && !it.is_out())
    }

    /// The number of an organisation's next suspension.
    #[must_use]
    pub fn next_suspension_of(&self, org: &OrgId) -> u32 {
        self.next_suspension.get(org).copied().unwrap_or(0)
    }
}
