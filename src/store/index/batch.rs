//! Batches of changes to the index.

use std::collections::BTreeMap;

use super::{IndexError, Key, MAX_KEY_BYTES, MAX_VALUE_BYTES, Tree};
use crate::{crypto::Label, store::Sealer};

/// Changes that sled is given at once. Larger batches are taken and given in parts.
pub const MAX_BATCH_OPERATIONS: usize = 1000;

/// A key on disk, and its sealed value or none for removal.
pub(super) type Operation = (Vec<u8>, Option<Vec<u8>>);
/// Keys on disk, and their values or none for removal.
pub(super) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Changes to the index. 100 to 1,000 at a time are quickest.
#[derive(Debug, Default)]
pub struct IndexBatch {
    operations: Vec<(Tree, OwnedKey, Option<Vec<u8>>)>,
}

#[derive(Debug)]
enum OwnedKey {
    Plain(Vec<u8>),
    Keyed(Vec<u8>),
}

impl IndexBatch {
    /// No changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a value.
    pub fn put(&mut self, tree: Tree, key: Key<'_>, value: Vec<u8>) {
        self.operations.push((tree, OwnedKey::of(key), Some(value)));
    }

    /// Removes a value, if there is one.
    pub fn remove(&mut self, tree: Tree, key: Key<'_>) {
        self.operations.push((tree, OwnedKey::of(key), None));
    }

    /// How many changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there are no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    pub(super) fn check(&self) -> Result<(), IndexError> {
        for (_, key, value) in &self.operations {
            let value = value.as_ref().map_or(0, Vec::len);
            for (bytes, max) in [(key.len(), MAX_KEY_BYTES), (value, MAX_VALUE_BYTES)] {
                if bytes > max {
                    return Err(IndexError::TooLarge { bytes, max });
                }
            }
        }
        Ok(())
    }

    /// The changes by tree and key on disk; of several of one key the last.
    pub(super) fn by_tree(self, sealer: &dyn Sealer) -> BTreeMap<Tree, Changes> {
        let mut by_tree = BTreeMap::<Tree, Changes>::new();
        for (tree, key, value) in self.operations {
            let stored = stored_key(sealer, tree, key.borrow());
            by_tree.entry(tree).or_default().insert(stored, value);
        }
        by_tree
    }
}

impl OwnedKey {
    fn of(key: Key<'_>) -> Self {
        match key {
            Key::Plain(bytes) => Self::Plain(bytes.to_vec()),
            Key::Keyed(bytes) => Self::Keyed(bytes.to_vec()),
        }
    }

    fn borrow(&self) -> Key<'_> {
        match self {
            Self::Plain(bytes) => Key::Plain(bytes),
            Self::Keyed(bytes) => Key::Keyed(bytes),
        }
    }

    const fn len(&self) -> usize {
        match self {
            Self::Plain(bytes) | Self::Keyed(bytes) => bytes.len(),
        }
    }
}

/// The key as it lies on disk.
pub(super) fn stored_key(sealer: &dyn Sealer, tree: Tree, key: Key<'_>) -> Vec<u8> {
    match key {
        Key::Plain(bytes) => bytes.to_vec(),
        Key::Keyed(bytes) => {
            let label = Label::Index.text().as_bytes();
            let named = [label, &[0], tree.name().as_bytes(), &[0], bytes].concat();
            sealer.keyed_hash(&named).to_vec()
        }
    }
}
