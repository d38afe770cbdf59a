//! One blob that is wanted: its manifest, its segments, what is under way.
//!
//! Every part (the manifest, a segment) is assembled from one peer's pieces and verified as a
//! whole, so that who lied is known. Two peers may assemble the same part: who has it first, gives
//! it.

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
        manifest::sealed_length,
        shelf::{Held, Why},
    },
    model::{
        id::{BlobId, CircleId},
        time::Timestamp,
    },
    sync::ConnectionId,
};

/// Parts of one blob that are assembled at a time: 4 MiB in memory.
const MAX_OPEN: usize = 16;
/// How long one peer may assemble a part before another, which has nothing else to do, begins it too.
const RACE: Duration = Duration::from_secs(60);
/// Peers that assemble the same part.
const MAX_RACERS: usize = 2;

/// What became of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// There is more to come.
    Going,
    /// The blob is here as a whole, and durable.
    Durable,
    /// The peer gave what the blob is not.
    Lie,
}

/// One blob that is wanted.
#[derive(Debug)]
pub(super) struct Want {
    /// The circles that name it.
    pub(super) circles: BTreeSet<CircleId>,
    why: Why,
    /// Bytes of ciphertext that it may have: what names it says so.
    most: u64,
    held: Option<Held>,
    /// It is here already, as another circle's: what comes is verified and not written. Nobody can
    /// tell by what is asked whether it is here.
    again: bool,
    /// The circles in which every part so far came; none before any did.
    served: Option<BTreeSet<CircleId>>,
    /// Parts whose pieces come in, by who gives them.
    open: BTreeMap<(Part, [u8; 32]), Assembly>,
    /// Since when something is written that is not durable.
    unkept: Option<Timestamp>,
}

/// A part whose pieces come in.
#[derive(Debug)]
struct Assembly {
    /// Over which connection; none if that ended.
    connection: Option<ConnectionId>,
    /// As which circle's.
    circle: CircleId,
    /// When it was begun, or taken up again.
    since: Timestamp,
    bytes: Vec<u8>,
    asked: Bitmap,
    got: Bitmap,
}

