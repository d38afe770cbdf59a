//! One process a home.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io, thread,
    time::Duration,
};

use super::{HomeError, HomePaths, io_error};

/// Between two looks whether a lock is free.
const PAUSE: Duration = Duration::from_millis(20);

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

/// Whether no process uses a home, or stops using it while somebody waits: up to so many looks, with
/// a pause between.
///
/// # Errors
/// [`HomeError::Io`].
pub(super) fn comes_free(paths: &HomePaths, looks: u32) -> Result<bool, HomeError> {
    let path = paths.lock();
    for _look in 0..looks {
        // Held for an instant alone, so that whoever comes next has it.
        match File::open(&path).map(|file| file.try_lock()) {
            Ok(Ok(())) => return Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(source) | Ok(Err(TryLockError::Error(source))) => {
                return Err(io_error("lock", &path)(source));
            }
            Ok(Err(TryLockError::WouldBlock)) => thread::sleep(PAUSE),
        }
    }
    Ok(false)
}
