//! Dates as people know them: EDTF, the Extended Date/Time Format
//! (<https://www.loc.gov/standards/datetime/>, part of ISO 8601-2:2019).
//!
//! Read here: level 0 dates and intervals; of level 1 the qualifiers `?`, `~` and `%` at the end
//! of a date, unspecified digits from the right (`2004-XX`, `2004-06-XX`, `XXXX`) and intervals
//! with an open (`..`) or unknown (empty) end; of level 2 the quarters (`2024-33` to `2024-36`).

use std::{fmt, str::FromStr};

use jiff::civil;

/// Characters of the longest date that is read.
const MAX_CHARS: usize = 32;
/// EDTF's number of the first quarter of a year.
const FIRST_QUARTER: i8 = 33;

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// The text has none of the forms that are read.
    #[error(
        "not a date: {text:?}; write 2024, 2024-05, 2024-05-03, 2024-33 (first quarter), with ~ \
         (about) or ? (uncertain) behind it, or an interval 2024-05-01/2024-05-07, or XXXX"
    )]
    Form {
        /// What was given, cut to 40 characters.
        text: String,
    },
    /// There is no such month or day.
    #[error("no such day in the calendar: {text:?}")]
    Calendar {
        /// What was given.
        text: String,
    },
    /// The interval ends before it begins.
    #[error("the interval ends before it begins: {text:?}")]
    Order {
        /// What was given.
        text: String,
    },
}

/// How exact a date is: the codes of the vocabulary's list `date_precision`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// A day.
    Day,
    /// At most seven days.
    Week,
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// A year.
    Year,
    /// A known range.
    Range,
    /// About.
    Approximate,
    /// Uncertain.
    Uncertain,
    /// Not known.
    Unknown,
}

impl Precision {
    /// The code in the vocabulary.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Range => "range",
            Self::Approximate => "approximate",
            Self::Uncertain => "uncertain",
            Self::Unknown => "unknown",
        }
    }
}

/// A date, an interval, or neither known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date(Shape);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Unknown,
    Single(Point),
    Interval(End, End),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Unknown,
    At(Point),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Point {
    year: i16,
    part: Part,
    qualifier: Option<char>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Quarter(i8),
    Month(i8),
    Day(i8, i8),
}

impl Date {
    /// How exact the date is.
    #[must_use]
    pub fn precision(&self) -> Precision {
        match self.0 {
            Shape::Unknown => Precision::Unknown,
            Shape::Single(point) => point.precision(),
            Shape::Interval(..) => match (self.earliest(), self.latest()) {
                (Some(first), Some(last)) if is_week(first, last) => Precision::Week,
                _wider => Precision::Range,
            },
        }
    }

    /// The first day that it can be; none if it has no beginning.
    #[must_use]
    pub fn earliest(&self) -> Option<civil::Date> {
        match self.0 {
            Shape::Single(point) | Shape::Interval(End::At(point), _) => point.first_day(),
            Shape::Unknown | Shape::Interval(End::Open | End::Unknown, _) => None,
        }
    }

    /// The last day that it can be; none if it has no end.
    #[must_use]
    pub fn latest(&self) -> Option<civil::Date> {
        match self.0 {
            Shape::Single(point) | Shape::Interval(_, End::At(point)) => point.last_day(),
            Shape::Unknown | Shape::Interval(_, End::Open | End::Unknown) => None,
        }
    }

    /// The same, no more exact than months.
    #[must_use]
    pub fn to_months(self) -> Self {
        self.map(|part| match part {
            Part::Day(month, _day) => Part::Month(month),
            Part::Year | Part::Quarter(_) | Part::Month(_) => part,
        })
    }

    /// The same, no more exact than quarters.
    #[must_use]
    pub fn to_quarters(self) -> Self {
        self.map(|part| match part {
            Part::Day(month, _) | Part::Month(month) => Part::Quarter((month - 1) / 3 + 1),
            Part::Year | Part::Quarter(_) => part,
        })
    }

    fn map(self, coarsen: impl Fn(Part) -> Part) -> Self {
        let point = |point: Point| Point { part: coarsen(point.part), ..point };
        let end = |end: End| if let End::At(at) = end { End::At(point(at)) } else { end };
        Self(match self.0 {
            Shape::Unknown => Shape::Unknown,
            Shape::Single(single) => Shape::Single(point(single)),
            Shape::Interval(from, to) => match (end(from), end(to)) {
                (End::At(from), End::At(to)) if from == to => Shape::Single(from),
                (from, to) => Shape::Interval(from, to),
            },
        })
    }
}

fn is_week(first: civil::Date, last: civil::Date) -> bool {
    first.checked_add(jiff::Span::new().days(6)).is_ok_and(|seventh| last <= seventh)
}

