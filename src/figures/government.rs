//! What governments reported to the indicator, beside what the coalition counts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    figures::category::Code,
    model::registry::{Date, Record, validate::is_number},
};

/// Bytes of the largest file of an indicator that is read.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Rows of it.
const MAX_ROWS: usize = 100_000;

/// The letters of the indicator, and `total`.
pub(super) const VALUES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "total"];

/// One record of what a government reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Government {
    order: (i64, String),
    at: Option<civil::Date>,
    pub(super) country: String,
    pub(super) year: i64,
    pub(super) instrument: String,
    pub(super) status: String,
    pub(super) values: BTreeMap<String, u64>,
    pub(super) populations: BTreeSet<String>,
    pub(super) counts_incidents: bool,
    pub(super) fiscal_year: bool,
    /// The letters that its total is said to be of, where it has no numbers by letter.
    categories: BTreeSet<String>,
    /// Disaggregations, method, source, read on, read by.
    pub(super) texts: [String; 5],
}

impl Government {
    /// Reads a record of the kind `government`; none if it does not say of what.
    #[must_use]
    pub fn read(record: &Record) -> Option<Self> {
        let integer = |path: &str| record.get(path).and_then(|value| value.as_integer());
        let text = |path: &str| record.text(path).unwrap_or_default().to_owned();
        let value = |key: &&str| {
            let value = u64::try_from(integer(&format!("values/{key}"))?).ok()?;
            Some(((*key).to_owned(), value))
        };
        let populations = record.set_codes("populations").into_iter().map(str::to_owned);
        Some(Self {
            order: (
                integer("number").filter(|number| is_number(*number))?,
                record.text("id")?.to_owned(),
            ),
            at: record.text("at").and_then(|at| at.parse::<Date>().ok()?.earliest()),
            country: record.text("country")?.to_owned(),
            year: integer("year")?,
            instrument: record.text("instrument")?.to_owned(),
            status: record.text("status")?.to_owned(),
            values: VALUES.iter().filter_map(value).collect(),
            populations: populations.collect(),
            counts_incidents: record.flag("counts_incidents") == Some(true),
            fiscal_year: record.flag("fiscal_year") == Some(true),
            categories: BTreeSet::new(),
            texts: ["disaggregations", "method", "url", "read_on", "read_by"].map(text),
        })
    }

