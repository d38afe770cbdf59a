//! Padmé padding: lengths leak only O(log log n) bits, for at most 12 % more bytes.
//!
//! [Reducing Metadata Leakage from Encrypted Files and Communication with
//! PURBs](https://doi.org/10.2478/popets-2019-0056), section 4. What is padded ends with the byte
//! 0x80 and zeros (ISO/IEC 7816-4), so that its length can be found again.

/// Smallest padded length: a single edited field, whichever it is, looks like any other.
pub(crate) const MIN_PADDED_BYTES: usize = 256;
/// Ends the content.
pub(crate) const MARK: u8 = 0x80;

/// Length to which content of this many bytes, and its mark, are padded.
pub(crate) const fn padded_len(content: usize) -> usize {
    let length = content.saturating_add(1);
    if length <= MIN_PADDED_BYTES { MIN_PADDED_BYTES } else { padme(length) }
}

/// The next length of which only as many leading bits are set as Padmé allows.
const fn padme(length: usize) -> usize {
    let exponent = length.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept)) - 1;
    length.saturating_add(mask) & !mask
}

/// The content without mark and padding; none if it was not padded just so.
pub(crate) fn content_len(padded: &[u8]) -> Option<usize> {
    let content = padded.iter().rposition(|byte| *byte != 0)?;
    let marked = padded.get(content) == Some(&MARK);
    (marked && padded_len(content) == padded.len()).then_some(content)
}
