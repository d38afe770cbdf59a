//! Blobs between nodes: asks who holds what, takes pieces from several, serves others.
//!
//! Sans-I/O beside the engine of sync, whose sessions, names of circles and entitlement it borrows
//! through [`Desk`]. The specification is `proto/blob.md`.
//!
//! | file | what |
//! |---|---|
//! | `desk` | what it asks of the node, and what it tells it |
//! | `want` | one blob that is wanted: its manifest, its segments, what is under way |
//! | `peer` | one connection: what it holds, what it was asked for, its window |
//! | `serve` | answering others |

mod desk;
mod peer;
mod serve;
#[cfg(test)]
mod tests;
mod want;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    time::Duration,
};

pub use self::desk::{Desk, Far, Outcome};
use self::{
    peer::{Budget, Peer},
    serve::Server,
    want::Want,
};
use crate::{
    blob::{
        Shelf,
        frame::{Frame, PIECE_BYTES, Place},
        shelf::{ShelfError, Why},
    },
    model::{
        id::{BlobId, CircleId},
        time::Timestamp,
    },
    sync::ConnectionId,
};

/// Parts that are assembled at a time, over all blobs: 8 MiB in memory.
const MAX_ASSEMBLED: usize = 32;
/// Those of them that nobody asked for: whoever names files cannot take all places.
const MAX_ASSEMBLED_UNASKED: usize = 16;
/// Parts that one peer assembles at a time, over all blobs: the next begins before the last piece
/// has come.
const MAX_ASSEMBLED_PER_PEER: usize = 3;
/// Peers whose budgets are remembered.
const MAX_BUDGETS: usize = 1024;
/// How often a peer is asked again what it holds of a blob.
const ASK_EVERY: Duration = Duration::from_secs(30);
/// How long a piece may take until another peer is asked for its part.
const PIECE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a peer is not asked for a blob of which it gave what it is not.
const LIAR: Duration = Duration::from_secs(3600);
/// How soon is looked again for what waits for a name or for its turn.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often what has come is made durable.
const KEEP_EVERY: Duration = Duration::from_secs(2);
/// Answers that may come for what is no longer waited for.
const MAX_STRAY: u64 = 4096;

/// All fetching and serving of one node.
#[derive(Debug)]
pub struct Exchange {
    shelf: Shelf,
    peers: BTreeMap<ConnectionId, Peer>,
    /// By transport key: who comes again goes on with what it had left.
    budgets: BTreeMap<[u8; 32], Budget>,
    wants: BTreeMap<BlobId, Want>,
    server: Server,
    last_request: u64,
    /// Peers that gave what a blob is not, and until when they are not asked for it.
    liars: BTreeMap<([u8; 32], BlobId), Timestamp>,
    outcomes: Vec<Outcome>,
}

impl Exchange {
    /// One without peers or wishes.
    #[must_use]
    pub fn new(shelf: Shelf) -> Self {
        Self {
            shelf,
            peers: BTreeMap::new(),
            budgets: BTreeMap::new(),
            wants: BTreeMap::new(),
            server: Server::default(),
            last_request: 0,
            liars: BTreeMap::new(),
            outcomes: Vec::new(),
        }
    }

    /// Where the blobs are.
    #[must_use]
    pub const fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// A session has begun with who has this transport key.
    pub fn connected(&mut self, now: Timestamp, connection: ConnectionId, transport: [u8; 32]) {
        if self.budgets.len() >= MAX_BUDGETS {
            let here: BTreeSet<[u8; 32]> = self.peers.values().map(|it| it.transport).collect();
            self.budgets.retain(|transport, _| here.contains(transport));
        }
        self.budgets.entry(transport).or_insert_with(|| Budget::new(now));
        self.peers.insert(connection, Peer::new(now, transport));
    }

    /// A session has ended.
    pub fn disconnected(&mut self, connection: ConnectionId) {
        self.peers.remove(&connection);
        for want in self.wants.values_mut() {
            want.release(connection);
        }
    }

