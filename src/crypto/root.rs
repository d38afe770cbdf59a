//! The root keys of an organisation, and the 24 words that they come from.
//!
//! Every root key, of any generation, is derived from the words: who has them can rotate a stolen
//! root. A manifest commits to the next root key, so who has only a root key cannot. No root key
//! is kept: it is made from the words, signs a manifest, and is forgotten.

use std::fmt;

use bip39::{Language, Mnemonic};
use ed25519_dalek::SigningKey;
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::crypto::{Label, kdf};

/// Words that make up the phrase.
pub const RECOVERY_WORDS: usize = 24;

/// Why a text is not the recovery words. Never says a word: they are secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryWordsError {
    /// Too few or too many words.
    #[error("{RECOVERY_WORDS} words are needed, found {found}")]
    Count {
        /// Words that were given.
        found: usize,
    },
    /// A word that is not in the list.
    #[error("word {number} is not in the word list (English BIP-39): check its spelling")]
    Unknown {
        /// The word's number, from 1.
        number: usize,
    },
    /// All words are in the list, but they do not belong together.
    #[error("the words do not fit together: one is another word, or two changed places")]
    Checksum,
}

/// 32 random bytes as 24 words (English BIP-39), from which an organisation's root keys come.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryWords(Mnemonic);

impl RecoveryWords {
    /// Draws new words.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut entropy = Zeroizing::new([0; 32]);
        rng.fill_bytes(entropy.as_mut_slice());
        Self::from_entropy(&entropy)
    }

    /// The words of these bytes.
    #[must_use]
    #[expect(clippy::expect_used, reason = "fails only for other lengths than 16, 20, .. 32 bytes")]
    #[expect(clippy::missing_panics_doc, reason = "does not panic")]
    pub fn from_entropy(entropy: &[u8; 32]) -> Self {
        let mnemonic = Mnemonic::from_entropy_in(Language::English, entropy);
        Self(mnemonic.expect("32 bytes are 24 words"))
    }

    /// Reads the words as a person types them: in any case, with any white space between.
    ///
    /// # Errors
    /// When there are not 24 of them, one is not in the list, or the checksum is wrong.
    pub fn parse(text: &str) -> Result<Self, RecoveryWordsError> {
        let found = text.split_whitespace().take(RECOVERY_WORDS + 1).count();
        if found != RECOVERY_WORDS {
            return Err(RecoveryWordsError::Count { found: text.split_whitespace().count() });
        }
        let lowercase = Zeroizing::new(text.to_lowercase());
        Mnemonic::parse_in_normalized(Language::English, &lowercase).map(Self).map_err(|error| {
            match error {
                bip39::Error::UnknownWord(index) => {
                    RecoveryWordsError::Unknown { number: index + 1 }
                }
                bip39::Error::BadWordCount(found) => RecoveryWordsError::Count { found },
                bip39::Error::InvalidChecksum
                | bip39::Error::BadEntropyBitCount(_)
                | bip39::Error::AmbiguousLanguages(_) => RecoveryWordsError::Checksum,
            }
        })
    }

    /// The words in their order, to be written down.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.0.words()
    }

    /// The root key of a generation; the first is 0, and each rotation takes the next.
    #[must_use]
    pub fn root_key(&self, generation: u32) -> SigningKey {
        let entropy = self.entropy();
        let seed = kdf::derive(&entropy, Label::RootKey, &[&generation.to_le_bytes()]);
        SigningKey::from_bytes(&seed)
    }

    fn entropy(&self) -> Zeroizing<[u8; 32]> {
        let (mut all, _length) = self.0.to_entropy_array();
        let mut entropy = Zeroizing::new([0; 32]);
        let [first @ .., _last] = &all;
        entropy.copy_from_slice(first);
        zeroize::Zeroize::zeroize(&mut all);
        entropy
    }
}

impl fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryWords(..)")
    }
}

/// What a manifest says of the next root key: enough to recognise it, not to know it.
#[must_use]
pub fn next_root_commitment(next_root: &[u8; 32]) -> [u8; 32] {
    Label::NextRoot.hash(&[next_root])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Vectors of BIP-39 (English, 256 bits).
    const VECTORS: [([u8; 32], &str, &str); 3] = [
        ([0x00; 32], "abandon", "art"),
        ([0x7f; 32], "legal winner thank year wave sausage worth useful", "title"),
        ([0xff; 32], "zoo", "vote"),
    ];

    /// 23 words by repeating, then the last.
    fn phrase(repeated: &str, last: &str) -> String {
        let words = repeated.split(' ').cycle().take(23).chain([last]);
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_agree_with_the_vectors_of_bip_39() {
        for (entropy, repeated, last) in VECTORS {
            let words = RecoveryWords::from_entropy(&entropy);
            let text = phrase(repeated, last);
            assert_eq!(words.words().collect::<Vec<_>>().join(" "), text);
            assert_eq!(RecoveryWords::parse(&text), Ok(words));
        }
    }

    #[test]
    fn words_are_read_as_people_type_them() {
        let text = phrase("zoo", "vote").to_uppercase().replace(' ', "\n \t");
        assert_eq!(RecoveryWords::parse(&text), Ok(RecoveryWords::from_entropy(&[0xff; 32])));
    }

    #[test]
    fn refusals_say_where_and_not_what() {
        let count = |found| Err(RecoveryWordsError::Count { found });
        assert_eq!(RecoveryWords::parse(""), count(0));
        assert_eq!(RecoveryWords::parse(&"zoo ".repeat(12)), count(12));
        assert_eq!(RecoveryWords::parse(&"zoo ".repeat(25)), count(25));
        let unknown = phrase("zoo", "vote").replacen("zoo", "secretword", 1);
        let refused = RecoveryWords::parse(&unknown).unwrap_err();
        assert_eq!(refused, RecoveryWordsError::Unknown { number: 1 });
        assert!(!refused.to_string().contains("secretword"));
        let swapped = phrase("zoo", "abandon");
        assert_eq!(RecoveryWords::parse(&swapped), Err(RecoveryWordsError::Checksum));
    }

    #[test]
    fn generations_have_unrelated_keys_and_commitments() {
        let words = RecoveryWords::from_entropy(&[1; 32]);
        let [zero, one] = [0, 1].map(|generation| words.root_key(generation));
        assert_ne!(zero, one);
        assert_eq!(zero, words.clone().root_key(0));
        let commitments =
            [zero, one].map(|key| next_root_commitment(key.verifying_key().as_bytes()));
        assert_ne!(commitments[0], commitments[1]);
    }

    proptest! {
        #[test]
        fn words_bring_back_the_same_keys(entropy: [u8; 32], generation: u32) {
            let words = RecoveryWords::from_entropy(&entropy);
            let text = words.words().collect::<Vec<_>>().join(" ");
            let restored = RecoveryWords::parse(&text).unwrap();
            prop_assert_eq!(&*restored.entropy(), &entropy);
            prop_assert_eq!(restored.root_key(generation), words.root_key(generation));
        }
    }
}
