//! A disk in memory whose power can fail at any operation.

use ceiba::replica::{JournalPosition, MemoryStorage, RecordKind, Storage, StorageError, Tree};

/// When the power fails, and what is then left of what was not committed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fuse {
    /// Operations that still succeed.
    pub(super) operations: u32,
    /// Whether the journal's uncommitted end happened to reach the platter.
    pub(super) lucky: bool,
}

/// A disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    disk: MemoryStorage,
    fuse: Option<Fuse>,
    wreck: Option<Box<MemoryStorage>>,
}

impl Disk {
    pub(super) fn light(&mut self, fuse: Fuse) {
        self.fuse = Some(fuse);
    }

    pub(super) fn is_lit(&self) -> bool {
        self.fuse.is_some()
    }

    /// Whether the power has failed.
    pub(super) fn is_dead(&self) -> bool {
        self.wreck.is_some()
    }

    /// What is left after the power failed: at its operation, or now.
    pub(super) fn after_power_cut(&self) -> Self {
        match &self.wreck {
            Some(wreck) => Self::from(MemoryStorage::clone(wreck)),
            None => Self::from(self.disk.after_power_cut()),
        }
    }

    /// What a program that was killed finds again, or one that was closed.
    pub(super) fn as_it_is(&self) -> Self {
        Self::from(self.disk.clone())
    }

    pub(super) fn without_index(&self) -> Self {
        Self::from(self.disk.without_index())
    }

    pub(super) fn checkpoint(&mut self) {
        if self.operate().is_ok() {
            self.disk.checkpoint();
        }
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.disk.records()
    }

    /// Counts an operation that changes something; fails if the power has failed.
    fn operate(&mut self) -> Result<(), StorageError> {
        if let Some(fuse) = &mut self.fuse
            && self.wreck.is_none()
        {
            match fuse.operations.checked_sub(1) {
                Some(left) => fuse.operations = left,
                None if fuse.lucky => self.wreck = Some(Box::new(self.disk.without_index())),
                None => self.wreck = Some(Box::new(self.disk.after_power_cut())),
            }
        }
        if self.is_dead() { Err(StorageError("there is no power".to_owned())) } else { Ok(()) }
    }
}

impl From<MemoryStorage> for Disk {
    fn from(disk: MemoryStorage) -> Self {
        Self { disk, fuse: None, wreck: None }
    }
}

impl Storage for Disk {
    fn append(&mut self, kind: RecordKind, body: &[u8]) -> Result<JournalPosition, StorageError> {
        self.operate()?;
        self.disk.append(kind, body)
    }

    fn commit(&mut self) -> Result<(), StorageError> {
        self.operate()?;
        self.disk.commit()
    }

    fn read(&self, position: JournalPosition) -> Result<Option<Vec<u8>>, StorageError> {
        self.disk.read(position)
    }

    fn scan(
        &self,
        each: &mut dyn FnMut(JournalPosition, RecordKind, Vec<u8>),
    ) -> Result<(), StorageError> {
        self.disk.scan(each)
    }

    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.disk.get(tree, key)
    }

    fn put(&mut self, tree: Tree, key: &[u8], value: Option<&[u8]>) -> Result<(), StorageError> {
        self.operate()?;
        self.disk.put(tree, key, value)
    }

    fn indexed_up_to(&self) -> Result<Option<JournalPosition>, StorageError> {
        self.disk.indexed_up_to()
    }

    fn each(&self, tree: Tree, each: &mut dyn FnMut(&[u8])) -> Result<(), StorageError> {
        self.disk.each(tree, each)
    }
}
