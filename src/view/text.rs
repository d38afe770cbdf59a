//! The text of records as it is searched.

use crate::{
    model::{
        registry::{place, table},
        text::fold,
    },
    view::{
        HeldDocument, PackedRecord,
        packed::{PathRef, Raw},
    },
};

/// Parts of a record that the program writes for itself: no part of what an incident is.
const OF_PROGRAM: &[&str] =
    &["blobs", "disclosure", "meta", "share", table::STATISTICS, table::TOKENS];
/// What the program notes of imported rows beside the list's name: digests, which nobody types.
const OF_IMPORT: &[&str] = &["digest", "row", "values"];

/// Whether a field is the program's own, and not the incident's.
pub(super) fn is_of_program(path: &PathRef<'_>) -> bool {
    path.segment(0).is_some_and(|part| OF_PROGRAM.contains(&part))
}

/// Whether people search for its text.
fn is_searched(path: &PathRef<'_>) -> bool {
    !is_of_program(path)
        && match *path.segments() {
            [one] => one != table::DATE,
            ["import", kind, ..] => !OF_IMPORT.contains(&kind),
            _ => true,
        }
}

/// All words of a record, folded, each with one space before it.
pub(super) fn searchable(record: &PackedRecord) -> String {
    let mut words = String::new();
    record.raw().for_each(|(path, value)| push_field(&mut words, &path, value));
    words
}

/// All words of some documents. What a facet says as the first document does is there once.
pub(super) fn searchable_together(documents: &[HeldDocument]) -> Box<str> {
    let Some((first, others)) = documents.split_first() else { return Box::default() };
    let mut words = searchable(first.record());
    for other in others {
        let mut told = first.record().raw().peekable();
        for (path, value) in other.record().raw() {
            while told.next_if(|(known, _)| *known < path).is_some() {}
            if told.peek() != Some(&(path, value)) {
                push_field(&mut words, &path, value);
            }
        }
    }
    words.into_boxed_str()
}

fn push_field(words: &mut String, path: &PathRef<'_>, value: Raw<'_>) {
    if !is_searched(path) {
        return;
    }
    match value {
        Raw::Integer(_) | Raw::Flag(false) => {}
        // A code of a set: people search for `mining` as for any word.
        Raw::Flag(true) => {
            let is_set = path.segments().len() > 1 && path.segment(0) != Some("consent");
            push_folded(words, path.segments().last().copied().filter(|_| is_set).unwrap_or(""));
        }
        value @ (Raw::Word(_) | Raw::Text(_) | Raw::Hex(_) | Raw::Base64(_) | Raw::Record(_)) => {
            let Some(text) = value.value().and_then(|value| value.text()) else { return };
            push_folded(words, &text);
            // A department is also found by its name.
            if PathRef::of(table::ADMIN1).is_some_and(|admin1| admin1 == *path) {
                push_folded(words, place::by_code(&text).map_or("", |known| known.name));
            }
        }
    }
}

/// The words of a record's place.
pub(super) fn push_place(words: &mut String, record: &PackedRecord) {
    let Some(place) = PathRef::of("place") else { return };
    let fields = record.raw().skip_while(|(path, _)| !path.is_under(&place));
    fields
        .take_while(|(path, _)| path.is_under(&place))
        .for_each(|(path, value)| push_field(words, &path, value));
}

/// Appends what [`fold`] makes of the text, with a space before each word. Most words are plain
/// ASCII, which needs no table.
fn push_folded(words: &mut String, text: &str) {
    for piece in text.split_ascii_whitespace() {
        if piece.is_ascii() {
            push_ascii(words, piece);
        } else {
            let folded = fold(piece);
            for word in folded.split(' ').filter(|word| !word.is_empty()) {
                words.push(' ');
                words.push_str(word);
            }
        }
    }
}

fn push_ascii(words: &mut String, piece: &str) {
    for word in piece.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        words.push(' ');
        words.extend(word.chars().map(|c| c.to_ascii_lowercase()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::registry::Record;

    proptest! {
        #[test]
        fn the_short_way_of_folding_is_the_same(text in "[a-zA-Z0-9áÉñ\u{301}\u{200b}.,;_ \t\n-]{0,40}|.{0,20}") {
            let mut words = String::new();
            push_folded(&mut words, &text);
            let folded = fold(&text);
            let expected =
                if folded.is_empty() { String::new() } else { format!(" {folded}") };
            prop_assert_eq!(words, expected);
        }
    }

    #[test]
    fn what_the_program_writes_is_not_searched() {
        let mut record = Record::incident();
        let digest = "ab".repeat(32);
        for (path, text) in [
            ("disclosure/key", digest.as_str()),
            ("import/digest", &digest),
            ("import/row", &digest),
            ("import/source", "lista"),
            ("import/values/0", &digest),
            ("place/admin1", "CO-CAU"),
            ("summary", "Amenaza en la vereda"),
        ] {
            record.set(path.parse().unwrap(), text).unwrap();
        }
        let words = searchable(&record.into());
        assert_eq!(words, " lista co cau cauca amenaza en la vereda");
    }
}
