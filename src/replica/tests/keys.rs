//! Who holds which key.

use crate::{
    log::Kind,
    membership::{HistoryRule, SuspensionTarget},
    model::id::{CircleId, Lane, LogId},
    replica::{
        CircleCounts, WriteError,
        tests::kit::{Party, give_all, give_log, give_statements, names, restore},
    },
    sync::Replica as _,
};

fn trio(history: HistoryRule) -> ([Party; 3], CircleId) {
    let [mut a, mut b, mut c] = [1, 2, 3].map(Party::new);
    let circle = a.found(&[&b, &c], |genesis| genesis.history = history);
    give_statements(&a, &mut b, &circle);
    give_statements(&a, &mut c, &circle);
    ([a, b, c], circle)
}

fn counts(party: &Party, circle: &CircleId) -> CircleCounts {
    party.replica.counts_of(circle)
}

#[test]
fn a_late_joiner_reads_all_after_50_rotations_3_of_them_concurrent() {
    let ([mut a, mut b, mut c], circle) = trio(HistoryRule::All);
    for round in 0..47 {
        a.replica.mint(&circle, &mut a.rng).unwrap();
        a.write(&circle, &format!("a_{round}"), "x");
    }
    give_all(&a, &mut b, &circle);
    give_all(&a, &mut c, &circle);
    for (party, name) in [(&mut a, "a"), (&mut b, "b"), (&mut c, "c")] {
        party.replica.mint(&circle, &mut party.rng).unwrap();
        party.write(&circle, &format!("{name}_apart"), "x");
    }
    // What b granted reaches a, and nobody else any more.
    give_all(&b, &mut a, &circle);
    give_all(&c, &mut a, &circle);
    let mut late = Party::new(4);
    a.take_in(&circle, &mut late);
    let granted = a.replica.tend(&circle, &mut a.rng).unwrap();
    // One for what links lead to all else, one for each epoch that was made at the same time; c
    // lacks the two that it never got.
    assert!((3..=6).contains(&granted), "{granted} grants");
    let lost = b.log(Lane::Control);
    let logs: Vec<LogId> = a.replica.frontier(&circle).iter().map(|it| it.log).collect();
    for log in logs.iter().filter(|log| **log != lost) {
        give_log(&a, &mut late, &circle, log);
    }
    assert_eq!(counts(&late, &circle).waiting_for_key, 0);
    assert_eq!(late.fields(&circle), a.fields(&circle));
    assert_eq!(late.fields(&circle).len(), 50);
    // Nobody lacks anything any more, and once all is carried all hold the same.
    give_all(&a, &mut b, &circle);
    give_all(&a, &mut c, &circle);
    for party in [&mut a, &mut b, &mut c] {
        assert_eq!(party.replica.tend(&circle, &mut party.rng).unwrap(), 0);
        assert_eq!(counts(party, &circle).epochs, 50);
    }
}

#[test]
fn any_member_grants_what_another_lost() {
    let ([mut a, mut b, mut c], circle) = trio(HistoryRule::All);
    a.write(&circle, "a", "x");
    give_all(&a, &mut b, &circle);
    let mut late = Party::new(4);
    a.take_in(&circle, &mut late);
    give_statements(&a, &mut b, &circle);
    // a is gone for ever; b knows of no grant to the newcomer.
    assert_eq!(b.replica.tend(&circle, &mut b.rng).unwrap(), 1);
    give_all(&b, &mut late, &circle);
    assert_eq!(late.paths(&circle), names(["a"]));
    // c has the key of the first grant already: nothing is granted twice.
    give_all(&b, &mut c, &circle);
    assert_eq!(c.replica.tend(&circle, &mut c.rng).unwrap(), 0);
}

#[test]
fn a_removed_device_gets_no_later_epoch() {
    let ([mut a, mut b, mut c], circle) = trio(HistoryRule::All);
    a.write(&circle, "before", "x");
    give_all(&a, &mut b, &circle);
    give_all(&a, &mut c, &circle);
    a.remove(&circle, c.org());
    a.write(&circle, "after", "x");
    give_all(&a, &mut b, &circle);
    b.write(&circle, "more", "x");
    for party in [&mut a, &mut b] {
        assert_eq!(party.replica.tend(&circle, &mut party.rng).unwrap(), 0);
    }
    // All of it leaks to c, on a stick.
    give_all(&b, &mut c, &circle);
    assert_eq!(c.paths(&circle), names(["before"]));
    assert_eq!(counts(&c, &circle).waiting_for_key, 2);
    assert_eq!(counts(&c, &circle).epochs, 1);
    assert!(matches!(c.try_write(&circle, "mine", "x"), Err(WriteError::NotEntitled)));
}

