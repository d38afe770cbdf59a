//! What an export wrote, and what a check of an archive found.

use super::table::{facts, paragraph, section};
use crate::{
    cli::{command::export::Exported, tongue::Tongue},
    exchange::out::archive::{Checked, Fault, Problem},
};

/// What came of an export.
pub(crate) fn exported(exported: &Exported, tongue: Tongue) -> String {
    let about = &exported.about;
    let mut lines = Vec::new();
    let mut text = match &exported.path {
        Some(path) => {
            lines.push((tongue.word("export-file"), path.clone()));
            String::new()
        }
        None => paragraph("", tongue.word("export-nothing")) + "\n",
    };
    lines.push((tongue.word("export-tier"), about.tier.to_string()));
    lines.push((tongue.word("export-as-of"), about.as_of.clone()));
    if let Some(circle) = about.circle_name.as_ref().or(about.circle.as_ref()) {
        lines.push((tongue.word("export-circle"), circle.clone()));
    }
    match &exported.board {
        Some(board) => {
            lines.push((tongue.word("export-cards"), board.cards.to_string()));
            if let Some(entries) = board.entries {
                lines.push((tongue.word("export-entries"), entries.to_string()));
            }
            lines.push((tongue.word("export-cards-withheld"), about.withheld.to_string()));
        }
        None => {
            lines.push((tongue.word("export-incidents"), about.incidents.to_string()));
            if about.format != "archive" {
                lines.push((tongue.word("export-withheld"), about.withheld.to_string()));
            }
        }
    }
    if !exported.beside.is_empty() {
        lines.push((tongue.word("export-beside"), exported.beside.join(", ")));
    }
    text.push_str(&facts(&lines));
    let reasons = exported.reasons.iter().map(|(reason, number)| format!("{number}: {reason}"));
    text.push_str(&section(tongue.word("export-why"), &reasons.collect::<Vec<_>>()));
    let records = about.files.iter().filter_map(|file| Some((&file.name, file.records?)));
    let records = records.map(|(name, number)| format!("{name}: {number}"));
    text.push_str(&section(tongue.word("export-records"), &records.collect::<Vec<_>>()));
    text
}

/// What a check found.
pub(crate) fn checked(checked: &Checked, tongue: Tongue) -> String {
    if checked.problems.is_empty() {
        let records: u64 = checked.records.values().sum();
        let given = [("files", checked.files.into()), ("records", records.into())];
        return tongue.say("export-checked", &given) + "\n";
    }
    let problems: Vec<String> = checked.problems.iter().map(|it| problem(it, tongue)).collect();
    section(tongue.word("export-not-as-written"), &problems).trim_start().to_owned()
}

fn problem(problem: &Problem, tongue: Tongue) -> String {
    let fault = match problem.fault {
        Fault::Missing => tongue.word("export-fault-missing").to_owned(),
        Fault::NotNamed => tongue.word("export-fault-not-named").to_owned(),
        Fault::NamedTwice => tongue.word("export-fault-named-twice").to_owned(),
        Fault::Altered => tongue.word("export-fault-altered").to_owned(),
        Fault::Unreadable => tongue.word("export-fault-unreadable").to_owned(),
        Fault::Line { line } => tongue.say("export-fault-line", &[("line", line.into())]),
        Fault::Count { found, stated } => {
            let given = [("found", found.into()), ("stated", stated.into())];
            tongue.say("export-fault-count", &given)
        }
    };
    format!("{}: {fault}", problem.file)
}
