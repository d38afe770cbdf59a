//! The folder of an export: written whole, and never over anything else.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use super::Files;
use crate::{
    api::ApiError,
    cli::{
        command::export::folder_of,
        failure::file_error,
        private::{new_file, new_folder},
    },
    exchange::out::{
        About,
        archive::{ABOUT, MANIFEST, manifest},
    },
};

/// Refuses a place where something is; with `force`, anything that is no export of the board.
pub(super) fn may_write(out: &Path, force: bool) -> Result<(), ApiError> {
    match out.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(file_error("error-cannot-write", out, &error)),
        Ok(_there) if force && is_export(out) => Ok(()),
        Ok(_there) => {
            let error = io::Error::from(io::ErrorKind::AlreadyExists);
            Err(file_error("error-file-exists", out, &error))
        }
    }
}

/// Whether a folder is an earlier export of the board: nothing else is ever replaced.
fn is_export(folder: &Path) -> bool {
    let about = fs::read(folder.join(ABOUT)).ok();
    let about = about.and_then(|bytes| serde_json::from_slice::<About>(&bytes).ok());
    let is_folder = folder.symlink_metadata().is_ok_and(|it| it.is_dir());
    is_folder && about.is_some_and(|about| about.format.starts_with("board-"))
}

/// Writes a folder beside its place and renames it. What was there goes when the new one has its
/// name, and comes back when that fails.
pub(super) fn write_folder(out: &Path, files: &Files, about: &About) -> io::Result<()> {
    let parent = folder_of(out);
    let new = new_folder(parent)?;
    let own = [(ABOUT, about.to_json()), (MANIFEST, manifest(about).into_bytes())];
    let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes));
    for (name, bytes) in files.chain(own.iter().map(|(name, bytes)| (*name, bytes))) {
        let mut file = new_file(&new.path().join(name))?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    File::open(new.path())?.sync_all()?;
    let old = new_folder(parent)?;
    let aside = old.path().join("old");
    let replaced = out.symlink_metadata().is_ok();
    if replaced {
        fs::rename(out, &aside)?;
    }
    if let Err(error) = fs::rename(new.path(), out) {
        if replaced {
            fs::rename(&aside, out)?;
        }
        return Err(error);
    }
    // It has its name now, and is not to be removed.
    let _old_name = new.keep();
    Ok(())
}
