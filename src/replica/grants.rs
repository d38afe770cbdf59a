//! Grants as they come in: into the key ring, and what waited for them up for opening.

use std::sync::Arc;

use crate::{
    crypto::GrantSet,
    log::{Header, Kind},
    model::id::{CircleId, LogId},
    replica::{Replica, Storage},
};

impl<S: Storage> Replica<S> {
    /// Learns the grants of an entry. They wait until the decision is known that their author
    /// knew: else we might grant on, to somebody whom that decision put out.
    pub(super) fn learn_grants(
        &mut self,
        circle: &CircleId,
        (header, counts): (&Header, bool),
        payloads: &[Option<Arc<[u8]>>],
    ) {
        let Some(state) = self.circles.get_mut(circle) else { return };
        if state.membership.decision_depth(&header.decision).is_none() {
            state.early_grants.insert((header.log, header.seq));
            return;
        }
        for payload in payloads.iter().flatten() {
            let Ok(set) = GrantSet::decode(payload) else { continue };
            if set.decision != header.decision {
                continue;
            }
            let author = (header.log.device, counts);
            for epoch in state.keys.learn(circle, author, set, &self.identity.keys) {
                for (log, seq) in state.take_waiting(&epoch) {
                    self.inbox.push_back((*circle, log, seq));
                }
            }
        }
    }

    /// Learns the grants of an entry again.
    pub(super) fn relearn_grants(&mut self, circle: &CircleId, log: &LogId, seq: u64) {
        if let Some((header, payloads)) = self.entry(circle, log, seq)
            && header.kind == Kind::Grant
        {
            let counts = self.counts(circle, log, seq);
            self.learn_grants(circle, (&header, counts), &payloads);
        }
    }

    /// Learns all grants of a circle again, because others count than before.
    pub(super) fn relearn_all_grants(&mut self, circle: &CircleId) {
        let Some(state) = self.circles.get_mut(circle) else { return };
        state.keys.forget_grants();
        let control = state.logs.iter().filter(|(log, _)| Some(log.lane) == Kind::Grant.lane());
        let control: Vec<(LogId, u64)> =
            control.flat_map(|(log, held)| held.from(0).map(|(seq, _entry)| (*log, seq))).collect();
        for (log, seq) in control {
            self.relearn_grants(circle, &log, seq);
        }
    }
}
