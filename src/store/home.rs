//! The folder in which one device keeps everything.
//!
//! ```text
//! HOME/            0700
//!   format         which format this is
//!   lock           held by the one process that uses the home
//!   keystore.age   keys, under the passphrase
//!   anchor         how far the journal reached, and what no partner has
//!   journal/       the truth
//!   index/         rebuildable; index.damaged-1, -2: set aside
//!   bundles/       parts that wait for an earlier one, sealed as they came
//!   blobs/         evidence files, sealed
//!   openrosa/      what phones sent, if the endpoint was ever open
//!   control.sock   the running node's door
//! ```

mod lock;
mod paths;
#[cfg(test)]
mod tests;
mod wipe;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use self::paths::HomePaths;
use self::{lock::Lock, paths::FORMAT};
use crate::store::{FileLayer, OsFiles, files::atomic};

/// The format that this program reads and writes.
pub const FORMAT_VERSION: u32 = 1;
/// Bytes of a small file: keystore and the like.
pub const MAX_SMALL_FILE_BYTES: usize = 4 * 1024 * 1024;

/// Looks whether a home is free: a minute of them.
const LOOKS: u32 = 3_000;

/// Begins the format file; the version follows.
const FORMAT_PREFIX: &str = "ceiba home ";

/// Why a home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// There is a home already.
    #[error("{} is a ceiba home already", .0.display())]
    Exists(PathBuf),
    /// The format file does not read.
    #[error("the file {} is damaged or missing; restore it: it holds the line \"ceiba home 1\"", .0.display())]
    Format(PathBuf),
    /// The system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another process uses the home.
    #[error("another ceiba is running on this home ({})", .0.display())]
    Locked(PathBuf),
    /// The home is of a version that this program does not know.
    #[error("this home has format {found}, this ceiba knows {FORMAT_VERSION}: use a newer ceiba")]
    Newer {
        /// The home's format.
        found: u32,
    },
    /// No home is there.
    #[error("no ceiba home at {}; `ceiba init` makes one", .0.display())]
    None(PathBuf),
    /// The folder has other things in it.
    #[error("{} is not empty and no ceiba home; choose another folder", .0.display())]
    NotEmpty(PathBuf),
}

/// A home that this process alone uses, as long as this lives.
#[derive(Debug)]
pub struct Home {
    paths: HomePaths,
    files: Arc<dyn FileLayer>,
    lock: Lock,
}

impl Home {
    /// Makes a new home, in a folder that does not exist or is empty, and locks it.
    ///
    /// # Errors
    /// [`HomeError::Exists`], [`HomeError::NotEmpty`], [`HomeError::Locked`], [`HomeError::Io`].
    pub fn create(root: &Path) -> Result<Self, HomeError> {
        let paths = HomePaths::new(root);
        refuse_foreign(&paths)?;
        create_dir(root)?;
        let home = Self::lock(paths)?;
        if home.read_format()?.is_some() {
            return Err(HomeError::Exists(root.to_path_buf()));
        }
        create_dir(&home.paths.journal())?;
        // Last: what a crash leaves without a format file counts as no home and can be made again.
        home.write_format()?;
        Ok(home)
    }

    /// Locks and opens a home.
    ///
    /// # Errors
    /// [`HomeError::None`], [`HomeError::Locked`], [`HomeError::Newer`], [`HomeError::Format`],
    /// [`HomeError::Io`].
    pub fn open(root: &Path) -> Result<Self, HomeError> {
        let paths = HomePaths::new(root);
        if !paths.exists() && paths.keystore().exists() {
            return Err(HomeError::Format(paths.format()));
        }
        if !paths.exists() {
            return Err(HomeError::None(root.to_path_buf()));
        }
        let home = Self::lock(paths)?;
        match home.read_format()? {
            None => return Err(HomeError::None(root.to_path_buf())),
            // The first format has nothing to migrate from; the next one migrates here.
            Some(FORMAT_VERSION) => {}
            Some(found) if found > FORMAT_VERSION => return Err(HomeError::Newer { found }),
            Some(_) => return Err(HomeError::Format(home.paths.format())),
        }
        restrict(root)?;
        create_dir(&home.paths.journal())?;
        Ok(home)
    }

    /// Where things are.
    #[must_use]
    pub const fn paths(&self) -> &HomePaths {
        &self.paths
    }

