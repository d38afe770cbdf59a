//! A file system in memory that loses power.
//!
//! It knows for each file what is durable and which writes came after; [`FaultyFiles::restart`]
//! gives the disk as it may look after the power failed: each 512-byte sector of each unsynced
//! write, each change of length and each unsynced change of a name there or not.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::{FileLayer, LayerFile};

const SECTOR: usize = 512;

/// A file system in memory that stops after a number of operations.
#[derive(Debug, Clone)]
pub(crate) struct FaultyFiles(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    inodes: Vec<Inode>,
    /// Names as the running system sees them.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    /// Changes of names since the directory was synced, in order.
    renames: Vec<NameChange>,
    operations: usize,
    /// The number of the operation in which the power fails.
    fails_at: Option<usize>,
}

#[derive(Debug, Clone)]
enum NameChange {
    Set(PathBuf, usize),
    Move(PathBuf, PathBuf, usize),
    Remove(PathBuf),
}

#[derive(Debug, Default)]
struct Inode {
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// Since the last sync, in order.
    unsynced: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyFiles,
    inode: usize,
}

impl FaultyFiles {
    /// A disk that works.
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// From now on, the power fails in the `count`-th operation that changes something.
    pub(crate) fn fail_after(&self, count: usize) {
        let mut disk = self.disk();
        disk.fails_at = Some(disk.operations + count);
    }

    /// The disk after a power failure, as chance has it.
    pub(crate) fn restart(&self, seed: u64) -> Self {
        let rng = &mut ChaCha20Rng::seed_from_u64(seed);
        let disk = self.disk();
        let inodes = disk.inodes.iter().map(|inode| Inode::of(survivor(inode, rng))).collect();
        let mut names = disk.durable_names.clone();
        // A journaling file system keeps changes of names in order.
        let kept = rng.random_range(0..=disk.renames.len());
        disk.renames[..kept].iter().cloned().for_each(|change| apply(&mut names, change));
        Self(Arc::new(Mutex::new(Disk {
            inodes,
            names: names.clone(),
            durable_names: names,
            ..Disk::default()
        })))
    }

    /// The bytes of a file, to damage them.
    pub(crate) fn edit(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut disk = self.disk();
        let inode = disk.names[path];
        let inode = &mut disk.inodes[inode];
        change(&mut inode.seen);
        *inode = Inode::of(std::mem::take(&mut inode.seen));
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    /// Counts an operation; fails if the power fails in it or is off.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        match self.fails_at {
            Some(at) if self.operations >= at => Err(io::Error::other("the power is off")),
            _ => Ok(()),
        }
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn rename(&mut self, change: NameChange) {
        apply(&mut self.names, change.clone());
        self.renames.push(change);
    }
}

impl Inode {
    fn of(bytes: Vec<u8>) -> Self {
        Self { seen: bytes.clone(), durable: bytes, unsynced: Vec::new() }
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.unsynced.push(change);
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Length(len) => bytes.resize(*len, 0),
            Self::Write(offset, data) => {
                bytes.resize(bytes.len().max(offset + data.len()), 0);
                bytes[*offset..offset + data.len()].copy_from_slice(data);
            }
        }
    }
}

fn apply(names: &mut BTreeMap<PathBuf, usize>, change: NameChange) {
    match change {
        NameChange::Set(path, inode) => {
            names.insert(path, inode);
        }
        NameChange::Move(from, to, inode) => {
            names.remove(&from);
            names.insert(to, inode);
        }
        NameChange::Remove(path) => {
            names.remove(&path);
        }
    }
}

/// What the power failure leaves of a file.
fn survivor(inode: &Inode, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let mut bytes = inode.durable.clone();
    // Often everything or nothing made it; else each sector for itself.
    let likelihood = [0.0, 0.5, 0.9, 1.0][rng.random_range(0..4)];
    for change in &inode.unsynced {
        match change {
            Change::Length(_) if rng.random_bool(likelihood) => change.apply(&mut bytes),
            Change::Length(_) => {}
            Change::Write(offset, data) => {
                let mut done = 0;
                while done < data.len() {
                    let end = (done + SECTOR - (offset + done) % SECTOR).min(data.len());
                    if rng.random_bool(likelihood) {
                        Change::Write(offset + done, data[done..end].to_vec()).apply(&mut bytes);
                    }
                    done = end;
                }
            }
        }
    }
    bytes
}

impl FileLayer for FaultyFiles {
    fn create(&self, path: &Path) -> io::Result<Box<dyn LayerFile>> {
        let mut disk = self.disk();
        disk.operate()?;
        if disk.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = disk.inodes.len();
        disk.inodes.push(Inode::default());
        disk.rename(NameChange::Set(path.to_path_buf(), inode));
        Ok(Box::new(FaultyFile { disk: self.clone(), inode }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn LayerFile>> {
        let inode = self.disk().find(path)?;
        Ok(Box::new(FaultyFile { disk: self.clone(), inode }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let disk = self.disk();
        let inside = disk.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.operate()?;
        let inode = disk.find(from)?;
        disk.rename(NameChange::Move(from.to_path_buf(), to.to_path_buf(), inode));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.operate()?;
        disk.find(path)?;
        disk.rename(NameChange::Remove(path.to_path_buf()));
        Ok(())
    }

    fn sync_dir(&self, _dir: &Path) -> io::Result<()> {
        let mut disk = self.disk();
        disk.operate()?;
        disk.durable_names = disk.names.clone();
        disk.renames.clear();
        Ok(())
    }
}

impl LayerFile for FaultyFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.disk().inodes[self.inode].seen.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let disk = self.disk.disk();
        let rest = disk.inodes[self.inode].seen.get(usize::try_from(offset).unwrap()..);
        // Short reads, as the contract allows.
        let rest = rest.unwrap_or_default();
        let count = rest.len().min(buffer.len()).min(100_000);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.disk.disk();
        let powered = disk.operate();
        let off_before = disk.fails_at.is_some_and(|at| disk.operations > at);
        if !off_before {
            // The write in which the power fails may reach the disk in part, as unsynced ones do.
            let offset = usize::try_from(offset).unwrap();
            disk.inodes[self.inode].change(Change::Write(offset, bytes.to_vec()));
        }
        powered
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut disk = self.disk.disk();
        disk.operate()?;
        disk.inodes[self.inode].change(Change::Length(usize::try_from(len).unwrap()));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.disk.disk();
        disk.operate()?;
        let inode = &mut disk.inodes[self.inode];
        inode.durable = inode.seen.clone();
        inode.unsynced.clear();
        Ok(())
    }
}
