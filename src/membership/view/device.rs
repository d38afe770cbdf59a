//! Devices in a membership.

use super::Membership;
use crate::{
    membership::{Device, DeviceRole},
    model::id::{DeviceId, OrgId},
};

/// A device of an organisation of the circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceState {
    /// The organisation.
    pub org: OrgId,
    /// Its keys and role.
    pub device: Device,
    /// Out of use for ever.
    pub revoked: bool,
    /// Suspended by itself; its organisation may be as well.
    pub suspended: bool,
    /// Claimed by two organisations that are in, both with proofs: nobody's until one revokes it.
    pub contested: bool,
}

impl DeviceState {
    /// Whether the device itself is in use.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        !self.revoked && !self.suspended && !self.contested
    }

    /// What the device is for.
    #[must_use]
    pub const fn role(&self) -> DeviceRole {
        self.device.role
    }
}

impl Membership {
    /// A device of an organisation that is in or was removed.
    #[must_use]
    pub fn device(&self, device: &DeviceId) -> Option<&DeviceState> {
        self.devices.get(device)
    }

    /// Whether any manifest that is known here certifies a device, for whatever organisation.
    #[must_use]
    pub fn is_known(&self, device: &DeviceId) -> bool {
        self.devices.contains_key(device) || self.owners.contains_key(device)
    }

    /// The device whose id begins with these bytes, the first if there are several.
    #[must_use]
    pub fn device_beginning(&self, prefix: &[u8; 8]) -> Option<DeviceId> {
        let mut first = [0; DeviceId::LEN];
        first.iter_mut().zip(prefix).for_each(|(to, from)| *to = *from);
        let (found, _state) = self.devices.range(DeviceId::new(first)..).next()?;
        found.as_bytes().starts_with(prefix).then_some(*found)
    }

    /// All devices, revoked ones included.
    pub fn devices(&self) -> impl Iterator<Item = (&DeviceId, &DeviceState)> {
        self.devices.iter()
    }

    /// The device behind a transport key, if just one that is in use has it.
    #[must_use]
    pub fn device_of_transport(&self, transport: &[u8; 32]) -> Option<DeviceId> {
        self.transports.get(transport).copied()
    }

    /// Whether a device takes part: it and its organisation are in and not suspended.
    #[must_use]
    pub fn is_active(&self, device: &DeviceId) -> bool {
        self.active(device).is_some()
    }

    /// Whether keys are granted to a device, and entries served.
    #[must_use]
    pub fn may_read(&self, device: &DeviceId) -> bool {
        self.active(device).is_some_and(|state| state.role().reads())
    }

    /// Whether any entries of a circle may go to a device: all of them to who reads, else what
    /// [`DeviceRole::writes`] needs.
    #[must_use]
    pub fn takes_part(&self, device: &DeviceId) -> bool {
        self.active(device).is_some_and(|state| state.role().reads() || state.role().writes())
    }

    /// Whether any device in use may write and not read: deposits are sealed for it.
    #[must_use]
    pub fn has_depositors(&self) -> bool {
        let deposits = |role: DeviceRole| role.writes() && !role.reads();
        self.devices.iter().any(|(id, it)| deposits(it.role()) && self.is_active(id))
    }

    /// Whether new entries of a device count.
    #[must_use]
    pub fn may_write(&self, device: &DeviceId) -> bool {
        self.active(device).is_some_and(|state| state.role().writes())
    }

    /// Whether statements (never entries) are exchanged with a device: it takes part, or it is of
    /// an organisation with a vote, which neither suspension nor a lost branch takes away.
    #[must_use]
    pub fn may_confer(&self, device: &DeviceId) -> bool {
        let state = self.devices.get(device).filter(|it| !it.revoked && !it.contested);
        let votes = |org| self.orgs.get(org).is_some_and(|org| org.votes);
        self.is_active(device) || state.is_some_and(|state| votes(&state.org))
    }

    /// Devices that keys are granted to.
    pub fn recipients(&self) -> impl Iterator<Item = &Device> {
        let devices = self.devices.iter().filter(|(id, _)| self.may_read(id));
        devices.map(|(_, state)| &state.device)
    }

    fn active(&self, device: &DeviceId) -> Option<&DeviceState> {
        let state = self.devices.get(device).filter(|state| state.is_active())?;
        self.orgs.get(&state.org).is_some_and(|org| org.is_active()).then_some(state)
    }
}
