//! Many partners in virtual time: real engines over real replicas, on links with a delay and, if
//! wanted, a rate. Measures how long an alert takes to reach everybody. All follows from a seed.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ceiba::{
    crypto::{DeviceKeys, RecoveryWords, Signed},
    log::{Draft, Kind, Writer, circle_tag},
    membership::{
        Device, DeviceRole, Genesis, HistoryRule, Manifest, ManifestCore, VerifiedStatement,
        next_root_commitment,
    },
    model::{
        id::{CircleId, EpochId, Incarnation, Lane, LogId, OrgId},
        time::Timestamp,
    },
    replica::{Identity, MemoryStorage, Replica},
    sync::{ConnectionId, Engine, Input, Output, Replica as _, RunOutcome},
};
use rand::{Rng, RngExt as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha20Rng;

/// Half of a round trip of 100 ms.
const ONE_WAY: Duration = Duration::from_millis(50);
/// Bytes of an alert as it is sealed: 140 characters, fields and padding.
const ALERT_BYTES: usize = 1024;
/// Bytes of an answer to one.
const ANSWER_BYTES: usize = 512;
/// Bytes of a record of an import.
const RECORD_BYTES: usize = 700;
/// Until a dialled connection carries frames: TCP, Noise, Yamux, the stream.
const HANDSHAKE: Duration = Duration::from_millis(600);
/// How long an alert is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Who is connected to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// Everybody to everybody.
    Mesh,
    /// A ring in which everybody also has chords: so many neighbours.
    Ring(usize),
    /// A few partners to whom all are connected, and who are connected to each other.
    Hubs(usize),
}

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Partners beside the one that raises the alert.
    pub partners: usize,
    /// Who is connected to whom.
    pub topology: Topology,
    /// Connections of a hundred that are down all the time.
    pub down: usize,
    /// And of a hundred that break, unnoticed for a while, when the alert is raised.
    pub breaking: usize,
    /// Bits a second that each partner's access carries, in each direction; none if any number.
    pub rate: Option<u64>,
    /// Records that each partner has just imported, all of them under way when the alert is raised.
    pub records: usize,
    /// All follows from it.
    pub seed: u64,
}

/// How long it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// Until each partner held the alert, in order; those that never did are not in it.
    pub held: Vec<Duration>,
    /// Until the first answer was back.
    pub answered: Option<Duration>,
    /// Partners that no chain of connections led to.
    pub cut_off: usize,
    /// Records that somebody still lacked at the end.
    pub lacking: u64,
    /// Bytes that all sent while the alert spread.
    pub bytes: u64,
}

impl Spread {
    /// Until so many of a hundred of those who could be reached held it.
    pub fn percent(&self, percent: usize, partners: usize) -> Option<Duration> {
        let reachable = partners - self.cut_off;
        self.held.get((reachable * percent).div_ceil(100).max(1) - 1).copied()
    }
}

struct Node {
    keys: DeviceKeys,
    replica: Replica<MemoryStorage>,
    engine: Engine,
    rng: ChaCha20Rng,
    wake: Option<Timestamp>,
    log: LogId,
    /// When what it sends, and what it is sent, is through its access.
    free: [Timestamp; 2],
    /// What waits to be sent, by connection: each has its turn, as connections of one machine do.
    waiting: BTreeMap<ConnectionId, std::collections::VecDeque<Vec<u8>>>,
    next_turn: ConnectionId,
    sending: bool,
}

enum Happens {
    Turn { node: usize },
    Through { to: usize, connection: ConnectionId, bytes: Vec<u8> },
    Frame { to: usize, connection: ConnectionId, bytes: Vec<u8> },
    Up { ends: [usize; 2] },
    Gone { to: usize, connection: ConnectionId },
}

/// The partners.
pub struct Crowd {
    plan: Plan,
    circle: CircleId,
    nodes: Vec<Node>,
    now: Timestamp,
    links: BTreeMap<ConnectionId, [usize; 2]>,
    events: BTreeMap<(Timestamp, u64), Happens>,
    number: u64,
    rng: ChaCha20Rng,
    bytes: u64,
}

