//! Values that are on their way into the index.
//!
//! Writing them is left to a thread of its own, so that the next entries are opened meanwhile. Until
//! they are in the index they are read here.

use std::{
    collections::BTreeMap,
    sync::Arc,
    thread::{self, JoinHandle},
};

use crate::{
    replica,
    store::{Index, IndexBatch, IndexError, Key, MAX_VALUE_BYTES, Tree},
};

/// Values that are written in one batch.
const BATCH: usize = 500;
/// Their bytes, but for the last one's.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Values that are written in one go.
const MAX_WAITING: usize = 2_000;
/// Their bytes, but for the last one's.
const MAX_WAITING_BYTES: usize = 32 * 1024 * 1024;

/// By tree and key; none where a value is to be removed.
type Values = BTreeMap<(replica::Tree, Vec<u8>), Option<Vec<u8>>>;

/// Values that are not in the index yet.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    waiting: Values,
    /// Bytes of what was put there.
    bytes: usize,
    writing: Option<Writing>,
}

#[derive(Debug)]
struct Writing {
    values: Arc<Values>,
    thread: JoinHandle<Result<(), IndexError>>,
}

impl Overlay {
    /// The value, if it is here; within, none if it is to be removed.
    pub(super) fn get(&self, tree: replica::Tree, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        let at = (tree, key.to_vec());
        let writing = || self.writing.as_ref().and_then(|writing| writing.values.get(&at));
        self.waiting.get(&at).or_else(writing)
    }

    /// Takes a value; whether there are enough for [`Self::begin`]. Of one that is too large for
    /// the index it takes what [`too_large`] says: one that is refused would keep all others out.
    pub(super) fn put(&mut self, tree: replica::Tree, key: &[u8], value: Option<&[u8]>) -> bool {
        let value =
            value.map(|it| if it.len() > MAX_VALUE_BYTES { too_large(tree, key) } else { it });
        self.bytes = self.bytes.saturating_add(value.map_or(0, <[u8]>::len));
        self.waiting.insert((tree, key.to_vec()), value.map(<[u8]>::to_vec));
        self.waiting.len() >= MAX_WAITING || self.bytes >= MAX_WAITING_BYTES
    }

    /// Begins to write what waits, once what is being written is there.
    ///
    /// # Errors
    /// When what was being written could not be; it waits again.
    pub(super) fn begin(&mut self, index: &Arc<Index>) -> Result<(), IndexError> {
        self.finish()?;
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let values = Arc::new(std::mem::take(&mut self.waiting));
        let (index, written) = (Arc::clone(index), Arc::clone(&values));
        let work = move || write(&index, &written);
        match thread::Builder::new().name("ceiba-index".to_owned()).spawn(work) {
            Ok(thread) => self.writing = Some(Writing { values, thread }),
            // They wait until there is a thread again.
            Err(_none) => self.take_back(&values),
        }
        Ok(())
    }

    /// Waits until what is being written is in the index.
    ///
    /// # Errors
    /// When it could not be written; it waits again.
    pub(super) fn finish(&mut self) -> Result<(), IndexError> {
        let Some(Writing { values, thread }) = self.writing.take() else { return Ok(()) };
        let written = thread.join().unwrap_or(Err(IndexError::Damaged("writing to it panicked")));
        if written.is_err() {
            self.take_back(&values);
        }
        written
    }

    /// Writes all that is here.
    ///
    /// # Errors
    /// When it could not be written; it waits again.
    pub(super) fn flush(&mut self, index: &Index) -> Result<(), IndexError> {
        self.finish()?;
        write(index, &self.waiting)?;
        // Only now: what could not be written is tried again before a checkpoint says that the
        // index knows it.
        self.waiting.clear();
        self.bytes = 0;
        Ok(())
    }

    /// Lets values wait again, unless there are newer ones.
    fn take_back(&mut self, values: &Values) {
        for (at, value) in values {
            self.waiting.entry(at.clone()).or_insert_with(|| value.clone());
        }
    }
}

impl Drop for Overlay {
    /// A home is not left before what is being written in it has ended.
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            tracing::warn!(%error, "the index was not written");
        }
    }
}

/// What is kept instead of a value that is too large: of a document nothing, which reads as an
/// error and not as a document that is not there; of a row the key, which names its document, so
/// that the row is worked out at each start.
const fn too_large(tree: replica::Tree, key: &[u8]) -> &[u8] {
    match tree {
        replica::Tree::Documents
        | replica::Tree::Receipts
        | replica::Tree::Known
        | replica::Tree::Imports => &[],
        replica::Tree::Rows => key,
    }
}

fn write(index: &Index, values: &Values) -> Result<(), IndexError> {
    let (mut batch, mut bytes) = (IndexBatch::new(), 0);
    for ((tree, key), value) in values {
        bytes += value.as_ref().map_or(0, Vec::len);
        match value {
            Some(value) => batch.put(index_tree(*tree), Key::Keyed(key), value.clone()),
            None => batch.remove(index_tree(*tree), Key::Keyed(key)),
        }
        if batch.len() >= BATCH || bytes >= BATCH_BYTES {
            index.apply(std::mem::take(&mut batch))?;
            bytes = 0;
        }
    }
    index.apply(batch)
}

/// The tree of the index that a tree of the replica is.
pub(super) const fn index_tree(tree: replica::Tree) -> Tree {
    match tree {
        replica::Tree::Documents => Tree::Documents,
        replica::Tree::Rows => Tree::Rows,
        replica::Tree::Receipts => Tree::Receipts,
        replica::Tree::Known => Tree::Known,
        replica::Tree::Imports => Tree::Imports,
    }
}
