//! One device's state of all its circles: statements, logs, keys, documents.
//!
//! Sans-I/O: the disk is the trait [`Storage`], randomness comes in as an argument. The node puts
//! a journal and sled behind it, the simulator a vector.
//!
//! ```text
//! statements ──verify──▶ set ──resolve──▶ membership ──▶ who is served, which entries count
//! runs ──verify──▶ journal ──▶ log ──▶ inbox ──open──▶ grants ──▶ key ring
//!                                          └──open──▶ changes ──preflight──▶ documents
//! edit ──▶ change ──seal──▶ entry ──▶ journal ──▶ appended: sync tells the partners
//! ```
//!
//! Reading order: [`Replica`], `ingest` (what comes in), `documents` (what is opened), `write`
//! (what goes out), `tend` (keys for those who lack them), `restore` (after a start).

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, VecDeque},
};

use crate::{
    crypto::DeviceKeys,
    membership::Membership,
    model::{
        id::{CircleId, DeviceId, EpochId, Incarnation, LogId, OrgId, StatementId},
        limits::MAX_REPORTS,
    },
};

mod circle;
mod deposit;
pub mod documents;
mod grants;
mod inbox;
mod ingest;
mod journaling;
pub mod keyring;
mod known;
mod linkage;
mod log_state;
mod membership_change;
mod own_statements;
mod reach;
mod receipts;
mod record;
mod restore;
mod run_cache;
pub mod storage;
mod sync;
mod tend;
mod write;

use circle::CircleState;
use documents::refs::ChangeRef;
use run_cache::RunCache;

#[cfg(test)]
pub(crate) use documents::watched;
pub use documents::{DocumentKey, DocumentReading};
pub use own_statements::{Certified, certified_in, would_be_member};
pub use reach::{Doubt, Place};
pub use storage::{JournalPosition, MemoryStorage, RecordKind, Storage, StorageError, Tree};
pub use write::{DocumentWrite, WriteError};

/// Who this device is.
#[derive(Debug)]
pub struct Identity {
    /// The organisation.
    pub org: OrgId,
    /// The device's keys.
    pub keys: DeviceKeys,
    /// This life of the device's home.
    pub incarnation: Incarnation,
}

/// What the node has to tell sync after a call that wrote.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// Logs that we appended to.
    pub appended: BTreeSet<(CircleId, LogId)>,
    /// Statements that are new.
    pub statements: BTreeMap<CircleId, BTreeSet<StatementId>>,
    /// Circles of which there are new receipts.
    pub receipts: BTreeSet<CircleId>,
}

/// What others made this replica do since it was opened, in what costs time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Statements whose signatures were checked.
    pub statements: u64,
    /// Runs whose signature was checked, if nothing cheaper refused them.
    pub runs: u64,
    /// Times that a membership was worked out again.
    pub resolves: u64,
    /// Entries that were opened, or looked at again.
    pub opened: u64,
}

/// How much is held of a circle, for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CircleCounts {
    /// Entries of all logs.
    pub entries: u64,
    /// Entries whose key has not come yet.
    pub waiting_for_key: u64,
    /// Entries in quarantine.
    pub quarantined: u64,
    /// Key epochs whose secret is held.
    pub epochs: usize,
    /// Entries that damage to the journal left out of the middle of logs.
    pub missing: u64,
    /// Logs that are frozen because their writer made two entries at one place.
    pub forked: usize,
}

/// One device's state of all its circles.
#[derive(Debug)]
pub struct Replica<S> {
    identity: Identity,
    storage: S,
    circles: BTreeMap<CircleId, CircleState>,
    local: BTreeMap<String, Vec<u8>>,
    /// Entries to be opened.
    inbox: inbox::Inbox,
    /// What could not be read and is tried again.
    unread: documents::Unread,
    /// Documents to be worked out again.
    dirty: BTreeSet<DocumentKey>,
    /// Documents that have changed otherwise than through the inbox.
    changed: BTreeMap<DocumentKey, DocumentReading>,
    /// Circles of which the index keeps a copy of every document.
    copied: BTreeSet<CircleId>,
    /// Where this device wrote in documents that are not saved yet.
    written: BTreeMap<DocumentKey, BTreeSet<ChangeRef>>,
    outbox: Outbox,
    reports: VecDeque<String>,
    /// Runs that were stored or read last.
    runs: RefCell<RunCache>,
    work: Work,
    /// Logs that have grown since times were noted.
    grown: BTreeSet<(CircleId, LogId)>,
    /// Length of each log before its entries that are not durable yet.
    uncommitted: BTreeMap<(CircleId, LogId), u64>,
    /// Commits wait for [`Self::release_commits`].
    holding: bool,
    /// A commit was asked for meanwhile.
    owes_commit: bool,
    /// The journal failed: nothing is written until it is opened again.
    failed: bool,
}

