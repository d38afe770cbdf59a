//! A device that its organisation puts out of use, and what of it still counts.

use std::collections::BTreeMap;

use super::{CutOffs, cut_off};
use crate::{
    crypto::Label,
    membership::{StatementError, field},
    model::{
        id::{CircleId, DeviceId, StatementId},
        limits,
    },
    wire::membership as wire,
};

/// The revocation of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The device.
    pub device: DeviceId,
    circles: BTreeMap<[u8; 32], StandingWork>,
}

/// What of a revoked device still counts in one circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingWork {
    /// Newest decision up to which its approvals stand.
    pub decision: StatementId,
    /// Entries that count.
    pub cut_offs: CutOffs,
}

impl Revocation {
    /// Revokes a device, of which so far nothing counts anywhere.
    #[must_use]
    pub const fn new(device: DeviceId) -> Self {
        Self { device, circles: BTreeMap::new() }
    }

    /// Names what of the device counts in a circle.
    #[must_use]
    pub fn keeping(mut self, circle: &CircleId, work: StandingWork) -> Self {
        let name = self.circle_name(circle);
        self.circles.insert(name, work);
        self
    }

    /// What of the device counts in a circle, if this revocation says so.
    #[must_use]
    pub fn in_circle(&self, circle: &CircleId) -> Option<&StandingWork> {
        self.circles.get(&self.circle_name(circle))
    }

    /// Manifests go to all circles of an organisation, and must not tell one of another.
    fn circle_name(&self, circle: &CircleId) -> [u8; 32] {
        Label::RevocationCircle.hash(&[circle.as_bytes(), self.device.as_bytes()])
    }
}

pub(super) fn read(item: &wire::Revocation) -> Result<Revocation, StatementError> {
    field::at_most("circles", item.circles.len(), limits::MAX_CIRCLES)?;
    let mut revocation = Revocation::new(field::id(&item.device)?);
    for circle in &item.circles {
        let name = field::array("circle", &circle.circle)?;
        let work = StandingWork {
            decision: field::id(&circle.decision)?,
            cut_offs: cut_off::read(&circle.cut_offs)?,
        };
        if revocation.circles.insert(name, work).is_some() {
            return Err(StatementError::Duplicate { field: "circles" });
        }
    }
    Ok(revocation)
}

pub(super) fn write(revocation: &Revocation) -> wire::Revocation {
    let circles = revocation.circles.iter().map(|(name, work)| wire::CircleCutOffs {
        circle: name.to_vec(),
        decision: field::to_bytes(work.decision),
        cut_offs: cut_off::write(&work.cut_offs),
    });
    wire::Revocation { device: field::to_bytes(revocation.device), circles: circles.collect() }
}
