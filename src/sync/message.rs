//! Frames as values: every identifier typed, every count within its bound.
//!
//! Order of checks on a frame: its length for its kind, protobuf, the lengths of identifiers, the
//! counts. What it says is judged by the engine.

mod read;
mod write;

pub(super) use read::is_content;

use crate::{
    log::LogPosition,
    model::id::{LogId, StatementId},
    sync::digest::{BlindedTag, Digest, Nonce, ReceiptDigest},
};

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    Hello(Hello),
    Circles(Vec<Shown>),
    Introduce {
        genesis: Vec<u8>,
    },
    StatementBuckets {
        circle: BlindedTag,
        digests: Vec<Digest>,
    },
    StatementList {
        circle: BlindedTag,
        ids: Vec<StatementId>,
        complete: bool,
        last: bool,
    },
    StatementWants {
        circle: BlindedTag,
        request: u64,
        ids: Vec<StatementId>,
    },
    Statements {
        request: u64,
        statements: Vec<Vec<u8>>,
        last: bool,
    },
    FrontierBuckets {
        circle: BlindedTag,
        digests: Vec<Digest>,
    },
    Frontier {
        circle: BlindedTag,
        positions: Vec<LogPosition>,
        complete: bool,
        last: bool,
    },
    Want {
        circle: BlindedTag,
        request: u64,
        log: LogId,
        from: u64,
        /// What is held of the run there, from a session that broke off.
        held: Option<HeldRun>,
    },
    Entries {
        request: u64,
        run: Vec<u8>,
        last: bool,
    },
    Push {
        circle: BlindedTag,
        position: LogPosition,
        run: Vec<u8>,
    },
    Ack {
        bytes: u64,
    },
    Fork {
        circle: BlindedTag,
        log: LogId,
        proof: Vec<u8>,
    },
    Refused {
        circle: BlindedTag,
        all: bool,
    },
    ReceiptList {
        circle: BlindedTag,
        listed: Vec<ListedReceipt>,
        complete: bool,
    },
    ReceiptWants {
        circle: BlindedTag,
        request: u64,
        devices: Vec<DevicePrefix>,
    },
    Receipts {
        circle: BlindedTag,
        request: u64,
        receipts: Vec<Vec<u8>>,
        last: bool,
    },
    Part(Part),
    Metered {
        on: bool,
    },
    /// A frame of a later version, which we skip.
    Unknown,
}

/// First bytes of a device's id, enough to name it within a circle.
pub(super) type DevicePrefix = [u8; 8];

/// Which receipt of a device the sender holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListedReceipt {
    pub(super) device: DevicePrefix,
    pub(super) rank: ReceiptRank,
}

/// What is compared to know the newer of two receipts of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReceiptRank {
    pub(super) counter: u64,
    /// First bytes of its id: two with the same counter are of a home that was copied.
    pub(super) id: [u8; 4],
}

/// Names a run that travels in parts: the first bytes of a digest over all of it.
pub(super) type RunDigest = [u8; 16];

/// How much of a run is held whose parts have not all come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HeldRun {
    pub(super) digest: RunDigest,
    pub(super) bytes: u64,
}

/// A part of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) request: u64,
    pub(super) digest: RunDigest,
    pub(super) run_bytes: u64,
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) last: bool,
}

/// First frame of each side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) version: u32,
    pub(super) nonce: Nonce,
    pub(super) max_frame_bytes: u32,
    pub(super) window_bytes: u32,
    pub(super) circles: Vec<Shown>,
    /// Whether the sender takes runs in parts.
    pub(super) parts: bool,
    /// Whether the sender pays for what it gets and sends.
    pub(super) metered: bool,
}

/// A circle that one side shows, with digests of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shown {
    pub(super) tag: BlindedTag,
    pub(super) statements: Digest,
    pub(super) frontier: Digest,
    /// None of a side that knows nothing of receipts.
    pub(super) receipts: Option<ReceiptDigest>,
}

/// The frame is not one that an honest peer sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;
