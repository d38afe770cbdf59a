//! From records.

use super::*;

fn record(kind: RecordKind, fields: &[(&str, Value)]) -> Record {
    let mut record = Record::new(Schema::of(kind));
    for (path, value) in fields {
        record.set(path.parse().unwrap(), value.clone()).unwrap();
    }
    record
}

fn raised(more: &[(&str, Value)]) -> Option<Alert> {
    let mut record = record(
        RecordKind::Alert,
        &[
            ("id", ID.into()),
            ("level", "life_imminent".into()),
            ("sent", "2026-11-23T12:00:00Z".into()),
            ("by", "m1".into()),
        ],
    );
    for (path, value) in more {
        record.set(path.parse().unwrap(), value.clone()).unwrap();
    }
    Alert::read(&record)
}

#[test]
fn an_alert_without_more_has_the_defaults() {
    let mut expected = alert(Level::LifeImminent).alert;
    assert_eq!(raised(&[]), Some(expected.clone()));
    expected.drill = true;
    assert_eq!(raised(&[("drill", true.into())]), Some(expected));
    for sent in ["2026-11-23T12:00:00.5Z", "2026-11-23T13:00:00+01:00", "noon", ""] {
        assert_eq!(raised(&[("sent", sent.into())]), None, "{sent}");
    }
    assert_eq!(raised(&[("level", "worst".into())]), None);
    for id in ["", "a b", "0000000000000000000000000000000G"] {
        assert_eq!(raised(&[("id", id.into())]), None, "{id}");
    }
}

#[test]
fn own_timers_within_bounds_are_kept_and_others_passed_over() {
    let of = |[first, second, third]: [i64; 3]| {
        let own = [
            ("escalate/first", first.into()),
            ("escalate/second", second.into()),
            ("escalate/third", third.into()),
        ];
        raised(&own).unwrap().timers.unwrap().steps().map(|it| it.as_secs())
    };
    let default = [900, 2_700, 7_200];
    assert_eq!(of([1, 2, 3]), [1, 2, 3]);
    assert_eq!(of([3_600, 10_800, 28_800]), [3_600, 10_800, 28_800], "four times");
    for bad in [[0, 2, 3], [3, 2, 4], [3_601, 10_800, 28_800], [-1, 5, 6], [1, 2, i64::MAX]] {
        assert_eq!(of(bad), default, "{bad:?}");
    }
}

#[test]
fn an_end_within_bounds_is_kept_and_another_passed_over() {
    let of = |expires: &str| raised(&[("expires", expires.into())]).unwrap().expires.to_string();
    assert_eq!(of("2026-11-23T12:00:05Z"), "2026-11-23T12:00:05Z");
    for bad in ["2026-11-23T12:00:00Z", "2026-11-24T12:00:01Z", "9999-01-01T00:00:00Z", "never"] {
        assert_eq!(of(bad), "2026-11-23T18:00:00Z", "{bad}");
    }
}

#[test]
fn groups_are_read_and_rubbish_passed_over() {
    let alert = raised(&[
        ("groups/a/org", org(RESPONDER).to_string().into()),
        ("groups/b/org", org(STEWARD).to_string().into()),
        ("groups/b/step", 1.into()),
        ("groups/c/org", "nobody".into()),
        ("groups/d/step", 1.into()),
    ]);
    let expected =
        [Group { org: org(RESPONDER), step: 0 }, Group { org: org(STEWARD), step: 1 }].into();
    assert_eq!(alert.unwrap().groups, expected);
}

const FOLLOWS: &str = "follows/abababababababababababababababababababab";

fn news(more: &[(&str, Value)]) -> Record {
    let fields: Vec<(&str, Value)> = vec![
        ("id", ID.into()),
        ("alert", ID.into()),
        ("raiser", org(RAISER).to_string().into()),
        ("kind", "update".into()),
        ("number", 3.into()),
        ("sent", "2026-11-23T12:00:00Z".into()),
        ("by", "m1".into()),
        ("follows/0a", true.into()),
        (FOLLOWS, true.into()),
    ];
    record(RecordKind::AlertEntry, &[fields, more.to_vec()].concat())
}

#[test]
fn an_entry_names_its_alert_and_what_it_follows() {
    let entry = Entry::read(&news(&[])).unwrap();
    assert_eq!(entry.alert, AlertName { author: org(RAISER), id: ID.to_owned() });
    assert_eq!(entry.follows, [EntryHash::new([0xab; 20])].into());
    for number in [i64::MIN, -1, 0, 10_000_000_001, i64::MAX] {
        assert_eq!(Entry::read(&news(&[("number", number.into())])), None, "{number}");
    }
    assert!(Entry::read(&news(&[("number", 10_000_000_000.into())])).is_some());
}

