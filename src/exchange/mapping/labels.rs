//! Codes by their labels, for lists that were written with our own vocabulary.

use std::collections::BTreeMap;

use super::lookup_key;
use crate::model::vocabulary::{Language, Vocabulary};

/// The codes of a list by their labels in all languages, as lookup tables compare them. A label
/// that is of two codes is of none: nothing is guessed.
pub(super) fn of(list: &str) -> BTreeMap<String, &'static str> {
    let mut found: BTreeMap<String, Option<&'static str>> = BTreeMap::new();
    for term in Vocabulary::built_in().list(list) {
        for language in [Language::English, Language::Spanish, Language::Portuguese] {
            let known = found.entry(lookup_key(term.label(language))).or_insert(Some(term.code));
            *known = known.filter(|code| *code == term.code);
        }
    }
    found.into_iter().filter_map(|(label, code)| Some((label, code?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_three_languages_are_one_code() {
        let violations = of("violation_type");
        for label in ["Death threat", "Amenaza de muerte", "Ameaça de morte"] {
            assert_eq!(violations.get(&lookup_key(label)), Some(&"death_threat"), "{label}");
        }
        assert!(of("no_such_list").is_empty());
    }
}
