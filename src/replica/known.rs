//! Since when entries are known here, so that people can be told how long they wait to reach others.
//!
//! Entries have no time in their headers, which outsiders see. So each node notes, by its own clock,
//! when a log grew: not for each entry, but where a minute has passed since the last mark. It is
//! kept in the index only: nothing depends on it, and it is nobody else's affair.

use std::time::Duration;

use crate::{
    model::{
        id::{CircleId, DeviceId, Incarnation, Lane, LogId},
        time::Timestamp,
    },
    replica::{Replica, Storage, StorageError, Tree},
};

/// How exact the times are.
const STEP: Duration = Duration::from_secs(60);
/// Marks that are kept of one log; the older half is thinned out when there are more.
const MAX_MARKS: usize = 256;
const VERSION: u8 = 1;

/// Since when the entries of one log are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KnownSince {
    /// Entries before this place have a time, or came when none was noted.
    noted: u64,
    /// From which place on, and since when, in the order of places.
    marks: Vec<(u64, Timestamp)>,
}

impl KnownSince {
    /// The log holds so many entries now.
    fn note(&mut self, now: Timestamp, length: u64) {
        if length <= self.noted {
            return;
        }
        let last = self.marks.last().map(|(_seq, at)| *at);
        // A clock that was set back makes a mark as well.
        if last.is_none_or(|last| now < last || now.saturating_since(last) >= STEP) {
            self.marks.push((self.noted, now));
        }
        self.noted = length;
        if self.marks.len() > MAX_MARKS {
            let mut place = 0_usize;
            self.marks.retain(|_mark| {
                place = place.saturating_add(1);
                place > MAX_MARKS / 2 || place % 2 == 1
            });
        }
    }

    /// Since when an entry is known; none if that was not noted.
    fn since(&self, seq: u64) -> Option<Timestamp> {
        let after = self.marks.partition_point(|(from, _at)| *from <= seq);
        self.marks.get(after.checked_sub(1)?).map(|(_from, at)| *at)
    }

    fn encode(&self, circle: &CircleId, log: &LogId) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(circle.as_bytes());
        bytes.extend_from_slice(log.device.as_bytes());
        bytes.extend_from_slice(log.incarnation.as_bytes());
        put_number(&mut bytes, u64::from(log.lane.number()));
        put_number(&mut bytes, self.noted);
        for (seq, at) in &self.marks {
            put_number(&mut bytes, *seq);
            put_number(&mut bytes, at.as_millis());
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<(CircleId, LogId, Self)> {
        let rest = &mut bytes.strip_prefix(&[VERSION])?;
        let circle = CircleId::try_from(rest.split_off(..CircleId::LEN)?).ok()?;
        let log = LogId {
            device: DeviceId::try_from(rest.split_off(..DeviceId::LEN)?).ok()?,
            incarnation: Incarnation::try_from(rest.split_off(..Incarnation::LEN)?).ok()?,
            lane: Lane::from_number(u32::try_from(take_number(rest)?).ok()?)?,
        };
        let mut known = Self { noted: take_number(rest)?, marks: Vec::new() };
        while !rest.is_empty() {
            let seq = take_number(rest)?;
            known.marks.push((seq, Timestamp::from_millis(take_number(rest)?)));
        }
        Some((circle, log, known))
    }
}

fn put_number(bytes: &mut Vec<u8>, number: u64) {
    prost::encoding::encode_varint(number, bytes);
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(rest).ok()
}

impl<S: Storage> Replica<S> {
    /// Notes that what has come since the last call is known since now, by the clock of people.
    pub fn note_known(&mut self, now: Timestamp) {
        for (circle, log) in std::mem::take(&mut self.grown) {
            let Some(state) = self.circles.get_mut(&circle) else { continue };
            let Some(length) = state.logs.get(&log).map(|held| held.len()) else { continue };
            let known = state.known.entry(log).or_default();
            known.note(now, length);
            let (device, lane) = (log.device.as_bytes(), log.lane.number().to_le_bytes());
            let key = [circle.as_bytes(), device.as_slice(), log.incarnation.as_bytes(), &lane];
            let value = known.encode(&circle, &log);
            if let Err(error) = self.storage.put(Tree::Known, &key.concat(), Some(&value)) {
                tracing::warn!(%error, "since when entries are known was not noted");
            }
        }
    }

    /// Since when an entry is known here, within a minute; none if that was not noted: it came with
    /// an earlier version of the program, or the index was lost since.
    #[must_use]
    pub fn known_since(&self, circle: &CircleId, log: &LogId, seq: u64) -> Option<Timestamp> {
        self.circles.get(circle)?.known.get(log)?.since(seq)
    }

    /// Takes up what the index has. Of logs that it does not know nothing is said.
    pub(super) fn restore_known(&mut self) -> Result<(), StorageError> {
        let mut found = Vec::new();
        self.storage.each(Tree::Known, &mut |bytes| found.extend(KnownSince::decode(bytes)))?;
        for (circle, log, known) in found {
            if let Some(state) = self.circles.get_mut(&circle) {
                state.known.insert(log, known);
            }
        }
        for (circle, state) in &mut self.circles {
            for (log, held) in &state.logs {
                let length = held.len();
                let unknown = KnownSince { noted: length, marks: Vec::new() };
                if state.known.entry(*log).or_insert(unknown).noted < length {
                    self.grown.insert((*circle, *log));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
