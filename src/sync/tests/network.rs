//! Several nodes in one thread: what one sends arrives at the other one step later.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::fake::{Fake, circle_id, device_id, genesis, statement, transport};
use crate::{
    log::circle_tag,
    model::{
        id::{CircleId, Lane},
        limits::MAX_FRAME_BYTES,
        time::Timestamp,
    },
    sync::{ConnectionId, Engine, Event, Input, Output, Reason, Replica, message::Message},
};

/// How long a frame travels.
const LATENCY: Duration = Duration::from_millis(50);
/// What is due within this time is waited for when the network settles.
const SOON: Duration = Duration::from_millis(150);
/// Steps after which a network that does not settle is taken to run in circles.
const MAX_STEPS: usize = 20_000;

pub(super) struct Node {
    pub(super) replica: Fake,
    pub(super) engine: Engine,
    rng: ChaCha20Rng,
    pub(super) events: Vec<Event>,
    pub(super) closed: Vec<(usize, Reason)>,
    pub(super) wake: Option<Timestamp>,
}

/// A stream between two nodes.
#[derive(Debug, Clone, Copy)]
struct Link {
    ends: [usize; 2],
}

pub(super) struct Network {
    pub(super) nodes: Vec<Node>,
    pub(super) now: Timestamp,
    links: BTreeMap<ConnectionId, Link>,
    in_flight: VecDeque<(ConnectionId, usize, Vec<u8>)>,
    next_connection: u64,
    /// Bytes of all frames that were sent.
    pub(super) bytes: usize,
    /// Frames that were sent: from, to, frame.
    pub(super) sent: Vec<(usize, usize, Vec<u8>)>,
    /// Nodes that neither hear nor say anything, without their streams breaking.
    hung: Vec<usize>,
    /// A frame to change: how many come before it, which byte, to what.
    change: Option<(usize, prop::sample::Index, u8)>,
    /// Steps in which frames arrived, since the counters were reset.
    pub(super) steps: usize,
    /// The last step in which an entry arrived at its node.
    pub(super) last_entry: usize,
}

impl Network {
    /// Nodes numbered from 1, each a device of its own, with no circles.
    pub(super) fn new(nodes: u8) -> Self {
        let node = |number| Node {
            replica: Fake::new(number),
            engine: Engine::new(transport(number)),
            rng: ChaCha20Rng::from_seed([number; 32]),
            events: Vec::new(),
            closed: Vec::new(),
            wake: None,
        };
        Self {
            nodes: (1..=nodes).map(node).collect(),
            now: Timestamp::from_millis(1_000_000),
            links: BTreeMap::new(),
            in_flight: VecDeque::new(),
            next_connection: 0,
            bytes: 0,
            sent: Vec::new(),
            hung: Vec::new(),
            change: None,
            steps: 0,
            last_entry: 0,
        }
    }

    /// Gives these nodes a circle with all of them as members.
    pub(super) fn circle(&mut self, number: u8, members: &[usize]) -> CircleId {
        let genesis = genesis(number);
        let circle = circle_id(&genesis);
        for node in members {
            self.nodes[*node].replica.add(circle, genesis.clone());
            for member in members {
                let added = statement(b'M', self.nodes[*member].replica.number);
                self.nodes[*node].replica.add(circle, added);
            }
        }
        circle
    }

    pub(super) fn write(&mut self, node: usize, circle: CircleId, lane: Lane, payload: &[u8]) {
        let log = self.nodes[node].replica.write(circle, lane, payload.to_vec());
        self.input(node, Input::LocalAppended { circle, log });
    }

    /// A node makes a statement.
    pub(super) fn state(&mut self, node: usize, circle: CircleId, statement: Vec<u8>) {
        let id = self.nodes[node].replica.add(circle, statement);
        self.input(node, Input::StatementsChanged { circle, added: vec![id] });
    }

    pub(super) fn connect(&mut self, dialer: usize, listener: usize) -> ConnectionId {
        self.next_connection += 1;
        let connection = ConnectionId(self.next_connection);
        self.links.insert(connection, Link { ends: [dialer, listener] });
        for (node, other, dialed) in [(dialer, listener, true), (listener, dialer, false)] {
            let transport = transport(self.nodes[other].replica.number);
            self.input(node, Input::PeerConnected { connection, transport, dialed });
        }
        connection
    }

    pub(super) fn disconnect(&mut self, connection: ConnectionId) {
        let Some(link) = self.links.remove(&connection) else {
            return;
        };
        self.in_flight.retain(|(of, _, _)| *of != connection);
        for node in link.ends {
            self.input(node, Input::PeerDisconnected { connection });
        }
    }

    pub(super) fn is_connected(&self, connection: ConnectionId) -> bool {
        self.links.contains_key(&connection)
    }

    /// A frame that no engine made.
    pub(super) fn inject(&mut self, connection: ConnectionId, to: usize, bytes: Vec<u8>) {
        self.in_flight.push_back((connection, to, bytes));
    }

    /// Loses all frames that are under way.
    pub(super) fn drop_in_flight(&mut self) {
        self.in_flight.clear();
    }

