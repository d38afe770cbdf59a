//! Table 9: what governments reported beside what the coalition counts.

use std::collections::BTreeMap;

use super::{Desk, number, push, zero};
use crate::{
    figures::{
        category::Line,
        government::{Consistency, Government, VALUES, consistency, share},
        rows::{Cell, Group},
        table::Table,
    },
    model::vocabulary::Vocabulary,
};

pub(super) fn tables(desk: &Desk<'_>) -> [Table; 2] {
    let all = Government::latest(&desk.inputs.government, desk.inputs.as_of);
    let records: Vec<&Government> =
        all.into_iter().filter(|it| desk.countries.contains(&it.country)).collect();
    [comparison(desk, &records), summary(desk, &records)]
}

fn comparison(desk: &Desk<'_>, records: &[&Government]) -> Table {
    let head = ["country", "year", "instrument", "gov_status"];
    let values = VALUES.map(|key| format!("gov_value_{key}"));
    let rest = [
        "gov_population_groups",
        "gov_disaggregations",
        "gov_method",
        "coalition_verified",
        "coalition_mandated",
        "difference",
        "ratio",
        "coverage_gap_types",
        "gov_source_url",
        "read_on",
        "read_by",
    ];
    let columns: Vec<&str> =
        head.into_iter().chain(values.iter().map(String::as_str)).chain(rest).collect();
    let mut table = Table::new("table-9.csv", &columns);
    let year = i64::from(desk.inputs.period.name());
    for country in &desk.countries {
        let of_year: Vec<&&Government> =
            records.iter().filter(|it| it.country == *country && it.year == year).collect();
        for record in &of_year {
            table.rows.push(row(desk, record));
        }
        if of_year.is_empty() {
            let (verified, mandated, _) = ours(desk, country);
            let head = [country, year.to_string().as_str(), "", "unknown"].map(str::to_owned);
            let mut cells = vec![String::new(); VALUES.len() + 3];
            let none = "not comparable: not yet reviewed".to_owned();
            cells.extend([verified, mandated, none.clone(), none]);
            cells.extend(vec![String::new(); 4]);
            push(&mut table, head.to_vec(), cells);
        }
    }
    table.footer = vec![
        "difference: coalition less government; ratio: government divided by coalition; only where \
         categories, population and period are the same on both sides"
            .to_owned(),
        "coverage_gap_types: categories without a number of the government".to_owned(),
        "read_by is for members, see members/inputs.txt".to_owned(),
    ];
    table
}

/// What the coalition counts in a country, printed, and as a number if all of it is covered: what is
/// found where nobody looked everywhere is no total.
fn ours(desk: &Desk<'_>, country: &str) -> (String, String, Option<u64>) {
    let tally = desk.board(country).row(Group::All, Line::Total);
    let gaps = desk.inputs.coverage.gaps(country, None, &desk.inputs.period, Line::Total);
    let covered = gaps.is_empty();
    let number = covered.then_some(tally.total);
    let mandated = tally.get(Cell::Mandated).to_string();
    (zero(tally.total.to_string(), covered), zero(mandated, covered), number)
}

fn row(desk: &Desk<'_>, record: &Government) -> Vec<String> {
    let (verified, mandated, number) = ours(desk, &record.country);
    let associates = desk.board(&record.country).associates.get(&Line::Total).copied();
    let mut gaps = record.gaps(associates.unwrap_or(0) > 0);
    let period = desk.inputs.period;
    if (period.start().month(), period.start().day()) != (1, 1) {
        gaps.push("our period is not the calendar year".to_owned());
    }
    if number.is_none() {
        gaps.push("the coalition does not cover all categories".to_owned());
    }
    let compared = number.zip(record.total()).filter(|_| gaps.is_empty());
    let why = format!("not comparable: {}", gaps.join("; "));
    let difference = compared.map(|(ours, theirs)| i128::from(ours) - i128::from(theirs));
    let ratio = compared.map(|(ours, theirs)| share(theirs, ours));
    let mut row = vec![
        record.country.clone(),
        record.year.to_string(),
        record.instrument.clone(),
        record.status.clone(),
    ];
    let value = |key: &str| record.values.get(key).map(u64::to_string).unwrap_or_default();
    row.extend(VALUES.map(value));
    let populations: Vec<&str> = record.populations.iter().map(String::as_str).collect();
    let [disaggregations, method, url, read_on, _read_by] = record.texts.clone();
    row.extend([populations.join(" "), disaggregations, method, verified, mandated]);
    row.push(difference.map_or_else(|| why.clone(), |it| it.to_string()));
    row.push(ratio.unwrap_or(why));
    row.extend([record.missing_categories(), url, read_on, String::new()]);
    row
}

/// How consistently governments report, over all years up to the period's.
fn summary(desk: &Desk<'_>, records: &[&Government]) -> Table {
    let statuses: Vec<&str> =
        Vocabulary::built_in().list("gov_report_status").iter().map(|term| term.code).collect();
    let head = ["country", "due_years", "reported_years", "consistency_score", "streak_of_silence"];
    let columns: Vec<&str> = head.into_iter().chain(statuses.iter().copied()).collect();
    let mut table = Table::new("table-9-summary.csv", &columns);
    let found = consistency(records, i64::from(desk.inputs.period.name()));
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    for Consistency { country, due, reported, silence, statuses: counts } in &found {
        let mut row = vec![country.clone(), due.to_string(), reported.to_string()];
        row.extend([share(*reported, *due), silence.to_string()]);
        for status in &statuses {
            let count = counts.get(*status).copied().unwrap_or(0);
            *all.entry(status).or_default() += count;
            row.push(count.to_string());
        }
        table.rows.push(row);
    }
    let sum = |value: fn(&Consistency) -> u64| found.iter().map(value).sum::<u64>();
    let (due, reported) = (sum(|it| it.due), sum(|it| it.reported));
    let years: u64 = all.values().sum();
    let counts = statuses.iter().map(|status| all.get(status).copied().unwrap_or(0));
    let counts: Vec<u64> = counts.collect();
    let mut row = vec!["all".to_owned(), due.to_string(), reported.to_string()];
    row.extend([share(reported, due), String::new()]);
    row.extend(counts.iter().map(u64::to_string));
    table.rows.push(row);
    let mut row = vec!["share of country-years".to_owned()];
    row.extend(vec![String::new(); 4]);
    row.extend(counts.iter().map(|count| share(*count, years)));
    table.rows.push(row);
    table.footer = vec![format!(
        "{} countries of which a government's report was looked for; a year without a record is not \
         counted as due",
        number(found.len())
    )];
    table
}
