//! Dates as lists write them, to EDTF: never more precise than what the cell says.

use crate::model::text::fold;

/// How a list writes its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateFormat {
    /// EDTF, of which `2024-05-03`, `2024-05` and `2024` are part: taken as it is.
    Iso,
    /// `3/5/2024`, `03-05-2024`, `3.5.2024`: day first.
    DayMonthYear,
    /// `5/3/2024`: month first.
    MonthDayYear,
    /// `5/2024`.
    MonthYear,
    /// `2024/05/03`, `2024 05 03`, `2024.5.3`: year first.
    YearMonthDay,
    /// `3 de mayo de 2024`, `mayo 2024`, `maio de 2024`, `3 May 2024`, `May 3, 2024`.
    Words,
    /// `2024-05-03T10:11:12Z`: the day that is written, in whatever zone it was.
    Timestamp,
    /// `45415`: the number of the day in a spreadsheet that counts from 1900.
    Serial,
}

impl DateFormat {
    /// All formats, by the names that a mapping uses.
    pub const ALL: [(&'static str, Self); 8] = [
        ("iso", Self::Iso),
        ("day/month/year", Self::DayMonthYear),
        ("month/day/year", Self::MonthDayYear),
        ("month/year", Self::MonthYear),
        ("year/month/day", Self::YearMonthDay),
        ("words", Self::Words),
        ("timestamp", Self::Timestamp),
        ("serial", Self::Serial),
    ];

    /// The format with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    fn read(self, text: &str) -> Option<String> {
        match self {
            Self::Iso => Some(text.to_owned()),
            Self::DayMonthYear => {
                let [day, month, year] = numbers(text)?;
                edtf(year, Some(month), Some(day))
            }
            Self::MonthDayYear => {
                let [month, day, year] = numbers(text)?;
                edtf(year, Some(month), Some(day))
            }
            Self::MonthYear => {
                let [month, year] = numbers(text)?;
                edtf(year, Some(month), None)
            }
            Self::YearMonthDay => {
                let mut turned: Vec<&str> = parts(text);
                turned.reverse();
                let [day, month, year] = numbers_of(&turned)?;
                edtf(year, Some(month), Some(day))
            }
            Self::Words => words(text),
            Self::Timestamp => {
                let (day, time) = text.split_once(['T', ' '])?;
                (is_day(day) && time.contains(':')).then(|| day.to_owned())
            }
            Self::Serial => super::xlsx::day_of(text),
        }
    }
}

/// Words in front of a date that make it approximate, folded.
const ABOUT: [&str; 9] = [
    "aproximadamente",
    "aprox",
    "alrededor de",
    "hacia",
    "cerca de",
    "por volta de",
    "ca",
    "circa",
    "about",
];

/// Month names in Spanish, Portuguese and English by their first three letters, folded.
const MONTHS: [&[&str]; 12] = [
    &["ene", "jan"],
    &["feb", "fev"],
    &["mar"],
    &["abr", "apr"],
    &["may", "mai"],
    &["jun"],
    &["jul"],
    &["ago", "aug"],
    &["sep", "set"],
    &["oct", "out"],
    &["nov"],
    &["dic", "dez", "dec"],
];

