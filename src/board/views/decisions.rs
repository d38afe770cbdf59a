//! The register of decisions.

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{DecisionStanding, DecisionSummary, Inputs, card_cell},
        work::date_cell,
    },
    model::{board::Card, id::OrgId},
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "card", "question", "state", "consents", "needed", "aside", "blocks", "awaited", "closes",
        "decided", "option", "flag",
    ];
    let mut sheet = Sheet::new("decisions", &columns);
    let mut cards = inputs.all_decisions();
    cards.sort_by_key(|card| {
        let found = inputs.decisions.get(&card.id);
        let open = found.is_none_or(|it| it.decided.is_none());
        let day = found.and_then(|it| it.decided.or(it.closes)).and_then(|it| it.latest());
        // What is open first, the window that closes first on top; then results, the last on top.
        (!open, if open { day } else { None }, std::cmp::Reverse(if open { None } else { day }))
    });
    for card in cards {
        let ruling = inputs.decisions.get(&card.id);
        let flag = match ruling.map(|it| it.standing) {
            Some(DecisionStanding::ToBeClosed) => Cell::word("to_be_closed"),
            Some(DecisionStanding::Adopted | DecisionStanding::Lapsed)
                if ruling.is_some_and(|it| it.answerable) =>
            {
                Cell::word("closed_ahead")
            }
            Some(_put) if ruling.is_some_and(|it| it.differs) => Cell::word("text_differs"),
            None if !inputs.is_over(card) => Cell::word("not_put_to_anybody"),
            _other => Cell::Empty,
        };
        sheet.row(row(inputs, card, ruling, flag));
        // What rules is not all that can be answered.
        for open in inputs.open_ballots.get(&card.id).into_iter().flatten() {
            sheet.row(row(inputs, card, Some(open), Cell::word("put_beside")));
        }
    }
    vec![sheet]
}

fn row(inputs: &Inputs, card: &Card, found: Option<&DecisionSummary>, flag: Cell) -> Vec<Cell> {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let with = |stance: &str| -> Vec<OrgId> {
        let positions = found
            .iter()
            .flat_map(|it| it.positions.iter().filter(|(org, _)| it.participants.contains(org)));
        positions.filter(|(_, it)| *it == stance).map(|(org, _)| *org).collect()
    };
    let awaited: Vec<OrgId> = found
        .filter(|it| it.answerable)
        .iter()
        .flat_map(|it| it.participants.iter().filter(|org| !it.positions.contains_key(org)))
        .copied()
        .collect();
    let asked = found.map_or(0, |it| it.participants.len());
    let state = found.map_or_else(|| inputs.state(card), |it| it.standing.state());
    vec![
        card_cell(card),
        // What was signed is what was decided, whatever somebody made of the card since.
        Cell::text(found.map(|it| it.question.as_str()).or_else(|| card.text("question"))),
        Cell::code("card_state", Some(state)),
        Cell::share(number(with("consent").len()), number(asked)),
        Cell::count(found.and_then(|it| i64::try_from(it.needed).ok())),
        inputs.orgs(&with("stand_aside")),
        inputs.orgs(&with("block")),
        inputs.orgs(&awaited),
        date_cell(found.and_then(|it| it.closes)),
        date_cell(found.and_then(|it| it.decided)),
        Cell::text(found.and_then(|it| it.option.as_deref())),
        flag,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::kit::{board, card, card_id, org, rows},
        model::board::CardKind,
    };

    #[test]
    fn the_register_has_results_and_who_is_awaited() {
        let mut inputs = board();
        let kind = CardKind::Decision;
        inputs.cards = vec![
            card(1, kind, "title=a,question=Leave the forum?,state=dropped"),
            card(2, kind, "title=b,archived=yes"),
            card(3, kind, "title=c"),
            card(4, kind, "title=d,state=dropped"),
            card(5, kind, "title=e"),
        ];
        let summary = |standing, positions: &[(u8, &str)], decided: &str| DecisionSummary {
            question: "Join the forum?".to_owned(),
            differs: !decided.is_empty(),
            standing,
            answerable: standing == DecisionStanding::Open,
            participants: [org(1), org(2), org(3)].into(),
            positions: positions
                .iter()
                .map(|(it, stance)| (org(*it), (*stance).to_owned()))
                .collect(),
            needed: 2,
            closes: "2026-12-01".parse().ok(),
            decided: decided.parse().ok(),
            option: (!decided.is_empty()).then(|| "b".to_owned()),
        };
        inputs.decisions.insert(
            card_id(1),
            // The fourth is none of those who are asked.
            summary(
                DecisionStanding::Open,
                &[(1, "consent"), (2, "stand_aside"), (4, "consent")],
                "",
            ),
        );
        inputs.decisions.insert(
            card_id(2),
            summary(DecisionStanding::Blocked, &[(1, "consent"), (2, "block")], "2026-11-01"),
        );
        let ahead = summary(DecisionStanding::Lapsed, &[(1, "consent")], "2026-12-31");
        inputs.decisions.insert(card_id(5), DecisionSummary { answerable: true, ..ahead });
        // The blocked one was put anew.
        let anew = summary(DecisionStanding::Open, &[(1, "consent")], "");
        inputs.open_ballots.insert(card_id(2), vec![anew]);
        assert_eq!(
            rows(&inputs, "decisions", "decisions"),
            [
                "c |  | proposed |  |  |  |  |  |  |  |  | not_put_to_anybody",
                "d |  | dropped |  |  |  |  |  |  |  |  | ",
                "a | Join the forum? | consent_window | 1/3 | 2 | org2 |  | org3 | 2026-12-01 |  |  | ",
                "e | Join the forum? | lapsed | 1/3 | 2 |  |  | org2; org3 | 2026-12-01 | 2026-12-31 | b | closed_ahead",
                "b | Join the forum? | blocked | 1/3 | 2 |  | org2 |  | 2026-12-01 | 2026-11-01 | b | text_differs",
                "b | Join the forum? | consent_window | 1/3 | 2 |  |  | org2; org3 | 2026-12-01 |  |  | put_beside",
            ]
        );
    }
}
