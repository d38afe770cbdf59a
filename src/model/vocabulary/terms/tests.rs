//! Adoption: who counts, what counts, and the same for everybody.

use proptest::prelude::*;

use super::*;
use crate::model::registry::{RecordKind, Schema, check};

fn org(number: u8) -> OrgId {
    OrgId::new([number; 32])
}

fn wording(label: &str) -> Wording {
    Wording {
        list: "violation_type".to_owned(),
        code: "x_river_poisoning".to_owned(),
        sdg: "-".to_owned(),
        iccs: "-".to_owned(),
        labels: [label.to_owned(), "Envenenamiento".to_owned(), "Envenenamento".to_owned()],
        note: "family=attack".to_owned(),
    }
}

fn vote(number: u8, place: i64, label: &str) -> Vote {
    let id = format!("{number}-{place}");
    Vote { org: org(number), number: place, id, withdrawn: false, wording: wording(label) }
}

fn adopted(votes: &[Vote], stewards: u8, needed: usize) -> Terms {
    let stewards = (1..=stewards).map(org).collect();
    Standing::of(votes.to_vec()).adopted(&stewards, needed)
}

#[test]
fn enough_stewards_with_the_same_words_adopt_a_code() {
    let (first, second) = (vote(1, 1, "River poisoning"), vote(2, 2, "River poisoning"));
    let other = vote(2, 2, "Poisoned river");
    let member = vote(9, 2, "River poisoning");
    let is_adopted = |votes: &[Vote]| adopted(votes, 3, 2).iter().next().is_some();
    assert!(is_adopted(&[first.clone(), second.clone()]));
    assert!(!is_adopted(std::slice::from_ref(&first)));
    assert!(!is_adopted(&[first.clone(), first.clone()]), "one steward twice");
    assert!(!is_adopted(&[first.clone(), other]), "other words");
    assert!(!is_adopted(&[first.clone(), member]), "no steward");
    let back = Vote { withdrawn: true, ..vote(2, 3, "River poisoning") };
    assert!(!is_adopted(&[first.clone(), second.clone(), back.clone()]));
    let again = vote(2, 4, "River poisoning");
    assert!(is_adopted(&[back, second, again, first]));
}

#[test]
fn nobody_adopts_without_a_steward() {
    assert_eq!(adopted(&[vote(9, 1, "River poisoning")], 3, 0), Terms::none());
}

#[test]
fn the_version_says_what_was_adopted() {
    let votes = |label| [vote(1, 1, label), vote(2, 2, label)];
    assert_eq!(Terms::none().version(), VERSION.to_string());
    let terms = adopted(&votes("River poisoning"), 2, 2);
    assert_eq!(terms.version(), "3+1.c39bb8");
    assert_ne!(terms.version(), adopted(&votes("Poisoned river"), 2, 2).version());
    assert!(terms.know("violation_type", "x_river_poisoning"));
    assert!(!terms.know("sector", "x_river_poisoning") && terms.know("sector", "logging"));
    assert_eq!(terms.and(&terms), terms);
}

#[test]
fn malformed_words_count_for_nothing() {
    let bad = |change: fn(&mut Wording)| {
        let mut wording = wording("River poisoning");
        change(&mut wording);
        assert!(!wording.is_well_formed(), "{wording:?}");
    };
    assert!(wording("River poisoning").is_well_formed());
    bad(|it| it.list = "consent_basis".to_owned());
    bad(|it| it.list = "no_such_list".to_owned());
    bad(|it| it.code = "killing".to_owned());
    bad(|it| it.sdg = "G".to_owned());
    bad(|it| it.iccs = "1a".to_owned());
    bad(|it| it.labels[2] = " ".to_owned());
}

#[test]
fn a_record_is_a_vote() {
    let mut record = Record::new(Schema::of(RecordKind::Term));
    for (field, value) in [
        ("id", "00"),
        ("at", "2026-11-20"),
        ("list", "sector"),
        ("code", "x_sand"),
        ("en", "Sand"),
        ("es", "Arena"),
        ("pt", "Areia"),
    ] {
        record.set(field.parse().unwrap(), value).unwrap();
    }
    assert!(Vote::of(org(1), &record).is_none(), "without a number");
    record.set("number".parse().unwrap(), Value::Integer(4)).unwrap();
    assert_eq!(check(&record), []);
    let vote = Vote::of(org(1), &record).unwrap();
    assert_eq!((vote.number, vote.withdrawn, vote.wording.sdg.as_str()), (4, false, "-"));
    record.set("withdrawn".parse().unwrap(), true).unwrap();
    assert!(Vote::of(org(1), &record).unwrap().withdrawn);
}

fn any_vote() -> impl Strategy<Value = Vote> {
    let label = prop_oneof![Just("River poisoning"), Just("Poisoned river")];
    (1_u8..6, 1_i64..4, 0_u8..3, any::<bool>(), label).prop_map(
        |(who, number, id, withdrawn, label)| Vote {
            id: id.to_string(),
            withdrawn,
            ..vote(who, number, label)
        },
    )
}

proptest! {
    #[test]
    fn the_order_in_which_records_come_decides_nothing(
        (votes, shuffled) in prop::collection::vec(any_vote(), 0..20)
            .prop_flat_map(|votes| (Just(votes.clone()), Just(votes).prop_shuffle())),
        needed in 1_usize..4,
    ) {
        let (left, right) = (adopted(&votes, 4, needed), adopted(&shuffled, 4, needed));
        prop_assert_eq!(left.version(), right.version());
        prop_assert_eq!(left, right);
    }

    #[test]
    fn a_copy_of_a_record_changes_nothing(
        votes in prop::collection::vec(any_vote(), 1..20), place in any::<prop::sample::Index>(),
    ) {
        let mut copied = votes.clone();
        copied.push(votes[place.index(votes.len())].clone());
        prop_assert_eq!(adopted(&votes, 4, 2), adopted(&copied, 4, 2));
    }
}

#[test]
fn nobody_blocks_others_with_a_great_number() {
    let standing = Standing::of([vote(1, 3, "a"), vote(2, i64::MAX, "a"), vote(1, 2, "b")]);
    let next = |number| standing.next_number(&org(number), "violation_type", "x_river_poisoning");
    assert_eq!((next(1), next(3)), (4, 1));
    let read = |number: i64| {
        let mut record = record_of(&wording("a"));
        record.set("number".parse().unwrap(), number).unwrap();
        Vote::of(org(1), &record).is_some()
    };
    assert!(read(0) && read(7));
    assert!(!read(-1) && !read(i64::MAX));
}

fn record_of(wording: &Wording) -> Record {
    let mut record = Record::new(Schema::of(RecordKind::Term));
    let [english, spanish, portuguese] = &wording.labels;
    for (field, text) in [
        ("id", "ab"),
        ("list", &wording.list),
        ("code", &wording.code),
        ("en", english),
        ("es", spanish),
        ("pt", portuguese),
    ] {
        record.set(field.parse().unwrap(), text).unwrap();
    }
    record
}
