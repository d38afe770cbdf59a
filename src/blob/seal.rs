//! From a file to sealed segments and back, in constant memory.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use crate::{
    blob::{
        BlobRef, CONTENT_BYTES, Manifest, SEGMENT_BYTES,
        manifest::{digest_of, sealed_length},
    },
    crypto::{Label, padded_content_len, segment::SegmentCipher},
    model::limits::MAX_BLOB_BYTES,
};

/// What follows the content; zeros follow it.
const MARK: u8 = 0x80;

/// A file that was sealed.
#[derive(Debug)]
pub struct SealedFile {
    /// What the record says of it.
    pub reference: BlobRef,
    /// The list of its segments.
    pub manifest: Manifest,
}

/// Why a blob does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The blob is damaged, or is not what the record is about.
    #[error("segment {segment} of the file is damaged, or the record names another file or key")]
    Damaged {
        /// The segment, from zero.
        segment: usize,
    },
    /// The blob has another length than the record says.
    #[error("the file has another length than the record says")]
    Length,
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Cuts what `file` gives into segments, seals each and gives it to `each`, in order. Holds one
/// segment at a time.
///
/// # Errors
/// When reading or `each` fails; [`io::ErrorKind::FileTooLarge`] above [`MAX_BLOB_BYTES`].
pub fn seal(
    secret: Zeroizing<[u8; 32]>,
    mut file: impl Read,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<SealedFile> {
    let cipher = SegmentCipher::new(&secret);
    let (mut size, mut padded) = (0_u64, None);
    let (mut written, mut digests) = (0_u64, Vec::new());
    let mut segment = Zeroizing::new(Vec::with_capacity(SEGMENT_BYTES));
    for number in 0_u32.. {
        segment.clear();
        if padded.is_none() {
            let read = (&mut file).take(CONTENT_BYTES as u64).read_to_end(&mut segment)?;
            size = size.saturating_add(read as u64);
            if size > MAX_BLOB_BYTES {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            if segment.len() < CONTENT_BYTES {
                padded = padded_content_len(size);
                segment.push(MARK);
            }
        }
        // Zeros up to the end of the segment, or of the whole.
        let wanted = padded.map_or(CONTENT_BYTES as u64, |all: u64| all.saturating_sub(written));
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).min(CONTENT_BYTES);
        segment.resize(wanted, 0);
        written = written.saturating_add(wanted as u64);
        let last = padded.is_some_and(|all| written >= all);
        cipher.seal(number, last, associated(), &mut segment).map_err(io::Error::other)?;
        digests.push(digest_of(&segment));
        each(&segment)?;
        if last {
            break;
        }
    }
    let length = sealed_length(size).ok_or(io::ErrorKind::FileTooLarge)?;
    let manifest = Manifest::new(length, &digests).map_err(io::Error::other)?;
    Ok(SealedFile { reference: BlobRef::new(manifest.id(), size, secret), manifest })
}

/// What every segment is bound to beside its place: it is of a blob. The secret is drawn for one blob.
const fn associated() -> &'static [u8] {
    Label::BlobStream.text().as_bytes()
}

/// Opens a blob and writes the file, segment by segment; `read` gives a segment's bytes.
///
/// Each segment is compared with the manifest before it is opened, and the manifest must be the one
/// that the record names. What was written before an error is part of the file and of nothing else.
///
/// # Errors
/// [`OpenError`].
pub fn open(
    reference: &BlobRef,
    manifest: &Manifest,
    mut read: impl FnMut(usize) -> io::Result<Vec<u8>>,
    file: &mut impl Write,
) -> Result<(), OpenError> {
    if manifest.id() != reference.id || sealed_length(reference.size) != Some(manifest.length()) {
        return Err(OpenError::Length);
    }
    let cipher = reference.cipher();
    let count = manifest.segments();
    let mut left = reference.size;
    for segment in 0..count {
        let damaged = OpenError::Damaged { segment };
        let mut bytes = Zeroizing::new(read(segment)?);
        if !manifest.verifies(segment, &bytes) {
            return Err(damaged);
        }
        let Ok(number) = u32::try_from(segment) else { return Err(damaged) };
        let last = segment.saturating_add(1) == count;
        if cipher.open(number, last, associated(), &mut bytes).is_err() {
            return Err(damaged);
        }
        let content = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let (content, padding) = bytes.split_at(content);
        left = left.saturating_sub(content.len() as u64);
        file.write_all(content)?;
        // What follows is the mark, once, and zeros: a longer file under the same id is not this one.
        if left == 0 && padding.iter().any(|byte| !matches!(*byte, 0 | MARK)) {
            return Err(damaged);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
