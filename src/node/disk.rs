//! A replica's storage on a real disk: the journal is the truth, sled the index.

use std::{
    cell::RefCell,
    io,
    sync::{Arc, Mutex},
};

use rand_chacha::ChaCha20Rng;
use rayon::prelude::*;

use crate::{
    crypto::{Label, StoreKey},
    node::{
        anchor::{self, Anchor},
        clock,
        overlay::{Overlay, index_tree},
    },
    replica::{self, DocumentKey, JournalPosition, RecordKind, StorageError},
    store::{
        Home, Inbox, Index, IndexOptions, Journal, JournalError, Key, Position, Rebuild,
        RebuildReason, SealError, Sealer, Tree,
        inbox::{Limit, RESERVE},
    },
    view::{DocumentRow, RowError},
};

/// Seals what lies on disk with the device's store key.
struct StoreSealer {
    key: StoreKey,
    rng: Mutex<ChaCha20Rng>,
}

impl Sealer for StoreSealer {
    fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut rng = self.rng.lock().map_err(|_poisoned| SealError)?;
        Ok(self.key.seal(aad, plaintext, &mut *rng))
    }

    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut opened = self.key.open(aad, sealed).map_err(|_refused| SealError)?;
        Ok(std::mem::take(&mut *opened))
    }

    fn keyed_hash(&self, data: &[u8]) -> [u8; 32] {
        self.key.keyed_hash(data)
    }
}

/// Journal and index of one home.
pub struct DiskStorage {
    /// Values that are not in the index yet. First, so that nothing is being written any more when
    /// the home is given free.
    overlay: Overlay,
    home: Home,
    journal: Journal,
    index: Arc<Index>,
    last: JournalPosition,
    notes: Vec<String>,
    key: StoreKey,
    anchor: Anchor,
    /// Stretches of the journal that could not be read.
    damaged: RefCell<Vec<String>>,
    /// The end of the journal is gone, with records that may have been acknowledged and sent.
    lost_end: bool,
    /// The journal refused something: the index must not be told that it knows what is there.
    failed: bool,
}

impl std::fmt::Debug for DiskStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DiskStorage").field("home", &self.home).finish_non_exhaustive()
    }
}

fn failed(error: impl std::error::Error) -> StorageError {
    let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    StorageError(format!("{error}{cause}"))
}

impl DiskStorage {
    /// Opens journal and index of a home.
    ///
    /// # Errors
    /// When the disk fails. Damage is contained and told in [`notes`](Self::notes).
    pub fn open(home: Home, key: &StoreKey) -> Result<Self, StorageError> {
        let sealer: Arc<dyn Sealer> =
            Arc::new(StoreSealer { key: key.clone(), rng: Mutex::new(clock::entropy()) });
        let files = Arc::clone(home.files());
        let (journal, recovery) =
            Journal::open(&home.paths().journal(), files, Arc::clone(&sealer)).map_err(failed)?;
        let mut notes: Vec<String> = recovery
            .damage
            .iter()
            .map(|damage| format!("the journal is damaged: {damage}"))
            .collect();
        let mut lost_end = recovery.cut.as_ref().is_some_and(|cut| cut.whole_frames > 0);
        if let Some(cut) = recovery.cut {
            let bytes = cut.range.end.saturating_sub(cut.range.start);
            notes.push(format!("the journal's last {bytes} bytes were not whole and were cut off"));
        }
        let end = journal.end();
        let anchor = match Anchor::read(&home, key)? {
            anchor::Found::Whole(anchor) => {
                if anchor.position() > end {
                    lost_end = true;
                    let before = anchor.position();
                    notes.push(format!("the journal ends at {end}; it reached to {before} before"));
                }
                anchor
            }
            // As in a new home.
            anchor::Found::Missing if end.segment == 0 => Anchor::default(),
            anchor::Found::Missing | anchor::Found::Damaged => {
                lost_end = true;
                notes.push(format!(
                    "the file {} is damaged or missing and is made again: nobody can tell whether \
                     the journal lost its end",
                    home.paths().anchor().display()
                ));
                Anchor::default()
            }
        };
        let (index, rebuild) =
            Index::open(&home.paths().index(), sealer, journal.end(), IndexOptions::default())
                .map_err(failed)?;
        match rebuild {
            Rebuild::NotNeeded | Rebuild::Needed(RebuildReason::New) => {}
            Rebuild::Needed(reason) => {
                notes.push(format!("the index is made again from the journal: {reason}"));
            }
            Rebuild::Ahead { checkpoint, journal_end } => {
                lost_end = true;
                notes.push(format!(
                    "the journal ends at {journal_end}; the index knows it up to {checkpoint}: what \
                     the journal lost is shown from the index"
                ));
            }
        }
        let last = JournalPosition::default();
        Ok(Self {
            home,
            journal,
            index: Arc::new(index),
            overlay: Overlay::default(),
            last,
            notes,
            key: key.clone(),
            anchor,
            damaged: RefCell::default(),
            lost_end,
            failed: false,
        })
    }