    /// The file system that the home is on.
    #[must_use]
    pub const fn files(&self) -> &Arc<dyn FileLayer> {
        &self.files
    }

    /// The sealed keystore's bytes, if there is one.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn read_keystore(&self) -> Result<Option<Vec<u8>>, HomeError> {
        let path = self.paths.keystore();
        atomic::read(&*self.files, &path, MAX_SMALL_FILE_BYTES).map_err(io_error("read", &path))
    }

    /// Replaces the keystore, as a whole or not at all.
    ///
    /// # Errors
    /// [`HomeError::Io`]; the old or the new keystore is there then.
    pub fn write_keystore(&self, sealed: &[u8]) -> Result<(), HomeError> {
        let path = self.paths.keystore();
        atomic::write(&*self.files, &path, sealed).map_err(io_error("write", &path))
    }

    /// The anchor's bytes, if there is one.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn read_anchor(&self) -> Result<Option<Vec<u8>>, HomeError> {
        let path = self.paths.anchor();
        atomic::read(&*self.files, &path, MAX_SMALL_FILE_BYTES).map_err(io_error("read", &path))
    }

    /// Replaces the anchor, as a whole or not at all.
    ///
    /// # Errors
    /// [`HomeError::Io`]; the old or the new one is there then.
    pub fn write_anchor(&self, sealed: &[u8]) -> Result<(), HomeError> {
        let path = self.paths.anchor();
        atomic::write(&*self.files, &path, sealed).map_err(io_error("write", &path))
    }

    /// Waits until no process uses a home, a minute at the most: whether that came.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn comes_free(root: &Path) -> Result<bool, HomeError> {
        lock::comes_free(&HomePaths::new(root), LOOKS)
    }

    fn lock(paths: HomePaths) -> Result<Self, HomeError> {
        let lock = Lock::take(&paths)?;
        Ok(Self { paths, files: Arc::new(OsFiles), lock })
    }

    fn read_format(&self) -> Result<Option<u32>, HomeError> {
        let path = self.paths.format();
        let bytes = match atomic::read(&*self.files, &path, FORMAT.len().saturating_add(64)) {
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                return Err(HomeError::Format(path));
            }
            read => read.map_err(io_error("read", &path))?,
        };
        let Some(bytes) = bytes else { return Ok(None) };
        let version = std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.trim_end().strip_prefix(FORMAT_PREFIX))
            .and_then(|digits| digits.parse().ok());
        version.map(Some).ok_or(HomeError::Format(path))
    }

    fn write_format(&self) -> Result<(), HomeError> {
        let path = self.paths.format();
        let text = format!("{FORMAT_PREFIX}{FORMAT_VERSION}\n");
        atomic::write(&*self.files, &path, text.as_bytes()).map_err(io_error("write", &path))
    }
}

/// Refuses a folder that has things in it which no interrupted [`Home::create`] leaves.
fn refuse_foreign(paths: &HomePaths) -> Result<(), HomeError> {
    let root = paths.root();
    if paths.exists() {
        return Err(HomeError::Exists(root.to_path_buf()));
    }
    match OsFiles.list(root) {
        Ok(names) if names.iter().all(|name| paths::is_of_creation(name)) => Ok(()),
        Ok(_) => Err(HomeError::NotEmpty(root.to_path_buf())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(io_error("read", root)(source)),
    }
}

/// Creates a folder that only its owner can look into, if it is not there, and makes its name
/// durable.
fn create_dir(path: &Path) -> Result<(), HomeError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(io_error("create", path))?;
    restrict(path)?;
    let parent = path.parent().unwrap_or_else(|| Path::new(""));
    OsFiles.sync_dir(parent).map_err(io_error("sync", parent))
}

/// Takes from all others what rights they have on a folder.
#[cfg(unix)]
fn restrict(path: &Path) -> Result<(), HomeError> {
    use std::os::unix::fs::PermissionsExt;

    let found = fs::metadata(path).map_err(io_error("read", path))?.permissions();
    if found.mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(io_error("protect", path))
}

// Elsewhere a folder in the user's profile is the user's by inheritance.
#[cfg(not(unix))]
fn restrict(_path: &Path) -> Result<(), HomeError> {
    Ok(())
}

/// Makes an error of the system one of the home.
fn io_error<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> HomeError + 'a {
    move |source| HomeError::Io { action, path: path.to_path_buf(), source }
}
