//! When something happened, and the period that a report is of.

use std::fmt;

use jiff::{ToSpan as _, civil};

use crate::model::registry::{Date, Precision};

/// When an incident happened, by its date in EDTF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// The first day that it can have begun on.
    earliest: Option<civil::Date>,
    /// The last day that it can have happened on.
    latest: Option<civil::Date>,
    /// The last day that it can have begun on, if an interval says how long it lasted.
    began_by: Option<civil::Date>,
    precision: Precision,
}

impl When {
    /// Not known.
    pub const UNKNOWN: Self =
        Self { earliest: None, latest: None, began_by: None, precision: Precision::Unknown };

    /// Reads a date; what does not read is not known.
    #[must_use]
    pub fn of(text: Option<&str>) -> Self {
        let read = |text: &str| text.parse::<Date>().ok();
        let Some((text, date)) = text.and_then(|text| Some((text, read(text)?))) else {
            return Self::UNKNOWN;
        };
        let began = text.split_once('/').and_then(|(start, _)| read(start));
        Self {
            earliest: date.earliest(),
            latest: date.latest(),
            began_by: began.map_or_else(|| date.latest(), |start| start.latest()),
            precision: date.precision(),
        }
    }

    /// The first day that it can have begun on.
    #[must_use]
    pub const fn earliest(&self) -> Option<civil::Date> {
        self.earliest
    }

    /// The last day that it can have happened on.
    #[must_use]
    pub const fn latest(&self) -> Option<civil::Date> {
        self.latest
    }

    /// How exact it is; what is more exact is less.
    #[must_use]
    pub const fn precision(&self) -> Precision {
        self.precision
    }

    /// The days on which it can have begun. An interval is how long it lasted if the harm
    /// continues, else it is what is known of one day.
    #[must_use]
    pub const fn start(&self, continues: bool) -> (Option<civil::Date>, Option<civil::Date>) {
        (self.earliest, if continues { self.began_by } else { self.latest })
    }
}

/// Twelve months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    start: civil::Date,
    end: civil::Date,
}

/// Why a period is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a year from 1900 to 9998: {0}")]
pub struct PeriodError(pub String);

/// Whether something began in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placement {
    /// In it.
    Inside,
    /// Before or after it.
    Outside,
    /// The date says both.
    Straddles,
    /// No date.
    Unknown,
}

impl Period {
    /// The calendar year.
    ///
    /// # Errors
    /// When the year is none that the calendar has.
    pub fn year(year: i16) -> Result<Self, PeriodError> {
        let end = civil::Date::new(year, 12, 31).ok().filter(|_| (1900..9999).contains(&year));
        Self::ending(end.ok_or_else(|| PeriodError(year.to_string()))?)
    }

    /// The twelve months up to and with a day.
    ///
    /// # Errors
    /// When the calendar ends before.
    pub fn ending(end: civil::Date) -> Result<Self, PeriodError> {
        // From the day after: twelve months before the end of February is not always its end.
        let start = end.tomorrow().and_then(|after| after.checked_sub(1.year()));
        Ok(Self { start: start.map_err(|_out| PeriodError(end.to_string()))?, end })
    }

    /// The first day.
    #[must_use]
    pub const fn start(&self) -> civil::Date {
        self.start
    }

    /// The last day.
    #[must_use]
    pub const fn end(&self) -> civil::Date {
        self.end
    }

    /// The year that it is called by: that of its last day.
    #[must_use]
    pub fn name(&self) -> i16 {
        self.end.year()
    }

    /// Whether what began on one of some days began in it. Nothing is guessed by a midpoint.
    #[must_use]
    pub fn place(&self, (first, last): (Option<civil::Date>, Option<civil::Date>)) -> Placement {
        let Some((first, last)) = first.zip(last) else {
            let before = last.is_some_and(|last| last < self.start);
            let after = first.is_some_and(|first| first > self.end);
            return match (first, last) {
                (None, None) => Placement::Unknown,
                _one if before || after => Placement::Outside,
                _open => Placement::Straddles,
            };
        };
        if last < self.start || first > self.end {
            Placement::Outside
        } else if first >= self.start && last <= self.end {
            Placement::Inside
        } else {
            Placement::Straddles
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(date: &str, continues: bool) -> Placement {
        let period = Period::year(2024).unwrap();
        period.place(When::of(Some(date)).start(continues))
    }

    #[test]
    fn twelve_months_up_to_a_day() {
        let days = |end: &str| Period::ending(end.parse().unwrap()).unwrap().to_string();
        assert_eq!(Period::year(2024).unwrap().to_string(), "2024-01-01/2024-12-31");
        assert_eq!(days("2024-02-29"), "2023-03-01/2024-02-29");
        assert_eq!(days("2023-02-28"), "2022-03-01/2023-02-28");
        assert_eq!(days("2024-06-30"), "2023-07-01/2024-06-30");
        assert!(Period::year(9999).is_err() && Period::year(-5).is_err());
    }

    #[test]
    fn dates_are_placed_without_guessing() {
        use Placement::{Inside, Outside, Straddles, Unknown};
        assert_eq!(place("2024-05", false), Inside);
        assert_eq!(place("2023-12-31", false), Outside);
        assert_eq!(place("2023-12-30/2024-01-02", false), Straddles);
        assert_eq!(place("2024-11-03/2025-02-01", true), Inside);
        assert_eq!(place("2023-11-03/2024-02-01", true), Outside);
        assert_eq!(place("2024-11-03/..", true), Inside);
        assert_eq!(place("2024-11-03/..", false), Straddles);
        assert_eq!(place("../2023-11", false), Outside);
        assert_eq!(place("XXXX", false), Unknown);
        assert_eq!(place("not a date", false), Unknown);
    }
}