    /// Opens the folder of what comes in through the front door, sealed with a key of its own.
    ///
    /// # Errors
    /// When the disk fails.
    pub(crate) fn open_inbox(&self, bytes: u64) -> io::Result<Inbox> {
        let key = self.key.sub_key(Label::Inbox, &[]);
        let sealer = Arc::new(StoreSealer { key, rng: Mutex::new(clock::entropy()) });
        let (paths, files) = (self.home.paths(), Arc::clone(self.home.files()));
        let limit = Limit { bytes, reserve: RESERVE };
        Inbox::open(&paths.openrosa(), files, sealer, limit)
    }

    /// What opening found, for people.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        let damaged = self.damaged.borrow();
        if let Some(first) = damaged.first() {
            let count = damaged.len();
            notes.push(format!(
                "{count} stretches of the journal are damaged ({first}): what they held of \
                 partners is fetched again when they are reached"
            ));
        }
        notes
    }

    /// A digest of the stretches of the journal that could not be read when it was scanned; empty
    /// if there were none.
    #[must_use]
    pub fn damaged(&self) -> String {
        let damaged = self.damaged.borrow();
        if damaged.is_empty() {
            return String::new();
        }
        blake3::hash(damaged.join("\n").as_bytes()).to_hex().to_string()
    }

    /// Whether the end of the journal is gone, with records that may have been acknowledged.
    #[must_use]
    pub const fn has_lost_end(&self) -> bool {
        self.lost_end
    }

    /// Seals what is kept beside the ciphertext of evidence files.
    pub(crate) fn blob_sealer(&self) -> Arc<dyn Sealer> {
        let key = self.key.sub_key(Label::BlobStream, b"shelf");
        Arc::new(StoreSealer { key, rng: Mutex::new(clock::entropy()) })
    }

    /// What is known beside the journal.
    pub(crate) const fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    /// As [`Self::anchor`], to be changed; the next checkpoint writes it.
    pub(crate) const fn anchor_mut(&mut self) -> &mut Anchor {
        &mut self.anchor
    }

    /// Keeps beside the journal what no partner has, and how far the journal reaches.
    ///
    /// # Errors
    /// When the disk fails.
    pub(crate) fn keep_anchor(&mut self, own: String) -> Result<(), StorageError> {
        self.anchor.own = own;
        self.write_anchor(self.journal.end())
    }

    fn write_anchor(&mut self, end: Position) -> Result<(), StorageError> {
        self.anchor.set_position(end);
        self.anchor.write(&self.home, &self.key)
    }

    /// The home.
    #[must_use]
    pub const fn home(&self) -> &Home {
        &self.home
    }

    /// The last record that was appended.
    #[must_use]
    pub const fn last_position(&self) -> JournalPosition {
        self.last
    }

    /// Puts into the index what waits, and notes that it knows the journal up to here.
    ///
    /// # Errors
    /// When the index fails; it will be made again from the journal.
    pub fn checkpoint(&mut self) -> Result<(), StorageError> {
        self.flush_overlay()?;
        let end = self.journal.end();
        self.index.set_checkpoint(end).map_err(failed)?;
        self.write_anchor(end)
    }

    /// Reads the view's rows, on all cores and some at a time, so that little of the index is in
    /// memory at once. Gives the documents whose rows are of another version.
    ///
    /// # Errors
    /// When the index fails.
    pub(super) fn rows(
        &self,
        take: &(dyn Fn(Vec<DocumentRow>) + Sync),
    ) -> Result<Vec<DocumentKey>, StorageError> {
        // Keys on disk are hashes, so that their first bytes part them evenly.
        let (parts, index) = ((0..=u8::MAX).into_par_iter(), &self.index);
        let outdated: Vec<Vec<DocumentKey>> =
            parts.map(|first| rows_of_part(index, first, take)).collect::<Result<_, _>>()?;
        Ok(outdated.concat())
    }

    /// Closes journal and index so that the next start knows that all is there.
    ///
    /// # Errors
    /// When the disk fails; nothing that was acknowledged is lost then either.
    pub fn close(mut self) -> Result<(), StorageError> {
        self.checkpoint()?;
        // Nobody else has it: what was being written is there.
        if let Some(index) = Arc::into_inner(self.index) {
            index.close().map_err(failed)?;
        }
        let end = self.journal.close().map_err(failed)?;
        self.anchor.set_position(end);
        self.anchor.write(&self.home, &self.key)
    }

    /// Puts into the index what waits; what the journal has not committed yet must not be known
    /// there first.
    fn flush_overlay(&mut self) -> Result<(), StorageError> {
        if self.failed {
            return Err(StorageError("the journal failed before".to_owned()));
        }
        self.journal.commit().map_err(failed)?;
        self.overlay.flush(&self.index).map_err(failed)
    }

    /// Begins to put into the index what waits, as soon as the journal has what it says.
    fn begin_flush(&mut self) -> Result<(), StorageError> {
        if self.failed {
            return Err(StorageError("the journal failed before".to_owned()));
        }
        self.journal.commit().map_err(failed)?;
        self.overlay.begin(&self.index).map_err(failed)
    }
}

