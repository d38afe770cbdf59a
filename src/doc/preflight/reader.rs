//! Reading numbers and slices of a change without ever running past its end.

use super::PreflightError;

/// Bytes of the longest LEB128 number of 64 bits.
const MAX_LEB_BYTES: usize = 10;

/// What is left to read.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) const fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next bytes.
    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], PreflightError> {
        let count = usize::try_from(count).map_err(|_wide| PreflightError::Truncated)?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(PreflightError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], PreflightError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(PreflightError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// An unsigned LEB128 number in its shortest form.
    pub(super) fn unsigned(&mut self) -> Result<u64, PreflightError> {
        let mut number: u64 = 0;
        for place in 0..MAX_LEB_BYTES {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            let shift = 7 * place;
            if shift == 63 && bits > 1 {
                return Err(PreflightError::Number);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                let overlong = byte == 0 && place > 0;
                return if overlong { Err(PreflightError::Number) } else { Ok(number) };
            }
        }
        Err(PreflightError::Number)
    }

    /// A signed LEB128 number in its shortest form.
    pub(super) fn signed(&mut self) -> Result<i64, PreflightError> {
        let mut number: i64 = 0;
        let mut previous: u8 = 0;
        for place in 0..MAX_LEB_BYTES {
            let [byte] = self.array()?;
            let shift = 7 * place;
            number |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let extends =
                    (byte == 0 && previous & 0x40 == 0) || (byte == 0x7f && previous & 0x40 != 0);
                let too_wide = shift == 63 && byte != 0 && byte != 0x7f;
                if too_wide || (place > 0 && extends) {
                    return Err(PreflightError::Number);
                }
                let negative = byte & 0x40 != 0 && shift + 7 < 64;
                return Ok(if negative { number | (-1 << (shift + 7)) } else { number });
            }
            previous = byte;
        }
        Err(PreflightError::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_numbers_have_one_form() {
        for (bytes, number) in [
            (&[0_u8][..], 0),
            (&[0x7f], 127),
            (&[0x81, 0x01], 129),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], u64::MAX),
        ] {
            assert_eq!(Reader::new(bytes).unsigned().unwrap(), number);
        }
        for bytes in [
            &[0x80_u8, 0x00][..],
            &[0xff],
            &[0xff; 11],
            &[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x02],
        ] {
            assert!(Reader::new(bytes).unsigned().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn signed_numbers_have_one_form() {
        for (bytes, number) in [
            (&[0_u8][..], 0),
            (&[0x7f], -1),
            (&[0x3f], 63),
            (&[0x40], -64),
            (&[0xc0, 0x00], 64),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f], i64::MIN),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00], i64::MAX),
        ] {
            assert_eq!(Reader::new(bytes).signed().unwrap(), number, "{bytes:?}");
        }
        for bytes in [&[0xff_u8, 0x7f][..], &[0x80, 0x00], &[0x80], &[0xff; 12]] {
            assert!(Reader::new(bytes).signed().is_err(), "{bytes:?}");
        }
    }
}
