//! What incidents are found and ordered by.

use jiff::civil;

use crate::{
    model::{id::OrgId, registry::Date},
    view::Query,
};

/// The days on which something can have happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Span {
    /// Not known, or not readable.
    #[default]
    Unknown,
    /// From the first to the last day, of which one can be open.
    Days(Option<civil::Date>, Option<civil::Date>),
}

impl Span {
    pub(super) fn of(date: Option<&str>) -> Self {
        let Some(date) = date.and_then(|text| text.parse::<Date>().ok()) else {
            return Self::Unknown;
        };
        match (date.earliest(), date.latest()) {
            (None, None) => Self::Unknown,
            (first, last) => Self::Days(first, last),
        }
    }

    /// Place in the list: by the first day, then the last; unknown ones at the end.
    pub(super) fn sort_key(self) -> impl Ord + use<> {
        match self {
            Self::Unknown => (true, civil::Date::MAX, civil::Date::MAX),
            Self::Days(first, last) => {
                let first_known = first.or(last).unwrap_or(civil::Date::MAX);
                (false, first_known, last.unwrap_or(civil::Date::MAX))
            }
        }
    }
}

/// What is looked at for every incident in every list: worked out once.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) span: Span,
    pub(super) country: String,
    pub(super) violations: Vec<String>,
    pub(super) origin: Option<OrgId>,
}

impl Facts {
    /// Whether all but the words are as wanted. An incident without a known date is in no list
    /// that asks for dates.
    pub(super) fn match_query(&self, query: &Query) -> bool {
        let dated = match self.span {
            Span::Unknown => !query.wants_dates(),
            Span::Days(first, last) => query.overlaps((first, last)),
        };
        dated
            && query.country.as_ref().is_none_or(|country| *country == self.country)
            && query.violation.as_ref().is_none_or(|code| self.violations.contains(code))
            && query.org.is_none_or(|org| self.origin == Some(org))
    }
}
