//! Joint statements, comments and checklists.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    table::{Column, Table, facts, one_line, paragraph, quoted},
    words,
};
use crate::{
    api::statement::{
        CardComment, CardItem, StatementChange, StatementCheck, StatementDetail, StatementFile,
        StatementOrg, StatementStretch, StatementVersion,
    },
    cli::tongue::Tongue,
    model::id::OrgId,
};

/// The list of the states of cards.
const STATES: &str = "card_state";
/// Digits of the hash of a present text that are shown, which are as many as a person has to give.
const SHOWN_DIGITS: usize = 32;
/// What stands before each line that somebody else wrote.
const MARK: &str = "| ";

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
        it.as_ref().map(|it| format!("{} ({})", it.hash, it.at)).unwrap_or_default()
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
    lines.push((tongue.word("keepers"), orgs(&detail.keepers)));
    let mut text = facts(&lines);
    if !detail.meddlers.is_empty() {
        let said = format!("{}: {}", tongue.word("roles-changed-by"), orgs(&detail.meddlers));
        text.push_str(&paragraph("! ", &said));
        text.push('\n');
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
    if let Some(frozen) = &detail.newest {
        text.push('\n');
        text.push_str(&frozen_text(frozen, tongue));
        if detail.changed_since {
            text.push_str(&format!("\n{}\n", tongue.word("changed-since")));
            let none = String::new();
            let langs: BTreeSet<&String> =
                frozen.texts.keys().chain(detail.markdown.keys()).collect();
            for lang in langs {
                let before = frozen.texts.get(lang).unwrap_or(&none);
                let now = detail.markdown.get(lang).unwrap_or(&none);
                text.push_str(&difference(lang, before, now));
            }
        }
    }
    let same = detail.newest.is_some() && !detail.changed_since;
    if !same {
        text.push_str(&format!("\n{}\n", tongue.word("present-text")));
        text.push_str(&texts(&detail.markdown));
    }
    for (lang, hash) in &detail.text_hashes {
        text.push_str(&format!("\n[{lang}] --base {}", short(hash)));
    }
    if detail.text_hashes.len() > 1 {
        let langs: Vec<&str> = detail.text_hashes.keys().map(String::as_str).collect();
        text.push_str(&format!("\n[{}] --base {}", langs.join(", "), short(&detail.texts_hash)));
    }
    text.push('\n');
    for (lang, gone) in &detail.taken_out {
        text.push_str(&format!("\n[{lang}] {}\n", tongue.word("taken-out")));
        text.push_str(&quoted("- ", gone));
    }
    text
}

/// What is endorsed, with its whole hash: what is signed is this, whatever the card says now.
pub(crate) fn frozen_text(frozen: &StatementVersion, tongue: Tongue) -> String {
    format!("{}\n{}\n{}", tongue.word("frozen-text-is"), frozen.hash, texts(&frozen.texts))
}

/// The texts as they are now, with the whole hash of all.
pub(crate) fn present_text(detail: &StatementDetail, tongue: Tongue) -> String {
    let present = tongue.word("present-text");
    format!("{present}\n{}\n{}", detail.texts_hash, texts(&detail.markdown))
}

/// Texts by language, each line with a mark.
fn texts(texts: &BTreeMap<String, String>) -> String {
    let one = |(lang, text): (&String, &String)| format!("\n[{lang}]\n{}", quoted(MARK, text));
    texts.iter().map(one).collect()
}

fn orgs(orgs: &[StatementOrg]) -> String {
    let names: Vec<String> =
        orgs.iter().map(|it| words::org(&it.org, it.org_name.as_ref())).collect();
    names.join(", ")
}

