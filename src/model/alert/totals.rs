//! Alerts in numbers. Drills are in none of them.

use std::{collections::BTreeMap, time::Duration};

use crate::model::alert::{
    level::Level,
    state::{AlertState, Phase},
};

/// Alerts in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Alerts.
    pub alerts: u64,
    /// By level as it is now.
    pub by_level: BTreeMap<Level, u64>,
    /// By where they stand.
    pub by_phase: BTreeMap<Phase, u64>,
    /// Alerts that somebody took.
    pub answered: u64,
    /// The middle one of the times from sending to the first *taking*; of two the greater.
    pub median_response: Option<Duration>,
}

impl Totals {
    /// The totals of some alerts; exercises among them do not count.
    #[must_use]
    pub fn of<'a>(states: impl IntoIterator<Item = &'a AlertState>) -> Self {
        Self::count(states.into_iter().filter(|state| !state.drill))
    }

    /// How exercises went: never part of any other number.
    #[must_use]
    pub fn of_drills<'a>(states: impl IntoIterator<Item = &'a AlertState>) -> Self {
        Self::count(states.into_iter().filter(|state| state.drill))
    }

    fn count<'a>(states: impl Iterator<Item = &'a AlertState>) -> Self {
        let (mut totals, mut times) = (Self::default(), Vec::new());
        for state in states {
            totals.alerts += 1;
            *totals.by_level.entry(state.level).or_default() += 1;
            *totals.by_phase.entry(state.phase).or_default() += 1;
            times.extend(state.response);
        }
        times.sort_unstable();
        totals.answered = u64::try_from(times.len()).unwrap_or(u64::MAX);
        totals.median_response = times.get(times.len() / 2).copied();
        totals
    }
}
