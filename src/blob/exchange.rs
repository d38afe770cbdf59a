//! Blobs between nodes: asks who holds what, takes pieces from several, serves others.
//!
//! Sans-I/O beside the engine of sync, whose sessions, names of circles and entitlement it borrows
//! through [`Desk`]. The specification is `proto/blob.md`.
//!
//! | file | what |
//! |---|---|
//! | `want` | one blob that is wanted: its manifest, its segments, what is under way |
//! | `peer` | one connection: what it holds, what it was asked for, its window |
//! | `serve` | answering others |

mod peer;
mod serve;
#[cfg(test)]
mod tests;
mod want;

use std::{collections::BTreeMap, io, time::Duration};

use self::{peer::Peer, serve::Server, want::Want};
use crate::{
    blob::{
        Shelf,
        frame::{Frame, PIECE_BYTES, Place},
        shelf::ShelfError,
    },
    model::{
        id::{BlobId, CircleId},
        time::Timestamp,
    },
    sync::ConnectionId,
};

/// Parts that are assembled at a time, over all blobs: 8 MiB in memory.
const MAX_ASSEMBLED: usize = 32;
/// How often a peer is asked again what it holds of a blob.
const ASK_EVERY: Duration = Duration::from_secs(30);
/// How long a piece may take until another peer is asked for its part.
const PIECE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a peer is not asked for a blob of which it gave what it is not.
const LIAR: Duration = Duration::from_secs(3600);
/// How often what has come is made durable.
const KEEP_EVERY: Duration = Duration::from_secs(2);
/// Answers that may come for what is no longer waited for.
const MAX_STRAY: u64 = 4096;

/// What the exchange asks of the node, at the moment of sending and never remembered.
pub trait Desk {
    /// The circle that a peer names so, if its entries are exchanged with it now and its device is
    /// entitled to them.
    fn circle_named(&self, connection: ConnectionId, tag: &[u8; 16]) -> Option<CircleId>;

    /// What we call a circle to a peer, under the same conditions.
    fn name_of(&self, connection: ConnectionId, circle: &CircleId) -> Option<[u8; 16]>;

    /// The peer's transport key.
    fn transport(&self, connection: ConnectionId) -> Option<[u8; 32]>;

    /// Whether no record waits to go to or come from the peer.
    fn is_idle(&self, connection: ConnectionId) -> bool;

    /// Whether a blob may be served to the circle's members: this organisation shared it there.
    /// (What was fetched in a circle may be too; the shelf knows that.)
    fn is_shared(&self, circle: &CircleId, blob: &BlobId) -> bool;
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Send a frame.
    Send {
        /// To where.
        connection: ConnectionId,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// Close the connection: the peer broke the rules.
    Close {
        /// Which.
        connection: ConnectionId,
        /// How, for the log.
        why: &'static str,
    },
    /// A blob is here as a whole.
    Whole {
        /// Which.
        blob: BlobId,
    },
    /// A blob cannot be stored; it is wanted no longer in this run.
    Failed {
        /// Which.
        blob: BlobId,
        /// What the disk said.
        message: String,
    },
}

/// How far a blob has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Far {
    /// Bytes that are verified and here.
    pub here: u64,
    /// Bytes in all; none before the list of its segments has come.
    pub all: Option<u64>,
    /// Peers that have said that they hold some of it.
    pub sources: usize,
}

/// All fetching and serving of one node.
#[derive(Debug)]
pub struct Exchange {
    shelf: Shelf,
    peers: BTreeMap<ConnectionId, Peer>,
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

    /// A session has begun.
    pub fn connected(&mut self, now: Timestamp, connection: ConnectionId) {
        self.peers.insert(connection, Peer::new(now));
    }

    /// A session has ended.
    pub fn disconnected(&mut self, connection: ConnectionId) {
        self.peers.remove(&connection);
        for want in self.wants.values_mut() {
            want.release(connection);
        }
    }

    /// Wants a blob, as a circle names it. What was asked for before goes on.
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

