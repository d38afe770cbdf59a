//! Key epochs: one generation of a circle's secret, and the back-chain to those before it.

use std::fmt;

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    crypto::{Label, aead, kdf, receiving::ReceivingKey},
    model::id::{CircleId, EpochId},
};

/// The secret of a key epoch. Whoever has it reads what was written in the epoch.
#[derive(Clone, PartialEq, Eq)]
pub struct EpochSecret(Zeroizing<[u8; 32]>);

impl EpochSecret {
    /// Mints the secret of a new epoch.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut_slice());
        Self(secret)
    }

    /// Takes up a secret that was kept or granted.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The secret itself, to be sealed.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }

    /// Id of the epoch. Commits to the secret: no two secrets have one id.
    #[must_use]
    pub fn id(&self) -> EpochId {
        EpochId::new(Label::EpochId.hash(&[self.0.as_slice()]))
    }

    /// The key pair that deposits in this epoch are sealed to, for who may write and not read.
    #[must_use]
    pub fn deposit_key(&self) -> ReceivingKey {
        ReceivingKey::from_bytes(&kdf::derive(&self.0, Label::DepositKey, &[]))
    }
}

impl fmt::Debug for EpochSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EpochSecret({})", self.id().short())
    }
}

/// Why a link of the back-chain does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BackLinkError {
    /// It was changed, or sealed under another epoch or for another circle.
    #[error("the earlier epoch's secret does not open under this one")]
    Unauthentic,
    /// What it holds is not the secret of the epoch that it names.
    #[error("the link holds the secret of another epoch than it names")]
    OtherEpoch,
}

/// The secret of an earlier epoch, sealed under a later one's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackLink {
    /// The earlier epoch.
    pub previous: EpochId,
    /// Its sealed secret, [`BackLink::SEALED_BYTES`] long.
    pub sealed: Vec<u8>,
}

impl BackLink {
    /// Bytes of a sealed secret.
    pub const SEALED_BYTES: usize = 32 + aead::OVERHEAD;

    /// Seals an earlier epoch's secret under a later one's.
    #[must_use]
    pub fn seal(
        circle: &CircleId,
        later: &EpochSecret,
        earlier: &EpochSecret,
        rng: &mut impl CryptoRng,
    ) -> Self {
        let previous = earlier.id();
        let (key, context) = link_key(circle, later, &previous);
        let sealed = aead::seal(&key, &context, earlier.expose_secret(), 32, rng);
        Self { previous, sealed }
    }

    /// Opens the link with the later epoch's secret.
    ///
    /// # Errors
    /// When it does not open, or holds anything but the secret of the epoch that it names.
    pub fn open(
        &self,
        circle: &CircleId,
        later: &EpochSecret,
    ) -> Result<EpochSecret, BackLinkError> {
        if self.sealed.len() != Self::SEALED_BYTES {
            return Err(BackLinkError::Unauthentic);
        }
        let (key, context) = link_key(circle, later, &self.previous);
        let opened = aead::open(&key, &context, &self.sealed)
            .map_err(|aead::Unauthentic| BackLinkError::Unauthentic)?;
        let bytes = opened.first_chunk().ok_or(BackLinkError::Unauthentic)?;
        let secret = EpochSecret::from_bytes(bytes);
        if secret.id() == self.previous { Ok(secret) } else { Err(BackLinkError::OtherEpoch) }
    }
}

/// Key and associated data of the link from a later epoch to an earlier one.
fn link_key(
    circle: &CircleId,
    later: &EpochSecret,
    earlier: &EpochId,
) -> (Zeroizing<[u8; 32]>, Vec<u8>) {
    let context = [circle.as_bytes().as_slice(), later.id().as_ref(), earlier.as_ref()].concat();
    (kdf::derive(later.expose_secret(), Label::BackChainKey, &[&context]), context)
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    const CIRCLE: CircleId = CircleId::new([1; 32]);

    #[test]
    fn a_late_joiner_reads_back_over_fifty_epochs() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let secrets: Vec<_> = (0..50).map(|_| EpochSecret::generate(&mut rng)).collect();
        let links: Vec<_> = secrets
            .windows(2)
            .map(|pair| BackLink::seal(&CIRCLE, &pair[1], &pair[0], &mut rng))
            .collect();
        let mut held = secrets[49].clone();
        for link in links.iter().rev() {
            held = link.open(&CIRCLE, &held).unwrap();
        }
        assert_eq!(held, secrets[0]);
    }

    #[test]
    fn a_link_opens_only_for_its_circle_and_epochs() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let [earlier, later, other] = std::array::from_fn(|_| EpochSecret::generate(&mut rng));
        let link = BackLink::seal(&CIRCLE, &later, &earlier, &mut rng);
        let unauthentic = Err(BackLinkError::Unauthentic);
        assert_eq!(link.open(&CIRCLE, &other), unauthentic);
        assert_eq!(link.open(&CircleId::new([2; 32]), &later), unauthentic);
        assert_eq!(
            BackLink { previous: other.id(), ..link.clone() }.open(&CIRCLE, &later),
            unauthentic
        );
        for bit in 0..link.sealed.len() * 8 {
            let mut flipped = link.clone();
            flipped.sealed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(flipped.open(&CIRCLE, &later), unauthentic, "bit {bit}");
        }
        for length in [0, 71, 73] {
            let mut resized = link.clone();
            resized.sealed.resize(length, 0);
            assert_eq!(resized.open(&CIRCLE, &later), unauthentic);
        }
    }

    #[test]
    fn a_member_cannot_pass_one_secret_off_as_another_epochs() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let [named, held, later] = std::array::from_fn(|_| EpochSecret::generate(&mut rng));
        let (key, context) = link_key(&CIRCLE, &later, &named.id());
        let sealed = aead::seal(&key, &context, held.expose_secret(), 32, &mut rng);
        let link = BackLink { previous: named.id(), sealed };
        assert_eq!(link.open(&CIRCLE, &later), Err(BackLinkError::OtherEpoch));
    }
}
