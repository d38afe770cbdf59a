//! A libp2p behaviour that opens and accepts plain streams, each tied to its connection.
//!
//! `libp2p-stream` does nearly this; but it names streams by peer only, opens them on a connection
//! of its own choice, dials by itself, and (0.5.0-alpha) keeps a channel for every connection that
//! ever was, so that a stranger who reconnects for long enough fills the memory.

mod handler;

use std::{
    collections::VecDeque,
    task::{Context, Poll},
    time::Duration,
};

use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol,
    core::{Endpoint, transport::PortUse},
    swarm::{
        ConnectionDenied, ConnectionId as LinkId, FromSwarm, NetworkBehaviour, NotifyHandler,
        THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
    },
};

use self::handler::{Handler, OpenStream, StreamOutcome};

/// What a stream is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Sync,
    Join,
}

impl Purpose {
    const ALL: [Self; 2] = [Self::Sync, Self::Join];

    const fn alone(self) -> &'static [Self] {
        match self {
            Self::Sync => &[Self::Sync],
            Self::Join => &[Self::Join],
        }
    }

    const fn protocol(self) -> StreamProtocol {
        match self {
            Self::Sync => StreamProtocol::new("/ceiba/sync/1"),
            Self::Join => StreamProtocol::new("/ceiba/join/1"),
        }
    }
}

/// Names an order to open a stream; its outcome repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(pub(super) u64);

/// A stream came to be, or did not. An order whose connection closes has no outcome.
#[derive(Debug)]
pub(super) enum StreamEvent {
    Inbound { peer: PeerId, link: LinkId, purpose: Purpose, stream: Stream },
    Outbound { ticket: Ticket, result: Result<Stream, String> },
}

/// The behaviour.
#[derive(Debug)]
pub(super) struct Streams {
    handshake: Duration,
    pending: VecDeque<ToSwarm<StreamEvent, OpenStream>>,
}

impl Streams {
    pub(super) fn new(handshake: Duration) -> Self {
        Self { handshake, pending: VecDeque::new() }
    }

    /// Orders a stream on a connection.
    pub(super) fn open(&mut self, peer: PeerId, link: LinkId, purpose: Purpose, ticket: Ticket) {
        self.pending.push_back(ToSwarm::NotifyHandler {
            peer_id: peer,
            handler: NotifyHandler::One(link),
            event: OpenStream { purpose, ticket },
        });
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = StreamEvent;

    fn handle_established_inbound_connection(
        &mut self,
        _: LinkId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::new(self.handshake))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: LinkId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::new(self.handshake))
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        link: LinkId,
        event: THandlerOutEvent<Self>,
    ) {
        self.pending.push_back(ToSwarm::GenerateEvent(match event {
            StreamOutcome::Inbound(purpose, stream) => {
                StreamEvent::Inbound { peer, link, purpose, stream }
            }
            StreamOutcome::Outbound(ticket, result) => StreamEvent::Outbound { ticket, result },
        }));
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        // Orders come between two polls of the swarm by its one task, so no waker is needed.
        self.pending.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}
