//! Replayed, forged and false receipts, and those of who is out.

use std::time::Duration;

use super::{MINUTE, network::Network};
use crate::{
    log::{Claim, Receipt, ShortHash, SignedReceipt, circle_tag},
    model::id::{CircleId, DeviceId, EntryHash, Lane, LogId},
    replica::tests::kit::{Party, give_all, give_statements, restore},
    sync::{Reason, ReceiptOutcome, Replica as _, RunOutcome, Violation},
    wire::sync::{Receipts, frame::Message},
};

/// What a device says that says what it likes.
fn says(party: &Party, circle: &CircleId, counter: u64, claims: Vec<Claim>) -> Vec<u8> {
    let identity = party.replica.identity();
    let receipt = Receipt {
        circle: circle_tag(circle),
        device: identity.keys.device(),
        incarnation: identity.incarnation,
        counter,
        partial: false,
        claims,
    };
    SignedReceipt::sign(&identity.keys.signing, receipt).encode()
}

fn claim(log: LogId, next_seq: u64, hash: u8) -> Claim {
    Claim { log, next_seq, last: ShortHash([hash; 16]), forked: false }
}

#[test]
fn an_older_receipt_does_not_come_back() {
    let (mut net, circle) = Network::of(2);
    let [a, b] = &mut net.parties[..] else { panic!() };
    let old = says(b, &circle, 5, Vec::new());
    let new = says(b, &circle, 6, vec![claim(b.log(Lane::Record), 1, 1)]);
    assert!(matches!(a.replica.accept_receipt(&circle, &new), ReceiptOutcome::Accepted(_)));
    assert_eq!(a.replica.accept_receipt(&circle, &old), ReceiptOutcome::Known);
    assert_eq!(a.replica.accept_receipt(&circle, &new), ReceiptOutcome::Known);
    let device = b.replica.own_device();
    assert_eq!(a.replica.word_of(&circle, &device).unwrap().counter, 6);
}

#[test]
fn of_two_with_one_counter_all_keep_the_same() {
    let (mut net, circle) = Network::of(3);
    let [a, b, c] = &mut net.parties[..] else { panic!() };
    let one = says(b, &circle, 5, Vec::new());
    let two = says(b, &circle, 5, vec![claim(b.log(Lane::Record), 1, 1)]);
    for receipt in [&one, &two] {
        a.replica.accept_receipt(&circle, receipt);
    }
    for receipt in [&two, &one] {
        c.replica.accept_receipt(&circle, receipt);
    }
    assert_eq!(a.replica.receipt_marks(&circle), c.replica.receipt_marks(&circle));
}

#[test]
fn who_brings_a_forged_one_is_shown_the_door() {
    let (mut net, circle) = Network::of(3);
    let link = net.connect(0, 1);
    net.settle();
    let forged = {
        // B signs in C's name.
        let device = net.parties[2].replica.own_device();
        let receipt = Receipt {
            circle: circle_tag(&circle),
            device,
            incarnation: net.parties[2].replica.identity().incarnation,
            counter: 9,
            partial: false,
            claims: Vec::new(),
        };
        let key = &net.parties[1].replica.identity().keys.signing;
        SignedReceipt::sign(key, receipt).encode()
    };
    let tag = net.tag(link, 1, &circle);
    let (request, last) = (0, true);
    let message = Receipts { circle: tag, request, receipts: vec![forged], last };
    net.inject(link, 0, Message::Receipts(message));
    net.settle();
    assert_eq!(net.closed, [(0, Reason::Violation(Violation::Receipt))]);
    assert_eq!(net.marks(0, &circle).len(), 0);
}

#[test]
fn a_receipt_of_another_circle_is_a_forgery() {
    let (mut net, circle) = Network::of(2);
    let other = net.circle(7);
    let [a, b] = &mut net.parties[..] else { panic!() };
    let elsewhere = says(b, &other, 5, Vec::new());
    assert_eq!(a.replica.accept_receipt(&circle, &elsewhere), ReceiptOutcome::Invalid);
}

