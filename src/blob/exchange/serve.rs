//! Answering others: who is entitled, what is here, one segment in memory.

use std::collections::BTreeSet;

use super::{Desk, piece_bytes};
use crate::{
    blob::{
        Manifest, Shelf,
        frame::{PIECE_BYTES, Part, Place},
    },
    model::id::{BlobId, CircleId},
    sync::ConnectionId,
};

/// What was served last.
#[derive(Debug)]
struct Last {
    blob: BlobId,
    manifest: Manifest,
    /// The circles in which the blob was asked for, as the shelf said.
    circles: BTreeSet<CircleId>,
    segment: Option<(usize, Vec<u8>)>,
}

/// Serves blobs, one segment in memory.
#[derive(Debug, Default)]
pub(super) struct Server {
    last: Option<Last>,
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
        if !desk.is_shared(&circle, blob) && !shelf.circles(blob).ok()?.contains(&circle) {
            return None;
        }
        // What is here may have grown since.
        self.last = self.last.take().filter(|last| last.blob != *blob);
        let held = shelf.held(blob).ok()??;
        Some((held.manifest.as_bytes().len(), held.segments.as_bytes().to_vec()))
    }

    /// A piece, if there is one for the peer; and whether a segment was read for it.
    pub(super) fn piece(
        &mut self,
        shelf: &Shelf,
        from: ConnectionId,
        tag: &[u8; 16],
        place: Place,
        desk: &impl Desk,
    ) -> (Option<Vec<u8>>, bool) {
        let Some(circle) = desk.circle_named(from, tag) else { return (None, false) };
        let Some(last) = self.last_of(shelf, &place.blob) else { return (None, true) };
        if !desk.is_shared(&circle, &place.blob) && !last.circles.contains(&circle) {
            return (None, false);
        }
        let segment = match place.part {
            Part::Manifest => return (cut(last.manifest.as_bytes(), place.piece), false),
            Part::Segment(segment) => segment,
        };
        if let Some((_, bytes)) = last.segment.as_ref().filter(|(number, _)| *number == segment) {
            return (cut(bytes, place.piece), false);
        }
        let Ok(bytes) = shelf.read(&last.manifest, segment) else { return (None, true) };
        let piece = cut(&bytes, place.piece);
        last.segment = Some((segment, bytes));
        (piece, true)
    }

    fn last_of(&mut self, shelf: &Shelf, blob: &BlobId) -> Option<&mut Last> {
        if self.last.as_ref().is_none_or(|last| last.blob != *blob) {
            let manifest = shelf.held(blob).ok()??.manifest;
            let circles = shelf.circles(blob).ok()?;
            self.last = Some(Last { blob: *blob, manifest, circles, segment: None });
        }
        self.last.as_mut()
    }
}

/// A piece of a part.
fn cut(part: &[u8], piece: usize) -> Option<Vec<u8>> {
    let length = piece_bytes(part.len(), piece)?;
    let begin = piece.checked_mul(PIECE_BYTES)?;
    part.get(begin..begin.checked_add(length)?).map(<[u8]>::to_vec)
}
