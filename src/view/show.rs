//! One incident in full.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::answer::{Facet, Field, Incident},
    model::{
        id::{IncidentId, OrgId},
        registry::{Coarsening, FieldPath, Record, Tier, Value, table},
    },
    view::{
        Doubt, Names,
        conflicts::{self, json},
        document::Document,
        group::{Group, Reading},
        line,
        text::is_of_program,
    },
};

pub(super) fn show(id: IncidentId, group: &Group, names: &impl Names) -> Incident {
    let reading = group.reading();
    Incident {
        row: line::line(id, group, &reading, names),
        fields: fields(&reading),
        facets: reading.documents().map(|document| facet(document, names)).collect(),
        conflicts: conflicts::conflicts(id, group, names),
        notes: notes(&reading, names),
    }
}

fn fields(reading: &Reading<'_>) -> BTreeMap<String, Field> {
    let conflicting: BTreeSet<&FieldPath> = reading
        .speaking()
        .flat_map(|document| document.row.conflicts.iter().map(|conflict| &conflict.path))
        .collect();
    let values = reading.values().into_iter().filter(|(path, _)| !is_of_program(path.as_str()));
    values
        .map(|(path, (value, document))| {
            let field = Field {
                value: json(value),
                source: document.source(),
                tier: tier(&document.row.record, path).code().to_owned(),
                conflict: conflicting.contains(path),
            };
            (path.to_string(), field)
        })
        .collect()
}

/// The most open tier that the field may reach; an unknown field is sealed.
fn tier(record: &Record, path: &FieldPath) -> Tier {
    table::find(record.schema(), path).map_or(Tier::Sealed, |spec| spec.tier)
}

fn facet(document: &Document, names: &impl Names) -> Facet {
    let row = &document.row;
    let shown = row.record.iter().filter(|(path, _)| path.as_str() != table::MANIFEST_KEY);
    Facet {
        circle: row.circle,
        circle_name: names.circle(&row.circle),
        tier: document.reading().to_owned(),
        fields: shown.map(|(path, value)| (path.to_string(), json(value))).collect(),
        changes: row.changes,
        authors: row.authors.iter().copied().collect(),
        author_names: row.authors.iter().map(|org| org_name(org, names)).collect(),
    }
}

fn notes(reading: &Reading<'_>, names: &impl Names) -> Vec<String> {
    reading
        .documents()
        .filter_map(|document| match document.doubt {
            Some(doubt) => Some(doubt_note(document, doubt, names)),
            None => difference_note(reading, document, names),
        })
        .collect()
}

fn doubt_note(document: &Document, doubt: Doubt, names: &impl Names) -> String {
    let origin = &document.row.origin;
    let org = org_name(origin, names);
    let circle = circle_name(document, names);
    match doubt {
        Doubt::NeverWritten => format!(
            "the facet in {circle} says that it comes from {org}, which never wrote in it: its \
             values are shown only if there are no others"
        ),
        Doubt::OtherOrigin => format!(
            "the facet in {circle} says that {org} recorded this incident, which a more open facet \
             or our own dossier contradicts: its values are shown only if there are no others"
        ),
    }
}

/// What a document says otherwise than the richest values, though it is not less exact by rule:
/// somebody has edited the facet, or the dossier since the facet was shared.
fn difference_note(
    reading: &Reading<'_>,
    document: &Document,
    names: &impl Names,
) -> Option<String> {
    let record = &document.row.record;
    let differs = |path: &FieldPath, value: &Value| {
        !is_of_program(path.as_str())
            && !is_coarsened(record, path)
            && reading.value(path.as_str()).is_some_and(|(shown, _)| shown != value)
    };
    let paths: Vec<&str> = record
        .iter()
        .filter(|(path, value)| differs(path, value))
        .map(|(path, _)| path.as_str())
        .collect();
    let circle = circle_name(document, names);
    (!paths.is_empty()).then(|| format!("{circle} has other values of: {}", paths.join(", ")))
}

fn is_coarsened(record: &Record, path: &FieldPath) -> bool {
    table::find(record.schema(), path).is_some_and(|spec| spec.coarsening != Coarsening::Keep)
}

fn org_name(org: &OrgId, names: &impl Names) -> String {
    names.org(org).unwrap_or_else(|| org.to_string())
}

fn circle_name(document: &Document, names: &impl Names) -> String {
    let circle = &document.row.circle;
    names.circle(circle).unwrap_or_else(|| format!("circle {}", circle.short()))
}
