//! National groups with long-term capacity: directory by country, and the outreach.

use std::collections::BTreeMap;

use jiff::civil;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        work::{day_cell, days},
    },
    model::{
        board::{Card, CardKind},
        id::OrgId,
        registry::Date,
    },
};

/// Days after which a contact has gone cold.
const COLD_DAYS: i64 = 180;
/// Stages of the outreach, in order.
const STAGES: [&str; 4] = ["not_contacted", "cold", "in_contact", "supported"];

struct Contact {
    day: Option<civil::Date>,
    by: Option<OrgId>,
    result: Option<String>,
}

/// The last contact that has been; what is planned is none.
fn last_contact(inputs: &Inputs, card: &Card) -> Option<Contact> {
    let entries = card.entries("outreach");
    let contacts = entries.values().filter_map(|it| {
        let day = it.get("date").and_then(|date| date.parse::<Date>().ok()?.latest());
        let been = day.is_none_or(|day| day <= inputs.today);
        been.then(|| Contact {
            day,
            by: it.get("by").and_then(|org| org.parse().ok()),
            result: it.get("result").cloned(),
        })
    });
    contacts.max_by_key(|contact| contact.day)
}

fn stage(inputs: &Inputs, card: &Card, last: Option<&Contact>) -> &'static str {
    match last {
        _ if card.text("support_given").is_some() => "supported",
        None => "not_contacted",
        Some(last) if last.day.is_none_or(|day| days(day, inputs.today) > COLD_DAYS) => "cold",
        Some(_recent) => "in_contact",
    }
}

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "country",
        "card",
        "public_name",
        "focus",
        "staff",
        "years",
        "tool",
        "method",
        "long_term",
        "stage",
        "last_contact",
        "by",
        "result",
        "support_asked",
        "support_given",
    ];
    let mut directory = Sheet::new("directory", &columns);
    let mut pipeline: BTreeMap<String, BTreeMap<&str, i64>> = BTreeMap::new();
    let mut groups = inputs.cards(CardKind::NationalGroup);
    groups.retain(|card| inputs.state(card) != "dropped");
    groups.sort_by_key(|card| (card.text("country").is_none(), card.text("country")));
    for card in groups {
        let last = last_contact(inputs, card);
        let stage = stage(inputs, card, last.as_ref());
        let country = card.text("country").unwrap_or_default().to_owned();
        *pipeline.entry(country).or_default().entry(stage).or_default() += 1;
        let by = last.as_ref().and_then(|last| last.by);
        directory.row([
            Cell::text(card.text("country")),
            card_cell(card),
            Cell::text(card.text("public_name")),
            Cell::text(card.text("focus")),
            Cell::count(card.count("staff")),
            Cell::count(card.count("years")),
            Cell::text(card.text("tool")),
            Cell::text(card.text("method")),
            Cell::code("answer", card.text("long_term")),
            Cell::word(stage),
            day_cell(last.as_ref().and_then(|last| last.day)),
            by.map_or(Cell::Empty, |org| inputs.org(org)),
            Cell::text(last.as_ref().and_then(|last| last.result.as_deref())),
            Cell::text(card.text("support_asked")),
            Cell::text(card.text("support_given")),
        ]);
    }
    let mut stages = Sheet::new("outreach", &["country"]);
    for stage in STAGES {
        stages.column(stage, Cell::word(stage));
    }
    for (country, counts) in pipeline {
        let count = |stage: &str| Cell::Count(counts.get(stage).copied().unwrap_or(0));
        let name = if country.is_empty() { Cell::word("not_stated") } else { Cell::Text(country) };
        stages.row([name].into_iter().chain(STAGES.into_iter().map(count)));
    }
    vec![directory, stages]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card, rows, sheet};

    #[test]
    fn groups_stand_by_country_with_their_last_contact_and_without_their_secret_names() {
        let mut inputs = board();
        let kind = CardKind::NationalGroup;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=g1,country=PE,name=Secreta,contact=9999,staff=3,outreach/a/date=2026-10-01,outreach/a/by=org2,outreach/a/result=agreed,outreach/b/date=2026-09-01,outreach/c/date=2027-01-01",
            ),
            card(2, kind, "title=g2,country=PE,outreach/a/date=2026-05-01"),
            card(3, kind, "title=g3,country=CO"),
            card(4, kind, "title=g4,country=CO,support_given=Two laptops"),
        ];
        let directory = sheet(&inputs, "national-groups", "directory");
        let shown: Vec<String> = directory
            .plain()
            .iter()
            .map(|row| {
                [&row[0], &row[1], &row[9], &row[10], &row[11], &row[12]]
                    .map(String::as_str)
                    .join(" ")
            })
            .collect();
        assert_eq!(
            shown,
            [
                "CO g3 not_contacted   ",
                "CO g4 supported   ",
                "PE g1 in_contact 2026-10-01 org2 agreed",
                "PE g2 cold 2026-05-01  ",
            ]
        );
        let all = directory.plain().concat().join(" ");
        assert!(!all.contains("Secreta") && !all.contains("9999"));
        assert_eq!(
            rows(&inputs, "national-groups", "outreach"),
            ["CO | 1 | 0 | 0 | 1", "PE | 0 | 1 | 1 | 0"]
        );
    }
}
