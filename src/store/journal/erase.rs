//! Erasure: bodies go, places stay.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Active, Journal, JournalError, Position, SEGMENT_BYTES,
    frame::{CLOSED, ERASED, Frame, Head},
    io_error, segment,
};
use crate::store::files::{atomic, read_up_to};

impl Journal {
    /// Erases bodies: rewrites their segments with zeros in their place, so that all other
    /// records keep their positions. Commits first. Gives back how many were erased; positions at
    /// which nothing readable lies are passed over.
    ///
    /// The system and the disk may keep the old blocks until they reuse them; what lies in those
    /// is sealed with the store key.
    ///
    /// # Errors
    /// As [`commit`](Journal::commit). Segments are rewritten one by one, each wholly or not.
    pub fn erase(&mut self, positions: &BTreeSet<Position>) -> Result<usize, JournalError> {
        self.commit()?;
        let mut by_segment = BTreeMap::<u32, Vec<Position>>::new();
        for position in positions.iter().filter(|position| **position < self.end) {
            by_segment.entry(position.segment).or_default().push(*position);
        }
        let mut erased = 0_usize;
        for (number, positions) in by_segment {
            self.failed = true;
            erased = erased.saturating_add(self.erase_in(number, &positions)?);
            self.failed = false;
        }
        Ok(erased)
    }

    fn erase_in(&mut self, number: u32, positions: &[Position]) -> Result<usize, JournalError> {
        let path = segment::path(&self.dir, number);
        let file = self.files.open(&path).map_err(io_error("open", &path))?;
        let max = usize::try_from(SEGMENT_BYTES).unwrap_or(usize::MAX);
        let mut bytes = read_up_to(&*file, 0, max).map_err(io_error("read", &path))?;
        drop(file);
        let erased = positions.iter().filter_map(|at| blank(&mut bytes, *at)).count();
        if erased == 0 {
            return Ok(0);
        }
        atomic::write(&*self.files, &path, &bytes).map_err(io_error("rewrite", &path))?;
        if self.active.as_ref().is_some_and(|active| active.number == number) {
            let file = self.files.open(&path).map_err(io_error("open", &path))?;
            self.active = Some(Active { number, file });
        }
        Ok(erased)
    }
}

/// Puts an erased frame of the same length in a frame's place.
fn blank(bytes: &mut [u8], at: Position) -> Option<()> {
    let frame = Frame::parse_in(at.segment, bytes, at.offset).ok()?;
    if matches!(frame.kind, CLOSED | ERASED) {
        return None;
    }
    let mut blank = Vec::new();
    Head { kind: ERASED, ..frame.head() }.write(&vec![0; frame.sealed.len()], &mut blank)?;
    let start = usize::try_from(at.offset).ok()?;
    bytes.get_mut(start..start.checked_add(blank.len())?)?.copy_from_slice(&blank);
    Some(())
}
