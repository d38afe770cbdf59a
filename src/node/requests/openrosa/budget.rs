//! What one phone may send before a person has looked: one that was taken must neither bury what
//! others send, nor fill the disk.

use std::io;

use serde::{Deserialize, Serialize};

use super::{
    MAX_INBOX_BYTES,
    entry::{Entry, Why},
};
use crate::{model::time::Timestamp, store::Inbox};

const SPENT: &str = "spent";

/// Submissions that are taken up at once, if none came for long.
const BURST: u64 = 100;
/// Submissions that are taken up in an hour.
const PER_HOUR: u64 = 60;
/// Submissions beyond these that are held for a person.
const MAX_HELD: u64 = 1_000;
/// Bytes in a day.
const DAY_BYTES: u64 = 1024 * 1024 * 1024;
/// Bytes of one phone that wait in the inbox.
const SHARE: u64 = MAX_INBOX_BYTES / 4;
/// What each submission takes at least: entry, XML and the blocks of a disk.
const LEAST_BYTES: u64 = 16 * 1024;

const HOUR: u64 = 60 * 60 * 1_000;
const DAY: u64 = 24 * HOUR;

/// What a phone has used up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spent {
    /// Submissions of the burst that are used up, in parts of which [`HOUR`] are one.
    level: u64,
    /// When that was, in milliseconds.
    at: u64,
    /// Which day it was, and bytes on that day.
    day: u64,
    day_bytes: u64,
    /// Bytes in the inbox.
    kept: u64,
    /// Submissions that are held for being too many: those alone that are so now.
    held: u64,
}

/// Whether a submission is within the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// It is taken up.
    Yes,
    /// It is kept, and held for a person.
    Held,
}

impl Spent {
    /// Whether so many bytes more are taken.
    pub(super) fn has_room(&self, bytes: u64, now: Timestamp) -> bool {
        let today = if self.day == now.as_millis() / DAY { self.day_bytes } else { 0 };
        let kept = self.kept.saturating_add(bytes);
        today.saturating_add(bytes) <= DAY_BYTES && kept <= SHARE && self.held < MAX_HELD
    }

    /// Counts the bytes of a new submission; none if there is no room for it. Whether it is held in
    /// the end is told by [`Self::hold`].
    pub(super) fn take(&mut self, bytes: u64, now: Timestamp) -> Option<Within> {
        let bytes = bytes.max(LEAST_BYTES);
        if !self.has_room(bytes, now) {
            return None;
        }
        self.add(bytes, now);
        let passed = now.as_millis().saturating_sub(self.at);
        self.level = self.level.saturating_sub(passed.saturating_mul(PER_HOUR));
        self.at = now.as_millis();
        if self.level.saturating_add(HOUR) > BURST * HOUR {
            return Some(Within::Held);
        }
        self.level = self.level.saturating_add(HOUR);
        Some(Within::Yes)
    }

    /// Counts files of a submission that was counted; false if there is no room for them.
    pub(super) fn take_more(&mut self, bytes: u64, now: Timestamp) -> bool {
        let fits = self.has_room(bytes, now);
        if fits {
            self.add(bytes, now);
        }
        fits
    }

    fn add(&mut self, bytes: u64, now: Timestamp) {
        let today = now.as_millis() / DAY;
        if self.day != today {
            (self.day, self.day_bytes) = (today, 0);
        }
        self.day_bytes = self.day_bytes.saturating_add(bytes);
        self.kept = self.kept.saturating_add(bytes);
    }

    /// Bytes are in the inbox no more.
    pub(super) const fn give_back(&mut self, bytes: u64) {
        self.kept = self.kept.saturating_sub(bytes);
    }

    /// A submission was removed, of so many bytes.
    pub(super) fn removed(&mut self, bytes: u64) {
        self.give_back(bytes.max(LEAST_BYTES));
    }

    #[cfg(test)]
    pub(super) const fn held(&self) -> u64 {
        self.held
    }

