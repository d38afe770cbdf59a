//! Protocols: the library by topic and language, and where people were trained.

use std::collections::BTreeMap;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        work::{day_cell, tenths},
    },
    model::{
        board::{Card, CardKind},
        registry::Date,
    },
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let mut protocols = inputs.cards(CardKind::Protocol);
    protocols.retain(|card| inputs.state(card) != "dropped");
    vec![library(&protocols), training(inputs, &protocols)]
}

/// Threat × vulnerability ÷ capacity, with one digit.
fn risk(card: &Card) -> Option<String> {
    let (threat, vulnerability) = (card.count("threat")?, card.count("vulnerability")?);
    tenths(threat.checked_mul(vulnerability)?, card.count("capacity")?)
}

fn library(protocols: &[&Card]) -> Sheet {
    let mut sheet = Sheet::new("library", &["topic", "level", "languages", "card", "file", "risk"]);
    let mut rows: Vec<(Option<&str>, &Card)> = Vec::new();
    for card in protocols {
        let topics = card.set("topics");
        if topics.is_empty() {
            rows.push((None, card));
        }
        rows.extend(topics.into_iter().map(|topic| (Some(topic), *card)));
    }
    rows.sort_by_key(|(topic, card)| (topic.is_none(), *topic, card.title(), card.id));
    for (topic, card) in rows {
        sheet.row([
            Cell::code("protocol_topic", topic),
            Cell::code("protocol_level", card.text("level")),
            Cell::texts(card.set("languages")),
            card_cell(card),
            Cell::text(card.text("file")),
            Cell::text(risk(card).as_deref()),
        ]);
    }
    sheet
}

#[derive(Default)]
struct Trained {
    trainings: usize,
    people: i64,
    unknown: usize,
    last: Option<jiff::civil::Date>,
    to_follow_up: usize,
}

/// By country; one in which something happened and nobody was trained is a hole.
fn training(inputs: &Inputs, protocols: &[&Card]) -> Sheet {
    let columns =
        ["country", "trainings", "people", "people_unknown", "last", "to_follow_up", "gap"];
    let mut sheet = Sheet::new("training", &columns);
    let mut by_country: BTreeMap<String, Trained> =
        inputs.countries().into_iter().map(|country| (country, Trained::default())).collect();
    for training in protocols.iter().flat_map(|card| card.entries("trainings").into_values()) {
        let date = |field: &str| training.get(field).and_then(|date| date.parse::<Date>().ok());
        let held = date("date").and_then(|date| date.latest());
        // What is planned has trained nobody yet.
        let Some(held) = held.filter(|held| *held <= inputs.today) else { continue };
        let country = training.get("country").map(|it| it.to_uppercase()).unwrap_or_default();
        let found = by_country.entry(country).or_default();
        found.trainings += 1;
        match training.get("people").and_then(|people| people.parse::<i64>().ok()) {
            Some(people) => found.people = found.people.saturating_add(people),
            None => found.unknown += 1,
        }
        found.last = found.last.max(Some(held));
        let followed = date("follow_up").and_then(|date| date.latest());
        if followed.is_none_or(|day| day > inputs.today) {
            found.to_follow_up += 1;
        }
    }
    let (mut trainings, mut people, mut unknown) = (0, 0_i64, 0);
    for (country, found) in by_country {
        trainings += found.trainings;
        people = people.saturating_add(found.people);
        unknown += found.unknown;
        sheet.row([
            if country.is_empty() { Cell::word("not_stated") } else { Cell::Text(country) },
            Cell::number(found.trainings),
            if found.trainings == found.unknown { Cell::Empty } else { Cell::Count(found.people) },
            Cell::number(found.unknown),
            day_cell(found.last),
            Cell::number(found.to_follow_up),
            if found.trainings == 0 { Cell::word("gap") } else { Cell::Empty },
        ]);
    }
    sheet.totals = vec![
        Cell::word("sum"),
        Cell::number(trainings),
        Cell::Count(people),
        Cell::number(unknown),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
    ];
    sheet.note("training_same_people", &[]);
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::kit::{board, card, incident, incident_id, rows, sheet},
        model::verification::Level,
    };

    #[test]
    fn the_library_is_by_topic_and_training_by_country_with_holes() {
        let mut inputs = board();
        let kind = CardKind::Protocol;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=Travel,topics/travel=yes,topics/digital=yes,languages/es=yes,level=basic,\
                 threat=5,vulnerability=4,capacity=3,\
                 trainings/a/date=2026-05-01,trainings/a/country=CO,trainings/a/people=12,\
                 trainings/a/follow_up=2026-08-01,\
                 trainings/b/date=2026-09,trainings/b/country=CO,\
                 trainings/c/date=2027-01-10,trainings/c/country=CO,trainings/c/people=50",
            ),
            card(
                2,
                kind,
                "title=Body,trainings/a/date=2025-01-01,trainings/a/country=PE,trainings/a/people=3",
            ),
        ];
        inputs.incidents.insert(incident_id(1), incident("BR", Level::Reported));
        assert_eq!(
            rows(&inputs, "protocols", "library"),
            [
                "digital | basic | es | Travel |  | 6.7",
                "travel | basic | es | Travel |  | 6.7",
                " |  |  | Body |  | ",
            ]
        );
        assert_eq!(
            rows(&inputs, "protocols", "training"),
            [
                "BR | 0 |  | 0 |  | 0 | gap",
                "CO | 2 | 12 | 1 | 2026-09-30 | 1 | ",
                "PE | 1 | 3 | 0 | 2025-01-01 | 1 | ",
            ]
        );
        assert_eq!(sheet(&inputs, "protocols", "training").totals[2].plain(), "15");
    }
}
