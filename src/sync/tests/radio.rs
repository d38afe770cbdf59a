//! Bad links, simulated: a rate, a delay, packets that are lost and come again, breaks.
//!
//! A link is a reliable stream as TCP or QUIC makes it of a bad network: what is lost is sent
//! again after a while, and holds up all that comes after it. Deterministic by its seed.

use std::{collections::BTreeMap, time::Duration};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use super::fake::{Fake, circle_id, genesis, statement, transport};
use crate::{
    model::{
        id::{CircleId, Lane, LogId},
        time::Timestamp,
    },
    sync::{ConnectionId, Engine, Event, Input, Output, Reason},
};

/// Bytes of a packet, and of what a packet and its acknowledgement carry beside (IP, TCP, Noise).
const PACKET: usize = 1200;
const PACKET_OVERHEAD: usize = 100;
/// Bytes in both directions for a connection to be made: TCP, Noise, Yamux, the stream.
const HANDSHAKE_BYTES: usize = 1500;
/// Round trips until the first frame can be sent.
const HANDSHAKE_ROUND_TRIPS: u32 = 6;

/// What a link is like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quality {
    pub(super) bits_per_second: u64,
    pub(super) delay: Duration,
    /// Packets lost of a hundred.
    pub(super) loss: u32,
    /// Up for so long, and then down for so long, and so on.
    pub(super) up: Duration,
    pub(super) down: Duration,
}

struct Link {
    ends: [usize; 2],
    quality: Quality,
    connection: Option<ConnectionId>,
    /// When each direction has carried what it was given, and when that has arrived.
    free: [Timestamp; 2],
    arrived: [Timestamp; 2],
}

/// What happens at a time.
enum Happens {
    Up { link: usize },
    Down { link: usize },
    Frame { to: usize, connection: ConnectionId, bytes: Vec<u8> },
}

pub(super) struct Node {
    pub(super) replica: Fake,
    engine: Engine,
    rng: ChaCha20Rng,
    wake: Option<Timestamp>,
}

/// All nodes and links.
pub(super) struct Radio {
    pub(super) nodes: Vec<Node>,
    pub(super) now: Timestamp,
    links: Vec<Link>,
    events: BTreeMap<(Timestamp, u64), Happens>,
    number: u64,
    rng: ChaCha20Rng,
    /// Bytes that went over links, with what was lost and what packets carry beside.
    pub(super) wire_bytes: usize,
    /// Bytes of frames that the engines sent, those included that breaks lost.
    pub(super) frame_bytes: usize,
    /// Bytes of entries' payloads that were written.
    pub(super) payload_bytes: usize,
    pub(super) breaks: usize,
    pub(super) closed: Vec<Reason>,
    /// Lanes of the entries that came, by node, in order.
    arrived: Vec<(usize, Lane)>,
}

impl Radio {
    /// Nodes that are all members of one circle.
    pub(super) fn new(nodes: u8, seed: u8) -> (Self, CircleId) {
        let genesis = genesis(1);
        let circle = circle_id(&genesis);
        let node = |number: u8| {
            let mut replica = Fake::new(number);
            replica.add(circle, genesis.clone());
            for member in 1..=nodes {
                replica.add(circle, statement(b'M', member));
            }
            let engine = Engine::new(transport(number));
            Node { replica, engine, rng: ChaCha20Rng::from_seed([number; 32]), wake: None }
        };
        let radio = Self {
            nodes: (1..=nodes).map(node).collect(),
            now: Timestamp::from_millis(1_000_000),
            links: Vec::new(),
            events: BTreeMap::new(),
            number: 0,
            rng: ChaCha20Rng::from_seed([seed; 32]),
            wire_bytes: 0,
            frame_bytes: 0,
            payload_bytes: 0,
            breaks: 0,
            closed: Vec::new(),
            arrived: Vec::new(),
        };
        (radio, circle)
    }

