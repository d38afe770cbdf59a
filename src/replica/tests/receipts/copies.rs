//! Homes that were set back, restored or copied.

use super::{MINUTE, network::Network};
use crate::{model::id::Incarnation, replica::tests::kit::restore, sync::Replica as _};

/// A network in which the first has lost what it wrote and signed last.
fn set_back() -> (Network, crate::model::id::CircleId, u64) {
    let (mut net, circle) = Network::of(2);
    net.write(0, &circle, "one");
    let link = net.connect(0, 1);
    net.pass(MINUTE);
    let snapshot = net.parties[0].replica.storage().after_power_cut();
    for n in 0..3 {
        net.write(1, &circle, &format!("two_{n}"));
        net.pass(MINUTE);
    }
    net.disconnect(link);
    let counter = net.counter(1, &circle, 0);
    net.parties[0].replica = restore(&net.parties[0], snapshot);
    net.restart(0);
    (net, circle, counter)
}

#[test]
fn a_home_that_was_set_back_goes_on_above_what_it_has_said() {
    let (mut net, circle, counter) = set_back();
    assert!(net.counter(0, &circle, 0) <= counter);
    net.connect(0, 1);
    net.pass(2 * MINUTE);
    assert!(net.counter(1, &circle, 0) > counter);
    assert_eq!(net.marks(0, &circle), net.marks(1, &circle));
    assert!(net.confirmed(1, &circle, 0));
}

#[test]
fn a_new_life_skips_what_it_cannot_know_of() {
    let (mut net, circle, counter) = set_back();
    net.parties[0].replica.set_incarnation(Incarnation::new([77; 16]));
    let mark = net.parties[0].replica.issue_receipt(&circle).unwrap();
    assert!(mark.counter > counter, "{} after {counter}", mark.counter);
    let device = mark.device;
    net.connect(0, 1);
    net.pass(2 * MINUTE);
    let word = net.parties[1].replica.word_of(&circle, &device).unwrap();
    assert_eq!(word.incarnation, Incarnation::new([77; 16]));
}

#[test]
fn two_copies_of_a_home_do_not_outbid_each_other_for_ever() {
    let (mut net, circle) = Network::of(2);
    net.write(0, &circle, "one");
    let link = net.connect(0, 1);
    net.pass(MINUTE);
    net.disconnect(link);
    // The copy says something else with the same key all the time.
    let mut copy = restore(&net.parties[0], net.parties[0].replica.storage().after_power_cut());
    net.connect(0, 1);
    net.pass(MINUTE);
    let before = net.counter(1, &circle, 0);
    for n in 0..20 {
        copy.set_incarnation(Incarnation::new([100 + n; 16]));
        copy.accept_receipts(&circle, &net.parties[1].replica.receipts_for(&circle));
        copy.issue_receipt(&circle);
        let receipts = copy.receipts_for(&circle);
        net.parties[1].replica.accept_receipts(&circle, &receipts);
        net.tell(1);
        net.pass(MINUTE);
    }
    let after = net.counter(1, &circle, 0);
    net.sent.clear();
    net.pass(60 * MINUTE);
    assert_eq!(net.sent.len(), 0);
    assert!(after > before);
}

#[test]
fn counters_are_put_aside_in_blocks() {
    let (mut net, circle) = Network::of(2);
    let before = net.parties[0].replica.storage().records().count();
    for n in 0..300 {
        net.parties[0].write(&circle, &format!("field_{n}"), "x");
        net.parties[0].replica.issue_receipt(&circle).unwrap();
    }
    let entries: u64 = net.parties[0].replica.lengths(&circle).values().sum();
    let records = net.parties[0].replica.storage().records().count() - before;
    let for_receipts = records as u64 - entries;
    assert_eq!(for_receipts, 2);
    let last = net.counter(0, &circle, 0);
    assert_eq!(last, 300);
}
