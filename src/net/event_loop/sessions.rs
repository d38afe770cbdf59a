//! Sync sessions: at most one for each peer.
//!
//! Either side may open the stream. When both do at once, the stream of the side with the lower
//! transport key stands. A peer that opens a stream while we have a session has lost that session
//! without our notice: the new one takes its place, unless the old one is so young that the two
//! have crossed on their way.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use libp2p::{PeerId, Stream, swarm::ConnectionId as LinkId};
use tokio::{sync::oneshot, time::Instant};

use super::{EventLoop, Report};
use crate::{
    model::limits::MAX_FRAME_BYTES,
    net::{
        ConnectionId, DisconnectReason, NetEvent, PeerState, StrangerPolicy,
        address::key_of_peer,
        session::{Ended, SessionTask, read_verdict, send_verdict, verdict},
        streams::{Purpose, Ticket},
    },
};

/// A sync stream of ours that the peer has not answered yet.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) ticket: Ticket,
    pub(super) link: LinkId,
}

/// A session, as the loop sees it.
#[derive(Debug)]
pub(super) struct Session {
    connection: ConnectionId,
    link: LinkId,
    begin: Instant,
    frame_limit: Arc<AtomicUsize>,
    stranger_until: Option<Instant>,
    /// Taken when the session was told to close; closed when it ended by itself.
    close: Option<oneshot::Sender<DisconnectReason>>,
    /// Resolves when the end of the session has been reported.
    done: oneshot::Receiver<()>,
}

impl Session {
    pub(super) fn stranger_until(&self) -> Option<Instant> {
        self.stranger_until.filter(|_| !self.is_ending())
    }

    pub(super) fn connection(&self) -> ConnectionId {
        self.connection
    }

    pub(super) fn state(&self) -> PeerState {
        PeerState::Connected { connection: self.connection, since: self.begin.elapsed() }
    }

    fn is_ending(&self) -> bool {
        self.close.as_ref().is_none_or(oneshot::Sender::is_closed)
    }

    fn close(&mut self, reason: DisconnectReason) {
        if let Some(close) = self.close.take() {
            // An error says that it has ended by itself.
            let _ended = close.send(reason);
        }
    }
}

/// Whether a peer may have a session, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Admission {
    Member,
    Stranger { frame_limit: usize, until: Instant },
    Busy,
    Refused,
}

impl EventLoop {
    /// Opens a sync stream on a connection, if the peer may have a session.
    pub(super) fn open_sync(&mut self, peer: PeerId, link: LinkId) {
        match self.admission(&peer) {
            Admission::Member | Admission::Stranger { .. } => {
                let ticket = self.next_ticket();
                self.openings.insert(peer, Opening { ticket, link });
                self.swarm.behaviour_mut().streams.open(peer, link, Purpose::Sync, ticket);
            }
            Admission::Busy => self.failed(peer, "this node has too many sessions".into()),
            Admission::Refused => self.failed(peer, "the peer is not a member".into()),
        }
    }

    fn admission(&self, peer: &PeerId) -> Admission {
        let standing = self.standing(peer);
        // Sessions that end count until they are reported, so that a peer cannot pile them up.
        let tasks_full = self.tasks.len() >= self.config.max_sessions.saturating_mul(2);
        let full = self.sessions.len() >= self.config.max_sessions;
        if standing != Admission::Refused
            && (tasks_full || full && !self.sessions.contains_key(peer))
        {
            return Admission::Busy;
        }
        standing
    }

    /// Who the peer is, whatever else goes on.
    fn standing(&self, peer: &PeerId) -> Admission {
        let gate = &self.swarm.behaviour().gate;
        if gate.is_blocked(peer) {
            return Admission::Refused;
        }
        if gate.is_member(peer) {
            return Admission::Member;
        }
        match self.config.strangers {
            StrangerPolicy::Refuse => Admission::Refused,
            StrangerPolicy::Allow { sessions, max_frame_bytes, stay } => {
                let is_stranger = |session: &Session| session.stranger_until.is_some();
                let others = self.sessions.iter().filter(|(other, _)| *other != peer);
                if others.filter(|(_, session)| is_stranger(session)).count() >= sessions {
                    return Admission::Busy;
                }
                let frame_limit = max_frame_bytes.min(MAX_FRAME_BYTES);
                Admission::Stranger { frame_limit, until: Instant::now() + stay }
            }
        }
    }

