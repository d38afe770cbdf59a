//! A file as evidence: what is recorded of it, without its bytes.

use std::{fs::File, io::Read, path::Path};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// Bytes that are read at once.
const CHUNK: usize = 1024 * 1024;

/// Name, SHA-256, size in bytes and MIME type of a file, read in pieces: the fields `file`,
/// `sha256`, `size` and `mime` of an item of evidence.
///
/// # Errors
/// When the file cannot be read.
pub fn describe(path: &Path) -> std::io::Result<[(&'static str, String); 4]> {
    let mut file = File::open(path)?;
    let (mut hash, mut size, mut mime) = (Sha256::new(), 0_u64, None);
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        if size == 0 {
            mime = infer::get(bytes).map(|kind| kind.mime_type().to_owned());
        }
        hash.update(bytes);
        size = size.saturating_add(read as u64);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok([
        ("file", name.unwrap_or_default()),
        ("sha256", HEXLOWER.encode(&hash.finalize())),
        ("size", size.to_string()),
        ("mime", mime.unwrap_or_else(|| "application/octet-stream".to_owned())),
    ])
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
