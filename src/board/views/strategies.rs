//! Data strategies: which questions are answered, and what contributors got back.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        work::{age, date_cell, day_cell},
    },
    model::{
        board::{Card, CardKind},
        id::{CircleId, OrgId},
        registry::Date,
    },
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let mut strategies = inputs.cards(CardKind::DataStrategy);
    strategies.retain(|card| inputs.state(card) != "dropped");
    let columns =
        ["card", "question", "source", "method", "frequency", "owner", "answered_on", "answer"];
    let mut questions = Sheet::new("questions", &columns);
    let (mut answered, mut asked) = (0, 0);
    let mut given: Vec<(String, Option<OrgId>, Option<Date>)> = Vec::new();
    let mut barriers: BTreeMap<&str, i64> = BTreeMap::new();
    for card in &strategies {
        for question in card.entries("questions").values() {
            let get = |field: &str| Cell::text(question.get(field).map(String::as_str));
            let on: Option<Date> = question.get("answered_on").and_then(|it| it.parse().ok());
            let how = match age(on, inputs.today) {
                "never" => "not_answered",
                other => other,
            };
            asked += 1;
            answered += u64::from(how == "current");
            let owner = question.get("owner").and_then(|org| org.parse().ok());
            questions.row([
                card_cell(card),
                get("text"),
                get("source"),
                get("method"),
                get("frequency"),
                owner.map_or(Cell::Empty, |org| inputs.org(org)),
                date_cell(on),
                Cell::word(how),
            ]);
        }
        for it in card.entries("incentives").into_values() {
            let kind = it.get("type").cloned().unwrap_or_default();
            let org = it.get("org").and_then(|org| org.parse().ok());
            given.push((kind, org, it.get("date").and_then(|date| date.parse().ok())));
        }
        for barrier in card.set("barriers") {
            *barriers.entry(barrier).or_default() += 1;
        }
    }
    questions.note("questions_answered", &[("share", Cell::share(answered, asked))]);
    let mut met = Sheet::new("barriers", &["barrier", "count"]);
    for (barrier, count) in barriers {
        met.row([Cell::code("data_barrier", Some(barrier)), Cell::Count(count)]);
    }
    vec![questions, tally(&given), back(inputs, &strategies, &given), met]
}

/// How often each incentive was given, to how many.
fn tally(given: &[(String, Option<OrgId>, Option<Date>)]) -> Sheet {
    let mut sheet = Sheet::new("incentives", &["incentive", "count", "organisations", "last"]);
    let kinds: BTreeSet<&str> = given.iter().map(|(kind, _, _)| kind.as_str()).collect();
    for kind in kinds {
        let of: Vec<_> = given.iter().filter(|(it, _, _)| it == kind).collect();
        let orgs: BTreeSet<OrgId> = of.iter().filter_map(|(_, org, _)| *org).collect();
        let last = of.iter().filter_map(|(_, _, date)| date.and_then(|date| date.latest())).max();
        sheet.row([
            Cell::code("data_incentive", Some(kind)),
            Cell::number(of.len()),
            Cell::number(orgs.len()),
            day_cell(last),
        ]);
    }
    sheet
}

/// What each contributor got back; who got nothing is who is in the circles of the strategies and not
/// here.
fn back(
    inputs: &Inputs,
    strategies: &[&Card],
    given: &[(String, Option<OrgId>, Option<Date>)],
) -> Sheet {
    let mut sheet = Sheet::new("given_back", &["organisation", "incentive", "last"]);
    let orgs = given.iter().filter_map(|(_, org, _)| *org);
    let circles: BTreeSet<CircleId> = strategies.iter().map(|card| card.circle).collect();
    let members = circles.iter().filter_map(|circle| inputs.members.get(circle)).flatten();
    let orgs: BTreeSet<OrgId> = orgs.chain(members.copied()).collect();
    for org in orgs {
        let of: Vec<_> = given.iter().filter(|(_, it, _)| *it == Some(org)).collect();
        let kinds: BTreeSet<&str> = of.iter().map(|(kind, _, _)| kind.as_str()).collect();
        let last = of.iter().filter_map(|(_, _, date)| date.and_then(|date| date.latest())).max();
        let kinds = if kinds.is_empty() {
            Cell::word("nothing")
        } else {
            Cell::codes("data_incentive", kinds)
        };
        sheet.row([inputs.org(org), kinds, day_cell(last)]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card, org, rows, sheet};

    #[test]
    fn questions_count_as_answered_for_a_year_and_who_got_nothing_is_named() {
        let mut inputs = board();
        inputs.members = [
            (CircleId::new([9; 32]), [org(2), org(3)].into()),
            // Who is in a circle without a strategy is not asked for anything.
            (CircleId::new([8; 32]), [org(4)].into()),
        ]
        .into();
        inputs.cards = vec![card(
            1,
            CardKind::DataStrategy,
            "title=S,questions/a/text=How many,questions/a/answered_on=2026-06-01,\
             questions/a/owner=org2,questions/b/text=Who,questions/c/text=Where,\
             questions/c/answered_on=2024-01-01,\
             incentives/a/type=legal_aid,incentives/a/org=org2,incentives/a/date=2026-01-05,\
             incentives/b/type=legal_aid,incentives/b/org=org2,incentives/c/type=credit,\
             barriers/trust=yes",
        )];
        let questions = sheet(&inputs, "strategies", "questions");
        let answers: Vec<String> =
            questions.plain().iter().map(|row| format!("{} {}", row[1], row[7])).collect();
        assert_eq!(answers, ["How many current", "Who not_answered", "Where ageing"]);
        assert_eq!(questions.notes[0].given["share"].plain(), "1/3");
        assert_eq!(
            rows(&inputs, "strategies", "incentives"),
            ["credit | 1 | 0 | ", "legal_aid | 2 | 1 | 2026-01-05"]
        );
        assert_eq!(
            rows(&inputs, "strategies", "given_back"),
            ["org2 | legal_aid | 2026-01-05", "org3 | nothing | "]
        );
        assert_eq!(rows(&inputs, "strategies", "barriers"), ["trust | 1"]);
    }
}
