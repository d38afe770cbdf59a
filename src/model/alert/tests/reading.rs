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
fn an_id_is_of_all_that_is_said_by_one_device() {
    let [own, other] = [RAISER, OTHER].map(|n| DeviceId::new([n; 32]));
    let author = org(RAISER);
    let mut first = news(&[]);
    first.set("id".parse().unwrap(), id_of(&author, &own, &first)).unwrap();
    assert_eq!(device_of(&author, &[other, own], &first), Some(own), "an id is not of itself");
    assert_eq!(device_of(&author, &[other], &first), None, "another device's");
    assert_eq!(device_of(&org(OTHER), &[own], &first), None, "another organisation's");
    assert!(Entry::read(&first).is_some());
    let all: Vec<(String, Value)> =
        first.iter().map(|(path, value)| (path.to_string(), value.clone())).collect();
    for (path, _value) in all.iter().filter(|(path, _)| path != "id") {
        let mut other = first.clone();
        other.remove(path);
        assert_eq!(device_of(&author, &[own], &other), None, "without {path}");
        other.set(path.parse().unwrap(), "x").unwrap();
        assert_eq!(device_of(&author, &[own], &other), None, "another {path}");
    }
    for (path, value) in [("text", "x"), ("groups/g0/org", "x"), ("zz/later", "x")] {
        let mut more = first.clone();
        more.set(path.parse().unwrap(), value).unwrap();
        assert_eq!(device_of(&author, &[own], &more), None, "{path}");
    }
    let mut alert = record(RecordKind::Alert, &[]);
    all.into_iter().for_each(|(path, value)| alert.set(path.parse().unwrap(), value).unwrap());
    assert_eq!(device_of(&author, &[own], &alert), None, "another kind");
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
    for (stance, act) in
        [("cannot", Act::GiveUp), ("taking", TAKING), ("seen", Act::Acknowledge(Stance::Seen))]
    {
        let of_all = [("kind", "acknowledgement"), ("stance", stance)];
        let mut record = news(&of_all.map(|(path, text)| (path, text.into())));
        record.set("for_all".parse().unwrap(), true).unwrap();
        assert_eq!(Entry::read(&record).unwrap().act, act, "{stance}");
        record.set("for_all".parse().unwrap(), false).unwrap();
        assert_ne!(Entry::read(&record).unwrap().act, Act::GiveUp);
    }
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
