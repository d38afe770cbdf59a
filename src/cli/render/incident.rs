//! One incident in full.

use super::{
    conflicts,
    incidents::{place, reading},
    reach,
    table::{Column, Table, facts, section},
    words,
};
use crate::{
    api::answer::{Facet, Incident},
    cli::tongue::Tongue,
};

pub(super) fn incident(incident: &Incident, tongue: Tongue) -> String {
    let row = &incident.row;
    let mut text = facts(&[
        (tongue.word("incident"), row.id.to_string()),
        (tongue.word("title"), row.title.clone()),
        (tongue.word("date"), row.date.clone()),
        (tongue.word("place"), place(row)),
        (tongue.word("violation"), words::labels("violation_type", &row.violations, tongue)),
        (tongue.word("victims"), row.victims.to_string()),
        (tongue.word("level"), words::coded("verification_level", &row.level, tongue)),
        (tongue.word("from"), words::org(&row.origin, row.origin_name.as_ref())),
    ]);
    text.push('\n');
    text.push_str(&fields(incident, tongue));
    text.push_str(&format!("\n{}\n", tongue.word("readable-in")));
    text.push_str(&facets(&incident.facets, tongue));
    if !incident.conflicts.is_empty() {
        text.push_str(&format!("\n{}\n", tongue.word("conflicts")));
        for conflict in &incident.conflicts {
            text.push_str(&conflicts::conflict(conflict, tongue));
        }
    }
    text.push_str(&reach::of_incident(&incident.reach, tongue));
    text.push_str(&section(tongue.word("remarks"), &incident.notes));
    text
}

/// Short values as a table, long ones below it.
fn fields(incident: &Incident, tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("field")),
        Column::Text(tongue.word("value")),
        Column::Text(tongue.word("from")),
        Column::Whole(tongue.word("at-most")),
        Column::Whole(""),
    ]);
    let mut texts = String::new();
    for (path, field) in &incident.fields {
        let value = words::field_value(path, &field.value, tongue);
        let long = value.contains('\n') || value.chars().count() > LONG_VALUE;
        table.row([
            path.clone(),
            if long { tongue.word("below").to_owned() } else { value.clone() },
            source(incident, &field.source, tongue),
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
fn source(incident: &Incident, source: &str, tongue: Tongue) -> String {
    let named = incident.facets.iter().find(|facet| facet.circle.to_string() == source);
    named.map_or_else(
        || reading(source, tongue).to_owned(),
        |facet| words::circle(&facet.circle, facet.circle_name.as_ref()),
    )
}

fn facets(facets: &[Facet], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Text(tongue.word("circle")),
        Column::Whole(tongue.word("tier")),
        Column::Number(tongue.word("fields")),
        Column::Number(tongue.word("changes")),
        Column::Text(tongue.word("written-by")),
    ]);
    for facet in facets {
        table.row([
            words::circle(&facet.circle, facet.circle_name.as_ref()),
            facet.tier.clone(),
            facet.fields.len().to_string(),
            facet.changes.to_string(),
            words::names(&facet.author_names, tongue),
        ]);
    }
    table.render()
}
