//! What a record says where nobody wrote a title: one that names nobody.

use crate::model::{
    registry::{Record, place, table},
    vocabulary::{Language, Vocabulary},
};

/// A title made of codes only: type of violation, place, date, as exact as the record is. In the
/// record's language, else in English. `Death threat, Cauca, 2024-05`.
#[must_use]
pub fn neutral_title(record: &Record) -> String {
    let language = record.text(table::LANGUAGE).and_then(Language::from_code).unwrap_or_default();
    let parts = [violations(record, language), place_of(record), date_of(record)];
    let title = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if title.is_empty() { untitled(language).to_owned() } else { title }
}

fn violations(record: &Record, language: Language) -> Option<String> {
    let acts = record.under("acts").filter(|(path, _)| path.segment(2) == Some("violation"));
    let vocabulary = Vocabulary::built_in();
    let mut labels: Vec<&str> = acts
        .filter_map(|(_, value)| vocabulary.term("violation_type", value.as_text()?))
        .map(|term| term.label(language))
        .collect();
    labels.sort_unstable();
    labels.dedup();
    match labels.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        [first, others @ ..] => Some(format!("{first} +{}", others.len())),
    }
}

fn place_of(record: &Record) -> Option<String> {
    let admin1 = record.text(table::ADMIN1).and_then(place::by_code).map(|known| known.name);
    let country = record.text(table::COUNTRY).filter(|code| place::is_country_code(code));
    admin1.or(country).map(ToOwned::to_owned)
}

fn date_of(record: &Record) -> Option<String> {
    let date: crate::model::registry::Date = record.text(table::DATE)?.parse().ok()?;
    Some(date.to_string())
}

const fn untitled(language: Language) -> &'static str {
    match language {
        Language::English => "Incident",
        Language::Spanish => "Incidente",
        Language::Portuguese => "Incidente",
    }
}
