//! The text of a record as it is searched.

use crate::model::{
    registry::{Record, place, table},
    text::fold,
};

/// Parts of a record that the program writes for itself: no part of what an incident is.
const OF_PROGRAM: &[&str] = &["disclosure", "meta", "share"];
/// Fields whose text nobody searches for.
const UNSEARCHED: &[&str] = &[table::DATE, "import/digest"];

/// Whether a field is the program's own, and not the incident's.
pub(super) fn is_of_program(path: &str) -> bool {
    let part = path.split('/').next().unwrap_or_default();
    OF_PROGRAM.contains(&part)
}

/// All words of a record, folded, each with one space before it.
pub(super) fn searchable(record: &Record) -> Box<str> {
    let mut words = String::new();
    for (path, value) in record.iter() {
        let path = path.as_str();
        let Some(text) = value.as_text() else { continue };
        if is_of_program(path) || UNSEARCHED.contains(&path) {
            continue;
        }
        push_folded(&mut words, text);
        if path == table::ADMIN1 {
            push_folded(&mut words, place::by_code(text).map_or("", |known| known.name));
        }
    }
    words.into_boxed_str()
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
            ("place/admin1", "CO-CAU"),
            ("summary", "Amenaza en la vereda"),
        ] {
            record.set(path.parse().unwrap(), text).unwrap();
        }
        assert_eq!(&*searchable(&record), " co cau cauca amenaza en la vereda");
    }
}
