//! Cards of the board.

use super::{
    joint, reach,
    table::{Column, Table, facts, paragraph, section},
    words,
};
use crate::{
    api::board::{CardChange, CardDetail, CardField, CardKindInfo, CardRow},
    cli::tongue::Tongue,
    model::registry::{RecordKind, Schema, table as fields},
};

/// The list of the kinds of cards.
const KINDS: &str = "card_kind";
/// The list of the states of cards.
const STATES: &str = "card_state";

pub(super) fn kinds(kinds: &[CardKindInfo], tongue: Tongue) -> String {
    if let [one] = kinds {
        return kind(one, tongue);
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("code")),
        Column::Text(tongue.word("column-card-kind")),
        Column::Whole(tongue.word("column-programme")),
        Column::Text(tongue.word("column-states")),
    ]);
    for info in kinds {
        let states = info.states.iter().map(|state| words::coded(STATES, state, tongue));
        table.row([
            info.kind.clone(),
            words::coded(KINDS, &info.kind, tongue),
            info.programme.clone(),
            states.collect::<Vec<_>>().join(", "),
        ]);
    }
    table.render()
}

fn kind(info: &CardKindInfo, tongue: Tongue) -> String {
    let mut text = format!("{}\n\n", words::coded(KINDS, &info.kind, tongue));
    let states =
        info.states.iter().map(|code| format!("{code} ({})", words::coded(STATES, code, tongue)));
    text.push_str(&paragraph(
        &format!("{}: ", tongue.word("column-states")),
        &states.collect::<Vec<_>>().join(", "),
    ));
    text.push('\n');
    let mut table = Table::new(&[
        Column::Whole(tongue.word("field")),
        Column::Text(tongue.word("column-help")),
    ]);
    for (path, _label, help) in &info.fields {
        table.row([path.clone(), help.clone()]);
    }
    text + &table.render()
}

pub(super) fn cards(cards: &[CardRow], tongue: Tongue) -> String {
    if cards.is_empty() {
        return format!("{}\n", tongue.word("no-cards"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("column-card")),
        Column::Text(tongue.word("column-card-kind")),
        Column::Text(tongue.word("title")),
        Column::Text(tongue.word("state")),
        Column::Text(tongue.word("column-owner")),
        Column::Whole(tongue.word("column-due")),
        Column::Text(tongue.word("circle")),
    ]);
    let ids = words::CardIds::of(cards.iter().map(|it| &it.card));
    for card in cards {
        table.row([
            ids.short(&card.card),
            words::coded(KINDS, &card.kind, tongue),
            card.title.clone(),
            words::coded(STATES, &card.state, tongue),
            words::org(&card.owner, card.owner_name.as_ref()),
            card.due.clone().or_else(|| card.starts.clone()).unwrap_or_default(),
            words::circle(&card.circle, card.circle_name.as_ref()),
        ]);
    }
    table.render()
}

pub(super) fn card(card: &CardDetail, tongue: Tongue) -> String {
    let row = &card.row;
    let mut text = format!("{}\n\n", row.title);
    let mut lines = vec![
        (tongue.word("column-card"), row.card.to_string()),
        (tongue.word("column-card-kind"), words::coded(KINDS, &row.kind, tongue)),
        (tongue.word("state"), words::coded(STATES, &row.state, tongue)),
        (tongue.word("circle"), words::circle(&row.circle, row.circle_name.as_ref())),
        (tongue.word("column-owner"), words::org(&row.owner, row.owner_name.as_ref())),
        (tongue.word("made-by"), words::org(&card.origin, card.origin_name.as_ref())),
    ];
    if !card.authors.is_empty() {
        lines.push((tongue.word("written-by"), card.authors.join(", ")));
    }
    text.push_str(&facts(&lines));
    text.push('\n');
    let below = |field: &&CardField| !is_shown_above(&field.path);
    for field in card.fields.iter().filter(below) {
        let home = if field.at_home {
            format!(" ({})", tongue.word("stays-at-home"))
        } else {
            String::new()
        };
        text.push_str(&paragraph(
            &format!("{}{home}: ", field.path),
            &value(field, &row.kind, tongue),
        ));
    }
    let conflicts: Vec<String> = card
        .conflicts
        .iter()
        .map(|conflict| {
            let values = conflict.values.iter().map(|(value, org)| {
                format!("{} ({})", plain(value), org.as_deref().unwrap_or("?"))
            });
            format!("{}: {}", conflict.path, values.collect::<Vec<_>>().join(" | "))
        })
        .collect();
    text.push_str(&section(tongue.word("concurrent-values"), &conflicts));
    text.push_str(&joint::links(&card.links, tongue));
    text.push_str(&joint::duplicates(&card.duplicates, tongue));
    text.push_str(&section(tongue.word("card-notes"), &card.notes));
    text + &reach::of_incident(&card.reach, tongue)
}

pub(super) fn history(changes: &[CardChange], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Number(tongue.word("change")),
        Column::Text(tongue.word("organisation")),
        Column::Text(tongue.word("circle")),
        Column::Text(tongue.word("fields")),
    ]);
    for change in changes {
        let mark = if change.concurrent { " ⑂" } else { "" };
        table.row([
            format!("{}{mark}", change.number),
            change
                .org
                .map_or_else(|| "?".to_owned(), |org| words::org(&org, change.org_name.as_ref())),
            words::circle(&change.circle, change.circle_name.as_ref()),
            change.fields.join(", "),
        ]);
    }
    table.render()
}

fn is_shown_above(path: &str) -> bool {
    ["title", "state", "owner"].contains(&path) || path.starts_with("links/")
}

fn value(field: &CardField, kind: &str, tongue: Tongue) -> String {
    if let Some(name) = &field.name {
        return name.clone();
    }
    let text = plain(&field.value);
    let schema: Option<Schema> = format!("card_{kind}/1").parse().ok();
    let kind = schema.and_then(|schema| schema.kind());
    let of_kind = kind.map_or(&[][..], |kind: RecordKind| fields::fields(kind));
    let path = field.path.parse().ok();
    let spec = path.and_then(|path| of_kind.iter().find(|spec| spec.matches(&path)));
    match spec.map(|spec| spec.kind) {
        Some(crate::model::registry::Kind::Code(list)) => words::coded(list, &text, tongue),
        _other => text,
    }
}

pub(super) fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
