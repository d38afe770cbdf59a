//! One connection: what the peer holds, what it was asked for, what it asks for.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::{ASK_EVERY, MAX_STRAY, PIECE_TIMEOUT};
use crate::{
    blob::frame::Place,
    model::{
        id::{BlobId, CircleId},
        time::Timestamp,
    },
    sync::Bucket,
};

/// Pieces that are asked for at a time, at most: half a mebibyte under way.
const MAX_WINDOW: usize = 32;
/// Pieces that are asked for at a time at first.
const FIRST_WINDOW: usize = 2;
/// A link on which a piece takes less takes one more at a time.
const FAST: Duration = Duration::from_secs(1);
/// A link on which a piece takes more takes half as many.
const SLOW: Duration = Duration::from_secs(5);
/// Requests of a peer that wait for their answers: what it may have under way, and as many more.
const MAX_QUEUE: usize = 2 * MAX_WINDOW;
/// Blobs of which we remember what a peer holds.
const MAX_HOLDINGS: usize = 64;
/// Questions that a peer may ask at once, and each second: it asks for eight blobs each half
/// minute.
const ASKS: (u64, u64) = (256, 8);
/// Questions that we ask a peer at once, and each second: half of what it lets us.
const ASKED: (u64, u64) = (64, 4);
/// Segments that a peer may make us read and hash at once, and each second: 256 MiB.
const READS: (u64, u64) = (1024, 1024);

/// What a peer has said that it holds of a blob.
#[derive(Debug)]
pub(super) struct Holding {
    /// The circle in which it was asked.
    pub(super) circle: CircleId,
    /// Bytes of the manifest, as it says.
    pub(super) manifest_bytes: usize,
    segments: Vec<u8>,
}

impl Holding {
    /// Whether it holds a segment.
    pub(super) fn has(&self, segment: usize) -> bool {
        self.segments.get(segment / 8).is_some_and(|byte| byte >> (segment % 8) & 1 == 1)
    }
}

/// What a peer may still use up, also over its next connection.
#[derive(Debug)]
pub(super) struct Budget {
    asks: Bucket,
    reads: Bucket,
}

