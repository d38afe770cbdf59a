//! What to list.

use std::{collections::BTreeSet, sync::Arc};

use jiff::civil;

use crate::{
    api::request::IncidentFilter,
    model::{
        disclosure::{ConsentState, Ledger},
        id::{CircleId, OrgId},
        registry::{Date, date::DateError},
        text::fold,
        time::Timestamp,
        vocabulary::Vocabulary,
    },
    view::{asking::ConsentAsked, condition::Condition},
};

/// Words of one search that count.
const MAX_WORDS: usize = 32;

/// Why a filter cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The country is none.
    #[error("not a country: {0:?}; write two letters, for example CO, or its name")]
    Country(String),
    /// The code is not in its list.
    #[error("not a code of {list}: {text:?}; allowed: {}", codes(.list))]
    Code {
        /// The list.
        list: &'static str,
        /// What was given, cut to 40 characters.
        text: String,
    },
    /// There is no such family of violations.
    #[error("not a family of violations: {0:?}; allowed: {families}", families = families())]
    Family(String),
    /// The subdivision is not known.
    #[error("not a department, state or region: {0:?}; write its name or ISO 3166-2 code")]
    Admin1(String),
    /// There is no such level of verification.
    #[error("not a level: {0:?}; write v0 to v4, v2+ for it and above, disputed, not_met, refuted")]
    Level(String),
    /// There is no such state of consent.
    #[error("not a state of consent: {0:?}; write in_force, partial, none, expired or withdrawn")]
    Consent(String),
    /// There is no such order.
    #[error("not an order: {0:?}; write date, -date, recorded, level or place")]
    Sort(String),
    /// The earliest or the latest date does not read.
    #[error(transparent)]
    Date(#[from] DateError),
    /// The earliest date is after the latest.
    #[error("the earliest date is after the latest")]
    Order,
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

fn codes(list: &str) -> String {
    let codes: Vec<&str> = Vocabulary::built_in().list(list).iter().map(|term| term.code).collect();
    codes.join(", ")
}

fn families() -> String {
    let terms = Vocabulary::built_in().list("violation_type").iter();
    let families: BTreeSet<&str> =
        terms.filter_map(crate::model::vocabulary::Term::family).collect();
    families.into_iter().collect::<Vec<_>>().join(", ")
}

impl QueryError {
    pub(super) fn country(text: &str) -> Self {
        Self::Country(cut(text))
    }

    pub(super) fn code(list: &'static str, text: &str) -> Self {
        Self::Code { list, text: cut(text) }
    }

    pub(super) fn family(text: &str) -> Self {
        Self::Family(cut(text))
    }

    pub(super) fn admin1(text: &str) -> Self {
        Self::Admin1(cut(text))
    }

    pub(super) fn level(text: &str) -> Self {
        Self::Level(cut(text))
    }
}

/// In what order incidents are listed. Ties by date, then id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// The earliest first, unknown dates last.
    #[default]
    Date,
    /// The latest first, unknown dates last.
    LatestFirst,
    /// The last recorded first.
    Recorded,
    /// The surest first.
    Level,
    /// By country, department and municipality.
    Place,
}

impl Order {
    fn of(text: Option<&str>) -> Result<Self, QueryError> {
        match text.map(str::trim) {
            None | Some("" | "date") => Ok(Self::Date),
            Some("-date") => Ok(Self::LatestFirst),
            Some("recorded") => Ok(Self::Recorded),
            Some("level") => Ok(Self::Level),
            Some("place") => Ok(Self::Place),
            Some(other) => Err(QueryError::Sort(cut(other))),
        }
    }
}

/// A filter whose names are resolved and whose values are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Beginnings of words, folded, that all occur.
    pub(super) words: Vec<String>,
    /// Words that the codes consist of that are asked for, folded.
    pub(super) codes: Vec<String>,
    pub(super) conditions: Vec<Condition>,
    pub(super) from: Option<civil::Date>,
    pub(super) to: Option<civil::Date>,
    pub(super) circle: Option<CircleId>,
    pub(super) order: Order,
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
        let conditions = Condition::of(filter, org)?;
        let codes = conditions.iter().filter_map(Condition::word).map(fold);
        Ok(Self {
            codes: codes.flat_map(|code| code.split(' ').map(needle).collect::<Vec<_>>()).collect(),
            words: folded
                .split(' ')
                .filter(|w| !w.is_empty())
                .take(MAX_WORDS)
                .map(needle)
                .collect(),
            order: Order::of(filter.sort.as_deref())?,
            conditions,
            from,
            to,
            circle,
            limit: filter.limit,
            offset: filter.offset,
        })
    }

    /// The same, for own incidents whose consent stands so on that day by that ledger.
    ///
    /// # Errors
    /// When there is no such state.
    pub fn with_consent(
        mut self,
        state: &str,
        ledger: Ledger,
        now: Timestamp,
    ) -> Result<Self, QueryError> {
        let known = ConsentState::from_code(state.trim());
        let state = known.ok_or_else(|| QueryError::Consent(cut(state)))?;
        let asked = ConsentAsked { state, ledger: Arc::new(ledger), now };
        self.conditions.push(Condition::Consent(asked));
        Ok(self)
    }

    /// Whether an interval of days, open where it has no end, shares a day with the wanted ones.
    pub(super) fn overlaps(&self, first: Option<civil::Date>, last: Option<civil::Date>) -> bool {
        let too_early = self.from.zip(last).is_some_and(|(from, last)| last < from);
        let too_late = self.to.zip(first).is_some_and(|(to, first)| first > to);
        !too_early && !too_late
    }

    /// Whether it asks how sure we are of incidents.
    pub(super) fn asks_for_levels(&self) -> bool {
        let by_level = |it: &Condition| matches!(it, Condition::Level(_));
        self.order == Order::Level || self.conditions.iter().any(by_level)
    }

    /// Whether it asks for dates at all.
    pub(super) const fn wants_dates(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }
}

/// Folded texts have a space before each word, see [`text`](super::text).
pub(super) fn needle(word: &str) -> String {
    format!(" {word}")
}

fn read_date(text: Option<&str>) -> Result<Option<Date>, DateError> {
    text.map(|text| text.trim().parse()).transpose()
}
