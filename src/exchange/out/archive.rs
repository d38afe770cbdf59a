//! The full plain archive of one's own data: JSON Lines, and a manifest that `sha256sum` checks.
//!
//! ```text
//! DIR/incidents.jsonl …   one JSON object a line
//! DIR/README.txt          how to check and to count, for a bystander
//! DIR/export.json         what the export says of itself, with counts
//! DIR/manifest.sha256     a digest and a name a line, of all files above
//! ```

mod check;

use std::io::Write;

use serde_json::Value as Json;

pub use self::check::{Checked, Fault, Problem, check_archive};
use crate::exchange::out::{About, Digesting, FileDigest, OutError};

/// The file with the digests.
pub const MANIFEST: &str = "manifest.sha256";
/// The file in which the export says what it is.
pub const ABOUT: &str = "export.json";
/// The file for people.
pub const README: &str = "README.txt";
/// Its text.
pub const README_TEXT: &str = include_str!("archive/README.txt");

/// Writes one file of JSON Lines.
pub struct Lines<W> {
    name: String,
    out: Digesting<W>,
    records: u64,
}

impl<W> std::fmt::Debug for Lines<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lines({}, {} records)", self.name, self.records)
    }
}

impl<W: Write> Lines<W> {
    /// An empty file of this name, without the ending.
    pub fn new(name: &str, out: W) -> Self {
        Self { name: format!("{name}.jsonl"), out: Digesting::new(out), records: 0 }
    }

    /// Writes one record.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record(&mut self, record: &Json) -> Result<(), OutError> {
        serde_json::to_writer(&mut self.out, record).map_err(std::io::Error::from)?;
        self.out.write_all(b"\n")?;
        self.records += 1;
        Ok(())
    }

    /// What it wrote to, and what is in it.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub fn finish(mut self) -> Result<(W, FileDigest), OutError> {
        self.out.flush()?;
        let (inner, sha256, bytes) = self.out.end();
        Ok((inner, FileDigest { name: self.name, bytes, sha256, records: Some(self.records) }))
    }
}

/// A file that is written as a whole, with its digest.
#[must_use]
pub fn digest_of(name: &str, content: &[u8]) -> FileDigest {
    let mut out = Digesting::new(std::io::sink());
    // A sink takes everything.
    let _written = out.write_all(content);
    let (_, sha256, bytes) = out.end();
    FileDigest { name: name.to_owned(), bytes, sha256, records: None }
}

/// The manifest of an export whose `about` names all files but itself and the manifest.
#[must_use]
pub fn manifest(about: &About) -> String {
    let own = digest_of(ABOUT, &about.to_json());
    let mut files: Vec<&FileDigest> = about.files.iter().chain([&own]).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files.iter().map(|file| format!("{}  {}\n", file.sha256, file.name)).collect()
}
