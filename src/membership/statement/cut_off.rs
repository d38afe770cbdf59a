//! Up to where logs count.

use std::collections::BTreeMap;

use crate::{
    membership::{StatementError, field},
    model::{
        id::{EntryHash, Lane, LogId},
        limits,
    },
    wire::membership as wire,
};

/// The last entry of a log that counts, and so how many do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CutOff {
    /// Entries that count, at least one: those with a sequence number below this.
    pub count: u64,
    /// Hash of the last one.
    pub last: EntryHash,
}

/// Cut-offs for each log that counts at all; a log without one counts for nothing.
pub type CutOffs = BTreeMap<LogId, CutOff>;

pub(super) fn read(items: &[wire::CutOff]) -> Result<CutOffs, StatementError> {
    field::at_most("cut-offs", items.len(), limits::MAX_CUT_OFFS)?;
    let mut cut_offs = CutOffs::new();
    for item in items {
        let (log, cut_off) = read_one(item)?;
        if cut_offs.insert(log, cut_off).is_some() {
            return Err(StatementError::Duplicate { field: "cut-offs" });
        }
    }
    Ok(cut_offs)
}

pub(super) fn read_one(item: &wire::CutOff) -> Result<(LogId, CutOff), StatementError> {
    let lane = Lane::from_number(item.lane).ok_or_else(|| field::unknown("lane", item.lane))?;
    if item.count == 0 {
        return Err(StatementError::Field { field: "count", rule: "be at least 1" });
    }
    let log = LogId {
        device: field::id(&item.device)?,
        incarnation: field::id(&item.incarnation)?,
        lane,
    };
    Ok((log, CutOff { count: item.count, last: field::id(&item.last)? }))
}

pub(super) fn write(cut_offs: &CutOffs) -> Vec<wire::CutOff> {
    cut_offs.iter().map(|(log, cut_off)| write_one(log, cut_off)).collect()
}

pub(super) fn write_one(log: &LogId, cut_off: &CutOff) -> wire::CutOff {
    wire::CutOff {
        device: field::to_bytes(log.device),
        incarnation: field::to_bytes(log.incarnation),
        lane: log.lane.number(),
        count: cut_off.count,
        last: field::to_bytes(cut_off.last),
    }
}
