//! PNG: header, palette, transparency, gamma, pixels. Nothing else is copied; what is packed is
//! unpacked and packed anew, so that nothing stands behind it or below the last row.

use std::io::{self, Read as _, Write as _};

use flate2::{Compression, bufread::ZlibDecoder, write::ZlibEncoder};

use super::{Cursor, is_size};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Bytes that are unpacked at once.
const CHUNK: usize = 64 * 1024;
/// First column and row, and steps, of the seven passes of an interlaced picture.
const PASSES: [[u64; 4]; 7] = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
];

/// What the header says.
struct Header {
    width: u64,
    height: u64,
    depth: u64,
    colour: u8,
    is_interlaced: bool,
}

impl Header {
    fn read(data: &[u8]) -> Option<Self> {
        let mut input = Cursor(data);
        let [width, height] =
            [u32::from_be_bytes(input.array()?), u32::from_be_bytes(input.array()?)];
        let [depth, colour, packing, filter, interlace] = input.array()?;
        let is_known = matches!(
            (colour, depth),
            (0, 1 | 2 | 4 | 8 | 16) | (2 | 4 | 6, 8 | 16) | (3, 1 | 2 | 4 | 8)
        );
        let fits = input.0.is_empty() && is_size(width.into(), height.into());
        (fits && is_known && packing == 0 && filter == 0 && interlace <= 1).then(|| Self {
            width: width.into(),
            height: height.into(),
            depth: depth.into(),
            colour,
            is_interlaced: interlace == 1,
        })
    }

    /// Bytes of all rows, each with the number of its filter.
    fn unpacked(&self) -> u64 {
        let samples: u64 = match self.colour {
            2 => 3,
            4 => 2,
            6 => 4,
            _grey_or_palette => 1,
        };
        let rows = |width: u64, height: u64| {
            let bits = width.saturating_mul(samples).saturating_mul(self.depth);
            let row = if width == 0 { 0 } else { bits.div_ceil(8).saturating_add(1) };
            row.saturating_mul(height)
        };
        if !self.is_interlaced {
            return rows(self.width, self.height);
        }
        let pass = |[x, y, across, down]: [u64; 4]| {
            let part = |all: u64, first: u64, step: u64| {
                all.saturating_sub(first)
                    .checked_div(step)
                    .unwrap_or_default()
                    .saturating_add(u64::from(!all.saturating_sub(first).is_multiple_of(step)))
            };
            rows(part(self.width, x, across), part(self.height, y, down))
        };
        PASSES.into_iter().map(pass).fold(0, u64::saturating_add)
    }

    /// Whether a chunk of this name can have so many bytes.
    fn fits(&self, name: &[u8; 4], count: usize) -> bool {
        match (name, self.colour) {
            (b"PLTE", 2 | 3 | 6) => count > 0 && count <= 768 && count.is_multiple_of(3),
            (b"tRNS", 0) => count == 2,
            (b"tRNS", 2) => count == 6,
            (b"tRNS", 3) => count > 0 && count <= 256,
            (b"gAMA", _) => count == 4,
            (b"sRGB", _) => count == 1,
            _has_none => false,
        }
    }
}

/// The picture without what it says of itself; none if it is none.
pub(super) fn scrub(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut input = Cursor(bytes);
    if input.array()? != SIGNATURE {
        return None;
    }
    let mut copy = Vec::with_capacity(bytes.len());
    copy.extend_from_slice(&SIGNATURE);
    let mut header: Option<Header> = None;
    let (mut seen, mut packed) = (Vec::new(), Vec::new());
    loop {
        let count = usize::try_from(u32::from_be_bytes(input.array()?)).ok()?;
        let name: [u8; 4] = input.array()?;
        let data = input.take(count)?;
        // Of what is copied the check sum is made anew: nothing can be written into it.
        let _sum: [u8; 4] = input.array()?;
        match (&name, &header) {
            (b"IHDR", None) => {
                header = Some(Header::read(data)?);
                put(&mut copy, &name, data)?;
            }
            (b"IDAT", Some(_)) => packed.extend_from_slice(data),
            (b"PLTE" | b"tRNS" | b"gAMA" | b"sRGB", Some(header)) => {
                if seen.contains(&name) || !packed.is_empty() || !header.fits(&name, count) {
                    return None;
                }
                seen.push(name);
                put(&mut copy, &name, data)?;
            }
            (b"IEND", Some(header)) if count == 0 => {
                put(&mut copy, b"IDAT", &packed_anew(&packed, header.unpacked())?)?;
                put(&mut copy, b"IEND", &[])?;
                return Some(copy);
            }
            // Needed to read the picture, and not known here.
            ([b'A'..=b'Z', ..], _) => return None,
            _words_dates_places => {}
        }
    }
}

fn put(copy: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) -> Option<()> {
    copy.extend_from_slice(&u32::try_from(data.len()).ok()?.to_be_bytes());
    copy.extend_from_slice(name);
    copy.extend_from_slice(data);
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(data);
    copy.extend_from_slice(&sum.sum().to_be_bytes());
    Some(())
}

/// The same rows, packed by us; none if there are more or fewer bytes than the picture has.
fn packed_anew(packed: &[u8], length: u64) -> Option<Vec<u8>> {
    let mut rows = ZlibDecoder::new(packed);
    let mut anew = ZlibEncoder::new(Vec::with_capacity(packed.len()), Compression::default());
    let (mut buffer, mut unpacked) = (vec![0; CHUNK], 0_u64);
    loop {
        let read = match rows.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_damaged) => return None,
        };
        unpacked = unpacked.saturating_add(read as u64);
        if unpacked > length {
            return None;
        }
        anew.write_all(buffer.get(..read)?).ok()?;
    }
    (unpacked == length).then(|| anew.finish().ok())?
}
