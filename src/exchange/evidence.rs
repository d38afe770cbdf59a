//! A file as evidence: what is recorded of it, without its bytes.

use std::{fs::File, io::Read, path::Path};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// Bytes that are read at once.
const CHUNK: usize = 1024 * 1024;
/// Bytes by which the kind of a file is known.
const HEAD: usize = 8 * 1024;

/// Name, SHA-256, size in bytes and MIME type of a file, read in pieces: the fields `file`,
/// `sha256`, `size` and `mime` of an item of evidence.
///
/// # Errors
/// When the file cannot be read.
pub fn describe(path: &Path) -> std::io::Result<[(&'static str, String); 4]> {
    let mut file = File::open(path)?;
    let mut description = Description::default();
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        description.update(bytes);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let (sha256, size, mime) = description.finish();
    Ok([
        ("file", name.unwrap_or_default()),
        ("sha256", sha256),
        ("size", size.to_string()),
        ("mime", mime),
    ])
}

/// What is recorded of bytes that pass by in pieces.
#[derive(Debug, Default)]
pub struct Description {
    hash: Sha256,
    size: u64,
    /// The first bytes, by which the kind is known.
    head: Vec<u8>,
}

impl Description {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(room));
        self.hash.update(bytes);
        self.size = self.size.saturating_add(bytes.len() as u64);
    }

    /// SHA-256 in hexadecimal, bytes, and MIME type.
    #[must_use]
    pub fn finish(self) -> (String, u64, String) {
        let mime = infer::get(&self.head).map_or("application/octet-stream", |it| it.mime_type());
        (HEXLOWER.encode(&self.hash.finalize()), self.size, mime.to_owned())
    }
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
