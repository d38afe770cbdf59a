//! Where a frame lies in the journal.

use std::fmt;

/// The place of a frame: segment number and byte offset in its file. Orders as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Number of the segment, from 1.
    pub segment: u32,
    /// Byte offset of the frame in the segment's file.
    pub offset: u32,
}

impl Position {
    /// Before everything: where a scan of the whole journal begins.
    pub const START: Self = Self { segment: 0, offset: 0 };

    /// Big-endian bytes, which order as positions do.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        ((u64::from(self.segment) << 32) | u64::from(self.offset)).to_be_bytes()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = bytes;
        Self { segment: u32::from_be_bytes([a, b, c, d]), offset: u32::from_be_bytes([e, f, g, h]) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}:{}", self.segment, self.offset)
    }
}
