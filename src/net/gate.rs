//! A libp2p behaviour that decides which connections may exist.
//!
//! `libp2p-connection-limits` (0.7.0) keeps an entry for every peer that ever connected, and its
//! limit on inbound connections lets strangers shut members out; here strangers have a limit of
//! their own.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    swarm::{
        ConnectionDenied, ConnectionId as LinkId, FromSwarm, NetworkBehaviour, THandler,
        THandlerInEvent, THandlerOutEvent, ToSwarm, dummy,
    },
};
use tokio::time::Instant;

use super::{
    MAX_CONNECTIONS_PER_PEER, MAX_PENDING_CONNECTIONS, MAX_STRANGER_CONNECTIONS,
    address::{is_circuit, key_of_peer, relay_of},
    behest::Behests,
    roster::Roster,
};

/// Relays that are remembered because we dial somebody through them.
const MAX_RELAYS: usize = 256;

/// Why a connection may not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Denied {
    #[error("the peer's key is not a usable Ed25519 key")]
    Key,
    #[error("the peer is blocked")]
    Blocked,
    #[error("too many connections in their handshake")]
    Pending,
    #[error("too many connections with this peer")]
    PerPeer,
    #[error("too many connections with strangers")]
    Strangers,
    #[error("a stranger comes through a relay")]
    Relayed,
    #[error("a peer asks to be dialled that may not, or too often")]
    Behest,
}

/// The behaviour.
#[derive(Debug, Default)]
pub(super) struct Gate {
    members: BTreeSet<PeerId>,
    /// The members, for the relay.
    roster: Roster,
    /// Peers that we dial ourselves; no strangers either.
    known: BTreeSet<PeerId>,
    blocked: BTreeSet<PeerId>,
    pending_inbound: BTreeSet<LinkId>,
    inbound: BTreeMap<LinkId, PeerId>,
    outbound: BTreeMap<LinkId, PeerId>,
    /// Dials that we have decided on ourselves and that begin just now.
    own_dials: BTreeSet<LinkId>,
    /// Relays through which we dial, or at which we wait.
    relays: BTreeSet<PeerId>,
    behests: Behests,
}

impl Gate {
    /// A gate that tells the relay of members.
    pub(super) fn new(roster: Roster) -> Self {
        Self { roster, ..Self::default() }
    }

    /// Replaces the members; gives back who they were.
    pub(super) fn set_members(&mut self, members: BTreeSet<PeerId>) -> BTreeSet<PeerId> {
        self.roster.set(&members);
        std::mem::replace(&mut self.members, members)
    }

    /// Replaces the blocked; gives back who they were.
    pub(super) fn set_blocked(&mut self, blocked: BTreeSet<PeerId>) -> BTreeSet<PeerId> {
        std::mem::replace(&mut self.blocked, blocked)
    }

    /// Whether nothing is relayed for now.
    pub(super) fn close_relay(&self, closed: bool) {
        self.roster.close(closed);
    }

    pub(super) fn add_known(&mut self, peer: PeerId) {
        self.known.insert(peer);
    }

    pub(super) fn remove_known(&mut self, peer: &PeerId) {
        self.known.remove(peer);
    }

    /// A dial of our own follows. All others are at the behest of a peer, by a protocol of libp2p.
    pub(super) fn expect_dial(&mut self, link: LinkId, addresses: &[Multiaddr]) {
        self.own_dials.insert(link);
        for relay in addresses.iter().filter_map(relay_of) {
            self.expect_relay(relay);
        }
    }

    /// The dial has begun, or has failed before.
    pub(super) fn dial_began(&mut self, link: LinkId) {
        self.own_dials.remove(&link);
    }

    /// A relay may be dialled for us.
    pub(super) fn expect_relay(&mut self, relay: PeerId) {
        if self.relays.len() >= MAX_RELAYS {
            self.relays.pop_first();
        }
        self.relays.insert(relay);
    }

    pub(super) fn is_member(&self, peer: &PeerId) -> bool {
        self.members.contains(peer)
    }

    pub(super) fn is_blocked(&self, peer: &PeerId) -> bool {
        self.blocked.contains(peer)
    }

    fn is_stranger(&self, peer: &PeerId) -> bool {
        !self.members.contains(peer) && !self.known.contains(peer)
    }

    fn admit(&self, peer: &PeerId, inbound: bool) -> Result<(), Denied> {
        if key_of_peer(peer).is_none() {
            return Err(Denied::Key);
        }
        if self.blocked.contains(peer) {
            return Err(Denied::Blocked);
        }
        let with_peer =
            self.inbound.values().chain(self.outbound.values()).filter(|other| *other == peer);
        if with_peer.count() >= MAX_CONNECTIONS_PER_PEER {
            return Err(Denied::PerPeer);
        }
        let strangers = self.inbound.values().filter(|other| self.is_stranger(other)).count();
        if inbound && self.is_stranger(peer) && strangers >= MAX_STRANGER_CONNECTIONS {
            return Err(Denied::Strangers);
        }
        Ok(())
    }
}

