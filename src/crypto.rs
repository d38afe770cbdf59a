//! Keys and sealed things: the only home of cryptographic primitives.
//!
//! Nothing is invented here. Signatures are Ed25519 (RFC 8032, strict verification), hashes and
//! labelled hashes BLAKE3, payloads XChaCha20-Poly1305 under HKDF-SHA-256 (RFC 5869), grants HPKE
//! (RFC 9180) with X-Wing, the keystore age with scrypt, recovery words BIP-39.

pub mod label;
pub mod signed;

pub use label::Label;
pub use signed::{SignatureError, Signed, Statement, Verified};
