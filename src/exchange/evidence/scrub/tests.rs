//! What a file says of itself is gone; what it shows is the same.

use proptest::prelude::*;

use super::*;
use crate::exchange::evidence::capture;

/// What must not be in any copy.
const SECRETS: [&[u8]; 4] = [b"SECRETPLACE", b"GPS", b"ACME camera", b"2024:05:03"];

fn has(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

/// An Exif block with orientation 6, a camera, a time, and a place.
fn exif() -> Vec<u8> {
    let mut block = Vec::from(*b"Exif\0\0MM\0\x2a\0\0\0\x08");
    let (camera, time) = (b"ACME camera\0", b"2024:05:03 10:11:12\0");
    // Three fields in the first directory; values lie behind it.
    let values = 8 + 2 + 3 * 12 + 4_u32;
    let times = values + length(camera);
    block.extend_from_slice(&3_u16.to_be_bytes());
    let field = |block: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        block.extend_from_slice(&tag.to_be_bytes());
        block.extend_from_slice(&kind.to_be_bytes());
        block.extend_from_slice(&count.to_be_bytes());
        block.extend_from_slice(&value);
    };
    field(&mut block, 0x010f, 2, length(camera), values.to_be_bytes());
    field(&mut block, 0x0112, 3, 1, [0, 6, 0, 0]);
    field(&mut block, 0x8769, 4, 1, (times + length(time)).to_be_bytes());
    block.extend_from_slice(&[0; 4]);
    block.extend_from_slice(camera);
    block.extend_from_slice(time);
    // The Exif directory with the time.
    block.extend_from_slice(&1_u16.to_be_bytes());
    field(&mut block, 0x9003, 2, length(time), times.to_be_bytes());
    block.extend_from_slice(&[0; 4]);
    block.extend_from_slice(b"GPS SECRETPLACE");
    block
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], length.as_slice(), payload].concat()
}

/// A JPEG with notes in every place where notes can be.
fn jpeg() -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    bytes.extend(segment(0xe0, b"JFIF\0\x01\x02\x01\x00\x48\x00\x48\x01\x01SECRETPLACE thumbnail"));
    bytes.extend(segment(0xe1, &exif()));
    bytes.extend(segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x SECRETPLACE/>"));
    bytes.extend(segment(0xe2, b"ICC_PROFILE\0\x01\x01SECRETPLACE"));
    bytes.extend(segment(0xed, b"Photoshop 3.0\0 8BIM SECRETPLACE"));
    bytes.extend(segment(0xfe, b"SECRETPLACE as a comment"));
    bytes.extend(segment(0xdb, &[0; 65]));
    bytes.extend(segment(0xc0, &[8, 0, 16, 0, 16, 1, 1, 0x11, 0]));
    bytes.extend(segment(0xc4, &[1; 20]));
    bytes.extend(segment(0xda, &[1, 1, 0, 0, 63, 0]));
    bytes.extend([1, 2, 3, 0xff, 0, 4, 0xff, 0xd0, 5, 6]);
    bytes.extend([0xff, 0xd9]);
    bytes.extend(b"SECRETPLACE behind the end");
    bytes
}

#[test]
fn a_jpeg_keeps_its_pixels_and_which_way_is_up_and_nothing_else() {
    let original = jpeg();
    assert_eq!(capture::day_of(&original).as_deref(), Some("2024-05-03"));
    assert!(capture::says_something(&original));
    let copy = scrub(&original).unwrap();
    for secret in SECRETS {
        assert!(has(&original, secret) && !has(&copy.bytes, secret));
    }
    assert!(!capture::says_something(&copy.bytes));
    assert_eq!(capture::orientation_of(&copy.bytes), 6);
    assert!(has(&copy.bytes, &[1, 2, 3, 0xff, 0, 4, 0xff, 0xd0, 5, 6, 0xff, 0xd9]));
    assert!(has(&copy.bytes, &segment(0xc4, &[1; 20])));
    assert_eq!(scrub(&copy.bytes).unwrap().bytes, copy.bytes, "a second time changes nothing");
    assert_eq!(copy.removed, original.len() - copy.bytes.len());
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(data);
    let length = length(data).to_be_bytes();
    [length.as_slice(), name, data, &sum.sum().to_be_bytes()].concat()
}

#[test]
fn a_png_keeps_its_pixels_alone() {
    let header = [0, 0, 0, 2, 0, 0, 0, 2, 8, 3, 0, 0, 0];
    let original = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"tEXt", b"Comment\0SECRETPLACE"),
        chunk(b"eXIf", &exif()[6..]),
        chunk(b"iCCP", b"SECRETPLACE"),
        chunk(b"PLTE", &[1, 2, 3]),
        chunk(b"IDAT", b"pixels"),
        chunk(b"tIME", b"SECRETPLACE"),
        chunk(b"IEND", b""),
        b"SECRETPLACE".to_vec(),
    ]
    .concat();
    let copy = scrub(&original).unwrap();
    assert!(SECRETS.iter().all(|secret| !has(&copy.bytes, secret)));
    let kept = [chunk(b"IHDR", &header), chunk(b"PLTE", &[1, 2, 3]), chunk(b"IDAT", b"pixels")];
    assert_eq!(copy.bytes, [&original[..8], &kept.concat(), &chunk(b"IEND", b"")].concat());
    let huge = [&original[..8], &chunk(b"IHDR", &[0xff; 13]), &chunk(b"IEND", b"")].concat();
    assert_eq!(scrub(&huge), Err(ScrubError::Malformed("image/png")));
}

