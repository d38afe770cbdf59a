//! A replica as sync sees it.

use crate::{
    log::{ForkProof, LogPosition, Run},
    membership::{Genesis, VerifiedStatement},
    model::{
        id::{CircleId, DeviceId, LogId, StatementId},
        limits::{MAX_CIRCLES, MAX_INTRODUCED_PER_FOUNDER},
    },
    replica::{Replica, Storage, circle::CircleState, own_statements::would_be_member},
    sync::{
        self, ProofOutcome, ReceiptMark, ReceiptOutcome, ReceiptsOutcome, RunOutcome,
        StatementOutcome,
    },
};

impl<S: Storage> sync::Replica for Replica<S> {
    fn circles(&self) -> Vec<CircleId> {
        self.circle_ids().filter(|circle| self.told(circle).is_some()).collect()
    }

    fn device_of_transport(&self, transport: &[u8; 32]) -> Option<DeviceId> {
        self.circles.values().find_map(|state| state.membership.device_of_transport(transport))
    }

    fn serves(&self, circle: &CircleId, device: &DeviceId) -> bool {
        let Some(state) = self.told(circle) else { return false };
        let parent = state.membership.parent();
        let parent = parent.and_then(|parent| self.circles.get(&parent));
        (!self.copied.contains(circle) || self.is_ours(state, device))
            && state.membership.takes_part(device)
            && parent.is_none_or(|parent| parent.membership.takes_part(device))
    }

    fn reads(&self, circle: &CircleId, device: &DeviceId) -> bool {
        let Some(state) = self.told(circle) else { return false };
        let parent = state.membership.parent();
        let parent = parent.and_then(|parent| self.circles.get(&parent));
        self.serves(circle, device)
            && state.membership.may_read(device)
            && parent.is_none_or(|parent| parent.membership.may_read(device))
    }

    fn offers_statements(&self, circle: &CircleId, transport: &[u8; 32]) -> bool {
        let Some(state) = self.told(circle) else { return false };
        if !state.membership.is_member(&self.identity.org) {
            return true;
        }
        let device = state.membership.device_of_transport(transport);
        device.is_some_and(|device| state.membership.may_confer(&device))
    }

    fn credentials(&self, circle: &CircleId) -> Vec<StatementId> {
        let own = self.identity.org;
        let mine = |statement: &&VerifiedStatement| {
            statement.as_manifest().is_some_and(|it| it.core().org == own)
                || statement.as_admission().is_some_and(|it| it.request().org == own)
        };
        if self.failed {
            return Vec::new();
        }
        self.statements(circle).filter(mine).map(VerifiedStatement::id).collect()
    }

    fn statement_ids(&self, circle: &CircleId) -> Vec<StatementId> {
        self.told(circle).map(|state| state.set.ids().copied().collect()).unwrap_or_default()
    }

    fn has_statement(&self, circle: &CircleId, id: &StatementId) -> bool {
        // One that was refused for want of room is not asked for again.
        self.circles
            .get(circle)
            .is_some_and(|state| state.set.contains(id) || state.refused.contains(id))
    }

    fn statement(&self, circle: &CircleId, id: &StatementId) -> Option<Vec<u8>> {
        self.told(circle)?.set.get(id).map(VerifiedStatement::encode)
    }

    fn accept_statements(
        &mut self,
        circle: &CircleId,
        _from: &[u8; 32],
        statements: Vec<Vec<u8>>,
    ) -> StatementOutcome {
        self.take_statements(circle, statements)
    }

    fn introduction(&self, circle: &CircleId) -> Option<Vec<u8>> {
        let state = self.told(circle)?;
        state.set.get(&StatementId::new(*circle.as_bytes())).map(VerifiedStatement::encode)
    }

    fn accept_introduction(&mut self, from: &[u8; 32], genesis: Vec<u8>) -> Option<CircleId> {
        let statement = VerifiedStatement::decode(&genesis).ok()?;
        let VerifiedStatement::Genesis(ref genesis_statement) = statement else { return None };
        let circle = Genesis::circle(&statement.id());
        if self.circles.contains_key(&circle) {
            return Some(circle);
        }
        let parent = self.circles.get(&genesis_statement.value().parent?)?;
        let sender = parent.membership.device_of_transport(from)?;
        let ours = parent.membership.may_read(&self.own_device());
        let entitled = ours && parent.membership.may_read(&sender);
        // Its founder is of the parent, and takes no more room than its share.
        let genesis_value = genesis_statement.value();
        let founder = parent.membership.device(&genesis_value.device);
        let founded = |state: &CircleState| {
            state.membership.genesis().is_some_and(|it| it.org == genesis_value.org)
        };
        let entitled = entitled
            && founder.is_some_and(|device| device.org == genesis_value.org)
            && self.circles.values().filter(|it| founded(it)).count() < MAX_INTRODUCED_PER_FOUNDER;
        if !entitled || self.circles.len() >= MAX_CIRCLES {
            return None;
        }
        self.circles.insert(circle, CircleState::new(circle));
        self.take_statements(&circle, vec![genesis]);
        Some(circle)
    }

