//! Where blobs lie: a folder of the home, with ciphertext in it and nothing else that is readable.
//!
//! ```text
//! HOME/blobs/        0700
//!   ID.manifest      the list of its segments
//!   ID.blob          the ciphertext, whole
//!   ID.part          the ciphertext as far as it has come; holes where nothing has
//!   ID.have          which segments of it were verified and are durable
//!   ID.circles       sealed: in which circles it was asked for; without ID.blob, it is wanted
//!   new-….tmp        being sealed; removed when the home is opened
//! ```
//!
//! Each file is written under another name first, or is of no use before a later one says so: after
//! a crash at any moment a blob is whole, or goes on from what was durable, or is not there.

mod space;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use crate::{
    blob::{
        Bitmap, BlobRef, Manifest, OpenError, SealedFile,
        manifest::{MAX_MANIFEST_BYTES, MAX_SEGMENTS, sealed_length},
        seal,
    },
    model::{
        id::{BlobId, CircleId},
        limits::MAX_CIRCLES,
    },
    store::{
        FileLayer, Sealer,
        files::{atomic, read_up_to},
    },
};

/// Bytes of all blobs that a home keeps, unless its owner says otherwise.
pub const DEFAULT_QUOTA: u64 = 50 * 1024 * 1024 * 1024;
/// Bytes that blobs leave free on the disk: the journal must be able to go on.
pub const RESERVE: u64 = 512 * 1024 * 1024;
/// Bytes of the file that says in which circles a blob was asked for.
const MAX_CIRCLES_BYTES: usize = MAX_CIRCLES * CircleId::LEN + 256;

/// Why a blob cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The home's quota for blobs is used up.
    #[error("evidence files may take {quota} bytes in this home, and {used} are in use")]
    Quota {
        /// Bytes that they may take.
        quota: u64,
        /// Bytes in use.
        used: u64,
    },
    /// The disk is too full.
    #[error("the disk has {free} bytes free, and {RESERVE} of them are left to the records")]
    Space {
        /// Bytes that are free.
        free: u64,
    },
    /// The file is too large.
    #[error("the file is larger than 2 GiB")]
    TooLarge,
    /// The system refused.
    #[error("the evidence files cannot be read or written")]
    Io(#[from] io::Error),
}

/// A blob that is here, whole or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The list of its segments.
    pub manifest: Manifest,
    /// Which of them are here.
    pub segments: Bitmap,
}

