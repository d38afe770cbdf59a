//! What members try in order to undo a decision, or to have one that nobody took.

use super::{CardId, Partner, add, decide, edit, open, position, show, state, two};
use crate::{
    api::joint::DecisionRequest,
    model::{
        id::CircleId,
        registry::{Record, RecordKind, Value},
    },
    node::beside::beside_document,
};

/// A decision that both have adopted.
fn adopted() -> (Partner, Partner, CardId, CircleId) {
    let (mut vereda, mut casa) = two();
    let set = [("title", "Join the campaign"), ("question", "Shall we join?")];
    let made = vereda.card(add("decision", None, &set)).unwrap();
    let card = made.row.card;
    decide(&mut vereda, open(&card, "2099-01-31")).unwrap();
    decide(&mut vereda, position(&card, "consent", None)).unwrap();
    vereda.meet(&mut casa);
    decide(&mut casa, position(&card, "consent", None)).unwrap();
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        assert_eq!(state(partner, &card), "adopted");
    }
    (vereda, casa, card, made.row.circle)
}

/// The records of a kind that can be read here, with who wrote them.
fn records(partner: &Partner, kind: RecordKind) -> Vec<(crate::model::id::OrgId, Record)> {
    partner.node.view.written(kind).map(|(org, held)| (org, held.record())).collect()
}

/// Writes again into a record of one's own, as a changed program could.
fn spoil(partner: &mut Partner, circle: &CircleId, record: &Record, path: &str, text: &str) {
    let id = record.text("id").unwrap();
    let document = beside_document(circle, &partner.node.org(), id);
    let (path, value) = (path.parse().unwrap(), Value::from(text));
    let schema = record.schema().clone();
    partner.node.edit_document(circle, document, &schema, |edit| edit.set(&path, &value)).unwrap();
    partner.node.settle();
}

#[test]
fn a_ballot_of_the_same_id_takes_no_positions_from_another() {
    let (mut vereda, mut casa, card, circle) = adopted();
    let made = casa.card(add("decision", None, &[("title", "Pay Casa")])).unwrap();
    let mut ballot = records(&casa, RecordKind::Ballot).remove(0).1;
    ballot.set("card".parse().unwrap(), made.row.card.to_string()).unwrap();
    ballot.set("question".parse().unwrap(), "Shall all pay Casa?").unwrap();
    casa.node.copy_beside(&circle, vec![ballot]).unwrap();
    casa.node.settle();
    vereda.meet(&mut casa);
    assert_eq!(records(&vereda, RecordKind::Ballot).len(), 2, "both have one id");
    for partner in [&mut vereda, &mut casa] {
        assert_eq!(state(partner, &card), "adopted");
        assert_eq!(state(partner, &made.row.card), "consent_window");
    }
}

#[test]
fn nobody_takes_back_what_was_decided_by_writing_again_into_what_it_signed() {
    for (path, text) in [("id", "00112233445566778899aabbccddeeff"), ("stance", "stand_aside")] {
        let (mut vereda, mut casa, card, circle) = adopted();
        let own = casa.node.org();
        let positions = records(&casa, RecordKind::Position);
        let (_, position) = positions.into_iter().find(|(org, _)| *org == own).unwrap();
        spoil(&mut casa, &circle, &position, path, text);
        vereda.meet(&mut casa);
        for partner in [&mut vereda, &mut casa] {
            assert_eq!(state(partner, &card), "adopted", "{path}");
        }
    }
    for path in ["id", "question", "card"] {
        let (mut vereda, mut casa, card, circle) = adopted();
        let ballot = records(&vereda, RecordKind::Ballot).remove(0).1;
        spoil(&mut vereda, &circle, &ballot, path, "00112233445566778899aabbccddeeff");
        vereda.meet(&mut casa);
        for partner in [&mut vereda, &mut casa] {
            assert_eq!(state(partner, &card), "adopted", "{path}");
        }
    }
}

#[test]
fn a_card_that_is_rewritten_dropped_or_put_away_changes_nothing_that_was_decided() {
    let (mut vereda, mut casa, card, _) = adopted();
    let set = [("state", "dropped"), ("archived", "yes"), ("question", "Shall we leave?")];
    casa.card(edit(&card, &set, &[])).unwrap();
    vereda.meet(&mut casa);
    assert_eq!(state(&mut vereda, &card), "adopted");
    let shown = decide(&mut vereda, DecisionRequest::Show { card: card.to_string() }).unwrap();
    assert!(shown.row.says_otherwise);
    let ballot = shown.row.ballot.unwrap();
    assert_eq!((ballot.question.as_str(), ballot.closed_ahead), ("Shall we join?", false));
    assert!(ballot.decided_on.is_some());
    assert_eq!(vereda.card(show(&card)).unwrap().row.state, "adopted");
}

#[test]
fn a_question_that_is_still_open_is_listed_whatever_its_card_says() {
    let (mut vereda, mut casa) = two();
    let made = vereda.card(add("decision", None, &[("title", "Join")])).unwrap();
    let card = made.row.card;
    decide(&mut vereda, open(&card, "2099-01-31")).unwrap();
    vereda.meet(&mut casa);
    casa.card(edit(&card, &[("state", "dropped"), ("archived", "yes")], &[])).unwrap();
    vereda.meet(&mut casa);
    let request = crate::api::Request::Decide(DecisionRequest::List { all: false });
    let crate::api::Answer::Decisions(rows) = vereda.ask(request).unwrap() else { panic!() };
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].state.as_str(), rows[0].says_otherwise), ("consent_window", false));
}