fn bytes<const N: usize>(rng: &mut ChaCha20Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// An organisation of one device: its id, and its manifest.
fn organisation(keys: &DeviceKeys, rng: &mut ChaCha20Rng) -> (OrgId, Vec<u8>) {
    let words = RecoveryWords::from_entropy(&bytes(rng));
    let root = words.root_key(0);
    let org = OrgId::new(root.verifying_key().to_bytes());
    let receiving = keys.public().receiving;
    let (signing, transport) = (&keys.signing, &keys.transport);
    let device = Device::prove(&org, DeviceRole::Admin, signing, transport, receiving.as_bytes());
    let manifest = Manifest::new(ManifestCore {
        org,
        seq: 0,
        previous: None,
        root: *org.as_bytes(),
        next_root: next_root_commitment(&words.root_key(1).verifying_key().to_bytes()),
        devices: vec![device],
        revocations: Vec::new(),
        recovery_threshold: 0,
    });
    (org, VerifiedStatement::from(manifest.sign(&root).unwrap()).encode())
}

impl Crowd {
    fn new(plan: Plan) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(plan.seed);
        let keys: Vec<DeviceKeys> =
            (0..=plan.partners).map(|_| DeviceKeys::generate(&mut rng)).collect();
        let orgs: Vec<(OrgId, Vec<u8>)> =
            keys.iter().map(|keys| organisation(keys, &mut rng)).collect();
        let genesis = Genesis {
            nonce: bytes(&mut rng),
            parent: None,
            org: orgs[0].0,
            device: keys[0].device(),
            stewards: [orgs[0].0].into(),
            members: orgs[1..].iter().map(|(org, _)| *org).collect(),
            approvals: 0,
            break_glass: BTreeSet::new(),
            history: HistoryRule::All,
            custodians: BTreeSet::new(),
        };
        let genesis = Signed::sign(&keys[0].signing, genesis);
        let circle = Genesis::circle(&genesis.id());
        let mut statements = vec![VerifiedStatement::from(genesis).encode()];
        statements.extend(orgs.iter().map(|(_, manifest)| manifest.clone()));
        let now = Timestamp::from_millis(1_800_000_000_000);
        let nodes = keys.into_iter().zip(orgs).map(|(keys, (org, _))| {
            let incarnation = Incarnation::new(bytes(&mut rng));
            let identity = Identity { org, keys: keys.clone(), incarnation };
            let mut replica = Replica::restore(identity, MemoryStorage::default()).unwrap();
            replica.take_up(circle);
            replica.keep_statements(&circle, statements.clone());
            // What it would tell by itself: nobody is connected yet.
            drop(replica.take_outbox());
            Node {
                engine: Engine::new(keys.transport.verifying_key().to_bytes()),
                log: LogId { device: keys.device(), incarnation, lane: Lane::Alert },
                rng: ChaCha20Rng::from_seed(bytes(&mut rng)),
                keys,
                replica,
                wake: None,
                free: [now; 2],
                waiting: BTreeMap::new(),
                next_turn: ConnectionId(0),
                sending: false,
            }
        });
        let nodes = nodes.collect();
        let (links, events) = (BTreeMap::new(), BTreeMap::new());
        Self { plan, circle, nodes, now, links, events, number: 0, rng, bytes: 0 }
    }

    fn at(&mut self, at: Timestamp, what: Happens) {
        self.number += 1;
        self.events.insert((at, self.number), what);
    }

    /// The pairs that are connected, but for those that are down.
    fn pairs(&mut self) -> Vec<[usize; 2]> {
        let nodes = self.nodes.len();
        let mut pairs: BTreeSet<[usize; 2]> = BTreeSet::new();
        let mut add = |one: usize, other: usize| {
            if one != other {
                pairs.insert([one.min(other), one.max(other)]);
            }
        };
        match self.plan.topology {
            Topology::Mesh => {
                (0..nodes).for_each(|one| (0..one).for_each(|other| add(one, other)));
            }
            Topology::Ring(neighbours) => {
                // Chords of lengths that have little in common, so that a few hops lead anywhere.
                let lengths = [1, 7, 16, 22, 11, 19];
                for step in lengths.into_iter().take(neighbours / 2) {
                    (0..nodes).for_each(|one| add(one, (one + step) % nodes));
                }
            }
            Topology::Hubs(hubs) => {
                // Who raises the alert is none of them.
                for one in 0..nodes {
                    (1..=hubs).for_each(|hub| add(one, hub));
                }
            }
        }
        let mut pairs: Vec<[usize; 2]> = pairs.into_iter().collect();
        pairs.shuffle(&mut self.rng);
        pairs.truncate(pairs.len() - pairs.len() * self.plan.down / 100);
        pairs
    }

    /// Those that a chain of connections leads to from the first.
    fn reachable(&self) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([0]);
        let mut waiting = vec![0];
        while let Some(one) = waiting.pop() {
            for ends in self.links.values().filter(|ends| ends.contains(&one)) {
                let other = ends[usize::from(ends[0] == one)];
                if found.insert(other) {
                    waiting.push(other);
                }
            }
        }
        found
    }

    fn open(&mut self, ends: [usize; 2]) {
        self.number += 1;
        let connection = ConnectionId(self.number);
        self.links.insert(connection, ends);
        for (node, other, dialed) in [(ends[0], ends[1], true), (ends[1], ends[0], false)] {
            let transport = self.nodes[other].keys.transport.verifying_key().to_bytes();
            self.input(node, Input::PeerConnected { connection, transport, dialed });
        }
    }

    fn input(&mut self, number: usize, input: Input) {
        let node = &mut self.nodes[number];
        let outputs = node.engine.handle(self.now, &mut node.rng, input, &mut node.replica);
        for output in outputs {
            match output {
                Output::Send { connection, bytes } => {
                    if self.links.contains_key(&connection) {
                        self.bytes += bytes.len() as u64;
                        self.nodes[number].waiting.entry(connection).or_default().push_back(bytes);
                        self.turn(number);
                    }
                }
                Output::Wake { at } => self.nodes[number].wake = Some(at),
                Output::Close { reason, .. } => panic!("{number} closes: {reason}"),
                Output::Event(_) => {}
            }
        }
    }

    /// The next frame goes onto the access, if that is free: of the connection whose turn it is.
    fn turn(&mut self, number: usize) {
        let (rate, now) = (self.plan.rate, self.now);
        let node = &mut self.nodes[number];
        if node.sending && rate.is_some() {
            return;
        }
        node.waiting.retain(|_, frames| !frames.is_empty());
        let next = node.waiting.range(node.next_turn..).next();
        let next = next.or_else(|| node.waiting.iter().next());
        let Some((connection, _)) = next else { return };
        let connection = *connection;
        node.next_turn = ConnectionId(connection.0 + 1);
        let Some(bytes) = node.waiting.get_mut(&connection).and_then(|it| it.pop_front()) else {
            return;
        };
        let Some(ends) = self.links.get(&connection).copied() else {
            // It broke meanwhile.
            return self.turn(number);
        };
        let to = ends[usize::from(ends[0] == number)];
        match carried(rate, bytes.len()) {
            None => {
                self.at(now.saturating_add(ONE_WAY), Happens::Frame { to, connection, bytes });
                self.turn(number);
            }
            Some(took) => {
                node.sending = true;
                let sent = now.saturating_add(took);
                self.at(sent, Happens::Turn { node: number });
                self.at(sent.saturating_add(ONE_WAY), Happens::Through { to, connection, bytes });
            }
        }
    }

    fn happen(&mut self, what: Happens) {
        match what {
            Happens::Turn { node } => {
                self.nodes[node].sending = false;
                self.turn(node);
            }
            Happens::Through { to, connection, bytes } => {
                // The other's access carries no more at once than its own.
                let took = carried(self.plan.rate, bytes.len()).unwrap_or_default();
                let free = self.nodes[to].free[1].max(self.now);
                // It has come while the sender sent it, unless others came at the same time.
                let at = if free == self.now { self.now } else { free.saturating_add(took) };
                self.nodes[to].free[1] = at;
                self.at(at, Happens::Frame { to, connection, bytes });
            }
            Happens::Frame { to, connection, bytes } => {
                if self.links.contains_key(&connection) {
                    self.input(to, Input::Frame { connection, bytes });
                }
            }
            Happens::Up { ends } => self.open(ends),
            Happens::Gone { to, connection } => {
                self.input(to, Input::PeerDisconnected { connection });
            }
        }
    }

    /// The next thing that happens until then.
    fn step(&mut self, until: Timestamp) -> bool {
        let event = self.events.first_key_value().map(|((at, _), _)| *at);
        let wakes = self.nodes.iter().enumerate().filter_map(|(n, node)| Some((node.wake?, n)));
        match (event, wakes.min()) {
            (event, Some((at, node))) if at <= until && event.is_none_or(|event| at < event) => {
                self.now = self.now.max(at);
                self.nodes[node].wake = None;
                self.input(node, Input::Tick);
            }
            (Some(at), _) if at <= until => {
                self.now = self.now.max(at);
                if let Some((_, what)) = self.events.pop_first() {
                    self.happen(what);
                }
            }
            _nothing => {
                self.now = self.now.max(until);
                return false;
            }
        }
        true
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now.saturating_add(time);
        while self.step(until) {}
    }

    /// A node writes entries, each with a signature of its own; sync is told once.
    fn write(&mut self, number: usize, lane: Lane, count: usize, size: usize) {
        let circle = self.circle;
        let decision = self.nodes[number].replica.membership(&circle).unwrap().tip();
        let log = LogId { lane, ..self.nodes[number].log };
        for _ in 0..count {
            let mut payload = vec![0; size];
            self.rng.fill(payload.as_mut_slice());
            let node = &mut self.nodes[number];
            let kind = if lane == Lane::Alert { Kind::Alert } else { Kind::Changes };
            let epoch = EpochId::new([0; 32]);
            let draft = Draft { kind, decision, epoch, payloads: vec![payload] };
            let tail = node.replica.position(&circle, &log).tail;
            let mut writer = Writer::new(circle_tag(&circle), log, tail);
            let place = writer.next_position();
            let run = writer.append(place, draft, &node.keys.signing).unwrap().to_run();
            let outcome = node.replica.accept_run(&circle, &log, run);
            assert!(matches!(outcome, RunOutcome::Accepted(_)), "{outcome:?}");
        }
        self.input(number, Input::LocalAppended { circle, log });
    }

    fn holds(&self, node: usize, log: &LogId) -> bool {
        self.nodes[node].replica.position(&self.circle, log).tail.next_seq > 0
    }
}

