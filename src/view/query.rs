//! What to list.

use jiff::civil;

use crate::{
    api::request::IncidentFilter,
    model::{
        id::{CircleId, OrgId},
        registry::{Date, date::DateError, place},
        text::fold,
        vocabulary::Vocabulary,
    },
};

/// Words of one search that count.
const MAX_WORDS: usize = 32;

/// Why a filter cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The country is none.
    #[error("not a country: {0:?}; write two letters, for example CO, or its name")]
    Country(String),
    /// The violation is not in the list.
    #[error("not a type of violation: {0:?}; the codes are those of the list violation_type")]
    Violation(String),
    /// The earliest or the latest date does not read.
    #[error(transparent)]
    Date(#[from] DateError),
    /// The earliest date is after the latest.
    #[error("the earliest date is after the latest")]
    Order,
}

/// A filter whose names are resolved and whose values are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Beginnings of words, folded, that all occur.
    pub(super) words: Vec<String>,
    /// Words that the codes consist of that are asked for, folded.
    pub(super) codes: Vec<String>,
    pub(super) country: Option<String>,
    pub(super) violation: Option<String>,
    pub(super) from: Option<civil::Date>,
    pub(super) to: Option<civil::Date>,
    pub(super) circle: Option<CircleId>,
    pub(super) org: Option<OrgId>,
    pub(super) limit: usize,
    pub(super) offset: usize,
}

impl Query {
    /// Reads a filter. The caller has resolved the names of circle and organisation in it.
    ///
    /// # Errors
    /// When the country, the violation or a date is none.
    pub fn new(
        filter: &IncidentFilter,
        circle: Option<CircleId>,
        org: Option<OrgId>,
    ) -> Result<Self, QueryError> {
        let folded = filter.text.as_deref().map(fold).unwrap_or_default();
        let from = read_date(filter.from.as_deref())?.and_then(|date| date.earliest());
        let to = read_date(filter.to.as_deref())?.and_then(|date| date.latest());
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(QueryError::Order);
        }
        let country = filter.country.as_deref().map(read_country).transpose()?;
        let violation = filter.violation.as_deref().map(read_violation).transpose()?;
        let codes = country.iter().chain(&violation).map(|code| fold(code));
        Ok(Self {
            codes: codes.flat_map(|code| code.split(' ').map(needle).collect::<Vec<_>>()).collect(),
            words: folded
                .split(' ')
                .filter(|w| !w.is_empty())
                .take(MAX_WORDS)
                .map(needle)
                .collect(),
            country,
            violation,
            from,
            to,
            circle,
            org,
            limit: filter.limit,
            offset: filter.offset,
        })
    }

    /// Whether an interval of days, open where it has no end, shares a day with the wanted ones.
    pub(super) fn overlaps(&self, first: Option<civil::Date>, last: Option<civil::Date>) -> bool {
        let too_early = self.from.zip(last).is_some_and(|(from, last)| last < from);
        let too_late = self.to.zip(first).is_some_and(|(to, first)| first > to);
        !too_early && !too_late
    }

    /// Whether it asks for dates at all.
    pub(super) const fn wants_dates(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }
}

/// Folded texts have a space before each word, see [`text`](super::text).
fn needle(word: &str) -> String {
    format!(" {word}")
}

fn read_date(text: Option<&str>) -> Result<Option<Date>, DateError> {
    text.map(|text| text.trim().parse()).transpose()
}

fn read_country(text: &str) -> Result<String, QueryError> {
    place::country(text).ok_or_else(|| QueryError::Country(text.chars().take(40).collect()))
}

fn read_violation(text: &str) -> Result<String, QueryError> {
    let code = text.trim().to_lowercase();
    match Vocabulary::built_in().term("violation_type", &code) {
        Some(_known) => Ok(code),
        None => Err(QueryError::Violation(text.chars().take(40).collect())),
    }
}
