//! The shadow report on indicator 16.10.1: nine tables, and what they were made of.
//!
//! Table 1 is also written as platforms of Open SDG load it. All nine tables may leave the coalition and are written so: sex, age and ethnicity are suppressed
//! in tables 1 to 3, parts of a country in table 2, organisations in table 8; tables 4 to 7 and 9
//! count incidents, categories and stages of whole countries, which 3.4 of the requirements leaves
//! alone. What stays with members is in the folder `members`: the case behind every number, what
//! went in, and the line on missing consent, which is never exported.

mod beside;
mod blocks;
mod contributions;
mod impunity;
mod members;
mod open_sdg;
mod pipeline;
mod revisions;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    figures::{
        case::{Case, cases},
        coverage::Coverage,
        digest::{self, Digest},
        event::{Cluster, Event, events},
        government::Government,
        period::Period,
        rows::{self, Board},
        seed::Seed,
        suppress::Mark,
        table::Table,
        totals::{self, TotalsError},
    },
    model::{id::IncidentId, registry::place},
};

/// What a report is made of.
#[derive(Debug)]
pub struct Inputs<'a> {
    /// The clusters of one circle, all of them.
    pub clusters: &'a [Cluster],
    /// What partners cover.
    pub coverage: Coverage,
    /// What governments reported.
    pub government: Vec<Government>,
    /// The day as of which all is read.
    pub as_of: civil::Date,
    /// The twelve months.
    pub period: Period,
    /// The countries; all that anything is known of if there is none.
    pub countries: BTreeSet<String>,
    /// Whether killings are exempt from suppression, by a decision of the coalition.
    pub exempt_killings: bool,
    /// The cases of the issue that this one revises.
    pub previous: Option<&'a str>,
    /// Version of the code lists.
    pub vocabulary: String,
}

/// A report: its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Content by name; names of members' files begin with `members/`.
    pub files: BTreeMap<String, String>,
    /// The digest of what went in.
    pub digest: Digest,
    /// Victims of the strict figure in each country; none where there is no case and nobody covers
    /// all categories.
    pub totals: BTreeMap<String, Option<u64>>,
    /// How the report prints each of these.
    pub marks: BTreeMap<String, Mark>,
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Its numbers do not add up.
    #[error(transparent)]
    Totals(#[from] TotalsError),
    /// The cases of the previous issue do not read.
    #[error("the cases of the previous issue do not read: {0}")]
    Previous(String),
}

/// What all tables are made from.
struct Desk<'a> {
    inputs: &'a Inputs<'a>,
    events: &'a [Event],
    cases: &'a [Case<'a>],
    countries: Vec<String>,
    boards: BTreeMap<String, Board>,
    empty: Board,
    seed: Seed,
}

impl Desk<'_> {
    /// The rows of a country, which are empty if it has no case.
    fn board(&self, country: &str) -> &Board {
        self.boards.get(country).unwrap_or(&self.empty)
    }

    /// The parts of a country that Table 2 prints: all that are known, so that an empty one can hide
    /// another, and those that are not known.
    fn parts(&self, country: &str) -> Vec<String> {
        let known = place::subdivisions(country).iter().map(|part| part.code.to_owned());
        let board = self.boards.get(country).into_iter();
        let found = board.flat_map(|board| board.parts.keys().map(|(part, _)| part.clone()));
        let all: BTreeSet<String> = known.chain(found).collect();
        let named = all.into_iter().filter(|part| part != rows::NOT_KNOWN);
        named.chain([rows::NOT_KNOWN.to_owned()]).collect()
    }

    /// `country, year, period_start, period_end`
    fn place(&self, country: &str) -> Vec<String> {
        let period = self.inputs.period;
        vec![
            country.to_owned(),
            period.name().to_string(),
            period.start().to_string(),
            period.end().to_string(),
        ]
    }
}

