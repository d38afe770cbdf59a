//! The target ladder: where those stand whose stance is to change, over time.

use jiff::civil;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        events::events,
        inputs::{Inputs, card_cell, incidents_of},
        work::{date_cell, day_cell, days},
    },
    model::{
        board::{Card, CardKind},
        verification::Level,
    },
};

/// The ladder, from below.
const LADDER: [&str; 5] = ["opposed", "reluctant", "neutral", "supportive", "champion"];

fn step(stance: &str) -> Option<i64> {
    i64::try_from(LADDER.iter().position(|it| *it == stance)?).ok()
}

/// The stances that were seen, the first first.
fn seen(card: &Card) -> Vec<(civil::Date, String)> {
    let entries = card.entries("stances");
    let mut seen: Vec<(civil::Date, String)> = entries
        .values()
        .filter_map(|it| {
            let day = it.get("date")?.parse::<crate::model::registry::Date>().ok()?.earliest()?;
            Some((day, it.get("stance")?.clone()))
        })
        .collect();
    seen.sort();
    seen
}

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "influence",
        "card",
        "name",
        "type",
        "countries",
        "stance",
        "since",
        "moved",
        "wanted",
        "indicator",
        "due",
        "incidents",
        "claims",
        "verified",
        "links",
    ];
    let mut ladder = Sheet::new("ladder", &columns);
    let mut stances = Sheet::new("stances", &["card", "date", "stance", "step"]);
    let rank = |card: &Card| match card.text("influence") {
        Some("high") => 0,
        Some("medium") => 1,
        Some("low") => 2,
        _unknown => 3,
    };
    let mut targets = inputs.cards(CardKind::Target);
    // The order of titles stays among equals.
    targets.sort_by_key(|card| (rank(card), std::cmp::Reverse(now(card).and_then(|it| step(&it)))));
    for card in targets {
        ladder.row(row(inputs, card));
        let mut before = None;
        for (day, stance) in seen(card) {
            let rung = step(&stance);
            let moved = rung.zip(before).map(|(rung, before): (i64, i64)| rung - before);
            stances.row([
                card_cell(card),
                day_cell(Some(day)),
                Cell::code("stance", Some(&stance)),
                Cell::count(moved),
            ]);
            before = rung.or(before);
        }
    }
    vec![ladder, stances]
}

/// Where it stands now: what was seen last; without any, what the card says.
fn now(card: &Card) -> Option<String> {
    let last = seen(card).pop().map(|(_, stance)| stance);
    last.or_else(|| card.text("stance").map(ToOwned::to_owned))
}

fn row(inputs: &Inputs, card: &Card) -> Vec<Cell> {
    let seen = seen(card);
    let now = now(card);
    let first = seen.first().and_then(|(_, stance)| step(stance));
    let moved = now.as_deref().and_then(step).zip(first).map(|(now, first)| now - first);
    let linked = incidents_of(card);
    let known = events(linked.iter().filter_map(|id| Some((id, inputs.incidents.get(id)?))));
    let verified = known.iter().filter(|event| event.level() >= Level::Verified).count();
    let claims: usize = known.iter().map(|event| event.claims.len()).sum();
    let due = card.date("due");
    let late = due.and_then(|due| due.latest()).is_some_and(|due| days(inputs.today, due) < 0);
    vec![
        Cell::code("influence_level", card.text("influence")),
        card_cell(card),
        Cell::text(card.text("name")),
        Cell::code("target_type", card.text("target_type")),
        Cell::texts(card.countries()),
        Cell::code("stance", now.as_deref()),
        day_cell(seen.last().map(|(day, _)| *day)),
        Cell::count(moved),
        Cell::text(card.text("change_wanted")),
        Cell::text(card.text("indicator")),
        if late && !inputs.is_over(card) {
            Cell::list([date_cell(due), Cell::word("overdue")])
        } else {
            date_cell(due)
        },
        Cell::counted_beside(known.len(), &[claims, verified]),
        Cell::counted_beside(linked.len(), &[claims, known.len()]),
        Cell::counted_beside(verified, &[known.len()]),
        Cell::list(linked.iter().map(|id| Cell::Incident(*id))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{
        IncidentFacts,
        kit::{board, card, incident, incident_id, rows},
    };

    #[test]
    fn the_ladder_shows_where_each_stands_and_how_far_it_moved() {
        let mut inputs = board();
        let kind = CardKind::Target;
        inputs.cards = vec![
            card(1, kind, "title=A,name=Bank,influence=medium,stance=neutral"),
            card(
                2,
                kind,
                "title=B,influence=high,stance=opposed,due=2026-10-01,\
                 stances/a/date=2026-05-01,stances/a/stance=supportive,\
                 stances/b/date=2025-05,stances/b/stance=opposed,\
                 stances/c/date=2026-01-01,stances/c/stance=neutral,\
                 links/x/incident=incident1,links/y/incident=incident2,links/z/incident=incident3",
            ),
            card(3, kind, "title=C,influence=high,stance=champion"),
        ];
        inputs.incidents.insert(incident_id(1), incident("CO", Level::Verified));
        // The same event, as another partner has it; the third cannot be read here.
        let same = IncidentFacts { event: Some(incident_id(1)), ..incident("CO", Level::Reported) };
        inputs.incidents.insert(incident_id(2), same);
        let found = rows(&inputs, "targets", "ladder");
        assert_eq!(found[0], "high | C |  |  |  | champion |  |  |  |  |  | 0 | 0 | 0 | ");
        let second = "high | B |  |  |  | supportive | 2026-05-01 | 3 |  |  | 2026-10-01; overdue | 1 | 3 | 1";
        assert!(found[1].starts_with(second), "{found:?}");
        assert_eq!(found[1].split("; ").count(), 4, "the incidents themselves");
        assert_eq!(found[2], "medium | A | Bank |  |  | neutral |  |  |  |  |  | 0 | 0 | 0 | ");
        // In a file one of twelve that is not verified does not follow from eleven.
        let links = (1..=12).map(|it| format!("links/l{it}/incident=incident{it},"));
        let fields = format!("{}title=D", links.collect::<String>());
        let mut twelve = board();
        twelve.cards = vec![card(4, kind, &fields)];
        for number in 1..=12 {
            let level = if number < 12 { Level::Verified } else { Level::Reported };
            twelve.incidents.insert(incident_id(number), incident("CO", level));
        }
        let told = crate::board::view("targets", &twelve).unwrap().for_file();
        assert_eq!(told.sheets[0].plain()[0][11..14], ["*", "*", "*"]);
        assert_eq!(
            rows(&inputs, "targets", "stances"),
            [
                "B | 2025-05-01 | opposed | ",
                "B | 2026-01-01 | neutral | 2",
                "B | 2026-05-01 | supportive | 1",
            ]
        );
    }
}
