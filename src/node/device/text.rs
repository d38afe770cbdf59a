//! Messages as texts to be copied, photographed or carried as files.
//!
//! What is too long for one picture goes as several: each part says which of how many it is, and
//! whoever has read them puts them into one file, in whatever order.

use data_encoding::BASE32_NOPAD;

use crate::crypto::Label;

const CHECKSUM_BYTES: usize = 4;
/// What every part of a text begins with: `CEIBAPART1-2-5-…` is the second of five.
const PART: &str = "CEIBAPART1-";
/// Parts of a text at most.
const MAX_PARTS: usize = 64;
/// Letters of a fingerprint: 100 bits, so that nobody makes something else with the same.
const FINGERPRINT_LETTERS: usize = 20;

/// Why a text is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceTextError {
    /// It does not begin as one, or is too long.
    #[error("this is no ceiba {0}")]
    Kind(&'static str),
    /// A character is missing or wrong.
    #[error("the {0} was not copied completely, or a character of it is wrong")]
    Checksum(&'static str),
    /// A picture was left out.
    #[error("part {missing} of {all} of the {what} is missing")]
    Part {
        /// What it is a part of.
        what: &'static str,
        /// The first that is not there.
        missing: usize,
        /// Parts that there are.
        all: usize,
    },
    /// Made by a version that this one does not know.
    #[error("the {0} was made by another version of ceiba")]
    Version(&'static str),
    /// Its checksum is right, and what it says is not.
    #[error("the {0} is not valid: it was altered, or made wrongly")]
    Invalid(&'static str),
}

/// A message as a text, in characters that QR codes pack well.
pub(super) fn write(prefix: &str, bytes: &[u8]) -> String {
    let checked = [bytes, &checksum(bytes)].concat();
    format!("{prefix}{}", BASE32_NOPAD.encode(&checked).to_lowercase())
}

/// A text in parts of so many characters at most, each for a picture of its own; one that is short
/// enough stays whole. None if they would be too many.
#[must_use]
pub fn parts(text: &str, max_chars: usize) -> Option<Vec<String>> {
    let text = text.to_ascii_uppercase();
    if text.len() <= max_chars {
        return Some(vec![text]);
    }
    let room = max_chars.checked_sub(PART.len() + 6).filter(|room| *room > 0)?;
    let pieces: Vec<&str> =
        text.as_bytes().chunks(room).filter_map(|it| std::str::from_utf8(it).ok()).collect();
    let all = pieces.len();
    let part = |(number, piece)| format!("{PART}{number}-{all}-{piece}");
    (all <= MAX_PARTS).then(|| (1_usize..).zip(pieces).map(part).collect())
}

/// The text whose parts these are, in whatever order; a text that is whole stays as it is.
fn joined(text: String, what: &'static str) -> Result<String, DeviceTextError> {
    if !text.starts_with(PART) {
        return Ok(text);
    }
    let mut pieces: Vec<&str> = Vec::new();
    for part in text.split(PART).skip(1) {
        let mut fields = part.splitn(3, '-');
        let mut number = || fields.next()?.parse::<usize>().ok();
        let (at, all) = number().zip(number()).ok_or(DeviceTextError::Checksum(what))?;
        let is_one = (1..=all).contains(&at) && all <= MAX_PARTS;
        if !is_one || !(pieces.is_empty() || pieces.len() == all) {
            return Err(DeviceTextError::Checksum(what));
        }
        pieces.resize(all, "");
        let piece = fields.next().ok_or(DeviceTextError::Checksum(what))?;
        if let Some(place) = at.checked_sub(1).and_then(|place| pieces.get_mut(place)) {
            *place = piece;
        }
    }
    if let Some(missing) = pieces.iter().position(|piece| piece.is_empty()) {
        let (missing, all) = (missing.saturating_add(1), pieces.len());
        return Err(DeviceTextError::Part { what, missing, all });
    }
    Ok(pieces.concat())
}

/// The bytes of a text, whatever its case and white space.
pub(super) fn read(
    text: &str,
    (what, prefix): (&'static str, &str),
    max_chars: usize,
) -> Result<Vec<u8>, DeviceTextError> {
    if text.len() > max_chars {
        return Err(DeviceTextError::Kind(what));
    }
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text = joined(text.to_ascii_uppercase(), what)?;
    let coded =
        text.strip_prefix(&prefix.to_ascii_uppercase()).ok_or(DeviceTextError::Kind(what))?;
    let checked = BASE32_NOPAD.decode(coded.as_bytes());
    let checked = checked.map_err(|_coding| DeviceTextError::Checksum(what))?;
    match checked.split_last_chunk::<CHECKSUM_BYTES>() {
        Some((bytes, sum)) if checksum(bytes) == *sum => Ok(bytes.to_vec()),
        _ => Err(DeviceTextError::Checksum(what)),
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = Label::TicketChecksum.hash(&[bytes]);
    hash.first_chunk().copied().unwrap_or_default()
}

/// What two machines show of these bytes, to be compared by eye or voice: `k7qd-2m5x-…`.
pub(super) fn fingerprint(label: Label, bytes: &[u8]) -> String {
    let mut letters = BASE32_NOPAD.encode(&label.hash(&[bytes])).to_lowercase();
    letters.truncate(FINGERPRINT_LETTERS);
    let groups: Vec<&str> =
        letters.as_bytes().chunks(4).filter_map(|it| std::str::from_utf8(it).ok()).collect();
    groups.join("-")
}

/// Whether somebody typed this fingerprint, whatever the case and what stands between the letters.
#[must_use]
pub fn is_fingerprint(typed: &str, fingerprint: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    !fingerprint.is_empty() && letters(typed) == letters(fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: (&str, &str) = ("test", "ceibatest1");

    #[test]
    fn a_text_in_pictures_is_read_in_whatever_order_they_were_taken() {
        let text = write(KIND.1, &[7; 1000]);
        assert_eq!(parts(&text, 4000), Some(vec![text.to_uppercase()]));
        let mut pictures = parts(&text, 300).unwrap();
        assert!(pictures.len() > 4 && pictures.iter().all(|it| it.len() <= 300));
        pictures.rotate_left(2);
        pictures.push(pictures[0].clone());
        let photographed = pictures.join("\r\n").to_lowercase();
        assert_eq!(read(&photographed, KIND, 1 << 16), Ok(vec![7; 1000]));
        let (missing, all) = (2, pictures.len() - 1);
        pictures.retain(|it| !it.starts_with("CEIBAPART1-2-"));
        let left_out = Err(DeviceTextError::Part { what: KIND.0, missing, all });
        assert_eq!(read(&pictures.join(" "), KIND, 1 << 16), left_out);
        let other = parts(&write(KIND.1, &[8; 990]), 300).unwrap();
        let mixed = [&pictures[..], &other[1..2]].concat().join("\n");
        assert_eq!(read(&mixed, KIND, 1 << 16), Err(DeviceTextError::Checksum(KIND.0)));
        for wrong in
            ["ceibapart1-0-2-a", "ceibapart1-3-2-a", "ceibapart1-1-9999999-a", "ceibapart1-"]
        {
            assert_eq!(read(wrong, KIND, 1 << 16), Err(DeviceTextError::Checksum(KIND.0)));
        }
        assert_eq!(parts(&text, 20), None);
    }

    #[test]
    fn a_fingerprint_is_compared_as_people_type_it() {
        let shown = fingerprint(Label::DeviceFingerprint, b"x");
        assert!(is_fingerprint(&shown.to_uppercase().replace('-', " "), &shown));
        assert!(!is_fingerprint(shown.get(..23).unwrap(), &shown) && !is_fingerprint("", ""));
        assert_ne!(shown, fingerprint(Label::CertificateFingerprint, b"x"));
    }
}
