use automerge::{Change, ExpandedChange};
use proptest::prelude::*;

use super::*;
use crate::doc::{
    preflight,
    tests::{actor, begun, document, path, set},
};
use crate::model::registry::Value;

/// The change, forged and with a valid checksum.
fn forge(change: &CheckedChange, twist: impl FnOnce(&mut ExpandedChange)) -> CheckedChange {
    let mut expanded = change.parsed().unwrap().decode();
    twist(&mut expanded);
    preflight(Change::from(expanded).raw_bytes(), &change.actor()).unwrap()
}

fn reasons(applied: &Applied) -> Vec<QuarantineReason> {
    applied.quarantined.iter().map(|quarantined| quarantined.reason).collect()
}

#[test]
fn what_builds_on_missing_changes_waits_and_says_for_what() {
    let (mut a, first) = begun();
    let second = set(&mut a, 1, "title", "Dos");
    let third = set(&mut a, 1, "title", "Tres");
    let mut b = document();
    let outcome = b.apply(&[third.clone(), second.clone()]);
    assert_eq!((outcome.applied, outcome.missing), (vec![], vec![first.id()]));
    let outcome = b.apply(std::slice::from_ref(&first));
    assert_eq!(outcome.applied, [first.id(), second.id(), third.id()]);
    assert_eq!(b.record(), a.record());
    // Again changes nothing.
    assert_eq!(b.apply(&[first, second, third]), Applied::default());
}

#[test]
fn two_changes_with_one_number_are_equivocation_and_the_first_stays() {
    let (_, first) = begun();
    let mut twin = document();
    let other = set(&mut twin, 1, "title", "Otra");
    let mut document = document();
    let outcome = document.apply(&[first.clone(), other.clone()]);
    assert_eq!(outcome.applied, [first.id()]);
    assert_eq!(reasons(&outcome), [QuarantineReason::Equivocation]);
    assert_eq!(outcome.quarantined[0].actor, actor(1));
    // Also when the first still waits.
    let (mut a, first) = begun();
    let second = set(&mut a, 1, "title", "Dos");
    let mut waiting = crate::doc::tests::document();
    waiting.apply(std::slice::from_ref(&second));
    let twin = forge(&second, |change| change.deps.clear());
    assert_eq!(reasons(&waiting.apply(&[twin])), [QuarantineReason::Equivocation]);
    assert_eq!(waiting.apply(&[first]).applied.len(), 2);
}

#[test]
fn forged_numbers_are_refused() {
    let (mut a, first) = begun();
    let mut b = a.clone();
    let second = set(&mut a, 1, "title", "Dos");
    for start in [1_u64, 2, 4, 1_000_000] {
        let mut b = b.clone();
        let forged = forge(&second, |change| {
            change.start_op = start.try_into().unwrap();
            change.operations.iter_mut().for_each(|op| op.pred = vec![].into());
        });
        let fits = start == second.start_op;
        assert_eq!(b.apply(&[forged]).applied.is_empty(), !fits, "{start}");
    }
    let forged = forge(&second, |change| change.seq = 7);
    assert_eq!(reasons(&b.apply(&[forged])), [QuarantineReason::Sequence]);
    assert_eq!(b.heads(), [first.id()]);
}

#[test]
fn the_offender_of_a_batch_is_named_and_the_others_are_taken() {
    let (mut a, first) = begun();
    let mut forged = None;
    let mut batch = vec![first];
    for n in 0..6 {
        let change = set(&mut a, 1, &format!("victims/{n}/pseudonym"), "V");
        batch.push(change);
    }
    // Another author edits a text that is not there.
    let mut c = a.clone();
    set(&mut c, 9, "summary", "Uno.");
    let edited = set(&mut c, 9, "summary", "Uno dos.");
    let orphan = forge(&edited, |change| {
        change.seq = 1;
        change.deps = a.heads().iter().map(|head| head.to_automerge()).collect();
        change.start_op = (batch.last().unwrap().max_op + 1).try_into().unwrap();
        for operation in &mut change.operations {
            if let automerge::legacy::ObjectId::Id(id) = &mut operation.obj {
                *id = automerge::legacy::OpId::new(1, &actor(1).to_automerge());
            }
            if let automerge::legacy::Key::Seq(key) = &mut operation.key {
                *key = automerge::legacy::ElementId::Head;
            }
        }
        change.operations.retain(|operation| operation.insert);
        change.operations.truncate(1);
    });
    forged.replace(orphan.id());
    batch.insert(3, orphan);
    let mut b = document();
    let outcome = b.apply(&batch);
    assert_eq!(b.record(), a.record());
    assert_eq!(outcome.applied.len(), 7);
    let [named] = outcome.quarantined.as_slice() else { panic!("{outcome:?}") };
    assert_eq!((Some(named.change), named.actor), (forged, actor(9)));
    assert_eq!(named.reason, QuarantineReason::DoesNotApply);
}