/// Makes the report.
///
/// # Errors
/// When its numbers do not add up, or the previous issue does not read.
pub fn report(inputs: &Inputs<'_>) -> Result<Issue, ReportError> {
    let mut events = events(inputs.clusters);
    let chosen = chosen(inputs, &events);
    events.retain(|event| is_wanted(inputs, event.country.as_deref().unwrap_or_default()));
    let cases = cases(&events);
    let persons = rows::persons(&cases);
    let countries = countries(inputs, &events);
    let mut boards = BTreeMap::new();
    for country in &countries {
        let board = rows::board(&cases, &persons, country, &inputs.period);
        totals::check(country, &board)?;
        boards.insert(country.clone(), board);
    }
    let went_in = members::inputs(inputs, &chosen);
    let digest = Digest::of(went_in.as_bytes());
    let desk = Desk {
        inputs,
        events: &events,
        cases: &cases,
        countries,
        boards,
        empty: Board::default(),
        seed: Seed::of([went_in.as_bytes()]),
    };
    let mut tables = blocks::tables(&desk);
    let open_sdg = tables.first().map(open_sdg::table);
    tables.push(pipeline::collective(&desk));
    tables.push(pipeline::pipeline(&desk, &chosen));
    tables.push(impunity::table(&desk));
    tables.push(revisions::table(&desk)?);
    tables.push(contributions::table(&desk));
    tables.extend(beside::tables(&desk));
    tables.push(members::cases(&desk));
    tables.push(members::without_consent(&desk));
    let head = head(inputs, &chosen);
    let mut files = BTreeMap::from([(digest::INPUTS.to_owned(), went_in)]);
    for mut table in tables {
        table.footer.extend(footer(&head, &digest));
        files.insert(table.name.to_owned(), table.to_csv());
    }
    files.extend(open_sdg.map(|table| (table.name.to_owned(), table.to_csv())));
    files.extend(digest::write(&head, &digest, &files));
    let total = |(country, board): (&String, &Board)| {
        let line = crate::figures::category::Line::Total;
        let gaps = || inputs.coverage.gaps(country, None, &inputs.period, line);
        let total = board.row(rows::Group::All, line).total;
        (country.clone(), (total > 0 || gaps().is_empty()).then_some(total))
    };
    let marks =
        desk.boards.keys().map(|country| (country.clone(), blocks::total_mark(&desk, country)));
    Ok(Issue {
        marks: marks.collect(),
        totals: desk.boards.iter().map(total).collect(),
        files,
        digest,
    })
}

/// The clusters that the report is on: of its countries, and those that are parts of one incident
/// with any of them, because the whole has one country.
fn chosen(inputs: &Inputs<'_>, events: &[Event]) -> Vec<Cluster> {
    let of_country = |cluster: &&Cluster| is_wanted(inputs, cluster.country().unwrap_or_default());
    let mut wanted: BTreeSet<IncidentId> =
        inputs.clusters.iter().filter(of_country).map(Cluster::id).collect();
    for event in events {
        let here = is_wanted(inputs, event.country.as_deref().unwrap_or_default());
        if here || !event.clusters.is_disjoint(&wanted) {
            wanted.extend(&event.clusters);
        }
    }
    inputs.clusters.iter().filter(|cluster| wanted.contains(&cluster.id())).cloned().collect()
}

fn is_wanted(inputs: &Inputs<'_>, country: &str) -> bool {
    inputs.countries.is_empty() || inputs.countries.contains(country)
}

/// The countries that were asked for, else all of which anything is known.
fn countries(inputs: &Inputs<'_>, events: &[Event]) -> Vec<String> {
    if !inputs.countries.is_empty() {
        return inputs.countries.iter().cloned().collect();
    }
    let of_events = events.iter().filter_map(|event| event.country.clone());
    let covered = inputs.coverage.countries().map(str::to_owned);
    let reported = Government::latest(&inputs.government, inputs.as_of);
    let reported = reported.into_iter().map(|it| it.country.clone());
    let all: BTreeSet<String> = of_events.chain(covered).chain(reported).collect();
    all.into_iter().collect()
}

fn head(inputs: &Inputs<'_>, clusters: &[Cluster]) -> Vec<String> {
    let countries: Vec<&str> = inputs.countries.iter().map(String::as_str).collect();
    let countries = if countries.is_empty() { "all".to_owned() } else { countries.join(" ") };
    let killings = if inputs.exempt_killings { "exempt from suppression" } else { "suppressed" };
    vec![
        "SHADOW figure of the coalition on SDG indicator 16.10.1, not an official statistic: \
         verified means by partners' reviews (v3_verified and above); the metadata means by \
         mandated bodies, see verified_mandated"
            .to_owned(),
        format!("as-of {}", inputs.as_of),
        format!("period {}", inputs.period),
        format!("countries {countries}"),
        format!("vocabulary {}", inputs.vocabulary),
        format!("clusters {}", clusters.len()),
        format!("killings {killings}"),
    ]
}

fn footer(head: &[String], digest: &Digest) -> Vec<String> {
    head.iter().cloned().chain([format!("digest {}", digest.as_str())]).collect()
}

/// `..` for a zero that nobody covers.
fn zero(value: String, covered: bool) -> String {
    if value == "0" && !covered { "..".to_owned() } else { value }
}

fn push(table: &mut Table, place: Vec<String>, rest: impl IntoIterator<Item = String>) {
    table.rows.push(place.into_iter().chain(rest).collect());
}

fn number(value: usize) -> String {
    value.to_string()
}
