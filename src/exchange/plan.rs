//! What an import would do to the registry. Decides only; the node carries it out.
//!
//! The rule, field by field, with the marks of the last import (see `import/values`):
//!
//! | the list since the last import | the registry since | then |
//! |---|---|---|
//! | same | any | nothing: a second import of a file changes nothing |
//! | changed | as imported | the list's value is taken |
//! | changed | changed by a person | the person's value stays and is told, at each import |
//!
//! So what a person changed is theirs until they put back what was imported. Rows that are no
//! longer in the list change nothing: nothing is removed by an import.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    key::{KeyedHash, SourceRef},
    marks::{Marks, is_imported},
    outcome::Summary,
    read::{Import, ImportedIncident},
};
use crate::model::{
    id::IncidentId,
    registry::{FieldPath, Record, Value},
};

/// What the registry has of an imported incident.
#[derive(Debug, Clone)]
pub enum Existing {
    /// Its dossier.
    Present {
        /// Its identifier.
        incident: IncidentId,
        /// The dossier's record, `import/…` included.
        record: Record,
    },
    /// It was erased: consent was withdrawn, and no import brings it back.
    Erased,
}

/// What is to be done about one incident of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// Make a new incident.
    Create {
        /// Its record, marks included.
        record: Record,
    },
    /// Change some fields.
    Update {
        /// The incident.
        incident: IncidentId,
        /// New values; none: take the field out.
        changes: BTreeMap<FieldPath, Option<Value>>,
        /// The marks to write with them, likewise.
        marks: BTreeMap<FieldPath, Option<Value>>,
        /// Fields in which a person's value stays although the list has another.
        kept: Vec<FieldPath>,
    },
    /// Do nothing.
    Unchanged {
        /// The incident.
        incident: IncidentId,
        /// Fields in which a person's value stays although the list has another.
        kept: Vec<FieldPath>,
    },
    /// Do nothing: the incident was erased.
    Erased,
}

/// One incident of a list and what is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedIncident {
    /// The name by which the registry knows it again.
    pub source: SourceRef,
    /// Lines of the file on which its rows begin.
    pub lines: Vec<u64>,
    /// What is to be done.
    pub planned: Planned,
}

/// What an import would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Each incident of the list once, in the list's order.
    pub incidents: Vec<PlannedIncident>,
    /// The numbers.
    pub summary: PlanSummary,
}

/// The numbers of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PlanSummary {
    /// What became of the rows.
    pub rows: Summary,
    /// Incidents to be made.
    pub create: u64,
    /// Incidents to be changed.
    pub update: u64,
    /// Incidents that stay as they are.
    pub unchanged: u64,
    /// Incidents that were erased and stay so.
    pub erased: u64,
    /// Fields in which a person's value stays although the list has another.
    pub kept_fields: u64,
}

/// Compares a list with the registry.
///
/// `existing` finds the incident whose field `import/row` is this reference.
pub fn plan(
    import: Import,
    keyed: KeyedHash<'_>,
    existing: impl Fn(&SourceRef) -> Option<Existing>,
) -> Plan {
    let mut summary = PlanSummary { rows: import.summary, ..PlanSummary::default() };
    let incidents = import.incidents.into_iter().map(|incident| {
        let ImportedIncident { source, lines, record } = incident;
        let planned = match existing(&source) {
            None => Planned::Create { record },
            Some(Existing::Erased) => Planned::Erased,
            Some(Existing::Present { incident, record: own }) => {
                update(incident, &own, &record, keyed)
            }
        };
        summary.count(&planned);
        PlannedIncident { source, lines, planned }
    });
    let incidents = incidents.collect();
    Plan { incidents, summary }
}

impl PlanSummary {
    fn count(&mut self, planned: &Planned) {
        let (counter, kept) = match planned {
            Planned::Create { .. } => (&mut self.create, 0),
            Planned::Update { kept, .. } => (&mut self.update, kept.len()),
            Planned::Unchanged { kept, .. } => (&mut self.unchanged, kept.len()),
            Planned::Erased => (&mut self.erased, 0),
        };
        *counter += 1;
        self.kept_fields += u64::try_from(kept).unwrap_or(u64::MAX);
    }
}

fn update(incident: IncidentId, own: &Record, listed: &Record, keyed: KeyedHash<'_>) -> Planned {
    let mut marks = Marks::stored_in(own);
    let before = marks.fields();
    let fields: BTreeSet<&FieldPath> = own
        .iter()
        .map(|(path, _)| path)
        .filter(|path| marks.knows(keyed, path))
        .chain(listed.iter().map(|(path, _)| path))
        .filter(|path| is_imported(path))
        .collect();
    let (mut changes, mut kept) = (BTreeMap::new(), Vec::new());
    for path in fields {
        let (own, listed) = (own.get(path.as_str()), listed.get(path.as_str()));
        if own == listed || marks.agrees(keyed, path, listed) {
            continue;
        }
        if marks.agrees(keyed, path, own) {
            marks.mark(keyed, path, listed);
            changes.insert(path.clone(), listed.cloned());
        } else {
            kept.push(path.clone());
        }
    }
    if changes.is_empty() {
        return Planned::Unchanged { incident, kept };
    }
    Planned::Update { incident, changes, marks: difference(&before, marks.fields()), kept }
}

/// What has to be written for `before` to become `after`.
fn difference(
    before: &BTreeMap<FieldPath, Value>,
    after: BTreeMap<FieldPath, Value>,
) -> BTreeMap<FieldPath, Option<Value>> {
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let mut changes: BTreeMap<_, _> = gone.map(|path| (path.clone(), None)).collect();
    let written = after.into_iter().filter(|(path, value)| before.get(path) != Some(value));
    changes.extend(written.map(|(path, value)| (path, Some(value))));
    changes
}

#[cfg(test)]
mod tests;