#[test]
fn a_hash_names_one_entry_of_one_author() {
    let hash = |author: u8, record: &Record| EntryHash::of(&org(author), record);
    let first = news(&[]);
    assert_eq!(hash(RAISER, &first), hash(RAISER, &news(&[])));
    assert_ne!(hash(RAISER, &first), hash(OTHER, &first));
    for other in [("text", "x"), ("by", "m2"), ("outcome", "safe"), ("id", "00")] {
        assert_ne!(hash(RAISER, &first), hash(RAISER, &news(&[(other.0, other.1.into())])));
    }
    let text = hash(RAISER, &first).to_string();
    assert_eq!(text.parse(), Ok(hash(RAISER, &first)));
    assert!(text.to_uppercase().parse::<EntryHash>().is_err() && "".parse::<EntryHash>().is_err());
}

#[test]
fn what_makes_louder_stands_though_it_was_written_in_again() {
    let read = |record: &Record, again: bool| SignedEntry::read(org(RAISER), None, record, again);
    let kind = |kind: &str, more: &[(&str, &str)]| {
        let more = more.iter().map(|(path, text)| (*path, Value::from(*text)));
        news(&more.chain([("kind", kind.into())]).collect::<Vec<_>>())
    };
    let closing = [("outcome", "safe"), ("check_in", "call")];
    for (record, stands) in [
        (kind("update", &[]), true),
        (kind("acknowledgement", &[("stance", "cannot")]), true),
        (kind("acknowledgement", &[("stance", "taking")]), false),
        (kind("stand_down", &closing), false),
        (kind("review", &closing), false),
    ] {
        assert!(read(&record, false).is_some_and(|it| !it.rewritten));
        assert_eq!(read(&record, true).map(|it| it.rewritten), stands.then_some(true));
    }
}

#[test]
fn of_several_beginnings_the_loudest_stands() {
    let quiet = kind_of_alert(&[("level", "watch".into()), ("drill", true.into())]);
    let drill = kind_of_alert(&[("level", "life_imminent".into()), ("drill", true.into())]);
    let real = kind_of_alert(&[("level", "life_imminent".into())]);
    let slow = kind_of_alert(&[
        ("level", "life_imminent".into()),
        ("escalate/first", 3_600.into()),
        ("escalate/second", 3_600.into()),
        ("escalate/third", 3_600.into()),
    ]);
    let all = [quiet.clone(), slow, drill, real.clone()];
    for turn in 0..all.len() {
        let mut all = all.clone();
        all.rotate_left(turn);
        assert_eq!(standing(all), Some(real.clone()));
    }
    let severe = news(&[("level", "life_imminent".into())]);
    let mild = news(&[("level", "watch".into())]);
    let seen = news(&[("kind", "seen".into())]);
    for all in [[&seen, &mild, &severe], [&severe, &seen, &mild]] {
        assert_eq!(standing(all.map(Record::clone)), Some(severe.clone()));
    }
    assert_eq!(standing([record(RecordKind::Review, &[])]), None);
}

fn kind_of_alert(more: &[(&str, Value)]) -> Record {
    let fields: Vec<(&str, Value)> =
        vec![("id", ID.into()), ("sent", "2026-11-23T12:00:00Z".into()), ("by", "m1".into())];
    record(RecordKind::Alert, &[fields, more.to_vec()].concat())
}

#[test]
fn an_entry_says_what_its_kind_needs() {
    let of = |more: &[(&str, &str)]| {
        let mut fields: Vec<(&str, Value)> = vec![
            ("id", ID.into()),
            ("alert", ID.into()),
            ("raiser", org(RAISER).to_string().into()),
            ("number", 3.into()),
            ("sent", "2026-11-23T12:00:00Z".into()),
            ("by", "m1".into()),
            ("follows/0a", true.into()),
            (FOLLOWS, true.into()),
        ];
        fields.extend(more.iter().map(|(path, text)| (*path, (*text).into())));
        Entry::read(&record(RecordKind::AlertEntry, &fields)).map(|entry| entry.act)
    };
    assert_eq!(of(&[("kind", "seen")]), Some(Act::Seen));
    assert_eq!(of(&[("kind", "acknowledgement"), ("stance", "taking")]), Some(TAKING));
    assert_eq!(of(&[("kind", "acknowledgement")]), None);
    assert_eq!(of(&[("kind", "stand_down"), ("outcome", "safe")]), None, "nobody was reached");
    assert_eq!(of(&[("kind", "stand_down"), ("outcome", "safe"), ("check_in", " ")]), None);
    let closing = of(&[("kind", "stand_down"), ("outcome", "safe"), ("check_in", "call")]);
    assert_eq!(closing, Some(Act::StandDown(Outcome::Safe)));
    assert_eq!(of(&[("kind", "review"), ("outcome", "good")]), None);
    assert_eq!(of(&[("kind", "cancel")]), None);
    assert_eq!(of(&[("kind", "confirm"), ("entry", ID)]), None, "an id names nobody's entry");
    let closing = EntryHash::new([0xab; 20]);
    let confirm = of(&[("kind", "confirm"), ("entry", &closing.to_string())]);
    assert_eq!(confirm, Some(Act::Confirm { closing }));
}
