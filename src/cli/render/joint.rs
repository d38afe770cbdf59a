//! Decisions, links and possible duplicates of cards, and cards shared with another circle.

use super::{
    board,
    table::{Column, Table, facts, paragraph, section},
    words,
};
use crate::{
    api::joint::{
        BallotRow, CardLink, CardShared, DecisionDetail, DecisionRow, DuplicateCard, ParticipantRow,
    },
    cli::tongue::Tongue,
};

/// The list of the states of cards.
const STATES: &str = "card_state";
/// The list of stances.
const STANCES: &str = "position_stance";

pub(super) fn decisions(rows: &[DecisionRow], tongue: Tongue) -> String {
    if rows.is_empty() {
        return format!("{}\n", tongue.word("no-decisions"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("column-card")),
        Column::Text(tongue.word("title")),
        Column::Text(tongue.word("state")),
        Column::Whole(tongue.word("column-consents")),
        Column::Whole(tongue.word("column-closes")),
        Column::Text(tongue.word("circle")),
    ]);
    let ids = words::CardIds::of(rows.iter().map(|it| &it.card));
    for row in rows {
        let ballot = row.ballot.as_ref();
        table.row([
            ids.short(&row.card),
            asked(row),
            state(&row.state, ballot, tongue),
            ballot.map(|it| format!("{}/{}", it.consents, it.needed)).unwrap_or_default(),
            ballot.map(|it| it.closes.clone()).unwrap_or_default(),
            words::circle(&row.circle, row.circle_name.as_ref()),
        ]);
        // What can be answered has a line of its own, whatever rules.
        for ballot in &row.open {
            table.row([
                row.card.short(),
                ballot.question.clone(),
                state(&ballot.state, Some(ballot), tongue),
                format!("{}/{}", ballot.consents, ballot.needed),
                ballot.closes.clone(),
                words::circle(&row.circle, row.circle_name.as_ref()),
            ]);
        }
    }
    table.render()
}

/// What was put, and only before that what the card calls itself.
fn asked(row: &DecisionRow) -> String {
    row.ballot.as_ref().map_or_else(|| row.title.clone(), |ballot| ballot.question.clone())
}

pub(super) fn decision(detail: &DecisionDetail, tongue: Tongue) -> String {
    let row = &detail.row;
    let mut text = format!("{}\n\n", row.title);
    let lines = vec![
        (tongue.word("column-card"), row.card.to_string()),
        (tongue.word("state"), state(&row.state, row.ballot.as_ref(), tongue)),
        (tongue.word("circle"), words::circle(&row.circle, row.circle_name.as_ref())),
    ];
    text.push_str(&facts(&lines));
    match &row.ballot {
        Some(one) => text.push_str(&ballot(one, tongue)),
        None => text.push_str(&format!("\n{}\n", tongue.word("not-put"))),
    }
    if row.says_otherwise {
        text.push_str(&format!("\n{}\n", tongue.word("card-says-otherwise")));
    }
    for one in &row.open {
        text.push_str(&format!("\n{}\n\n", tongue.word("open-ballot")));
        text.push_str(&facts(&[(tongue.word("state"), state(&one.state, Some(one), tongue))]));
        text.push_str(&ballot(one, tongue));
    }
    let newer: Vec<String> = detail.newer.iter().map(|it| line(it, tongue)).collect();
    text.push_str(&section(tongue.word("newer-ballots"), &newer));
    let older: Vec<String> = detail.older.iter().map(|it| line(it, tongue)).collect();
    text.push_str(&section(tongue.word("older-ballots"), &older));
    text
}

/// A ballot in full: who answers it answers all of this.
pub(crate) fn ballot(ballot: &BallotRow, tongue: Tongue) -> String {
    let needed = tongue.say(
        "consents-of-needed",
        &[
            ("consents", ballot.consents.into()),
            ("needed", ballot.needed.into()),
            ("asked", ballot.participants.len().into()),
        ],
    );
    let mut lines = vec![
        (tongue.word("put-by"), words::org(&ballot.org, ballot.org_name.as_ref())),
        (tongue.word("question"), ballot.question.clone()),
        (tongue.word("consent-window"), format!("{} – {}", ballot.opens, ballot.closes)),
        (tongue.word("column-consents"), needed),
        (tongue.word("ballot"), ballot.digest.clone()),
    ];
    if let Some(day) = &ballot.decided_on {
        lines.push((tongue.word("decided-on"), day.clone()));
    }
    if let Some(option) = &ballot.option {
        let said = ballot.options.get(option).unwrap_or(option);
        lines.push((tongue.word("adopted-option"), format!("{option}: {said}")));
    }
    let mut text = facts(&lines);
    let options: Vec<String> =
        ballot.options.iter().map(|(key, said)| format!("{key}: {said}")).collect();
    text.push_str(&section(tongue.word("options"), &options));
    text.push('\n');
    let mut table = Table::new(&[
        Column::Text(tongue.word("organisation")),
        Column::Text(tongue.word("column-stance")),
        Column::Whole(tongue.word("column-on")),
        Column::Text(tongue.word("column-reason")),
    ]);
    for participant in &ballot.participants {
        table.row([
            words::org(&participant.org, participant.org_name.as_ref()),
            stance(participant, tongue),
            participant.at.clone().unwrap_or_default(),
            participant.reason.clone().unwrap_or_default(),
        ]);
    }
    text + &table.render()
}

