//! Files of evidence: frames and manifests of peers, and files of anybody that are scrubbed.

use ceiba::{
    blob::{
        Bitmap, Manifest,
        frame::{Frame, PIECE_BYTES, Part, Place},
        manifest::{MAX_MANIFEST_BYTES, digest_of},
    },
    exchange::evidence::{capture, scrub::scrub},
    model::id::BlobId,
};

/// First byte: what the rest is. What reads, is written as it was read.
pub fn blob(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else { return };
    match kind % 3 {
        0 => {
            if let Ok(frame) = Frame::decode(bytes) {
                let again = Frame::decode(&frame.clone().encode());
                assert_eq!(again, Ok(frame));
            }
        }
        1 => {
            if let Ok(manifest) = Manifest::decode(bytes.to_vec()) {
                assert!(bytes.len() <= MAX_MANIFEST_BYTES);
                assert_eq!(manifest.as_bytes(), bytes);
                let count = manifest.segments();
                assert!(manifest.place(count - 1).is_some() && manifest.place(count).is_none());
                let read = Bitmap::from_bytes(bytes, count);
                assert!(read.is_none_or(|bitmap| bitmap.held() <= count));
            }
        }
        _file => {
            drop(capture::day_of(bytes));
            if let Ok(copy) = scrub(bytes) {
                let again = scrub(&copy.bytes).map(|again| again.bytes);
                assert_eq!(again.as_ref(), Ok(&copy.bytes), "a copy is a file of its kind");
            }
        }
    }
}

/// A frame of each kind, a manifest, a picture, a recording.
pub fn blob_seeds() -> Vec<Vec<u8>> {
    let place = Place { blob: BlobId::new([4; 32]), part: Part::Segment(7), piece: 3 };
    let frames = [
        Frame::Ask { circle: [3; 16], request: 1, blob: place.blob },
        Frame::Have { request: 2, manifest_bytes: 40, segments: vec![1] },
        Frame::Want { circle: [3; 16], request: 3, place },
        Frame::Piece { request: 4, bytes: vec![9; PIECE_BYTES / 64] },
    ];
    let manifest = Manifest::new(300_000, &[digest_of(b"a"), digest_of(b"b")]);
    let jpeg =
        b"\xff\xd8\xff\xe1\x00\x10Exif\0\0MM\0\x2a\0\0\0\x08\xff\xc0\0\x0b\x08\0\x10\0\x10\x01\x01\
                 \x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x01\x02\xff\0\x03\xff\xd9";
    let png =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x02\x08\x03\0\0\0\0\0\0\0\0\0\0\x01IDAT\
                x\0\0\0\0\0\0\0\0IEND\0\0\0\0";
    let wav = b"RIFF\x20\0\0\0WAVEfmt \x04\0\0\0\x01\0\x01\0data\x02\0\0\0\x01\x02LIST\0\0\0\0";
    let mut seeds: Vec<Vec<u8>> =
        frames.into_iter().map(|frame| [&[0], frame.encode().as_slice()].concat()).collect();
    seeds.extend(manifest.iter().map(|manifest| [&[1], manifest.as_bytes()].concat()));
    seeds.extend([&jpeg[..], png, wav].map(|file| [&[2], file].concat()));
    seeds
}
