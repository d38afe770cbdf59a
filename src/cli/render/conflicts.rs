//! Concurrent values.

use super::{table::paragraph, words};
use crate::api::answer::{Conflict, ConflictValue};

pub(super) fn conflicts(list: &[Conflict]) -> String {
    if list.is_empty() {
        return "No conflicts.\n".to_owned();
    }
    let mut text: String = list.iter().map(conflict).collect();
    text.push_str("Settle one with `ceiba conflicts settle INCIDENT FIELD NUMBER`.\n");
    text
}

/// One conflict with its candidates.
pub(super) fn conflict(conflict: &Conflict) -> String {
    let circle = words::circle(&conflict.circle, conflict.circle_name.as_ref());
    let head = format!("{} in {circle}: {}", conflict.path, conflict.title);
    let mut text = paragraph(&format!("{}  ", conflict.incident.short()), &head);
    for candidate in &conflict.values {
        let rules = if candidate.value == conflict.ruling { rules_by(&conflict.rule) } else { "" };
        let shown = format!("{}  ({}){rules}", words::value(&candidate.value), writer(candidate));
        text.push_str(&paragraph(&format!("  {}  ", candidate.number), &shown));
    }
    text.push('\n');
    text
}

fn rules_by(rule: &str) -> &'static str {
    match rule {
        "most-protective" => ", rules until settled because it protects most",
        _ => ", rules until settled",
    }
}

fn writer(candidate: &ConflictValue) -> String {
    match &candidate.org {
        Some(org) => words::org(org, candidate.org_name.as_ref()),
        None => "writer not known".to_owned(),
    }
}
