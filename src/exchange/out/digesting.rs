//! Writing, with the SHA-256 of what was written.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

/// Passes bytes on, and knows their digest and number.
pub struct Digesting<W> {
    inner: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W> std::fmt::Debug for Digesting<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digesting({} bytes)", self.bytes)
    }
}

impl<W> Digesting<W> {
    /// Nothing written yet.
    pub fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), bytes: 0 }
    }

    /// What it wrote to, the digest in hexadecimal, and the number of bytes.
    pub fn end(self) -> (W, String, u64) {
        (self.inner, data_encoding::HEXLOWER.encode(&self.hasher.finalize()), self.bytes)
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hasher.update(buffer.get(..written).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