    /// Goes on with a blob that was wanted before a restart.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn take_up(&mut self, blob: BlobId, circle: CircleId, size: u64) -> Result<(), ShelfError> {
        if let Some(want) = self.wants.get_mut(&blob) {
            want.circles.insert(circle);
            return Ok(());
        }
        let held = self.shelf.held(&blob)?;
        if let Some(held) = &held {
            self.shelf.begin(&held.manifest)?;
        }
        self.wants.insert(blob, Want::new(circle, size, held));
        Ok(())
    }

    /// Wants a blob no longer; what has come of it stays until it is removed.
    pub fn give_up(&mut self, blob: &BlobId) {
        self.wants.remove(blob);
        for peer in self.peers.values_mut() {
            peer.done(blob);
        }
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
        let Some(peer) = self.peers.get_mut(&connection) else { return };
        let Ok(frame) = Frame::decode(bytes) else {
            return self.close(connection, "a malformed frame about blobs");
        };
        match frame {
            Frame::Ask { circle, request, blob } => {
                if !peer.may_ask(now) {
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
        for want in self.wants.values_mut() {
            // What is not durable is fetched again.
            let _kept = want.keep(&self.shelf);
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
            let Some(transport) = desk.transport(*connection) else { continue };
            let mut due: Vec<(Option<Timestamp>, BlobId, [u8; 16])> = Vec::new();
            for (blob, want) in &self.wants {
                let name = || want.circles.iter().find_map(|it| desk.name_of(*connection, it));
                if peer.is_due(now, blob)
                    && !self.liars.contains_key(&(transport, *blob))
                    && let Some(circle) = name()
                {
                    due.push((peer.last_asked(blob), *blob, circle));
                }
            }
            // Who was asked about longest ago comes first, so that all have their turn.
            due.sort_unstable();
            let may = due.into_iter().take_while(|_| peer.may_be_asked(now));
            asks.extend(may.map(|(_, blob, circle)| (*connection, circle, blob)));
        }
        for (connection, circle, blob) in asks {
            let request = self.next_request();
            if let Some(peer) = self.peers.get_mut(&connection) {
                peer.asked(now, blob, request);
            }
            self.send(connection, Frame::Ask { circle, request, blob });
        }
    }

    /// Asks for pieces, as far as windows are open and nothing more urgent waits.
    fn request(&mut self, now: Timestamp, desk: &impl Desk) {
        let connections: Vec<ConnectionId> = self.peers.keys().copied().collect();
        for connection in connections {
            let Some(transport) = desk.transport(connection) else { continue };
            if !desk.is_idle(connection) {
                continue;
            }
            while let Some((circle, place)) = self.next_piece(connection, &transport, desk) {
                let request = self.next_request();
                let Some(peer) = self.peers.get_mut(&connection) else { break };
                peer.requested(now, request, place);
                self.send(connection, Frame::Want { circle, request, place });
            }
        }
    }

    /// The piece to ask a peer for next.
    fn next_piece(
        &mut self,
        connection: ConnectionId,
        transport: &[u8; 32],
        desk: &impl Desk,
    ) -> Option<([u8; 16], Place)> {
        let peer = self.peers.get(&connection).filter(|peer| peer.has_window())?;
        let assembled: usize = self.wants.values().map(Want::assembled).sum();
        let mut holdings: Vec<_> = peer.holdings().iter().collect();
        // What is small comes first: thumbnails before what they are of.
        holdings.sort_by_key(|(_, holding)| holding.manifest_bytes);
        for (blob, holding) in holdings {
            let Some(want) = self.wants.get_mut(blob) else { continue };
            if self.liars.contains_key(&(*transport, *blob)) {
                continue;
            }
            let Some(circle) = want.circles.iter().find_map(|it| desk.name_of(connection, it))
            else {
                continue;
            };
            if let Some((part, piece)) =
                want.next_piece(connection, transport, holding, assembled < MAX_ASSEMBLED)
            {
                return Some((circle, Place { blob: *blob, part, piece }));
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
        if bytes.is_empty() {
            // It does not have it after all: it is asked again later what it has.
            peer.forget(&place.blob);
            if let Some(want) = self.wants.get_mut(&place.blob) {
                want.release(connection);
            }
            return;
        }
        let Some(want) = self.wants.get_mut(&place.blob) else { return };
        match want.take(now, connection, place, &bytes, &self.shelf) {
            Ok(want::Taken::Going) => {}
            Ok(want::Taken::Durable) => {
                self.give_up(&place.blob);
                self.outcomes.push(Outcome::Whole { blob: place.blob });
            }
            Ok(want::Taken::Lie(transport)) => {
                let until = now.saturating_add(LIAR);
                self.liars.insert((transport, place.blob), until);
                self.close(connection, "bytes that are not those of the blob");
            }
            Err(error) => {
                self.wants.remove(&place.blob);
                let message = error.to_string();
                self.outcomes.push(Outcome::Failed { blob: place.blob, message });
            }
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
                && let Err(error) = want.keep(&self.shelf)
            {
                failed.push((*blob, error.to_string()));
            }
        }
        for (blob, message) in failed {
            self.wants.remove(&blob);
            self.outcomes.push(Outcome::Failed { blob, message });
        }
    }

    /// Answers requests for pieces, those of one peer in order, the peers by turns.
    fn serve(&mut self, now: Timestamp, desk: &impl Desk) {
        let connections: Vec<ConnectionId> = self.peers.keys().copied().collect();
        for connection in connections {
            // The window of the one who asks bounds what is under way.
            while desk.is_idle(connection)
                && let Some(peer) = self.peers.get_mut(&connection)
                && let Some((circle, request, place)) = peer.next_in_queue(now)
            {
                let piece = self.server.piece(&self.shelf, connection, &circle, place, desk);
                let (bytes, read) = piece;
                if read && let Some(peer) = self.peers.get_mut(&connection) {
                    peer.spend_read(now);
                }
                self.send(connection, Frame::Piece { request, bytes: bytes.unwrap_or_default() });
            }
        }
    }

    fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let peers = self.peers.values().filter_map(|peer| peer.next_wake(now));
        let keep = self.wants.values().filter_map(|want| want.due(KEEP_EVERY));
        let again = (!self.wants.is_empty() && !self.peers.is_empty())
            .then(|| now.saturating_add(Duration::from_secs(1)));
        peers.chain(keep).chain(again).min()
    }
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
