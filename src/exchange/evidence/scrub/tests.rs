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

/// A Huffman table with so many codes of each length.
fn huffman(each: u8) -> Vec<u8> {
    [vec![0], vec![each; 16], vec![7; 16 * usize::from(each)]].concat()
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
    bytes.extend(segment(0xc4, &huffman(1)));
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
    assert!(has(&copy.bytes, &segment(0xc4, &huffman(1))));
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

/// A JPEG of these segments before and after its frame header.
fn jpeg_of(before: &[Vec<u8>], after: &[Vec<u8>]) -> Vec<u8> {
    let head = segment(0xc0, &[8, 0, 16, 0, 16, 1, 1, 0x11, 0]);
    let scan = [segment(0xda, &[1, 1, 0, 0, 63, 0]), vec![1, 2, 3]].concat();
    [vec![0xff, 0xd8], before.concat(), head, after.concat(), scan, vec![0xff, 0xd9]].concat()
}

#[test]
fn no_byte_hides_in_the_tables_of_a_jpeg() {
    let table = segment(0xdb, &[0; 65]);
    assert!(scrub(&jpeg_of(std::slice::from_ref(&table), &[])).is_ok());
    let wide = segment(0xdb, &[vec![0x10], vec![0; 128]].concat());
    assert!(scrub(&jpeg_of(&[wide], &[segment(0xc4, &huffman(2))])).is_ok());
    let refused = Err(ScrubError::Malformed("image/jpeg"));
    let hidden = b"SECRETPLACE".to_vec();
    for (name, bytes) in [
        ("behind a table", jpeg_of(&[segment(0xdb, &[vec![0; 65], hidden.clone()].concat())], &[])),
        ("in a table that another replaces", jpeg_of(&[table.clone(), table.clone()], &[])),
        ("twice in one segment", jpeg_of(&[segment(0xdb, &[0; 130])], &[])),
        ("behind codes", jpeg_of(&[], &[segment(0xc4, &[huffman(1), hidden.clone()].concat())])),
        ("behind an interval", jpeg_of(&[segment(0xdd, &[0, 4, 9, 9])], &[])),
        ("for no scan", {
            let mut bytes = jpeg_of(&[], &[]);
            bytes.truncate(bytes.len() - 2);
            [bytes, table.clone(), vec![0xff, 0xd9]].concat()
        }),
        ("nothing", jpeg_of(&[segment(0xdb, &[])], &[])),
        ("behind a second scan's header", jpeg_of(&[], &[segment(0xda, &[1, 1, 0, 0, 63, 0, 9])])),
    ] {
        assert_eq!(scrub(&bytes), refused, "{name}");
    }
    let mut frame = jpeg_of(&[], &[]);
    frame.splice(2..2 + 13, segment(0xc0, &[8, 0, 16, 0, 16, 1, 1, 0x11, 0, 83, 69]));
    assert_eq!(scrub(&frame), refused, "behind the frame's header");
}

fn packed(rows: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packing = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::none());
    packing.write_all(rows).unwrap();
    packing.finish().unwrap()
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut rows = Vec::new();
    flate2::bufread::ZlibDecoder::new(bytes).read_to_end(&mut rows).unwrap();
    rows
}

/// 2 × 2 pixels with a palette.
const HEADER: [u8; 13] = [0, 0, 0, 2, 0, 0, 0, 2, 8, 3, 0, 0, 0];
const ROWS: [u8; 6] = [0, 0, 0, 0, 0, 0];

fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let chunks: Vec<u8> = chunks.iter().flat_map(|(name, data)| chunk(name, data)).collect();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks].concat()
}

