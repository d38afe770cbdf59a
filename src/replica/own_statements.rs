//! This node's own affairs: circles that it founds or takes up, statements that it makes, and
//! values that it keeps for itself.

use crate::{
    membership::{CutOff, CutOffs, DeviceRole, InviteState, StatementSet, VerifiedStatement},
    model::id::{CircleId, DeviceId, LogId, OrgId, StatementId},
    replica::{
        JournalPosition, Replica, Storage, StorageError, circle::CircleState, record::Record,
    },
    sync::StatementOutcome,
};

/// Whether these statements make an organisation a member of a circle, before anything is kept.
#[must_use]
pub fn would_be_member(circle: &CircleId, statements: &[Vec<u8>], org: &OrgId) -> bool {
    let mut state = CircleState::new(*circle);
    for bytes in statements {
        if let Ok(statement) = VerifiedStatement::decode(bytes) {
            state.set.insert(statement);
        }
    }
    crate::membership::resolve(&state.set).is_member(org)
}

/// A device as statements of its organisation's private circle certify it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certified {
    /// Its role.
    pub role: DeviceRole,
    /// The newest manifest.
    pub manifest: StatementId,
    /// The root key of that.
    pub root: [u8; 32],
    /// Whether the circle is the organisation's alone: it founded it without a coalition above,
    /// nobody else was ever let in or may decide, and no invite is open.
    pub alone: bool,
}

/// What these statements of a circle say of a device, before anything is kept; none if they do not
/// certify it for this organisation, or revoke it.
#[must_use]
pub fn certified_in(
    circle: &CircleId,
    statements: &[Vec<u8>],
    (org, device): (&OrgId, &DeviceId),
) -> Option<Certified> {
    let mut state = CircleState::new(*circle);
    for bytes in statements {
        state.set.insert(VerifiedStatement::decode(bytes).ok()?);
    }
    let membership = crate::membership::resolve(&state.set);
    let found = membership.device(device).filter(|it| it.org == *org && it.is_active())?;
    let manifest = membership.org(org)?.manifest?;
    let root = state.set.get(&manifest)?.as_manifest()?.core().root;
    let genesis = membership.genesis()?;
    let alone = membership.parent().is_none()
        && genesis.break_glass.is_empty()
        && membership.break_glass().is_empty()
        && membership.invites().values().all(|it| it.state != InviteState::Open)
        && membership.orgs().keys().eq([org]);
    Some(Certified { role: found.role(), manifest, root, alone })
}

impl<S: Storage> Replica<S> {
    /// Takes part in a circle from here on; its statements follow.
    pub fn take_up(&mut self, circle: CircleId) {
        self.circles.entry(circle).or_insert_with(|| CircleState::new(circle));
    }

    /// Keeps statements that did not come through sync: our own, or from a file. Durable when it
    /// returns, and on their way to the partners. None is kept once the journal failed
    /// ([`check_journal`](Self::check_journal)).
    pub fn keep_statements(
        &mut self,
        circle: &CircleId,
        statements: Vec<Vec<u8>>,
    ) -> StatementOutcome {
        let outcome = self.take_statements(circle, statements);
        let added = outcome.added.iter().copied();
        self.outbox.statements.entry(*circle).or_default().extend(added);
        outcome
    }

    /// How far each log of a circle counts, of what is held.
    #[must_use]
    pub fn counting_tails(&self, circle: &CircleId) -> CutOffs {
        self.circles.get(circle).map(CircleState::counting_tails).unwrap_or_default()
    }

    /// The cut-off after so many entries of a log; none if not as many are held.
    #[must_use]
    pub fn cut_off_at(&self, circle: &CircleId, log: &LogId, count: u64) -> Option<CutOff> {
        let entry = self.circles.get(circle)?.logs.get(log)?.get(count.checked_sub(1)?)?;
        Some(CutOff { count, last: entry.hash })
    }

    /// Where the first entry of a log lies in the journal: logs that came earlier come first.
    #[must_use]
    pub fn came_at(&self, circle: &CircleId, log: &LogId) -> Option<JournalPosition> {
        Some(self.circles.get(circle)?.logs.get(log)?.get(0)?.position)
    }

    /// How many entries of a device are held in a circle.
    #[must_use]
    pub fn entries_of(&self, circle: &CircleId, device: &DeviceId) -> u64 {
        let logs = self.circles.get(circle).into_iter().flat_map(|state| &state.logs);
        logs.filter(|(log, _held)| log.device == *device).map(|(_log, held)| held.len()).sum()
    }

    /// A statement that is held.
    #[must_use]
    pub fn statement(&self, circle: &CircleId, id: &StatementId) -> Option<&VerifiedStatement> {
        self.circles.get(circle)?.set.get(id)
    }

    /// The set of a circle's statements.
    #[must_use]
    pub fn statement_set(&self, circle: &CircleId) -> Option<&StatementSet> {
        self.circles.get(circle).map(|state| &state.set)
    }

    /// All statements of a circle.
    pub fn statements(&self, circle: &CircleId) -> impl Iterator<Item = &VerifiedStatement> {
        self.circles.get(circle).into_iter().flat_map(|state| state.set.iter()).map(|(_, it)| it)
    }

    /// A value that this node keeps for itself.
    #[must_use]
    pub fn local(&self, key: &str) -> Option<&[u8]> {
        self.local.get(key).map(Vec::as_slice)
    }

    /// The values that this node keeps for itself under keys with this beginning.
    pub fn locals<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let from = self.local.range(prefix.to_owned()..);
        from.take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.as_str(), value.as_slice()))
    }

    /// Keeps a value for this node alone; an empty one is forgotten. Durable when it returns.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn set_local(&mut self, key: &str, value: Vec<u8>) -> Result<(), StorageError> {
        if self.local.get(key) == Some(&value) {
            return Ok(());
        }
        let record = Record::Local { key: key.to_owned(), value: value.clone() };
        self.journal(&record)?;
        self.commit()?;
        self.restore_local(key.to_owned(), value);
        Ok(())
    }

    pub(super) fn restore_local(&mut self, key: String, value: Vec<u8>) {
        if value.is_empty() {
            self.local.remove(&key);
        } else {
            self.local.insert(key, value);
        }
    }
}
