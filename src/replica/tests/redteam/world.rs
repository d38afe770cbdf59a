//! Honest nodes, and the links of a dishonest peer to them.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use prost::Message as _;
use rand::RngExt;

use crate::{
    crypto::Label,
    membership::OrgStatus,
    model::{
        id::{CircleId, LogId, OrgId},
        registry::Value,
        time::Timestamp,
    },
    replica::{
        Work,
        tests::kit::{Party, give_statements},
    },
    sync::{ConnectionId, Engine, Event, Input, Load, Output, Reason, Replica as _},
    wire::sync::{Circles, Frame, Hello, frame::Message},
};

/// Rounds in which honest nodes must come to rest after whatever the attacker did.
const MAX_ROUNDS: usize = 200;

/// An honest node.
pub(super) struct Honest {
    pub(super) party: Party,
    pub(super) engine: Engine,
    wake: Option<Timestamp>,
    /// Bytes that it sent to the attacker.
    pub(super) answered: usize,
}

/// Where a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Honest(usize),
    Attacker,
}

/// What the attacker spent.
#[derive(Debug, Default)]
pub(super) struct Spent {
    pub(super) frames: u64,
    pub(super) bytes: usize,
}

/// What one honest node spent and keeps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    pub(super) work: Work,
    pub(super) journal: usize,
    pub(super) bytes: usize,
}

pub(super) struct World {
    pub(super) honest: Vec<Honest>,
    /// The attacker: a member, or nobody, as the test has it.
    pub(super) mallory: Party,
    pub(super) circle: CircleId,
    pub(super) now: Timestamp,
    pub(super) spent: Spent,
    /// What honest nodes closed, and why.
    pub(super) closed: Vec<(usize, ConnectionId, Reason)>,
    /// Frames that reached the attacker.
    pub(super) heard: Vec<(ConnectionId, Message)>,
    links: BTreeMap<ConnectionId, [End; 2]>,
    wire: VecDeque<(ConnectionId, usize, Vec<u8>)>,
    last: u64,
}

/// The attacker's side of a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    pub(super) connection: ConnectionId,
    pub(super) victim: usize,
    nonce: [u8; 32],
    transports: [[u8; 32]; 2],
}

impl Session {
    /// How the attacker names a circle to the victim.
    pub(super) fn tag(&self, circle: &CircleId) -> Vec<u8> {
        let [own, theirs] = &self.transports;
        let hash = Label::BlindedCircleTag.hash(&[circle.as_bytes(), &self.nonce, own, theirs]);
        hash[..16].to_vec()
    }
}

pub(super) fn transport(party: &Party) -> [u8; 32] {
    party.replica.identity().keys.transport.verifying_key().to_bytes()
}

