//! Signed statements: what came in, and the proof that its signature was checked.
//!
//! ```text
//! wire bytes ──Signed::from_parts──▶ Signed<T> ──verify──▶ Verified<T>
//!                                    no payload             value(), signer()
//! ```
//!
//! A [`Signed`] gives no access to what it says; only [`Signed::verify`] does, by making a
//! [`Verified`]. Whether the signer was *entitled* to say it is the question of
//! `membership`, which takes `Verified` values only.

use std::{fmt, marker::PhantomData, sync::Arc};

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::{
    crypto::Label,
    model::id::{DeviceId, StatementId},
};

/// A kind of statement: how its body reads, which label separates it, and who claims to sign.
pub trait Statement: Sized {
    /// Separates this kind from all others.
    const LABEL: Label;
    /// Why a body does not read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Reads a body, within its size limits.
    ///
    /// # Errors
    /// When the bytes are not a body of this kind.
    fn decode(body: &[u8]) -> Result<Self, Self::Error>;

    /// Writes the body. Need not be canonical: what is signed, hashed and kept is these bytes.
    fn encode(&self) -> Vec<u8>;

    /// The key whose signature the body claims.
    fn signer(&self) -> [u8; 32];
}

/// Why a signed statement is refused.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError<E: std::error::Error + 'static> {
    /// The body does not read.
    #[error("unreadable body")]
    Body(#[source] E),
    /// The signer's key is not a point, or of small order: other verifiers would accept anything.
    #[error("the signer's key is not a usable Ed25519 key")]
    Key,
    /// The signature is not by the signer over this body with this label.
    #[error("the signature does not match")]
    Signature,
}

/// A statement of kind `T` whose signature nobody has checked yet.
pub struct Signed<T> {
    body: Arc<[u8]>,
    signature: [u8; 64],
    kind: PhantomData<fn() -> T>,
}

impl<T: Statement> Signed<T> {
    /// Puts a statement together as it came from outside.
    #[must_use]
    pub fn from_parts(body: impl Into<Arc<[u8]>>, signature: [u8; 64]) -> Self {
        Self { body: body.into(), signature, kind: PhantomData }
    }

    /// Signs a value.
    pub fn sign(key: &SigningKey, value: T) -> Verified<T> {
        let body: Arc<[u8]> = value.encode().into();
        let signature = key.sign(&T::LABEL.signing_bytes(&body)).to_bytes();
        Verified { signed: Self { body, signature, kind: PhantomData }, value }
    }

    /// Checks the signature by the key that the body names.
    ///
    /// # Errors
    /// When the body does not read, its key is weak, or the signature is not by that key.
    pub fn verify(self) -> Result<Verified<T>, SignatureError<T::Error>> {
        let value = T::decode(&self.body).map_err(SignatureError::Body)?;
        let key = usable_key(&value.signer()).ok_or(SignatureError::Key)?;
        key.verify_strict(
            &T::LABEL.signing_bytes(&self.body),
            &Signature::from_bytes(&self.signature),
        )
        .map_err(|_mismatch| SignatureError::Signature)?;
        Ok(Verified { signed: self, value })
    }
}

impl<T: Statement> Signed<T> {
    /// The statement's id: a labelled hash of its body. The signature is no part of it, so that
    /// signing the same body twice makes no second statement.
    #[must_use]
    pub fn id(&self) -> StatementId {
        StatementId::new(T::LABEL.hash(&[&self.body]))
    }
}

impl<T> Signed<T> {
    /// The exact bytes that were signed.
    #[must_use]
    pub fn body(&self) -> &Arc<[u8]> {
        &self.body
    }

    /// The signature over label and body.
    #[must_use]
    pub const fn signature(&self) -> &[u8; 64] {
        &self.signature
    }
}

impl<T> Clone for Signed<T> {
    fn clone(&self) -> Self {
        Self { body: Arc::clone(&self.body), signature: self.signature, kind: PhantomData }
    }
}

impl<T: Statement> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed({}, {} bytes)", self.id().short(), self.body.len())
    }
}

/// A statement whose signature is by the key that it names.
#[derive(Clone)]
pub struct Verified<T> {
    signed: Signed<T>,
    value: T,
}

impl<T: Statement> Verified<T> {
    /// What was said.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The statement as it travels.
    #[must_use]
    pub const fn signed(&self) -> &Signed<T> {
        &self.signed
    }

    /// The statement's id.
    #[must_use]
    pub fn id(&self) -> StatementId {
        self.signed.id()
    }
}

impl<T: fmt::Debug> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verified").field(&self.value).finish()
    }
}

/// The key behind these bytes, unless it is no point of the curve or of small order.
#[must_use]
pub fn usable_key(bytes: &[u8; 32]) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak())
}

/// Whether a device signed these bytes, which carry their own label.
#[must_use]
pub(super) fn is_signed_by(device: &DeviceId, message: &[u8], signature: &[u8; 64]) -> bool {
    usable_key(device.as_bytes())
        .is_some_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}

#[cfg(test)]
mod tests;
