//! One process a home.

use std::fs::{File, OpenOptions, TryLockError};

use super::{HomeError, HomePaths, io_error};

/// Held as long as the process uses the home; the system releases it when the process ends,
/// however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock or refuses at once.
    pub(super) fn take(paths: &HomePaths) -> Result<Self, HomeError> {
        let path = paths.lock();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(io_error("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(HomeError::Locked(paths.root().to_path_buf())),
            Err(TryLockError::Error(source)) => Err(io_error("lock", &path)(source)),
        }
    }
}
