//! Who is a member, for those behaviours of libp2p that ask before each service.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use libp2p::{Multiaddr, PeerId, relay};

/// The members, shared between the gate that is told of them and those who ask.
#[derive(Debug, Clone, Default)]
pub(super) struct Roster(Arc<RwLock<BTreeSet<PeerId>>>);

impl Roster {
    pub(super) fn set(&self, members: &BTreeSet<PeerId>) {
        // No code that holds the lock can leave the set half-changed.
        self.0.write().unwrap_or_else(PoisonError::into_inner).clone_from(members);
    }

    pub(super) fn has(&self, peer: &PeerId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(peer)
    }
}

/// Asked at each request for a reservation, and for a circuit by whoever opens it.
impl relay::RateLimiter for Roster {
    fn try_next(&mut self, peer: PeerId, _: &Multiaddr, _: Instant) -> bool {
        self.has(&peer)
    }
}
