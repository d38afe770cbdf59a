//! Lessons learned.

use crate::{
    api::board_views::{Cell, Sheet},
    board::inputs::{Inputs, card_cell},
    model::board::CardKind,
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns =
        ["verdict", "card", "context", "worked", "failed", "advice", "applies_to", "countries"];
    let mut sheet = Sheet::new("lessons", &columns);
    let mut lessons = inputs.cards(CardKind::Lesson);
    lessons.retain(|card| inputs.state(card) != "dropped");
    let order = ["worked", "mixed", "failed"];
    lessons.sort_by_key(|card| {
        let place = order.iter().position(|it| Some(*it) == card.text("verdict"));
        (place.is_none(), place)
    });
    for card in lessons {
        sheet.row([
            Cell::code("lesson_verdict", card.text("verdict")),
            card_cell(card),
            Cell::text(card.text("context")),
            Cell::text(card.text("worked")),
            Cell::text(card.text("failed")),
            Cell::text(card.text("advice")),
            Cell::text(card.text("applies_to")),
            Cell::texts(card.countries()),
        ]);
    }
    vec![sheet]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card, rows};

    #[test]
    fn lessons_stand_by_what_they_say() {
        let mut inputs = board();
        let kind = CardKind::Lesson;
        inputs.cards = vec![
            card(1, kind, "title=a,verdict=failed,failed=One hotline"),
            card(2, kind, "title=b,advice=Ask twice"),
            card(3, kind, "title=c,verdict=worked,applies_to=Drills,countries/co=yes"),
            card(4, kind, "title=d,verdict=worked,state=dropped"),
        ];
        assert_eq!(
            rows(&inputs, "lessons", "lessons"),
            [
                "worked | c |  |  |  |  | Drills | CO",
                "failed | a |  |  | One hotline |  |  | ",
                " | b |  |  |  | Ask twice |  | ",
            ]
        );
    }
}
