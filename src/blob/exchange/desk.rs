//! What the exchange asks of the node, and what it tells it.

use crate::{
    blob::shelf::Why,
    model::id::{BlobId, CircleId},
    sync::ConnectionId,
};

/// What the exchange asks of the node, at the moment of sending and never remembered.
pub trait Desk {
    /// The circle that a peer names so, if its entries are exchanged with it now and its device is
    /// entitled to them.
    fn circle_named(&self, connection: ConnectionId, tag: &[u8; 16]) -> Option<CircleId>;

    /// What we call a circle to a peer, under the same conditions.
    fn name_of(&self, connection: ConnectionId, circle: &CircleId) -> Option<[u8; 16]>;

    /// Whether both sides have presented themselves on a connection.
    fn is_open(&self, connection: ConnectionId) -> bool;

    /// Whether no record waits to go to or come from the peer.
    fn is_idle(&self, connection: ConnectionId) -> bool;

    /// Whether a blob may be served to the circle's members: this organisation shared it there.
    fn is_shared(&self, circle: &CircleId, blob: &BlobId) -> bool;

    /// Whether a document of a circle names a blob now. (What was fetched in a circle may be passed
    /// on in it as long as that is so; where it was fetched the shelf knows.)
    fn is_named(&self, circle: &CircleId, blob: &BlobId) -> bool;
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Send a frame.
    Send {
        /// To where.
        connection: ConnectionId,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// Close the connection: the peer broke the rules.
    Close {
        /// Which.
        connection: ConnectionId,
        /// How, for the log.
        why: &'static str,
    },
    /// A blob is here as a whole.
    Whole {
        /// Which.
        blob: BlobId,
    },
    /// A blob cannot be stored; it is wanted no longer in this run.
    Failed {
        /// Which.
        blob: BlobId,
        /// For whom it was wanted.
        why: Why,
        /// What the disk said.
        message: String,
    },
}

/// How far a blob has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Far {
    /// Bytes that are verified and here.
    pub here: u64,
    /// Bytes in all; none before the list of its segments has come.
    pub all: Option<u64>,
    /// Peers that have said that they hold some of it.
    pub sources: usize,
}
