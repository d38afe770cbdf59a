//! Votes: a steward's for a proposal, and a root key's to break the glass.

use prost::Message;

use super::Proposal;
use crate::{
    crypto::{Label, Statement},
    membership::{StatementError, field},
    model::id::{CircleId, DeviceId, OrgId, StatementId},
    wire::membership as wire,
};

/// A steward's vote for a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The circle.
    pub circle: CircleId,
    /// The proposal's parent: with the ballot, what makes two votes a double vote.
    pub parent: StatementId,
    /// The proposal's ballot.
    pub attempt: u32,
    /// The proposal.
    pub proposal: StatementId,
    /// Organisation that approves.
    pub org: OrgId,
    /// Its admin device, which signs.
    pub device: DeviceId,
}

impl Approval {
    /// A vote of an organisation's device for a proposal.
    #[must_use]
    pub const fn of(id: StatementId, proposal: &Proposal, org: OrgId, device: DeviceId) -> Self {
        let Proposal { circle, parent, attempt, .. } = *proposal;
        Self { circle, parent, attempt, proposal: id, org, device }
    }
}

impl Statement for Approval {
    const LABEL: Label = Label::Approval;
    type Error = StatementError;

    fn decode(body: &[u8]) -> Result<Self, StatementError> {
        let item: wire::Approval = field::message(body)?;
        field::version(item.version)?;
        Ok(Self {
            circle: field::id(&item.circle)?,
            parent: field::id(&item.parent)?,
            attempt: item.attempt,
            proposal: field::id(&item.proposal)?,
            org: field::id(&item.org)?,
            device: field::id(&item.device)?,
        })
    }

    fn encode(&self) -> Vec<u8> {
        wire::Approval {
            version: field::VERSION,
            circle: field::to_bytes(self.circle),
            parent: field::to_bytes(self.parent),
            attempt: self.attempt,
            proposal: field::to_bytes(self.proposal),
            org: field::to_bytes(self.org),
            device: field::to_bytes(self.device),
        }
        .encode_to_vec()
    }

    fn signer(&self) -> [u8; 32] {
        *self.device.as_bytes()
    }
}

/// A vote by an organisation's root key, to break the glass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootApproval {
    /// The circle.
    pub circle: CircleId,
    /// The proposal.
    pub proposal: StatementId,
    /// Organisation that approves.
    pub org: OrgId,
    /// A root key of its manifests, which signs.
    pub root: [u8; 32],
}

impl Statement for RootApproval {
    const LABEL: Label = Label::RootApproval;
    type Error = StatementError;

    fn decode(body: &[u8]) -> Result<Self, StatementError> {
        let item: wire::RootApproval = field::message(body)?;
        field::version(item.version)?;
        Ok(Self {
            circle: field::id(&item.circle)?,
            proposal: field::id(&item.proposal)?,
            org: field::id(&item.org)?,
            root: field::array("root key", &item.root)?,
        })
    }

    fn encode(&self) -> Vec<u8> {
        wire::RootApproval {
            version: field::VERSION,
            circle: field::to_bytes(self.circle),
            proposal: field::to_bytes(self.proposal),
            org: field::to_bytes(self.org),
            root: self.root.to_vec(),
        }
        .encode_to_vec()
    }

    fn signer(&self) -> [u8; 32] {
        self.root
    }
}
