//! Grants: the secret of an epoch, sealed to one device (HPKE, RFC 9180, base mode).
//!
//! Base mode does not say who granted: the entry that carries a grant is signed.

use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::XWing,
};
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    crypto::{
        Label,
        epoch::EpochSecret,
        receiving::{ReceivingKey, ReceivingPublicKey},
    },
    model::id::{CircleId, DeviceId, EpochId, StatementId},
};

/// HPKE base mode with X-Wing, HKDF-SHA-256, ChaCha20-Poly1305.
pub const SUITE_XWING: u32 = 1;

/// What a grant is bound to: it opens under exactly this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantContext {
    /// The circle.
    pub circle: CircleId,
    /// The epoch whose secret is granted.
    pub epoch: EpochId,
    /// The decision that the grant set names.
    pub decision: StatementId,
    /// The device that it is granted to.
    pub recipient: DeviceId,
}

impl GrantContext {
    /// HPKE `info`: `label │ 0 │ suite 4 │ circle 32 │ epoch 32 │ decision 32 │ recipient 32`.
    fn info(&self, suite: u32) -> Vec<u8> {
        [
            Label::Grant.text().as_bytes(),
            &[0],
            &suite.to_le_bytes(),
            self.circle.as_ref(),
            self.epoch.as_ref(),
            self.decision.as_ref(),
            self.recipient.as_ref(),
        ]
        .concat()
    }
}

/// An epoch's secret, sealed to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedGrant {
    /// How it is sealed; [`SUITE_XWING`] is the only one.
    pub suite: u32,
    /// Encapsulated key, [`SealedGrant::ENC_BYTES`] long.
    pub enc: Vec<u8>,
    /// Sealed secret, [`SealedGrant::CIPHERTEXT_BYTES`] long.
    pub ciphertext: Vec<u8>,
}

impl SealedGrant {
    /// Bytes of an encapsulated key.
    pub const ENC_BYTES: usize = 1120;
    /// Bytes of a sealed secret.
    pub const CIPHERTEXT_BYTES: usize = 32 + 16;

    /// Whether both parts have the lengths of the suite; of an unknown suite, none are known.
    #[must_use]
    pub fn has_lengths_of_its_suite(&self) -> bool {
        self.suite != SUITE_XWING
            || (self.enc.len() == Self::ENC_BYTES
                && self.ciphertext.len() == Self::CIPHERTEXT_BYTES)
    }
}

/// Why a grant is not sealed or not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Sealed in a way that this version does not know.
    #[error("grant suite {suite} is unknown: a newer version may know it")]
    Suite {
        /// The suite that it names.
        suite: u32,
    },
    /// The recipient's receiving key is none.
    #[error("the recipient has no usable receiving key")]
    Recipient,
    /// It was changed, or is for another device, circle, epoch or decision.
    #[error("the grant does not open with this device's key")]
    Unauthentic,
    /// The secret is not of the epoch that the context names.
    #[error("the secret is of another epoch than the grant names")]
    OtherEpoch,
}

/// Seals an epoch's secret to a device.
///
/// # Errors
/// When the context names another epoch than the secret's.
pub fn seal_grant(
    to: &ReceivingPublicKey,
    context: &GrantContext,
    secret: &EpochSecret,
    rng: &mut impl CryptoRng,
) -> Result<SealedGrant, GrantError> {
    if secret.id() != context.epoch {
        return Err(GrantError::OtherEpoch);
    }
    let key = to.parse().map_err(|_key| GrantError::Recipient)?;
    let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &key,
        &context.info(SUITE_XWING),
        secret.expose_secret(),
        &[],
        rng,
    )
    .map_err(|_encapsulation| GrantError::Recipient)?;
    Ok(SealedGrant { suite: SUITE_XWING, enc: enc.to_bytes().to_vec(), ciphertext })
}

/// Opens a grant to this device.
///
/// # Errors
/// When its suite is unknown, it does not open in this context, or holds another secret than the
/// epoch's.
pub fn open_grant(
    key: &ReceivingKey,
    context: &GrantContext,
    grant: &SealedGrant,
) -> Result<EpochSecret, GrantError> {
    if grant.suite != SUITE_XWING {
        return Err(GrantError::Suite { suite: grant.suite });
    }
    if grant.ciphertext.len() != SealedGrant::CIPHERTEXT_BYTES {
        return Err(GrantError::Unauthentic);
    }
    let enc = <XWing as Kem>::EncappedKey::from_bytes(&grant.enc)
        .map_err(|_length| GrantError::Unauthentic)?;
    let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &key.expand(),
        &enc,
        &context.info(grant.suite),
        &grant.ciphertext,
        &[],
    )
    .map(Zeroizing::new)
    .map_err(|_unauthentic| GrantError::Unauthentic)?;
    let bytes = opened.first_chunk().ok_or(GrantError::Unauthentic)?;
    let secret = EpochSecret::from_bytes(bytes);
    if secret.id() == context.epoch { Ok(secret) } else { Err(GrantError::OtherEpoch) }
}

#[cfg(test)]
mod tests;
