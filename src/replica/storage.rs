//! What a replica asks of a disk, and a disk in memory for tests and simulation.

use std::collections::BTreeMap;

/// Where a record lies in the journal; later records have greater positions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalPosition(pub u64);

/// The journal or the index failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("storage failed: {0}")]
pub struct StorageError(pub String);

/// What a journal frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum RecordKind {
    /// A statement of a circle.
    Statement = 1,
    /// A verified run.
    Run = 2,
    /// A proof of a fork.
    Fork = 3,
    /// Something that is this node's own affair.
    Local = 4,
}

impl RecordKind {
    /// The kind with this number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Statement),
            2 => Some(Self::Run),
            3 => Some(Self::Fork),
            4 => Some(Self::Local),
            _ => None,
        }
    }

    /// Its number in the journal.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// A part of the index. What is shown of records can be made again from the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tree {
    /// By circle and document: which entries changed it, and a copy of it where that helps.
    Documents,
    /// Records as the view shows them, by circle and document.
    Rows,
    /// The newest receipt of each device, by circle and device. Not in the journal, which would grow
    /// with each: partners have them.
    Receipts,
    /// Since when entries are known here, by circle and log. Not in the journal either: what is lost
    /// with the index is a remark for people.
    Known,
    /// Which parts of bundles came, by maker and series. A remark for people as well.
    Imports,
}

/// A journal that is the truth and an index that can be made again from it.
pub trait Storage {
    /// Puts a record into the journal; durable only after [`Self::commit`].
    ///
    /// # Errors
    /// When the disk fails; nothing more may be acknowledged then.
    fn append(&mut self, kind: RecordKind, body: &[u8]) -> Result<JournalPosition, StorageError>;

    /// Bytes that were appended and not made durable yet.
    fn uncommitted_bytes(&self) -> usize {
        0
    }

    /// Makes all that was appended durable.
    ///
    /// # Errors
    /// When the disk fails.
    fn commit(&mut self) -> Result<(), StorageError>;

    /// Reads a record; none if it was erased or is damaged.
    ///
    /// # Errors
    /// When it cannot be read now: it may be there.
    fn read(&self, position: JournalPosition) -> Result<Option<Vec<u8>>, StorageError>;

    /// Calls back for each readable record from the beginning, in order.
    ///
    /// # Errors
    /// When the disk fails; damage inside is skipped and reported elsewhere.
    fn scan(
        &self,
        each: &mut dyn FnMut(JournalPosition, RecordKind, Vec<u8>),
    ) -> Result<(), StorageError>;

    /// Reads from the index.
    ///
    /// # Errors
    /// When the index fails.
    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;

    /// Writes to the index; durable at the next checkpoint.
    ///
    /// # Errors
    /// When the index fails.
    fn put(&mut self, tree: Tree, key: &[u8], value: Option<&[u8]>) -> Result<(), StorageError>;

    /// Records before this position are known to the index; none if it knows nothing.
    ///
    /// # Errors
    /// When the index fails.
    fn indexed_up_to(&self) -> Result<Option<JournalPosition>, StorageError>;

    /// Calls back for each value of a tree, in no order that means anything.
    ///
    /// # Errors
    /// When the index fails.
    fn each(&self, tree: Tree, each: &mut dyn FnMut(&[u8])) -> Result<(), StorageError>;
}

/// A disk in memory, which loses what real ones lose.
#[derive(Debug, Clone, Default)]
pub struct MemoryStorage {
    records: Vec<(RecordKind, Vec<u8>)>,
    durable: usize,
    index: Index,
    /// The index as it was at the last checkpoint.
    durable_index: Index,
    /// Records that the index knew then; none if there was no checkpoint.
    indexed: Option<usize>,
}

/// The index's values by tree and key.
type Index = BTreeMap<(Tree, Vec<u8>), Vec<u8>>;

impl MemoryStorage {
    /// What a power cut leaves: the records that were committed, and the index as it was at the
    /// last checkpoint.
    #[must_use]
    pub fn after_power_cut(&self) -> Self {
        Self {
            records: self.records.iter().take(self.durable).cloned().collect(),
            durable: self.durable,
            index: self.durable_index.clone(),
            durable_index: self.durable_index.clone(),
            indexed: self.indexed,
        }
    }

    /// What a power cut leaves where the index was written already, by a thread of its own, and the
    /// journal was not.
    #[must_use]
    pub fn after_torn_power_cut(&self) -> Self {
        let index = self.index.clone();
        Self { index: index.clone(), durable_index: index, ..self.after_power_cut() }
    }

    /// What is left when the index had to be thrown away.
    #[must_use]
    pub fn without_index(&self) -> Self {
        Self { records: self.records.clone(), durable: self.records.len(), ..Self::default() }
    }

    /// Notes that the index knows all records.
    pub fn checkpoint(&mut self) {
        self.durable = self.records.len();
        self.indexed = Some(self.records.len());
        self.durable_index = self.index.clone();
    }

    /// Everything that is held, for tests that look for what must not be there.
    pub fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.records.iter().map(|(_kind, body)| body.as_slice())
    }
}

impl Storage for MemoryStorage {
    fn append(&mut self, kind: RecordKind, body: &[u8]) -> Result<JournalPosition, StorageError> {
        self.records.push((kind, body.to_vec()));
        Ok(JournalPosition(self.records.len() as u64 - 1))
    }

    fn commit(&mut self) -> Result<(), StorageError> {
        self.durable = self.records.len();
        Ok(())
    }

    fn read(&self, position: JournalPosition) -> Result<Option<Vec<u8>>, StorageError> {
        let place = usize::try_from(position.0).ok();
        let record = place.and_then(|place| self.records.get(place));
        record
            .map(|(_kind, body)| Some(body.clone()))
            .ok_or_else(|| StorageError(format!("no record at {}", position.0)))
    }

    fn scan(
        &self,
        each: &mut dyn FnMut(JournalPosition, RecordKind, Vec<u8>),
    ) -> Result<(), StorageError> {
        for (place, (kind, body)) in self.records.iter().enumerate() {
            each(JournalPosition(place as u64), *kind, body.clone());
        }
        Ok(())
    }

    fn get(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.index.get(&(tree, key.to_vec())).cloned())
    }

    fn put(&mut self, tree: Tree, key: &[u8], value: Option<&[u8]>) -> Result<(), StorageError> {
        match value {
            Some(value) => self.index.insert((tree, key.to_vec()), value.to_vec()),
            None => self.index.remove(&(tree, key.to_vec())),
        };
        Ok(())
    }

    fn indexed_up_to(&self) -> Result<Option<JournalPosition>, StorageError> {
        Ok(self.indexed.map(|records| JournalPosition(records as u64)))
    }

    fn each(&self, tree: Tree, each: &mut dyn FnMut(&[u8])) -> Result<(), StorageError> {
        for ((_tree, _key), value) in self.index.iter().filter(|((of, _key), _value)| *of == tree) {
            each(value);
        }
        Ok(())
    }
}
