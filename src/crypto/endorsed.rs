//! What an organisation signs when it endorses a joint statement, and the statement's digest.

use std::collections::BTreeMap;

use ed25519_dalek::{Signature, Signer, SigningKey};

use crate::{
    crypto::{Label, signed::usable_key},
    model::id::{CardId, DeviceId, OrgId},
};

/// The digest of a frozen statement: card, and the texts in the order of their languages, each as
/// language and canonical Markdown. Who has the texts can make it without this program.
#[must_use]
pub fn statement_hash(card: &CardId, texts: &BTreeMap<String, String>) -> [u8; 32] {
    let mut parts: Vec<&[u8]> = vec![card.as_bytes()];
    for (language, text) in texts {
        parts.push(language.as_bytes());
        parts.push(text.as_bytes());
    }
    Label::StatementVersion.hash(&parts)
}

/// An organisation's word on one version of a statement: what a device of it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endorsed<'a> {
    /// The statement's card.
    pub card: &'a CardId,
    /// The version's id.
    pub version: &'a str,
    /// The digest of its texts.
    pub hash: &'a [u8; 32],
    /// The organisation that says it.
    pub org: &'a OrgId,
    /// What it says: `endorse`, `decline` or `withdrawn`.
    pub stance: &'a str,
}

impl Endorsed<'_> {
    /// The labelled hash of all parts, which is what is signed: none can be moved into another.
    fn to_bytes(self) -> Vec<u8> {
        let digest = Label::Endorsement.hash(&[
            self.card.as_bytes(),
            self.version.as_bytes(),
            self.hash,
            self.org.as_bytes(),
            self.stance.as_bytes(),
        ]);
        Label::Endorsement.signing_bytes(&digest)
    }

    /// Signs.
    #[must_use]
    pub fn sign(self, key: &SigningKey) -> [u8; 64] {
        key.sign(&self.to_bytes()).to_bytes()
    }

    /// Whether this device signed.
    #[must_use]
    pub fn is_signed_by(self, device: &DeviceId, signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        usable_key(device.as_bytes())
            .is_some_and(|key| key.verify_strict(&self.to_bytes(), &signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_over_every_part() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let device = DeviceId::new(key.verifying_key().to_bytes());
        let (card, org) = (CardId::new([1; 16]), OrgId::new([2; 32]));
        let word =
            Endorsed { card: &card, version: "a1", hash: &[3; 32], org: &org, stance: "endorse" };
        let signature = word.sign(&key);
        assert!(word.is_signed_by(&device, &signature));
        let others = [
            Endorsed { card: &CardId::new([9; 16]), ..word },
            Endorsed { version: "a2", ..word },
            Endorsed { hash: &[4; 32], ..word },
            Endorsed { org: &OrgId::new([8; 32]), ..word },
            Endorsed { stance: "decline", ..word },
        ];
        for other in others {
            assert!(!other.is_signed_by(&device, &signature), "{other:?}");
        }
        assert!(!word.is_signed_by(&DeviceId::new([0; 32]), &signature));
        let mut wrong = signature;
        wrong[5] ^= 1;
        assert!(!word.is_signed_by(&device, &wrong));
    }

    #[test]
    fn a_digest_is_of_card_languages_and_texts() {
        let text = |language: &str, text: &str| (language.to_owned(), text.to_owned());
        let card = CardId::new([1; 16]);
        let texts = BTreeMap::from([text("es", "Exigimos."), text("pt", "Exigimos!")]);
        let hash = statement_hash(&card, &texts);
        assert_ne!(statement_hash(&CardId::new([2; 16]), &texts), hash);
        for other in [
            BTreeMap::from([text("es", "Exigimos.")]),
            BTreeMap::from([text("es", "Exigimos."), text("en", "Exigimos!")]),
            BTreeMap::from([text("es", "Exigimos!"), text("pt", "Exigimos.")]),
        ] {
            assert_ne!(statement_hash(&card, &other), hash);
        }
    }
}
