//! Payloads: what an entry carries, sealed under its epoch's secret and bound to its place.
//!
//! ```text
//! nonce 24 │ XChaCha20-Poly1305( content │ 0x80 │ zeros up to a Padmé length ) │ tag 16
//! ```
//!
//! Each place has its own key, derived from the epoch's secret, and is the associated data too: a
//! payload that is moved to another place, circle or log does not open.

pub mod deposit;

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    crypto::{Label, aead, epoch::EpochSecret, kdf, padding},
    model::{
        id::{CircleId, EpochId, LogId, StatementId},
        limits::MAX_SEALED_PAYLOAD_BYTES,
    },
};

/// The place of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The circle (its full id, which headers do not carry).
    pub circle: CircleId,
    /// The log.
    pub log: LogId,
    /// The entry's number in the log.
    pub seq: u64,
    /// The payload's number in the entry.
    pub index: u32,
    /// Number of the entry's kind.
    pub kind: u32,
    /// The decision that the header names.
    pub decision: StatementId,
    /// The epoch that the header names.
    pub epoch: EpochId,
}

impl Position {
    /// Bytes of the fixed layout.
    pub const BYTES: usize = 32 + 32 + 16 + 4 + 8 + 4 + 4 + 32 + 32;

    /// `circle 32 │ device 32 │ incarnation 16 │ lane 4 │ seq 8 │ index 4 │ kind 4 │ decision 32
    /// │ epoch 32`, numbers little-endian.
    fn to_bytes(self) -> Vec<u8> {
        [
            self.circle.as_bytes().as_slice(),
            self.log.device.as_ref(),
            self.log.incarnation.as_ref(),
            &self.log.lane.number().to_le_bytes(),
            &self.seq.to_le_bytes(),
            &self.index.to_le_bytes(),
            &self.kind.to_le_bytes(),
            self.decision.as_ref(),
            self.epoch.as_ref(),
        ]
        .concat()
    }
}

/// Why a payload is not sealed or not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// More than [`MAX_SEALED_PAYLOAD_BYTES`], sealed.
    #[error("a payload of {bytes} bytes is above the limit")]
    TooLarge {
        /// Bytes that it has.
        bytes: usize,
    },
    /// The secret is not of the epoch that the position names.
    #[error("the key is of another epoch than the header names")]
    OtherEpoch,
    /// It was changed, or belongs to another place.
    #[error("the payload does not open at this place")]
    Unauthentic,
    /// A member sealed it without the padding.
    #[error("the payload is not padded as it must be")]
    Padding,
}

/// Bytes of a sealed payload of this many bytes.
#[must_use]
pub const fn sealed_len(content: usize) -> usize {
    padding::padded_len(content).saturating_add(aead::OVERHEAD)
}

/// Seals a payload for its place.
///
/// # Errors
/// When it is too large, or the position names another epoch than the secret's.
pub fn seal(
    secret: &EpochSecret,
    position: &Position,
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, PayloadError> {
    check_epoch(secret, position)?;
    let padded = padding::padded_len(plaintext.len());
    check_size(padded.saturating_add(aead::OVERHEAD))?;
    let place = position.to_bytes();
    let key = kdf::derive(secret.expose_secret(), Label::PayloadKey, &[&place]);
    let mut content = Zeroizing::new(Vec::with_capacity(plaintext.len() + 1));
    content.extend_from_slice(plaintext);
    content.push(padding::MARK);
    Ok(aead::seal(&key, &place, &content, padded, rng))
}

/// Opens a payload at its place.
///
/// # Errors
/// When it is too large, does not belong to this place, was changed, or is not padded.
pub fn open(
    secret: &EpochSecret,
    position: &Position,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PayloadError> {
    check_size(sealed.len())?;
    check_epoch(secret, position)?;
    let place = position.to_bytes();
    let key = kdf::derive(secret.expose_secret(), Label::PayloadKey, &[&place]);
    let mut content =
        aead::open(&key, &place, sealed).map_err(|aead::Unauthentic| PayloadError::Unauthentic)?;
    let length = padding::content_len(&content).ok_or(PayloadError::Padding)?;
    content.truncate(length);
    Ok(content)
}

const fn check_size(bytes: usize) -> Result<(), PayloadError> {
    if bytes > MAX_SEALED_PAYLOAD_BYTES {
        return Err(PayloadError::TooLarge { bytes });
    }
    Ok(())
}

fn check_epoch(secret: &EpochSecret, position: &Position) -> Result<(), PayloadError> {
    if secret.id() == position.epoch { Ok(()) } else { Err(PayloadError::OtherEpoch) }
}

#[cfg(test)]
mod tests;
