//! Which of several admin devices signs for its organisation.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

use super::{Office, ask, coalition, draft, invite, meet};
use crate::{
    api::{
        Answer, Request,
        device::DeviceRequest as Action,
        joint::DecisionRequest,
        statement::{StatementDetail, StatementRequest},
    },
    crypto::endorsed::Endorsed,
    model::{id::CardId, registry::RecordKind},
    node::{Node, tests::cards::add},
};

fn sign_here(node: &mut Node) -> Vec<bool> {
    let Answer::Devices(list) = ask(node, Request::Device(Action::SignHere)).unwrap() else {
        panic!()
    };
    list.iter().filter(|it| it.signs).map(|it| it.own).collect()
}

#[test]
fn one_of_two_admin_devices_signs_and_people_say_which() {
    let mut office = Office::new();
    let mut second = office.device("second", "admin");
    let circle = coalition(office.node(), "Amazonas");
    let (office, second) = (office.node(), &mut second.node);
    meet(office, second);
    let (one, other) = (office.device(), second.device());
    let lowest = one.min(other);
    for node in [&*office, &*second] {
        assert_eq!(node.signer_in(&circle), Some(lowest));
        assert_eq!(node.acts_in(&circle), node.device() == lowest);
    }
    let (signs, waits) = if one == lowest { (office, second) } else { (second, office) };
    invite(signs).unwrap();
    let refused = invite(waits).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("signs-elsewhere"));
    assert!(refused.hints.iter().any(|it| it.contains("sign-here")), "{refused:?}");
    // The one that signs lies in a drawer. What it signed is known: else it would be a double vote.
    meet(signs, waits);
    assert_eq!(sign_here(waits), [true]);
    invite(waits).unwrap();
    meet(signs, waits);
    assert_eq!(signs.signer_in(&circle), Some(waits.device()));
    assert_eq!(invite(signs).unwrap_err().code.as_deref(), Some("signs-elsewhere"));
    // And back. Once more changes nothing.
    sign_here(signs);
    sign_here(signs);
    meet(signs, waits);
    assert!(signs.acts_in(&circle) && !waits.acts_in(&circle));
    assert!(signs.known(&circle).unwrap().equivocators().is_empty(), "no double vote");
}

#[test]
fn a_device_that_decides_nothing_does_not_sign_whatever_it_says() {
    let mut office = Office::new();
    let mut boat = office.device("boat", "field");
    let circle = coalition(office.node(), "Amazonas");
    meet(office.node(), &mut boat.node);
    let refused = ask(&mut boat.node, Request::Device(Action::SignHere)).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("no-admin-device"));
    boat.node.sign_here().unwrap();
    meet(office.node(), &mut boat.node);
    let own = office.node().device();
    assert_eq!(office.node().signer_in(&circle), Some(own));
    let (device, keep) = (own.to_string(), crate::api::device::Keep::default());
    let refused = draft(office.node(), Action::Revoke { device, keep, anyway: false });
    assert!(refused.unwrap_err().message.contains("itself"));
}

fn say(node: &mut Node, request: StatementRequest) -> Result<StatementDetail, String> {
    match ask(node, Request::Statement(Box::new(request))) {
        Ok(Answer::Statement(detail)) => Ok(*detail),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.code.unwrap_or_default()),
    }
}

fn show(node: &mut Node, card: &CardId) -> StatementDetail {
    say(node, StatementRequest::Show { card: card.to_string() }).unwrap()
}

fn endorse(node: &mut Node, card: &CardId) -> Result<StatementDetail, String> {
    let hash = show(node, card).newest.map(|it| it.hash);
    let (stance, by) = ("endorse".to_owned(), "M1".to_owned());
    say(node, StatementRequest::Endorse { card: card.to_string(), stance, hash, by })
}

/// Endorses with a changed client, which asks for no role.
fn endorse_anyway(node: &mut Node, card: &CardId) {
    let hash = show(node, card).newest.unwrap().hash;
    let digest: [u8; 32] = HEXLOWER.decode(hash.as_bytes()).unwrap().try_into().unwrap();
    let org = node.org();
    let word = Endorsed { card, hash: &digest, org: &org, stance: "endorse" };
    let signature = word.sign(&node.replica.identity().keys.signing);
    let held = node.card(card).unwrap();
    let mut record = node.beside_card(RecordKind::Endorsement, &held, 1, "M1").unwrap();
    for (path, text) in [
        ("hash", hash),
        ("stance", "endorse".to_owned()),
        ("device", HEXLOWER.encode(node.device().as_bytes())),
        ("signature", HEXLOWER.encode(&signature)),
    ] {
        record.set(path.parse().unwrap(), text).unwrap();
    }
    node.write_beside(record, &[held.circle]).unwrap();
}

#[test]
fn a_field_device_does_not_speak_for_its_organisation() {
    let mut office = Office::new();
    let (mut boat, mut server) = (office.device("boat", "field"), office.device("server", "node"));
    coalition(office.node(), "Amazonas");
    let made = ask(office.node(), Request::Card(add("joint_message", None, &[("title", "Ríos")])));
    let Answer::Card(made) = made.unwrap() else { panic!() };
    let card = made.row.card;
    let texts = BTreeMap::from([("es".to_owned(), "Exigimos protección.".to_owned())]);
    let base = BTreeMap::new();
    let write = StatementRequest::Edit { card: card.to_string(), texts, base, base_hash: None };
    say(office.node(), write).unwrap();
    let (keepers, asked, by) = (Vec::new(), Vec::new(), "M1".to_owned());
    let base = Some(show(office.node(), &card).texts_hash);
    let freeze = StatementRequest::Freeze { card: card.to_string(), base, keepers, asked, by };
    say(office.node(), freeze.clone()).unwrap();
    meet(office.node(), &mut boat.node);
    for refused in [say(&mut boat.node, freeze), endorse(&mut boat.node, &card)] {
        assert_eq!(refused.unwrap_err(), "no-speaking-device");
    }
    let (closing, by) = (card.to_string(), None);
    let close = Request::Decide(DecisionRequest::Close { card: closing, ballot: None, by });
    let refused = ask(&mut boat.node, close).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("no-speaking-device"));
    // Whatever it signs all the same is not its organisation's word.
    endorse_anyway(&mut boat.node, &card);
    meet(office.node(), &mut boat.node);
    assert_eq!(show(office.node(), &card).words[0].standing, "silent");
    meet(office.node(), &mut server.node);
    endorse(&mut server.node, &card).unwrap();
    meet(office.node(), &mut server.node);
    assert_eq!(show(office.node(), &card).words[0].standing, "endorses");
}