    /// The same, with the letters that its total is said to be of.
    #[must_use]
    pub fn with_categories<'k>(mut self, letters: impl IntoIterator<Item = &'k str>) -> Self {
        let letters = letters.into_iter().map(str::to_lowercase);
        self.categories = letters.filter(|key| LETTERS.contains(&key.as_str())).collect();
        self
    }

    /// The country, two capital letters.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.country
    }

    /// The year that it is about.
    #[must_use]
    pub const fn year(&self) -> i64 {
        self.year
    }

    /// Where it was reported: code of `report_instrument`.
    #[must_use]
    pub fn instrument(&self) -> &str {
        &self.instrument
    }

    /// Code of `gov_report_status`.
    #[must_use]
    pub fn status(&self) -> &str {
        &self.status
    }

    /// Of several records on the same report the last as of a day, in the order of what they are of.
    #[must_use]
    pub fn latest(records: &[Self], as_of: civil::Date) -> Vec<&Self> {
        let mut of: BTreeMap<(&str, i64, &str), Vec<&Self>> = BTreeMap::new();
        for record in records.iter().filter(|it| it.at.is_some_and(|at| at <= as_of)) {
            let key = (record.country.as_str(), record.year, record.instrument.as_str());
            of.entry(key).or_default().push(record);
        }
        let mut latest = Vec::new();
        for records in of.into_values() {
            // A number beyond how many there are was not counted up honestly, and says no more.
            let plausible = i64::try_from(records.len()).unwrap_or(i64::MAX);
            let order = |it: &&Self| (it.order.0.min(plausible), it.order.1.clone());
            latest.extend(records.into_iter().max_by_key(order));
        }
        latest
    }

    /// Whether a number was given.
    fn has_reported(&self) -> bool {
        matches!(self.status.as_str(), "reported" | "zero_reported" | "partial")
    }

    /// Whether a report was due and somebody has looked.
    fn is_due(&self) -> bool {
        !matches!(self.status.as_str(), "not_applicable" | "unknown")
    }

    /// The number for all categories together, if it is one.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        let letters: Vec<u64> =
            LETTERS.iter().filter_map(|key| self.values.get(*key).copied()).collect();
        let zero = (self.status == "zero_reported" && self.values.is_empty()).then_some(0);
        let all = (letters.len() == LETTERS.len()).then(|| letters.iter().sum());
        self.values.get("total").copied().or(all).or(zero)
    }

    /// Why its number and ours cannot be compared; nothing if they can. Whether ours counts
    /// associates, too, is told.
    #[must_use]
    pub fn gaps(&self, associates: bool) -> Vec<String> {
        let mut gaps = Vec::new();
        if !self.has_reported() {
            gaps.push(format!("no number reported ({})", self.status));
            return gaps;
        }
        let missing: Vec<&str> = ["hrd", "journalist", "trade_unionist"]
            .into_iter()
            .filter(|group| !self.populations.contains(*group))
            .collect();
        if self.populations.is_empty() {
            gaps.push("population not stated".to_owned());
        } else if !missing.is_empty() {
            gaps.push(format!("population narrower: without {}", missing.join(", ")));
        }
        let known = ["hrd", "journalist", "trade_unionist", "associate"];
        if self.populations.iter().any(|group| !known.contains(&group.as_str())) {
            gaps.push("population wider".to_owned());
        }
        if associates && !self.populations.is_empty() && !self.populations.contains("associate") {
            gaps.push("population narrower: ours counts associates".to_owned());
        }
        gaps.extend(self.gap_of_categories());
        if self.fiscal_year {
            gaps.push("fiscal year".to_owned());
        }
        if self.counts_incidents {
            gaps.push("counts incidents, not victims".to_owned());
        }
        gaps
    }

    /// Why its categories are not all of the indicator's. A zero without categories is one of all.
    fn gap_of_categories(&self) -> Option<String> {
        let zero = self.status == "zero_reported" && self.values.values().all(|value| *value == 0);
        let letters = || LETTERS.iter().filter_map(|key| self.values.get(*key));
        let given = letters().count();
        if self.status == "partial"
            || given < LETTERS.len() && (given > 0 || self.total().is_none())
        {
            Some(format!("categories missing: {}", self.missing_categories()))
        } else if given == 0 && !zero {
            match (self.categories.is_empty(), self.missing_categories()) {
                (true, _all) => Some("categories of the total not stated".to_owned()),
                (false, missing) if missing.is_empty() => None,
                (false, missing) => Some(format!("categories missing: {missing}")),
            }
        } else if given > 0 && self.total() != Some(letters().sum()) {
            Some("the total is not the sum of the categories".to_owned())
        } else {
            None
        }
    }

    /// The letters without a number, and that no total without letters is said to be of.
    pub(super) fn missing_categories(&self) -> String {
        let by_letter = LETTERS.iter().any(|key| self.values.contains_key(*key));
        let covered = |key: &str| {
            self.values.contains_key(key) || !by_letter && self.categories.contains(key)
        };
        let missing = LETTERS.into_iter().filter(|key| !covered(key));
        missing.map(str::to_uppercase).collect::<Vec<_>>().join(" ")
    }

    /// A line that stands for it, for the digest.
    pub(super) fn to_line(&self) -> String {
        let values: Vec<String> =
            self.values.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let populations: Vec<&str> = self.populations.iter().map(String::as_str).collect();
        let texts = self.texts.join("|").replace(['\n', '\r'], " ");
        format!(
            "government,{},{},{},{},{},{},{},{},{texts}",
            self.country,
            self.year,
            self.instrument,
            self.status,
            values.join(" "),
            populations.join(" "),
            self.counts_incidents,
            self.fiscal_year,
        )
    }
}

