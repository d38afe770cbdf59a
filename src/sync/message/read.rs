//! Reads frames.

use prost::Message as _;

use super::{HeldRun, Hello, ListedReceipt, Malformed, Message, Part, ReceiptRank, Shown};
use crate::{
    log::{LogPosition, Tail, scan},
    model::{
        id::{DeviceId, EntryHash, Incarnation, Lane, LogId, StatementId},
        limits::{
            MAX_CONTROL_FRAME_BYTES, MAX_FRAME_BYTES, MAX_RECEIPT_BYTES, MAX_RUN_BYTES,
            MAX_STATEMENT_BYTES,
        },
    },
    sync::{
        digest::{BUCKETS, BlindedTag, Digest, ReceiptDigest},
        limits::{
            MAX_LISTED_POSITIONS, MAX_LISTED_RECEIPTS, MAX_LISTED_STATEMENTS, MAX_PART_FRAME_BYTES,
            MAX_SHOWN_CIRCLES, MAX_STATEMENTS_FRAME_BYTES, MAX_WANTED_RECEIPTS,
            MAX_WANTED_STATEMENTS,
        },
    },
    wire::sync::{self as wire, frame},
};

/// Protobuf keys (field number, length-delimited) of the frames that may be larger than control
/// frames. As each frame is one field, its first byte tells its kind before anything is decoded.
const INTRODUCE: u8 = 3 << 3 | 2;
const STATEMENTS: u8 = 7 << 3 | 2;
const ENTRIES: u8 = 11 << 3 | 2;
const PUSH: u8 = 12 << 3 | 2;
const FORK: u8 = 14 << 3 | 2;
/// The same of receipts, whose number is above 15 and takes two bytes.
const RECEIPTS: [u8; 2] = [0x80 | (22 << 3 & 0x7f | 2), 22 >> 4];
/// First byte of the key of a part, whose number takes two: 25 << 3 | 2 is 202.
const PART: u8 = 202;

/// Bytes that a frame which begins with this byte may have.
fn max_bytes(first: u8) -> usize {
    match first {
        ENTRIES | PUSH | FORK => MAX_FRAME_BYTES,
        PART => MAX_PART_FRAME_BYTES,
        STATEMENTS | INTRODUCE => MAX_STATEMENTS_FRAME_BYTES,
        _control => MAX_CONTROL_FRAME_BYTES,
    }
}

/// Whether a frame carries entries, statements or receipts, which are bounded by having been asked
/// for.
pub(in crate::sync) fn is_content(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(&(ENTRIES | STATEMENTS | PART))) || bytes.starts_with(&RECEIPTS)
}

/// Refuses frames of several messages: the limit of one would let another be too large.
fn check_single(bytes: &[u8]) -> Result<(), Malformed> {
    let mut messages = 0;
    let walked = scan::fields(bytes, |_, _| {
        messages += 1;
        Some(())
    });
    if walked.is_some() && messages == 1 { Ok(()) } else { Err(Malformed) }
}

