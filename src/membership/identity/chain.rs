//! Which manifests of an organisation are valid, and which chain of them is accepted.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    crypto::Verified,
    membership::{DeviceRole, Manifest, ManifestCore, next_root_commitment},
    model::id::StatementId,
};

type Manifests<'a> = BTreeMap<StatementId, &'a Arc<Verified<Manifest>>>;

/// The outcome for one organisation.
pub(super) struct Chain {
    /// Newest manifest of the accepted chain.
    pub(super) head: StatementId,
    /// All manifests of the accepted chain.
    pub(super) accepted: BTreeSet<StatementId>,
    /// All valid manifests, each after its predecessor.
    pub(super) valid: Vec<StatementId>,
    /// The first two valid manifests in one place, by id.
    pub(super) fork: Option<(StatementId, StatementId)>,
}

/// How a manifest follows its predecessor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Same root, same commitment.
    Keep,
    /// The root that the predecessor committed to.
    Rotate,
    /// A new root, vouched for by enough admin devices.
    Recover,
}

/// What speaks for a branch. A commitment never changes without its root, so who stole a root can
/// make no rotation; rotations after a recovery show nothing, as the recovered root chose them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Weight {
    rotations: u64,
    recoveries: u64,
}

/// Finds valid manifests and the accepted chain; none without a valid first manifest.
pub(super) fn resolve(manifests: &Manifests<'_>) -> Option<Chain> {
    let children = children(manifests);
    let (valid, steps) = valid(manifests, &children);
    let fork = first_fork(&children, &steps);
    let best = best_children(manifests, &children, &valid, &steps);
    let mut head = *best.get(&None)?;
    let mut accepted = BTreeSet::from([head]);
    while let Some(next) = best.get(&Some(head)) {
        head = *next;
        accepted.insert(head);
    }
    Some(Chain { head, accepted, valid, fork })
}

type Children = BTreeMap<Option<StatementId>, Vec<StatementId>>;

fn children(manifests: &Manifests<'_>) -> Children {
    let mut children = Children::new();
    for (id, manifest) in manifests {
        children.entry(manifest.value().core().previous).or_default().push(*id);
    }
    children
}

fn valid(
    manifests: &Manifests<'_>,
    children: &Children,
) -> (Vec<StatementId>, BTreeMap<StatementId, Step>) {
    let (mut order, mut steps) = (Vec::new(), BTreeMap::new());
    let mut open: Vec<StatementId> = children.get(&None).cloned().unwrap_or_default();
    // A first manifest is valid by itself: reading it checked that its root is the organisation.
    steps.extend(open.iter().map(|first| (*first, Step::Keep)));
    while let Some(id) = open.pop() {
        order.push(id);
        let Some(parent) = manifests.get(&id) else { continue };
        for child in children.get(&Some(id)).into_iter().flatten() {
            let Some(manifest) = manifests.get(child) else { continue };
            if let Some(step) = step(parent.value().core(), manifest.value()) {
                steps.insert(*child, step);
                open.push(*child);
            }
        }
    }
    (order, steps)
}

/// Whether a manifest may follow another.
pub(super) fn is_successor(parent: &ManifestCore, manifest: &Manifest) -> bool {
    step(parent, manifest).is_some()
}

fn step(parent: &ManifestCore, manifest: &Manifest) -> Option<Step> {
    let core = manifest.core();
    let next = parent.seq.checked_add(1)?;
    if core.org != parent.org || core.seq != next || !keeps_devices(parent, core) {
        return None;
    }
    if core.root == parent.root && core.next_root == parent.next_root {
        Some(Step::Keep)
    } else if next_root_commitment(&core.root) == parent.next_root {
        // Without a fresh commitment whoever steals the new root could rotate it, too.
        (core.next_root != parent.next_root).then_some(Step::Rotate)
    } else {
        recovered(parent, manifest).then_some(Step::Recover)
    }
}

/// A device leaves only by revocation, so that nothing of it counts silently on, and never
/// changes, so that what it signed keeps its meaning.
fn keeps_devices(parent: &ManifestCore, core: &ManifestCore) -> bool {
    let revoked: BTreeSet<_> = core.revocations.iter().map(|it| it.device).collect();
    let listed: BTreeMap<_, _> = core.devices.iter().map(|it| (it.device, it)).collect();
    parent.devices.iter().all(|before| {
        revoked.contains(&before.device)
            || listed.get(&before.device).is_some_and(|now| now.same_keys(before))
    })
}

fn recovered(parent: &ManifestCore, manifest: &Manifest) -> bool {
    let admins: BTreeSet<_> = parent
        .devices
        .iter()
        .filter(|device| device.role == DeviceRole::Admin)
        .map(|device| device.device)
        .collect();
    let count = manifest.recovery().iter().filter(|by| admins.contains(&by.device)).count();
    let needed = usize::try_from(parent.recovery_threshold).unwrap_or(usize::MAX);
    needed > 0 && count >= needed
}

fn first_fork(
    children: &Children,
    steps: &BTreeMap<StatementId, Step>,
) -> Option<(StatementId, StatementId)> {
    let pairs = children.values().filter_map(|siblings| {
        let mut valid = siblings.iter().filter(|id| steps.contains_key(id)).copied();
        Some((valid.next()?, valid.next()?))
    });
    pairs.min()
}

/// For each manifest, and for the beginning, the successor that is accepted.
fn best_children(
    manifests: &Manifests<'_>,
    children: &Children,
    valid: &[StatementId],
    steps: &BTreeMap<StatementId, Step>,
) -> BTreeMap<Option<StatementId>, StatementId> {
    let mut weights: BTreeMap<StatementId, Weight> = BTreeMap::new();
    let mut best = BTreeMap::new();
    let places = valid.iter().rev().copied().map(Some).chain([None]);
    for place in places {
        let siblings = children.get(&place).into_iter().flatten();
        let ranked = siblings.filter_map(|id| {
            let revocations = manifests.get(id)?.value().core().revocations.len();
            Some((*weights.get(id)?, revocations, Reverse(*id)))
        });
        let winner = ranked.max();
        let below = winner.map(|(weight, _, _)| weight).unwrap_or_default();
        if let Some((_, _, Reverse(id))) = winner {
            best.insert(place, id);
        }
        if let Some((id, step)) = place.and_then(|id| Some((id, steps.get(&id)?))) {
            weights.insert(id, weigh(*step, below));
        }
    }
    best
}

const fn weigh(step: Step, below: Weight) -> Weight {
    match step {
        Step::Keep => below,
        Step::Rotate => Weight { rotations: below.rotations.saturating_add(1), ..below },
        Step::Recover => Weight { rotations: 0, recoveries: below.recoveries.saturating_add(1) },
    }
}
