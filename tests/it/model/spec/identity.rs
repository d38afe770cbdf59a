//! "Identity": chains of manifests, their forks, devices and revocations.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use ceiba::{
    membership::{Device, DeviceRole, Manifest, Revocation, next_root_commitment},
    model::id::{DeviceId, OrgId, StatementId},
};

use super::Spec;

/// How a manifest follows its predecessor.
#[derive(PartialEq, Eq)]
enum Step {
    Keeps,
    Rotates,
    Recovers,
}

impl Spec<'_> {
    pub(super) fn manifest(&self, id: &StatementId) -> Option<&Manifest> {
        self.set.get(id)?.as_manifest()
    }

    /// Manifest 0 is signed by the organisation's key; a later one follows a valid one by a rule.
    pub(super) fn is_valid_manifest(&self, id: &StatementId) -> bool {
        let Some(manifest) = self.manifest(id) else { return false };
        match manifest.core().previous {
            None => true,
            Some(previous) => self.is_valid_manifest(&previous) && self.step(manifest).is_some(),
        }
    }

    fn step(&self, manifest: &Manifest) -> Option<Step> {
        let (core, before) = (manifest.core(), self.manifest(&manifest.core().previous?)?.core());
        if core.org != before.org || core.seq != before.seq + 1 {
            return None;
        }
        let revoked = |device: &DeviceId| core.revocations.iter().any(|it| it.device == *device);
        let kept = |old: &Device| core.devices.iter().any(|new| new.same_keys(old));
        if !before.devices.iter().all(|old| kept(old) || revoked(&old.device)) {
            return None;
        }
        if core.root == before.root {
            return (core.next_root == before.next_root).then_some(Step::Keeps);
        }
        if next_root_commitment(&core.root) == before.next_root {
            return (core.next_root != before.next_root).then_some(Step::Rotates);
        }
        let admin = |id: &DeviceId| {
            let mut devices = before.devices.iter();
            devices.any(|it| it.device == *id && it.role == DeviceRole::Admin)
        };
        let vouching = manifest.recovery().iter().filter(|by| admin(&by.device)).count();
        let threshold = usize::try_from(before.recovery_threshold).unwrap();
        (threshold > 0 && vouching >= threshold).then_some(Step::Recovers)
    }

    pub(super) fn find_valid(&self, org: &OrgId) -> Vec<StatementId> {
        let manifests = self.set.keys().filter_map(|id| Some((*id, self.manifest(id)?)));
        let own = manifests.filter(|(_, it)| it.core().org == *org).map(|(id, _)| id);
        own.filter(|id| self.is_valid_manifest(id)).collect()
    }

    pub(super) fn valid_manifests(&self, org: &OrgId) -> Vec<(StatementId, &Manifest)> {
        let ids = self.valid.get(org).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.manifest(id)?))).collect()
    }

    /// The accepted chain of an organisation, from its first manifest on.
    pub(super) fn chain(&self, org: &OrgId) -> Vec<StatementId> {
        self.chains.get(org).cloned().unwrap_or_default()
    }

    pub(super) fn chain_after(
        &self,
        org: &OrgId,
        previous: Option<StatementId>,
    ) -> Vec<StatementId> {
        let next = self.valid_manifests(org).into_iter();
        let next = next.filter(|(_, it)| it.core().previous == previous);
        let branches = next.map(|(id, manifest)| {
            let mut branch = vec![id];
            branch.extend(self.chain_after(org, Some(id)));
            let (rotations, recoveries) = self.steps(&branch);
            let revocations = manifest.core().revocations.len();
            ((rotations, recoveries, revocations, Reverse(id)), branch)
        });
        branches.max_by_key(|(rank, _)| *rank).map(|(_, branch)| branch).unwrap_or_default()
    }

    /// Rotations up to the first recovery, and recoveries.
    fn steps(&self, branch: &[StatementId]) -> (usize, usize) {
        let steps: Vec<_> = branch.iter().filter_map(|id| self.step(self.manifest(id)?)).collect();
        let first = steps.iter().position(|it| *it == Step::Recovers).unwrap_or(steps.len());
        let rotations = steps[..first].iter().filter(|it| **it == Step::Rotates).count();
        (rotations, steps.iter().filter(|it| **it == Step::Recovers).count())
    }

    /// Whether any valid manifest ever certified the device as an admin of the organisation.
    pub(super) fn was_ever_admin(&self, org: &OrgId, device: &DeviceId) -> bool {
        self.ever
            .get(org)
            .and_then(|it| it.get(device))
            .is_some_and(|it| it.role == DeviceRole::Admin)
    }

    /// Whether the device is an admin on the accepted chain, revoked or not.
    pub(super) fn was_accepted_admin(&self, org: &OrgId, device: &DeviceId) -> bool {
        self.accepted_devices
            .get(org)
            .and_then(|it| it.get(device))
            .is_some_and(|it| it.role == DeviceRole::Admin)
    }

    /// Whether the device is an admin on the accepted chain, and not revoked.
    pub(super) fn is_admin(&self, org: &OrgId, device: &DeviceId) -> bool {
        self.was_accepted_admin(org, device) && !self.is_revoked(org, device)
    }

    /// Devices on the accepted chain, revoked or not.
    pub(super) fn devices_of(&self, org: &OrgId) -> BTreeMap<DeviceId, Device> {
        self.accepted_devices.get(org).cloned().unwrap_or_default()
    }

    pub(super) fn devices_in(&self, manifests: &[StatementId]) -> BTreeMap<DeviceId, Device> {
        let manifests = manifests.iter().filter_map(|id| self.manifest(id));
        let devices = manifests.flat_map(|it| it.core().devices.clone());
        devices.map(|device| (device.device, device)).collect()
    }

    /// Organisations that ever certified the device.
    pub(super) fn certifiers(&self, device: &DeviceId) -> BTreeSet<OrgId> {
        let orgs = self.known_orgs().into_iter();
        orgs.filter(|org| self.ever.get(org).is_some_and(|it| it.contains_key(device))).collect()
    }

    /// Revocations of a device by an organisation, on whichever branch.
    pub(super) fn revocations(&self, org: &OrgId, device: &DeviceId) -> Vec<&Revocation> {
        let manifests = self.valid_manifests(org).into_iter();
        let revocations = manifests.flat_map(|(_, it)| it.core().revocations.iter());
        revocations.filter(|it| it.device == *device).collect()
    }

    pub(super) fn is_revoked(&self, org: &OrgId, device: &DeviceId) -> bool {
        !self.revocations(org, device).is_empty()
    }

    /// Whether an approval of this proposal by this device stands: the device is not revoked, or
    /// each revocation that speaks of the circle keeps what led to the decision that it names.
    pub(super) fn stands(&self, org: &OrgId, device: &DeviceId, proposal: &StatementId) -> bool {
        let mut named =
            self.revocations(org, device).into_iter().filter_map(|it| it.in_circle(&self.circle));
        named.all(|work| self.is_at_or_after(&work.decision, proposal))
    }
}
