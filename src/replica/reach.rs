//! Who holds what, by what devices have signed: for people.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    log::Receipt,
    membership::Standing,
    model::id::{CircleId, DeviceId, LogId},
    replica::{DocumentKey, Replica, Storage, StorageError},
};

/// A place of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The log.
    pub log: LogId,
    /// The entry.
    pub seq: u64,
}

/// A device names another entry than the one that is held at a place: its writer has forked the log
/// (and nobody has met both lines yet), or the device does not say the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// Who names it.
    pub device: DeviceId,
    /// The place.
    pub place: Place,
}

impl<S: Storage> Replica<S> {
    /// Where the changes of a document are that count; none if they are more than the index takes.
    ///
    /// # Errors
    /// When the index fails.
    pub fn places(&self, key: &DocumentKey) -> Result<Option<BTreeSet<Place>>, StorageError> {
        let Some(state) = self.circles.get(&key.0) else { return Ok(None) };
        let Some(refs) = self.known_refs(key)? else { return Ok(None) };
        let refs = refs.into_iter();
        let counting = refs.filter(|at| state.standing(&at.log, at.seq) == Standing::Counts);
        Ok(Some(counting.map(|at| Place { log: at.log, seq: at.seq }).collect()))
    }

    /// How many entries of each log of a circle are held.
    #[must_use]
    pub fn lengths(&self, circle: &CircleId) -> BTreeMap<LogId, u64> {
        let logs = self.circles.get(circle).into_iter().flat_map(|state| &state.logs);
        logs.map(|(log, held)| (*log, held.len())).collect()
    }

    /// How many entries of a log a device has said that it holds; 0 where it names another entry
    /// than the one that is held here, unless both know that the log is forked.
    #[must_use]
    pub fn confirmed(&self, circle: &CircleId, word: &Receipt, log: &LogId) -> u64 {
        let held = self.circles.get(circle).and_then(|state| state.logs.get(log));
        let (Some(claim), Some(held)) = (word.claim(log), held) else { return 0 };
        let same_until = held.fork().map_or(u64::MAX, |proof| proof.seq);
        let last = claim.next_seq.checked_sub(1).and_then(|last| held.get(last));
        // Beyond what we hold it cannot be compared, and is its word alone: of a forked log nobody
        // knows then of which line.
        let agrees = match last {
            Some(last) => claim.names(&last.hash),
            None => held.fork().is_none(),
        };
        if agrees || (claim.forked && held.fork().is_some()) {
            claim.next_seq.min(same_until)
        } else {
            0
        }
    }

    /// Where a device names another entry than the one that is held.
    #[must_use]
    pub fn doubts(&self, circle: &CircleId, word: &Receipt) -> Vec<Doubt> {
        let Some(state) = self.circles.get(circle) else { return Vec::new() };
        let doubt = |claim: &crate::log::Claim| {
            let held = state.logs.get(&claim.log).filter(|held| held.fork().is_none())?;
            let seq = claim.next_seq.checked_sub(1)?;
            let differs = !claim.names(&held.get(seq)?.hash);
            let place = Place { log: claim.log, seq };
            differs.then_some(Doubt { device: word.device, place })
        };
        word.claims.iter().filter_map(doubt).collect()
    }
}
