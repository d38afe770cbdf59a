//! Runs: consecutive entries of a log as they travel and are kept, not yet verified.

use std::sync::Arc;

use prost::Message;

use crate::{
    log::scan,
    model::limits::{
        MAX_ENTRIES_PER_RUN, MAX_HEADER_BYTES, MAX_PAYLOADS_PER_ENTRY, MAX_RUN_BYTES,
        MIN_PAYLOAD_REF_BYTES,
    },
    wire::log as wire,
};

/// Why bytes are not a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RunFormatError {
    /// More bytes, entries or payloads than allowed.
    #[error("the run is larger than allowed")]
    TooLarge,
    /// Not a run.
    #[error("the run is not readable")]
    Unreadable,
    /// No entry in it.
    #[error("the run is empty")]
    Empty,
}

/// One entry as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The exact bytes of the header.
    pub header: Arc<[u8]>,
    /// The payloads; `None` where one has been erased.
    pub payloads: Vec<Option<Arc<[u8]>>>,
}

/// Consecutive entries of one log, signed at the last. Nothing of it has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The entries in order.
    pub entries: Vec<Entry>,
    /// The writer's signature over the hash of the last entry.
    pub signature: [u8; 64],
}

impl Entry {
    /// Bytes that the entry takes in a run.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let payloads = self.payloads.iter().map(|p| field_len(p.as_ref().map_or(0, |p| p.len())));
        field_len(field_len(self.header.len()) + payloads.sum::<usize>())
    }

    fn to_wire(&self) -> wire::Entry {
        let payload = |p: &Option<Arc<[u8]>>| p.as_ref().map_or_else(Vec::new, |p| p.to_vec());
        wire::Entry {
            header: self.header.to_vec(),
            payloads: self.payloads.iter().map(payload).collect(),
        }
    }

    fn from_wire(message: wire::Entry) -> Self {
        let payload = |p: Vec<u8>| (!p.is_empty()).then(|| Arc::from(p));
        Self {
            header: message.header.into(),
            payloads: message.payloads.into_iter().map(payload).collect(),
        }
    }
}

/// Bytes of a length-delimited field with a number below 16.
fn field_len(contents: usize) -> usize {
    1 + prost::length_delimiter_len(contents) + contents
}

impl Run {
    /// Bytes that the signature takes in a run.
    pub const SIGNATURE_BYTES: usize = 66;

    /// Bytes that [`Self::encode`] makes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.entries.iter().map(Entry::encoded_len).sum::<usize>() + Self::SIGNATURE_BYTES
    }

    /// Writes the run.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let message = wire::Run {
            entries: self.entries.iter().map(Entry::to_wire).collect(),
            signature: self.signature.to_vec(),
        };
        message.encode_to_vec()
    }

    /// Reads a run within its limits, counting its parts before taking memory for them.
    ///
    /// # Errors
    /// When the bytes are no run or are more than one may have.
    pub fn decode(bytes: &[u8]) -> Result<Self, RunFormatError> {
        if bytes.len() > MAX_RUN_BYTES {
            return Err(RunFormatError::TooLarge);
        }
        check_counts(bytes)?;
        let message = wire::Run::decode(bytes).map_err(|_malformed| RunFormatError::Unreadable)?;
        if message.entries.is_empty() {
            return Err(RunFormatError::Empty);
        }
        let signature = <[u8; 64]>::try_from(message.signature.as_slice())
            .map_err(|_length| RunFormatError::Unreadable)?;
        Ok(Self { entries: message.entries.into_iter().map(Entry::from_wire).collect(), signature })
    }
}

/// Refuses runs with more entries, payloads or header bytes than allowed.
fn check_counts(bytes: &[u8]) -> Result<(), RunFormatError> {
    let (mut entries, mut all_payloads, mut too_large) = (0_usize, 0_usize, false);
    let walked = scan::fields(bytes, |number, entry| {
        if number != 1 {
            return Some(());
        }
        entries += 1;
        let mut payloads = 0_usize;
        scan::fields(entry, |number, contents| {
            too_large |= number == 1 && contents.len() > MAX_HEADER_BYTES;
            payloads += usize::from(number == 2);
            Some(())
        })?;
        all_payloads += payloads;
        too_large |= payloads > MAX_PAYLOADS_PER_ENTRY;
        Some(())
    });
    // Each payload, erased or not, is named by a reference of this size in its header.
    too_large |= entries > MAX_ENTRIES_PER_RUN
        || all_payloads.saturating_mul(MIN_PAYLOAD_REF_BYTES) > bytes.len();
    match (walked, too_large) {
        (_, true) => Err(RunFormatError::TooLarge),
        (None, false) => Err(RunFormatError::Unreadable),
        (Some(()), false) => Ok(()),
    }
}
