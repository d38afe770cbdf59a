//! Writes frames.

use prost::Message as _;

use super::{Hello, ListedReceipt, Message, Part, Shown};
use crate::{
    log::{LogPosition, Tail},
    model::id::{LogId, StatementId},
    sync::digest::{BlindedTag, Digest},
    wire::sync::{self as wire, frame},
};

impl Message {
    /// Writes the frame.
    pub(in crate::sync) fn encode(self) -> Vec<u8> {
        wire::Frame { message: self.into_wire() }.encode_to_vec()
    }

    fn into_wire(self) -> Option<frame::Message> {
        Some(match self {
            Self::Hello(hello) => frame::Message::Hello(hello.into_wire()),
            Self::Circles(shown) => frame::Message::Circles(circles(&shown)),
            Self::Introduce { genesis } => frame::Message::Introduce(wire::Introduce { genesis }),
            Self::StatementBuckets { circle, digests } => {
                frame::Message::StatementBuckets(buckets(circle, &digests))
            }
            Self::StatementList { circle, ids, complete, last } => {
                let (circle, ids) = (tag(circle), concat(&ids));
                frame::Message::StatementList(wire::StatementList { circle, ids, complete, last })
            }
            Self::StatementWants { circle, request, ids } => {
                let (circle, ids) = (tag(circle), concat(&ids));
                frame::Message::StatementWants(wire::StatementWants { circle, request, ids })
            }
            Self::Statements { request, statements, last } => {
                frame::Message::Statements(wire::Statements { request, statements, last })
            }
            Self::FrontierBuckets { circle, digests } => {
                frame::Message::FrontierBuckets(buckets(circle, &digests))
            }
            Self::Frontier { circle, positions, complete, last } => {
                let positions = positions.iter().map(position).collect();
                let circle = tag(circle);
                frame::Message::Frontier(wire::Frontier { circle, positions, complete, last })
            }
            Self::Want { circle, request, log, from, held } => {
                let (circle, from) = (tag(circle), Some(place(&log, from)));
                let held_run = held.map(|held| held.digest.to_vec()).unwrap_or_default();
                let held_bytes = held.map_or(0, |held| held.bytes);
                frame::Message::Want(wire::Want { circle, request, from, held_run, held_bytes })
            }
            Self::Entries { request, run, last } => {
                frame::Message::Entries(wire::Entries { request, run, last })
            }
            Self::Push { circle, position: at, run } => {
                let (circle, position) = (tag(circle), Some(position(&at)));
                frame::Message::Push(wire::Push { circle, position, run })
            }
            Self::Ack { bytes } => frame::Message::Ack(wire::Ack { bytes }),
            Self::Fork { circle, log, proof } => {
                let (circle, log) = (tag(circle), Some(place(&log, 0)));
                frame::Message::Fork(wire::Fork { circle, log, proof })
            }
            Self::Refused { circle, all } => {
                frame::Message::Refused(wire::Refused { circle: tag(circle), all })
            }
            Self::ReceiptList { circle, listed, complete } => {
                frame::Message::ReceiptList(receipt_list(circle, &listed, complete))
            }
            Self::ReceiptWants { circle, request, devices } => {
                let (circle, devices) = (tag(circle), devices.concat());
                frame::Message::ReceiptWants(wire::ReceiptWants { circle, request, devices })
            }
            Self::Receipts { circle, request, receipts, last } => {
                let circle = tag(circle);
                frame::Message::Receipts(wire::Receipts { circle, request, receipts, last })
            }
            Self::Part(part) => {
                let Part { request, digest, run_bytes, offset, bytes, last } = part;
                let digest = digest.to_vec();
                let part = wire::Part { request, digest, run_bytes, offset, bytes, last };
                frame::Message::Part(part)
            }
            Self::Metered { on } => frame::Message::Metered(wire::Metered { on }),
            Self::Unknown => return None,
        })
    }
}

impl Hello {
    fn into_wire(self) -> wire::Hello {
        wire::Hello {
            version: self.version,
            nonce: self.nonce.to_vec(),
            max_frame_bytes: self.max_frame_bytes,
            window_bytes: self.window_bytes,
            circles: Some(circles(&self.circles)),
            parts: self.parts,
            metered: self.metered,
        }
    }
}

fn circles(shown: &[Shown]) -> wire::Circles {
    wire::Circles {
        tags: shown.iter().flat_map(|circle| circle.tag.0).collect(),
        statement_digests: shown.iter().flat_map(|circle| circle.statements).collect(),
        frontier_digests: shown.iter().flat_map(|circle| circle.frontier).collect(),
        receipt_digests: shown.iter().filter_map(|circle| circle.receipts).flatten().collect(),
    }
}

fn receipt_list(circle: BlindedTag, listed: &[ListedReceipt], complete: bool) -> wire::ReceiptList {
    wire::ReceiptList {
        circle: tag(circle),
        devices: listed.iter().flat_map(|receipt| receipt.device).collect(),
        counters: listed.iter().map(|receipt| receipt.rank.counter).collect(),
        ids: listed.iter().flat_map(|receipt| receipt.rank.id).collect(),
        complete,
    }
}

fn buckets(circle: BlindedTag, digests: &[Digest]) -> wire::Buckets {
    wire::Buckets { circle: tag(circle), digests: digests.concat() }
}

fn tag(circle: BlindedTag) -> Vec<u8> {
    circle.0.to_vec()
}

fn concat(ids: &[StatementId]) -> Vec<u8> {
    ids.iter().flat_map(|id| *id.as_bytes()).collect()
}

fn position(position: &LogPosition) -> wire::Position {
    let Tail { next_seq, hash } = position.tail;
    wire::Position {
        hash: hash.as_bytes().to_vec(),
        forked: position.forked,
        ..place(&position.log, next_seq)
    }
}

/// A place of a log, without what is held there.
fn place(log: &LogId, next_seq: u64) -> wire::Position {
    wire::Position {
        device: log.device.as_bytes().to_vec(),
        incarnation: log.incarnation.as_bytes().to_vec(),
        lane: log.lane.number(),
        next_seq,
        hash: Vec::new(),
        forked: false,
    }
}