    /// One is held for being too many.
    pub(super) const fn hold(&mut self) {
        self.held = self.held.saturating_add(1);
    }

    /// One that was held is no more.
    pub(super) const fn release(&mut self) {
        self.held = self.held.saturating_sub(1);
    }
}

/// Counts that an entry is held for being too many.
pub(super) fn hold(inbox: &Inbox, entry: &Entry) -> io::Result<()> {
    if entry.state.held() != Some(Why::Budget) {
        return Ok(());
    }
    let mut spent = get(inbox, &entry.by)?;
    spent.hold();
    note(inbox, &entry.by, &spent)
}

/// Counts that an entry is not held any more. Told before its state is another: after a kill between
/// the two a phone may send one more, where otherwise it would one day be refused for good.
pub(super) fn release(inbox: &Inbox, entry: &Entry) -> io::Result<()> {
    if entry.state.held() != Some(Why::Budget) {
        return Ok(());
    }
    let mut spent = get(inbox, &entry.by)?;
    spent.release();
    note(inbox, &entry.by, &spent)
}

pub(super) fn get(inbox: &Inbox, phone: &str) -> io::Result<Spent> {
    let bytes = inbox.get(SPENT, phone.as_bytes())?;
    let spent = bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(io::Error::other));
    Ok(spent.transpose()?.unwrap_or_default())
}

/// Keeps what a phone has used up with what comes. Refused on a full disk, as what comes is.
pub(super) fn put(inbox: &Inbox, phone: &str, spent: &Spent) -> io::Result<()> {
    inbox.put(SPENT, phone.as_bytes(), &bytes(spent)?)
}

/// Keeps it with what is held or removed: also on a full disk.
pub(super) fn note(inbox: &Inbox, phone: &str, spent: &Spent) -> io::Result<()> {
    inbox.note(SPENT, phone.as_bytes(), &bytes(spent)?)
}

fn bytes(spent: &Spent) -> io::Result<Vec<u8>> {
    serde_json::to_vec(spent).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 20_000 * DAY;

    fn at(hours: u64) -> Timestamp {
        Timestamp::from_millis(START + hours * HOUR)
    }

    #[test]
    fn a_burst_is_taken_up_then_one_a_minute_and_the_rest_is_held() {
        let mut spent = Spent::default();
        for _one in 0..BURST {
            assert_eq!(spent.take(1, at(0)), Some(Within::Yes));
        }
        assert_eq!(spent.take(1, at(0)), Some(Within::Held));
        for _one in 0..PER_HOUR {
            assert_eq!(spent.take(1, at(1)), Some(Within::Yes));
        }
        assert_eq!(spent.take(1, at(1)), Some(Within::Held));
        for _one in 0..MAX_HELD {
            assert_eq!(spent.take(1, at(1)), Some(Within::Held));
            spent.hold();
        }
        assert_eq!(spent.take(1, at(9)), None, "nor is more held than a person looks at");
        spent.release();
        assert_eq!(spent.take(1, at(9)), Some(Within::Yes));
    }

    #[test]
    fn bytes_are_bounded_by_the_day_and_by_what_waits() {
        let mut spent = Spent::default();
        assert_eq!(spent.take(DAY_BYTES, at(0)), Some(Within::Yes));
        assert!(spent.take(1, at(0)).is_none() && !spent.take_more(1, at(0)));
        for day in 1..SHARE / DAY_BYTES {
            assert!(spent.take_more(DAY_BYTES, at(24 * day)));
        }
        assert!(!spent.take_more(1, at(24 * 100)), "all of one phone's share waits");
        spent.give_back(DAY_BYTES);
        assert!(spent.take_more(DAY_BYTES, at(24 * 100)));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut spent = Spent::default();
        while spent.take(1, at(5)) == Some(Within::Yes) {}
        assert_eq!(spent.take(1, at(0)), Some(Within::Held));
    }
}
