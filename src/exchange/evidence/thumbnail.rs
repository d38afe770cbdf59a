//! Small pictures of copies, by which partners see what they may want to fetch.

use std::{io::Cursor, panic};

use jpeg_encoder::{ColorType, Encoder};
use png::{Decoder as PngDecoder, Limits, Transformations};
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

use super::{capture::orientation_of, mime_of};

/// Pixels of the longer side.
const LONGER_SIDE: usize = 160;
/// Quality of the small picture: some 5 KB.
const QUALITY: u8 = 60;
/// Bytes of the largest small picture: what any node fetches unasked.
pub const MAX_THUMBNAIL_BYTES: usize = 64 * 1024;
/// Pixels of the longest side that is decoded.
const MAX_SIDE: usize = 16_384;
/// Pixels of the largest picture that is decoded: what phones take, some 150 MB in memory for a
/// moment. A larger one has no small one.
const MAX_PIXELS: usize = 16_777_216;
/// Scans of a JPEG that is refined bit by bit: each takes as long as the whole.
const MAX_SCANS: usize = 64;
/// Bytes of a pixel.
const CHANNELS: usize = 3;

/// Pixels in red, green and blue, row by row.
struct Pixels {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

/// A small picture (JPEG) of a picture that was scrubbed; none if it is none that can be decoded
/// within bounds. It says nothing of itself.
#[must_use]
pub fn thumbnail(bytes: &[u8]) -> Option<Vec<u8>> {
    // The bytes are anybody's: a defect of a decoder must not stop the node.
    panic::catch_unwind(|| make(bytes)).ok()?.filter(|it| it.len() <= MAX_THUMBNAIL_BYTES)
}

fn make(bytes: &[u8]) -> Option<Vec<u8>> {
    let pixels = match mime_of(bytes) {
        "image/jpeg" => jpeg(bytes)?,
        "image/png" => png(bytes)?,
        _other => return None,
    };
    let small = turned(shrunk(&pixels)?, orientation_of(bytes))?;
    let [width, height] = [small.width, small.height].map(u16::try_from);
    let mut out = Vec::new();
    let encoder = Encoder::new(&mut out, QUALITY);
    encoder.encode(&small.bytes, width.ok()?, height.ok()?, ColorType::Rgb).ok()?;
    Some(out)
}

fn jpeg(bytes: &[u8]) -> Option<Pixels> {
    let options = DecoderOptions::default()
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let info = decoder.info()?;
    let [width, height] = [info.width, info.height].map(usize::from);
    is_size(width, height)?;
    Some(Pixels { width, height, bytes: decoder.decode().ok()? })
}

fn png(bytes: &[u8]) -> Option<Pixels> {
    let limits = Limits { bytes: MAX_PIXELS.checked_mul(4)? };
    let mut decoder = PngDecoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = (reader.info().width, reader.info().height);
    let [width, height] = [usize::try_from(width).ok()?, usize::try_from(height).ok()?];
    is_size(width, height)?;
    let samples = reader.output_color_type().0.samples();
    let colours = |pixel: &[u8]| match *pixel {
        [grey] | [grey, _] => [grey; CHANNELS],
        [red, green, blue] | [red, green, blue, _] => [red, green, blue],
        [..] => [0; CHANNELS],
    };
    let count = width.checked_mul(height)?.checked_mul(CHANNELS)?;
    let mut bytes = Vec::with_capacity(count);
    if reader.info().interlaced {
        let mut found = vec![0; reader.output_buffer_size()?];
        reader.next_frame(&mut found).ok()?;
        bytes.extend(found.chunks_exact(samples.max(1)).flat_map(colours));
    } else {
        // Row by row: it is in memory once.
        while let Some(row) = reader.next_row().ok()? {
            bytes.extend(row.data().chunks_exact(samples.max(1)).flat_map(colours));
        }
    }
    (bytes.len() == count).then_some(Pixels { width, height, bytes })
}

fn is_size(width: usize, height: usize) -> Option<()> {
    let pixels = width.checked_mul(height)?;
    (pixels > 0 && pixels <= MAX_PIXELS && width <= MAX_SIDE && height <= MAX_SIDE).then_some(())
}

/// The mean of the pixels that fall on each small one.
fn shrunk(large: &Pixels) -> Option<Pixels> {
    let longer = large.width.max(large.height);
    let side = |side: usize| {
        let small = side.checked_mul(LONGER_SIDE.min(longer))?.checked_div(longer)?;
        Some(small.max(1))
    };
    let (width, height) = (side(large.width)?, side(large.height)?);
    let mut bytes = Vec::with_capacity(width.checked_mul(height)?.checked_mul(CHANNELS)?);
    for row in 0..height {
        let rows = span(row, height, large.height)?;
        for column in 0..width {
            let columns = span(column, width, large.width)?;
            let mut sums = [0_usize; CHANNELS];
            let mut count = 0_usize;
            for y in rows.clone() {
                let begin = y.checked_mul(large.width)?.checked_add(columns.start)?;
                let from = begin.checked_mul(CHANNELS)?;
                let length = columns.len().checked_mul(CHANNELS)?;
                let pixels = large.bytes.get(from..from.checked_add(length)?)?;
                for pixel in pixels.as_chunks::<CHANNELS>().0 {
                    for (sum, value) in sums.iter_mut().zip(pixel) {
                        *sum = sum.saturating_add(usize::from(*value));
                    }
                    count = count.saturating_add(1);
                }
            }
            for sum in sums {
                bytes.push(u8::try_from(sum.checked_div(count)?).ok()?);
            }
        }
    }
    Some(Pixels { width, height, bytes })
}

/// The large pixels that fall on a small one.
fn span(place: usize, small: usize, large: usize) -> Option<std::ops::Range<usize>> {
    let begin = place.checked_mul(large)?.checked_div(small)?;
    let end = place.checked_add(1)?.checked_mul(large)?.checked_div(small)?;
    Some(begin..end.max(begin.checked_add(1)?).min(large))
}

/// The picture turned as its orientation says, so that the small one needs none.
fn turned(small: Pixels, orientation: u8) -> Option<Pixels> {
    let Pixels { width, height, bytes } = &small;
    let (width, height) = (*width, *height);
    let (across, down) = if orientation >= 5 { (height, width) } else { (width, height) };
    let mut turned = Vec::with_capacity(bytes.len());
    for y in 0..down {
        for x in 0..across {
            let (right, bottom) = (across - 1 - x, down - 1 - y);
            let (from_x, from_y) = match orientation {
                2 => (right, y),
                3 => (right, bottom),
                4 => (x, bottom),
                5 => (y, x),
                6 => (y, right),
                7 => (bottom, right),
                8 => (bottom, x),
                _as_it_is => (x, y),
            };
            let place = from_y.checked_mul(width)?.checked_add(from_x)?.checked_mul(CHANNELS)?;
            turned.extend_from_slice(bytes.get(place..place.checked_add(CHANNELS)?)?);
        }
    }
    Some(Pixels { width: across, height: down, bytes: turned })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Left half black, right half white.
    fn halves(width: usize, height: usize) -> Vec<u8> {
        let pixel = |place: usize| if place % width < width / 2 { [0; 3] } else { [255; 3] };
        (0..width * height).flat_map(pixel).collect()
    }

    fn as_jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut out = Vec::new();
        let pixels = halves(width.into(), height.into());
        Encoder::new(&mut out, 90).encode(&pixels, width, height, ColorType::Rgb).unwrap();
        out
    }

