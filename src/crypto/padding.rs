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

/// As `padded_len`, for content that is not in memory as a whole; none if nothing is as long.
#[must_use]
pub fn padded_content_len(content: u64) -> Option<u64> {
    let padded = padded_len(usize::try_from(content).ok()?);
    u64::try_from(padded).ok().filter(|padded| *padded > content)
}

/// The next length of which only as many leading bits are set as Padmé allows.
const fn padme(length: usize) -> usize {
    let exponent = length.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept)) - 1;
    length.saturating_add(mask) & !mask
}

/// The most content of which the padded length is at most this; 0 if there is none.
pub(crate) const fn max_content(padded: usize) -> usize {
    if padded < MIN_PADDED_BYTES {
        return 0;
    }
    let exponent = padded.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept)) - 1;
    (padded & !mask).saturating_sub(1)
}

/// The content without mark and padding; none if it was not padded just so.
pub(crate) fn content_len(padded: &[u8]) -> Option<usize> {
    let content = padded.iter().rposition(|byte| *byte != 0)?;
    let marked = padded.get(content) == Some(&MARK);
    (marked && padded_len(content) == padded.len()).then_some(content)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn a_mebibyte_has_few_classes_and_each_is_a_fixed_point() {
        let classes: BTreeSet<usize> = (0..MIB).map(padded_len).collect();
        // 16 in each octave from 2^8 to 2^16, 32 from there to 2^20, and the smallest.
        assert_eq!(classes.len(), 8 * 16 + 4 * 32 + 1);
        for class in classes {
            assert_eq!(padded_len(class - 1), class);
        }
    }

    #[test]
    fn only_the_exact_padding_is_content() {
        let mut padded = vec![0; MIN_PADDED_BYTES];
        assert_eq!(content_len(&padded), None, "no mark");
        padded[3] = MARK;
        assert_eq!(content_len(&padded), Some(3));
        padded.push(0);
        assert_eq!(content_len(&padded), None, "a length that is no class");
        padded.resize(272, 0);
        assert_eq!(padded_len(260), 272);
        assert_eq!(content_len(&padded), None, "a larger class than needed");
        padded.truncate(MIN_PADDED_BYTES);
        padded[9] = 1;
        assert_eq!(content_len(&padded), None, "another mark");
        assert_eq!(content_len(&[]), None);
    }

    proptest! {
        #[test]
        fn overhead_is_at_most_12_percent(content in 0..64 * MIB) {
            let padded = padded_len(content);
            prop_assert!(padded > content);
            prop_assert!(padded == MIN_PADDED_BYTES || padded * 100 <= (content + 1) * 112);
        }

        #[test]
        fn the_most_content_fits_and_one_byte_more_does_not(padded in 0..64 * MIB) {
            let most = max_content(padded);
            if padded >= MIN_PADDED_BYTES {
                prop_assert!(padded_len(most) <= padded);
                prop_assert!(padded_len(most + 1) > padded);
            } else {
                prop_assert_eq!(most, 0);
            }
        }

        #[test]
        fn more_content_is_never_padded_to_less(content in 0..64 * MIB, more in 0..MIB) {
            prop_assert!(padded_len(content) <= padded_len(content + more));
        }

        #[test]
        fn content_ends_where_it_ended(content in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut padded = content.clone();
            padded.push(MARK);
            padded.resize(padded_len(content.len()), 0);
            prop_assert_eq!(content_len(&padded), Some(content.len()));
        }
    }
}
