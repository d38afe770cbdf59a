//! Concurrent values, as they wait for a person.

use crate::{
    api::answer::{Conflict, ConflictValue},
    model::{
        id::IncidentId,
        registry::{FieldPath, Safety, Schema, Value, table},
    },
    view::{
        HeldDocument, Names, RowConflict,
        group::{Group, Reading},
        line,
    },
};

/// All conflicts of an incident, in the order of its documents, then of paths.
pub(super) fn conflicts(id: IncidentId, group: &Group, names: &impl Names) -> Vec<Conflict> {
    let has_any = group.documents().iter().any(|document| !document.conflicts().is_empty());
    if !has_any {
        return Vec::new();
    }
    let title = line::title(&group.reading());
    of_reading(id, &title, &group.reading(), names)
}

fn of_reading(
    id: IncidentId,
    title: &str,
    reading: &Reading<'_>,
    names: &impl Names,
) -> Vec<Conflict> {
    let pairs = reading
        .documents()
        .flat_map(|document| document.conflicts().iter().map(move |conflict| (document, conflict)));
    pairs.map(|(document, conflict)| one(id, title, document, conflict, names)).collect()
}

fn one(
    incident: IncidentId,
    title: &str,
    document: &HeldDocument,
    conflict: &RowConflict,
    names: &impl Names,
) -> Conflict {
    let record = document.record();
    let values = conflict.values.iter().enumerate().map(|(place, candidate)| ConflictValue {
        number: place + 1,
        value: json(&candidate.value),
        org: candidate.org,
        org_name: candidate.org.as_ref().and_then(|org| names.org(org)),
    });
    Conflict {
        incident,
        title: title.to_owned(),
        circle: document.circle(),
        circle_name: names.circle(&document.circle()),
        path: conflict.path.to_string(),
        ruling: record
            .get(conflict.path.as_str())
            .map_or(serde_json::Value::Null, |value| json(&value.to_value())),
        rule: rule(&record.schema(), &conflict.path).to_owned(),
        values: values.collect(),
    }
}

fn rule(schema: &Schema, path: &FieldPath) -> &'static str {
    match table::find(schema, path).map(|spec| spec.safety) {
        None | Some(Safety::None) => "automerge",
        Some(Safety::True | Safety::False | Safety::Ranked(_) | Safety::Earliest) => {
            "most-protective"
        }
    }
}

/// The value in JSON.
pub(super) fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Flag(flag) => (*flag).into(),
        Value::Integer(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
    }
}
