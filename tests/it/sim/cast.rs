//! Who takes part: organisations with their devices, and their first statements.

use ceiba::{
    crypto::{DeviceKeys, RecoveryWords, Signed},
    membership::{
        Device, DeviceRole, Genesis, HistoryRule, Manifest, ManifestCore, Revocation,
        VerifiedStatement, next_root_commitment,
    },
    model::id::{CircleId, Incarnation, OrgId, StatementId},
};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha20Rng;

/// An organisation.
pub(super) struct Org {
    pub(super) id: OrgId,
    words: RecoveryWords,
    devices: Vec<Device>,
    /// Its manifests so far, as they travel, and the id of the newest.
    pub(super) manifests: Vec<Vec<u8>>,
    pub(super) newest: StatementId,
    pub(super) private: CircleId,
    private_genesis: Vec<u8>,
    /// The nodes that are its devices.
    pub(super) nodes: Vec<usize>,
}

pub(super) fn bytes<const N: usize>(rng: &mut ChaCha20Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

pub(super) fn incarnation(rng: &mut ChaCha20Rng) -> Incarnation {
    Incarnation::new(bytes(rng))
}

/// A genesis of one organisation's admin device.
pub(super) fn genesis(org: OrgId, keys: &DeviceKeys, rng: &mut ChaCha20Rng) -> Genesis {
    Genesis {
        nonce: bytes(rng),
        parent: None,
        org,
        device: keys.device(),
        stewards: [org].into(),
        members: [].into(),
        approvals: 0,
        break_glass: [].into(),
        history: HistoryRule::All,
        custodians: [].into(),
    }
}

impl Org {
    /// An organisation whose first device is an admin; a second may be a plain node.
    pub(super) fn found(keys: &[DeviceKeys], first_node: usize, rng: &mut ChaCha20Rng) -> Self {
        let words = RecoveryWords::from_entropy(&bytes(rng));
        let id = OrgId::new(words.root_key(0).verifying_key().to_bytes());
        let role = |place| match place {
            0 => DeviceRole::Admin,
            _ => DeviceRole::Node,
        };
        let devices = keys.iter().enumerate().map(|(place, keys)| {
            let receiving = keys.public().receiving;
            let receiving = receiving.as_bytes();
            Device::prove(&id, role(place), &keys.signing, &keys.transport, receiving)
        });
        let genesis = Signed::sign(&keys[0].signing, genesis(id, &keys[0], rng));
        let mut org = Self {
            id,
            words,
            devices: devices.collect(),
            manifests: Vec::new(),
            newest: genesis.id(),
            private: Genesis::circle(&genesis.id()),
            private_genesis: VerifiedStatement::from(genesis).encode(),
            nodes: (first_node..first_node + keys.len()).collect(),
        };
        org.publish(Vec::new());
        org
    }

    /// Signs a manifest, the first or the next one.
    pub(super) fn publish(&mut self, revocations: Vec<Revocation>) {
        self.devices.retain(|device| revocations.iter().all(|it| it.device != device.device));
        let root = self.words.root_key(0);
        let manifest = Manifest::new(ManifestCore {
            org: self.id,
            seq: self.manifests.len() as u64,
            previous: (!self.manifests.is_empty()).then_some(self.newest),
            root: root.verifying_key().to_bytes(),
            next_root: next_root_commitment(&self.words.root_key(1).verifying_key().to_bytes()),
            devices: self.devices.clone(),
            revocations,
            recovery_threshold: 0,
        });
        let manifest = manifest.sign(&root).unwrap();
        self.newest = manifest.id();
        self.manifests.push(VerifiedStatement::from(manifest).encode());
    }

    /// The statements of its private circle.
    pub(super) fn private_statements(&self) -> Vec<Vec<u8>> {
        let mut statements = self.manifests.clone();
        statements.push(self.private_genesis.clone());
        statements
    }
}

/// How many devices each organisation has.
pub(super) fn sizes(rng: &mut ChaCha20Rng) -> Vec<usize> {
    let orgs = rng.random_range(3..=5);
    let mut sizes: Vec<usize> = vec![1; orgs];
    if orgs < 5 && rng.random_bool(0.4) {
        let lucky = rng.random_range(0..orgs);
        sizes[lucky] = 2;
    }
    sizes
}
