//! What the executable model of the specification (`tests/it/model`) found in the code.

use crate::{
    crypto::{Signed, Verified},
    membership::{
        Admission, BuildError, Change, CutOff, DeviceRole, Evidence, Limit, Objection, OrgRole,
        Revocation, StandingWork, Suspension, SuspensionTarget,
        kit::{Kit, Org, device, hash, invite, key, public, remove},
        next_root_commitment,
    },
    model::id::{DeviceId, StatementId},
};

fn suspension(kit: &Kit, by: &Org, device: &str, number: u32) -> Suspension {
    Suspension {
        circle: kit.circle(),
        decision: kit.now().tip(),
        number,
        target: SuspensionTarget::Org(kit.id(1)),
        cut_offs: [].into(),
        org: by.id,
        device: DeviceId::new(public(&key(&format!("{} {device}", by.name)))),
    }
}

/// Two admins; the second has signed the steward's first suspension and is revoked.
#[test]
fn a_steward_suspends_on_after_the_device_that_signed_is_revoked() {
    let devices = [("admin", DeviceRole::Admin), ("lost", DeviceRole::Admin)];
    let org = Org::with_devices("a", &devices);
    let mut kit = Kit::founded(vec![org.clone(), Org::new("b"), Org::new("c")], 3, |_| {});
    let by_lost = Signed::sign(&key("a lost"), suspension(&kit, &org, "lost", 0));
    let first = kit.add(by_lost);
    assert_eq!(kit.now().suspensions().count(), 1);
    kit.add(org.next(|core| {
        let lost = core.devices.remove(1);
        core.revocations.push(Revocation::new(lost.device));
    }));
    assert_eq!(kit.now().suspensions().count(), 0, "whoever has the device holds nobody up");
    let second = kit.suspend(0, 1, [].into());
    assert_ne!(first, second);
    assert_eq!(kit.now().suspensions().map(|(id, _)| *id).collect::<Vec<_>>(), [second]);
}

/// A circle whose founder rotated its root, and a device that a thief of the old root certified.
fn with_a_void_device() -> (Kit, Org, DeviceId) {
    let org = Org::new("a");
    let mut kit = Kit::founded(vec![org.clone(), Org::new("b"), Org::new("c")], 3, |_| {});
    let thief = org.next(|core| {
        core.devices.push(device(&org.id, "a", "thief", DeviceRole::Admin));
    });
    let mut core = org.manifest.value().core().clone();
    (core.seq, core.previous) = (1, Some(org.manifest.id()));
    core.root = public(&key("a root 1"));
    core.next_root = next_root_commitment(&public(&key("a root 2")));
    kit.add(thief.clone());
    kit.add(crate::membership::Manifest::new(core).sign(&key("a root 1")).unwrap());
    let branch = Org { manifest: thief, ..org };
    (kit, branch, DeviceId::new(public(&key("a thief"))))
}

#[test]
fn a_device_of_a_lost_branch_suspends_and_admits_nobody() {
    let (mut kit, branch, void) = with_a_void_device();
    let stop = Signed::sign(&key("a thief"), suspension(&kit, &branch, "thief", 0));
    kit.add(stop);
    assert_eq!(kit.now().suspensions().count(), 0);
    let joiner = Org::new("d");
    kit.add(joiner.manifest.clone());
    kit.decide(&[0, 1], vec![invite("ticket", kit.id(0), OrgRole::Member)]);
    let manifest = joiner.manifest.id();
    let request = joiner.author().ask_to_join(kit.circle(), &key("ticket"), manifest).unwrap();
    kit.add(Signed::sign(&key("a thief"), Admission::of(request, branch.id, void)));
    assert!(!kit.now().is_member(&joiner.id));
}

#[test]
fn a_revocation_on_a_lost_branch_lets_nothing_of_a_void_device_count() {
    let (mut kit, branch, void) = with_a_void_device();
    let log = crate::model::id::LogId { device: void, ..kit.log(0) };
    assert_eq!(kit.now().cut_off(&log), Some(Limit::Nothing));
    let cut_offs = [(log, CutOff { count: 3, last: hash(3) })].into();
    let work = StandingWork { decision: kit.now().tip(), cut_offs };
    let circle = kit.circle();
    kit.add(branch.next(|core| {
        core.devices.retain(|it| it.device != void);
        core.revocations.push(Revocation::new(void).keeping(&circle, work));
    }));
    assert_eq!(kit.now().cut_off(&log), Some(Limit::Nothing));
}

