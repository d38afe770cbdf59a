//! Verifies runs: n hashes and one signature for n entries.

use std::sync::Arc;

use ed25519_dalek::Signature;

use crate::{
    crypto::{Label, signed::usable_key},
    log::{Entry, Header, HeaderError, PayloadRef, Run, Tail},
    model::{
        id::{CircleTag, DeviceId, EntryHash, LogId},
        limits::{MAX_ENTRIES_PER_RUN, MAX_RUN_BYTES},
    },
};

/// Why a run is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// No entry, or more entries or bytes than allowed.
    #[error("the run has no entries or is larger than allowed")]
    Size,
    /// A header cannot be taken.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// An entry belongs to another log or circle.
    #[error("entry {seq} belongs to another log")]
    OtherLog {
        /// Place that the entry claims.
        seq: u64,
    },
    /// Within the run, an entry does not follow the one before it.
    #[error("entry {seq} does not follow the entry before it")]
    Chain {
        /// Place at which the chain is broken.
        seq: u64,
    },
    /// The run begins after the end of what is held.
    #[error("entries {held} to {found} are missing before the run", found = found.saturating_sub(1))]
    Gap {
        /// First place that is missing.
        held: u64,
        /// Place at which the run begins.
        found: u64,
    },
    /// The writer's key is not a usable Ed25519 key.
    #[error("the writer's key is not usable")]
    Key,
    /// The signature is not the writer's over the last entry.
    #[error("the signature does not match")]
    Signature,
    /// An entry has another number of payloads than its header says.
    #[error("entry {seq} has another number of payloads than it says")]
    PayloadCount {
        /// Place of the entry.
        seq: u64,
    },
    /// A payload is not the one that the header names.
    #[error("payload {index} of entry {seq} is not the one that was signed")]
    Payload {
        /// Place of the entry.
        seq: u64,
        /// Which of its payloads.
        index: usize,
    },
    /// The run is rightly signed, but at this place another entry is held: the writer forked its
    /// log. The run and what is held make a [`crate::log::ForkProof`].
    #[error("the writer signed another entry {seq} before")]
    Forked {
        /// The doubled place.
        seq: u64,
    },
}

/// An entry of a verified run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEntry {
    hash: EntryHash,
    header: Header,
    entry: Entry,
}

impl VerifiedEntry {
    /// The entry's hash.
    #[must_use]
    pub const fn hash(&self) -> EntryHash {
        self.hash
    }

    /// What its header says.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The header's exact bytes.
    #[must_use]
    pub const fn header_bytes(&self) -> &Arc<[u8]> {
        &self.entry.header
    }

    /// Its payloads, each the one that the header names; `None` where one has been erased.
    #[must_use]
    pub fn payloads(&self) -> &[Option<Arc<[u8]>>] {
        &self.entry.payloads
    }
}

/// A run whose chain, signature and payloads hold, and that continues what is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRun {
    log: LogId,
    entries: Vec<VerifiedEntry>,
    duplicates: usize,
    signature: [u8; 64],
    tail: Tail,
}

impl VerifiedRun {
    /// The log.
    #[must_use]
    pub const fn log(&self) -> &LogId {
        &self.log
    }

    /// All entries of the run, those already held included.
    #[must_use]
    pub fn entries(&self) -> &[VerifiedEntry] {
        &self.entries
    }

    /// The entries that were not held yet.
    #[must_use]
    pub fn fresh(&self) -> &[VerifiedEntry] {
        self.entries.get(self.duplicates..).unwrap_or_default()
    }

    /// The signature over the last entry.
    #[must_use]
    pub const fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// The log's end once the run is kept; the former end if nothing in it is fresh.
    #[must_use]
    pub const fn tail(&self) -> Tail {
        self.tail
    }

    /// The run as it travels.
    #[must_use]
    pub fn to_run(&self) -> Run {
        let entries = self.entries.iter().map(|verified| verified.entry.clone()).collect();
        Run { entries, signature: self.signature }
    }

    /// A run that we just signed ourselves.
    pub(super) fn written(header: Header, entry: Entry, signature: [u8; 64]) -> Self {
        let hash = Header::hash(&entry.header);
        let tail = Tail { next_seq: header.seq.saturating_add(1), hash };
        let log = header.log;
        let entries = vec![VerifiedEntry { hash, header, entry }];
        Self { log, entries, duplicates: 0, signature, tail }
    }
}

