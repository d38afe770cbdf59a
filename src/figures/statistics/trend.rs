//! Numbers over time.

use std::collections::BTreeMap;

use jiff::{ToSpan as _, civil};

use super::{
    Filter, Item, Unit,
    dimension::{month, quarter},
    items,
};
use crate::{
    figures::{coverage::Coverage, event::Event, period::Period},
    model::vocabulary::Vocabulary,
};

/// Steps of one trend at most.
const MAX_STEPS: usize = 2_400;

/// How long a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// A year.
    Year,
}

impl Step {
    /// The step with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "month" => Some(Self::Month),
            "quarter" => Some(Self::Quarter),
            "year" => Some(Self::Year),
            _other => None,
        }
    }

    fn label(self, day: civil::Date) -> String {
        match self {
            Self::Month => month(day),
            Self::Quarter => quarter(day),
            Self::Year => day.year().to_string(),
        }
    }

    fn after(self, day: civil::Date) -> Option<civil::Date> {
        let span = match self {
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
        };
        day.first_of_month().checked_add(span).ok()
    }
}

/// Numbers over time, as they are printed: `..` where there is nothing and nobody declares coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    /// Name of each step, and acts, victims, incidents, claims in it.
    pub steps: Vec<(String, [String; 4])>,
    /// Acts, victims, incidents, claims whose date does not say in which step they were.
    pub undated: [usize; 4],
}

/// Counts by the day on which it began.
#[must_use]
pub fn trend(events: &[Event], filter: &Filter, step: Step, coverage: &Coverage) -> Trend {
    let mut counts: BTreeMap<civil::Date, [usize; 4]> = BTreeMap::new();
    let mut undated = [0; 4];
    for (place, unit) in Unit::ALL.into_iter().enumerate() {
        for item in items(events, filter, unit) {
            let row = match day(&item, step) {
                Some(day) => counts.entry(day).or_default(),
                None => &mut undated,
            };
            if let Some(count) = row.get_mut(place) {
                *count += 1;
            }
        }
    }
    let mut by_label: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for (day, row) in &counts {
        let sum = by_label.entry(step.label(*day)).or_default();
        sum.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
    }
    let (first, last) = (counts.keys().next(), counts.keys().last());
    let mut steps = Vec::new();
    let mut at = first.copied();
    let last = last.map(|last| step.label(*last)).unwrap_or_default();
    while let Some(day) = at.filter(|day| step.label(*day) <= last && steps.len() < MAX_STEPS) {
        let covered = is_covered(filter, coverage, day);
        let row = by_label.get(&step.label(day)).copied().unwrap_or_default();
        let print = |count: usize| match count {
            0 if !covered => "..".to_owned(),
            count => count.to_string(),
        };
        steps.push((step.label(day), row.map(print)));
        at = step.after(day);
    }
    Trend { steps, undated }
}

/// A day in the step that the thing began in, if its date says which.
fn day(item: &Item<'_>, step: Step) -> Option<civil::Date> {
    let (first, last) = item.event.when.start(false);
    let (first, last) = first.zip(last)?;
    (step.label(first) == step.label(last)).then_some(first)
}

/// Whether nothing is nothing: all that is asked for is covered in that year.
fn is_covered(filter: &Filter, coverage: &Coverage, day: civil::Date) -> bool {
    let Ok(year) = Period::year(day.year()) else { return false };
    let all = Vocabulary::built_in().list("violation_type").iter().map(|term| term.code);
    let wanted: Vec<&str> = if filter.violations.is_empty() {
        all.filter(|code| *code != "unknown").collect()
    } else {
        filter.violations.iter().map(String::as_str).collect()
    };
    !filter.countries.is_empty()
        && filter.countries.iter().all(|country| {
            wanted.iter().all(|violation| coverage.covers(country, None, &year, violation))
        })
}
