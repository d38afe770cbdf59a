//! The key of what is at rest in one home: journal frames, index keys, index values.

use std::fmt;

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::crypto::{Label, aead, kdf};

/// What was to be opened is not what this key sealed with this associated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stored bytes were changed, or belong to another place or home")]
pub struct StoreSealError;

/// A secret of the home, or a sub-key of it.
#[derive(Clone)]
pub struct StoreKey {
    secret: Zeroizing<[u8; 32]>,
    sealing: Zeroizing<[u8; 32]>,
    hashing: Zeroizing<[u8; 32]>,
}

impl StoreKey {
    /// Bytes by which sealing lengthens.
    pub const OVERHEAD: usize = aead::OVERHEAD;

    /// Draws the key of a new home.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut_slice());
        Self::from_bytes(&secret)
    }

    /// Takes up a key that was kept.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self {
            secret: Zeroizing::new(*secret),
            sealing: kdf::derive(secret, Label::StoreSeal, &[]),
            hashing: kdf::derive(secret, Label::StoreHash, &[]),
        }
    }

    /// The secret itself, to be sealed in the keystore.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The key for one purpose and context (a segment's number, a table's name). Independent of
    /// this key and of those for other purposes.
    #[must_use]
    pub fn sub_key(&self, label: Label, context: &[u8]) -> Self {
        Self::from_bytes(&kdf::derive(&self.secret, label, &[context]))
    }

    /// Seals bytes for the place that `associated` names: `nonce 24 │ ciphertext │ tag 16`.
    /// Not padded.
    #[must_use]
    pub fn seal(&self, associated: &[u8], plaintext: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        aead::seal(&self.sealing, associated, plaintext, plaintext.len(), rng)
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// When it was changed, sealed for another place, or under another key.
    pub fn open(
        &self,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreSealError> {
        aead::open(&self.sealing, associated, sealed).map_err(|aead::Unauthentic| StoreSealError)
    }

    /// A name under which to find something, which tells nothing without the key (keyed BLAKE3).
    #[must_use]
    pub fn keyed_hash(&self, name: &[u8]) -> [u8; 32] {
        *blake3::keyed_hash(&self.hashing, name).as_bytes()
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    fn key() -> StoreKey {
        StoreKey::from_bytes(&[1; 32])
    }

    #[test]
    fn no_flipped_bit_opens_and_no_other_place_or_key() {
        let sealed = key().seal(b"here", b"a frame", &mut ChaCha20Rng::seed_from_u64(1));
        assert_eq!(sealed.len(), b"a frame".len() + StoreKey::OVERHEAD);
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key().open(b"here", &flipped), Err(StoreSealError), "bit {bit}");
        }
        assert!(key().open(b"there", &sealed).is_err());
        let sub_key = key().sub_key(Label::JournalFrame, b"1");
        assert!(sub_key.open(b"here", &sealed).is_err());
        assert!(StoreKey::from_bytes(&[2; 32]).open(b"here", &sealed).is_err());
    }

    #[test]
    fn sub_keys_differ_by_label_and_context() {
        let hash = |label, context: &[u8]| key().sub_key(label, context).keyed_hash(b"name");
        let hashes = [
            key().keyed_hash(b"name"),
            hash(Label::Index, b"1"),
            hash(Label::Index, b"2"),
            hash(Label::JournalFrame, b"1"),
        ];
        for (number, one) in hashes.iter().enumerate() {
            assert!(!hashes[..number].contains(one));
        }
        assert_eq!(hash(Label::Index, b"1"), hash(Label::Index, b"1"));
        assert_ne!(key().keyed_hash(b"name"), key().keyed_hash(b"other name"));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(
            place in prop::collection::vec(any::<u8>(), 0..40),
            plaintext in prop::collection::vec(any::<u8>(), 0..500),
            seed: u64,
        ) {
            let sealed = key().seal(&place, &plaintext, &mut ChaCha20Rng::seed_from_u64(seed));
            prop_assert_eq!(&*key().open(&place, &sealed).unwrap(), &plaintext);
        }
    }
}
