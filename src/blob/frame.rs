//! Frames as values: identifiers typed, lengths within their bounds.
//!
//! They travel on the stream of sync, in the numbers that sync leaves to blobs, and are told from
//! its frames by the first two bytes.

use prost::Message as _;

use crate::{
    blob::manifest::{MAX_MANIFEST_BYTES, MAX_SEGMENTS},
    model::id::BlobId,
    wire::blob::{self as wire, blob_frame},
};

/// Bytes of a piece but the last of its part. Small, so that a record need not wait long behind one on
/// a slow link: 6 seconds at 20 kbit/s.
pub const PIECE_BYTES: usize = 16 * 1024;
/// Bytes of a frame: a piece, or the bits of the most segments, with room for the rest.
pub const MAX_FRAME_BYTES: usize = PIECE_BYTES + 1024;

/// Protobuf keys of the frames (field number, length-delimited), as two bytes each.
const KEYS: [[u8; 2]; 4] = [[0xf2, 0x01], [0xfa, 0x01], [0x82, 0x02], [0x8a, 0x02]];

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// What does the receiver hold of a blob?
    Ask {
        /// The sender's name for the circle.
        circle: [u8; 16],
        /// Number of the request.
        request: u64,
        /// Which blob.
        blob: BlobId,
    },
    /// What the sender holds of a blob.
    Have {
        /// The request.
        request: u64,
        /// Bytes of the manifest; 0 if there is nothing for the receiver.
        manifest_bytes: usize,
        /// Bits of the segments.
        segments: Vec<u8>,
    },
    /// A piece that the sender asks for.
    Want {
        /// The sender's name for the circle.
        circle: [u8; 16],
        /// Number of the request.
        request: u64,
        /// Of what.
        place: Place,
    },
    /// A piece that was asked for.
    Piece {
        /// The request.
        request: u64,
        /// The bytes; none if the sender does not have them for the receiver.
        bytes: Vec<u8>,
    },
}

/// Where a piece is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The blob.
    pub blob: BlobId,
    /// The part of it.
    pub part: Part,
    /// Number of the piece in the part.
    pub piece: usize,
}

/// A part of a blob, that is verified as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The list of its segments.
    Manifest,
    /// One segment.
    Segment(usize),
}

/// The frame is not one that an honest peer sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Whether a frame is one of these.
#[must_use]
pub fn is_blob_frame(bytes: &[u8]) -> bool {
    bytes.first_chunk::<2>().is_some_and(|key| KEYS.contains(key))
}

impl Frame {
    /// Reads a frame within its limits.
    ///
    /// # Errors
    /// When it is malformed or too large.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_FRAME_BYTES {
            return Err(Malformed);
        }
        let frame = wire::BlobFrame::decode(bytes).map_err(|_malformed| Malformed)?;
        Ok(match frame.message.ok_or(Malformed)? {
            blob_frame::Message::Ask(it) => Self::Ask {
                circle: exact(&it.circle)?,
                request: it.request,
                blob: BlobId::new(exact(&it.blob)?),
            },
            blob_frame::Message::Have(it) => Self::Have {
                request: it.request,
                manifest_bytes: within(it.manifest_bytes, MAX_MANIFEST_BYTES)?,
                segments: Some(it.segments)
                    .filter(|bits| bits.len() <= MAX_SEGMENTS.div_ceil(8))
                    .ok_or(Malformed)?,
            },
            blob_frame::Message::Want(it) => {
                let part = within(it.part, MAX_SEGMENTS)?;
                let from = within(it.from, MAX_MANIFEST_BYTES)?;
                if !from.is_multiple_of(PIECE_BYTES) {
                    return Err(Malformed);
                }
                let part = part.checked_sub(1).map_or(Part::Manifest, Part::Segment);
                let blob = BlobId::new(exact(&it.blob)?);
                let place = Place { blob, part, piece: from / PIECE_BYTES };
                Self::Want { circle: exact(&it.circle)?, request: it.request, place }
            }
            blob_frame::Message::Piece(it) if it.bytes.len() <= PIECE_BYTES => {
                Self::Piece { request: it.request, bytes: it.bytes }
            }
            blob_frame::Message::Piece(_) => return Err(Malformed),
        })
    }

    /// Writes the frame.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        let message = match self {
            Self::Ask { circle, request, blob } => blob_frame::Message::Ask(wire::BlobAsk {
                circle: circle.to_vec(),
                request,
                blob: blob.as_bytes().to_vec(),
            }),
            Self::Have { request, manifest_bytes, segments } => {
                let manifest_bytes = u32::try_from(manifest_bytes).unwrap_or_default();
                blob_frame::Message::Have(wire::BlobHave { request, manifest_bytes, segments })
            }
            Self::Want { circle, request, place } => {
                let from = place.piece.saturating_mul(PIECE_BYTES);
                blob_frame::Message::Want(wire::BlobWant {
                    circle: circle.to_vec(),
                    request,
                    blob: place.blob.as_bytes().to_vec(),
                    part: place.part.number(),
                    from: u32::try_from(from).unwrap_or(u32::MAX),
                })
            }
            Self::Piece { request, bytes } => {
                blob_frame::Message::Piece(wire::BlobPiece { request, bytes })
            }
        };
        wire::BlobFrame { message: Some(message) }.encode_to_vec()
    }
}