impl Assembly {
    fn new(now: Timestamp, connection: ConnectionId, circle: CircleId, length: usize) -> Self {
        let (asked, got) = (Bitmap::none(pieces(length)), Bitmap::none(pieces(length)));
        let bytes = vec![0; length];
        Self { connection: Some(connection), circle, since: now, bytes, asked, got }
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
    /// A blob of at most `size` bytes of content, and what is here of it.
    pub(super) fn new(circle: CircleId, size: u64, why: Why, held: Option<Held>) -> Self {
        Self {
            circles: BTreeSet::from([circle]),
            why,
            most: sealed_length(size).unwrap_or_default(),
            again: held.as_ref().is_some_and(|held| held.segments.is_full()),
            held: held.filter(|held| !held.segments.is_full()),
            served: None,
            open: BTreeMap::new(),
            unkept: None,
        }
    }

    /// The same, where some of it came before a restart in these circles.
    pub(super) fn came_in(mut self, circles: BTreeSet<CircleId>) -> Self {
        let begun = self.held.as_ref().is_some_and(|held| held.segments.held() > 0);
        self.served = begun.then_some(circles);
        self
    }

    /// It is wanted once more.
    pub(super) fn wanted_too(&mut self, circle: CircleId, size: u64, why: Why) {
        self.circles.insert(circle);
        self.most = self.most.max(sealed_length(size).unwrap_or_default());
        if why == Why::Asked {
            self.why = Why::Asked;
        }
    }

    /// Whether it is here already, as another circle's.
    pub(super) const fn is_again(&self) -> bool {
        self.again
    }

    /// For whom it is wanted.
    pub(super) const fn why(&self) -> Why {
        self.why
    }

    /// Bytes of the ciphertext, once the manifest says so.
    pub(super) fn length(&self) -> Option<u64> {
        self.held.as_ref().map(|held| held.manifest.length())
    }

    /// How many parts a peer assembles of it, or all peers.
    pub(super) fn assembled_by(&self, transport: Option<&[u8; 32]>) -> usize {
        let parts = self.open.iter().filter(|(_, it)| it.connection.is_some());
        parts.filter(|((_, by), _)| transport.is_none_or(|wanted| wanted == by)).count()
    }

    /// How many parts are in memory.
    pub(super) fn in_memory(&self) -> usize {
        self.open.len()
    }

    /// The part that was left longest ago.
    pub(super) fn oldest_left(&self) -> Option<Timestamp> {
        self.open.values().filter(|it| it.connection.is_none()).map(|it| it.since).min()
    }

    /// Drops the part that was left longest ago: somebody else needs the memory.
    pub(super) fn drop_oldest_left(&mut self) {
        let left = self.open.iter().filter(|(_, it)| it.connection.is_none());
        let oldest = left.min_by_key(|(_, it)| it.since).map(|(key, _)| *key);
        if let Some(key) = oldest {
            self.open.remove(&key);
        }
    }

    /// Bytes that are verified.
    pub(super) fn bytes_here(&self) -> u64 {
        let Some(held) = &self.held else { return 0 };
        let bytes = held.segments.len() as u64;
        let full = (held.segments.held() as u64).saturating_mul(held.manifest.length());
        full.checked_div(bytes).unwrap_or_default()
    }

    /// The next piece of what a peer has begun, also over an earlier connection.
    pub(super) fn goes_on(
        &mut self,
        now: Timestamp,
        connection: ConnectionId,
        transport: &[u8; 32],
        holding: &Holding,
    ) -> Option<(Part, usize)> {
        for ((part, by), assembly) in &mut self.open {
            let is_its_own = by == transport
                && assembly.circle == holding.circle
                && assembly.connection.is_none_or(|it| it == connection);
            if is_its_own && let Some(piece) = assembly.next() {
                if assembly.connection.is_none() {
                    (assembly.connection, assembly.since) = (Some(connection), now);
                }
                return Some((*part, piece));
            }
        }
        None
    }

    /// Begins a part with a peer; gives its first piece.
    pub(super) fn begin(
        &mut self,
        now: Timestamp,
        connection: ConnectionId,
        transport: &[u8; 32],
        holding: &Holding,
    ) -> Option<(Part, usize)> {
        let (part, length) = self.next_part(now, transport, holding)?;
        let mut assembly = Assembly::new(now, connection, holding.circle, length);
        let piece = assembly.next()?;
        self.open.insert((part, *transport), assembly);
        Some((part, piece))
    }

    /// The next part to begin with a peer, and its length: the first that is missing and that
    /// nobody brings; else the first that others are slow with.
    fn next_part(
        &self,
        now: Timestamp,
        transport: &[u8; 32],
        holding: &Holding,
    ) -> Option<(Part, usize)> {
        let under_way = |part: Part| {
            let all = self.open.iter().filter(move |((other, _), _)| *other == part);
            all.filter(|(_, it)| it.connection.is_some())
        };
        let is_free = |part: Part| under_way(part).next().is_none();
        let is_slow = |part: Part| {
            under_way(part).count() < MAX_RACERS
                && under_way(part)
                    .all(|((_, by), it)| by != transport && it.since.saturating_add(RACE) <= now)
        };
        let Some(held) = &self.held else {
            let free = is_free(Part::Manifest) || is_slow(Part::Manifest);
            return free.then_some((Part::Manifest, holding.manifest_bytes));
        };
        if self.assembled_by(None) >= MAX_OPEN {
            return None;
        }
        let missing = || held.segments.missing().filter(|segment| holding.has(*segment));
        let free = missing().find(|segment| is_free(Part::Segment(*segment)));
        let slow = || missing().find(|segment| is_slow(Part::Segment(*segment)));
        let segment = free.or_else(slow)?;
        Some((Part::Segment(segment), held.manifest.place(segment)?.1))
    }

    /// Takes a piece that was asked for.
    ///
    /// # Errors
    /// When the disk fails, or the file is longer than what names it says.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        (connection, transport): (ConnectionId, [u8; 32]),
        place: Place,
        bytes: &[u8],
        shelf: &Shelf,
    ) -> io::Result<Taken> {
        let key = (place.part, transport);
        let Some(assembly) = self.open.get_mut(&key) else { return Ok(Taken::Going) };
        if assembly.connection != Some(connection) {
            return Ok(Taken::Going);
        }
        if !assembly.take(place.piece, bytes) {
            return Ok(Taken::Lie);
        }
        if !assembly.got.is_full() {
            return Ok(Taken::Going);
        }
        let Some(whole) = self.open.remove(&key) else { return Ok(Taken::Going) };
        match place.part {
            Part::Manifest => {
                let manifest = Manifest::decode(whole.bytes).ok();
                let Some(manifest) = manifest.filter(|it| it.id() == place.blob) else {
                    return Ok(Taken::Lie);
                };
                if manifest.length() > self.most {
                    // Its writer's fault, and nobody's who gives it.
                    let message = "the file is longer than the record says";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, message));
                }
                if !self.again {
                    shelf.begin(&manifest, self.why).map_err(disk)?;
                }
                let segments = Bitmap::none(manifest.segments());
                self.held = Some(Held { manifest, segments });
                self.came(place.part, whole.circle);
                Ok(Taken::Going)
            }
            Part::Segment(segment) => {
                let Some(held) = &mut self.held else { return Ok(Taken::Going) };
                if !held.manifest.verifies(segment, &whole.bytes) {
                    return Ok(Taken::Lie);
                }
                if !self.again {
                    shelf.write(&held.manifest, segment, &whole.bytes)?;
                }
                held.segments.set(segment, true);
                let is_full = held.segments.is_full();
                self.came(place.part, whole.circle);
                self.unkept.get_or_insert(now);
                if !is_full {
                    return Ok(Taken::Going);
                }
                self.keep(&place.blob, shelf)?;
                Ok(Taken::Durable)
            }
        }
    }

    /// A part is here: who else assembles it may stop, and the whole may be passed on in no circle
    /// but those in which every part came.
    fn came(&mut self, part: Part, circle: CircleId) {
        self.open.retain(|(other, _), _| *other != part);
        match &mut self.served {
            Some(served) => served.retain(|other| *other == circle),
            None => self.served = Some(BTreeSet::from([circle])),
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
    pub(super) fn keep(&mut self, blob: &BlobId, shelf: &Shelf) -> io::Result<()> {
        if self.unkept.take().is_none() {
            return Ok(());
        }
        let Some(held) = &self.held else { return Ok(()) };
        let mut served = self.served.clone().unwrap_or_default();
        if self.again {
            if held.segments.is_full() {
                served.extend(shelf.served(blob).map_err(disk)?);
                shelf.note_served(blob, &served).map_err(disk)?;
            }
            return Ok(());
        }
        // First where it may be passed on: of what is said to be here, that is known.
        shelf.note_served(blob, &served).map_err(disk)?;
        shelf.keep(&held.manifest, &held.segments)
    }
}
