//! Removals that keep an organisation out.
//!
//! Each decision that removes an organisation, on the trunk or on a branch that lost, is a strike
//! against it, until the trunk lifts that very strike. On the trunk it also takes the seat; from a
//! branch that lost it closes the doors but takes no vote: a branch that some stewards make in the
//! dark must not decide who rules.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Change, CutOffs,
    certify::Decisions,
    choose::{Anchor, Trunk},
    limit,
    state::State,
    world::World,
};
use crate::model::id::{OrgId, StatementId};

/// What removals leave of an organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Strikes {
    /// Decisions that keep it out.
    pub(super) open: BTreeSet<StatementId>,
    /// Entries that count in spite of all of them.
    pub(super) cut_offs: CutOffs,
    /// Ends of logs that lifted removals named; they hold until entries are readmitted.
    pub(super) lifted_cut_offs: CutOffs,
}

pub(super) fn strikes(
    decisions: &Decisions,
    trunk: &Trunk,
    tip: &State,
    world: &World<'_>,
) -> BTreeMap<OrgId, Strikes> {
    let mut strikes: BTreeMap<OrgId, Strikes> = BTreeMap::new();
    for (id, decision) in decisions.all.iter().filter(|(_, it)| !it.removed.is_empty()) {
        if trunk.anchors.get(id).is_some_and(|anchor| is_closed(anchor, tip)) {
            continue;
        }
        for org in &decision.removed {
            let lifted = tip.lifted_removals.contains(&(*org, *id));
            strikes.entry(*org).or_default().add(*id, &cut_offs(id, org, world), lifted);
        }
    }
    strikes
}

/// Whether a later decision of the trunk closed the past without keeping this branch.
fn is_closed(anchor: &Anchor, tip: &State) -> bool {
    anchor.branch.is_some_and(|branch| {
        tip.closed.iter().any(|(depth, keep)| *depth > anchor.depth && !keep.contains(&branch))
    })
}

fn cut_offs(id: &StatementId, org: &OrgId, world: &World<'_>) -> CutOffs {
    let changes = world.proposal(id).map(|proposal| proposal.changes.as_slice());
    let named = changes.unwrap_or_default().iter().filter_map(|change| {
        if let Change::RemoveOrg { org: removed, cut_offs } = change {
            (removed == org).then(|| cut_offs.clone())
        } else {
            None
        }
    });
    named.reduce(|first, second| limit::both(&first, &second)).unwrap_or_default()
}

impl Strikes {
    fn add(&mut self, id: StatementId, cut_offs: &CutOffs, lifted: bool) {
        if lifted {
            limit::add(&mut self.lifted_cut_offs, cut_offs);
            return;
        }
        if self.open.is_empty() {
            self.cut_offs = cut_offs.clone();
        } else {
            self.cut_offs = limit::both(&self.cut_offs, cut_offs);
        }
        self.open.insert(id);
    }
}

/// Whether removals keep an organisation out.
pub(super) fn keeps_out(strikes: &BTreeMap<OrgId, Strikes>, org: &OrgId) -> bool {
    strikes.get(org).is_some_and(|strikes| !strikes.open.is_empty())
}
