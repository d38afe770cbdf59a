//! Joint statements, comments and checklists.

use super::{
    table::{Column, Table, facts, paragraph},
    words,
};
use crate::{
    api::statement::{
        CardComment, CardItem, StatementChange, StatementCheck, StatementDetail, StatementFile,
        StatementStretch, StatementVersion,
    },
    cli::tongue::Tongue,
    model::id::OrgId,
};

/// The list of the states of cards.
const STATES: &str = "card_state";
/// Digits of a hash that are shown: enough to compare by voice.
const SHOWN_DIGITS: usize = 16;

fn short(hash: &str) -> &str {
    hash.get(..SHOWN_DIGITS).unwrap_or(hash)
}

/// The name of what an organisation's word comes to.
fn standing(code: &str) -> &'static str {
    match code {
        "endorses" => "standing-endorses",
        "stale" => "standing-stale",
        "declines" => "standing-declines",
        "withdrew" => "standing-withdrew",
        "invalid" => "standing-invalid",
        _silent => "standing-silent",
    }
}

/// The name of why a cited incident does not hold any more.
fn why(code: &str) -> &'static str {
    match code {
        "not_met" => "flag-not-met",
        "refuted" => "flag-refuted",
        "withdrawn" => "flag-withdrawn",
        _gone => "flag-gone",
    }
}

fn who(org: Option<&OrgId>, name: Option<&String>) -> String {
    org.map_or_else(|| "?".to_owned(), |org| words::org(org, name))
}

pub(super) fn statement(detail: &StatementDetail, tongue: Tongue) -> String {
    let version = |it: &Option<StatementVersion>| {
        it.as_ref().map(|it| format!("{} ({})", short(&it.hash), it.at)).unwrap_or_default()
    };
    let mut lines = vec![
        (tongue.word("title"), detail.title.clone()),
        (tongue.word("state"), words::coded(STATES, &detail.state, tongue)),
        (tongue.word("endorsed-of"), format!("{} / {}", detail.endorsed, detail.asked)),
        (tongue.word("frozen-text"), version(&detail.newest)),
    ];
    if detail.released.is_some() {
        lines.push((tongue.word("released-text"), version(&detail.released)));
    }
    if let Some(by) = &detail.released_by {
        lines.push((tongue.word("released-by"), by.clone()));
    }
    if let Some(day) = &detail.embargo {
        lines.push((tongue.word("embargo"), day.clone()));
    }
    let mut text = facts(&lines);
    if detail.changed_since && detail.newest.is_some() {
        text.push_str(&format!("\n{}\n", tongue.word("changed-since")));
    }
    for flag in &detail.flags {
        let reason = tongue.word(why(&flag.reason));
        text.push_str(&paragraph("! ", &format!("{} {reason}", flag.incident)));
        text.push('\n');
    }
    let mut table = Table::new(&[
        Column::Text(tongue.word("organisation")),
        Column::Text(tongue.word("column-endorsement")),
        Column::Whole(tongue.word("date")),
    ]);
    for word in &detail.words {
        let mut standing = tongue.word(standing(&word.standing)).to_owned();
        if !word.asked {
            standing = format!("{standing} ({})", tongue.word("not-asked"));
        }
        let org = words::org(&word.org, word.org_name.as_ref());
        table.row([org, standing, word.at.clone().unwrap_or_default()]);
    }
    text.push_str(&format!("\n{}\n", tongue.word("endorsements")));
    text.push_str(&table.render());
    for (lang, markdown) in &detail.markdown {
        text.push_str(&format!("\n[{lang}]\n{markdown}\n"));
    }
    text
}

pub(super) fn history(changes: &[StatementChange], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("language")),
        Column::Whole("#"),
        Column::Text(tongue.word("organisation")),
        Column::Text(tongue.word("column-change")),
    ]);
    for change in changes {
        let put_in = change.inserted.iter().map(|piece| format!("+{piece:?}"));
        let out = change.deleted.iter().map(|piece| format!("-{piece:?}"));
        let marks = change.marked.then(|| tongue.word("marks-changed").to_owned());
        let cut = change.cut.then(|| "…".to_owned());
        table.row([
            change.lang.clone(),
            change.number.to_string(),
            who(change.org.as_ref(), change.org_name.as_ref()),
            out.chain(put_in).chain(marks).chain(cut).collect::<Vec<_>>().join(" "),
        ]);
    }
    table.render()
}

pub(super) fn blame(stretches: &[StatementStretch], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("language")),
        Column::Text(tongue.word("organisation")),
        Column::Text(tongue.word("text")),
    ]);
    for stretch in stretches {
        table.row([
            stretch.lang.clone(),
            who(stretch.org.as_ref(), stretch.org_name.as_ref()),
            stretch.text.clone(),
        ]);
    }
    table.render()
}

pub(super) fn file(file: &StatementFile) -> String {
    let mut json = serde_json::to_string_pretty(file).unwrap_or_default();
    json.push('\n');
    json
}

pub(super) fn check(check: &StatementCheck, tongue: Tongue) -> String {
    let holds = |holds: bool| tongue.word(if holds { "holds" } else { "does-not-hold" });
    let mut text = facts(&[
        (tongue.word("title"), check.title.clone()),
        (tongue.word("hash"), format!("{} {}", check.hash, holds(check.hash_holds))),
    ]);
    let mut table = Table::new(&[
        Column::Text(tongue.word("organisation")),
        Column::Text(tongue.word("column-endorsement")),
        Column::Whole(tongue.word("signature")),
        Column::Whole(tongue.word("device-key")),
    ]);
    for (word, good) in &check.words {
        table.row([
            words::org(&word.org, word.org_name.as_ref()),
            words::coded("endorsement_stance", &word.stance, tongue),
            holds(*good).to_owned(),
            word.device.to_string(),
        ]);
    }
    text.push('\n');
    text.push_str(&table.render());
    text.push_str(&paragraph("", tongue.word("compare-keys")));
    text.push('\n');
    text
}

pub(super) fn comments(comments: &[CardComment], tongue: Tongue) -> String {
    if comments.is_empty() {
        return format!("{}\n", tongue.word("no-comments"));
    }
    let mut text = String::new();
    for comment in comments {
        let org = words::org(&comment.org, comment.org_name.as_ref());
        let id = comment.id.get(..8).unwrap_or_default();
        let reply = comment.reply_to.as_deref().and_then(|it| it.get(..8));
        let reply = reply.map(|id| format!(" ↩ {id}")).unwrap_or_default();
        text.push_str(&format!("{id} {} {org}{reply}\n", comment.at));
        if let Some(on) = &comment.on {
            text.push_str(&paragraph("  > ", on));
            text.push('\n');
        }
        text.push_str(&paragraph("  ", &comment.text));
        text.push('\n');
    }
    text
}

pub(super) fn items(items: &[CardItem], tongue: Tongue) -> String {
    if items.is_empty() {
        return format!("{}\n", tongue.word("no-items"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("column-item")),
        Column::Whole(""),
        Column::Text(tongue.word("text")),
        Column::Text(tongue.word("column-assignee")),
        Column::Whole(tongue.word("column-due")),
    ]);
    for item in items {
        let assignee = item.assignee.as_ref();
        table.row([
            item.item.short(),
            if item.done { "[x]" } else { "[ ]" }.to_owned(),
            item.text.clone(),
            assignee.map(|org| words::org(org, item.assignee_name.as_ref())).unwrap_or_default(),
            item.due.clone().unwrap_or_default(),
        ]);
    }
    table.render()
}
