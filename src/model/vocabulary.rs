//! The code lists of the registry, in three languages, as one file of ours.
//!
//! `vocabulary.tsv` has one code a line: list, code, category of SDG indicator 16.10.1, code of the
//! International Classification of Crime for Statistical Purposes (ICCS), labels in English,
//! Spanish and Portuguese, note. A record keeps codes, never labels.

use std::{collections::BTreeMap, sync::OnceLock};

const FILE: &str = include_str!("vocabulary/vocabulary.tsv");
const COLUMNS: usize = 8;

/// Version of the built-in lists; goes up when a code is added.
pub const VERSION: u32 = 2;

/// A language of labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Spanish.
    Spanish,
    /// Portuguese.
    Portuguese,
}

impl Language {
    /// The language with this two-letter code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::English),
            "es" => Some(Self::Spanish),
            "pt" => Some(Self::Portuguese),
            _other => None,
        }
    }
}

/// One code of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The list that the code is of.
    pub list: &'static str,
    /// The code, unique in its list.
    pub code: &'static str,
    /// Category of SDG indicator 16.10.1 (`A` to `F`), `p:` before it where policy decides, `-`.
    pub sdg: &'static str,
    /// Code of the ICCS, or `-`.
    pub iccs: &'static str,
    /// What the code's makers noted.
    pub note: &'static str,
    labels: [&'static str; 3],
}

impl Term {
    /// The label for people.
    #[must_use]
    pub const fn label(&self, language: Language) -> &'static str {
        let [english, spanish, portuguese] = self.labels;
        match language {
            Language::English => english,
            Language::Spanish => spanish,
            Language::Portuguese => portuguese,
        }
    }

    /// The family of a type of violation, for example `attack`.
    #[must_use]
    pub fn family(&self) -> Option<&'static str> {
        self.note.split("; ").find_map(|part| part.strip_prefix("family="))
    }

    /// Whether a record with this code never leaves for more than named partners.
    #[must_use]
    pub fn always_restricted(&self) -> bool {
        self.note.split("; ").any(|part| part == "always restricted")
    }
}

/// The lists.
#[derive(Debug)]
pub struct Vocabulary {
    lists: BTreeMap<&'static str, Vec<Term>>,
}

impl Vocabulary {
    /// The lists that are built in.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Vocabulary> = OnceLock::new();
        BUILT_IN.get_or_init(|| Self::parse(FILE))
    }

    /// Reads the file's lines after its header; a test holds that none is malformed.
    fn parse(file: &'static str) -> Self {
        let mut lists: BTreeMap<_, Vec<Term>> = BTreeMap::new();
        for term in file.lines().skip(1).filter_map(parse_line) {
            lists.entry(term.list).or_default().push(term);
        }
        Self { lists }
    }

    /// The terms of a list in their order; empty if there is no such list.
    #[must_use]
    pub fn list(&self, list: &str) -> &[Term] {
        self.lists.get(list).map_or(&[], Vec::as_slice)
    }

    /// A code's term.
    #[must_use]
    pub fn term(&self, list: &str, code: &str) -> Option<&Term> {
        self.list(list).iter().find(|term| term.code == code)
    }

    /// The names of all lists.
    pub fn lists(&self) -> impl Iterator<Item = &'static str> {
        self.lists.keys().copied()
    }
}

fn parse_line(line: &'static str) -> Option<Term> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let [list, code, sdg, iccs, english, spanish, portuguese, note] =
        <[_; COLUMNS]>::try_from(cells).ok()?;
    Some(Term { list, code, sdg, iccs, note, labels: [english, spanish, portuguese] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::registry::{Kind, RecordKind, table};

    #[test]
    fn every_line_is_a_term_with_a_code_of_its_own_and_three_labels() {
        let lines = FILE.lines().skip(1).count();
        let terms: Vec<_> = FILE.lines().skip(1).filter_map(parse_line).collect();
        assert_eq!(terms.len(), lines, "a line has not {COLUMNS} cells");
        let mut codes: Vec<_> = terms.iter().map(|term| (term.list, term.code)).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), terms.len(), "a code is twice in its list");
        for term in terms {
            assert!(!term.labels.contains(&""), "{}/{} lacks a label", term.list, term.code);
            let path = format!("{}/{}", term.list, term.code);
            assert!(path.parse::<crate::model::registry::FieldPath>().is_ok(), "{path}");
        }
    }

    #[test]
    fn every_list_that_a_field_names_exists() {
        for spec in RecordKind::ALL.into_iter().flat_map(table::fields) {
            let named = spec.pattern.split('/').filter_map(|segment| {
                segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
            });
            let code = if let Kind::Code(list) = spec.kind { Some(list) } else { None };
            for list in named.chain(code) {
                assert!(!Vocabulary::built_in().list(list).is_empty(), "{}: {list}", spec.pattern);
            }
        }
    }

    #[test]
    fn notes_say_family_and_restriction() {
        let vocabulary = Vocabulary::built_in();
        let term = vocabulary.term("violation_type", "sexual_violence").unwrap();
        assert_eq!(term.family(), Some("attack"));
        assert!(term.always_restricted());
        assert_eq!(term.label(Language::Spanish), "Violencia sexual");
        assert!(vocabulary.term("violation_type", "no_such").is_none());
    }
}
