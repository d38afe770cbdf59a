//! The door to the store key: the store asks for sealing and never sees a key.

/// Sealing or opening was not possible. Says nothing more on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes do not open with this store key")]
pub struct SealError;

/// Seals what lies on disk with the device's store key.
///
/// An implementation must be an authenticated cipher whose nonces are **random** and long enough
/// never to repeat (XChaCha20-Poly1305): a place in a file is written again after a crash or a
/// restored backup, so nonces that follow from the place would repeat.
pub trait Sealer: Send + Sync {
    /// Seals `plaintext`, bound to `aad`. Adds at most [`MAX_OVERHEAD`] bytes.
    ///
    /// # Errors
    /// When the cipher refuses.
    fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Opens what was sealed with the same `aad`.
    ///
    /// # Errors
    /// When the bytes, the `aad` or the key are other than at sealing.
    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError>;

    /// A keyed one-way image, for index keys that would tell something.
    fn keyed_hash(&self, data: &[u8]) -> [u8; 32];
}

/// Bytes by which sealing may lengthen what it seals.
pub const MAX_OVERHEAD: usize = 256;

#[cfg(test)]
pub(crate) mod testing {
    //! A plain implementation for tests of the store.

    use std::sync::{Arc, Mutex};

    use chacha20poly1305::{
        KeyInit, XChaCha20Poly1305, XNonce,
        aead::{Aead, Payload},
    };
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::{SealError, Sealer};

    /// XChaCha20-Poly1305 under a fixed key, nonce in front.
    pub(crate) struct TestSealer {
        key: [u8; 32],
        rng: Mutex<ChaCha20Rng>,
    }

    /// A sealer whose key is 32 times `byte`.
    pub(crate) fn sealer(byte: u8) -> Arc<dyn Sealer> {
        Arc::new(TestSealer { key: [byte; 32], rng: Mutex::new(ChaCha20Rng::seed_from_u64(7)) })
    }

    /// Seals nothing, for tests of sizes: unoptimised ciphers are slow.
    pub(crate) struct PlainSealer;

    impl Sealer for PlainSealer {
        fn seal(&self, _aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
            Ok(plaintext.to_vec())
        }

        fn open(&self, _aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
            Ok(sealed.to_vec())
        }

        fn keyed_hash(&self, data: &[u8]) -> [u8; 32] {
            *blake3::hash(data).as_bytes()
        }
    }

    impl Sealer for TestSealer {
        fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
            let mut nonce = [0_u8; 24];
            self.rng.lock().map_err(|_poisoned| SealError)?.fill_bytes(&mut nonce);
            let sealed = XChaCha20Poly1305::new(&self.key.into())
                .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad })
                .map_err(|_refused| SealError)?;
            Ok([nonce.as_slice(), &sealed].concat())
        }

        fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
            let (nonce, msg) = sealed.split_first_chunk::<24>().ok_or(SealError)?;
            XChaCha20Poly1305::new(&self.key.into())
                .decrypt(&XNonce::from(*nonce), Payload { msg, aad })
                .map_err(|_refused| SealError)
        }

        fn keyed_hash(&self, data: &[u8]) -> [u8; 32] {
            *blake3::keyed_hash(&self.key, data).as_bytes()
        }
    }
}
