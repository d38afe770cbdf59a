//! The keys that grants are sealed to: X-Wing, a hybrid of ML-KEM-768 and X25519.
//!
//! Hybrid against those who record today and decrypt when they have a quantum computer: both
//! problems must be solved.

use std::fmt;

use hpke::{Deserializable, Kem, Serializable, kem::XWing};
use rand::CryptoRng;
use zeroize::Zeroizing;

/// The bytes are no X-Wing public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an X-Wing public key")]
pub struct InvalidReceivingKey;

/// The key with which a device opens its grants.
///
/// Held as its seed; the expanded key lives only while a grant is opened.
#[derive(Clone)]
pub struct ReceivingKey(Zeroizing<[u8; 32]>);

impl ReceivingKey {
    /// Draws a new key.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self(seed)
    }

    /// Takes up a key that was kept.
    #[must_use]
    pub fn from_bytes(seed: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*seed))
    }

    /// The seed, to be sealed.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key that others seal to.
    #[must_use]
    pub fn public(&self) -> ReceivingPublicKey {
        let public = XWing::sk_to_pk(&self.expand()).to_bytes();
        ReceivingPublicKey(Box::new(public.into()))
    }

    #[expect(clippy::expect_used, reason = "every seed of 32 bytes is a key")]
    pub(crate) fn expand(&self) -> <XWing as Kem>::PrivateKey {
        <XWing as Kem>::PrivateKey::from_bytes(self.0.as_slice()).expect("32 bytes")
    }
}

impl fmt::Debug for ReceivingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceivingKey(..)")
    }
}

/// The key that grants to a device are sealed to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReceivingPublicKey(Box<[u8; Self::BYTES]>);

impl ReceivingPublicKey {
    /// Length in bytes.
    pub const BYTES: usize = 1216;

    /// Reads a key from outside.
    ///
    /// # Errors
    /// When it has another length, or its ML-KEM part is not reduced (FIPS 203, section 7.2).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidReceivingKey> {
        let key = Self(Box::new(bytes.try_into().map_err(|_length| InvalidReceivingKey)?));
        key.parse()?;
        Ok(key)
    }

    /// The key's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    pub(crate) fn parse(&self) -> Result<<XWing as Kem>::PublicKey, InvalidReceivingKey> {
        <XWing as Kem>::PublicKey::from_bytes(self.0.as_slice())
            .map_err(|_not_reduced| InvalidReceivingKey)
    }
}

impl fmt::Debug for ReceivingPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = *self.0.as_ref();
        write!(f, "ReceivingPublicKey({a:02x}{b:02x}{c:02x}{d:02x})")
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct File {
        vectors: Vec<Vector>,
    }

    /// Hexadecimal.
    #[derive(Deserialize)]
    struct Vector {
        sk: String,
        pk: String,
        ct: String,
        ss: String,
    }

    #[test]
    fn agrees_with_the_x_wing_vectors() {
        let file: File =
            serde_json::from_str(include_str!("../../tests/vectors/x-wing.json")).unwrap();
        assert_eq!(file.vectors.len(), 3);
        for vector in file.vectors {
            let bytes = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
            let key = ReceivingKey::from_bytes(bytes(&vector.sk).as_slice().try_into().unwrap());
            assert_eq!(HEXLOWER.encode(key.public().as_bytes()), vector.pk);
            let enc = <XWing as Kem>::EncappedKey::from_bytes(&bytes(&vector.ct)).unwrap();
            let shared = XWing::decap(&key.expand(), None, &enc).unwrap();
            assert_eq!(HEXLOWER.encode(&shared.0), vector.ss);
        }
    }

    #[test]
    fn other_lengths_and_unreduced_keys_are_refused() {
        let good = ReceivingKey::from_bytes(&[1; 32]).public();
        assert_eq!(ReceivingPublicKey::from_bytes(good.as_bytes()), Ok(good.clone()));
        for length in [0, 1215, 1217] {
            assert!(ReceivingPublicKey::from_bytes(&vec![0; length]).is_err());
        }
        // A coefficient of 12 set bits is above the modulus 3329.
        let mut unreduced = *good.as_bytes();
        unreduced[..2].fill(0xff);
        assert!(ReceivingPublicKey::from_bytes(&unreduced).is_err());
    }
}
