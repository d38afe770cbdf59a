//! Words that packed records say as one or two bytes: the segments of the field table's paths and
//! the codes of the vocabulary's lists.

use std::{collections::BTreeMap, sync::OnceLock};

use crate::model::{
    registry::{RecordKind, table},
    vocabulary::Vocabulary,
};

/// Keys that people give to the first entries of a repeated part.
const KEYS: [&str; 4] = ["1", "2", "3", "4"];
/// Words that take one byte, from [`FIRST`].
const SHORT: u16 = 112;
/// The first byte of a word; what is below is the length of a segment that is written out.
const FIRST: u8 = 0x80;
/// The first byte of words that take two bytes.
const FIRST_LONG: u8 = 0xf0;
/// Words that there can be.
const MAX_WORDS: usize = 112 + 16 * 256;

struct Dictionary {
    words: Vec<&'static str>,
    places: BTreeMap<&'static str, u16>,
    mark: [u8; 8],
}

fn built_in() -> &'static Dictionary {
    static BUILT_IN: OnceLock<Dictionary> = OnceLock::new();
    BUILT_IN.get_or_init(Dictionary::new)
}

impl Dictionary {
    fn new() -> Self {
        let vocabulary = Vocabulary::built_in();
        let segments =
            RecordKind::all().flat_map(table::fields).flat_map(|spec| spec.pattern.split('/'));
        let literal = segments.filter(|segment| *segment != "*" && !segment.starts_with('{'));
        let codes = vocabulary.lists().flat_map(|list| vocabulary.list(list));
        let all = literal.chain(KEYS).chain(codes.map(|term| term.code));
        let (mut words, mut places) = (Vec::new(), BTreeMap::new());
        for word in all.take(MAX_WORDS) {
            if let Ok(place) = u16::try_from(words.len())
                && !places.contains_key(word)
            {
                words.push(word);
                places.insert(word, place);
            }
        }
        let hash = blake3::hash(words.join("\n").as_bytes());
        let mark = hash.as_bytes().first_chunk().copied().unwrap_or_default();
        Self { words, places, mark }
    }
}

/// By which rows are known that were written with other words.
pub(in crate::view) fn mark() -> [u8; 8] {
    built_in().mark
}

/// Writes a word; false if it is none.
pub(super) fn put_word(out: &mut Vec<u8>, text: &str) -> bool {
    let Some(place) = built_in().places.get(text) else { return false };
    match place.checked_sub(SHORT).map(u16::to_be_bytes) {
        None => out.extend(u8::try_from(*place).ok().map(|place| FIRST | place)),
        Some([high, low]) => out.extend([FIRST_LONG | high, low]),
    }
    true
}

/// The word that begins with this byte; `next` gives the one after it.
pub(super) fn word(first: u8, next: impl FnOnce() -> Option<u8>) -> Option<&'static str> {
    let place = match first {
        0..FIRST => return None,
        FIRST..FIRST_LONG => u16::from(first & !FIRST),
        FIRST_LONG.. => SHORT + u16::from_be_bytes([first & !FIRST_LONG, next()?]),
    };
    built_in().words.get(usize::from(place)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_there_is_room_for_all() {
        let dictionary = built_in();
        for known in &dictionary.words {
            let mut bytes = Vec::new();
            assert!(put_word(&mut bytes, known));
            let mut rest = bytes.iter().copied();
            let first = rest.next().unwrap();
            assert_eq!(word(first, || rest.next()), Some(*known));
            assert_eq!(rest.next(), None);
        }
        let codes: usize = Vocabulary::built_in()
            .lists()
            .map(|list| Vocabulary::built_in().list(list).len())
            .sum();
        assert!(codes + 4 * table::INCIDENT.len() < MAX_WORDS);
        assert!(!put_word(&mut Vec::new(), "no_such_word"));
        assert_eq!(word(0xff, || Some(0xff)), None);
    }
}
