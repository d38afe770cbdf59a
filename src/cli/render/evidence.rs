//! Items of evidence, and where their files are.

use super::{
    table::{Column, Table, paragraph},
    words,
};
use crate::{
    api::evidence::{EvidenceItem, EvidencePolicy, EvidenceSaved},
    cli::tongue::Tongue,
};

pub(super) fn items(list: &[EvidenceItem], tongue: Tongue) -> String {
    if list.is_empty() {
        return format!("{}\n", tongue.word("no-evidence"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("column-evidence")),
        Column::Text(tongue.word("column-evidence-type")),
        Column::Whole(tongue.word("column-evidence-captured")),
        Column::Number(tongue.word("column-evidence-bytes")),
        Column::Whole(tongue.word("column-evidence-copy-of")),
        Column::Whole(tongue.word("column-evidence-release")),
        Column::Text(tongue.word("column-evidence-by")),
        Column::Text(tongue.word("column-evidence-file")),
    ]);
    for item in list {
        let label = |list: &str, code: &Option<String>| {
            code.as_ref().map_or_else(String::new, |code| {
                words::labels(list, std::slice::from_ref(code), tongue)
            })
        };
        table.row([
            format!("{}/{}", item.incident.short(), item.key),
            label("evidence_type", &item.kind),
            item.captured_at.clone().unwrap_or_default(),
            item.bytes.map(|bytes| bytes.to_string()).unwrap_or_default(),
            item.copy_of.clone().unwrap_or_default(),
            item.release.clone().unwrap_or_default(),
            item.by.clone(),
            place(item, tongue),
        ]);
    }
    table.render()
}

/// Where an item's file is.
fn place(item: &EvidenceItem, tongue: Tongue) -> String {
    let state = match item.state.as_str() {
        "here" => tongue.word("evidence-here").to_owned(),
        "coming" => {
            tongue.say("evidence-coming", &[("bytes", item.come.unwrap_or_default().into())])
        }
        "elsewhere" => tongue.word("evidence-elsewhere").to_owned(),
        _none => tongue.word("evidence-only-described").to_owned(),
    };
    item.file.as_ref().map_or_else(|| state.clone(), |file| format!("{state}: {file}"))
}

pub(super) fn saved(saved: &EvidenceSaved, tongue: Tongue) -> String {
    let given = [
        ("file", saved.out.display().to_string().into()),
        ("bytes", saved.bytes.into()),
        ("digest", saved.sha256.as_str().into()),
    ];
    let mut text = paragraph("", &tongue.say("evidence-saved", &given));
    let matches = match saved.matches {
        Some(true) => tongue.word("evidence-matches"),
        Some(false) => tongue.word("evidence-differs"),
        None => tongue.word("evidence-no-digest"),
    };
    text.push_str(&paragraph("", matches));
    text
}

pub(super) fn policies(list: &[EvidencePolicy], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Text(tongue.word("column-evidence-circle")),
        Column::Text(tongue.word("column-evidence-fetches")),
    ]);
    for policy in list {
        let fetches = match policy.fetch.as_str() {
            "nothing" => tongue.word("evidence-fetch-nothing").to_owned(),
            "all" => tongue.say("evidence-fetch-all", &[("bytes", policy.max_bytes.into())]),
            _thumbnails => tongue.word("evidence-fetch-thumbnails").to_owned(),
        };
        table.row([policy.circle.clone(), fetches]);
    }
    table.render()
}
