//! The items of a bundle.

use ItemError::Malformed;
use prost::Message as _;

use crate::{
    log::{Header, Run, scan},
    model::{
        id::{CircleId, DeviceId, Incarnation, Lane, LogId, OrgId},
        limits::{MAX_FORK_PROOF_BYTES, MAX_RUN_BYTES, MAX_STATEMENT_BYTES},
        time::Timestamp,
    },
    sync::limits::MAX_WANTED_STATEMENTS,
    wire::bundle as wire,
};

/// Layout of the content that this version writes and reads.
pub const VERSION: u32 = 1;
/// Bytes of one item: the largest is a proof of a fork, with its envelope.
pub const MAX_ITEM_BYTES: usize = MAX_FORK_PROOF_BYTES + 1024;
/// Bytes of an item's length at most: 28 bits.
pub(super) const MAX_LENGTH_BYTES: usize = 4;
/// Bytes of statements in one item, unless a single one is larger.
pub const STATEMENTS_BYTES: usize = 48 * 1024;
/// Bytes of a request to join in a bundle: a manifest for each root key there was.
pub const MAX_JOIN_REQUEST_BYTES: usize = 256 * 1024;
/// Field numbers of the items that have repeated fields.
const STATEMENTS: u64 = 3;
const RECEIPTS: u64 = 6;
/// Receipts in one item.
pub const MAX_RECEIPTS: usize = 512;

/// What checking a signature counts in memory: so that a portion of items that are nothing but
/// signatures does not keep the node from others.
const CHECK_WEIGHT: usize = 4 * 1024;
/// What statements count that are taken together: who is in is worked out from all of them.
const RESOLVE_WEIGHT: usize = 64 * 1024;

/// Not an item, or more than one may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// It is none.
    #[error("an item of the bundle is not readable")]
    Malformed,
    /// The part is laid out as this version, which is not known here.
    #[error("the bundle is laid out as version {0}")]
    Version(u32),
}

/// Who made a bundle, and which part it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preface {
    /// The device that made and signed it.
    pub device: DeviceId,
    /// Its organisation, by its own word.
    pub org: OrgId,
    /// Its transport key, by which sync knows it.
    pub transport: [u8; 32],
    /// The same in all parts of one export for one set of recipients.
    pub series: [u8; 16],
    /// Number of this part, from 0.
    pub part: u32,
    /// When it was made, by its maker's clock.
    pub made: Timestamp,
}

/// One item of a bundle. What it carries is not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Comes first.
    Preface(Preface),
    /// A circle that the next items are of.
    Circle {
        /// Which one.
        circle: CircleId,
        /// Its genesis, as statements travel; empty if the maker does not have it.
        genesis: Vec<u8>,
    },
    /// Statements of a circle.
    Statements {
        /// Which one.
        circle: CircleId,
        /// As they travel.
        statements: Vec<Vec<u8>>,
    },
    /// Proof that a writer forked its log.
    Fork {
        /// Of which circle.
        circle: CircleId,
        /// Which log.
        log: LogId,
        /// The proof's bytes.
        proof: Vec<u8>,
    },
    /// Entries.
    Run {
        /// Of which circle.
        circle: CircleId,
        /// The run's bytes.
        run: Vec<u8>,
    },
    /// Signed receipts.
    Receipts {
        /// Of which circle.
        circle: CircleId,
        /// As they travel.
        receipts: Vec<Vec<u8>>,
    },
    /// Somebody's request to join.
    JoinRequest(Vec<u8>),
    /// Comes last.
    Seal {
        /// Whether no part follows.
        last: bool,
        /// By the maker.
        signature: [u8; 64],
    },
    /// Of a kind that a later version defines.
    Unknown,
}

impl Item {
    /// Bytes that a [`Self::Seal`] takes, with its length.
    pub(super) const SEAL_BYTES: u64 = 1 + 2 + 2 + 2 + 64;