    fn accept_joining(&mut self, circle: &CircleId, statements: Vec<Vec<u8>>) -> bool {
        if self.failed || self.circles.len() >= MAX_CIRCLES || self.circles.contains_key(circle) {
            return false;
        }
        // Our own signature under the request says that we want to be in; a member alone could
        // otherwise put us into whatever it founds.
        let own = self.identity.org;
        // A dropbox knows its private circle and no other.
        let device = self.own_device();
        let states = || self.circles.values().filter_map(|it| it.membership.device(&device));
        if states().any(|state| !state.device.role.reads()) {
            return false;
        }
        let asked = |bytes: &Vec<u8>| {
            let statement = VerifiedStatement::decode(bytes).ok();
            let admission = statement.as_ref().and_then(VerifiedStatement::as_admission);
            admission.is_some_and(|it| it.request().circle == *circle && it.request().org == own)
        };
        if !statements.iter().any(asked) || !would_be_member(circle, &statements, &own) {
            return false;
        }
        self.circles.insert(*circle, CircleState::new(*circle));
        self.take_statements(circle, statements);
        true
    }

    fn is_out(&self, device: &DeviceId) -> bool {
        let all = || self.circles.values().map(|state| &state.membership);
        all().any(|it| it.device(device).is_some()) && !all().any(|it| it.may_confer(device))
    }

    fn frontier(&self, circle: &CircleId) -> Vec<LogPosition> {
        let Some(state) = self.circles.get(circle) else { return Vec::new() };
        state.logs.iter().map(|(log, held)| held.position(*log)).collect()
    }

    fn position(&self, circle: &CircleId, log: &LogId) -> LogPosition {
        self.log_position(circle, log)
    }

    fn follows(&self, circle: &CircleId, log: &LogId) -> bool {
        self.follows_log(circle, log)
    }

    fn read_run(&self, circle: &CircleId, log: &LogId, from: u64, max_bytes: usize) -> Option<Run> {
        // A partner asks again for what cannot be read now.
        self.run_from(circle, log, from, max_bytes).ok().flatten()
    }

    fn accept_run(&mut self, circle: &CircleId, log: &LogId, run: Run) -> RunOutcome {
        self.take_run(circle, log, &run)
    }

    fn fork_proof(&self, circle: &CircleId, log: &LogId) -> Option<ForkProof> {
        self.told(circle)?.logs.get(log)?.fork().cloned()
    }

    fn accept_fork_proof(
        &mut self,
        circle: &CircleId,
        log: &LogId,
        proof: ForkProof,
    ) -> ProofOutcome {
        self.take_proof(circle, log, proof)
    }

    fn receipt_marks(&self, circle: &CircleId) -> Vec<ReceiptMark> {
        let Some(state) = self.told(circle) else { return Vec::new() };
        let marks = state.receipts.marks();
        marks.filter(|mark| self.serves(circle, &mark.device)).collect()
    }

    fn receipt_device(&self, circle: &CircleId, prefix: &[u8; 8]) -> Option<DeviceId> {
        let device = self.told(circle)?.membership.device_beginning(prefix)?;
        self.serves(circle, &device).then_some(device)
    }

    fn receipt(&self, circle: &CircleId, device: &DeviceId) -> Option<Vec<u8>> {
        self.told(circle).filter(|_| self.serves(circle, device))?;
        self.stored_receipt(circle, device)
    }

    fn accept_receipt(&mut self, circle: &CircleId, receipt: &[u8]) -> ReceiptOutcome {
        self.take_receipt(circle, receipt)
    }

    fn owes_receipt(&self, circle: &CircleId) -> bool {
        self.told(circle).is_some() && self.is_receipt_owed(circle)
    }

    fn issue_receipt(&mut self, circle: &CircleId) -> Option<ReceiptMark> {
        self.make_receipt(circle)
    }

    fn acknowledged(&self, circle: &CircleId, device: &DeviceId) -> Option<Vec<LogPosition>> {
        self.acknowledged_by(circle, device)
    }

    fn accept_receipts(&mut self, circle: &CircleId, receipts: &[Vec<u8>]) -> ReceiptsOutcome {
        let mut taken = ReceiptsOutcome::default();
        for receipt in receipts {
            match self.take_receipt(circle, receipt) {
                ReceiptOutcome::Accepted(_) => taken.added = taken.added.saturating_add(1),
                ReceiptOutcome::Known | ReceiptOutcome::NotKept => {}
                ReceiptOutcome::Invalid => {
                    taken.invalid = true;
                    break;
                }
            }
        }
        if taken.added > 0 {
            self.outbox.receipts.insert(*circle);
        }
        taken
    }
}

impl<S: Storage> Replica<S> {
    /// A circle as partners may be told of it: nobody is told anything once the journal failed.
    /// What was written last is in memory and may not be on disk: a partner that got it would hold
    /// it against what this device writes in its place after the next start.
    pub(super) fn told(&self, circle: &CircleId) -> Option<&CircleState> {
        self.circles.get(circle).filter(|_state| !self.failed)
    }
}
