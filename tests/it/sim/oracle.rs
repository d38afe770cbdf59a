//! Knows every secret text and every sealed byte, and looks for them where they must not be.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    crypto::GrantSet,
    log::{Header, Kind, Run, circle_tag},
    membership::HistoryRule,
    model::{
        id::{CircleId, DeviceId, EpochId, Lane, StatementId},
        limits::MAX_FRAME_BYTES,
    },
    sync::Replica as _,
};

use super::node::Node;

/// In every text that is written anywhere; never in anything that travels or is journaled.
pub(super) const CANARY: &str = "CANARY";

/// Bytes by which a thing is known again.
const NEEDLE: usize = 8;
/// Bits of the filter in front of the needles.
const FILTER: usize = 1 << 20;

/// What no frame to somebody else may contain, with its circle.
struct Needles {
    circles: BTreeMap<u64, CircleId>,
    filter: Vec<bool>,
}

impl Needles {
    fn new() -> Self {
        Self { circles: BTreeMap::new(), filter: vec![false; FILTER] }
    }

    fn place(word: u64) -> usize {
        usize::try_from(word % (FILTER as u64)).unwrap()
    }

    fn add(&mut self, bytes: &[u8], circle: CircleId) {
        let word = u64::from_le_bytes(bytes.try_into().unwrap());
        self.circles.insert(word, circle);
        self.filter[Self::place(word)] = true;
    }

    fn found_in(&self, bytes: &[u8]) -> BTreeSet<CircleId> {
        let mut found = BTreeSet::new();
        let mut word = 0_u64;
        for (place, byte) in bytes.iter().enumerate() {
            word = (word >> 8) | (u64::from(*byte) << 56);
            if place + 1 >= NEEDLE && self.filter[Self::place(word)] {
                found.extend(self.circles.get(&word));
            }
        }
        found
    }
}

/// Who must not open an epoch: those who were out when somebody wrote under it, with what the
/// writer knew.
type Excluded = BTreeMap<(CircleId, EpochId), BTreeMap<DeviceId, StatementId>>;

/// The oracle.
pub(super) struct Oracle {
    needles: Needles,
    /// Who may have a circle by anybody's knowledge at any time.
    ever_entitled: BTreeSet<(CircleId, DeviceId)>,
    excluded: Excluded,
    /// Records of each node's journal that were looked at.
    looked_at: BTreeMap<usize, usize>,
}

impl Oracle {
    pub(super) fn new() -> Self {
        Self {
            needles: Needles::new(),
            ever_entitled: BTreeSet::new(),
            excluded: BTreeMap::new(),
            looked_at: BTreeMap::new(),
        }
    }

    /// A node begins to know a circle: its tag is in each header of its logs.
    pub(super) fn learn_circle(&mut self, circle: CircleId) {
        self.needles.add(&circle_tag(&circle).as_bytes()[..NEEDLE], circle);
    }

    /// A node wrote entries of a log.
    pub(super) fn learn_run(&mut self, writer: &Node, circle: CircleId, run: &Run, all: &[Node]) {
        for entry in &run.entries {
            let header = Header::decode(&entry.header).unwrap();
            for payload in entry.payloads.iter().flatten() {
                self.needles.add(&payload[payload.len() - NEEDLE..], circle);
            }
            if header.kind == Kind::Changes && !writer.hostile {
                assert_epoch(writer, circle, header.epoch);
                self.exclude(writer, circle, header.epoch, all);
            }
        }
    }

    /// Who is out by what the writer knows can never open what is written from here on.
    fn exclude(&mut self, writer: &Node, circle: CircleId, epoch: EpochId, all: &[Node]) {
        let Some(membership) = writer.membership(&circle) else { return };
        let readers = writer.replica.readers(&circle);
        for node in all {
            let device = node.device();
            let revoked = membership.device(&device).is_some_and(|state| state.revoked);
            let out = revoked || !membership.is_member(&node.replica.identity().org);
            if out && !readers.contains(&device) {
                let excluded = self.excluded.entry((circle, epoch)).or_default();
                excluded.insert(device, membership.tip());
            }
        }
    }

    /// A node's disk is another than before.
    pub(super) fn forget_disk(&mut self, number: usize) {
        self.looked_at.remove(&number);
    }

    /// Looks at a frame that a node is about to send.
    pub(super) fn look_at_frame(&self, from: &Node, to: &Node, frame: &[u8]) {
        assert!(frame.len() <= MAX_FRAME_BYTES, "a frame of {} bytes", frame.len());
        look_for_text(frame, || format!("a frame from {} to {}", from.name, to.name));
        for circle in self.needles.found_in(frame) {
            assert!(
                from.entitles(&circle, &to.device()),
                "{} sends something of circle {} to {}, which it knows is not entitled",
                from.name,
                circle.short(),
                to.name
            );
        }
    }

