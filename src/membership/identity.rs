//! Organisations as their manifests in a set make them.
//!
//! Two readings of the same manifests serve two purposes. *Ever*: whatever a valid manifest on any
//! branch certified, which only grows with the set; votes are judged by it, so that no later
//! manifest makes a removal undone. *Accepted*: the one chain that fork choice leaves, minus
//! everything that any branch revokes; who may read and write is judged by it.

mod chain;
mod proof;
mod revoked;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use proof::{proves_device, proving_chain};
pub(super) use revoked::RevokedWork;

use super::{Device, DeviceRole, Manifest, Revocation, StatementSet, VerifiedStatement};
use crate::{
    crypto::Verified,
    model::id::{CircleId, DeviceId, OrgId, StatementId},
};

/// One organisation, as one circle's set shows it.
#[derive(Debug, Clone, Default)]
pub(super) struct Identity {
    /// Newest manifest of the accepted chain.
    pub(super) head: Option<Arc<Verified<Manifest>>>,
    /// Devices of the head that no valid manifest revokes.
    pub(super) devices: BTreeMap<DeviceId, Device>,
    /// Devices that the accepted chain certified, revoked or not. One that only a lost branch
    /// certified is void, whoever revokes it and whatever that keeps.
    pub(super) accepted: BTreeSet<DeviceId>,
    /// Every device that a valid manifest ever certified.
    pub(super) ever: BTreeMap<DeviceId, Device>,
    /// Those of them that are admins.
    pub(super) ever_admin: BTreeSet<DeviceId>,
    /// Root keys of all valid manifests.
    pub(super) roots: BTreeSet<[u8; 32]>,
    /// Ids of all valid manifests.
    pub(super) manifests: BTreeSet<StatementId>,
    /// Revoked devices, with what of them still counts in this circle.
    pub(super) revoked: BTreeMap<DeviceId, RevokedWork>,
    /// Two valid successors of one manifest: its root was used twice, or by two.
    pub(super) fork: Option<(StatementId, StatementId)>,
}

/// All organisations with a valid manifest in the set.
pub(super) fn identities(set: &StatementSet) -> BTreeMap<OrgId, Identity> {
    let mut by_org: BTreeMap<OrgId, BTreeMap<StatementId, &Arc<Verified<Manifest>>>> =
        BTreeMap::new();
    for (id, statement) in set.iter() {
        if let VerifiedStatement::Manifest(manifest) = statement {
            by_org.entry(manifest.value().core().org).or_default().insert(*id, manifest);
        }
    }
    by_org
        .into_iter()
        .filter_map(|(org, manifests)| Some((org, Identity::of(&set.circle(), &manifests)?)))
        .collect()
}

/// Whether a manifest is a first one, or follows one of these that are valid: then it is signed by
/// a root key that is the organisation's.
pub(super) fn follows(
    set: &StatementSet,
    valid: &BTreeSet<StatementId>,
    manifest: &Manifest,
) -> bool {
    let Some(previous) = manifest.core().previous else { return true };
    let before = valid.get(&previous).and_then(|id| set.get(id)?.as_manifest());
    before.is_some_and(|before| chain::is_successor(before.core(), manifest))
}

impl Identity {
    fn of(
        circle: &CircleId,
        manifests: &BTreeMap<StatementId, &Arc<Verified<Manifest>>>,
    ) -> Option<Self> {
        let chain = chain::resolve(manifests)?;
        let mut identity = Self { fork: chain.fork, ..Self::default() };
        for id in &chain.valid {
            if let Some(manifest) = manifests.get(id) {
                identity.take_in(circle, *id, manifest.value());
                if chain.accepted.contains(id) {
                    let devices = manifest.value().core().devices.iter();
                    identity.accepted.extend(devices.map(|device| device.device));
                }
            }
        }
        let head = manifests.get(&chain.head)?;
        identity.devices = head
            .value()
            .core()
            .devices
            .iter()
            .filter(|device| !identity.revoked.contains_key(&device.device))
            .map(|device| (device.device, device.clone()))
            .collect();
        identity.head = Some(Arc::clone(head));
        Some(identity)
    }

    fn take_in(&mut self, circle: &CircleId, id: StatementId, manifest: &Manifest) {
        let core = manifest.core();
        self.manifests.insert(id);
        self.roots.insert(core.root);
        for device in &core.devices {
            self.ever.entry(device.device).or_insert_with(|| device.clone());
            if device.role == DeviceRole::Admin {
                self.ever_admin.insert(device.device);
            }
        }
        for revocation in &core.revocations {
            self.revoke(circle, revocation);
        }
    }

    /// Takes in one more revocation.
    pub(super) fn revoke(&mut self, circle: &CircleId, revocation: &Revocation) {
        self.devices.remove(&revocation.device);
        let work = revocation.in_circle(circle);
        self.revoked.entry(revocation.device).or_default().narrow(work);
    }
}
