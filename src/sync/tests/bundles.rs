//! Bundles lead to the same as sessions, whatever becomes of the files.

mod hostile;
mod kit;
mod whole;

use proptest::prelude::*;

use super::{
    fake::{Fake, device_id, filler, genesis, statement},
    network::Network,
};
use crate::{
    model::id::{CircleId, Lane},
    sync::{
        Replica,
        bundle::{Export, Outcome, plan},
    },
};
use kit::{export, import, import_all, parts_between, recipient};

/// Two members that hold nothing in common but who they are, in two circles.
fn two_members() -> (Fake, Fake, [CircleId; 2]) {
    let mut net = Network::new(2);
    let circles = [net.circle(1, &[0, 1]), net.circle(2, &[0, 1])];
    let mut nodes = net.nodes.into_iter().map(|node| node.replica);
    (nodes.next().unwrap(), nodes.next().unwrap(), circles)
}

fn write(fake: &mut Fake, circle: CircleId, lane: Lane, entries: usize) {
    for entry in 0..entries {
        fake.write(circle, lane, vec![u8::try_from(entry % 250).unwrap(); 400 + entry * 7 % 5_000]);
    }
}

#[test]
fn one_bundle_brings_all() {
    let (mut one, mut two, circles) = two_members();
    for circle in circles {
        Lane::ALL.into_iter().for_each(|lane| write(&mut one, circle, lane, 9));
        one.add(circle, filler(1));
    }
    let parts = export(&one, &[recipient(1)], u64::MAX, false);
    assert_eq!(parts.len(), 1);
    let outcome = import(&mut two, &parts[0]).unwrap();
    assert_eq!(outcome.entries, 2 * 3 * 9);
    assert!(!outcome.waits());
    assert_eq!(one.contents(), two.contents());
    let again = import(&mut two, &parts[0]).unwrap();
    assert!(!again.brought_news() && !again.waits(), "{again:?}");
}

#[test]
fn what_is_urgent_comes_first() {
    let (mut one, mut two, [circle, other]) = two_members();
    for circle in [circle, other] {
        Lane::ALL.into_iter().rev().for_each(|lane| write(&mut one, circle, lane, 2));
    }
    let parts = export(&one, &[recipient(1)], u64::MAX, false);
    import(&mut two, &parts[0]).unwrap();
    let lanes: Vec<Lane> = two.taken.iter().map(|(_, log, _, _)| log.lane).collect();
    assert!(lanes.is_sorted(), "{lanes:?}");
}

#[test]
fn alerts_of_all_circles_are_in_the_first_part_however_many_records_there_are() {
    let (mut one, mut two, circles) = two_members();
    for circle in circles {
        write(&mut one, circle, Lane::Record, 300);
        write(&mut one, circle, Lane::Alert, 3);
    }
    let parts = export(&one, &[recipient(1)], 64 * 1024, false);
    assert!(parts.len() > 10, "{}", parts.len());
    import(&mut two, &parts[0]).unwrap();
    let alerts = two.taken.iter().filter(|(_, log, _, _)| log.lane == Lane::Alert);
    assert_eq!(alerts.map(|(_, _, _, entries)| entries).sum::<usize>(), 2 * 3);
    // And nothing of the others comes before them.
    assert_eq!(two.taken[0].1.lane, Lane::Alert);
}

#[test]
fn a_recipient_gets_the_circles_that_it_is_in_and_no_others() {
    let mut net = Network::new(3);
    let (both, first) = (net.circle(1, &[0, 1, 2]), net.circle(2, &[0, 1]));
    net.write(0, both, Lane::Record, b"for both");
    net.write(0, first, Lane::Record, b"for the first");
    let [one, two, three] = [0, 1, 2].map(|node| net.nodes[node].replica.clone());
    let parts = export(&one, &[recipient(1), recipient(2)], u64::MAX, false);
    assert_eq!(parts.len(), 2, "each circle goes once");
    for (mut to, circles) in [(two, vec![both, first]), (three, vec![both])] {
        let outcomes = import_all(&mut to, &parts.iter().collect::<Vec<_>>());
        assert_eq!(outcomes.len(), circles.len());
        for circle in [both, first] {
            let held: u64 = to.frontier(&circle).iter().map(|log| log.tail.next_seq).sum();
            assert_eq!(held, u64::from(circles.contains(&circle)), "{circle:?}");
        }
    }
}

