//! One node: a real engine over a real replica, and what a node does besides.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    crypto::DeviceKeys,
    membership::{Author, Membership},
    model::{
        id::{CircleId, DeviceId, Incarnation, Lane, LogId, OrgId},
        time::Timestamp,
    },
    replica::{Identity, Replica},
    sync::Engine,
};
use rand::RngExt;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::{cast, disk::Disk, durable::Marks};

pub(super) struct Node {
    pub(super) name: String,
    pub(super) org: usize,
    pub(super) replica: Replica<Disk>,
    pub(super) engine: Engine,
    pub(super) rng: ChaCha20Rng,
    pub(super) up: bool,
    /// Whoever runs it lies: its logs fork, its votes contradict each other.
    pub(super) hostile: bool,
    /// What its wall clock says is off by so many milliseconds. For what expires only.
    pub(super) skew: i64,
    /// How long its program has run, against the world's time: for time-outs.
    uptime: i64,
    /// What others and people know that it holds, while it may lose power at any operation.
    pub(super) marks: Option<Marks>,
    /// Nodes of another group cannot be reached.
    pub(super) group: u8,
    pub(super) wake: Option<Timestamp>,
    pub(super) tend: BTreeMap<CircleId, Timestamp>,
    pub(super) chores: BTreeSet<CircleId>,
    /// What somebody kept of the disk, with the life that wrote it.
    pub(super) snapshot: Option<Disk>,
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
    /// The home is restored from a backup, which is noticed: it begins a new life.
    Restored,
}

impl Stop {
    /// Whether what was acknowledged must be there afterwards.
    pub(super) const fn keeps_the_disk(self) -> bool {
        !matches!(self, Self::SetBack | Self::Restored)
    }
}

/// How wrong a clock may be.
const TEN_YEARS: i64 = 10 * 365 * 86_400 * 1_000;

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
            replica: Replica::restore(identity, Disk::default()).unwrap(),
            engine: Engine::new(transport),
            rng: ChaCha20Rng::from_seed(seed),
            up: true,
            hostile: false,
            skew: 0,
            uptime: 0,
            marks: None,
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

    /// The log that it writes on a lane.
    pub(super) fn log(&self, lane: Lane) -> LogId {
        let incarnation = self.replica.identity().incarnation;
        LogId { device: self.device(), incarnation, lane }
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

    /// What the clock on its wall says.
    pub(super) fn wall(&self, now: Timestamp) -> Timestamp {
        shifted(now, self.skew)
    }

    /// The time that sync is given: it never jumps while the program runs.
    pub(super) fn running(&self, now: Timestamp) -> Timestamp {
        shifted(now, self.uptime)
    }

    /// When in the world's time a moment of the program's comes.
    pub(super) fn in_the_world(&self, at: Timestamp) -> Timestamp {
        shifted(at, -self.uptime)
    }

    /// Notes what is known to be held, while the power may fail.
    pub(super) fn mark(&mut self) {
        if self.replica.storage().is_lit() {
            self.marks = Some(Marks::of(self));
        }
    }

    /// Somebody or something sets the wall clock.
    pub(super) fn set_clock(&mut self) {
        self.skew = self.rng.random_range(-TEN_YEARS..=TEN_YEARS);
    }

    /// The same device in the same life once more, from a copy of its disk.
    pub(super) fn copy(&self, seed: [u8; 32]) -> Self {
        let Identity { org, incarnation, .. } = *self.replica.identity();
        let disk = self.replica.storage().as_it_is();
        let mut copy = Self::new((self.org, org), self.keys.clone(), (0, seed), incarnation);
        copy.name = format!("{}'", self.name);
        copy.hostile = true;
        copy.replica = {
            let identity = Identity { org, keys: self.keys.clone(), incarnation };
            Replica::restore(identity, disk).unwrap()
        };
        copy.chores = copy.replica.circle_ids().collect();
        copy.skew = self.skew;
        copy
    }

    /// Stops and starts again from what the disk has.
    pub(super) fn restart(&mut self, stop: Stop) {
        let mut incarnation = self.replica.identity().incarnation;
        let disk = self.replica.storage();
        let stop = if disk.is_dead() && stop.keeps_the_disk() { Stop::PowerCut } else { stop };
        let disk = match stop {
            Stop::Clean => {
                let mut disk = disk.as_it_is();
                disk.checkpoint();
                disk
            }
            // The index may know more than at its last checkpoint.
            Stop::Killed => disk.as_it_is(),
            Stop::PowerCut => disk.after_power_cut(),
            Stop::IndexLost => disk.without_index(),
            Stop::SetBack => self.snapshot.clone().unwrap_or_else(|| disk.as_it_is()),
            Stop::Restored => {
                incarnation = cast::incarnation(&mut self.rng);
                self.snapshot.clone().unwrap_or_else(|| disk.as_it_is())
            }
        };
        let org = self.replica.identity().org;
        let identity = Identity { org, keys: self.keys.clone(), incarnation };
        self.replica = Replica::restore(identity, disk).unwrap();
        self.engine = Engine::new(self.transport());
        self.wake = None;
        self.marks = None;
        if stop == Stop::Restored {
            self.snapshot = None;
        }
        self.uptime = self.rng.random_range(-TEN_YEARS..=TEN_YEARS);
        // A node looks at all its circles when it opens.
        self.chores = self.replica.circle_ids().collect();
        self.tend.clear();
    }
}

fn shifted(at: Timestamp, by: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add_signed(by))
}
