//! How much is in use, without asking the disk each time; and for whom there is room.
//!
//! What nobody asked for has a quota of its own, so that it takes no room from what this
//! organisation seals or asks for.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::model::id::BlobId;

/// For whom a blob is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It was sealed here, or a person asked for it.
    Asked,
    /// This node fetched it by itself.
    Unasked,
}

/// Bytes in use.
#[derive(Debug, Default)]
struct Usage {
    blobs: BTreeMap<BlobId, (u64, Why)>,
    asked: u64,
    unasked: u64,
    /// Of files that are being sealed.
    sealing: u64,
}

/// Bytes in use, for all threads.
#[derive(Debug, Default)]
pub(super) struct Room(Mutex<Usage>);

impl Room {
    /// Says how long a blob is and for whom it is here; none if it is gone.
    pub(super) fn set(&self, id: BlobId, what: Option<(u64, Why)>) {
        let mut usage = self.usage();
        if let Some((bytes, why)) = usage.blobs.remove(&id) {
            let sum = usage.sum(why);
            *sum = sum.saturating_sub(bytes);
        }
        if let Some((bytes, why)) = what {
            let sum = usage.sum(why);
            *sum = sum.saturating_add(bytes);
            usage.blobs.insert(id, (bytes, why));
        }
    }

    /// For whom a blob is here.
    pub(super) fn why(&self, id: &BlobId) -> Option<Why> {
        self.usage().blobs.get(id).map(|(_, why)| *why)
    }

    /// A person asks for a blob that is here.
    pub(super) fn asked(&self, id: &BlobId) {
        let known = self.usage().blobs.get(id).copied();
        if let Some((bytes, Why::Unasked)) = known {
            self.set(*id, Some((bytes, Why::Asked)));
        }
    }

    /// Bytes in use of those for whom a blob is here.
    pub(super) fn used(&self, why: Why) -> u64 {
        let usage = self.usage();
        match why {
            Why::Asked => usage.asked.saturating_add(usage.sealing),
            Why::Unasked => usage.unasked,
        }
    }

    /// So many bytes more are being sealed, or fewer.
    pub(super) fn sealing(&self, more: u64, fewer: u64) {
        let mut usage = self.usage();
        usage.sealing = usage.sealing.saturating_add(more).saturating_sub(fewer);
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Usage {
    const fn sum(&mut self, why: Why) -> &mut u64 {
        match why {
            Why::Asked => &mut self.asked,
            Why::Unasked => &mut self.unasked,
        }
    }
}