#[test]
fn who_lost_its_rights_while_files_are_written_gets_no_more() {
    let (mut one, mut two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 300);
    let removed = statement(b'R', two.number);
    let parts = parts_between(&mut one, &[recipient(1)], u64::MAX, |one, item| {
        if item == 4 {
            one.add(circle, removed.clone());
        }
    });
    import(&mut two, &parts[0]).unwrap();
    let held: u64 = two.frontier(&circle).iter().map(|log| log.tail.next_seq).sum();
    assert!(0 < held && held < 300, "{held}");
}

#[test]
fn where_the_rights_of_one_end_the_others_are_told_that_it_is_not_complete() {
    let mut net = Network::new(3);
    let circle = net.circle(1, &[0, 1, 2]);
    let mut one = net.nodes[0].replica.clone();
    write(&mut one, circle, Lane::Record, 300);
    let wanted = [(circle, [recipient(1), recipient(2)].into())];
    let series = plan(&one, &wanted).remove(0);
    let mut export = Export::new(&one, &series, u64::MAX, false, &[]);
    let run = std::iter::from_fn(|| export.next(&one)).find(|item| item.entries() > 0);
    assert!(run.is_some() && export.ended().is_empty());
    one.add(circle, statement(b'R', 3));
    assert_eq!(export.next(&one), None, "not one item more");
    assert_eq!(export.ended(), &[circle].into());
}

#[test]
fn dropboxes_among_the_recipients_keep_nothing_from_the_others() {
    // 0 and 1 read; 2 and 3 are dropboxes. Whoever makes the bundle, all that may be given is.
    let mut net = Network::new(4);
    let circle = net.circle(1, &[0, 1, 2, 3]);
    let dropboxes = || [2, 3].map(|number| recipient(number).device).into();
    let mut office = net.nodes[0].replica.clone();
    office.dropboxes = dropboxes();
    write(&mut office, circle, Lane::Record, 7);
    write(&mut office, circle, Lane::Control, 2);
    let to = [1, 2, 3].map(recipient);
    let parts = export(&office, &to, u64::MAX, false);
    let entries = |number: usize, parts: &[Vec<u8>]| {
        let mut taker = net.nodes[number].replica.clone();
        taker.dropboxes = dropboxes();
        parts
            .iter()
            .filter_map(|part| import(&mut taker, part).ok())
            .map(|it| it.entries)
            .sum::<u64>()
    };
    assert_eq!(entries(1, &parts), 9, "who reads gets all");
    assert_eq!((entries(2, &parts), entries(3, &parts)), (2, 2), "the others what is for them");

    let mut dropbox = net.nodes[2].replica.clone();
    dropbox.dropboxes = dropboxes();
    write(&mut dropbox, circle, Lane::Record, 5);
    let parts = export(&dropbox, &[0, 1, 3].map(recipient), u64::MAX, false);
    assert_eq!((entries(0, &parts), entries(1, &parts)), (5, 5), "its deposits are on the stick");
    assert_eq!(entries(3, &parts), 0);
}

#[test]
fn who_was_admitted_behind_our_back_brings_all_in_one_bundle() {
    let (mut one, _two, [circle, _]) = two_members();
    one.shows_credentials = true;
    // Many more than of a stranger.
    for number in 0..200 {
        one.add(circle, filler(number));
    }
    write(&mut one, circle, Lane::Record, 5);
    let mut two = Fake::new(2);
    two.add(circle, genesis(1));
    two.add(circle, statement(b'M', 2));
    let parts = export(&one, &[recipient(1)], u64::MAX, false);
    let outcome = import(&mut two, &parts[0]).unwrap();
    assert_eq!(outcome.entries, 5, "{outcome:?}");
    assert_eq!(two.statement_ids(&circle), one.statement_ids(&circle));
}

#[test]
fn who_is_suspended_gets_statements_alone() {
    let (mut one, mut two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 3);
    one.add(circle, statement(b'S', two.number));
    one.add(circle, filler(7));
    for part in export(&one, &[recipient(1)], u64::MAX, false) {
        import(&mut two, &part).unwrap();
    }
    assert_eq!(two.statement_ids(&circle), one.statement_ids(&circle));
    assert!(two.frontier(&circle).is_empty());
}