fn riff(form: &[u8; 4], chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = form.to_vec();
    for (name, data) in chunks {
        body.extend_from_slice(*name);
        body.extend_from_slice(&length(data).to_le_bytes());
        body.extend_from_slice(data);
        body.extend(vec![0; data.len() % 2]);
    }
    [b"RIFF".as_slice(), &length(&body).to_le_bytes(), &body].concat()
}

#[test]
fn webp_and_wav_keep_pixels_and_samples_alone() {
    let header = [0x2c, 0, 0, 0, 1, 0, 0, 1, 0, 0];
    let exif = exif();
    let picture: [(&[u8; 4], &[u8]); 5] = [
        (b"VP8X", &header),
        (b"ICCP", b"SECRETPLACE"),
        (b"VP8 ", b"pixels!"),
        (b"EXIF", &exif),
        (b"XMP ", b"SECRETPLACE"),
    ];
    let copy = scrub(&riff(b"WEBP", &picture)).unwrap();
    assert!(SECRETS.iter().all(|secret| !has(&copy.bytes, secret)));
    let mut clean = header;
    clean[0] = 0;
    assert_eq!(copy.bytes, riff(b"WEBP", &[(b"VP8X", &clean), (b"VP8 ", b"pixels!")]));
    let moving: [(&[u8; 4], &[u8]); 2] = [(b"VP8 ", b"pixels"), (b"ANMF", b"SECRETPLACE")];
    assert_eq!(scrub(&riff(b"WEBP", &moving)), Err(ScrubError::Malformed("image/webp")));
    let sound: [(&[u8; 4], &[u8]); 4] = [
        (b"fmt ", &[1; 16]),
        (b"bext", b"SECRETPLACE"),
        (b"data", b"samples"),
        (b"LIST", b"INFOIARTSECRETPLACE"),
    ];
    let copy = scrub(&riff(b"WAVE", &sound)).unwrap();
    assert_eq!(copy.bytes, riff(b"WAVE", &[(b"fmt ", &[1; 16]), (b"data", b"samples")]));
}

#[test]
fn an_mp3_keeps_its_sound_alone() {
    // MPEG-1 layer III, 128 kbit/s, 44100 Hz: 417 bytes.
    let frame = |fill: u8| [&[0xff, 0xfb, 0x90, 0][..], &[fill; 413]].concat();
    let mut note = frame(0);
    note[36..40].copy_from_slice(b"Info");
    note[60..71].copy_from_slice(b"SECRETPLACE");
    let tag = [b"ID3\x04\0\0\0\0\0\x0c".as_slice(), b"SECRETPLACE!"].concat();
    let last = [b"TAG".as_slice(), b"SECRETPLACE", &[0; 114]].concat();
    let sound = [frame(1), frame(2), frame(3)].concat();
    let original = [tag.as_slice(), &note, &sound, b"APETAGEX SECRETPLACE", &last].concat();
    let copy = scrub(&original).unwrap();
    assert_eq!(copy.bytes, sound);
    assert_eq!(copy.mime, "audio/mpeg");
}

#[test]
fn text_is_what_it_says_and_what_is_not_known_is_refused() {
    assert_eq!(scrub("niño\n".as_bytes()).unwrap().bytes, "niño\n".as_bytes());
    for (bytes, mime) in [
        (b"%PDF-1.7 ".as_slice(), "application/pdf"),
        (b"PK\x03\x04....", "application/zip"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"\x01\x02\x03", "application/octet-stream"),
        (b"GIF89a......", "image/gif"),
    ] {
        assert_eq!(scrub(bytes), Err(ScrubError::Unknown(mime)), "{mime}");
    }
}

proptest! {
    #[test]
    fn hostile_files_end_in_a_copy_or_an_error(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = jpeg();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        let _day = capture::day_of(&bytes);
        if let Ok(copy) = scrub(&bytes) {
            prop_assert!(copy.bytes.len() <= bytes.len() + 64);
        }
    }

    #[test]
    fn any_bytes_behind_any_beginning_end(
        head in 0_usize..5,
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let heads: [&[u8]; 5] = [
            b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0WAVE", b"ID3\x04",
        ];
        let _scrubbed = scrub(&[heads[head], &bytes].concat());
        let _day = capture::day_of(&bytes);
    }
}
