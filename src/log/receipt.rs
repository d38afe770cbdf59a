//! Receipts: how far a device holds the logs of a circle, in its own signed words.
//!
//! The specification is `proto/receipt.md`.

use prost::{Message, encoding};

use crate::{
    crypto::{Label, SignatureError, Signed, Statement, Verified},
    log::Tail,
    model::{
        id::{CircleTag, DeviceId, EntryHash, Incarnation, Lane, LogId, StatementId},
        limits::{MAX_RECEIPT_BYTES, MAX_WRITERS_PER_RECEIPT},
    },
    wire::{
        bounded::{self, BoundedError},
        receipt as wire,
    },
};

/// Version of the layout.
const VERSION: u32 = 1;
/// Number of the field that names it.
const VERSION_FIELD: u32 = 1;
/// Fields of a receipt beside its writers.
const OTHER_FIELDS: usize = 8;
/// Bytes that the envelope takes: the signature and three field heads.
const ENVELOPE_BYTES: usize = 64 + 3 + 4;
/// Bit beside the lane that says that the log is forked.
const FORKED: u8 = 4;

/// Why bytes are no receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// More than allowed, or not such a message.
    #[error("the receipt cannot be read: {0}")]
    Message(#[from] BoundedError),
    /// Made by a later version of the program.
    #[error("the receipt is of version {0}, which this version of the program does not know")]
    Version(u32),
    /// An identifier of the wrong length, columns that do not fit together.
    #[error("the receipt is malformed")]
    Malformed,
    /// Logs that are not in ascending order, or named twice.
    #[error("the receipt names its logs out of order")]
    Order,
    /// The signature is not by the device that it names.
    #[error("the receipt is not signed by its device")]
    Signature,
}

/// First half of an entry's hash: enough to tell forks apart, where the length is named too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShortHash(pub [u8; 16]);

impl ShortHash {
    /// Of an entry.
    #[must_use]
    pub fn of(hash: &EntryHash) -> Self {
        let mut short = [0; 16];
        short.iter_mut().zip(hash.as_bytes()).for_each(|(to, from)| *to = *from);
        Self(short)
    }
}

/// How far a device says that it holds one log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The log.
    pub log: LogId,
    /// How many entries of it, from the first on; at least one.
    pub next_seq: u64,
    /// The last of them.
    pub last: ShortHash,
    /// Whether it holds a proof that the log is forked.
    pub forked: bool,
}

impl Claim {
    /// The claim of who holds a log up to here; none of an empty one.
    #[must_use]
    pub fn of(log: LogId, tail: &Tail, forked: bool) -> Option<Self> {
        let last = ShortHash::of(&tail.hash);
        (tail.next_seq > 0).then_some(Self { log, next_seq: tail.next_seq, last, forked })
    }

    /// Whether this is the entry that it names.
    #[must_use]
    pub fn names(&self, hash: &EntryHash) -> bool {
        self.last == ShortHash::of(hash)
    }
}

/// What a device says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The circle, as headers name it.
    pub circle: CircleTag,
    /// Whose word it is.
    pub device: DeviceId,
    /// The life of its home.
    pub incarnation: Incarnation,
    /// Grows with every receipt of the device for the circle.
    pub counter: u64,
    /// Whether logs were left out because they did not fit.
    pub partial: bool,
    /// The logs, in ascending order.
    pub claims: Vec<Claim>,
}

impl Receipt {
    /// A receipt of the logs that fit, the first ones of these first.
    #[must_use]
    pub fn of_most(mut self, by_urgency: impl IntoIterator<Item = Claim>) -> Self {
        let all: Vec<Claim> = by_urgency.into_iter().collect();
        let mut count = all.len().min(MAX_WRITERS_PER_RECEIPT);
        loop {
            self.claims = all.iter().take(count).copied().collect();
            self.claims.sort_unstable();
            self.partial = count < all.len();
            let bytes = self.to_wire().encoded_len().saturating_add(ENVELOPE_BYTES);
            if bytes <= MAX_RECEIPT_BYTES {
                return self;
            }
            // Each log takes at least its columns; what is over is cut off in a few rounds.
            let over = bytes.saturating_sub(MAX_RECEIPT_BYTES);
            count = count.saturating_sub(over.div_ceil(100).max(1));
        }
    }

    /// The claim of one log.
    #[must_use]
    pub fn claim(&self, log: &LogId) -> Option<&Claim> {
        let found = self.claims.binary_search_by(|claim| claim.log.cmp(log)).ok()?;
        self.claims.get(found)
    }

    fn to_wire(&self) -> wire::Receipt {
        let mut writers: Vec<wire::Writer> = Vec::new();
        let mut last: Option<(DeviceId, Incarnation)> = None;
        for claim in &self.claims {
            let LogId { device, incarnation, lane } = claim.log;
            if last.is_none_or(|(writer, _life)| writer != device) {
                let device = device.as_bytes().to_vec();
                writers.push(wire::Writer { device, lives: Vec::new() });
            }
            let Some(writer) = writers.last_mut() else { continue };
            if last != Some((device, incarnation)) {
                let incarnation = incarnation.as_bytes().to_vec();
                writer.lives.push(wire::Life { incarnation, ..wire::Life::default() });
            }
            last = Some((device, incarnation));
            let Some(life) = writer.lives.last_mut() else { continue };
            let lane = u8::try_from(lane.number()).unwrap_or_default();
            life.lanes.push(lane | if claim.forked { FORKED } else { 0 });
            life.next_seqs.push(claim.next_seq);
            life.hashes.extend_from_slice(&claim.last.0);
        }
        wire::Receipt {
            version: VERSION,
            circle_tag: self.circle.as_bytes().to_vec(),
            device: self.device.as_bytes().to_vec(),
            incarnation: self.incarnation.as_bytes().to_vec(),
            counter: self.counter,
            partial: self.partial,
            writers,
        }
    }
}

