//! Where the changes of each document are: which payloads of which entries.

use std::collections::BTreeSet;

use super::{DocumentKey, stored::Cache};
use crate::{
    membership::Standing,
    model::id::{CircleId, DeviceId, LogId},
    replica::{Replica, Storage, StorageError},
};

/// Where changes of a document are: one payload of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::replica) struct ChangeRef {
    pub(in crate::replica) log: LogId,
    pub(in crate::replica) seq: u64,
    pub(in crate::replica) index: u32,
}

impl<S: Storage> Replica<S> {
    /// The devices that wrote in a document, in entries that count.
    ///
    /// # Errors
    /// When the index fails.
    pub fn authors(&self, key: &DocumentKey) -> Result<BTreeSet<DeviceId>, StorageError> {
        Ok(self.writers(key)?.into_iter().map(|log| log.device).collect())
    }

    /// The logs in which a document was written, in entries that count.
    ///
    /// # Errors
    /// When the index fails.
    pub fn writers(&self, key: &DocumentKey) -> Result<BTreeSet<LogId>, StorageError> {
        Ok(self.counting_logs(&key.0, &self.refs(key)?))
    }

    /// The logs of those refs that count.
    pub(super) fn counting_logs(
        &self,
        circle: &CircleId,
        refs: &BTreeSet<ChangeRef>,
    ) -> BTreeSet<LogId> {
        let Some(state) = self.circles.get(circle) else { return BTreeSet::new() };
        let counting = refs.iter().filter(|at| state.standing(&at.log, at.seq) == Standing::Counts);
        counting.map(|at| at.log).collect()
    }

    pub(in crate::replica) fn refs(
        &self,
        key: &DocumentKey,
    ) -> Result<BTreeSet<ChangeRef>, StorageError> {
        Ok(self.stored(key)?.unwrap_or_default().refs)
    }

    /// The same; none if they are more than the index takes.
    ///
    /// # Errors
    /// When the index fails.
    pub(in crate::replica) fn known_refs(
        &self,
        key: &DocumentKey,
    ) -> Result<Option<BTreeSet<ChangeRef>>, StorageError> {
        let stored = self.stored(key)?.filter(|stored| stored.cache != Cache::TooLarge);
        Ok(stored.map(|stored| stored.refs))
    }
}
