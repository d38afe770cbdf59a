//! Several nodes in one thread: sources, liars, strangers, breaks, any order.

mod hostile;

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use proptest::prelude::*;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::{
    blob::{BlobRef, SEGMENT_BYTES, shelf::DEFAULT_QUOTA},
    store::{OsFiles, sealer::testing::sealer},
};

const CIRCLE: CircleId = CircleId::new([1; 32]);
const OTHER: CircleId = CircleId::new([2; 32]);

/// What one node knows of the others.
#[derive(Debug, Default, Clone)]
struct Knows {
    me: usize,
    /// Who is in which circle.
    members: BTreeSet<(usize, CircleId)>,
    shared: BTreeSet<(CircleId, BlobId)>,
    /// What no document names any more.
    taken_back: BTreeSet<(CircleId, BlobId)>,
    busy: bool,
    /// Nobody has presented itself yet.
    early: bool,
}

fn connection(me: usize, peer: usize) -> ConnectionId {
    ConnectionId((me * 100 + peer) as u64)
}

fn peer_of(connection: ConnectionId) -> usize {
    usize::try_from(connection.0 % 100).unwrap()
}

impl Desk for Knows {
    fn circle_named(&self, connection: ConnectionId, tag: &[u8; 16]) -> Option<CircleId> {
        let circle = CircleId::new([tag[0]; 32]);
        let both =
            [self.me, peer_of(connection)].map(|node| self.members.contains(&(node, circle)));
        (both == [true, true]).then_some(circle)
    }

    fn name_of(&self, connection: ConnectionId, circle: &CircleId) -> Option<[u8; 16]> {
        let tag = [circle.as_bytes()[0]; 16];
        self.circle_named(connection, &tag).map(|_| tag)
    }

    fn is_open(&self, _connection: ConnectionId) -> bool {
        !self.early
    }

    fn is_idle(&self, _connection: ConnectionId) -> bool {
        !self.busy
    }

    fn is_shared(&self, circle: &CircleId, blob: &BlobId) -> bool {
        self.shared.contains(&(*circle, *blob))
    }

    fn is_named(&self, circle: &CircleId, blob: &BlobId) -> bool {
        self.members.contains(&(self.me, *circle)) && !self.taken_back.contains(&(*circle, *blob))
    }
}

struct World {
    folders: Vec<TempDir>,
    nodes: Vec<Exchange>,
    knows: Vec<Knows>,
    now: Timestamp,
    /// Frames under way: from, to, bytes.
    wire: VecDeque<(usize, usize, Vec<u8>)>,
    links: BTreeSet<(usize, usize)>,
    whole: BTreeSet<(usize, BlobId)>,
    closed: Vec<(usize, usize, &'static str)>,
    failed: Vec<(usize, BlobId, Why, String)>,
    carried: usize,
}

fn shelf(folder: &TempDir) -> Shelf {
    let root = folder.path().join("blobs");
    Shelf::open(&root, Arc::new(OsFiles), sealer(3), DEFAULT_QUOTA).unwrap()
}

impl World {
    /// So many nodes, all in the circle, not linked.
    fn new(count: usize) -> Self {
        let folders: Vec<TempDir> = (0..count).map(|_| tempfile::tempdir().unwrap()).collect();
        let members: BTreeSet<_> = (0..count).map(|node| (node, CIRCLE)).collect();
        let knows = |me| Knows { me, members: members.clone(), ..Knows::default() };
        Self {
            nodes: folders.iter().map(|folder| Exchange::new(shelf(folder))).collect(),
            folders,
            knows: (0..count).map(knows).collect(),
            now: Timestamp::from_millis(0),
            wire: VecDeque::new(),
            links: BTreeSet::new(),
            whole: BTreeSet::new(),
            closed: Vec::new(),
            failed: Vec::new(),
            carried: 0,
        }
    }

