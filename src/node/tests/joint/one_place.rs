//! What organisations sign has one place, the same on all nodes.

use super::{
    Partner, add, apart, decide,
    kept::{create, listed},
    open, position, share, state,
};
use crate::{
    api::{
        Answer, Request,
        board_views::{BoardFilter, BoardRequest},
        statement::StatementRequest,
    },
    model::{
        id::{CardId, CircleId},
        registry::Value,
    },
    node::cards::CardClaim,
};

/// Puts a card of the coalition into a circle inside it too, as a changed program of its origin can.
fn write_inside(hub: &mut Partner, card: &CardId, child: &CircleId) {
    let record = hub.node.view.board_documents(card).next().unwrap().record();
    let claim = CardClaim::of(&record).unwrap();
    let text = |path: &str, text: &str| (path.parse().unwrap(), Some(Value::Text(text.to_owned())));
    let fields = vec![text("title", "For a few"), text("state", record.text("state").unwrap())];
    hub.node.write_card(child, &claim, record.schema(), fields).unwrap();
    hub.node.settle();
}

fn of_circle(partner: &mut Partner, circle: &str, card: &CardId) -> [String; 2] {
    let row = listed(partner, circle).into_iter().find(|row| row.card == *card).unwrap();
    let filter = BoardFilter { circle: Some(circle.to_owned()), ..BoardFilter::default() };
    let list = Request::Board(BoardRequest::List { filter });
    let Answer::BoardPage(page) = partner.ask(list).unwrap() else { panic!() };
    let on_board = page.sheets[0].plain().into_iter().find(|it| it.contains(&row.title)).unwrap();
    assert!(on_board.contains(&row.state), "{on_board:?} has {}", row.state);
    [row.title, row.state]
}

#[test]
fn a_decision_that_is_in_a_circle_inside_too_is_taken_in_the_coalition_by_all() {
    let (mut hub, mut alma, _bea) = apart();
    let child = create(&mut hub, "Cercanas", "Alma Colectiva", &mut alma);
    let made = hub.card(add("decision", Some("Alianza"), &[("title", "For all")])).unwrap();
    let card = made.row.card;
    let refused = share(&mut hub, &card, "Cercanas", false).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("signed-in-coalition"));
    write_inside(&mut hub, &card, &child);
    decide(&mut hub, open(&card, "2099-01-31")).unwrap();
    hub.meet(&mut alma);
    assert_eq!(alma.node.view.board_documents(&card).count(), 2, "it reads both");
    for partner in [&mut hub, &mut alma] {
        decide(partner, position(&card, "consent", None)).unwrap();
    }
    hub.meet(&mut alma);
    for partner in [&mut hub, &mut alma] {
        assert_eq!(state(partner, &card), "adopted");
        assert_eq!(partner.node.card(&card).unwrap().circle, made.row.circle);
        assert_eq!(of_circle(partner, "Alianza", &card), ["For all", "adopted"]);
        assert_eq!(of_circle(partner, "Cercanas", &card), ["For a few", "proposed"]);
    }
}

#[test]
fn a_statement_is_read_and_endorsed_in_the_coalition_by_all() {
    let (mut hub, mut alma, _bea) = apart();
    let child = create(&mut hub, "Cercanas", "Alma Colectiva", &mut alma);
    let set = [("title", "For all"), ("text/es", "Exigimos")];
    let made = hub.card(add("joint_message", Some("Alianza"), &set)).unwrap();
    let card = made.row.card;
    write_inside(&mut hub, &card, &child);
    let show = StatementRequest::Show { card: card.to_string() };
    let answer = hub.ask(Request::Statement(Box::new(show))).unwrap();
    let Answer::Statement(shown) = answer else { panic!() };
    let freeze = StatementRequest::Freeze {
        card: card.to_string(),
        base: Some(shown.texts_hash),
        keepers: Vec::new(),
        asked: vec!["Alma Colectiva".to_owned()],
        by: "K7".to_owned(),
    };
    hub.ask(Request::Statement(Box::new(freeze))).unwrap();
    hub.meet(&mut alma);
    for partner in [&mut hub, &mut alma] {
        let show = StatementRequest::Show { card: card.to_string() };
        let answer = partner.ask(Request::Statement(Box::new(show))).unwrap();
        let Answer::Statement(found) = answer else { panic!() };
        assert_eq!((found.title.as_str(), found.newest.is_some()), ("For all", true));
        assert_eq!(of_circle(partner, "Alianza", &card), ["For all", "in_review"]);
        assert_eq!(of_circle(partner, "Cercanas", &card), ["For a few", "draft"]);
    }
}

#[test]
fn what_a_few_signed_goes_to_the_coalition_as_another_card() {
    let (mut hub, mut alma, _bea) = apart();
    create(&mut hub, "Cercanas", "Alma Colectiva", &mut alma);
    for kind in ["decision", "joint_message", "campaign"] {
        let made = hub.card(add(kind, Some("Cercanas"), &[("title", "Ours")])).unwrap();
        let copy = share(&mut hub, &made.row.card, "Alianza", false).unwrap().copy.unwrap();
        assert_eq!(copy == made.row.card, kind == "campaign", "{kind}");
    }
}
