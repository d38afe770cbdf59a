//! Table 6: how far cases came before the law, by category and age.

use std::collections::BTreeMap;

use super::{Desk, number, push};
use crate::figures::{
    category::{Code, Line},
    event::Event,
    government::share,
    legal::{Law, Outcome, STAGES, age},
    table::Table,
};

/// Ages in years: from, and below.
const AGES: [(&str, i16, i16); 5] =
    [("0-1", 0, 1), ("1-3", 1, 3), ("3-5", 3, 5), ("5-10", 5, 10), ("10+", 10, i16::MAX)];
/// The age from which a case counts for the indicator.
const OLD: i16 = 3;

pub(super) fn table(desk: &Desk<'_>) -> Table {
    let columns = ["country", "category", "category_label", "age_of_case", "incidents"];
    let results = [
        "resolved",
        "ongoing",
        "none",
        "below_convicted_material",
        "instigator_convicted",
        "impunity_share",
    ];
    let columns: Vec<&str> = columns.into_iter().chain(STAGES).chain(results).collect();
    let mut table = Table::new("table-6.csv", &columns);
    let as_of = desk.inputs.as_of;
    for country in &desk.countries {
        let events = highest(desk, country);
        for line in Line::STRICT {
            let of_line = || {
                let parts = line.parts();
                events.values().filter(move |(_, code)| {
                    Line::Code(*code) == line || parts.contains(&Line::Code(*code))
                })
            };
            let all = AGES.into_iter().chain([("3+", OLD, i16::MAX)]);
            for (band, from, below) in all {
                let of_age = of_line().filter(|(event, _)| {
                    age(event, as_of).is_some_and(|years| (from..below).contains(&years))
                });
                let laws: Vec<Law> = of_age.map(|(event, _)| Law::of(event, as_of)).collect();
                if !laws.is_empty() {
                    let head = [line.category(), line.label(), band].map(str::to_owned);
                    push(&mut table, vec![country.clone()], head.into_iter().chain(cells(&laws)));
                }
            }
        }
    }
    table.footer = vec![
        "incidents of the strict figure of all years up to the period's end, each in the highest \
         category of its victims and at its best legal stage as of the day"
            .to_owned(),
        format!(
            "impunity_share: of incidents of {OLD} years and more (band 3+), those whose best stage \
             is below convicted_material; resolved / ongoing / none as UNESCO asks"
        ),
        "resolved: a conviction or a final acquittal; ongoing: investigation to appeal, regional \
         body, reparation; none: not reported, refused, reported only, closed, not known"
            .to_owned(),
    ];
    table
}

/// The events of the strict figure with the highest category of their victims.
fn highest<'a>(
    desk: &'a Desk<'_>,
    country: &str,
) -> BTreeMap<crate::model::id::IncidentId, (&'a Event, Code)> {
    let mut events = BTreeMap::new();
    for case in desk.cases {
        let Some(standing) = case.strict.filter(|_| case.has_consent()) else { continue };
        let began = case.event.when.earliest();
        let counts = case.event.country.as_deref() == Some(country)
            && began.is_some_and(|began| began <= desk.inputs.period.end());
        if counts {
            let held = events.entry(case.event.id).or_insert((case.event, standing.of));
            held.1 = held.1.min(standing.of);
        }
    }
    events
}

fn cells(laws: &[Law]) -> Vec<String> {
    let count = |wanted: &dyn Fn(&Law) -> bool| laws.iter().filter(|law| wanted(law)).count();
    let mut cells = vec![number(laws.len())];
    cells.extend(STAGES.map(|stage| number(count(&|law| law.best == stage))));
    for outcome in [Outcome::Resolved, Outcome::Ongoing, Outcome::None] {
        cells.push(number(count(&|law| law.outcome == outcome)));
    }
    let below = count(&|law| !law.convicted);
    cells.push(number(below));
    cells.push(number(count(&|law| law.instigator)));
    let of = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    cells.push(share(of(below), of(laws.len())));
    cells
}
