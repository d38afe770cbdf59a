//! Frames: the layout of one on disk, and how to find the next one behind damage.
//!
//! ```text
//! 0       2       3      4         8           12          20
//! │ ce 1b │ flags │ kind │ length │ durable   │ checksum  │ sealed body …
//! ```

use std::ops::Range;

use super::{DamageReason, Position};
use crate::{
    crypto::Label,
    store::sealer::{self, SealError, Sealer},
};

/// Bytes in front of a body.
pub(super) const HEAD_BYTES: usize = 20;
/// Bytes of one body before sealing: a largest frame of the network with room for an envelope.
pub const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of one sealed body.
const MAX_SEALED_BYTES: usize = MAX_BODY_BYTES + sealer::MAX_OVERHEAD;
/// Kind of the mark that an orderly shutdown leaves; no body.
pub(super) const CLOSED: u8 = 0;
/// Kind of a frame whose body was erased.
pub(super) const ERASED: u8 = 255;

/// Begins every frame, so that looking for one hashes next to nothing.
const MARKER: [u8; 2] = [0xce, 0x1b];
/// Flag: the batch goes on in the next frame.
const CONTINUES: u8 = 1;
/// Bytes that are hashed in vain in one segment, at places that begin like a frame and are none,
/// before its rest is given up. Chance makes one such place in ten segments of garbage.
const MAX_FALSE_BYTES: usize = 128 * 1024 * 1024;

/// A frame as it lies in a segment, its checksum verified.
#[derive(Debug, Clone)]
pub(super) struct Frame<'a> {
    pub(super) position: Position,
    pub(super) kind: u8,
    /// Whether the next frame is of the same batch.
    pub(super) continues: bool,
    /// Everything in this segment before this offset was durable when the frame was written.
    pub(super) durable: u32,
    pub(super) sealed: &'a [u8],
    /// Offset behind the frame.
    pub(super) end: u32,
}

/// What a frame says besides its body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) position: Position,
    pub(super) kind: u8,
    pub(super) continues: bool,
    pub(super) durable: u32,
}

impl Head {
    /// Appends the frame to `out`. None if the body is too long for any frame.
    #[must_use]
    pub(super) fn write(self, sealed: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let length =
            u32::try_from(sealed.len()).ok().filter(|_| sealed.len() <= MAX_SEALED_BYTES)?;
        let mut head = [0; HEAD_BYTES - 8];
        let flags = if self.continues { CONTINUES } else { 0 };
        let [l0, l1, l2, l3] = length.to_le_bytes();
        let [d0, d1, d2, d3] = self.durable.to_le_bytes();
        let [m0, m1] = MARKER;
        head.copy_from_slice(&[m0, m1, flags, self.kind, l0, l1, l2, l3, d0, d1, d2, d3]);
        out.extend_from_slice(&head);
        out.extend_from_slice(&checksum(self.position, &head, sealed));
        out.extend_from_slice(sealed);
        Some(())
    }
}

impl<'a> Frame<'a> {
    /// Reads the frame with which the bytes begin.
    pub(super) fn parse(position: Position, bytes: &'a [u8]) -> Result<Self, DamageReason> {
        let (head, rest) =
            bytes.split_first_chunk::<{ HEAD_BYTES - 8 }>().ok_or(DamageReason::NoFrame)?;
        let (sum, rest) = rest.split_first_chunk::<8>().ok_or(DamageReason::NoFrame)?;
        let [m0, m1, flags, kind, l0, l1, l2, l3, d0, d1, d2, d3] = *head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        let durable = u32::from_le_bytes([d0, d1, d2, d3]);
        if [m0, m1] != MARKER || flags > CONTINUES || durable > position.offset {
            return Err(DamageReason::NoFrame);
        }
        let sealed = sealed_body(rest, length).ok_or(DamageReason::NoFrame)?;
        if checksum(position, head, sealed) != *sum {
            return Err(DamageReason::Checksum);
        }
        let end = frame_end(position.offset, length).ok_or(DamageReason::NoFrame)?;
        Ok(Self { position, kind, continues: flags == CONTINUES, durable, sealed, end })
    }

