//! Peers that were added: dialled, and dialled again.

use std::time::Duration;

use libp2p::{
    Multiaddr, PeerId,
    swarm::{
        ConnectionId as LinkId,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::time::Instant;

use super::EventLoop;
use crate::net::{
    AddressError, MAX_ADDRESSES_PER_PEER, MAX_KNOWN_PEERS, NetEvent, PeerState, PeerStatus,
    TransportKey,
    address::{is_circuit, is_local, key_of_peer, parse_for, peer_of_key},
    backoff::Backoff,
};

/// Addresses of one peer that were heard nearby.
const MAX_NEARBY_ADDRESSES: usize = 2;
/// How often ever new addresses that are heard of one peer are dialled at once.
const NEARBY_DIAL_EVERY: Duration = Duration::from_secs(10);

/// A peer with which a session is wanted.
#[derive(Debug, Default)]
pub(super) struct KnownPeer {
    addresses: Vec<Multiaddr>,
    nearby: Nearby,
    backoff: Backoff,
    next_attempt: Option<Instant>,
    dialing: Option<LinkId>,
    /// Whether new addresses were dialled beside an attempt that was under way.
    hurried: bool,
    last_error: Option<String>,
}

/// Where a peer was heard nearby. Nobody has proven anything: these addresses take no place of
/// others, and are dialled now and then only.
#[derive(Debug, Default)]
pub(super) struct Nearby {
    /// The last that were heard.
    addresses: Vec<Multiaddr>,
    dialled: Option<Instant>,
}

impl Nearby {
    /// Takes an address that was heard; whether it shall be dialled at once.
    fn hears(&mut self, now: Instant, address: Multiaddr) -> bool {
        if is_circuit(&address) || !is_local(&address) || self.addresses.contains(&address) {
            return false;
        }
        self.addresses.insert(0, address);
        self.addresses.truncate(MAX_NEARBY_ADDRESSES);
        let soon = self.dialled.is_some_and(|at| now.duration_since(at) < NEARBY_DIAL_EVERY);
        if !soon {
            self.dialled = Some(now);
        }
        !soon
    }
}

impl KnownPeer {
    /// All at which it is dialled.
    fn all_addresses(&self) -> Vec<Multiaddr> {
        self.nearby.addresses.iter().chain(&self.addresses).cloned().collect()
    }

    pub(super) fn next_attempt(&self) -> Option<Instant> {
        self.next_attempt
    }

    pub(super) fn is_dialing(&self, link: LinkId) -> bool {
        self.dialing == Some(link)
    }

    pub(super) fn dialed(&mut self) {
        self.dialing = None;
        self.hurried = false;
    }
}

impl EventLoop {
    pub(super) fn add_peer(
        &mut self,
        key: TransportKey,
        addresses: &[String],
    ) -> Result<(), AddressError> {
        let peer = peer_of_key(&key).ok_or(AddressError::Key)?;
        if peer == self.own {
            return Err(AddressError::Own);
        }
        if addresses.len() > MAX_ADDRESSES_PER_PEER {
            let what = "addresses of one peer";
            return Err(AddressError::TooMany { what, limit: MAX_ADDRESSES_PER_PEER });
        }
        if self.peers.len() >= MAX_KNOWN_PEERS && !self.peers.contains_key(&peer) {
            return Err(AddressError::TooMany { what: "peers", limit: MAX_KNOWN_PEERS });
        }
        let addresses: Result<_, _> =
            addresses.iter().map(|address| parse_for(address, &peer)).collect();
        let addresses: Vec<Multiaddr> = addresses?;
        let known = self.peers.entry(peer).or_default();
        let before = std::mem::replace(&mut known.addresses, addresses.clone());
        let stuck = known.dialing.is_some() && !known.hurried;
        self.swarm.behaviour_mut().gate.add_known(peer);
        self.dial_now(peer);
        if stuck {
            self.hurry(peer, addresses.into_iter().filter(|it| !before.contains(it)).collect());
        }
        Ok(())
    }

    /// A member was heard nearby.
    pub(super) fn on_member_nearby(&mut self, peer: PeerId, address: Multiaddr) {
        if self.peers.len() >= MAX_KNOWN_PEERS && !self.peers.contains_key(&peer) {
            return;
        }
        let known = self.peers.entry(peer).or_default();
        let dials = known.nearby.hears(Instant::now(), address) && known.dialing.is_none();
        let addresses = known.nearby.addresses.clone();
        let under_way = self.sessions.contains_key(&peer) || self.openings.contains_key(&peer);
        if dials
            && !under_way
            && let Ok(link) = self.dial(peer, addresses)
        {
            self.set_dialing(peer, link);
        }
    }

    /// Who is no member is dialled nowhere nearby.
    pub(super) fn forget_all_nearby(&mut self, peer: &PeerId) {
        if let Some(known) = self.peers.get_mut(peer) {
            known.nearby = Nearby::default();
        }
    }

    /// Who was heard nearby has not been heard any more.
    pub(super) fn forget_nearby(&mut self, gone: &[(PeerId, Multiaddr)]) {
        for (peer, address) in gone {
            if let Some(known) = self.peers.get_mut(peer)
                && let Ok(address) = parse_for(&address.to_string(), peer)
            {
                known.nearby.addresses.retain(|it| *it != address);
            }
        }
    }

    /// Dials new addresses beside an attempt that is under way: it may be at addresses where nobody
    /// is any more, and over QUIC that shows only when the time is up. Once an attempt, so that a
    /// peer that names ever new addresses gains nothing.
    fn hurry(&mut self, peer: PeerId, fresh: Vec<Multiaddr>) {
        let under_way = self.sessions.contains_key(&peer) || self.openings.contains_key(&peer);
        let barred = self.swarm.behaviour().gate.is_blocked(&peer);
        if fresh.is_empty() || under_way || barred {
            return;
        }
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.hurried = true;
        if let Ok(link) = self.dial(peer, fresh) {
            self.set_dialing(peer, link);
        }
    }

    pub(super) fn remove_peer(&mut self, key: &TransportKey) {
        if let Some(peer) = peer_of_key(key) {
            self.peers.remove(&peer);
            self.swarm.behaviour_mut().gate.remove_known(&peer);
        }
    }

    /// Tries now, and begins with short pauses again.
    pub(super) fn dial_now(&mut self, peer: PeerId) {
        if let Some(known) = self.peers.get_mut(&peer) {
            known.backoff = Backoff::default();
            self.attempt(peer);
        }
    }

    pub(super) fn attempt_due(&mut self, now: Instant) {
        let due = |known: &KnownPeer| known.next_attempt.is_some_and(|at| at <= now);
        let due: Vec<PeerId> =
            self.peers.iter().filter(|(_, known)| due(known)).map(|(peer, _)| *peer).collect();
        for peer in due {
            self.attempt(peer);
        }
    }

    /// Works towards a session with a known peer, unless one is there or on its way.
    pub(super) fn attempt(&mut self, peer: PeerId) {
        let under_way = self.sessions.contains_key(&peer) || self.openings.contains_key(&peer);
        let barred = self.swarm.behaviour().gate.is_blocked(&peer);
        let link = self.newest_link(&peer);
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.next_attempt = None;
        if under_way || barred {
            return;
        }
        if let Some(link) = link {
            self.open_sync(peer, link);
        } else if known.dialing.is_none() && !known.all_addresses().is_empty() {
            let addresses = known.all_addresses();
            match self.dial(peer, addresses) {
                Ok(link) => self.set_dialing(peer, link),
                Err(reason) => self.failed(peer, reason),
            }
        }
    }

    fn set_dialing(&mut self, peer: PeerId, link: LinkId) {
        if let Some(known) = self.peers.get_mut(&peer) {
            known.dialing = Some(link);
        }
    }

    /// Dials from a fresh port: from the port that we listen on, two peers that dial at once can
    /// meet in one TCP connection, in which neither takes the answering part of the handshake.
    pub(super) fn dial(
        &mut self,
        peer: PeerId,
        addresses: Vec<Multiaddr>,
    ) -> Result<LinkId, String> {
        let expected = addresses.clone();
        let options = DialOpts::peer_id(peer)
            .condition(PeerCondition::Always)
            .addresses(addresses)
            .allocate_new_port()
            .build();
        let link = options.connection_id();
        self.swarm.behaviour_mut().gate.expect_dial(link, &expected);
        let began = self.swarm.dial(options).map_err(|error| error.to_string());
        self.swarm.behaviour_mut().gate.dial_began(link);
        began.map(|()| link)
    }

    /// A session with a known peer did not come to be, or broke: tries again later.
    pub(super) fn failed(&mut self, peer: PeerId, reason: String) {
        tracing::debug!(%peer, %reason, "no session");
        if self.pause(peer, &reason, false)
            && let Some(key) = key_of_peer(&peer)
        {
            self.notify(NetEvent::DialFailed { key, reason });
        }
    }

    /// Sets the next attempt; false when the peer is not known.
    pub(super) fn pause(&mut self, peer: PeerId, reason: &str, was_stable: bool) -> bool {
        let Some(known) = self.peers.get_mut(&peer) else { return false };
        if was_stable {
            known.backoff = Backoff::default();
        }
        let pause = known.backoff.pause(&self.config.backoff, &mut self.rng);
        known.next_attempt = Some(Instant::now() + pause);
        known.last_error = Some(reason.to_owned());
        true
    }

    /// A session is there, whoever opened it.
    pub(super) fn reached(&mut self, peer: &PeerId) {
        if let Some(known) = self.peers.get_mut(peer) {
            known.next_attempt = None;
            known.last_error = None;
        }
    }

    /// Where a peer is dialled.
    pub(super) fn known_addresses(&self, peer: &PeerId) -> Vec<String> {
        let known = self.peers.get(peer).map(|known| known.addresses.as_slice());
        known.unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    pub(super) fn peer_statuses(&self) -> Vec<PeerStatus> {
        let mut statuses: Vec<PeerStatus> = self
            .peers
            .keys()
            .chain(self.sessions.keys().filter(|peer| !self.peers.contains_key(peer)))
            .filter_map(|peer| self.peer_status(peer))
            .collect();
        statuses.sort_by_key(|status| status.key);
        statuses
    }

    fn peer_status(&self, peer: &PeerId) -> Option<PeerStatus> {
        let known = self.peers.get(peer);
        let dialing = known.is_some_and(|known| known.dialing.is_some());
        let state = if let Some(session) = self.sessions.get(peer) {
            session.state()
        } else if dialing || self.openings.contains_key(peer) {
            PeerState::Connecting
        } else if let Some(at) = known.and_then(KnownPeer::next_attempt) {
            PeerState::Waiting { next_attempt: at.saturating_duration_since(Instant::now()) }
        } else {
            PeerState::Idle
        };
        Some(PeerStatus {
            key: key_of_peer(peer)?,
            addresses: known
                .map(|known| known.addresses.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            state,
            last_error: known.and_then(|known| known.last_error.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_nearby_takes_no_place_of_what_is_known() {
        let known: Multiaddr = "/ip4/203.0.113.9/tcp/4101".parse().unwrap();
        let mut peer = KnownPeer { addresses: vec![known.clone()], ..KnownPeer::default() };
        let begin = Instant::now();
        let mut dials = 0;
        for number in 0..60_u32 {
            let heard = format!("/ip4/192.168.1.{number}/tcp/4101").parse().unwrap();
            let now = begin + Duration::from_millis(500) * number;
            dials += usize::from(peer.nearby.hears(now, heard));
        }
        assert_eq!(dials, 3, "once in ten seconds");
        assert_eq!(peer.all_addresses().len(), MAX_NEARBY_ADDRESSES + 1);
        assert!(peer.all_addresses().contains(&known));
        // Nothing that is elsewhere, asks a resolver, or goes through a relay.
        let relay = PeerId::random();
        for text in [
            "/ip4/198.51.100.7/tcp/443".to_owned(),
            "/dns4/evil.example.org/tcp/443".to_owned(),
            format!("/ip4/192.168.1.99/tcp/1/p2p/{relay}/p2p-circuit"),
        ] {
            let later = begin + Duration::from_secs(600);
            assert!(!peer.nearby.hears(later, text.parse().unwrap()), "{text}");
        }
    }
}
