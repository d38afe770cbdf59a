//! What was appended and not committed yet, sealed and laid out.

use super::{
    JournalError, Position,
    frame::{CLOSED, ERASED, Head, MAX_BODY_BYTES, aad},
    segment::HEADER_BYTES,
};
use crate::store::Sealer;

/// Bytes that lie ready to be written to one segment.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) segment: u32,
    /// Where they go. Everything before is durable when they are written.
    pub(super) start: u32,
    pub(super) bytes: Vec<u8>,
}

impl Chunk {
    /// An empty chunk at a place.
    pub(super) const fn at(position: Position) -> Self {
        Self { segment: position.segment, start: position.offset, bytes: Vec::new() }
    }

    /// An empty chunk at the start of a segment that does not exist yet.
    pub(super) const fn new_segment(segment: u32) -> Self {
        Self::at(Position { segment, offset: HEADER_BYTES })
    }

    /// Where the next frame goes; none if that is beyond any segment.
    pub(super) fn end(&self) -> Option<u32> {
        self.start.checked_add(u32::try_from(self.bytes.len()).ok()?)
    }

    /// Appends a batch if the segment has room for all of it; else leaves the chunk as it was.
    pub(super) fn append(
        &mut self,
        sealer: &dyn Sealer,
        batch: &[(u8, &[u8])],
        segment_bytes: u32,
    ) -> Result<Option<Vec<Position>>, JournalError> {
        let before = self.bytes.len();
        let mut positions = Vec::with_capacity(batch.len());
        for (index, (kind, body)) in batch.iter().enumerate() {
            let continues = index.saturating_add(1) < batch.len();
            let position = self.append_frame(sealer, *kind, body, continues)?;
            if self.end().is_none_or(|end| end > segment_bytes) {
                self.bytes.truncate(before);
                return Ok(None);
            }
            positions.extend(position);
        }
        Ok(Some(positions))
    }

    fn append_frame(
        &mut self,
        sealer: &dyn Sealer,
        kind: u8,
        body: &[u8],
        continues: bool,
    ) -> Result<Option<Position>, JournalError> {
        let Some(offset) = self.end() else { return Ok(None) };
        let position = Position { segment: self.segment, offset };
        let sealed = match kind {
            CLOSED => Vec::new(),
            _ => sealer.seal(&aad(position, kind), body)?,
        };
        Head { position, kind, continues, durable: self.start }
            .write(&sealed, &mut self.bytes)
            .ok_or(JournalError::TooLarge { bytes: body.len(), max: MAX_BODY_BYTES })?;
        Ok(Some(position))
    }
}

/// Refuses what no frame can hold, before anything is done.
pub(super) fn check(batch: &[(u8, &[u8])]) -> Result<(), JournalError> {
    for (kind, body) in batch {
        if matches!(*kind, CLOSED | ERASED) {
            return Err(JournalError::Kind(*kind));
        }
        if body.len() > MAX_BODY_BYTES {
            return Err(JournalError::TooLarge { bytes: body.len(), max: MAX_BODY_BYTES });
        }
    }
    Ok(())
}
