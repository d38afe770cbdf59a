//! JPEG (ITU-T T.81): tables, frame header, scans. Nothing else is copied.

use super::{Cursor, is_size};
use crate::exchange::evidence::capture::orientation_of;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP14: u8 = 0xee;
/// What decoders take for granted, without a thumbnail and without the size of the paper.
const JFIF: &[u8] = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00";

/// The picture without what it says of itself, but for which way is up; none if it is none.
pub(super) fn scrub(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut input = Cursor(bytes);
    if input.array()? != [0xff, SOI] {
        return None;
    }
    let (mut framed, mut scanned, mut adobe) = (false, false, false);
    let mut body = Vec::with_capacity(bytes.len());
    loop {
        let marker = marker(&mut input)?;
        match marker {
            EOI => break,
            // Tables, restart interval.
            0xc4 | 0xcc | 0xdb | 0xdd => segment(&mut body, marker, payload(&mut input)?)?,
            0xc0..=0xcf if marker != 0xc8 => {
                let header = payload(&mut input)?;
                let [_precision, h1, h2, w1, w2] = *header.first_chunk()?;
                let [height, width] = [[h1, h2], [w1, w2]].map(u16::from_be_bytes);
                if framed || !is_size(width.into(), height.into()) {
                    return None;
                }
                framed = true;
                segment(&mut body, marker, header)?;
            }
            SOS if framed => {
                segment(&mut body, marker, payload(&mut input)?)?;
                let scan = scan_length(input.0)?;
                body.extend_from_slice(input.take(scan)?);
                scanned = true;
            }
            // How colours are coded: without it some pictures are read in false colours.
            APP14 => {
                let found = payload(&mut input)?;
                let colours = found.first_chunk::<12>().filter(|it| it.starts_with(b"Adobe"));
                if let Some(colours) = colours
                    && !adobe
                {
                    segment(&mut body, marker, colours)?;
                    adobe = true;
                }
            }
            // What applications and people wrote: gone.
            0xe0..=0xef | 0xfe => {
                payload(&mut input)?;
            }
            _what_no_picture_has => return None,
        }
    }
    let mut copy = vec![0xff, SOI];
    if !adobe {
        copy.extend_from_slice(JFIF);
    }
    let orientation = orientation_of(bytes);
    if orientation != 1 {
        copy.extend_from_slice(&turned(orientation));
    }
    copy.append(&mut body);
    copy.extend_from_slice(&[0xff, EOI]);
    (framed && scanned).then_some(copy)
}

/// The next marker; bytes 0xff may stand before it.
fn marker(input: &mut Cursor<'_>) -> Option<u8> {
    if input.array()? != [0xff] {
        return None;
    }
    loop {
        match input.array()? {
            [0xff] => {}
            [marker] => return Some(marker),
        }
    }
}

/// What follows a marker's length.
fn payload<'a>(input: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let length = usize::from(u16::from_be_bytes(input.array()?));
    input.take(length.checked_sub(2)?)
}

fn segment(copy: &mut Vec<u8>, marker: u8, payload: &[u8]) -> Option<()> {
    let length = u16::try_from(payload.len().checked_add(2)?).ok()?;
    copy.extend_from_slice(&[0xff, marker]);
    copy.extend_from_slice(&length.to_be_bytes());
    copy.extend_from_slice(payload);
    Some(())
}

/// Bytes of coded pixels: up to the next marker that does not belong to them.
fn scan_length(bytes: &[u8]) -> Option<usize> {
    let ends =
        |pair: &[u8]| matches!(pair, [0xff, next] if !matches!(next, 0 | 0xff | 0xd0..=0xd7));
    bytes.windows(2).position(ends)
}

/// A note that says which way is up, and nothing else.
fn turned(orientation: u8) -> Vec<u8> {
    let mut note = Vec::from(*b"\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08");
    // One field: orientation, a short number, one of it; no further directory.
    note.extend_from_slice(&[0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
    note
}
