//! Engines over replicas in one thread: what one sends arrives at the other at once, in order.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use prost::Message as _;

use crate::{
    crypto::Label,
    model::{id::CircleId, time::Timestamp},
    replica::tests::kit::{Party, give_statements},
    sync::{ConnectionId, Engine, Event, Input, Output, Reason, ReceiptMark, Replica as _},
    wire::sync::{Frame, frame::Message},
};

/// How far a frame travels.
const LATENCY: Duration = Duration::from_millis(20);

/// A frame that was sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) from: usize,
    pub(super) number: u64,
    pub(super) bytes: usize,
}

pub(super) struct Network {
    pub(super) parties: Vec<Party>,
    engines: Vec<Engine>,
    wakes: Vec<Option<Timestamp>>,
    pub(super) now: Timestamp,
    links: BTreeMap<ConnectionId, [usize; 2]>,
    flight: VecDeque<(ConnectionId, usize, Vec<u8>)>,
    next: u64,
    pub(super) sent: Vec<Sent>,
    pub(super) closed: Vec<(usize, Reason)>,
    /// Nodes that run a version without receipts.
    old: BTreeSet<usize>,
    /// What each side of a connection said hello with.
    nonces: BTreeMap<(ConnectionId, usize), Vec<u8>>,
}

fn transport(party: &Party) -> [u8; 32] {
    party.replica.identity().keys.transport.verifying_key().to_bytes()
}

impl Network {
    /// Organisations of one device, all in a circle.
    pub(super) fn of(nodes: u8) -> (Self, CircleId) {
        let parties: Vec<Party> = (1..=nodes).map(Party::new).collect();
        let engines = parties.iter().map(|party| Engine::new(transport(party))).collect();
        let mut net = Self {
            wakes: vec![None; parties.len()],
            parties,
            engines,
            now: Timestamp::from_millis(1_000_000),
            links: BTreeMap::new(),
            flight: VecDeque::new(),
            next: 0,
            sent: Vec::new(),
            closed: Vec::new(),
            old: BTreeSet::new(),
            nonces: BTreeMap::new(),
        };
        let circle = net.circle(0);
        (net, circle)
    }

    /// A circle of all.
    pub(super) fn circle(&mut self, number: u8) -> CircleId {
        let (first, others) = self.parties.split_at_mut(1);
        let members: Vec<&Party> = others.iter().collect();
        let circle = first[0].found(&members, |genesis| genesis.nonce = [number; 32]);
        for other in others {
            give_statements(&first[0], other, &circle);
        }
        circle
    }

    /// A node behaves as one of a version that knows nothing of receipts.
    pub(super) fn make_old(&mut self, node: usize) {
        self.old.insert(node);
    }

    /// A node starts anew with the replica that it has now.
    pub(super) fn restart(&mut self, node: usize) {
        let ends: Vec<ConnectionId> = self.links_of(node);
        ends.into_iter().for_each(|link| self.disconnect(link));
        self.engines[node] = Engine::new(transport(&self.parties[node]));
        self.wakes[node] = None;
    }

    fn links_of(&self, node: usize) -> Vec<ConnectionId> {
        let of_node = self.links.iter().filter(|(_, ends)| ends.contains(&node));
        of_node.map(|(connection, _)| *connection).collect()
    }

    pub(super) fn write(&mut self, node: usize, circle: &CircleId, path: &str) {
        self.parties[node].write(circle, path, "x");
        self.tell(node);
    }

    /// Tells the engine what the replica wrote.
    pub(super) fn tell(&mut self, node: usize) {
        let outbox = self.parties[node].replica.take_outbox();
        for (circle, added) in outbox.statements {
            let added = added.into_iter().collect();
            self.input(node, Input::StatementsChanged { circle, added });
        }
        for (circle, log) in outbox.appended {
            self.input(node, Input::LocalAppended { circle, log });
        }
        for circle in outbox.receipts {
            self.input(node, Input::ReceiptsChanged { circle });
        }
        self.settle();
    }

    pub(super) fn connect(&mut self, dialer: usize, listener: usize) -> ConnectionId {
        self.next += 1;
        let connection = ConnectionId(self.next);
        self.links.insert(connection, [dialer, listener]);
        for (node, other, dialed) in [(dialer, listener, true), (listener, dialer, false)] {
            let transport = transport(&self.parties[other]);
            self.input(node, Input::PeerConnected { connection, transport, dialed });
        }
        connection
    }

    pub(super) fn disconnect(&mut self, connection: ConnectionId) {
        self.flight.retain(|(of, _, _)| *of != connection);
        for node in self.links.remove(&connection).into_iter().flatten() {
            self.input(node, Input::PeerDisconnected { connection });
        }
    }

    pub(super) fn disconnect_all(&mut self) {
        let all: Vec<ConnectionId> = self.links.keys().copied().collect();
        all.into_iter().for_each(|connection| self.disconnect(connection));
    }

