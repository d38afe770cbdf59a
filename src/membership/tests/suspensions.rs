//! One steward's stop.

use crate::{
    crypto::Signed,
    membership::{
        BuildError, Change, CutOff, Evidence, OrgRole, OrgStatus, Quarantine, Standing, Suspension,
        SuspensionTarget,
        kit::{Kit, hash, remove},
    },
};

#[test]
fn a_suspension_stops_reading_and_writing_but_takes_no_vote() {
    let mut kit = Kit::new(3, 3);
    let log = kit.log(2);
    kit.suspend(0, 2, [(log, CutOff { count: 1, last: hash(0) })].into());
    let now = kit.now();
    let device = kit.orgs[2].device();
    assert_eq!(now.org(&kit.id(2)).unwrap().status(), OrgStatus::Suspended);
    assert!(!now.may_read(&device) && !now.may_write(&device) && now.may_confer(&device));
    assert_eq!(now.standing(&log, 0, &hash(0)), Standing::Counts);
    assert_eq!(now.standing(&log, 1, &hash(1)), Standing::Quarantined(Quarantine::Suspended));
    assert_eq!(now.electors().len(), 3);
    kit.decide(&[1, 2], vec![Change::SetApprovals { approvals: 3 }]);
}

#[test]
fn a_decision_lifts_it_and_then_the_steward_may_suspend_again() {
    let mut kit = Kit::new(3, 3);
    let first = kit.suspend(0, 2, [].into());
    let target = SuspensionTarget::Org(kit.id(1));
    let second = kit.orgs[0].author().suspend(&kit.now(), target, [].into());
    assert!(matches!(second, Err(BuildError::OpenSuspension(id)) if id == first));
    kit.decide(&[1, 2], vec![Change::LiftSuspension { suspension: first }]);
    assert!(kit.now().may_read(&kit.orgs[2].device()));
    kit.suspend(0, 1, [].into());
    assert!(!kit.now().may_read(&kit.orgs[1].device()));
}

fn raw(kit: &Kit, by: usize, target: usize, number: u32) -> Suspension {
    Suspension {
        circle: kit.circle(),
        decision: kit.now().tip(),
        number,
        target: SuspensionTarget::Org(kit.id(target)),
        cut_offs: [].into(),
        org: kit.id(by),
        device: kit.orgs[by].device(),
    }
}

fn suspended(kit: &Kit) -> usize {
    kit.now().orgs().values().filter(|org| org.suspended).count()
}

#[test]
fn a_steward_has_one_open_suspension_however_it_numbers_them() {
    let mut kit = Kit::new(4, 4);
    let author = kit.orgs[0].admin.clone();
    for (target, number) in [(1, 0), (2, 1), (3, 7), (2, 0)] {
        let suspension = raw(&kit, 0, target, number);
        kit.add(Signed::sign(&author, suspension));
        assert_eq!(suspended(&kit), 1);
    }
    let proofs = kit.now().equivocators().get(&kit.id(0)).unwrap().clone();
    assert!(matches!(proofs.first(), Some(Evidence::Suspensions(..))));
}

#[test]
fn members_and_removed_stewards_suspend_nobody() {
    let mut kit = Kit::new(3, 4);
    let change = Change::AddOrg { org: kit.id(3), role: OrgRole::Member };
    kit.decide(&[0, 1], vec![change]);
    let by_member = raw(&kit, 3, 0, 0);
    let author = kit.orgs[3].admin.clone();
    kit.add(Signed::sign(&author, by_member));
    let out = remove(kit.id(2));
    let by_steward = raw(&kit, 2, 1, 0);
    let author = kit.orgs[2].admin.clone();
    kit.add(Signed::sign(&author, by_steward));
    assert_eq!(suspended(&kit), 1);
    kit.decide(&[0, 1], vec![out]);
    assert_eq!(suspended(&kit), 0);
}

#[test]
fn removal_settles_a_suspension_for_good() {
    let mut kit = Kit::new(3, 4);
    kit.suspend(0, 2, [].into());
    let org = kit.id(2);
    let removal = kit.decide(&[0, 1], vec![remove(org)]);
    kit.decide(&[0, 1], vec![Change::ReadmitOrg { org, lifts: [removal].into() }]);
    assert!(kit.now().may_read(&kit.orgs[2].device()), "no old suspension wakes up");
    kit.suspend(0, 2, [].into());
    assert!(!kit.now().may_read(&kit.orgs[2].device()));
}

#[test]
fn one_device_can_be_suspended() {
    let mut kit = Kit::new(2, 2);
    let (org, device) = (kit.id(1), kit.orgs[1].device());
    let target = SuspensionTarget::Device(org, device);
    let suspension = kit.orgs[0].author().suspend(&kit.now(), target, [].into()).unwrap();
    kit.add(suspension);
    assert!(!kit.now().may_read(&device) && !kit.now().org(&org).unwrap().suspended);
    assert_ne!(kit.now().standing(&kit.log(1), 0, &hash(0)), Standing::Counts);
}
