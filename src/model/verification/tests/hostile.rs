//! Who may do what, and what one hostile organisation cannot.

use super::*;

#[test]
fn nobody_raises_anothers_incident_alone() {
    let alone: Vec<SignedReview> = [("x", 1), ("y", 2), ("z", 3)]
        .iter()
        .flat_map(|(who, number)| {
            ["v1_screened", "v2_corroborated", "v3_verified", "v4_established"].map(|level| {
                signed(RIVAL, *number, who, level, &[("id", format!("{who}{level}").into())])
            })
        })
        .collect();
    let judged = judge(&complete(), &alone);
    assert_eq!(judged.level, Level::Reported);
    assert!(judged.missing.iter().all(|missing| missing.need == Need::OriginOrAnother));
    // With the origin at a rung, or with a second other organisation, it holds.
    let screened = [alone.clone(), vec![signed(ORIGIN, 1, "a", "v1_screened", &[])]].concat();
    assert_eq!(judge(&complete(), &screened).level, Level::Screened);
    let second = [alone, vec![signed(FRIEND, 1, "a", "v3_verified", &[])]].concat();
    assert_eq!(judge(&complete(), &second).level, Level::Verified);
}

#[test]
fn a_coalition_can_ask_for_two_organisations() {
    let strict = Rules { two_organisations: true, ..rules(&[], 1) };
    let judged = judge_by(&complete(), &verified(), &strict);
    assert_eq!(judged.level, Level::Corroborated);
    assert_eq!(judged.missing[0].need, Need::SecondOrganisation);
    let second = [verified(), vec![signed(FRIEND, 1, "a", "v3_verified", &[])]].concat();
    assert_eq!(judge_by(&complete(), &second, &strict).level, Level::Verified);
}

#[test]
fn anyone_disputes_and_only_origin_or_the_coalition_closes() {
    let coalition = rules(&[ORIGIN, FRIEND, 3], 2);
    let dispute = signed(RIVAL, 5, "x", "disputed", &[]);
    let level = |more: &[SignedReview]| {
        let reviews = [verified().as_slice(), std::slice::from_ref(&dispute), more].concat();
        judge_by(&complete(), &reviews, &coalition)
    };
    let open = level(&[]);
    assert_eq!((open.level, open.reached), (Level::Disputed, Level::Verified));
    assert_eq!((open.disputes[0].by, open.disputes[0].review.as_str()), (org(RIVAL), "9-5"));
    let by = |author| closing(author, 6, "v3_verified", "9-5");
    assert_eq!(level(&[by(ORIGIN)]).level, Level::Verified);
    assert_eq!(level(&[by(FRIEND), by(3)]).level, Level::Verified);
    for few in
        [vec![by(FRIEND)], vec![by(RIVAL)], vec![by(FRIEND), by(RIVAL)], vec![by(FRIEND), by(4)]]
    {
        assert_eq!(level(&few).level, Level::Disputed);
    }
    let twice = [by(FRIEND), closing(FRIEND, 7, "v3_verified", "9-5")];
    assert_eq!(level(&twice).level, Level::Disputed, "one steward twice");
    assert_eq!(level(&[closing(ORIGIN, 6, "v3_verified", "9-4")]).level, Level::Disputed);
    // Another dispute of the same organisation is another, be it later or earlier.
    let later = signed(RIVAL, 8, "x", "disputed", &[]);
    assert_eq!(level(&[by(ORIGIN), later.clone()]).level, Level::Disputed);
    let closed = closing(ORIGIN, 6, "v3_verified", "9-8");
    assert_eq!(level(&[closed.clone(), later.clone()]).level, Level::Disputed);
    let both = [closed, closing(ORIGIN, 7, "v3_verified", "9-5"), later];
    assert_eq!(level(&both).level, Level::Verified);
    // The dispute was right.
    assert_eq!(level(&[closing(ORIGIN, 6, "refuted", "9-5")]).level, Level::Refuted);
    assert_eq!(level(&[closing(FRIEND, 6, "not_met", "9-5")]).level, Level::Disputed);
    let decided = [closing(FRIEND, 6, "not_met", "9-5"), closing(3, 6, "refuted", "9-5")];
    assert_eq!(level(&decided).level, Level::NotMet);
}

#[test]
fn only_origin_or_the_coalition_sets_aside() {
    let coalition = rules(&[ORIGIN, FRIEND, 3], 2);
    let judged = |more: &[SignedReview]| {
        judge_by(&complete(), &[verified().as_slice(), more].concat(), &coalition)
    };
    let says = |author, level: &str| signed(author, 6, "x", level, &[]);
    assert_eq!(judged(&[says(ORIGIN, "not_met")]).level, Level::NotMet);
    assert_eq!(judged(&[says(RIVAL, "refuted")]).level, Level::Disputed);
    assert_eq!(judged(&[says(FRIEND, "refuted")]).level, Level::Disputed);
    assert_eq!(judged(&[says(FRIEND, "refuted"), says(3, "refuted")]).level, Level::Refuted);
    let decided = [says(FRIEND, "not_met"), says(3, "refuted")];
    assert_eq!(judged(&decided).level, Level::NotMet);
    // The origin cannot overrule it, and lifts its own with a review, which brings nothing back.
    let again = signed(ORIGIN, 9, "a", "v3_verified", &[]);
    assert_eq!(
        judged(&[decided.as_slice(), std::slice::from_ref(&again)].concat()).level,
        Level::NotMet
    );
    assert_eq!(judged(&[says(ORIGIN, "not_met"), again]).level, Level::Corroborated);
    // A steward who changes its mind: its word is a dispute that stays until it is closed.
    let back = signed(3, 9, "x", "v1_screened", &[]);
    assert_eq!(judged(&[decided.as_slice(), &[back]].concat()).level, Level::Disputed);
}

#[test]
fn of_copies_that_differ_the_least_counts() {
    let screened = signed(ORIGIN, 1, "a", "v1_screened", &[]);
    let reported = signed(ORIGIN, 1, "a", "v0_reported", &[]);
    assert_eq!(judge(&complete(), &[screened.clone(), reported.clone()]).level, Level::Reported);
    assert_eq!(judge(&complete(), &[reported, screened]).level, Level::Reported);
    // An id is its author's: a stranger's copy of it does nothing to the dispute.
    let dispute = signed(FRIEND, 1, "a", "disputed", &[]);
    let forged = signed(RIVAL, 1, "a", "v1_screened", &[("id", "2-1".into())]);
    assert_eq!(judge(&complete(), &[dispute, forged]).level, Level::Disputed);
}

#[test]
fn great_numbers_give_nobody_the_last_word() {
    let loud = signed(RIVAL, i64::MAX, "x", "v3_verified", &[]);
    let aside = signed(ORIGIN, 3, "a", "not_met", &[]);
    assert_eq!(judge(&complete(), &[verified(), vec![aside, loud]].concat()).level, Level::NotMet);
    let closing = closing(RIVAL, i64::MAX, "v3_verified", "2-1");
    let dispute = signed(FRIEND, 1, "a", "disputed", &[]);
    let judged = judge(&complete(), &[verified(), vec![dispute, closing]].concat());
    assert_eq!(judged.level, Level::Disputed);
}
