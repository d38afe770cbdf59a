//! Looks for what must not be there: in what a partner can show, and in files.

use std::{collections::BTreeSet, fs, path::Path};

use serde::Serialize;

use crate::{
    api::{ApiError, ErrorKind},
    demo::{cast::Partner, wait::broken},
};

/// Names of victims that are looked for on disk; the others are built of the same words.
const NAMES_ON_DISK: usize = 12;
/// Words of the lists, the partners and the coalition.
const WORDS: [&str; 8] = [
    "SINTÉTICO",
    "nada de esto",
    "amenaza",
    "sintético",
    "Hoja de Papel",
    "Nube Quieta",
    "Sendero Imaginario",
    "Alianza de Papel",
];

/// Whose incidents are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// All that the partner can read.
    All,
    /// Only those that another organisation recorded.
    Others,
}

/// The names of victims in what a partner recorded.
pub(super) async fn names_of(partner: &Partner) -> Result<Vec<String>, ApiError> {
    let mut names = BTreeSet::new();
    for row in partner.all_incidents().await?.rows {
        let incident = partner.incident(&row.id).await?;
        for (path, field) in incident.fields {
            if is_victims_name(&path) {
                names.extend(field.value.as_str().map(ToOwned::to_owned));
            }
        }
    }
    Ok(names.into_iter().collect())
}

/// How many of the names occur anywhere in what a partner can show.
pub(super) async fn names_shown(
    partner: &Partner,
    names: &[String],
    whose: Whose,
) -> Result<usize, ApiError> {
    let mut shown = String::new();
    for row in partner.all_incidents().await?.rows {
        if whose == Whose::All || row.origin != partner.org {
            shown.push_str(&text_of(&partner.incident(&row.id).await?)?);
        }
    }
    Ok(names.iter().filter(|name| shown.contains(name.as_str())).count())
}

/// How many incidents of others show a field.
pub(super) async fn fields_shown(partner: &Partner, path: &str) -> Result<usize, ApiError> {
    let mut shown = 0;
    for row in partner.all_incidents().await?.rows {
        if row.origin != partner.org {
            shown += usize::from(partner.incident(&row.id).await?.fields.contains_key(path));
        }
    }
    Ok(shown)
}

pub(super) fn is_victims_name(path: &str) -> bool {
    path.starts_with("victims/") && path.ends_with("/name")
}

/// All that an answer says, as text.
pub(super) fn text_of(answer: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(answer).map_err(|error| broken(error.to_string()))
}

/// Texts that must not lie on disk in plain.
pub(super) fn canaries(names: &[String]) -> Vec<String> {
    // From the end: the partners' own come last.
    let names = names.iter().rev().take(NAMES_ON_DISK).cloned();
    names.chain(WORDS.iter().map(|word| (*word).to_owned())).collect()
}

/// What searching files found.
#[derive(Debug, Default)]
pub(super) struct AtRest {
    pub(super) files: u64,
    pub(super) bytes: u64,
    /// Texts found, each file and text once.
    pub(super) hits: u64,
}

impl AtRest {
    /// Searches all files under a folder.
    pub(super) fn search(&mut self, folder: &Path, canaries: &[String]) -> Result<(), ApiError> {
        let failed = |error: std::io::Error| {
            ApiError::new(ErrorKind::Storage, format!("{}: {error}", folder.display()))
        };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                self.search(&path, canaries)?;
            } else if path.is_file() {
                let bytes = fs::read(&path).map_err(failed)?;
                self.files += 1;
                self.bytes += bytes.len() as u64;
                self.hits += canaries.iter().filter(|text| contains(&bytes, text)).count() as u64;
            }
        }
        Ok(())
    }
}

/// Whether the bytes of a text stand anywhere.
fn contains(bytes: &[u8], text: &str) -> bool {
    let Some((first, rest)) = text.as_bytes().split_first() else { return false };
    let mut left = bytes;
    while let Some(at) = left.iter().position(|byte| byte == first) {
        left = left.get(at + 1..).unwrap_or_default();
        if left.starts_with(rest) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_wherever_it_stands_in_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        let search = || {
            let mut found = AtRest::default();
            found.search(folder.path(), &["SINTÉTICO".to_owned(), "x".to_owned()]).unwrap();
            (found.files, found.bytes, found.hits)
        };
        fs::write(folder.path().join("inner/a"), [b"SS", "SINTETICO".as_bytes()].concat()).unwrap();
        assert_eq!(search(), (1, 11, 0));
        fs::write(folder.path().join("b"), [b"\0SINT\xff", "SINTÉTICO".as_bytes()].concat())
            .unwrap();
        assert_eq!(search(), (2, 27, 1));
    }

    #[test]
    fn names_are_told_from_other_fields() {
        assert!(is_victims_name("victims/12/name"));
        assert!(!is_victims_name("sources/1/name") && !is_victims_name("victims/1/people"));
    }
}