    /// Wants a blob for a person, as a circle names it. What was asked for before goes on.
    ///
    /// # Errors
    /// When there is no room for it, or the disk fails.
    pub fn want(&mut self, blob: BlobId, circle: CircleId, size: u64) -> Result<(), ShelfError> {
        if self.shelf.is_whole(&blob)? {
            return Ok(());
        }
        self.shelf.want(&blob, &circle, size)?;
        self.take_up(blob, circle, size)
    }

    /// Goes on with a blob that a person wanted before a restart.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn take_up(&mut self, blob: BlobId, circle: CircleId, size: u64) -> Result<(), ShelfError> {
        if self.wants.get(&blob).is_some_and(Want::is_again) {
            // What is here was said to be whole, and is not.
            self.give_up(&blob);
        }
        self.add(blob, circle, size, Why::Asked)
    }

    /// Wants a blob that nobody asked for, as a circle names it: also one that is here as another
    /// circle's, so that nobody who names it can tell. Says whether there is anything to do.
    ///
    /// # Errors
    /// When there is no room for it, or the disk fails.
    pub fn want_unasked(
        &mut self,
        blob: BlobId,
        circle: CircleId,
        size: u64,
    ) -> Result<bool, ShelfError> {
        if self.shelf.is_whole(&blob)? {
            if self.shelf.served(&blob)?.contains(&circle) {
                return Ok(false);
            }
        } else {
            self.shelf.check_unasked(size)?;
        }
        self.add(blob, circle, size, Why::Unasked)?;
        Ok(true)
    }

    fn add(
        &mut self,
        blob: BlobId,
        circle: CircleId,
        size: u64,
        why: Why,
    ) -> Result<(), ShelfError> {
        self.look_again();
        if let Some(want) = self.wants.get_mut(&blob) {
            want.wanted_too(circle, size, why);
            return Ok(());
        }
        let held = self.shelf.held(&blob)?;
        let want = Want::new(circle, size, why, held).came_in(self.shelf.served(&blob)?);
        self.wants.insert(blob, want);
        Ok(())
    }

    /// What is to be asked may have changed.
    fn look_again(&mut self) {
        for peer in self.peers.values_mut() {
            peer.asks_due = None;
        }
    }

    /// Wants a blob no longer; what has come of it stays until it is removed.
    pub fn give_up(&mut self, blob: &BlobId) {
        if let Some(mut want) = self.wants.remove(blob) {
            // What is not durable is fetched again.
            let _kept = want.keep(blob, &self.shelf);
        }
        for peer in self.peers.values_mut() {
            peer.done(blob);
        }
    }

    /// For whom a blob is wanted; none if it is not.
    #[must_use]
    pub fn why(&self, blob: &BlobId) -> Option<Why> {
        self.wants.get(blob).map(Want::why)
    }

    /// How far a blob has come; none if it is not wanted.
    #[must_use]
    pub fn far(&self, blob: &BlobId) -> Option<Far> {
        let want = self.wants.get(blob)?;
        let sources = self.peers.values().filter(|peer| peer.holds_some(blob)).count();
        Some(Far { here: want.bytes_here(), all: want.length(), sources })
    }

    /// The blobs that are wanted.
    pub fn wanted(&self) -> impl Iterator<Item = &BlobId> {
        self.wants.keys()
    }

    /// Takes a frame of a peer.
    pub fn frame(
        &mut self,
        now: Timestamp,
        connection: ConnectionId,
        bytes: &[u8],
        desk: &impl Desk,
    ) {
        // Who has not presented itself is nobody's: it costs nothing more than this.
        if !desk.is_open(connection) {
            return;
        }
        let Some(peer) = self.peers.get_mut(&connection) else { return };
        let Ok(frame) = Frame::decode(bytes) else {
            return self.close(connection, "a malformed frame about blobs");
        };
        match frame {
            Frame::Ask { circle, request, blob } => {
                let budget = self.budgets.get_mut(&peer.transport);
                if !budget.is_some_and(|budget| budget.may_ask(now)) {
                    return self.close(connection, "too many questions about blobs");
                }
                let answer = self.server.have(&self.shelf, connection, &circle, &blob, desk);
                let (manifest_bytes, segments) = answer.unwrap_or_default();
                self.send(connection, Frame::Have { request, manifest_bytes, segments });
            }
            Frame::Have { request, manifest_bytes, segments } => {
                if !peer.take_have(request, manifest_bytes, segments) {
                    self.close(connection, "an answer about blobs that nobody asked for");
                }
            }
            Frame::Want { circle, request, place } => {
                if !peer.queue(circle, request, place) {
                    self.close(connection, "too many open requests for blobs");
                }
            }
            Frame::Piece { request, bytes } => self.take_piece(now, connection, request, bytes),
        }
    }

    /// Does what is due: asks, requests, answers, time-outs. To be called after whatever happened.
    /// Gives what is to be done, and when to call again at the latest.
    pub fn pump(&mut self, now: Timestamp, desk: &impl Desk) -> (Vec<Outcome>, Option<Timestamp>) {
        self.liars.retain(|_, until| *until > now);
        self.expire(now);
        self.ask(now, desk);
        self.request(now, desk);
        self.keep_due(now);
        self.serve(now, desk);
        let wake = self.next_wake(now);
        (std::mem::take(&mut self.outcomes), wake)
    }

    /// Makes durable what has come, before the node stops.
    pub fn close_down(&mut self) {
        for (blob, want) in &mut self.wants {
            // What is not durable is fetched again.
            let _kept = want.keep(blob, &self.shelf);
        }
    }

    fn send(&mut self, connection: ConnectionId, frame: Frame) {
        self.outcomes.push(Outcome::Send { connection, bytes: frame.encode() });
    }

    fn close(&mut self, connection: ConnectionId, why: &'static str) {
        self.disconnected(connection);
        self.outcomes.push(Outcome::Close { connection, why });
    }

    const fn next_request(&mut self) -> u64 {
        self.last_request = self.last_request.saturating_add(1);
        self.last_request
    }

    /// Asks peers what they hold of what is wanted.
    fn ask(&mut self, now: Timestamp, desk: &impl Desk) {
        let mut asks = Vec::new();
        for (connection, peer) in &mut self.peers {
            if peer.asks_due.is_some_and(|at| at > now) {
                continue;
            }
            let mut due: Vec<_> = Vec::new();
            let mut next = now.saturating_add(ASK_EVERY);
            for (blob, want) in &self.wants {
                if let Some(later) = peer.next_ask(now, blob) {
                    next = next.min(later);
                    continue;
                }
                if self.liars.contains_key(&(peer.transport, *blob)) {
                    continue;
                }
                let names: Vec<_> = want
                    .circles
                    .iter()
                    .filter_map(|circle| Some((*circle, desk.name_of(*connection, circle)?)))
                    .collect();
                // Circle by circle, if several name it.
                let last = peer.last_asked(blob);
                let turn = last.map_or(0, |(_, times)| times).checked_rem(names.len());
                match turn.and_then(|turn| names.get(turn)) {
                    Some((circle, name)) => due.push((last, *blob, *circle, *name)),
                    // A circle may yet be named.
                    None => next = next.min(now.saturating_add(LOOK_AGAIN)),
                }
            }
            // Who was asked about longest ago comes first, so that all have their turn.
            due.sort_unstable();
            let count = due.len();
            let may = due.into_iter().take_while(|_| peer.may_be_asked(now));
            let before = asks.len();
            asks.extend(may.map(|(_, blob, circle, name)| (*connection, circle, name, blob)));
            if asks.len().saturating_sub(before) < count {
                next = next.min(now.saturating_add(LOOK_AGAIN));
            }
            peer.asks_due = Some(next);
        }
        for (connection, circle, name, blob) in asks {
            let request = self.next_request();
            if let Some(peer) = self.peers.get_mut(&connection) {
                peer.asked(now, blob, circle, request);
            }
            self.send(connection, Frame::Ask { circle: name, request, blob });
        }
    }

    /// Asks for pieces, as far as windows are open and nothing more urgent waits.
    fn request(&mut self, now: Timestamp, desk: &impl Desk) {
        let connections: Vec<ConnectionId> = self.peers.keys().copied().collect();
        for connection in connections {
            if !desk.is_idle(connection) {
                continue;
            }
            while let Some((circle, place)) = self.next_piece(now, connection, desk) {
                let request = self.next_request();
                let Some(peer) = self.peers.get_mut(&connection) else { break };
                peer.requested(now, request, place);
                self.send(connection, Frame::Want { circle, request, place });
            }
        }
    }

    /// The piece to ask a peer for next: of what it has begun, else the first of something new.
    fn next_piece(
        &mut self,
        now: Timestamp,
        connection: ConnectionId,
        desk: &impl Desk,
    ) -> Option<([u8; 16], Place)> {
        let peer = self.peers.get(&connection).filter(|peer| peer.has_window())?;
        let transport = peer.transport;
        // What is small comes first: thumbnails before what they are of.
        let mut holdings: Vec<_> = peer.holdings().iter().collect();
        holdings.sort_by_key(|(_, holding)| holding.manifest_bytes);
        let unasked = self.wants.values().filter(|want| want.why() == Why::Unasked);
        let unasked: usize = unasked.map(|want| want.assembled_by(None)).sum();
        for fresh in [false, true] {
            if fresh && !may_begin(&mut self.wants, &transport) {
                return None;
            }
            for (blob, holding) in holdings.iter().copied() {
                let Some(want) = self.wants.get_mut(blob) else { continue };
                if self.liars.contains_key(&(transport, *blob)) {
                    continue;
                }
                let Some(name) = desk.name_of(connection, &holding.circle) else { continue };
                let next = if fresh {
                    if want.why() == Why::Unasked && unasked >= MAX_ASSEMBLED_UNASKED {
                        continue;
                    }
                    want.begin(now, connection, &transport, holding)
                } else {
                    want.goes_on(now, connection, &transport, holding)
                };
                if let Some((part, piece)) = next {
                    return Some((name, Place { blob: *blob, part, piece }));
                }
            }
        }
        None
    }

    fn take_piece(
        &mut self,
        now: Timestamp,
        connection: ConnectionId,
        request: u64,
        bytes: Vec<u8>,
    ) {
        let Some(peer) = self.peers.get_mut(&connection) else { return };
        let Some(place) = peer.take_answer(now, request) else {
            if !peer.take_stray(request, self.last_request) {
                self.close(connection, "a piece that nobody asked for");
            }
            return;
        };
        let transport = peer.transport;
        if bytes.is_empty() {
            // It does not have it after all: it is asked again later what it has.
            peer.forget(&place.blob);
            if let Some(want) = self.wants.get_mut(&place.blob) {
                want.release(connection);
            }
            return;
        }
        let Some(want) = self.wants.get_mut(&place.blob) else { return };
        match want.take(now, (connection, transport), place, &bytes, &self.shelf) {
            Ok(want::Taken::Going) => {}
            Ok(want::Taken::Durable) => {
                self.give_up(&place.blob);
                self.outcomes.push(Outcome::Whole { blob: place.blob });
            }
            Ok(want::Taken::Lie) => {
                let until = now.saturating_add(LIAR);
                self.liars.insert((transport, place.blob), until);
                self.close(connection, "bytes that are not those of the blob");
            }
            Err(error) => self.fail(&place.blob, &error),
        }
    }

    /// Gives to others what a peer does not bring in time.
    fn expire(&mut self, now: Timestamp) {
        for (connection, peer) in &mut self.peers {
            for blob in peer.expire(now) {
                if let Some(want) = self.wants.get_mut(&blob) {
                    want.release(*connection);
                }
            }
        }
    }

    fn keep_due(&mut self, now: Timestamp) {
        let mut failed = Vec::new();
        for (blob, want) in &mut self.wants {
            if want.is_due(now, KEEP_EVERY)
                && let Err(error) = want.keep(blob, &self.shelf)
            {
                failed.push((*blob, error));
            }
        }
        for (blob, error) in failed {
            self.fail(&blob, &error);
        }
    }

    fn fail(&mut self, blob: &BlobId, error: &io::Error) {
        let Some(want) = self.wants.remove(blob) else { return };
        for peer in self.peers.values_mut() {
            peer.done(blob);
        }
        let (why, message) = (want.why(), error.to_string());
        self.outcomes.push(Outcome::Failed { blob: *blob, why, message });
    }

    /// Answers requests for pieces, those of one peer in order, the peers by turns.
    fn serve(&mut self, now: Timestamp, desk: &impl Desk) {
        let connections: Vec<ConnectionId> = self.peers.keys().copied().collect();
        for connection in connections {
            // The window of the one who asks bounds what is under way.
            while desk.is_idle(connection)
                && let Some(peer) = self.peers.get_mut(&connection)
                && let Some(budget) = self.budgets.get_mut(&peer.transport)
                && budget.next_read(now).is_none()
                && let Some((circle, request, place)) = peer.next_in_queue()
            {
                let piece = self.server.piece(&self.shelf, connection, &circle, place, desk);
                let (bytes, is_free) = piece;
                if !is_free {
                    budget.spend_read(now);
                }
                self.send(connection, Frame::Piece { request, bytes: bytes.unwrap_or_default() });
            }
        }
    }

    fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let late = self.peers.values().filter_map(Peer::next_late);
        let waiting = self.peers.values().filter(|peer| peer.is_waiting());
        let reads = waiting.filter_map(|peer| self.budgets.get(&peer.transport)?.next_read(now));
        let keep = self.wants.values().filter_map(|want| want.due(KEEP_EVERY));
        let again = (!self.wants.is_empty() && !self.peers.is_empty())
            .then(|| now.saturating_add(LOOK_AGAIN));
        late.chain(reads).chain(keep).chain(again).min()
    }
}

