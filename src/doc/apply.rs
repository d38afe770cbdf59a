//! Taking changes of others into a document, or naming the one that does not fit.
//!
//! Whether a change is refused depends on the change, on those that it builds on, and on which
//! change of an actor's number was given first; so nodes that are given the same logs in the order
//! of each log refuse the same. The one exception is a change that makes automerge itself fail.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use automerge::Automerge;

use crate::{
    doc::{
        Actor, ChangeId, CheckedChange, Document,
        causality::{Ahead, Known},
        document::State,
        read, rich,
    },
    model::limits::MAX_CHANGE_BYTES,
};

/// Changes that one document holds back.
pub const MAX_WAITING: usize = 4_096;
/// Bytes of all changes that one document holds back.
pub const MAX_WAITING_BYTES: usize = 32 * MAX_CHANGE_BYTES;

/// Changes that are looked at in one go.
const MAX_BATCH: usize = 1_024;

/// Why a change is not taken into a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuarantineReason {
    /// Another change of this actor with this number came first: a clone, or a lie.
    #[error("its author made another change with the same number")]
    Equivocation,
    /// Its number is not the next after its actor's last change that it builds on.
    #[error("its number does not follow its author's last change")]
    Sequence,
    /// It names operations, or authors of some, that it does not build on.
    #[error("it names what it does not build on")]
    Reference,
    /// Its operations are not numbered after those that it builds on.
    #[error("its operations are not numbered after those it builds on")]
    OperationCounter,
    /// Its author marks more in this document than a device may.
    #[error("its author makes more marks in the document than a device may")]
    Marks,
    /// automerge refuses it, panics, or makes a document that does not load again.
    #[error("it does not apply: automerge refuses it or cannot load the result again")]
    DoesNotApply,
    /// There are too many changes that wait; not remembered, so it can be given again.
    #[error("too many changes wait for others")]
    TooManyWaiting,
}

/// A change that was not taken, and who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarantined {
    /// The change.
    pub change: ChangeId,
    /// Its author.
    pub actor: Actor,
    /// Its number among the author's changes.
    pub seq: u64,
    /// Why it was not taken.
    pub reason: QuarantineReason,
}

/// What became of the changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Taken now, in order; also such as had waited.
    pub applied: Vec<ChangeId>,
    /// Refused now.
    pub quarantined: Vec<Quarantined>,
    /// What the waiting changes of the document still need.
    pub missing: Vec<ChangeId>,
}

impl Document {
    /// Takes changes, all that fit: give many at once. What builds on changes that have not come
    /// waits; what is already here is passed over.
    pub fn apply(&mut self, changes: &[CheckedChange]) -> Applied {
        let mut outcome = Applied::default();
        for batch in changes.chunks(MAX_BATCH) {
            for change in batch {
                self.admit(change, &mut outcome);
            }
            let ready = self.ready(&mut outcome);
            self.take(ready, &mut outcome);
        }
        self.shed(&mut outcome);
        outcome.missing = self.missing();
        outcome
    }

    /// Puts a new change among those that wait.
    fn admit(&mut self, change: &CheckedChange, outcome: &mut Applied) {
        let id = change.id;
        if self.known.contains_key(&id)
            || self.waiting.contains_key(&id)
            || self.quarantined.contains_key(&id)
        {
            return;
        }
        let claim = *self.claims.entry((change.actor, change.seq)).or_insert(id);
        if claim != id {
            return self.refuse(change, QuarantineReason::Equivocation, outcome);
        }
        self.waiting.insert(id, change.clone());
    }

    /// Lets go of changes when too many wait: the last ones of the actors of whom most wait, so
    /// that nobody can push out what others wrote.
    fn shed(&mut self, outcome: &mut Applied) {
        let (mut count, mut bytes) = (self.waiting.len(), 0);
        let mut of_actors: BTreeMap<Actor, (usize, Vec<(u64, ChangeId)>)> = BTreeMap::new();
        for change in self.waiting.values() {
            let (weight, changes) = of_actors.entry(change.actor).or_default();
            *weight += change.bytes().len();
            bytes += change.bytes().len();
            changes.push((change.seq, change.id));
        }
        of_actors.values_mut().for_each(|(_weight, changes)| changes.sort_unstable());
        while count > MAX_WAITING || bytes > MAX_WAITING_BYTES {
            let by_bytes = bytes > MAX_WAITING_BYTES;
            let load = |(weight, changes): &(usize, Vec<_>)| {
                if by_bytes { *weight } else { changes.len() }
            };
            let most = of_actors.values_mut().max_by_key(|it| load(it));
            let Some((weight, changes)) = most else { return };
            let Some((_seq, id)) = changes.pop() else { return };
            let Some(change) = self.waiting.remove(&id) else { return };
            *weight = weight.saturating_sub(change.bytes().len());
            bytes = bytes.saturating_sub(change.bytes().len());
            count = count.saturating_sub(1);
            outcome.quarantined.push(name(&change, QuarantineReason::TooManyWaiting));
        }
    }

