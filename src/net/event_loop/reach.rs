//! Being reached where nobody can call in: nearby, through a partner's relay, through a NAT.

use std::collections::{BTreeMap, BTreeSet};

use libp2p::{
    Multiaddr, PeerId,
    autonat::{self, OutboundProbeError, ResponseError},
    core::transport::ListenerId,
    identify, mdns,
    multiaddr::Protocol,
    relay,
};

use super::EventLoop;
use crate::net::{
    NetEvent, Reach,
    address::{is_circuit, parse_for},
    verdicts::Verdicts,
};

/// Relays at which we are reachable at once.
const MAX_RESERVATIONS: usize = 2;
/// Addresses that may be known of what is nearby; whoever floods the network with more makes us
/// stop listening to it.
const MAX_NEARBY: usize = 256;

/// What is known of how we can be reached.
#[derive(Debug, Default)]
pub(super) struct Reachability {
    reach: Reach,
    /// What it is as long as nobody has told.
    assumed: Reach,
    verdicts: Verdicts,
    /// Peers that are connected and have said what they can do, and whether they relay. Who they
    /// are may be known only later.
    identified: BTreeMap<PeerId, bool>,
    /// Where we wait for calls.
    reserved: Vec<(PeerId, ListenerId)>,
}

impl Reachability {
    pub(super) fn new(reach: Reach) -> Self {
        Self { reach, assumed: reach, ..Self::default() }
    }
}

impl EventLoop {
    /// Somebody nearby says who it is. Nobody has proven anything yet: members are dialled at the
    /// address, where they must; others never.
    pub(super) fn on_nearby(&mut self, event: mdns::Event) {
        let found = match event {
            mdns::Event::Discovered(found) => found,
            mdns::Event::Expired(gone) => return self.forget_nearby(&gone),
        };
        for (peer, address) in found {
            let gate = &self.swarm.behaviour().gate;
            if peer == self.own || !gate.is_member(&peer) || gate.is_blocked(&peer) {
                continue;
            }
            if let Ok(address) = parse_for(&address.to_string(), &peer) {
                self.on_member_nearby(peer, address);
            }
        }
        let behaviour = self.swarm.behaviour_mut();
        let known = behaviour.nearby.as_ref().map_or(0, |it| it.discovered_nodes().len());
        if known > MAX_NEARBY {
            tracing::warn!("too many nodes nearby: no longer looked for");
            behaviour.nearby = None.into();
        }
    }

    /// A peer says what it can do: a member may relay for us, and may tell whether we are reached.
    pub(super) fn on_identified(&mut self, event: identify::Event) {
        let identify::Event::Received { peer_id: peer, info, .. } = event else { return };
        if self.config.use_relays && self.newest_link(&peer).is_some() {
            let relays = info.protocols.contains(&relay::HOP_PROTOCOL_NAME);
            self.reachability.identified.insert(peer, relays);
            self.judge_reach();
            self.use_members();
        }
    }

    /// Asks members that are connected whether we can be reached, and their relays for a place.
    pub(super) fn use_members(&mut self) {
        let behaviour = self.swarm.behaviour_mut();
        if let Some(reach) = behaviour.reach.as_mut().filter(|_| !self.config.metered) {
            let identified = self.reachability.identified.keys();
            let members = identified.filter(|peer| behaviour.gate.is_member(peer));
            members.for_each(|peer| reach.add_server(*peer, None));
        }
        self.reserve();
    }

    /// A peer has no connection any more.
    pub(super) fn on_peer_gone(&mut self, peer: &PeerId) {
        self.reachability.identified.remove(peer);
        if let Some(reach) = self.swarm.behaviour_mut().reach.as_mut() {
            reach.remove_server(peer);
        }
    }

    /// Whether we can be reached is known, or is known no more.
    pub(super) fn on_reach(&mut self, event: autonat::Event) {
        let autonat::Event::OutboundProbe(probe) = event else { return };
        let (by, came_through) = match probe {
            autonat::OutboundProbeEvent::Response { peer, .. } => (peer, true),
            autonat::OutboundProbeEvent::Error {
                peer: Some(peer),
                error: OutboundProbeError::Response(ResponseError::DialError),
                ..
            } => (peer, false),
            autonat::OutboundProbeEvent::Request { .. }
            | autonat::OutboundProbeEvent::Error { .. } => return,
        };
        if self.swarm.behaviour().gate.is_member(&by) {
            tracing::debug!(%by, came_through, "reachability");
            self.reachability.verdicts.told(by, came_through);
            self.judge_reach();
        }
    }

