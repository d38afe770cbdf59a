//! Working groups: their page.

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        links::Links,
        work::{date_cell, days},
    },
    model::board::CardKind,
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = ["card", "mandate", "rhythm", "next_meeting", "agreement", "open_tasks", "state"];
    let mut groups = Sheet::new("groups", &columns);
    let mut members = Sheet::new("members", &["card", "organisation", "role"]);
    let mut tasks = Sheet::new("group_tasks", &["group", "card", "text", "owner", "due"]);
    let links = Links::of(inputs);
    for group in inputs.cards(CardKind::WorkingGroup) {
        let before = tasks.rows.len();
        for card in links.with(&group.id) {
            if !card.is_archived() && !inputs.is_over(card) {
                let owner = card.org("assignee").unwrap_or_else(|| card.owner());
                let due = date_cell(card.date("due"));
                tasks.row([card_cell(group), card_cell(card), Cell::Empty, inputs.org(owner), due]);
            }
        }
        for item in links.open_items(&group.id) {
            tasks.row([
                card_cell(group),
                card_cell(group),
                Cell::Text(item.text.clone()),
                item.assignee.map_or(Cell::Empty, |org| inputs.org(org)),
                date_cell(item.due),
            ]);
        }
        let next = group.date("next_meeting");
        let passed = next.and_then(|it| it.latest()).is_none_or(|it| days(inputs.today, it) < 0);
        groups.row([
            card_cell(group),
            Cell::text(group.text("mandate")),
            Cell::text(group.text("rhythm")),
            if passed { Cell::word("no_meeting_planned") } else { date_cell(next) },
            group
                .text("agreement")
                .map_or_else(|| Cell::word("no_agreement"), |it| Cell::text(Some(it))),
            Cell::number(tasks.rows.len() - before),
            inputs.state_cell(group),
        ]);
        for member in group.entries("members").values() {
            let org = member.get("org").and_then(|org| org.parse().ok());
            members.row([
                card_cell(group),
                org.map_or(Cell::Empty, |org| inputs.org(org)),
                Cell::text(member.get("role").map(String::as_str)),
            ]);
        }
    }
    vec![groups, members, tasks]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{
        Item,
        kit::{board, card, card_id, rows},
    };

    #[test]
    fn a_group_has_its_members_and_what_is_open() {
        let mut inputs = board();
        inputs.cards = vec![
            card(
                1,
                CardKind::WorkingGroup,
                "title=Data,mandate=New data,rhythm=monthly,next_meeting=2026-12-01,\
                 agreement=DSA 2026,members/a/org=org2,members/a/role=chair,state=in_progress",
            ),
            card(2, CardKind::WorkingGroup, "title=Legal,next_meeting=2026-11-01"),
            card(3, CardKind::Action, "title=Draft,links/g/card=card1,assignee=org3"),
            card(4, CardKind::Action, "title=Old,links/g/card=card1,state=done"),
        ];
        let item = |done| Item {
            id: card_id(20),
            card: card_id(1),
            text: "Invite".to_owned(),
            done,
            assignee: None,
            due: None,
        };
        inputs.items = vec![item(false), item(true)];
        assert_eq!(
            rows(&inputs, "groups", "groups"),
            [
                "Data | New data | monthly | 2026-12-01 | DSA 2026 | 2 | in_progress",
                "Legal |  |  | no_meeting_planned | no_agreement | 0 | proposed",
            ]
        );
        assert_eq!(rows(&inputs, "groups", "members"), ["Data | org2 | chair"]);
        assert_eq!(
            rows(&inputs, "groups", "group_tasks"),
            ["Data | Draft |  | org3 | ", "Data | Data | Invite |  | "]
        );
    }
}
