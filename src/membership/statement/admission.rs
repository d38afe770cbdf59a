//! The inviter's countersignature under a request to join.

use prost::Message;

use super::JoinRequest;
use crate::{
    crypto::{Label, Signed, Statement, Verified},
    membership::{StatementError, field},
    model::id::{DeviceId, OrgId},
    wire::membership as wire,
};

/// An admission: from now on who asked is a member.
#[derive(Debug, Clone)]
pub struct Admission {
    request: Verified<JoinRequest>,
    /// The inviter.
    pub org: OrgId,
    /// Its admin device, which signs.
    pub device: DeviceId,
}

impl Admission {
    /// Admits who asked.
    #[must_use]
    pub const fn of(request: Verified<JoinRequest>, org: OrgId, device: DeviceId) -> Self {
        Self { request, org, device }
    }

    /// What was asked for.
    #[must_use]
    pub const fn request(&self) -> &JoinRequest {
        self.request.value()
    }
}

impl Statement for Admission {
    const LABEL: Label = Label::Admission;
    type Error = StatementError;

    fn decode(body: &[u8]) -> Result<Self, StatementError> {
        let item: wire::Admission = field::message(body)?;
        field::version(item.version)?;
        let signature = field::array("request's signature", &item.request_signature)?;
        let request = Signed::<JoinRequest>::from_parts(item.request, signature)
            .verify()
            .map_err(|_refused| StatementError::Proof { field: "request" })?;
        Ok(Self { request, org: field::id(&item.org)?, device: field::id(&item.device)? })
    }

    fn encode(&self) -> Vec<u8> {
        let request = self.request.signed();
        wire::Admission {
            version: field::VERSION,
            request: request.body().to_vec(),
            request_signature: request.signature().to_vec(),
            org: field::to_bytes(self.org),
            device: field::to_bytes(self.device),
        }
        .encode_to_vec()
    }

    fn signer(&self) -> [u8; 32] {
        *self.device.as_bytes()
    }
}