impl Budget {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { asks: Bucket::new(ASKS.0, ASKS.1, now), reads: Bucket::new(READS.0, READS.1, now) }
    }

    /// Whether it may ask a question; false if it asks too many.
    pub(super) fn may_ask(&mut self, now: Timestamp) -> bool {
        self.asks.take(now, 1)
    }

    /// When it may make us read again; none if it may now.
    pub(super) fn next_read(&self, now: Timestamp) -> Option<Timestamp> {
        self.reads.next(now)
    }

    /// Something was read for it.
    pub(super) fn spend_read(&mut self, now: Timestamp) {
        self.reads.take(now, 1);
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Peer {
    /// Its transport key.
    pub(super) transport: [u8; 32],
    /// When it was last asked what it holds of a blob, and how often.
    asked: BTreeMap<BlobId, (Timestamp, usize)>,
    /// Before then there is nothing to ask it; none: somebody must look.
    pub(super) asks_due: Option<Timestamp>,
    questions: BTreeMap<u64, (BlobId, CircleId)>,
    holdings: BTreeMap<BlobId, Holding>,
    /// Pieces that it was asked for, and when.
    requests: BTreeMap<u64, (Timestamp, Place)>,
    window: usize,
    strays: u64,
    /// What it asks for.
    queue: VecDeque<([u8; 16], u64, Place)>,
    asked_of_it: Bucket,
}

impl Peer {
    pub(super) fn new(now: Timestamp, transport: [u8; 32]) -> Self {
        Self {
            transport,
            asked: BTreeMap::new(),
            asks_due: None,
            questions: BTreeMap::new(),
            holdings: BTreeMap::new(),
            requests: BTreeMap::new(),
            window: FIRST_WINDOW,
            strays: 0,
            queue: VecDeque::new(),
            asked_of_it: Bucket::new(ASKED.0, ASKED.1, now),
        }
    }

    /// When it is to be asked (again) what it holds of a blob; none if now.
    pub(super) fn next_ask(&self, now: Timestamp, blob: &BlobId) -> Option<Timestamp> {
        let (asked, _) = self.asked.get(blob)?;
        Some(asked.saturating_add(ASK_EVERY)).filter(|at| *at > now)
    }

    /// When it was last asked, and how often.
    pub(super) fn last_asked(&self, blob: &BlobId) -> Option<(Timestamp, usize)> {
        self.asked.get(blob).copied()
    }

    /// Whether one more question may be put to it now.
    pub(super) fn may_be_asked(&mut self, now: Timestamp) -> bool {
        self.asked_of_it.take(now, 1)
    }

    pub(super) fn asked(&mut self, now: Timestamp, blob: BlobId, circle: CircleId, request: u64) {
        // One that it did not answer is asked anew.
        self.questions.retain(|_, (other, _)| *other != blob);
        let times = self.last_asked(&blob).map_or(0, |(_, times)| times);
        self.asked.insert(blob, (now, times.saturating_add(1)));
        self.questions.insert(request, (blob, circle));
    }

    /// Takes an answer to a question; false if there was none.
    pub(super) fn take_have(
        &mut self,
        request: u64,
        manifest_bytes: usize,
        segments: Vec<u8>,
    ) -> bool {
        let Some((blob, circle)) = self.questions.remove(&request) else {
            self.strays = self.strays.saturating_add(1);
            return self.strays <= MAX_STRAY;
        };
        if manifest_bytes == 0 {
            self.holdings.remove(&blob);
        } else if self.holdings.len() < MAX_HOLDINGS || self.holdings.contains_key(&blob) {
            self.holdings.insert(blob, Holding { circle, manifest_bytes, segments });
        }
        true
    }

    /// What it holds of blobs.
    pub(super) const fn holdings(&self) -> &BTreeMap<BlobId, Holding> {
        &self.holdings
    }

    pub(super) fn holds_some(&self, blob: &BlobId) -> bool {
        self.holdings.contains_key(blob)
    }

    /// The blob is wanted no longer.
    pub(super) fn done(&mut self, blob: &BlobId) {
        self.holdings.remove(blob);
        self.asked.remove(blob);
    }

    /// It does not hold what it said: nothing is asked of it until it has been asked again.
    pub(super) fn forget(&mut self, blob: &BlobId) {
        self.holdings.remove(blob);
        self.requests.retain(|_, (_, place)| place.blob != *blob);
    }

    pub(super) fn has_window(&self) -> bool {
        self.requests.len() < self.window
    }

    pub(super) fn requested(&mut self, now: Timestamp, request: u64, place: Place) {
        self.requests.insert(request, (now, place));
    }

    /// The place of an answer; none if it is not waited for.
    pub(super) fn take_answer(&mut self, now: Timestamp, request: u64) -> Option<Place> {
        let (since, place) = self.requests.remove(&request)?;
        let took = now.saturating_since(since);
        if took <= FAST {
            self.window = self.window.saturating_add(1).min(MAX_WINDOW);
        } else if took > SLOW {
            self.window = (self.window / 2).max(1);
        }
        Some(place)
    }

    /// An answer that came too late; false if it was never asked for, or there are too many.
    pub(super) const fn take_stray(&mut self, request: u64, last_request: u64) -> bool {
        self.strays = self.strays.saturating_add(1);
        request <= last_request && self.strays <= MAX_STRAY
    }

    /// The blobs of which pieces did not come in time.
    pub(super) fn expire(&mut self, now: Timestamp) -> Vec<BlobId> {
        let late = self.requests.values().filter(|(at, _)| at.saturating_add(PIECE_TIMEOUT) <= now);
        let late: Vec<BlobId> = late.map(|(_, place)| place.blob).collect();
        for blob in &late {
            self.forget(blob);
            let times = self.last_asked(blob).map_or(0, |(_, times)| times);
            self.asked.insert(*blob, (now, times));
            self.window = 1;
        }
        late
    }

    /// Takes a request; false if there are too many.
    pub(super) fn queue(&mut self, circle: [u8; 16], request: u64, place: Place) -> bool {
        self.queue.push_back((circle, request, place));
        self.queue.len() <= MAX_QUEUE
    }

    /// The request to answer next.
    pub(super) fn next_in_queue(&mut self) -> Option<([u8; 16], u64, Place)> {
        self.queue.pop_front()
    }

    /// Whether it waits for answers.
    pub(super) fn is_waiting(&self) -> bool {
        !self.queue.is_empty()
    }

    /// When the first of its pieces is late.
    pub(super) fn next_late(&self) -> Option<Timestamp> {
        self.requests.values().map(|(at, _)| at.saturating_add(PIECE_TIMEOUT)).min()
    }
}