    /// A link that is up for the first time after `first`.
    pub(super) fn link(&mut self, ends: [usize; 2], quality: Quality, first: Duration) {
        let times = [self.now; 2];
        self.links.push(Link { ends, quality, connection: None, free: times, arrived: times });
        let link = self.links.len() - 1;
        self.at(self.now.saturating_add(first), Happens::Up { link });
    }

    fn at(&mut self, at: Timestamp, what: Happens) {
        self.number += 1;
        self.events.insert((at, self.number), what);
    }

    pub(super) fn write(
        &mut self,
        node: usize,
        circle: CircleId,
        lane: Lane,
        bytes: usize,
    ) -> LogId {
        let mut payload = vec![0; bytes];
        self.rng.fill(payload.as_mut_slice());
        self.payload_bytes += bytes;
        let log = self.nodes[node].replica.write(circle, lane, payload);
        self.input(node, Input::LocalAppended { circle, log });
        log
    }

    pub(super) fn input(&mut self, node: usize, input: Input) {
        let Node { replica, engine, rng, .. } = &mut self.nodes[node];
        for output in engine.handle(self.now, rng, input, replica) {
            match output {
                Output::Send { connection, bytes } => self.send(node, connection, bytes),
                Output::Wake { at } => self.nodes[node].wake = Some(at),
                Output::Close { connection, reason } => {
                    self.closed.push(reason);
                    if let Some(link) = self.link_of(connection) {
                        self.cut(link, Some(node));
                    }
                }
                Output::Event(Event::EntriesArrived { log, .. }) => {
                    self.arrived.push((node, log.lane));
                }
                Output::Event(_) => {}
            }
        }
    }

    fn link_of(&self, connection: ConnectionId) -> Option<usize> {
        self.links.iter().position(|link| link.connection == Some(connection))
    }

    /// Carries a frame: packet by packet, each lost ones again.
    fn send(&mut self, from: usize, connection: ConnectionId, bytes: Vec<u8>) {
        let Some(link) = self.link_of(connection) else { return };
        let Link { ends, quality, free, arrived, .. } = &mut self.links[link];
        let direction = usize::from(ends[0] != from);
        let (mut time, mut last) = (free[direction].max(self.now), arrived[direction]);
        self.frame_bytes += bytes.len() + 4;
        let mut left = bytes.len() + 4;
        while left > 0 {
            let packet = left.min(PACKET);
            left -= packet;
            let on_wire = packet + PACKET_OVERHEAD;
            let carry = Duration::from_millis(on_wire as u64 * 8000 / quality.bits_per_second);
            let mut stall = Duration::ZERO;
            time = time.saturating_add(carry);
            self.wire_bytes += on_wire;
            // Three acknowledgements of others, or a time-out: two round trips later.
            while self.rng.random_range(0..100) < quality.loss {
                time = time.saturating_add(carry);
                stall += quality.delay * 4;
                self.wire_bytes += on_wire;
            }
            last = last.max(time.saturating_add(quality.delay + stall));
        }
        (free[direction], arrived[direction]) = (time, last);
        let to = ends[1 - direction];
        self.at(last, Happens::Frame { to, connection, bytes });
    }

    fn cut(&mut self, link: usize, but: Option<usize>) {
        let Some(connection) = self.links[link].connection.take() else { return };
        self.breaks += 1;
        let of = |what: &Happens| matches!(what, Happens::Frame { connection: c, .. } if *c == connection);
        self.events.retain(|_, what| !of(what));
        for end in self.links[link].ends {
            if Some(end) != but {
                self.input(end, Input::PeerDisconnected { connection });
            }
        }
    }

