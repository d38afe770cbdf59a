//! What a network is started with.

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use super::Reach;
use crate::model::limits::MAX_CONTROL_FRAME_BYTES;

/// What a network is started with.
#[derive(Clone)]
pub struct NetConfig {
    /// Secret of this device's transport key (an Ed25519 seed).
    pub transport_secret: Zeroizing<[u8; 32]>,
    /// Addresses to listen on, such as `/ip4/0.0.0.0/udp/4101/quic-v1` or `/ip4/127.0.0.1/tcp/0`.
    pub listen: Vec<String>,
    /// Seed of the jitter in the times of dialling; secrets never come from it.
    pub seed: [u8; 32],
    /// Who may open a sync stream without being a member.
    pub strangers: StrangerPolicy,
    /// Sync sessions at once, strangers included.
    pub max_sessions: usize,
    /// Requests to join that are answered at once; 0 refuses all.
    pub max_joins: usize,
    /// When a peer that is not connected is dialled again.
    pub backoff: BackoffConfig,
    /// How long what may take.
    pub time_limits: TimeLimits,
    /// Bytes a second that all sessions may carry together, in both directions.
    pub bytes_per_second: Option<u64>,
    /// Whether members on the same local network are found by mDNS. It tells everybody there that
    /// this node is there.
    pub nearby: bool,
    /// Whether members may reach each other through this node.
    pub serve_relay: bool,
    /// Whether the link is paid for by what it carries: then nothing is relayed for others, and
    /// nobody is asked whether this node is reached.
    pub metered: bool,
    /// Whether partners that call through a relay are not told where this node is: they are met
    /// there only.
    pub hide_address: bool,
    /// Whether members are asked if this node can be reached, and relay for it if it cannot.
    pub use_relays: bool,
    /// Whether it can be reached, as long as nobody has told.
    pub assumed_reach: Reach,
}

impl NetConfig {
    /// The usual limits for this device, listening nowhere.
    #[must_use]
    pub fn new(transport_secret: Zeroizing<[u8; 32]>, seed: [u8; 32]) -> Self {
        Self {
            transport_secret,
            listen: Vec::new(),
            seed,
            strangers: StrangerPolicy::default(),
            max_sessions: 64,
            max_joins: 4,
            backoff: BackoffConfig::default(),
            time_limits: TimeLimits::default(),
            bytes_per_second: None,
            nearby: false,
            serve_relay: false,
            metered: false,
            hide_address: false,
            use_relays: false,
            assumed_reach: Reach::Unknown,
        }
    }
}

impl fmt::Debug for NetConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetConfig")
            .field("listen", &self.listen)
            .field("strangers", &self.strangers)
            .field("max_sessions", &self.max_sessions)
            .field("max_joins", &self.max_joins)
            .field("backoff", &self.backoff)
            .field("time_limits", &self.time_limits)
            .field("bytes_per_second", &self.bytes_per_second)
            .field("nearby", &self.nearby)
            .field("serve_relay", &self.serve_relay)
            .field("metered", &self.metered)
            .field("hide_address", &self.hide_address)
            .field("use_relays", &self.use_relays)
            .field("assumed_reach", &self.assumed_reach)
            .finish_non_exhaustive()
    }
}

/// Who may open a sync stream without being a member.
///
/// A device whose organisation was admitted while this node was away is a stranger until it has
/// brought the statements that say so; hence strangers can be let in for that, under small limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StrangerPolicy {
    /// Nobody.
    Refuse,
    /// A few at a time; a stranger that becomes a member meanwhile loses these limits.
    Allow {
        /// Strangers with a session at once.
        sessions: usize,
        /// Bytes of one frame from a stranger.
        max_frame_bytes: usize,
        /// How long a stranger may stay one.
        stay: Duration,
    },
}

impl Default for StrangerPolicy {
    fn default() -> Self {
        Self::Allow {
            sessions: 8,
            max_frame_bytes: MAX_CONTROL_FRAME_BYTES,
            stay: Duration::from_secs(60),
        }
    }
}

/// When a peer that is not connected is dialled again: after `first`, then twice as long each time
/// up to `most`, each with jitter (between half and all of it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackoffConfig {
    /// Pause after the first failure.
    pub first: Duration,
    /// Longest pause.
    pub most: Duration,
    /// A session that lasted this long makes the next pause a first one again.
    pub stable_after: Duration,
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_secs(300),
            stable_after: Duration::from_secs(10),
        }
    }
}

/// How long what may take. Limits on frames are for progress, not for the whole frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeLimits {
    /// A connection without a stream is closed after this.
    pub idle: Duration,
    /// From dialling to the end of the handshake, and from opening a stream to its admission.
    pub handshake: Duration,
    /// Between two pieces of a frame that has begun, and for a peer to take a piece of ours.
    pub progress: Duration,
    /// For a request to join, from its first to its last byte.
    pub join_transfer: Duration,
    /// For the answer to a request to join to be made.
    pub join_answer: Duration,
    /// For all streams to be closed at shutdown.
    pub shutdown: Duration,
    /// A session that is younger than this is not replaced by a new one from the same peer.
    pub replace_after: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(10),
            // On 2G a handshake takes eight seconds without a loss.
            handshake: Duration::from_secs(30),
            progress: Duration::from_secs(60),
            join_transfer: Duration::from_secs(120),
            join_answer: Duration::from_secs(30),
            shutdown: Duration::from_secs(2),
            replace_after: Duration::from_secs(3),
        }
    }
}
