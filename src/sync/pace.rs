//! How much may be under way to a peer, measured by how long it takes to be acknowledged.
//!
//! What has been handed to the transport cannot be overtaken: an alert waits for it, and a break
//! loses it. So no more is under way than the link carries in [`TARGET`], and no more than keeps it
//! busy: what takes much longer than the quickest acknowledgement of the session stands in a queue
//! somewhere, where an alert would stand behind it. On a fast link all that the peer takes is under
//! way.

use std::{collections::VecDeque, time::Duration};

use crate::{
    model::time::Timestamp,
    sync::limits::{MAX_WANTED_STATEMENTS, RUN_BYTES, WINDOW_BYTES},
};

/// What is under way shall be acknowledged within this time.
const TARGET: Duration = Duration::from_secs(4);
/// What is acknowledged this much later than the quickest, or half as much again if that is more,
/// has waited too little to be worth less.
const SHORT_QUEUE: Duration = Duration::from_millis(200);
/// And this much later, or twice as late, too long.
const LONG_QUEUE: Duration = Duration::from_millis(500);
/// Bytes under way as long as nothing is measured: 2G carries them in four seconds.
const FIRST_WINDOW: u64 = 8 * 1024;
/// Bytes that may be under way on the worst of links.
const MIN_WINDOW: u64 = 4 * 1024;
/// Runs are filled up to one in so many of the window, so that the link is never idle.
const RUNS_IN_WINDOW: u64 = 2;
/// Statements that are asked for at once as long as nothing is measured.
const FIRST_WANTED: usize = 32;
/// Statements that are asked for at once on the worst of links.
const MIN_WANTED: usize = 8;

/// What was measured of a link. Remembered from one session with a peer to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    window: u64,
    wanted: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { window: FIRST_WINDOW, wanted: FIRST_WANTED }
    }
}

impl Pace {
    /// Bytes of entries that may be under way.
    pub(super) const fn window(self) -> u64 {
        self.window
    }

    /// Bytes that a run is filled up to, and that a part of a longer one has at most.
    pub(super) fn run_bytes(self) -> usize {
        usize::try_from(self.window / RUNS_IN_WINDOW).unwrap_or(RUN_BYTES).min(RUN_BYTES)
    }

    /// Bytes that one request gets before others of its lane have their turn.
    pub(super) const fn share(self) -> u64 {
        self.window.saturating_mul(2)
    }

    /// Whether so little is carried that a list is long.
    pub(super) const fn is_slow(self) -> bool {
        self.window < FIRST_WINDOW || self.wanted < FIRST_WANTED
    }

    /// Statements to ask for at once: an answer that breaks off is lost.
    pub(super) const fn wanted(self) -> usize {
        self.wanted
    }

    /// What was sent this long ago is acknowledged, where the quickest took `least`. Gives true if
    /// less may be under way from here.
    fn acknowledged(&mut self, after: Duration, least: Duration) -> bool {
        let target = too_long(least);
        if after < short(least) {
            self.window = self.window.saturating_mul(2).min(WINDOW_BYTES);
        } else if after > target {
            // In proportion, but no more than to a quarter for one stall.
            let (most, took) = (target.as_millis(), after.min(target * 4).as_millis());
            let window = u128::from(self.window).saturating_mul(most) / took.max(1);
            self.window = u64::try_from(window).unwrap_or(WINDOW_BYTES).max(MIN_WINDOW);
            return true;
        }
        false
    }

    /// An answer with statements took this long.
    pub(super) fn answered(&mut self, after: Duration) {
        if after < TARGET / 2 {
            self.wanted = self.wanted.saturating_mul(2).min(MAX_WANTED_STATEMENTS);
        } else if after > TARGET {
            self.wanted = (self.wanted / 2).max(MIN_WANTED);
        }
    }

    /// The link broke, or nothing came for long: begins with less the next time.
    pub(super) fn stalled(&mut self) {
        self.window = (self.window / 2).max(MIN_WINDOW);
        self.wanted = (self.wanted / 2).max(MIN_WANTED);
    }
}

/// What takes less than this is worth more under way.
fn short(least: Duration) -> Duration {
    least.saturating_add(SHORT_QUEUE.max(least / 2)).min(TARGET / 2)
}

/// What takes more than this has stood in a queue.
fn too_long(least: Duration) -> Duration {
    least.saturating_add(LONG_QUEUE.max(least)).min(TARGET)
}

