//! What holds for all sets of reviews.

use proptest::sample::select;

use super::*;

const LEVELS: [&str; 9] = [
    "refuted",
    "not_met",
    "disputed",
    "v0_reported",
    "v1_screened",
    "v2_corroborated",
    "v3_verified",
    "v4_established",
    "of_tomorrow",
];

prop_compose! {
    fn any_review(levels: &'static [&'static str], authors: &'static [u8])(
        author in select(authors),
        number in 0_i64..6,
        who in select(vec!["a", "b", "B"]),
        level in select(levels),
        month in 1_u8..5,
        closes in proptest::option::weighted(0.2, (select(vec![1_u8, 2, 3, 9]), 0_i64..6)),
        sources in any::<bool>(),
    ) -> SignedReview {
        let mut more = vec![("at", format!("2025-0{month}-15").into())];
        more.extend(closes.map(|(of, at)| ("closes", format!("{of}-{at}").into())));
        if !sources {
            more.extend([("sources/2", false.into()), ("sources/3", true.into())]);
        }
        signed(author, number, who, level, &more)
    }
}

fn any_reviews(
    levels: &'static [&'static str],
    authors: &'static [u8],
) -> impl Strategy<Value = Vec<SignedReview>> {
    proptest::collection::vec(any_review(levels, authors), 0..12)
}

const ALL: &[u8] = &[ORIGIN, FRIEND, 3, RIVAL];

fn day(month: i8) -> Date {
    jiff::civil::date(2025, month, 20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn order_and_copies_change_nothing(
        (reviews, shuffled) in any_reviews(&LEVELS, ALL)
            .prop_flat_map(|it| (Just(it.clone()), Just([it.clone(), it].concat()).prop_shuffle())),
        month in 1_i8..6,
    ) {
        let (facts, rules) = (Facts::of(&complete()), rules(&[ORIGIN, FRIEND, 3], 2));
        let one = assess(&facts, &org(ORIGIN), &reviews, &rules, day(month));
        let other = assess(&facts, &org(ORIGIN), &shuffled, &rules, day(month));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn one_organisation_raises_nothing_of_anothers(
        held in any_reviews(&LEVELS, &[ORIGIN, FRIEND, 3]),
        hostile in any_reviews(&LEVELS, &[RIVAL]),
    ) {
        // Not by itself at any rung where no other honest organisation stands.
        let (facts, rules) = (Facts::of(&complete()), rules(&[ORIGIN, FRIEND, 3, RIVAL], 2));
        let alone = assess(&facts, &org(ORIGIN), &hostile, &rules, ALWAYS);
        prop_assert!(alone.level <= Level::Reported);
        // And it ends nobody's dispute, and sets nothing aside.
        let before = assess(&facts, &org(ORIGIN), &held, &rules, ALWAYS);
        let after = assess(&facts, &org(ORIGIN), &[held, hostile].concat(), &rules, ALWAYS);
        let decided = before.history.iter().chain(&after.history).any(|entry| {
            matches!(entry.review.step, Step::NotMet | Step::Refute | Step::Close { .. })
                && entry.author != org(RIVAL)
        });
        if !decided {
            prop_assert!(after.level != Level::Refuted && after.level != Level::NotMet);
            for dispute in &before.disputes {
                prop_assert!(after.disputes.contains(dispute));
            }
        }
    }

    #[test]
    fn without_anything_that_lowers_later_days_are_surer(
        reviews in any_reviews(&["v1_screened", "v2_corroborated", "v3_verified", "v4_established"], ALL)
    ) {
        // Each by a person of its own, so that nobody takes anything back.
        let reviews: Vec<SignedReview> = reviews.into_iter().enumerate().map(|(n, mut signed)| {
            signed.review.reviewer = format!("p{n}");
            signed.review.id = format!("id{n}");
            signed
        }).filter(|signed| signed.review.step.raises()).collect();
        let (facts, rules) = (Facts::of(&complete()), rules(&[], 1));
        let at = |month| assess(&facts, &org(ORIGIN), &reviews, &rules, day(month)).level;
        for month in 1..5 {
            prop_assert!(at(month) <= at(month + 1));
        }
    }

    #[test]
    fn what_is_verified_was_verified_by_somebody_who_did_not_record_it(
        reviews in any_reviews(&LEVELS, ALL),
        recorder in select(vec!["a", "b"]),
    ) {
        let judged = judge_by(&complete(), &reviews, &rules(&[ORIGIN, FRIEND, 3], 2));
        if judged.level >= Level::Verified {
            let others = judged.history.iter().filter(|entry| {
                let verifies = matches!(entry.review.step, Step::Verify { .. });
                let recorded = entry.author == org(ORIGIN) && entry.review.person() == recorder;
                entry.stands && verifies && !recorded
            });
            prop_assert!(others.count() > 0);
        }
    }

    #[test]
    fn an_open_dispute_is_seen(reviews in any_reviews(&LEVELS, ALL)) {
        let judged = judge_by(&complete(), &reviews, &rules(&[ORIGIN, FRIEND, 3], 2));
        if !judged.disputes.is_empty() {
            prop_assert!(judged.level <= Level::Disputed);
        }
        prop_assert!(judged.level <= judged.reached);
        prop_assert_eq!(judged.missing.is_empty(), judged.reached == Level::Established);
    }

    #[test]
    fn nothing_that_is_read_panics(
        text in ".{0,40}",
        number in any::<i64>(),
        field in select(vec!["id", "at", "level", "reason", "reviewer_code", "closes", "citation"]),
    ) {
        let read = read(RIVAL, number, "x", "v2_corroborated", &[(field, text.into())]);
        if let Ok(signed) = read {
            let judged = judge(&complete(), &[signed]);
            prop_assert!(judged.level <= Level::Reported);
        }
    }
}