/// How long so many bytes take, with what packets carry beside.
fn carried(rate: Option<u64>, bytes: usize) -> Option<Duration> {
    const OVERHEAD: u64 = 100;
    let bits = (bytes as u64 + OVERHEAD * (1 + bytes as u64 / 1200)) * 8;
    Some(Duration::from_micros(bits * 1_000_000 / rate?))
}

/// Lets an alert spread.
pub fn spread(plan: Plan) -> Spread {
    let mut crowd = Crowd::new(plan);
    for ends in crowd.pairs() {
        crowd.open(ends);
    }
    let reachable = crowd.reachable();
    crowd.pass(Duration::from_secs(10));
    for node in 0..crowd.nodes.len() {
        crowd.write(node, Lane::Record, plan.records, RECORD_BYTES);
    }
    if plan.records > 0 {
        // All of it is under way, and most of it has not come.
        crowd.pass(Duration::from_secs(1));
    }
    break_some(&mut crowd);

    let (began, before) = (crowd.now, crowd.bytes);
    crowd.write(0, Lane::Alert, 1, ALERT_BYTES);
    let log = crowd.nodes[0].log;
    let mut spread = Spread { held: Vec::new(), answered: None, cut_off: 0, lacking: 0, bytes: 0 };
    spread.cut_off = crowd.nodes.len() - reachable.len();
    // Who is asked to answer does so at once: people are slower, and not what is measured.
    // It is one as far away as any.
    let responder = reachable.iter().nth(reachable.len() / 2).copied().unwrap_or_default();
    let answer = crowd.nodes[responder].log;
    let mut waiting: BTreeSet<usize> = reachable.into_iter().filter(|node| *node != 0).collect();
    let end = began.saturating_add(PATIENCE);
    while (!waiting.is_empty() || spread.answered.is_none()) && crowd.now < end {
        let until = crowd.now.saturating_add(Duration::from_millis(5)).min(end);
        crowd.step(until);
        let took = crowd.now.saturating_since(began);
        let came: Vec<usize> =
            waiting.iter().copied().filter(|node| crowd.holds(*node, &log)).collect();
        for node in came {
            waiting.remove(&node);
            spread.held.push(took);
            if node == responder {
                crowd.write(node, Lane::Alert, 1, ANSWER_BYTES);
            }
        }
        if spread.answered.is_none() && crowd.holds(0, &answer) {
            spread.answered = Some(took);
        }
    }
    spread.bytes = crowd.bytes - before;
    spread.lacking = lacking(&crowd);
    spread
}

