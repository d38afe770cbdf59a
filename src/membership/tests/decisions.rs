//! Decisions, votes, policy, roots.

use crate::membership::{
    BuildError, Change, Objection, OrgRole, OrgStatus, Refusal, approve_with_root,
    kit::{Kit, Org, remove},
};

fn add(kit: &Kit, org: usize) -> Change {
    Change::AddOrg { org: kit.id(org), role: OrgRole::Member }
}

#[test]
fn a_sole_steward_decides_alone() {
    let mut kit = Kit::new(1, 2);
    let change = add(&kit, 1);
    kit.decide(&[0], vec![change]);
    let now = kit.now();
    assert_eq!(now.org(&kit.id(1)).unwrap().status(), OrgStatus::Member);
    assert!(now.may_read(&kit.orgs[1].device()));
    assert_eq!(now.recipients().count(), 2);
}

#[test]
fn two_of_three_decide_and_one_does_not() {
    let mut kit = Kit::new(3, 4);
    let change = add(&kit, 3);
    let proposal = kit.propose(0, vec![change]);
    kit.approve(0, &proposal);
    assert!(!kit.now().is_member(&kit.id(3)));
    assert_eq!(kit.now().open_proposals()[&proposal].approvals.len(), 1);
    kit.approve(1, &proposal);
    assert!(kit.now().is_member(&kit.id(3)));
    assert!(kit.now().open_proposals().is_empty());
    assert_eq!(kit.now().decision_depth(&proposal), Some(1));
}

#[test]
fn members_do_not_vote_and_policy_only_raises_the_bar() {
    let mut kit = Kit::new(3, 4);
    let changes = vec![add(&kit, 3), Change::SetApprovals { approvals: 3 }];
    kit.decide(&[0, 1], changes);
    let proposal = kit.propose(3, vec![Change::SetApprovals { approvals: 0 }]);
    for org in [0, 1, 3] {
        kit.raw_approve(org, &proposal);
    }
    assert!(!kit.now().is_accepted(&proposal));
    kit.approve(2, &proposal);
    assert!(kit.now().is_accepted(&proposal));
    assert_eq!(kit.now().needed(), 2);
}

#[test]
fn a_policy_above_the_number_of_stewards_asks_for_all() {
    let mut kit = Kit::new(2, 2);
    kit.decide(&[0, 1], vec![Change::SetApprovals { approvals: 9 }]);
    assert_eq!(kit.now().needed(), 2);
}

#[test]
fn nobody_may_leave_a_circle_without_a_vote() {
    let kit = Kit::new(1, 2);
    let own = kit.id(0);
    let changes = [
        remove(own),
        Change::SetRole { org: own, role: OrgRole::Member },
        Change::SetDormant { org: own, dormant: true },
    ];
    for change in changes {
        let made = kit.orgs[0].author().propose(&kit.set, &kit.now(), vec![change]);
        assert!(matches!(made, Err(BuildError::Objection(Objection::NoSteward))));
    }
}

#[test]
fn a_removed_steward_has_no_vote_afterwards() {
    let mut kit = Kit::new(3, 4);
    let out = remove(kit.id(2));
    kit.decide(&[0, 1], vec![out]);
    let change = add(&kit, 3);
    let proposal = kit.propose(0, vec![change]);
    kit.raw_approve(0, &proposal);
    kit.raw_approve(2, &proposal);
    assert!(!kit.now().is_accepted(&proposal));
    let refused = kit.orgs[2].author().approve(&kit.now(), &proposal);
    assert!(matches!(refused, Err(BuildError::Refused(Refusal::NoVote(_)))));
}

#[test]
fn a_dormant_steward_is_not_waited_for() {
    let mut kit = Kit::new(3, 4);
    let mark = Change::SetDormant { org: kit.id(2), dormant: true };
    kit.decide(&[0, 1], vec![mark]);
    let out = remove(kit.id(1));
    let proposal = kit.propose(0, vec![out]);
    kit.approve(0, &proposal);
    assert!(!kit.now().is_accepted(&proposal), "two are left: both are needed");
    assert_eq!(kit.now().org(&kit.id(2)).unwrap().status(), OrgStatus::Dormant);
    let wake = Change::SetDormant { org: kit.id(2), dormant: false };
    kit.decide(&[0, 1], vec![wake]);
    assert_eq!(kit.now().electors().len(), 3);
}