impl<S: Storage> Replica<S> {
    /// This device.
    #[must_use]
    pub fn own_device(&self) -> DeviceId {
        self.identity.keys.device()
    }

    /// Who this device is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The disk.
    #[must_use]
    pub const fn storage(&self) -> &S {
        &self.storage
    }

    /// The disk, for closing it.
    #[must_use]
    pub fn into_storage(self) -> S {
        self.storage
    }

    /// Goes on writing the logs of this life.
    pub const fn set_incarnation(&mut self, incarnation: Incarnation) {
        self.identity.incarnation = incarnation;
    }

    /// Keeps a copy of every document of a circle in the index: of one that nobody else holds, and
    /// could give back.
    pub fn keep_copies_of(&mut self, circle: CircleId) {
        self.copied.insert(circle);
    }

    /// The disk, for what the node keeps in the index beside the documents.
    pub const fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// What others made this replica do since it was opened.
    #[must_use]
    pub const fn work(&self) -> Work {
        self.work
    }

    /// Who is in a circle.
    #[must_use]
    pub fn membership(&self, circle: &CircleId) -> Option<&Membership> {
        self.circles.get(circle).map(|state| &state.membership)
    }

    /// The circles of which anything is held.
    pub fn circle_ids(&self) -> impl Iterator<Item = CircleId> {
        self.circles.keys().copied()
    }

    /// How much is held of a circle.
    #[must_use]
    pub fn counts_of(&self, circle: &CircleId) -> CircleCounts {
        let Some(state) = self.circles.get(circle) else { return CircleCounts::default() };
        CircleCounts {
            entries: state.entries(),
            waiting_for_key: if self.only_deposits(circle) {
                0
            } else {
                state.waiting.values().map(|entries| entries.len() as u64).sum()
            },
            quarantined: state.quarantined(),
            epochs: state.keys.held().count(),
            missing: state.logs.values().map(log_state::LogState::missing).sum(),
            forked: state.logs.values().filter(|log| log.fork().is_some()).count(),
        }
    }

    /// The key epochs of a circle whose secrets are held.
    pub fn held_epochs(&self, circle: &CircleId) -> impl Iterator<Item = EpochId> {
        self.circles.get(circle).into_iter().flat_map(|state| state.keys.held())
    }

    /// The key epochs of a circle whose secrets have not come, with how many entries wait for each.
    pub fn awaited_epochs(&self, circle: &CircleId) -> impl Iterator<Item = (EpochId, usize)> {
        let waiting = self.circles.get(circle).into_iter().flat_map(|state| &state.waiting);
        waiting.map(|(epoch, entries)| (*epoch, entries.len()))
    }

    /// What sync is to be told of what was written since the last call.
    pub fn take_outbox(&mut self) -> Outbox {
        std::mem::take(&mut self.outbox)
    }

    /// What a person should know that nothing else tells, oldest first; forgotten here.
    pub fn take_reports(&mut self) -> Vec<String> {
        self.reports.drain(..).collect()
    }

    /// Tells people, and the log. The message must hold nothing of what payloads say.
    pub(crate) fn report(&mut self, message: String) {
        tracing::warn!("{message}");
        if self.reports.len() >= MAX_REPORTS {
            self.reports.pop_front();
        }
        self.reports.push_back(message);
    }

    fn quarantine_payload(&mut self, circle: &CircleId, log: &LogId, seq: u64, reason: &str) {
        let circle = circle.short();
        self.report(format!("entry {log} {seq} of circle {circle} is in quarantine: {reason}"));
    }
}

#[cfg(test)]
mod tests;