/// A member names, as what it replaces, the operation of somebody whose change it does not build
/// on. Some nodes have that change and some do not have it yet: all must refuse.
#[test]
fn what_a_change_names_it_builds_on_whatever_came_first() {
    let (mut a, first) = begun();
    let mut b = a.clone();
    let theirs = set(&mut a, 2, "title", "Dos");
    let before = set(&mut b, 3, "title", "Tres");
    let honest = set(&mut b, 3, "title", "Cuatro");
    let forged = forge(&honest, |change| {
        for operation in &mut change.operations {
            let rival = automerge::legacy::OpId::new(theirs.max_op, &actor(2).to_automerge());
            let mut preds: Vec<_> = operation.pred.iter().cloned().chain([rival]).collect();
            preds.sort_by_key(automerge::legacy::OpId::counter);
            operation.pred = preds.into();
        }
    });
    let mut shown = Vec::new();
    for order in [[&first, &before, &theirs, &forged], [&first, &before, &forged, &theirs]] {
        let mut document = document();
        for change in order {
            document.apply(std::slice::from_ref(change));
        }
        shown.push((document.heads(), document.record(), document.quarantined().clone()));
    }
    assert_eq!(shown[0], shown[1]);
}

/// A number that a refused change took stays taken, whether the document was saved meanwhile.
#[test]
fn a_refused_change_keeps_its_number_over_a_restart() {
    let (mut a, first) = begun();
    let second = set(&mut a, 1, "title", "Dos");
    let bad = forge(&second, |change| {
        change.start_op = 1000.try_into().unwrap();
        change.operations.iter_mut().for_each(|operation| operation.pred = vec![].into());
    });
    let mut together = document();
    let outcome = together.apply(&[first.clone(), bad.clone(), second.clone()]);
    let expected = [QuarantineReason::OperationCounter, QuarantineReason::Equivocation];
    let mut found = reasons(&outcome);
    found.sort_by_key(|reason| *reason == QuarantineReason::Equivocation);
    assert_eq!(found, expected);
    let mut apart = document();
    apart.apply(&[first, bad]);
    let mut apart = Document::load(&apart.save(), apart.schema()).unwrap();
    assert_eq!(reasons(&apart.apply(&[second])), [QuarantineReason::Equivocation]);
    assert_eq!(apart.heads(), together.heads());
    // Nor does the device itself use it.
    let write = |edit: &mut crate::doc::Edit<'_>| edit.set(&path("title"), &Value::from("Tres"));
    assert!(matches!(apart.edit(&actor(1), write), Err(crate::doc::EditError::Unsettled)));
}

/// However much of one member waits, what others wrote is taken.
#[test]
fn a_flood_that_waits_pushes_nobody_out() {
    let mut honest = document();
    let all: Vec<_> = (0..4).map(|n| set(&mut honest, 2, "title", format!("t{n}"))).collect();
    let mut a = document();
    set(&mut a, 1, "title", "Uno");
    let second = set(&mut a, 1, "title", "Dos");
    let flood: Vec<_> = (0..MAX_WAITING as u64 + 8)
        .map(|n| {
            forge(&second, |change| {
                change.seq = n + 2;
                change.deps = vec![automerge::ChangeHash([9; 32])];
            })
        })
        .collect();
    for order in [[all.clone(), flood.clone()].concat(), [flood, all].concat()] {
        let mut document = document();
        let outcome = document.apply(&order);
        assert_eq!(document.record(), honest.record());
        assert_eq!(reasons(&outcome), [QuarantineReason::TooManyWaiting; 8]);
        assert_eq!(document.waiting().count(), MAX_WAITING);
    }
}

