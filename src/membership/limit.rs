//! How far a log counts, when several statements limit it.

use super::{CutOff, CutOffs};
use crate::model::id::LogId;

/// How far a log counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Not at all.
    Nothing,
    /// Up to and with this entry.
    UpTo(CutOff),
    /// All of it.
    All,
}

/// Logs that both lists name, each as far as both let it count.
pub(super) fn both(first: &CutOffs, second: &CutOffs) -> CutOffs {
    let shared = first.iter().filter_map(|(log, cut)| {
        let other = second.get(log)?;
        Some((*log, *cut.min(other)))
    });
    shared.collect()
}

/// Adds limits for single logs; of two for one log the shorter holds.
pub(super) fn add(limits: &mut CutOffs, more: &CutOffs) {
    for (log, cut) in more {
        limits.entry(*log).and_modify(|known| *known = (*known).min(*cut)).or_insert(*cut);
    }
}

/// What a list says of a log where it is not named and so does not count.
pub(super) fn of_named(cut_offs: &CutOffs, log: &LogId) -> Limit {
    cut_offs.get(log).map_or(Limit::Nothing, |cut| Limit::UpTo(*cut))
}