/// Whether a peer may begin one more part. What others left may be in the way, and goes then.
fn may_begin(wants: &mut BTreeMap<BlobId, Want>, transport: &[u8; 32]) -> bool {
    let under_way: usize = wants.values().map(|want| want.assembled_by(None)).sum();
    let its_own: usize = wants.values().map(|want| want.assembled_by(Some(transport))).sum();
    if under_way >= MAX_ASSEMBLED || its_own >= MAX_ASSEMBLED_PER_PEER {
        return false;
    }
    let in_memory: usize = wants.values().map(Want::in_memory).sum();
    if in_memory >= MAX_ASSEMBLED {
        let left = wants.values_mut().filter_map(|want| Some((want.oldest_left()?, want)));
        if let Some((_, want)) = left.min_by_key(|(since, _)| *since) {
            want.drop_oldest_left();
        }
    }
    true
}

/// Bytes of a piece of a part of so many.
fn piece_bytes(part_bytes: usize, piece: usize) -> Option<usize> {
    let begin = piece.checked_mul(PIECE_BYTES)?;
    let left = part_bytes.checked_sub(begin).filter(|left| *left > 0)?;
    Some(left.min(PIECE_BYTES))
}

/// How many pieces a part has.
const fn pieces(part_bytes: usize) -> usize {
    part_bytes.div_ceil(PIECE_BYTES)
}

/// An error of the shelf as one of the disk.
fn disk(error: ShelfError) -> io::Error {
    match error {
        ShelfError::Io(error) => error,
        other @ (ShelfError::Quota { .. } | ShelfError::Space { .. } | ShelfError::TooLarge) => {
            io::Error::other(other)
        }
    }
}
