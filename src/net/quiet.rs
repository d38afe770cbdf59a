//! Identify that tells nobody at which other addresses we can be reached, and believes members only.
//!
//! By itself it tells everybody who connects all confirmed addresses: which partner relays for us
//! is none of their business. And it takes from everybody where they see us, as often as they like:
//! those who try whether we are reached keep each such address for ever, and hole punching tells
//! them to partners, who dial them.

use std::{
    collections::{BTreeMap, BTreeSet},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    identify,
    swarm::{
        ConnectionDenied, ConnectionId as LinkId, FromSwarm, NetworkBehaviour, THandler,
        THandlerInEvent, THandlerOutEvent, ToSwarm,
    },
};

use super::roster::Roster;

/// Addresses that one peer may see us at.
const MAX_SEEN_BY_ONE: usize = 8;
/// Addresses at which we were seen, that are told to those who use them. They keep them for ever.
const MAX_SEEN: usize = 64;

/// The behaviour.
pub(super) struct QuietIdentify {
    inner: identify::Behaviour,
    roster: Roster,
    seen: Seen,
    /// Whose word the addresses are that come next: identify gives them behind it.
    speaker: Option<PeerId>,
}

impl QuietIdentify {
    pub(super) fn new(inner: identify::Behaviour, roster: Roster) -> Self {
        Self { inner, roster, seen: Seen::default(), speaker: None }
    }
}

/// Where peers see us.
#[derive(Debug, Default)]
struct Seen {
    /// What peers say that are connected and no members; they may be known as such only later.
    waiting: BTreeMap<PeerId, BTreeSet<Multiaddr>>,
    /// What was told, by whom first.
    told: BTreeMap<Multiaddr, PeerId>,
}

impl Seen {
    /// A peer sees us at an address.
    fn waits(&mut self, by: PeerId, address: Multiaddr) {
        let waiting = self.waiting.entry(by).or_default();
        if waiting.len() < MAX_SEEN_BY_ONE {
            waiting.insert(address);
        }
    }

    fn gone(&mut self, peer: &PeerId) {
        self.waiting.remove(peer);
    }

    /// An address that may be told now.
    fn next(&mut self, is_member: impl Fn(&PeerId) -> bool) -> Option<Multiaddr> {
        loop {
            let (by, waiting) = self.waiting.iter_mut().find(|(by, _)| is_member(by))?;
            let by = *by;
            let Some(address) = waiting.pop_first() else {
                self.waiting.remove(&by);
                continue;
            };
            let known = self.told.contains_key(&address);
            let of_peer = self.told.values().filter(|other| **other == by).count();
            if known || (of_peer < MAX_SEEN_BY_ONE && self.told.len() < MAX_SEEN) {
                self.told.entry(address.clone()).or_insert(by);
                return Some(address);
            }
        }
    }
}

impl NetworkBehaviour for QuietIdentify {
    type ConnectionHandler = <identify::Behaviour as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = identify::Event;

    fn handle_established_inbound_connection(
        &mut self,
        link: LinkId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner.handle_established_inbound_connection(link, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        link: LinkId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner.handle_established_outbound_connection(link, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionClosed(closed) = &event
            && closed.remaining_established == 0
        {
            self.seen.gone(&closed.peer_id);
        }
        if !matches!(event, FromSwarm::ExternalAddrConfirmed(_)) {
            self.inner.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        link: LinkId,
        event: THandlerOutEvent<Self>,
    ) {
        self.inner.on_connection_handler_event(peer, link, event);
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        loop {
            if let Some(address) = self.seen.next(|peer| self.roster.has(peer)) {
                return Poll::Ready(ToSwarm::NewExternalAddrCandidate(address));
            }
            match self.inner.poll(context) {
                Poll::Ready(ToSwarm::NewExternalAddrCandidate(address)) => {
                    if let Some(speaker) = self.speaker {
                        self.seen.waits(speaker, address);
                    }
                }
                Poll::Ready(event) => {
                    if let ToSwarm::GenerateEvent(identify::Event::Received { peer_id, .. }) =
                        &event
                    {
                        self.speaker = Some(*peer_id);
                    }
                    return Poll::Ready(event);
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: usize) -> Multiaddr {
        format!("/ip4/192.0.2.1/tcp/{number}").parse().unwrap()
    }

    #[test]
    fn where_strangers_see_us_is_not_told_and_where_members_do_is_bounded() {
        let (mut seen, member, stranger) = (Seen::default(), PeerId::random(), PeerId::random());
        for number in 1..1000 {
            seen.waits(stranger, address(number));
        }
        assert_eq!(seen.next(|_| false), None);
        assert_eq!(seen.waiting.values().map(BTreeSet::len).sum::<usize>(), MAX_SEEN_BY_ONE);
        // Who becomes a member is believed from then on; a member has its share, and no more.
        let mut told = 0;
        for number in 2000..3000 {
            seen.waits(member, address(number));
            told += usize::from(seen.next(|peer| *peer == member).is_some());
        }
        assert_eq!(told, MAX_SEEN_BY_ONE);
        assert!(seen.next(|peer| *peer == stranger).is_some());
        // The same again is told again: it is still so.
        seen.waits(member, address(2000));
        assert_eq!(seen.next(|peer| *peer == member), Some(address(2000)));
        for _ in 0..100 {
            let other = PeerId::random();
            seen.waits(other, address(4000 + told));
            told += usize::from(seen.next(|peer| *peer == other).is_some());
        }
        assert!(seen.told.len() <= MAX_SEEN);
        seen.gone(&stranger);
        assert_eq!(seen.next(|_| true), None);
    }
}
