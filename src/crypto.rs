//! Keys and sealed things: the only home of cryptographic primitives.
//!
//! Nothing is invented here. Signatures are Ed25519 (RFC 8032, strict verification), hashes and
//! labelled hashes BLAKE3, payloads XChaCha20-Poly1305 under HKDF-SHA-256 (RFC 5869), grants HPKE
//! (RFC 9180) with X-Wing, the keystore age with scrypt, recovery words BIP-39.

mod aead;
pub mod bundle;
pub mod device_keys;
pub mod endorsed;
pub mod epoch;
pub mod grant;
pub mod grant_set;
pub mod http;
mod kdf;
pub mod keystore;
pub mod label;
pub mod linkage_key;
mod padding;
pub mod payload;
pub mod receiving;
pub mod root;
pub mod sealed_to;
#[cfg(test)]
mod secrecy;
pub mod segment;
pub mod signed;
pub mod store_key;

pub use device_keys::{DeviceKeys, DevicePublicKeys};
pub use epoch::{BackLink, EpochSecret};
pub use grant::{GrantContext, SealedGrant, open_grant, seal_grant};
pub use grant_set::GrantSet;
pub use http::{HttpHash, same};
pub use keystore::{Keystore, Passphrase, WorkFactor};
pub use label::Label;
pub use linkage_key::LinkageKey;
pub use padding::padded_content_len;
pub use payload::Position;
pub use receiving::{ReceivingKey, ReceivingPublicKey};
pub use root::RecoveryWords;
pub use sealed_to::SealedTo;
pub use signed::{SignatureError, Signed, Statement, Verified};
pub use store_key::StoreKey;
