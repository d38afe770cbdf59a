//! "Suspension": which are in force.

use std::collections::BTreeSet;

use ceiba::{
    membership::{OrgRole, Suspension, SuspensionTarget},
    model::id::{OrgId, StatementId},
};

use super::Spec;

/// A steward's suspensions.
#[derive(Default)]
pub(super) struct Suspensions {
    pub(super) in_force: BTreeSet<StatementId>,
}

impl Spec<'_> {
    /// The suspensions in force, of each steward that is in at most one.
    pub(super) fn suspensions_in_force(&self) -> Suspensions {
        let mut found = Suspensions::default();
        for org in self.stewards_in() {
            found.in_force.extend(self.open_suspension_of(&org));
        }
        found
    }

    fn stewards_in(&self) -> Vec<OrgId> {
        let state = self.tip_state();
        let seats = state.seats.iter().filter(|(_, seat)| seat.role == OrgRole::Steward);
        seats.map(|(org, _)| *org).filter(|org| self.open_strikes(org).is_empty()).collect()
    }

    /// Number n counts only if all before it are used and settled; of several with one number the
    /// lowest id of those by devices that still sign for the steward. Nothing counts of devices
    /// that are not of the accepted chain.
    fn open_suspension_of(&self, org: &OrgId) -> Option<StatementId> {
        let mut number = 0;
        loop {
            let ones = self.suspensions().filter(|(_, it)| {
                let placed = it.decision == self.root() || self.is_decision(&it.decision);
                placed
                    && it.org == *org
                    && it.number == number
                    && self.was_accepted_admin(org, &it.device)
            });
            let ones: Vec<_> = ones.collect();
            if ones.is_empty() {
                return None;
            }
            let by_admins = ones.into_iter().filter(|(_, it)| self.is_admin(org, &it.device));
            let counts = by_admins.min_by_key(|(id, _)| *id);
            if let Some((id, _)) = counts.filter(|(id, it)| !self.is_settled(id, it)) {
                return Some(id);
            }
            number += 1;
        }
    }

    /// Lifted, or its target was removed or, a device, revoked.
    fn is_settled(&self, id: &StatementId, suspension: &Suspension) -> bool {
        let target = suspension.target.org();
        let revoked = match suspension.target {
            SuspensionTarget::Device(org, device) => self.is_revoked(&org, &device),
            SuspensionTarget::Org(_) => false,
        };
        let lifted = self.tip_state().lifted_suspensions.contains(id);
        let path = self.accepted();
        let mut removals = path.iter().filter(|id| self.removals(id).contains(&target));
        let removed = removals.any(|id| !self.is_at_or_after(&suspension.decision, id))
            || !self.open_strikes(&target).is_empty();
        lifted || revoked || removed
    }
}
