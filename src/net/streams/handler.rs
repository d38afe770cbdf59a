//! The part of [`Streams`](super::Streams) that lives with one connection.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
    time::Duration,
};

use libp2p::{
    InboundUpgrade, OutboundUpgrade, Stream, StreamProtocol,
    core::UpgradeInfo,
    swarm::{
        ConnectionHandler, ConnectionHandlerEvent, StreamUpgradeError, SubstreamProtocol,
        handler::{ConnectionEvent, DialUpgradeError},
    },
};

use super::{Purpose, Ticket};

/// Streams that a peer may have opened before the event loop has looked at them.
const MAX_UNSEEN_STREAMS: usize = 4;

/// An order to open a stream.
#[derive(Debug)]
pub(in crate::net) struct OpenStream {
    pub(super) purpose: Purpose,
    pub(super) ticket: Ticket,
}

/// What came of a stream.
#[derive(Debug)]
pub(in crate::net) enum StreamOutcome {
    Inbound(Purpose, Stream),
    Outbound(Ticket, Result<Stream, String>),
}

/// The handler of one connection.
#[derive(Debug)]
pub(in crate::net) struct Handler {
    handshake: Duration,
    orders: VecDeque<OpenStream>,
    outcomes: VecDeque<StreamOutcome>,
}

impl Handler {
    pub(super) fn new(handshake: Duration) -> Self {
        Self { handshake, orders: VecDeque::new(), outcomes: VecDeque::new() }
    }

    fn take_inbound(&mut self, purpose: Purpose, stream: Stream) {
        if self.outcomes.len() < MAX_UNSEEN_STREAMS {
            self.outcomes.push_back(StreamOutcome::Inbound(purpose, stream));
        } else {
            tracing::debug!(?purpose, "too many streams at once, dropped one");
        }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = OpenStream;
    type ToBehaviour = StreamOutcome;
    type InboundProtocol = Negotiation;
    type OutboundProtocol = Negotiation;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Ticket;

    fn listen_protocol(&self) -> SubstreamProtocol<Negotiation> {
        SubstreamProtocol::new(Negotiation { purposes: &Purpose::ALL }, ())
            .with_timeout(self.handshake)
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Negotiation, Ticket, StreamOutcome>> {
        // Both queues are filled only by the connection's own task, which polls again afterwards.
        if let Some(outcome) = self.outcomes.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(outcome));
        }
        let Some(OpenStream { purpose, ticket }) = self.orders.pop_front() else {
            return Poll::Pending;
        };
        let protocol = SubstreamProtocol::new(Negotiation { purposes: purpose.alone() }, ticket)
            .with_timeout(self.handshake);
        Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol })
    }

    fn on_behaviour_event(&mut self, order: OpenStream) {
        self.orders.push_back(order);
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is non-exhaustive")]
    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Negotiation, Negotiation, (), Ticket>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(inbound) => {
                let (purpose, stream) = inbound.protocol;
                self.take_inbound(purpose, stream);
            }
            ConnectionEvent::FullyNegotiatedOutbound(outbound) => {
                let (_purpose, stream) = outbound.protocol;
                self.outcomes.push_back(StreamOutcome::Outbound(outbound.info, Ok(stream)));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => {
                self.outcomes.push_back(StreamOutcome::Outbound(info, Err(explain(error))));
            }
            _ => {}
        }
    }
}

fn explain(error: StreamUpgradeError<Infallible>) -> String {
    match error {
        StreamUpgradeError::Timeout => "the peer did not answer in time".into(),
        StreamUpgradeError::NegotiationFailed => "the peer speaks another protocol".into(),
        StreamUpgradeError::Io(error) => error.to_string(),
        StreamUpgradeError::Apply(never) => match never {},
    }
}

/// Agrees on one of our protocols; the stream is then ours as it is.
#[derive(Debug)]
pub(in crate::net) struct Negotiation {
    purposes: &'static [Purpose],
}

/// A protocol's name that remembers what it is for.
#[derive(Debug, Clone)]
pub(in crate::net) struct Named(Purpose, StreamProtocol);

impl AsRef<str> for Named {
    fn as_ref(&self) -> &str {
        self.1.as_ref()
    }
}

impl UpgradeInfo for Negotiation {
    type Info = Named;
    type InfoIter = Vec<Named>;

    fn protocol_info(&self) -> Vec<Named> {
        self.purposes.iter().map(|purpose| Named(*purpose, purpose.protocol())).collect()
    }
}

impl InboundUpgrade<Stream> for Negotiation {
    type Output = (Purpose, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, info: Named) -> Self::Future {
        ready(Ok((info.0, stream)))
    }
}

impl OutboundUpgrade<Stream> for Negotiation {
    type Output = (Purpose, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, info: Named) -> Self::Future {
        ready(Ok((info.0, stream)))
    }
}