/// Keeps account of bytes that were sent and acknowledged, and measures the pace by them.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) pace: Pace,
    /// Bytes that the peer takes at most.
    most: u64,
    sent: u64,
    acknowledged: u64,
    /// Bytes sent in all after each frame that is not acknowledged, and when it was sent.
    under_way: VecDeque<(u64, Timestamp)>,
    /// When the window was made smaller last: what was sent before says nothing new.
    narrowed: Option<Timestamp>,
    /// How long the last acknowledgement took.
    last: Duration,
    /// How long the quickest took.
    least: Duration,
}

impl Flow {
    pub(super) const fn new(pace: Pace, most: u64) -> Self {
        let under_way = VecDeque::new();
        let (narrowed, last, least) = (None, Duration::ZERO, Duration::MAX);
        Self { pace, most, sent: 0, acknowledged: 0, under_way, narrowed, last, least }
    }

    /// Bytes that may be under way.
    pub(super) fn window(&self) -> u64 {
        self.pace.window().min(self.most)
    }

    /// Bytes that are under way.
    pub(super) const fn in_flight(&self) -> u64 {
        self.sent.saturating_sub(self.acknowledged)
    }

    /// Takes note of bytes sent.
    pub(super) fn sent(&mut self, now: Timestamp, bytes: usize) {
        self.sent = self.sent.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.under_way.push_back((self.sent, now));
    }

    /// The peer has taken so many bytes in all; false if that cannot be.
    pub(super) fn acknowledge(&mut self, now: Timestamp, bytes: u64) -> bool {
        if bytes <= self.acknowledged || bytes > self.sent {
            return false;
        }
        self.acknowledged = bytes;
        while let Some((until, at)) = self.under_way.front().copied() {
            if until > bytes {
                break;
            }
            self.under_way.pop_front();
            self.last = now.saturating_since(at);
            self.least = self.least.min(self.last);
            let says = self.narrowed.is_none_or(|narrowed| at >= narrowed);
            if says && self.pace.window() == MIN_WINDOW {
                // With so little under way nothing waits for our own: the way has become longer.
                self.least = self.last;
            }
            let grows = self.last < short(self.least);
            if (says || grows) && self.pace.acknowledged(self.last, self.least) {
                self.narrowed = Some(now);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link that carries so many bytes a second and answers after `round_trip`; the window that
    /// is reached on it, and how long the last acknowledgement took.
    fn settle(bytes_per_second: u64, round_trip: u64) -> (u64, Duration) {
        let mut flow = Flow::new(Pace::default(), WINDOW_BYTES);
        let (mut now, mut free, mut acks) = (0_u64, 0_u64, VecDeque::new());
        for _ in 0..2000 {
            while flow.in_flight() < flow.window() {
                let run = flow.pace.run_bytes();
                flow.sent(Timestamp::from_millis(now), run);
                free = free.max(now) + (run as u64 * 1000).div_ceil(bytes_per_second);
                acks.push_back((free + round_trip, flow.sent));
            }
            let (at, bytes) = acks.pop_front().unwrap();
            now = at;
            assert!(flow.acknowledge(Timestamp::from_millis(now), bytes));
        }
        (flow.window(), flow.last)
    }

    #[test]
    fn a_slow_link_has_little_under_way_and_a_fast_one_all() {
        // 2G: 20 kbit/s, 800 ms each way.
        let (window, last) = settle(2_500, 1_600);
        assert!((MIN_WINDOW..=12 * 1024).contains(&window), "{window}");
        assert!(last < TARGET * 2, "{last:?}");
        // A satellite: 1 Mbit/s, 600 ms each way; and a wire.
        assert!(settle(125_000, 1_200).0 > 100 * 1024);
        assert_eq!(settle(100_000_000, 2).0, WINDOW_BYTES);
        // Whatever is measured, the bounds hold.
        assert_eq!(settle(10, 60_000).0, MIN_WINDOW);
    }

    #[test]
    fn a_queue_stays_short_enough_for_an_alert_behind_it() {
        // 2 and 10 Mbit/s, 100 ms: the link is busy, and what comes last waits half a second.
        for bytes_per_second in [250_000, 1_250_000] {
            let (window, last) = settle(bytes_per_second, 100);
            assert!(window >= bytes_per_second / 10, "{window}");
            assert!(last < Duration::from_millis(800), "{last:?}");
        }
    }

    #[test]
    fn what_was_not_sent_cannot_be_acknowledged() {
        let mut flow = Flow::new(Pace::default(), WINDOW_BYTES);
        let at = Timestamp::from_millis(0);
        flow.sent(at, 100);
        assert!(!flow.acknowledge(at, 101) && !flow.acknowledge(at, 0));
        assert!(flow.acknowledge(at, 40) && !flow.acknowledge(at, 40));
        assert_eq!(flow.in_flight(), 60);
    }
}
