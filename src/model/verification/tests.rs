//! The rules by example, hostile cases, and laws.

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;
use crate::model::{
    id::OrgId,
    registry::{Record, RecordKind, Schema, Value},
};

mod hostile;
mod laws;

const ORIGIN: u8 = 1;
const FRIEND: u8 = 2;
const RIVAL: u8 = 9;
const ALWAYS: Date = Date::MAX;

fn org(n: u8) -> OrgId {
    OrgId::new([n; 32])
}

fn record(kind: RecordKind, fields: &[(&str, Value)]) -> Record {
    let mut record = Record::new(Schema::of(kind));
    for (path, value) in fields {
        record.set(path.parse().unwrap(), value.clone()).unwrap();
    }
    record
}

/// An incident that lacks nothing.
fn complete() -> Record {
    record(
        RecordKind::Incident,
        &[
            ("date", "2024-05".into()),
            ("country", "CO".into()),
            ("place/admin1", "CO-CAU".into()),
            ("counting_unit", "individual".into()),
            ("acts/1/violation", "death_threat".into()),
            ("acts/1/victim", "1".into()),
            ("acts/1/motivation", codes("motivation_link").into()),
            ("acts/1/sdg_population", codes("sdg_population").into()),
            ("victims/1/pseudonym", "V-014".into()),
            ("victims/1/sex_gender", "female".into()),
            ("victims/1/age_band", codes("age_band").into()),
            ("perpetrators/1/type", "unknown".into()),
            ("perpetrators/1/state_link", codes("state_link").into()),
            ("sources/1/independent", true.into()),
            ("sources/2/independent", true.into()),
        ],
    )
}

/// Some code of a list.
fn codes(list: &str) -> &'static str {
    crate::model::vocabulary::Vocabulary::built_in().list(list)[0].code
}

fn with(mut record: Record, path: &str, value: impl Into<Value>) -> Record {
    record.set(path.parse().unwrap(), value).unwrap();
    record
}

fn without(mut record: Record, path: &str) -> Record {
    record.remove(path).unwrap();
    record
}

/// A review with all that any step needs; `more` changes it.
fn signed(author: u8, number: i64, who: &str, level: &str, more: &[(&str, Value)]) -> SignedReview {
    read(author, number, who, level, more).unwrap()
}

fn read(
    author: u8,
    number: i64,
    who: &str,
    level: &str,
    more: &[(&str, Value)],
) -> Result<SignedReview, Unreadable> {
    let id = format!("{author}-{number}");
    let mut fields = vec![
        ("id", id.into()),
        ("number", number.into()),
        ("at", "2025-01-10".into()),
        ("level", level.into()),
        ("reason", "because".into()),
        ("reviewer_code", who.into()),
        ("sources/1", true.into()),
        ("sources/2", true.into()),
        ("reasonable_grounds", "two accounts agree".into()),
        ("citation", "a court's judgement".into()),
    ];
    fields.extend_from_slice(more);
    SignedReview::read(org(author), &record(RecordKind::Review, &fields))
}

fn closing(author: u8, number: i64, level: &str, dispute: &str) -> SignedReview {
    signed(author, number, "c", level, &[("closes", dispute.into())])
}

fn rules(stewards: &[u8], threshold: usize) -> Rules {
    let stewards = stewards.iter().map(|n| org(*n)).collect();
    Rules { stewards, threshold, two_organisations: false }
}

fn judge(record: &Record, reviews: &[SignedReview]) -> Assessment {
    judge_by(record, reviews, &Rules { threshold: 1, ..Rules::default() })
}

fn judge_by(record: &Record, reviews: &[SignedReview], rules: &Rules) -> Assessment {
    assess(&Facts::of(record), &org(ORIGIN), reviews, rules, ALWAYS)
}

fn fields(assessment: &Assessment) -> Vec<&str> {
    assessment.missing.iter().map(|it| it.need.path()).filter(|path| !path.is_empty()).collect()
}

fn verified() -> Vec<SignedReview> {
    vec![signed(ORIGIN, 1, "a", "v3_verified", &[]), signed(ORIGIN, 2, "b", "v3_verified", &[])]
}

#[test]
fn the_way_up() {
    let record = complete();
    let mut reviews = Vec::new();
    let mut level = |review: SignedReview| {
        reviews.push(review);
        judge(&record, &reviews).level
    };
    assert_eq!(level(signed(ORIGIN, 1, "a", "v0_reported", &[])), Level::Reported);
    assert_eq!(level(signed(ORIGIN, 2, "a", "v1_screened", &[])), Level::Screened);
    assert_eq!(level(signed(ORIGIN, 3, "a", "v2_corroborated", &[])), Level::Corroborated);
    assert_eq!(level(signed(ORIGIN, 4, "a", "v3_verified", &[])), Level::Corroborated);
    assert_eq!(level(signed(ORIGIN, 5, "A.", "v3_verified", &[])), Level::Corroborated);
    assert_eq!(level(signed(ORIGIN, 6, "b", "v3_verified", &[])), Level::Verified);
    assert_eq!(level(signed(ORIGIN, 7, "a", "v4_established", &[])), Level::Established);
    let end = judge(&record, &reviews);
    assert!(end.mandated() && end.missing.is_empty() && end.disputes.is_empty());
    assert_eq!(end.citations, ["a court's judgement"]);
    assert_eq!(end.history.len(), 7);
}

