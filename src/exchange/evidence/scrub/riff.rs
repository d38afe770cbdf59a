//! RIFF: WebP pictures and WAV recordings. Only the chunks with pixels or samples are copied.

use super::{Cursor, is_size};

/// The flag in a WebP's header that says that it has transparency; the others are about metadata,
/// colour profiles and animation.
const ALPHA: u8 = 0x10;
/// Bytes of the longest description of how samples are coded.
const FORMAT_BYTES: usize = 40;

/// What becomes of a chunk.
enum Verdict {
    /// Its place has these bytes.
    Keep(Vec<u8>),
    /// It is left out.
    Leave,
    /// No file that is known here has it.
    Refuse,
}

/// The picture without what it says of itself; none if it is none, or moves.
pub(super) fn scrub_webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut headed, mut shaded, mut drawn) = (false, false, false);
    let copy = scrub(bytes, *b"WEBP", |name, data| match name {
        // One of each, in this order: a second picture is another picture.
        b"VP8X" if !headed && !shaded && !drawn => {
            headed = true;
            webp_header(data).map_or(Verdict::Refuse, Verdict::Keep)
        }
        b"ALPH" if headed && !shaded && !drawn => {
            shaded = true;
            Verdict::Keep(data.to_vec())
        }
        b"VP8 " | b"VP8L" if !drawn => {
            drawn = true;
            Verdict::Keep(data.to_vec())
        }
        b"VP8X" | b"ALPH" | b"VP8 " | b"VP8L" => Verdict::Refuse,
        b"ANIM" | b"ANMF" => Verdict::Refuse,
        _words_places_profiles => Verdict::Leave,
    })?;
    drawn.then_some(copy)
}

fn webp_header(data: &[u8]) -> Option<Vec<u8>> {
    let [flags, _, _, _, w1, w2, w3, h1, h2, h3] = <[u8; 10]>::try_from(data).ok()?;
    let [width, height] = [[w1, w2, w3, 0], [h1, h2, h3, 0]].map(u32::from_le_bytes);
    let fits = is_size(u64::from(width).saturating_add(1), u64::from(height).saturating_add(1));
    fits.then(|| vec![flags & ALPHA, 0, 0, 0, w1, w2, w3, h1, h2, h3])
}

/// The recording without what it says of itself; none if it is none.
pub(super) fn scrub_wav(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut described, mut sounds) = (false, false);
    let copy = scrub(bytes, *b"WAVE", |name, data| match name {
        b"fmt " if !described && is_format(data) => {
            described = true;
            Verdict::Keep(data.to_vec())
        }
        b"data" if described && !sounds => {
            sounds = true;
            Verdict::Keep(data.to_vec())
        }
        b"fmt " | b"data" => Verdict::Refuse,
        _words_places_names => Verdict::Leave,
    })?;
    sounds.then_some(copy)
}

/// Whether a description of how samples are coded has the bytes that it must have.
fn is_format(data: &[u8]) -> bool {
    let more = data.get(16..).and_then(|more| more.first_chunk()).copied().map(u16::from_le_bytes);
    matches!((data.len(), more), (16, None) | (18, Some(0)) | (FORMAT_BYTES, Some(22)))
}

fn scrub(
    bytes: &[u8],
    form: [u8; 4],
    mut judge: impl FnMut(&[u8; 4], &[u8]) -> Verdict,
) -> Option<Vec<u8>> {
    let mut input = Cursor(bytes);
    if input.array()? != *b"RIFF" {
        return None;
    }
    let length = usize::try_from(u32::from_le_bytes(input.array()?)).ok()?;
    let mut input = Cursor(input.take(length)?);
    if input.array()? != form {
        return None;
    }
    let mut body = Vec::with_capacity(bytes.len());
    body.extend_from_slice(&form);
    while !input.0.is_empty() {
        let name: [u8; 4] = input.array()?;
        let count = usize::try_from(u32::from_le_bytes(input.array()?)).ok()?;
        let data = input.take(count)?;
        if !count.is_multiple_of(2) && !input.0.is_empty() {
            input.take(1)?;
        }
        let data = match judge(&name, data) {
            Verdict::Keep(data) => data,
            Verdict::Leave => continue,
            Verdict::Refuse => return None,
        };
        body.extend_from_slice(&name);
        body.extend_from_slice(&u32::try_from(data.len()).ok()?.to_le_bytes());
        body.extend_from_slice(&data);
        if !data.len().is_multiple_of(2) {
            body.push(0);
        }
    }
    let length = u32::try_from(body.len()).ok()?;
    Some([b"RIFF".as_slice(), &length.to_le_bytes(), &body].concat())
}
