//! Entries that a peer asks us for.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    model::{
        id::{CircleId, Lane, LogId},
        time::Timestamp,
    },
    sync::{message::RunDigest, pace::Flow},
};

/// A peer's request for entries, as far as it is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sync) struct Want {
    pub(in crate::sync) circle: CircleId,
    pub(in crate::sync) log: LogId,
    /// The next entry to send.
    pub(in crate::sync) next: u64,
    /// The run that begins there and that the peer holds the beginning of, and how much of it.
    pub(in crate::sync) part: Option<(RunDigest, u64)>,
    /// Bytes that the peer has got for this request.
    pub(in crate::sync) given: u64,
}

/// A run that goes in parts, so that it is not read and encoded for each of them.
#[derive(Debug, Clone)]
pub(in crate::sync) struct Parted {
    pub(in crate::sync) log: LogId,
    pub(in crate::sync) circle: CircleId,
    pub(in crate::sync) from: u64,
    pub(in crate::sync) entries: u64,
    pub(in crate::sync) digest: RunDigest,
    pub(in crate::sync) bytes: Arc<[u8]>,
}

/// All that a peer asks us for. Answered by lane, so that a grant overtakes records that were
/// asked for before, and only as far as the peer acknowledges. On one lane each gets a share in
/// turn, so that what is small need not wait for all of what is large.
#[derive(Debug)]
pub(in crate::sync) struct Serving {
    wants: BTreeMap<(Lane, u64), Want>,
    pub(in crate::sync) flow: Flow,
    pub(in crate::sync) parted: Option<Parted>,
}

impl Serving {
    pub(super) const fn new(flow: Flow) -> Self {
        Self { wants: BTreeMap::new(), flow, parted: None }
    }

    /// How many requests are open.
    pub(in crate::sync) fn len(&self) -> usize {
        self.wants.len()
    }

    /// A peer asks. What it asked for of the same log before it asks for no more: it has waited in
    /// vain, and knows better where to begin.
    pub(in crate::sync) fn add(&mut self, request: u64, want: Want) {
        self.wants.retain(|_, older| (older.circle, older.log) != (want.circle, want.log));
        self.wants.insert((want.log.lane, request), want);
    }

    /// The request to answer next, if the peer's window is open.
    pub(in crate::sync) fn next(&self, may: impl Fn(&CircleId) -> bool) -> Option<(u64, Want)> {
        let has_window = |lane| match lane {
            Lane::Control | Lane::Alert => self.has_window(),
            Lane::Record => self.flow.in_flight() < self.window_for_records(),
        };
        let ready =
            self.wants.iter().filter(|(_, want)| has_window(want.log.lane) && may(&want.circle));
        let share = self.flow.pace.share().max(1);
        let next =
            ready.min_by_key(|((lane, request), want)| (*lane, want.given / share, *request));
        next.map(|((_, request), want)| (*request, *want))
    }

    /// Whether more may be sent before the peer acknowledges.
    pub(in crate::sync) fn has_window(&self) -> bool {
        self.flow.in_flight() < self.flow.window()
    }

    /// Records leave a quarter of the window to what is urgent. Never nothing: windows above zero
    /// are at least one.
    fn window_for_records(&self) -> u64 {
        let window = self.flow.window();
        window.saturating_sub(window / 4)
    }

    /// Takes note of bytes sent.
    pub(in crate::sync) fn sent(&mut self, now: Timestamp, bytes: usize) {
        self.flow.sent(now, bytes);
    }

    /// A request goes on from here: at an entry, or within the run that begins with it.
    pub(in crate::sync) fn advance(
        &mut self,
        request: u64,
        log: &LogId,
        next: u64,
        part: Option<(RunDigest, u64)>,
        bytes: usize,
    ) {
        if let Some(want) = self.wants.get_mut(&(log.lane, request)) {
            (want.next, want.part) = (next, part);
            want.given = want.given.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
    }

    /// A request is answered.
    pub(in crate::sync) fn finish(&mut self, lane: Lane, request: u64) {
        self.wants.remove(&(lane, request));
    }

    /// Forgets the requests for a circle.
    pub(in crate::sync) fn forget(&mut self, circle: &CircleId) {
        self.wants.retain(|_, want| want.circle != *circle);
        self.parted.take_if(|parted| parted.circle == *circle);
    }
}
