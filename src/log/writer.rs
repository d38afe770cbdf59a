//! Writes a device's own log.
//!
//! A payload is sealed for its place in the log, so the place must be known before the entry is:
//!
//! ```text
//! let place = writer.next_position();      // seq; the index is the payload's in the draft
//! … seal each payload for (log, place.seq(), index) …
//! let written = writer.append(place, draft, &key)?;
//! … journal `written`, then tell sync …
//! ```

use std::sync::Arc;

use ed25519_dalek::{Signer, SigningKey};

use crate::{
    log::{Entry, Header, Kind, PayloadRef, Run, Tail, VerifiedRun, verify::signing_bytes},
    model::{
        id::{CircleTag, EpochId, LogId, StatementId},
        limits::{MAX_HEADER_BYTES, MAX_PAYLOADS_PER_ENTRY, MAX_RUN_BYTES},
    },
};

/// Why an entry is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The key is not the log's device.
    #[error("the signing key is not the key of the log's device")]
    OtherKey,
    /// The place is of another log, or has been written meanwhile.
    #[error("place {seq} of the log is not the next one")]
    Place {
        /// The place that was given.
        seq: u64,
    },
    /// This kind may not stand on this lane.
    #[error("entries of this kind do not stand on this lane")]
    Lane,
    /// Too many payloads, an empty one, or more bytes than an entry may have.
    #[error("the payloads are empty, too many, or too large for one entry")]
    Payloads,
    /// The log is full.
    #[error("the log has no places left")]
    Full,
}

/// The next place of a log, reserved for sealing payloads; used up by [`Writer::append`].
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    log: LogId,
    seq: u64,
}

impl Place {
    /// Sequence number that the entry will have.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The log.
    #[must_use]
    pub const fn log(&self) -> &LogId {
        &self.log
    }
}

/// What an entry is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What the payloads are.
    pub kind: Kind,
    /// Newest decision that we know; zeros if none.
    pub decision: StatementId,
    /// Key epoch of the payloads; zeros if they are not sealed under one.
    pub epoch: EpochId,
    /// The payloads, sealed, in order.
    pub payloads: Vec<Vec<u8>>,
}

/// The end of one of our own logs, where entries are added.
#[derive(Debug, Clone)]
pub struct Writer {
    circle: CircleTag,
    log: LogId,
    tail: Tail,
}

impl Writer {
    /// Continues a log at its end.
    #[must_use]
    pub const fn new(circle: CircleTag, log: LogId, tail: Tail) -> Self {
        Self { circle, log, tail }
    }

    /// The log's end.
    #[must_use]
    pub const fn tail(&self) -> Tail {
        self.tail
    }

    /// The place of the next entry. Asking again before it is written gives the same place.
    #[must_use]
    pub const fn next_position(&self) -> Place {
        Place { log: self.log, seq: self.tail.next_seq }
    }

    /// Signs an entry for this place and moves on. The result must be durable before anything of
    /// it leaves the device: a lost entry that others have seen would make the next one a fork.
    ///
    /// # Errors
    /// When the place is not the next one, the key another device's, or the draft not allowed;
    /// nothing has moved then.
    pub fn append(
        &mut self,
        place: Place,
        draft: Draft,
        key: &SigningKey,
    ) -> Result<VerifiedRun, WriteError> {
        let Place { log, seq } = place;
        if key.verifying_key().as_bytes() != self.log.device.as_bytes() {
            return Err(WriteError::OtherKey);
        }
        if log != self.log || seq != self.tail.next_seq {
            return Err(WriteError::Place { seq });
        }
        if seq == u64::MAX {
            return Err(WriteError::Full);
        }
        let (header, entry) = self.entry(draft)?;
        let signature = key.sign(&signing_bytes(&Header::hash(&entry.header))).to_bytes();
        let written = VerifiedRun::written(header, entry, signature);
        self.tail = written.tail();
        Ok(written)
    }

    fn entry(&self, draft: Draft) -> Result<(Header, Entry), WriteError> {
        if draft.kind.lane() != Some(self.log.lane) {
            return Err(WriteError::Lane);
        }
        if draft.payloads.len() > MAX_PAYLOADS_PER_ENTRY {
            return Err(WriteError::Payloads);
        }
        let payloads = draft.payloads.iter().map(|payload| PayloadRef::of(payload));
        let header = Header {
            circle: self.circle,
            log: self.log,
            seq: self.tail.next_seq,
            previous: self.tail.hash,
            decision: draft.decision,
            epoch: draft.epoch,
            kind: draft.kind,
            payloads: payloads.collect::<Option<Vec<_>>>().ok_or(WriteError::Payloads)?,
        };
        let payloads = draft.payloads.into_iter().map(|bytes| Some(Arc::from(bytes))).collect();
        let entry = Entry { header: header.encode(), payloads };
        let alone = entry.encoded_len().saturating_add(Run::SIGNATURE_BYTES);
        if entry.header.len() > MAX_HEADER_BYTES || alone > MAX_RUN_BYTES {
            return Err(WriteError::Payloads);
        }
        Ok((header, entry))
    }
}