    fn link(&mut self, one: usize, other: usize) {
        for (me, peer) in [(one, other), (other, one)] {
            self.links.insert((me, peer));
            let transport = [u8::try_from(peer).unwrap(); 32];
            self.nodes[me].connected(self.now, connection(me, peer), transport);
        }
    }

    fn cut(&mut self, one: usize, other: usize) {
        for (me, peer) in [(one, other), (other, one)] {
            self.links.remove(&(me, peer));
            self.nodes[me].disconnected(connection(me, peer));
        }
        self.wire
            .retain(|(from, to, _)| [*from, *to] != [one, other] && [*from, *to] != [other, one]);
    }

    /// Restarts a node as a kill leaves it.
    fn kill(&mut self, node: usize) {
        for peer in 0..self.nodes.len() {
            if self.links.contains(&(node, peer)) {
                self.cut(node, peer);
            }
        }
        self.nodes[node] = Exchange::new(shelf(&self.folders[node]));
    }

    fn add(&mut self, node: usize, content: &[u8]) -> BlobRef {
        let size = content.len() as u64;
        let secret = Zeroizing::new([9; 32]);
        let sealed = self.nodes[node].shelf().put(1, secret, content, size, |_| {}).unwrap();
        self.knows[node].shared.insert((CIRCLE, sealed.reference.id));
        sealed.reference
    }

    fn want(&mut self, node: usize, blob: &BlobRef) {
        self.nodes[node].want(blob.id, CIRCLE, blob.size).unwrap();
    }

    fn pump(&mut self) {
        for me in 0..self.nodes.len() {
            let knows = self.knows[me].clone();
            let (outcomes, _wake) = self.nodes[me].pump(self.now, &knows);
            for outcome in outcomes {
                match outcome {
                    Outcome::Send { connection, bytes } => {
                        let peer = peer_of(connection);
                        if self.links.contains(&(me, peer)) {
                            self.wire.push_back((me, peer, bytes));
                        }
                    }
                    Outcome::Close { connection, why } => {
                        self.closed.push((me, peer_of(connection), why));
                        self.cut(me, peer_of(connection));
                    }
                    Outcome::Whole { blob } => {
                        self.whole.insert((me, blob));
                    }
                    Outcome::Failed { blob, why, message } => {
                        self.failed.push((me, blob, why, message));
                    }
                }
            }
        }
    }

    fn deliver(&mut self, from: usize, to: usize, bytes: &[u8]) {
        self.carried += bytes.len();
        let knows = self.knows[to].clone();
        self.nodes[to].frame(self.now, connection(to, from), bytes, &knows);
    }

    /// Carries frames, at most so many; `alter` may change them.
    fn carry(&mut self, most: usize, mut alter: impl FnMut(usize, &mut Vec<u8>)) -> usize {
        for carried in 0..most {
            self.pump();
            let Some((from, to, mut bytes)) = self.wire.pop_front() else { return carried };
            alter(from, &mut bytes);
            self.deliver(from, to, &bytes);
        }
        most
    }

    fn run(&mut self) {
        for _second in 0..100 {
            self.carry(100_000, |_, _| {});
            self.now = self.now.saturating_add(Duration::from_secs(1));
        }
    }

    fn got(&self, node: usize, blob: &BlobRef) -> Option<Vec<u8>> {
        let mut file = Vec::new();
        self.nodes[node].shelf().get(blob, &mut file, |_, _| {}).ok()?;
        Some(file)
    }
}

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|place| u8::try_from(place % 253).unwrap()).collect()
}

#[test]
fn a_blob_comes_from_who_has_it() {
    let mut world = World::new(2);
    let content = content(1_300_000);
    let blob = world.add(0, &content);
    world.want(1, &blob);
    world.link(0, 1);
    world.run();
    assert_eq!(world.got(1, &blob), Some(content));
    assert!(world.whole.contains(&(1, blob.id)));
    assert_eq!(world.nodes[1].wanted().count(), 0);
    assert!(world.carried < 1_300_000 * 112 / 100 + 20_000, "{}", world.carried);
}