#[test]
fn roots_break_the_glass_by_majority() {
    let orgs: Vec<_> = (0..4).map(|n| Org::new(&format!("org {n}"))).collect();
    let founders = orgs[..3].iter().map(|org| org.id).collect();
    let mut kit = Kit::founded(orgs, 3, |genesis| genesis.break_glass = founders);
    let out = remove(kit.id(2));
    let proposal = kit.propose(0, vec![out]);
    for org in [0, 3, 1] {
        assert!(!kit.now().is_accepted(&proposal));
        let (circle, org) = (kit.circle(), kit.orgs[org].clone());
        kit.add(approve_with_root(circle, proposal, org.id, &org.root()));
    }
    assert!(kit.now().decision(&proposal).unwrap().break_glass);
    assert!(!kit.now().is_member(&kit.id(2)));
}

#[test]
fn no_root_breaks_a_glass_that_is_not_there() {
    let mut kit = Kit::new(3, 3);
    let out = remove(kit.id(2));
    let proposal = kit.propose(0, vec![out]);
    for org in kit.orgs.clone() {
        let circle = kit.circle();
        kit.add(approve_with_root(circle, proposal, org.id, &org.root()));
    }
    assert!(!kit.now().is_accepted(&proposal));
}

#[test]
fn rivals_that_block_each_other_are_overcome_by_a_new_ballot() {
    let mut kit = Kit::new(2, 4);
    let (one, other) = (add(&kit, 2), add(&kit, 3));
    let first = kit.propose(0, vec![one.clone()]);
    let second = kit.propose(1, vec![other]);
    kit.approve(0, &first);
    kit.approve(1, &second);
    let blocked = kit.orgs[0].author().approve(&kit.now(), &second);
    assert!(matches!(blocked, Err(BuildError::Refused(Refusal::Voted(id))) if id == first));
    kit.decide(&[0, 1], vec![one]);
    assert!(kit.now().is_member(&kit.id(2)));
    assert!(!kit.now().is_member(&kit.id(3)));
    assert!(kit.now().equivocators().is_empty());
    assert!(kit.now().open_proposals()[&second].stale);
    let stale = kit.orgs[1].author().approve(&kit.now(), &second);
    assert!(matches!(stale, Err(BuildError::Refused(Refusal::Stale))));
}

#[test]
fn a_vote_in_the_last_ballot_of_all_does_not_block() {
    let mut kit = Kit::new(3, 4);
    let genesis = kit.now().tip();
    let change = add(&kit, 3);
    let last = kit.raw_propose(2, genesis, u32::MAX, vec![change.clone()]);
    kit.raw_approve(2, &last);
    assert_eq!(kit.now().next_attempt(), 0);
    kit.decide(&[0, 1], vec![change]);
}

#[test]
fn a_removal_is_explained() {
    let mut kit = Kit::new(3, 3);
    kit.suspend(2, 1, [].into());
    let effects = kit.now().explain_removal(&kit.id(2));
    assert_eq!((effects.needed, effects.needed_after), (2, 2));
    assert!(effects.possible_without_it && effects.impossible.is_none());
    assert_eq!(effects.ended_suspensions.len(), 1);
    assert_eq!(effects.devices.len(), 1);
    let alone = Kit::new(1, 2);
    let last = alone.now().explain_removal(&alone.id(0));
    assert_eq!(last.impossible, Some(crate::membership::Impossible::LastSteward));
    let stranger = alone.now().explain_removal(&alone.id(1));
    assert_eq!(stranger.impossible, Some(crate::membership::Impossible::NotIn));
}

#[test]
fn members_of_a_child_circle_that_left_the_coalition_are_strangers() {
    let mut coalition = Kit::new(3, 3);
    let child = Kit::new(3, 3);
    let out = remove(coalition.id(2));
    coalition.decide(&[0, 1], vec![out]);
    assert_eq!(coalition.now().strangers_in(&child.now()), vec![child.id(2)]);
}

#[test]
fn without_its_genesis_a_circle_has_nobody() {
    let kit = Kit::new(2, 2);
    let mut set = crate::membership::StatementSet::new(kit.circle());
    set.insert(kit.orgs[0].manifest.clone().into());
    let now = crate::membership::resolve(&set);
    assert!(now.genesis().is_none() && now.orgs().is_empty());
    assert_eq!(now.tip().as_bytes(), kit.circle().as_bytes());
}
