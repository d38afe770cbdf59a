//! Rival decisions, double votes, and what removals leave.

use crate::{
    membership::{
        Accusation, BuildError, Change, CutOff, Evidence, Objection, OrgRole, OrgStatus,
        Quarantine, Refusal, Standing,
        kit::{Kit, hash, remove},
    },
    model::id::StatementId,
};

fn add(kit: &Kit, org: usize) -> Change {
    Change::AddOrg { org: kit.id(org), role: OrgRole::Member }
}

/// Steward 2 of three votes for both rivals: one removes 1, the other adds 3 and then removes 4.
fn forked() -> (Kit, StatementId, StatementId, StatementId) {
    let mut kit = Kit::new(3, 5);
    let members = [add(&kit, 3), add(&kit, 4)];
    kit.decide(&[0, 1], members[1..].to_vec());
    let parent = kit.now().tip();
    let (removal, addition) = (remove(kit.id(1)), members[0].clone());
    let one = kit.raw_decide(&[0, 2], parent, 0, vec![removal]);
    let other = kit.raw_decide(&[1, 2], parent, 0, vec![addition]);
    let last = remove(kit.id(4));
    let after = kit.raw_decide(&[1, 2], other, 0, vec![last]);
    (kit, one, other, after)
}

#[test]
fn of_rivals_the_one_that_removes_wins_and_the_losers_removals_hold() {
    let (kit, one, other, after) = forked();
    let now = kit.now();
    assert!(now.is_accepted(&one) && !now.is_accepted(&other));
    assert_eq!(now.decision_depth(&after), Some(3));
    assert_eq!(now.org(&kit.id(1)).unwrap().status(), OrgStatus::Removed);
    assert!(!now.is_member(&kit.id(3)), "the loser's addition is void");
    assert_eq!(now.org(&kit.id(4)).unwrap().removed_by, [after].into());
}

#[test]
fn a_double_vote_is_proven_and_costs_the_vote_with_the_next_decision() {
    let (kit, ..) = forked();
    let cheat = kit.id(2);
    let proofs = kit.now().equivocators().get(&cheat).unwrap().clone();
    assert!(matches!(proofs.first(), Some(Evidence::Votes(_))));
    // Two stewards are left: without the cheat nobody could decide, so it stays.
    assert!(kit.now().due_accusations().is_empty());
    let mut kit = Kit::new(4, 6);
    let genesis = kit.now().tip();
    let rivals = [add(&kit, 4), add(&kit, 5)];
    for change in rivals {
        let id = kit.raw_propose(3, genesis, 0, vec![change]);
        kit.raw_approve(3, &id);
    }
    let cheat = kit.id(3);
    let decision = kit.propose(0, vec![]);
    for org in [0, 1, 3] {
        kit.raw_approve(org, &decision);
    }
    assert!(!kit.now().is_accepted(&decision), "the accused does not vote on it");
    kit.approve(2, &decision);
    assert!(kit.now().org(&cheat).unwrap().voteless);
    assert_eq!(kit.now().needed(), 2);
    assert!(kit.now().due_accusations().is_empty(), "once is enough");
    kit.decide(&[0, 1], vec![Change::RestoreVote { org: cheat }]);
    assert!(kit.now().org(&cheat).unwrap().votes);
    assert!(kit.now().equivocators().contains_key(&cheat), "the proof stays");
}

#[test]
fn honest_stewards_do_not_spare_a_double_vote_or_invent_one() {
    let mut kit = Kit::new(4, 6);
    let genesis = kit.now().tip();
    let mut votes = Vec::new();
    for change in [add(&kit, 4), add(&kit, 5)] {
        let id = kit.raw_propose(3, genesis, 0, vec![change]);
        votes.push(kit.raw_approve(3, &id));
    }
    let spares = kit.raw_propose(0, genesis, 1, vec![]);
    let refused = kit.orgs[1].author().approve(&kit.now(), &spares);
    assert!(matches!(refused, Err(BuildError::Refused(Refusal::SparesDoubleVote(_)))));
    let false_one = Accusation::of(votes[0], spares);
    let parent = kit.now().tip();
    let mut proposal =
        kit.orgs[0].author().propose(&kit.set, &kit.now(), vec![]).unwrap().value().clone();
    proposal.accuses = vec![false_one];
    assert_eq!(proposal.parent, parent);
    let id = kit.add(crate::crypto::Signed::sign(&kit.orgs[0].admin, proposal));
    assert!(matches!(kit.now().open_proposals()[&id].objection, Some(Objection::Waits(_))));
}

