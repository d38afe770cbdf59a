//! What a device may be asked for, by its role, and what one does that cannot read.

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError, Request,
        device::{Deposited, DeviceRequest},
        joint::DecisionRequest,
        statement::StatementRequest,
    },
    membership::DeviceRole,
    model::registry::{Record, check},
    node::{Node, device::role_by_number, errors},
};

impl Node {
    /// This device's role; as its certificate said until the manifest is here.
    pub(in crate::node) fn role(&self) -> DeviceRole {
        let device = self.replica.own_device();
        let certified = self.replica.membership(&self.own.private);
        let certified = certified.and_then(|it| it.device(&device)).map(|it| it.role());
        let told = self.own.role.and_then(role_by_number);
        certified.or(told).unwrap_or(DeviceRole::Admin)
    }

    /// Refuses what this device's role does not allow. Partners' nodes refuse it as well, whatever
    /// this one does; here people are told why.
    pub(super) fn check_role(&self, request: &Request) -> Result<(), ApiError> {
        let role = self.role();
        if !role.reads() && !needs_no_reading(request) {
            return Err(errors::refused(
                "this device is a dropbox: it seals records and sends them, and cannot read any",
            )
            .hint("`ceiba incident add` records; read on another device of the organisation")
            .named("dropbox", &[]));
        }
        if !role.speaks() && speaks(request) {
            return Err(errors::refused(
                "this device reads and writes, and does not speak for the organisation",
            )
            .hint("do it on a node or an admin device: `ceiba device list` shows the roles")
            .named("no-speaking-device", &[]));
        }
        if !role.decides() && decides(request) {
            return Err(errors::refused(
                "this device reads and writes, and signs no decisions for the organisation",
            )
            .hint("do it on an admin device: `ceiba device list` shows the roles")
            .named("no-admin-device", &[]));
        }
        Ok(())
    }

    /// Records an incident that this device cannot read afterwards.
    pub(super) fn deposit_incident(
        &mut self,
        fields: &BTreeMap<String, String>,
    ) -> Result<Answer, ApiError> {
        let record = self.new_record(fields)?;
        let circle = self.own.private;
        let nonce = self.replica.next_deposit_nonce(&circle)?;
        let (incidents, edits) = self.prepare_incidents(&[record], vec![nonce])?;
        for (write, _document) in edits {
            self.replica.deposit(&circle, write, &mut self.rng)?;
        }
        self.settle();
        let incident = incidents.first().copied();
        let incident = incident.ok_or_else(|| errors::internal("nothing was written"))?;
        Ok(Answer::Deposited(Deposited { incident }))
    }

    /// A new incident of these fields, checked.
    pub(super) fn new_record(&self, fields: &BTreeMap<String, String>) -> Result<Record, ApiError> {
        let mut record = Record::incident();
        super::incidents::set_fields(&mut record, fields)?;
        let problems = check(&record);
        if let Some(first) = problems.first() {
            let error = errors::usage(first.to_string());
            return Err(problems
                .iter()
                .skip(1)
                .fold(error, |error, it| error.hint(it.to_string())));
        }
        self.check_codes(&self.own.private, record.schema(), record.iter())?;
        Ok(record)
    }
}

/// What can be asked of a device that reads nothing.
const fn needs_no_reading(request: &Request) -> bool {
    matches!(
        request,
        Request::Status
            | Request::IncidentAdd { .. }
            | Request::PeerAdd { .. }
            | Request::PeerList
            | Request::Sync { .. }
            | Request::Device(DeviceRequest::List)
            | Request::Shutdown
    )
}

/// What partners take as the organisation's word.
fn speaks(request: &Request) -> bool {
    if let Request::Statement(request) = request {
        return matches!(
            **request,
            StatementRequest::Freeze { .. }
                | StatementRequest::Endorse { .. }
                | StatementRequest::Release { .. }
        );
    }
    matches!(
        request,
        Request::Decide(
            DecisionRequest::Open { .. }
                | DecisionRequest::Position { .. }
                | DecisionRequest::Close { .. }
        )
    )
}

/// What ends in a signature for the organisation.
const fn decides(request: &Request) -> bool {
    matches!(
        request,
        Request::CoalitionCreate { .. }
            | Request::InviteCreate { .. }
            | Request::InviteRevoke { .. }
            | Request::InviteAnswer { .. }
            | Request::Join { .. }
            | Request::JoinRequest { .. }
            | Request::ProposalApprove { .. }
            | Request::MemberRemove { dry_run: false, .. }
            | Request::MemberSuspend { .. }
            | Request::MemberReinstate { .. }
            | Request::CircleCreate { .. }
            | Request::CircleAdd { .. }
            | Request::CircleRemove { dry_run: false, .. }
            | Request::Device(DeviceRequest::SignHere)
    )
}