/// Some connections break at this moment. Who is at their ends hears of it within two seconds, and
/// dials again.
fn break_some(crowd: &mut Crowd) {
    let mut connections: Vec<ConnectionId> = crowd.links.keys().copied().collect();
    connections.shuffle(&mut crowd.rng);
    connections.truncate(connections.len() * crowd.plan.breaking / 100);
    for connection in connections {
        let Some(ends) = crowd.links.remove(&connection) else { continue };
        let mut last = crowd.now;
        for to in ends {
            let heard = Duration::from_millis(crowd.rng.random_range(0..2000));
            let at = crowd.now.saturating_add(heard);
            last = last.max(at);
            crowd.at(at, Happens::Gone { to, connection });
        }
        crowd.at(last.saturating_add(HANDSHAKE), Happens::Up { ends });
    }
}

/// Records that somebody has not got.
fn lacking(crowd: &Crowd) -> u64 {
    let logs = crowd.nodes.iter().map(|node| LogId { lane: Lane::Record, ..node.log });
    let held = |node: &Node, log: &LogId| node.replica.position(&crowd.circle, log).tail.next_seq;
    logs.flat_map(|log| crowd.nodes.iter().map(move |node| (node, log)))
        .map(|(node, log)| (crowd.plan.records as u64).saturating_sub(held(node, &log)))
        .sum()
}
