//! Proof that a device wrote two different entries at one place of one log.
//!
//! Nobody can make one for a device that has not: both lines carry its signature. It takes a
//! cloned home, a restored backup that kept its incarnation, or a dishonest writer.

use std::sync::Arc;

use prost::Message;

use crate::{
    log::{
        Header, Run, RunError, scan,
        verify::{chain, check_signature},
    },
    model::{
        id::{CircleTag, EntryHash, LogId},
        limits::{MAX_ENTRIES_PER_RUN, MAX_FORK_PROOF_BYTES},
    },
    wire::log as wire,
};

/// Why something is no proof of a fork.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// Not readable, or larger than allowed.
    #[error("the proof of a fork is not readable or too large")]
    Unreadable,
    /// A line of headers does not hold.
    #[error("a line of the proof does not hold")]
    Branch(#[from] RunError),
    /// A line does not say which entry stands at the place.
    #[error("a line of the proof does not reach the doubled place")]
    Elsewhere,
    /// Both lines have the same entry at the place.
    #[error("both lines have the same entry: no fork")]
    Same,
}

/// Consecutive headers from the doubled place, or the one after it, up to a signed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The exact bytes of each header.
    pub headers: Vec<Arc<[u8]>>,
    /// The signature over the last.
    pub signature: [u8; 64],
}

/// Two lines of headers of one log that differ at one place. Not checked until
/// [`ForkProof::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkProof {
    /// The doubled place.
    pub seq: u64,
    /// One line.
    pub first: Branch,
    /// The other.
    pub second: Branch,
}

impl ForkProof {
    /// Puts a proof together from two verified runs that meet at `seq`, each of which holds the
    /// entry there or begins with the one after it.
    ///
    /// # Errors
    /// When the runs do not prove a fork there.
    pub fn between(
        circle: &CircleTag,
        log: &LogId,
        seq: u64,
        ours: &Run,
        theirs: &Run,
    ) -> Result<Self, ForkError> {
        let (first, second) = (Branch::of(ours, seq)?, Branch::of(theirs, seq)?);
        let proof = Self { seq, first, second };
        proof.verify(circle, log)?;
        Ok(proof)
    }

    /// Checks that the log's device signed both lines and that they differ at the place.
    ///
    /// # Errors
    /// When that is not so.
    pub fn verify(&self, circle: &CircleTag, log: &LogId) -> Result<(), ForkError> {
        let first = self.first.entry_at(self.seq, circle, log)?;
        let second = self.second.entry_at(self.seq, circle, log)?;
        if first == second { Err(ForkError::Same) } else { Ok(()) }
    }

    /// Writes the proof.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (first, second) = (Some(self.first.to_wire()), Some(self.second.to_wire()));
        wire::ForkProof { seq: self.seq, first, second }.encode_to_vec()
    }

    /// Reads a proof within its limits; its truth is the question of [`Self::verify`].
    ///
    /// # Errors
    /// When the bytes are no proof.
    pub fn decode(bytes: &[u8]) -> Result<Self, ForkError> {
        if bytes.len() > MAX_FORK_PROOF_BYTES {
            return Err(ForkError::Unreadable);
        }
        check_counts(bytes).ok_or(ForkError::Unreadable)?;
        let message = wire::ForkProof::decode(bytes).map_err(|_malformed| ForkError::Unreadable)?;
        Ok(Self {
            seq: message.seq,
            first: Branch::from_wire(message.first)?,
            second: Branch::from_wire(message.second)?,
        })
    }
}

impl Branch {
    /// The headers of a run from this place, or the next, to its end.
    fn of(run: &Run, seq: u64) -> Result<Self, ForkError> {
        let mut headers = Vec::new();
        for entry in &run.entries {
            let header = Header::decode(&entry.header).map_err(RunError::from)?;
            if header.seq >= seq {
                headers.push(Arc::clone(&entry.header));
            }
        }
        Ok(Self { headers, signature: run.signature })
    }

    /// Hash of the entry at this place that the device vouched for with this line.
    fn entry_at(&self, seq: u64, circle: &CircleTag, log: &LogId) -> Result<EntryHash, ForkError> {
        let headers = chain(circle, log, self.headers.iter())?;
        let (Some((first, hash)), Some((_, end))) = (headers.first(), headers.last()) else {
            return Err(ForkError::Elsewhere);
        };
        check_signature(&log.device, end, &self.signature)?;
        if first.seq == seq {
            Ok(*hash)
        } else if seq.checked_add(1) == Some(first.seq) {
            Ok(first.previous)
        } else {
            Err(ForkError::Elsewhere)
        }
    }

    fn to_wire(&self) -> wire::Branch {
        wire::Branch {
            headers: self.headers.iter().map(|header| header.to_vec()).collect(),
            signature: self.signature.to_vec(),
        }
    }

    fn from_wire(message: Option<wire::Branch>) -> Result<Self, ForkError> {
        let message = message.ok_or(ForkError::Unreadable)?;
        let signature = <[u8; 64]>::try_from(message.signature.as_slice())
            .map_err(|_length| ForkError::Unreadable)?;
        Ok(Self { headers: message.headers.into_iter().map(Arc::from).collect(), signature })
    }
}

/// Refuses proofs with more lines or headers than a proof has, before memory is taken for them.
fn check_counts(bytes: &[u8]) -> Option<()> {
    let mut branches = 0;
    scan::fields(bytes, |_, branch| {
        branches += 1;
        let mut headers = 0;
        scan::fields(branch, |_, _| {
            headers += 1;
            (headers <= MAX_ENTRIES_PER_RUN.saturating_add(1)).then_some(())
        })?;
        (branches <= 2).then_some(())
    })
}
