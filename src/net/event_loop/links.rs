//! Connections below the sessions: what the swarm reports.

use libp2p::{
    PeerId,
    core::ConnectedPoint,
    ping,
    swarm::{ConnectionId as LinkId, DialError, SwarmEvent},
};

use super::EventLoop;
use crate::net::{
    NetEvent,
    address::is_circuit,
    streams::{Purpose, StreamEvent},
    transport::BehaviourEvent,
};

/// One connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) peer: PeerId,
    pub(super) address: String,
    pub(super) outbound: bool,
    pub(super) relayed: bool,
}

impl EventLoop {
    #[expect(clippy::wildcard_enum_match_arm, reason = "`SwarmEvent` is non-exhaustive")]
    pub(super) fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour_event(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_link(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                let cause = cause.map_or_else(|| "closed".to_owned(), |cause| cause.to_string());
                self.on_link_closed(peer_id, connection_id, &cause);
            }
            SwarmEvent::OutgoingConnectionError { connection_id, peer_id, error } => {
                self.on_dial_failed(peer_id, connection_id, &explain(&error));
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                tracing::debug!(%address, "listening");
                if self.config.serve_relay && !is_circuit(&address) {
                    // A relay tells those who wait at it where it is called.
                    self.swarm.add_external_address(address.clone());
                }
                self.notify(NetEvent::Listening { address: address.to_string() });
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => {
                self.notify(NetEvent::NotListening { address: address.to_string() });
            }
            SwarmEvent::ListenerClosed { listener_id, reason, .. } => {
                if let Err(error) = reason {
                    tracing::warn!(%error, "stopped to listen on an address");
                }
                self.on_listener_closed(listener_id);
            }
            other => tracing::trace!(?other, "swarm"),
        }
    }

    fn on_behaviour_event(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Streams(StreamEvent::Inbound { peer, link, purpose, stream }) => {
                match purpose {
                    Purpose::Sync => self.on_sync_stream(peer, link, stream),
                    Purpose::Join => self.on_join_stream(peer, stream),
                }
            }
            BehaviourEvent::Streams(StreamEvent::Outbound { ticket, result }) => {
                if self.joins.contains_key(&ticket) {
                    self.on_join_opened(ticket, result);
                } else {
                    self.on_sync_opened(ticket, result);
                }
            }
            BehaviourEvent::Ping(ping::Event { connection, result: Err(failure), .. }) => {
                // A peer need not serve ping; but one that does and falls silent is gone.
                if !matches!(failure, ping::Failure::Unsupported) {
                    tracing::debug!(%failure, "a peer is silent");
                    self.swarm.close_connection(connection);
                }
            }
            BehaviourEvent::Identify(event) => self.on_identified(event),
            BehaviourEvent::Nearby(event) => self.on_nearby(event),
            BehaviourEvent::Reach(event) => self.on_reach(event),
            BehaviourEvent::Relay(event) => tracing::debug!(?event, "relay"),
            BehaviourEvent::Relayed(event) => tracing::debug!(?event, "relayed"),
            BehaviourEvent::Punch(event) => tracing::debug!(?event, "hole punching"),
            BehaviourEvent::Ping(_) => {}
            BehaviourEvent::Gate(never) => match never {},
        }
    }

    fn on_link(&mut self, peer: PeerId, link: LinkId, endpoint: &ConnectedPoint) {
        let address = endpoint.get_remote_address().to_string();
        tracing::debug!(%peer, %address, outbound = endpoint.is_dialer(), "connection");
        let (outbound, relayed) = (endpoint.is_dialer(), endpoint.is_relayed());
        self.links.insert(link, Link { peer, address, outbound, relayed });
        self.upgrade(peer, link);
        if let Some(known) = self.peers.get_mut(&peer) {
            if known.is_dialing(link) {
                known.dialed();
            }
            self.attempt(peer);
        }
        self.on_join_link(peer, link);
    }

    fn on_link_closed(&mut self, peer: PeerId, link: LinkId, cause: &str) {
        tracing::debug!(%peer, cause, "connection closed");
        self.links.remove(&link);
        if self.newest_link(&peer).is_none() {
            self.on_peer_gone(&peer);
        }
        if self.openings.get(&peer).is_some_and(|opening| opening.link == link) {
            self.openings.remove(&peer);
            self.failed(peer, format!("connection lost: {cause}"));
        }
        self.on_join_link_lost(link, cause);
    }

    fn on_dial_failed(&mut self, peer: Option<PeerId>, link: LinkId, reason: &str) {
        if let Some(peer) = peer
            && let Some(known) = self.peers.get_mut(&peer)
            && known.is_dialing(link)
        {
            known.dialed();
            if !self.sessions.contains_key(&peer) {
                self.failed(peer, reason.to_owned());
            }
        }
        self.on_join_link_lost(link, reason);
    }

    /// The connection with a peer that was made last, a direct one if there is any.
    pub(super) fn newest_link(&self, peer: &PeerId) -> Option<LinkId> {
        let links = self.links.iter().filter(|(_, link)| link.peer == *peer);
        links.max_by_key(|(id, link)| (!link.relayed, **id)).map(|(id, _)| *id)
    }
}

/// A failed dial in one line; libp2p's text of a transport error spans several.
#[expect(clippy::wildcard_enum_match_arm, reason = "the texts of the others are good as they are")]
fn explain(error: &DialError) -> String {
    match error {
        DialError::Transport(attempts) => attempts
            .iter()
            .map(|(address, error)| {
                let address = address.to_string();
                let alone = address.split("/p2p/").next().unwrap_or_default();
                format!("{alone}: {}", root_cause(error))
            })
            .collect::<Vec<_>>()
            .join("; "),
        DialError::WrongPeerId { .. } => "another device answers at this address".to_owned(),
        other => other.to_string(),
    }
}

/// The innermost error that says anything: the layers around it repeat it, or say nothing.
fn root_cause(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts = causes.map(ToString::to_string).filter(|text| !text.trim().is_empty());
    texts.last().unwrap_or_else(|| "no connection".to_owned())
}