fn stance(participant: &ParticipantRow, tongue: Tongue) -> String {
    if participant.contradicts {
        return tongue.word("contradicts-itself").to_owned();
    }
    let said = participant.stance.as_ref().map(|code| words::coded(STANCES, code, tongue));
    match (said, &participant.option) {
        (Some(said), Some(option)) => format!("{said} ({option})"),
        (Some(said), None) => said,
        (None, _) if participant.late => tongue.word("too-late").to_owned(),
        (None, _) => tongue.word("silent").to_owned(),
    }
}

fn line(ballot: &BallotRow, tongue: Tongue) -> String {
    let state = state(&ballot.state, Some(ballot), tongue);
    format!(
        "{} ({state}, {}/{}): {}",
        ballot.closes, ballot.consents, ballot.needed, ballot.question
    )
}

fn state(code: &str, ballot: Option<&BallotRow>, tongue: Tongue) -> String {
    let state = words::coded(STATES, code, tongue);
    if let Some(ballot) = ballot.filter(|ballot| ballot.closed_ahead) {
        let who = ballot.closed_by.join(", ");
        return format!("{state}; {} ({who})", tongue.word("closed-ahead"));
    }
    if ballot.is_some_and(|ballot| ballot.waits_to_be_closed) {
        format!("{state}; {}", tongue.word("waits-to-be-closed"))
    } else {
        state
    }
}

pub(super) fn links(links: &[CardLink], tongue: Tongue) -> String {
    let lines: Vec<String> = links.iter().map(|link| self::link(link, tongue)).collect();
    section(tongue.word("card-links"), &lines)
}

fn link(link: &CardLink, tongue: Tongue) -> String {
    let target: String = match link.kind.as_str() {
        "incident" | "card" => link.target.chars().take(8).collect(),
        _text => link.target.clone(),
    };
    let said = match (link.kind.as_str(), link.readable) {
        ("incident", false) => tongue.word("incident-not-shared").to_owned(),
        ("card", false) => tongue.word("card-not-shared").to_owned(),
        ("incident", true) => {
            let level = link.state.iter().map(|it| words::coded("verification_level", it, tongue));
            let parts = link.title.iter().cloned().chain(level).chain(link.countries.clone());
            parts.collect::<Vec<_>>().join(", ")
        }
        ("card", true) => {
            let state = link.state.iter().map(|it| words::coded(STATES, it, tongue));
            link.title.iter().cloned().chain(state).collect::<Vec<_>>().join(", ")
        }
        _text => String::new(),
    };
    let home =
        if link.at_home { format!(" ({})", tongue.word("link-stays")) } else { String::new() };
    let note = link.note.as_ref().map(|note| format!(" – {note}")).unwrap_or_default();
    let said = if said.is_empty() { said } else { format!(": {said}") };
    let kind = tongue.word(match link.kind.as_str() {
        "incident" => "link-incident",
        "card" => "link-card",
        "report" => "link-report",
        _address => "link-url",
    });
    format!("{kind} {target}{said}{note}{home} [{}]", link.key)
}

pub(super) fn duplicates(found: &[DuplicateCard], tongue: Tongue) -> String {
    let lines: Vec<String> = found
        .iter()
        .map(|card| {
            let reasons = card.reasons.iter().map(|(code, said)| {
                let reason = alike(code, tongue);
                if said.is_empty() { reason.to_owned() } else { format!("{reason} ({said})") }
            });
            format!(
                "{} {}, {}, {}: {}",
                card.card.short(),
                card.title,
                words::org(&card.owner, card.owner_name.as_ref()),
                words::circle(&card.circle, card.circle_name.as_ref()),
                reasons.collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    section(tongue.word("maybe-duplicates"), &lines)
}

fn alike(code: &str, tongue: Tongue) -> &'static str {
    tongue.word(match code {
        "country" => "alike-country",
        "no-country" => "alike-no-country",
        "institution" => "alike-institution",
        "title" => "alike-title",
        "period" => "alike-period",
        _no_period => "alike-no-period",
    })
}

pub(super) fn shared(shared: &CardShared, tongue: Tongue) -> String {
    let circle = words::circle(&shared.circle, shared.circle_name.as_ref());
    let outcome = tongue.word(match shared.outcome.as_str() {
        "published" => "card-published",
        "updated" => "card-updated",
        "would-publish" => "card-would-publish",
        "would-update" => "card-would-update",
        _unchanged => "card-unchanged",
    });
    let mut text = facts(&[
        (tongue.word("column-card"), shared.card.short()),
        (tongue.word("circle"), circle),
        (tongue.word("column-outcome"), outcome.to_owned()),
        (tongue.word("card-there"), shared.copy.map(|copy| copy.short()).unwrap_or_default()),
    ]);
    text.push('\n');
    for (path, value) in &shared.fields {
        text.push_str(&paragraph(&format!("{path}: "), &board::plain(value)));
    }
    let stays: Vec<String> =
        shared.withheld.iter().map(|it| format!("{}: {}", it.path, it.reason)).collect();
    text.push_str(&section(tongue.word("card-stays"), &stays));
    if let Some(org) = &shared.made_by {
        text.push_str(&format!(
            "\n{}\n",
            tongue.say("made-by-partner", &[("org", org.as_str().into())])
        ));
    }
    text.push_str(&format!("\n{}\n", tongue.word("card-alone")));
    text
}