#[test]
fn a_late_double_vote_undoes_no_decision() {
    let mut kit = Kit::new(3, 5);
    let genesis = kit.now().tip();
    let change = add(&kit, 3);
    let decision = kit.decide(&[0, 1], vec![change]);
    let change = add(&kit, 4);
    let rival = kit.raw_propose(1, genesis, 0, vec![change]);
    kit.raw_approve(1, &rival);
    assert!(kit.now().is_accepted(&decision));
    assert!(kit.now().is_member(&kit.id(3)));
    assert_eq!(kit.now().due_accusations().len(), 1);
}

#[test]
fn former_stewards_cannot_take_the_past_back() {
    // 0 and 1 found with 2, and are later put out by the others.
    let mut kit = Kit::new(3, 6);
    let genesis = kit.now().tip();
    let more = [3, 4].map(|org| Change::AddOrg { org: kit.id(org), role: OrgRole::Steward });
    kit.decide(&[0, 1], more.to_vec());
    let out = vec![remove(kit.id(0)), remove(kit.id(1))];
    kit.decide(&[2, 3, 4], out);
    let tip = kit.now().tip();
    let strike = vec![remove(kit.id(2)), add(&kit, 5), remove(kit.id(5))];
    let rival = kit.raw_decide(&[0, 1], genesis, 7, strike);
    let now = kit.now();
    assert!(!now.is_accepted(&rival) && now.tip() == tip);
    assert!(!now.is_member(&kit.id(2)), "their removals hold: nobody comes back by accident");
    assert!(now.org(&kit.id(2)).unwrap().votes, "but take no vote");
    assert!(now.may_confer(&kit.orgs[2].device()) && !now.may_read(&kit.orgs[2].device()));
    kit.decide(&[2, 3], vec![Change::CloseHistory { keep: [].into() }]);
    assert!(kit.now().is_member(&kit.id(2)));
}

#[test]
fn closing_the_past_keeps_the_branches_that_it_names() {
    let (mut kit, _, other, after) = forked();
    kit.decide(&[0, 2], vec![Change::CloseHistory { keep: [other].into() }]);
    assert_eq!(kit.now().org(&kit.id(4)).unwrap().removed_by, [after].into());
    kit.decide(&[0, 2], vec![Change::CloseHistory { keep: [].into() }]);
    assert!(kit.now().is_member(&kit.id(4)));
}

#[test]
fn only_a_decision_that_names_the_removal_takes_back_in() {
    let mut kit = Kit::new(3, 4);
    let change = add(&kit, 3);
    kit.decide(&[0, 1], vec![change]);
    let org = kit.id(3);
    let removal = kit.decide(&[0, 1], vec![remove(org)]);
    let added = kit.orgs[0].author().propose(&kit.set, &kit.now(), vec![add(&kit, 3)]);
    assert!(
        matches!(added, Err(BuildError::Objection(Objection::Removed(it))) if it == org),
        "adding is not re-admitting"
    );
    kit.decide(&[0, 1], vec![Change::ReadmitOrg { org, lifts: [removal].into() }]);
    assert!(kit.now().is_member(&org));
}

#[test]
fn nobody_votes_for_its_own_return() {
    let mut kit = Kit::new(3, 3);
    let genesis = kit.now().tip();
    let accepted = kit.raw_decide(&[0, 1, 2], genesis, 1, vec![]);
    let out = remove(kit.id(2));
    let strike = kit.raw_decide(&[0, 1], genesis, 0, vec![out]);
    assert!(kit.now().is_accepted(&accepted));
    let back = Change::ReadmitOrg { org: kit.id(2), lifts: [strike].into() };
    let proposal = kit.propose(0, vec![back]);
    kit.raw_approve(0, &proposal);
    kit.raw_approve(2, &proposal);
    assert!(!kit.now().is_accepted(&proposal));
    kit.approve(1, &proposal);
    assert!(kit.now().is_member(&kit.id(2)));
}

