//! Small files that are replaced as a whole or not at all.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{FileLayer, read_up_to};

/// Replaces a small file: temporary file, fsync, rename, fsync of the directory.
///
/// After a crash at any moment the file has its old or its new content; once this returns, the
/// new one.
///
/// # Errors
/// What the system says; the file has then its old or its new content.
pub fn write(files: &dyn FileLayer, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary_beside(path);
    match files.remove(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let file = files.create(&temporary)?;
    file.write_at(0, bytes)?;
    file.sync_data()?;
    drop(file);
    files.rename(&temporary, path)?;
    files.sync_dir(path.parent().unwrap_or_else(|| Path::new("")))
}

/// Reads a small file; none if there is no such file.
///
/// # Errors
/// What the system says; [`io::ErrorKind::FileTooLarge`] above `max` bytes.
pub fn read(files: &dyn FileLayer, path: &Path, max: usize) -> io::Result<Option<Vec<u8>>> {
    let file = match files.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let bytes = read_up_to(&*file, 0, max.saturating_add(1))?;
    if bytes.len() > max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(bytes))
}

/// Where the new content waits for its name.
fn temporary_beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    path.with_file_name(name)
}
