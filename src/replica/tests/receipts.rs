//! Receipts between engines over replicas: that they reach everybody, that they end, and what they
//! withstand.

mod copies;
mod lies;
mod network;

use std::time::Duration;

use network::Network;
use proptest::prelude::*;

use crate::{
    model::id::Lane,
    replica::{
        Storage as _, Tree,
        tests::kit::{DOCUMENT, restore},
    },
    sync::{
        Replica as _,
        limits::{RECEIPT_AT_LATEST, RECEIPT_PAUSE, RECEIPT_QUIET},
    },
};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn who_never_meets_learns_through_a_third() {
    let (mut net, circle) = Network::of(3);
    net.write(0, &circle, "one");
    let link = net.connect(0, 1);
    net.pass(MINUTE);
    net.disconnect(link);
    assert!(!net.confirmed(0, &circle, 2));
    let link = net.connect(1, 2);
    net.pass(MINUTE);
    net.disconnect(link);
    assert!(net.confirmed(1, &circle, 2));
    let link = net.connect(0, 1);
    net.pass(MINUTE);
    net.disconnect(link);
    assert!(net.confirmed(0, &circle, 1) && net.confirmed(0, &circle, 2));
    assert!(net.confirmed(2, &circle, 0) && net.confirmed(2, &circle, 1));
}

#[test]
fn a_session_that_lasts_a_moment_takes_what_was_owed() {
    let (mut net, circle) = Network::of(2);
    net.write(0, &circle, "one");
    let link = net.connect(0, 1);
    net.settle();
    net.disconnect(link);
    assert!(net.confirmed(1, &circle, 0) && net.confirmed(0, &circle, 1));
}

#[test]
fn one_change_makes_one_receipt_each_and_then_silence() {
    let (mut net, circle) = Network::of(5);
    for one in 0..5 {
        for other in 0..one {
            net.connect(one, other);
        }
    }
    net.write(0, &circle, "one");
    net.pass(MINUTE);
    let before: Vec<u64> = (0..5).map(|node| net.counter(0, &circle, node)).collect();
    net.sent.clear();
    net.write(0, &circle, "two");
    net.pass(2 * MINUTE);
    let after: Vec<u64> = (0..5).map(|node| net.counter(0, &circle, node)).collect();
    let one_more: Vec<u64> = before.iter().map(|counter| counter + 1).collect();
    assert_eq!(after, one_more);
    // Each gives its own to each other, and none is asked for.
    assert_eq!(net.frames_of(22), 5 * 4);
    assert_eq!(net.frames_of(21), 0);
    net.sent.clear();
    net.pass(60 * MINUTE);
    assert_eq!(net.sent.len(), 0, "{:?}", net.sent);
}

#[test]
fn while_entries_keep_coming_receipts_are_seldom() {
    let (mut net, circle) = Network::of(2);
    net.connect(0, 1);
    net.pass(MINUTE);
    let before = net.counter(0, &circle, 1);
    for n in 0..300 {
        net.write(0, &circle, &format!("field_{n}"));
        net.pass(Duration::from_secs(1));
    }
    let made = net.counter(0, &circle, 1) - before;
    let most = 300 / RECEIPT_AT_LATEST.as_secs() + 1;
    assert!((3..=most).contains(&made), "{made} in 300 s");
    net.pass(RECEIPT_QUIET + RECEIPT_PAUSE);
    assert!(net.confirmed(0, &circle, 1));
}

#[test]
fn nothing_new_in_20_circles_is_one_round_trip_and_below_2_kb() {
    let (mut net, first) = Network::of(2);
    let mut circles = vec![first];
    circles.extend((1..20).map(|number| net.circle(number)));
    for circle in &circles {
        net.write(0, circle, "old");
    }
    let link = net.connect(0, 1);
    net.pass(MINUTE);
    net.disconnect(link);
    assert!(circles.iter().all(|circle| net.confirmed(0, circle, 1)));
    net.sent.clear();
    net.connect(1, 0);
    net.settle();
    let bytes: usize = net.sent.iter().map(|frame| frame.bytes).sum();
    assert_eq!(net.sent.len(), 2);
    assert!(bytes < 2048, "{bytes} bytes");
}