    pub(super) fn hang(&mut self, node: usize) {
        self.hung.push(node);
    }

    /// Changes a byte of the frame that is delivered after so many others.
    pub(super) fn change_frame(&mut self, after: usize, byte: prop::sample::Index, to: u8) {
        self.change = Some((after, byte, to));
    }

    fn maybe_change(&mut self, bytes: &mut [u8]) {
        match &mut self.change {
            Some((0, byte, to)) if !bytes.is_empty() => {
                bytes[byte.index(bytes.len())] = *to;
                self.change = None;
            }
            Some((after, _, _)) => *after = after.saturating_sub(1),
            None => {}
        }
    }

    pub(super) fn input(&mut self, node: usize, input: Input) {
        let Node { replica, engine, rng, .. } = &mut self.nodes[node];
        let outputs = engine.handle(self.now, rng, input, replica);
        for output in outputs {
            self.output(node, output);
        }
    }

    fn output(&mut self, node: usize, output: Output) {
        match output {
            Output::Send { connection, bytes } => {
                let Some(link) = self.links.get(&connection) else {
                    return;
                };
                let to = if link.ends[0] == node { link.ends[1] } else { link.ends[0] };
                self.check_sent(node, to, &bytes);
                self.bytes += bytes.len();
                self.sent.push((node, to, bytes.clone()));
                self.in_flight.push_back((connection, to, bytes));
            }
            Output::Close { connection, reason } => {
                if let Some(link) = self.links.remove(&connection) {
                    let other = if link.ends[0] == node { link.ends[1] } else { link.ends[0] };
                    self.nodes[node].closed.push((other, reason));
                    self.in_flight.retain(|(of, _, _)| *of != connection);
                    self.input(other, Input::PeerDisconnected { connection });
                }
            }
            Output::Wake { at } => self.nodes[node].wake = Some(at),
            Output::Event(event) => self.nodes[node].events.push(event),
        }
    }

    /// The promise: no header of a circle (each bears the circle's tag) goes to a device that is
    /// not entitled by what the sender knows.
    fn check_sent(&self, from: usize, to: usize, frame: &[u8]) {
        assert!(frame.len() <= MAX_FRAME_BYTES);
        let replica = &self.nodes[from].replica;
        let device = device_id(self.nodes[to].replica.number);
        for circle in replica.circles() {
            let tag = circle_tag(&circle);
            let has_header = frame.windows(16).any(|window| window == tag.as_bytes());
            assert!(!has_header || replica.serves(&circle, &device), "{from} leaks to {to}");
        }
    }

    /// Delivers all frames that are under way; what they cause is under way then.
    pub(super) fn step(&mut self) {
        self.now = self.now.saturating_add(LATENCY);
        self.steps += 1;
        for _ in 0..self.in_flight.len() {
            let Some((connection, to, mut bytes)) = self.in_flight.pop_front() else {
                break;
            };
            let hung = self.hung.contains(&to);
            if hung || !self.links.contains_key(&connection) {
                continue;
            }
            self.maybe_change(&mut bytes);
            let before = self.nodes[to].replica.taken.len();
            self.input(to, Input::Frame { connection, bytes });
            if self.nodes[to].replica.taken.len() > before {
                self.last_entry = self.steps;
            }
        }
    }

    /// Delivers until nothing is under way or about to be.
    pub(super) fn settle(&mut self) {
        for _ in 0..MAX_STEPS {
            if !self.in_flight.is_empty() {
                self.step();
            } else if !self.tick(self.now.saturating_add(SOON)) {
                return;
            }
        }
        panic!("the network does not settle");
    }

    /// Gives the next tick that is due until then.
    fn tick(&mut self, until: Timestamp) -> bool {
        let due = self.nodes.iter().enumerate().filter_map(|(n, node)| Some((node.wake?, n)));
        let Some((at, node)) = due.min().filter(|(at, _)| *at <= until) else {
            return false;
        };
        self.now = self.now.max(at);
        self.nodes[node].wake = None;
        self.input(node, Input::Tick);
        true
    }

    /// Lets time pass with the ticks that the engines asked for.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now.saturating_add(time);
        self.settle();
        while self.tick(end) {
            self.settle();
        }
        self.now = self.now.max(end);
    }

    pub(super) fn reset_counters(&mut self) {
        (self.bytes, self.steps, self.last_entry) = (0, 0, 0);
        self.sent.clear();
        self.nodes.iter_mut().for_each(|node| node.replica.taken.clear());
    }

    pub(super) fn assert_same(&self, nodes: &[usize]) {
        for pair in nodes.windows(2) {
            let (one, two) = (&self.nodes[pair[0]].replica, &self.nodes[pair[1]].replica);
            assert_eq!(one.contents(), two.contents());
        }
    }

    /// Frames that one node sent to another.
    pub(super) fn frames(&self, from: usize, to: usize) -> Vec<Message> {
        let sent = self.sent.iter().filter(|(f, t, _)| (*f, *t) == (from, to));
        sent.map(|(_, _, bytes)| Message::decode(bytes).unwrap()).collect()
    }
}
