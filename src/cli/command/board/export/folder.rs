//! The folder of an export: written whole, and never over anything else.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use super::Files;
use crate::{
    api::ApiError,
    cli::failure::file_error,
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
    let parent =
        out.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let new = folder_beside(parent)?;
    let own = [(ABOUT, about.to_json()), (MANIFEST, manifest(about).into_bytes())];
    let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes));
    for (name, bytes) in files.chain(own.iter().map(|(name, bytes)| (*name, bytes))) {
        let mut file = new_file(&new.path().join(name))?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    File::open(new.path())?.sync_all()?;
    let old = folder_beside(parent)?;
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

fn folder_beside(parent: &Path) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ceiba-export-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    builder.tempdir_in(parent)
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
