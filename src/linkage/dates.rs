//! Whether two dates can be of one event.

use jiff::civil;

use crate::model::registry::{Date, Precision};

/// Days that two exact dates may be apart.
const DAYS_APART: i64 = 3;
/// Days that dates may be apart to be near each other still.
const DAYS_NEAR: i64 = 31;
/// Days of the longest time that tells anything: a quarter.
const DAYS_TELLING: i64 = 93;
/// Days that an approximate or uncertain date may be off, at least.
const DAYS_ABOUT: i64 = 7;

/// How two dates fit, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateFit {
    /// Both exact, at most three days apart.
    Days {
        /// How many.
        apart: i64,
    },
    /// One is in the time of the other, which is a quarter at most.
    Within {
        /// The precision of the less exact one.
        precision: Precision,
    },
    /// Not that, but no more than a month lies between them.
    Near {
        /// How many days.
        apart: i64,
    },
    /// One is in the time of the other, which is long.
    Wide {
        /// The precision of the less exact one.
        precision: Precision,
    },
    /// One of them is not known.
    Unknown,
}

/// The first and last day of a date with what it may be off, and whether it is one exact day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    first: civil::Date,
    last: civil::Date,
    precision: Precision,
}

impl Window {
    /// None if the date has no beginning or no end.
    pub(super) fn of(date: &Date) -> Option<Self> {
        let (first, last) = (date.earliest()?, date.latest()?);
        let precision = date.precision();
        let off = match precision {
            Precision::Approximate | Precision::Uncertain => {
                (days_between(first, last) / 2).max(DAYS_ABOUT)
            }
            Precision::Day
            | Precision::Week
            | Precision::Month
            | Precision::Quarter
            | Precision::Year
            | Precision::Range
            | Precision::Unknown => 0,
        };
        Some(Self { first: shift(first, -off), last: shift(last, off), precision })
    }

    fn is_day(&self) -> bool {
        self.first == self.last
    }

    fn length(&self) -> i64 {
        days_between(self.first, self.last)
    }

    /// Months of the calendar that it touches, counted from the year 0.
    pub(super) fn months(&self) -> std::ops::RangeInclusive<i64> {
        let month = |day: civil::Date| i64::from(day.year()) * 12 + i64::from(day.month()) - 1;
        let slack = if self.is_day() { DAYS_APART } else { 0 };
        month(shift(self.first, -slack))..=month(shift(self.last, slack))
    }

    /// Days that it touches, with those that another exact date may be apart, if it is one day.
    pub(super) fn day(&self) -> Option<civil::Date> {
        self.is_day().then_some(self.first)
    }
}

fn shift(day: civil::Date, days: i64) -> civil::Date {
    day.saturating_add(jiff::Span::new().days(days.clamp(-100_000, 100_000)))
}

fn days_between(first: civil::Date, last: civil::Date) -> i64 {
    first.until(last).map_or(i64::MAX / 4, |span| i64::from(span.get_days()))
}

/// How two dates fit; none if they are of different times.
#[must_use]
pub fn compare(one: Option<&Date>, other: Option<&Date>) -> Option<DateFit> {
    windows(one.and_then(Window::of).as_ref(), other.and_then(Window::of).as_ref())
}

pub(super) fn windows(one: Option<&Window>, other: Option<&Window>) -> Option<DateFit> {
    let (Some(one), Some(other)) = (one, other) else { return Some(DateFit::Unknown) };
    let apart = days_between(one.last, other.first).max(days_between(other.last, one.first)).max(0);
    if one.is_day() && other.is_day() {
        return match (apart <= DAYS_APART, apart <= DAYS_NEAR) {
            (true, _) => Some(DateFit::Days { apart }),
            (false, true) => Some(DateFit::Near { apart }),
            (false, false) => None,
        };
    }
    let coarser = if one.length() >= other.length() { one } else { other };
    let slack = if one.is_day() || other.is_day() { DAYS_APART } else { 0 };
    match (apart <= slack, coarser.length() <= DAYS_TELLING) {
        (true, true) => Some(DateFit::Within { precision: coarser.precision }),
        (true, false) => Some(DateFit::Wide { precision: coarser.precision }),
        (false, true) if apart <= DAYS_NEAR => Some(DateFit::Near { apart }),
        (false, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(one: &str, other: &str) -> Option<DateFit> {
        let (one, other) = (one.parse::<Date>().unwrap(), other.parse::<Date>().unwrap());
        let fit = compare(Some(&one), Some(&other));
        assert_eq!(fit, compare(Some(&other), Some(&one)));
        fit
    }

    #[test]
    fn days_are_three_apart_and_else_the_coarser_decides() {
        assert_eq!(fit("2024-05-03", "2024-05-06"), Some(DateFit::Days { apart: 3 }));
        assert_eq!(fit("2024-02-28", "2024-03-02"), Some(DateFit::Days { apart: 3 }));
        assert_eq!(fit("2024-05-03", "2024-05-07"), Some(DateFit::Near { apart: 4 }));
        assert_eq!(fit("2024-05-03", "2024-07-07"), None);
        let within = |precision| Some(DateFit::Within { precision });
        assert_eq!(fit("2024-05-03", "2024-05"), within(Precision::Month));
        assert_eq!(fit("2024-04-29", "2024-05"), within(Precision::Month));
        assert_eq!(fit("2024-04", "2024-05"), Some(DateFit::Near { apart: 1 }));
        assert_eq!(fit("2024-05", "2024-34"), within(Precision::Quarter));
        assert_eq!(fit("2024-05-03", "2024"), Some(DateFit::Wide { precision: Precision::Year }));
        assert_eq!(fit("2024-05-03", "2023"), None);
        assert_eq!(
            fit("2024-05-10~", "2024-05-01"),
            Some(DateFit::Within { precision: Precision::Approximate })
        );
        assert_eq!(fit("XXXX", "2024"), Some(DateFit::Unknown));
        assert_eq!(fit("../2024", "2024"), Some(DateFit::Unknown));
    }
}