#[test]
fn a_higher_review_carries_lower_rungs_only_with_what_they_need() {
    assert_eq!(judge(&complete(), &verified()).level, Level::Verified);
    let no_sources = [("sources/1", false.into()), ("sources/2", false.into())];
    let bare = ["a", "b"].map(|who| signed(ORIGIN, 1, who, "v3_verified", &no_sources));
    assert_eq!(judge(&complete(), &bare[..1]).level, Level::Screened);
    // A body's judgement alone does not stand in for what was not looked at.
    let cited = [signed(ORIGIN, 1, "a", "v4_established", &[])];
    assert_eq!(judge(&complete(), &cited).level, Level::Corroborated);
}

#[test]
fn each_rung_wants_its_fields() {
    for path in ["place/admin1", "acts/1/violation", "acts/1/victim", "date", "country"] {
        let judged = judge(&without(complete(), path), &verified());
        assert_eq!(judged.level, Level::Reported, "{path}");
        assert!(fields(&judged).contains(&path), "{path}");
        assert!(judged.next().all(|missing| missing.level == Level::Screened));
    }
    for path in [
        "acts/1/motivation",
        "acts/1/sdg_population",
        "victims/1/pseudonym",
        "victims/1/sex_gender",
        "victims/1/age_band",
        "perpetrators/1/type",
        "perpetrators/1/state_link",
    ] {
        let judged = judge(&without(complete(), path), &verified());
        assert_eq!((judged.level, fields(&judged)), (Level::Corroborated, vec![path]));
    }
    // What is no value of its field is missing, and so is a day that nobody knows.
    for (path, text) in [("acts/1/motivation", "whatever"), ("date", "XXXX")] {
        let judged = judge(&with(complete(), path, text), &verified());
        assert_eq!((judged.level, fields(&judged)), (Level::Corroborated, vec![path]));
    }
    let stranger = judge(&with(complete(), "acts/1/victim", "7"), &verified());
    assert_eq!(stranger.level, Level::Reported);
    let second = judge(&with(complete(), "acts/2/violation", "killing"), &verified());
    assert_eq!(second.level, Level::Reported);
    assert!(fields(&second).contains(&"acts/2/victim"));
    let named = with(without(complete(), "victims/1/pseudonym"), "victims/1/alias", "Inventada");
    assert_eq!(judge(&named, &verified()).level, Level::Verified);
}

#[test]
fn where_no_person_is_counted_no_person_is_described() {
    for (unit, level) in [
        ("community", Level::Verified),
        ("organisation", Level::Verified),
        ("individual", Level::Reported),
        ("of_tomorrow", Level::Reported),
    ] {
        let mut record = with(complete(), "counting_unit", unit);
        for path in ["acts/1/victim", "victims/1/pseudonym", "victims/1/sex_gender"] {
            record = without(record, path);
        }
        assert_eq!(judge(&record, &verified()).level, level, "{unit}");
    }
}

#[test]
fn sources_that_repeat_one_report_are_one() {
    let two = |record: Record| judge(&record, &verified()).level >= Level::Corroborated;
    let from = |record, key: u8, of: u8| {
        with(record, &format!("sources/{key}/derived_from"), of.to_string())
    };
    assert!(two(complete()));
    assert!(!two(with(complete(), "sources/2/independent", false)));
    assert!(!two(without(complete(), "sources/2/independent")));
    assert!(!two(from(complete(), 2, 1)), "one repeats the other");
    assert!(!two(from(from(complete(), 1, 3), 2, 3)), "both repeat a third");
    assert!(!two(from(from(complete(), 1, 2), 2, 1)), "each repeats the other");
    assert!(!two(from(from(from(complete(), 1, 3), 3, 2), 2, 1)), "in a circle");
    assert!(two(from(complete(), 2, 2)), "a source of itself is one source");
    assert!(two(from(from(complete(), 1, 3), 2, 4)));
    // What counts is what the review relies on.
    let other = [("sources/2", false.into()), ("sources/3", true.into())];
    let review = signed(ORIGIN, 1, "a", "v2_corroborated", &other);
    assert_eq!(judge(&complete(), &[review]).level, Level::Screened);
}