/// Reads a date in the first format that fits and that `accepts` finds to be a date.
pub(super) fn read(
    text: &str,
    formats: &[DateFormat],
    accepts: impl Fn(&str) -> bool,
) -> Option<String> {
    let (text, about) = match ABOUT.iter().find_map(|word| after_word(text, word)) {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    // A workbook's dates come as plain days, whatever its other cells look like; and a plain day is
    // never two dates.
    let plain = (!formats.is_empty() && is_day(text)).then(|| text.to_owned());
    formats.iter().filter_map(|format| format.read(text)).chain(plain).find_map(|edtf| {
        let edtf = if about { format!("{edtf}~") } else { edtf };
        accepts(&edtf).then_some(edtf)
    })
}

/// `2024-05-03` and no more.
fn is_day(text: &str) -> bool {
    let digits = |part: &str, count: usize| {
        part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    matches!(text.split('-').collect::<Vec<_>>().as_slice(),
        [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2))
}

/// Reads `from ~ to` and `from:to`, as archives write periods; either side may be missing.
pub(super) fn read_range(
    text: &str,
    formats: &[DateFormat],
    accepts: impl Fn(&str) -> bool,
) -> Option<String> {
    let (from, to) = text.split_once('~').or_else(|| text.split_once(':'))?;
    let side = |text: &str| match text.trim() {
        "" => Some("..".to_owned()),
        text => read(text, formats, &accepts).filter(|edtf| !edtf.contains('/')),
    };
    let (from, to) = (side(from)?, side(to)?);
    let edtf = if from == to { from } else { format!("{from}/{to}") };
    accepts(&edtf).then_some(edtf)
}

/// The month, marked as uncertain, of a date whose month has no such day, such as 31 June.
pub(super) fn read_month(
    text: &str,
    formats: &[DateFormat],
    accepts: impl Fn(&str) -> bool,
) -> Option<String> {
    formats.iter().filter_map(|format| format.read(text)).find_map(|edtf| {
        let (month, day) = edtf.rsplit_once('-')?;
        let impossible = matches!(day, "29" | "30" | "31") && month.len() == 7;
        let edtf = format!("{month}?");
        (impossible && accepts(&edtf)).then_some(edtf)
    })
}

fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    let rest = text.get(word.len()..)?;
    let apart = rest.starts_with([' ', '.', ':']);
    (head.eq_ignore_ascii_case(word) && apart).then(|| rest.trim_start_matches([' ', '.', ':']))
}

/// What stands between `/`, `-`, `.` or spaces.
fn parts(text: &str) -> Vec<&str> {
    text.split(['/', '-', '.', ' ']).map(str::trim).collect()
}

/// Exactly `N` numbers with one `/`, `-` or `.` between them; the last is a year of four digits.
fn numbers<const N: usize>(text: &str) -> Option<[u16; N]> {
    numbers_of(&text.split(['/', '-', '.']).map(str::trim).collect::<Vec<_>>())
}

fn numbers_of<const N: usize>(parts: &[&str]) -> Option<[u16; N]> {
    let short = parts.len().checked_sub(1)?;
    let sized = parts.iter().enumerate().all(|(place, part)| {
        part.bytes().all(|b| b.is_ascii_digit())
            && if place == short { part.len() == 4 } else { (1..=2).contains(&part.len()) }
    });
    let numbers: Vec<u16> = parts.iter().map(|part| part.parse().ok()).collect::<Option<_>>()?;
    if sized { numbers.try_into().ok() } else { None }
}

/// `[day] [de] month [de] year` or `month day, year`, with a month's name.
fn words(text: &str) -> Option<String> {
    let folded = fold(text);
    let parts: Vec<&str> =
        folded.split(' ').filter(|word| !matches!(*word, "de" | "del" | "do")).collect();
    let starts_with_letter = |word: &str| word.starts_with(|c: char| c.is_ascii_alphabetic());
    let (day, month, year) = match parts.as_slice() {
        [month, year] => (None, *month, *year),
        [month, day, year] if starts_with_letter(month) => (Some(day.parse().ok()?), *month, *year),
        [day, month, year] => (Some(day.parse().ok()?), *month, *year),
        _ => return None,
    };
    let month = MONTHS.iter().zip(1u16..).find_map(|(names, number)| {
        names.iter().any(|name| month.starts_with(name)).then_some(number)
    })?;
    if year.len() == 4 { edtf(year.parse().ok()?, Some(month), day) } else { None }
}

fn edtf(year: u16, month: Option<u16>, day: Option<u16>) -> Option<String> {
    let written = match (month, day) {
        (Some(month), Some(day)) => format!("{year:04}-{month:02}-{day:02}"),
        (Some(month), None) => format!("{year:04}-{month:02}"),
        (None, _) => format!("{year:04}"),
    };
    let plausible =
        month.is_none_or(|m| (1..=12).contains(&m)) && day.is_none_or(|d| (1..=31).contains(&d));
    plausible.then_some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(text: &str, formats: &[DateFormat]) -> Option<String> {
        read(text, formats, |edtf| edtf.starts_with(|c: char| c.is_ascii_digit()))
    }

    #[test]
    fn each_format_reads_its_own_and_no_more() {
        use DateFormat::{
            DayMonthYear, Iso, MonthDayYear, MonthYear, Serial, Timestamp, Words, YearMonthDay,
        };
        for (text, format, expected) in [
            ("2024-05-03", Iso, Some("2024-05-03")),
            ("3/5/2024", DayMonthYear, Some("2024-05-03")),
            ("03.05.2024", DayMonthYear, Some("2024-05-03")),
            ("5/3/2024", MonthDayYear, Some("2024-05-03")),
            ("05/2024", MonthYear, Some("2024-05")),
            ("mayo de 2024", Words, Some("2024-05")),
            ("3 de maio de 2024", Words, Some("2024-05-03")),
            ("Aprox. mayo 2024", Words, Some("2024-05~")),
            ("ca. 5/2024", MonthYear, Some("2024-05~")),
            ("3/5/24", DayMonthYear, None),
            ("13/13/2024", DayMonthYear, None),
            ("2024/05/03", DayMonthYear, None),
            ("2024-05-03", DayMonthYear, Some("2024-05-03")),
            ("2024/05/03", YearMonthDay, Some("2024-05-03")),
            ("2024 5 3", YearMonthDay, Some("2024-05-03")),
            ("3/5/2024", YearMonthDay, None),
            ("May 3, 2024", Words, Some("2024-05-03")),
            ("2024-05-03T10:11:12.000Z", Timestamp, Some("2024-05-03")),
            ("2024-05-03 10:11", Timestamp, Some("2024-05-03")),
            ("2024-05-03Tomorrow", Timestamp, None),
            ("45415", Serial, Some("2024-05-03")),
            ("45415.5", Serial, None),
            ("99999999", Serial, None),
            ("mayo", Words, None),
            ("5/2024", DayMonthYear, None),
            ("", DayMonthYear, None),
        ] {
            assert_eq!(any(text, &[format]).as_deref(), expected, "{text} as {format:?}");
        }
    }

    #[test]
    fn periods_have_two_sides() {
        use DateFormat::{DayMonthYear, Iso};
        let range = |text: &str, formats: &[DateFormat]| {
            read_range(text, formats, |edtf| edtf.parse::<crate::model::registry::Date>().is_ok())
        };
        assert_eq!(range("2024-05-01~2024-05-07", &[Iso]).unwrap(), "2024-05-01/2024-05-07");
        assert_eq!(range("1/5/2024 : 7/5/2024", &[DayMonthYear]).unwrap(), "2024-05-01/2024-05-07");
        assert_eq!(range("2024-05-01~2024-05-01", &[Iso]).unwrap(), "2024-05-01");
        assert_eq!(range("2024-05-01~", &[Iso]).unwrap(), "2024-05-01/..");
        assert_eq!(range("soon~2024-05-01", &[Iso]), None);
        assert_eq!(range("2024-05-01", &[Iso]), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let all = DateFormat::ALL.map(|(_, format)| format);
            drop(any(&text, &all));
            drop(read_range(&text, &all, |_edtf| true));
        }
    }
}
