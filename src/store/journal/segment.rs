//! Segment files: their names and headers.
//!
//! ```text
//! 0          8         12       16                20         24         32
//! │ ceibaseg │ version │ number │ previous's end  │ 0        │ checksum │ frames …
//! ```

use std::path::{Path, PathBuf};

/// Bytes of a segment's file, header included.
pub const SEGMENT_BYTES: u32 = 16 * 1024 * 1024;
/// Bytes of the header; where the first frame begins.
pub(super) const HEADER_BYTES: u32 = 32;
/// The first segment's number.
pub(super) const FIRST: u32 = 1;

const MAGIC: [u8; 8] = *b"ceibaseg";
const VERSION: u32 = 1;

/// What a segment's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) number: u32,
    /// Where the segment before this one ended when this one was begun: shows a cut-off end.
    pub(super) previous_end: u32,
}

impl Header {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let fields = [VERSION, self.number, self.previous_end, 0].map(u32::to_le_bytes).concat();
        let front = [MAGIC.as_slice(), &fields].concat();
        let sum = checksum(&front);
        [front.as_slice(), &sum].concat()
    }

    /// The header of segment `number`, if the bytes begin with it.
    pub(super) fn parse(number: u32, bytes: &[u8]) -> Option<Self> {
        let front = bytes.get(..24)?;
        let previous_end = u32::from_le_bytes(*front.get(16..)?.first_chunk()?);
        let header = Self { number, previous_end };
        bytes.starts_with(&header.to_bytes()).then_some(header)
    }
}

fn checksum(front: &[u8]) -> [u8; 8] {
    blake3::hash(front).as_bytes().first_chunk().copied().unwrap_or_default()
}

/// The file of a segment.
pub(super) fn path(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{number:08}.seg"))
}

/// The number of the segment that a file of this name holds.
pub(super) fn number_of(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".seg")?;
    let number = digits.parse().ok().filter(|number| *number >= FIRST)?;
    (format!("{number:08}") == digits).then_some(number)
}
