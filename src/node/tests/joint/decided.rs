//! What members try in order to undo a decision, or to have one that nobody took.

use super::{CardId, Partner, add, answer, decide, edit, open, position, show, state, two};
use crate::{
    api::{Answer, Request, board_views::BoardRequest, joint::DecisionRequest},
    model::{
        board::decision::MAX_NUMBER,
        id::CircleId,
        registry::{Record, RecordKind, Schema, Value},
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
    let request = Request::Decide(DecisionRequest::List { all: false });
    let Answer::Decisions(rows) = vereda.ask(request).unwrap() else { panic!() };
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].state.as_str(), rows[0].says_otherwise), ("consent_window", false));
}

/// Writes a record of a decision as a changed program could: with any number and any day.
fn write(partner: &mut Partner, circle: CircleId, kind: RecordKind, fields: &[(&str, Value)]) {
    let mut record = Record::new(Schema::of(kind));
    for (path, value) in fields {
        record.set(path.parse().unwrap(), value.clone()).unwrap();
    }
    partner.node.write_beside(record, &[circle]).unwrap();
}

/// A question that was put, and its ballot's digest.
fn asked() -> (Partner, Partner, CardId, CircleId, String) {
    let (mut vereda, mut casa) = two();
    let made = vereda.card(add("decision", None, &[("title", "Join")])).unwrap();
    let card = made.row.card;
    let put = decide(&mut vereda, open(&card, "2099-01-31")).unwrap();
    vereda.meet(&mut casa);
    (vereda, casa, card, made.row.circle, put.row.newest.unwrap())
}

#[test]
fn an_organisation_blocks_whatever_its_taken_device_said() {
    // The greatest number, or as many words as there can be.
    for numbers in [vec![MAX_NUMBER], (1..=64).collect()] {
        let (mut vereda, mut casa, card, circle, digest) = asked();
        decide(&mut vereda, position(&card, "consent", None)).unwrap();
        let greatest = numbers.contains(&MAX_NUMBER);
        for number in numbers {
            let (ballot, stance) = (digest.as_str().into(), "consent".into());
            let fields = [("ballot", ballot), ("stance", stance), ("number", number.into())];
            write(&mut casa, circle, RecordKind::Position, &fields);
        }
        vereda.meet(&mut casa);
        assert_eq!(state(&mut vereda, &card), "adopted");
        decide(&mut casa, position(&card, "block", Some("That was not us"))).unwrap();
        vereda.meet(&mut casa);
        for partner in [&mut vereda, &mut casa] {
            assert_eq!(state(partner, &card), "blocked");
        }
        let after = decide(&mut casa, position(&card, "consent", None)).unwrap_err();
        let expected = if greatest { "blocked-for-good" } else { "too-many-positions" };
        assert_eq!(after.code.as_deref(), Some(expected), "nothing is written that counts nowhere");
    }
}

#[test]
fn a_question_is_put_anew_whatever_a_taken_device_put() {
    let (mut vereda, mut casa, card, circle, _) = asked();
    let mut ballot = records(&vereda, RecordKind::Ballot).remove(0).1;
    ballot.set("number".parse().unwrap(), MAX_NUMBER).unwrap();
    ballot.set("question".parse().unwrap(), "Shall all pay?").unwrap();
    ballot.set("id".parse().unwrap(), "f".repeat(32)).unwrap();
    vereda.node.copy_beside(&circle, vec![ballot]).unwrap();
    vereda.node.settle();
    let put = decide(&mut vereda, open(&card, "2099-02-28")).unwrap();
    assert_eq!(put.row.ballot.unwrap().closes, "2099-02-28");
    vereda.meet(&mut casa);
    let seen = decide(&mut casa, DecisionRequest::Show { card: card.to_string() }).unwrap();
    assert_eq!(seen.to_answer().unwrap().closes, "2099-02-28");
    assert_eq!((seen.row.open.len(), seen.newer.len()), (1, 0));
}

#[test]
fn a_question_that_is_closed_ahead_is_still_asked() {
    let (mut vereda, mut casa, card, circle, first) = asked();
    let close = |vereda: &mut Partner, digest: &str| {
        let fields = [("ballot", digest.into()), ("number", 1.into()), ("at", "2099-12-31".into())];
        write(vereda, circle, RecordKind::Closing, &fields);
    };
    close(&mut vereda, &first);
    vereda.meet(&mut casa);
    let is_asked = |casa: &mut Partner, state: &str| {
        let request = Request::Decide(DecisionRequest::List { all: false });
        let Answer::Decisions(rows) = casa.ask(request).unwrap() else { panic!() };
        assert_eq!((rows.len(), rows[0].state.as_str()), (1, state));
        let Answer::BoardPage(page) = casa.ask(Request::Board(BoardRequest::Tasks)).unwrap() else {
            panic!()
        };
        let tasks = page.sheets[0].plain();
        tasks.iter().filter(|it| it[2] == "take_position").count()
    };
    assert_eq!(is_asked(&mut casa, "lapsed"), 1);
    // Where another one rules, it is shown in full, as what is to be answered.
    decide(&mut vereda, position(&card, "consent", None)).unwrap();
    decide(&mut casa, position(&card, "consent", None)).unwrap();
    let again = decide(&mut vereda, open(&card, "2099-02-28")).unwrap().row.newest.unwrap();
    close(&mut vereda, &again);
    vereda.meet(&mut casa);
    assert_eq!(is_asked(&mut casa, "adopted"), 1);
    let seen = decide(&mut casa, DecisionRequest::Show { card: card.to_string() }).unwrap();
    let beside = &seen.row.open[0];
    assert_eq!((beside.state.as_str(), beside.closed_ahead), ("lapsed", true));
    assert_eq!(seen.to_answer().unwrap().digest, again);
    // Also when nothing more can come of it: who answers sees what it answers.
    let block = answer(&card, Some(&again), "block", Some("We were not told"));
    let seen = decide(&mut casa, block).unwrap();
    assert_eq!((seen.row.open.len(), seen.to_answer().unwrap().state.as_str()), (0, "blocked"));
}
