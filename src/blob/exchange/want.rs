//! One blob that is wanted: its manifest, its segments, what is under way.
//!
//! Every part (the manifest, a segment) is assembled from one peer's pieces and verified as a
//! whole, so that who lied is known.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    time::Duration,
};

use super::{disk, peer::Holding, piece_bytes, pieces};
use crate::{
    blob::{
        Bitmap, Manifest, Shelf,
        frame::{PIECE_BYTES, Part, Place},
        manifest::{manifest_bytes, sealed_length},
        shelf::Held,
    },
    model::{id::CircleId, time::Timestamp},
    sync::ConnectionId,
};

/// Parts of one blob that are assembled at a time: 4 MiB in memory.
const MAX_OPEN: usize = 16;
/// Parts that one peer assembles at a time: the next begins before the last piece has come.
const MAX_OPEN_PER_PEER: usize = 3;

/// What became of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// There is more to come.
    Going,
    /// The blob is here as a whole, and durable.
    Durable,
    /// This peer gave what the blob is not.
    Lie([u8; 32]),
}

/// One blob that is wanted.
#[derive(Debug)]
pub(super) struct Want {
    /// The circles that name it.
    pub(super) circles: BTreeSet<CircleId>,
    /// Bytes of the manifest that a blob of this content has.
    manifest_bytes: usize,
    /// Bytes of the ciphertext.
    length: u64,
    held: Option<Held>,
    /// Parts whose pieces come in.
    open: BTreeMap<Part, Assembly>,
    /// Since when something is written that is not durable.
    unkept: Option<Timestamp>,
}

/// A part whose pieces come in.
#[derive(Debug)]
struct Assembly {
    /// Who gives it.
    transport: [u8; 32],
    /// Over which connection; none if that ended.
    connection: Option<ConnectionId>,
    bytes: Vec<u8>,
    asked: Bitmap,
    got: Bitmap,
}

impl Assembly {
    fn new(transport: [u8; 32], connection: ConnectionId, length: usize) -> Self {
        let none = Bitmap::none(pieces(length));
        let bytes = vec![0; length];
        Self { transport, connection: Some(connection), bytes, asked: none.clone(), got: none }
    }

    /// The next piece to ask for.
    fn next(&mut self) -> Option<usize> {
        let piece = self.asked.missing().next()?;
        self.asked.set(piece, true);
        Some(piece)
    }

    fn release(&mut self, connection: ConnectionId) {
        if self.connection == Some(connection) {
            self.connection = None;
            self.asked = self.got.clone();
        }
    }

    /// Takes a piece; false if it is none.
    fn take(&mut self, piece: usize, bytes: &[u8]) -> bool {
        let begin = piece.saturating_mul(PIECE_BYTES);
        let fits = piece_bytes(self.bytes.len(), piece) == Some(bytes.len());
        let room = self.bytes.get_mut(begin..begin.saturating_add(bytes.len()));
        match room {
            Some(room) if fits => {
                room.copy_from_slice(bytes);
                self.got.set(piece, true);
                true
            }
            Some(_) | None => false,
        }
    }
}

impl Want {
    /// A blob of `size` bytes of content.
    pub(super) fn new(circle: CircleId, size: u64, held: Option<Held>) -> Self {
        let length = sealed_length(size).unwrap_or_default();
        let held = held.filter(|held| held.manifest.length() == length);
        Self {
            circles: BTreeSet::from([circle]),
            manifest_bytes: manifest_bytes(length).unwrap_or_default(),
            length,
            held,
            open: BTreeMap::new(),
            unkept: None,
        }
    }

    /// Bytes of the ciphertext, once the manifest says so.
    pub(super) fn length(&self) -> Option<u64> {
        self.held.as_ref().map(|held| held.manifest.length())
    }

    /// How many parts of it are being assembled.
    pub(super) fn assembled(&self) -> usize {
        self.open.len()
    }

    /// Bytes that are verified.
    pub(super) fn bytes_here(&self) -> u64 {
        let Some(held) = &self.held else { return 0 };
        let bytes = held.segments.len() as u64;
        let full = (held.segments.held() as u64).saturating_mul(self.length);
        full.checked_div(bytes).unwrap_or_default()
    }

