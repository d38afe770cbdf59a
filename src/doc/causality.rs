//! What a change builds on, directly and through others.
//!
//! A change may name only operations of changes that it builds on: what it replaces, the text that
//! it writes in, the letter that it follows. automerge does not ask for that. It takes a change
//! that names an operation which happens to be there and fails on one that is not there yet, so
//! that nodes would differ for ever by the order in which changes came.

use std::{collections::BTreeMap, sync::Arc};

use crate::doc::{
    Actor, ChangeId, CheckedChange, Document, QuarantineReason, preflight::MAX_MARKS_PER_ACTOR,
    references::Reference,
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
    /// The operations that begin its marks, ascending.
    pub(super) begun: Arc<[u64]>,
    /// Marks of its actor up to here, if it has any itself.
    pub(super) marks: u64,
}

/// Whether an operation is an end of a mark, of those that begin so: the one after each ends it.
pub(super) fn is_mark(begun: &[u64], counter: u64) -> bool {
    let is = |counter: u64| begun.binary_search(&counter).is_ok();
    is(counter) || counter.checked_sub(1).is_some_and(is)
}

impl Known {
    /// Of a change that builds on these.
    pub(super) fn new(own: (Actor, u64), (start_op, max_op): (u64, u64), deps: &[&Self]) -> Self {
        let before = match deps {
            [only] if only.own.0 == own.0 => Arc::clone(&only.before),
            _others => Arc::new(join(deps)),
        };
        Self { start_op, max_op, own, before, begun: Arc::default(), marks: 0 }
    }

    /// Who made it.
    pub(super) const fn actor(&self) -> Actor {
        self.own.0
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
            counters.all(|counter| self.operation((&named.actor, last), counter, ahead).is_some())
        };
        if !change.others.iter().all(is_known) || !change.references.iter().all(is_there) {
            return Err(QuarantineReason::Reference);
        }
        let (who, operations) = ((change.actor, change.seq), (change.start_op, change.max_op));
        // An end of a mark without the other is no mark; people take marks away by other marks.
        let is_letter = |named: &Reference| {
            let last = last_of(&named.actor).unwrap_or(0);
            named.counters().all(|counter| {
                let known = self.operation((&named.actor, last), counter, ahead);
                known.is_some_and(|known| !is_mark(&known.begun, counter))
            })
        };
        if !change.deleted.iter().all(is_letter) {
            return Err(QuarantineReason::Reference);
        }
        let marks = self.marks_after(change, ahead)?;
        let begun = Arc::clone(&change.marks);
        Ok(Known { marks, begun, ..Known::new(who, operations, &deps) })
    }

    /// How many marks its actor has made with this change; none without any in it. An actor's
    /// changes follow each other, so that this depends on nothing but what it builds on.
    fn marks_after(&self, change: &CheckedChange, ahead: &Ahead) -> Result<u64, QuarantineReason> {
        if change.marks.is_empty() {
            return Ok(0);
        }
        let coming = ahead.values().filter(|known| known.own.0 == change.actor);
        let here = self.marks.get(&change.actor).copied();
        let before = coming.map(|known| known.marks).chain(here).max().unwrap_or(0);
        let after = before.saturating_add(change.marks.len() as u64);
        if after > MAX_MARKS_PER_ACTOR { Err(QuarantineReason::Marks) } else { Ok(after) }
    }

    fn known_or_ahead<'k>(&'k self, id: &ChangeId, ahead: &'k Ahead) -> Option<&'k Known> {
        self.known.get(id).or_else(|| ahead.get(id))
    }

    /// The change in which an actor made an operation, of its changes up to this number.
    fn operation<'k>(
        &'k self,
        (actor, last): (&Actor, u64),
        counter: u64,
        ahead: &'k Ahead,
    ) -> Option<&'k Known> {
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
        change(low).filter(|known| low > 0 && counter <= known.max_op)
    }
}
