//! What follows when a circle's statements change: other entries count than before.

use std::{collections::BTreeMap, mem};

use crate::{
    log::Kind,
    membership::{Standing, resolve},
    model::id::{CircleId, LogId},
    replica::{Replica, Storage},
};

impl<S: Storage> Replica<S> {
    /// Resolves a circle's membership again, and puts up what stands otherwise than before:
    /// documents are worked out again, entries of new members opened, grants looked at again.
    pub(super) fn membership_changed(&mut self, circle: &CircleId) {
        self.work.resolves += 1;
        let Some(state) = self.circles.get_mut(circle) else { return };
        let after = resolve(&state.set);
        let before = mem::replace(&mut state.membership, after);
        state.rooms = None;
        state.refused.clear();
        let mut first_other: BTreeMap<LogId, u64> = BTreeMap::new();
        for (log, held) in &state.logs {
            let other = held.from(0).find(|(seq, _entry)| {
                let stood = state.standing_by(&before, log, *seq) == Standing::Counts;
                let stands = state.standing(log, *seq) == Standing::Counts;
                stood != stands
            });
            if let Some((seq, _entry)) = other {
                first_other.insert(*log, seq);
            }
        }
        let early = mem::take(&mut state.early_grants);
        self.inbox.extend(early.into_iter().map(|(log, seq)| (*circle, log, seq)));
        for (log, from) in first_other {
            self.stands_otherwise(circle, &log, from);
        }
    }

    /// Entries of a log from a place on count that did not, or count no more.
    pub(super) fn stands_otherwise(&mut self, circle: &CircleId, log: &LogId, from: u64) {
        if Some(log.lane) == Kind::Grant.lane() {
            self.relearn_all_grants(circle);
        }
        self.mark_dirty(circle, log, from);
        let held = self.circles.get(circle).and_then(|state| state.logs.get(log));
        let seqs: Vec<u64> =
            held.into_iter().flat_map(|held| held.from(from)).map(|(seq, _)| seq).collect();
        self.inbox.extend(seqs.into_iter().map(|seq| (*circle, *log, seq)));
    }
}
