//! The digest: what a report was made of, so that any partner can make it again.
//!
//! `members/inputs.txt` lists everything that went in: the parameters, each cluster with the hash of
//! its claims, what is covered, what governments reported. Its SHA-256 is the digest of the issue.
//! `digest.txt` says it, and lists the SHA-256 of every public file in the form that `sha256sum -c`
//! checks; `members/digest.txt` does so for the members' files. Their few counts could be found by
//! trying: so nothing public has a hash of them, but that of what went in, which nobody can guess.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// The file with the digests.
pub(super) const FILE: &str = "digest.txt";
/// The file with the digests of the members' files.
pub(super) const MEMBERS_FILE: &str = "members/digest.txt";
const MEMBERS: &str = "members/";
/// The file that the digest is of.
pub(super) const INPUTS: &str = "members/inputs.txt";
const MARK: &str = "# digest ";

/// SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(String);

impl Digest {
    /// Of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(HEXLOWER.encode(&Sha256::digest(bytes)))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes the two lists of some files, by name.
pub(super) fn write(
    head: &[String],
    digest: &Digest,
    files: &BTreeMap<String, String>,
) -> [(String, String); 2] {
    let list = |members: bool| {
        let mut text: String = head.iter().map(|line| format!("# {line}\n")).collect();
        text.push_str(&format!("{MARK}{}\n", digest.as_str()));
        for (name, content) in files.iter().filter(|(name, _)| name.starts_with(MEMBERS) == members)
        {
            text.push_str(&format!("{}  {name}\n", Digest::of(content.as_bytes()).as_str()));
        }
        text
    };
    [(FILE.to_owned(), list(false)), (MEMBERS_FILE.to_owned(), list(true))]
}

/// What a check of an issue found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The digest that the issue says.
    pub digest: String,
    /// Files that are as they were written.
    pub same: Vec<String>,
    /// Files that are not.
    pub changed: Vec<String>,
    /// Files that are not there: those of members, in a copy for others.
    pub missing: Vec<String>,
    /// Whether the digest is that of what went in; not known without the members' files.
    pub inputs: Option<bool>,
}

impl Checked {
    /// Whether nothing speaks against it.
    #[must_use]
    pub fn holds(&self) -> bool {
        let only_members = self.missing.iter().all(|name| name.starts_with(MEMBERS));
        self.changed.is_empty() && only_members && self.inputs != Some(false)
    }
}

/// Why a text is no `digest.txt`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the digest of an issue: line {line} is neither a remark nor a digest of a file")]
pub struct DigestError {
    /// Number of the line, from 1; 0 if the digest itself is missing.
    pub line: usize,
}

/// Checks the files of an issue against its `digest.txt`, and those of members against their own
/// list; `read` gives a file, if it is there.
///
/// # Errors
/// When the text is no `digest.txt`.
pub fn check(
    text: &str,
    mut read: impl FnMut(&str) -> Option<Vec<u8>>,
) -> Result<Checked, DigestError> {
    let (digest, mut listed) = parse(text)?;
    let (mut same, mut changed, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    match read(MEMBERS_FILE) {
        None => missing.push(MEMBERS_FILE.to_owned()),
        Some(bytes) => match parse(&String::from_utf8_lossy(&bytes)) {
            // Of this issue, and of nothing but members' files.
            Ok((theirs, files))
                if theirs == digest && files.iter().all(|(name, _)| name.starts_with(MEMBERS)) =>
            {
                listed.extend(files);
            }
            Ok(_) | Err(_) => changed.push(MEMBERS_FILE.to_owned()),
        },
    }
    for (name, expected) in listed {
        match read(&name) {
            None => missing.push(name),
            Some(bytes) if Digest::of(&bytes).as_str() == expected => same.push(name),
            Some(_) => changed.push(name),
        }
    }
    let inputs = read(INPUTS).map(|bytes| Digest::of(&bytes).as_str() == digest);
    Ok(Checked { digest, same, changed, missing, inputs })
}

/// The digest of an issue, and the files of a list with theirs.
fn parse(text: &str) -> Result<(String, Vec<(String, String)>), DigestError> {
    let mut digest = None;
    let mut files = Vec::new();
    for (place, line) in text.lines().enumerate() {
        if let Some(found) = line.strip_prefix(MARK) {
            digest = Some(found.to_owned());
        } else if !line.starts_with('#') {
            let named = line.split_once("  ").filter(|(_, name)| is_plain(name));
            let (expected, name) = named.ok_or(DigestError { line: place + 1 })?;
            files.push((name.to_owned(), expected.to_owned()));
        }
    }
    Ok((digest.ok_or(DigestError { line: 0 })?, files))
}

/// Whether a name stays in the folder: one of our own files.
fn is_plain(name: &str) -> bool {
    let name = name.strip_prefix("members/").unwrap_or(name);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    !name.starts_with('.') && !name.is_empty() && name.len() < 64 && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_is_found_and_what_is_for_members_may_be_missing() {
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let files =
            BTreeMap::from([file("table-1.csv", "a"), file(INPUTS, "in"), file("t.csv", "b")]);
        let lists = write(&["as-of 2024-01-01".to_owned()], &Digest::of(b"in"), &files);
        let text = lists[0].1.clone();
        let files: BTreeMap<String, String> = files.into_iter().chain(lists).collect();
        let all = |name: &str| files.get(name).map(|text| text.clone().into_bytes());
        // Nothing public has a hash of a members' file but the digest itself.
        assert!(!text.contains(MEMBERS) && text.contains(Digest::of(b"in").as_str()));
        let checked = check(&text, all).unwrap();
        assert!(checked.holds() && checked.inputs == Some(true) && checked.same.len() == 3);
        let public = |name: &str| all(name).filter(|_| !name.starts_with("members"));
        let checked = check(&text, public).unwrap();
        assert!(checked.holds() && checked.inputs.is_none() && checked.missing == [MEMBERS_FILE]);
        let forged =
            |name: &str| all(name).map(|bytes| if name == "t.csv" { vec![0] } else { bytes });
        let checked = check(&text, forged).unwrap();
        assert!(!checked.holds() && checked.changed == ["t.csv"]);
        assert!(!check(&text, |name| all(name).filter(|_| name != "t.csv")).unwrap().holds());
        for wrong in ["", "# digest 00\n", "no list"] {
            let forged = |name: &str| {
                all(name).map(|it| if name == MEMBERS_FILE { wrong.into() } else { it })
            };
            assert_eq!(check(&text, forged).unwrap().changed, [MEMBERS_FILE], "{wrong}");
        }
        let forged = |name: &str| all(name).map(|it| if name == INPUTS { vec![0] } else { it });
        let checked = check(&text, forged).unwrap();
        assert!(checked.changed == [INPUTS] && checked.inputs == Some(false));
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        for name in ["../x", "/etc/passwd", "members/../x", "a/b", ".hidden", ""] {
            let text = format!("{MARK}00\n00  {name}\n");
            assert_eq!(check(&text, |_| None), Err(DigestError { line: 2 }), "{name}");
        }
        assert_eq!(check("# nothing\n", |_| None), Err(DigestError { line: 0 }));
    }
}
