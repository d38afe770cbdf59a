//! What stands of an alert or an entry that its organisation wrote in more than once.

use crate::model::{
    alert::{
        entry::{Act, Entry, Stance},
        level::Level,
        raised::Alert,
    },
    registry::Record,
    time::Timestamp,
};

/// How loud a version is; the least is the loudest.
type Loudness = (u8, bool, Option<Level>, Option<Timestamp>);

/// Of the changes that begin the document of an alert or an entry, in an order that is the same on
/// all nodes, the loudest: one seized device must not take back or soften what a colleague's said.
/// None if none of them is any.
#[must_use]
pub fn standing(beginnings: impl IntoIterator<Item = Record>) -> Option<Record> {
    let heard = beginnings.into_iter().filter_map(|record| Some((loudness(&record)?, record)));
    heard.min_by_key(|(loudness, _record)| *loudness).map(|(_loudness, record)| record)
}

fn loudness(record: &Record) -> Option<Loudness> {
    if let Some(alert) = Alert::read(record) {
        let first = alert.timers.map(|timers| {
            let [first, ..] = timers.steps();
            alert.sent.saturating_add(first)
        });
        return Some((0, alert.drill, Some(alert.level), first.or(Some(alert.expires))));
    }
    let act = Entry::read(record)?.act;
    let level = if let Act::Update { level, .. } = act { level } else { None };
    let rank = match act {
        _ if level.is_some() => 0,
        Act::Update { .. } => 1,
        Act::Acknowledge(Stance::Cannot) => 2,
        Act::Acknowledge(_)
        | Act::StandDown(_)
        | Act::Confirm { .. }
        | Act::Seen
        | Act::Review(_) => 3,
    };
    Some((rank, false, level, None))
}
