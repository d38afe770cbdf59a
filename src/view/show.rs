//! One incident in full.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::answer::{Facet, Field, Incident},
    model::{
        id::{IncidentId, OrgId},
        registry::{Coarsening, FieldSpec, Tier, table},
    },
    view::{
        Doubt, HeldDocument, Names, PackedRecord, PathRef, ValueRef,
        conflicts::{self, json},
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
        reach: Vec::new(),
    }
}

fn fields(reading: &Reading<'_>) -> BTreeMap<String, Field> {
    let conflicts = reading.speaking().flat_map(|document| document.conflicts());
    let conflicting: BTreeSet<PathRef<'_>> =
        conflicts.filter_map(|conflict| PathRef::of(conflict.path.as_str())).collect();
    let values = reading.values().into_iter().filter(|(path, _)| !is_of_program(path));
    values
        .map(|(path, (value, document))| {
            let field = Field {
                value: json(&value.to_value()),
                source: document.source(),
                tier: tier(document.record(), &path).code().to_owned(),
                conflict: conflicting.contains(&path),
            };
            (path.to_string(), field)
        })
        .collect()
}

/// The most open tier that the field may reach; an unknown field is sealed.
fn tier(record: &PackedRecord, path: &PathRef<'_>) -> Tier {
    spec(record, path).map_or(Tier::Sealed, |spec| spec.tier)
}

fn spec(record: &PackedRecord, path: &PathRef<'_>) -> Option<&'static FieldSpec> {
    table::find(&record.schema(), &path.to_path()?)
}

fn facet(document: &HeldDocument, names: &impl Names) -> Facet {
    let shown = document.record().iter().filter(|(path, _)| !table::is_key(path.segments()));
    let (circle, authors) = (document.circle(), &document.from.authors);
    Facet {
        circle,
        circle_name: names.circle(&circle),
        tier: document.reading().to_owned(),
        fields: shown.map(|(path, value)| (path.to_string(), json(&value.to_value()))).collect(),
        changes: document.changes,
        authors: authors.iter().copied().collect(),
        author_names: authors.iter().map(|org| org_name(org, names)).collect(),
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

fn doubt_note(document: &HeldDocument, doubt: Doubt, names: &impl Names) -> String {
    let org = org_name(&document.origin(), names);
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
    document: &HeldDocument,
    names: &impl Names,
) -> Option<String> {
    let record = document.record();
    let differs = |path: &PathRef<'_>, value: ValueRef<'_>| {
        !is_of_program(path)
            && reading.find(path).is_some_and(|(shown, _)| shown != value)
            && spec(record, path).is_none_or(|spec| spec.coarsening == Coarsening::Keep)
    };
    let paths: Vec<String> = record
        .iter()
        .filter(|(path, value)| differs(path, *value))
        .map(|(path, _)| path.to_string())
        .collect();
    let circle = circle_name(document, names);
    (!paths.is_empty()).then(|| format!("{circle} has other values of: {}", paths.join(", ")))
}

fn org_name(org: &OrgId, names: &impl Names) -> String {
    names.org(org).unwrap_or_else(|| org.to_string())
}

fn circle_name(document: &HeldDocument, names: &impl Names) -> String {
    let circle = document.circle();
    names.circle(&circle).unwrap_or_else(|| format!("circle {}", circle.short()))
}
