//! The three key pairs of a device, one for each thing that it does.

use std::fmt;

use ed25519_dalek::SigningKey;
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    crypto::receiving::{ReceivingKey, ReceivingPublicKey},
    model::id::DeviceId,
};

/// The secret keys of a device.
#[derive(Clone)]
pub struct DeviceKeys {
    /// Signs entries and statements; its verifying key is the device's id.
    pub signing: SigningKey,
    /// Opens grants.
    pub receiving: ReceivingKey,
    /// Ed25519 key of the device's libp2p identity. Apart from `signing`, so that a change of the
    /// transport, which sees the network, does not touch who the device is.
    pub transport: SigningKey,
}

/// The public keys of a device, as its organisation's manifest certifies them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePublicKeys {
    /// Verifying key of entries and statements.
    pub device: DeviceId,
    /// The key that grants are sealed to.
    pub receiving: ReceivingPublicKey,
    /// Ed25519 key behind the device's libp2p `PeerId`.
    pub transport: [u8; 32],
}

impl DeviceKeys {
    /// Draws the keys of a new device.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self {
            signing: signing_key(rng),
            receiving: ReceivingKey::generate(rng),
            transport: signing_key(rng),
        }
    }

    /// The device's id.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        DeviceId::new(self.signing.verifying_key().to_bytes())
    }

    /// The public parts.
    #[must_use]
    pub fn public(&self) -> DevicePublicKeys {
        DevicePublicKeys {
            device: self.device(),
            receiving: self.receiving.public(),
            transport: self.transport.verifying_key().to_bytes(),
        }
    }
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKeys({})", self.device().short())
    }
}

/// Draws an Ed25519 key.
#[must_use]
pub fn signing_key(rng: &mut impl CryptoRng) -> SigningKey {
    let mut seed = Zeroizing::new([0; 32]);
    rng.fill_bytes(seed.as_mut_slice());
    SigningKey::from_bytes(&seed)
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    #[test]
    fn the_three_keys_are_unrelated_and_the_public_parts_match_them() {
        let keys = DeviceKeys::generate(&mut ChaCha20Rng::seed_from_u64(1));
        let public = keys.public();
        assert_eq!(public.device, keys.device());
        assert_eq!(public.receiving, keys.receiving.public());
        let secrets =
            [keys.signing.as_bytes(), keys.receiving.expose_secret(), keys.transport.as_bytes()];
        assert!(secrets[0] != secrets[1] && secrets[1] != secrets[2] && secrets[0] != secrets[2]);
        assert_ne!(public.device.as_bytes(), &public.transport);
    }
}
