//! The report, and the records that it stands on beside incidents.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    day,
    ground::{countries, country},
};
use crate::{
    api::{
        Answer, ApiError, ErrorKind,
        figures::{CoverageRow, GovernmentRow, Issue, ReportRequest},
    },
    figures::{self, Inputs, Period},
    model::{
        id::CircleId,
        registry::{Record, RecordKind, Schema, Value, parse_field, place},
        verification::Level,
        vocabulary::Vocabulary,
    },
    node::{
        Node, errors,
        requests::incidents::{known_path, parse_path},
    },
};

/// Records that one import of a government's file makes at most.
const MAX_YEARS: usize = 200;

impl Node {
    pub(in crate::node::requests) fn report(
        &mut self,
        request: ReportRequest,
    ) -> Result<Answer, ApiError> {
        match request {
            ReportRequest::Sdg {
                year,
                end,
                countries: names,
                as_of,
                circle,
                exempt_killings,
                previous,
            } => {
                let period = match end.as_deref() {
                    None => Period::year(year),
                    Some(end) => Period::ending(day(end)?),
                };
                let period = period.map_err(|error| errors::usage(error.to_string()))?;
                let circle = self.figures_circle(circle.as_deref())?;
                let as_of = self.as_of(as_of.as_deref())?;
                let clusters = self.claims_in_clusters(&circle, as_of);
                let inputs = Inputs {
                    clusters: &clusters,
                    coverage: self.coverage(&circle, as_of),
                    government: self.government(&circle),
                    as_of,
                    period,
                    countries: countries(&names)?,
                    exempt_killings,
                    previous: previous.as_deref(),
                    vocabulary: self.terms_of(&circle).version(),
                };
                let issue = figures::report(&inputs)
                    .map_err(|error| ApiError::new(ErrorKind::Refused, error.to_string()))?;
                let claims = clusters.iter().map(figures::Cluster::claims).sum();
                Ok(Answer::Issue(Box::new(Issue {
                    basis: self.basis(&circle, as_of, Level::Verified),
                    period: period.to_string(),
                    digest: issue.digest.as_str().to_owned(),
                    files: issue.files,
                    totals: issue.totals,
                    claims,
                    clusters: clusters.len(),
                })))
            }
            ReportRequest::GovernmentAdd { circle, fields } => {
                let circle = self.figures_circle(circle.as_deref())?;
                self.add_government(&circle, &fields, &BTreeMap::new())?;
                Ok(Answer::Governments(self.government_rows(&circle)))
            }
            ReportRequest::GovernmentList { circle } => {
                let circle = self.figures_circle(circle.as_deref())?;
                Ok(Answer::Governments(self.government_rows(&circle)))
            }
            ReportRequest::GovernmentImport { circle, content, year, fields } => {
                let circle = self.figures_circle(circle.as_deref())?;
                let text = String::from_utf8(content.0)
                    .map_err(|_other| errors::usage("the file is not UTF-8 text"))?;
                let found =
                    figures::open_sdg(&text).map_err(|error| errors::usage(error.to_string()))?;
                if found.len() > MAX_YEARS {
                    return Err(errors::usage(format!("the file has more than {MAX_YEARS} years")));
                }
                for reported in found {
                    let year = reported.year.unwrap_or_else(|| year.into());
                    let mut more = BTreeMap::from([
                        ("year".to_owned(), year.to_string()),
                        ("status".to_owned(), reported.status.to_owned()),
                    ]);
                    let values = reported.values.into_iter();
                    more.extend(values.map(|(key, it)| (format!("values/{key}"), it.to_string())));
                    self.add_government(&circle, &fields, &more)?;
                }
                Ok(Answer::Governments(self.government_rows(&circle)))
            }
        }
    }

    fn add_government(
        &mut self,
        circle: &CircleId,
        fields: &BTreeMap<String, String>,
        more: &BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        let mut record = Record::new(Schema::of(RecordKind::Government));
        for (path, text) in fields.iter().chain(more) {
            let path = parse_path(path)?;
            let value = parse_field(&record, &path, text)
                .map_err(|error| errors::usage(error.to_string()))?;
            set(&mut record, path.as_str(), value)?;
        }
        if record.get("instrument").is_none() {
            set(&mut record, "instrument", "vnr")?;
        }
        self.write_numbered(record, circle)
    }

    /// Writes a record with the next number of its kind.
    fn write_numbered(&mut self, mut record: Record, circle: &CircleId) -> Result<(), ApiError> {
        let kind = record.schema().kind().unwrap_or(RecordKind::Coverage);
        let held: Vec<Option<i64>> = self
            .beside(kind, circle)
            .map(|(_, held)| held.get("number").and_then(Value::as_integer))
            .collect();
        // A number beyond how many there are was not counted up honestly.
        let plausible = i64::try_from(held.len()).unwrap_or(i64::MAX);
        let greatest = held.into_iter().flatten().map(|it| it.min(plausible)).max();
        set(&mut record, "number", greatest.unwrap_or(0).saturating_add(1))?;
        self.write_beside(record, &[*circle]).map(drop)
    }

