//! When something happened, as lists are filtered and ordered by it.

use std::cmp::Reverse;

use jiff::civil;

use crate::{model::registry::Date, view::Query};

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

    /// Whether the query wants it. What has no known date is in no list that asks for dates.
    pub(super) fn matches(self, query: &Query) -> bool {
        match self {
            Self::Unknown => !query.wants_dates(),
            Self::Days(first, last) => query.overlaps(first, last),
        }
    }

    /// Place in a list that begins with the latest; unknown ones at the end.
    pub(super) fn latest_first(self) -> impl Ord + Send + use<> {
        match self {
            Self::Unknown => (true, Reverse(civil::Date::MIN), Reverse(civil::Date::MIN)),
            Self::Days(first, last) => {
                let last_known = last.or(first).unwrap_or(civil::Date::MIN);
                (false, Reverse(last_known), Reverse(first.unwrap_or(civil::Date::MIN)))
            }
        }
    }

    /// Place in the list: by the first day, then the last; unknown ones at the end.
    pub(super) fn sort_key(self) -> impl Ord + Send + use<> {
        match self {
            Self::Unknown => (true, civil::Date::MAX, civil::Date::MAX),
            Self::Days(first, last) => {
                let first_known = first.or(last).unwrap_or(civil::Date::MAX);
                (false, first_known, last.unwrap_or(civil::Date::MAX))
            }
        }
    }
}
