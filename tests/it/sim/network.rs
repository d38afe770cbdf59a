//! Streams between nodes: frames of one stream arrive in order, if it lives.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use ceiba::{model::time::Timestamp, sync::ConnectionId};

/// A stream.
#[derive(Debug)]
struct Link {
    ends: [usize; 2],
    latency: Duration,
    /// What is under way to each end.
    queues: [VecDeque<(Timestamp, Vec<u8>)>; 2],
}

/// What the network brings to a node.
#[derive(Debug)]
pub(super) enum Delivery {
    Frame { to: usize, connection: ConnectionId, bytes: Vec<u8> },
    Gone { to: usize, connection: ConnectionId },
}

/// All streams, and which nodes cannot reach each other.
#[derive(Debug, Default)]
pub(super) struct Network {
    links: BTreeMap<ConnectionId, Link>,
    /// Ends that do not know yet that their stream is gone.
    endings: BTreeMap<(Timestamp, ConnectionId, usize), ()>,
    next: u64,
    pub(super) frames: u64,
    pub(super) bytes: u64,
    /// Without jitter.
    pub(super) steady: bool,
}

/// Most bytes that wait on one stream in one direction.
const MAX_QUEUED: usize = 4 * 1024 * 1024;

impl Network {
    pub(super) fn open(&mut self, ends: [usize; 2], latency: Duration) -> ConnectionId {
        self.next += 1;
        let connection = ConnectionId(self.next);
        self.links.insert(connection, Link { ends, latency, queues: Default::default() });
        connection
    }

    pub(super) fn other_end(&self, connection: ConnectionId, node: usize) -> Option<usize> {
        let ends = self.links.get(&connection)?.ends;
        Some(if ends[0] == node { ends[1] } else { ends[0] })
    }

    pub(super) fn is_linked(&self, one: usize, other: usize) -> bool {
        self.links.values().any(|link| link.ends == [one, other] || link.ends == [other, one])
    }

    pub(super) fn connections(&self) -> Vec<(ConnectionId, [usize; 2])> {
        self.links.iter().map(|(id, link)| (*id, link.ends)).collect()
    }

    /// Takes a frame; after the one before it on the same stream.
    pub(super) fn send(
        &mut self,
        now: Timestamp,
        jitter: Duration,
        (connection, from): (ConnectionId, usize),
        bytes: Vec<u8>,
    ) {
        let Some(link) = self.links.get_mut(&connection) else { return };
        self.frames += 1;
        self.bytes += bytes.len() as u64;
        let jitter = if self.steady { Duration::ZERO } else { jitter };
        let at = now.saturating_add(link.latency).saturating_add(jitter);
        let queue = &mut link.queues[usize::from(link.ends[0] == from)];
        let at = queue.back().map_or(at, |(last, _)| at.max(*last));
        queue.push_back((at, bytes));
        let queued: usize = queue.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(queued <= MAX_QUEUED, "{queued} bytes wait on one stream");
    }

    /// Ends a stream; what is under way is lost. Each end hears of it at its own time.
    pub(super) fn cut(&mut self, connection: ConnectionId, heard: [Timestamp; 2]) {
        if let Some(link) = self.links.remove(&connection) {
            for (end, at) in link.ends.into_iter().zip(heard) {
                self.endings.insert((at, connection, end), ());
            }
        }
    }

    /// When the next thing arrives.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        let frames = self.links.values().flat_map(|link| &link.queues);
        let frames = frames.filter_map(|queue| queue.front().map(|(at, _)| *at));
        frames.chain(self.endings.keys().map(|(at, _, _)| *at)).min()
    }

    /// What arrives first, if it is due.
    pub(super) fn deliver(&mut self, now: Timestamp) -> Option<Delivery> {
        let at = self.next_at().filter(|at| *at <= now)?;
        if let Some(((_, connection, to), ())) = self
            .endings
            .first_key_value()
            .map(|(key, ())| (*key, ()))
            .filter(|(key, ())| key.0 <= at)
        {
            self.endings.pop_first();
            return Some(Delivery::Gone { to, connection });
        }
        for (connection, link) in &mut self.links {
            for (end, queue) in link.ends.into_iter().zip(&mut link.queues) {
                if queue.front().is_some_and(|(due, _)| *due <= at) {
                    let (_, bytes) = queue.pop_front()?;
                    return Some(Delivery::Frame { to: end, connection: *connection, bytes });
                }
            }
        }
        None
    }

    pub(super) fn is_silent(&self) -> bool {
        self.next_at().is_none()
    }
}
