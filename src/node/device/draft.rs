//! What the root key is to sign, made by the node and signed where the recovery words are typed.
//!
//! The words never reach a node that runs: whoever types them signs in a process of its own, which
//! ends with the command.

use data_encoding::HEXLOWER;

use super::certificate::CertificateBody;
use crate::{
    crypto::{RecoveryWords, Signed, Statement},
    membership::{Manifest, VerifiedStatement},
};

/// Generations of root keys that are looked through: an organisation rotates its root rarely.
const MAX_GENERATIONS: u32 = 64;

/// Why a draft is not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// It is not what a node makes.
    #[error("what is to be signed does not read")]
    Unreadable,
    /// The words are another organisation's.
    #[error("these are not the recovery words of this organisation")]
    OtherWords,
}

/// A manifest to be signed and, for a new device, its certificate: bodies in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Body of the manifest.
    pub manifest: String,
    /// Body of the certificate.
    pub certificate: Option<String>,
}

/// A draft with its signatures, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDraft {
    /// The manifest as it travels.
    pub manifest: String,
    /// Signature of the certificate's body.
    pub certificate: Option<String>,
}

impl Draft {
    /// Signs with the root key that comes from the recovery words.
    ///
    /// # Errors
    /// When the draft does not read, or the words are not those of its root key.
    pub fn sign(&self, words: &RecoveryWords) -> Result<SignedDraft, DraftError> {
        let body = |text: &str| HEXLOWER.decode(text.as_bytes());
        let manifest = body(&self.manifest).map_err(|_digits| DraftError::Unreadable)?;
        let manifest = Manifest::decode(&manifest).map_err(|_body| DraftError::Unreadable)?;
        let wanted = manifest.core().root;
        let root = (0..MAX_GENERATIONS)
            .map(|generation| words.root_key(generation))
            .find(|key| key.verifying_key().to_bytes() == wanted)
            .ok_or(DraftError::OtherWords)?;
        let manifest = manifest.sign(&root).map_err(|_rule| DraftError::Unreadable)?;
        let certificate = match &self.certificate {
            None => None,
            Some(text) => {
                let bytes = body(text).map_err(|_digits| DraftError::Unreadable)?;
                let body =
                    CertificateBody::decode(&bytes).map_err(|_body| DraftError::Unreadable)?;
                // The root key signs nothing that is not about this manifest.
                if body.root != wanted || body.manifest != manifest.id() {
                    return Err(DraftError::Unreadable);
                }
                Some(HEXLOWER.encode(Signed::sign(&root, body).signed().signature()))
            }
        };
        let manifest = VerifiedStatement::Manifest(manifest.into()).encode();
        Ok(SignedDraft { manifest: HEXLOWER.encode(&manifest), certificate })
    }
}
