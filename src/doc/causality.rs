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
    /// Who made it, and its number.
    own: (Actor, u64),
    /// What lies behind it of all others. An actor's changes in a row have one clock.
    before: Arc<Clock>,
}

impl Known {
    /// Of a change that builds on these.
    pub(super) fn new(own: (Actor, u64), (start_op, max_op): (u64, u64), deps: &[&Self]) -> Self {
        let before = match deps {
            [only] if only.own.0 == own.0 => Arc::clone(&only.before),
            _others => Arc::new(join(deps)),
        };
        Self { start_op, max_op, own, before }
    }

    /// The number of an actor's last change among this one and what lies behind it.
    fn last_of(&self, actor: &Actor) -> u64 {
        if self.own.0 == *actor { self.own.1 } else { self.before.get(actor).copied().unwrap_or(0) }
    }
}

/// Changes of a batch that come before the one that is looked at.
pub(super) type Ahead = BTreeMap<ChangeId, Known>;

fn join(deps: &[&Known]) -> Clock {
    let mut joined = Clock::new();
    for known in deps {
        let (actor, seq) = known.own;
        for (actor, seq) in known.before.iter().map(|(a, n)| (*a, *n)).chain([(actor, seq)]) {
            let entry = joined.entry(actor).or_default();
            *entry = (*entry).max(seq);
        }
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
        let last_of = |actor: &Actor| deps.iter().map(|known| known.last_of(actor)).max();
        if change.seq != last_of(&change.actor).unwrap_or(0).saturating_add(1) {
            return Err(QuarantineReason::Sequence);
        }
        let last_op = deps.iter().map(|known| known.max_op).max().unwrap_or(0);
        if change.start_op != last_op.saturating_add(1) {
            return Err(QuarantineReason::OperationCounter);
        }
        let is_known = |actor: &Actor| last_of(actor).is_some_and(|last| last > 0);
        let is_there = |named: &Reference| {
            let last = last_of(&named.actor).unwrap_or(0);
            let mut counters = named.counters();
            counters.all(|counter| self.has_operation((&named.actor, last), counter, ahead))
        };
        if !change.others.iter().all(is_known) || !change.references.iter().all(is_there) {
            return Err(QuarantineReason::Reference);
        }
        let (who, operations) = ((change.actor, change.seq), (change.start_op, change.max_op));
        Ok(Known::new(who, operations, &deps))
    }

    fn known_or_ahead<'k>(&'k self, id: &ChangeId, ahead: &'k Ahead) -> Option<&'k Known> {
        self.known.get(id).or_else(|| ahead.get(id))
    }

    /// Whether an actor made an operation in one of its changes up to this number.
    fn has_operation(&self, (actor, last): (&Actor, u64), counter: u64, ahead: &Ahead) -> bool {
        let change = |seq: u64| {
            let id = self.claims.get(&(*actor, seq))?;
            self.known_or_ahead(id, ahead)
        };
        // The last of its changes that begins at or before the operation.
        let (mut low, mut high) = (0, last);
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
