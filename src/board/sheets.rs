//! Cards as sheets: the list, and the columns of the board.

use super::{
    inputs::{Inputs, card_cell},
    list::{Filter, Order, column_of, columns, list},
    work::{date_cell, days},
};
use crate::{
    api::board_views::{Cell, Sheet},
    model::board::{Card, CardKind},
};

/// The columns of a board of several kinds, in order.
const COLUMNS: [&str; 4] = ["waiting", "running", "resting", "over"];

/// Cards as a list.
#[must_use]
pub fn list_sheet(inputs: &Inputs, filter: &Filter, order: Order) -> Sheet {
    let columns = ["card", "kind", "state", "due", "priority", "owner", "countries", "tags", "id"];
    let mut sheet = Sheet::new("cards", &columns);
    for card in list(inputs, filter, order) {
        sheet.row([
            card_cell(card),
            Cell::code("card_kind", Some(card.kind.code())),
            inputs.state_cell(card),
            due_cell(inputs, card),
            Cell::code("card_priority", card.text("priority")),
            inputs.org(card.owner()),
            Cell::texts(card.countries()),
            Cell::texts(card.set("tags")),
            Cell::Text(card.id.to_string()),
        ]);
    }
    sheet
}

fn due_cell(inputs: &Inputs, card: &Card) -> Cell {
    let due = card.date("due");
    let late = due.and_then(|it| it.latest()).is_some_and(|it| days(inputs.today, it) < 0);
    if late && !inputs.is_over(card) {
        Cell::list([date_cell(due), Cell::word("overdue")])
    } else {
        date_cell(due)
    }
}

/// Cards in columns, a row each: of one kind in the states of its life, of several in what they
/// have in common. A column without cards is there too.
#[must_use]
pub fn columns_sheet(inputs: &Inputs, filter: &Filter, order: Order) -> Sheet {
    let cards = list(inputs, filter, order);
    let mut sheet = Sheet::new("board", &["column", "count", "card", "kind", "owner", "due"]);
    let found: Vec<(Cell, Vec<&Card>)> = match filter.kinds.as_slice() {
        [kind] => columns(inputs, *kind, &cards)
            .into_iter()
            .map(|(state, cards)| (Cell::code("card_state", Some(state)), cards))
            .collect(),
        _several => COLUMNS
            .into_iter()
            .map(|column| {
                let is_in = |card: &CardKind, state| column_of(*card, state) == column;
                let of = cards.iter().filter(|card| is_in(&card.kind, inputs.state(card)));
                (Cell::word(column), of.copied().collect())
            })
            .collect(),
    };
    for (column, cards) in found {
        if cards.is_empty() {
            let empty = [Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty];
            sheet.row([column.clone(), Cell::Count(0)].into_iter().chain(empty));
        }
        for (place, card) in cards.iter().enumerate() {
            let count = Cell::number(cards.len());
            sheet.row([
                column.clone(),
                if place == 0 { count } else { Cell::Empty },
                card_cell(card),
                Cell::code("card_kind", Some(card.kind.code())),
                inputs.org(card.owner()),
                due_cell(inputs, card),
            ]);
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card};

    #[test]
    fn a_board_has_all_columns_of_one_kind_or_those_that_all_kinds_have() {
        let mut inputs = board();
        inputs.cards = vec![
            card(1, CardKind::Action, "title=a,due=2026-11-01"),
            card(2, CardKind::Action, "title=b,state=done"),
            card(3, CardKind::Opportunity, "title=c,state=prepared"),
        ];
        let shown = |filter: Filter| -> Vec<String> {
            let sheet = columns_sheet(&inputs, &filter, Order::Title);
            sheet.plain().iter().map(|row| format!("{} {} {}", row[0], row[1], row[2])).collect()
        };
        assert_eq!(
            shown(Filter::default()),
            ["waiting 1 a", "running 1 c", "resting 0 ", "over 1 b"]
        );
        let actions = Filter { kinds: vec![CardKind::Action], ..Filter::default() };
        assert_eq!(
            shown(actions),
            ["proposed 1 a", "agreed 0 ", "in_progress 0 ", "on_hold 0 ", "done 1 b", "dropped 0 "]
        );
        let listed = list_sheet(&inputs, &Filter::default(), Order::Due).plain();
        assert_eq!(listed[0][..4], ["a", "action", "proposed", "2026-11-01; overdue"]);
    }
}