#[test]
fn a_rotation_needs_a_fresh_commitment() {
    let mut kit = Kit::new(1, 1);
    let org = kit.orgs[0].clone();
    let mut core = org.manifest.value().core().clone();
    (core.seq, core.previous) = (1, Some(org.manifest.id()));
    core.root = public(&key("org 0 root 1"));
    kit.add(crate::membership::Manifest::new(core).sign(&key("org 0 root 1")).unwrap());
    assert_eq!(kit.now().org(&org.id).unwrap().manifest, Some(org.manifest.id()));
}

#[test]
fn only_a_decision_that_lifts_the_removal_gives_a_seat_again() {
    let mut kit = Kit::new(4, 4);
    let removal = kit.decide(&[0, 1, 2], vec![remove(kit.id(3))]);
    let (org, role) = (kit.id(3), OrgRole::Steward);
    let seat = [
        vec![Change::AddOrg { org, role }],
        vec![Change::ReadmitOrg { org, lifts: [].into() }],
        vec![Change::ReadmitOrg { org, lifts: [StatementId::new([1; 32])].into() }],
    ];
    for changes in seat {
        let tip = kit.now().tip();
        kit.raw_decide(&[0, 1, 2], tip, 7, changes);
        assert!(kit.now().tip() == tip && !kit.now().electors().contains(&org));
    }
    let lifted = vec![Change::ReadmitOrg { org, lifts: [removal].into() }];
    kit.raw_decide(&[0, 1, 2], removal, 8, lifted);
    assert!(kit.now().is_member(&org));
}

/// The inviter is in league with whom the others have put out; their nodes adopt what waits.
#[test]
fn no_invite_seats_the_removed_again() {
    let mut kit = Kit::new(4, 4);
    kit.decide(&[0, 1, 2], vec![invite("ticket", kit.id(0), OrgRole::Steward)]);
    kit.decide(&[0, 1, 2], vec![remove(kit.id(3))]);
    let org = kit.orgs[3].clone();
    let request = org.author().ask_to_join(kit.circle(), &key("ticket"), org.manifest.id());
    let admission = Admission::of(request.unwrap(), kit.id(0), kit.orgs[0].device());
    let admission = kit.add(Signed::sign(&kit.orgs[0].admin, admission));
    assert_eq!(kit.now().unadopted().count(), 0);
    kit.decide(&[0, 1, 2], vec![Change::SetApprovals { approvals: 3 }]);
    assert!(!kit.now().electors().contains(&org.id));
    let mut proposal = kit.orgs[0].author().propose(&kit.set, &kit.now(), vec![]).unwrap();
    let mut adopting = proposal.value().clone();
    adopting.adopts.insert(admission);
    proposal = Signed::sign(&kit.orgs[0].admin, adopting);
    let id = kit.add(proposal);
    let refused = kit.orgs[1].author().approve(&kit.now(), &id);
    let objection = kit.now().open_proposals()[&id].objection;
    assert!(matches!(refused, Err(BuildError::Refused(_))));
    assert_eq!(objection, Some(Objection::Removed(org.id)));
}

#[test]
fn of_two_suspensions_with_one_number_only_the_lower_id_ever_counts() {
    let mut kit = Kit::new(4, 4);
    let author = kit.orgs[0].admin.clone();
    let both = [1, 2].map(|n| {
        let target = SuspensionTarget::Org(kit.id(n));
        let it = Suspension { target, ..suspension(&kit, &kit.orgs[0], "admin", 0) };
        Signed::sign(&author, it)
    });
    let lower = both.iter().map(Verified::id).min().unwrap();
    both.into_iter().for_each(|it| {
        kit.add(it);
    });
    assert_eq!(kit.now().suspensions().map(|(id, _)| *id).collect::<Vec<_>>(), [lower]);
    kit.decide(&[0, 1, 2], vec![Change::LiftSuspension { suspension: lower }]);
    assert_eq!(kit.now().suspensions().count(), 0);
}