#[test]
fn an_earlier_version_gets_entries_and_no_receipts() {
    let (mut net, circle) = Network::of(3);
    net.make_old(1);
    net.connect(0, 1);
    net.connect(1, 2);
    net.write(0, &circle, "one");
    net.write(2, &circle, "two");
    net.pass(2 * MINUTE);
    for node in 0..3 {
        assert_eq!(net.parties[node].paths(&circle).len(), 2);
    }
    assert_eq!(net.frames_of(20) + net.frames_of(21) + net.frames_of(22), 0);
    net.connect(0, 2);
    net.pass(MINUTE);
    assert!(net.confirmed(0, &circle, 2) && net.confirmed(2, &circle, 0));
}

#[test]
fn what_is_signed_for_a_bundle_is_told_to_who_is_connected_and_once() {
    let (mut net, circle) = Network::of(2);
    net.connect(0, 1);
    // What is made because they meet is behind them.
    net.write(0, &circle, "zero");
    net.pass(2 * MINUTE);
    net.parties[0].write(&circle, "one", "x");
    let before = net.counter(1, &circle, 0);
    net.parties[0].replica.make_receipt_now(&circle).unwrap();
    net.tell(0);
    // No time has passed.
    let after = net.counter(1, &circle, 0);
    assert!(after > before, "{after} after {before}");
    net.pass(2 * MINUTE);
    assert_eq!(net.counter(1, &circle, 0), after, "it is not made again");
    assert!(net.confirmed(0, &circle, 1) && net.confirmed(1, &circle, 0));
}

#[test]
fn what_comes_in_one_burst_is_told_of_at_once() {
    let (mut net, circle) = Network::of(2);
    net.write(0, &circle, "one");
    let party = &mut net.parties[0];
    party.replica.issue_receipt(&circle).unwrap();
    // Whoever holds commits holds back what is sent.
    party.replica.hold_commits();
    party.write(&circle, "two", "x");
    assert!(party.replica.issue_receipt(&circle).is_some());
    assert_eq!(party.replica.issue_receipt(&circle), None);
    party.replica.release_commits().unwrap();
    assert!(!party.replica.owes_receipt(&circle));
}

#[test]
fn a_start_finds_receipts_in_the_index_and_makes_none() {
    let (mut net, circle) = Network::of(2);
    net.write(0, &circle, "one");
    let link = net.connect(0, 1);
    net.pass(MINUTE);
    net.disconnect(link);
    let party = &mut net.parties[0];
    party.replica.storage_mut().checkpoint();
    let kept = restore(party, party.replica.storage().after_power_cut());
    assert_eq!(kept.receipt_marks(&circle), party.replica.receipt_marks(&circle));
    assert_eq!(kept.receipt_marks(&circle).len(), 2);
    assert!(!kept.owes_receipt(&circle));
}

#[test]
fn without_the_index_receipts_come_again_and_no_counter_does() {
    let (mut net, circle) = Network::of(2);
    net.write(0, &circle, "one");
    let link = net.connect(0, 1);
    net.pass(MINUTE);
    net.disconnect(link);
    let before = net.counter(0, &circle, 0);
    let party = &mut net.parties[0];
    party.replica = restore(party, party.replica.storage().without_index());
    assert_eq!(party.replica.receipt_marks(&circle), []);
    net.restart(0);
    net.connect(0, 1);
    net.pass(MINUTE);
    assert!(net.counter(0, &circle, 0) > before);
    assert_eq!(net.marks(0, &circle), net.marks(1, &circle));
}

