//! Bundles: what was written, taken, or can be read.

use super::{
    table::{Column, Table, facts, paragraph, section},
    words,
};
use crate::{
    api::bundle::{
        BundleExported, BundleImported, BundleInspected, Maker, MissingParts, PartState,
    },
    cli::tongue::Tongue,
};

pub(super) fn exported(done: &BundleExported, tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("bundle-file")),
        Column::Number(tongue.word("bundle-bytes")),
        Column::Number(tongue.word("bundle-part")),
        Column::Text(tongue.word("bundle-for")),
        Column::Text(tongue.word("circles")),
    ]);
    for part in &done.files {
        table.row([
            part.file.clone(),
            part.bytes.to_string(),
            part.part.to_string(),
            part.to.join(", "),
            part.circles.join(", "),
        ]);
    }
    let mut text = table.render();
    let given = [
        ("files", done.files.len().into()),
        ("entries", done.entries.into()),
        ("statements", done.statements.into()),
    ];
    text.push_str(&format!("\n{}", paragraph("", &tongue.say("bundle-written", &given))));
    text.push_str(&paragraph("", tongue.word("bundle-outside")));
    if done.oversized > 0 {
        let given = [("files", done.oversized.into())];
        text.push_str(&paragraph("", &tongue.say("bundle-oversized", &given)));
    }
    if done.unread > 0 {
        let given = [("entries", done.unread.into())];
        text.push_str(&format!("\n{}", paragraph("", &tongue.say("bundle-unread", &given))));
    }
    if !done.ended.is_empty() {
        let given = [("circles", done.ended.join(", ").into())];
        text.push_str(&format!("\n{}", paragraph("", &tongue.say("bundle-ended", &given))));
    }
    if !done.nothing_for.is_empty() {
        text.push_str(&format!(
            "\n{}",
            section(tongue.word("bundle-nothing-for"), &done.nothing_for)
        ));
    }
    text
}

pub(super) fn imported(done: &BundleImported, tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("bundle-file")),
        Column::Text(tongue.word("bundle-made-by")),
        Column::Number(tongue.word("bundle-part")),
        Column::Number(tongue.word("bundle-entries")),
        Column::Text(tongue.word("state")),
    ]);
    for part in &done.files {
        let name = std::path::Path::new(&part.file).file_name();
        let maker = part.maker.as_ref();
        table.row([
            name.map_or_else(|| part.file.clone(), |name| name.to_string_lossy().into_owned()),
            maker.map_or_else(String::new, |maker| made_by(maker, tongue)),
            maker.map_or_else(String::new, |maker| maker.part.to_string()),
            part.entries.to_string(),
            tongue.word(state(part.state)).to_owned(),
        ]);
    }
    let mut text = table.render();
    let given = [
        ("entries", done.entries.into()),
        ("statements", done.statements.into()),
        ("receipts", done.receipts.into()),
    ];
    text.push_str(&format!("\n{}", paragraph("", &tongue.say("bundle-taken", &given))));
    for (title, list) in [
        ("bundle-joined", &done.joined),
        ("bundle-admitted", &done.admitted),
        ("bundle-not-admitted", &done.not_admitted),
    ] {
        if !list.is_empty() {
            text.push_str(&format!("\n{}", section(tongue.word(title), list)));
        }
    }
    for part in done.files.iter().filter(|part| !part.refused.is_empty()) {
        let maker = part.maker.as_ref().map_or_else(String::new, |it| made_by(it, tongue));
        let given = [("maker", maker.as_str().into()), ("circles", part.refused.join(", ").into())];
        text.push_str(&format!("\n{}", paragraph("", &tongue.say("bundle-refused-of", &given))));
    }
    for missing in &done.missing {
        text.push_str(&format!("\n{}", paragraph("", &not_come(missing, tongue))));
    }
    if done.kept > 0 {
        let given = [("files", done.kept.into())];
        text.push_str(&format!("\n{}", paragraph("", &tongue.say("bundle-kept", &given))));
    }
    let again = |part: &&crate::api::bundle::ReadPart| part.state == PartState::Waits && !part.kept;
    if done.files.iter().any(|part| again(&part)) {
        text.push_str(&format!("\n{}", paragraph("", tongue.word("bundle-import-again"))));
    }
    text
}

