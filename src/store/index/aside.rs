//! Setting a damaged index aside.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{IndexError, io_error};
use crate::store::{FileLayer, OsFiles};

/// Damaged indexes that are kept for whoever wants to know why; older ones are removed.
const MAX_KEPT: usize = 2;

/// Moves the index's folder to `index.damaged-<n>`, so that nothing is at its place.
pub(super) fn set_aside(dir: &Path) -> Result<(), IndexError> {
    let parent = dir.parent().unwrap_or_else(|| Path::new(""));
    let mut kept = damaged(dir, parent)?;
    let number = kept.last().map_or(1, |(number, _)| number.saturating_add(1));
    let to = parent.join(format!("{}{number}", prefix(dir)));
    fs::rename(dir, &to).map_err(io_error("set aside", dir))?;
    OsFiles.sync_dir(parent).map_err(io_error("sync", parent))?;
    kept.push((number, to));
    for (_, path) in kept.iter().rev().skip(MAX_KEPT) {
        fs::remove_dir_all(path).map_err(io_error("remove", path))?;
    }
    Ok(())
}

/// The folders that were set aside, oldest first.
fn damaged(dir: &Path, parent: &Path) -> Result<Vec<(u32, PathBuf)>, IndexError> {
    let prefix = prefix(dir);
    let names = OsFiles.list(parent).map_err(io_error("read", parent))?;
    let mut found = names
        .iter()
        .filter_map(|name| Some((name.strip_prefix(&prefix)?.parse().ok()?, parent.join(name))))
        .collect::<Vec<_>>();
    found.sort_unstable();
    Ok(found)
}

fn prefix(dir: &Path) -> String {
    format!("{}.damaged-", dir.file_name().unwrap_or_default().to_string_lossy())
}
