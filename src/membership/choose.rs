//! Which of rival decisions is accepted.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::certify::{Decision, Decisions};
use crate::model::id::{OrgId, StatementId};

/// The accepted decisions, and where the others hang.
#[derive(Debug, Default)]
pub(super) struct Trunk {
    /// From the genesis to the tip.
    pub(super) path: Vec<StatementId>,
    /// For each decision: how deep in the trunk it is or forks off.
    pub(super) anchors: BTreeMap<StatementId, Anchor>,
}

/// Where a decision hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    /// Depth of the nearest decision of the trunk, itself or before it.
    pub(super) depth: u32,
    /// First decision of the branch that it is on; none on the trunk.
    pub(super) branch: Option<StatementId>,
}

/// What speaks for a decision against its rivals, weightiest first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    break_glass: bool,
    strong: bool,
    /// Stewards of the parent's state that voted for it or for what came of it, and for no rival
    /// or what came of that.
    support: usize,
    removals: usize,
    approvals: usize,
    id: Reverse<StatementId>,
}

/// Chooses at each fork and follows the choices from the genesis.
pub(super) fn choose(root: StatementId, decisions: &Decisions) -> Trunk {
    let best = best(root, decisions);
    let mut trunk = Trunk { path: vec![root], ..Trunk::default() };
    let mut tip = root;
    while let Some(next) = best.get(&tip) {
        trunk.path.push(*next);
        tip = *next;
    }
    trunk.anchor(root, decisions);
    trunk
}

type Branches = Vec<(StatementId, BTreeSet<OrgId>)>;

fn best(root: StatementId, decisions: &Decisions) -> BTreeMap<StatementId, StatementId> {
    let mut best = BTreeMap::new();
    let mut branches: BTreeMap<StatementId, Branches> = BTreeMap::new();
    for id in decisions.order.iter().rev().chain([&root]) {
        let below = branches.remove(id).unwrap_or_default();
        if let Some(winner) = winner(id, &below, decisions) {
            best.insert(*id, winner);
        }
        let Some(decision) = decisions.all.get(id).filter(|it| it.eligible) else { continue };
        let heard = heard(decision, below);
        branches.entry(decision.parent).or_default().push((*id, heard));
    }
    best
}

fn winner(
    parent: &StatementId,
    branches: &[(StatementId, BTreeSet<OrgId>)],
    decisions: &Decisions,
) -> Option<StatementId> {
    if let [(only, _)] = branches {
        return Some(*only);
    }
    let none = BTreeSet::new();
    let electors = decisions.electors.get(parent).unwrap_or(&none);
    let mut heard_in: BTreeMap<OrgId, usize> = BTreeMap::new();
    for org in branches.iter().flat_map(|(_, heard)| heard) {
        let count = heard_in.entry(*org).or_default();
        *count = count.saturating_add(1);
    }
    let supports = |org: &&OrgId| electors.contains(*org) && heard_in.get(*org) == Some(&1);
    let ranked = branches.iter().filter_map(|(id, heard)| {
        let decision = decisions.all.get(id)?;
        Some(Rank {
            break_glass: decision.break_glass,
            strong: decision.strong,
            support: heard.iter().filter(supports).count(),
            removals: decision.removed.len(),
            approvals: decision.approvals,
            id: Reverse(*id),
        })
    });
    ranked.max().map(|rank| rank.id.0)
}

/// Who voted in a branch: the largest set below takes in the others, so that each organisation
/// moves a logarithmic number of times.
fn heard(decision: &Decision, below: Branches) -> BTreeSet<OrgId> {
    let mut sets: Vec<_> = below.into_iter().map(|(_, heard)| heard).collect();
    sets.sort_by_key(BTreeSet::len);
    let mut heard = sets.pop().unwrap_or_default();
    heard.extend(sets.into_iter().flatten());
    heard.extend(&decision.standing);
    heard
}

impl Trunk {
    fn anchor(&mut self, root: StatementId, decisions: &Decisions) {
        let on: BTreeSet<_> = self.path.iter().copied().collect();
        self.anchors.insert(root, Anchor { depth: 0, branch: None });
        for id in &decisions.order {
            let Some(decision) = decisions.all.get(id) else { continue };
            let anchor = if on.contains(id) {
                Anchor { depth: decision.depth, branch: None }
            } else {
                match self.anchors.get(&decision.parent) {
                    Some(Anchor { depth, branch }) => {
                        Anchor { depth: *depth, branch: branch.or(Some(*id)) }
                    }
                    None => continue,
                }
            };
            self.anchors.insert(*id, anchor);
        }
    }
}
