//! What stewards are asked to approve.

use std::collections::BTreeSet;

use prost::Message;

use super::{Change, change};
use crate::{
    crypto::{Label, Statement},
    membership::{StatementError, field},
    model::{
        id::{CircleId, DeviceId, OrgId, StatementId},
        limits,
    },
    wire::membership as wire,
};

/// A proposal; with enough approvals, a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The circle.
    pub circle: CircleId,
    /// The decision that this would follow: a proposal, or the genesis.
    pub parent: StatementId,
    /// Ballot under that parent. An organisation has one vote in each, and an honest one does not
    /// go back to a lower: so rivals that block each other are overcome without voting twice.
    pub attempt: u32,
    /// Admissions that become part of the decisions.
    pub adopts: BTreeSet<StatementId>,
    /// Double votes that cost their makers the vote.
    pub accuses: Vec<Accusation>,
    /// What changes, in this order.
    pub changes: Vec<Change>,
    /// Organisation that proposes.
    pub org: OrgId,
    /// Its admin device, which signs.
    pub device: DeviceId,
}

/// Two approvals of one organisation for different proposals of one ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accusation {
    /// An approval.
    pub first: StatementId,
    /// The other.
    pub second: StatementId,
}

impl Statement for Proposal {
    const LABEL: Label = Label::Proposal;
    type Error = StatementError;

    fn decode(body: &[u8]) -> Result<Self, StatementError> {
        let item: wire::Proposal = field::message(body)?;
        field::version(item.version)?;
        let references = limits::MAX_REFERENCES_PER_PROPOSAL;
        field::at_most("accusations", item.accuses.len(), references)?;
        field::at_most("changes", item.changes.len(), limits::MAX_CHANGES_PER_PROPOSAL)?;
        Ok(Self {
            circle: field::id(&item.circle)?,
            parent: field::id(&item.parent)?,
            attempt: item.attempt,
            adopts: field::id_set("adopted admissions", &item.adopts, references)?,
            accuses: item.accuses.iter().map(read_accusation).collect::<Result<_, _>>()?,
            changes: item.changes.iter().map(change::read).collect::<Result<_, _>>()?,
            org: field::id(&item.org)?,
            device: field::id(&item.device)?,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let accuses = self.accuses.iter().map(|it| wire::Accusation {
            first: field::to_bytes(it.first),
            second: field::to_bytes(it.second),
        });
        wire::Proposal {
            version: field::VERSION,
            circle: field::to_bytes(self.circle),
            parent: field::to_bytes(self.parent),
            attempt: self.attempt,
            adopts: field::to_list(&self.adopts),
            accuses: accuses.collect(),
            changes: self.changes.iter().map(change::write).collect(),
            org: field::to_bytes(self.org),
            device: field::to_bytes(self.device),
        }
        .encode_to_vec()
    }

    fn signer(&self) -> [u8; 32] {
        *self.device.as_bytes()
    }
}

fn read_accusation(item: &wire::Accusation) -> Result<Accusation, StatementError> {
    Ok(Accusation { first: field::id(&item.first)?, second: field::id(&item.second)? })
}
