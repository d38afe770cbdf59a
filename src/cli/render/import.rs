//! What an import did.

use std::collections::BTreeMap;

use super::table::{Column, Table, facts, section};
use crate::{
    api::{
        answer::{Imported, RowNote, SavedMapping},
        import::{IncidentChange, Kept},
    },
    model::registry::Value,
};

/// Rows that are listed before a count takes their place.
const SHOWN_NOTES: usize = 40;
/// Characters of a value in a list of changes.
const SHOWN_VALUE: usize = 60;

pub(super) fn imported(imported: &Imported) -> String {
    let mut text = match imported.dry_run {
        true => "Dry run, nothing was written\n".to_owned(),
        false => String::new(),
    };
    let mut numbers = vec![
        ("Rows", imported.rows.to_string()),
        ("New", imported.created.to_string()),
        ("Changed", imported.updated.to_string()),
        ("Unchanged", imported.unchanged.to_string()),
        ("Refused", imported.rejected.len().to_string()),
        ("By year", by_year(&imported.by_year)),
    ];
    if imported.erased > 0 {
        numbers.push(("Erased, stay so", imported.erased.to_string()));
    }
    text.push_str(&facts(&numbers));
    let place = &imported.place;
    text.push_str(&notes("Refused rows", &imported.rejected, place));
    text.push_str(&notes("Remarks", &imported.warnings, place));
    text.push_str(&kept(&imported.kept, place));
    text.push_str(&section("Columns that no rule reads", &imported.unmapped_columns));
    text
}

fn by_year(years: &BTreeMap<String, u64>) -> String {
    years.iter().map(|(year, rows)| format!("{year}: {rows}")).collect::<Vec<_>>().join(", ")
}

fn place_word(place: &str) -> &str {
    if place.is_empty() { "line" } else { place }
}

fn notes(title: &str, notes: &[RowNote], place: &str) -> String {
    let place = place_word(place);
    let line = |note: &RowNote| format!("{place} {}: {}", note.line, note.reason);
    limited(title, notes.iter().map(line))
}

/// What people changed here stays, and is told.
fn kept(kept: &[Kept], place: &str) -> String {
    let place = place_word(place);
    let line = |kept: &Kept| {
        let fields: Vec<&str> = kept.fields.iter().map(|path| path.as_str()).collect();
        format!("{place} {}, incident {}: {}", kept.line, kept.incident, fields.join(", "))
    };
    limited("Edited here since, and kept although the list differs", kept.iter().map(line))
}

fn limited(title: &str, lines: impl ExactSizeIterator<Item = String>) -> String {
    let more = lines.len().saturating_sub(SHOWN_NOTES);
    let mut shown: Vec<String> = lines.take(SHOWN_NOTES).collect();
    if more > 0 {
        shown.push(format!("and {more} more; --json lists all"));
    }
    section(title, &shown)
}

/// The lines about one incident of a dry run.
pub(crate) fn change(change: &IncidentChange, place: &str) -> Vec<String> {
    let which = match &change.incident {
        None => format!("{} {}, new", place_word(place), change.line),
        Some(incident) => format!("{} {}, incident {incident}", place_word(place), change.line),
    };
    let field = |field: &crate::api::import::FieldChange| {
        let change = match (&field.old, &field.new) {
            (None, Some(new)) => shown(new),
            (Some(old), Some(new)) => format!("{} → {}", shown(old), shown(new)),
            (Some(old), None) => format!("{} → (nothing)", shown(old)),
            (None, None) => String::new(),
        };
        format!("{which}: {} = {change}", field.path)
    };
    change.fields.iter().map(field).collect()
}

fn shown(value: &Value) -> String {
    let line: String = value.to_string().chars().map(|c| if c == '\n' { ' ' } else { c }).collect();
    if line.chars().count() <= SHOWN_VALUE {
        return line;
    }
    line.chars().take(SHOWN_VALUE).chain(['…']).collect()
}

/// The changes of a dry run, as far as they are shown.
pub(crate) fn changes(lines: &[String], more: u64) -> String {
    let mut lines = lines.to_vec();
    if more > 0 {
        lines.push(format!("and {more} more fields; --lines 0 or --json shows all"));
    }
    section("Would change", &lines)
}

pub(super) fn mappings(mappings: &[SavedMapping]) -> String {
    let mut table =
        Table::new(&[Column::Whole("Mapping"), Column::Whole(""), Column::Text("What it is for")]);
    for mapping in mappings {
        let built_in = if mapping.built_in { "built in" } else { "" };
        table.row([mapping.name.clone(), built_in.to_owned(), mapping.description.clone()]);
    }
    table.render()
}
