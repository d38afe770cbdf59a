//! Table 7: what became of the numbers of an earlier issue.
//!
//! Old and new are of the earlier issue's period, so that a case that was coded anew is revised in
//! the year in which it happened.

use std::collections::{BTreeMap, BTreeSet};

use super::{Desk, ReportError, members, number};
use crate::figures::{
    case::Case,
    category::Code,
    period::{Period, Placement},
    table::Table,
};

/// Rows of a previous issue that are read.
const MAX_ROWS: usize = 1_000_000;

/// Also of what consent does not cover any more: that somebody withdrew it is not told.
const GONE: &str = "stands aside or is held no more";

/// A case of the strict figure, of then or of now.
struct Counted {
    country: String,
    code: Code,
    names: BTreeSet<String>,
}

pub(super) fn table(desk: &Desk<'_>) -> Result<Table, ReportError> {
    let columns = ["country", "year", "category", "old_value", "new_value", "reason"];
    let mut table = Table::new("table-7.csv", &columns);
    let Some(text) = desk.inputs.previous else {
        table.footer = vec!["no previous issue was given".to_owned()];
        return Ok(table);
    };
    let (period, old) = read(text)?;
    let wanted = |country: &str| desk.countries.iter().any(|it| it == country);
    let old: Vec<Counted> = old.into_iter().filter(|it| wanted(&it.country)).collect();
    let now = |case: &Case<'_>| case.placement(&period) == Placement::Inside;
    let new: Vec<Counted> = desk
        .cases
        .iter()
        .filter(|case| case.has_consent() && now(case))
        .filter_map(|case| {
            Some(Counted {
                country: case.event.country.clone().filter(|country| wanted(country))?,
                code: case.strict?.of,
                names: members::named_by(case).into_iter().collect(),
            })
        })
        .collect();
    let mut rows: BTreeMap<(String, Code), Row> = BTreeMap::new();
    let by_name = names(&old);
    let mut found = BTreeSet::new();
    for case in &new {
        let row = rows.entry((case.country.clone(), case.code)).or_default();
        row.new += 1;
        let earlier = case.names.iter().filter_map(|name| by_name.get(name.as_str()));
        let earlier = earlier.copied().find(|place| found.insert(*place));
        match earlier.and_then(|place| old.get(place)) {
            None => row.because("newly counted".to_owned()),
            Some(before) if before.code != case.code => {
                row.because(format!("from {}", before.code));
                let from = rows.entry((before.country.clone(), before.code)).or_default();
                from.because(format!("to {}", case.code));
            }
            Some(_same) => {}
        }
    }
    let standing = standing(desk, &period);
    for (place, case) in old.iter().enumerate() {
        let row = rows.entry((case.country.clone(), case.code)).or_default();
        row.old += 1;
        if !found.contains(&place) {
            let why = case.names.iter().find_map(|name| standing.get(name.as_str()).copied());
            row.because(why.unwrap_or(GONE).to_owned());
        }
    }
    for ((country, code), row) in rows {
        if row.old != row.new || !row.reasons.is_empty() {
            let reasons = row.reasons.iter().map(|(reason, count)| format!("{count} {reason}"));
            table.rows.push(vec![
                country,
                period.name().to_string(),
                code.letter().to_owned(),
                number(row.old),
                number(row.new),
                reasons.collect::<Vec<_>>().join("; "),
            ]);
        }
    }
    table.footer = vec![format!("compared with the issue of the period {period}")];
    Ok(table)
}

#[derive(Default)]
struct Row {
    old: usize,
    new: usize,
    reasons: BTreeMap<String, usize>,
}

impl Row {
    fn because(&mut self, reason: String) {
        *self.reasons.entry(reason).or_default() += 1;
    }
}

fn names(cases: &[Counted]) -> BTreeMap<&str, usize> {
    let pairs = cases.iter().enumerate();
    pairs.flat_map(|(place, case)| case.names.iter().map(move |it| (it.as_str(), place))).collect()
}

/// Why cases that are here are not in the strict figure of a period.
fn standing(desk: &Desk<'_>, period: &Period) -> BTreeMap<String, &'static str> {
    let why = |case: &Case<'_>| match case.placement(period) {
        _ if !case.has_consent() => GONE,
        Placement::Outside | Placement::Straddles | Placement::Unknown => "date changed",
        Placement::Inside if case.is_verified() => "no longer meets the rule of its category",
        Placement::Inside => "no longer verified",
    };
    let pairs = desk
        .cases
        .iter()
        .flat_map(|case| members::named_by(case).into_iter().map(move |name| (name, why(case))));
    pairs.collect()
}

/// Reads the cases of an issue.
fn read(text: &str) -> Result<(Period, Vec<Counted>), ReportError> {
    let bad = |what: &str| ReportError::Previous(what.to_owned());
    let period = text
        .lines()
        .find_map(|line| line.strip_prefix("# period "))
        .and_then(|period| period.split_once('/'))
        .and_then(|(_, end)| Period::ending(end.parse().ok()?).ok())
        .ok_or_else(|| bad("the footer does not say its period"))?;
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| bad(&error.to_string()))?.clone();
    let at = |name: &str| {
        let place = headers.iter().position(|it| it == name);
        place.ok_or_else(|| bad(&format!("there is no column {name}")))
    };
    let (country, block, code, named) =
        (at("country")?, at("block")?, at("code")?, at("named_by")?);
    let mut cases = Vec::new();
    for row in reader.records().take(MAX_ROWS) {
        let row = row.map_err(|error| bad(&error.to_string()))?;
        let cell = |place: usize| row.get(place).unwrap_or_default();
        if cell(block) != "strict" {
            continue;
        }
        let code = Code::from_letter(cell(code)).ok_or_else(|| bad("a category is not known"))?;
        let names = cell(named).split(' ').map(str::to_owned).collect();
        cases.push(Counted { country: cell(country).to_owned(), code, names });
    }
    Ok((period, cases))
}