#[test]
fn a_receipt_that_outlived_its_entries_is_replaced_before_anybody_hears_it() {
    for by_bundle in [false, true] {
        let (mut net, circle) = Network::of(2);
        net.write(0, &circle, "one");
        let link = net.connect(0, 1);
        net.pass(MINUTE);
        net.disconnect(link);
        let party = &mut net.parties[0];
        let (log, device) = (party.log(Lane::Record), party.replica.own_device());
        party.replica.hold_commits();
        party.write(&circle, "two", "x");
        let lost = party.replica.issue_receipt(&circle).unwrap();
        let torn = party.replica.storage().after_torn_power_cut();
        party.replica = restore(party, torn);
        let word = |net: &Network, node: usize| {
            let word = net.parties[node].replica.word_of(&circle, &device).unwrap();
            (word.counter, word.claim(&log).unwrap().next_seq)
        };
        net.restart(0);
        assert_eq!(word(&net, 0), (lost.counter, 2), "it is there, and its entry is not");
        if by_bundle {
            net.parties[0].replica.make_receipt_now(&circle).unwrap();
            let receipts = net.parties[0].replica.receipts_for(&circle);
            net.parties[1].replica.accept_receipts(&circle, &receipts);
        } else {
            net.connect(0, 1);
            net.settle();
        }
        let (counter, held) = word(&net, 1);
        assert_eq!(held, 1);
        assert!(counter > lost.counter, "{counter} after {}", lost.counter);
    }
}

#[test]
fn where_the_changes_of_a_document_are_is_not_known_if_they_are_too_many() {
    let (mut net, circle) = Network::of(2);
    net.write(0, &circle, "one");
    let replica = &mut net.parties[0].replica;
    let key = (circle, DOCUMENT);
    assert_eq!(replica.places(&key).unwrap().unwrap().len(), 1);
    // What the index has of what does not fit into it.
    let at = [circle.as_bytes().as_slice(), DOCUMENT.as_bytes()].concat();
    replica.storage_mut().put(Tree::Documents, &at, Some(&[])).unwrap();
    assert_eq!(replica.places(&key).unwrap(), None, "which is not the same as nowhere");
}

/// What happens in the seeded simulation.
#[derive(Debug, Clone)]
enum Step {
    Write(usize),
    Connect(usize, usize),
    Cut,
    Pass(u64),
    Crash(usize),
    LoseIndex(usize),
}

fn step(nodes: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..nodes).prop_map(Step::Write),
        4 => (0..nodes, 0..nodes).prop_map(|(one, other)| Step::Connect(one, other)),
        2 => Just(Step::Cut),
        4 => (0_u64..90).prop_map(Step::Pass),
        1 => (0..nodes).prop_map(Step::Crash),
        1 => (0..nodes).prop_map(Step::LoseIndex),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_happens_all_come_to_hold_the_same_receipts(
        steps in prop::collection::vec(step(4), 1..25),
    ) {
        let (mut net, circle) = Network::of(4);
        net.write(0, &circle, "first");
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Write(node) => net.write(node, &circle, &format!("field_{number}")),
                Step::Connect(one, other) if one != other => drop(net.connect(one, other)),
                Step::Connect(..) => {}
                Step::Cut => net.disconnect_all(),
                Step::Pass(seconds) => net.pass(Duration::from_secs(seconds)),
                Step::Crash(node) => {
                    let party = &mut net.parties[node];
                    party.replica = restore(party, party.replica.storage().after_power_cut());
                    net.restart(node);
                }
                Step::LoseIndex(node) => {
                    let party = &mut net.parties[node];
                    party.replica = restore(party, party.replica.storage().without_index());
                    net.restart(node);
                }
            }
        }
        // In a line, twice: once for the entries, once for what tells of them.
        for _ in 0..2 {
            net.disconnect_all();
            for node in 1..4 {
                net.connect(node - 1, node);
            }
            net.pass(3 * MINUTE);
        }
        net.sent.clear();
        net.pass(10 * MINUTE);
        prop_assert_eq!(net.sent.len(), 0);
        let marks = net.marks(0, &circle);
        for node in 0..4 {
            prop_assert_eq!(&net.marks(node, &circle), &marks);
            for other in (0..4).filter(|other| *other != node) {
                prop_assert!(net.confirmed(node, &circle, other), "{} of {}", node, other);
            }
        }
    }
}
