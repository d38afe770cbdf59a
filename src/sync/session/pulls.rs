//! Entries that we ask one peer for.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        id::{CircleId, Lane, LogId},
        time::Timestamp,
    },
    sync::limits::MAX_PULLS_PER_PEER,
};

/// A log that a peer holds more of than we do. Orders as logs are to be pulled: lane first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sync) struct Key {
    pub(in crate::sync) lane: Lane,
    pub(in crate::sync) circle: CircleId,
    pub(in crate::sync) log: LogId,
}

impl Key {
    pub(in crate::sync) const fn new(circle: CircleId, log: LogId) -> Self {
        Self { lane: log.lane, circle, log }
    }
}

/// A request for entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sync) struct Pull {
    pub(in crate::sync) key: Key,
    /// When another peer may be asked, unless entries come in before.
    pub(in crate::sync) deadline: Timestamp,
    /// When another peer may be asked in any case.
    pub(in crate::sync) turn_ends: Timestamp,
    /// Whether it has timed out; its answer is still taken should it come.
    pub(in crate::sync) expired: bool,
}

/// All that we ask one peer for.
#[derive(Debug, Default)]
pub(in crate::sync) struct Pulls {
    /// Logs of which the peer holds more than we do.
    behind: BTreeSet<Key>,
    /// How many of them there are in each circle.
    behind_in: BTreeMap<CircleId, usize>,
    /// Open requests by number.
    pub(in crate::sync) open: BTreeMap<u64, Pull>,
    /// Logs that the peer did not give in time, and until when it is not asked again.
    pub(in crate::sync) cooling: BTreeMap<Key, Timestamp>,
    /// Time-outs since entries came in last.
    pub(in crate::sync) stalls: u32,
}

impl Pulls {
    /// Takes note that the peer holds more of a log than we do; whether that is new.
    pub(in crate::sync) fn add(&mut self, key: Key) -> bool {
        let new = self.behind.insert(key);
        if new {
            let count = self.behind_in.entry(key.circle).or_default();
            *count = count.saturating_add(1);
        }
        new
    }

    /// Takes note that the peer holds no more of a log than we do.
    pub(in crate::sync) fn remove(&mut self, key: &Key) {
        if self.behind.remove(key)
            && let Some(count) = self.behind_in.get_mut(&key.circle)
        {
            *count = count.saturating_sub(1);
        }
    }

    /// Whether the peer holds more of a log than we do.
    pub(in crate::sync) fn has(&self, key: &Key) -> bool {
        self.behind.contains(key)
    }

    /// Whether the peer holds more than we do of any log of the circle.
    pub(in crate::sync) fn is_behind_in(&self, circle: &CircleId) -> bool {
        self.count_behind_in(circle) > 0
    }

    /// Of how many logs of the circle the peer holds more than we do.
    pub(in crate::sync) fn count_behind_in(&self, circle: &CircleId) -> usize {
        self.behind_in.get(circle).copied().unwrap_or_default()
    }

    /// The logs of one lane of a circle of which the peer holds more.
    pub(in crate::sync) fn behind_on(
        &self,
        circle: CircleId,
        lane: Lane,
    ) -> impl Iterator<Item = &Key> {
        let on_lane = move |key: &&Key| key.lane == lane && key.circle == circle;
        self.behind.iter().filter(on_lane)
    }

    /// Forgets what has to do with a circle.
    pub(in crate::sync) fn forget(&mut self, circle: &CircleId) {
        self.behind.retain(|key| key.circle != *circle);
        self.behind_in.remove(circle);
        self.cooling.retain(|key, _| key.circle != *circle);
        self.open.retain(|_, pull| pull.key.circle != *circle);
    }

    /// How many requests are open and not timed out.
    pub(in crate::sync) fn active(&self) -> usize {
        self.open.values().filter(|pull| !pull.expired).count()
    }

    /// Whether the peer may be asked for more, once it has answered what it is asked for now: not
    /// if it owes too many answers that are late.
    pub(in crate::sync) fn has_room(&self) -> bool {
        self.open.len() < 2 * MAX_PULLS_PER_PEER
    }

    /// Whether the peer could be asked for a log.
    pub(in crate::sync) fn gives(&self, key: &Key) -> bool {
        self.has(key) && self.has_room() && !self.cooling.contains_key(key)
    }

    /// The first log to ask for that nobody is being asked for.
    pub(in crate::sync) fn next(&self, mut is_taken: impl FnMut(&Key) -> bool) -> Option<Key> {
        let free = |key: &&Key| !self.cooling.contains_key(*key) && !is_taken(key);
        self.behind.iter().find(free).copied()
    }
}