#[test]
fn a_flood_of_waiting_changes_is_bounded() {
    let (mut a, _) = begun();
    let mut flood = Vec::new();
    for n in 0..40 {
        let text = format!("{n}{}", "x".repeat(60_000));
        let change = a.edit(&actor(1), |edit| {
            ["a", "b", "c", "d"]
                .iter()
                .try_for_each(|field| edit.set(&path(field), &Value::Text(text.clone())))
        });
        flood.push(change.unwrap().unwrap());
    }
    let mut b = document();
    let outcome = b.apply(&flood);
    assert!(reasons(&outcome).contains(&QuarantineReason::TooManyWaiting));
    assert!(b.quarantined().is_empty(), "it may come again");
    let bytes: usize = b.waiting().map(|change| change.bytes().len()).sum();
    assert!(bytes <= MAX_WAITING_BYTES + MAX_CHANGE_BYTES);
}

#[derive(Debug, Clone)]
enum Step {
    Set(usize, usize, u8),
    Narrate(usize, usize, u8),
    Remove(usize, usize),
    Exchange(usize, usize),
}

const FIELDS: [&str; 6] =
    ["title", "consent/basis", "consent/scopes/statistics", "victims/1/alias", "x/y", "risk"];
const VALUES: [&str; 4] = ["watch", "withdrawn", "uno", "serious"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3_usize, 0..FIELDS.len(), any::<u8>()).prop_map(|(n, f, v)| Step::Set(n, f, v)),
        2 => (0..3_usize, 0..20_usize, any::<u8>()).prop_map(|(n, at, v)| Step::Narrate(n, at, v)),
        1 => (0..3_usize, 0..FIELDS.len()).prop_map(|(n, f)| Step::Remove(n, f)),
        1 => (0..3_usize, 0..3_usize).prop_map(|(a, b)| Step::Exchange(a, b)),
    ]
}

fn run(steps: &[Step]) -> (Vec<Document>, Vec<CheckedChange>) {
    let (first, change) = begun();
    let mut documents = vec![first; 3];
    let mut all = vec![change];
    for step in steps {
        let made = match *step {
            Step::Exchange(from, to) => {
                let from = documents[from].clone();
                let known: Vec<_> =
                    all.iter().filter(|change| from.contains(&change.id())).cloned().collect();
                documents[to].apply(&known);
                continue;
            }
            Step::Set(n, field, value) => {
                let value = match FIELDS[field] {
                    "consent/scopes/statistics" => Value::Flag(value % 2 == 0),
                    _text => Value::from(VALUES[usize::from(value) % VALUES.len()]),
                };
                documents[n].edit(&writer(n), |edit| edit.set(&path(FIELDS[field]), &value))
            }
            Step::Narrate(n, at, letter) => {
                let record = documents[n].record();
                let mut text: Vec<char> =
                    record.text("summary").unwrap_or("inicio").chars().collect();
                let at = at.min(text.len());
                text.insert(at, char::from(b'a' + letter % 26));
                if letter > 200 {
                    text.truncate(at);
                }
                let text = Value::Text(text.into_iter().collect());
                documents[n].edit(&writer(n), |edit| edit.set(&path("summary"), &text))
            }
            Step::Remove(n, field) => {
                documents[n].edit(&writer(n), |edit| edit.remove(&path(FIELDS[field])))
            }
        };
        all.extend(made.unwrap());
    }
    (documents, all)
}

fn writer(n: usize) -> Actor {
    actor(u8::try_from(n).unwrap() + 10)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is edited where, and in whatever order and portions it comes: all nodes that hold
    /// the same changes show the same record and the same conflicts.
    #[test]
    fn documents_converge_in_any_order(
        steps in proptest::collection::vec(step(), 1..30),
        order in any::<u64>(),
        portion in 1..9_usize,
    ) {
        let (documents, all) = run(&steps);
        let mut shuffled = all.clone();
        shuffled.sort_by_key(|change| {
            order.rotate_left(u32::from(change.id().as_bytes()[0])) ^ u64::from(change.id().as_bytes()[1])
        });
        let mut fresh = document();
        for portion in shuffled.chunks(portion) {
            prop_assert_eq!(fresh.apply(portion).quarantined, vec![]);
        }
        prop_assert_eq!(fresh.waiting().count(), 0);
        for mut document in documents {
            document.apply(&all);
            prop_assert_eq!(document.heads(), fresh.heads());
            prop_assert_eq!(document.record(), fresh.record());
            prop_assert_eq!(document.conflicts(), fresh.conflicts());
        }
    }
}
