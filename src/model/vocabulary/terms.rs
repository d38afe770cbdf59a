//! The codes that a coalition has added to the lists.
//!
//! Whoever proposes a code, or endorses one, writes a record of kind `term` with all of its words.
//! A code is adopted while as many stewards as a decision needs have a record that stands with the
//! same words: what one steward writes changes nothing for others, and what was adopted is the same
//! on every node that has the same records, in whatever order they came.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Language, VERSION, Vocabulary, is_coalition_code, is_extensible};
use crate::model::{
    id::OrgId,
    registry::{Record, Value, validate::is_number},
};

/// Under what the adopted words are hashed.
const HASHED_AS: &str = "ceiba vocabulary terms v1";
/// Hexadecimal digits of the hash in a version.
const HASH_DIGITS: usize = 6;

/// What a code is said to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wording {
    /// The list that gets the code.
    pub list: String,
    /// The code.
    pub code: String,
    /// Category of SDG indicator 16.10.1, or `-`.
    pub sdg: String,
    /// Code of the ICCS, or `-`.
    pub iccs: String,
    /// Labels in English, Spanish and Portuguese.
    pub labels: [String; 3],
    /// For example `family=threat`; `always restricted`.
    pub note: String,
}

impl Wording {
    /// Reads a record of kind `term`; none if it is malformed, or adds to a list that is closed.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        let text = |field: &str| record.text(field).map(str::to_owned);
        let or_none = |field: &str| text(field).unwrap_or_else(|| "-".to_owned());
        let wording = Self {
            list: text("list")?,
            code: text("code")?,
            sdg: or_none("sdg"),
            iccs: or_none("iccs"),
            labels: [text("en")?, text("es")?, text("pt")?],
            note: text("note").unwrap_or_default(),
        };
        wording.is_well_formed().then_some(wording)
    }

    /// Whether a coalition can adopt it: the form of each part, see [`Self::of`].
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        is_extensible(&self.list)
            && is_coalition_code(&self.code)
            && is_sdg(&self.sdg)
            && is_iccs(&self.iccs)
            && self.labels.iter().all(|label| !label.trim().is_empty())
    }

    /// The label for people.
    #[must_use]
    pub fn label(&self, language: Language) -> &str {
        let [english, spanish, portuguese] = &self.labels;
        match language {
            Language::English => english,
            Language::Spanish => spanish,
            Language::Portuguese => portuguese,
        }
    }

    /// The family of a type of violation.
    #[must_use]
    pub fn family(&self) -> Option<&str> {
        self.note.split("; ").find_map(|part| part.strip_prefix("family="))
    }

    /// Whether a record with this code never leaves for more than named partners.
    #[must_use]
    pub fn always_restricted(&self) -> bool {
        self.note.split("; ").any(|part| part == "always restricted")
    }
}

/// A category of indicator 16.10.1: `A` to `F`, `p:` before it where policy decides, or `-`.
pub(super) fn is_sdg(text: &str) -> bool {
    let category = text.strip_prefix("p:").unwrap_or(text);
    text == "-" || matches!(category, "A" | "B" | "C" | "D" | "E" | "F")
}