/// The lines that differ, between those at the beginning and the end that do not.
fn difference(lang: &str, before: &str, now: &str) -> String {
    if before == now {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), now.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = |lines: &[&str]| lines.len().saturating_sub(head);
    let most = rest(&old).min(rest(&new));
    let ends = old.iter().rev().zip(new.iter().rev()).take(most);
    let tail = ends.take_while(|(a, b)| a == b).count();
    let mut text = format!("[{lang}]\n");
    for (mark, lines) in [("-", &old), ("+", &new)] {
        for line in lines.iter().skip(head).take(rest(lines).saturating_sub(tail)) {
            text.push_str(&quoted(&format!("{mark} "), line));
        }
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
    let mut text = table.render();
    if stretches.iter().any(|it| it.cut) {
        text.push_str(&format!("{}\n", tongue.word("blame-cut")));
    }
    text
}

pub(super) fn file(file: &StatementFile) -> String {
    let mut json = serde_json::to_string_pretty(file).unwrap_or_default();
    json.push('\n');
    json
}

/// What the file says is marked, and never stands where an id does.
pub(super) fn check(check: &StatementCheck, tongue: Tongue) -> String {
    let holds = |holds: bool| tongue.word(if holds { "holds" } else { "does-not-hold" });
    let said = |name: &Option<String>| {
        let name = name.as_deref().map(|name| quoted("    | ", &one_line(name)));
        name.map(|name| format!("  {}\n{name}", tongue.word("says-it-is"))).unwrap_or_default()
    };
    let mut text = format!("{}\n{}", tongue.word("title"), quoted(MARK, &one_line(&check.title)));
    text.push_str(&facts(&[(
        tongue.word("hash"),
        format!("{} {}", check.hash, holds(check.hash_holds)),
    )]));
    text.push_str(&format!("{}\n", tongue.word("keepers")));
    for keeper in &check.keepers {
        text.push_str(&format!("  {}\n{}", keeper.org, said(&keeper.org_name)));
    }
    text.push_str(&format!("\n{}\n{}\n", tongue.word("checked-text"), texts(&check.texts)));
    for (place, word) in check.words.iter().enumerate() {
        let stance = words::coded("endorsement_stance", &word.stance, tongue);
        let number = place.saturating_add(1);
        text.push_str(&format!("{} ({number} / {})\n", word.org, check.words.len()));
        text.push_str(&format!("  {stance}: {}\n", holds(word.holds())));
        if !word.device_proven {
            text.push_str(&format!("  {}\n", tongue.word("device-not-proven")));
        }
        if !word.named {
            text.push_str(&format!("  {}\n", tongue.word("compare-id")));
        }
        text.push_str(&said(&word.says_it_is));
    }
    for org in &check.missing {
        text.push_str(&format!("{org}\n  {}\n", tongue.word("does-not-endorse")));
    }
    let whole = if check.proven { "statement-proven" } else { "statement-not-proven" };
    text.push_str(&format!("\n{}\n", tongue.word(whole)));
    text
}

pub(super) fn comments(comments: &[CardComment], tongue: Tongue) -> String {
    if comments.is_empty() {
        return format!("{}\n", tongue.word("no-comments"));
    }
    let mut text = String::new();
    for comment in comments {
        let org = words::org(&comment.org, comment.org_name.as_ref());
        let id = one_line(comment.id.get(..8).unwrap_or_default());
        let reply = comment.reply_to.as_deref().and_then(|it| it.get(..8));
        let reply = reply.map(|id| format!(" ↩ {id}")).unwrap_or_default();
        let (at, org) = (one_line(&comment.at), one_line(&org));
        text.push_str(&format!("{id} {at} {org}{reply}\n"));
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::api::statement::CheckedWord;

    /// A frozen text.
    pub(crate) fn version() -> StatementVersion {
        StatementVersion {
            version: "00".to_owned(),
            hash: "c5".repeat(32),
            author: OrgId::new([1; 32]),
            author_name: None,
            at: "2026-11-23".to_owned(),
            keepers: Vec::new(),
            asked: Vec::new(),
            texts: BTreeMap::from([("es".to_owned(), "Exigimos protección.".to_owned())]),
        }
    }

    #[test]
    fn a_difference_has_only_what_differs() {
        assert_eq!(difference("es", "a\nb\nc", "a\nx\nc"), "[es]\n- b\n+ x\n");
        assert_eq!(difference("es", "a\na", "a"), "[es]\n- a\n");
        assert_eq!(difference("es", "", "a"), "[es]\n+ a\n");
        assert_eq!(difference("es", "a", "a"), "");
    }

    fn forged(id: &OrgId) -> String {
        let padding = " ".repeat(90);
        format!("Red X\n  Endorses: holds{padding}\n{id} (2 / 2)\n  Endorses: holds {padding}{id}")
    }

    #[test]
    fn nothing_that_a_file_says_stands_where_an_id_does() {
        let (its, known) = (OrgId::new([1; 32]), OrgId::new([2; 32]));
        let word = CheckedWord {
            org: its,
            says_it_is: Some(forged(&known)),
            stance: "endorse".to_owned(),
            at: String::new(),
            signature_holds: true,
            device_proven: true,
            named: false,
        };
        let check = StatementCheck {
            title: forged(&known),
            hash_holds: true,
            hash: "00".repeat(32),
            texts: BTreeMap::from([("es".to_owned(), forged(&known))]),
            keepers: vec![StatementOrg { org: its, org_name: Some(forged(&known)) }],
            asked: Vec::new(),
            words: vec![word],
            missing: Vec::new(),
            proven: true,
        };
        let text = super::check(&check, Tongue::default());
        let known = known.to_string();
        for line in text.lines() {
            assert!(!line.contains(&known) || line.trim_start().starts_with('|'), "{text}");
            assert!(line.chars().count() < 80 || line.contains(&check.hash), "{text}");
        }
        assert!(text.contains(&known) && text.contains(&format!("{its} (1 / 1)")), "{text}");
    }

    #[test]
    fn the_frozen_text_is_shown_whole_and_forges_no_heading() {
        let tongue = Tongue::default();
        let text = format!("Mal.\n\n{}\n\n[es]\nBien.", tongue.word("present-text"));
        let frozen =
            StatementVersion { texts: BTreeMap::from([("es".to_owned(), text)]), ..version() };
        let text = frozen_text(&frozen, tongue);
        assert!(text.lines().any(|line| line == frozen.hash), "{text}");
        assert!(!text.lines().any(|line| line == tongue.word("present-text")), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with('[')).count(), 1, "{text}");
    }
}
