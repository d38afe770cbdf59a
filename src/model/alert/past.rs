//! Which updates and closings an entry follows.
//!
//! Everybody writes entries, and each names up to 64: rows of bits, so that a long chain costs no
//! more than its square in bits.

use std::collections::BTreeMap;

use crate::model::alert::{entry::SignedEntry, name::EntryHash};

/// Bits of a word.
const BITS: usize = 64;

/// Some of the entries that are [relied on](crate::model::alert::Act), by their columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known(Vec<u64>);

impl Known {
    fn has(&self, column: usize) -> bool {
        self.0.get(column / BITS).is_some_and(|word| word >> (column % BITS) & 1 == 1)
    }

    fn add(&mut self, column: usize) {
        let word = column / BITS;
        self.0.resize(self.0.len().max(word + 1), 0);
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (column % BITS);
        }
    }

    fn add_all(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own |= other;
        }
    }
}

/// Of each entry, the updates and closings that it follows: what it names, and what that follows.
/// Names are hashes, so nobody names what comes later; what names each other all the same, or waits
/// for such, follows nothing.
#[derive(Debug)]
pub(super) struct Pasts {
    /// The column of each entry that is relied on; only of these is asked who knew them.
    columns: Vec<Option<usize>>,
    known: Vec<Known>,
}

impl Pasts {
    pub(super) fn of(entries: &[&SignedEntry]) -> Self {
        let mut count = 0..;
        let column = |signed: &&SignedEntry| {
            if signed.entry.act.is_relied_on() { count.next() } else { None }
        };
        let columns: Vec<Option<usize>> = entries.iter().map(column).collect();
        let by_hash: BTreeMap<EntryHash, usize> =
            entries.iter().enumerate().map(|(place, signed)| (signed.hash, place)).collect();
        let mut followers: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
        let (mut open, mut ready) = (Vec::with_capacity(entries.len()), Vec::new());
        for (place, signed) in entries.iter().enumerate() {
            let mut count = 0_usize;
            for earlier in signed.entry.follows.iter().filter_map(|hash| by_hash.get(hash)) {
                if let Some(followers) = followers.get_mut(*earlier) {
                    followers.push(place);
                    count += 1;
                }
            }
            open.push(count);
            if count == 0 {
                ready.push(place);
            }
        }
        let mut known: Vec<Known> = vec![Known::default(); entries.len()];
        while let Some(place) = ready.pop() {
            let mut own = known.get(place).cloned().unwrap_or_default();
            if let Some(Some(column)) = columns.get(place) {
                own.add(*column);
            }
            for later in followers.get(place).into_iter().flatten() {
                if let Some(known) = known.get_mut(*later) {
                    known.add_all(&own);
                }
                if let Some(count) = open.get_mut(*later) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        ready.push(*later);
                    }
                }
            }
        }
        // What never became ready is of a circle.
        for (known, count) in known.iter_mut().zip(&open) {
            if *count > 0 {
                *known = Known::default();
            }
        }
        Self { columns, known }
    }

    /// Whether the author of the entry at one place knew the entry at another.
    pub(super) fn knew(&self, later: usize, earlier: usize) -> bool {
        self.known.get(later).is_some_and(|known| self.is_in(known, earlier))
    }

    /// What the entries at some places follow.
    pub(super) fn known_to<'a>(&self, places: impl IntoIterator<Item = &'a usize>) -> Known {
        let mut all = Known::default();
        for known in places.into_iter().filter_map(|place| self.known.get(*place)) {
            all.add_all(known);
        }
        all
    }

    /// Whether the entry at a place is among these.
    pub(super) fn is_in(&self, known: &Known, place: usize) -> bool {
        let column = self.columns.get(place).copied().flatten();
        column.is_some_and(|column| known.has(column))
    }
}