/// The claims of one life of a writer.
fn claims_of_life(
    device: DeviceId,
    life: &wire::Life,
    claims: &mut Vec<Claim>,
) -> Result<(), ReceiptError> {
    let malformed = |_error| ReceiptError::Malformed;
    let incarnation = Incarnation::try_from(life.incarnation.as_slice()).map_err(malformed)?;
    let (hashes, rest) = life.hashes.as_chunks::<16>();
    let fits = rest.is_empty()
        && !life.lanes.is_empty()
        && life.lanes.len() <= Lane::ALL.len()
        && life.lanes.len() == life.next_seqs.len()
        && life.lanes.len() == hashes.len();
    if !fits {
        return Err(ReceiptError::Malformed);
    }
    for ((lane, next_seq), hash) in life.lanes.iter().zip(&life.next_seqs).zip(hashes) {
        let forked = lane & FORKED != 0;
        let lane = Lane::from_number(u32::from(lane & !FORKED)).ok_or(ReceiptError::Malformed)?;
        if *next_seq == 0 {
            return Err(ReceiptError::Malformed);
        }
        let claim = Claim {
            log: LogId { device, incarnation, lane },
            next_seq: *next_seq,
            last: ShortHash(*hash),
            forked,
        };
        if claims.last().is_some_and(|before| before.log >= claim.log) {
            return Err(ReceiptError::Order);
        }
        claims.push(claim);
    }
    Ok(())
}

/// The version that a receipt names, whatever else it holds.
fn version_of(mut body: &[u8]) -> Option<u32> {
    while !body.is_empty() {
        let (tag, wire_type) = encoding::decode_key(&mut body).ok()?;
        if tag == VERSION_FIELD && wire_type == encoding::WireType::Varint {
            let version = encoding::decode_varint(&mut body).ok()?;
            return Some(u32::try_from(version).unwrap_or(u32::MAX));
        }
        let context = encoding::DecodeContext::default();
        encoding::skip_field(wire_type, tag, &mut body, context).ok()?;
    }
    None
}

impl Statement for Receipt {
    const LABEL: Label = Label::Receipt;
    type Error = ReceiptError;

    fn decode(body: &[u8]) -> Result<Self, ReceiptError> {
        // Before the limits of this version: a later one may have others, and that is no fault.
        if let Some(version) = version_of(body).filter(|version| *version != VERSION) {
            return Err(ReceiptError::Version(version));
        }
        let fields = MAX_WRITERS_PER_RECEIPT.saturating_add(OTHER_FIELDS);
        let message: wire::Receipt = bounded::decode(body, MAX_RECEIPT_BYTES, fields)?;
        if message.version != VERSION {
            return Err(ReceiptError::Version(message.version));
        }
        let malformed = |_error| ReceiptError::Malformed;
        let mut claims = Vec::new();
        for writer in &message.writers {
            let device = DeviceId::try_from(writer.device.as_slice()).map_err(malformed)?;
            if writer.lives.is_empty() {
                return Err(ReceiptError::Malformed);
            }
            for life in &writer.lives {
                claims_of_life(device, life, &mut claims)?;
            }
        }
        Ok(Self {
            circle: CircleTag::try_from(message.circle_tag.as_slice()).map_err(malformed)?,
            device: DeviceId::try_from(message.device.as_slice()).map_err(malformed)?,
            incarnation: Incarnation::try_from(message.incarnation.as_slice())
                .map_err(malformed)?,
            counter: message.counter,
            partial: message.partial,
            claims,
        })
    }

    fn encode(&self) -> Vec<u8> {
        self.to_wire().encode_to_vec()
    }

    fn signer(&self) -> [u8; 32] {
        *self.device.as_bytes()
    }
}

/// A receipt whose signature was checked.
#[derive(Debug, Clone)]
pub struct SignedReceipt(Verified<Receipt>);

impl SignedReceipt {
    /// Signs a receipt. The key must be that of the device which the receipt names.
    #[must_use]
    pub fn sign(key: &ed25519_dalek::SigningKey, receipt: Receipt) -> Self {
        Self(Signed::sign(key, receipt))
    }

    /// Reads a receipt within its limits and checks its signature.
    ///
    /// # Errors
    /// When the bytes are no receipt or are not signed by the device that they name.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let message: wire::SignedReceipt = bounded::decode(bytes, MAX_RECEIPT_BYTES, 4)?;
        let signature = <[u8; 64]>::try_from(message.signature.as_slice())
            .map_err(|_length| ReceiptError::Malformed)?;
        let signed = Signed::<Receipt>::from_parts(message.body, signature);
        match signed.verify() {
            Ok(verified) => Ok(Self(verified)),
            Err(SignatureError::Body(error)) => Err(error),
            Err(_key_or_signature) => Err(ReceiptError::Signature),
        }
    }

    /// What a receipt says that was verified when it came and kept under seal since.
    #[must_use]
    pub fn read_kept(bytes: &[u8]) -> Option<Receipt> {
        let message: wire::SignedReceipt = bounded::decode(bytes, MAX_RECEIPT_BYTES, 4).ok()?;
        Receipt::decode(&message.body).ok()
    }

    /// The receipt as it travels.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let signed = self.0.signed();
        let (body, signature) = (signed.body().to_vec(), signed.signature().to_vec());
        wire::SignedReceipt { body, signature }.encode_to_vec()
    }

    /// What it says.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        self.0.value()
    }

    /// Its id: a hash of what was signed.
    #[must_use]
    pub fn id(&self) -> StatementId {
        self.0.id()
    }
}

#[cfg(test)]
mod tests;
