//! What waits for this organisation.

use jiff::civil;

use super::{
    inputs::{Inputs, card_cell},
    work::days,
};
use crate::{
    api::board_views::{Cell, Sheet},
    model::{board::Card, registry::Date},
};

/// What this organisation has to do, what is due first, first: cards that it answers for, leads or
/// carries out and that are not over, lines of checklists, statements that wait for its
/// endorsement, decisions that wait for its position.
#[must_use]
pub fn tasks(inputs: &Inputs) -> Sheet {
    let mut found: Vec<(Option<civil::Date>, Vec<Cell>)> = Vec::new();
    let mut add = |card: &Card, what: &str, due: Option<Date>, text: Cell| {
        let day = due.and_then(|due| due.latest());
        found.push((day, row(inputs, card, what, day, text)));
    };
    let open = |card: &&Card| !card.is_archived() && !inputs.is_over(card);
    for card in inputs.cards.iter().filter(open) {
        let ours = |path: &str| card.org(path) == Some(inputs.us);
        let role = match () {
            () if ours("assignee") => Some("carry_out"),
            () if ours("lead") => Some("lead"),
            // An action that another organisation carries out is not ours to do.
            () if card.owner() == inputs.us && card.org("assignee").is_none() => Some("own"),
            () => None,
        };
        if let Some(role) = role {
            add(card, role, card.date("due"), Cell::Empty);
        }
        if let Some(statement) = inputs.statements.get(&card.id) {
            let said = [&statement.endorsed, &statement.declined];
            let silent = !said.iter().any(|orgs| orgs.contains(&inputs.us));
            if statement.frozen && silent && inputs.asked(card).contains(&inputs.us) {
                add(card, "endorse", card.date("due"), Cell::Empty);
            }
        }
    }
    // Of cards that are over or put away too: a question that was put anew is open all the same.
    for card in &inputs.cards {
        for ballot in inputs.ballots(&card.id) {
            let asked = ballot.participants.contains(&inputs.us);
            let silent = !ballot.positions.contains_key(&inputs.us);
            if ballot.answerable && asked && silent {
                add(card, "take_position", ballot.closes, Cell::Text(ballot.question.clone()));
            }
        }
    }
    for item in inputs.items.iter().filter(|item| !item.done) {
        let card = inputs.card(&item.card).filter(|card| !card.is_archived());
        if let Some(card) = card.filter(|_| item.assignee == Some(inputs.us)) {
            add(card, "item", item.due, Cell::Text(item.text.clone()));
        }
    }
    found.sort_by_cached_key(|(day, cells)| {
        let texts: Vec<String> = cells.iter().map(Cell::plain).collect();
        (day.is_none(), *day, texts)
    });
    let mut sheet =
        Sheet::new("tasks", &["due", "overdue", "task", "kind", "card", "text", "state"]);
    found.into_iter().for_each(|(_, cells)| sheet.row(cells));
    sheet
}

fn row(
    inputs: &Inputs,
    card: &Card,
    what: &str,
    due: Option<civil::Date>,
    text: Cell,
) -> Vec<Cell> {
    let late = due.is_some_and(|due| days(inputs.today, due) < 0);
    vec![
        super::work::day_cell(due),
        if late { Cell::word("overdue") } else { Cell::Empty },
        Cell::word(what),
        Cell::code("card_kind", Some(card.kind.code())),
        card_cell(card),
        text,
        inputs.state_cell(card),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        board::{
            DecisionStanding, DecisionSummary, Item, StatementSummary,
            kit::{board, card, card_id, org},
        },
        model::board::CardKind,
    };

    fn lines(inputs: &Inputs) -> Vec<String> {
        let sheet = tasks(inputs);
        let shown = sheet.plain();
        shown.iter().map(|row| format!("{} {} {}", row[2], row[4], row[1])).collect()
    }

    #[test]
    fn ours_is_what_we_own_lead_or_carry_out_and_is_not_over() {
        let mut inputs = board();
        inputs.cards = vec![
            card(1, CardKind::Action, "title=ours,due=2026-11-22"),
            card(2, CardKind::Action, "title=done,state=done"),
            card(3, CardKind::Action, "title=theirs,owner=org2"),
            card(4, CardKind::Action, "title=carried,owner=org2,assignee=org1,due=2026-11-30"),
            card(5, CardKind::Opportunity, "title=led,owner=org2,lead=org1"),
            card(6, CardKind::Action, "title=given away,assignee=org2"),
            card(7, CardKind::Action, "title=put away,archived=yes"),
        ];
        let item = |number, text: &str, assignee, done| Item {
            id: card_id(number),
            card: card_id(3),
            text: text.to_owned(),
            done,
            assignee,
            due: "2026-11-25".parse().ok(),
        };
        inputs.items = vec![
            item(20, "ours", Some(org(1)), false),
            item(21, "done", Some(org(1)), true),
            item(22, "theirs", Some(org(2)), false),
            item(23, "nobody's", None, false),
        ];
        assert_eq!(
            lines(&inputs),
            ["own ours overdue", "item theirs ", "carry_out carried ", "lead led "]
        );
    }

    #[test]
    fn our_word_is_awaited_until_we_have_said_it() {
        let mut inputs = board();
        inputs.cards = vec![
            card(
                1,
                CardKind::JointMessage,
                "title=message,owner=org2,asked/a/org=org1,asked/b/org=org3",
            ),
            card(2, CardKind::Decision, "title=decision,owner=org2"),
        ];
        let mut statement = StatementSummary {
            state: "in_review",
            asked: [org(1), org(3)].into(),
            frozen: true,
            ..StatementSummary::default()
        };
        let mut decision = DecisionSummary {
            question: String::new(),
            differs: false,
            standing: DecisionStanding::Open,
            answerable: true,
            participants: [org(1), org(2)].into(),
            positions: BTreeMap::new(),
            needed: 2,
            closes: "2026-12-01".parse().ok(),
            decided: None,
            option: None,
        };
        inputs.statements.insert(card_id(1), statement.clone());
        inputs.decisions.insert(card_id(2), decision.clone());
        assert_eq!(lines(&inputs), ["take_position decision ", "endorse message "]);
        statement.declined.insert(org(1));
        decision.positions.insert(org(1), "stand_aside".to_owned());
        inputs.statements.insert(card_id(1), statement);
        inputs.decisions.insert(card_id(2), decision.clone());
        assert!(lines(&inputs).is_empty());
        // Put anew after it was blocked: that is another question, and nobody has answered it.
        (decision.standing, decision.answerable) = (DecisionStanding::Blocked, false);
        inputs.decisions.insert(card_id(2), decision.clone());
        // Closed ahead of its day it can be answered all the same.
        (decision.standing, decision.answerable) = (DecisionStanding::Lapsed, true);
        decision.positions.clear();
        decision.question = "And now?".to_owned();
        inputs.open_ballots.insert(card_id(2), vec![decision]);
        assert_eq!(lines(&inputs), ["take_position decision "]);
        assert_eq!(tasks(&inputs).plain()[0][5], "And now?");
        let open = crate::board::calendar(&inputs, inputs.today, "2027-01-01".parse().unwrap());
        assert_eq!(open.iter().filter(|it| it.text == "And now?").count(), 1);
    }
}
