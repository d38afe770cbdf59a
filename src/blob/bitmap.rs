//! Which segments of a blob are held.

use std::fmt;

/// Which of a fixed number of segments are held.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitmap {
    /// The lowest bit of the first byte is the first segment. Bits beyond the last are zero.
    bytes: Vec<u8>,
    count: usize,
}

impl Bitmap {
    /// None of so many.
    #[must_use]
    pub fn none(count: usize) -> Self {
        Self { bytes: vec![0; count.div_ceil(8)], count }
    }

    /// All of so many.
    #[must_use]
    pub fn all(count: usize) -> Self {
        let mut all = Self::none(count);
        (0..count).for_each(|segment| all.set(segment, true));
        all
    }

    /// Reads one of so many segments; none if the bytes are not one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], count: usize) -> Option<Self> {
        let fits = bytes.len() == count.div_ceil(8);
        let beyond = if count.is_multiple_of(8) {
            0
        } else {
            bytes.last().map_or(0, |last| last >> (count % 8))
        };
        (fits && beyond == 0).then(|| Self { bytes: bytes.to_vec(), count })
    }

    /// As it is stored and travels.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many segments it is about.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether it is about none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a segment is held.
    #[must_use]
    pub fn has(&self, segment: usize) -> bool {
        self.bytes.get(segment / 8).is_some_and(|byte| byte >> (segment % 8) & 1 == 1)
    }

    /// Takes note that a segment is held, or is not. One beyond the last is nothing.
    pub fn set(&mut self, segment: usize, held: bool) {
        if segment >= self.count {
            return;
        }
        if let Some(byte) = self.bytes.get_mut(segment / 8) {
            let bit = 1 << (segment % 8);
            if held { *byte |= bit } else { *byte &= !bit }
        }
    }

    /// How many are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.bytes.iter().map(|byte| usize::try_from(byte.count_ones()).unwrap_or(0)).sum()
    }

    /// Whether all are held.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.held() == self.count
    }

    /// Those that are not held, in order.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        (0..self.count).filter(|segment| !self.has(*segment))
    }
}

impl fmt::Debug for Bitmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bitmap({} of {})", self.held(), self.count)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set_of_numbers(
            count in 0_usize..200,
            steps in prop::collection::vec((0_usize..220, any::<bool>()), 0..60),
        ) {
            let (mut bitmap, mut model) = (Bitmap::none(count), BTreeSet::new());
            for (segment, held) in steps {
                bitmap.set(segment, held);
                if held && segment < count {
                    model.insert(segment);
                } else {
                    model.remove(&segment);
                }
            }
            for segment in 0..240 {
                prop_assert_eq!(bitmap.has(segment), model.contains(&segment));
            }
            prop_assert_eq!(bitmap.held(), model.len());
            prop_assert_eq!(bitmap.is_full(), model.len() == count);
            let missing: Vec<usize> = (0..count).filter(|it| !model.contains(it)).collect();
            prop_assert_eq!(bitmap.missing().collect::<Vec<_>>(), missing);
            prop_assert_eq!(Bitmap::from_bytes(bitmap.as_bytes(), count), Some(bitmap));
        }

        #[test]
        fn no_other_bytes_are_one(bytes in prop::collection::vec(any::<u8>(), 0..20), count in 0_usize..160) {
            if let Some(bitmap) = Bitmap::from_bytes(&bytes, count) {
                prop_assert_eq!(bitmap.as_bytes(), bytes.as_slice());
                prop_assert!(bitmap.held() <= count);
            }
        }
    }

    #[test]
    fn a_bit_beyond_the_last_or_another_length_is_refused() {
        assert!(Bitmap::from_bytes(&[0b100], 2).is_none());
        assert!(Bitmap::from_bytes(&[0b11], 2).is_some_and(|it| it.is_full()));
        assert!(Bitmap::from_bytes(&[0, 0], 8).is_none());
        assert!(Bitmap::all(13).is_full());
    }
}
