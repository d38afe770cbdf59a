//! How far a log is held.

use crate::model::id::{EntryHash, LogId};

/// The end of a log as far as it is held without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tail {
    /// Sequence number that the next entry will have, which is how many are held.
    pub next_seq: u64,
    /// Hash of the last entry that is held; zeros if none is.
    pub hash: EntryHash,
}

impl Tail {
    /// The tail of a log of which nothing is held.
    pub const EMPTY: Self = Self { next_seq: 0, hash: EntryHash::new([0; 32]) };
}

impl Default for Tail {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// How far one log is held; the positions of all logs of a circle are its frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPosition {
    /// The log.
    pub log: LogId,
    /// Its end.
    pub tail: Tail,
    /// Whether the log is frozen because its writer made two entries at one place.
    pub forked: bool,
}
