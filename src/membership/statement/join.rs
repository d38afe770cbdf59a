//! What who holds a ticket asks for.

use ed25519_dalek::SigningKey;
use prost::Message;

use crate::{
    crypto::{Label, Statement},
    membership::{StatementError, field},
    model::id::{CircleId, DeviceId, InviteId, OrgId, StatementId},
    wire::membership as wire,
};

/// A request to join, with the proof that its maker has the ticket's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    /// The circle.
    pub circle: CircleId,
    /// The invite.
    pub invite: InviteId,
    /// Organisation that joins.
    pub org: OrgId,
    /// Its newest manifest.
    pub manifest: StatementId,
    /// Its admin device, which signs.
    pub device: DeviceId,
    proof: [u8; 64],
}

impl JoinRequest {
    /// Redeems a ticket for an organisation.
    #[must_use]
    pub fn redeem(
        circle: CircleId,
        ticket: &SigningKey,
        org: OrgId,
        manifest: StatementId,
        device: DeviceId,
    ) -> Self {
        let invite = InviteId::new(ticket.verifying_key().to_bytes());
        let parts = [circle.as_ref(), org.as_ref(), manifest.as_ref()];
        let proof = field::prove(ticket, Label::InviteProof, &parts);
        Self { circle, invite, org, manifest, device, proof }
    }

    fn check(&self) -> Result<(), StatementError> {
        let parts = [self.circle.as_ref(), self.org.as_ref(), self.manifest.as_ref()];
        let (name, ticket) = ("ticket's proof", self.invite.as_bytes());
        field::check_proof(name, ticket, Label::InviteProof, &parts, &self.proof)
    }
}

impl Statement for JoinRequest {
    const LABEL: Label = Label::JoinRequest;
    type Error = StatementError;

    fn decode(body: &[u8]) -> Result<Self, StatementError> {
        let item: wire::JoinRequest = field::message(body)?;
        field::version(item.version)?;
        let request = Self {
            circle: field::id(&item.circle)?,
            invite: field::id(&item.invite)?,
            org: field::id(&item.org)?,
            manifest: field::id(&item.manifest)?,
            device: field::id(&item.device)?,
            proof: field::array("ticket's proof", &item.proof)?,
        };
        request.check()?;
        Ok(request)
    }

    fn encode(&self) -> Vec<u8> {
        wire::JoinRequest {
            version: field::VERSION,
            circle: field::to_bytes(self.circle),
            invite: field::to_bytes(self.invite),
            org: field::to_bytes(self.org),
            manifest: field::to_bytes(self.manifest),
            device: field::to_bytes(self.device),
            proof: self.proof.to_vec(),
        }
        .encode_to_vec()
    }

    fn signer(&self) -> [u8; 32] {
        *self.device.as_bytes()
    }
}