    /// Writes the item, preceded by its length.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        wire::Item { item: self.into_wire() }.encode_length_delimited_to_vec()
    }

    /// Reads an item, without its length, within its limits.
    ///
    /// # Errors
    /// When it is none, or larger than its kind may be.
    pub fn decode(bytes: &[u8]) -> Result<Self, ItemError> {
        if bytes.len() > MAX_ITEM_BYTES {
            return Err(Malformed);
        }
        check_counts(bytes).ok_or(Malformed)?;
        let item = wire::Item::decode(bytes).map_err(|_not_protobuf| Malformed)?;
        item.item.map_or(Ok(Self::Unknown), Self::from_wire)
    }

    /// The circle that it is of.
    #[must_use]
    pub const fn circle(&self) -> Option<CircleId> {
        match self {
            Self::Circle { circle, .. }
            | Self::Statements { circle, .. }
            | Self::Fork { circle, .. }
            | Self::Run { circle, .. }
            | Self::Receipts { circle, .. } => Some(*circle),
            Self::Preface(_) | Self::JoinRequest(_) | Self::Seal { .. } | Self::Unknown => None,
        }
    }

    /// Entries in it.
    #[must_use]
    pub fn entries(&self) -> u64 {
        let Self::Run { run, .. } = self else { return 0 };
        let mut entries = 0_u64;
        let _all_read = scan::fields(run, |number, _| {
            entries = entries.saturating_add(u64::from(number == 1));
            Some(())
        });
        entries
    }

    /// The log of its entries.
    #[must_use]
    pub fn log(&self) -> Option<LogId> {
        let Self::Run { run, .. } = self else { return None };
        let run = Run::decode(run).ok()?;
        Header::decode(&run.entries.first()?.header).ok().map(|header| header.log)
    }

    /// Statements in it.
    #[must_use]
    pub fn statements(&self) -> u64 {
        if let Self::Statements { statements, .. } = self { statements.len() as u64 } else { 0 }
    }

    /// Receipts in it.
    #[must_use]
    pub fn receipts(&self) -> u64 {
        if let Self::Receipts { receipts, .. } = self { receipts.len() as u64 } else { 0 }
    }

    /// Adds the statements of another item of the same circle, as far as one item may have so many;
    /// else gives it back.
    pub(super) fn absorb(&mut self, other: Self) -> Option<Self> {
        let Self::Statements { circle, statements } = self else { return Some(other) };
        let room = MAX_WANTED_STATEMENTS.saturating_sub(statements.len());
        let fits = other.circle() == Some(*circle) && other.statements() <= room as u64;
        if let (true, Self::Statements { statements: more, .. }) = (fits, &other) {
            statements.extend_from_slice(more);
            return None;
        }
        Some(other)
    }

    /// Bytes that it takes in memory, about; what takes long to check counts for more.
    #[must_use]
    pub fn weight(&self) -> usize {
        let checks = match self {
            Self::Statements { statements: all, .. } | Self::Receipts { receipts: all, .. } => {
                all.len()
            }
            Self::Fork { .. } => 2,
            Self::Run { .. } => 1,
            Self::Circle { .. }
            | Self::JoinRequest(_)
            | Self::Preface(_)
            | Self::Seal { .. }
            | Self::Unknown => 0,
        };
        let resolves = if matches!(self, Self::Statements { .. }) { RESOLVE_WEIGHT } else { 0 };
        self.bytes().saturating_add(checks.saturating_mul(CHECK_WEIGHT)).saturating_add(resolves)
    }

    fn bytes(&self) -> usize {
        let content = match self {
            Self::Circle { genesis: bytes, .. }
            | Self::Fork { proof: bytes, .. }
            | Self::Run { run: bytes, .. }
            | Self::JoinRequest(bytes) => bytes.len(),
            Self::Statements { statements: all, .. } | Self::Receipts { receipts: all, .. } => {
                all.iter().map(|it| it.len().saturating_add(size_of::<Vec<u8>>())).sum()
            }
            Self::Preface(_) | Self::Seal { .. } | Self::Unknown => 0,
        };
        content.saturating_add(size_of::<Self>())
    }

    fn into_wire(self) -> Option<wire::item::Item> {
        Some(match self {
            Self::Preface(preface) => wire::item::Item::Preface(preface.into_wire()),
            Self::Circle { circle, genesis } => {
                wire::item::Item::Circle(wire::Circle { circle: bytes(circle), genesis })
            }
            Self::Statements { circle, statements } => {
                let circle = bytes(circle);
                wire::item::Item::Statements(wire::Statements { circle, statements })
            }
            Self::Fork { circle, log, proof } => wire::item::Item::Fork(wire::Fork {
                circle: bytes(circle),
                device: bytes(log.device),
                incarnation: bytes(log.incarnation),
                lane: log.lane.number(),
                proof,
            }),
            Self::Run { circle, run } => {
                wire::item::Item::Run(wire::Run { circle: bytes(circle), run })
            }
            Self::Receipts { circle, receipts } => {
                wire::item::Item::Receipts(wire::Receipts { circle: bytes(circle), receipts })
            }
            Self::JoinRequest(request) => {
                wire::item::Item::JoinRequest(wire::JoinRequest { request })
            }
            Self::Seal { last, signature } => {
                wire::item::Item::Seal(wire::Seal { last, signature: signature.to_vec() })
            }
            Self::Unknown => return None,
        })
    }

    fn from_wire(item: wire::item::Item) -> Result<Self, ItemError> {
        Ok(match item {
            wire::item::Item::Preface(preface) => Self::Preface(Preface::from_wire(&preface)?),
            wire::item::Item::Circle(it) => {
                bounded(it.genesis.len(), MAX_STATEMENT_BYTES)?;
                Self::Circle { circle: id(&it.circle)?, genesis: it.genesis }
            }
            wire::item::Item::Statements(it) => {
                it.statements.iter().try_for_each(|it| some(it, MAX_STATEMENT_BYTES))?;
                Self::Statements { circle: id(&it.circle)?, statements: it.statements }
            }
            wire::item::Item::Fork(it) => {
                bounded(it.proof.len(), MAX_FORK_PROOF_BYTES)?;
                let log = LogId {
                    device: DeviceId::new(exact(&it.device)?),
                    incarnation: Incarnation::new(exact(&it.incarnation)?),
                    lane: Lane::from_number(it.lane).ok_or(Malformed)?,
                };
                Self::Fork { circle: id(&it.circle)?, log, proof: it.proof }
            }
            wire::item::Item::Run(it) => {
                bounded(it.run.len(), MAX_RUN_BYTES)?;
                Self::Run { circle: id(&it.circle)?, run: it.run }
            }
            wire::item::Item::Receipts(it) => {
                it.receipts.iter().try_for_each(|it| some(it, MAX_STATEMENT_BYTES))?;
                Self::Receipts { circle: id(&it.circle)?, receipts: it.receipts }
            }
            wire::item::Item::JoinRequest(it) => {
                bounded(it.request.len(), MAX_JOIN_REQUEST_BYTES)?;
                Self::JoinRequest(it.request)
            }
            wire::item::Item::Seal(it) => {
                Self::Seal { last: it.last, signature: exact(&it.signature)? }
            }
        })
    }
}

