//! The only home of sled: no type of it gets out of this file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    FORMAT, IndexError, MAX_BATCH_OPERATIONS, Tree, batch::Operation, clean, io_error, stamp::Sum,
    watchdog,
};
use crate::{
    crypto::Label,
    store::{Position, Sealer},
};

/// sled's folder in the index's folder.
pub(super) const SLED: &str = "sled";
/// The tree with what the index says of itself.
const META: &str = "meta";
const SELF_CHECK: &[u8] = b"self-check";
const CHECKPOINT: &[u8] = b"checkpoint";
const LEFT: &[u8] = b"left";

/// A key and its value, as they lie on disk.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

/// An open sled, every call of which catches panics.
pub(super) struct Engine {
    /// The index's folder.
    dir: PathBuf,
    trees: BTreeMap<&'static str, sled::Tree>,
    db: sled::Db,
    condemned: AtomicBool,
    /// Names of sled's blob files that are durable.
    synced_blobs: Mutex<BTreeSet<std::ffi::OsString>>,
}

/// What the index says of itself at a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Checkpoint {
    /// Up to where it has everything of the journal.
    pub(super) position: Position,
    /// Its number, counted from 1.
    pub(super) generation: u64,
    /// What all values added up to.
    pub(super) sum: Sum,
}

impl Checkpoint {
    fn to_bytes(self) -> Vec<u8> {
        let generation = self.generation.to_be_bytes();
        [self.position.to_bytes().as_slice(), &generation, &self.sum.to_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (position, rest) = bytes.split_first_chunk::<8>()?;
        let (generation, sum) = rest.split_first_chunk::<8>()?;
        Some(Self {
            position: Position::from_bytes(*position),
            generation: u64::from_be_bytes(*generation),
            sum: Sum::from_bytes(sum.try_into().ok()?),
        })
    }
}

/// A pass through a tree.
pub(super) struct EngineScan(sled::Iter);

impl Engine {
    /// Opens or creates. May panic, fail or never end: to be called under the watchdog.
    pub(super) fn open(dir: &Path, cache_bytes: u64) -> Result<Self, IndexError> {
        await_release(&dir.join(SLED).join("db"))?;
        let db = sled::Config::new()
            .path(dir.join(SLED))
            .cache_capacity(cache_bytes)
            // Flushing is ours alone: a flush by timer reaches no disk and panics on a thread
            // where nobody catches it.
            .flush_every_ms(None)
            .open()
            .map_err(|error| translate(&error, dir))?;
        let names = Tree::ALL.iter().map(|tree| tree.name()).chain([META]);
        let trees = names
            .map(|name| Ok((name, db.open_tree(name).map_err(|error| translate(&error, dir))?)))
            .collect::<Result<_, IndexError>>()?;
        let (condemned, synced_blobs) = (AtomicBool::new(false), Mutex::default());
        Ok(Self { dir: dir.to_path_buf(), trees, db, condemned, synced_blobs })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Leaves by which a later opening knows format and key.
    pub(super) fn write_self_check(&self, sealer: &dyn Sealer) -> Result<(), IndexError> {
        self.put_meta(sealer, SELF_CHECK, &FORMAT.to_be_bytes())
    }

    /// Whether what [`write_self_check`](Self::write_self_check) left is there, in this format.
    pub(super) fn passes_self_check(&self, sealer: &dyn Sealer) -> Result<bool, IndexError> {
        Ok(self.get_meta(sealer, SELF_CHECK)?.is_some_and(|value| value == FORMAT.to_be_bytes()))
    }

    pub(super) fn get(&self, tree: &str, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let tree = self.tree(tree)?;
        Ok(self.guard(|| tree.get(key))?.map(|value| value.to_vec()))
    }

    pub(super) fn apply(&self, tree: &str, operations: Vec<Operation>) -> Result<(), IndexError> {
        let tree = self.tree(tree)?;
        for part in operations.chunks(MAX_BATCH_OPERATIONS) {
            let mut batch = sled::Batch::default();
            for (key, value) in part {
                match value {
                    Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                    None => batch.remove(key.as_slice()),
                }
            }
            self.guard(|| tree.apply_batch(batch))?;
        }
        Ok(())
    }

    pub(super) fn scan(&self, tree: &str, prefix: &[u8]) -> Result<EngineScan, IndexError> {
        let tree = self.tree(tree)?;
        self.guard(|| Ok(EngineScan(tree.scan_prefix(prefix))))
    }

    pub(super) fn checkpoint(&self, sealer: &dyn Sealer) -> Result<Option<Checkpoint>, IndexError> {
        self.get_meta(sealer, CHECKPOINT)?
            .map(|value| {
                Checkpoint::from_bytes(&value)
                    .ok_or_else(|| self.condemn("the checkpoint does not read"))
            })
            .transpose()
    }

    pub(super) fn put_checkpoint(
        &self,
        sealer: &dyn Sealer,
        checkpoint: Checkpoint,
    ) -> Result<(), IndexError> {
        self.put_meta(sealer, CHECKPOINT, &checkpoint.to_bytes())
    }

    /// What all values add up to when the index is closed in order.
    pub(super) fn left_sum(&self, sealer: &dyn Sealer) -> Result<Option<Sum>, IndexError> {
        let left = self.get_meta(sealer, LEFT)?;
        Ok(left.and_then(|bytes| bytes.try_into().ok()).map(Sum::from_bytes))
    }

    pub(super) fn put_left_sum(&self, sealer: &dyn Sealer, sum: Sum) -> Result<(), IndexError> {
        self.put_meta(sealer, LEFT, &sum.to_bytes())
    }

    /// sled's flush hands everything to the system; the fsyncs bring it to the disk.
    pub(super) fn flush_durable(&self) -> Result<(), IndexError> {
        self.guard(|| self.db.flush())?;
        let sled = self.dir.join(SLED);
        self.sync_blobs(&sled.join("blobs"))?;
        for name in ["db", "conf"] {
            sync(&sled.join(name))?;
        }
        for dir in [&sled, &self.dir] {
            sync_dir(dir)?;
        }
        Ok(())
    }

    /// Marks the index for being set aside at the next opening, and gives the error to return.
    pub(super) fn condemn(&self, what: &'static str) -> IndexError {
        if !self.condemned.swap(true, Ordering::SeqCst) {
            clean::condemn(&self.dir);
        }
        IndexError::Damaged(what)
    }

    pub(super) fn is_condemned(&self) -> bool {
        self.condemned.load(Ordering::SeqCst)
    }

    /// Values too large for its log sled keeps in files of their own, which it never syncs.
    fn sync_blobs(&self, dir: &Path) -> Result<(), IndexError> {
        let mut synced = self.synced_blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut there = BTreeSet::new();
        for entry in fs::read_dir(dir).map_err(io_error("read", dir))? {
            let entry = entry.map_err(io_error("read", dir))?;
            // sled may remove one at any time.
            if !synced.contains(&entry.file_name()) && entry.path().exists() {
                sync(&entry.path())?;
            }
            there.insert(entry.file_name());
        }
        if *synced != there {
            sync_dir(dir)?;
        }
        *synced = there;
        Ok(())
    }

    fn get_meta(&self, sealer: &dyn Sealer, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let sealed = self.get(META, key)?;
        sealed
            .map(|sealed| sealer.open(&value_aad(META, key), &sealed))
            .transpose()
            .map_err(|_sealed| self.condemn("a value does not open"))
    }

    fn put_meta(&self, sealer: &dyn Sealer, key: &[u8], value: &[u8]) -> Result<(), IndexError> {
        let sealed = sealer
            .seal(&value_aad(META, key), value)
            .map_err(|_refused| IndexError::Damaged("a value cannot be sealed"))?;
        self.apply(META, vec![(key.to_vec(), Some(sealed))])
    }

    fn tree(&self, name: &str) -> Result<&sled::Tree, IndexError> {
        self.trees.get(name).ok_or(IndexError::Damaged("no such tree"))
    }

    fn guard<T>(&self, work: impl FnOnce() -> sled::Result<T>) -> Result<T, IndexError> {
        if self.is_condemned() {
            return Err(IndexError::Damaged("found before"));
        }
        match watchdog::catch(work) {
            None => Err(self.condemn("sled panicked")),
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => {
                let error = translate(&error, &self.dir);
                if let IndexError::Damaged(what) = error {
                    return Err(self.condemn(what));
                }
                Err(error)
            }
        }
    }
}

impl EngineScan {
    pub(super) fn step(&mut self, engine: &Engine) -> Option<Result<Pair, IndexError>> {
        let pair = engine.guard(|| self.0.next().transpose()).transpose()?;
        Some(pair.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("dir", &self.dir)
            .field("condemned", &self.is_condemned())
            .finish_non_exhaustive()
    }
}

/// What the seal of a value is bound to: its tree and key.
pub(super) fn value_aad(tree: &str, key: &[u8]) -> Vec<u8> {
    [Label::Index.text().as_bytes(), &[0], tree.as_bytes(), &[0], key].concat()
}

/// A file that ends too early is damage; a full disk or a lack of rights is not.
fn translate(error: &sled::Error, dir: &Path) -> IndexError {
    match error {
        sled::Error::Io(error) if is_of_system(error.kind()) => {
            let source = io::Error::new(error.kind(), error.to_string());
            IndexError::Io { action: "use", path: dir.join(SLED), source }
        }
        sled::Error::Io(_) => IndexError::Damaged("a file does not read"),
        sled::Error::Corruption { .. } => IndexError::Damaged("sled found corruption"),
        sled::Error::CollectionNotFound(_) => IndexError::Damaged("a tree is missing"),
        sled::Error::Unsupported(_) => IndexError::Damaged("sled refuses the file"),
        sled::Error::ReportableBug(_) => IndexError::Damaged("sled found a bug of its own"),
    }
}

const fn is_of_system(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::OutOfMemory
            | io::ErrorKind::Interrupted
    )
}

/// Waits until nobody holds sled's file. A thread of sled can hold it for some moments after its
/// last user went, and a file that is merely held is not to be taken for a damaged one.
fn await_release(path: &Path) -> Result<(), IndexError> {
    match File::open(path).and_then(|file| file.lock()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("lock", path)(error)),
        _ => Ok(()),
    }
}

fn sync(path: &Path) -> Result<(), IndexError> {
    let file = File::options().read(true).write(true).open(path);
    file.and_then(|file| file.sync_all()).map_err(io_error("sync", path))
}

#[cfg(unix)]
fn sync_dir(path: &Path) -> Result<(), IndexError> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(io_error("sync", path))
}

#[cfg(not(unix))]
fn sync_dir(_path: &Path) -> Result<(), IndexError> {
    Ok(())
}