#[test]
fn nobody_writes_for_a_suspended_device() {
    let ([mut a, mut b, mut c], circle) = trio(HistoryRule::All);
    a.write(&circle, "before", "x");
    give_all(&a, &mut c, &circle);
    let cut_offs = a.cut_offs(&circle, &c.org());
    let target = SuspensionTarget::Org(c.org());
    let suspension = a.author().suspend(a.membership(&circle), target, cut_offs).unwrap();
    a.keep(&circle, suspension);
    a.write(&circle, "after", "x");
    give_all(&a, &mut b, &circle);
    give_all(&a, &mut c, &circle);
    assert_eq!(b.paths(&circle), names(["before", "after"]));
    assert_eq!(c.paths(&circle), names(["before"]));
}

#[test]
fn who_joins_a_circle_without_history_reads_from_then_on() {
    let ([mut a, mut b, _], circle) = trio(HistoryRule::FromJoin);
    a.write(&circle, "before", "x");
    give_all(&a, &mut b, &circle);
    let mut late = Party::new(4);
    a.take_in(&circle, &mut late);
    give_statements(&a, &mut b, &circle);
    for party in [&mut a, &mut b] {
        assert_eq!(party.replica.tend(&circle, &mut party.rng).unwrap(), 0);
    }
    b.write(&circle, "after", "x");
    give_all(&b, &mut a, &circle);
    give_all(&b, &mut late, &circle);
    assert_eq!(counts(&late, &circle).waiting_for_key, 1);
    assert_eq!(counts(&late, &circle).epochs, 1);
    assert_eq!(a.paths(&circle), names(["before", "after"]));
}

#[test]
fn a_grant_waits_for_the_decision_that_its_author_knew() {
    let ([mut a, mut b, mut c], circle) = trio(HistoryRule::All);
    a.write(&circle, "before", "x");
    give_all(&a, &mut b, &circle);
    give_all(&a, &mut c, &circle);
    a.remove(&circle, c.org());
    a.write(&circle, "after", "x");
    // The removal has not come to b: the key that leaves c out must not go to c through b.
    for lane in [Lane::Control, Lane::Record] {
        give_log(&a, &mut b, &circle, &a.log(lane));
    }
    assert_eq!(counts(&b, &circle).epochs, 1);
    assert_eq!(b.replica.tend(&circle, &mut b.rng).unwrap(), 0);
    give_all(&a, &mut b, &circle);
    assert_eq!(b.paths(&circle), names(["before", "after"]));
    assert_eq!(b.replica.tend(&circle, &mut b.rng).unwrap(), 0);
}

#[test]
fn a_key_from_a_grant_that_no_longer_counts_is_kept_and_granted_on() {
    let ([mut a, mut b, mut c], circle) = trio(HistoryRule::All);
    c.write(&circle, "c", "x");
    give_all(&c, &mut b, &circle);
    b.write(&circle, "b", "x");
    // a knew nothing of what c wrote and granted when it removed c.
    a.remove(&circle, c.org());
    give_statements(&a, &mut b, &circle);
    let disk = b.replica.storage().without_index();
    b.replica = restore(&b, disk);
    assert_eq!(b.paths(&circle), names(["b", "c"]), "b built on what c wrote");
    assert_eq!(
        b.replica.tend(&circle, &mut b.rng).unwrap(),
        1,
        "to a; who grants to itself vouches for the key"
    );
    give_log(&b, &mut a, &circle, &b.log(Lane::Control));
    give_log(&b, &mut a, &circle, &b.log(Lane::Record));
    give_log(&c, &mut a, &circle, &c.log(Lane::Record));
    assert_eq!(a.paths(&circle), names(["b", "c"]));
    b.write(&circle, "later", "x");
    let writer = b.replica.read_run(&circle, &b.log(Lane::Control), 0, usize::MAX).unwrap();
    assert_eq!(writer.entries.len(), 2, "c holds the old key: b made a new one");
    let kinds =
        writer.entries.iter().map(|it| crate::log::Header::decode(&it.header).unwrap().kind);
    assert!(kinds.into_iter().all(|kind| kind == Kind::Grant));
}
