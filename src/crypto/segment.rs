//! Segments: long content, sealed piece by piece in constant memory (STREAM over
//! XChaCha20-Poly1305, [Online Authenticated-Encryption and its Nonce-Reuse
//! Misuse-Resistance](https://eprint.iacr.org/2015/189), section 7).
//!
//! ```text
//! segment 0 │ tag 16 │ segment 1 │ tag 16 │ … │ last segment │ tag 16
//! ```
//!
//! All segments but the last are of one length; the last has 1 byte up to that length (of empty
//! content: none). The nonce of a segment is its number and whether it is the last: segments that
//! were swapped, doubled, left out or cut off at the end do not open. A segment opens by itself, in
//! any order.

use std::{
    fmt,
    io::{self, ErrorKind, Read, Write},
};

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::XChaCha20Poly1305;
use zeroize::Zeroizing;

/// Bytes by which each segment is longer than what is in it.
pub const TAG_BYTES: usize = 16;

/// A segment was changed, is another than asked for, or was sealed with another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a segment does not open: it was changed, moved or cut off")]
pub struct Unauthentic;

/// Seals and opens the segments of one content.
///
/// Its key must never seal another content: the nonces are counted and not random.
pub struct SegmentCipher(StreamBE32<XChaCha20Poly1305>);

impl fmt::Debug for SegmentCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SegmentCipher(..)")
    }
}

impl SegmentCipher {
    /// Takes a key that was drawn or derived for one content alone.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(StreamBE32::new(key.into(), &[0; 19].into()))
    }

    /// Seals a segment in place; it grows by [`TAG_BYTES`].
    ///
    /// # Errors
    /// Never for segments of less than 256 GiB.
    pub fn seal(
        &self,
        number: u32,
        last: bool,
        associated: &[u8],
        segment: &mut Vec<u8>,
    ) -> Result<(), Unauthentic> {
        self.0.encrypt_in_place(number, last, associated, segment).map_err(|_length| Unauthentic)
    }

    /// Opens a segment in place; it shrinks by [`TAG_BYTES`].
    ///
    /// # Errors
    /// When it is not the one that was sealed with this number, as the last or not, and this data.
    pub fn open(
        &self,
        number: u32,
        last: bool,
        associated: &[u8],
        segment: &mut Vec<u8>,
    ) -> Result<(), Unauthentic> {
        self.0.decrypt_in_place(number, last, associated, segment).map_err(|_tag| Unauthentic)
    }
}

/// Bytes that content of this many bytes takes, sealed in segments of this many.
#[must_use]
pub const fn sealed_len(content: u64, segment_bytes: usize) -> u64 {
    let segments = content.div_ceil(segment_bytes as u64);
    let segments = if segments == 0 { 1 } else { segments };
    content.saturating_add(segments.saturating_mul(TAG_BYTES as u64))
}

/// Seals what is written, segment by segment.
#[derive(Debug)]
pub struct SegmentWriter<W> {
    out: W,
    cipher: SegmentCipher,
    associated: Vec<u8>,
    segment_bytes: usize,
    number: u32,
    /// What the next segment has so far; sealed only when more comes, since it may be the last.
    segment: Zeroizing<Vec<u8>>,
}

impl<W: Write> SegmentWriter<W> {
    /// Writes sealed segments to `out`.
    pub fn new(out: W, cipher: SegmentCipher, associated: Vec<u8>, segment_bytes: usize) -> Self {
        let segment_bytes = segment_bytes.max(1);
        let segment = Zeroizing::new(Vec::with_capacity(segment_bytes.saturating_add(TAG_BYTES)));
        Self { out, cipher, associated, segment_bytes, number: 0, segment }
    }

    /// Seals more content.
    ///
    /// # Errors
    /// When it cannot be written, or there are more segments than numbers.
    pub fn write(&mut self, mut content: &[u8]) -> io::Result<()> {
        while !content.is_empty() {
            if self.segment.len() >= self.segment_bytes {
                self.flush(false)?;
            }
            let room = self.segment_bytes.saturating_sub(self.segment.len());
            let (now, later) = content.split_at(room.min(content.len()));
            self.segment.extend_from_slice(now);
            content = later;
        }
        Ok(())
    }

    /// Seals the last segment. Gives back where it was written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush(true)?;
        Ok(self.out)
    }

    fn flush(&mut self, last: bool) -> io::Result<()> {
        let sealed = self.cipher.seal(self.number, last, &self.associated, &mut self.segment);
        sealed.map_err(|Unauthentic| io::Error::from(ErrorKind::FileTooLarge))?;
        self.out.write_all(&self.segment)?;
        self.segment.clear();
        self.number = self.number.checked_add(1).ok_or(ErrorKind::FileTooLarge)?;
        Ok(())
    }
}

/// Why the next segment is not there.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// It does not open.
    #[error(transparent)]
    Unauthentic(#[from] Unauthentic),
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Opens segments one after the other.
#[derive(Debug)]
pub struct SegmentReader<R> {
    sealed: R,
    cipher: SegmentCipher,
    associated: Vec<u8>,
    segment_bytes: usize,
    number: u32,
    /// The first byte of the next segment: that there is one tells that this is not the last.
    ahead: Option<u8>,
    ended: bool,
}

impl<R: Read> SegmentReader<R> {
    /// Opens the segments that `sealed` begins with, and that end with it.
    pub fn new(
        sealed: R,
        cipher: SegmentCipher,
        associated: Vec<u8>,
        segment_bytes: usize,
    ) -> Self {
        let segment_bytes = segment_bytes.max(1);
        Self { sealed, cipher, associated, segment_bytes, number: 0, ahead: None, ended: false }
    }

    /// The next segment's content; `None` after the last.
    ///
    /// # Errors
    /// When it cannot be read or does not open.
    pub fn next(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, SegmentError> {
        if self.ended {
            return Ok(None);
        }
        // Whatever goes wrong, nothing comes after it.
        self.ended = true;
        let length = self.segment_bytes.saturating_add(TAG_BYTES);
        let mut segment = Zeroizing::new(Vec::with_capacity(length.saturating_add(1)));
        segment.extend(self.ahead.take());
        // One byte more than the segment has, to see whether it is the last.
        let wanted = length.saturating_add(1).saturating_sub(segment.len());
        self.sealed.by_ref().take(wanted as u64).read_to_end(&mut segment)?;
        let last = segment.len() <= length;
        if !last {
            self.ahead = segment.pop();
        }
        self.cipher.open(self.number, last, &self.associated, &mut segment)?;
        self.number = self.number.checked_add(1).ok_or(Unauthentic)?;
        self.ended = last;
        Ok(Some(segment))
    }
}

#[cfg(test)]
mod tests;
