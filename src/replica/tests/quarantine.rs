//! What no longer counts, in whatever order things come.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{
    membership::{Change, CutOffs},
    model::id::{CircleId, Incarnation, Lane},
    replica::{
        WriteError,
        tests::kit::{DOCUMENT, Party, give_all, give_log, give_statements, names},
    },
    sync::Replica as _,
};

/// Four organisations; c is removed at a place that leaves out its last two entries. On the first
/// of them b built, before it knew.
fn story() -> ([Party; 3], CircleId) {
    let [mut a, mut b, mut c] = [1, 2, 3].map(Party::new);
    let circle = a.found(&[&b, &c, &Party::new(4)], |_genesis| {});
    give_statements(&a, &mut b, &circle);
    give_statements(&a, &mut c, &circle);
    a.write(&circle, "first", "x");
    give_all(&a, &mut c, &circle);
    c.write(&circle, "counts", "x");
    give_all(&c, &mut a, &circle);
    c.write(&circle, "built_on", "x");
    give_all(&c, &mut b, &circle);
    b.write(&circle, "honest", "x");
    c.write(&circle, "late", "x");
    a.remove(&circle, c.org());
    a.write(&circle, "after", "x");
    ([a, b, c], circle)
}

#[test]
fn a_late_cut_off_takes_out_what_nobody_honest_built_on() {
    let ([a, b, c], circle) = story();
    let mut reader = Party::new(4);
    give_statements(&b, &mut reader, &circle);
    for party in [&c, &b] {
        for log in [Lane::Control, Lane::Record].map(|lane| party.log(lane)) {
            give_log(party, &mut reader, &circle, &log);
        }
    }
    give_log(&a, &mut reader, &circle, &a.log(Lane::Control));
    give_log(&a, &mut reader, &circle, &a.log(Lane::Record));
    let all = names(["first", "counts", "built_on", "honest", "late"]);
    assert!(reader.paths(&circle).is_superset(&all));
    give_all(&a, &mut reader, &circle);
    let rest = names(["first", "counts", "built_on", "honest", "after"]);
    assert_eq!(reader.paths(&circle), rest);
    assert_eq!(reader.replica.counts_of(&circle).quarantined, 2);
    let authors = reader.replica.authors(&(circle, DOCUMENT)).unwrap();
    assert_eq!(authors, [&a, &b, &c].map(|party| party.replica.own_device()).into());
}

#[test]
fn what_is_admitted_again_comes_back() {
    let ([mut a, mut b, c], circle) = story();
    give_all(&a, &mut b, &circle);
    give_all(&c, &mut b, &circle);
    give_log(&c, &mut a, &circle, &c.log(Lane::Record));
    assert!(!a.paths(&circle).contains("late"));
    let log = c.log(Lane::Record);
    let held = a.replica.position(&circle, &log).tail;
    let up_to = crate::membership::CutOff { count: held.next_seq, last: held.hash };
    a.decide(&circle, Change::ReadmitEntries { log, up_to });
    give_all(&a, &mut b, &circle);
    assert!(a.paths(&circle).contains("late") && b.paths(&circle).contains("late"));
}

#[test]
fn who_is_taken_back_in_writes_in_a_new_life() {
    let ([mut a, mut b, mut c], circle) = story();
    let lifts: BTreeSet<_> = [a.membership(&circle).tip()].into();
    a.decide(&circle, Change::ReadmitOrg { org: c.org(), lifts });
    a.replica.tend(&circle, &mut a.rng).unwrap();
    give_all(&a, &mut c, &circle);
    assert!(c.replica.is_cut_off(&circle));
    assert!(matches!(c.try_write(&circle, "again", "x"), Err(WriteError::CutOff)));
    c.replica.set_incarnation(Incarnation::new([33; 16]));
    c.write(&circle, "again", "x");
    give_all(&c, &mut a, &circle);
    give_all(&a, &mut b, &circle);
    give_all(&b, &mut a, &circle);
    assert!(a.paths(&circle).contains("again"));
    assert_eq!(a.fields(&circle), b.fields(&circle));
}

