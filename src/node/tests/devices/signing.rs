//! Which of several admin devices signs for its organisation.

use super::{Office, ask, coalition, draft, invite, meet};
use crate::{
    api::{Answer, Request, device::DeviceRequest as Action},
    node::Node,
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
