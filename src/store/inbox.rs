//! What comes in through the front door, sealed on its way to the disk: small values by name, and
//! streams of any length in constant memory.
//!
//! ```text
//! HOME/openrosa/
//!   HASH.KIND      a small value, sealed as a whole, replaced at once or not at all
//!   HASH.KIND      a stream: its id, then chunks, each sealed for its place
//!   ID.tmp         a stream that is still coming; removed at the next opening
//! ```
//!
//! Names are keyed hashes: how many things there are and how large they are is all that the folder
//! tells. Nothing is ever written in the clear.

mod stream;
#[cfg(test)]
mod tests;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub use self::stream::{Draft, Finished, Stream};
use crate::store::{FileLayer, Sealer, files::atomic};

/// Bytes of a small value.
pub const MAX_VALUE_BYTES: usize = 2 * 1024 * 1024;
/// Bytes that it leaves free on the disk: the journal must be able to go on.
pub const RESERVE: u64 = 512 * 1024 * 1024;
/// Random bytes by which a stream is named while it comes, and sealed for ever.
pub const STREAM_ID_BYTES: usize = 16;

const TEMPORARY: &str = ".tmp";

/// The folder. Cheap to clone: all clones are of one folder.
#[derive(Clone)]
pub struct Inbox {
    dir: PathBuf,
    files: Arc<dyn FileLayer>,
    sealer: Arc<dyn Sealer>,
    used: Arc<AtomicU64>,
    limit: Limit,
}

/// What the folder may take.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Bytes of all that is in it.
    pub bytes: u64,
    /// Bytes that stay free on the disk.
    pub reserve: u64,
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("used", &self.used).finish_non_exhaustive()
    }
}

impl Inbox {
    /// Opens the folder, which need not be there; it takes what `limit` says. What was
    /// not finished when the program ended is removed.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn open(
        dir: &Path,
        files: Arc<dyn FileLayer>,
        sealer: Arc<dyn Sealer>,
        limit: Limit,
    ) -> io::Result<Self> {
        let names = match files.list(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            names => names?,
        };
        let mut used = 0_u64;
        for name in names {
            let path = dir.join(&name);
            if name.ends_with(TEMPORARY) || name.ends_with(".new") {
                files.remove(&path)?;
            } else {
                used = used.saturating_add(files.open(&path)?.len()?);
            }
        }
        Ok(Self { dir: dir.to_path_buf(), files, sealer, used: Arc::new(used.into()), limit })
    }

    /// Keeps a small value in the place of the one with this name. Durable when it returns.
    ///
    /// # Errors
    /// When the disk fails or all room is taken ([`io::ErrorKind::StorageFull`]); the old or the new
    /// value is there then.
    pub fn put(&self, kind: &str, name: &[u8], value: &[u8]) -> io::Result<()> {
        self.put_if(kind, name, value, |inbox, bytes| inbox.take_room(bytes))
    }

    /// As [`Self::put`], and also when all room is taken: for the few bytes by which things are
    /// removed or held, without which there would never be room again.
    ///
    /// # Errors
    /// When the disk fails; the old or the new value is there then.
    pub fn note(&self, kind: &str, name: &[u8], value: &[u8]) -> io::Result<()> {
        self.put_if(kind, name, value, |inbox, bytes| {
            inbox.used.fetch_add(bytes, Ordering::Relaxed);
            Ok(())
        })
    }

    fn put_if(
        &self,
        kind: &str,
        name: &[u8],
        value: &[u8],
        take_room: impl FnOnce(&Self, u64) -> io::Result<()>,
    ) -> io::Result<()> {
        if value.len() > MAX_VALUE_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let file = self.file(kind, name);
        let sealed = self.sealer.seal(file.as_bytes(), value).map_err(io::Error::other)?;
        self.ensure_dir()?;
        let path = self.dir.join(&file);
        let before = self.length(&path)?;
        take_room(self, sealed.len() as u64)?;
        let written = atomic::write(&*self.files, &path, &sealed);
        self.give_room(if written.is_ok() { before } else { sealed.len() as u64 });
        written
    }

    /// The same folder as on a disk that is full.
    #[cfg(test)]
    pub(crate) fn full(mut self) -> Self {
        self.limit.reserve = u64::MAX;
        self
    }

    /// A small value.
    ///
    /// # Errors
    /// When the disk fails, or the file is not what was sealed ([`io::ErrorKind::InvalidData`]).
    pub fn get(&self, kind: &str, name: &[u8]) -> io::Result<Option<Vec<u8>>> {
        self.read(&self.file(kind, name))
    }

    /// Removes what has this name; nothing if it is not there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove(&self, kind: &str, name: &[u8]) -> io::Result<()> {
        let path = self.dir.join(self.file(kind, name));
        let length = self.length(&path)?;
        match self.files.remove(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed?,
        }
        self.give_room(length);
        self.files.sync_dir(&self.dir)
    }

    /// Begins a stream under an id that is drawn at random.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn draft(&self, id: [u8; STREAM_ID_BYTES]) -> io::Result<Draft> {
        self.ensure_dir()?;
        let name = data_encoding::HEXLOWER.encode(&id) + TEMPORARY;
        Draft::begin(self.clone(), self.dir.join(name), id)
    }

    /// Gives a finished stream its name. Durable when it returns.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn keep(&self, finished: Finished, kind: &str, name: &[u8]) -> io::Result<()> {
        let path = self.dir.join(self.file(kind, name));
        let before = self.length(&path)?;
        finished.rename(&path)?;
        self.give_room(before);
        self.files.sync_dir(&self.dir)
    }

    /// A stream that is kept.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn stream(&self, kind: &str, name: &[u8]) -> io::Result<Option<Stream>> {
        let path = self.dir.join(self.file(kind, name));
        match self.files.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            file => Stream::open(file?, Arc::clone(&self.sealer)).map(Some),
        }
    }

    /// Bytes that are kept.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    fn read(&self, file: &str) -> io::Result<Option<Vec<u8>>> {
        let most = MAX_VALUE_BYTES.saturating_add(super::sealer::MAX_OVERHEAD);
        let Some(sealed) = atomic::read(&*self.files, &self.dir.join(file), most)? else {
            return Ok(None);
        };
        let opened = self.sealer.open(file.as_bytes(), &sealed);
        opened.map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    fn file(&self, kind: &str, name: &[u8]) -> String {
        let hash = self.sealer.keyed_hash(&[kind.as_bytes(), &[0], name].concat());
        format!("{}.{kind}", data_encoding::HEXLOWER.encode(&hash))
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        match self.files.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            file => file?.len(),
        }
    }

    fn take_room(&self, bytes: u64) -> io::Result<()> {
        let taken = self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let free = super::space::free(&self.dir);
        let scarce = free.is_some_and(|free| free < self.limit.reserve.saturating_add(bytes));
        if taken > self.limit.bytes || scarce {
            self.give_room(bytes);
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn give_room(&self, bytes: u64) {
        let less = |used: u64| Some(used.saturating_sub(bytes));
        // Always taken: the closure never refuses.
        let _before = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Makes the folder if it is not there: a home whose door was never open has none.
    fn ensure_dir(&self) -> io::Result<()> {
        if self.dir.is_dir() {
            return Ok(());
        }
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.dir)?;
        self.files.sync_dir(self.dir.parent().unwrap_or_else(|| Path::new("")))
    }
}
