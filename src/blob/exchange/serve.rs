//! Answering others: who is entitled, what is here, a few segments in memory.
//!
//! Whether a peer may have a blob is asked before anything of it is looked at, and what is not here
//! costs a peer the same as what is not for it: nobody learns by asking what is here.

use std::{
    collections::{BTreeSet, VecDeque},
    io,
};

use super::{Desk, piece_bytes};
use crate::{
    blob::{
        Manifest, Shelf,
        frame::{PIECE_BYTES, Part, Place},
    },
    model::id::{BlobId, CircleId},
    sync::ConnectionId,
};

/// Lists of segments in memory: 1.2 MB at most.
const MAX_LISTS: usize = 4;
/// Segments in memory: 2 MiB.
const MAX_SEGMENTS: usize = 8;

/// A blob that was served.
#[derive(Debug)]
struct List {
    blob: BlobId,
    manifest: Manifest,
    /// The circles in which it came, as the shelf said.
    served: BTreeSet<CircleId>,
}

/// Serves blobs; the least lately used leave its memory.
#[derive(Debug, Default)]
pub(super) struct Server {
    lists: VecDeque<List>,
    segments: VecDeque<(BlobId, usize, Vec<u8>)>,
}

impl Server {
    /// Length of the manifest and bits of the segments; none if there is nothing for the peer,
    /// whatever the reason: who only knows an id learns nothing by asking.
    pub(super) fn have(
        &mut self,
        shelf: &Shelf,
        from: ConnectionId,
        tag: &[u8; 16],
        blob: &BlobId,
        desk: &impl Desk,
    ) -> Option<(usize, Vec<u8>)> {
        let circle = desk.circle_named(from, tag)?;
        if !may_have(desk, &circle, blob, || shelf.served(blob).ok()) {
            return None;
        }
        // What is here may have changed since.
        self.lists.retain(|list| list.blob != *blob);
        let held = shelf.held(blob).ok()?.filter(|held| held.segments.is_full())?;
        Some((held.manifest.as_bytes().len(), held.segments.as_bytes().to_vec()))
    }

    /// A piece, if there is one for the peer; and whether it is free, since it was in memory.
    pub(super) fn piece(
        &mut self,
        shelf: &Shelf,
        from: ConnectionId,
        tag: &[u8; 16],
        place: Place,
        desk: &impl Desk,
    ) -> (Option<Vec<u8>>, bool) {
        let blob = place.blob;
        let Some(circle) = desk.circle_named(from, tag) else { return (None, false) };
        let known = self.lists.iter().find(|list| list.blob == blob);
        let served = || known.map(|list| list.served.clone()).or_else(|| shelf.served(&blob).ok());
        if !may_have(desk, &circle, &blob, served) {
            return (None, false);
        }
        let (list, in_memory) = list_of(&mut self.lists, shelf, &blob);
        let Some(list) = list else { return (None, false) };
        let segment = match place.part {
            Part::Manifest => return (cut(list.manifest.as_bytes(), place.piece), in_memory),
            Part::Segment(segment) => segment,
        };
        let kept = self.segments.iter().position(|(id, it, _)| *id == blob && *it == segment);
        if let Some(kept) = kept.and_then(|at| self.segments.remove(at)) {
            let piece = cut(&kept.2, place.piece);
            self.segments.push_back(kept);
            return (piece, in_memory);
        }
        let bytes = match shelf.read(&list.manifest, segment) {
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() == io::ErrorKind::InvalidData {
                    // Said to be whole no longer, and fetched again when somebody asks for it.
                    let _lost = shelf.lose(&list.manifest, segment);
                }
                return (None, false);
            }
        };
        let piece = cut(&bytes, place.piece);
        if self.segments.len() >= MAX_SEGMENTS {
            self.segments.pop_front();
        }
        self.segments.push_back((blob, segment, bytes));
        (piece, false)
    }
}

/// The list of a blob's segments, and whether it was in memory.
fn list_of<'l>(
    lists: &'l mut VecDeque<List>,
    shelf: &Shelf,
    blob: &BlobId,
) -> (Option<&'l List>, bool) {
    let known = lists.iter().position(|list| list.blob == *blob);
    if let Some(list) = known.and_then(|at| lists.remove(at)) {
        lists.push_back(list);
        return (lists.back(), true);
    }
    let held = shelf.held(blob).ok().flatten().filter(|held| held.segments.is_full());
    let (Some(held), Ok(served)) = (held, shelf.served(blob)) else { return (None, false) };
    if lists.len() >= MAX_LISTS {
        lists.pop_front();
    }
    lists.push_back(List { blob: *blob, manifest: held.manifest, served });
    (lists.back(), false)
}

/// Whether a blob is a circle's: this organisation shared it there; or it came there as a whole, and
/// a document of the circle names it still.
fn may_have(
    desk: &impl Desk,
    circle: &CircleId,
    blob: &BlobId,
    served: impl FnOnce() -> Option<BTreeSet<CircleId>>,
) -> bool {
    desk.is_shared(circle, blob)
        || (desk.is_named(circle, blob) && served().is_some_and(|served| served.contains(circle)))
}

/// A piece of a part.
fn cut(part: &[u8], piece: usize) -> Option<Vec<u8>> {
    let length = piece_bytes(part.len(), piece)?;
    let begin = piece.checked_mul(PIECE_BYTES)?;
    part.get(begin..begin.checked_add(length)?).map(<[u8]>::to_vec)
}
