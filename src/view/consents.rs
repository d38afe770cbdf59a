//! The ledger of consent, and the records that name whom it is about.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::{
    model::{
        disclosure::Ledger,
        id::{CircleId, IncidentId},
        registry::{FieldPath, Record, Value, table},
    },
    view::{BesideRecord, HeldDocument, View},
};

/// Where a dossier names somebody of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Naming {
    /// The incident.
    pub incident: IncidentId,
    /// The victim's key; none for the community.
    pub victim: Option<String>,
}

impl View {
    /// The ledger of consent: the entries in the organisation's private circle. What others write
    /// is nobody's consent.
    #[must_use]
    pub fn ledger(&self, private: &CircleId) -> Ledger {
        ledger(self.shelf.consents(private))
    }

    /// What the ledger has of those whom a record names, also by a value that lost.
    #[must_use]
    pub fn ledger_of(
        &self,
        private: &CircleId,
        record: &Record,
        contested: &[(FieldPath, Value)],
    ) -> Ledger {
        let lost = contested.iter().map(|(path, value)| (path, value));
        let named = record.iter().chain(lost).filter(|(path, _)| names_somebody(path));
        let subjects = named.filter_map(|(_, value)| value.as_text());
        ledger(subjects.flat_map(|subject| self.shelf.consents_of(private, subject)))
    }

    /// The entries of a subject, the least number first, each with whether it counts.
    #[must_use]
    pub fn consents(&self, private: &CircleId, subject: &str) -> Vec<(Record, bool)> {
        let held = self.shelf.consents_of(private, subject);
        let mut entries: Vec<(Record, bool)> =
            held.map(|held| (held.record(), held.author().is_some())).collect();
        entries.sort_by_key(|(entry, _)| {
            let number = entry.get("number").and_then(|it| it.as_integer());
            (number, entry.text("id").map(str::to_owned))
        });
        entries
    }

    /// Where own dossiers name persons and communities of the ledger, by their ids.
    #[must_use]
    pub fn named(&self) -> BTreeMap<String, Vec<Naming>> {
        let found: Vec<(String, Naming)> = self
            .groups
            .par_iter()
            .flat_map_iter(|(incident, group)| {
                let dossiers = group.documents().iter().filter(|it| it.tier().is_none());
                dossiers.flat_map(|dossier| named_in(*incident, dossier))
            })
            .collect();
        let mut named: BTreeMap<String, Vec<Naming>> = BTreeMap::new();
        for (subject, naming) in found {
            named.entry(subject).or_default().push(naming);
        }
        for namings in named.values_mut() {
            namings.sort_unstable();
            namings.dedup();
        }
        named
    }
}

fn ledger<'s>(entries: impl Iterator<Item = &'s BesideRecord>) -> Ledger {
    let mut ledger = Ledger::new();
    for held in entries {
        ledger.add(&held.record(), held.author().is_none());
    }
    ledger
}

fn named_in(incident: IncidentId, dossier: &HeldDocument) -> Vec<(String, Naming)> {
    let record = dossier.record();
    let mut named = Vec::new();
    let mut add = |path: &FieldPath, subject: Option<&str>| {
        if let Some(subject) = subject.filter(|_| names_somebody(path)) {
            let victim = path.segment(1).filter(|_| path.is_under("victims"));
            let naming = Naming { incident, victim: victim.map(str::to_owned) };
            named.push((subject.to_owned(), naming));
        }
    };
    for (path, value) in
        record.under("victims").filter(|(path, _)| path.segment(2) == Some("person"))
    {
        if let Some(path) = path.to_path() {
            add(&path, value.text().as_deref());
        }
    }
    if let Ok(path) = table::CONSENT_COMMUNITY.parse() {
        add(&path, record.text(table::CONSENT_COMMUNITY).as_deref());
    }
    // Whoever is named by a value that lost is named as well.
    for conflict in dossier.conflicts() {
        conflict.values.iter().for_each(|lost| add(&conflict.path, lost.value.as_text()));
    }
    named
}

/// Whether a field holds an id of the ledger.
fn names_somebody(path: &FieldPath) -> bool {
    path.as_str() == table::CONSENT_COMMUNITY
        || (path.segment(0) == Some("victims") && path.segment(2) == Some("person"))
}
