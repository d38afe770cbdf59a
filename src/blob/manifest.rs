//! The list of a blob's segments, by which each is verified without a key.
//!
//! `length of the ciphertext (8 bytes, big endian) │ digest of each segment (32 bytes)`. There is
//! one such list for a ciphertext, byte by byte, so its digest names the ciphertext: the blob's id.

use crate::{
    blob::{CONTENT_BYTES, SEGMENT_BYTES},
    crypto::{Label, padded_content_len, segment::TAG_BYTES},
    model::{id::BlobId, limits::MAX_BLOB_BYTES},
};

/// Bytes of the length in front.
const LENGTH_BYTES: usize = 8;
/// Bytes of one digest.
const DIGEST_BYTES: usize = 32;
/// Segments of the largest blob: [`MAX_BLOB_BYTES`] and at most 12 % of padding.
pub const MAX_SEGMENTS: usize = 9_216;
/// Bytes of the largest manifest.
pub const MAX_MANIFEST_BYTES: usize = LENGTH_BYTES + MAX_SEGMENTS * DIGEST_BYTES;

/// Bytes are not a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the list of a blob's segments")]
pub struct ManifestError;

/// The list of a blob's segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    bytes: Vec<u8>,
    length: u64,
}

impl Manifest {
    /// The list of segments with these digests, `length` bytes in all.
    ///
    /// # Errors
    /// When there are not as many as there must be.
    pub fn new(length: u64, digests: &[[u8; DIGEST_BYTES]]) -> Result<Self, ManifestError> {
        Self::decode([length.to_be_bytes().as_slice(), &digests.concat()].concat())
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the bytes are none, or of a blob that is too large.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, ManifestError> {
        let (length, digests) = bytes.split_first_chunk::<LENGTH_BYTES>().ok_or(ManifestError)?;
        let length = u64::from_be_bytes(*length);
        let (digests, rest) = digests.as_chunks::<DIGEST_BYTES>();
        let fits = segments_in(length) == Some(digests.len()) && rest.is_empty();
        if fits { Ok(Self { length, bytes }) } else { Err(ManifestError) }
    }

    /// The blob's id.
    #[must_use]
    pub fn id(&self) -> BlobId {
        BlobId::new(Label::BlobManifest.hash(&[&self.bytes]))
    }

    /// As it is stored and travels.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of the ciphertext.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// How many segments there are.
    #[must_use]
    pub fn segments(&self) -> usize {
        segments_in(self.length).unwrap_or_default()
    }

    /// Where a segment begins, and how many bytes it has; none beyond the last.
    #[must_use]
    pub fn place(&self, segment: usize) -> Option<(u64, usize)> {
        let full = SEGMENT_BYTES as u64;
        let begin = u64::try_from(segment).ok()?.checked_mul(full)?;
        let left = self.length.checked_sub(begin).filter(|left| *left > 0)?;
        Some((begin, usize::try_from(left.min(full)).ok()?))
    }

    /// Whether these are the bytes of a segment.
    #[must_use]
    pub fn verifies(&self, segment: usize, bytes: &[u8]) -> bool {
        let digests = self.bytes.get(LENGTH_BYTES..).unwrap_or_default();
        let digest = digests.as_chunks::<DIGEST_BYTES>().0.get(segment);
        digest.is_some_and(|digest| *digest == digest_of(bytes))
    }
}

/// The digest of a segment.
#[must_use]
pub fn digest_of(segment: &[u8]) -> [u8; DIGEST_BYTES] {
    Label::BlobSegment.hash(&[segment])
}

/// How many segments a ciphertext of this length has; none if no content has one of this length.
fn segments_in(length: u64) -> Option<usize> {
    let count = usize::try_from(length.div_ceil(SEGMENT_BYTES as u64)).ok()?;
    let overhead = u64::try_from(count.checked_mul(TAG_BYTES)?).ok()?;
    let padded = length.checked_sub(overhead).filter(|padded| *padded > 0)?;
    let is_whole = padded.div_ceil(CONTENT_BYTES as u64) == u64::try_from(count).ok()?;
    (count <= MAX_SEGMENTS && is_whole).then_some(count)
}

/// Bytes of the manifest of a ciphertext of this length; none if no content has one.
#[must_use]
pub fn manifest_bytes(length: u64) -> Option<usize> {
    Some(segments_in(length)?.saturating_mul(DIGEST_BYTES).saturating_add(LENGTH_BYTES))
}

/// Bytes of the ciphertext of so much content; none if that is too much.
#[must_use]
pub fn sealed_length(content: u64) -> Option<u64> {
    if content > MAX_BLOB_BYTES {
        return None;
    }
    let padded = padded_content_len(content)?;
    let segments = padded.div_ceil(CONTENT_BYTES as u64);
    padded.checked_add(segments.checked_mul(TAG_BYTES as u64)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_largest_file_has_no_more_segments_than_are_allowed() {
        let length = sealed_length(MAX_BLOB_BYTES).unwrap();
        assert!(segments_in(length).is_some_and(|count| count > 8192 && count <= MAX_SEGMENTS));
        assert_eq!(sealed_length(MAX_BLOB_BYTES + 1), None);
    }

    #[test]
    fn lengths_that_nothing_has_are_refused() {
        let one_more = SEGMENT_BYTES as u64 + TAG_BYTES as u64;
        for length in [0, 1, 16, one_more, u64::MAX] {
            assert_eq!(segments_in(length), None, "{length}");
        }
        assert_eq!(segments_in(17), Some(1));
        assert_eq!(segments_in(SEGMENT_BYTES as u64), Some(1));
        assert_eq!(segments_in(one_more + 1), Some(2));
        let many = (MAX_SEGMENTS as u64 + 1) * SEGMENT_BYTES as u64;
        assert_eq!(segments_in(many), None);
    }

    proptest! {
        #[test]
        fn segments_lie_side_by_side_and_fill_the_ciphertext(content in 0..64 * 1024 * 1024_u64) {
            let length = sealed_length(content).unwrap();
            let count = segments_in(length).unwrap();
            let manifest = Manifest::new(length, &vec![[7; 32]; count]).unwrap();
            let mut end = 0;
            for segment in 0..count {
                let (begin, bytes) = manifest.place(segment).unwrap();
                prop_assert_eq!(begin, end);
                prop_assert!(bytes > TAG_BYTES && bytes <= SEGMENT_BYTES);
                end = begin + bytes as u64;
            }
            prop_assert_eq!(end, length);
            prop_assert_eq!(manifest.place(count), None);
            let again = Manifest::decode(manifest.as_bytes().to_vec()).unwrap();
            prop_assert_eq!(again, manifest);
        }

        #[test]
        fn whatever_decodes_is_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(manifest) = Manifest::decode(bytes.clone()) {
                prop_assert!(manifest.segments() <= MAX_SEGMENTS);
                prop_assert_eq!(manifest.as_bytes(), bytes.as_slice());
            }
        }
    }

    #[test]
    fn another_byte_or_another_order_is_another_blob() {
        let length = 2 * SEGMENT_BYTES as u64;
        let manifest = Manifest::new(length, &[digest_of(b"a"), digest_of(b"b")]).unwrap();
        assert!(manifest.verifies(0, b"a") && manifest.verifies(1, b"b"));
        assert!(!manifest.verifies(0, b"b") && !manifest.verifies(1, b"a"));
        assert!(!manifest.verifies(2, b"a"));
        let swapped = Manifest::new(length, &[digest_of(b"b"), digest_of(b"a")]).unwrap();
        assert_ne!(swapped.id(), manifest.id());
        assert_eq!(Manifest::new(length, &[digest_of(b"a")]), Err(ManifestError));
    }
}
