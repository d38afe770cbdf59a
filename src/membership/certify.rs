//! Which proposals are decisions.
//!
//! A decision proves itself: enough approvals by stewards of the state that its own path makes.
//! Statements that arrive later, on other branches or about revoked devices, never undo that; they
//! only weigh in when rivals are compared (`choose`). So the set of decisions only grows with the
//! set of statements, and with it the set of removals.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Change, Genesis, Proposal,
    state::{Enacted, Objection, State},
    tree::root,
    world::World,
};
use crate::model::id::{OrgId, StatementId};

/// A proposal with the approvals that it needs.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    pub(super) parent: StatementId,
    pub(super) depth: u32,
    /// Approvals that counted.
    pub(super) approvals: usize,
    /// Stewards whose approval stands although devices were revoked.
    pub(super) standing: BTreeSet<OrgId>,
    /// As many of those as are needed voted once in this ballot.
    pub(super) strong: bool,
    /// By a majority of root keys.
    pub(super) break_glass: bool,
    /// Whether it may be accepted. Not if a sole steward takes back a stolen device's vote.
    pub(super) eligible: bool,
    /// Whom it put out.
    pub(super) removed: BTreeSet<OrgId>,
}

/// All decisions of a set.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    pub(super) all: BTreeMap<StatementId, Decision>,
    /// Each after its parent.
    pub(super) order: Vec<StatementId>,
    /// Stewards with a vote where a decision has more than one proposal below it.
    pub(super) electors: BTreeMap<StatementId, BTreeSet<OrgId>>,
}

/// Where approvals of a proposal stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Count {
    pub(super) approvals: BTreeSet<OrgId>,
    pub(super) standing: BTreeSet<OrgId>,
    /// Those of the standing that voted once in this ballot.
    pub(super) clean: usize,
    pub(super) roots: usize,
}

/// Finds all decisions. Takes memory for as many states as branches hang into each other with
/// halving size: of a thousand proposals, ten.
pub(super) fn certify(genesis: &Genesis, world: &World<'_>) -> Decisions {
    let mut decisions = Decisions::default();
    let founded = Arc::new(State::founded(genesis));
    let mut open = Vec::new();
    expand(root(world.set), &founded, world, &mut decisions, &mut open);
    drop(founded);
    while let Some((id, before)) = open.pop() {
        let Some(proposal) = world.proposal(&id) else { continue };
        let count = count(&id, proposal, &before, world);
        if !count.suffices(&before) {
            continue;
        }
        let Ok(Enacted { state, removed }) = before.enact(&id, proposal, world) else { continue };
        decisions.all.insert(id, decide(proposal, count, &before, &state, removed));
        decisions.order.push(id);
        drop(before);
        expand(id, &Arc::new(state), world, &mut decisions, &mut open);
    }
    decisions
}

fn expand(
    id: StatementId,
    state: &Arc<State>,
    world: &World<'_>,
    decisions: &mut Decisions,
    open: &mut Vec<(StatementId, Arc<State>)>,
) {
    let children = world.tree.children(&id);
    if children.len() > 1 {
        decisions.electors.insert(id, state.electors());
    }
    open.extend(children.iter().map(|child| (*child, Arc::clone(state))));
}

/// Counts approvals by stewards who have a vote in the state before, not in their own cause.
pub(super) fn count(
    id: &StatementId,
    proposal: &Proposal,
    before: &State,
    world: &World<'_>,
) -> Count {
    let mut count = Count::default();
    let barred = barred(proposal, world);
    for (org, vote) in world.votes.get(id).into_iter().flatten() {
        if !before.votes(org) || barred.contains(org) {
            continue;
        }
        count.approvals.insert(*org);
        if vote.stands {
            count.standing.insert(*org);
            let ballot = (*org, proposal.parent, proposal.attempt);
            if !world.double_votes.contains_key(&ballot) {
                count.clean = count.clean.saturating_add(1);
            }
        }
    }
    let roots = world.root_votes.get(id).into_iter().flatten();
    count.roots = roots.filter(|org| before.break_glass.contains(org)).count();
    count
}

/// Organisations that may not vote on a proposal: those it accuses, and those it takes back in or
/// gives the vote back.
fn barred(proposal: &Proposal, world: &World<'_>) -> BTreeSet<OrgId> {
    let accused = proposal.accuses.iter().filter_map(|it| world.double_vote(it));
    let favoured = proposal.changes.iter().filter_map(|change| {
        if let Change::ReadmitOrg { org, .. } | Change::RestoreVote { org } = change {
            Some(*org)
        } else {
            None
        }
    });
    accused.map(|ballot| ballot.0).chain(favoured).collect()
}

impl Count {
    fn breaks_glass(&self, before: &State) -> bool {
        before.root_keys_needed().is_some_and(|needed| self.roots >= needed)
    }

    pub(super) fn suffices(&self, before: &State) -> bool {
        self.approvals.len() >= before.needed() || self.breaks_glass(before)
    }
}

fn decide(
    proposal: &Proposal,
    count: Count,
    before: &State,
    after: &State,
    removed: BTreeSet<OrgId>,
) -> Decision {
    let needed = before.needed();
    let break_glass = count.breaks_glass(before);
    Decision {
        parent: proposal.parent,
        depth: after.depth,
        approvals: count.approvals.len(),
        strong: break_glass || count.clean >= needed,
        break_glass,
        eligible: break_glass || before.elector_count() > 1 || count.standing.len() >= needed,
        standing: count.standing,
        removed,
    }
}

/// Why a proposal that follows a state cannot be decided yet or ever.
pub(super) fn objection(
    proposal: &Proposal,
    before: &State,
    world: &World<'_>,
) -> Option<Objection> {
    // What it removes is put down under its id, which nothing in it can name: any will do here.
    before.enact(&StatementId::new([0; StatementId::LEN]), proposal, world).err()
}
