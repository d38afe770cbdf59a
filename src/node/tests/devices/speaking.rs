//! What devices write that do not speak for their organisation, with a changed program.

use super::{Machine, Office, ask, coalition, meet};
use crate::{
    api::{
        Answer, Request,
        joint::{DecisionDetail, DecisionRequest},
        statement::StatementRequest,
    },
    model::{id::CardId, registry::RecordKind},
    node::{
        Node,
        tests::{
            cards::{add, edit},
            partners::{Partner, admit},
        },
    },
};

fn card(node: &mut Node, kind: &str, set: &[(&str, &str)]) -> CardId {
    let Answer::Card(card) = ask(node, Request::Card(add(kind, Some("Amazonas"), set))).unwrap()
    else {
        panic!()
    };
    card.row.card
}

/// The request as a program answers it that asks nothing about its device's role.
fn decide(node: &mut Node, request: DecisionRequest) -> DecisionDetail {
    let Answer::Decision(detail) = node.decision_request(request).unwrap() else { panic!() };
    node.settle();
    *detail
}

fn open(node: &mut Node, card: &CardId) -> DecisionDetail {
    let open = DecisionRequest::Open {
        card: card.to_string(),
        question: Some("Shall we?".to_owned()),
        closes: "2099-01-31".to_owned(),
        with: Vec::new(),
        needed: None,
        options: [].into(),
        by: None,
    };
    decide(node, open)
}

fn consent(node: &mut Node, card: &CardId) {
    let position = DecisionRequest::Position {
        card: card.to_string(),
        ballot: None,
        stance: "consent".to_owned(),
        option: None,
        reason: None,
        by: None,
    };
    decide(node, position);
}

fn message(node: &mut Node) -> CardId {
    let message = card(node, "joint_message", &[("title", "Ríos sin miedo")]);
    let text = edit(&message, &[("text/es", "Exigimos")], &[]);
    ask(node, Request::Card(text)).unwrap();
    message
}

fn freeze(node: &mut Node, message: &CardId) {
    let read = StatementRequest::Show { card: message.to_string() };
    let Answer::Statement(read) = node.statement_request(read).unwrap() else { panic!() };
    let freeze = StatementRequest::Freeze {
        card: message.to_string(),
        keepers: Vec::new(),
        asked: Vec::new(),
        base: Some(read.texts_hash.clone()),
        by: "B-1".to_owned(),
    };
    node.statement_request(freeze).unwrap();
    node.settle();
}

fn show(node: &mut Node, card: &CardId) -> DecisionDetail {
    decide(node, DecisionRequest::Show { card: card.to_string() })
}

fn written(node: &Node, kind: RecordKind) -> usize {
    node.view.written(kind).filter(|(_, held)| held.author().is_some()).count()
}

/// An organisation with a second device of a role, and another in its coalition.
fn world(role: &str) -> (Office, Machine, Partner) {
    let mut office = Office::new();
    coalition(office.node(), "Amazonas");
    let mut partner = Partner::new("Casa");
    admit(office.node(), "Amazonas", &mut partner.node);
    let mut other = office.device("boat", role);
    meet(office.node(), &mut other.node);
    (office, other, partner)
}

#[test]
fn a_field_device_gives_nobodys_word_in_a_decision() {
    for (role, positions) in [("field", 0), ("node", 1)] {
        let (mut office, mut boat, _partner) = world(role);
        let asked = card(office.node(), "decision", &[("title", "Join")]);
        open(office.node(), &asked);
        meet(office.node(), &mut boat.node);
        consent(&mut boat.node, &asked);
        let own = card(&mut boat.node, "decision", &[("title", "Pay")]);
        open(&mut boat.node, &own);
        meet(office.node(), &mut boat.node);
        for node in [office.node(), &mut boat.node] {
            assert_eq!(show(node, &asked).row.ballot.unwrap().consents, positions, "{role}");
            assert_eq!(show(node, &own).row.ballot.is_some(), positions > 0, "{role}");
        }
    }
}

#[test]
fn what_a_field_device_writes_into_its_organisations_word_does_not_spoil_it() {
    let (mut office, mut boat, _partner) = world("field");
    let asked = card(office.node(), "decision", &[("title", "Join")]);
    open(office.node(), &asked);
    consent(office.node(), &asked);
    let message = message(office.node());
    freeze(office.node(), &message);
    meet(office.node(), &mut boat.node);
    for kind in [RecordKind::Position, RecordKind::Ballot, RecordKind::Version] {
        let held = boat.node.view.written(kind).next().unwrap().1;
        let (circle, document, schema) =
            (held.circle, held.document, held.record().schema().clone());
        let number = "number".parse().unwrap();
        let spoil = |edit: &mut crate::doc::Edit<'_>| edit.set(&number, &7_i64.into());
        boat.node.edit_document(&circle, document, &schema, spoil).unwrap();
        boat.node.settle();
    }
    meet(office.node(), &mut boat.node);
    for node in [office.node(), &mut boat.node] {
        assert_eq!(show(node, &asked).row.ballot.unwrap().consents, 1);
        assert_eq!(written(node, RecordKind::Version), 1);
    }
}

#[test]
fn a_field_device_freezes_endorses_and_releases_nothing() {
    for (role, counts) in [("field", 0), ("node", 1)] {
        let (mut office, mut boat, _partner) = world(role);
        let message = message(office.node());
        meet(office.node(), &mut boat.node);
        freeze(&mut boat.node, &message);
        meet(office.node(), &mut boat.node);
        for node in [office.node(), &mut boat.node] {
            assert_eq!(written(node, RecordKind::Version), counts, "{role}");
        }
    }
}
