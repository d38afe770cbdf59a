//! JPEG (ITU-T T.81): tables, frame header, scans. Nothing else is copied, and of these no byte
//! that the standard has no place for.

use super::{Cursor, is_size};
use crate::exchange::evidence::capture::orientation_of;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP14: u8 = 0xee;
/// Scans of one picture: progressive ones have about ten.
const MAX_SCANS: usize = 64;
/// What decoders take for granted, without a thumbnail and without the size of the paper.
const JFIF: &[u8] = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00";

/// The picture without what it says of itself, but for which way is up; none if it is none.
pub(super) fn scrub(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut input = Cursor(bytes);
    if input.array()? != [0xff, SOI] {
        return None;
    }
    let (mut framed, mut scans, mut adobe) = (false, 0_usize, false);
    // A table that another takes the place of before it is used could hold anything.
    let mut unused: Vec<(u8, u8)> = Vec::new();
    let mut body = Vec::with_capacity(bytes.len());
    loop {
        let marker = marker(&mut input)?;
        match marker {
            EOI if unused.is_empty() => break,
            // Tables for no scan.
            EOI => return None,
            // Tables, restart interval.
            0xc4 | 0xcc | 0xdb | 0xdd => {
                let tables = payload(&mut input)?;
                for table in tables_in(marker, tables)? {
                    if unused.contains(&(marker, table)) {
                        return None;
                    }
                    unused.push((marker, table));
                }
                segment(&mut body, marker, tables)?;
            }
            0xc0..=0xcf if marker != 0xc8 => {
                let header = payload(&mut input)?;
                let [_precision, h1, h2, w1, w2, components] = *header.first_chunk()?;
                let [height, width] = [[h1, h2], [w1, w2]].map(u16::from_be_bytes);
                let fits =
                    header.len() == usize::from(components).checked_mul(3)?.checked_add(6)?;
                if framed || !fits || components > 4 || !is_size(width.into(), height.into()) {
                    return None;
                }
                framed = true;
                segment(&mut body, marker, header)?;
            }
            SOS if framed => {
                let header = payload(&mut input)?;
                let components = usize::from(*header.first()?);
                let fits = header.len() == components.checked_mul(2)?.checked_add(4)?;
                if !fits || scans >= MAX_SCANS {
                    return None;
                }
                segment(&mut body, marker, header)?;
                let scan = scan_length(input.0)?;
                body.extend_from_slice(input.take(scan)?);
                scans = scans.saturating_add(1);
                unused.clear();
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
    (framed && scans > 0).then_some(copy)
}

/// The tables of a segment, by number; none if its length is not that of its tables.
fn tables_in(marker: u8, payload: &[u8]) -> Option<Vec<u8>> {
    let mut input = Cursor(payload);
    let mut tables = Vec::new();
    while !input.0.is_empty() {
        let table = match marker {
            // Quantisation: 64 values of one or two bytes.
            0xdb => {
                let [kind] = input.array()?;
                input.take(if kind >> 4 == 0 { 64 } else { 128 })?;
                (kind >> 4 <= 1).then_some(kind & 15)?
            }
            // Huffman: how many codes of each length, and their values.
            0xc4 => {
                let [kind] = input.array()?;
                let counts: [u8; 16] = input.array()?;
                input.take(counts.iter().map(|count| usize::from(*count)).sum())?;
                kind
            }
            // Arithmetic coding.
            0xcc => {
                let [kind, _value] = input.array()?;
                kind
            }
            // Restart interval.
            _0xdd => {
                let _interval: [u8; 2] = input.array()?;
                0
            }
        };
        tables.push(table);
    }
    let is_one = marker != 0xdd || tables.len() == 1;
    (is_one && !tables.is_empty()).then_some(tables)
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
