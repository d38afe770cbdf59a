//! What an organisation signs when it endorses a joint statement, and the statement's digest.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer, SigningKey};

use crate::{
    crypto::{Label, signed},
    model::id::{CardId, DeviceId, OrgId},
};

/// Digits of a link: a segment of a field's path has room for no more than 40.
const LINK_BYTES: usize = 16;

/// What is frozen, and hashed as one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrozenParts {
    /// Markdown by language.
    pub texts: BTreeMap<String, String>,
    /// Who may freeze what follows, and release it.
    pub keepers: BTreeSet<OrgId>,
    /// Whose endorsement is awaited; nobody: of all members.
    pub asked: BTreeSet<OrgId>,
}

/// The digest of a frozen statement: card, keepers, who is asked, and the texts in the order of
/// their languages, each as language and canonical Markdown. Who has them can make it without this
/// program.
#[must_use]
pub fn statement_hash(card: &CardId, frozen: &FrozenParts) -> [u8; 32] {
    let list = |orgs: &BTreeSet<OrgId>| -> Vec<u8> {
        orgs.iter().flat_map(|org| org.as_bytes().iter().copied()).collect()
    };
    let (keepers, asked) = (list(&frozen.keepers), list(&frozen.asked));
    let mut parts: Vec<&[u8]> = vec![card.as_bytes(), &keepers, &asked];
    for (language, text) in &frozen.texts {
        parts.push(language.as_bytes());
        parts.push(text.as_bytes());
    }
    Label::StatementVersion.hash(&parts)
}

/// What later records of a statement call this one: it is over its author, its id, what it says and
/// what it follows, so that records never follow each other in a circle, and nobody copies one.
#[must_use]
pub fn statement_link(author: &OrgId, says: &[&str], follows: &BTreeSet<String>) -> String {
    let count = u64::try_from(says.len()).unwrap_or(u64::MAX).to_le_bytes();
    let mut parts: Vec<&[u8]> = vec![author.as_bytes(), &count];
    parts.extend(says.iter().map(|it| it.as_bytes()));
    parts.extend(follows.iter().map(String::as_bytes));
    let digest = Label::StatementLink.hash(&parts);
    HEXLOWER.encode(digest.get(..LINK_BYTES).unwrap_or(&digest))
}

/// An organisation's word on one version of a statement: what a device of it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endorsed<'a> {
    /// The statement's card.
    pub card: &'a CardId,
    /// The digest of what was frozen.
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
        signed::is_signed_by(device, &self.to_bytes(), signature)
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
        let word = Endorsed { card: &card, hash: &[3; 32], org: &org, stance: "endorse" };
        let signature = word.sign(&key);
        assert!(word.is_signed_by(&device, &signature));
        let others = [
            Endorsed { card: &CardId::new([9; 16]), ..word },
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
    fn a_digest_is_of_card_roles_languages_and_texts() {
        let text = |language: &str, text: &str| (language.to_owned(), text.to_owned());
        let card = CardId::new([1; 16]);
        let (one, two) = (OrgId::new([1; 32]), OrgId::new([2; 32]));
        let frozen = FrozenParts {
            texts: BTreeMap::from([text("es", "Exigimos."), text("pt", "Exigimos!")]),
            keepers: BTreeSet::from([one]),
            asked: BTreeSet::from([two]),
        };
        let hash = statement_hash(&card, &frozen);
        assert_ne!(statement_hash(&CardId::new([2; 16]), &frozen), hash);
        for texts in [
            BTreeMap::from([text("es", "Exigimos.")]),
            BTreeMap::from([text("es", "Exigimos."), text("en", "Exigimos!")]),
            BTreeMap::from([text("es", "Exigimos!"), text("pt", "Exigimos.")]),
        ] {
            assert_ne!(statement_hash(&card, &FrozenParts { texts, ..frozen.clone() }), hash);
        }
        let both = BTreeSet::from([one, two]);
        for other in [
            FrozenParts { keepers: both.clone(), ..frozen.clone() },
            FrozenParts { asked: both.clone(), ..frozen.clone() },
            FrozenParts { keepers: both.clone(), asked: BTreeSet::new(), ..frozen.clone() },
            FrozenParts { keepers: BTreeSet::new(), asked: both, ..frozen.clone() },
        ] {
            assert_ne!(statement_hash(&card, &other), hash);
        }
    }

    #[test]
    fn a_link_is_of_author_content_and_what_it_follows() {
        let (one, two) = (OrgId::new([1; 32]), OrgId::new([2; 32]));
        let after = |it: &str| BTreeSet::from([it.to_owned()]);
        let link = statement_link(&one, &["a1", "text"], &after("x"));
        assert_eq!(link.len(), 32);
        assert_ne!(statement_link(&two, &["a1", "text"], &after("x")), link);
        assert_ne!(statement_link(&one, &["a2", "text"], &after("x")), link);
        assert_ne!(statement_link(&one, &["a1", "text"], &after("y")), link);
        assert_ne!(statement_link(&one, &["a1", "text", "x"], &BTreeSet::new()), link);
    }
}
