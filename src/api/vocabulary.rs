//! The code lists, and what coalitions add to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    api::request::OrgName,
    model::{
        id::OrgId,
        vocabulary::{self, Language, VERSION, Wording},
    },
};

/// What is asked of the code lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum VocabularyRequest {
    /// All lists as the coalition has them. Answer: `Terms`.
    Terms,
    /// Proposes a code, in the name of this organisation. Answer: `TermProposals`.
    Propose {
        /// Its words.
        term: Box<Term>,
    },
    /// Endorses a code that another organisation proposed. Answer: `TermProposals`.
    Endorse {
        /// The list.
        list: String,
        /// The code.
        code: String,
        /// Whose words, if there are several for the code.
        of: Option<OrgName>,
    },
    /// Takes this organisation's proposal or endorsement back. Answer: `TermProposals`.
    Withdraw {
        /// The list.
        list: String,
        /// The code.
        code: String,
    },
    /// What was proposed, and who stands behind it. Answer: `TermProposals`.
    Proposals,
    /// What the coalition has added, and which incidents that touches. Answer: `VocabularyDiff`.
    Diff,
}

/// One code with its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The list.
    pub list: String,
    /// The code.
    pub code: String,
    /// Category of SDG indicator 16.10.1, `-` or nothing.
    #[serde(default)]
    pub sdg: String,
    /// Code of the ICCS, `-` or nothing.
    #[serde(default)]
    pub iccs: String,
    /// Label in English.
    pub en: String,
    /// Label in Spanish.
    pub es: String,
    /// Label in Portuguese.
    pub pt: String,
    /// What its makers noted.
    #[serde(default)]
    pub note: String,
}

impl From<&Wording> for Term {
    fn from(wording: &Wording) -> Self {
        let [en, es, pt] = wording.labels.clone();
        Self {
            list: wording.list.clone(),
            code: wording.code.clone(),
            sdg: wording.sdg.clone(),
            iccs: wording.iccs.clone(),
            en,
            es,
            pt,
            note: wording.note.clone(),
        }
    }
}

impl From<&vocabulary::Term> for Term {
    fn from(term: &vocabulary::Term) -> Self {
        let label = |language| term.label(language).to_owned();
        Self {
            list: term.list.to_owned(),
            code: term.code.to_owned(),
            sdg: term.sdg.to_owned(),
            iccs: term.iccs.to_owned(),
            en: label(Language::English),
            es: label(Language::Spanish),
            pt: label(Language::Portuguese),
            note: term.note.to_owned(),
        }
    }
}

/// All lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The version: of the built-in lists, with what the coalition adopted.
    pub version: String,
    /// The codes in the order of their lists.
    pub terms: Vec<Term>,
}

impl Terms {
    /// The built-in lists, with what a coalition has adopted at the end of each.
    #[must_use]
    pub fn with(adopted: &vocabulary::Terms) -> Self {
        let built_in = vocabulary::Vocabulary::built_in();
        let terms = built_in.lists().flat_map(|list| {
            let added = adopted.iter().filter(move |wording| wording.list == list);
            built_in.list(list).iter().map(Term::from).chain(added.map(Term::from))
        });
        Self { version: adopted.version(), terms: terms.collect() }
    }
}

/// A code that was proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermProposal {
    /// Its words.
    pub term: Term,
    /// Organisations that stand behind these words.
    pub endorsed_by: Vec<OrgId>,
    /// Their names, as far as known, in the same order.
    pub endorsed_by_names: Vec<String>,
    /// How many of them are stewards, whose word counts.
    pub stewards: usize,
    /// How many stewards it needs.
    pub needed: usize,
    /// Whether the code is adopted with these words.
    pub adopted: bool,
    /// Whether this organisation stands behind them.
    pub ours: bool,
}

/// What a coalition's vocabulary has beside the built-in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VocabularyDiff {
    /// Version of the built-in lists.
    pub built_in: u32,
    /// The coalition's version.
    pub version: String,
    /// What it added, with the number of incidents here that have the code.
    pub added: Vec<TermUse>,
    /// Codes in incidents here that nobody adopted: they do not leave.
    pub strange: Vec<CodeUse>,
    /// Number of incidents by the version that they were coded with; `unknown` without one.
    pub by_version: BTreeMap<String, u64>,
}

impl VocabularyDiff {
    /// Nothing added, nothing used.
    #[must_use]
    pub fn new(version: String) -> Self {
        let (added, strange, by_version) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { built_in: VERSION, version, added, strange, by_version }
    }
}

/// An adopted code, and how much it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermUse {
    /// The code.
    pub term: Term,
    /// Incidents with it.
    pub incidents: u64,
}

/// A code that is in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeUse {
    /// The list.
    pub list: String,
    /// The code.
    pub code: String,
    /// Incidents with it.
    pub incidents: u64,
}
