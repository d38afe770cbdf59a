//! Marks beside sled's folder: closed in order, or condemned.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{IndexError, engine::SLED, io_error};
use crate::{
    crypto::Label,
    store::{FileLayer, OsFiles, Sealer, files::atomic},
};

const CLOSED: &str = "closed";
const CONDEMNED: &str = "condemned";
/// Files of sled's that one index has at most, blobs included; more count as damage.
const MAX_FILES: usize = 100_000;

/// How sled's files are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// As they were left by an orderly shutdown.
    AsLeft,
    /// Something was found wrong with them before.
    Condemned,
    /// Left by an orderly shutdown, and changed since.
    Changed,
    /// Not shut down in order.
    Unclosed,
}

/// Judges sled's files, and takes the mark of the orderly shutdown away: from here on they change.
pub(super) fn inspect(dir: &Path, sealer: &dyn Sealer) -> Result<Found, IndexError> {
    if dir.join(CONDEMNED).exists() {
        return Ok(Found::Condemned);
    }
    let mark = dir.join(CLOSED);
    let left = match atomic::read(&OsFiles, &mark, 32) {
        Ok(None) => return Ok(Found::Unclosed),
        Ok(Some(left)) => left,
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Ok(Found::Changed),
        Err(source) => return Err(io_error("read", &mark)(source)),
    };
    if digest(dir, sealer)? != Some(left) {
        return Ok(Found::Changed);
    }
    fs::remove_file(&mark).map_err(io_error("remove", &mark))?;
    OsFiles.sync_dir(dir).map_err(io_error("sync", dir))?;
    Ok(Found::AsLeft)
}

/// Leaves the mark of an orderly shutdown. All files must be final and durable.
pub(super) fn leave_mark(dir: &Path, sealer: &dyn Sealer) -> Result<(), IndexError> {
    let mark = dir.join(CLOSED);
    let Some(digest) = digest(dir, sealer)? else { return Ok(()) };
    atomic::write(&OsFiles, &mark, &digest).map_err(io_error("write", &mark))
}

/// Marks the index for being set aside. If not even that can be written, the next opening has to
/// find the damage by itself.
pub(super) fn condemn(dir: &Path) {
    let _best_effort = fs::write(dir.join(CONDEMNED), b"");
}

/// A keyed digest of the names and contents of sled's files; none if there are absurdly many.
fn digest(dir: &Path, sealer: &dyn Sealer) -> Result<Option<Vec<u8>>, IndexError> {
    let sled = dir.join(SLED);
    let mut paths = Vec::new();
    for folder in [sled.clone(), sled.join("blobs")] {
        if !list_files(&folder, &mut paths)? {
            return Ok(None);
        }
    }
    paths.sort_unstable();
    let mut all = blake3::Hasher::new();
    for path in &paths {
        let mut hasher = blake3::Hasher::new();
        let file = File::open(path).map_err(io_error("open", path))?;
        hasher.update_reader(file).map_err(io_error("read", path))?;
        let name = path.strip_prefix(&sled).unwrap_or(path);
        all.update(blake3::hash(name.as_os_str().as_encoded_bytes()).as_bytes());
        all.update(hasher.finalize().as_bytes());
    }
    let named = [Label::Index.text().as_bytes(), b"\0closed\0", all.finalize().as_bytes()].concat();
    Ok(Some(sealer.keyed_hash(&named).to_vec()))
}

/// Collects a folder's files; false if there are too many. A missing folder has none.
fn list_files(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<bool, IndexError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(source) => return Err(io_error("read", folder)(source)),
    };
    for entry in entries {
        let path = entry.map_err(io_error("read", folder))?.path();
        if path.is_file() {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            return Ok(false);
        }
    }
    Ok(true)
}
