//! The nodes, the network between them, and time.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ceiba::{
    crypto::DeviceKeys,
    model::{
        id::{CircleId, DocumentId, Lane, LogId},
        time::Timestamp,
    },
    replica::Outbox,
    sync::{ConnectionId, Event, Input, Output, Reason, Replica as _},
};
use rand::RngExt;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::{
    cast::{self, Org, Plan},
    coverage::Coverage,
    durable::{Marks, Numbers},
    network::{Delivery, Network},
    node::{Node, Stop},
    oracle::Oracle,
};

/// What somebody wrote, for asking at the end where it went.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) by: usize,
    pub(super) circle: CircleId,
    pub(super) document: DocumentId,
    pub(super) path: String,
    pub(super) text: String,
    pub(super) log: LogId,
    pub(super) seq: u64,
}

/// A ticket that somebody holds.
pub(super) struct Ticket {
    pub(super) circle: CircleId,
    pub(super) secret: [u8; 32],
    pub(super) inviter: usize,
    pub(super) org: usize,
}

pub(super) struct World {
    pub(super) rng: ChaCha20Rng,
    pub(super) now: Timestamp,
    pub(super) nodes: Vec<Node>,
    pub(super) orgs: Vec<Org>,
    pub(super) network: Network,
    pub(super) oracle: Oracle,
    pub(super) circles: Vec<CircleId>,
    pub(super) documents: BTreeMap<CircleId, Vec<DocumentId>>,
    pub(super) tickets: Vec<Ticket>,
    pub(super) written: Vec<Written>,
    /// Edits that were begun.
    pub(super) edits: u32,
    /// Own entries of each node that the oracle knows.
    learned: BTreeMap<(usize, CircleId, LogId), u64>,
    /// Nodes that lost what they had acknowledged, and went on in the same life.
    pub(super) set_back: BTreeSet<usize>,
    /// Nodes that lost what they had acknowledged, and began a new life.
    pub(super) restored: BTreeSet<usize>,
    pub(super) numbers: Numbers,
    pub(super) coverage: Coverage,
    trace: blake3::Hasher,
    pub(super) log: bool,
}