impl NetworkBehaviour for Gate {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        link: LinkId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        if self.pending_inbound.len() >= MAX_PENDING_CONNECTIONS {
            return Err(ConnectionDenied::new(Denied::Pending));
        }
        self.pending_inbound.insert(link);
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        link: LinkId,
        peer: PeerId,
        local: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending_inbound.remove(&link);
        if is_circuit(local) && self.is_stranger(&peer) {
            return Err(ConnectionDenied::new(Denied::Relayed));
        }
        self.admit(&peer, true).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        link: LinkId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        let is_own = self.own_dials.contains(&link);
        if is_own || peer.is_some_and(|peer| self.relays.contains(&peer)) {
            return Ok(Vec::new());
        }
        // Whoever asks may learn from where we dial: no strangers.
        let member =
            peer.filter(|peer| self.members.contains(peer) && !self.blocked.contains(peer));
        match member {
            Some(peer) if self.behests.may(Instant::now().into_std(), peer, addresses) => {
                Ok(Vec::new())
            }
            _ => Err(ConnectionDenied::new(Denied::Behest)),
        }
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: LinkId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(&peer, false).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is non-exhaustive")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(new) => {
                let links =
                    if new.endpoint.is_dialer() { &mut self.outbound } else { &mut self.inbound };
                links.insert(new.connection_id, new.peer_id);
            }
            FromSwarm::ConnectionClosed(closed) => {
                self.inbound.remove(&closed.connection_id);
                self.outbound.remove(&closed.connection_id);
            }
            FromSwarm::ListenFailure(failure) => {
                self.pending_inbound.remove(&failure.connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: LinkId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::address::peer_of_key;

    fn peer(name: u8) -> PeerId {
        let key = ed25519_dalek::SigningKey::from_bytes(&[name; 32]).verifying_key();
        peer_of_key(key.as_bytes()).unwrap()
    }

    fn connect(gate: &mut Gate, link: usize, peer: PeerId) -> Result<(), Denied> {
        gate.admit(&peer, true)?;
        gate.inbound.insert(LinkId::new_unchecked(link), peer);
        Ok(())
    }

    #[test]
    fn strangers_cannot_take_the_place_of_members() {
        let mut gate = Gate::default();
        gate.set_members(BTreeSet::from([peer(200)]));
        gate.add_known(peer(201));
        for name in 0..u8::try_from(MAX_STRANGER_CONNECTIONS).unwrap() {
            connect(&mut gate, name.into(), peer(name)).unwrap();
        }
        assert_eq!(connect(&mut gate, 300, peer(100)), Err(Denied::Strangers));
        assert_eq!(connect(&mut gate, 301, peer(200)), Ok(()));
        assert_eq!(connect(&mut gate, 302, peer(201)), Ok(()));
        gate.inbound.remove(&LinkId::new_unchecked(0));
        assert_eq!(connect(&mut gate, 303, peer(100)), Ok(()));
    }

    #[test]
    fn through_a_relay_only_members_come_in() {
        let mut gate = Gate::default();
        gate.set_members(BTreeSet::from([peer(1)]));
        let relay = format!("/ip4/192.0.2.1/tcp/1/p2p/{}/p2p-circuit", peer(3));
        let circuit: Multiaddr = relay.parse().unwrap();
        let mut come = |name, link| {
            let link = LinkId::new_unchecked(link);
            gate.handle_established_inbound_connection(link, peer(name), &circuit, &circuit).is_ok()
        };
        assert!(come(1, 1) && !come(2, 2));
        assert!(gate.roster.has(&peer(1)) && !gate.roster.has(&peer(2)));
    }

    #[test]
    fn only_members_have_us_dial_and_not_for_ever() {
        let mut gate = Gate::default();
        gate.set_members(BTreeSet::from([peer(1), peer(2)]));
        gate.set_blocked(BTreeSet::from([peer(2)]));
        gate.add_known(peer(4));
        let direct: Multiaddr = "/ip4/192.0.2.1/tcp/4101".parse().unwrap();
        let circuit = format!("{direct}/p2p/{}/p2p-circuit", peer(5)).parse().unwrap();
        let addresses = [direct];
        let dial = |gate: &mut Gate, link, name: Option<u8>| {
            let (link, name) = (LinkId::new_unchecked(link), name.map(peer));
            let role = Endpoint::Dialer;
            gate.handle_pending_outbound_connection(link, name, &addresses, role).is_ok()
        };
        assert!(dial(&mut gate, 1, Some(1)));
        for other in [Some(2), Some(3), Some(4), None] {
            assert!(!dial(&mut gate, 2, other), "{other:?}");
        }
        // What we have decided on ourselves is always possible, and once.
        gate.expect_dial(LinkId::new_unchecked(3), &[circuit]);
        assert!(dial(&mut gate, 3, Some(3)));
        gate.dial_began(LinkId::new_unchecked(3));
        assert!(!dial(&mut gate, 3, Some(3)));
        assert!(dial(&mut gate, 4, Some(5)), "its relay is dialled for us");
        let more = (10..100).filter(|link| dial(&mut gate, *link, Some(1))).count();
        assert!((1..20).contains(&more), "{more}");
    }

    #[test]
    fn one_peer_has_few_connections_and_a_blocked_one_none() {
        let mut gate = Gate::default();
        gate.set_members(BTreeSet::from([peer(1)]));
        for link in 0..MAX_CONNECTIONS_PER_PEER {
            connect(&mut gate, link, peer(1)).unwrap();
        }
        assert_eq!(connect(&mut gate, 9, peer(1)), Err(Denied::PerPeer));
        gate.set_blocked(BTreeSet::from([peer(2)]));
        assert_eq!(connect(&mut gate, 10, peer(2)), Err(Denied::Blocked));
        assert_eq!(gate.admit(&peer(2), false), Err(Denied::Blocked));
    }

    #[test]
    fn handshakes_at_once_are_bounded() {
        let mut gate = Gate::default();
        let address = Multiaddr::empty();
        let mut begin = |link| {
            let link = LinkId::new_unchecked(link);
            gate.handle_pending_inbound_connection(link, &address, &address)
        };
        for link in 0..MAX_PENDING_CONNECTIONS {
            begin(link).unwrap();
        }
        assert!(begin(MAX_PENDING_CONNECTIONS).is_err());
    }
}
