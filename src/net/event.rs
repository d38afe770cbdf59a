//! What the network reports.

use std::fmt;

use tokio::sync::oneshot;

use super::TransportKey;

/// A sync session: numbered from 1 in the order of their beginning, never reused by one [`Net`].
///
/// [`Net`]: super::Net
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A request to join that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JoinRequestId(pub u64);

/// What the network reports.
///
/// For one connection the order is `Connected`, any number of `Frame` and `Drained`,
/// `Disconnected`; and with one peer one connection ends before the next begins.
#[derive(Debug)]
pub enum NetEvent {
    /// This node can be reached at an address (without `/p2p/…`).
    Listening {
        /// The address.
        address: String,
    },
    /// This node can no longer be reached at an address.
    NotListening {
        /// The address.
        address: String,
    },
    /// Members have tried whether this node can be called.
    Reach(super::Reach),
    /// A sync session began.
    Connected {
        /// The session.
        connection: ConnectionId,
        /// The peer, authenticated.
        key: TransportKey,
        /// The peer's address as seen from here.
        address: String,
        /// Whether this node dialled.
        outbound: bool,
    },
    /// A frame came.
    Frame {
        /// The session.
        connection: ConnectionId,
        /// The frame without its length.
        bytes: Vec<u8>,
    },
    /// A queue that had refused a frame as full has room again.
    Drained {
        /// The session.
        connection: ConnectionId,
    },
    /// A sync session ended.
    Disconnected {
        /// The session.
        connection: ConnectionId,
        /// Why.
        reason: DisconnectReason,
    },
    /// A peer asks to join; an unanswered responder refuses when it is dropped.
    JoinRequest {
        /// The request, for the log.
        id: JoinRequestId,
        /// The asking device's transport key, authenticated.
        key: TransportKey,
        /// The request.
        bytes: Vec<u8>,
        /// Takes the answer.
        responder: JoinResponder,
    },
    /// A peer that was added could not be reached, or refused; it will be dialled again. Left out
    /// when nobody takes events: [`NetHandle::peers`] always knows.
    ///
    /// [`NetHandle::peers`]: super::NetHandle::peers
    DialFailed {
        /// The peer.
        key: TransportKey,
        /// Why, for people; may contain the address.
        reason: String,
    },
}

/// Why a session ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DisconnectReason {
    /// By [`NetHandle::close`](super::NetHandle::close).
    #[error("closed here: {0}")]
    ClosedHere(String),
    /// The peer closed the stream in order.
    #[error("closed by the peer")]
    ClosedByPeer,
    /// The peer opened a new session, for it knew this one no more.
    #[error("replaced by a newer session of the peer")]
    Replaced,
    /// The peer is in the blocked set.
    #[error("the peer is blocked")]
    Blocked,
    /// The peer is not a member, and there is no place (any more) for it as a stranger.
    #[error("the peer is no member, and was not let in as a stranger")]
    NotAdmitted,
    /// The peer stayed a stranger for longer than one may.
    #[error("the peer stayed a stranger for too long")]
    StrangerTooLong,
    /// The peer announced a frame over the limit.
    #[error("the peer announced a frame of {announced} bytes, the limit is {limit}")]
    FrameTooLarge {
        /// Bytes that were announced.
        announced: u32,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// A frame stopped midway, or the peer took nothing of ours for too long.
    #[error("no progress within the time limit")]
    Stalled,
    /// The connection broke.
    #[error("connection lost: {0}")]
    Lost(String),
    /// This node shuts down.
    #[error("this node shuts down")]
    Shutdown,
}

/// Takes the answer to one request to join.
#[derive(Debug)]
pub struct JoinResponder {
    pub(super) answer: oneshot::Sender<Vec<u8>>,
}

impl JoinResponder {
    /// Answers the request. An answer over [`MAX_JOIN_ANSWER_BYTES`](super::MAX_JOIN_ANSWER_BYTES)
    /// is not sent, and the asking peer sees a refusal.
    ///
    /// Returns false when the request is gone.
    #[must_use]
    pub fn answer(self, bytes: Vec<u8>) -> bool {
        self.answer.send(bytes).is_ok()
    }
}
