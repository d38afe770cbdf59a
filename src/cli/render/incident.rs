//! One incident in full.

use super::{
    conflicts,
    incidents::place,
    table::{Column, Table, facts, section},
    words,
};
use crate::api::answer::{Facet, Incident};

pub(super) fn incident(incident: &Incident) -> String {
    let row = &incident.row;
    let mut text = facts(&[
        ("Incident", row.id.to_string()),
        ("Title", row.title.clone()),
        ("Date", row.date.clone()),
        ("Place", place(row)),
        ("Violation", row.violations.join(", ")),
        ("Victims", row.victims.to_string()),
        ("Level", row.level.clone()),
        ("From", words::org(&row.origin, row.origin_name.as_ref())),
    ]);
    text.push('\n');
    text.push_str(&fields(incident));
    text.push_str("\nReadable in\n");
    text.push_str(&facets(&incident.facets));
    if !incident.conflicts.is_empty() {
        text.push_str("\nConflicts\n");
        text.push_str(&incident.conflicts.iter().map(conflicts::conflict).collect::<String>());
    }
    text.push_str(&section("Remarks", &incident.notes));
    text
}

/// Short values as a table, long ones below it.
fn fields(incident: &Incident) -> String {
    let mut table = Table::new(&[
        Column::Whole("Field"),
        Column::Text("Value"),
        Column::Text("From"),
        Column::Whole("At most"),
        Column::Whole(""),
    ]);
    let mut texts = String::new();
    for (path, field) in &incident.fields {
        let value = words::value(&field.value);
        let long = value.contains('\n') || value.chars().count() > LONG_VALUE;
        table.row([
            path.clone(),
            if long { "(below)".to_owned() } else { value.clone() },
            source(incident, &field.source),
            field.tier.clone(),
            words::mark(field.conflict, "!"),
        ]);
        if long {
            texts.push_str(&format!("\n{path}\n"));
            for line in value.lines() {
                texts.push_str(&super::table::paragraph("  ", line));
            }
        }
    }
    table.render() + &texts
}

/// Characters of a value from which on it stands below the table.
const LONG_VALUE: usize = 60;

/// The document that a value is from: the dossier, or a circle by its name.
fn source(incident: &Incident, source: &str) -> String {
    let named = incident.facets.iter().find(|facet| facet.circle.to_string() == source);
    named.map_or_else(
        || source.to_owned(),
        |facet| words::circle(&facet.circle, facet.circle_name.as_ref()),
    )
}

fn facets(facets: &[Facet]) -> String {
    let mut table = Table::new(&[
        Column::Text("Circle"),
        Column::Whole("Tier"),
        Column::Number("Fields"),
        Column::Number("Changes"),
        Column::Text("Written by"),
    ]);
    for facet in facets {
        table.row([
            words::circle(&facet.circle, facet.circle_name.as_ref()),
            facet.tier.clone(),
            facet.fields.len().to_string(),
            facet.changes.to_string(),
            words::names(&facet.author_names),
        ]);
    }
    table.render()
}
