//! Who answers a question answers the one that it read.

use std::sync::Arc;

use super::{
    CardId, DecisionDetail, Partner, add, answer, decide, edit, open, position, state, two,
};
use crate::{
    api::{Answer, Request, board_views::BoardRequest, joint::DecisionRequest},
    model::id::CircleId,
    node::tests::recorded,
};

fn shown(partner: &mut Partner, card: &CardId) -> DecisionDetail {
    decide(partner, DecisionRequest::Show { card: card.to_string() }).unwrap()
}

fn code(partner: &mut Partner, request: DecisionRequest) -> String {
    decide(partner, request).unwrap_err().code.unwrap_or_default()
}

/// A question that both have adopted, and that was put anew with other words.
fn put_anew() -> (Partner, Partner, CardId, CircleId) {
    let (mut vereda, mut casa) = two();
    let made = vereda.card(add("decision", None, &[("title", "Join")])).unwrap();
    let card = made.row.card;
    decide(&mut vereda, open(&card, "2099-01-31")).unwrap();
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        decide(partner, position(&card, "consent", None)).unwrap();
    }
    vereda.meet(&mut casa);
    assert_eq!(state(&mut vereda, &card), "adopted");
    vereda.card(edit(&card, &[("question", "Shall we leave?")], &[])).unwrap();
    decide(&mut vereda, open(&card, "2099-02-28")).unwrap();
    vereda.meet(&mut casa);
    (vereda, casa, card, made.row.circle)
}

#[test]
fn a_position_is_on_the_ballot_that_it_names_or_is_refused() {
    let (_vereda, mut casa, card, _) = put_anew();
    let before = shown(&mut casa, &card);
    let old = before.row.ballot.clone().unwrap();
    let new = before.row.open[0].clone();
    assert_eq!((old.question.as_str(), new.question.as_str()), ("Join", "Shall we leave?"));
    assert_eq!(new.participants.len(), 2, "in full, though what was adopted rules");
    assert_eq!(before.row.newest.as_ref(), Some(&new.digest));
    let strange = "0".repeat(32);
    for (named, expected) in [
        (None, "which-ballot"),
        (Some(old.digest.as_str()), "other-ballot"),
        (new.digest.get(..31), "ballot-digits"),
        (Some(&strange), "no-such-ballot"),
    ] {
        assert_eq!(code(&mut casa, answer(&card, named, "consent", None)), expected);
        assert_eq!(code(&mut casa, answer(&card, named, "stand_aside", None)), expected);
    }
    let close = DecisionRequest::Close { card: card.to_string(), ballot: None, by: None };
    assert_eq!(code(&mut casa, close), "which-ballot");
    assert_eq!(shown(&mut casa, &card), before, "nothing was signed");
    decide(&mut casa, answer(&card, new.digest.get(..32), "consent", None)).unwrap();
    assert_eq!(shown(&mut casa, &card).row.open[0].consents, 1);
}

#[test]
fn an_older_question_that_can_still_be_adopted_can_be_blocked() {
    let (mut vereda, mut casa) = two();
    let made = vereda.card(add("decision", None, &[("title", "Join")])).unwrap();
    let card = made.row.card;
    decide(&mut vereda, open(&card, "2099-01-31")).unwrap();
    decide(&mut vereda, position(&card, "consent", None)).unwrap();
    decide(&mut vereda, open(&card, "2099-02-28")).unwrap();
    vereda.meet(&mut casa);
    let older = shown(&mut casa, &card).row.open[0].digest.clone();
    decide(&mut casa, answer(&card, Some(&older), "block", Some("Not this one"))).unwrap();
    assert_eq!(state(&mut casa, &card), "blocked");
    let still: Vec<String> =
        shown(&mut casa, &card).row.open.iter().map(|it| it.state.clone()).collect();
    assert_eq!(still, ["consent_window"]);
}

#[test]
fn what_is_still_to_be_answered_is_named_everywhere() {
    let (_vereda, mut casa, card, _) = put_anew();
    casa.card(edit(&card, &[("archived", "yes")], &[])).unwrap();
    let Answer::Decisions(rows) =
        casa.ask(Request::Decide(DecisionRequest::List { all: false })).unwrap()
    else {
        panic!()
    };
    assert_eq!((rows.len(), rows[0].open.len()), (1, 1));
    let page = |partner: &mut Partner, request: BoardRequest| -> Vec<Vec<String>> {
        let Answer::BoardPage(page) = partner.ask(Request::Board(request)).unwrap() else {
            panic!()
        };
        page.sheets[0].plain()
    };
    let tasks = page(&mut casa, BoardRequest::Tasks);
    assert!(tasks.iter().any(|it| it[2] == "take_position" && it[5] == "Shall we leave?"));
    let to = Some("2100-01-01".to_owned());
    let calendar = page(&mut casa, BoardRequest::Calendar { from: None, to, circle: None });
    assert!(calendar.iter().any(|it| it[5] == "Shall we leave?"), "{calendar:?}");
    let view = BoardRequest::View { name: "decisions".to_owned(), circle: None, sheet: None };
    let register = page(&mut casa, view);
    let rows: Vec<[&str; 2]> = register.iter().map(|it| [it[1].as_str(), it[2].as_str()]).collect();
    assert_eq!(rows, [["Join", "adopted"], ["Shall we leave?", "consent_window"]]);
}

#[test]
fn states_are_worked_out_once_until_something_changes() {
    let (mut vereda, mut casa, card, _) = put_anew();
    let first = vereda.node.card_states();
    shown(&mut vereda, &card);
    assert!(Arc::ptr_eq(&first, &vereda.node.card_states()));
    vereda.card(add("action", None, &[("title", "Print")])).unwrap();
    let second = vereda.node.card_states();
    assert!(!Arc::ptr_eq(&first, &second));
    let (newest, circle) = (shown(&mut casa, &card).row.newest, second.times_put(&card));
    assert_eq!(circle, 2);
    decide(&mut casa, answer(&card, newest.as_deref(), "block", Some("No"))).unwrap();
    vereda.meet(&mut casa);
    assert_eq!(shown(&mut vereda, &card).newer.len(), 1, "what came in is seen");
    // Incidents come by the thousand, and say nothing of a card.
    let before = vereda.node.card_states();
    let set = [
        ("country", "CO"),
        ("date", "2024-05-03"),
        ("summary", "Threatened."),
        ("acts/1/violation", "death_threat"),
        ("counting_unit", "individual"),
        ("consent/basis", "none_recorded"),
    ];
    recorded(&mut vereda.node, &set);
    assert!(Arc::ptr_eq(&before, &vereda.node.card_states()));
    // Who is in a circle says what counts.
    let before = vereda.node.card_states();
    let circle = vereda.node.find_circle("Alianza").unwrap();
    vereda.node.statements_changed(circle);
    assert!(!Arc::ptr_eq(&before, &vereda.node.card_states()));
}
