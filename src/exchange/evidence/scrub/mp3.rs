//! MP3: frames of sound one after another. Tags before, between and behind them are not copied.

/// Kilobits per second by the index in the header: MPEG-1 layer III, MPEG-2 and 2.5 layer III.
const BITRATES: [[u32; 14]; 2] = [
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
/// Samples per second by version and index.
const RATES: [[u32; 3]; 3] =
    [[44_100, 48_000, 32_000], [22_050, 24_000, 16_000], [11_025, 12_000, 8_000]];
/// Frames in all that show that this is sound.
const MIN_FRAMES: usize = 3;
/// Bytes of a frame in which a note of the program that made the file begins.
const NOTE_BYTES: usize = 200;

/// The recording without what it says of itself; none if it is none.
pub(super) fn scrub(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Vec::with_capacity(bytes.len());
    let (mut rest, mut frames) = (bytes, 0_usize);
    while !rest.is_empty() {
        let frame = frame_length(rest).and_then(|length| rest.get(..length));
        let used = if let Some(frame) = frame.filter(|frame| goes_on(rest, frame.len())) {
            if !is_note(frame) {
                copy.extend_from_slice(frame);
            }
            frames = frames.saturating_add(1);
            frame.len()
        } else {
            tag_length(rest).unwrap_or(1)
        };
        rest = rest.get(used.max(1)..).unwrap_or_default();
    }
    (frames >= MIN_FRAMES).then_some(copy)
}

/// Whether another frame, a tag or the end follows: what looks like a frame within a tag is none.
fn goes_on(rest: &[u8], length: usize) -> bool {
    let next = rest.get(length..).unwrap_or_default();
    next.is_empty()
        || frame_length(next).is_some()
        || [b"TAG".as_slice(), b"APETAGEX", b"ID3", b"LYRICS"].iter().any(|it| next.starts_with(it))
}

/// Bytes of the frame that begins here.
fn frame_length(bytes: &[u8]) -> Option<usize> {
    let [sync, kind, rate, _mode] = *bytes.first_chunk()?;
    let version = match kind >> 3 & 3 {
        3 => 0_usize,
        2 => 1,
        0 => 2,
        _reserved => return None,
    };
    let is_layer_3 = kind >> 1 & 3 == 1;
    if sync != 0xff || kind & 0xe0 != 0xe0 || !is_layer_3 {
        return None;
    }
    let table = BITRATES.get(usize::from(version > 0))?;
    let bitrate = *table.get(usize::from(rate >> 4).checked_sub(1)?)?;
    let samples = *RATES.get(version)?.get(usize::from(rate >> 2 & 3))?;
    let per_frame: u32 = if version == 0 { 144_000 } else { 72_000 };
    let length = per_frame.checked_mul(bitrate)?.checked_div(samples)?;
    usize::try_from(length.checked_add(u32::from(rate >> 1 & 1))?).ok()
}

/// Whether a frame holds no sound but a note of the program that made the file.
fn is_note(frame: &[u8]) -> bool {
    let head = frame.get(..frame.len().min(NOTE_BYTES)).unwrap_or_default();
    [b"Xing", b"Info", b"VBRI"].iter().any(|name| head.windows(4).any(|it| it == *name))
}

/// Bytes of the tag that begins here, if its beginning says so.
fn tag_length(bytes: &[u8]) -> Option<usize> {
    let head: [u8; 10] = *bytes.first_chunk()?;
    let [b'I', b'D', b'3', _major, _minor, _flags, a, b, c, d] = head else { return None };
    let length = [a, b, c, d]
        .iter()
        .try_fold(0_usize, |sum, byte| (*byte < 0x80).then(|| sum << 7 | usize::from(*byte)))?;
    length.checked_add(10)
}
