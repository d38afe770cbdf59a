//! Copies without what a file says of itself: where, when, with which device, by whom.
//!
//! By what may stay, never by what must go: of each format the parts that make the picture or the
//! sound are known, and nothing else is copied. Pixels and samples stay as they are, bit by bit.
//! What is *in* the picture or said in the recording is for people to judge (`--redacted`).

mod jpeg;
mod mp3;
mod png;
mod riff;
#[cfg(test)]
mod tests;
mod text;

use super::mime_of;

/// Bytes of the largest file that is scrubbed: it is held in memory, twice.
pub const MAX_SCRUBBED_BYTES: u64 = 64 * 1024 * 1024;
/// Pixels of the largest picture that is taken for one.
const MAX_PIXELS: u64 = 400_000_000;

/// Why no copy without metadata can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScrubError {
    /// Nobody here knows what all is in such a file.
    #[error("nothing can surely be taken out of a file of type {0}")]
    Unknown(&'static str),
    /// The file is not what it says that it is.
    #[error("the file is damaged, or not the {0} that it says it is")]
    Malformed(&'static str),
    /// The file is too large to be scrubbed.
    #[error("the file has {0} bytes; up to 64 MiB can be scrubbed")]
    TooLarge(u64),
}

/// A copy without metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrubbed {
    /// The copy.
    pub bytes: Vec<u8>,
    /// Its MIME type.
    pub mime: &'static str,
    /// Bytes by which it is shorter.
    pub removed: usize,
}

/// Makes a copy of a file without what it says of itself.
///
/// # Errors
/// When it is of a type, or in a state, in which that cannot be done surely.
pub fn scrub(bytes: &[u8]) -> Result<Scrubbed, ScrubError> {
    let size = bytes.len() as u64;
    if size > MAX_SCRUBBED_BYTES {
        return Err(ScrubError::TooLarge(size));
    }
    let found = mime_of(bytes);
    let (mime, copy) = match found {
        "image/jpeg" => ("image/jpeg", jpeg::scrub(bytes)),
        "image/png" => ("image/png", png::scrub(bytes)),
        "image/webp" => ("image/webp", riff::scrub_webp(bytes)),
        "audio/x-wav" => ("audio/wav", riff::scrub_wav(bytes)),
        "audio/mpeg" => ("audio/mpeg", mp3::scrub(bytes)),
        "application/octet-stream" if text::is_prose(bytes) => ("text/plain", Some(bytes.to_vec())),
        other => return Err(ScrubError::Unknown(other)),
    };
    let copy = copy.ok_or(ScrubError::Malformed(mime))?;
    let removed = bytes.len().saturating_sub(copy.len());
    Ok(Scrubbed { bytes: copy, mime, removed })
}

/// Whether a picture of this size is taken for one.
fn is_size(width: u64, height: u64) -> bool {
    width > 0 && height > 0 && width.saturating_mul(height) <= MAX_PIXELS
}

/// Reads bytes from the front.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
}