    /// Nothing comes through a link for so long; then all that was under way does.
    pub(super) fn silence(&mut self, link: usize, time: Duration) {
        let Link { connection, free, arrived, .. } = &mut self.links[link];
        let connection = *connection;
        for at in free.iter_mut().chain(arrived) {
            *at = (*at).max(self.now).saturating_add(time);
        }
        let events = std::mem::take(&mut self.events);
        let later = |(at, number): (Timestamp, u64), what| {
            let waits =
                matches!(&what, Happens::Frame { connection: of, .. } if Some(*of) == connection);
            ((if waits { at.saturating_add(time) } else { at }, number), what)
        };
        self.events = events.into_iter().map(|(key, what)| later(key, what)).collect();
    }

    fn happen(&mut self, what: Happens) {
        match what {
            Happens::Up { link } => {
                let Quality { delay, up, .. } = self.links[link].quality;
                self.at(self.now.saturating_add(up), Happens::Down { link });
                self.number += 1;
                let connection = ConnectionId(self.number);
                let ready = self.now.saturating_add(delay * 2 * HANDSHAKE_ROUND_TRIPS);
                let Link { ends, free, arrived, connection: place, .. } = &mut self.links[link];
                (*place, *free, *arrived) = (Some(connection), [ready; 2], [ready; 2]);
                let ends = *ends;
                self.wire_bytes += HANDSHAKE_BYTES;
                for (node, other, dialed) in [(ends[0], ends[1], true), (ends[1], ends[0], false)] {
                    let transport = transport(self.nodes[other].replica.number);
                    self.input(node, Input::PeerConnected { connection, transport, dialed });
                }
            }
            Happens::Down { link } => {
                self.cut(link, None);
                let down = self.links[link].quality.down;
                self.at(self.now.saturating_add(down), Happens::Up { link });
            }
            Happens::Frame { to, connection, bytes } => {
                if self.link_of(connection).is_some() {
                    self.input(to, Input::Frame { connection, bytes });
                }
            }
        }
    }

    /// Lets time pass until `done`; how long it took, or nothing if it was not within `limit`.
    pub(super) fn until(
        &mut self,
        limit: Duration,
        done: impl Fn(&Self) -> bool,
    ) -> Option<Duration> {
        let (begin, end) = (self.now, self.now.saturating_add(limit));
        while !done(self) {
            let wake =
                self.nodes.iter().enumerate().filter_map(|(n, it)| Some((it.wake?, n))).min();
            let event = self.events.first_key_value().map(|(key, _)| key.0);
            let at = wake.map(|(at, _)| at).into_iter().chain(event).min()?;
            if at > end {
                return None;
            }
            self.now = self.now.max(at);
            match wake.filter(|(wake, _)| event.is_none_or(|event| *wake <= event)) {
                Some((_, node)) => {
                    self.nodes[node].wake = None;
                    self.input(node, Input::Tick);
                }
                None => {
                    if let Some((_, what)) = self.events.pop_first() {
                        self.happen(what);
                    }
                }
            }
        }
        Some(self.now.saturating_since(begin))
    }

    /// Lanes of the entries that came to a node, in order.
    pub(super) fn arrivals(&self, node: usize) -> Vec<Lane> {
        let of_node = self.arrived.iter().filter(|(at, _)| *at == node);
        of_node.map(|(_, lane)| *lane).collect()
    }

    pub(super) fn same(&self) -> bool {
        let first = self.nodes[0].replica.contents();
        self.nodes.iter().all(|node| node.replica.contents() == first)
    }

    /// Prints what it cost; gives bytes on the wire for each hundred of the payloads.
    #[expect(clippy::print_stdout, reason = "figures for people, with --nocapture")]
    pub(super) fn report(&self, name: &str, took: Duration) -> usize {
        let (wire, frames, payload) = (self.wire_bytes, self.frame_bytes, self.payload_bytes);
        let percent = |bytes: usize| bytes * 100 / payload;
        println!(
            "{name}: {payload} B of payloads in {} s, {} breaks; frames {frames} B ({} %), wire {wire} B ({} %)",
            took.as_secs(),
            self.breaks,
            percent(frames),
            percent(wire),
        );
        percent(wire)
    }
}
