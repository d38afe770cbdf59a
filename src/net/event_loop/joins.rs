//! Requests to join, ours and others'.

use std::time::Duration;

use libp2p::{PeerId, Stream, swarm::ConnectionId as LinkId};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{EventLoop, Report};
use crate::net::{
    AddressError, JoinError, JoinRequestId, JoinResponder, MAX_JOIN_ANSWER_BYTES,
    MAX_JOIN_REQUEST_BYTES, NetEvent, TimeLimits, TransportKey,
    address::{key_of_peer, parse_with_peer},
    frame::{FrameError, read_frame, write_frame},
    streams::{Purpose, Ticket},
};

/// Requests of our own at once.
const MAX_OUTGOING_JOINS: usize = 4;

/// A request of ours whose stream is not open yet.
#[derive(Debug)]
pub(super) struct OutgoingJoin {
    /// The connection that is dialled, or on which the stream is ordered.
    link: LinkId,
    request: Vec<u8>,
    reply: oneshot::Sender<Result<Vec<u8>, JoinError>>,
}

impl EventLoop {
    pub(super) fn join(
        &mut self,
        address: &str,
        request: Vec<u8>,
        reply: oneshot::Sender<Result<Vec<u8>, JoinError>>,
    ) {
        match self.begin_join(address) {
            Ok((ticket, link)) => {
                self.joins.insert(ticket, OutgoingJoin { link, request, reply });
            }
            // Where sending a reply fails, here and below, the asker has given up.
            Err(error) => {
                let _given_up = reply.send(Err(error));
            }
        }
    }

    /// Orders a stream to the peer, on a connection that is there or is dialled.
    fn begin_join(&mut self, address: &str) -> Result<(Ticket, LinkId), JoinError> {
        let (address, peer) = parse_with_peer(address)?;
        if peer == self.own {
            return Err(AddressError::Own.into());
        }
        if self.joins.len() >= MAX_OUTGOING_JOINS {
            return Err(JoinError::Busy);
        }
        let ticket = self.next_ticket();
        if let Some(link) = self.newest_link(&peer) {
            self.swarm.behaviour_mut().streams.open(peer, link, Purpose::Join, ticket);
            return Ok((ticket, link));
        }
        let link = self.dial(peer, vec![address]).map_err(JoinError::Unreachable)?;
        Ok((ticket, link))
    }

    /// A connection is there: perhaps one that was dialled to join.
    pub(super) fn on_join_link(&mut self, peer: PeerId, link: LinkId) {
        for ticket in self.joins_on(link) {
            self.swarm.behaviour_mut().streams.open(peer, link, Purpose::Join, ticket);
        }
    }

    /// A connection broke, or was not made.
    pub(super) fn on_join_link_lost(&mut self, link: LinkId, reason: &str) {
        for ticket in self.joins_on(link) {
            if let Some(join) = self.joins.remove(&ticket) {
                let _given_up = join.reply.send(Err(JoinError::Unreachable(reason.to_owned())));
            }
        }
    }

    fn joins_on(&self, link: LinkId) -> Vec<Ticket> {
        let joins = self.joins.iter().filter(|(_, join)| join.link == link);
        joins.map(|(ticket, _)| *ticket).collect()
    }

    pub(super) fn on_join_opened(&mut self, ticket: Ticket, result: Result<Stream, String>) {
        let Some(OutgoingJoin { request, reply, .. }) = self.joins.remove(&ticket) else { return };
        let limits = self.config.time_limits.clone();
        match result {
            Ok(stream) => {
                self.tasks.spawn(async move {
                    let _given_up = reply.send(ask(stream, request, &limits).await);
                });
            }
            Err(reason) => {
                let _given_up = reply.send(Err(JoinError::Unreachable(reason)));
            }
        }
    }

    /// A peer opened a stream to join; without a free place it is dropped.
    pub(super) fn on_join_stream(&mut self, peer: PeerId, stream: Stream) {
        let full = self.joining.len() >= self.config.max_joins;
        let Some(key) = key_of_peer(&peer) else { return };
        if full || self.swarm.behaviour().gate.is_blocked(&peer) || !self.joining.insert(peer) {
            tracing::debug!(%peer, "no place for a request to join");
            return;
        }
        self.last_join_request = self.last_join_request.wrapping_add(1);
        let id = JoinRequestId(self.last_join_request);
        let (events, limits) = (self.events.clone(), self.config.time_limits.clone());
        let reporter = self.reporter.clone();
        self.tasks.spawn(async move {
            if let Err(error) = serve(stream, id, key, events, &limits).await {
                tracing::debug!(%peer, %error, "a request to join failed");
            }
            // An error says that the network is stopping.
            let _stopping = reporter.send(Report::JoinServed { peer }).await;
        });
    }
}

/// Sends our request and waits for the answer.
async fn ask(
    mut stream: Stream,
    request: Vec<u8>,
    limits: &TimeLimits,
) -> Result<Vec<u8>, JoinError> {
    let send = write_frame(&mut stream, &request, limits.join_transfer);
    within(limits.join_transfer, send).await.map_err(explain)?;
    let limit = MAX_JOIN_ANSWER_BYTES;
    let whole = limits.join_transfer.saturating_mul(2).saturating_add(limits.join_answer);
    let answer = read_frame(&mut stream, || limit, limits.join_transfer);
    within(whole, answer).await.map_err(explain)?.ok_or(JoinError::Refused)
}

fn explain(error: FrameError) -> JoinError {
    match error {
        FrameError::TooLarge { limit, .. } => JoinError::AnswerTooLarge { limit },
        FrameError::Stalled => JoinError::TimedOut,
        // A peer that refuses drops the stream, in the midst of our request or before its answer.
        FrameError::Io(_) => JoinError::Refused,
    }
}

/// Takes a peer's request, lets it be answered, and sends the answer.
async fn serve(
    mut stream: Stream,
    id: JoinRequestId,
    key: TransportKey,
    events: mpsc::Sender<NetEvent>,
    limits: &TimeLimits,
) -> Result<(), FrameError> {
    let request = read_frame(&mut stream, || MAX_JOIN_REQUEST_BYTES, limits.join_transfer);
    let Some(bytes) = within(limits.join_transfer, request).await? else { return Ok(()) };
    let (answer, answered) = oneshot::channel();
    let event = NetEvent::JoinRequest { id, key, bytes, responder: JoinResponder { answer } };
    let decide = async {
        events.send(event).await.ok()?;
        answered.await.ok()
    };
    let Ok(Some(answer)) = timeout(limits.join_answer, decide).await else { return Ok(()) };
    if answer.len() > MAX_JOIN_ANSWER_BYTES {
        tracing::error!(bytes = answer.len(), "an answer to a request to join is too large");
        return Ok(());
    }
    let finish = async {
        write_frame(&mut stream, &answer, limits.join_transfer).await?;
        Ok(futures::AsyncWriteExt::close(&mut stream).await?)
    };
    within(limits.join_transfer, finish).await
}

/// A limit for a whole exchange: unlike sync, a request to join is small.
async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, FrameError>>,
) -> Result<T, FrameError> {
    timeout(limit, work).await.map_err(|_elapsed| FrameError::Stalled)?
}
