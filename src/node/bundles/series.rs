//! Which parts of a series have come, so that one that was taken away is missed.
//!
//! Logs are independent of each other: without a part whose logs nobody continues, or without the
//! last one, everything looks whole. Each part says its number and whether it is the last, under the
//! maker's signature. What came is remembered in the index, of members alone: it is a remark for
//! people, and nothing depends on it.

use std::collections::BTreeSet;

use crate::{model::id::DeviceId, sync::bundle::PartInfo};

/// Parts of one series that are remembered.
const MAX_PARTS: usize = 1024;
/// Series of one device that are remembered: those that were made last.
pub(in crate::node) const MAX_SERIES_OF_ONE: usize = 16;
/// Gaps that are told of one series.
const MAX_GAPS: usize = 8;
const VERSION: u8 = 1;

/// Which parts of one export for one set of recipients came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::node) struct Series {
    /// Whose it is.
    pub(in crate::node) device: DeviceId,
    /// Its number.
    pub(in crate::node) id: [u8; 16],
    /// When it was made, by its maker's clock.
    pub(in crate::node) made: u64,
    /// Number of the last part, once that came.
    last: Option<u32>,
    /// Numbers of the parts that came.
    parts: BTreeSet<u32>,
}

/// What of a series has not come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::node) struct Missing {
    /// Parts from and to these numbers, from 1 on.
    pub(in crate::node) parts: Vec<(u64, u64)>,
    /// The number of the part after which the last has not come.
    pub(in crate::node) after: Option<u64>,
}

impl Series {
    /// The series of a part, of which nothing came yet.
    pub(in crate::node) fn of(part: &PartInfo) -> Self {
        let preface = &part.preface;
        let (device, id, made) = (preface.device, preface.series, preface.made.as_millis());
        Self { device, id, made, last: None, parts: BTreeSet::new() }
    }

    /// A part came.
    pub(in crate::node) fn note(&mut self, part: &PartInfo) {
        if self.parts.len() < MAX_PARTS {
            self.parts.insert(part.preface.part);
        }
        if part.last {
            self.last = Some(part.preface.part);
        }
    }

    /// Adds what came of the same series before.
    pub(in crate::node) fn add(&mut self, before: &Self) {
        self.parts.extend(&before.parts);
        while self.parts.len() > MAX_PARTS {
            self.parts.pop_last();
        }
        self.last = self.last.or(before.last);
    }

    /// What has not come; none if all has, or more came than is remembered.
    pub(in crate::node) fn missing(&self) -> Option<Missing> {
        if self.parts.len() >= MAX_PARTS {
            return None;
        }
        let end = self.last.or_else(|| self.parts.last().copied()).unwrap_or_default();
        let mut missing = Missing::default();
        let mut next = 0_u64;
        // What is said to come after the last is a lie of the maker.
        let came = self.parts.iter().copied().filter(|part| *part <= end).map(u64::from);
        for part in came.chain([u64::from(end).saturating_add(1)]) {
            if part > next && missing.parts.len() < MAX_GAPS {
                missing.parts.push((next.saturating_add(1), part));
            }
            next = part.saturating_add(1);
        }
        missing.after = self.last.is_none().then(|| u64::from(end).saturating_add(1));
        (missing != Missing::default()).then_some(missing)
    }

    /// By which the parts of one are told from those of others.
    pub(in crate::node) fn key(&self) -> Vec<u8> {
        [self.device.as_bytes().as_slice(), &self.id].concat()
    }

    /// The series of one device as they are kept.
    pub(in crate::node) fn encode_all(all: &[Self]) -> Vec<u8> {
        let one = |series: &Self| {
            let bytes = series.encode();
            let length = u32::try_from(bytes.len()).unwrap_or_default();
            [length.to_le_bytes().as_slice(), &bytes].concat()
        };
        all.iter().flat_map(one).collect()
    }

    pub(in crate::node) fn decode_all(mut bytes: &[u8]) -> Vec<Self> {
        let mut all = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
            let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            let Some((one, rest)) = rest.split_at_checked(length) else { break };
            all.extend(Self::decode(one));
            bytes = rest;
        }
        all
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(self.device.as_bytes());
        bytes.extend_from_slice(&self.id);
        bytes.extend_from_slice(&self.made.to_le_bytes());
        bytes.push(u8::from(self.last.is_some()));
        bytes.extend_from_slice(&self.last.unwrap_or_default().to_le_bytes());
        bytes.extend(self.parts.iter().flat_map(|part| part.to_le_bytes()));
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, bytes) = bytes.split_first()?;
        let (device, bytes) = bytes.split_first_chunk::<32>()?;
        let (id, bytes) = bytes.split_first_chunk::<16>()?;
        let (made, bytes) = bytes.split_first_chunk::<8>()?;
        let (ended, bytes) = bytes.split_first()?;
        let (last, bytes) = bytes.split_first_chunk::<4>()?;
        let (parts, rest) = bytes.as_chunks::<4>();
        let last = (*ended == 1).then(|| u32::from_le_bytes(*last));
        let parts = parts.iter().map(|part| u32::from_le_bytes(*part)).collect();
        let (device, id) = (DeviceId::new(*device), *id);
        let made = u64::from_le_bytes(*made);
        (*version == VERSION && rest.is_empty()).then_some(Self { device, id, made, last, parts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(parts: &[u32], last: Option<u32>) -> Series {
        let parts = parts.iter().copied().collect();
        Series { device: DeviceId::new([1; 32]), id: [2; 16], made: 3, last, parts }
    }

    /// The gaps, and after which part nothing has come.
    type Missed = (Vec<(u64, u64)>, Option<u64>);

    fn missing(parts: &[u32], last: Option<u32>) -> Option<Missed> {
        series(parts, last).missing().map(|missing| (missing.parts, missing.after))
    }

    #[test]
    fn a_part_that_was_taken_away_is_missed_and_so_is_the_last() {
        assert_eq!(missing(&[0], Some(0)), None);
        assert_eq!(missing(&[0, 1, 2], Some(2)), None);
        assert_eq!(missing(&[0, 2], Some(2)), Some((vec![(2, 2)], None)));
        assert_eq!(missing(&[0, 1], None), Some((vec![], Some(2))));
        assert_eq!(missing(&[2, 6], None), Some((vec![(1, 2), (4, 6)], Some(7))));
    }

    #[test]
    fn numbers_that_a_liar_makes_up_do_not_take_long() {
        assert_eq!(missing(&[u32::MAX], None).unwrap().0, [(1, u64::from(u32::MAX))]);
        assert_eq!(missing(&[0, 9], Some(0)), None);
        let even: Vec<u32> = (0..500).map(|n| n * 2).collect();
        assert_eq!(missing(&even, None).unwrap().0.len(), MAX_GAPS);
    }

    #[test]
    fn it_is_remembered_as_it_was() {
        let all = vec![series(&[0, 7, 9], None), series(&[], Some(4))];
        let bytes = Series::encode_all(&all);
        assert_eq!(Series::decode_all(&bytes), all);
        assert_eq!(Series::decode_all(&bytes[..bytes.len() - 1]), all[..1]);
        assert_eq!(Series::decode_all(&[1, 2, 3]), []);
    }
}
