//! Who is a member, for those behaviours of libp2p that ask before each service.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Instant,
};

use libp2p::{Multiaddr, PeerId, relay};

use super::behest::Turns;

/// The members, shared between the gate that is told of them and those who ask.
#[derive(Debug, Clone, Default)]
pub(super) struct Roster(Arc<RwLock<State>>);

#[derive(Debug, Default)]
struct State {
    members: BTreeSet<PeerId>,
    /// Whether nothing is relayed for now, for the link is paid for.
    closed: bool,
}

impl Roster {
    pub(super) fn set(&self, members: &BTreeSet<PeerId>) {
        self.write().members.clone_from(members);
    }

    /// Whether anything is relayed from here on.
    pub(super) fn close(&self, closed: bool) {
        self.write().closed = closed;
    }

    pub(super) fn has(&self, peer: &PeerId) -> bool {
        self.read().members.contains(peer)
    }

    fn relays_for(&self, peer: &PeerId) -> bool {
        let state = self.read();
        !state.closed && state.members.contains(peer)
    }

    // No code that holds the lock can leave the state half-changed.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asked at each request for a reservation.
impl relay::RateLimiter for Roster {
    fn try_next(&mut self, peer: PeerId, _: &Multiaddr, _: Instant) -> bool {
        self.relays_for(&peer)
    }
}

/// Asked at each request for a circuit, by whoever opens it.
#[derive(Debug)]
pub(super) struct Callers {
    roster: Roster,
    turns: Turns,
}

impl Callers {
    pub(super) fn new(roster: Roster) -> Self {
        Self { roster, turns: Turns::default() }
    }
}

impl relay::RateLimiter for Callers {
    fn try_next(&mut self, peer: PeerId, _: &Multiaddr, now: Instant) -> bool {
        self.roster.relays_for(&peer) && self.turns.may(now, peer)
    }
}

#[cfg(test)]
mod tests {
    use libp2p::relay::RateLimiter as _;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test of what takes time as an argument")]
    fn members_are_relayed_for_unless_the_link_is_paid_for() {
        let (member, stranger) = (PeerId::random(), PeerId::random());
        let (roster, from, now) = (Roster::default(), Multiaddr::empty(), Instant::now());
        roster.set(&BTreeSet::from([member]));
        let (mut places, mut calls) = (roster.clone(), Callers::new(roster.clone()));
        let mut asks = |peer| (places.try_next(peer, &from, now), calls.try_next(peer, &from, now));
        assert_eq!((asks(member), asks(stranger)), ((true, true), (false, false)));
        roster.close(true);
        assert_eq!(asks(member), (false, false));
        roster.close(false);
        assert_eq!(asks(member), (true, true));
        let calls = (0..1000).filter(|_| calls.try_next(member, &from, now)).count();
        assert!(calls < 130, "{calls}");
    }
}