    /// A node has taken something in: who may read what by what it knows, and what has it kept?
    pub(super) fn look_at_node(&mut self, number: usize, nodes: &[Node]) {
        let node = &nodes[number];
        for circle in node.replica.circle_ids() {
            self.note_entitled(node, circle);
        }
        self.look_at_disk(number, node);
        for circle in node.replica.circle_ids() {
            self.look_at_keys(node, circle);
        }
    }

    fn note_entitled(&mut self, node: &Node, circle: CircleId) {
        let readers = node.replica.readers(&circle);
        self.ever_entitled.extend(readers.iter().map(|device| (circle, *device)));
        let Some(membership) = node.membership(&circle) else { return };
        if membership.history() == HistoryRule::FromJoin {
            // Who comes later gets nothing of what was.
            return;
        }
        let range = (circle, EpochId::new([0; 32]))..=(circle, EpochId::new([255; 32]));
        for (_, excluded) in self.excluded.range_mut(range) {
            // Somebody who knows what the writer knew has them in: they came (back) since.
            excluded.retain(|device, known| {
                !readers.contains(device) || membership.decision_depth(known).is_none()
            });
        }
    }

    fn look_at_disk(&mut self, number: usize, node: &Node) {
        let from = self.looked_at.get(&number).copied().unwrap_or(0);
        let mut count = 0;
        for record in node.replica.storage().records() {
            count += 1;
            if count > from {
                look_for_text(record, || format!("the journal of {}", node.name));
                for circle in self.needles.found_in(record) {
                    assert!(
                        self.ever_entitled.contains(&(circle, node.device())),
                        "{} keeps something of circle {}, to which it was never entitled",
                        node.name,
                        circle.short()
                    );
                }
            }
        }
        self.looked_at.insert(number, count);
    }

    fn look_at_keys(&self, node: &Node, circle: CircleId) {
        for epoch in node.replica.held_epochs(&circle) {
            let excluded = self.excluded.get(&(circle, epoch));
            assert!(
                !excluded.is_some_and(|excluded| excluded.contains_key(&node.device())),
                "{} holds epoch {} of circle {}, in which was written after it was out",
                node.name,
                epoch.short(),
                circle.short()
            );
        }
    }
}

/// Nobody honest writes under an epoch that entries which it holds grant to somebody who may not
/// read by what it knows, or from which links lead to it.
fn assert_epoch(writer: &Node, circle: CircleId, epoch: EpochId) {
    let Some(membership) = writer.membership(&circle) else { return };
    let readers = writer.replica.readers(&circle);
    let sets =
        grant_sets(writer, &circle, |decision| membership.decision_depth(decision).is_some());
    let mut reached = BTreeSet::from([epoch]);
    let mut queue = vec![epoch];
    while let Some(epoch) = queue.pop() {
        for (author, set) in &sets {
            if set.epoch == epoch {
                let outside = set.grants.keys().chain([author]).find(|it| !readers.contains(it));
                assert!(
                    outside.is_none(),
                    "{} writes in circle {} under an epoch that {outside:?} has, who may not read",
                    writer.name,
                    circle.short()
                );
            } else if set.back_chain.iter().any(|link| link.previous == epoch)
                && reached.insert(set.epoch)
            {
                queue.push(set.epoch);
            }
        }
    }
}

/// The grants in all entries that a node holds, of authors whose decision it knows.
fn grant_sets(
    node: &Node,
    circle: &CircleId,
    knows: impl Fn(&StatementId) -> bool,
) -> Vec<(DeviceId, GrantSet)> {
    let mut sets = Vec::new();
    for position in node.replica.frontier(circle) {
        let mut next = 0;
        while position.log.lane == Lane::Control
            && let Some(run) = node.replica.read_run(circle, &position.log, next, usize::MAX)
        {
            next += run.entries.len() as u64;
            for entry in &run.entries {
                let header = Header::decode(&entry.header).unwrap();
                let payloads = entry.payloads.iter().flatten();
                let read = payloads.filter_map(|payload| GrantSet::decode(payload).ok());
                let read = read.filter(|set| {
                    header.kind == Kind::Grant
                        && set.decision == header.decision
                        && knows(&set.decision)
                });
                sets.extend(read.map(|set| (position.log.device, set)));
            }
        }
    }
    sets
}

fn look_for_text(bytes: &[u8], place: impl FnOnce() -> String) {
    let canary = CANARY.as_bytes();
    let found =
        bytes.windows(canary.len()).any(|window| window[0] == canary[0] && window == canary);
    assert!(!found, "plain text in {}", place());
}
