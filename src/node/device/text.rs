//! Messages as texts to be copied, photographed or carried as files.

use data_encoding::BASE32_NOPAD;

use crate::crypto::Label;

const CHECKSUM_BYTES: usize = 4;

/// Why a text is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceTextError {
    /// It does not begin as one, or is too long.
    #[error("this is no ceiba {0}")]
    Kind(&'static str),
    /// A character is missing or wrong.
    #[error("the {0} was not copied completely, or a character of it is wrong")]
    Checksum(&'static str),
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
    let text = text.to_ascii_uppercase();
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
