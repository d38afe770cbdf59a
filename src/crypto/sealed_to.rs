//! Messages sealed to one device (HPKE, RFC 9180, base mode), which grants are not part of.
//!
//! Base mode does not say who sealed: what is inside is signed.

use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::XWing,
};
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    crypto::{
        Label,
        receiving::{ReceivingKey, ReceivingPublicKey},
    },
    model::id::DeviceId,
};

/// A message sealed to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedTo {
    /// Encapsulated key.
    pub enc: Vec<u8>,
    /// The sealed message and its tag.
    pub sealed: Vec<u8>,
}

/// It was changed, is for another device or purpose, or the key is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it does not open with this device's key")]
pub struct NotSealedToUs;

impl SealedTo {
    /// Seals a message to a device, for one purpose.
    ///
    /// # Errors
    /// When the device has no usable receiving key.
    pub fn seal(
        label: Label,
        (recipient, key): (&DeviceId, &ReceivingPublicKey),
        message: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, NotSealedToUs> {
        let key = key.parse().map_err(|_key| NotSealedToUs)?;
        let (enc, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &key,
            &info(label, recipient),
            message,
            &[],
            rng,
        )
        .map_err(|_encapsulation| NotSealedToUs)?;
        Ok(Self { enc: enc.to_bytes().to_vec(), sealed })
    }

    /// Opens a message to this device, for one purpose.
    ///
    /// # Errors
    /// When it is not sealed to this device for this purpose, or was changed.
    pub fn open(
        &self,
        label: Label,
        (recipient, key): (&DeviceId, &ReceivingKey),
    ) -> Result<Zeroizing<Vec<u8>>, NotSealedToUs> {
        let enc =
            <XWing as Kem>::EncappedKey::from_bytes(&self.enc).map_err(|_length| NotSealedToUs)?;
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &key.expand(),
            &enc,
            &info(label, recipient),
            &self.sealed,
            &[],
        );
        opened.map(Zeroizing::new).map_err(|_tag| NotSealedToUs)
    }
}

/// HPKE `info`: label, a zero byte, the recipient.
fn info(label: Label, recipient: &DeviceId) -> Vec<u8> {
    [label.text().as_bytes(), &[0], recipient.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;
    use crate::crypto::DeviceKeys;

    #[test]
    fn a_message_opens_for_its_device_and_purpose_alone() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let [ours, other] = std::array::from_fn(|_| DeviceKeys::generate(&mut rng));
        let label = Label::DeviceCertificateSeal;
        let to = (&ours.device(), &ours.public().receiving);
        let sealed = SealedTo::seal(label, to, b"hello", &mut rng).unwrap();
        let us = (&ours.device(), &ours.receiving);
        assert_eq!(sealed.open(label, us).unwrap().as_slice(), b"hello");
        assert!(sealed.open(Label::Deposit, us).is_err());
        assert!(sealed.open(label, (&other.device(), &ours.receiving)).is_err());
        assert!(sealed.open(label, (&ours.device(), &other.receiving)).is_err());
        for byte in 0..sealed.sealed.len() {
            let mut flipped = sealed.clone();
            flipped.sealed[byte] ^= 1;
            assert!(flipped.open(label, us).is_err());
        }
        assert!(SealedTo { enc: Vec::new(), ..sealed }.open(label, us).is_err());
    }
}
