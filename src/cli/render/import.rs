//! What an import did.

use std::collections::BTreeMap;

use super::table::{Column, Table, facts, section};
use crate::{
    api::{
        answer::{Imported, RowNote, SavedMapping},
        import::{FieldChange, IncidentChange, Kept},
    },
    cli::tongue::Tongue,
    model::registry::Value,
};

/// Rows that are listed before a count takes their place.
const SHOWN_NOTES: usize = 40;
/// Characters of a value in a list of changes.
const SHOWN_VALUE: usize = 60;

pub(super) fn imported(imported: &Imported, tongue: Tongue) -> String {
    let mut text = match imported.dry_run {
        true => format!("{}\n", tongue.word("dry-run")),
        false => String::new(),
    };
    let mut numbers = vec![
        (tongue.word("rows"), imported.rows.to_string()),
        (tongue.word("new"), imported.created.to_string()),
        (tongue.word("changed"), imported.updated.to_string()),
        (tongue.word("unchanged"), imported.unchanged.to_string()),
        (tongue.word("refused"), imported.rejected.len().to_string()),
        (tongue.word("by-year"), by_year(&imported.by_year, tongue)),
    ];
    if imported.erased > 0 {
        numbers.push((tongue.word("erased-stay"), imported.erased.to_string()));
    }
    text.push_str(&facts(&numbers));
    let place = place(&imported.place, tongue);
    text.push_str(&notes(tongue.word("refused-rows"), &imported.rejected, place, tongue));
    text.push_str(&notes(tongue.word("remarks"), &imported.warnings, place, tongue));
    text.push_str(&kept(&imported.kept, place, tongue));
    text.push_str(&section(tongue.word("unmapped-columns"), &imported.unmapped_columns));
    text
}

fn by_year(years: &BTreeMap<String, u64>, tongue: Tongue) -> String {
    let named =
        |year: &str| if year == "unknown" { tongue.word("unknown") } else { year }.to_owned();
    let each = years.iter().map(|(year, rows)| format!("{}: {rows}", named(year)));
    each.collect::<Vec<_>>().join(", ")
}

/// What the number of a row counts.
fn place(place: &str, tongue: Tongue) -> &'static str {
    match place {
        "row" => tongue.word("place-row"),
        "record" => tongue.word("place-record"),
        _line => tongue.word("place-line"),
    }
}

fn notes(title: &str, notes: &[RowNote], place: &str, tongue: Tongue) -> String {
    let line = |note: &RowNote| {
        let reason = note.reason.as_str();
        let line = note.line.to_string();
        let given = [("place", place.into()), ("line", line.into()), ("reason", reason.into())];
        tongue.say("place-says", &given)
    };
    limited(title, notes.iter().map(line), tongue)
}

/// What people changed here stays, and is told.
fn kept(kept: &[Kept], place: &str, tongue: Tongue) -> String {
    let line = |kept: &Kept| {
        let fields: Vec<&str> = kept.fields.iter().map(|path| path.as_str()).collect();
        let given = [
            ("place", place.into()),
            ("line", kept.line.to_string().into()),
            ("incident", kept.incident.short().into()),
            ("fields", fields.join(", ").into()),
        ];
        tongue.say("kept-says", &given)
    };
    limited(tongue.word("kept-here"), kept.iter().map(line), tongue)
}

fn limited(title: &str, lines: impl ExactSizeIterator<Item = String>, tongue: Tongue) -> String {
    let more = lines.len().saturating_sub(SHOWN_NOTES);
    let mut shown: Vec<String> = lines.take(SHOWN_NOTES).collect();
    if more > 0 {
        shown.push(tongue.say("and-more", &[("more", more.into())]));
    }
    section(title, &shown)
}

/// The lines about one incident of a dry run.
pub(crate) fn change(change: &IncidentChange, counted: &str, tongue: Tongue) -> Vec<String> {
    let (place, line) = (place(counted, tongue), change.line.to_string());
    let field = |field: &FieldChange| {
        let nothing = || tongue.word("nothing-there").to_owned();
        let new = field.new.as_ref().map_or_else(nothing, shown);
        let path = field.path.as_str();
        let mut given =
            vec![("place", place.into()), ("line", line.clone().into()), ("field", path.into())];
        let Some(incident) = &change.incident else {
            given.push(("value", new.into()));
            return tongue.say("would-be-new", &given);
        };
        let old = field.old.as_ref().map_or_else(nothing, shown);
        let more =
            [("incident", incident.short().into()), ("old", old.into()), ("new", new.into())];
        given.extend(more);
        tongue.say("would-become", &given)
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
pub(crate) fn changes(lines: &[String], more: u64, tongue: Tongue) -> String {
    let mut lines = lines.to_vec();
    if more > 0 {
        lines.push(tongue.say("and-more-changes", &[("more", more.into())]));
    }
    section(tongue.word("import-would-change"), &lines)
}

pub(super) fn mappings(mappings: &[SavedMapping], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("import-mapping")),
        Column::Whole(""),
        Column::Text(tongue.word("import-mapping-for")),
    ]);
    for mapping in mappings {
        let built_in = if mapping.built_in { tongue.word("import-built-in") } else { "" };
        table.row([mapping.name.clone(), built_in.to_owned(), mapping.description.clone()]);
    }
    table.render()
}
