//! Suspensions that are in force: one steward's stop, at most one at a time for each.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Suspension, SuspensionTarget,
    choose::Trunk,
    state::State,
    strike::{Strikes, keeps_out},
    world::World,
};
use crate::{
    crypto::Verified,
    membership::OrgRole,
    model::id::{OrgId, StatementId},
};

/// A steward's suspensions: by number, then by id.
type Numbered<'a> = BTreeMap<u32, BTreeMap<StatementId, &'a Arc<Verified<Suspension>>>>;

/// Suspensions in force.
///
/// A steward's suspensions are numbered, and a later one counts only once those before it are
/// settled: so one that arrives late never pushes another aside. Of two with one number, which is
/// a fraud, the lower id counts.
pub(super) fn in_force(
    world: &World<'_>,
    trunk: &Trunk,
    tip: &State,
    strikes: &BTreeMap<OrgId, Strikes>,
) -> BTreeMap<StatementId, Arc<Verified<Suspension>>> {
    let by_steward = by_steward(world, trunk, tip, strikes);
    let open = by_steward.values().filter_map(|numbered| {
        let (id, suspension) = first_open(numbered, |id, suspension| {
            is_settled(id, suspension, world, trunk, tip, strikes)
        })?;
        Some((id, Arc::clone(suspension)))
    });
    open.collect()
}

fn by_steward<'a>(
    world: &'a World<'_>,
    trunk: &Trunk,
    tip: &State,
    strikes: &BTreeMap<OrgId, Strikes>,
) -> BTreeMap<OrgId, Numbered<'a>> {
    let mut by_steward: BTreeMap<OrgId, Numbered<'a>> = BTreeMap::new();
    for (id, verified) in &world.suspensions {
        let suspension = verified.value();
        let steward = tip.seats.get(&suspension.org).is_some_and(|it| it.role == OrgRole::Steward);
        if steward
            && !keeps_out(strikes, &suspension.org)
            && world.was_admin(&suspension.org, &suspension.device)
            && trunk.anchors.contains_key(&suspension.decision)
        {
            let numbered = by_steward.entry(suspension.org).or_default();
            numbered.entry(suspension.number).or_default().insert(*id, verified);
        }
    }
    by_steward
}

fn first_open<'a>(
    numbered: &Numbered<'a>,
    is_settled: impl Fn(&StatementId, &Suspension) -> bool,
) -> Option<(StatementId, &'a Arc<Verified<Suspension>>)> {
    for (expected, (number, suspensions)) in (0_u32..).zip(numbered) {
        if *number != expected {
            return None;
        }
        let (id, suspension) = suspensions.first_key_value()?;
        if !is_settled(id, suspension.value()) {
            return Some((*id, suspension));
        }
    }
    None
}

/// Whether a decision lifted the suspension or removed whom it is about, or the device is revoked,
/// or the device that signed no longer signs for the steward. (Then its number stays used, or the
/// steward's next one would never come after it.)
fn is_settled(
    id: &StatementId,
    suspension: &Suspension,
    world: &World<'_>,
    trunk: &Trunk,
    tip: &State,
    strikes: &BTreeMap<OrgId, Strikes>,
) -> bool {
    let org = suspension.target.org();
    let known = trunk.anchors.get(&suspension.decision).map_or(0, |anchor| anchor.depth);
    let revoked = match suspension.target {
        SuspensionTarget::Org(_) => false,
        SuspensionTarget::Device(_, device) => {
            world.identities.get(&org).is_some_and(|it| it.revoked.contains_key(&device))
        }
    };
    revoked
        || !world.is_admin(&suspension.org, &suspension.device)
        || tip.lifted_suspensions.contains(id)
        || tip.last_removals.get(&org).is_some_and(|removed| *removed > known)
        || keeps_out(strikes, &org)
}

/// Stewards that gave one number to two suspensions, with the first two.
pub(super) fn double(world: &World<'_>) -> BTreeMap<OrgId, (StatementId, StatementId)> {
    let mut seen: BTreeMap<(OrgId, u32), StatementId> = BTreeMap::new();
    let mut double = BTreeMap::new();
    for (id, suspension) in &world.suspensions {
        let it = suspension.value();
        if !world.was_admin(&it.org, &it.device) {
            continue;
        }
        match seen.get(&(it.org, it.number)) {
            Some(first) => {
                double.entry(it.org).or_insert((*first, *id));
            }
            None => {
                seen.insert((it.org, it.number), *id);
            }
        }
    }
    double
}

/// Organisations that a suspension in force is about, as a whole.
pub(super) fn suspended_orgs(
    suspensions: &BTreeMap<StatementId, Arc<Verified<Suspension>>>,
) -> BTreeSet<OrgId> {
    let targets = suspensions.values().map(|suspension| suspension.value().target);
    targets
        .filter_map(|target| match target {
            SuspensionTarget::Org(org) => Some(org),
            SuspensionTarget::Device(..) => None,
        })
        .collect()
}

/// For each organisation, one above its highest numbered suspension.
pub(super) fn next_numbers(world: &World<'_>) -> BTreeMap<OrgId, u32> {
    let mut next: BTreeMap<OrgId, u32> = BTreeMap::new();
    for suspension in world.suspensions.values() {
        let it = suspension.value();
        if world.was_admin(&it.org, &it.device) {
            let number = next.entry(it.org).or_default();
            *number = (*number).max(it.number.saturating_add(1));
        }
    }
    next
}