const LETTERS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// How consistently one government reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// Two capital letters.
    pub country: String,
    /// Years in which a report was due and somebody has looked.
    pub due: u64,
    /// Of them with a number.
    pub reported: u64,
    /// The latest due years in a row without a number.
    pub silence: u64,
    /// Years by status.
    pub statuses: BTreeMap<String, u64>,
}

/// One line a country, over all years up to one: a year is reported if any instrument has a number.
#[must_use]
pub fn consistency(records: &[&Government], up_to: i64) -> Vec<Consistency> {
    let mut years: BTreeMap<&str, BTreeMap<i64, Vec<&Government>>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.year <= up_to) {
        let of_country = years.entry(record.country.as_str()).or_default();
        of_country.entry(record.year).or_default().push(record);
    }
    let of_country = |(country, years): (&str, BTreeMap<i64, Vec<&Government>>)| {
        let mut found = Consistency {
            country: country.to_owned(),
            due: 0,
            reported: 0,
            silence: 0,
            statuses: BTreeMap::new(),
        };
        for records in years.values() {
            let best = records.iter().max_by_key(|it| (it.has_reported(), it.is_due(), &it.order));
            let status = best.map(|it| it.status.clone()).unwrap_or_default();
            *found.statuses.entry(status).or_default() += 1;
            if !records.iter().any(|it| it.is_due()) {
                continue;
            }
            found.due += 1;
            if records.iter().any(|it| it.has_reported()) {
                found.reported += 1;
                found.silence = 0;
            } else {
                found.silence += 1;
            }
        }
        found
    };
    years.into_iter().map(of_country).collect()
}

/// A part in thousand, as a decimal number with three digits; nothing of nothing.
pub(super) fn share(part: u64, whole: u64) -> String {
    match part.saturating_mul(1000).checked_div(whole) {
        Some(thousandths) => format!("{}.{:03}", thousandths / 1000, thousandths % 1000),
        None => "..".to_owned(),
    }
}

/// What a file of an indicator says of one year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The year; none if the file has no data at all.
    pub year: Option<i64>,
    /// Code of the list `gov_report_status`.
    pub status: &'static str,
    /// By the record's keys: `a` to `f`, `total`.
    pub values: BTreeMap<String, u64>,
}

/// Why a file is not that of an indicator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GovernmentError {
    /// It is larger than any.
    #[error("the file is larger than {MAX_BYTES} bytes, or has more than {MAX_ROWS} rows")]
    TooLarge,
    /// It has no columns for year and value.
    #[error("the file has no columns Year and Value; is it a CSV of Open SDG?")]
    Columns,
    /// A row does not read.
    #[error("row {row} does not read: {what}")]
    Row {
        /// Its number, from 2.
        row: usize,
        /// What is wrong.
        what: String,
    },
}

