//! What is wrong with a stretch of the journal.

use std::{fmt, io, ops::Range};

use super::Position;

/// A stretch of a segment file that cannot be read. Frames behind it still can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Number of the segment.
    pub segment: u32,
    /// Byte range in the segment's file. Of a missing file it is empty.
    pub range: Range<u32>,
    /// What is wrong.
    pub reason: DamageReason,
}

/// What is wrong with a stretch of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DamageReason {
    /// The bytes do not match their checksum.
    #[error("the checksum does not match")]
    Checksum,
    /// The segment's file does not begin as one.
    #[error("the segment's header is damaged")]
    Header,
    /// The system could not read the file.
    #[error("the file cannot be read ({0})")]
    Io(io::ErrorKind),
    /// The files of this segment and of those up to the next one found are not there.
    #[error("the segment's file is missing")]
    Missing,
    /// No frame begins here.
    #[error("no frame begins here")]
    NoFrame,
    /// The checksum is right, but the body does not open: another store key, or forged.
    #[error("the frame does not open with this store key")]
    Sealed,
    /// The file ends before what was written to it.
    #[error("the file is shorter than it was")]
    Truncated,
}

impl Damage {
    /// Where the damage begins.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { segment: self.segment, offset: self.range.start }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { segment, range, reason } = self;
        write!(f, "journal segment {segment:08}, bytes {}..{}: {reason}", range.start, range.end)
    }
}