#[test]
fn small_blobs_come_before_large_ones() {
    // Whichever of the two has the smaller id.
    for extra in 0..6 {
        let mut world = World::new(2);
        let large = world.add(0, &content(2_000_000 + extra));
        let small = world.add(0, &content(20_000 + extra));
        world.want(1, &large);
        world.want(1, &small);
        world.link(0, 1);
        while !world.whole.contains(&(1, small.id)) {
            assert!(world.carried < 600_000, "the small one waits: {extra}");
            world.carry(1, |_, _| {});
            if world.wire.is_empty() {
                world.now = world.now.saturating_add(Duration::from_secs(1));
            }
        }
        assert!(!world.whole.contains(&(1, large.id)));
        world.run();
        assert!(world.whole.contains(&(1, large.id)));
    }
}

#[test]
fn what_was_fetched_is_served_on() {
    let mut world = World::new(3);
    let blob = world.add(0, &content(300_000));
    world.want(1, &blob);
    world.want(2, &blob);
    world.link(0, 1);
    world.link(1, 2);
    world.run();
    assert!(world.got(2, &blob).is_some());
}

#[test]
fn several_sources_share_the_work() {
    let mut world = World::new(4);
    let content = content(3_000_000);
    let blob = world.add(0, &content);
    assert_eq!([world.add(1, &content), world.add(2, &content)], [blob.clone(), blob.clone()]);
    world.want(3, &blob);
    for source in 0..3 {
        world.link(source, 3);
    }
    let mut given = [0; 4];
    for _second in 0..50 {
        world.carry(100_000, |from, bytes| given[from] += bytes.len());
        world.now = world.now.saturating_add(Duration::from_secs(1));
    }
    assert_eq!(world.got(3, &blob), Some(content));
    assert!(given[..3].iter().all(|bytes| *bytes > 500_000), "{given:?}");
}

#[test]
fn a_liar_among_sources_is_found_and_closed() {
    let mut world = World::new(3);
    let content = content(2_000_000);
    let blob = world.add(0, &content);
    world.add(1, &content);
    world.want(2, &blob);
    world.link(0, 2);
    world.link(1, 2);
    for _second in 0..100 {
        world.carry(100_000, |from, bytes| {
            // Node 1 flips a byte of each larger piece.
            if from == 1 && bytes.len() > 5000 {
                bytes[3000] ^= 1;
            }
        });
        world.now = world.now.saturating_add(Duration::from_secs(1));
    }
    assert_eq!(world.got(2, &blob), Some(content));
    assert_eq!(world.closed, [(2, 1, "bytes that are not those of the blob")]);
    // It is not asked again when it comes back.
    world.link(1, 2);
    let second = world.add(0, &self::content(400_000));
    assert_ne!(second, blob);
    world.run();
    assert_eq!(world.closed.len(), 1);
}

#[test]
fn a_liar_alone_brings_nothing_and_is_not_asked_again() {
    let mut world = World::new(2);
    let blob = world.add(0, &content(600_000));
    world.want(1, &blob);
    world.link(0, 1);
    let lie = |_: usize, bytes: &mut Vec<u8>| {
        if bytes.len() > 5000 {
            let last = bytes.len() - 1;
            bytes[last] ^= 0x80;
        }
    };
    for _ in 0..10 {
        world.carry(1000, lie);
        world.now = world.now.saturating_add(Duration::from_secs(1));
    }
    assert_eq!(world.closed.len(), 1);
    world.link(0, 1);
    let before = world.carried;
    world.run();
    assert_eq!(world.carried, before, "nothing is asked for an hour");
    world.now = world.now.saturating_add(LIAR);
    world.run();
    assert!(world.got(1, &blob).is_some(), "then it may have mended its disk");
}

