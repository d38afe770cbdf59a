//! What goes into the engine and what comes out.

use crate::{
    model::{
        id::{CircleId, DeviceId, Lane, LogId, StatementId},
        time::Timestamp,
    },
    sync::Reason,
};

/// Names one connection to one peer, from [`Input::PeerConnected`] to its end. The caller numbers
/// them and uses no number twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A stream to a peer is open; the transport has proven the peer's key.
    PeerConnected {
        /// Names the connection.
        connection: ConnectionId,
        /// The peer's Ed25519 transport key.
        transport: [u8; 32],
        /// Whether we dialled.
        dialed: bool,
    },
    /// A frame came in.
    Frame {
        /// From where.
        connection: ConnectionId,
        /// The frame, without its length prefix.
        bytes: Vec<u8>,
    },
    /// The stream is gone.
    PeerDisconnected {
        /// Which.
        connection: ConnectionId,
    },
    /// We wrote (or imported from a file) entries of a log; they are durable and in the replica.
    LocalAppended {
        /// The circle.
        circle: CircleId,
        /// The log.
        log: LogId,
    },
    /// Statements of a circle came otherwise than through the engine (our own, from files), or a
    /// circle was added. They are durable and in the replica.
    StatementsChanged {
        /// The circle.
        circle: CircleId,
        /// The ids that are new; empty if unknown, which costs peers a comparison.
        added: Vec<StatementId>,
    },
    /// Receipts of a circle came otherwise than through the engine (from files), or our own was
    /// made. They are in the replica.
    ReceiptsChanged {
        /// The circle.
        circle: CircleId,
    },
    /// Our own link is paid for by what it carries, or no longer (see [`crate::sync::Engine::is_metered`]).
    Metered {
        /// Whether it is.
        on: bool,
    },
    /// Time has passed; due at the latest [`Output::Wake`].
    Tick,
}

/// What is to be done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a frame. Frames of one connection arrive in order or the connection ends: one that
    /// cannot be queued means [`Input::PeerDisconnected`]. What the engine has under way to one
    /// peer that keeps to the protocol stays below about 3 MiB.
    Send {
        /// To where.
        connection: ConnectionId,
        /// The frame, without a length prefix; at most
        /// [`crate::model::limits::MAX_FRAME_BYTES`].
        bytes: Vec<u8>,
    },
    /// Close the connection, after what was sent before; the engine has forgotten it. A
    /// [`Input::PeerDisconnected`] may still follow, or not.
    Close {
        /// Which.
        connection: ConnectionId,
        /// Why, for people and for how soon to dial again.
        reason: Reason,
    },
    /// Give [`Input::Tick`] at this time at the latest. Replaces the one before.
    Wake {
        /// When.
        at: Timestamp,
    },
    /// Something that people or the node may want to know.
    Event(Event),
}

/// Something that people or the node may want to know. Nothing depends on anyone listening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Statements came in and were kept: membership may be another.
    StatementsArrived {
        /// The circle.
        circle: CircleId,
        /// Who brought them.
        connection: ConnectionId,
        /// How many.
        count: usize,
    },
    /// A circle that we did not know is ours from here on.
    CircleIntroduced {
        /// The circle.
        circle: CircleId,
        /// Who introduced it.
        connection: ConnectionId,
    },
    /// Entries came in and were kept: they wait to be opened.
    EntriesArrived {
        /// The circle.
        circle: CircleId,
        /// The log.
        log: LogId,
        /// First place that is new.
        from: u64,
        /// Place after the last that is new.
        to: u64,
    },
    /// How far catching up has come, for a progress display.
    Progress {
        /// The circle.
        circle: CircleId,
        /// The lane.
        lane: Lane,
        /// Entries held on this lane of all logs.
        have: u64,
        /// Entries that are known to exist there.
        want: u64,
    },
    /// We hold all that this peer has said it holds of the circle.
    CaughtUp {
        /// The circle.
        circle: CircleId,
        /// The peer.
        device: DeviceId,
        /// The connection.
        connection: ConnectionId,
    },
    /// A writer's log is proven to be forked and frozen.
    Forked {
        /// The circle.
        circle: CircleId,
        /// The log.
        log: LogId,
    },
    /// A peer says that we get nothing of this circle from it: by what it knows we are not
    /// (no longer, not yet) entitled.
    RefusedByPeer {
        /// The circle.
        circle: CircleId,
        /// The connection.
        connection: ConnectionId,
    },
    /// Entries that came in could not be stored.
    StorageFailed {
        /// The circle.
        circle: CircleId,
        /// The log.
        log: LogId,
    },
}