    /// How a node names a circle on a connection.
    pub(super) fn tag(&self, link: ConnectionId, from: usize, circle: &CircleId) -> Vec<u8> {
        let ends = self.links[&link];
        let to = if ends[0] == from { ends[1] } else { ends[0] };
        let [from_key, to_key] = [from, to].map(|node| transport(&self.parties[node]));
        let nonce = &self.nonces[&(link, from)];
        let parts = [circle.as_bytes().as_slice(), nonce, &from_key, &to_key];
        Label::BlindedCircleTag.hash(&parts)[..16].to_vec()
    }

    /// A frame that no engine made.
    pub(super) fn inject(&mut self, connection: ConnectionId, to: usize, message: Message) {
        let bytes = Frame { message: Some(message) }.encode_to_vec();
        self.flight.push_back((connection, to, bytes));
    }

    fn input(&mut self, node: usize, input: Input) {
        let party = &mut self.parties[node];
        let outputs =
            self.engines[node].handle(self.now, &mut party.rng, input, &mut party.replica);
        for output in outputs {
            match output {
                Output::Send { connection, bytes } => self.send(node, connection, bytes),
                Output::Close { connection, reason } => {
                    self.closed.push((node, reason));
                    self.disconnect(connection);
                }
                Output::Wake { at } => self.wakes[node] = Some(at),
                Output::Event(Event::EntriesArrived { .. }) => {
                    self.parties[node].replica.open_inbox();
                }
                Output::Event(_) => {}
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike here")]
    fn send(&mut self, from: usize, connection: ConnectionId, bytes: Vec<u8>) {
        let Some(ends) = self.links.get(&connection) else { return };
        let to = if ends[0] == from { ends[1] } else { ends[0] };
        let mut message = Frame::decode(bytes.as_slice()).unwrap().message.unwrap();
        let number = number(&message);
        if let Message::Hello(hello) = &message {
            self.nonces.insert((connection, from), hello.nonce.clone());
        }
        if self.old.contains(&from) {
            if number >= 20 {
                return;
            }
            match &mut message {
                Message::Hello(hello) => {
                    hello.circles.as_mut().unwrap().receipt_digests.clear();
                }
                Message::Circles(circles) => circles.receipt_digests.clear(),
                _other => {}
            }
        }
        let bytes = Frame { message: Some(message) }.encode_to_vec();
        self.sent.push(Sent { from, number, bytes: bytes.len() });
        if !self.old.contains(&to) || number < 20 {
            self.flight.push_back((connection, to, bytes));
        }
    }

    /// Delivers until nothing is under way.
    pub(super) fn settle(&mut self) {
        for _ in 0..100_000 {
            let Some((connection, to, bytes)) = self.flight.pop_front() else { return };
            self.now = self.now.saturating_add(LATENCY / 20);
            if self.links.contains_key(&connection) {
                self.input(to, Input::Frame { connection, bytes });
            }
        }
        panic!("the network does not settle");
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now.saturating_add(time);
        self.settle();
        for _ in 0..100_000 {
            let due = self.wakes.iter().enumerate().filter_map(|(node, at)| Some(((*at)?, node)));
            let Some((at, node)) = due.min().filter(|(at, _)| *at <= end) else {
                self.now = self.now.max(end);
                return;
            };
            self.now = self.now.max(at);
            self.wakes[node] = None;
            self.input(node, Input::Tick);
            self.settle();
        }
        panic!("the engines do not come to rest");
    }

    /// How many frames with this number were sent.
    pub(super) fn frames_of(&self, number: u64) -> usize {
        self.sent.iter().filter(|frame| frame.number == number).count()
    }

    pub(super) fn marks(&self, node: usize, circle: &CircleId) -> Vec<ReceiptMark> {
        self.parties[node].replica.receipt_marks(circle)
    }

    /// The counter of another's newest receipt, as a node knows it; 0 if it knows none.
    pub(super) fn counter(&self, node: usize, circle: &CircleId, of: usize) -> u64 {
        let device = self.parties[of].replica.own_device();
        let marks = self.marks(node, circle);
        marks.iter().find(|mark| mark.device == device).map_or(0, |mark| mark.counter)
    }

    /// Whether another has confirmed all that a node holds.
    pub(super) fn confirmed(&self, node: usize, circle: &CircleId, by: usize) -> bool {
        let replica = &self.parties[node].replica;
        let device = self.parties[by].replica.own_device();
        let Some(word) = replica.word_of(circle, &device) else { return false };
        let lengths = replica.lengths(circle);
        lengths.iter().all(|(log, length)| replica.confirmed(circle, &word, log) >= *length)
    }
}

/// Number of a frame's field.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike here")]
pub(super) const fn number(message: &Message) -> u64 {
    match message {
        Message::Hello(_) => 1,
        Message::Circles(_) => 2,
        Message::ReceiptList(_) => 20,
        Message::ReceiptWants(_) => 21,
        Message::Receipts(_) => 22,
        _other => 3,
    }
}
