//! Concurrent values.

use super::{table::paragraph, words};
use crate::{
    api::answer::{Conflict, ConflictValue},
    cli::tongue::Tongue,
};

pub(super) fn conflicts(list: &[Conflict], tongue: Tongue) -> String {
    if list.is_empty() {
        return format!("{}\n", tongue.word("no-conflicts"));
    }
    let mut text: String = list.iter().map(|each| conflict(each, tongue)).collect();
    text.push_str(&paragraph("", tongue.word("settle-with")));
    text
}

/// One conflict with its candidates.
pub(super) fn conflict(conflict: &Conflict, tongue: Tongue) -> String {
    let circle = words::circle(&conflict.circle, conflict.circle_name.as_ref());
    let given = [
        ("field", conflict.path.as_str().into()),
        ("circle", circle.into()),
        ("title", conflict.title.as_str().into()),
    ];
    let head = tongue.say("conflict-of", &given);
    let mut text = paragraph(&format!("{}  ", conflict.incident.short()), &head);
    for candidate in &conflict.values {
        let value = words::field_value(&conflict.path, &candidate.value, tongue);
        let mut shown = format!("{value}  ({})", writer(candidate, tongue));
        if candidate.value == conflict.ruling {
            shown.push_str(", ");
            shown.push_str(rules_by(&conflict.rule, tongue));
        }
        text.push_str(&paragraph(&format!("  {}  ", candidate.number), &shown));
    }
    text.push('\n');
    text
}

fn rules_by(rule: &str, tongue: Tongue) -> &'static str {
    tongue.word(match rule {
        "most-protective" => "rules-because-protective",
        _ => "rules-until-settled",
    })
}

fn writer(candidate: &ConflictValue, tongue: Tongue) -> String {
    match &candidate.org {
        Some(org) => words::org(org, candidate.org_name.as_ref()),
        None => tongue.word("writer-not-known").to_owned(),
    }
}