    pub(super) fn declare_coverage(
        &mut self,
        circle: Option<&str>,
        name: &str,
        years: (i16, i16),
        violations: &[String],
        admin1: &[String],
        note: Option<String>,
    ) -> Result<Answer, ApiError> {
        let circle = self.figures_circle(circle)?;
        let code = country(name)?;
        let mut record = coverage_record(&code, years)?;
        for violation in types(violations)? {
            set(&mut record, &format!("violations/{violation}"), true)?;
        }
        for part in admin1 {
            let known = place::admin1_code(&code, part)
                .ok_or_else(|| errors::usage(format!("{part:?} is no part of {code}")))?;
            let key = known.to_lowercase().replace('-', "_");
            set(&mut record, &format!("admin1/{key}"), true)?;
        }
        if let Some(note) = note {
            set(&mut record, "note", note)?;
        }
        self.write_numbered(record, &circle)?;
        Ok(Answer::Coverages(self.coverage_rows(&circle)))
    }

    pub(super) fn withdraw_coverage(
        &mut self,
        circle: Option<&str>,
        name: &str,
        years: (i16, i16),
    ) -> Result<Answer, ApiError> {
        let circle = self.figures_circle(circle)?;
        let code = country(name)?;
        let (own, wanted) = (self.org(), (i64::from(years.0), i64::from(years.1)));
        let mut standing = self.coverage_rows(&circle).into_iter();
        if !standing.any(|it| it.org == own && it.country == code && it.years == wanted) {
            return Err(errors::not_found("this organisation declares nothing of it")
                .hint("name the same country and years as `ceiba stats coverage list` shows"));
        }
        let mut record = coverage_record(&code, years)?;
        set(&mut record, "withdrawn", true)?;
        self.write_numbered(record, &circle)?;
        Ok(Answer::Coverages(self.coverage_rows(&circle)))
    }

    /// What is declared now, of each organisation the last for the same country and years.
    pub(super) fn coverage_rows(&self, circle: &CircleId) -> Vec<CoverageRow> {
        let mut last: BTreeMap<_, (i64, String, Record)> = BTreeMap::new();
        for (author, record) in self.beside(RecordKind::Coverage, circle) {
            let integer = |path: &str| record.get(path).and_then(Value::as_integer).unwrap_or(0);
            let years = (integer("first_year"), integer("last_year"));
            let key = (author, record.text("country").unwrap_or_default().to_owned(), years);
            let (number, id) =
                (integer("number"), record.text("id").unwrap_or_default().to_owned());
            match last.get(&key) {
                Some((held, held_id, _)) if (*held, held_id) >= (number, &id) => {}
                _earlier => drop(last.insert(key, (number, id, record))),
            }
        }
        let standing = last.into_iter().filter(|(_, (.., it))| it.flag("withdrawn") != Some(true));
        let row = |((org, country, years), (.., record)): ((_, String, _), (_, _, Record))| {
            let owned = |codes: Vec<&str>| codes.into_iter().map(str::to_owned).collect();
            CoverageRow {
                org,
                org_name: self.org_name(&org),
                country,
                years,
                violations: owned(record.set_codes("violations")),
                admin1: owned(record.set_codes("admin1")),
                note: record.text("note").map(str::to_owned),
                at: record.text("at").unwrap_or_default().to_owned(),
            }
        };
        standing.map(row).collect()
    }

    fn government_rows(&self, circle: &CircleId) -> Vec<GovernmentRow> {
        let records = self.beside(RecordKind::Government, circle);
        let row = |(org, record): (_, Record)| GovernmentRow {
            org,
            org_name: self.org_name(&org),
            fields: record.iter().map(|(path, value)| (path.to_string(), json(value))).collect(),
        };
        records.map(row).collect()
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Flag(flag) => (*flag).into(),
        Value::Integer(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
    }
}

fn coverage_record(country: &str, years: (i16, i16)) -> Result<Record, ApiError> {
    if years.0 > years.1 || !(1900..9999).contains(&years.0) || years.1 >= 9999 {
        return Err(errors::usage("the years are not in order, or no years"));
    }
    let mut record = Record::new(Schema::of(RecordKind::Coverage));
    set(&mut record, "country", country)?;
    set(&mut record, "first_year", i64::from(years.0))?;
    set(&mut record, "last_year", i64::from(years.1))?;
    Ok(record)
}

/// Types of violation by code, by family, by letter of the indicator, or all.
fn types(named: &[String]) -> Result<BTreeSet<&'static str>, ApiError> {
    let terms = Vocabulary::built_in().list("violation_type");
    let mut found = BTreeSet::new();
    for name in named {
        let before = found.len();
        let meant = terms.iter().filter(|term| {
            let letter = name.len() == 1 && term.sdg.eq_ignore_ascii_case(name);
            name == "all" || term.code == name || term.family() == Some(name) || letter
        });
        found.extend(meant.map(|term| term.code));
        if found.len() == before && !terms.iter().any(|term| term.code == name) {
            return Err(errors::usage(format!("not a type of violation: {name:?}"))
                .hint("name codes of the list violation_type, families, letters A to F, or all"));
        }
    }
    if found.is_empty() {
        return Err(errors::usage("no type of violation is named"));
    }
    Ok(found)
}

fn set(record: &mut Record, path: &str, value: impl Into<Value>) -> Result<(), ApiError> {
    let path = known_path(path)?;
    record.set(path, value).map_err(|error| errors::usage(error.to_string()))
}
