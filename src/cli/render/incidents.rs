//! Lists of incidents, and what was done with many of them.

use std::collections::BTreeMap;

use super::{
    table::{Column, Table, facts, paragraph, section},
    words,
};
use crate::api::answer::{Imported, IncidentRow, Incidents, RowNote, Shared, SharedIncident};

/// Rows of a report that are shown; `--json` has all.
const SHOWN_NOTES: usize = 40;
/// Incidents that are told one by one after sharing; `--json` has all.
const SHOWN_INCIDENTS: usize = 20;

pub(super) fn incidents(page: &Incidents) -> String {
    if page.rows.is_empty() {
        return match page.total {
            0 => "No incidents.\n".to_owned(),
            total => format!("No more: {} in all.\n", words::count(total, "incident")),
        };
    }
    let mut text = rows(&page.rows);
    if u64::try_from(page.rows.len()).is_ok_and(|shown| shown < page.total) {
        let (shown, total) = (page.rows.len(), page.total);
        text.push_str(&format!("\n{shown} of {total}; see others with --offset and --limit\n"));
    }
    if page.rows.iter().any(|row| row.conflicts > 0) {
        text.push_str("\n! has conflicts: `ceiba conflicts`\n");
    }
    text
}

/// The rows alone.
pub(super) fn rows(rows: &[IncidentRow]) -> String {
    let mut table = Table::new(&[
        Column::Whole("Id"),
        Column::Whole("Date"),
        Column::Whole("Place"),
        Column::Text("Violation"),
        Column::Text("Title"),
        Column::Number("Victims"),
        Column::Whole("Level"),
        Column::Text("From"),
        Column::Whole("Reading"),
        Column::Whole(""),
    ]);
    for row in rows {
        table.row([
            row.id.short(),
            row.date.clone(),
            place(row),
            row.violations.join(", "),
            row.title.clone(),
            row.victims.to_string(),
            words::level(&row.level).to_owned(),
            words::org(&row.origin, row.origin_name.as_ref()),
            row.reading.clone(),
            words::mark(row.conflicts > 0, "!"),
        ]);
    }
    table.render()
}

/// The subdivision's code, which begins with the country's; or the country.
pub(super) fn place(row: &IncidentRow) -> String {
    row.admin1.clone().unwrap_or_else(|| row.country.clone())
}

pub(super) fn shared(shared: &Shared) -> String {
    let what = if shared.dry_run { "Would share" } else { "Shared" };
    let counts = shared
        .counts
        .iter()
        .map(|(outcome, number)| format!("{number} {}", words::share_outcome(outcome)));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let circle = words::circle(&shared.circle, shared.circle_name.as_ref());
    let tier = &shared.tier;
    let mut text = paragraph("", &format!("{what} in {circle} at tier {tier}: {counts}"));
    if shared.incidents.len() > SHOWN_INCIDENTS {
        text.push_str(&section("Refused", &refusals(shared)));
        return text;
    }
    for incident in shared.incidents.iter().filter(|incident| tells_something(incident)) {
        text.push('\n');
        text.push_str(&shared_incident(incident));
    }
    text
}

/// Why incidents were refused, with the number of each reason.
fn refusals(shared: &Shared) -> Vec<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for reason in shared.incidents.iter().filter_map(|incident| incident.reason.as_deref()) {
        *counts.entry(reason).or_default() += 1;
    }
    counts.iter().map(|(reason, number)| format!("{number}: {reason}")).collect()
}

fn tells_something(incident: &SharedIncident) -> bool {
    incident.reason.is_some() || !incident.fields.is_empty() || !incident.withheld.is_empty()
}

fn shared_incident(incident: &SharedIncident) -> String {
    let mut text =
        format!("{}  {}\n", incident.incident.short(), words::share_outcome(&incident.outcome));
    if let Some(reason) = &incident.reason {
        text.push_str(&paragraph("  because ", reason));
    }
    for (path, value) in &incident.fields {
        text.push_str(&paragraph(&format!("  leaves    {path}: "), &words::value(value)));
    }
    for withheld in &incident.withheld {
        let shown = format!("{} ({})", withheld.path, withheld.reason);
        text.push_str(&paragraph("  withheld  ", &shown));
    }
    text
}

pub(super) fn imported(imported: &Imported) -> String {
    let mut text = match imported.dry_run {
        true => "Dry run, nothing was written\n".to_owned(),
        false => String::new(),
    };
    text.push_str(&facts(&[
        ("Rows", imported.rows.to_string()),
        ("New", imported.created.to_string()),
        ("Changed", imported.updated.to_string()),
        ("Unchanged", imported.unchanged.to_string()),
        ("Refused", imported.rejected.len().to_string()),
        ("By year", by_year(&imported.by_year)),
    ]));
    text.push_str(&notes("Refused rows", &imported.rejected));
    text.push_str(&notes("Remarks", &imported.warnings));
    text
}

fn by_year(years: &BTreeMap<String, u64>) -> String {
    years.iter().map(|(year, rows)| format!("{year}: {rows}")).collect::<Vec<_>>().join(", ")
}

fn notes(title: &str, notes: &[RowNote]) -> String {
    let mut lines: Vec<String> = notes
        .iter()
        .take(SHOWN_NOTES)
        .map(|note| format!("line {}: {}", note.line, note.reason))
        .collect();
    let more = notes.len().saturating_sub(SHOWN_NOTES);
    if more > 0 {
        lines.push(format!("and {more} more; --json lists all"));
    }
    section(title, &lines)
}
