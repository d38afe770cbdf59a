//! PNG: header, palette, transparency, gamma, pixels. Nothing else is copied.

use super::{Cursor, is_size};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// The picture without what it says of itself; none if it is none.
pub(super) fn scrub(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut input = Cursor(bytes);
    if input.array()? != SIGNATURE {
        return None;
    }
    let mut copy = Vec::with_capacity(bytes.len());
    copy.extend_from_slice(&SIGNATURE);
    let (mut headed, mut drawn) = (false, false);
    loop {
        let length = input.array::<4>()?;
        let count = usize::try_from(u32::from_be_bytes(length)).ok()?;
        let name: [u8; 4] = input.array()?;
        let data = input.take(count)?;
        // Of what is copied the check sum is made anew: nothing can be written into it.
        let _sum: [u8; 4] = input.array()?;
        match &name {
            b"IHDR" => {
                let (width, rest) = data.split_first_chunk::<4>()?;
                let height = rest.first_chunk::<4>()?;
                let [width, height] = [width, height].map(|it| u32::from_be_bytes(*it));
                if headed || count != 13 || !is_size(width.into(), height.into()) {
                    return None;
                }
                headed = true;
            }
            b"IDAT" if headed => drawn = true,
            b"PLTE" | b"tRNS" | b"gAMA" | b"sRGB" if headed => {}
            b"IEND" if drawn && count == 0 => {}
            // Needed to read the picture, and not known here.
            [b'A'..=b'Z', ..] => return None,
            _words_dates_places => continue,
        }
        copy.extend_from_slice(&length);
        copy.extend_from_slice(&name);
        copy.extend_from_slice(data);
        let mut sum = flate2::Crc::new();
        sum.update(&name);
        sum.update(data);
        copy.extend_from_slice(&sum.sum().to_be_bytes());
        if name == *b"IEND" {
            return Some(copy);
        }
    }
}