    /// Our stream is open, or not: waits for the peer's verdict.
    pub(super) fn on_sync_opened(&mut self, ticket: Ticket, result: Result<Stream, String>) {
        let Some(peer) = self.opening_of(ticket) else { return };
        let mut stream = match result {
            Ok(stream) => stream,
            Err(reason) => {
                self.openings.remove(&peer);
                return self.failed(peer, reason);
            }
        };
        let reporter = self.reporter.clone();
        let limit = self.config.time_limits.handshake;
        self.tasks.spawn(async move {
            let result = match read_verdict(&mut stream, limit).await {
                Ok(verdict) => Ok((verdict, stream)),
                Err(error) => Err(format!("no answer: {error}")),
            };
            // An error says that the network is stopping.
            let _stopping = reporter.send(Report::Verdict { peer, ticket, result }).await;
        });
    }

    /// The peer whose opening this is; nothing when it was given up.
    fn opening_of(&self, ticket: Ticket) -> Option<PeerId> {
        let mut openings = self.openings.iter();
        openings.find(|(_, opening)| opening.ticket == ticket).map(|(peer, _)| *peer)
    }

    pub(super) fn on_verdict(
        &mut self,
        peer: PeerId,
        ticket: Ticket,
        result: Result<(u8, Stream), String>,
    ) {
        if self.opening_of(ticket).is_none() {
            return;
        }
        let Some(opening) = self.openings.remove(&peer) else { return };
        match result {
            Ok((verdict::ADMITTED, stream)) => match self.admission(&peer) {
                Admission::Busy | Admission::Refused => {
                    self.failed(peer, "no longer admitted".into());
                }
                admission @ (Admission::Member | Admission::Stranger { .. }) => {
                    self.begin(peer, opening.link, stream, admission, false);
                }
            },
            // Not reported as a failure: most often the peer's own stream is on its way.
            Ok((verdict::BUSY, _)) => {
                self.pause(peer, "the peer is busy", false);
            }
            Ok(_) => self.failed(peer, "the peer does not let this device in".into()),
            Err(reason) => self.failed(peer, reason),
        }
    }

    /// The peer opened a stream.
    pub(super) fn on_sync_stream(&mut self, peer: PeerId, link: LinkId, stream: Stream) {
        let admission = match self.admission(&peer) {
            admission @ (Admission::Member | Admission::Stranger { .. }) => admission,
            Admission::Busy => return self.refuse(stream, verdict::BUSY),
            Admission::Refused => return self.refuse(stream, verdict::REFUSED),
        };
        let moves = self.session_is_relayed(&peer)
            && self.links.get(&link).is_some_and(|link| !link.relayed);
        if (self.session_stands(&peer) && !moves)
            || (self.openings.contains_key(&peer) && self.own < peer)
        {
            return self.refuse(stream, verdict::BUSY);
        }
        self.openings.remove(&peer);
        self.begin(peer, link, stream, admission, true);
    }

    /// Whether there is a session that a new stream of the peer does not replace.
    fn session_stands(&self, peer: &PeerId) -> bool {
        self.sessions.get(peer).is_some_and(|session| {
            !session.is_ending() && session.begin.elapsed() < self.config.time_limits.replace_after
        })
    }

    /// Whether there is a session with a peer, and it goes through a relay.
    pub(super) fn session_is_relayed(&self, peer: &PeerId) -> bool {
        let link = self.sessions.get(peer).and_then(|session| self.links.get(&session.link));
        link.is_some_and(|link| link.relayed)
    }

    fn refuse(&mut self, mut stream: Stream, verdict: u8) {
        if self.tasks.len() >= self.config.max_sessions.saturating_mul(4) {
            return;
        }
        let limit = self.config.time_limits.handshake;
        self.tasks.spawn(async move {
            if let Err(error) = send_verdict(&mut stream, verdict, limit).await {
                tracing::debug!(%error, "a refused peer did not wait for the answer");
            }
        });
    }

