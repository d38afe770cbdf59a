//! Small reckonings that several views share.

use jiff::civil;

use crate::{
    api::board_views::Cell,
    model::{board::Card, registry::Date, text::fold},
};

/// Days after which what was looked at has to be looked at again.
pub(super) const AGEING_DAYS: i64 = 365;

/// Whole days from one day to another.
pub(super) fn days(from: civil::Date, to: civil::Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

/// The first day of the month that is some months after a day's.
pub(super) fn month_after(day: civil::Date, months: i64) -> civil::Date {
    let first = day.first_of_month();
    first.checked_add(jiff::Span::new().months(months)).unwrap_or(first)
}

/// A month as it is written, `2026-11`.
pub(super) fn month_text(day: civil::Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// A date as a cell.
pub(super) fn date_cell(date: Option<Date>) -> Cell {
    date.map_or(Cell::Empty, |date| Cell::Text(date.to_string()))
}

/// A day as a cell.
pub(super) fn day_cell(day: Option<civil::Date>) -> Cell {
    day.map_or(Cell::Empty, |day| Cell::Text(day.to_string()))
}

/// The first and last day that a card takes: it starts, and ends; what has one of them has a day.
pub(super) fn span(card: &Card) -> Option<(civil::Date, civil::Date)> {
    let starts = card.date("starts");
    let ends = card.date("ends");
    let first = starts.and_then(|it| it.earliest()).or_else(|| ends.and_then(|it| it.earliest()));
    let last = ends.and_then(|it| it.latest()).or_else(|| starts.and_then(|it| it.latest()));
    Some((first?, last?)).filter(|(first, last)| first <= last)
}

/// How old something is: `never`, `ageing`, or `current`.
pub(super) fn age(looked_at: Option<Date>, today: civil::Date) -> &'static str {
    match looked_at.and_then(|it| it.latest()) {
        None => "never",
        Some(day) if days(day, today) > AGEING_DAYS => "ageing",
        Some(_recent) => "current",
    }
}

/// A text for comparison: without case, accents and signs; none if nothing is left.
pub(super) fn folded(text: Option<&str>) -> Option<String> {
    text.map(fold).filter(|text| !text.is_empty())
}

/// Whether two sets of countries have one in common; one that names none is for all.
pub(super) fn meet(ours: &[String], theirs: &[String]) -> bool {
    ours.is_empty() || theirs.is_empty() || ours.iter().any(|one| theirs.contains(one))
}

/// The middle of some numbers, of an even count the mean of both rounded down; none of none.
pub(super) fn median(mut numbers: Vec<i64>) -> Option<i64> {
    numbers.sort_unstable();
    let upper = numbers.get(numbers.len() / 2).copied()?;
    if numbers.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = numbers.get((numbers.len() / 2).checked_sub(1)?).copied()?;
    Some(i64::midpoint(lower, upper))
}

/// A decimal number with one digit of a fraction, rounded half up; none of nothing.
pub(super) fn tenths(part: i64, whole: i64) -> Option<String> {
    if whole <= 0 || part < 0 {
        return None;
    }
    let tenths = (part.checked_mul(20)?.checked_add(whole)?) / whole.checked_mul(2)?;
    Some(format!("{}.{}", tenths / 10, tenths % 10))
}

/// How urgent a code of `card_priority` is: less is more.
pub(super) fn urgency(code: Option<&str>) -> u8 {
    match code {
        Some("high") => 0,
        Some("medium") => 1,
        Some("low") => 2,
        _unknown => 3,
    }
}

/// A number that is not below zero.
pub(super) fn positive(count: Option<i64>) -> Option<u64> {
    count.and_then(|count| u64::try_from(count).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> civil::Date {
        text.parse().unwrap()
    }

    #[test]
    fn days_months_and_numbers() {
        assert_eq!(days(day("2026-02-27"), day("2026-03-01")), 2);
        assert_eq!(days(day("2026-03-01"), day("2026-02-27")), -2);
        assert_eq!(month_text(month_after(day("2026-11-30"), 3)), "2027-02");
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![9, 1, 4]), Some(4));
        assert_eq!(median(vec![10, 1, 4, 5]), Some(4));
        assert_eq!(tenths(20, 3).as_deref(), Some("6.7"));
        assert_eq!(tenths(1, 4).as_deref(), Some("0.3"));
        assert_eq!(tenths(1, 0), None);
    }

    #[test]
    fn what_was_looked_at_a_year_ago_ages_the_day_after() {
        let at = |text: &str| Some(text.parse::<Date>().unwrap());
        assert_eq!(age(at("2025-11-23"), day("2026-11-23")), "current");
        assert_eq!(age(at("2025-11-22"), day("2026-11-23")), "ageing");
        assert_eq!(age(None, day("2026-11-23")), "never");
    }
}
