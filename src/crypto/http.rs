//! The digests that HTTP authentication prescribes (RFC 7616), in hexadecimal.
//!
//! MD5 is broken as a hash. Here it is of a password of 100 random bits, with a nonce, for clients
//! that know nothing else; SHA-256 is offered beside it.

use data_encoding::HEXLOWER;
use md5::Md5;
use sha2::{Digest as _, Sha256};

/// A digest of HTTP authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpHash {
    /// MD5, of RFC 2617.
    Md5,
    /// SHA-256, of RFC 7616.
    Sha256,
}

impl HttpHash {
    /// The digest of bytes, in small hexadecimal.
    #[must_use]
    pub fn hex(self, bytes: &[u8]) -> String {
        match self {
            Self::Md5 => HEXLOWER.encode(&Md5::digest(bytes)),
            Self::Sha256 => HEXLOWER.encode(&Sha256::digest(bytes)),
        }
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    // Hashes of blake3 are compared in constant time.
    blake3::hash(one.as_bytes()) == blake3::hash(other.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        assert_eq!(HttpHash::Md5.hex(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert!(HttpHash::Sha256.hex(b"abc").starts_with("ba7816bf8f01cfea"));
        assert!(same("a", "a") && !same("a", "b") && !same("a", "aa"));
    }
}
