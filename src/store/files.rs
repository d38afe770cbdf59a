//! The few things that the journal and small files ask of a file system.
//!
//! A seam for tests: [`OsFiles`] is the real thing; the faulty layer of the tests stops after any
//! number of operations, tears writes, and forgets what was not synced.

pub mod atomic;
#[cfg(test)]
pub(crate) mod faulty;
mod os;

use std::{fmt, io, path::Path};

pub use self::os::OsFiles;

/// Directories and names.
pub trait FileLayer: fmt::Debug + Send + Sync {
    /// Creates a file that must not exist, readable and writable by its owner only. Its name is
    /// durable after [`sync_dir`](Self::sync_dir).
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::AlreadyExists`] when there is one.
    fn create(&self, path: &Path) -> io::Result<Box<dyn LayerFile>>;

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::NotFound`] when there is none.
    fn open(&self, path: &Path) -> io::Result<Box<dyn LayerFile>>;

    /// The names of the files in a directory, in order.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// Renames a file over another one of the same directory, at once or not at all.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::NotFound`] when there is none.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes a directory's names durable.
    ///
    /// # Errors
    /// What the system says.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// An open file.
pub trait LayerFile: fmt::Debug + Send + Sync {
    /// Length in bytes.
    ///
    /// # Errors
    /// What the system says.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file has no bytes.
    ///
    /// # Errors
    /// What the system says.
    fn is_empty(&self) -> io::Result<bool> {
        self.len().map(|len| len == 0)
    }

    /// Reads at most as many bytes as the buffer has; 0 at the end of the file.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes all bytes. After an error any part of them may be there.
    ///
    /// # Errors
    /// What the system says.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts or lengthens the file.
    ///
    /// # Errors
    /// What the system says.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Makes content and length durable (`fdatasync`).
    ///
    /// # Errors
    /// What the system says. After an error nobody knows what is durable: do not try again.
    fn sync_data(&self) -> io::Result<()>;
}

/// Reads from `offset` to the end of the file, but at most `max` bytes.
///
/// # Errors
/// What the system says.
pub fn read_up_to(file: &dyn LayerFile, offset: u64, max: usize) -> io::Result<Vec<u8>> {
    let there = file.len()?.saturating_sub(offset);
    let wanted = usize::try_from(there).unwrap_or(usize::MAX).min(max);
    let mut bytes = vec![0; wanted];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(offset.saturating_add(filled as u64), rest) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