    /// Takes out of those that wait what can be applied, each after what it builds on.
    fn ready(&mut self, outcome: &mut Applied) -> Vec<Ready> {
        let mut queue: BTreeSet<ChangeId> = BTreeSet::new();
        let mut needs: BTreeMap<ChangeId, usize> = BTreeMap::new();
        let mut needed_by: BTreeMap<ChangeId, Vec<ChangeId>> = BTreeMap::new();
        for (id, change) in &self.waiting {
            let missing: Vec<_> =
                change.deps.iter().filter(|dep| !self.known.contains_key(dep)).collect();
            if missing.is_empty() {
                queue.insert(*id);
            }
            needs.insert(*id, missing.len());
            for dep in missing {
                needed_by.entry(*dep).or_default().push(*id);
            }
        }
        let mut ahead = Ahead::new();
        let mut ready = Vec::new();
        while let Some(change) = queue.pop_first().and_then(|id| self.waiting.remove(&id)) {
            let known = match self.fits(&change, &ahead) {
                Ok(known) => known,
                Err(reason) => {
                    self.refuse(&change, reason, outcome);
                    continue;
                }
            };
            ahead.insert(change.id, known.clone());
            for dependent in needed_by.remove(&change.id).unwrap_or_default() {
                let left = needs.entry(dependent).or_default();
                *left = left.saturating_sub(1);
                if *left == 0 {
                    queue.insert(dependent);
                }
            }
            ready.push(Ready { change, known });
        }
        ready
    }

    /// What the document becomes with a batch. One plain change that begins a document needs no
    /// automerge.
    fn with(&self, batch: &[Ready]) -> Option<State> {
        if let [Ready { change, .. }] = batch
            && let Some(plain) = &change.plain
            && self.known.is_empty()
        {
            let (change, plain) = (Box::new(change.clone()), Arc::clone(plain));
            return Some(State::Plain { change, plain });
        }
        let coming: Vec<u64> = batch.iter().map(|it| it.change.marks.len() as u64).collect();
        let all = || self.marks.values().chain(&coming);
        let marked = all().any(|count| *count > 0) && rich::reads_marks(all());
        let inner = apply_to_clone(self.state.to_automerge()?, batch, marked)?;
        Some(State::Full(Box::new(inner)))
    }

    /// Applies changes that follow each other; halves the batch until the offender stands alone.
    fn take(&mut self, mut batch: Vec<Ready>, outcome: &mut Applied) {
        if batch.is_empty() {
            return;
        }
        if let Some(state) = self.with(&batch) {
            self.state = state;
            for Ready { change, known } in batch {
                self.note(change.id, change.actor, change.seq, known);
                outcome.applied.push(change.id);
            }
            return;
        }
        if let [Ready { change: offender, .. }] = batch.as_slice() {
            return self.refuse(offender, QuarantineReason::DoesNotApply, outcome);
        }
        let later = batch.split_off(batch.len() / 2);
        self.take(batch, outcome);
        let (mut fitting, mut gone) = (Vec::new(), BTreeSet::new());
        let coming: BTreeSet<ChangeId> = later.iter().map(|ready| ready.change.id).collect();
        for ready in later {
            let is_here =
                |dep| self.known.contains_key(dep) || (coming.contains(dep) && !gone.contains(dep));
            if ready.change.deps.iter().all(is_here) {
                fitting.push(ready);
            } else {
                gone.insert(ready.change.id);
                self.waiting.insert(ready.change.id, ready.change);
            }
        }
        self.take(fitting, outcome);
    }

    fn refuse(&mut self, change: &CheckedChange, reason: QuarantineReason, outcome: &mut Applied) {
        self.quarantined.insert(change.id, reason);
        outcome.quarantined.push(name(change, reason));
    }

    /// Notes a change that is in the document.
    pub(super) fn note(&mut self, id: ChangeId, actor: Actor, seq: u64, known: Known) {
        self.claims.insert((actor, seq), id);
        if known.marks > 0 {
            let marks = self.marks.entry(actor).or_default();
            *marks = known.marks.max(*marks);
        }
        self.known.insert(id, known);
    }
}

/// A change that fits, and what will be known of it.
struct Ready {
    change: CheckedChange,
    known: Known,
}

const fn name(change: &CheckedChange, reason: QuarantineReason) -> Quarantined {
    Quarantined { change: change.id, actor: change.actor, seq: change.seq, reason }
}

/// Applies a batch to a clone and proves that the result saves, loads and reads the same. A change
/// that is well formed can still make automerge panic, or make a document that never loads again.
/// automerge does not load a document with a mark that ends before it begins.
fn apply_to_clone(mut clone: Automerge, batch: &[Ready], marked: bool) -> Option<Automerge> {
    let changes = batch.iter().map(|it| it.change.parsed()).collect::<Option<Vec<_>>>()?;
    let attempt = || {
        clone.apply_changes(changes).ok()?;
        let loaded = Automerge::load(&clone.save_nocompress()).ok()?;
        let sound = loaded.get_heads() == clone.get_heads()
            && batch.iter().all(|it| has(&clone, it.change.id) && has(&loaded, it.change.id))
            && read::contents(&loaded) == read::contents(&clone)
            && (!marked || rich::texts(&loaded) == rich::texts(&clone));
        sound.then_some(clone)
    };
    catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_default()
}

fn has(doc: &Automerge, id: ChangeId) -> bool {
    doc.get_change_meta_by_hash(&id.to_automerge()).is_some()
}

#[cfg(test)]
mod tests;
