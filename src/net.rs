//! The network: libp2p carries frames between transport keys, and knows nothing of circles.
//!
//! [`Net::start`] spawns one task that owns the swarm (QUIC, and TCP with Noise and Yamux) and
//! gives back a [`NetHandle`] for orders and a bounded queue of [`NetEvent`]s. `proto/net.md` is
//! the specification. Two protocols run over streams:
//!
//! - `/ceiba/sync/1`: one long-lived stream for each pair of peers, with length-prefixed frames.
//!   It is a [`ConnectionId`] to the layers above: announced once by [`NetEvent::Connected`], ended
//!   once by [`NetEvent::Disconnected`].
//! - `/ceiba/join/1`: one request and one answer, for a stranger that redeems an invite.
//!
//! A peer is named by its transport key, the 32 bytes of an Ed25519 public key; which keys may pass
//! is told by [`NetHandle::set_members`] and [`NetHandle::set_blocked`]. No type of libp2p leaves
//! this module.
//!
//! Back-pressure: frames that come in wait in one bounded queue, and while it is full nothing more
//! is read from any peer; frames that go out wait in a bounded queue for each connection, and
//! [`NetHandle::send`] refuses what does not fit.

mod address;
mod backoff;
mod behest;
mod config;
mod error;
mod event;
mod event_loop;
#[doc(hidden)]
pub mod frame; // public for the fuzzer only
mod gate;
mod handle;
mod limiter;
mod muxer;
mod outbox;
mod quiet;
mod roster;
mod session;
mod streams;
#[cfg(test)]
mod tests;
mod transport;
mod verdicts;

pub use address::{address_with_key, peer_id, split_address};
pub use config::{BackoffConfig, NetConfig, StrangerPolicy, TimeLimits};
pub use error::{AddressError, JoinError, SendError, StartError, Stopped};
pub use event::{ConnectionId, DisconnectReason, JoinRequestId, JoinResponder, NetEvent};
pub use handle::{Net, NetHandle, PeerState, PeerStatus, Reach};

/// A peer's name in the network: its Ed25519 public key, as certified in its organisation's
/// manifest.
pub type TransportKey = [u8; 32];

/// Events that wait to be taken; with the largest frames this is 18 MB.
pub const MAX_WAITING_EVENTS: usize = 16;
/// Frames that wait to be written to one peer.
pub const MAX_QUEUED_FRAMES: usize = 256;
/// Bytes of frames that wait to be written to one peer.
pub const MAX_QUEUED_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of one request to join.
pub const MAX_JOIN_REQUEST_BYTES: usize = 128 * 1024;
/// Bytes of the answer to a request to join.
pub const MAX_JOIN_ANSWER_BYTES: usize = 256 * 1024;
/// Connections with one peer: one that is dying unnoticed, and a pair from dialling at once.
pub const MAX_CONNECTIONS_PER_PEER: usize = 3;
/// Connections with peers that are neither members nor peers that were added.
pub const MAX_STRANGER_CONNECTIONS: usize = 32;
/// Connections in the midst of their handshake, in each direction.
pub const MAX_PENDING_CONNECTIONS: usize = 32;
/// Streams that a peer may have open on one connection (sync, join, ping, identify, and spare).
pub const MAX_STREAMS_PER_CONNECTION: usize = 16;
/// Peers that can be added.
pub const MAX_KNOWN_PEERS: usize = 4096;
/// Addresses of one peer.
pub const MAX_ADDRESSES_PER_PEER: usize = 8;
/// Characters of one address.
pub const MAX_ADDRESS_CHARS: usize = 512;