    fn begin(
        &mut self,
        peer: PeerId,
        link: LinkId,
        stream: Stream,
        admission: Admission,
        admit: bool,
    ) {
        let (Some(key), Some(below)) = (key_of_peer(&peer), self.links.get(&link)) else {
            return self.failed(peer, "connection lost".into());
        };
        let (frame_limit, stranger_until) = match admission {
            Admission::Stranger { frame_limit, until } => (frame_limit, Some(until)),
            Admission::Member | Admission::Busy | Admission::Refused => (MAX_FRAME_BYTES, None),
        };
        let (address, outbound) = (below.address.clone(), below.outbound);
        let predecessor = self.sessions.remove(&peer).map(|mut old| {
            old.close(DisconnectReason::Replaced);
            old.done
        });
        self.last_connection = self.last_connection.wrapping_add(1);
        let connection = ConnectionId(self.last_connection);
        let frame_limit = Arc::new(AtomicUsize::new(frame_limit));
        let (close, closed) = oneshot::channel();
        let (finished, done) = oneshot::channel();
        let task = SessionTask {
            connection,
            stream,
            admit,
            connected: NetEvent::Connected { connection, key, address, outbound },
            frame_limit: Arc::clone(&frame_limit),
            close: closed,
            predecessor,
            outbox: self.outboxes.open(connection),
            outboxes: Arc::clone(&self.outboxes),
            events: self.events.clone(),
            limits: self.config.time_limits.clone(),
            limiter: Arc::clone(&self.limiter),
        };
        let reporter = self.reporter.clone();
        self.tasks.spawn(async move {
            let ended = task.run(finished).await;
            // An error says that the network is stopping.
            let _stopping = reporter.send(Report::Ended { peer, connection, link, ended }).await;
        });
        let begin = Instant::now();
        let close = Some(close);
        let session = Session { connection, link, begin, frame_limit, stranger_until, close, done };
        self.sessions.insert(peer, session);
        self.reached(&peer);
    }

    pub(super) fn on_session_ended(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        link: LinkId,
        ended: Ended,
    ) {
        tracing::debug!(%peer, %connection, reason = %ended.reason, "session ended");
        if self.sessions.get(&peer).is_some_and(|session| session.connection == connection) {
            self.sessions.remove(&peer);
            let was_stable = ended.lasted >= self.config.backoff.stable_after;
            self.pause(peer, &ended.reason.to_string(), was_stable);
        }
        let in_use = self.sessions.get(&peer).is_some_and(|session| session.link == link)
            || self.openings.get(&peer).is_some_and(|opening| opening.link == link);
        if !in_use {
            self.swarm.close_connection(link);
        }
    }

    pub(super) fn close_session(&mut self, connection: ConnectionId, reason: DisconnectReason) {
        let mut sessions = self.sessions.values_mut();
        if let Some(session) = sessions.find(|session| session.connection == connection) {
            session.close(reason);
        }
    }

    pub(super) fn close_peer(&mut self, peer: &PeerId, reason: DisconnectReason) {
        if let Some(session) = self.sessions.get_mut(peer) {
            session.close(reason);
        }
    }

    pub(super) fn close_all(&mut self) {
        for session in self.sessions.values_mut() {
            session.close(DisconnectReason::Shutdown);
        }
    }

    /// Judges all sessions anew after the members have changed.
    pub(super) fn judge_sessions(&mut self) {
        let peers: Vec<PeerId> = self.sessions.keys().copied().collect();
        for peer in peers {
            let admission = self.standing(&peer);
            let Some(session) = self.sessions.get_mut(&peer) else { continue };
            match admission {
                Admission::Member => {
                    session.frame_limit.store(MAX_FRAME_BYTES, Ordering::Relaxed);
                    session.stranger_until = None;
                }
                Admission::Stranger { frame_limit, until } => {
                    session.frame_limit.store(frame_limit, Ordering::Relaxed);
                    session.stranger_until.get_or_insert(until);
                }
                Admission::Busy | Admission::Refused => {
                    session.close(DisconnectReason::NotAdmitted);
                }
            }
        }
    }

    pub(super) fn end_long_strangers(&mut self, now: Instant) {
        for session in self.sessions.values_mut() {
            if session.stranger_until().is_some_and(|until| until <= now) {
                session.close(DisconnectReason::StrangerTooLong);
            }
        }
    }
}
