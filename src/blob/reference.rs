//! What a record says of a blob: its id, its secret, its length.

use std::fmt;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{blob::manifest::sealed_length, crypto::segment::SegmentCipher, model::id::BlobId};

/// A blob as a record names it. Who has it can open the blob.
#[derive(Clone, PartialEq, Eq)]
pub struct BlobRef {
    /// Which blob.
    pub id: BlobId,
    /// Bytes of the file.
    pub size: u64,
    secret: Zeroizing<[u8; 32]>,
}

impl BlobRef {
    /// Field with the id, below an item's part.
    pub const ID: &str = "blob";
    /// Field with the secret.
    pub const KEY: &str = "key";
    /// Field with the file's length.
    pub const BYTES: &str = "bytes";

    /// Draws the secret of a new blob.
    #[must_use]
    pub fn new_secret(rng: &mut impl CryptoRng) -> Zeroizing<[u8; 32]> {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut_slice());
        secret
    }

    /// Names a blob.
    #[must_use]
    pub const fn new(id: BlobId, size: u64, secret: Zeroizing<[u8; 32]>) -> Self {
        Self { id, size, secret }
    }

    /// Reads the three fields; none if one is missing, malformed or too large.
    #[must_use]
    pub fn read(field: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let id = field(Self::ID)?.parse().ok()?;
        let size = field(Self::BYTES)?.parse().ok()?;
        let text = Zeroizing::new(field(Self::KEY)?);
        let key = Zeroizing::new(HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?);
        let secret = Zeroizing::new(<[u8; 32]>::try_from(key.as_slice()).ok()?);
        sealed_length(size)?;
        Some(Self { id, size, secret })
    }

    /// The three fields, as they are written.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, String); 3] {
        [
            (Self::ID, self.id.to_string()),
            (Self::KEY, HEXLOWER.encode(self.secret.as_slice())),
            (Self::BYTES, self.size.to_string()),
        ]
    }

    /// What it is sealed with: the same file sealed with it again is the same blob.
    #[must_use]
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        self.secret.clone()
    }

    /// What opens its segments.
    #[must_use]
    pub fn cipher(&self) -> SegmentCipher {
        SegmentCipher::new(&self.secret)
    }
}

impl fmt::Debug for BlobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobRef({})", self.id.short())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::limits::MAX_BLOB_BYTES;

    fn reference() -> BlobRef {
        BlobRef::new(BlobId::new([0xab; 32]), 1234, Zeroizing::new([0xcd; 32]))
    }

    #[test]
    fn fields_read_as_they_were_written() {
        let fields = BTreeMap::from(reference().fields());
        assert_eq!(BlobRef::read(|name| fields.get(name).cloned()), Some(reference()));
        for missing in ["blob", "key", "bytes"] {
            let read = BlobRef::read(|name| fields.get(name).filter(|_| name != missing).cloned());
            assert_eq!(read, None, "{missing}");
        }
        let mut large = fields.clone();
        large.insert("bytes", (MAX_BLOB_BYTES + 1).to_string());
        assert_eq!(BlobRef::read(|name| large.get(name).cloned()), None);
        large.insert("key", "cd".repeat(31));
        assert_eq!(BlobRef::read(|name| large.get(name).cloned()), None);
    }

    #[test]
    fn the_secret_does_not_show() {
        assert_eq!(format!("{:?}", reference()), "BlobRef(abababab)");
    }
}