#[test]
fn who_is_removed_is_neither_heard_nor_quoted() {
    let (mut net, circle) = Network::of(3);
    let before = says(&net.parties[1], &circle, 5, Vec::new());
    net.parties[0].replica.accept_receipt(&circle, &before);
    assert_eq!(net.marks(0, &circle).len(), 1);
    let (org, device) = (net.parties[1].org(), net.parties[1].replica.own_device());
    net.parties[0].remove(&circle, org);
    assert_eq!(net.marks(0, &circle).len(), 0);
    let a = &mut net.parties[0].replica;
    assert_eq!(a.receipt(&circle, &device), None);
    assert!(a.word_of(&circle, &device).is_none());
    assert_eq!(a.acknowledged(&circle, &device), None);
    let later = says(&net.parties[1], &circle, 6, Vec::new());
    let a = &mut net.parties[0].replica;
    assert_eq!(a.accept_receipt(&circle, &later), ReceiptOutcome::NotKept);
}

#[test]
fn invented_writers_and_last_counters_are_not_taken() {
    let (mut net, circle) = Network::of(2);
    let [a, b] = &mut net.parties[..] else { panic!() };
    let invented = |count: u8| -> Vec<Claim> {
        let log = |n: u8| LogId { device: DeviceId::new([n; 32]), ..b.log(Lane::Record) };
        (1..=count).map(|n| claim(log(n), 9, 1)).collect()
    };
    let many = says(b, &circle, 1, invented(65));
    assert_eq!(a.replica.accept_receipt(&circle, &many), ReceiptOutcome::NotKept);
    let last = says(b, &circle, u64::MAX, Vec::new());
    assert_eq!(a.replica.accept_receipt(&circle, &last), ReceiptOutcome::NotKept);
    let few = says(b, &circle, 1, invented(64));
    assert!(matches!(a.replica.accept_receipt(&circle, &few), ReceiptOutcome::Accepted(_)));
}

#[test]
fn who_signs_all_the_time_is_passed_on_now_and_then() {
    let (mut net, circle) = Network::of(3);
    net.connect(0, 1);
    net.connect(0, 2);
    net.pass(MINUTE);
    let before = net.sent.len();
    for counter in 100..160 {
        let word = says(&net.parties[1], &circle, counter, Vec::new());
        net.parties[0].replica.accept_receipts(&circle, &[word]);
        net.tell(0);
        net.pass(Duration::from_secs(1));
    }
    let given = net.sent[before..].iter().filter(|it| it.from == 0 && it.number == 22).count();
    assert!((1..=30).contains(&given), "{given} in a minute");
    net.pass(MINUTE);
    assert_eq!(net.counter(2, &circle, 1), 159);
}

#[test]
fn a_stranger_is_not_heard() {
    let (mut net, circle) = Network::of(2);
    let stranger = Party::new(99);
    let word = says(&stranger, &circle, 1, Vec::new());
    let a = &mut net.parties[0].replica;
    assert_eq!(a.accept_receipt(&circle, &word), ReceiptOutcome::NotKept);
}

#[test]
fn another_entry_than_ours_confirms_nothing_and_is_told() {
    let (mut net, circle) = Network::of(2);
    net.write(0, &circle, "one");
    let log = net.parties[0].log(Lane::Record);
    let [a, b] = &mut net.parties[..] else { panic!() };
    let lie = says(b, &circle, 1, vec![claim(log, 1, 0xee)]);
    a.replica.accept_receipt(&circle, &lie);
    let device = b.replica.own_device();
    let word = a.replica.word_of(&circle, &device).unwrap();
    assert_eq!(a.replica.confirmed(&circle, &word, &log), 0);
    let doubts = a.replica.doubts(&circle, &word);
    assert_eq!(doubts.len(), 1);
    assert_eq!((doubts[0].device, doubts[0].place.log, doubts[0].place.seq), (device, log, 0));
    assert_eq!(a.replica.acknowledged(&circle, &device), Some(Vec::new()));
}

#[test]
fn what_is_claimed_beyond_ours_is_taken_as_far_as_ours() {
    let (mut net, circle) = Network::of(2);
    net.write(0, &circle, "one");
    let log = net.parties[0].log(Lane::Record);
    let [a, b] = &mut net.parties[..] else { panic!() };
    let bold = says(b, &circle, 1, vec![claim(log, 1_000, 0xee)]);
    a.replica.accept_receipt(&circle, &bold);
    let device = b.replica.own_device();
    // One entry is held: it is given once more.
    assert_eq!(a.replica.acknowledged(&circle, &device), Some(Vec::new()));
    a.write(&circle, "two", "x");
    let [acknowledged] = a.replica.acknowledged(&circle, &device).unwrap()[..] else { panic!() };
    assert_eq!((acknowledged.log, acknowledged.tail.next_seq), (log, 1));
    assert!(a.replica.doubts(&circle, &a.replica.word_of(&circle, &device).unwrap()).is_empty());
}

