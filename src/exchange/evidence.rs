//! A file as evidence: what is recorded of it, and what is taken out of a copy that is shared.

pub mod capture;
pub mod scrub;
pub mod thumbnail;

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// Bytes that are read at once.
const CHUNK: usize = 1024 * 1024;
/// Bytes at the beginning by which a file's type and its time of capture are found.
const HEAD_BYTES: usize = 1024 * 1024;

/// Name, SHA-256, size in bytes and MIME type of a file, read in pieces: the fields `file`,
/// `sha256`, `size` and `mime` of an item of evidence.
///
/// # Errors
/// When the file cannot be read.
pub fn describe(path: &Path) -> io::Result<[(&'static str, String); 4]> {
    let mut file = Describing::new(File::open(path)?);
    let mut buffer = vec![0; CHUNK];
    while file.read(&mut buffer)? > 0 {}
    let found = file.finish();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok([
        ("file", name.unwrap_or_default()),
        ("sha256", found.sha256),
        ("size", found.size.to_string()),
        ("mime", found.mime),
    ])
}

/// What is found of a file while it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// MIME type by the first bytes; `application/octet-stream` if they tell none.
    pub mime: String,
    /// The day of capture, if the file says one.
    pub captured_on: Option<String>,
}

/// Reads another reader through and describes what it gives.
#[derive(Debug)]
pub struct Describing<R> {
    inner: R,
    hash: Sha256,
    size: u64,
    head: Vec<u8>,
}

impl<R> Describing<R> {
    /// Describes what `inner` gives.
    pub fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new(), size: 0, head: Vec::new() }
    }

    /// Takes note of bytes.
    pub fn note(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size = self.size.saturating_add(bytes.len() as u64);
        let room = HEAD_BYTES.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(bytes.get(..room).unwrap_or_default());
    }

    /// What was read.
    #[must_use]
    pub fn finish(self) -> Found {
        Found {
            sha256: HEXLOWER.encode(&self.hash.finalize()),
            size: self.size,
            mime: mime_of(&self.head).to_owned(),
            captured_on: capture::day_of(&self.head),
        }
    }
}

impl<R: Read> Read for Describing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.note(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// The MIME type by the first bytes.
#[must_use]
pub fn mime_of(head: &[u8]) -> &'static str {
    infer::get(head).map_or("application/octet-stream", |kind| kind.mime_type())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_file_is_described_by_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foto inventada.bin");
        std::fs::write(&path, b"\x89PNG\r\n\x1a\nabc").unwrap();
        let described = BTreeMap::from(describe(&path).unwrap());
        assert_eq!((described["size"].as_str(), described["mime"].as_str()), ("11", "image/png"));
        let expected = HEXLOWER.encode(&Sha256::digest(b"\x89PNG\r\n\x1a\nabc"));
        assert_eq!(described["sha256"], expected);
        assert!(describe(&folder.path().join("none")).is_err());
    }
}