impl Preface {
    fn into_wire(self) -> wire::Preface {
        wire::Preface {
            version: VERSION,
            device: bytes(self.device),
            org: bytes(self.org),
            transport: self.transport.to_vec(),
            series: self.series.to_vec(),
            part: self.part,
            made: self.made.as_millis(),
        }
    }

    fn from_wire(message: &wire::Preface) -> Result<Self, ItemError> {
        match message.version {
            VERSION => {}
            0 => return Err(Malformed),
            other => return Err(ItemError::Version(other)),
        }
        Ok(Self {
            device: DeviceId::new(exact(&message.device)?),
            org: OrgId::new(exact(&message.org)?),
            transport: exact(&message.transport)?,
            series: exact(&message.series)?,
            part: message.part,
            made: Timestamp::from_millis(message.made),
        })
    }
}

/// Refuses items of several messages, or with more statements or receipts than allowed, before
/// memory is taken for them.
fn check_counts(item: &[u8]) -> Option<()> {
    let mut messages = 0;
    scan::fields(item, |kind, message| {
        messages += 1;
        let most = match kind {
            STATEMENTS => MAX_WANTED_STATEMENTS,
            RECEIPTS => MAX_RECEIPTS,
            _without_repeated_fields => return (messages == 1).then_some(()),
        };
        let mut fields = 0;
        scan::fields(message, |_, _| {
            fields += 1;
            // One more for the circle.
            (fields <= most.saturating_add(1)).then_some(())
        })?;
        (messages == 1).then_some(())
    })?;
    (messages == 1).then_some(())
}

fn bytes(id: impl AsRef<[u8]>) -> Vec<u8> {
    id.as_ref().to_vec()
}

fn id(bytes: &[u8]) -> Result<CircleId, ItemError> {
    exact(bytes).map(CircleId::new)
}

fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], ItemError> {
    bytes.try_into().map_err(|_length| Malformed)
}

/// Neither empty, which would cost memory and no bytes, nor too large.
const fn some(bytes: &[u8], most: usize) -> Result<(), ItemError> {
    if bytes.is_empty() { Err(Malformed) } else { bounded(bytes.len(), most) }
}

const fn bounded(length: usize, most: usize) -> Result<(), ItemError> {
    if length <= most { Ok(()) } else { Err(Malformed) }
}