/// A circle of which one device of the founder is revoked, with the decision before.
fn with_a_revoked_device() -> (Kit, Org, StatementId) {
    let devices = [("admin", DeviceRole::Admin), ("lost", DeviceRole::Admin)];
    let org = Org::with_devices("a", &devices);
    let mut kit = Kit::founded(vec![org.clone(), Org::new("b"), Org::new("c")], 3, |_| {});
    let tip = kit.now().tip();
    kit.add(org.next(|core| {
        let lost = core.devices.remove(1);
        core.revocations.push(Revocation::new(lost.device));
    }));
    (kit, org, tip)
}

fn in_force(kit: &Kit) -> Vec<StatementId> {
    kit.now().suspensions().map(|(id, _)| *id).collect()
}

/// A suspension by another device of the founder that has the number and a lower id.
fn twin_below(kit: &Kit, by: &Org, device: &str, id: StatementId) -> Verified<Suspension> {
    let signer = key(&format!("{} {device}", by.name));
    let twins = (1..=u64::MAX).map(|count| {
        let cut_offs = [(kit.log(1), CutOff { count, last: hash(3) })].into();
        Signed::sign(&signer, Suspension { cut_offs, ..suspension(kit, by, device, 0) })
    });
    { twins }.find(|it| it.id() < id).unwrap()
}

#[test]
fn a_revoked_device_lifts_no_suspension_of_its_steward() {
    let (mut kit, org, _tip) = with_a_revoked_device();
    let honest = kit.suspend(0, 1, [].into());
    let twin = twin_below(&kit, &org, "lost", honest);
    kit.add(twin);
    assert_eq!(in_force(&kit), [honest]);
    assert!(!kit.now().equivocators().contains_key(&org.id), "who was robbed is no fraud");
    assert_eq!(kit.now().next_suspension_of(&org.id), 1);
}

#[test]
fn a_device_of_a_lost_branch_lifts_no_suspension_and_uses_no_number() {
    let (mut kit, branch, _void) = with_a_void_device();
    let first = Signed::sign(&key("a thief"), suspension(&kit, &branch, "thief", 0));
    kit.add(first);
    assert_eq!(kit.now().next_suspension_of(&branch.id), 0);
    let honest = kit.suspend(0, 1, [].into());
    assert_eq!(in_force(&kit), [honest]);
    let twin = twin_below(&kit, &branch, "thief", honest);
    kit.add(twin);
    assert_eq!(in_force(&kit), [honest]);
    let now = kit.now();
    let proofs = &now.equivocators()[&branch.id];
    assert!(proofs.iter().all(|it| matches!(it, Evidence::Manifests(..))), "{proofs:?}");
}

/// It signs far ahead, and the next number with a decision that nobody knows.
#[test]
fn a_revoked_device_keeps_its_steward_from_no_suspension() {
    let (mut kit, org, tip) = with_a_revoked_device();
    let unknown = StatementId::new([7; 32]);
    for (number, decision) in [(1000, tip), (u32::MAX, tip), (0, unknown), (1, unknown)] {
        let it = Suspension { decision, ..suspension(&kit, &org, "lost", number) };
        kit.add(Signed::sign(&key("a lost"), it));
    }
    let first = kit.suspend(0, 1, [].into());
    assert_eq!(in_force(&kit), [first]);
    kit.decide(&[0, 1, 2], vec![Change::LiftSuspension { suspension: first }]);
    let second = kit.suspend(0, 2, [].into());
    assert_eq!(in_force(&kit), [second]);
}

/// What a revoked device used stays used, and the next number comes after it.
#[test]
fn numbers_that_a_revoked_device_used_are_passed_over() {
    let (mut kit, org, _tip) = with_a_revoked_device();
    for number in [0, 1, 3] {
        let it = suspension(&kit, &org, "lost", number);
        kit.add(Signed::sign(&key("a lost"), it));
    }
    assert_eq!(kit.now().next_suspension_of(&org.id), 2);
    let honest = kit.suspend(0, 1, [].into());
    assert_eq!(in_force(&kit), [honest]);
    assert_eq!(kit.now().next_suspension_of(&org.id), 4);
}
