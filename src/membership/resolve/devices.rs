//! Whose a device is, and what revocations leave of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    membership::{
        CutOffs, Device, DeviceState, Membership, SuspensionTarget, identity::Identity, limit,
        world::World,
    },
    model::id::{DeviceId, OrgId},
};

impl Membership {
    pub(super) fn list_devices(&mut self, world: &World<'_>) {
        for (org, identity) in &world.identities {
            for device in identity.ever.keys() {
                self.owners.entry(*device).or_default().insert(*org);
            }
            for (device, work) in &identity.revoked {
                if !self.orgs.contains_key(org) {
                    continue;
                }
                self.revoke(*device, identity, work.cut_offs.clone().unwrap_or_default());
            }
        }
        let orgs: Vec<OrgId> = self.orgs.keys().copied().collect();
        // Those that are out first: who is in takes over a device that both certified.
        let (out, within): (Vec<_>, Vec<_>) = orgs.into_iter().partition(|it| !self.is_member(it));
        for org in out.into_iter().chain(within) {
            if let Some(identity) = world.identities.get(&org) {
                self.list_devices_of(org, identity);
            }
        }
        self.contest();
    }

    /// Takes in a revocation by an organisation that ever certified the device itself.
    fn revoke(&mut self, device: DeviceId, identity: &Identity, cut_offs: CutOffs) {
        if !identity.ever.contains_key(&device) {
            return;
        }
        let known = self.revoked.remove(&device);
        let cut_offs = match known {
            Some(known) => limit::both(&known, &cut_offs),
            None => cut_offs,
        };
        self.revoked.insert(device, cut_offs);
    }

    fn list_devices_of(&mut self, org: OrgId, identity: &Identity) {
        for (id, device) in &identity.ever {
            if identity.accepted.contains(id) {
                self.list_device(org, device, identity.revoked.contains_key(id));
            }
        }
    }

    fn list_device(&mut self, org: OrgId, device: &Device, revoked: bool) {
        let id = device.device;
        let member = |org| self.orgs.get(org).is_some_and(|org| !org.is_out());
        let known = self.devices.get(&id);
        let contested = known.is_some_and(|it| {
            it.contested || (!revoked && !it.revoked && member(&it.org) && member(&org))
        });
        if known.is_some_and(|it| !it.revoked && member(&it.org)) && (revoked || !member(&org)) {
            return;
        }
        let suspended = self.suspensions.values().any(|suspension| {
            matches!(suspension.value().target, SuspensionTarget::Device(_, it) if it == id)
        });
        let state = DeviceState { org, device: device.clone(), revoked, suspended, contested };
        self.devices.insert(id, state);
    }

    /// A transport key that two devices in use have belongs to neither.
    fn contest(&mut self) {
        let mut claims: BTreeMap<[u8; 32], BTreeSet<DeviceId>> = BTreeMap::new();
        for (id, state) in &self.devices {
            if !state.revoked && self.is_member(&state.org) {
                claims.entry(state.device.transport).or_default().insert(*id);
            }
        }
        for (transport, devices) in claims {
            let contested = devices.len() > 1;
            for device in devices {
                let Some(state) = self.devices.get_mut(&device) else { continue };
                state.contested |= contested;
                if !state.contested {
                    self.transports.insert(transport, device);
                }
            }
        }
    }
}