#[test]
fn a_png_keeps_its_pixels_alone() {
    let (exif, rows) = (exif(), packed(&ROWS));
    let behind = [rows.as_slice(), b"SECRETPLACE behind the pixels"].concat();
    let (front, back) = behind.split_at(7);
    let original = [
        png(&[
            (b"IHDR", &HEADER),
            (b"tEXt", b"Comment\0SECRETPLACE"),
            (b"eXIf", &exif[6..]),
            (b"iCCP", b"SECRETPLACE"),
            (b"gAMA", &[0, 0, 0xb1, 0x8f]),
            (b"PLTE", &[1, 2, 3]),
            (b"tRNS", &[255]),
            (b"IDAT", front),
            (b"IDAT", back),
            (b"tIME", b"SECRETPLACE"),
            (b"IEND", b""),
        ]),
        b"SECRETPLACE".to_vec(),
    ]
    .concat();
    let copy = scrub(&original).unwrap();
    assert!(SECRETS.iter().all(|secret| !has(&copy.bytes, secret)));
    let head = png(&[
        (b"IHDR", &HEADER),
        (b"gAMA", &[0, 0, 0xb1, 0x8f]),
        (b"PLTE", &[1, 2, 3]),
        (b"tRNS", &[255]),
    ]);
    assert!(copy.bytes.starts_with(&head));
    let pixels = &copy.bytes[head.len() + 8..copy.bytes.len() - 16];
    assert_eq!(unpacked(pixels), ROWS);
    assert_eq!(scrub(&copy.bytes).unwrap().bytes, copy.bytes, "a second time changes nothing");
    let interlaced = [0, 0, 0, 3, 0, 0, 0, 3, 1, 0, 0, 0, 1];
    // Five of the seven passes have rows: 1, 1, 1, 2 and 1, each with a filter and one byte.
    for (rows, fits) in [(10, false), (12, true), (14, false)] {
        let found = scrub(&png(&[
            (b"IHDR", &interlaced),
            (b"IDAT", &packed(&vec![0; rows])),
            (b"IEND", b""),
        ]));
        assert_eq!(found.is_ok(), fits, "{rows}");
    }
}

#[test]
fn no_byte_hides_in_a_png() {
    let rows = packed(&ROWS);
    let below = packed(&[ROWS.as_slice(), b"SECRETPLACE"].concat());
    let (palette, pixels, end) =
        ((b"PLTE", [1, 2, 3].as_slice()), (b"IDAT", rows.as_slice()), (b"IEND", [].as_slice()));
    let head = (b"IHDR", HEADER.as_slice());
    assert!(scrub(&png(&[head, palette, pixels, end])).is_ok());
    let cases: [(&str, Vec<u8>); 8] = [
        ("below the last row", png(&[head, palette, (b"IDAT", &below), end])),
        ("too few rows", png(&[head, palette, (b"IDAT", &packed(&ROWS[..5])), end])),
        ("a second palette", png(&[head, palette, (b"PLTE", b"SEC"), pixels, end])),
        ("a long gamma", png(&[head, (b"gAMA", b"SECRET"), palette, pixels, end])),
        ("a long palette", png(&[head, (b"PLTE", &[0; 771]), pixels, end])),
        ("a palette behind the pixels", png(&[head, pixels, palette, end])),
        ("damaged", png(&[head, palette, (b"IDAT", b"pixels"), end])),
        ("a second header", png(&[head, head, palette, pixels, end])),
    ];
    for (name, bytes) in cases {
        assert_eq!(scrub(&bytes), Err(ScrubError::Malformed("image/png")), "{name}");
    }
    let huge = png(&[(b"IHDR", &[0xff; 13]), end]);
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
    let second: [(&[u8; 4], &[u8]); 2] = [(b"VP8 ", b"pixels"), (b"VP8 ", b"SECRETPLACE")];
    assert_eq!(scrub(&riff(b"WEBP", &second)), Err(ScrubError::Malformed("image/webp")));
    let twice: [(&[u8; 4], &[u8]); 3] =
        [(b"fmt ", &[1; 16]), (b"data", b"samples"), (b"data", b"SECRETPLACE")];
    assert_eq!(scrub(&riff(b"WAVE", &twice)), Err(ScrubError::Malformed("audio/wav")));
    let long: [(&[u8; 4], &[u8]); 2] = [(b"fmt ", &[1; 27]), (b"data", b"samples")];
    assert_eq!(scrub(&riff(b"WAVE", &long)), Err(ScrubError::Malformed("audio/wav")));
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