impl Message {
    /// Reads a frame within its limits.
    pub(in crate::sync) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let first = bytes.first().ok_or(Malformed)?;
        if bytes.len() > max_bytes(*first) {
            return Err(Malformed);
        }
        check_single(bytes)?;
        let frame = wire::Frame::decode(bytes).map_err(|_not_protobuf| Malformed)?;
        frame.message.map_or(Ok(Self::Unknown), Self::from_wire)
    }

    fn from_wire(message: frame::Message) -> Result<Self, Malformed> {
        Ok(match message {
            frame::Message::Hello(hello) => Self::Hello(Hello::from_wire(&hello)?),
            frame::Message::Circles(shown) => Self::Circles(circles(&shown)?),
            frame::Message::Introduce(wire::Introduce { genesis }) => {
                bounded(genesis.len(), MAX_STATEMENT_BYTES)?;
                Self::Introduce { genesis }
            }
            frame::Message::StatementBuckets(message) => {
                let (circle, digests) = buckets(&message)?;
                Self::StatementBuckets { circle, digests }
            }
            frame::Message::StatementList(message) => Self::StatementList {
                circle: tag(&message.circle)?,
                ids: ids(&message.ids, MAX_LISTED_STATEMENTS)?,
                complete: message.complete,
                last: message.last,
            },
            frame::Message::StatementWants(message) => Self::StatementWants {
                circle: tag(&message.circle)?,
                request: message.request,
                ids: ids(&message.ids, MAX_WANTED_STATEMENTS)?,
            },
            frame::Message::Statements(message) => statements(message)?,
            frame::Message::FrontierBuckets(message) => {
                let (circle, digests) = buckets(&message)?;
                Self::FrontierBuckets { circle, digests }
            }
            frame::Message::Frontier(message) => frontier(&message)?,
            frame::Message::Want(message) => {
                let (log, from) = place(message.from.as_ref())?;
                let held = held(&message)?;
                let (circle, request) = (tag(&message.circle)?, message.request);
                Self::Want { circle, request, log, from, held }
            }
            frame::Message::Entries(wire::Entries { request, run, last }) => {
                Self::Entries { request, run, last }
            }
            frame::Message::Push(message) => Self::Push {
                circle: tag(&message.circle)?,
                position: position(message.position.as_ref().ok_or(Malformed)?)?,
                run: message.run,
            },
            frame::Message::Ack(wire::Ack { bytes }) => Self::Ack { bytes },
            frame::Message::Fork(message) => {
                let (log, _) = place(message.log.as_ref())?;
                Self::Fork { circle: tag(&message.circle)?, log, proof: message.proof }
            }
            frame::Message::Refused(wire::Refused { circle, all }) => {
                Self::Refused { circle: tag(&circle)?, all }
            }
            frame::Message::ReceiptList(message) => receipt_list(&message)?,
            frame::Message::ReceiptWants(message) => Self::ReceiptWants {
                circle: tag(&message.circle)?,
                request: message.request,
                devices: parts(&message.devices, MAX_WANTED_RECEIPTS)?,
            },
            frame::Message::Receipts(message) => receipts(message)?,
            frame::Message::Part(message) => Self::Part(part(message)?),
            frame::Message::Metered(wire::Metered { on }) => Self::Metered { on },
        })
    }
}

impl Hello {
    fn from_wire(message: &wire::Hello) -> Result<Self, Malformed> {
        Ok(Self {
            version: message.version,
            nonce: exact(&message.nonce)?,
            max_frame_bytes: message.max_frame_bytes,
            window_bytes: message.window_bytes,
            circles: message.circles.as_ref().map_or(Ok(Vec::new()), circles)?,
            parts: message.parts,
            metered: message.metered,
        })
    }
}

fn circles(message: &wire::Circles) -> Result<Vec<Shown>, Malformed> {
    let tags: Vec<[u8; 16]> = parts(&message.tags, MAX_SHOWN_CIRCLES)?;
    let statements: Vec<Digest> = parts(&message.statement_digests, MAX_SHOWN_CIRCLES)?;
    let frontiers: Vec<Digest> = parts(&message.frontier_digests, MAX_SHOWN_CIRCLES)?;
    let receipts: Vec<ReceiptDigest> = parts(&message.receipt_digests, MAX_SHOWN_CIRCLES)?;
    let knows_receipts = !receipts.is_empty();
    if statements.len() != tags.len()
        || frontiers.len() != tags.len()
        || (knows_receipts && receipts.len() != tags.len())
    {
        return Err(Malformed);
    }
    let receipts = receipts.into_iter().map(Some).chain(std::iter::repeat(None));
    let digests = statements.into_iter().zip(frontiers).zip(receipts);
    let shown = tags.into_iter().zip(digests);
    let shown = shown.map(|(tag, ((statements, frontier), receipts))| Shown {
        tag: BlindedTag(tag),
        statements,
        frontier,
        receipts,
    });
    Ok(shown.collect())
}

fn buckets(message: &wire::Buckets) -> Result<(BlindedTag, Vec<Digest>), Malformed> {
    let digests: Vec<Digest> = parts(&message.digests, BUCKETS)?;
    if digests.len() == BUCKETS { Ok((tag(&message.circle)?, digests)) } else { Err(Malformed) }
}

fn statements(message: wire::Statements) -> Result<Message, Malformed> {
    let wire::Statements { request, statements, last } = message;
    bounded(statements.len(), MAX_WANTED_STATEMENTS)?;
    statements.iter().try_for_each(|bytes| bounded(bytes.len(), MAX_STATEMENT_BYTES))?;
    Ok(Message::Statements { request, statements, last })
}

