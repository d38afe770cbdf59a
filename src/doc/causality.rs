//! What a change builds on, directly and through others.
//!
//! A change may name only operations of changes that it builds on: what it replaces, the text that
//! it writes in, the letter that it follows. automerge does not ask for that. It takes a change
//! that names an operation which happens to be there and fails on one that is not there yet, so
//! that nodes would differ for ever by the order in which changes came.

use std::{collections::BTreeMap, sync::Arc};

use crate::doc::{
    Actor, ChangeId, CheckedChange, Document, QuarantineReason, references::Reference,
};

/// How many changes of each actor lie behind a change, itself included. An actor's changes build on
/// each other, so that the number says which.
type Clock = BTreeMap<Actor, u64>;

/// What is known of a change that is in the document.
#[derive(Debug, Clone)]
pub(super) struct Known {
    start_op: u64,
    max_op: u64,
    clock: Arc<Clock>,
}

impl Known {
    /// Of a change that builds on these.
    pub(super) fn new<'k>(
        (actor, seq): (Actor, u64),
        (start_op, max_op): (u64, u64),
        deps: impl Iterator<Item = &'k Self>,
    ) -> Self {
        let mut clock = join(deps);
        clock.insert(actor, seq);
        Self { start_op, max_op, clock: Arc::new(clock) }
    }
}

/// Changes of a batch that come before the one that is looked at.
pub(super) type Ahead = BTreeMap<ChangeId, Known>;

fn join<'k>(deps: impl Iterator<Item = &'k Known>) -> Clock {
    let mut joined = Clock::new();
    for (actor, seq) in deps.flat_map(|known| known.clock.iter()) {
        let entry = joined.entry(*actor).or_default();
        *entry = (*entry).max(*seq);
    }
    joined
}

impl Document {
    /// Whether a change whose dependencies are all here is one that an honest device makes: its
    /// number follows its actor's last change that it builds on, its operations those that it
    /// builds on, and it names nothing else. Depends on nothing but the change and what it builds
    /// on, so that all nodes refuse the same.
    pub(super) fn fits(
        &self,
        change: &CheckedChange,
        ahead: &Ahead,
    ) -> Result<Known, QuarantineReason> {
        let deps: Vec<&Known> =
            change.deps.iter().filter_map(|dep| self.known_or_ahead(dep, ahead)).collect();
        let clock = join(deps.iter().copied());
        let last_seq = clock.get(&change.actor).copied().unwrap_or(0);
        if change.seq != last_seq.saturating_add(1) {
            return Err(QuarantineReason::Sequence);
        }
        let last_op = deps.iter().map(|known| known.max_op).max().unwrap_or(0);
        if change.start_op != last_op.saturating_add(1) {
            return Err(QuarantineReason::OperationCounter);
        }
        let is_known = |actor: &Actor| clock.contains_key(actor);
        let is_there = |named: &Reference| {
            let mut counters = named.counters();
            counters.all(|counter| self.has_operation(&named.actor, counter, &clock, ahead))
        };
        if !change.others.iter().all(is_known) || !change.references.iter().all(is_there) {
            return Err(QuarantineReason::Reference);
        }
        let (who, operations) = ((change.actor, change.seq), (change.start_op, change.max_op));
        Ok(Known::new(who, operations, deps.into_iter()))
    }

    fn known_or_ahead<'k>(&'k self, id: &ChangeId, ahead: &'k Ahead) -> Option<&'k Known> {
        self.known.get(id).or_else(|| ahead.get(id))
    }

    /// Whether an actor made an operation in one of its changes up to the clock's.
    fn has_operation(&self, actor: &Actor, counter: u64, clock: &Clock, ahead: &Ahead) -> bool {
        let change = |seq: u64| {
            let id = self.claims.get(&(*actor, seq))?;
            self.known_or_ahead(id, ahead)
        };
        // The last of its changes that begins at or before the operation.
        let (mut low, mut high) = (0, clock.get(actor).copied().unwrap_or(0));
        while low < high {
            let middle = high - (high - low) / 2;
            match change(middle) {
                Some(known) if known.start_op <= counter => low = middle,
                _later => high = middle - 1,
            }
        }
        low > 0 && change(low).is_some_and(|known| counter <= known.max_op)
    }
}
