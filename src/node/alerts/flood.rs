//! How often the alerts of one organisation ring: the first ones each by itself, more of them at a
//! pace, and none never.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use crate::model::{alert::Level, id::OrgId, time::Timestamp};

/// Alerts of one organisation that ring one by one within [`WINDOW`]. More are a flood: they ring
/// together.
pub(in crate::node) const MAX_RUNG_OF_ORG: usize = 32;
/// For how long one that rang counts.
const WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two rings of a flood: as long as somebody at risk of life may wait for an answer.
pub(super) const PACE: Duration = Duration::from_secs(15 * 60);

/// Whose alerts are counted together. What has expired takes no room from what has not, nor do
/// exercises from what is real, nor what rang before from what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Raiser {
    pub(super) org: OrgId,
    pub(super) drill: bool,
    pub(super) expired: bool,
    /// Whether it rang before, and is no worse than it was then: taken and given up, closed and open
    /// again, as often as somebody likes.
    pub(super) again: bool,
}

/// What rang of one organisation.
#[derive(Debug, Default)]
struct Rung {
    /// One by one.
    each: VecDeque<(Timestamp, Level)>,
    /// When a flood of a level rang last.
    flood: BTreeMap<Level, Timestamp>,
}

/// What rang of all organisations, and what is held back. Times are of the uptime: nobody's clock
/// makes it quiet.
#[derive(Debug, Default)]
pub(super) struct Flood {
    rung: BTreeMap<Raiser, Rung>,
    held: BTreeSet<(Raiser, Level)>,
}

impl Flood {
    /// Whether an alert rings that has not rung before, or not as what is new. If not, it is held
    /// back until it is its level's turn.
    pub(super) fn admits(&mut self, raiser: Raiser, level: Level, now: Timestamp) -> bool {
        let rung = self.rung.entry(raiser).or_default();
        rung.each.retain(|(at, _level)| now.saturating_since(*at) < WINDOW);
        let as_severe = rung.each.iter().filter(|(_at, other)| *other <= level);
        if as_severe.count() < MAX_RUNG_OF_ORG {
            rung.each.push_back((now, level));
            return true;
        }
        let rings = rung.next(level).is_none_or(|at| at <= now);
        if rings {
            rung.flood.insert(level, now);
        } else {
            self.held.insert((raiser, level));
        }
        rings
    }

    /// When something that was held back may ring.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.held.iter().filter_map(|(raiser, level)| self.rung.get(raiser)?.next(*level)).min()
    }

    /// Those of which one may ring now; they are held back no longer.
    pub(super) fn take_due(&mut self, now: Timestamp) -> BTreeSet<(Raiser, Level)> {
        let mut taken = BTreeSet::new();
        // The most severe of an organisation first: it rings for the others.
        for (raiser, level) in std::mem::take(&mut self.held) {
            let rung = self.rung.entry(raiser).or_default();
            if rung.next(level).is_none_or(|at| at <= now) {
                rung.flood.insert(level, now);
                taken.insert((raiser, level));
            } else {
                self.held.insert((raiser, level));
            }
        }
        taken
    }
}

impl Rung {
    /// When a flood of a level may ring again; none if it has not rung.
    fn next(&self, level: Level) -> Option<Timestamp> {
        self.flood.range(..=level).map(|(_level, at)| at.saturating_add(PACE)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn raiser(org: u8, expired: bool) -> Raiser {
        Raiser { org: OrgId::new([org; 32]), drill: false, expired, again: false }
    }

    fn at(minutes: u64) -> Timestamp {
        Timestamp::from_millis(minutes * 60_000)
    }

    /// A flood that holds back alerts of one organisation.
    fn full(level: Level) -> Flood {
        let mut flood = Flood::default();
        for _alert in 0..=MAX_RUNG_OF_ORG {
            assert!(flood.admits(raiser(1, false), level, at(0)), "one by one, then as a flood");
        }
        assert!(!flood.admits(raiser(1, false), level, at(0)));
        flood
    }

    #[test]
    fn a_flood_rings_at_a_pace_and_never_stops_to() {
        let mut flood = full(Level::Serious);
        let mut rings = 0;
        for minute in 1..=60 {
            rings += flood.take_due(at(minute)).len();
            rings += usize::from(flood.admits(raiser(1, false), Level::Serious, at(minute)));
        }
        assert_eq!(rings, 4, "what is held back is told each quarter of an hour");
        assert!(flood.due().is_some_and(|due| due <= at(75)));
        // After a day as at first.
        assert!(flood.admits(raiser(1, false), Level::Serious, at(24 * 60)));
        assert!(flood.admits(raiser(1, false), Level::Serious, at(24 * 60)));
    }

    #[test]
    fn it_holds_back_nothing_of_others_nothing_worse_and_nothing_new_for_what_expired() {
        let mut flood = full(Level::Serious);
        assert!(flood.admits(raiser(1, false), Level::LifeImminent, at(0)));
        assert!(flood.admits(raiser(1, true), Level::Watch, at(0)));
        assert!(flood.admits(raiser(2, false), Level::Watch, at(0)));
        let again = Raiser { again: true, ..raiser(1, false) };
        assert!(flood.admits(again, Level::Watch, at(0)));
        assert!(
            !flood.admits(raiser(1, false), Level::Watch, at(0)),
            "what is milder waits with it"
        );
        assert_eq!(flood.take_due(at(14)).len(), 0);
        assert_eq!(flood.due(), Some(at(15)));
        assert_eq!(flood.take_due(at(15)).len(), 1, "one ring for both");
    }

    #[test]
    fn a_great_flood_costs_little_and_rings_seldom() {
        let mut flood = Flood::default();
        let levels = Level::ALL.into_iter().cycle().take(100_000);
        let rings = levels.filter(|level| flood.admits(raiser(1, false), *level, at(0))).count();
        assert!(rings <= (MAX_RUNG_OF_ORG + 1) * Level::ALL.len(), "{rings}");
        assert!(flood.held.len() <= Level::ALL.len());
    }
}
