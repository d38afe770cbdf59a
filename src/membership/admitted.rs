//! Organisations that an inviter let in and no decision has adopted yet.

use std::collections::BTreeMap;

use super::{
    state::{InviteState, State},
    strike::{Strikes, keeps_out},
    world::World,
};
use crate::model::id::{InviteId, OrgId, StatementId};

/// An admission that makes its organisation a member at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admitted {
    pub(super) admission: StatementId,
    pub(super) invite: InviteId,
    pub(super) inviter: OrgId,
}

/// Who is in by an admission alone. One invite lets in one organisation: the admission with the
/// lowest id, of several that only a fraudulent inviter makes.
pub(super) fn admitted(
    world: &World<'_>,
    tip: &State,
    strikes: &BTreeMap<OrgId, Strikes>,
) -> BTreeMap<OrgId, Admitted> {
    let mut first: BTreeMap<InviteId, (OrgId, Admitted)> = BTreeMap::new();
    for (id, verified) in &world.admissions {
        let (invite, inviter) = (verified.value().request().invite, verified.value().org);
        let Some(admission) = world.admission(id) else { continue };
        let Some(open) = tip.invites.get(&invite) else { continue };
        let in_force = open.state == InviteState::Open
            && open.inviter == inviter
            && tip.seats.contains_key(&inviter)
            && !keeps_out(strikes, &inviter)
            && world.is_admin(&inviter, &admission.device);
        if in_force {
            let admitted = Admitted { admission: *id, invite, inviter };
            first.entry(invite).or_insert_with(|| (admission.request().org, admitted));
        }
    }
    let mut admitted = BTreeMap::new();
    for (org, admission) in first.into_values() {
        if !tip.seats.contains_key(&org) && !keeps_out(strikes, &org) {
            admitted.entry(org).or_insert(admission);
        }
    }
    admitted
}

/// Inviters that let in two organisations by one invite, with the first two admissions.
pub(super) fn double(world: &World<'_>) -> BTreeMap<OrgId, (StatementId, StatementId)> {
    let mut seen: BTreeMap<(OrgId, InviteId), (StatementId, OrgId)> = BTreeMap::new();
    let mut double = BTreeMap::new();
    for (id, verified) in &world.admissions {
        let (admission, request) = (verified.value(), verified.value().request());
        if !world.was_admin(&admission.org, &admission.device) {
            continue;
        }
        let first = *seen.entry((admission.org, request.invite)).or_insert((*id, request.org));
        if first.1 != request.org {
            double.entry(admission.org).or_insert((first.0, *id));
        }
    }
    double
}
