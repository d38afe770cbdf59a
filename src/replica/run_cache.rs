//! Runs that were stored or read last: entries are opened right after they are stored, and read
//! one after the other.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use crate::{log::Run, replica::JournalPosition};

/// Bytes of runs that are kept in memory.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Runs by their place in the journal, the oldest let go of first.
#[derive(Debug, Default)]
pub(super) struct RunCache {
    /// Those that cannot be read from the journal before it commits; none of them is let go of.
    uncommitted: BTreeMap<JournalPosition, Arc<Run>>,
    runs: BTreeMap<JournalPosition, Arc<Run>>,
    order: VecDeque<(JournalPosition, usize)>,
    bytes: usize,
}

impl RunCache {
    /// The run that lies there, if it is kept.
    pub(super) fn get(&self, position: JournalPosition) -> Option<Arc<Run>> {
        self.uncommitted.get(&position).or_else(|| self.runs.get(&position)).map(Arc::clone)
    }

    /// Keeps a run until the journal has committed it, whatever is read meanwhile.
    pub(super) fn put_uncommitted(&mut self, position: JournalPosition, run: Arc<Run>) {
        self.uncommitted.insert(position, run);
    }

    /// The journal has committed what was put there.
    pub(super) fn committed(&mut self) {
        for (position, run) in std::mem::take(&mut self.uncommitted) {
            self.put(position, &run);
        }
    }

    /// Lets go of what was not committed.
    pub(super) fn forget_uncommitted(&mut self) {
        self.uncommitted.clear();
    }

    /// Keeps a run.
    pub(super) fn put(&mut self, position: JournalPosition, run: &Arc<Run>) {
        if self.runs.insert(position, Arc::clone(run)).is_some() {
            return;
        }
        let bytes = run.encoded_len();
        self.order.push_back((position, bytes));
        self.bytes += bytes;
        while self.bytes > MAX_BYTES
            && self.order.len() > 1
            && let Some((oldest, bytes)) = self.order.pop_front()
        {
            self.runs.remove(&oldest);
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Entry;

    #[test]
    fn the_oldest_go_first_and_the_bytes_stay_bounded() {
        let mut cache = RunCache::default();
        let big = Entry { header: Arc::from(vec![0; MAX_BYTES / 3]), payloads: Vec::new() };
        let run = Arc::new(Run { entries: vec![big], signature: [0; 64] });
        for place in 0..10 {
            cache.put(JournalPosition(place), &run);
            cache.put(JournalPosition(place), &run);
            assert!(cache.get(JournalPosition(place)).is_some());
            assert!(cache.bytes <= MAX_BYTES && cache.order.len() == cache.runs.len());
        }
        assert!(cache.get(JournalPosition(0)).is_none());
        assert!(cache.get(JournalPosition(8)).is_some());
    }

    #[test]
    fn what_is_not_committed_stays_whatever_is_read() {
        let mut cache = RunCache::default();
        let big = Entry { header: Arc::from(vec![0; MAX_BYTES / 3]), payloads: Vec::new() };
        let run = Arc::new(Run { entries: vec![big], signature: [0; 64] });
        let (pending, lost) = (JournalPosition(100), JournalPosition(101));
        cache.put_uncommitted(pending, Arc::clone(&run));
        for place in 0..10 {
            cache.put(JournalPosition(place), &run);
            assert!(cache.get(pending).is_some());
        }
        cache.committed();
        assert!(cache.get(pending).is_some() && cache.bytes <= MAX_BYTES);
        for place in 10..20 {
            cache.put(JournalPosition(place), &run);
        }
        assert!(cache.get(pending).is_none(), "from here on it is read from the journal");
        cache.put_uncommitted(lost, run);
        cache.forget_uncommitted();
        assert!(cache.get(lost).is_none());
    }
}
