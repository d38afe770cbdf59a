//! Destroying a home.

use std::{fs, io};

use super::{Home, HomeError, io_error};

impl Home {
    /// Destroys the home: the keystore first, because without it all else is noise; then the rest.
    ///
    /// The keystore is overwritten before it is removed. On flash memory and on file systems that
    /// copy on write the old bytes may still be on the medium; only the passphrase protects them
    /// there.
    ///
    /// # Errors
    /// [`HomeError::Io`]; what had come before in the order is gone then.
    pub fn wipe(self) -> Result<(), HomeError> {
        self.destroy_keystore()?;
        let root = self.paths.root().to_path_buf();
        for entry in fs::read_dir(&root).map_err(io_error("read", &root))? {
            let path = entry.map_err(io_error("read", &root))?.path();
            // The lock is held until everything else is gone.
            if path == self.paths.lock() {
                continue;
            }
            let removed =
                if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(io_error("remove", &path))?;
        }
        let Self { paths, lock, files: _ } = self;
        drop(lock);
        fs::remove_file(paths.lock()).map_err(io_error("remove", &root))
    }

    fn destroy_keystore(&self) -> Result<(), HomeError> {
        let path = self.paths.keystore();
        let file = match self.files.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(io_error("open", &path)(source)),
        };
        let len = file.len().map_err(io_error("read", &path))?;
        let zeros =
            vec![0; usize::try_from(len).unwrap_or(usize::MAX).min(super::MAX_SMALL_FILE_BYTES)];
        file.write_at(0, &zeros).map_err(io_error("overwrite", &path))?;
        file.sync_data().map_err(io_error("sync", &path))?;
        drop(file);
        self.files.remove(&path).map_err(io_error("remove", &path))?;
        let root = self.paths.root();
        self.files.sync_dir(root).map_err(io_error("sync", root))
    }
}
