//! Sparing a link that is paid for by what it carries: a satellite's, a prepaid card's.
//!
//! If either side is metered, frontiers of more than a few logs go by digests, and logs of records
//! that grow are announced together once a minute. What is urgent goes as always. Blobs are the
//! affair of whoever asks for them: [`Engine::is_metered_with`] tells.

use std::{collections::BTreeMap, time::Duration};

use super::{Engine, Turn};
use crate::{
    model::{id::Lane, time::Timestamp},
    sync::{
        ConnectionId, Replica,
        limits::{
            ANNOUNCE_EVERY, MAX_FRONTIER_AT_ONCE, MAX_LISTED_STATEMENTS, METERED_ANNOUNCE_EVERY,
            METERED_FRONTIER_AT_ONCE, SLOW_LISTED_STATEMENTS, SPARED,
        },
        message::Message,
        session::Key,
    },
};

/// Logs that no metered peer is asked for because another could give them, and since when: whoever
/// says so and gives nothing keeps us from them for a while, and no longer.
#[derive(Debug, Default)]
pub(super) struct Spared(BTreeMap<Key, Timestamp>);

impl Spared {
    /// Whether a log is still waited for; the time begins with the first question.
    pub(super) fn waits(&mut self, key: Key, now: Timestamp) -> bool {
        now < self.0.entry(key).or_insert(now).saturating_add(SPARED)
    }

    /// Something of a log came: for the rest the time begins again.
    pub(super) fn grew(&mut self, key: &Key) {
        self.0.remove(key);
    }

    /// Lets go of logs that nobody could be asked for.
    pub(super) fn keep(&mut self, is_behind: impl Fn(&Key) -> bool) {
        self.0.retain(|key, _| is_behind(key));
    }

    /// When the time of the next log is over.
    pub(super) fn next_end(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.0.values().map(|since| since.saturating_add(SPARED));
        ends.filter(|end| *end > now).min()
    }
}

impl Engine {
    /// Whether our own link is paid for.
    #[must_use]
    pub const fn is_metered(&self) -> bool {
        self.metered
    }

    /// Whether the link to a peer is paid for, on either side.
    #[must_use]
    pub fn is_metered_with(&self, connection: ConnectionId) -> bool {
        self.metered || self.open(connection).is_some_and(|open| open.metered)
    }

    /// Our own link is paid for, or no longer: peers are told.
    pub(super) fn set_metered<R: Replica>(&mut self, turn: &mut Turn<'_, R>, on: bool) {
        if std::mem::replace(&mut self.metered, on) != on {
            for (connection, session) in &self.sessions {
                if session.open().is_some() && turn.knows(&session.transport) {
                    turn.send(*connection, Message::Metered { on });
                }
            }
        }
    }

    /// The peer's link is paid for, or no longer.
    pub(super) fn peer_metered(&mut self, from: ConnectionId, on: bool) {
        if let Some(open) = self.open_mut(from) {
            open.metered = on;
        }
    }

    /// How many statements are listed to a peer at once before digests are sent instead.
    pub(super) fn statements_at_once(&self, to: ConnectionId) -> usize {
        let slow = self.open(to).is_some_and(|open| open.serving.flow.pace.is_slow());
        let spare = slow || self.is_metered_with(to);
        if spare { SLOW_LISTED_STATEMENTS } else { MAX_LISTED_STATEMENTS }
    }

    /// How many positions go to a peer at once before digests are sent instead.
    pub(super) fn frontier_at_once(&self, to: ConnectionId) -> usize {
        let metered = self.is_metered_with(to);
        if metered { METERED_FRONTIER_AT_ONCE } else { MAX_FRONTIER_AT_ONCE }
    }
}

/// How often one growing log is announced.
pub(super) const fn announce_every(metered: bool, lane: Lane) -> Duration {
    match lane {
        Lane::Record if metered => METERED_ANNOUNCE_EVERY,
        Lane::Control | Lane::Alert | Lane::Record => ANNOUNCE_EVERY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{CircleId, DeviceId, Incarnation, LogId};

    #[test]
    fn a_log_is_waited_for_once_and_again_when_it_grew() {
        let (device, incarnation) = (DeviceId::new([1; 32]), Incarnation::new([0; 16]));
        let log = LogId { device, incarnation, lane: Lane::Record };
        let key = Key::new(CircleId::new([1; 32]), log);
        let (mut spared, begin) = (Spared::default(), Timestamp::from_millis(1000));
        let end = begin.saturating_add(SPARED);
        assert!(spared.waits(key, begin));
        assert_eq!(spared.next_end(begin), Some(end));
        assert!(spared.waits(key, begin.saturating_add(SPARED / 2)));
        assert!(!spared.waits(key, end) && !spared.waits(key, end.saturating_add(SPARED)));
        assert_eq!(spared.next_end(end), None);
        spared.grew(&key);
        assert!(spared.waits(key, end));
        spared.keep(|_| false);
        assert!(spared.0.is_empty());
    }
}
