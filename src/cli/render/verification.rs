//! Reviews, checklists and the ledger of consent.

use super::{
    table::{Column, Table, facts, paragraph, section},
    words,
};
use crate::api::{
    answer::{ConsentChanged, ConsentSubject, Reviewed, Verification},
    verification::{ConsentNaming, MissingItem, ReviewedIncident},
};

/// Incidents that are told one by one; `--json` has all.
const SHOWN: usize = 40;

pub(super) fn reviewed(reviewed: &Reviewed) -> String {
    if reviewed.incidents.is_empty() {
        return "No incident to review.\n".to_owned();
    }
    let counts = reviewed.counts.iter().map(|(outcome, number)| format!("{number} {outcome}"));
    let mut text = format!("{}\n", counts.collect::<Vec<_>>().join(", "));
    let refused = |one: &&ReviewedIncident| one.outcome == "refused";
    if let [one] = reviewed.incidents.as_slice() {
        text = format!("{}  {}, now {}\n", one.incident.short(), one.outcome, one.level);
    }
    let lines: Vec<String> =
        reviewed.incidents.iter().filter(refused).take(SHOWN).map(why).collect();
    text.push_str(&section("Refused", &lines));
    let more = reviewed.incidents.iter().filter(refused).count().saturating_sub(SHOWN);
    if more > 0 {
        text.push_str(&format!("and {more} more; --json lists all\n"));
    }
    text
}

fn why(one: &ReviewedIncident) -> String {
    let missing: Vec<&str> = one.missing.iter().map(|item| item.help.as_str()).collect();
    let reason = one.reason.as_deref().unwrap_or_default();
    match missing.as_slice() {
        [] => format!("{}: {reason}", one.incident.short()),
        _some => format!("{}: {reason}: {}", one.incident.short(), missing.join("; ")),
    }
}

pub(super) fn reviews(found: &Verification) -> String {
    let mut text = head(found);
    let mut table = Table::new(&[
        Column::Whole("Review"),
        Column::Whole("Date"),
        Column::Whole("Level"),
        Column::Text("By"),
        Column::Text("Reason"),
        Column::Whole(""),
    ]);
    for review in &found.reviews {
        let by = review.reviewer.as_ref().unwrap_or(&review.reviewer_code);
        let org = words::org(&review.org, review.org_name.as_ref());
        let level = review.closes.as_ref().map_or_else(
            || review.level.clone(),
            |dispute| format!("{} closes {}", review.level, short(dispute)),
        );
        table.row([
            short(&review.id),
            review.at.clone(),
            level,
            format!("{org}, {by}"),
            review.reason.clone(),
            words::mark(!review.stands, "-"),
        ]);
    }
    text.push('\n');
    text.push_str(&if found.reviews.is_empty() {
        "No reviews.\n".to_owned()
    } else {
        table.render()
    });
    if found.reviews.iter().any(|review| !review.stands) {
        text.push_str("\n- stands no more: taken back, or closed\n");
    }
    text
}

pub(super) fn checklist(found: &Verification) -> String {
    let mut text = head(found);
    let mut levels: Vec<&str> = found.missing.iter().map(|item| item.level.as_str()).collect();
    levels.dedup();
    if levels.is_empty() {
        text.push_str("\nNothing is missing.\n");
    }
    for level in levels {
        let items = found.missing.iter().filter(|item| item.level == level);
        let lines: Vec<String> = items.map(|item: &MissingItem| item.help.clone()).collect();
        text.push_str(&section(&format!("For {level}"), &lines));
    }
    text
}

fn head(found: &Verification) -> String {
    let mut known = vec![
        ("Incident", found.incident.short()),
        ("Title", found.title.clone()),
        ("Level", found.level.clone()),
    ];
    if found.level != found.reached {
        known.push(("Reached", found.reached.clone()));
    }
    for circle in &found.circles {
        let name = words::circle(&circle.circle, circle.circle_name.as_ref());
        known.push(("In circle", format!("{name}: {}", circle.level)));
    }
    known.extend(found.citations.iter().map(|citation| ("Cited", citation.clone())));
    let mut text = facts(&known);
    let disputes = found.disputes.iter().map(|dispute| {
        let org = words::org(&dispute.org, dispute.org_name.as_ref());
        let (id, at) = (short(&dispute.review), &dispute.at);
        format!("{org}, {at}: {} (`ceiba review add … --closes {id}`)", dispute.reason)
    });
    text.push_str(&section("Open disputes", &disputes.collect::<Vec<_>>()));
    text
}

pub(super) fn consent_changed(changed: &ConsentChanged) -> String {
    let mut known = Vec::new();
    known.extend(changed.subject.iter().map(|subject| ("Person", subject.clone())));
    known.push(("Consent", changed.state.clone()));
    known.push(("Named in", changed.incidents.len().to_string()));
    let mut text = facts(&known);
    if !changed.taken_back.is_empty() {
        text.push_str("\nWhat was shared before\n");
        for shared in &changed.taken_back {
            let counts = shared.counts.iter();
            let counts =
                counts.map(|(outcome, number)| format!("{number} {}", words::taken_back(outcome)));
            let name = words::circle(&shared.circle, shared.circle_name.as_ref());
            let counts = counts.collect::<Vec<_>>().join(", ");
            text.push_str(&paragraph("  ", &format!("{name}: {counts}")));
        }
        text.push_str(&paragraph(
            "",
            "What partners have read, and the history of their copies, stays with them.",
        ));
    }
    text.push_str(&section("Could not be taken back", &changed.failed));
    text
}

pub(super) fn consents(list: &[ConsentSubject]) -> String {
    if list.is_empty() {
        return "Nobody.\n".to_owned();
    }
    let mut table = Table::new(&[
        Column::Whole("Person"),
        Column::Whole("Consent"),
        Column::Whole("Basis"),
        Column::Whole("Ends"),
        Column::Text("Scopes"),
        Column::Text("Named in"),
    ]);
    for subject in list {
        table.row([
            subject.subject.as_deref().map_or_else(|| "(record)".to_owned(), short),
            subject.state.clone(),
            subject.basis.clone(),
            subject.expires.clone().unwrap_or_default(),
            subject.scopes.join(", "),
            subject.named.iter().map(naming).collect::<Vec<_>>().join(", "),
        ]);
    }
    table.render()
}

fn naming(naming: &ConsentNaming) -> String {
    let incident = naming.incident.short();
    naming.victim.as_ref().map_or_else(|| incident.clone(), |victim| format!("{incident}/{victim}"))
}

fn short(id: &str) -> String {
    id.chars().take(8).collect()
}