impl World {
    /// Three honest nodes in one circle and in step: the first founds it and votes with the
    /// second; the attacker is a member, or not.
    pub(super) fn new(attacker_is_member: bool) -> Self {
        let [mut a, mut b, mut c, mut mallory] = [1, 2, 3, 4].map(Party::new);
        let circle = {
            let mut members = vec![&b, &c];
            members.extend(attacker_is_member.then_some(&mallory));
            let second = b.org();
            a.found(&members, |genesis| {
                genesis.members.remove(&second);
                genesis.stewards.insert(second);
            })
        };
        give_statements(&a, &mut b, &circle);
        give_statements(&a, &mut c, &circle);
        if attacker_is_member {
            give_statements(&a, &mut mallory, &circle);
        }
        a.write(&circle, "honest", "written before");
        let honest = [a, b, c].map(|party| {
            let engine = Engine::new(transport(&party));
            Honest { party, engine, wake: None, answered: 0 }
        });
        let mut world = Self {
            honest: honest.into(),
            mallory,
            circle,
            now: Timestamp::from_millis(1_800_000_000_000),
            spent: Spent::default(),
            closed: Vec::new(),
            heard: Vec::new(),
            links: BTreeMap::new(),
            wire: VecDeque::new(),
            last: 0,
        };
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            world.link(one, other);
        }
        world.settle();
        world.assert_agreement();
        world
    }

    fn connection(&mut self, ends: [End; 2]) -> ConnectionId {
        self.last += 1;
        self.links.insert(ConnectionId(self.last), ends);
        ConnectionId(self.last)
    }

    fn link(&mut self, one: usize, other: usize) {
        let connection = self.connection([End::Honest(one), End::Honest(other)]);
        for (node, peer, dialed) in [(one, other, true), (other, one, false)] {
            let transport = transport(&self.honest[peer].party);
            self.input(node, Input::PeerConnected { connection, transport, dialed });
        }
    }

    /// The attacker dials an honest node under a transport key, and says nothing yet.
    pub(super) fn dial(&mut self, victim: usize, key: [u8; 32]) -> Session {
        let connection = self.connection([End::Attacker, End::Honest(victim)]);
        let transport_key = transport(&self.honest[victim].party);
        let connected = Input::PeerConnected { connection, transport: key, dialed: false };
        self.input(victim, connected);
        let nonce = self.mallory.rng.random();
        Session { connection, victim, nonce, transports: [key, transport_key] }
    }

    /// The attacker dials with its own key, and says hello with the circle.
    pub(super) fn session(&mut self, victim: usize) -> Session {
        let session = self.dial(victim, transport(&self.mallory));
        self.hello(&session, &[session.tag(&self.circle)]);
        session
    }

    /// Says hello; digests are made up, so that everything seems to differ.
    pub(super) fn hello(&mut self, session: &Session, tags: &[Vec<u8>]) {
        let digests: Vec<u8> = (0..tags.len() * 8).map(|_| self.mallory.rng.random()).collect();
        let circles = Circles {
            tags: tags.concat(),
            statement_digests: digests.clone(),
            frontier_digests: digests,
            // As a version that knows nothing of receipts.
            receipt_digests: Vec::new(),
        };
        let hello = Hello {
            version: 1,
            nonce: session.nonce.to_vec(),
            max_frame_bytes: u32::MAX,
            window_bytes: u32::MAX,
            circles: Some(circles),
            parts: true,
            metered: false,
        };
        self.say(session, Message::Hello(hello));
    }

    /// Sends a message and lets everything settle.
    pub(super) fn say(&mut self, session: &Session, message: Message) {
        self.send(session, Frame { message: Some(message) }.encode_to_vec());
    }

    /// Sends any bytes as a frame.
    pub(super) fn send(&mut self, session: &Session, bytes: Vec<u8>) {
        self.spent.frames += 1;
        self.spent.bytes += bytes.len();
        if self.links.contains_key(&session.connection) {
            let connection = session.connection;
            self.input(session.victim, Input::Frame { connection, bytes });
        }
        self.settle();
    }

    pub(super) fn hang_up(&mut self, session: &Session) {
        if self.links.remove(&session.connection).is_some() {
            let connection = session.connection;
            self.input(session.victim, Input::PeerDisconnected { connection });
        }
    }

    pub(super) fn is_open(&self, session: &Session) -> bool {
        self.links.contains_key(&session.connection)
    }

    pub(super) fn reason(&self, session: &Session) -> Option<Reason> {
        let closed =
            self.closed.iter().find(|(_, connection, _)| *connection == session.connection);
        closed.map(|(_, _, reason)| *reason)
    }

    /// What honest nodes said to the attacker that is of interest.
    pub(super) fn heard<'a, T>(
        &'a self,
        session: &'a Session,
        interest: impl Fn(&Message) -> Option<T> + 'a,
    ) -> impl Iterator<Item = T> + 'a {
        let of = |it: &&(ConnectionId, Message)| it.0 == session.connection;
        self.heard.iter().filter(of).filter_map(move |(_, message)| interest(message))
    }

    /// What an engine keeps in memory for the attacker.
    pub(super) fn load(&self, session: &Session) -> Load {
        self.honest[session.victim].engine.load_of(session.connection)
    }

    pub(super) fn cost(&self, node: usize) -> Cost {
        let honest = &self.honest[node];
        let bytes = honest.answered;
        let journal = honest.party.replica.storage().records().map(<[u8]>::len).sum();
        Cost { work: honest.party.replica.work(), journal, bytes }
    }

    /// A node came by entries otherwise than through its engine.
    pub(super) fn tell_appended(&mut self, node: usize, log: LogId) {
        let circle = self.circle;
        self.input(node, Input::LocalAppended { circle, log });
        self.settle();
    }

    fn input(&mut self, node: usize, input: Input) {
        let honest = &mut self.honest[node];
        let Party { replica, rng, .. } = &mut honest.party;
        let outputs = honest.engine.handle(self.now, rng, input, replica);
        for output in outputs {
            match output {
                Output::Send { connection, bytes } => self.carry(node, connection, bytes),
                Output::Close { connection, reason } => {
                    self.closed.push((node, connection, reason));
                    let ends = self.links.remove(&connection);
                    for end in ends.into_iter().flatten().filter(|end| *end != End::Honest(node)) {
                        if let End::Honest(other) = end {
                            self.input(other, Input::PeerDisconnected { connection });
                        }
                    }
                }
                Output::Wake { at } => self.honest[node].wake = Some(at),
                Output::Event(Event::StatementsArrived { .. } | Event::EntriesArrived { .. }) => {
                    self.honest[node].party.replica.open_inbox();
                }
                Output::Event(_) => {}
            }
        }
    }

    fn carry(&mut self, from: usize, connection: ConnectionId, bytes: Vec<u8>) {
        let Some(ends) = self.links.get(&connection) else { return };
        let to = if ends[0] == End::Honest(from) { ends[1] } else { ends[0] };
        match to {
            End::Honest(to) => self.wire.push_back((connection, to, bytes)),
            End::Attacker => {
                self.honest[from].answered += bytes.len();
                let message = Frame::decode(bytes.as_slice()).unwrap().message;
                self.heard.extend(message.map(|it| (connection, it)));
            }
        }
    }

    /// Delivers what is under way among the honest, opens, grants, and tells, until all is quiet.
    pub(super) fn settle(&mut self) {
        for round in 0.. {
            assert!(round < MAX_ROUNDS, "the honest never come to rest");
            while let Some((connection, to, bytes)) = self.wire.pop_front() {
                if self.links.contains_key(&connection) {
                    self.input(to, Input::Frame { connection, bytes });
                }
            }
            let mut quiet = true;
            for node in 0..self.honest.len() {
                let Party { replica, rng, .. } = &mut self.honest[node].party;
                replica.open_inbox();
                while !replica.is_settled() {
                    replica.open_inbox();
                }
                replica.tend(&self.circle, rng).unwrap();
                let outbox = replica.take_outbox();
                for (circle, log) in outbox.appended {
                    quiet = false;
                    self.input(node, Input::LocalAppended { circle, log });
                }
                for (circle, added) in outbox.statements {
                    quiet &= added.is_empty();
                    let added = added.into_iter().collect();
                    self.input(node, Input::StatementsChanged { circle, added });
                }
            }
            if quiet && self.wire.is_empty() {
                return;
            }
        }
    }

    /// Lets time pass, in the steps that the engines ask for.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now.saturating_add(time);
        loop {
            let due = self.honest.iter().filter_map(|it| it.wake).min().filter(|at| *at <= until);
            self.now = due.unwrap_or(until).max(self.now.saturating_add(Duration::from_millis(1)));
            for node in 0..self.honest.len() {
                if self.honest[node].wake.is_some_and(|at| at <= self.now) {
                    self.honest[node].wake = None;
                    self.input(node, Input::Tick);
                }
            }
            self.settle();
            if self.now >= until {
                return;
            }
        }
    }

    /// What people and the log of a node were told.
    pub(super) fn told(&mut self, node: usize) -> String {
        self.honest[node].party.replica.take_reports().join("\n")
    }

    /// Writes an honest edit and sees it arrive: the circle works.
    pub(super) fn assert_alive(&mut self, field: &str) {
        let circle = self.circle;
        self.honest[2].party.write(&circle, field, "still alive");
        self.settle();
        self.pass(Duration::from_secs(1));
        for node in &self.honest {
            assert!(node.party.paths(&circle).contains(field), "{field}");
        }
        self.assert_agreement();
    }

    /// Honest nodes show the same.
    pub(super) fn assert_agreement(&self) {
        let views: Vec<_> = self.honest.iter().map(|it| view(&it.party, &self.circle)).collect();
        for view in &views {
            assert_eq!(*view, views[0]);
        }
    }
}

/// What a node shows of a circle.
#[derive(Debug, PartialEq)]
struct View {
    orgs: BTreeMap<OrgId, OrgStatus>,
    path: Vec<crate::model::id::StatementId>,
    fields: BTreeMap<String, Value>,
    /// How far logs are held, and where they are forked.
    logs: BTreeSet<(LogId, Option<u64>)>,
}

fn view(party: &Party, circle: &CircleId) -> View {
    let membership = party.membership(circle);
    let position = |it: crate::log::LogPosition| {
        let length = (!it.forked).then_some(it.tail.next_seq);
        (it.log, length)
    };
    View {
        orgs: membership.orgs().iter().map(|(org, state)| (*org, state.status())).collect(),
        path: membership.path().to_vec(),
        fields: party.fields(circle),
        logs: party.replica.frontier(circle).into_iter().map(position).collect(),
    }
}