impl World {
    /// A world of a seed, as large as its plan says.
    pub(super) fn new(seed: u64, plan: Plan) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (mut nodes, mut orgs) = (Vec::new(), Vec::new());
        for (number, devices) in plan.sizes(&mut rng).into_iter().enumerate() {
            let keys: Vec<DeviceKeys> =
                (0..devices).map(|_| DeviceKeys::generate(&mut rng)).collect();
            let org = Org::found(&keys, nodes.len(), &mut rng);
            for keys in keys {
                let incarnation = cast::incarnation(&mut rng);
                let own = (nodes.len(), cast::bytes(&mut rng));
                nodes.push(Node::new((number, org.id), keys, own, incarnation));
            }
            orgs.push(org);
        }
        let mut world = Self {
            rng,
            now: Timestamp::from_millis(1_800_000_000_000),
            nodes,
            orgs,
            network: Network::default(),
            oracle: Oracle::new(),
            circles: Vec::new(),
            documents: BTreeMap::new(),
            tickets: Vec::new(),
            written: Vec::new(),
            edits: 0,
            learned: BTreeMap::new(),
            set_back: BTreeSet::new(),
            restored: BTreeSet::new(),
            numbers: Numbers::default(),
            coverage: Coverage::default(),
            trace: blake3::Hasher::new(),
            log: std::env::var_os("SIM_LOG").is_some(),
        };
        for org in 0..world.orgs.len() {
            let (private, statements) =
                (world.orgs[org].private, world.orgs[org].private_statements());
            world.begin_circle(private);
            world.hand_over(private, &statements, &world.orgs[org].certified());
        }
        world
    }

    pub(super) fn tell(&self, what: impl FnOnce(&Self) -> String) {
        if self.log {
            let at = self.now.as_millis() % 1_000_000_000;
            println_now(&format!("{at:>9} {}", what(self)));
        }
    }

    /// Everything that happened, as a digest.
    pub(super) fn digest(&self) -> [u8; 32] {
        *self.trace.finalize().as_bytes()
    }

    pub(super) fn begin_circle(&mut self, circle: CircleId) {
        self.oracle.learn_circle(circle);
        self.circles.push(circle);
        let documents = (0..3).map(|_| DocumentId::new(cast::bytes(&mut self.rng))).collect();
        self.documents.insert(circle, documents);
    }

    /// Gives statements to nodes by hand.
    pub(super) fn hand_over(&mut self, circle: CircleId, statements: &[Vec<u8>], to: &[usize]) {
        for node in to {
            self.nodes[*node].replica.take_up(circle);
            self.nodes[*node].replica.keep_statements(&circle, statements.to_vec());
            self.nodes[*node].chores.insert(circle);
            self.settle(*node);
        }
    }

    pub(super) fn millis(&mut self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_millis(self.rng.random_range(range))
    }

    /// Whether a stream could be opened.
    pub(super) fn reach(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.nodes[one], &self.nodes[other]);
        one.up && other.up && one.group == other.group && one.device() != other.device()
    }

    pub(super) fn connect(&mut self, dialer: usize, listener: usize) {
        let latency = self.millis(1..150);
        self.connect_in(dialer, listener, latency);
    }

    /// Opens a stream on which a frame takes so long.
    pub(super) fn connect_in(&mut self, dialer: usize, listener: usize, latency: Duration) {
        let connection = self.network.open([dialer, listener], latency);
        for (node, other, dialed) in [(dialer, listener, true), (listener, dialer, false)] {
            let transport = self.nodes[other].transport();
            self.input(node, Input::PeerConnected { connection, transport, dialed });
        }
    }

    /// Ends a stream; each end hears of it some time.
    pub(super) fn cut(&mut self, connection: ConnectionId) {
        let heard = [0, 1].map(|_| self.now.saturating_add(self.millis(0..400)));
        self.network.cut(connection, heard);
    }

    pub(super) fn cut_where(&mut self, matches: impl Fn(&Self, [usize; 2]) -> bool) {
        for (connection, ends) in self.network.connections() {
            if matches(self, ends) {
                self.cut(connection);
            }
        }
    }

    pub(super) fn restart(&mut self, node: usize, stop: Stop) {
        self.cut_where(|_, ends| ends.contains(&node));
        let held = self.nodes[node].marks.take();
        let held = held.unwrap_or_else(|| Marks::of(&self.nodes[node]));
        self.nodes[node].restart(stop);
        match stop {
            Stop::SetBack => {
                self.coverage.note("machine set back");
                self.forget_later(node);
            }
            Stop::Restored => {
                self.coverage.note("home restored");
                self.oracle.forget_disk(node);
                self.restored.insert(node);
            }
            Stop::Clean | Stop::Killed | Stop::PowerCut | Stop::IndexLost => {
                held.check(&self.nodes[node]);
            }
        }
        for circle in self.nodes[node].replica.circle_ids().collect::<Vec<_>>() {
            self.tend_soon(node, circle);
        }
        self.settle(node);
    }

    /// What a node wrote after its snapshot may be lost, and it may write at the same places again.
    fn forget_later(&mut self, node: usize) {
        let device = self.nodes[node].device();
        let replica = &self.nodes[node].replica;
        for ((by, circle, log), learned) in &mut self.learned {
            if *by == node && log.device == device {
                *learned = replica.position(circle, log).tail.next_seq.min(*learned);
            }
        }
        self.oracle.forget_disk(node);
        self.set_back.insert(node);
    }

    /// Gives a node's engine an input, does what it says, and lets follow what follows.
    pub(super) fn input(&mut self, node: usize, input: Input) {
        self.handle(node, input);
        self.settle(node);
    }

    fn handle(&mut self, number: usize, input: Input) {
        let node = &mut self.nodes[number];
        if !node.up {
            return;
        }
        let now = node.running(self.now);
        let outputs = node.engine.handle(now, &mut node.rng, input, &mut node.replica);
        if node.replica.storage().is_dead() {
            // Nothing of it leaves the node any more.
            return;
        }
        node.mark();
        for output in outputs {
            self.output(number, output);
        }
    }

    fn output(&mut self, number: usize, output: Output) {
        match output {
            Output::Send { connection, bytes } => {
                let Some(to) = self.network.other_end(connection, number) else { return };
                self.oracle.look_at_frame(&self.nodes[number], &self.nodes[to], &bytes);
                self.trace.update(&connection.0.to_le_bytes());
                self.trace.update(&self.now.as_millis().to_le_bytes());
                self.trace.update(&bytes);
                let jitter = self.millis(0..60);
                self.network.send(self.now, jitter, (connection, number), bytes);
            }
            Output::Close { connection, reason } => {
                assert!(
                    !matches!(reason, Reason::Violation(_) | Reason::OverBudget(_)),
                    "{} takes an honest node to break the protocol: {reason}",
                    self.nodes[number].name
                );
                self.tell(|it| {
                    format!("{} closes {connection:?}: {reason}", it.nodes[number].name)
                });
                self.cut(connection);
            }
            Output::Wake { at } => {
                self.nodes[number].wake = Some(self.nodes[number].in_the_world(at));
            }
            Output::Event(event) => self.event(number, event),
        }
    }

    fn event(&mut self, number: usize, event: Event) {
        match event {
            Event::StatementsArrived { circle, .. } | Event::CircleIntroduced { circle, .. } => {
                self.nodes[number].chores.insert(circle);
                self.tend_soon(number, circle);
            }
            Event::EntriesArrived { circle, log, .. } if log.lane == Lane::Control => {
                self.tend_soon(number, circle);
            }
            Event::Forked { circle, .. } => {
                self.nodes[number].chores.insert(circle);
                // Grants in what no longer counts are nobody's.
                self.tend_soon(number, circle);
            }
            Event::StorageFailed { .. } => panic!("the disk in memory failed"),
            Event::EntriesArrived { .. }
            | Event::Progress { .. }
            | Event::CaughtUp { .. }
            | Event::RefusedByPeer { .. } => {}
        }
    }

    pub(super) fn tend_soon(&mut self, number: usize, circle: CircleId) {
        let at = self.now.saturating_add(self.millis(0..400));
        self.nodes[number].tend.entry(circle).or_insert(at);
    }

    /// Opens what came in, tells the others what is new, does chores, until nothing moves.
    pub(super) fn settle(&mut self, number: usize) {
        if !self.nodes[number].up {
            return;
        }
        loop {
            let changed = self.nodes[number].replica.open_inbox();
            let outbox = self.nodes[number].replica.take_outbox();
            let quiet = outbox == Outbox::default();
            for (circle, log) in outbox.appended {
                self.learn(number, circle, log);
                self.handle(number, Input::LocalAppended { circle, log });
            }
            for (circle, added) in outbox.statements {
                self.nodes[number].chores.insert(circle);
                self.tend_soon(number, circle);
                let added = added.into_iter().collect();
                self.handle(number, Input::StatementsChanged { circle, added });
            }
            self.do_chores(number);
            if self.nodes[number].replica.storage().is_dead() {
                break;
            }
            if changed.is_empty() && quiet && self.nodes[number].replica.is_settled() {
                break;
            }
        }
        if self.nodes[number].replica.storage().is_dead() {
            return self.lose_power(number);
        }
        self.nodes[number].mark();
        for report in self.nodes[number].replica.take_reports() {
            self.tell(|it| format!("{}: {report}", it.nodes[number].name));
            assert!(!report.contains("not stored"), "{report}");
        }
        self.oracle.look_at_node(number, &self.nodes);
        if self.rng.random_bool(0.02) {
            self.nodes[number].replica.storage_mut().checkpoint();
        }
    }

    /// The power of a node fails in the middle of something, and comes back.
    fn lose_power(&mut self, number: usize) {
        self.tell(|it| format!("{} loses power in the middle of something", it.nodes[number].name));
        self.oracle.forget_disk(number);
        self.coverage.note("power lost within an operation");
        self.restart(number, Stop::PowerCut);
    }

    /// A copy of a home has written what the home has.
    pub(super) fn copy_learned(&mut self, from: usize, to: usize) {
        let learned = self.learned.iter().filter(|((by, _, _), _)| *by == from);
        let copies: Vec<_> =
            learned.map(|((_, circle, log), until)| ((to, *circle, *log), *until)).collect();
        self.learned.extend(copies);
    }

    /// Shows the oracle what a node wrote.
    fn learn(&mut self, number: usize, circle: CircleId, log: LogId) {
        let node = &self.nodes[number];
        let from = self.learned.entry((number, circle, log)).or_default();
        while let Some(run) = node.replica.read_run(&circle, &log, *from, usize::MAX) {
            *from += run.entries.len() as u64;
            self.oracle.learn_run(node, circle, &run, &self.nodes);
        }
    }

    /// Lets time pass, with all that falls into it.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now.saturating_add(time);
        while let Some(at) = self.next_at().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            if let Some(delivery) = self.network.deliver(self.now) {
                self.deliver(delivery);
            } else {
                self.timers();
            }
        }
        self.now = end;
    }

    fn next_at(&self) -> Option<Timestamp> {
        let timers = self.nodes.iter().filter(|node| node.up);
        let timers = timers.flat_map(|node| node.tend.values().copied().chain(node.wake));
        timers.chain(self.network.next_at()).min()
    }

    fn deliver(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Frame { to, connection, bytes } => {
                self.input(to, Input::Frame { connection, bytes });
            }
            Delivery::Gone { to, connection } => {
                self.input(to, Input::PeerDisconnected { connection });
            }
        }
    }

    fn timers(&mut self) {
        for number in 0..self.nodes.len() {
            if self.nodes[number].wake.is_some_and(|at| at <= self.now) {
                self.nodes[number].wake = None;
                self.input(number, Input::Tick);
            }
            let node = &mut self.nodes[number];
            let due = node.tend.iter().filter(|(_, at)| **at <= self.now);
            for circle in due.map(|(circle, _)| *circle).collect::<Vec<_>>() {
                let node = &mut self.nodes[number];
                node.tend.remove(&circle);
                let tended = node.replica.tend(&circle, &mut node.rng);
                assert!(tended.is_ok() || node.replica.storage().is_dead(), "{tended:?}");
                self.settle(number);
            }
        }
    }
}

#[expect(clippy::print_stderr, reason = "asked for by SIM_LOG")]
fn println_now(line: &str) {
    eprintln!("{line}");
}
