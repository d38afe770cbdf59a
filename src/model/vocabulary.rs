//! The code lists of the registry, in three languages, as one file of ours.
//!
//! `vocabulary.tsv` has one code a line: list, code, category of SDG indicator 16.10.1, code of the
//! International Classification of Crime for Statistical Purposes (ICCS), labels in English,
//! Spanish and Portuguese, note. A record keeps codes, never labels.

mod terms;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::OnceLock};

pub use self::terms::{Standing, Terms, Vote, Wording};

const FILE: &str = include_str!("vocabulary/vocabulary.tsv");
const COLUMNS: usize = 8;

/// How the codes that a coalition adds begin; no code of the built-in lists does.
const COALITION_PREFIX: &str = "x_";
/// The lists that a coalition can add to. Of the others each code is a rule of the program: who may
/// read, what counts, how exact a date is.
const EXTENSIBLE: [&str; 17] = [
    "act_means",
    "act_outcome",
    "context_tag",
    "custody_event",
    "defender_role",
    "evidence_type",
    "impunity_cause",
    "incident_link",
    "intervention_impact",
    "intervention_status",
    "intervention_type",
    "perpetrator_type",
    "population_group",
    "sector",
    "source_type",
    "story_impact",
    "violation_type",
];

/// Version of the built-in lists; goes up when a code is added.
pub const VERSION: u32 = 3;

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

    /// Whether a value may have this code: one of the list, or one that a coalition can add to it.
    /// Which of these it has added say its [`Terms`]; the same document must be well formed on
    /// every node, whatever that has heard of them.
    #[must_use]
    pub fn admits(&self, list: &str, code: &str) -> bool {
        self.term(list, code).is_some() || (is_extensible(list) && is_coalition_code(code))
    }

    /// The names of all lists.
    pub fn lists(&self) -> impl Iterator<Item = &'static str> {
        self.lists.keys().copied()
    }
}

/// Whether a coalition can add codes to a list.
#[must_use]
pub fn is_extensible(list: &str) -> bool {
    EXTENSIBLE.contains(&list)
}

/// Whether a code has the form of one that a coalition adds: `x_`, a small letter, then small
/// letters, digits and `_`, as far as a segment of a path goes.
#[must_use]
pub fn is_coalition_code(code: &str) -> bool {
    let begun = code.strip_prefix(COALITION_PREFIX);
    begun.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()))
        && super::registry::path::is_segment(code)
}

fn parse_line(line: &'static str) -> Option<Term> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let [list, code, sdg, iccs, english, spanish, portuguese, note] =
        <[_; COLUMNS]>::try_from(cells).ok()?;
    Some(Term { list, code, sdg, iccs, note, labels: [english, spanish, portuguese] })
}
