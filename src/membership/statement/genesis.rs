//! The beginning of a circle.

use std::collections::BTreeSet;

use prost::Message;

use crate::{
    crypto::{Label, Statement},
    membership::{StatementError, field},
    model::{
        id::{CircleId, DeviceId, OrgId, StatementId},
        limits,
    },
    wire::membership as wire,
};

/// The only suite: HPKE grants with X-Wing, XChaCha20-Poly1305 payloads.
const SUITE: u32 = 1;

/// What who joins late may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum HistoryRule {
    /// Everything that was written before.
    All = 1,
    /// Only what is written from then on.
    FromJoin = 2,
}

/// The founding of a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// Random: two circles of the same partners differ.
    pub nonce: [u8; 32],
    /// The coalition whose members this circle's must be.
    pub parent: Option<CircleId>,
    /// Organisation that founds the circle, one of the stewards.
    pub org: OrgId,
    /// Its admin device, which signs.
    pub device: DeviceId,
    /// Organisations with a vote.
    pub stewards: BTreeSet<OrgId>,
    /// Organisations without one.
    pub members: BTreeSet<OrgId>,
    /// Least approvals that a decision needs; 0 for just the majority.
    pub approvals: u32,
    /// Organisations whose root keys, by majority, make any decision; empty for nobody.
    pub break_glass: BTreeSet<OrgId>,
    /// What joiners may read.
    pub history: HistoryRule,
    /// Devices that store ciphertext for the circle.
    pub custodians: BTreeSet<DeviceId>,
}

impl Genesis {
    /// The circle that a genesis with this id begins.
    #[must_use]
    pub const fn circle(id: &StatementId) -> CircleId {
        CircleId::new(*id.as_bytes())
    }

    fn check(&self) -> Result<(), StatementError> {
        if !self.stewards.contains(&self.org) {
            return Err(StatementError::Field { field: "stewards", rule: "have the founder" });
        }
        if !self.stewards.is_disjoint(&self.members) {
            return Err(StatementError::Duplicate { field: "stewards and members" });
        }
        let orgs = self.stewards.len().saturating_add(self.members.len());
        field::at_most("organisations", orgs, limits::MAX_ORGS_PER_CIRCLE)
    }
}

impl Statement for Genesis {
    const LABEL: Label = Label::Genesis;
    type Error = StatementError;

    fn decode(body: &[u8]) -> Result<Self, StatementError> {
        let item: wire::Genesis = field::message(body)?;
        field::version(item.version)?;
        if item.suite != SUITE {
            return Err(field::unknown("suite", item.suite));
        }
        let max = limits::MAX_ORGS_PER_CIRCLE;
        let genesis = Self {
            nonce: field::array("nonce", &item.nonce)?,
            parent: field::optional_id(&item.parent)?,
            org: field::id(&item.org)?,
            device: field::id(&item.device)?,
            stewards: field::id_set("stewards", &item.stewards, max)?,
            members: field::id_set("members", &item.members, max)?,
            approvals: item.approvals,
            break_glass: field::id_set("break-glass organisations", &item.break_glass, max)?,
            history: match item.history {
                1 => HistoryRule::All,
                2 => HistoryRule::FromJoin,
                other => return Err(field::unknown("history rule", other)),
            },
            custodians: field::id_set("custodians", &item.custodians, max)?,
        };
        genesis.check()?;
        Ok(genesis)
    }

    fn encode(&self) -> Vec<u8> {
        wire::Genesis {
            version: field::VERSION,
            suite: SUITE,
            nonce: self.nonce.to_vec(),
            parent: self.parent.map(field::to_bytes).unwrap_or_default(),
            org: field::to_bytes(self.org),
            device: field::to_bytes(self.device),
            stewards: field::to_list(&self.stewards),
            members: field::to_list(&self.members),
            approvals: self.approvals,
            break_glass: field::to_list(&self.break_glass),
            history: self.history as u32,
            custodians: field::to_list(&self.custodians),
        }
        .encode_to_vec()
    }

    fn signer(&self) -> [u8; 32] {
        *self.device.as_bytes()
    }
}