/// A code of the ICCS: digits of its sections and divisions, or `-`.
pub(super) fn is_iccs(text: &str) -> bool {
    text == "-" || ((2..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What an organisation says of a code: a record of kind `term`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// Who, as the signature proves.
    pub org: OrgId,
    /// Its place among what is said of the code.
    pub number: i64,
    /// The record's id.
    pub id: String,
    /// Whether it takes back what the organisation said before.
    pub withdrawn: bool,
    /// The words.
    pub wording: Wording,
}

impl Vote {
    /// Reads a record; none if its words are malformed, or its number is none.
    #[must_use]
    pub fn of(org: OrgId, record: &Record) -> Option<Self> {
        let Value::Integer(number) = *record.get("number")? else { return None };
        if !is_number(number) {
            return None;
        }
        let withdrawn = record.get("withdrawn").and_then(Value::as_flag);
        let id = record.text("id")?.to_owned();
        let withdrawn = withdrawn == Some(true);
        Some(Self { org, number, id, withdrawn, wording: Wording::of(record)? })
    }
}

/// What stands: each organisation's newest word on each code, and who else says the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    newest: BTreeMap<(OrgId, String, String), Vote>,
}

impl Standing {
    /// Everything that was said, in any order; copies of one record count once.
    #[must_use]
    pub fn of(votes: impl IntoIterator<Item = Vote>) -> Self {
        let mut newest: BTreeMap<_, Vote> = BTreeMap::new();
        for vote in votes {
            let key = (vote.org, vote.wording.list.clone(), vote.wording.code.clone());
            let beaten = newest.get(&key).is_none_or(|held| rank(held) < rank(&vote));
            if beaten {
                newest.insert(key, vote);
            }
        }
        Self { newest }
    }

    /// The words that stand, and who stands behind them.
    #[must_use]
    pub fn wordings(&self) -> BTreeMap<&Wording, BTreeSet<OrgId>> {
        let mut backed: BTreeMap<&Wording, BTreeSet<OrgId>> = BTreeMap::new();
        for vote in self.newest.values().filter(|vote| !vote.withdrawn) {
            backed.entry(&vote.wording).or_default().insert(vote.org);
        }
        backed
    }

    /// What stands of an organisation about a code.
    #[must_use]
    pub fn by(&self, org: &OrgId, list: &str, code: &str) -> Option<&Vote> {
        let vote = self.newest.get(&(*org, list.to_owned(), code.to_owned()))?;
        (!vote.withdrawn).then_some(vote)
    }

    /// The number of an organisation's next record about a code: one more than its own greatest.
    /// What others number does not matter, since the newest is told of each organisation by itself.
    #[must_use]
    pub fn next_number(&self, org: &OrgId, list: &str, code: &str) -> i64 {
        let newest = self.newest.get(&(*org, list.to_owned(), code.to_owned()));
        newest.map_or(0, |vote| vote.number).saturating_add(1)
    }

    /// The codes that enough stewards stand behind. Of two wordings of one code the one with more
    /// of them; of as many, the smaller one.
    #[must_use]
    pub fn adopted(&self, stewards: &BTreeSet<OrgId>, needed: usize) -> Terms {
        let mut adopted: BTreeMap<(String, String), (usize, Wording)> = BTreeMap::new();
        for (wording, orgs) in self.wordings() {
            let behind = orgs.intersection(stewards).count();
            if behind == 0 || behind < needed {
                continue;
            }
            let key = (wording.list.clone(), wording.code.clone());
            if adopted.get(&key).is_none_or(|(most, _)| *most < behind) {
                adopted.insert(key, (behind, wording.clone()));
            }
        }
        Terms::from_wordings(adopted.into_values().map(|(_, wording)| wording))
    }
}

fn rank(vote: &Vote) -> (i64, &str, bool, &Wording) {
    (vote.number, &vote.id, vote.withdrawn, &vote.wording)
}

type Adopted = BTreeMap<(String, String), Wording>;

/// The codes that a coalition has adopted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms(Option<Arc<Adopted>>);

impl Terms {
    /// None: the built-in lists alone.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    fn from_wordings(wordings: impl IntoIterator<Item = Wording>) -> Self {
        let mut adopted = Adopted::new();
        for wording in wordings {
            let key = (wording.list.clone(), wording.code.clone());
            adopted.entry(key).or_insert(wording);
        }
        Self((!adopted.is_empty()).then(|| Arc::new(adopted)))
    }

    /// These, and what others have beside them: for a node that is in several coalitions.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        Self::from_wordings(self.iter().chain(others.iter()).cloned())
    }

    /// All of them, by list and code.
    pub fn iter(&self) -> impl Iterator<Item = &Wording> {
        self.0.iter().flat_map(|adopted| adopted.values())
    }

    /// An adopted code.
    #[must_use]
    pub fn get(&self, list: &str, code: &str) -> Option<&Wording> {
        self.0.as_ref()?.get(&(list.to_owned(), code.to_owned()))
    }

    /// Whether a code may be written: built in, or adopted.
    #[must_use]
    pub fn know(&self, list: &str, code: &str) -> bool {
        Vocabulary::built_in().term(list, code).is_some() || self.get(list, code).is_some()
    }

    /// The version of the coalition's vocabulary: that of the built-in lists, and with adopted codes
    /// their number and the beginning of a hash of their words, `2+3.ab12cd`.
    #[must_use]
    pub fn version(&self) -> String {
        let Some(adopted) = &self.0 else { return VERSION.to_string() };
        let mut hasher = blake3::Hasher::new_derive_key(HASHED_AS);
        for wording in adopted.values() {
            let Wording { list, code, sdg, iccs, labels: [english, spanish, portuguese], note } =
                wording;
            for text in [list, code, sdg, iccs, english, spanish, portuguese, note] {
                hasher.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
                hasher.update(text.as_bytes());
            }
        }
        let hash: String = hasher.finalize().to_hex().chars().take(HASH_DIGITS).collect();
        format!("{VERSION}+{}.{hash}", adopted.len())
    }
}
