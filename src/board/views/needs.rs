//! Information needs, ranked by site and group.

use super::reach;
use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        work::{folded, urgency},
    },
    model::board::{Card, CardKind},
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "site", "who", "rank", "urgency", "people", "topic", "language", "channel", "received",
        "card", "state",
    ];
    let mut sheet = Sheet::new("needs", &columns);
    let mut needs = inputs.cards(CardKind::InformationNeed);
    needs.retain(|card| !inputs.is_over(card));
    let place = |card: &Card| (folded(card.text("site")), folded(card.text("who")));
    needs.sort_by_key(|card| {
        // The most urgent first; among equals what more people need. Nobody counted is no many.
        let people = std::cmp::Reverse(card.count("people").unwrap_or(-1));
        let (site, who) = place(card);
        let urgent = urgency(card.text("urgency"));
        (site.is_none(), site, who.is_none(), who, urgent, people)
    });
    let mut before = None;
    let mut rank = 0;
    for card in needs {
        let here = Some(place(card));
        rank = if here == before { rank + 1 } else { 1 };
        before = here;
        sheet.row([
            Cell::text(card.text("site")),
            Cell::text(card.text("who")),
            Cell::Count(rank),
            Cell::code("card_priority", card.text("urgency")),
            Cell::count(card.count("people")),
            Cell::text(card.text("topic")),
            Cell::text(card.text("language")),
            Cell::code("information_channel", card.text("channel")),
            reach::of_need(inputs, card).unwrap_or_else(|| Cell::word("not_checked")),
            card_cell(card),
            inputs.state_cell(card),
        ]);
    }
    vec![sheet]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card, rows};

    #[test]
    fn needs_are_ranked_within_site_and_group() {
        let mut inputs = board();
        let kind = CardKind::InformationNeed;
        inputs.cards = vec![
            card(1, kind, "title=a,site=Norte,who=Women,urgency=low,people=900"),
            card(2, kind, "title=b,site=NORTE,who=women,urgency=high,people=5"),
            card(3, kind, "title=c,site=Norte,who=Youth,urgency=low"),
            card(4, kind, "title=d,site=Norte,who=Women,urgency=high,people=50"),
            card(5, kind, "title=e,urgency=high"),
            card(6, kind, "title=f,site=Norte,who=Women,urgency=high,state=done"),
            card(7, CardKind::ReachCheck, "title=r,need=card4,sample=8,received=6"),
            card(8, CardKind::ReachCheck, "title=s,need=card4,sample=4,received=0"),
        ];
        let found: Vec<String> = rows(&inputs, "needs", "needs")
            .iter()
            .map(|row| {
                let cells: Vec<&str> = row.split(" | ").collect();
                format!("{} {} {}", cells[9], cells[2], cells[8])
            })
            .collect();
        assert_eq!(
            found,
            [
                "d 1 6/12",
                "b 2 not_checked",
                "a 3 not_checked",
                "c 1 not_checked",
                "e 1 not_checked"
            ]
        );
    }
}
