//! What is held of one circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    log::circle_tag,
    membership::{CutOff, CutOffs, Membership, Quarantine, Rooms, Standing, StatementSet, resolve},
    model::id::{CircleId, CircleTag, DeviceId, EpochId, LogId, OrgId, StatementId},
    replica::{keyring::KeyRing, known::KnownSince, log_state::LogState, receipts::Receipts},
};

/// What is held of one circle.
#[derive(Debug)]
pub(super) struct CircleState {
    /// Its tag in headers.
    pub(super) tag: CircleTag,
    /// Its statements.
    pub(super) set: StatementSet,
    /// What follows from them.
    pub(super) membership: Membership,
    /// How much of each organisation's own room is taken, once the general room is full.
    pub(super) rooms: Option<Rooms>,
    /// Statements for which there was no room: not asked for again until others have come.
    pub(super) refused: BTreeSet<StatementId>,
    /// Of whom people were told that there is no room for their statements; none for nobody known.
    pub(super) told_full: BTreeSet<Option<OrgId>>,
    /// Its logs.
    pub(super) logs: BTreeMap<LogId, LogState>,
    /// Its key epochs.
    pub(super) keys: KeyRing,
    /// Entries whose epoch's secret has not come yet.
    pub(super) waiting: BTreeMap<EpochId, BTreeSet<(LogId, u64)>>,
    /// Grants whose author knew a decision that has not come.
    pub(super) early_grants: BTreeSet<(LogId, u64)>,
    /// What devices say that they hold.
    pub(super) receipts: Receipts,
    /// Since when its entries are known.
    pub(super) known: BTreeMap<LogId, KnownSince>,
}

impl CircleState {
    /// A circle of which nothing is held.
    pub(super) fn new(id: CircleId) -> Self {
        let set = StatementSet::new(id);
        let membership = resolve(&set);
        Self {
            tag: circle_tag(&id),
            set,
            membership,
            rooms: None,
            refused: BTreeSet::new(),
            told_full: BTreeSet::new(),
            logs: BTreeMap::new(),
            keys: KeyRing::default(),
            waiting: BTreeMap::new(),
            early_grants: BTreeSet::new(),
            receipts: Receipts::default(),
            known: BTreeMap::new(),
        }
    }

    /// How an entry that is held stands.
    pub(super) fn standing(&self, log: &LogId, seq: u64) -> Standing {
        self.standing_by(&self.membership, log, seq)
    }

    /// How an entry that is held stands by a membership. Of a forked log nothing counts from the
    /// doubled place on: which line a node came to hold is chance.
    pub(super) fn standing_by(&self, membership: &Membership, log: &LogId, seq: u64) -> Standing {
        let Some(held) = self.logs.get(log) else { return Standing::Unknown };
        let Some(entry) = held.get(seq) else { return Standing::Unknown };
        if held.fork().is_some_and(|proof| seq >= proof.seq) {
            return Standing::Quarantined(Quarantine::Fork);
        }
        membership.standing(log, seq, &entry.hash)
    }

    /// Entries held that are in quarantine.
    pub(super) fn quarantined(&self) -> u64 {
        let of = |(log, state): (&LogId, &LogState)| {
            let counts = |seq: u64| self.standing(log, seq) == Standing::Counts;
            state.from(0).filter(|(seq, _entry)| !counts(*seq)).count() as u64
        };
        self.logs.iter().map(of).sum()
    }

    /// How far each log counts of what is held; none of it where nothing does.
    pub(super) fn counting_tails(&self) -> CutOffs {
        let mut tails = CutOffs::new();
        for (log, held) in &self.logs {
            let counts = |seq: u64| self.standing(log, seq) == Standing::Counts;
            let counting = held.from(0).take_while(|(seq, _entry)| counts(*seq));
            if let Some((seq, last)) = counting.last() {
                tails.insert(*log, CutOff { count: seq.saturating_add(1), last: last.hash });
            }
        }
        tails
    }

    /// Devices that may read, with which this circle's keys are shared.
    pub(super) fn readers(&self) -> BTreeSet<DeviceId> {
        self.membership.recipients().map(|device| device.device).collect()
    }

    /// Entries held of all logs.
    pub(super) fn entries(&self) -> u64 {
        self.logs.values().map(LogState::len).sum()
    }
}
