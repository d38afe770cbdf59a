//! Files and folders that this program makes, for their owner alone.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// Makes a file that was not there.
///
/// # Errors
/// When something of that name is there, or it cannot be made.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder to be filled and then renamed to its place beside it. It is gone again if it is
/// not kept.
///
/// # Errors
/// When it cannot be made.
pub(super) fn new_folder(parent: &Path) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ceiba-export-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(parent)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn they_are_for_their_owner_alone_and_replace_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let folder = new_folder(parent.path()).unwrap();
        let path = folder.path().join("cards.csv");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        drop(new_file(&path).unwrap());
        assert_eq!((mode(folder.path()), mode(&path)), (0o700, 0o600));
        assert_eq!(new_file(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
