//! iCalendar (RFC 5545): all-day events, with the same id in every export, so that an importing
//! calendar changes what it has and does not have it twice.

use icalendar::{Calendar, Component as _, Event, EventLike as _, Property};
use jiff::civil;

/// One thing with a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarEntry {
    /// What is the same in every export: card, moment, entry.
    pub id: String,
    /// First day.
    pub first: civil::Date,
    /// Last day.
    pub last: civil::Date,
    /// In a line.
    pub summary: String,
    /// What else there is to say.
    pub description: String,
    /// Words to find it by.
    pub categories: Vec<String>,
}

/// A day as the format writes it; years beyond four digits have no form.
fn day(date: civil::Date) -> Option<String> {
    let year = u16::try_from(date.year()).ok().filter(|year| *year > 0)?;
    Some(format!("{year:04}{:02}{:02}", date.month(), date.day()))
}

/// A text without what could end its line in a program that reads carelessly.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars().filter(|sign| *sign == '\n' || !sign.is_control()).collect()
}

fn all_day(name: &str, value: String) -> Property {
    let mut property = Property::new(name, value);
    property.add_parameter("VALUE", "DATE");
    property
}

/// A calendar of these entries, as it stands on a day. The same bytes for the same entries.
#[must_use]
pub fn calendar(name: &str, as_of: civil::Date, entries: &[CalendarEntry]) -> String {
    let mut calendar = Calendar::new();
    calendar.append_property(Property::new(
        "PRODID",
        concat!("-//ceiba//", env!("CARGO_PKG_VERSION"), "//EN"),
    ));
    calendar.name(&clean(name));
    for entry in entries {
        // The end is the day after the last one.
        let after = entry.last.tomorrow().unwrap_or(entry.last);
        let (Some(first), Some(after), Some(stamp)) = (day(entry.first), day(after), day(as_of))
        else {
            continue;
        };
        let mut event = Event::new();
        event.uid(&format!("{}@ceiba", entry.id));
        event.append_property(Property::new("DTSTAMP", format!("{stamp}T000000Z")));
        event.append_property(all_day("DTSTART", first));
        event.append_property(all_day("DTEND", after));
        event.summary(&clean(&entry.summary));
        if !entry.description.is_empty() {
            event.description(&clean(&entry.description));
        }
        if !entry.categories.is_empty() {
            event.categories(entry.categories.iter().map(|it| clean(it)));
        }
        // Nobody is busy because something is due.
        event.append_property(Property::new("TRANSP", "TRANSPARENT"));
        calendar.push(event.done());
    }
    calendar.to_string()
}

#[cfg(test)]
mod tests {
    use icalendar::{CalendarComponent, parser};

    use super::*;

    fn entry(id: &str, first: &str, last: &str, summary: &str, description: &str) -> CalendarEntry {
        CalendarEntry {
            id: id.to_owned(),
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
            summary: summary.to_owned(),
            description: description.to_owned(),
            categories: vec!["Oportunidad".to_owned(), "a,b;c".to_owned()],
        }
    }

    /// What another's parser reads is what was written.
    #[test]
    fn a_parser_reads_what_was_written() {
        let long = "Audiência sobre proteção, na região; com \\ barra ".repeat(8);
        let entries = [
            entry("01-due", "2026-12-01", "2026-12-01", "Due, soon; really", "one\ntwo\\three"),
            entry("02-event", "2026-12-30", "2027-01-02", &long, ""),
        ];
        let text = calendar("Alianza, del Río", "2026-11-23".parse().unwrap(), &entries);
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "lines are folded");
        assert!(text.split("\r\n").all(|line| !line.contains(['\n', '\r'])));
        let read: Calendar = parser::read_calendar(&parser::unfold(&text)).unwrap().into();
        assert_eq!(read.get_name(), Some("Alianza, del Río"));
        let events: Vec<&Event> = read
            .components
            .iter()
            .map(|it| if let CalendarComponent::Event(event) = it { event } else { panic!() })
            .collect();
        assert_eq!(events.len(), 2);
        for (event, entry) in events.iter().zip(&entries) {
            assert_eq!(event.get_uid(), Some(format!("{}@ceiba", entry.id).as_str()));
            assert_eq!(event.get_summary(), Some(entry.summary.as_str()));
            assert_eq!(event.property_value("DTSTAMP"), Some("20261123T000000Z"));
            let start = event.properties().get("DTSTART").unwrap();
            assert_eq!(start.params().get("VALUE").unwrap().value(), "DATE");
        }
        assert_eq!(events[0].get_description(), Some("one\ntwo\\three"));
        assert_eq!(events[0].property_value("DTSTART"), Some("20261201"));
        assert_eq!(events[0].property_value("DTEND"), Some("20261202"), "the end is not of it");
        assert_eq!(events[1].property_value("DTEND"), Some("20270103"));
    }

    #[test]
    fn the_same_entries_are_the_same_bytes_and_none_adds_a_line() {
        let bad = entry("03", "2026-12-01", "2026-12-01", "x\r\nATTENDEE:mailto:spy@invalid\r", "");
        let write = || calendar("c", "2026-11-23".parse().unwrap(), std::slice::from_ref(&bad));
        let text = write();
        assert_eq!(text, write());
        assert!(!text.contains("\nATTENDEE") && !text.contains("\rATTENDEE"), "{text}");
        assert!(text.contains("SUMMARY:x\\nATTENDEE"));
        let mut far = entry("04", "2026-12-01", "2026-12-01", "old", "");
        (far.first, far.last) = (civil::Date::MIN, civil::Date::MIN);
        assert!(!calendar("c", "2026-11-23".parse().unwrap(), &[far]).contains("VEVENT"));
    }
}
