//! The keystore: a device's secrets as one age file under a passphrase.
//!
//! A plain [age](https://c2sp.org/age) file with one scrypt recipient, so that `age --decrypt`
//! opens it and anybody can check how it is sealed. The organisation's root key is not in it.

use std::{
    fmt,
    io::{Read, Write},
};

use age::{DecryptError, Decryptor, Encryptor, scrypt, secrecy::SecretString};
use ed25519_dalek::SigningKey;
use prost::Message;
use zeroize::Zeroizing;

use crate::{
    crypto::{device_keys::DeviceKeys, receiving::ReceivingKey, store_key::StoreKey},
    model::{id::OrgId, limits::MAX_KEYSTORE_BYTES},
    wire::keystore as wire,
};

/// Version of the layout inside.
const VERSION: u32 = 1;

/// A passphrase, exactly as typed: not normalised, so that `age` gives the same key.
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Takes a passphrase from its text, which the caller should wipe.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// How hard it is to try a passphrase: scrypt with N = 2 to this power, r = 8, p = 1, which needs
/// 1 KiB · N of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkFactor(u8);

impl WorkFactor {
    /// Quick and weak: for tests and throw-away homes.
    pub const LOWEST: Self = Self(1);
    /// 128 MiB and a good part of a second: what the smallest machines that run a node can do.
    pub const DEFAULT: Self = Self(17);
    /// 1 GiB. A file that asks for more is refused: it would only exhaust the machine.
    pub const HIGHEST: Self = Self(20);

    /// The work factor of this power of two.
    #[must_use]
    pub const fn new(log_n: u8) -> Option<Self> {
        if log_n >= Self::LOWEST.0 && log_n <= Self::HIGHEST.0 { Some(Self(log_n)) } else { None }
    }
}

/// Why a keystore is not sealed or not opened.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// Larger than any keystore.
    #[error("the keystore has {bytes} bytes, above {MAX_KEYSTORE_BYTES}")]
    TooLarge {
        /// Bytes that it has.
        bytes: usize,
    },
    /// Not an age file under a passphrase.
    #[error("the keystore is not an age file sealed under a passphrase")]
    Format,
    /// Asks for more work than [`WorkFactor::HIGHEST`].
    #[error("the keystore asks for 2^{log_n} rounds of work")]
    ExcessiveWork {
        /// Power of two that it asks for.
        log_n: u8,
    },
    /// Does not open with this passphrase.
    #[error("wrong passphrase")]
    Passphrase,
    /// The passphrase is right; what is inside was damaged.
    #[error("the keystore is damaged: restore it from a backup")]
    Damaged,
    /// Opened, but written by a newer version.
    #[error("the keystore has version {version}, which this program does not know")]
    Version {
        /// Version that it has.
        version: u32,
    },
    /// Could not be written, which in memory does not happen.
    #[error("the keystore was not sealed")]
    Seal(#[source] std::io::Error),
}

/// A device's secrets, and whose device it is.
#[derive(Debug, Clone)]
pub struct Keystore {
    /// The organisation.
    pub organisation: OrgId,
    /// The device's keys.
    pub device: DeviceKeys,
    /// Key of what is at rest in the home.
    pub store_key: StoreKey,
}

impl Keystore {
    /// Seals the secrets under a passphrase.
    ///
    /// Salt and file key come from the operating system, not from a parameter: the age library
    /// draws them itself.
    ///
    /// # Errors
    /// When the library fails to seal.
    pub fn seal(
        &self,
        passphrase: &Passphrase,
        work: WorkFactor,
    ) -> Result<Vec<u8>, KeystoreError> {
        let mut recipient = scrypt::Recipient::new(passphrase.0.clone());
        recipient.set_work_factor(work.0);
        let encryptor =
            Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
                .map_err(|error| KeystoreError::Seal(std::io::Error::other(error)))?;
        let mut sealed = Vec::new();
        encryptor
            .wrap_output(&mut sealed)
            .and_then(|mut writer| {
                writer.write_all(&self.encode())?;
                writer.finish()
            })
            .map_err(KeystoreError::Seal)?;
        Ok(sealed)
    }

    /// Opens a keystore with its passphrase.
    ///
    /// # Errors
    /// When it is no keystore, asks for too much work, the passphrase is wrong, or it is damaged.
    pub fn open(sealed: &[u8], passphrase: &Passphrase) -> Result<Self, KeystoreError> {
        if sealed.len() > MAX_KEYSTORE_BYTES {
            return Err(KeystoreError::TooLarge { bytes: sealed.len() });
        }
        let decryptor = Decryptor::new_buffered(sealed).map_err(opening)?;
        if !decryptor.is_scrypt() {
            return Err(KeystoreError::Format);
        }
        let mut identity = scrypt::Identity::new(passphrase.0.clone());
        identity.set_max_work_factor(WorkFactor::HIGHEST.0);
        let mut reader =
            decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(opening)?;
        // Room for all at once: a growing vector would leave copies behind.
        let mut plaintext = Zeroizing::new(Vec::with_capacity(sealed.len()));
        reader.read_to_end(&mut plaintext).map_err(|_tag| KeystoreError::Damaged)?;
        Self::decode(&plaintext)
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let message = wire::Keystore {
            version: VERSION,
            organisation: self.organisation.as_bytes().to_vec(),
            device: Some(wire::DeviceKeys {
                signing: self.device.signing.as_bytes().to_vec(),
                receiving: self.device.receiving.expose_secret().to_vec(),
                transport: self.device.transport.as_bytes().to_vec(),
            }),
            store_key: self.store_key.expose_secret().to_vec(),
        };
        Zeroizing::new(message.encode_to_vec())
    }

    fn decode(plaintext: &[u8]) -> Result<Self, KeystoreError> {
        let message = wire::Keystore::decode(plaintext).map_err(|_wire| KeystoreError::Damaged)?;
        if message.version != VERSION {
            return Err(KeystoreError::Version { version: message.version });
        }
        let device = message.device.as_ref().ok_or(KeystoreError::Damaged)?;
        Ok(Self {
            organisation: OrgId::new(*array(&message.organisation)?),
            device: DeviceKeys {
                signing: SigningKey::from_bytes(array(&device.signing)?),
                receiving: ReceivingKey::from_bytes(array(&device.receiving)?),
                transport: SigningKey::from_bytes(array(&device.transport)?),
            },
            store_key: StoreKey::from_bytes(array(&message.store_key)?),
        })
    }
}

fn array(bytes: &[u8]) -> Result<&[u8; 32], KeystoreError> {
    bytes.try_into().map_err(|_length| KeystoreError::Damaged)
}

fn opening(error: DecryptError) -> KeystoreError {
    match error {
        DecryptError::ExcessiveWork { required, .. } => {
            KeystoreError::ExcessiveWork { log_n: required }
        }
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            KeystoreError::Passphrase
        }
        DecryptError::InvalidMac => KeystoreError::Damaged,
        DecryptError::InvalidHeader
        | DecryptError::Io(_)
        | DecryptError::NoMatchingKeys
        | DecryptError::UnknownFormat => KeystoreError::Format,
    }
}

#[cfg(test)]
mod tests;