#[test]
fn a_step_without_what_it_needs_is_none() {
    let lacks = |level: &str, path: &'static str, value: Value| match read(
        ORIGIN,
        1,
        "a",
        level,
        &[(path, value)],
    ) {
        Err(Unreadable::Lacks { field, .. }) => field,
        other => panic!("{level} without {path}: {other:?}"),
    };
    assert_eq!(lacks("v2_corroborated", "sources/2", false.into()), "sources");
    assert_eq!(lacks("v3_verified", "reasonable_grounds", " ".into()), "reasonable_grounds");
    assert_eq!(lacks("v4_established", "citation", "".into()), "citation");
    assert_eq!(lacks("v1_screened", "reason", "".into()), "reason");
    assert_eq!(lacks("v1_screened", "reviewer_code", "…".into()), "reviewer_code");
    assert_eq!(lacks("v1_screened", "closes", 7.into()), "closes");
    assert_eq!(read(ORIGIN, 1, "a", "disputed", &[("id", "".into())]), Err(Unreadable::Id));
    let kind = SignedReview::read(org(1), &complete());
    assert_eq!(kind, Err(Unreadable::Kind));
    // What lowers counts as far as it can be read, and on all days if its day cannot.
    let broken = [("reason", 7.into()), ("at", "?".into()), ("number", "x".into())];
    for level in ["disputed", "refuted", "v9_of_tomorrow"] {
        let judged = judge(&complete(), &[read(RIVAL, 1, "", level, &broken).unwrap()]);
        assert_eq!(judged.level, Level::Disputed, "{level}");
    }
    let undated = read(ORIGIN, 1, "a", "v1_screened", &[("at", "?".into())]).unwrap();
    assert_eq!(judge(&complete(), &[undated]).level, Level::Reported);
}

#[test]
fn a_person_takes_back_what_they_said_before() {
    let lower =
        |who: &str, level: &str| [verified(), vec![signed(ORIGIN, 5, who, level, &[])]].concat();
    assert_eq!(judge(&complete(), &lower("a", "v1_screened")).level, Level::Corroborated);
    assert_eq!(judge(&complete(), &lower("c", "v1_screened")).level, Level::Verified);
    assert_eq!(judge(&complete(), &lower("a", "v4_established")).level, Level::Established);
    let all =
        [lower("a", "v0_reported"), vec![signed(ORIGIN, 6, "b", "v0_reported", &[])]].concat();
    let judged = judge(&complete(), &all);
    assert_eq!(judged.level, Level::Reported);
    assert!(judged.history.iter().all(|entry| entry.stands != entry.review.step.raises()));
}

#[test]
fn levels_are_as_of_a_day() {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let at = |author, number, who, level, on: &str| {
        signed(author, number, who, level, &[("at", on.into())])
    };
    let reviews = [
        at(ORIGIN, 1, "a", "v3_verified", "2024-02-10"),
        at(ORIGIN, 2, "b", "v3_verified", "2024-03-10"),
        at(RIVAL, 3, "x", "disputed", "2024-06"),
        signed(
            ORIGIN,
            4,
            "a",
            "v3_verified",
            &[("at", "2024-09".into()), ("closes", "9-3".into())],
        ),
    ];
    let rules = rules(&[], 1);
    for (on, level) in [
        ("2024-02-09", Level::Reported),
        ("2024-02-10", Level::Corroborated),
        ("2024-03-10", Level::Verified),
        ("2024-05-31", Level::Verified),
        // A month's dispute counts from its first day, what closes it from its last.
        ("2024-06-01", Level::Disputed),
        ("2024-09-29", Level::Disputed),
        ("2024-09-30", Level::Verified),
    ] {
        let judged = assess(&Facts::of(&complete()), &org(ORIGIN), &reviews, &rules, day(on));
        assert_eq!(judged.level, level, "{on}");
    }
}

#[test]
fn what_would_do_nothing_is_told_before() {
    let rules = rules(&[], 1);
    let ask = |record: &Record, held: &[SignedReview], new: &SignedReview| {
        check_effect(&Facts::of(record), &org(ORIGIN), held, &rules, new)
    };
    let first = signed(ORIGIN, 1, "a", "v3_verified", &[]);
    assert_eq!(ask(&complete(), &[], &first), Ok(()), "the second person is waited for");
    let again = signed(ORIGIN, 2, "a", "v3_verified", &[]);
    assert_eq!(ask(&complete(), std::slice::from_ref(&first), &again), Err(Vec::new()));
    let lacking = without(complete(), "acts/1/motivation");
    let needs = ask(&lacking, &[], &first).unwrap_err();
    assert_eq!(needs.len(), 1);
    assert_eq!(needs[0].need, Need::Field("acts/1/motivation".to_owned()));
    let screened = signed(ORIGIN, 1, "a", "v1_screened", &[]);
    assert_eq!(ask(&lacking, &[], &screened), Ok(()));
    assert!(ask(&lacking, std::slice::from_ref(&first), &screened).is_ok(), "takes back");
    let closing = closing(RIVAL, 6, "v3_verified", "2-1");
    let dispute = signed(FRIEND, 1, "a", "disputed", &[]);
    assert_eq!(ask(&complete(), std::slice::from_ref(&dispute), &closing), Err(Vec::new()));
    assert_eq!(ask(&complete(), &[], &dispute), Ok(()));
}