#[test]
fn a_removal_cuts_logs_where_it_says() {
    let mut kit = Kit::new(3, 3);
    let (log, org) = (kit.log(2), kit.id(2));
    let mut other = log;
    other.lane = crate::model::id::Lane::Alert;
    let cut_offs = [(log, CutOff { count: 2, last: hash(1) })].into();
    let removal = kit.decide(&[0, 1], vec![Change::RemoveOrg { org, cut_offs }]);
    let now = kit.now();
    assert_eq!(now.standing(&log, 0, &hash(0)), Standing::Counts);
    assert_eq!(now.standing(&log, 1, &hash(1)), Standing::Counts);
    assert_eq!(now.standing(&log, 1, &hash(9)), Standing::Quarantined(Quarantine::Fork));
    assert_eq!(now.standing(&log, 2, &hash(2)), Standing::Quarantined(Quarantine::Removed));
    assert_eq!(now.standing(&log, u64::MAX, &hash(2)), Standing::Quarantined(Quarantine::Removed));
    assert_eq!(now.standing(&other, 0, &hash(0)), Standing::Quarantined(Quarantine::Removed));
    kit.decide(&[0, 1], vec![Change::ReadmitOrg { org, lifts: [removal].into() }]);
    let now = kit.now();
    assert_eq!(now.standing(&other, 0, &hash(0)), Standing::Counts);
    assert_eq!(now.standing(&log, 2, &hash(2)), Standing::Quarantined(Quarantine::Removed));
    let up_to = CutOff { count: 3, last: hash(2) };
    kit.decide(&[0, 1], vec![Change::ReadmitEntries { log, up_to }]);
    assert_eq!(kit.now().standing(&log, 2, &hash(2)), Standing::Counts);
    assert_ne!(kit.now().standing(&log, 3, &hash(3)), Standing::Counts);
}

#[test]
fn stewards_may_sign_on_to_the_newest_decision() {
    let mut kit = Kit::new(3, 4);
    let change = add(&kit, 3);
    let decision = kit.decide(&[0, 1], vec![change]);
    kit.approve(2, &decision);
    assert_eq!(kit.now().proposal(&decision).unwrap().approvals.len(), 3);
}

#[test]
fn a_decision_that_a_stolen_device_carried_loses_to_one_that_honest_stewards_make() {
    use crate::membership::{Revocation, StandingWork, kit::key};
    let admins = [("admin", crate::membership::DeviceRole::Admin); 1];
    let stolen = [("stolen", crate::membership::DeviceRole::Admin), admins[0]];
    let mut orgs: Vec<_> =
        (0..5).map(|n| crate::membership::kit::Org::new(&format!("{n}"))).collect();
    orgs[0] = crate::membership::kit::Org::with_devices("0", &stolen);
    let mut kit = Kit::founded(
        {
            orgs[0].admin = key("0 stolen");
            orgs
        },
        3,
        |_| {},
    );
    let genesis = kit.now().tip();
    let change = add(&kit, 4);
    let theirs = kit.decide(&[0, 1], vec![change]);
    let org = kit.orgs[0].clone();
    let work = StandingWork { decision: genesis, cut_offs: [].into() };
    let lost = Revocation::new(org.device()).keeping(&kit.circle(), work);
    kit.add(org.next(|core| {
        core.devices.remove(0);
        core.revocations.push(lost);
    }));
    kit.orgs[0].admin = key("0 admin");
    assert!(kit.now().is_accepted(&theirs) && !kit.now().decision(&theirs).unwrap().strong);
    let change = add(&kit, 3);
    let rival = kit.raw_propose(2, genesis, 1, vec![change]);
    kit.approve(2, &rival);
    kit.approve(0, &rival);
    assert!(kit.now().is_accepted(&rival));
    assert!(!kit.now().is_member(&kit.id(4)));
}