    fn judge_reach(&mut self) {
        let Reachability { verdicts, assumed, .. } = &self.reachability;
        // Nobody is asked over a link that is paid for, and what comes late is of another; a place
        // at a relay costs little.
        let reach = if self.config.metered { Reach::Closed } else { verdicts.reach(*assumed) };
        if std::mem::replace(&mut self.reachability.reach, reach) != reach {
            self.notify(NetEvent::Reach(reach));
        }
        self.reserve();
    }

    /// Waits for calls at partners' relays, if nobody can call us otherwise.
    fn reserve(&mut self) {
        if self.reachability.reach != Reach::Closed {
            return;
        }
        let gate = &self.swarm.behaviour().gate;
        let relays = self.reachability.identified.iter().filter(|(_, relays)| **relays);
        let relays = relays.map(|(peer, _)| *peer).filter(|peer| gate.is_member(peer));
        for relay in relays.collect::<Vec<_>>() {
            let taken = self.reachability.reserved.iter().any(|(peer, _)| *peer == relay);
            if taken || self.reachability.reserved.len() >= MAX_RESERVATIONS {
                continue;
            }
            let Some(address) = self.address_of_relay(&relay) else { continue };
            self.swarm.behaviour_mut().gate.expect_relay(relay);
            let circuit = address.with(Protocol::P2p(relay)).with(Protocol::P2pCircuit);
            match self.swarm.listen_on(circuit) {
                Ok(listener) => self.reachability.reserved.push((relay, listener)),
                Err(error) => tracing::debug!(%error, "no place at a relay"),
            }
        }
    }

    /// Where others reach a relay to which we are connected: where we dialled it, or else where it
    /// is known to listen.
    fn address_of_relay(&self, relay: &PeerId) -> Option<Multiaddr> {
        let links = self.links.values().filter(|link| link.peer == *relay && !link.relayed);
        let dialled = links.filter(|link| link.outbound).map(|link| link.address.clone());
        let known = self.known_addresses(relay);
        let usable = dialled.chain(known).filter_map(|it| parse_for(&it, relay).ok());
        let connected = self.newest_link(relay).is_some();
        { usable }.find(|address| !is_circuit(address)).filter(|_| connected)
    }

    /// A relay no longer keeps our place, or has gone.
    pub(super) fn on_listener_closed(&mut self, listener: ListenerId) {
        // It is asked again when it says again what it can do, or members change.
        self.reachability.reserved.retain(|(_, id)| *id != listener);
    }

    /// Members that no longer are: they lose their places at our relay with their connections, and
    /// we leave theirs.
    pub(super) fn on_members_left(&mut self, left: &BTreeSet<PeerId>) {
        for peer in left {
            if let Some(reach) = self.swarm.behaviour_mut().reach.as_mut() {
                reach.remove_server(peer);
            }
            self.reachability.verdicts.forget(peer);
            self.forget_all_nearby(peer);
            let reserved = self.reachability.reserved.iter().find(|(relay, _)| relay == peer);
            if let Some((_, listener)) = reserved.copied() {
                self.swarm.remove_listener(listener);
            }
            if self.config.serve_relay && self.swarm.disconnect_peer_id(*peer).is_ok() {
                tracing::debug!(%peer, "no longer relayed for");
            }
        }
    }

    /// The link is paid for, or no longer: nothing is relayed for others over it, and to be tried
    /// costs several handshakes.
    pub(super) fn set_metered(&mut self, on: bool) {
        if std::mem::replace(&mut self.config.metered, on) != on {
            // Another link, most likely: what was told of the one before says nothing of it.
            self.reachability.verdicts = Verdicts::default();
        }
        self.swarm.behaviour().gate.close_relay(on);
        if on && let Some(reach) = self.swarm.behaviour_mut().reach.as_mut() {
            self.reachability.identified.keys().for_each(|peer| reach.remove_server(peer));
        }
        self.judge_reach();
        self.use_members();
    }

    /// A direct connection with a peer whose session goes through a relay: the session moves.
    pub(super) fn upgrade(&mut self, peer: PeerId, link: super::LinkId) {
        let relayed = self.session_is_relayed(&peer);
        let direct = self.links.get(&link).is_some_and(|link| !link.relayed && link.outbound);
        if relayed && direct && !self.openings.contains_key(&peer) {
            self.open_sync(peer, link);
        }
    }
}
