//! Blinded tags, and digests of sets, that mean something to this one connection only.

use crate::{
    crypto::Label,
    log::LogPosition,
    model::id::{CircleId, LogId, StatementId},
    sync::ReceiptMark,
};

/// Random bytes that one side contributes to a connection.
pub(super) type Nonce = [u8; 32];
/// A digest that is compared within one connection. Keyed with the sender's random nonce, it
/// cannot be aimed at beforehand; a peer that lies gains nothing but its own ignorance.
pub(super) type Digest = [u8; 8];
/// The same of receipts, shorter: sets that are taken for the same are compared again in the next
/// session, with another nonce.
pub(super) type ReceiptDigest = [u8; 4];

/// A circle as one side of one connection names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BlindedTag(pub(super) [u8; 16]);

impl BlindedTag {
    /// The tag by which the side with this nonce and key names a circle to the other. Binding
    /// both transport keys keeps a tag from being repeated to, or by, anybody else.
    pub(super) fn new(
        circle: &CircleId,
        nonce: &Nonce,
        sender: &[u8; 32],
        receiver: &[u8; 32],
    ) -> Self {
        let hash = Label::BlindedCircleTag.hash(&[circle.as_bytes(), nonce, sender, receiver]);
        Self(cut(hash))
    }
}

fn cut<const N: usize>(hash: [u8; 32]) -> [u8; N] {
    let mut short = [0; N];
    short.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    short
}

/// Number of parts that a large set is compared in.
pub(super) const BUCKETS: usize = 256;

/// What is compared of a circle, seen by the side with this nonce.
#[derive(Debug, Clone, Copy)]
pub(super) struct Digester<'a> {
    pub(super) circle: &'a CircleId,
    pub(super) nonce: &'a Nonce,
}

impl Digester<'_> {
    fn keyed(&self, what: &[u8], contents: &[u8]) -> Digest {
        cut(Label::SetDigest.hash(&[what, self.nonce, self.circle.as_bytes(), contents]))
    }

    /// Digest of a sorted set of statements.
    pub(super) fn statements(&self, ids: &[StatementId]) -> Digest {
        let mut bytes = Vec::with_capacity(ids.len().saturating_mul(StatementId::LEN));
        ids.iter().for_each(|id| bytes.extend_from_slice(id.as_ref()));
        self.keyed(b"statements", &bytes)
    }

    /// Digest of a sorted frontier.
    pub(super) fn frontier(&self, positions: &[LogPosition]) -> Digest {
        let mut bytes = Vec::new();
        positions.iter().for_each(|position| write_position(position, &mut bytes));
        self.keyed(b"frontier", &bytes)
    }

    /// Digest of a sorted set of receipts.
    pub(super) fn receipts(&self, marks: &[ReceiptMark]) -> ReceiptDigest {
        let mut bytes = Vec::with_capacity(marks.len().saturating_mul(72));
        for ReceiptMark { device, counter, id } in marks {
            bytes.extend_from_slice(device.as_bytes());
            bytes.extend_from_slice(&counter.to_le_bytes());
            bytes.extend_from_slice(id.as_bytes());
        }
        let [first, second, third, fourth, ..] = self.keyed(b"receipts", &bytes);
        [first, second, third, fourth]
    }

    /// Digests of the parts of a set of statements.
    pub(super) fn statement_buckets(&self, ids: &[StatementId]) -> Vec<Digest> {
        let parts = parts(ids, statement_bucket, |id, bytes| bytes.extend_from_slice(id.as_ref()));
        parts.iter().map(|part| self.keyed(b"statement bucket", part)).collect()
    }

    /// Digests of the parts of a frontier.
    pub(super) fn frontier_buckets(&self, positions: &[LogPosition]) -> Vec<Digest> {
        let parts = parts(positions, |position| log_bucket(&position.log), write_position);
        parts.iter().map(|part| self.keyed(b"frontier bucket", part)).collect()
    }
}

/// The bytes of each of the parts of a set.
fn parts<T>(
    set: &[T],
    bucket: impl Fn(&T) -> u8,
    write: impl Fn(&T, &mut Vec<u8>),
) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new(); BUCKETS];
    for item in set {
        if let Some(part) = parts.get_mut(usize::from(bucket(item))) {
            write(item, part);
        }
    }
    parts
}

/// The part of a set that a statement belongs to.
pub(super) fn statement_bucket(id: &StatementId) -> u8 {
    let [first, ..] = id.as_bytes();
    *first
}

/// The part of a frontier that a log belongs to.
pub(super) fn log_bucket(log: &LogId) -> u8 {
    let [first, ..] = log.device.as_bytes();
    *first
}

fn write_position(position: &LogPosition, bytes: &mut Vec<u8>) {
    let LogPosition { log, tail, forked } = position;
    bytes.extend_from_slice(log.device.as_bytes());
    bytes.extend_from_slice(log.incarnation.as_bytes());
    bytes.extend_from_slice(&log.lane.number().to_le_bytes());
    bytes.push(u8::from(*forked));
    // Two nodes may have frozen a forked log on different branches; nothing more will come.
    if !*forked {
        bytes.extend_from_slice(&tail.next_seq.to_le_bytes());
        bytes.extend_from_slice(tail.hash.as_bytes());
    }
}
