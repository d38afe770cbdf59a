//! Where blobs lie: a folder of the home, with ciphertext in it and nothing else that is readable.
//!
//! ```text
//! HOME/blobs/        0700
//!   ID.manifest      the list of its segments
//!   ID.blob          the ciphertext, whole
//!   ID.part          the ciphertext as far as it has come; holes where nothing has
//!   ID.have          which segments of it were verified and are durable
//!   ID.circles       sealed: in which circles a person asked for it; it is wanted
//!   ID.served        sealed: the circles in which every part of it came, and may be passed on
//!   ID.unasked       empty: this node fetches it by itself
//!   new-….tmp        being sealed; removed when the home is opened
//! ```
//!
//! Each file is written under another name first, or is of no use before a later one says so: after
//! a crash at any moment a blob is whole, or goes on from what was durable, or is not there.

mod mending;
mod room;
#[cfg(test)]
mod tests;
mod unfinished;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use self::room::Room;
pub use self::{room::Why, unfinished::Unfinished};
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
        space,
    },
};

/// Bytes of all blobs that a home keeps, unless its owner says otherwise.
pub const DEFAULT_QUOTA: u64 = 50 * 1024 * 1024 * 1024;
/// Bytes of all that a home fetches by itself, beside that.
pub const UNASKED_QUOTA: u64 = 2 * 1024 * 1024 * 1024;
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
    room: Arc<Room>,
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
        let room = Arc::new(Room::default());
        let shelf = Self { root: root.to_path_buf(), files, sealer, quota, room };
        let names = shelf.files.list(&shelf.root)?;
        for name in &names {
            if name.ends_with(".tmp") || name.ends_with(".new") {
                shelf.files.remove(&shelf.root.join(name))?;
            }
        }
        for (name, ending) in names.iter().filter_map(|name| name.rsplit_once('.')) {
            if matches!(ending, "blob" | "part")
                && let Ok(id) = name.parse()
                && let Some(length) = shelf.length_of(&shelf.path(&id, ending))?
            {
                let unasked = shelf.length_of(&shelf.path(&id, "unasked"))?.is_some();
                let why = if unasked { Why::Unasked } else { Why::Asked };
                shelf.room.set(id, Some((length, why)));
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
        self.check_room(length, Why::Asked)?;
        self.room.sealing(length, 0);
        let sealed = self.put_within(number, secret, file, &mut told);
        self.room.sealing(0, length);
        let sealed = sealed?;
        let (id, length) = (sealed.manifest.id(), sealed.manifest.length());
        self.room.set(id, Some((length, Why::Asked)));
        Ok(sealed)
    }

    fn put_within(
        &self,
        number: u64,
        secret: Zeroizing<[u8; 32]>,
        file: impl io::Read,
        told: &mut impl FnMut(u64),
    ) -> Result<SealedFile, ShelfError> {
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
        Ok(self.held(id)?.is_some_and(|held| held.segments.is_full()))
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

    /// Takes note that a person wants a blob of so much content, and in which circle.
    ///
    /// # Errors
    /// When there is no room for it, or the disk fails.
    pub fn want(&self, id: &BlobId, circle: &CircleId, size: u64) -> Result<(), ShelfError> {
        if self.room.why(id) != Some(Why::Asked) {
            self.check_room(sealed_length(size).ok_or(ShelfError::TooLarge)?, Why::Asked)?;
            self.remove_files(id, &["unasked"])?;
            self.room.asked(id);
        }
        let mut circles = self.circles(id, "circles")?;
        if circles.len() >= MAX_CIRCLES || !circles.insert(*circle) {
            return Ok(());
        }
        self.note_circles(id, "circles", &circles)
    }

    /// Whether there is room for a blob of so much content that nobody asked for.
    ///
    /// # Errors
    /// When there is not.
    pub fn check_unasked(&self, size: u64) -> Result<(), ShelfError> {
        self.check_room(sealed_length(size).ok_or(ShelfError::TooLarge)?, Why::Unasked)
    }

    /// The circles in which every part of a blob came, so that it may be passed on there. What is
    /// damaged names none.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn served(&self, id: &BlobId) -> Result<BTreeSet<CircleId>, ShelfError> {
        self.circles(id, "served")
    }

    /// Takes note of the circles in which every part of a blob came.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn note_served(&self, id: &BlobId, circles: &BTreeSet<CircleId>) -> Result<(), ShelfError> {
        self.note_circles(id, "served", circles)
    }

    fn note_circles(
        &self,
        id: &BlobId,
        ending: &str,
        circles: &BTreeSet<CircleId>,
    ) -> Result<(), ShelfError> {
        let circles = circles.iter().take(MAX_CIRCLES);
        let bytes: Vec<u8> = circles.flat_map(|circle| *circle.as_bytes()).collect();
        let sealed = self.sealer.seal(id.as_bytes(), &bytes).map_err(io::Error::other)?;
        Ok(atomic::write(&*self.files, &self.path(id, ending), &sealed)?)
    }

    fn circles(&self, id: &BlobId, ending: &str) -> Result<BTreeSet<CircleId>, ShelfError> {
        let sealed = atomic::read(&*self.files, &self.path(id, ending), MAX_CIRCLES_BYTES)?;
        let opened = sealed.and_then(|sealed| self.sealer.open(id.as_bytes(), &sealed).ok());
        let opened = opened.unwrap_or_default();
        let (circles, _rest) = opened.as_chunks::<{ CircleId::LEN }>();
        Ok(circles.iter().map(|circle| CircleId::new(*circle)).collect())
    }

    /// Makes room for the segments of a blob whose list has come.
    ///
    /// # Errors
    /// When there is no room for it, or the disk fails.
    pub fn begin(&self, manifest: &Manifest, why: Why) -> Result<(), ShelfError> {
        let id = manifest.id();
        let part = self.path(&id, "part");
        if self.length_of(&part)? == Some(manifest.length()) {
            return Ok(());
        }
        self.check_room(manifest.length(), why)?;
        if why == Why::Unasked {
            atomic::write(&*self.files, &self.path(&id, "unasked"), &[])?;
        }
        atomic::write(&*self.files, &self.path(&id, "manifest"), manifest.as_bytes())?;
        let file = match self.files.create(&part) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.files.open(&part)?,
            created => created?,
        };
        file.set_len(manifest.length())?;
        self.room.set(id, Some((manifest.length(), why)));
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
        // It is wanted no longer.
        self.remove_files(&id, &["have", "circles"])
    }

    /// Removes what is here of a blob.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn remove(&self, id: &BlobId) -> Result<(), ShelfError> {
        let all = ["blob", "part", "have", "circles", "served", "unasked", "manifest"];
        self.remove_files(id, &all)?;
        self.room.set(*id, None);
        Ok(self.files.sync_dir(&self.root)?)
    }

    /// Removes the ciphertext of a blob that is kept elsewhere; what belongs to it stays.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn free(&self, id: &BlobId) -> Result<(), ShelfError> {
        self.remove_files(id, &["blob", "part", "have"])?;
        self.room.set(*id, None);
        Ok(self.files.sync_dir(&self.root)?)
    }

    fn remove_files(&self, id: &BlobId, endings: &[&str]) -> io::Result<()> {
        for ending in endings {
            match self.files.remove(&self.path(id, ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// The blobs that a person wants and that are not here as a whole, with the circles.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn wanted(&self) -> Result<BTreeMap<BlobId, BTreeSet<CircleId>>, ShelfError> {
        let names = self.files.list(&self.root)?;
        let mut wanted = BTreeMap::new();
        for id in names.iter().filter_map(|name| name.strip_suffix(".circles")?.parse().ok()) {
            if !self.is_whole(&id)? {
                wanted.insert(id, self.circles(&id, "circles")?);
            }
        }
        Ok(wanted)
    }

    /// For whom a blob is here; none if nothing of it is.
    #[must_use]
    pub fn why(&self, id: &BlobId) -> Option<Why> {
        self.room.why(id)
    }

    /// Bytes of ciphertext that are in use, as far as files say: holes count.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.room.used(Why::Asked).saturating_add(self.room.used(Why::Unasked))
    }

    fn check_room(&self, length: u64, why: Why) -> Result<(), ShelfError> {
        let quota = match why {
            Why::Asked => self.quota,
            Why::Unasked => self.quota.min(UNASKED_QUOTA),
        };
        let used = self.room.used(why);
        if used.saturating_add(length) > quota {
            return Err(ShelfError::Quota { quota, used });
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