#[test]
fn a_fork_travels_as_its_proof() {
    let (mut one, mut two, [circle, _]) = two_members();
    let mut twin = two.clone();
    let log = twin.write(circle, Lane::Record, b"this".to_vec());
    two.write(circle, Lane::Record, b"that".to_vec());
    let parts = export(&twin, &[recipient(0)], u64::MAX, false);
    import(&mut one, &parts[0]).unwrap();
    let parts = export(&one, &[recipient(1)], u64::MAX, false);
    let outcome = import(&mut two, &parts[0]).unwrap();
    assert_eq!(outcome.forks, 1);
    assert!(two.fork_proof(&circle, &log).is_some());
    let mut three = one.clone();
    three.circles.get_mut(&circle).unwrap().forget_logs();
    let parts = export(&two, &[recipient(0)], u64::MAX, false);
    assert_eq!(import(&mut three, &parts[0]).unwrap().forks, 1, "as a proof alone");
}

#[test]
fn what_both_acknowledged_is_left_out() {
    let (mut one, mut two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 40);
    let whole = export(&one, &[recipient(1)], u64::MAX, true);
    assert!(!import(&mut two, &whole[0]).unwrap().waits());
    one.acknowledged.insert((circle, device_id(two.number)), two.frontier(&circle));
    write(&mut one, circle, Lane::Record, 2);
    let rest = export(&one, &[recipient(1)], u64::MAX, true);
    assert!(rest[0].len() * 4 < whole[0].len(), "{} of {}", rest[0].len(), whole[0].len());
    assert_eq!(import(&mut two, &rest[0]).unwrap().entries, 2);
    assert_eq!(one.contents(), two.contents());
}

#[test]
fn however_many_receipts_there_are_the_recipient_can_read_the_bundle() {
    let (mut one, mut two, [circle, _]) = two_members();
    one.receipts = (0..600_u32).map(|n| n.to_le_bytes().repeat(4_000)).collect();
    write(&mut one, circle, Lane::Record, 2);
    let parts = export(&one, &[recipient(1)], u64::MAX, false);
    assert_eq!(import(&mut two, &parts[0]).unwrap().entries, 2);
    assert_eq!(two.receipts.len(), 2 * 600, "of each of both circles");
}

#[test]
fn entries_that_cannot_be_read_are_counted() {
    let (mut one, _two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 9);
    one.unreadable = true;
    let wanted = [(circle, [recipient(1)].into())];
    let series = plan(&one, &wanted);
    let mut export = Export::new(&one, &series[0], u64::MAX, false, &[]);
    while export.next(&one).is_some() {}
    assert_eq!(export.unread(), 9);
}

#[test]
fn parts_keep_to_their_size() {
    let (mut one, _two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 400);
    for size in [64 * 1024, 100_000, 300_000] {
        let parts = export(&one, &[recipient(1)], size, false);
        assert!(parts.len() > 2, "{}", parts.len());
        assert!(parts.iter().all(|part| part.len() as u64 <= size));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any split, in any order, with any repetitions: the same state as a session makes.
    #[test]
    fn parts_in_any_order_lead_to_what_a_session_leads_to(
        writes in prop::collection::vec(
            (0..2_usize, prop::sample::select(Lane::ALL.to_vec()), 1..9_000_usize), 0..60),
        statements in prop::collection::vec((0..2_usize, any::<u32>()), 0..6),
        size in prop::sample::select(vec![65_536, 90_000, u64::MAX]),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        alone in any::<bool>(),
    ) {
        let mut net = Network::new(2);
        let circles = [net.circle(1, &[0, 1]), net.circle(2, &[0, 1])];
        for (circle, lane, bytes) in writes {
            net.write(0, circles[circle], lane, &vec![7; bytes]);
        }
        for (circle, number) in statements {
            net.state(0, circles[circle], filler(number));
        }
        let one = net.nodes[0].replica.clone();
        let mut two = net.nodes[1].replica.clone();
        let parts = export(&one, &[recipient(1)], size, false);
        // Some in any order, some of them several times; then all, the last first.
        let picked = order.iter().map(|at| at.get(&parts)).collect::<Vec<_>>();
        if alone {
            // One import after the other: what waits comes again.
            picked.iter().for_each(|part| drop(import(&mut two, part).unwrap()));
        }
        let all: Vec<&Vec<u8>> = picked.into_iter().chain(parts.iter().rev()).collect();
        let outcomes = import_all(&mut two, &all);
        prop_assert!(!outcomes.iter().any(Outcome::waits));
        net.connect(0, 1);
        net.settle();
        prop_assert_eq!(two.contents(), net.nodes[1].replica.contents());
        prop_assert_eq!(two.contents(), one.contents());
    }
}