/// Verifies a run of a log against what is held of it.
///
/// `tail` is the end of what is held; `known` tells the hash held at a place before it, and is
/// asked only for runs that end before the tail. Entries that are held already are tolerated when
/// they are the same. Costs one hash an entry, one signature check, one hash a payload, in this
/// order, so that forged bytes are refused before the expensive part.
///
/// # Errors
/// When anything in the run is not what the writer signed or does not continue what is held; see
/// [`RunError`]. Only [`RunError::Forked`] and [`RunError::Gap`] are no fault of who sent it.
pub fn verify_run(
    circle: &CircleTag,
    log: &LogId,
    tail: &Tail,
    known: impl FnOnce(u64) -> Option<EntryHash>,
    run: &Run,
) -> Result<VerifiedRun, RunError> {
    check_size(run)?;
    let headers = chain(circle, log, run.entries.iter().map(|entry| &entry.header))?;
    let (Some(first), Some(last)) = (headers.first(), headers.last()) else {
        return Err(RunError::Size);
    };
    if first.0.seq > tail.next_seq {
        return Err(RunError::Gap { held: tail.next_seq, found: first.0.seq });
    }
    check_signature(&log.device, &last.1, &run.signature)?;
    check_joins(&headers, tail, known)?;
    let next_seq = last.0.seq.saturating_add(1);
    let new_tail = if next_seq > tail.next_seq { Tail { next_seq, hash: last.1 } } else { *tail };
    let duplicates = headers.iter().filter(|(header, _)| header.seq < tail.next_seq).count();
    let entries = run
        .entries
        .iter()
        .zip(headers)
        .map(|(entry, (header, hash))| verified_entry(entry, header, hash))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(VerifiedRun { log: *log, entries, duplicates, signature: run.signature, tail: new_tail })
}

fn check_size(run: &Run) -> Result<(), RunError> {
    let entries = (1..=MAX_ENTRIES_PER_RUN).contains(&run.entries.len());
    if entries && run.encoded_len() <= MAX_RUN_BYTES { Ok(()) } else { Err(RunError::Size) }
}

/// Reads consecutive headers of one log and checks that each names the one before it.
pub(super) fn chain<'a>(
    circle: &CircleTag,
    log: &LogId,
    headers: impl Iterator<Item = &'a Arc<[u8]>>,
) -> Result<Vec<(Header, EntryHash)>, RunError> {
    let mut chained: Vec<(Header, EntryHash)> = Vec::new();
    for bytes in headers {
        let header = Header::decode(bytes)?;
        let seq = header.seq;
        if header.log != *log || header.circle != *circle {
            return Err(RunError::OtherLog { seq });
        }
        let follows = chained.last().is_none_or(|(before, hash)| {
            before.seq.checked_add(1) == Some(seq) && *hash == header.previous
        });
        if !follows {
            return Err(RunError::Chain { seq });
        }
        chained.push((header, Header::hash(bytes)));
    }
    Ok(chained)
}

/// What a writer signs for the last entry of a run.
pub(super) fn signing_bytes(hash: &EntryHash) -> Vec<u8> {
    Label::EntryHeader.signing_bytes(hash.as_bytes())
}

/// Checks that the writer signed the entry with this hash.
pub(super) fn check_signature(
    writer: &DeviceId,
    hash: &EntryHash,
    signature: &[u8; 64],
) -> Result<(), RunError> {
    let key = usable_key(writer.as_bytes()).ok_or(RunError::Key)?;
    key.verify_strict(&signing_bytes(hash), &Signature::from_bytes(signature))
        .map_err(|_mismatch| RunError::Signature)
}

/// Compares the run with what is held where the two touch. The chain makes one place enough: equal
/// hashes mean that all before is equal too.
fn check_joins(
    headers: &[(Header, EntryHash)],
    tail: &Tail,
    known: impl FnOnce(u64) -> Option<EntryHash>,
) -> Result<(), RunError> {
    let (Some(first), Some(last)) = (headers.first(), headers.last()) else {
        return Err(RunError::Size);
    };
    let Some(end) = tail.next_seq.checked_sub(1) else {
        return Ok(());
    };
    let (seq, theirs, ours) = if first.0.seq == tail.next_seq {
        (end, first.0.previous, Some(tail.hash))
    } else if last.0.seq < end {
        (last.0.seq, last.1, known(last.0.seq))
    } else {
        let at_end = headers.iter().find(|(header, _)| header.seq == end);
        (end, at_end.map_or(last.1, |(_, hash)| *hash), Some(tail.hash))
    };
    match ours {
        Some(ours) if ours != theirs => Err(RunError::Forked { seq }),
        Some(_) | None => Ok(()),
    }
}

fn verified_entry(
    entry: &Entry,
    header: Header,
    hash: EntryHash,
) -> Result<VerifiedEntry, RunError> {
    let seq = header.seq;
    if entry.payloads.len() != header.payloads.len() {
        return Err(RunError::PayloadCount { seq });
    }
    for (index, (payload, named)) in entry.payloads.iter().zip(&header.payloads).enumerate() {
        let right = payload.as_ref().is_none_or(|bytes| PayloadRef::of(bytes) == Some(*named));
        if !right {
            return Err(RunError::Payload { seq, index });
        }
    }
    Ok(VerifiedEntry { hash, header, entry: entry.clone() })
}