#[test]
fn who_is_not_in_the_circle_gets_nothing_and_learns_nothing() {
    let mut world = World::new(2);
    let blob = world.add(0, &content(300_000));
    for knows in &mut world.knows {
        knows.members.insert((0, OTHER));
        knows.members.insert((1, OTHER));
    }
    // By what node 0 knows, node 1 is in another circle alone; node 1 believes otherwise.
    world.knows[0].members.remove(&(1, CIRCLE));
    world.want(1, &blob);
    world.nodes[1].want(blob.id, OTHER, blob.size).unwrap();
    world.link(0, 1);
    let mut answers = BTreeSet::new();
    for _second in 0..100 {
        world.carry(1000, |from, bytes| {
            if from == 0 {
                answers.insert(bytes.len());
            }
        });
        world.now = world.now.saturating_add(Duration::from_secs(1));
    }
    assert_eq!(world.got(1, &blob), None);
    assert_eq!(answers.len(), 1, "the same answer as about a blob that is not there");
    assert!(world.carried < 2000);
    // Asked for pieces outright, it gives none either.
    for circle in [CIRCLE, OTHER] {
        let place = Place { blob: blob.id, part: crate::blob::frame::Part::Segment(0), piece: 0 };
        let tag = [circle.as_bytes()[0]; 16];
        let want = Frame::Want { circle: tag, request: 1, place }.encode();
        world.deliver(1, 0, &want);
        world.pump();
        let (_, _, answer) = world.wire.pop_back().unwrap();
        assert_eq!(Frame::decode(&answer), Ok(Frame::Piece { request: 1, bytes: Vec::new() }));
    }
}

#[test]
fn a_removed_member_gets_no_further_piece() {
    let mut world = World::new(2);
    let blob = world.add(0, &content(2_000_000));
    world.want(1, &blob);
    world.link(0, 1);
    world.carry(60, |_, _| {});
    world.knows[0].members.remove(&(1, CIRCLE));
    let mut late = 0;
    for _second in 0..50 {
        world.carry(10_000, |from, bytes| late += if from == 0 { bytes.len() } else { 0 });
        world.now = world.now.saturating_add(Duration::from_secs(1));
    }
    assert!(late < 40 * PIECE_BYTES, "only what was under way: {late}");
    assert_eq!(world.got(1, &blob), None);
}

#[test]
fn it_goes_on_after_a_kill_with_what_was_durable() {
    let mut world = World::new(2);
    let content = content(3_000_000);
    let blob = world.add(0, &content);
    world.want(1, &blob);
    world.link(0, 1);
    world.carry(250, |_, _| {});
    world.now = world.now.saturating_add(KEEP_EVERY);
    world.pump();
    let before = world.nodes[1].far(&blob.id).unwrap();
    assert!(before.here > 0 && before.here < 3_000_000);
    world.kill(1);
    let carried = world.carried;
    for (id, circles) in world.nodes[1].shelf().wanted().unwrap() {
        assert_eq!(circles, BTreeSet::from([CIRCLE]));
        world.nodes[1].take_up(id, CIRCLE, blob.size).unwrap();
    }
    assert_eq!(world.nodes[1].far(&blob.id).unwrap().here, before.here);
    world.link(0, 1);
    world.run();
    assert_eq!(world.got(1, &blob), Some(content));
    let again = (world.carried - carried) as u64;
    assert!(again + before.here < 3_500_000, "{again} bytes after {}", before.here);
}

#[test]
fn a_link_that_breaks_all_the_time_loses_little() {
    let mut world = World::new(2);
    let content = content(900_000);
    let blob = world.add(0, &content);
    world.want(1, &blob);
    // Two or three pieces a window: less than a segment.
    for _window in 0..400 {
        world.link(0, 1);
        world.now = world.now.saturating_add(Duration::from_secs(30));
        world.carry(12, |_, _| {});
        if world.links.contains(&(0, 1)) {
            world.cut(0, 1);
        }
        if world.whole.contains(&(1, blob.id)) {
            break;
        }
    }
    assert_eq!(world.got(1, &blob), Some(content));
    assert!(world.carried < 1_300_000, "{} bytes for 900000", world.carried);
}

