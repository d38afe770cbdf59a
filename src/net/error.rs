//! What can go wrong in the network, for the caller.

/// The network has been shut down, or its task has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the network is stopped")]
pub struct Stopped;

/// Why an address is not one that ceiba can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is no multiaddr.
    #[error(
        "not a network address: {text:?}; write it like /ip4/192.0.2.1/udp/4101/quic-v1 or \
         /dns4/node.example.org/tcp/4101"
    )]
    Syntax {
        /// What was given, cut to 80 characters.
        text: String,
    },
    /// The text is longer than any address.
    #[error("address of {chars} characters; an address has at most {limit}")]
    TooLong {
        /// Characters that were given.
        chars: usize,
        /// Characters that are allowed.
        limit: usize,
    },
    /// A multiaddr of other protocols than ours.
    #[error(
        "{text:?} is not an address that ceiba can reach; after /ip4/…, /ip6/…, /dns4/… or \
         /dns6/… write /tcp/PORT or /udp/PORT/quic-v1"
    )]
    Unsupported {
        /// What was given, cut to 80 characters.
        text: String,
    },
    /// The part after `/p2p/` is not an Ed25519 key.
    #[error(
        "the part after /p2p/ in {text:?} does not name a ceiba device; copy it from the partner's \
         `ceiba status`"
    )]
    Peer {
        /// What was given, cut to 80 characters.
        text: String,
    },
    /// The address ends without `/p2p/…`.
    #[error("{text:?} does not say whose it is; add /p2p/ and the device's peer id at its end")]
    NoPeer {
        /// What was given, cut to 80 characters.
        text: String,
    },
    /// The address names another peer than it was given for.
    #[error("{text:?} is the address of another device; leave /p2p/… out or correct it")]
    OtherPeer {
        /// What was given, cut to 80 characters.
        text: String,
    },
    /// An address to listen on says whose it is.
    #[error("leave /p2p/… out of {text:?}: an address to listen on is this device's own")]
    ListenPeer {
        /// What was given, cut to 80 characters.
        text: String,
    },
    /// The transport key is not a valid Ed25519 public key.
    #[error("the transport key is not an Ed25519 public key")]
    Key,
    /// More addresses or peers than are kept.
    #[error("at most {limit} {what} are kept; remove some first")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many are kept.
        limit: usize,
    },
    /// The peer is this device itself.
    #[error("that is this device's own address; give the partner's")]
    Own,
    /// Nobody to keep the address.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why the network did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The transport secret does not make a key pair.
    #[error("the transport key in the keystore is not usable")]
    Key,
    /// An address to listen on is not one.
    #[error("cannot listen: {0}")]
    Address(#[from] AddressError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {cause}; choose another port, or port 0 for any free one")]
    Listen {
        /// The address.
        address: String,
        /// The system's reason.
        cause: String,
    },
    /// A part of the transport could not be made.
    #[error("cannot set up the network: {0}")]
    Transport(String),
}

/// Why a frame was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The peer takes frames slower than they are given; wait for `Drained`.
    #[error("the queue to the peer is full")]
    Full,
    /// The session has ended.
    #[error("the connection is gone")]
    Gone,
    /// The frame is over the limit.
    #[error("a frame of {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// Bytes of the frame.
        bytes: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
}

/// Why a request to join got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// The address cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The request is over the limit.
    #[error("a request of {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// Bytes of the request.
        bytes: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// No connection.
    #[error(
        "the inviting partner cannot be reached ({0}); check that its node runs, or join by files"
    )]
    Unreachable(String),
    /// The peer ended the stream without an answer.
    #[error(
        "the inviting partner did not answer; the invite may be used, expired or revoked, or too \
         many ask at once"
    )]
    Refused,
    /// The peer's answer is over the limit.
    #[error("the answer is larger than {limit} bytes")]
    AnswerTooLarge {
        /// Bytes that are allowed.
        limit: usize,
    },
    /// No answer in time.
    #[error("the inviting partner did not answer in time; try again")]
    TimedOut,
    /// Too many requests of our own at once.
    #[error("too many requests to join at once; wait for the others")]
    Busy,
    /// The network has been shut down.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}