    /// The next piece to ask a peer for, of what it holds; it is asked for then.
    pub(super) fn next_piece(
        &mut self,
        connection: ConnectionId,
        transport: &[u8; 32],
        holding: &Holding,
        may_begin: bool,
    ) -> Option<(Part, usize)> {
        if holding.manifest_bytes != self.manifest_bytes {
            return None;
        }
        // What it has begun, also over an earlier connection.
        for (part, assembly) in &mut self.open {
            let goes_on = assembly.connection == Some(connection)
                || (assembly.connection.is_none() && assembly.transport == *transport);
            if goes_on && let Some(piece) = assembly.next() {
                assembly.connection = Some(connection);
                return Some((*part, piece));
            }
        }
        let mine = self.open.values().filter(|it| it.connection == Some(connection)).count();
        if !may_begin || mine >= MAX_OPEN_PER_PEER {
            return None;
        }
        let (part, length) = self.next_part(holding)?;
        let mut assembly = Assembly::new(*transport, connection, length);
        let piece = assembly.next()?;
        self.open.insert(part, assembly);
        Some((part, piece))
    }

    /// The next part to begin, and its length: one that somebody left, or the first that is missing.
    fn next_part(&self, holding: &Holding) -> Option<(Part, usize)> {
        let Some(held) = &self.held else {
            let begun = self.open.get(&Part::Manifest).is_some_and(|it| it.connection.is_some());
            return (!begun).then_some((Part::Manifest, self.manifest_bytes));
        };
        let left = self.open.iter().find_map(|(part, assembly)| match part {
            Part::Segment(segment) if assembly.connection.is_none() && holding.has(*segment) => {
                Some(*segment)
            }
            Part::Segment(_) | Part::Manifest => None,
        });
        let fresh = || {
            let free = |segment: &usize| {
                holding.has(*segment) && !self.open.contains_key(&Part::Segment(*segment))
            };
            (self.open.len() < MAX_OPEN).then(|| held.segments.missing().find(free)).flatten()
        };
        let segment = left.or_else(fresh)?;
        Some((Part::Segment(segment), held.manifest.place(segment)?.1))
    }

    /// Takes a piece that was asked for.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        connection: ConnectionId,
        place: Place,
        bytes: &[u8],
        shelf: &Shelf,
    ) -> io::Result<Taken> {
        let Some(assembly) = self.open.get_mut(&place.part) else { return Ok(Taken::Going) };
        if assembly.connection != Some(connection) {
            return Ok(Taken::Going);
        }
        let transport = assembly.transport;
        if !assembly.take(place.piece, bytes) {
            return Ok(Taken::Lie(transport));
        }
        if !assembly.got.is_full() {
            return Ok(Taken::Going);
        }
        let Some(whole) = self.open.remove(&place.part) else { return Ok(Taken::Going) };
        match place.part {
            Part::Manifest => {
                let manifest = Manifest::decode(whole.bytes).ok();
                let Some(manifest) = manifest.filter(|it| it.id() == place.blob) else {
                    return Ok(Taken::Lie(transport));
                };
                if manifest.length() != self.length {
                    // Its writer's fault, and nobody's who gives it.
                    let message = "the record names another length than its file has";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, message));
                }
                shelf.begin(&manifest).map_err(disk)?;
                let segments = Bitmap::none(manifest.segments());
                self.held = Some(Held { manifest, segments });
                Ok(Taken::Going)
            }
            Part::Segment(segment) => {
                let Some(held) = &mut self.held else { return Ok(Taken::Going) };
                if !held.manifest.verifies(segment, &whole.bytes) {
                    return Ok(Taken::Lie(transport));
                }
                shelf.write(&held.manifest, segment, &whole.bytes)?;
                held.segments.set(segment, true);
                self.unkept.get_or_insert(now);
                if !held.segments.is_full() {
                    return Ok(Taken::Going);
                }
                self.keep(shelf)?;
                Ok(Taken::Durable)
            }
        }
    }

    /// A connection ended, or brings nothing: its parts are free. What has come of them stays for
    /// when it comes back.
    pub(super) fn release(&mut self, connection: ConnectionId) {
        for assembly in self.open.values_mut() {
            assembly.release(connection);
        }
    }

    /// Whether what was written is to be made durable.
    pub(super) fn is_due(&self, now: Timestamp, every: Duration) -> bool {
        self.due(every).is_some_and(|at| at <= now)
    }

    pub(super) fn due(&self, every: Duration) -> Option<Timestamp> {
        self.unkept.map(|since| since.saturating_add(every))
    }

    /// Makes durable what was written.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn keep(&mut self, shelf: &Shelf) -> io::Result<()> {
        if self.unkept.take().is_some()
            && let Some(held) = &self.held
        {
            shelf.keep(&held.manifest, &held.segments)?;
        }
        Ok(())
    }
}
