//! Sparing a link that is paid for by what it carries: a satellite's, a prepaid card's.
//!
//! If either side is metered, frontiers of more than a few logs go by digests, and logs of records
//! that grow are announced together once a minute. What is urgent goes as always. Blobs are the
//! affair of whoever asks for them: [`Engine::is_metered_with`] tells.

use std::time::Duration;

use super::{Engine, Turn};
use crate::{
    model::id::Lane,
    sync::{
        ConnectionId, Replica,
        limits::{
            ANNOUNCE_EVERY, MAX_FRONTIER_AT_ONCE, MAX_LISTED_STATEMENTS, METERED_ANNOUNCE_EVERY,
            METERED_FRONTIER_AT_ONCE, SLOW_LISTED_STATEMENTS,
        },
        message::Message,
    },
};

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
