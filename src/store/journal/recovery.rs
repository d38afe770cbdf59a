//! What opening does with the last segment after a crash.

use std::ops::Range;

use super::{
    Damage, DamageReason,
    frame::{Step, Walk},
    segment::HEADER_BYTES,
};

/// Stretches of damage that one report lists.
const MAX_REPORTED: usize = 1000;

/// What opening a journal found. Says nothing of older segments: a [`scan`](super::Journal::scan)
/// does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The tail that was cut, if any.
    pub cut: Option<Cut>,
    /// Damage in the last segment; at most 1,000 stretches.
    pub damage: Vec<Damage>,
}

/// A tail that was written but not wholly: the power failed in a commit that nobody was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Number of the segment.
    pub segment: u32,
    /// The bytes that were cut off its file.
    pub range: Range<u64>,
    /// Whole frames among them. Above zero, it may be that the last commit was damaged after it
    /// was acknowledged; nobody can tell from the file alone.
    pub whole_frames: usize,
}

/// What is to be kept of the last segment.
#[derive(Debug)]
pub(super) struct Kept {
    /// Where it ends.
    pub(super) end: u32,
    /// Whole frames behind that end.
    pub(super) whole_frames_cut: usize,
    pub(super) damage: Vec<Damage>,
}

/// Decides what of the last segment's bytes counts.
///
/// Each frame says up to where the segment was durable when it was written. The greatest such
/// offset parts the bytes in two: before it everything was acknowledged, so what is unreadable
/// there is damage and what lies behind the damage counts; from it on lies the last commit, of
/// which whole batches count up to the first hole.
pub(super) fn keep(segment: u32, bytes: &[u8]) -> Kept {
    let mut frames = Vec::new();
    let mut damage = Vec::new();
    let mut walk = Walk::new(segment, HEADER_BYTES);
    while let Some(step) = walk.step(bytes) {
        match step {
            Step::Frame(frame) => frames.push((frame.head(), frame.end)),
            Step::Damage(range, reason) if damage.len() < MAX_REPORTED => {
                damage.push((range, reason));
            }
            Step::Damage(..) => {}
        }
    }
    let durable = frames.iter().map(|(head, _)| head.durable).max().unwrap_or(0).max(HEADER_BYTES);
    let mut end = durable;
    let mut expected = durable;
    let mut whole_frames_cut = 0;
    for (head, frame_end) in frames.iter().filter(|(head, _)| head.position.offset >= durable) {
        whole_frames_cut += 1;
        if head.position.offset == expected {
            expected = *frame_end;
            if !head.continues {
                end = expected;
                whole_frames_cut = 0;
            }
        }
    }
    let damage =
        damage.into_iter().filter_map(|(range, reason)| cut_at(segment, range, reason, durable));
    Kept { end, whole_frames_cut, damage: damage.collect() }
}

/// The part of a stretch that lies before `durable`.
fn cut_at(segment: u32, range: Range<u32>, reason: DamageReason, durable: u32) -> Option<Damage> {
    let range = range.start..range.end.min(durable);
    (!range.is_empty()).then_some(Damage { segment, range, reason })
}