/// The blobs of one home. Several threads may use it at once.
#[derive(Clone)]
pub struct Shelf {
    root: PathBuf,
    files: Arc<dyn FileLayer>,
    sealer: Arc<dyn Sealer>,
    quota: u64,
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Shelf {
    /// Opens the folder, makes it if it is not there, and clears what a crash left of sealing.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open(
        root: &Path,
        files: Arc<dyn FileLayer>,
        sealer: Arc<dyn Sealer>,
        quota: u64,
    ) -> Result<Self, ShelfError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(root)?;
        let shelf = Self { root: root.to_path_buf(), files, sealer, quota };
        for name in shelf.files.list(&shelf.root)? {
            if name.ends_with(".tmp") || name.ends_with(".new") {
                shelf.files.remove(&shelf.root.join(name))?;
            }
        }
        Ok(shelf)
    }

    /// Seals a file of about this many bytes and keeps it; durable when this returns. `told` is
    /// called with the bytes of ciphertext so far. `number` makes the name of the file that is being written: random.
    ///
    /// # Errors
    /// When there is no room, the file is too large, or reading or writing fails.
    pub fn put(
        &self,
        number: u64,
        secret: Zeroizing<[u8; 32]>,
        file: impl io::Read,
        expected: u64,
        mut told: impl FnMut(u64),
    ) -> Result<SealedFile, ShelfError> {
        let length = sealed_length(expected).ok_or(ShelfError::TooLarge)?;
        self.check_room(length)?;
        let temporary = self.root.join(format!("new-{number:016x}.tmp"));
        let written = self.files.create(&temporary)?;
        let mut offset = 0_u64;
        let sealed = seal(secret, file, |segment| {
            written.write_at(offset, segment)?;
            offset = offset.saturating_add(segment.len() as u64);
            told(offset);
            Ok(())
        });
        let sealed = sealed.and_then(|sealed| written.sync_data().map(|()| sealed));
        drop(written);
        let sealed = match sealed {
            Ok(sealed) => sealed,
            Err(error) => {
                // What cannot be removed now is when the home is opened next.
                let _removed = self.files.remove(&temporary);
                return Err(if error.kind() == io::ErrorKind::FileTooLarge {
                    ShelfError::TooLarge
                } else {
                    error.into()
                });
            }
        };
        let id = sealed.manifest.id();
        atomic::write(&*self.files, &self.path(&id, "manifest"), sealed.manifest.as_bytes())?;
        self.files.rename(&temporary, &self.path(&id, "blob"))?;
        self.files.sync_dir(&self.root)?;
        Ok(sealed)
    }

    /// What is here of a blob; none if not even the list of its segments is.
    ///
    /// # Errors
    /// When the disk fails. Of what is damaged, nothing is here.
    pub fn held(&self, id: &BlobId) -> Result<Option<Held>, ShelfError> {
        let read = |ending, max| atomic::read(&*self.files, &self.path(id, ending), max);
        let Some(bytes) = read("manifest", MAX_MANIFEST_BYTES)? else { return Ok(None) };
        let manifest = Manifest::decode(bytes).ok().filter(|manifest| manifest.id() == *id);
        let Some(manifest) = manifest else { return Ok(None) };
        let count = manifest.segments();
        if self.length_of(&self.path(id, "blob"))? == Some(manifest.length()) {
            return Ok(Some(Held { manifest, segments: Bitmap::all(count) }));
        }
        let here = self.length_of(&self.path(id, "part"))? == Some(manifest.length());
        let segments = read("have", MAX_SEGMENTS)?.filter(|_| here);
        let segments = segments.and_then(|bytes| Bitmap::from_bytes(&bytes, count));
        Ok(Some(Held { manifest, segments: segments.unwrap_or_else(|| Bitmap::none(count)) }))
    }

    /// Whether a blob is here as a whole.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn is_whole(&self, id: &BlobId) -> Result<bool, ShelfError> {
        Ok(self.length_of(&self.path(id, "blob"))?.is_some())
    }

    /// Reads a segment, and verifies it.
    ///
    /// # Errors
    /// When it is not here or damaged ([`io::ErrorKind::InvalidData`]), or the disk fails.
    pub fn read(&self, manifest: &Manifest, segment: usize) -> io::Result<Vec<u8>> {
        let (begin, length) = manifest.place(segment).ok_or(io::ErrorKind::InvalidInput)?;
        let id = manifest.id();
        let file = match self.files.open(&self.path(&id, "blob")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.files.open(&self.path(&id, "part"))?
            }
            opened => opened?,
        };
        let bytes = read_up_to(&*file, begin, length)?;
        if manifest.verifies(segment, &bytes) {
            Ok(bytes)
        } else {
            Err(io::ErrorKind::InvalidData.into())
        }
    }

    /// Opens a blob and writes the file. `told` is called with the segments done.
    ///
    /// # Errors
    /// When it is not whole or damaged, or reading or writing fails.
    pub fn get(
        &self,
        reference: &BlobRef,
        file: &mut impl io::Write,
        mut told: impl FnMut(u64, u64),
    ) -> Result<(), OpenError> {
        let held = self.held(&reference.id).map_err(io::Error::other)?;
        let held = held.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let count = held.manifest.segments() as u64;
        let read = |segment: usize| {
            told(segment as u64, count);
            match self.read(&held.manifest, segment) {
                // Told as damage of that segment.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Vec::new()),
                read => read,
            }
        };
        seal::open(reference, &held.manifest, read, file)
    }

    /// Takes note that a blob of so much content is wanted, and in which circle.
    ///
    /// # Errors
    /// When there is no room for it, or the disk fails.
    pub fn want(&self, id: &BlobId, circle: &CircleId, size: u64) -> Result<(), ShelfError> {
        if self.length_of(&self.path(id, "blob"))?.is_none()
            && self.length_of(&self.path(id, "part"))?.is_none()
        {
            self.check_room(sealed_length(size).ok_or(ShelfError::TooLarge)?)?;
        }
        let mut circles = self.circles(id)?;
        if circles.len() >= MAX_CIRCLES || !circles.insert(*circle) {
            return Ok(());
        }
        let bytes: Vec<u8> = circles.iter().flat_map(|circle| *circle.as_bytes()).collect();
        let sealed = self.sealer.seal(id.as_bytes(), &bytes).map_err(io::Error::other)?;
        Ok(atomic::write(&*self.files, &self.path(id, "circles"), &sealed)?)
    }

    /// In which circles a blob was asked for, and so may be served to others. What is damaged
    /// names none.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn circles(&self, id: &BlobId) -> Result<BTreeSet<CircleId>, ShelfError> {
        let sealed = atomic::read(&*self.files, &self.path(id, "circles"), MAX_CIRCLES_BYTES)?;
        let opened = sealed.and_then(|sealed| self.sealer.open(id.as_bytes(), &sealed).ok());
        let opened = opened.unwrap_or_default();
        let (circles, _rest) = opened.as_chunks::<{ CircleId::LEN }>();
        Ok(circles.iter().map(|circle| CircleId::new(*circle)).collect())
    }

    /// Makes room for the segments of a blob whose list has come.
    ///
    /// # Errors
    /// When there is no room for it, or the disk fails.
    pub fn begin(&self, manifest: &Manifest) -> Result<(), ShelfError> {
        let id = manifest.id();
        let part = self.path(&id, "part");
        if self.length_of(&part)? == Some(manifest.length()) {
            return Ok(());
        }
        self.check_room(manifest.length())?;
        atomic::write(&*self.files, &self.path(&id, "manifest"), manifest.as_bytes())?;
        let file = match self.files.create(&part) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.files.open(&part)?,
            created => created?,
        };
        file.set_len(manifest.length())?;
        Ok(self.files.sync_dir(&self.root)?)
    }

    /// Writes a verified segment; durable, and held, after [`Self::keep`].
    ///
    /// # Errors
    /// When the disk fails.
    pub fn write(&self, manifest: &Manifest, segment: usize, bytes: &[u8]) -> io::Result<()> {
        let (begin, length) = manifest.place(segment).ok_or(io::ErrorKind::InvalidInput)?;
        if bytes.len() != length {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.files.open(&self.path(&manifest.id(), "part"))?.write_at(begin, bytes)
    }

    /// Makes the segments durable that were written; gives the blob its name if it is whole.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn keep(&self, manifest: &Manifest, segments: &Bitmap) -> io::Result<()> {
        let id = manifest.id();
        let part = self.path(&id, "part");
        // What was written through another handle of the file is made durable too.
        self.files.open(&part)?.sync_data()?;
        let have = self.path(&id, "have");
        if !segments.is_full() {
            return atomic::write(&*self.files, &have, segments.as_bytes());
        }
        self.files.rename(&part, &self.path(&id, "blob"))?;
        self.files.sync_dir(&self.root)?;
        match self.files.remove(&have) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Removes what is here of a blob.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove(&self, id: &BlobId) -> Result<(), ShelfError> {
        for ending in ["blob", "part", "have", "circles", "manifest"] {
            match self.files.remove(&self.path(id, ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(self.files.sync_dir(&self.root)?)
    }

    /// The blobs that are wanted and not here as a whole.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn wanted(&self) -> Result<BTreeMap<BlobId, BTreeSet<CircleId>>, ShelfError> {
        let names = self.files.list(&self.root)?;
        let mut wanted = BTreeMap::new();
        for id in names.iter().filter_map(|name| name.strip_suffix(".circles")?.parse().ok()) {
            if !self.is_whole(&id)? {
                wanted.insert(id, self.circles(&id)?);
            }
        }
        Ok(wanted)
    }

    /// Bytes of ciphertext that are in use, as far as files say: holes count.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn used(&self) -> io::Result<u64> {
        let mut used = 0_u64;
        for name in self.files.list(&self.root)? {
            if [".blob", ".part", ".tmp"].iter().any(|ending| name.ends_with(ending)) {
                let length = self.length_of(&self.root.join(name))?;
                used = used.saturating_add(length.unwrap_or_default());
            }
        }
        Ok(used)
    }

    fn check_room(&self, length: u64) -> Result<(), ShelfError> {
        let used = self.used()?;
        if used.saturating_add(length) > self.quota {
            return Err(ShelfError::Quota { quota: self.quota, used });
        }
        match space::free(&self.root) {
            Some(free) if free < length.saturating_add(RESERVE) => Err(ShelfError::Space { free }),
            Some(_) | None => Ok(()),
        }
    }

    fn path(&self, id: &BlobId, ending: &str) -> PathBuf {
        self.root.join(format!("{id}.{ending}"))
    }

    fn length_of(&self, path: &Path) -> io::Result<Option<u64>> {
        match self.files.open(path) {
            Ok(file) => file.len().map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