impl Point {
    const fn precision(self) -> Precision {
        match (self.qualifier, self.part) {
            (Some('~'), _) => Precision::Approximate,
            (Some(_), _) => Precision::Uncertain,
            (None, Part::Year) => Precision::Year,
            (None, Part::Quarter(_)) => Precision::Quarter,
            (None, Part::Month(_)) => Precision::Month,
            (None, Part::Day(..)) => Precision::Day,
        }
    }

    fn first_day(self) -> Option<civil::Date> {
        let (month, day) = match self.part {
            Part::Year => (1, 1),
            Part::Quarter(quarter) => (quarter * 3 - 2, 1),
            Part::Month(month) => (month, 1),
            Part::Day(month, day) => (month, day),
        };
        civil::Date::new(self.year, month, day).ok()
    }

    fn last_day(self) -> Option<civil::Date> {
        let month = match self.part {
            Part::Year => 12,
            Part::Quarter(quarter) => quarter * 3,
            Part::Month(month) => month,
            Part::Day(..) => return self.first_day(),
        };
        civil::Date::new(self.year, month, 1).ok().map(civil::Date::last_of_month)
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let malformed = || DateError::Form { text: text.chars().take(40).collect() };
        if text.len() > MAX_CHARS {
            return Err(malformed());
        }
        let date = match text.split_once('/') {
            None if text == "XXXX" => Self(Shape::Unknown),
            None => Self(Shape::Single(parse_point(text).ok_or_else(malformed)?)),
            Some((from, to)) => {
                let from = parse_end(from).ok_or_else(malformed)?;
                let to = parse_end(to).ok_or_else(malformed)?;
                if !matches!(from, End::At(_)) && !matches!(to, End::At(_)) {
                    return Err(malformed());
                }
                Self(Shape::Interval(from, to))
            }
        };
        date.check(text)
    }
}

impl Date {
    fn check(self, text: &str) -> Result<Self, DateError> {
        let ends = match self.0 {
            Shape::Unknown => [None, None],
            Shape::Single(point) => [Some(point), None],
            Shape::Interval(from, to) => [from, to].map(|end| match end {
                End::At(point) => Some(point),
                End::Open | End::Unknown => None,
            }),
        };
        if ends.into_iter().flatten().any(|point| point.first_day().is_none()) {
            return Err(DateError::Calendar { text: text.to_owned() });
        }
        match (self.earliest(), self.latest()) {
            (Some(first), Some(last)) if first > last => {
                Err(DateError::Order { text: text.to_owned() })
            }
            _ordered => Ok(self),
        }
    }
}

fn parse_end(text: &str) -> Option<End> {
    match text {
        ".." => Some(End::Open),
        "" => Some(End::Unknown),
        date => parse_point(date).map(End::At),
    }
}

fn parse_point(text: &str) -> Option<Point> {
    let bare = text.trim_end_matches(['~', '?', '%']);
    let qualifier = match text.strip_prefix(bare)? {
        "" => None,
        "~" => Some('~'),
        "?" => Some('?'),
        "%" => Some('%'),
        _several => return None,
    };
    let mut parts = bare.split('-');
    let year: i16 = digits(parts.next()?, 4)?;
    let part = match (parts.next(), parts.next(), parts.next()) {
        (None | Some("XX"), None, None) | (Some("XX"), Some("XX"), None) => Part::Year,
        (Some(month), day @ (None | Some("XX")), None) => month_or_quarter(month, day.is_none())?,
        (Some(month), Some(day), None) => {
            Part::Day(digits(month, 2)?.try_into().ok()?, digits(day, 2)?.try_into().ok()?)
        }
        _other => return None,
    };
    Some(Point { year, part, qualifier })
}

fn month_or_quarter(text: &str, may_be_quarter: bool) -> Option<Part> {
    let number: i8 = digits(text, 2)?.try_into().ok()?;
    match number {
        FIRST_QUARTER..=36 => may_be_quarter.then(|| Part::Quarter(number - FIRST_QUARTER + 1)),
        // What is no month is kept as one, so that the calendar check says what is wrong with it.
        0..=31 => Some(Part::Month(number)),
        _other => None,
    }
}

fn digits(text: &str, count: usize) -> Option<i16> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Shape::Unknown => f.write_str("XXXX"),
            Shape::Single(point) => write!(f, "{point}"),
            Shape::Interval(from, to) => write!(f, "{from}/{to}"),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str(".."),
            Self::Unknown => Ok(()),
            Self::At(point) => write!(f, "{point}"),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        match self.part {
            Part::Year => {}
            Part::Quarter(quarter) => write!(f, "-{}", FIRST_QUARTER - 1 + quarter)?,
            Part::Month(month) => write!(f, "-{month:02}")?,
            Part::Day(month, day) => write!(f, "-{month:02}-{day:02}")?,
        }
        self.qualifier.map_or(Ok(()), |qualifier| write!(f, "{qualifier}"))
    }
}

#[cfg(test)]
#[path = "date_tests.rs"]
mod tests;