#[test]
fn nothing_moves_while_records_wait() {
    let mut world = World::new(2);
    let blob = world.add(0, &content(400_000));
    world.knows[1].busy = true;
    world.want(1, &blob);
    world.link(0, 1);
    world.run();
    assert!(world.carried < 5000, "questions alone");
    world.knows[1].busy = false;
    world.run();
    assert!(world.got(1, &blob).is_some());
}

#[test]
fn a_silent_peer_does_not_hold_up_the_others() {
    let mut world = World::new(3);
    let content = content(1_000_000);
    let blob = world.add(0, &content);
    world.add(1, &content);
    world.want(2, &blob);
    world.link(0, 2);
    world.link(1, 2);
    for _second in 0..200 {
        for _frame in 0..1000 {
            world.pump();
            let Some((from, to, bytes)) = world.wire.pop_front() else { break };
            // Node 1 says that it has all, and gives nothing.
            if from == 1 && bytes.len() > 5000 {
                continue;
            }
            world.deliver(from, to, &bytes);
        }
        world.now = world.now.saturating_add(Duration::from_secs(1));
    }
    assert_eq!(world.got(2, &blob), Some(content));
    assert_eq!(world.closed, []);
}

#[test]
fn floods_are_closed() {
    let mut world = World::new(2);
    let blob = world.add(0, &content(300_000));
    world.link(0, 1);
    let ask = Frame::Ask { circle: [1; 16], request: 1, blob: blob.id }.encode();
    for _ in 0..300 {
        world.deliver(1, 0, &ask);
    }
    world.pump();
    assert_eq!(world.closed, [(0, 1, "too many questions about blobs")]);
    world.link(0, 1);
    world.knows[0].busy = true;
    let place = Place { blob: blob.id, part: crate::blob::frame::Part::Segment(0), piece: 0 };
    let want = Frame::Want { circle: [1; 16], request: 1, place }.encode();
    for _ in 0..65 {
        world.deliver(1, 0, &want);
    }
    world.pump();
    assert_eq!(world.closed.last(), Some(&(0, 1, "too many open requests for blobs")));
    world.link(0, 1);
    for bytes in [&[0xf2, 1, 9][..], &[0x8a, 2, 0xff, 0xff]] {
        world.deliver(1, 0, bytes);
        world.pump();
        assert_eq!(world.closed.pop(), Some((0, 1, "a malformed frame about blobs")));
        world.link(0, 1);
    }
    world.deliver(1, 0, &Frame::Piece { request: 77, bytes: vec![1] }.encode());
    world.pump();
    assert_eq!(world.closed.pop(), Some((0, 1, "a piece that nobody asked for")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Frames arrive in any order between peers, links break at any moment.
    #[test]
    fn it_is_assembled_in_any_order(
        size in 1_usize..4 * SEGMENT_BYTES,
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..40), 200..400),
    ) {
        let mut world = World::new(3);
        let content = content(size);
        let blob = world.add(0, &content);
        world.add(1, &content);
        world.want(2, &blob);
        world.link(0, 2);
        world.link(1, 2);
        for (pick, chance) in picks {
            world.pump();
            if world.wire.is_empty() {
                world.now = world.now.saturating_add(Duration::from_secs(1));
                continue;
            }
            let (from, to, bytes) = world.wire.remove(pick.index(world.wire.len())).unwrap();
            world.deliver(from, to, &bytes);
            if chance == 0 && world.links.contains(&(0, 2)) {
                world.cut(0, 2);
                world.link(0, 2);
            }
        }
        world.run();
        prop_assert_eq!(world.got(2, &blob), Some(content));
        prop_assert_eq!(world.closed.len(), 0);
    }
}