#[test]
fn removal_from_a_coalition_suspends_in_its_circles() {
    let [mut a, mut b, mut c] = [1, 2, 3].map(Party::new);
    let coalition = a.found(&[&b, &c], |_genesis| {});
    let child = a.found(&[&b, &c], |genesis| genesis.parent = Some(coalition));
    for circle in [coalition, child] {
        give_statements(&a, &mut b, &circle);
        give_statements(&a, &mut c, &circle);
    }
    a.write(&child, "before", "x");
    give_all(&a, &mut c, &child);
    a.remove(&coalition, c.org());
    let device = c.replica.own_device();
    assert!(a.membership(&child).may_read(&device), "the child has not decided");
    assert!(!a.replica.serves(&child, &device));
    assert!(!a.replica.readers(&child).contains(&device));
    a.write(&child, "after", "x");
    give_all(&a, &mut c, &child);
    assert_eq!(c.paths(&child), names(["before"]));
    give_statements(&a, &mut c, &coalition);
    assert!(matches!(c.try_write(&child, "mine", "x"), Err(WriteError::NotEntitled)));
    give_statements(&a, &mut b, &coalition);
    give_all(&a, &mut b, &child);
    assert_eq!(b.paths(&child), names(["before", "after"]));
}

#[test]
fn a_removal_without_cut_offs_leaves_nothing() {
    let [mut a, mut b] = [1, 2].map(Party::new);
    let circle = a.found(&[&b], |_genesis| {});
    give_statements(&a, &mut b, &circle);
    b.write(&circle, "theirs", "x");
    give_all(&b, &mut a, &circle);
    a.decide(&circle, Change::RemoveOrg { org: b.org(), cut_offs: CutOffs::new() });
    assert!(a.replica.document(&(circle, DOCUMENT)).unwrap().is_none());
}

/// One thing that comes to a reader: a statement, or an entry of a log.
#[derive(Debug, Clone, Copy)]
enum Piece {
    Statement(usize),
    Entries(usize, Lane),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_order_gives_the_same(order in proptest::collection::vec((0_usize..64, 0_usize..64), 40)) {
        let ([mut a, b, c], circle) = story();
        let mut reader = Party::new(4);
        reader.replica.take_up(circle);
        let statements: Vec<Vec<u8>> =
            a.replica.statements(&circle).map(|it| it.encode()).collect();
        let mut pieces: Vec<Piece> = (0..statements.len()).map(Piece::Statement).collect();
        for _ in 0..6 {
            for party in 0..3 {
                pieces.extend([Lane::Control, Lane::Record].map(|it| Piece::Entries(party, it)));
            }
        }
        for (one, other) in order {
            let (one, other) = (one % pieces.len(), other % pieces.len());
            pieces.swap(one, other);
        }
        let parties = [&a, &b, &c];
        // Twice: what came before its writer was known is not taken the first time.
        for piece in pieces.iter().chain(&pieces) {
            match piece {
                Piece::Statement(place) => {
                    reader.replica.keep_statements(&circle, vec![statements[*place].clone()]);
                }
                Piece::Entries(party, lane) => {
                    let log = parties[*party].log(*lane);
                    let next = reader.replica.position(&circle, &log).tail.next_seq;
                    let run = parties[*party].replica.read_run(&circle, &log, next, 0);
                    if let Some(run) = run {
                        reader.replica.accept_run(&circle, &log, run);
                    }
                }
            }
            if matches!(piece, Piece::Entries(_, Lane::Record)) {
                reader.replica.open_inbox();
            }
        }
        reader.replica.open_inbox();
        give_log(&b, &mut a, &circle, &b.log(Lane::Control));
        give_log(&b, &mut a, &circle, &b.log(Lane::Record));
        give_log(&c, &mut a, &circle, &c.log(Lane::Record));
        prop_assert_eq!(reader.replica.frontier(&circle), a.replica.frontier(&circle));
        prop_assert_eq!(reader.fields(&circle), a.fields(&circle));
        prop_assert_eq!(reader.paths(&circle), names(["first", "counts", "built_on", "honest", "after"]));
    }
}