    /// Reads the frame at an offset of a segment's bytes.
    pub(super) fn parse_in(
        segment: u32,
        bytes: &'a [u8],
        offset: u32,
    ) -> Result<Self, DamageReason> {
        let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
        Self::parse(Position { segment, offset }, rest.unwrap_or_default())
    }

    /// What the frame says besides its body.
    pub(super) const fn head(&self) -> Head {
        let Self { position, kind, continues, durable, .. } = *self;
        Head { position, kind, continues, durable }
    }

    /// Opens the body.
    pub(super) fn open(&self, sealer: &dyn Sealer) -> Result<Vec<u8>, SealError> {
        sealer.open(&aad(self.position, self.kind), self.sealed)
    }
}

fn sealed_body(rest: &[u8], length: u32) -> Option<&[u8]> {
    let length = usize::try_from(length).ok().filter(|length| *length <= MAX_SEALED_BYTES)?;
    rest.get(..length)
}

fn frame_end(offset: u32, length: u32) -> Option<u32> {
    offset.checked_add(u32::try_from(HEAD_BYTES).ok()?)?.checked_add(length)
}

/// Bytes that the frame with this head claims to have, within what a frame can have.
pub(super) fn claimed_len(head: &[u8]) -> usize {
    let length = head.get(4..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes);
    let sealed = usize::try_from(length).unwrap_or(usize::MAX).min(MAX_SEALED_BYTES);
    HEAD_BYTES.saturating_add(sealed)
}

/// What the seal of a body is bound to: its place and kind.
pub(super) fn aad(position: Position, kind: u8) -> Vec<u8> {
    [Label::JournalFrame.text().as_bytes(), &[0], &position.to_bytes(), &[kind]].concat()
}

/// The place is part of it, so that bytes that were copied or left over elsewhere are no frame.
fn checksum(position: Position, head: &[u8], sealed: &[u8]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&position.to_bytes()).update(head).update(sealed);
    hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default()
}

/// Goes through a segment's bytes, frame by frame, over damage too.
#[derive(Debug)]
pub(super) struct Walk {
    segment: u32,
    at: u32,
    false_bytes: usize,
}

/// What a walk meets.
#[derive(Debug)]
pub(super) enum Step<'a> {
    Frame(Frame<'a>),
    Damage(Range<u32>, DamageReason),
}

impl Walk {
    /// A walk through segment number `segment` from an offset on.
    pub(super) const fn new(segment: u32, at: u32) -> Self {
        Self { segment, at, false_bytes: 0 }
    }

    /// The number of the segment.
    pub(super) const fn segment(&self) -> u32 {
        self.segment
    }

    /// The next frame or stretch of damage; none at the end of the bytes.
    pub(super) fn step<'a>(&mut self, bytes: &'a [u8]) -> Option<Step<'a>> {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if self.at >= len {
            return None;
        }
        match Frame::parse_in(self.segment, bytes, self.at) {
            Ok(frame) => {
                self.at = frame.end;
                Some(Step::Frame(frame))
            }
            Err(reason) => {
                let start = self.at;
                self.at = self.resynchronise(bytes).unwrap_or(len);
                Some(Step::Damage(start..self.at, reason))
            }
        }
    }

    /// The offset of the next whole frame behind the place where none is.
    fn resynchronise(&mut self, bytes: &[u8]) -> Option<u32> {
        let mut at = self.at;
        while self.false_bytes < MAX_FALSE_BYTES {
            let from = usize::try_from(at).ok()?.checked_add(1)?;
            let found = bytes.get(from..)?.windows(2).position(|pair| pair == MARKER)?;
            at = u32::try_from(from.checked_add(found)?).ok()?;
            match Frame::parse_in(self.segment, bytes, at) {
                Ok(_frame) => return Some(at),
                Err(DamageReason::Checksum) => {
                    let claimed = claimed_len(bytes.get(usize::try_from(at).ok()?..)?);
                    self.false_bytes = self.false_bytes.saturating_add(claimed);
                }
                Err(_cheap) => {}
            }
        }
        None
    }
}
