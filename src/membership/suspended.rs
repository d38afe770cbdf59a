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

/// A suspension with its id.
type Identified<'a> = (StatementId, &'a Arc<Verified<Suspension>>);

/// A steward's suspensions by number: the one that counts of each, or none if whoever signed them
/// signs for the steward no more.
type Numbered<'a> = BTreeMap<u32, Option<Identified<'a>>>;

/// Suspensions in force.
///
/// A steward's suspensions are numbered, and a later one counts only once those before it are
/// settled: so one that arrives late never pushes another aside. Of several with one number the
/// lowest id counts of those whose devices still sign for the steward: a device that was revoked
/// for being stolen must not take the place of what its owner says.
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
            && world.was_accepted_admin(&suspension.org, &suspension.device)
            && trunk.anchors.contains_key(&suspension.decision)
        {
            let numbered = by_steward.entry(suspension.org).or_default();
            let counting = numbered.entry(suspension.number).or_default();
            if counting.is_none() && world.is_admin(&suspension.org, &suspension.device) {
                // The lowest id: the set is gone through by ids.
                *counting = Some((*id, verified));
            }
        }
    }
    by_steward
}

fn first_open<'a>(
    numbered: &Numbered<'a>,
    is_settled: impl Fn(&StatementId, &Suspension) -> bool,
) -> Option<Identified<'a>> {
    for (expected, (number, counting)) in (0_u32..).zip(numbered) {
        if *number != expected {
            return None;
        }
        // A number that nobody signed who still may stays used, or the steward's next suspension
        // would never come after it.
        let Some((id, suspension)) = counting else { continue };
        if !is_settled(id, suspension.value()) {
            return Some((*id, suspension));
        }
    }
    None
}

/// Whether a decision lifted the suspension or removed whom it is about, or the device is revoked.
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
        || tip.lifted_suspensions.contains(id)
        || tip.last_removals.get(&org).is_some_and(|removed| *removed > known)
        || keeps_out(strikes, &org)
}

/// Stewards that gave one number to two suspensions, with the first two. Only by devices that sign
/// for them: who revoked a stolen one is no fraud for what the thief signed.
pub(super) fn double(world: &World<'_>) -> BTreeMap<OrgId, (StatementId, StatementId)> {
    let mut seen: BTreeMap<(OrgId, u32), StatementId> = BTreeMap::new();
    let mut double = BTreeMap::new();
    for (id, suspension) in &world.suspensions {
        let it = suspension.value();
        if !world.is_admin(&it.org, &it.device) {
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

/// For each organisation, the lowest number that it has not used: those after a gap do not count,
/// whoever made it. Of devices that sign for it no more only what counts uses a number, or one that
/// names a decision which nobody knows would keep its number from ever being used.
pub(super) fn next_numbers(world: &World<'_>, trunk: &Trunk) -> BTreeMap<OrgId, u32> {
    let mut used: BTreeMap<OrgId, BTreeSet<u32>> = BTreeMap::new();
    for suspension in world.suspensions.values() {
        let it = suspension.value();
        let counted = world.was_accepted_admin(&it.org, &it.device)
            && trunk.anchors.contains_key(&it.decision);
        if counted || world.is_admin(&it.org, &it.device) {
            used.entry(it.org).or_default().insert(it.number);
        }
    }
    let first_gap = |used: BTreeSet<u32>| (0_u32..).find(|number| !used.contains(number));
    used.into_iter().filter_map(|(org, used)| Some((org, first_gap(used)?))).collect()
}
