//! Whose a field is.

use std::collections::BTreeSet;

use crate::model::{
    disclosure::ledger::all_texts,
    registry::{FieldPath, Record, Value},
};

/// Parts whose entries name a victim.
const OF_VICTIMS: [&str; 3] = ["acts", "stories", "interventions"];
/// Those of them that are somebody's even where they do not say whose.
const OF_SOMEBODY: [&str; 2] = ["acts", "interventions"];

/// Whose the fields of a record are.
#[derive(Debug)]
pub(super) struct Belonging<'r> {
    record: &'r Record,
    contested: &'r [(FieldPath, Value)],
}

impl<'r> Belonging<'r> {
    pub(super) const fn of(record: &'r Record, contested: &'r [(FieldPath, Value)]) -> Self {
        Self { record, contested }
    }

    /// The victims that a field is about: none, one, or several if they were written at once.
    pub(super) fn victims<'p>(&'p self, path: &'p FieldPath) -> Vec<&'p str> {
        let part = path.segment(0).unwrap_or_default();
        let Some(key) = path.segment(1) else { return Vec::new() };
        if part == "victims" {
            return vec![key];
        }
        if !OF_VICTIMS.contains(&part) {
            return Vec::new();
        }
        all_texts(self.record, self.contested, &format!("{part}/{key}/victim"))
    }

    /// Whether a field is, or can be, of one of these victims: of an act that names nobody whom the
    /// record knows, nobody can say that it is not theirs.
    pub(super) fn is_of(&self, path: &FieldPath, victims: &BTreeSet<&str>) -> bool {
        if victims.is_empty() {
            return false;
        }
        let named = self.victims(path);
        if named.iter().any(|key| victims.contains(key)) {
            return true;
        }
        let part = path.segment(0).unwrap_or_default();
        let known = self.record.keys("victims");
        OF_SOMEBODY.contains(&part) && !named.iter().any(|key| known.contains(key))
    }
}
