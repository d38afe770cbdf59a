//! Checking an archive.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, BufReader, Read, Write as _},
};

use serde::Serialize;

use crate::exchange::out::{
    About, Digesting,
    archive::{ABOUT, MANIFEST},
};

/// Bytes of the manifest and of `export.json`.
const MAX_SMALL_BYTES: u64 = 1024 * 1024;
/// Bytes of one line: a record of the largest size with all its escapes.
const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// What is wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// What.
    #[serde(flatten)]
    pub fault: Fault,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// The manifest names it, or every archive has it, and it is not there.
    Missing,
    /// It is there, and the manifest does not name it.
    NotNamed,
    /// The manifest names it twice.
    NamedTwice,
    /// Its digest is not the manifest's.
    Altered,
    /// It does not read as what it is.
    Unreadable,
    /// A line is no JSON object.
    Line {
        /// Which, from 1.
        line: u64,
    },
    /// It has another number of records than the archive says.
    Count {
        /// Records that are there.
        found: u64,
        /// Records that the archive says.
        stated: u64,
    },
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Files whose digest is the manifest's.
    pub files: u64,
    /// Records in files of JSON Lines, by file.
    pub records: BTreeMap<String, u64>,
    /// What is wrong; nothing if all is as it was written.
    pub problems: Vec<Problem>,
}

impl Checked {
    /// Notes what is wrong with a file.
    pub fn problem(&mut self, file: &str, fault: Fault) {
        let file = file.chars().take(100).collect();
        self.problems.push(Problem { file, fault });
    }
}

/// Checks an archive: every file that the manifest names has its digest, no other file is there,
/// every line of JSON Lines reads, and there are as many as `export.json` says. `names` are the files
/// that are there.
///
/// # Errors
/// When a file that is there cannot be read.
pub fn check_archive(
    names: &BTreeSet<String>,
    open: &mut dyn FnMut(&str) -> io::Result<Box<dyn Read>>,
) -> io::Result<Checked> {
    let mut checked = Checked::default();
    if !names.contains(MANIFEST) {
        checked.problem(MANIFEST, Fault::Missing);
        return Ok(checked);
    }
    let Some(manifest) = small(open(MANIFEST)?)? else {
        checked.problem(MANIFEST, Fault::Unreadable);
        return Ok(checked);
    };
    let mut named = BTreeSet::from([MANIFEST.to_owned()]);
    for line in manifest.lines() {
        let Some((digest, name)) = line.split_once("  ").filter(|(digest, name)| {
            digest.len() == 64 && !name.is_empty() && !name.contains(['/', '\\']) && *name != ".."
        }) else {
            checked.problem(MANIFEST, Fault::Unreadable);
            continue;
        };
        if !named.insert(name.to_owned()) {
            checked.problem(name, Fault::NamedTwice);
        } else if !names.contains(name) {
            checked.problem(name, Fault::Missing);
        } else {
            one_file(&mut checked, name, digest, open(name)?)?;
        }
    }
    for name in names.difference(&named) {
        checked.problem(name, Fault::NotNamed);
    }
    if names.contains(ABOUT) {
        let about = small(open(ABOUT)?)?;
        counts(&mut checked, about.as_deref());
    }
    Ok(checked)
}

fn small(file: Box<dyn Read>) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    file.take(MAX_SMALL_BYTES + 1).read_to_end(&mut bytes)?;
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_SMALL_BYTES);
    Ok(String::from_utf8(bytes).ok().filter(|_| fits))
}

fn one_file(
    checked: &mut Checked,
    name: &str,
    digest: &str,
    file: Box<dyn Read>,
) -> io::Result<()> {
    let mut hashed = Digesting::new(io::sink());
    if name.ends_with(".jsonl") {
        let records = lines(checked, name, file, &mut hashed)?;
        checked.records.insert(name.to_owned(), records);
    } else {
        io::copy(&mut BufReader::new(file), &mut hashed)?;
    }
    if hashed.end().1 == digest {
        checked.files += 1;
    } else {
        checked.problem(name, Fault::Altered);
    }
    Ok(())
}

/// Reads lines; tells the first that is no JSON.
fn lines(
    checked: &mut Checked,
    name: &str,
    file: Box<dyn Read>,
    hashed: &mut Digesting<io::Sink>,
) -> io::Result<u64> {
    let mut reader = BufReader::new(file);
    let (mut number, mut told) = (0_u64, false);
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        let read = reader.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(number);
        }
        hashed.write_all(&line)?;
        number += 1;
        let is_object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&line);
        if is_object.is_err() && !told {
            checked.problem(name, Fault::Line { line: number });
            told = true;
        }
    }
}

fn counts(checked: &mut Checked, about: Option<&str>) {
    let Some(about) = about.and_then(|text| serde_json::from_str::<About>(text).ok()) else {
        checked.problem(ABOUT, Fault::Unreadable);
        return;
    };
    for file in about.files {
        let Some(stated) = file.records else { continue };
        let found = checked.records.get(&file.name).copied().unwrap_or(0);
        if found != stated {
            checked.problem(&file.name, Fault::Count { found, stated });
        }
    }
}