/// Reads the CSV of an indicator in the form of Open SDG: `Year`, disaggregations, `Value`. A row
/// whose disaggregations are empty is the total of its year. A file with columns and one line of
/// text, "There is no data for this indicator yet", is a government that did not report: neither
/// zero nor an error.
///
/// # Errors
/// When it is no such file.
pub fn open_sdg(text: &str) -> Result<Vec<Reported>, GovernmentError> {
    if text.len() > MAX_BYTES {
        return Err(GovernmentError::TooLarge);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let bad = |row: usize, what: String| GovernmentError::Row { row, what };
    let headers = reader.headers().map_err(|error| bad(1, error.to_string()))?.clone();
    let find = |name: &str| headers.iter().position(|it| it.trim().eq_ignore_ascii_case(name));
    let (Some(year_at), Some(value_at)) = (find("Year"), find("Value")) else {
        return Err(GovernmentError::Columns);
    };
    let about = ["Units", "Observation status", "Unit multiplier"];
    let described: Vec<usize> = about.iter().filter_map(|name| find(name)).collect();
    let category_at = find("Type of violation").or_else(|| find("Category"));
    let mut years: BTreeMap<i64, BTreeMap<String, u64>> = BTreeMap::new();
    for (place, row) in reader.records().enumerate() {
        let number = place + 2;
        if place >= MAX_ROWS {
            return Err(GovernmentError::TooLarge);
        }
        let row = row.map_err(|error| bad(number, error.to_string()))?;
        let cell = |at: usize| row.get(at).unwrap_or_default().trim();
        let Ok(year) = cell(year_at).parse::<i64>() else {
            // Words where a year should be: what the platform says when there is nothing.
            if cell(value_at).is_empty() {
                continue;
            }
            return Err(bad(number, "the year is no number".to_owned()));
        };
        let value = cell(value_at);
        let values = years.entry(year).or_default();
        if value.is_empty() {
            continue;
        }
        let value = value
            .parse::<u64>()
            .map_err(|_not_whole| bad(number, "the value is no whole number from 0".to_owned()))?;
        let broken_down = (0..headers.len()).any(|at| {
            let said = [year_at, value_at].contains(&at)
                || described.contains(&at)
                || category_at == Some(at);
            !said && !cell(at).is_empty()
        });
        let category = category_at.map(cell).filter(|category| !category.is_empty());
        let key = match category {
            None => Some("total".to_owned()),
            Some(category) => letter(category),
        };
        if let Some(key) = key.filter(|_| !broken_down) {
            values.insert(key, value);
        }
    }
    if years.values().all(BTreeMap::is_empty) {
        let silent = |year| Reported { year, status: "not_reported", values: BTreeMap::new() };
        let listed: Vec<Reported> = years.keys().map(|year| silent(Some(*year))).collect();
        return Ok(if listed.is_empty() { vec![silent(None)] } else { listed });
    }
    let one = |(year, values): (i64, BTreeMap<String, u64>)| {
        let status = match values.get("total") {
            None if values.is_empty() => "not_reported",
            Some(0) => "zero_reported",
            Some(_) => "reported",
            None => "partial",
        };
        Reported { year: Some(year), status, values }
    };
    Ok(years.into_iter().map(one).collect())
}

/// The key of a category by its letter, its code or its label in English.
fn letter(category: &str) -> Option<String> {
    let category = category.to_lowercase();
    let labels = ["killing", "enforced disappearance", "torture", "arbitrary detention"];
    let letters = ["a", "b", "c", "d"].into_iter().zip(labels);
    let others = [("e", "kidnapping"), ("f", "other harmful acts")];
    let mut known = letters.chain(others);
    let found = known.find(|(letter, label)| category == *letter || category == *label);
    let code = Code::from_letter(&category.to_uppercase()).map(Code::letter);
    found
        .map(|(letter, _)| letter.to_owned())
        .or_else(|| code.filter(|code| code.len() == 1).map(str::to_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_data_is_silence_and_neither_zero_nor_an_error() {
        let text = "Year,Value\nThere is no data for this indicator yet\n";
        let silent = Reported { year: None, status: "not_reported", values: BTreeMap::new() };
        assert_eq!(open_sdg(text), Ok(vec![silent.clone()]));
        assert_eq!(open_sdg("Year,Value\n"), Ok(vec![silent]));
        let quoted = "\u{feff}Year,Value\n\"There is no data, yet\",\n";
        assert_eq!(open_sdg(quoted).unwrap()[0].status, "not_reported");
    }

    #[test]
    fn totals_and_categories_are_read_and_breakdowns_are_not() {
        let text = "Year,Sex,Type of violation,Units,Value\n2023,,,Number,7\n\
                    2023,Female,,Number,3\n2023,,Killing,Number,5\n2022,,,Number,0\n";
        let read = open_sdg(text).unwrap();
        let by: Vec<_> = read.iter().map(|it| (it.year, it.status, it.values.len())).collect();
        assert_eq!(by, [(Some(2022), "zero_reported", 1), (Some(2023), "reported", 2)]);
        assert_eq!(read[1].values.get("a"), Some(&5));
        assert_eq!(read[1].values.get("total"), Some(&7));
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        assert_eq!(open_sdg("a,b\n1,2\n"), Err(GovernmentError::Columns));
        assert!(matches!(open_sdg("Year,Value\n2020,many\n"), Err(GovernmentError::Row { .. })));
        assert_eq!(open_sdg(&"x".repeat(MAX_BYTES + 1)), Err(GovernmentError::TooLarge));
    }
}
