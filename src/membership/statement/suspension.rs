//! One steward's stop, without a decision.

use prost::Message;

use super::{CutOffs, cut_off};
use crate::{
    crypto::{Label, Statement},
    membership::{StatementError, field},
    model::id::{CircleId, DeviceId, OrgId, StatementId},
    wire::membership as wire,
};

/// Who is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SuspensionTarget {
    /// All devices of an organisation.
    Org(OrgId),
    /// One device of an organisation.
    Device(OrgId, DeviceId),
}

impl SuspensionTarget {
    /// The organisation that is suspended, or whose device is.
    #[must_use]
    pub const fn org(&self) -> OrgId {
        match self {
            Self::Org(org) | Self::Device(org, _) => *org,
        }
    }
}

/// A suspension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// The circle.
    pub circle: CircleId,
    /// Newest decision that the steward knew.
    pub decision: StatementId,
    /// The steward's suspensions in this circle are numbered from 0, one open at a time.
    pub number: u32,
    /// Who is suspended.
    pub target: SuspensionTarget,
    /// Entries of the suspended that count.
    pub cut_offs: CutOffs,
    /// The steward.
    pub org: OrgId,
    /// Its admin device, which signs.
    pub device: DeviceId,
}

impl Statement for Suspension {
    const LABEL: Label = Label::Suspension;
    type Error = StatementError;

    fn decode(body: &[u8]) -> Result<Self, StatementError> {
        let item: wire::Suspension = field::message(body)?;
        field::version(item.version)?;
        let org = field::id(&item.target_org)?;
        let device = field::optional_id(&item.target_device)?;
        Ok(Self {
            circle: field::id(&item.circle)?,
            decision: field::id(&item.decision)?,
            number: item.number,
            target: device
                .map_or(SuspensionTarget::Org(org), |device| SuspensionTarget::Device(org, device)),
            cut_offs: cut_off::read(&item.cut_offs)?,
            org: field::id(&item.org)?,
            device: field::id(&item.device)?,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let target_device = match self.target {
            SuspensionTarget::Org(_) => Vec::new(),
            SuspensionTarget::Device(_, device) => field::to_bytes(device),
        };
        wire::Suspension {
            version: field::VERSION,
            circle: field::to_bytes(self.circle),
            decision: field::to_bytes(self.decision),
            number: self.number,
            target_org: field::to_bytes(self.target.org()),
            target_device,
            cut_offs: cut_off::write(&self.cut_offs),
            org: field::to_bytes(self.org),
            device: field::to_bytes(self.device),
        }
        .encode_to_vec()
    }

    fn signer(&self) -> [u8; 32] {
        *self.device.as_bytes()
    }
}