#[test]
fn a_true_receipt_is_what_a_bundle_can_leave_out() {
    let (mut net, circle) = Network::of(2);
    net.write(0, &circle, "one");
    let [a, b] = &mut net.parties[..] else { panic!() };
    give_all(a, b, &circle);
    b.replica.issue_receipt(&circle).unwrap();
    assert_eq!(a.replica.accept_receipts(&circle, &b.replica.receipts_for(&circle)).added, 1);
    assert_eq!(a.replica.accept_receipts(&circle, &b.replica.receipts_for(&circle)).added, 0);
    assert!(a.replica.take_outbox().receipts.contains(&circle));
    let device = b.replica.own_device();
    assert_eq!(a.replica.acknowledged(&circle, &device), Some(a.replica.frontier(&circle)));
}

#[test]
fn nothing_is_told_to_who_may_have_no_entries() {
    let (mut net, circle) = Network::of(3);
    net.write(0, &circle, "one");
    let org = net.parties[2].org();
    net.parties[0].remove(&circle, org);
    net.parties[0].replica.take_outbox();
    let (first, others) = net.parties.split_at_mut(1);
    give_statements(&first[0], &mut others[0], &circle);
    net.connect(0, 2);
    net.pass(MINUTE);
    let from = |number: u64| {
        net.sent.iter().filter(|frame| frame.from == 0 && frame.number == number).count()
    };
    assert!(from(1) > 0 && net.sent.iter().any(|frame| frame.from == 2), "a session was open");
    assert_eq!(net.frames_of(20) + net.frames_of(21) + net.frames_of(22), 0);
    // What the receipt tells of is there: a member gets it.
    net.connect(0, 1);
    net.pass(MINUTE);
    assert!(net.frames_of(22) > 0);
}

#[test]
fn of_a_forked_log_nobody_confirms_what_cannot_be_compared() {
    let (mut net, circle) = Network::of(3);
    net.write(0, &circle, "one");
    let log = net.parties[0].log(Lane::Record);
    let [a, b, c] = &mut net.parties[..] else { panic!() };
    // The first writes two lines; the second holds both, the third one of them, and longer.
    let twin = restore(a, a.replica.storage().after_power_cut());
    give_all(a, b, &circle);
    a.write(&circle, "this", "x");
    give_all(a, b, &circle);
    a.replica = twin;
    for n in 0..3 {
        a.write(&circle, &format!("that_{n}"), "x");
    }
    give_all(a, c, &circle);
    let run = a.replica.read_run(&circle, &log, 1, usize::MAX).unwrap();
    assert_eq!(b.replica.accept_run(&circle, &log, run), RunOutcome::Forked);
    let held = c.replica.position(&circle, &log).tail.next_seq;
    let last = ShortHash::of(&c.replica.position(&circle, &log).tail.hash);
    let honest = says(c, &circle, 1, vec![Claim { log, next_seq: held, last, forked: false }]);
    b.replica.accept_receipt(&circle, &honest);
    let word = b.replica.word_of(&circle, &c.replica.own_device()).unwrap();
    assert_eq!(b.replica.confirmed(&circle, &word, &log), 0);
}

#[test]
fn receipts_of_a_bundle_are_taken_up_to_the_first_forged_one() {
    let (mut net, circle) = Network::of(3);
    let [a, b, c] = &mut net.parties[..] else { panic!() };
    let good = says(b, &circle, 5, Vec::new());
    let mut forged = says(c, &circle, 5, Vec::new());
    *forged.last_mut().unwrap() ^= 1;
    let after = says(c, &circle, 6, Vec::new());
    let taken = a.replica.accept_receipts(&circle, &[good, forged, after]);
    assert_eq!((taken.added, taken.invalid), (1, true));
    assert_eq!(net.counter(0, &circle, 2), 0);
}

#[test]
fn hashes_are_cut_in_the_same_way_everywhere() {
    let hash = EntryHash::new([5; 32]);
    assert!(claim(net_log(), 1, 5).names(&hash) && !claim(net_log(), 1, 6).names(&hash));
}

fn net_log() -> LogId {
    Party::new(1).log(Lane::Record)
}
