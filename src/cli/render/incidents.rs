//! Lists of incidents, and what was done with many of them.

use std::collections::BTreeMap;

use super::{
    table::{Column, Table, paragraph, section},
    words,
};
use crate::{
    api::answer::{IncidentRow, Incidents, Shared, SharedIncident},
    cli::tongue::Tongue,
};

/// Incidents that are told one by one after sharing; `--json` has all.
const SHOWN_INCIDENTS: usize = 20;

pub(super) fn incidents(page: &Incidents, tongue: Tongue) -> String {
    if page.rows.is_empty() {
        return match page.total {
            0 => format!("{}\n", tongue.word("no-incidents")),
            total => tongue.say("no-more-incidents", &[("total", total.into())]) + "\n",
        };
    }
    let mut text = rows(&page.rows, tongue);
    if u64::try_from(page.rows.len()).is_ok_and(|shown| shown < page.total) {
        let given = [("shown", page.rows.len().into()), ("total", page.total.into())];
        text.push_str(&format!("\n{}\n", tongue.say("shown-of-total", &given)));
    }
    if page.rows.iter().any(|row| row.conflicts > 0) {
        text.push_str(&format!("\n{}\n", tongue.word("has-conflicts")));
    }
    text
}

/// The rows alone.
pub(super) fn rows(rows: &[IncidentRow], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("id")),
        Column::Whole(tongue.word("date")),
        Column::Whole(tongue.word("place")),
        Column::Text(tongue.word("violation")),
        Column::Text(tongue.word("title")),
        Column::Number(tongue.word("victims")),
        Column::Whole(tongue.word("level")),
        Column::Text(tongue.word("from")),
        Column::Whole(tongue.word("reading")),
        Column::Whole(""),
    ]);
    for row in rows {
        table.row([
            row.id.short(),
            row.date.clone(),
            place(row),
            words::labels("violation_type", &row.violations, tongue),
            row.title.clone(),
            row.victims.to_string(),
            words::level(&row.level).to_owned(),
            words::org(&row.origin, row.origin_name.as_ref()),
            reading(&row.reading, tongue).to_owned(),
            words::mark(row.conflicts > 0, "!"),
        ]);
    }
    table.render()
}

/// What is read: the own dossier, or a facet of a tier, by the code that commands take.
pub(super) fn reading(code: &str, tongue: Tongue) -> &str {
    if code == "dossier" { tongue.word("dossier") } else { code }
}

/// The subdivision's code, which begins with the country's; or the country.
pub(super) fn place(row: &IncidentRow) -> String {
    row.admin1.clone().unwrap_or_else(|| row.country.clone())
}

pub(super) fn shared(shared: &Shared, tongue: Tongue) -> String {
    let counts = shared
        .counts
        .iter()
        .map(|(outcome, number)| format!("{number} {}", words::share_outcome(outcome, tongue)));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let circle = words::circle(&shared.circle, shared.circle_name.as_ref());
    let key = if shared.dry_run { "would-share" } else { "shared" };
    let given = [
        ("circle", circle.into()),
        ("tier", shared.tier.as_str().into()),
        ("counts", counts.into()),
    ];
    let mut text = paragraph("", &tongue.say(key, &given));
    if shared.incidents.len() > SHOWN_INCIDENTS {
        text.push_str(&section(tongue.word("refused"), &refusals(shared)));
        return text;
    }
    for incident in shared.incidents.iter().filter(|incident| tells_something(incident)) {
        text.push('\n');
        text.push_str(&shared_incident(incident, tongue));
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

fn shared_incident(incident: &SharedIncident, tongue: Tongue) -> String {
    let outcome = words::share_outcome(&incident.outcome, tongue);
    let mut text = format!("{}  {outcome}\n", incident.incident.short());
    if let Some(reason) = &incident.reason {
        text.push_str(&paragraph(&format!("  {} ", tongue.word("because")), reason));
    }
    let (leaves, stays) = (tongue.word("leaves"), tongue.word("withheld"));
    let width = leaves.chars().count().max(stays.chars().count());
    for (path, value) in &incident.fields {
        let first = format!("  {leaves:width$}  {path}: ");
        text.push_str(&paragraph(&first, &words::field_value(path, value, tongue)));
    }
    for withheld in &incident.withheld {
        let shown = format!("{} ({})", withheld.path, withheld.reason);
        text.push_str(&paragraph(&format!("  {stays:width$}  "), &shown));
    }
    text
}