pub(super) fn inspected(found: &BundleInspected, tongue: Tongue) -> String {
    let maker = &found.maker;
    let part = maker.part.to_string();
    let part = if maker.last { format!("{part}, {}", tongue.word("bundle-last")) } else { part };
    let mut text = facts(&[
        (tongue.word("bundle-made-by"), made_by(maker, tongue)),
        (tongue.word("device"), maker.device.to_string()),
        (tongue.word("bundle-standing"), tongue.word(standing(&maker.standing)).to_owned()),
        (tongue.word("bundle-made"), words::moment(maker.made)),
        (tongue.word("bundle-part"), part),
        (tongue.word("bundle-bytes"), found.bytes.to_string()),
    ]);
    let mut table = Table::new(&[
        Column::Text(tongue.word("circle")),
        Column::Number(tongue.word("bundle-statements")),
        Column::Number(tongue.word("bundle-entries")),
        Column::Number(tongue.word("bundle-logs")),
        Column::Number(tongue.word("bundle-receipts")),
    ]);
    for circle in &found.circles {
        table.row([
            circle.circle.clone(),
            circle.statements.to_string(),
            circle.entries.to_string(),
            circle.logs.to_string(),
            circle.receipts.to_string(),
        ]);
    }
    text.push_str(&format!("\n{}", table.render()));
    if found.join_requests > 0 {
        let given = [("requests", found.join_requests.into())];
        text.push_str(&format!("\n{}", paragraph("", &tongue.say("bundle-requests", &given))));
    }
    text
}

/// What has not come of an export.
fn not_come(missing: &MissingParts, tongue: Tongue) -> String {
    let (maker, made) = (made_by(&missing.maker, tongue), words::moment(missing.maker.made));
    let row = |(from, to): &(u64, u64)| {
        if from == to { from.to_string() } else { format!("{from}-{to}") }
    };
    let rows: Vec<String> = missing.parts.iter().map(row).collect();
    let mut sentences = Vec::new();
    if !rows.is_empty() {
        let given = [
            ("maker", maker.as_str().into()),
            ("made", made.as_str().into()),
            ("parts", rows.join(", ").into()),
        ];
        sentences.push(tongue.say("bundle-missing-parts", &given));
    }
    if let Some(after) = missing.after {
        let given = [
            ("maker", maker.as_str().into()),
            ("made", made.as_str().into()),
            ("part", after.to_string().into()),
        ];
        sentences.push(tongue.say("bundle-missing-end", &given));
    }
    sentences.join(" ")
}

/// The maker for people: its name, or that nobody here knows it.
fn made_by(maker: &Maker, tongue: Tongue) -> String {
    if let (Some(org), None) = (&maker.org, &maker.org_name) {
        return org.to_string().chars().take(22).collect();
    }
    let unknown = || tongue.say("bundle-unknown-maker", &[("id", maker.device.short().into())]);
    maker.org_name.clone().unwrap_or_else(unknown)
}

fn standing(standing: &str) -> &'static str {
    match standing {
        "member" => "bundle-is-member",
        "out" => "bundle-is-out",
        _unknown => "bundle-is-unknown",
    }
}

const fn state(state: PartState) -> &'static str {
    match state {
        PartState::Imported => "bundle-imported",
        PartState::NothingNew => "bundle-nothing-new",
        PartState::Waits => "bundle-waits",
        PartState::Refused => "bundle-refused",
        PartState::NotForThisDevice => "bundle-not-for-us",
        PartState::Damaged => "bundle-is-damaged",
        PartState::Forged => "bundle-is-forged",
        PartState::OtherVersion => "bundle-is-of-another-version",
        PartState::Unreadable => "bundle-is-unreadable",
    }
}
