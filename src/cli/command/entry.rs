//! `ceiba incident append` and `ceiba incident evidence`

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use clap::Args;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::{
    api::{ApiError, ErrorKind, Request},
    cli::failure::{file_error, own_error},
};

/// Bytes that are read at once.
const CHUNK: usize = 1024 * 1024;

/// Add an entry to a part of an own incident: a legal step, a victim, an intervention
///
/// Parts: acts, victims, perpetrators, sources, evidence, custody, legal, interventions, stories.
/// The entry gets a key of its own, by which `incident edit` changes it.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba incident append 5c1e90ab legal stage=reported date=2024-05-04 causes/delay=yes"
)]
pub(crate) struct Append {
    /// Id, or a prefix of it
    incident: String,
    /// The part
    part: String,
    /// Fields of the entry
    #[arg(value_name = "FIELD=VALUE", required = true)]
    fields: Vec<String>,
}

impl Append {
    pub(crate) fn request(self) -> Result<Request, ApiError> {
        let mut fields = BTreeMap::new();
        for given in &self.fields {
            let Some((field, text)) = given.split_once('=') else {
                return Err(own_error(ErrorKind::Usage, "error-entry-field", &[]));
            };
            if fields.insert(field.to_owned(), text.to_owned()).is_some() {
                let given = [("path", field.to_owned())];
                return Err(own_error(ErrorKind::Usage, "error-given-twice", &given));
            }
        }
        Ok(Request::IncidentAppend { incident: self.incident, part: self.part, fields })
    }
}

/// Record an item of evidence: its SHA-256, size and type, never its bytes
///
/// The file stays where it is. Nothing of the item leaves before --release says how far, and an
/// item that shows a face, a voice or a place stays whatever it says: release a redacted copy.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba incident evidence 5c1e90ab foto.jpg --type photo --captured-at 2024-05-03"
)]
pub(crate) struct Evidence {
    /// Id, or a prefix of it
    incident: String,
    /// The file
    file: PathBuf,
    /// Code of the type: photo, video, audio, statement, threat_message, …
    #[arg(long = "type", value_name = "CODE")]
    kind: String,
    /// What can be seen, heard or read
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// When it was made
    #[arg(long, value_name = "DATE")]
    captured_at: Option<String>,
    /// Who made it; stays in the dossier
    #[arg(long, value_name = "NAME")]
    captured_by: Option<String>,
    /// Key of the item that this is a redacted copy of
    #[arg(long, value_name = "KEY")]
    redacted_of: Option<String>,
    /// It shows a face, a voice or a place
    #[arg(long)]
    identifies: bool,
    /// The most open tier that it may reach: restricted, coalition, public
    #[arg(long, value_name = "TIER")]
    release: Option<String>,
}

impl Evidence {
    pub(crate) fn request(self) -> Result<Request, ApiError> {
        let described =
            describe(&self.file).map_err(|it| file_error("error-cannot-read", &self.file, &it))?;
        let mut fields = BTreeMap::from(described.map(|(name, text)| (name.to_owned(), text)));
        fields.insert("type".to_owned(), self.kind);
        let options = [
            ("description", self.description),
            ("captured_at", self.captured_at),
            ("captured_by", self.captured_by),
            ("redacted_of", self.redacted_of),
            ("identifies", self.identifies.then(|| "yes".to_owned())),
            ("release", self.release),
        ];
        for (name, text) in options {
            fields.extend(text.map(|text| (name.to_owned(), text)));
        }
        Ok(Request::IncidentEvidence { incident: self.incident, fields })
    }
}

/// Name, digest, size and type of a file, read in pieces.
fn describe(path: &Path) -> std::io::Result<[(&'static str, String); 4]> {
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
