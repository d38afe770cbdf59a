//! The folder of an issue: written whole, read back, checked.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{
    api::{ApiError, ErrorKind},
    cli::{
        failure::{Failure, file_error, own_error},
        input::MAX_REPORT_BYTES,
        session::Session,
    },
    figures,
};

const DIGEST: &str = "digest.txt";
const MEMBERS: &str = "members";
const CASES: &str = "members/cases.csv";

/// Refuses a folder that has anything in it; with `force`, anything that is no earlier issue.
pub(super) fn may_write(folder: &Path, force: bool) -> Result<(), ApiError> {
    let filled = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(file_error("error-cannot-write", folder, &error)),
    };
    if !filled || force && folder.join(DIGEST).is_file() {
        return Ok(());
    }
    let given = [("file", folder.display().to_string())];
    Err(own_error(ErrorKind::Refused, "error-folder-not-empty", &given))
}

/// Writes the files; the members' ones into a folder that is for its owner only. `digest.txt` comes
/// last, so that an issue that has it is whole.
pub(super) fn write(folder: &Path, files: &BTreeMap<String, String>) -> Result<(), ApiError> {
    let make = |path: &Path| {
        private(path).map_err(|error| file_error("error-cannot-make-folder", path, &error))
    };
    fs::create_dir_all(folder)
        .map_err(|error| file_error("error-cannot-make-folder", folder, &error))?;
    make(&folder.join(MEMBERS))?;
    let last = files.iter().filter(|(name, _)| *name == DIGEST);
    for (name, content) in files.iter().filter(|(name, _)| *name != DIGEST).chain(last) {
        let path = folder.join(name);
        fs::write(&path, content)
            .map_err(|error| file_error("error-cannot-write", &path, &error))?;
    }
    Ok(())
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// The cases of an earlier issue.
pub(super) fn cases(folder: &Path, session: &mut Session<'_>) -> Result<String, ApiError> {
    let path = folder.join(CASES);
    let bytes = session.input.bytes(&path, MAX_REPORT_BYTES)?;
    String::from_utf8(bytes).map_err(|_not_utf8| {
        let given = [("file", path.display().to_string())];
        own_error(ErrorKind::Usage, "error-not-utf8", &given)
    })
}

/// Says whether the files are as they were written.
pub(super) fn check(folder: &Path, session: &mut Session<'_>) -> Result<(), Failure> {
    let path = folder.join(DIGEST);
    let text = session.input.bytes(&path, MAX_REPORT_BYTES)?;
    let input = &mut session.input;
    // What cannot be read is missing, and said so.
    let mut read = |name: &str| {
        let path: PathBuf = folder.join(name);
        if path.is_file() { input.bytes(&path, MAX_REPORT_BYTES).ok() } else { None }
    };
    let checked = figures::check(&String::from_utf8_lossy(&text), &mut read).map_err(|error| {
        let given = [("file", path.display().to_string()), ("line", error.line.to_string())];
        own_error(ErrorKind::Usage, "error-no-digest", &given)
    })?;
    if session.ui.is_json() {
        session.ui.json(&json!({
            "digest": checked.digest,
            "holds": checked.holds(),
            "same": checked.same,
            "changed": checked.changed,
            "missing": checked.missing,
            "inputs": checked.inputs,
        }))?;
    } else {
        let tongue = session.ui.tongue();
        let mut text = String::new();
        for (key, names) in [
            ("issue-same", &checked.same),
            ("issue-changed", &checked.changed),
            ("issue-missing", &checked.missing),
        ] {
            for name in names {
                text.push_str(&format!("{}  {name}\n", tongue.word(key)));
            }
        }
        let verdict = match (checked.holds(), checked.inputs) {
            (false, _) => "issue-does-not-hold",
            (true, None) => "issue-holds-without-inputs",
            (true, Some(_)) => "issue-holds",
        };
        let given = [("digest", checked.digest.as_str().into())];
        text.push_str(&format!("{}\n", tongue.say(verdict, &given)));
        session.ui.text(&text)?;
    }
    if checked.holds() { Ok(()) } else { Err(Failure::Fruitless(ErrorKind::Refused)) }
}
