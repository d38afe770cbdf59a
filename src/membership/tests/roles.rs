//! What a device may do follows its role.

use crate::{
    crypto::Signed,
    membership::{
        Approval, Author, BuildError, DeviceRole, Limit, Refusal, VerifiedStatement,
        kit::{Kit, Org, key, public, remove},
    },
    model::id::{DeviceId, Lane, LogId},
};

/// Of one organisation, a device that reads and writes and one that signs.
fn with_a_field_device(name: &str) -> Org {
    Org::with_devices(name, &[("admin", DeviceRole::Admin), ("boat", DeviceRole::Field)])
}

#[test]
fn the_vote_of_a_field_device_is_none() {
    let orgs = vec![with_a_field_device("a"), with_a_field_device("b"), Org::new("c")];
    let member = orgs[2].id;
    let mut kit = Kit::founded(orgs, 2, |genesis| genesis.members = [member].into());
    let boat = key("b boat");
    let proposal = kit.propose(0, vec![remove(kit.id(2))]);
    kit.approve(0, &proposal);
    let (org, device) = (kit.id(1), DeviceId::new(public(&boat)));
    let Some(VerifiedStatement::Proposal(it)) = kit.set.get(&proposal) else { panic!() };
    let vote = Approval::of(proposal, it.value(), org, device);
    kit.add(Signed::sign(&boat, vote));
    assert!(!kit.now().is_accepted(&proposal), "one steward and a telephone are not two stewards");
    let author = Author { org, key: &boat };
    assert!(matches!(
        author.approve(&kit.now(), &proposal),
        Err(BuildError::Refused(Refusal::NotAdmin(..)))
    ));
    kit.approve(1, &proposal);
    assert!(kit.now().is_accepted(&proposal));
}

#[test]
fn what_counts_of_a_device_follows_its_role() {
    let roles = [
        ("admin", DeviceRole::Admin),
        ("boat", DeviceRole::Field),
        ("post", DeviceRole::Dropbox),
        ("shelf", DeviceRole::Custodian),
    ];
    let kit = Kit::founded(vec![Org::with_devices("a", &roles)], 1, |_genesis| {});
    let now = kit.now();
    let counts = |name: &str, lane: Lane| {
        let device = DeviceId::new(public(&key(&format!("a {name}"))));
        let log = LogId { device, lane, ..kit.log(0) };
        now.cut_off(&log) == Some(Limit::All)
    };
    for (name, control, record) in [
        ("admin", true, true),
        ("boat", true, true),
        ("post", false, true),
        ("shelf", false, false),
    ] {
        assert_eq!(counts(name, Lane::Control), control, "{name}");
        assert_eq!(counts(name, Lane::Record), record, "{name}");
        assert_eq!(counts(name, Lane::Alert), record, "{name}");
    }
    let id = |name: &str| DeviceId::new(public(&key(&format!("a {name}"))));
    assert!(now.may_read(&id("boat")) && !now.may_read(&id("post")));
    assert!(now.may_write(&id("post")) && now.takes_part(&id("post")));
    assert!(!now.takes_part(&id("shelf")) && now.has_depositors());
    assert_eq!(now.recipients().count(), 2);
}
