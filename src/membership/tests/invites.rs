//! Invites, admissions, adoption.

use crate::{
    crypto::Signed,
    membership::{
        Admission, BuildError, Change, Evidence, InviteState, OrgRole, OrgStatus,
        kit::{Kit, invite, key, public, remove},
    },
    model::{id::InviteId, time::Timestamp},
};

fn invited(role: OrgRole) -> Kit {
    let mut kit = Kit::new(2, 5);
    let change = invite("ticket", kit.id(0), role);
    kit.decide(&[0, 1], vec![change]);
    kit
}

#[test]
fn who_is_admitted_is_a_member_at_once_and_a_steward_once_adopted() {
    let mut kit = invited(OrgRole::Steward);
    let admission = kit.join(0, 2, "ticket");
    let joined = kit.now().org(&kit.id(2)).unwrap().clone();
    assert_eq!((joined.status(), joined.admission), (OrgStatus::Member, Some(admission)));
    assert_eq!(kit.now().needed(), 2);
    kit.decide(&[0, 1], vec![]);
    let joined = kit.now().org(&kit.id(2)).unwrap().clone();
    assert_eq!((joined.status(), joined.admission), (OrgStatus::Steward, None));
    let ticket = InviteId::new(public(&key("ticket")));
    assert_eq!(kit.now().invites()[&ticket].state, InviteState::Adopted(admission));
}

#[test]
fn an_invite_is_redeemed_once_in_time_and_by_its_inviter() {
    let mut kit = invited(OrgRole::Member);
    let ask = |kit: &Kit, org: usize| {
        let org = &kit.orgs[org];
        org.author().ask_to_join(kit.circle(), &key("ticket"), org.manifest.id()).unwrap()
    };
    let (inviter, other) = (kit.orgs[0].clone(), kit.orgs[1].clone());
    let late = inviter.author().admit(&kit.now(), ask(&kit, 2), Timestamp::from_millis(1001));
    assert!(matches!(late, Err(BuildError::Expired { .. })));
    let foreign = other.author().admit(&kit.now(), ask(&kit, 2), Timestamp::default());
    assert!(matches!(foreign, Err(BuildError::Invite(_))));
    kit.join(0, 2, "ticket");
    kit.join(0, 2, "ticket");
    let second = inviter.author().admit(&kit.now(), ask(&kit, 3), Timestamp::default());
    assert!(matches!(second, Err(BuildError::Redeemed(_))));
}

#[test]
fn a_revoked_invite_admits_nobody_unless_adopted_before() {
    let mut kit = invited(OrgRole::Member);
    kit.join(0, 2, "ticket");
    let ticket = InviteId::new(public(&key("ticket")));
    let genesis_of_rival = kit.now().tip();
    let void =
        kit.raw_decide(&[0, 1], genesis_of_rival, 0, vec![Change::RevokeInvite { invite: ticket }]);
    assert!(kit.now().is_accepted(&void));
    assert!(!kit.now().is_member(&kit.id(2)));
    let mut kit = invited(OrgRole::Member);
    kit.join(0, 2, "ticket");
    kit.decide(&[0, 1], vec![]);
    let revoke = kit.orgs[0].author().propose(
        &kit.set,
        &kit.now(),
        vec![Change::RevokeInvite { invite: ticket }],
    );
    assert!(matches!(revoke, Err(BuildError::Objection(_))));
    assert!(kit.now().is_member(&kit.id(2)));
}

#[test]
fn an_inviter_that_admits_two_by_one_invite_is_found_and_only_one_is_in() {
    let mut kit = invited(OrgRole::Member);
    kit.join(0, 2, "ticket");
    let (joiner, inviter) = (kit.orgs[3].clone(), kit.orgs[0].clone());
    let request =
        joiner.author().ask_to_join(kit.circle(), &key("ticket"), joiner.manifest.id()).unwrap();
    let second = Admission::of(request, inviter.id, inviter.device());
    kit.add(Signed::sign(&inviter.admin, second));
    let now = kit.now();
    let members = [2, 3].into_iter().filter(|org| now.is_member(&kit.id(*org))).count();
    assert_eq!(members, 1);
    let proofs = now.equivocators().get(&inviter.id).unwrap();
    assert!(matches!(proofs.first(), Some(Evidence::Admissions(..))));
}

#[test]
fn a_stranger_cannot_countersign() {
    let mut kit = invited(OrgRole::Member);
    let (joiner, other) = (kit.orgs[2].clone(), kit.orgs[1].clone());
    let request =
        joiner.author().ask_to_join(kit.circle(), &key("ticket"), joiner.manifest.id()).unwrap();
    kit.add(Signed::sign(&other.admin, Admission::of(request, other.id, other.device())));
    assert!(!kit.now().is_member(&joiner.id));
}

#[test]
fn a_removed_inviters_invites_are_void() {
    let mut kit = Kit::new(3, 5);
    let change = invite("ticket", kit.id(2), OrgRole::Member);
    kit.decide(&[0, 1], vec![change]);
    let before = kit.clone();
    let out = remove(kit.id(2));
    kit.decide(&[0, 1], vec![out]);
    let (joiner, inviter) = (kit.orgs[3].clone(), kit.orgs[2].clone());
    let request =
        joiner.author().ask_to_join(kit.circle(), &key("ticket"), joiner.manifest.id()).unwrap();
    let late = inviter.author().admit(&before.now(), request, Timestamp::default()).unwrap();
    kit.add(late);
    assert!(!kit.now().is_member(&joiner.id));
}

#[test]
fn who_came_in_by_a_suspended_inviter_waits_unless_adopted() {
    let mut kit = invited(OrgRole::Member);
    kit.join(0, 2, "ticket");
    kit.suspend(1, 0, [].into());
    assert!(!kit.now().may_read(&kit.orgs[2].device()));
    assert!(kit.now().is_member(&kit.id(2)));
    kit.decide(&[1, 0], vec![]);
    assert!(kit.now().may_read(&kit.orgs[2].device()));
}

#[test]
fn a_ticket_does_not_take_back_in_who_was_removed() {
    let mut kit = invited(OrgRole::Member);
    let change = Change::AddOrg { org: kit.id(2), role: OrgRole::Member };
    kit.decide(&[0, 1], vec![change]);
    let out = remove(kit.id(2));
    kit.decide(&[0, 1], vec![out]);
    let (joiner, inviter) = (kit.orgs[2].clone(), kit.orgs[0].clone());
    let request =
        joiner.author().ask_to_join(kit.circle(), &key("ticket"), joiner.manifest.id()).unwrap();
    let made = inviter.author().admit(&kit.now(), request.clone(), Timestamp::default());
    assert!(matches!(made, Err(BuildError::Removed(_))));
    kit.add(Signed::sign(&inviter.admin, Admission::of(request, inviter.id, inviter.device())));
    assert!(!kit.now().is_member(&joiner.id));
    kit.decide(&[0, 1], vec![]);
    assert!(!kit.now().is_member(&joiner.id));
}
