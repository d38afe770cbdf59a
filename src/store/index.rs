//! The index: sled as a cache of what the journal holds. It can always be thrown away.
//!
//! sled is quick and useful here, and it is not trusted: its `flush` does not reach the disk on
//! Linux, and a damaged file can make it fail, panic or spin for ever. So it is opened under a
//! watchdog and looked through unless it was closed in order; flushed *and* synced where that
//! matters; every call catches panics; and when anything is wrong the folder is set aside and an
//! empty index takes its place.
//!
//! How a caller uses it:
//!
//! 1. [`Index::open`]; then replay the journal from [`checkpoint`](Index::checkpoint) (or from
//!    its start when there is none) into it. [`Rebuild`] says only why that may take long.
//! 2. After each journal commit, [`apply`](Index::apply) what follows from it. This need not be
//!    durable.
//! 3. Now and then, and on shutdown, [`set_checkpoint`](Index::set_checkpoint).
//! 4. On [`IndexError::Damaged`]: drop it and go to 1. It will be set aside.
//! 5. [`close`](Index::close) last.

mod aside;
mod batch;
mod clean;
mod engine;
mod open;
mod scan;
mod stamp;
#[cfg(test)]
mod tests;
mod tree;
mod watchdog;

use std::{
    fmt, io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use self::{
    batch::stored_key,
    engine::{Checkpoint, Engine},
    stamp::Ledger,
};
pub use self::{
    batch::{IndexBatch, MAX_BATCH_OPERATIONS},
    open::{IndexOptions, Rebuild, RebuildReason},
    scan::IndexScan,
    tree::{Key, Tree},
};
use crate::store::{Position, Sealer};

/// The format of what the index holds; another one on disk is thrown away and rebuilt. Also a new
/// kind of entry is a new format: what an older version held of it and could not open is else never
/// looked at again.
pub const FORMAT: u32 = 3;
/// Bytes of one value before sealing.
pub const MAX_VALUE_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of one key.
pub const MAX_KEY_BYTES: usize = 512;

/// Why the index cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The index is damaged. Drop it and open it again: it will be set aside and begun anew.
    #[error("the index is damaged ({0}); it will be rebuilt when it is opened again")]
    Damaged(&'static str),
    /// The system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Even an empty index does not open.
    #[error("not even an empty index can be opened at {} ({reason})", path.display())]
    Open {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: RebuildReason,
    },
    /// A key or value is larger than the index takes.
    #[error("{bytes} bytes are more than the {max} that fit")]
    TooLarge {
        /// Bytes that were given.
        bytes: usize,
        /// Bytes that fit.
        max: usize,
    },
}

/// The index of one home. See the [module](self).
pub struct Index {
    /// None only while it is being dropped.
    engine: Option<Arc<Engine>>,
    ledger: Mutex<Ledger>,
    sealer: Arc<dyn Sealer>,
    timeout: Duration,
}

impl Index {
    /// The value of a key.
    ///
    /// # Errors
    /// [`IndexError::Damaged`], [`IndexError::Io`].
    pub fn get(&self, tree: Tree, key: Key<'_>) -> Result<Option<Vec<u8>>, IndexError> {
        let engine = self.engine()?;
        let stored = stored_key(&*self.sealer, tree, key);
        let Some(sealed) = engine.get(tree.name(), &stored)? else { return Ok(None) };
        stamp::open_value(engine, &*self.sealer, (tree.name(), &stored), &sealed)
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    /// [`IndexError::Damaged`], [`IndexError::Io`].
    pub fn contains(&self, tree: Tree, key: Key<'_>) -> Result<bool, IndexError> {
        Ok(self.get(tree, key)?.is_some())
    }

    /// Puts and removes what the batch says. What a crash leaves of it is undefined until the
    /// next [`set_checkpoint`](Self::set_checkpoint); replaying the journal puts it right.
    ///
    /// # Errors
    /// [`IndexError::TooLarge`] (nothing was done then), [`IndexError::Damaged`],
    /// [`IndexError::Io`].
    pub fn apply(&self, batch: IndexBatch) -> Result<(), IndexError> {
        batch.check()?;
        let engine = self.engine()?;
        let mut ledger = self.ledger();
        for (tree, changes) in batch.by_tree(&*self.sealer) {
            ledger.apply(engine, &*self.sealer, tree, changes)?;
        }
        Ok(())
    }

    /// All values of a tree in the order of their keys on disk.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    pub fn scan(&self, tree: Tree) -> Result<IndexScan, IndexError> {
        self.scan_prefix(tree, &[])
    }

    /// The values of those keys of a tree that begin so on disk, in their order. Passes on several
    /// threads do not disturb each other.
    ///
    /// # Errors
    /// [`IndexError::Damaged`].
    pub fn scan_prefix(&self, tree: Tree, prefix: &[u8]) -> Result<IndexScan, IndexError> {
        IndexScan::new(Arc::clone(self.engine()?), Arc::clone(&self.sealer), tree, prefix)
    }

    /// Up to where the index has everything that the journal holds; none if it has nothing.
    /// Replaying from here may meet what is there already.
    ///
    /// # Errors
    /// [`IndexError::Damaged`], [`IndexError::Io`].
    pub fn checkpoint(&self) -> Result<Option<Position>, IndexError> {
        Ok(self.engine()?.checkpoint(&*self.sealer)?.map(|checkpoint| checkpoint.position))
    }

    /// Makes durable all that was applied, and then that it reaches up to this position (the
    /// journal's [`end`](crate::store::Journal::end) at the last commit that was applied).
    /// Two fsyncs: for every few thousand records, not for each.
    ///
    /// # Errors
    /// [`IndexError::Damaged`], [`IndexError::Io`].
    pub fn set_checkpoint(&self, position: Position) -> Result<(), IndexError> {
        let engine = self.engine()?;
        engine.flush_durable()?;
        let mut ledger = self.ledger();
        let (generation, sum) = ledger.next(engine, &*self.sealer)?;
        let checkpoint = Checkpoint { position, generation, sum };
        engine.put_checkpoint(&*self.sealer, checkpoint)?;
        engine.flush_durable()?;
        ledger.passed(engine)
    }

    /// Makes durable all that was applied: sled's flush, then fsync of its files.
    ///
    /// # Errors
    /// [`IndexError::Damaged`], [`IndexError::Io`].
    pub fn flush_durable(&self) -> Result<(), IndexError> {
        self.engine()?.flush_durable()
    }

    /// Throws the index away at the next opening, whatever it holds.
    pub fn condemn(self) {
        if let Some(engine) = &self.engine {
            let _error = engine.condemn("by request");
        }
    }

    /// Says that what was read is not what this program writes, and gives the error to return: the
    /// index is set aside at the next opening.
    pub fn refuse(&self, what: &'static str) -> IndexError {
        match self.engine() {
            Ok(engine) => engine.condemn(what),
            Err(closed) => closed,
        }
    }

    /// Closes in order: all is durable, and a digest of the files is left, by which the next
    /// opening knows that they are as they were and skips looking through them.
    ///
    /// # Errors
    /// [`IndexError::Damaged`], [`IndexError::Io`]; the next opening then looks through it.
    pub fn close(mut self) -> Result<(), IndexError> {
        let engine = self.engine()?;
        let (_generation, sum) = self.ledger().next(engine, &*self.sealer)?;
        engine.put_left_sum(&*self.sealer, sum)?;
        engine.flush_durable()?;
        let Some(engine) = self.engine.take() else { return Ok(()) };
        let dir = engine.dir().to_path_buf();
        // A scan that is still alive keeps sled open, so that its files are not final.
        let Some(engine) = Arc::into_inner(engine) else { return Ok(()) };
        let condemned = engine.is_condemned();
        match watchdog::run(self.timeout, move || drop(engine)) {
            Ok(()) if !condemned => clean::leave_mark(&dir, &*self.sealer),
            _ => Ok(()),
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // After a panic inside the sum is unknown there, and made again.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn engine(&self) -> Result<&Arc<Engine>, IndexError> {
        self.engine.as_ref().ok_or(IndexError::Damaged("closed"))
    }
}

impl Drop for Index {
    /// sled flushes when it is dropped, and can panic or hang in that.
    fn drop(&mut self) {
        if let Some(engine) = self.engine.take() {
            // Whatever comes of it, the next opening looks through the files.
            let _result = watchdog::run(self.timeout, move || drop(engine));
        }
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("engine", &self.engine).finish_non_exhaustive()
    }
}

/// Makes an error of the system one of the index.
fn io_error<'a>(
    action: &'static str,
    path: &'a std::path::Path,
) -> impl FnOnce(io::Error) -> IndexError + 'a {
    move |source| IndexError::Io { action, path: path.to_path_buf(), source }
}
