//! The header of an entry: all that is chained and signed.

use std::sync::Arc;

use prost::Message;

use crate::{
    crypto::Label,
    log::Kind,
    model::{
        id::{
            CircleId, CircleTag, DeviceId, EntryHash, EpochId, IdError, Incarnation, Lane, LogId,
            StatementId,
        },
        limits::{MAX_ENTRY_BYTES, MAX_HEADER_BYTES, MAX_PAYLOADS_PER_ENTRY},
    },
    wire::log as wire,
};

/// The layout of headers that this version writes and reads.
pub const HEADER_VERSION: u32 = 1;
/// BLAKE3, Ed25519, XChaCha20-Poly1305.
pub const SUITE: u32 = 1;

/// The circle as it stands in headers, where custodians and relays see it.
#[must_use]
pub fn circle_tag(circle: &CircleId) -> CircleTag {
    let hash = Label::CircleTag.hash(&[circle.as_bytes()]);
    let mut tag = [0; CircleTag::LEN];
    tag.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    CircleTag::new(tag)
}

/// Why bytes are not a header that this version can take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// More bytes or payloads than allowed.
    #[error("the header is larger than allowed")]
    TooLarge,
    /// Not protobuf.
    #[error("the header is not readable")]
    Unreadable,
    /// An identifier has the wrong length.
    #[error("the header has an identifier of the wrong length")]
    Id(#[from] IdError),
    /// A layout or suite of another version of the program.
    #[error("the header has version {version} and suite {suite}: a newer ceiba may read it")]
    Version {
        /// The layout's version.
        version: u32,
        /// The suite.
        suite: u32,
    },
    /// A lane that does not exist, or that this kind may not stand on.
    #[error("an entry of kind {kind} may not stand on lane {lane}")]
    Lane {
        /// The kind's number.
        kind: u32,
        /// The lane's number.
        lane: u32,
    },
    /// The first entry names a predecessor, or a later one names none.
    #[error("entry {seq} does not say rightly what precedes it")]
    Previous {
        /// Place of the entry.
        seq: u64,
    },
    /// A payload's size is zero or above the limit.
    #[error("a payload of {size} bytes is not allowed")]
    PayloadSize {
        /// Size that the header gives.
        size: u32,
    },
}

/// What a header says of one payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadRef {
    /// Labelled hash of the payload as it travels.
    pub digest: [u8; 32],
    /// Its length in bytes, at least 1.
    pub size: u32,
}

impl PayloadRef {
    /// What a header says of this payload; `None` if it is empty or larger than any entry.
    #[must_use]
    pub fn of(payload: &[u8]) -> Option<Self> {
        let size = u32::try_from(payload.len())
            .ok()
            .filter(|_size| (1..=MAX_ENTRY_BYTES).contains(&payload.len()))?;
        Some(Self { digest: Label::PayloadDigest.hash(&[payload]), size })
    }
}

/// What is chained and signed of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The circle as outsiders see it.
    pub circle: CircleTag,
    /// The log.
    pub log: LogId,
    /// Place in the log, from 0 without gaps.
    pub seq: u64,
    /// Hash of the entry before; zeros in the first.
    pub previous: EntryHash,
    /// Newest decision that the writer knew; zeros if none.
    pub decision: StatementId,
    /// Key epoch of the payloads; zeros if they are not sealed under one.
    pub epoch: EpochId,
    /// What the payloads are.
    pub kind: Kind,
    /// The payloads in order.
    pub payloads: Vec<PayloadRef>,
}

impl Header {
    /// The hash of an entry: of its header's exact bytes.
    #[must_use]
    pub fn hash(bytes: &[u8]) -> EntryHash {
        EntryHash::new(Label::EntryHeader.hash(&[bytes]))
    }

    /// Writes the header.
    #[must_use]
    pub fn encode(&self) -> Arc<[u8]> {
        let message = wire::Header {
            version: HEADER_VERSION,
            suite: SUITE,
            circle_tag: self.circle.as_bytes().to_vec(),
            device: self.log.device.as_bytes().to_vec(),
            incarnation: self.log.incarnation.as_bytes().to_vec(),
            lane: self.log.lane.number(),
            seq: self.seq,
            previous: self.previous.as_bytes().to_vec(),
            decision: self.decision.as_bytes().to_vec(),
            epoch: self.epoch.as_bytes().to_vec(),
            kind: self.kind.number(),
            payloads: self.payloads.iter().copied().map(PayloadRef::to_wire).collect(),
        };
        message.encode_to_vec().into()
    }

    /// Reads a header within its limits.
    ///
    /// # Errors
    /// When the bytes are no header of this version, or break one of its rules.
    pub fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        if bytes.len() > MAX_HEADER_BYTES {
            return Err(HeaderError::TooLarge);
        }
        let message = wire::Header::decode(bytes).map_err(|_malformed| HeaderError::Unreadable)?;
        if message.version != HEADER_VERSION || message.suite != SUITE {
            let (version, suite) = (message.version, message.suite);
            return Err(HeaderError::Version { version, suite });
        }
        if message.payloads.len() > MAX_PAYLOADS_PER_ENTRY {
            return Err(HeaderError::TooLarge);
        }
        Self::from_wire(&message)?.checked()
    }

    fn from_wire(message: &wire::Header) -> Result<Self, HeaderError> {
        let kind = Kind::from_number(message.kind);
        let wrong_lane = HeaderError::Lane { kind: message.kind, lane: message.lane };
        Ok(Self {
            circle: CircleTag::try_from(message.circle_tag.as_slice())?,
            log: LogId {
                device: DeviceId::try_from(message.device.as_slice())?,
                incarnation: Incarnation::try_from(message.incarnation.as_slice())?,
                lane: Lane::from_number(message.lane).ok_or(wrong_lane)?,
            },
            seq: message.seq,
            previous: EntryHash::try_from(message.previous.as_slice())?,
            decision: StatementId::try_from(message.decision.as_slice())?,
            epoch: EpochId::try_from(message.epoch.as_slice())?,
            kind,
            payloads: message
                .payloads
                .iter()
                .map(PayloadRef::from_wire)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The rules that hold between fields.
    fn checked(self) -> Result<Self, HeaderError> {
        if self.kind.lane().is_some_and(|lane| lane != self.log.lane) {
            let (kind, lane) = (self.kind.number(), self.log.lane.number());
            return Err(HeaderError::Lane { kind, lane });
        }
        let names_none = self.previous == EntryHash::new([0; 32]);
        // The last number is refused too: nothing could follow it.
        if (self.seq == 0) != names_none || self.seq == u64::MAX {
            return Err(HeaderError::Previous { seq: self.seq });
        }
        Ok(self)
    }
}

impl PayloadRef {
    fn to_wire(self) -> wire::PayloadRef {
        wire::PayloadRef { digest: self.digest.to_vec(), size: self.size }
    }

    fn from_wire(message: &wire::PayloadRef) -> Result<Self, HeaderError> {
        let length =
            IdError::Length { kind: "payload digest", expected: 32, found: message.digest.len() };
        let digest = <[u8; 32]>::try_from(message.digest.as_slice()).map_err(|_length| length)?;
        let fits = usize::try_from(message.size).is_ok_and(|s| (1..=MAX_ENTRY_BYTES).contains(&s));
        if !fits {
            return Err(HeaderError::PayloadSize { size: message.size });
        }
        Ok(Self { digest, size: message.size })
    }
}