fn to_journal(position: Position) -> JournalPosition {
    JournalPosition((u64::from(position.segment) << 32) | u64::from(position.offset))
}

fn from_journal(position: JournalPosition) -> Position {
    let segment = u32::try_from(position.0 >> 32).unwrap_or(u32::MAX);
    let offset = u32::try_from(position.0 & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    Position { segment, offset }
}

fn rows_of_part(
    index: &Index,
    first: u8,
    take: &(dyn Fn(Vec<DocumentRow>) + Sync),
) -> Result<Vec<DocumentKey>, StorageError> {
    let (mut rows, mut outdated) = (Vec::new(), Vec::new());
    for pair in index.scan_prefix(Tree::Rows, &[first]).map_err(failed)? {
        let (_key, value) = pair.map_err(failed)?;
        match DocumentRow::from_bytes(&value) {
            Ok(row) => rows.push(row),
            Err(RowError::Outdated(circle, document)) => outdated.push((circle, document)),
            // Which row is missing cannot be known: all are to be made again.
            Err(RowError::Nameless) => {
                return Err(failed(index.refuse("a row does not name its document")));
            }
        }
    }
    take(rows);
    Ok(outdated)
}

impl replica::Storage for DiskStorage {
    fn append(&mut self, kind: RecordKind, body: &[u8]) -> Result<JournalPosition, StorageError> {
        let appended = self.journal.append(&[(kind.number(), body)]).map_err(failed);
        let positions = appended.inspect_err(|_error| self.failed = true)?;
        let position = positions.first().copied().map(to_journal).unwrap_or_default();
        self.last = position;
        Ok(position)
    }

    fn uncommitted_bytes(&self) -> usize {
        self.journal.pending_bytes()
    }

    fn commit(&mut self) -> Result<(), StorageError> {
        let committed = self.journal.commit().map(|_end| ()).map_err(failed);
        committed.inspect_err(|_error| self.failed = true)
    }

    fn read(&self, position: JournalPosition) -> Result<Option<Vec<u8>>, StorageError> {
        match self.journal.read(from_journal(position)) {
            Ok(record) => Ok(Some(record.body)),
            Err(JournalError::Damaged(_) | JournalError::Erased(_)) => Ok(None),
            Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(None)
            }
            // Too many open files, a disk that does not answer: it may read the next time.
            Err(error) => Err(failed(error)),
        }
    }

    fn scan(
        &self,
        each: &mut dyn FnMut(JournalPosition, RecordKind, Vec<u8>),
    ) -> Result<(), StorageError> {
        for record in self.journal.scan(Position::START) {
            // What cannot be read is fetched again from partners; the rest goes on.
            let record = match record {
                Ok(record) => record,
                Err(damage) => {
                    tracing::error!(%damage, "the journal is damaged");
                    self.damaged.borrow_mut().push(damage.to_string());
                    continue;
                }
            };
            if let Some(kind) = RecordKind::from_number(record.kind) {
                each(to_journal(record.position), kind, record.body);
            }
        }
        Ok(())
    }

    fn get(&self, tree: replica::Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        if let Some(value) = self.overlay.get(tree, key) {
            return Ok(value.clone());
        }
        self.index.get(index_tree(tree), Key::Keyed(key)).map_err(failed)
    }

    fn put(
        &mut self,
        tree: replica::Tree,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), StorageError> {
        if self.overlay.put(tree, key, value) {
            // The value is here in any case; the next checkpoint tells of a disk that fails.
            if let Err(error) = self.begin_flush() {
                tracing::warn!(%error, "the index was not written");
            }
        }
        Ok(())
    }

    fn indexed_up_to(&self) -> Result<Option<JournalPosition>, StorageError> {
        Ok(self.index.checkpoint().map_err(failed)?.map(to_journal))
    }

    fn each(&self, tree: replica::Tree, each: &mut dyn FnMut(&[u8])) -> Result<(), StorageError> {
        // The overlay is empty when this is called, right after opening.
        for pair in self.index.scan(index_tree(tree)).map_err(failed)? {
            let (_key, value) = pair.map_err(failed)?;
            each(&value);
        }
        Ok(())
    }
}
