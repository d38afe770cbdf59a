//! The ledger of consent: what persons and communities agreed to, entry by entry.
//!
//! Entries are never changed. Of a subject the entry with the greatest number holds; of several
//! with one number, which two devices wrote without knowing of each other, each must allow what is
//! to leave, and agree to what is counted. What cannot be read allows nothing, until a later entry
//! can. `withdrawn` ends every release of what is the subject's, and no entry that was written
//! without knowing of it changes that: it holds beside whatever has a greater number, until such a
//! one [follows](FOLLOWS) it by name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::model::{
    disclosure::{ConsentState, Grant, Refusal},
    registry::{FieldPath, Record, RecordKind, Tier, check},
    time::Timestamp,
};

/// Field with whose consent an entry is.
pub const SUBJECT: &str = "subject";

/// Field with the id of the entry that ruled when this one was written.
pub const FOLLOWS: &str = "follows";

/// The entries that hold, by subject.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    subjects: BTreeMap<String, Latest>,
}

/// Without who is in it, and what they said.
impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ledger").finish_non_exhaustive()
    }
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Latest {
    number: i64,
    /// What the entries with that number say.
    newest: Vec<Grant>,
    /// Ids of the entries with that number.
    ids: BTreeSet<String>,
    /// Every withdrawal, by its id and number.
    withdrawals: BTreeMap<(String, i64), Grant>,
    /// The ids of entries that others follow, with the greatest number of these.
    followed: BTreeMap<String, i64>,
    /// What holds: the newest, and the withdrawals that nothing follows.
    grants: Vec<Grant>,
}

impl Latest {
    /// Withdrawals that no later entry names.
    fn open(&self) -> impl Iterator<Item = (&str, &Grant)> {
        let open = self.withdrawals.iter().filter(|((id, number), _)| {
            self.followed.get(id).is_none_or(|follower| follower <= number)
        });
        open.map(|((id, _), grant)| (id.as_str(), grant))
    }

    fn work_out(&mut self) {
        let mut grants = self.newest.clone();
        for (_, grant) in self.open() {
            if !grants.contains(grant) {
                grants.push(grant.clone());
            }
        }
        self.grants = grants;
    }
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
        let readable = !altered && is_readable(entry);
        let grant = if readable { Grant::of_entry(entry) } else { Grant::unreadable() };
        let number = entry.get("number").and_then(|it| it.as_integer()).unwrap_or(i64::MAX);
        let id = entry.text("id").unwrap_or_default();
        let latest = self
            .subjects
            .entry(subject.to_owned())
            .or_insert_with(|| Latest { number, ..Latest::default() });
        if number > latest.number {
            latest.number = number;
            latest.newest.clear();
            latest.ids.clear();
        }
        if entry.text("basis") == Some("withdrawn") {
            // Also one that cannot be read otherwise: somebody meant to withdraw.
            latest.withdrawals.insert((id.to_owned(), number), Grant::of_entry(entry));
        }
        if readable && let Some(before) = entry.text(FOLLOWS) {
            let follower = latest.followed.entry(before.to_owned()).or_insert(number);
            *follower = number.max(*follower);
        }
        if number == latest.number {
            latest.ids.insert(id.to_owned());
            // A copy of an entry says nothing new.
            if !latest.newest.contains(&grant) {
                latest.newest.push(grant);
            }
        }
        latest.work_out();
    }

    /// The id of an entry that rules a subject, for the next one to follow: a withdrawal first.
    #[must_use]
    pub fn ruling(&self, subject: &str) -> Option<&str> {
        let latest = self.subjects.get(subject)?;
        let open = latest.open().map(|(id, _)| id).next();
        open.or_else(|| latest.ids.first().map(String::as_str)).filter(|id| !id.is_empty())
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