    fn as_png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Rgb);
        let pixels = halves(width as usize, height as usize);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        out
    }

    #[test]
    fn a_large_picture_becomes_a_small_one_that_looks_the_same() {
        for picture in [as_jpeg(800, 400), as_png(800, 400)] {
            let small = thumbnail(&picture).unwrap();
            assert!(small.len() < 6000, "{}", small.len());
            let pixels = jpeg(&small).unwrap();
            assert_eq!((pixels.width, pixels.height), (160, 80));
            let at = |x: usize, y: usize| pixels.bytes[(y * 160 + x) * 3];
            assert!(at(20, 40) < 40 && at(140, 40) > 215);
        }
        let tiny = jpeg(&thumbnail(&as_jpeg(8, 16)).unwrap()).unwrap();
        assert_eq!((tiny.width, tiny.height), (8, 16), "a small one is not made larger");
    }

    #[test]
    fn what_stands_on_its_side_is_turned() {
        let orientations = [(1, [0, 255]), (3, [255, 0]), (2, [255, 0]), (4, [0, 255])];
        for (orientation, [left, right]) in orientations {
            let pixels = Pixels { width: 4, height: 2, bytes: halves(4, 2) };
            let turned = turned(pixels, orientation).unwrap();
            assert_eq!([turned.bytes[0], turned.bytes[9]], [left, right], "{orientation}");
        }
        for (orientation, [top, bottom]) in
            [(5, [0, 255]), (6, [0, 255]), (7, [255, 0]), (8, [255, 0])]
        {
            let pixels = Pixels { width: 4, height: 2, bytes: halves(4, 2) };
            let turned = turned(pixels, orientation).unwrap();
            assert_eq!((turned.width, turned.height), (2, 4));
            assert_eq!([turned.bytes[0], turned.bytes[18]], [top, bottom], "{orientation}");
        }
    }

    #[test]
    fn bombs_and_damaged_pictures_have_none() {
        let mut bomb = as_png(4, 4);
        // 2^31 - 1 pixels in each row; the check sum of the header is made right.
        bomb[16..20].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
        let mut sum = flate2::Crc::new();
        sum.update(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.sum().to_be_bytes());
        assert_eq!(thumbnail(&bomb), None);
        let mut wide = as_jpeg(8, 8);
        let frame = wide.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        wide[frame + 5..frame + 9].fill(0xff);
        assert_eq!(thumbnail(&wide), None);
        for bytes in [as_jpeg(300, 300), as_png(300, 300)] {
            for cut in (0..bytes.len()).step_by(97) {
                let _small = thumbnail(&bytes[..cut]);
            }
        }
        assert_eq!(thumbnail(b"%PDF-1.7"), None);
        // Larger than what phones take: not worth the memory.
        assert_eq!(thumbnail(&as_png(4200, 4200)), None);
        assert!(thumbnail(&as_png(2000, 3000)).is_some());
    }
}
