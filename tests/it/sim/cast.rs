//! Who takes part: organisations with their devices, and their first statements.

use std::collections::BTreeSet;

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
    /// All its devices, with the nodes that they are.
    devices: Vec<Device>,
    uncertified: BTreeSet<usize>,
    revoked: BTreeSet<usize>,
    /// Devices that vote for it.
    pub(super) admins: usize,
    /// Its manifests so far, as they travel, and the id of the newest.
    pub(super) manifests: Vec<Vec<u8>>,
    pub(super) newest: StatementId,
    pub(super) private: CircleId,
    private_genesis: Vec<u8>,
    /// The nodes that are its devices, or will be.
    pub(super) nodes: Vec<usize>,
}

/// How large a world is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Plan {
    /// Three to six nodes.
    Small,
    /// Seven to twenty.
    Large,
    /// Exactly so many, of organisations of one to three devices.
    Nodes(usize),
    /// So many organisations of one device.
    Orgs(usize),
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
    /// An organisation whose first device is an admin; others may be anything, and are certified
    /// now or later.
    pub(super) fn found(keys: &[DeviceKeys], first_node: usize, rng: &mut ChaCha20Rng) -> Self {
        let words = RecoveryWords::from_entropy(&bytes(rng));
        let id = OrgId::new(words.root_key(0).verifying_key().to_bytes());
        let roles: Vec<DeviceRole> = (0..keys.len()).map(|place| role(place, rng)).collect();
        let devices = keys.iter().zip(&roles).map(|(keys, role)| {
            let receiving = keys.public().receiving;
            let receiving = receiving.as_bytes();
            Device::prove(&id, *role, &keys.signing, &keys.transport, receiving)
        });
        let later = (1..keys.len()).filter(|_| rng.random_bool(0.4)).collect::<Vec<_>>();
        let genesis = Signed::sign(&keys[0].signing, genesis(id, &keys[0], rng));
        let mut org = Self {
            id,
            words,
            devices: devices.collect(),
            uncertified: later.iter().map(|place| first_node + place).collect(),
            revoked: BTreeSet::new(),
            admins: roles.iter().filter(|role| **role == DeviceRole::Admin).count(),
            manifests: Vec::new(),
            newest: genesis.id(),
            private: Genesis::circle(&genesis.id()),
            private_genesis: VerifiedStatement::from(genesis).encode(),
            nodes: (first_node..first_node + keys.len()).collect(),
        };
        org.publish(Vec::new());
        org
    }

    /// The nodes that are its devices now.
    pub(super) fn certified(&self) -> Vec<usize> {
        let out = |node: &usize| self.uncertified.contains(node) || self.revoked.contains(node);
        self.nodes.iter().copied().filter(|node| !out(node)).collect()
    }

    /// The nodes that are to become its devices.
    pub(super) fn uncertified(&self) -> impl Iterator<Item = usize> {
        self.uncertified.iter().copied()
    }

    /// Takes a node in as a device, with the next manifest.
    pub(super) fn certify(&mut self, node: usize) {
        self.uncertified.remove(&node);
        self.publish(Vec::new());
    }

    /// Puts a node out, with the next manifest.
    pub(super) fn revoke(&mut self, node: usize, revocation: Revocation) {
        self.revoked.insert(node);
        self.publish(vec![revocation]);
    }

    /// Signs a manifest, the first or the next one.
    fn publish(&mut self, revocations: Vec<Revocation>) {
        let manifest = self.manifest(self.certified(), revocations);
        self.newest = manifest.id();
        self.manifests.push(manifest.encode());
    }

    /// The next manifest, of these nodes as devices.
    pub(super) fn manifest(
        &self,
        nodes: Vec<usize>,
        revocations: Vec<Revocation>,
    ) -> VerifiedStatement {
        let places = nodes.iter().filter_map(|node| self.nodes.iter().position(|it| it == node));
        let root = self.words.root_key(0);
        let manifest = Manifest::new(ManifestCore {
            org: self.id,
            seq: self.manifests.len() as u64,
            previous: (!self.manifests.is_empty()).then_some(self.newest),
            root: root.verifying_key().to_bytes(),
            next_root: next_root_commitment(&self.words.root_key(1).verifying_key().to_bytes()),
            devices: places.map(|place| self.devices[place].clone()).collect(),
            revocations,
            recovery_threshold: 0,
        });
        manifest.sign(&root).unwrap().into()
    }

    /// The statements of its private circle.
    pub(super) fn private_statements(&self) -> Vec<Vec<u8>> {
        let mut statements = self.manifests.clone();
        statements.push(self.private_genesis.clone());
        statements
    }
}

fn role(place: usize, rng: &mut ChaCha20Rng) -> DeviceRole {
    if place == 0 {
        return DeviceRole::Admin;
    }
    match rng.random_range(0..6) {
        0 => DeviceRole::Admin,
        1 => DeviceRole::Field,
        _ => DeviceRole::Node,
    }
}

impl Plan {
    /// How many devices each organisation has.
    pub(super) fn sizes(self, rng: &mut ChaCha20Rng) -> Vec<usize> {
        let (orgs, nodes) = match self {
            Self::Small => {
                let orgs = rng.random_range(3..=5);
                (orgs, rng.random_range(orgs..=6))
            }
            Self::Large => {
                let nodes = rng.random_range(7..=20);
                (rng.random_range(nodes / 2..=nodes), nodes)
            }
            Self::Nodes(nodes) => (rng.random_range(nodes / 2..=nodes * 3 / 4), nodes),
            Self::Orgs(orgs) => (orgs, orgs),
        };
        let mut sizes = vec![1; orgs];
        for _ in orgs..nodes {
            let place = rng.random_range(0..orgs);
            sizes[place] += 1;
        }
        sizes
    }
}