impl Part {
    fn number(self) -> u32 {
        match self {
            Self::Manifest => 0,
            Self::Segment(number) => u32::try_from(number.saturating_add(1)).unwrap_or(u32::MAX),
        }
    }
}

fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Malformed> {
    bytes.try_into().map_err(|_length| Malformed)
}

fn within(number: u32, max: usize) -> Result<usize, Malformed> {
    usize::try_from(number).ok().filter(|number| *number <= max).ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames() -> Vec<Frame> {
        let (circle, blob) = ([3; 16], BlobId::new([4; 32]));
        let place = Place { blob, part: Part::Segment(7), piece: 3 };
        let manifest = Place { part: Part::Manifest, piece: 0, ..place };
        vec![
            Frame::Ask { circle, request: 1, blob },
            Frame::Have { request: 2, manifest_bytes: 40, segments: vec![1] },
            Frame::Want { circle, request: 3, place },
            Frame::Want { circle, request: 0, place: manifest },
            Frame::Piece { request: 4, bytes: vec![9; PIECE_BYTES] },
        ]
    }

    #[test]
    fn frames_read_as_they_were_written_and_are_told_from_those_of_sync() {
        for frame in frames() {
            let bytes = frame.clone().encode();
            assert!(is_blob_frame(&bytes), "{bytes:?}");
            assert_eq!(Frame::decode(&bytes), Ok(frame));
        }
        for number in 1..30_u8 {
            assert!(!is_blob_frame(&[number << 3 | 2, 1]), "{number}");
        }
    }

    #[test]
    fn too_large_or_askew_is_malformed() {
        let place = Place { blob: BlobId::new([4; 32]), part: Part::Manifest, piece: 0 };
        let large = [
            Frame::Piece { request: 1, bytes: vec![0; PIECE_BYTES + 1] },
            Frame::Have { request: 1, manifest_bytes: MAX_MANIFEST_BYTES + 1, segments: vec![] },
            Frame::Have { request: 1, manifest_bytes: 1, segments: vec![0; MAX_SEGMENTS / 8 + 1] },
            Frame::Want {
                circle: [0; 16],
                request: 1,
                place: Place { part: Part::Segment(MAX_SEGMENTS), ..place },
            },
        ];
        for frame in large {
            assert_eq!(Frame::decode(&frame.encode()), Err(Malformed));
        }
        let askew =
            wire::BlobWant { circle: vec![0; 16], request: 1, blob: vec![0; 32], part: 1, from: 5 };
        let message = Some(blob_frame::Message::Want(askew));
        let bytes = wire::BlobFrame { message }.encode_to_vec();
        assert_eq!(Frame::decode(&bytes), Err(Malformed));
        assert_eq!(Frame::decode(&[]), Err(Malformed));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), key in 0_usize..4) {
            let _read = Frame::decode(&bytes);
            let _read = Frame::decode(&[KEYS[key].as_slice(), &bytes].concat());
        }
    }
}