fn receipt_list(message: &wire::ReceiptList) -> Result<Message, Malformed> {
    let devices: Vec<[u8; 8]> = parts(&message.devices, MAX_LISTED_RECEIPTS)?;
    let ids: Vec<[u8; 4]> = parts(&message.ids, MAX_LISTED_RECEIPTS)?;
    if message.counters.len() != devices.len() || ids.len() != devices.len() {
        return Err(Malformed);
    }
    let ranks = message.counters.iter().zip(ids);
    let ranks = ranks.map(|(counter, id)| ReceiptRank { counter: *counter, id });
    let listed = devices.into_iter().zip(ranks);
    let listed = listed.map(|(device, rank)| ListedReceipt { device, rank }).collect();
    let complete = message.complete;
    Ok(Message::ReceiptList { circle: tag(&message.circle)?, listed, complete })
}

fn receipts(message: wire::Receipts) -> Result<Message, Malformed> {
    let wire::Receipts { circle, request, receipts, last } = message;
    bounded(receipts.len(), MAX_WANTED_RECEIPTS)?;
    receipts.iter().try_for_each(|bytes| bounded(bytes.len(), MAX_RECEIPT_BYTES))?;
    Ok(Message::Receipts { circle: tag(&circle)?, request, receipts, last })
}

fn frontier(message: &wire::Frontier) -> Result<Message, Malformed> {
    bounded(message.positions.len(), MAX_LISTED_POSITIONS)?;
    Ok(Message::Frontier {
        circle: tag(&message.circle)?,
        positions: message.positions.iter().map(position).collect::<Result<_, _>>()?,
        complete: message.complete,
        last: message.last,
    })
}

fn held(message: &wire::Want) -> Result<Option<HeldRun>, Malformed> {
    if message.held_run.is_empty() {
        return Ok(None);
    }
    Ok(Some(HeldRun { digest: exact(&message.held_run)?, bytes: message.held_bytes }))
}

fn part(message: wire::Part) -> Result<Part, Malformed> {
    let wire::Part { request, digest, run_bytes, offset, bytes, last } = message;
    bounded(usize::try_from(run_bytes).unwrap_or(usize::MAX), MAX_RUN_BYTES)?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let fits = offset.checked_add(length).is_some_and(|end| end <= run_bytes);
    if bytes.is_empty() || !fits {
        return Err(Malformed);
    }
    Ok(Part { request, digest: exact(&digest)?, run_bytes, offset, bytes, last })
}

fn position(message: &wire::Position) -> Result<LogPosition, Malformed> {
    let (log, next_seq) = place(Some(message))?;
    let hash = EntryHash::new(exact(&message.hash)?);
    Ok(LogPosition { log, tail: Tail { next_seq, hash }, forked: message.forked })
}

fn place(message: Option<&wire::Position>) -> Result<(LogId, u64), Malformed> {
    let message = message.ok_or(Malformed)?;
    let log = LogId {
        device: DeviceId::new(exact(&message.device)?),
        incarnation: Incarnation::new(exact(&message.incarnation)?),
        lane: Lane::from_number(message.lane).ok_or(Malformed)?,
    };
    Ok((log, message.next_seq))
}

fn tag(bytes: &[u8]) -> Result<BlindedTag, Malformed> {
    exact(bytes).map(BlindedTag)
}

fn ids(bytes: &[u8], max: usize) -> Result<Vec<StatementId>, Malformed> {
    Ok(parts(bytes, max)?.into_iter().map(StatementId::new).collect())
}

/// Cuts bytes into at most `max` parts of the same length.
fn parts<const N: usize>(bytes: &[u8], max: usize) -> Result<Vec<[u8; N]>, Malformed> {
    let (parts, rest) = bytes.as_chunks::<N>();
    bounded(parts.len(), max)?;
    if rest.is_empty() { Ok(parts.to_vec()) } else { Err(Malformed) }
}

fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Malformed> {
    bytes.try_into().map_err(|_length| Malformed)
}

fn bounded(count: usize, max: usize) -> Result<(), Malformed> {
    if count <= max { Ok(()) } else { Err(Malformed) }
}
