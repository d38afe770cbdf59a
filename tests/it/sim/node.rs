//! One node: a real engine over a real replica, and what a node does besides.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    crypto::DeviceKeys,
    membership::{Author, Membership},
    model::{
        id::{CircleId, DeviceId, Incarnation, OrgId},
        time::Timestamp,
    },
    replica::{Identity, MemoryStorage, Replica},
    sync::Engine,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

pub(super) struct Node {
    pub(super) name: String,
    pub(super) org: usize,
    pub(super) replica: Replica<MemoryStorage>,
    pub(super) engine: Engine,
    pub(super) rng: ChaCha20Rng,
    pub(super) up: bool,
    /// Nodes of another group cannot be reached.
    pub(super) group: u8,
    pub(super) wake: Option<Timestamp>,
    pub(super) tend: BTreeMap<CircleId, Timestamp>,
    pub(super) chores: BTreeSet<CircleId>,
    /// What somebody kept of the disk, with the life that wrote it.
    pub(super) snapshot: Option<MemoryStorage>,
    keys: DeviceKeys,
}

/// How a node stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Clean,
    Killed,
    PowerCut,
    IndexLost,
    /// The machine is set back to an earlier snapshot: the node writes in the same life again, and
    /// forks its logs if nobody tells it in time.
    SetBack,
}

impl Node {
    pub(super) fn new(
        (org, org_id): (usize, OrgId),
        keys: DeviceKeys,
        (number, seed): (usize, [u8; 32]),
        incarnation: Incarnation,
    ) -> Self {
        let identity = Identity { org: org_id, keys: keys.clone(), incarnation };
        let transport = keys.transport.verifying_key().to_bytes();
        Self {
            name: format!("{}{number}", char::from(b'A' + u8::try_from(org).unwrap())),
            org,
            replica: Replica::restore(identity, MemoryStorage::default()).unwrap(),
            engine: Engine::new(transport),
            rng: ChaCha20Rng::from_seed(seed),
            up: true,
            group: 0,
            wake: None,
            tend: BTreeMap::new(),
            chores: BTreeSet::new(),
            snapshot: None,
            keys,
        }
    }

    pub(super) fn device(&self) -> DeviceId {
        self.keys.device()
    }

    pub(super) fn keys(&self) -> &DeviceKeys {
        &self.keys
    }

    pub(super) fn transport(&self) -> [u8; 32] {
        self.keys.transport.verifying_key().to_bytes()
    }

    pub(super) fn author(&self) -> Author<'_> {
        Author { org: self.replica.identity().org, key: &self.keys.signing }
    }

    pub(super) fn membership(&self, circle: &CircleId) -> Option<&Membership> {
        self.replica.membership(circle)
    }

    /// Whether by what this node knows a device may have the circle's entries: what the engine
    /// must ask, worked out anew.
    pub(super) fn entitles(&self, circle: &CircleId, device: &DeviceId) -> bool {
        let Some(membership) = self.membership(circle) else { return false };
        let parent = membership.parent().and_then(|parent| self.membership(&parent));
        membership.may_read(device) && parent.is_none_or(|parent| parent.may_read(device))
    }

    /// Stops and starts again from what the disk has.
    pub(super) fn restart(&mut self, stop: Stop) {
        let incarnation = self.replica.identity().incarnation;
        let disk = self.replica.storage();
        let disk = match stop {
            Stop::Clean => {
                let mut disk = disk.clone();
                disk.checkpoint();
                disk
            }
            // The index may know more than at its last checkpoint.
            Stop::Killed => disk.clone(),
            Stop::PowerCut => disk.after_power_cut(),
            Stop::IndexLost => disk.without_index(),
            Stop::SetBack => self.snapshot.clone().unwrap_or_else(|| disk.clone()),
        };
        let org = self.replica.identity().org;
        let identity = Identity { org, keys: self.keys.clone(), incarnation };
        self.replica = Replica::restore(identity, disk).unwrap();
        self.engine = Engine::new(self.transport());
        self.wake = None;
        // A node looks at all its circles when it opens.
        self.chores = self.replica.circle_ids().collect();
        self.tend.clear();
    }
}
