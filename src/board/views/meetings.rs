//! Strategy meetings: agenda by day, outcomes, open actions.

use std::collections::BTreeMap;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        links::Links,
        work::{date_cell, days},
    },
    model::{
        board::{Card, CardKind},
        registry::Date,
    },
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let meetings = inputs.cards(CardKind::StrategyMeeting);
    let mut agenda = Sheet::new("agenda", &["meeting", "day", "day_title", "item", "owner"]);
    let mut outcomes = Sheet::new("outcomes", &["meeting", "outcome", "card", "state"]);
    let mut actions =
        Sheet::new("open_actions", &["meeting", "card", "text", "owner", "due", "overdue"]);
    let links = Links::of(inputs);
    for meeting in meetings {
        agenda_of(inputs, meeting, &mut agenda);
        outcomes_of(inputs, &links, meeting, &mut outcomes);
        actions_of(inputs, &links, meeting, &mut actions);
    }
    vec![agenda, outcomes, actions]
}

fn agenda_of(inputs: &Inputs, meeting: &Card, sheet: &mut Sheet) {
    let days = meeting.entries("days");
    let mut items = Vec::new();
    for (key, item) in meeting.entries("agenda") {
        let day = item.get("day").and_then(|day| days.get(day.as_str()));
        let date: Option<Date> = day.and_then(|day| day.get("date")?.parse().ok());
        let order = item.get("order").and_then(|order| order.parse::<i64>().ok());
        let day_title = day.and_then(|day| day.get("title")).cloned().unwrap_or_default();
        let first = date.and_then(|date| date.earliest());
        // What has no day comes last, and is not lost.
        let place = (first.is_none(), first, day_title.clone(), order.unwrap_or(i64::MAX), key);
        let owner = item.get("owner").and_then(|owner| owner.parse().ok());
        let title = item.get("title").cloned().unwrap_or_default();
        items.push((place, date, day_title, title, owner));
    }
    items.sort_by(|a, b| a.0.cmp(&b.0));
    for (_, date, day_title, title, owner) in items {
        sheet.row([
            card_cell(meeting),
            date_cell(date),
            Cell::Text(day_title),
            Cell::Text(title),
            owner.map_or(Cell::Empty, |owner| inputs.org(owner)),
        ]);
    }
}

fn outcomes_of(inputs: &Inputs, links: &Links<'_>, meeting: &Card, sheet: &mut Sheet) {
    for outcome in meeting.entries("outcomes").values() {
        let id = outcome.get("card").and_then(|id| id.parse().ok());
        let carried = id.and_then(|id| links.card(&id));
        sheet.row([
            card_cell(meeting),
            Cell::text(outcome.get("text").map(String::as_str)),
            carried.map_or_else(|| Cell::word("not_carried_on"), card_cell),
            carried.map_or(Cell::Empty, |card| inputs.state_cell(card)),
        ]);
    }
}

/// What came of a meeting and is not done: cards of its outcomes, cards that name it, and lines of
/// its checklist.
fn actions_of(inputs: &Inputs, links: &Links<'_>, meeting: &Card, sheet: &mut Sheet) {
    let outcomes = meeting.entries("outcomes");
    let carried = outcomes.values().filter_map(|outcome| outcome.get("card")?.parse().ok());
    let mut cards: BTreeMap<_, &Card> =
        carried.filter_map(|id| links.card(&id)).map(|card| (card.id, card)).collect();
    cards.extend(
        links
            .naming(&meeting.id)
            .filter(|card| card.kind == CardKind::Action)
            .map(|card| (card.id, card)),
    );
    let mut rows = Vec::new();
    let mut add = |card: &Card, text: Option<&str>, owner, due: Option<Date>| {
        let last = due.and_then(|due| due.latest());
        let late = last.is_some_and(|last| days(inputs.today, last) < 0);
        let cells = [
            card_cell(meeting),
            card_cell(card),
            Cell::text(text),
            owner,
            date_cell(due),
            if late { Cell::word("overdue") } else { Cell::Empty },
        ];
        rows.push(((last.is_none(), last, card.title().to_owned()), cells));
    };
    for card in cards.values().filter(|card| !card.is_archived() && !inputs.is_over(card)) {
        let owner = card.org("assignee").unwrap_or_else(|| card.owner());
        add(card, None, inputs.org(owner), card.date("due"));
    }
    for item in links.open_items(&meeting.id) {
        let owner = item.assignee.map_or(Cell::Empty, |org| inputs.org(org));
        add(meeting, Some(&item.text), owner, item.due);
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows.into_iter().for_each(|(_, cells)| sheet.row(cells));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{
        Item,
        kit::{board, card, card_id, org, rows},
    };

    #[test]
    fn the_agenda_is_by_day_and_open_actions_are_those_that_are_not_done() {
        let mut inputs = board();
        inputs.cards = vec![
            card(
                1,
                CardKind::StrategyMeeting,
                "title=Quito,days/a/date=2027-02-02,days/a/title=Data,days/b/date=2027-02-01,\
                 agenda/x/day=a,agenda/x/order=2,agenda/x/title=Typology,\
                 agenda/y/day=a,agenda/y/order=1,agenda/y/title=Welcome,agenda/y/owner=org2,\
                 agenda/z/day=b,agenda/z/title=Arrival,agenda/w/title=Undated,\
                 place=somewhere,\
                 outcomes/1/text=Write to the bank,outcomes/1/card=card2,\
                 outcomes/2/text=Nothing yet",
            ),
            card(2, CardKind::Action, "title=Letter,due=2026-11-01,assignee=org3,state=agreed"),
            card(3, CardKind::Action, "title=Done,state=done,links/m/card=card1"),
            card(4, CardKind::Action, "title=Minutes,links/m/card=card1"),
        ];
        inputs.items = vec![Item {
            id: card_id(20),
            card: card_id(1),
            text: "Book rooms".to_owned(),
            done: false,
            assignee: Some(org(2)),
            due: None,
        }];
        assert_eq!(
            rows(&inputs, "meetings", "agenda"),
            [
                "Quito | 2027-02-01 |  | Arrival | ",
                "Quito | 2027-02-02 | Data | Welcome | org2",
                "Quito | 2027-02-02 | Data | Typology | ",
                "Quito |  |  | Undated | ",
            ]
        );
        assert_eq!(
            rows(&inputs, "meetings", "outcomes"),
            [
                "Quito | Write to the bank | Letter | agreed",
                "Quito | Nothing yet | not_carried_on | "
            ]
        );
        assert_eq!(
            rows(&inputs, "meetings", "open_actions"),
            [
                "Quito | Letter |  | org3 | 2026-11-01 | overdue",
                "Quito | Minutes |  | org1 |  | ",
                "Quito | Quito | Book rooms | org2 |  | ",
            ]
        );
    }
}
