//! Entries that a peer asks us for.

use std::collections::BTreeMap;

use crate::model::id::{CircleId, Lane, LogId};

/// A peer's request for entries, as far as it is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sync) struct Want {
    pub(in crate::sync) circle: CircleId,
    pub(in crate::sync) log: LogId,
    /// The next entry to send.
    pub(in crate::sync) next: u64,
}

/// All that a peer asks us for. Answered by lane, so that a grant overtakes records that were
/// asked for before, and only as far as the peer acknowledges.
#[derive(Debug)]
pub(in crate::sync) struct Serving {
    wants: BTreeMap<(Lane, u64), Want>,
    window: u64,
    sent: u64,
    acknowledged: u64,
}

impl Serving {
    pub(super) const fn new(window: u64) -> Self {
        Self { wants: BTreeMap::new(), window, sent: 0, acknowledged: 0 }
    }

    /// How many requests are open.
    pub(in crate::sync) fn len(&self) -> usize {
        self.wants.len()
    }

    pub(in crate::sync) fn add(&mut self, request: u64, want: Want) {
        self.wants.insert((want.log.lane, request), want);
    }

    /// The request to answer next, if the peer's window is open.
    pub(in crate::sync) fn next(&self, may: impl Fn(&CircleId) -> bool) -> Option<(u64, Want)> {
        let has_window = |lane| match lane {
            Lane::Control | Lane::Alert => self.has_window(),
            Lane::Record => self.in_flight() < self.window_for_records(),
        };
        let mut ready =
            self.wants.iter().filter(|(_, want)| has_window(want.log.lane) && may(&want.circle));
        ready.next().map(|((_, request), want)| (*request, *want))
    }

    /// Whether more may be sent before the peer acknowledges.
    pub(in crate::sync) const fn has_window(&self) -> bool {
        self.in_flight() < self.window
    }

    const fn in_flight(&self) -> u64 {
        self.sent.saturating_sub(self.acknowledged)
    }

    /// Records leave a quarter of the window to what is urgent. Never nothing: windows above zero
    /// are at least one.
    const fn window_for_records(&self) -> u64 {
        self.window.saturating_sub(self.window / 4)
    }

    /// Takes note of bytes sent.
    pub(in crate::sync) fn sent(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// A request goes on from here.
    pub(in crate::sync) fn advance(&mut self, lane: Lane, request: u64, next: u64) {
        if let Some(want) = self.wants.get_mut(&(lane, request)) {
            want.next = next;
        }
    }

    /// A request is answered.
    pub(in crate::sync) fn finish(&mut self, lane: Lane, request: u64) {
        self.wants.remove(&(lane, request));
    }

    /// Forgets the requests for a circle.
    pub(in crate::sync) fn forget(&mut self, circle: &CircleId) {
        self.wants.retain(|_, want| want.circle != *circle);
    }

    /// The peer has taken so many bytes in all; false if that cannot be.
    pub(in crate::sync) const fn acknowledge(&mut self, bytes: u64) -> bool {
        let possible = bytes > self.acknowledged && bytes <= self.sent;
        if possible {
            self.acknowledged = bytes;
        }
        possible
    }
}
