//! What is fetched without a person's asking: in bounds, by turns of those who name it.
//!
//! Whoever may write in a circle can name files without end. So few are under way at a time, of each
//! organisation fewer still, and what does not come makes room for what waits.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use crate::model::{
    id::{BlobId, CircleId, OrgId},
    time::Timestamp,
};

/// Files under way at a time.
const MAX_UNDER_WAY: usize = 256;
/// Those of them that one organisation names.
const MAX_OF_ONE: usize = 32;
/// Files of one organisation that wait: more are looked for when the node starts again.
const MAX_WAITING: usize = 4096;
/// How long a file of which nothing comes keeps others from their turn.
const PATIENCE: Duration = Duration::from_secs(600);

/// A file that a circle names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wish {
    pub(super) blob: BlobId,
    pub(super) circle: CircleId,
    pub(super) size: u64,
}

/// A file that is asked for.
#[derive(Debug)]
struct UnderWay {
    by: OrgId,
    wish: Wish,
    /// Since when no more of it has come, and how much had.
    since: Timestamp,
    here: u64,
}

/// What waits and what is under way, by who names it.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeMap<OrgId, VecDeque<Wish>>,
    known: BTreeSet<(BlobId, CircleId)>,
    under_way: BTreeMap<BlobId, UnderWay>,
}

impl Queue {
    /// Adds a file that an organisation names.
    pub(super) fn add(&mut self, by: OrgId, wish: Wish) {
        let waiting = self.waiting.entry(by).or_default();
        if waiting.len() < MAX_WAITING && self.known.insert((wish.blob, wish.circle)) {
            waiting.push_back(wish);
        }
    }

    /// The next to ask for, if one may be: of who has the fewest under way.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Wish> {
        if self.under_way.len() >= MAX_UNDER_WAY {
            return None;
        }
        let mut counts: BTreeMap<OrgId, usize> = BTreeMap::new();
        for one in self.under_way.values() {
            let count = counts.entry(one.by).or_default();
            *count = count.saturating_add(1);
        }
        let under_way = &self.under_way;
        let count = |by: &OrgId| counts.get(by).copied().unwrap_or_default();
        // One that is under way in another circle has its turn when that is done.
        let first = |waiting: &VecDeque<Wish>| {
            waiting.iter().position(|wish| !under_way.contains_key(&wish.blob))
        };
        let (at, by, waiting) = self
            .waiting
            .iter_mut()
            .filter(|(by, _)| count(by) < MAX_OF_ONE)
            .filter_map(|(by, waiting)| Some((first(waiting)?, by, waiting)))
            .min_by_key(|(_, by, _)| count(by))?;
        let wish = waiting.remove(at)?;
        let one = UnderWay { by: *by, wish, since: now, here: 0 };
        self.under_way.insert(wish.blob, one);
        Some(wish)
    }

    /// A file is here, or cannot be.
    pub(super) fn done(&mut self, blob: &BlobId) {
        self.under_way.remove(blob);
    }

    /// Nothing names a file any more.
    pub(super) fn forget(&mut self, blob: &BlobId) {
        for waiting in self.waiting.values_mut() {
            waiting.retain(|wish| wish.blob != *blob);
        }
        self.known.retain(|(known, _)| known != blob);
        self.under_way.remove(blob);
    }

    /// Puts what does not come behind what waits; gives the files that are asked for no longer.
    pub(super) fn rotate(
        &mut self,
        now: Timestamp,
        here: impl Fn(&BlobId) -> Option<u64>,
    ) -> Vec<BlobId> {
        let mut late = Vec::new();
        for (blob, one) in &mut self.under_way {
            let here = here(blob).unwrap_or_default();
            if here > one.here {
                (one.here, one.since) = (here, now);
            } else if one.since.saturating_add(PATIENCE) <= now {
                late.push(*blob);
            }
        }
        let is_full = self.under_way.len() >= MAX_UNDER_WAY;
        let waits = |by: &OrgId| self.waiting.get(by).is_some_and(|it| !it.is_empty());
        late.retain(|blob| self.under_way.get(blob).is_some_and(|it| is_full || waits(&it.by)));
        for blob in &late {
            if let Some(one) = self.under_way.remove(blob) {
                self.waiting.entry(one.by).or_default().push_back(one.wish);
            }
        }
        late
    }

    /// When to look next for what does not come; none if nobody waits for its turn.
    pub(super) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let somebody_waits = self.waiting.values().any(|waiting| !waiting.is_empty());
        let first = self.under_way.values().map(|one| one.since.saturating_add(PATIENCE)).min();
        first.filter(|_| somebody_waits).map(|at| at.max(now.saturating_add(PATIENCE / 10)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CIRCLE: CircleId = CircleId::new([1; 32]);

    fn wish(number: u16) -> Wish {
        let mut id = [0; 32];
        id[..2].copy_from_slice(&number.to_be_bytes());
        Wish { blob: BlobId::new(id), circle: CIRCLE, size: 5000 }
    }

    fn org(number: u8) -> OrgId {
        OrgId::new([number; 32])
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(0).saturating_add(Duration::from_secs(seconds))
    }

    fn take(queue: &mut Queue, now: Timestamp) -> Vec<Wish> {
        std::iter::from_fn(|| queue.next(now)).collect()
    }

    #[test]
    fn who_names_very_many_files_delays_nobody_else() {
        let mut queue = Queue::default();
        for number in 0..5000 {
            queue.add(org(1), wish(number));
        }
        queue.add(org(2), wish(6000));
        let begun = take(&mut queue, at(0));
        assert_eq!(begun.len(), MAX_OF_ONE + 1);
        assert!(begun[..2].contains(&wish(6000)), "by turns");
        queue.done(&wish(0).blob);
        assert_eq!(take(&mut queue, at(1)), [wish(32)]);
        for by in 3..40 {
            for number in 0..100 {
                queue.add(org(by), wish(7000 + u16::from(by) * 100 + number));
            }
        }
        take(&mut queue, at(2));
        assert_eq!(queue.under_way.len(), MAX_UNDER_WAY);
    }

    #[test]
    fn what_does_not_come_makes_room_and_has_its_turn_again() {
        let mut queue = Queue::default();
        for number in 0..40 {
            queue.add(org(1), wish(number));
        }
        assert_eq!(take(&mut queue, at(0)).len(), 32);
        // Of one of them something comes.
        let here = |blob: &BlobId| Some(u64::from(*blob == wish(3).blob));
        assert!(queue.rotate(at(599), here).is_empty());
        let late = queue.rotate(at(600), here);
        assert_eq!(late.len(), 31);
        assert!(!late.contains(&wish(3).blob));
        let next = take(&mut queue, at(600));
        assert_eq!(next[..8], (32..40).map(wish).collect::<Vec<_>>());
        // Alone, it keeps its place: nobody waits.
        let mut alone = Queue::default();
        alone.add(org(1), wish(1));
        take(&mut alone, at(0));
        assert!(alone.rotate(at(9000), |_| None).is_empty());
        assert_eq!(alone.due(at(0)), None);
    }

    #[test]
    fn what_nothing_names_any_more_is_forgotten_and_may_be_named_again() {
        let mut queue = Queue::default();
        queue.add(org(1), wish(1));
        queue.add(org(2), wish(1));
        assert_eq!(take(&mut queue, at(0)).len(), 1, "named twice, fetched once");
        queue.forget(&wish(1).blob);
        assert!(take(&mut queue, at(0)).is_empty());
        queue.add(org(2), wish(1));
        assert_eq!(take(&mut queue, at(0)).len(), 1);
    }
}
