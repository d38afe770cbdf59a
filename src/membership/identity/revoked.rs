//! What of a revoked device still counts, when several manifests say so.

use std::collections::BTreeSet;

use crate::{
    membership::{CutOffs, StandingWork, limit},
    model::id::StatementId,
};

/// What of a revoked device still counts in one circle.
#[derive(Debug, Clone, Default)]
pub(in crate::membership) struct RevokedWork {
    /// Decisions that bound its approvals; all of them do. With none, the approvals stand: an
    /// organisation that lost its only device cannot name decisions before it has synced again.
    pub(in crate::membership) decisions: BTreeSet<StatementId>,
    /// Entries that count; with none named, no entry does.
    pub(in crate::membership) cut_offs: Option<CutOffs>,
}

impl RevokedWork {
    /// Takes in what one more manifest says: less of the device counts, never more, except that
    /// naming entries for the first time makes those count.
    pub(super) fn narrow(&mut self, work: Option<&StandingWork>) {
        let Some(work) = work else { return };
        self.decisions.insert(work.decision);
        self.cut_offs = Some(match self.cut_offs.take() {
            Some(known) => limit::both(&known, &work.cut_offs),
            None => work.cut_offs.clone(),
        });
    }
}
