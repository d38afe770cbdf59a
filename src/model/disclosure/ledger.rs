//! The ledger of consent: what persons and communities agreed to, entry by entry.
//!
//! Entries are never changed. Of a subject the entry with the greatest number holds; of several
//! with one number, which two devices wrote without knowing of each other, each must allow what is
//! to leave, and agree to what is counted. What cannot be read allows nothing, until a later entry
//! can. `withdrawn` ends every release of what is the subject's.

use std::collections::BTreeMap;

use crate::model::{
    disclosure::{ConsentState, Grant, Refusal},
    registry::{FieldPath, Record, RecordKind, Tier, check},
    time::Timestamp,
};

/// Field with whose consent an entry is.
pub const SUBJECT: &str = "subject";

/// The entries that hold, by subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    subjects: BTreeMap<String, Latest>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Latest {
    number: i64,
    grants: Vec<Grant>,
}

impl Ledger {
    /// A ledger without entries: who is looked for in it has agreed to nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { subjects: BTreeMap::new() }
    }

    /// Takes an entry in, in whatever order they come. `altered` says that somebody wrote in it a
    /// second time: then nobody knows what it said.
    pub fn add(&mut self, entry: &Record, altered: bool) {
        // Without a subject it is about nobody, and cannot be told from what is no entry.
        let Some(subject) = entry.text(SUBJECT) else { return };
        let grant = if altered || !is_readable(entry) {
            Grant::unreadable()
        } else {
            Grant::of_entry(entry)
        };
        let number = entry.get("number").and_then(|it| it.as_integer()).unwrap_or(i64::MAX);
        let latest = self
            .subjects
            .entry(subject.to_owned())
            .or_insert_with(|| Latest { number, grants: Vec::new() });
        if number > latest.number {
            *latest = Latest { number, grants: Vec::new() };
        }
        // A copy of an entry says nothing new.
        if number == latest.number && !latest.grants.contains(&grant) {
            latest.grants.push(grant);
        }
    }

    /// The entries that hold of a subject, one unless two devices wrote at once.
    #[must_use]
    pub fn of(&self, subject: &str) -> &[Grant] {
        self.subjects.get(subject).map_or(&[], |latest| latest.grants.as_slice())
    }

    /// The greatest number of a subject's entries.
    #[must_use]
    pub fn number_of(&self, subject: &str) -> Option<i64> {
        self.subjects.get(subject).map(|latest| latest.number)
    }

    /// All subjects.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        self.subjects.keys().map(String::as_str)
    }
}

/// Whether every field but those of a newer program is as it should be.
fn is_readable(entry: &Record) -> bool {
    use crate::model::registry::Problem;
    entry.schema().kind() == Some(RecordKind::Consent)
        && check(entry).iter().all(|it| matches!(it.problem, Problem::UnknownField { .. }))
}

/// Somebody whose consent a record needs: all their grants must allow.
#[derive(Debug, Clone)]
pub(super) struct Party(Vec<Grant>);

impl Party {
    /// Who has these ids in the ledger: one, or several that were written at once. Whoever has no
    /// entry has agreed to nothing.
    pub(super) fn of(ledger: &Ledger, subjects: &[&str]) -> Self {
        let mut grants = Vec::new();
        for subject in subjects {
            match ledger.of(subject) {
                [] => return Self(Vec::new()),
                held => grants.extend_from_slice(held),
            }
        }
        Self(grants)
    }

    /// Who has the consent that the record has itself.
    pub(super) fn own(grant: Grant) -> Self {
        Self(vec![grant])
    }

    pub(super) fn allows(&self, tier: Tier, now: Timestamp) -> Result<(), Refusal> {
        self.each(|grant| grant.allows(tier, now))
    }

    pub(super) fn allows_names(&self, tier: Tier, now: Timestamp) -> Result<(), Refusal> {
        self.each(|grant| grant.allows_names(tier, now))
    }

    pub(super) fn covers(&self, scope: &str, now: Timestamp) -> bool {
        !self.0.is_empty() && self.0.iter().all(|grant| grant.covers(scope, now))
    }

    pub(super) fn is_withdrawn(&self) -> bool {
        self.0.iter().any(Grant::is_withdrawn)
    }

    /// Whether they have an id in the ledger, and no entry that can be read.
    pub(super) fn is_unknown(&self) -> bool {
        self.0.is_empty() || self.0.iter().any(|grant| grant.basis().is_none())
    }

    pub(super) fn state(&self, now: Timestamp) -> ConsentState {
        self.0.iter().map(|grant| grant.state(now)).min().unwrap_or(ConsentState::None)
    }

    fn each(&self, judge: impl Fn(&Grant) -> Result<(), Refusal>) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Err(Refusal::NoEntry);
        }
        self.0.iter().try_for_each(judge)
    }
}

/// The values of a field, with those that lost against concurrent ones.
pub(super) fn all_texts<'r>(
    record: &'r Record,
    contested: &'r [(FieldPath, crate::model::registry::Value)],
    path: &str,
) -> Vec<&'r str> {
    let lost = contested.iter().filter(|(at, _)| at.as_str() == path).map(|(_, value)| value);
    // What is no text names nobody, and so nobody who has agreed.
    record.get(path).into_iter().chain(lost).map(|it| it.as_text().unwrap_or_default()).collect()
}
