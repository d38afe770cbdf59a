//! The same data give the same bytes, other data others; an issue is revised by the next.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    kit::{World, ask, government, rows},
    sums::worlds,
};
use crate::figures::{Government, check};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// In whatever order clusters and claims came.
    #[test]
    fn two_partners_who_hold_the_same_get_the_same_bytes(
        text in worlds(), seed in any::<prop::sample::Index>()
    ) {
        let mut parts: Vec<&str> = text.split(";;").collect();
        let first = World::of(&parts.join(";;")).report(2024);
        let by = seed.index(parts.len());
        parts.rotate_left(by);
        let mut turned = World::of(&parts.join(";;"));
        turned.clusters.reverse();
        prop_assert_eq!(first, turned.report(2024));
    }
}

#[test]
fn claims_of_one_cluster_come_in_any_order() {
    let four =
        ["org=a", "id=2 org=b level=v4 date=2024-05-03", "id=3 org=c level=v1", "id=4 org=d"];
    let told: Vec<String> =
        four.iter().map(|it| format!("{it} cluster=x act=1:torture:state:own:hrd")).collect();
    let first = World::of(&told.join(";;")).report(2024);
    for by in 1..told.len() {
        let mut turned = told.clone();
        turned.rotate_left(by);
        assert_eq!(World::of(&turned.join(";;")).report(2024), first);
    }
}

#[test]
fn whatever_goes_in_changes_the_digest() {
    let world = World::of("act=1:killing:state:own:hrd");
    let digest = |world: &World| world.report(2024).digest;
    let mut seen = BTreeSet::from([digest(&world)]);
    for other in [
        "level=v4 act=1:killing:state:own:hrd",
        "org=b act=1:killing:state:own:hrd",
        "act=1:killing:state:own:hrd public_summary=x",
        "act=1:killing:state:own:hrd ;; id=2 act=1:killing:state:own:hrd",
        "uncovered ;; act=1:killing:state:own:hrd",
        "nostat=1 act=1:killing:state:own:hrd",
    ] {
        assert!(seen.insert(digest(&World::of(other))), "{other}");
    }
    let records = || vec![government("year=2023 status=not_reported")];
    let day = "2026-07-01".parse().unwrap();
    for issue in [
        world.report(2023),
        world.report_with(|it| it.as_of = day).unwrap(),
        world.report_with(|it| it.exempt_killings = true).unwrap(),
        world.report_with(|it| it.countries = BTreeSet::new()).unwrap(),
        world.report_with(|it| it.vocabulary = "3".to_owned()).unwrap(),
        world.report_with(|it| it.government = records()).unwrap(),
    ] {
        assert!(seen.insert(issue.digest));
    }
}

#[test]
fn an_issue_holds_against_its_own_digest_and_says_it_in_every_table() {
    let issue = World::of("act=1:killing:state:own:hrd").report(2024);
    let read = |name: &str| issue.files.get(name).map(|text| text.clone().into_bytes());
    let checked = check(&issue.files["digest.txt"], read).unwrap();
    assert!(checked.holds() && checked.inputs == Some(true), "{checked:?}");
    assert_eq!(checked.digest, issue.digest.as_str());
    assert!(!issue.files["digest.txt"].contains("members/"), "counts could be found by trying");
    assert!(issue.files["members/digest.txt"].contains("  members/internal.csv\n"));
    let mut tables = 0;
    for (name, text) in issue.files.iter().filter(|(name, _)| name.ends_with(".csv")) {
        tables += 1;
        if name == "open-sdg.csv" {
            assert!(!text.contains('#'), "platforms would read it as data");
            continue;
        }
        assert!(text.contains(&format!("\n# digest {}\n", issue.digest.as_str())), "{name}");
        assert!(text.contains("\n# SHADOW figure") && text.contains("\n# as-of 2026-06-30"));
    }
    assert_eq!(tables, 13, "nine, the summary of the ninth, two for members, Open SDG");
}

#[test]
fn a_case_that_is_coded_anew_is_revised_in_its_own_year() {
    let taken = "v=1:male act=1:enforced_disappearance:state:own:hrd";
    let others = ";; id=2 act=1:killing:state:own:hrd ;; id=3 act=1:torture:state:own:hrd";
    let before = World::of(&format!("{taken} {others}")).report(2024);
    let previous = before.files["members/cases.csv"].as_str();
    let found = World::of(&format!(
        "{taken} act=1:killing:state:own:hrd ;; id=2 level=disputed act=1:killing:state:own:hrd \
         ;; id=3 act=1:torture:state:own:hrd ;; id=4 act=1:torture:state:own:hrd"
    ));
    let revised = |year| {
        let mut inputs = found.inputs(year);
        inputs.previous = Some(previous);
        crate::figures::report(&inputs).unwrap()
    };
    // The next issue is of another year, and revises the year of the earlier one.
    for issue in [revised(2024), revised(2025)] {
        let value = |key: &str, column| ask(&issue, &format!("7|2024,{key}|{column}"));
        assert_eq!((value("B", "old_value"), value("B", "new_value")), ("1".into(), "0".into()));
        assert_eq!(value("B", "reason"), "1 to A1");
        assert_eq!(value("A1", "old_value"), "1");
        assert_eq!(value("A1", "reason"), "1 from B; 1 stands aside or is held no more");
        assert_eq!(
            (value("C", "new_value"), value("C", "reason")),
            ("2".into(), "1 newly counted".into())
        );
        assert_eq!(rows(&issue, "table-7.csv").len(), 3);
    }
    let same = before.files["members/cases.csv"].as_str();
    let world = World::of(&format!("{taken} {others}"));
    let issue = world.report_with(|it| it.previous = Some(same)).unwrap();
    assert!(rows(&issue, "table-7.csv").is_empty());
    assert!(world.report_with(|it| it.previous = Some("not an issue")).is_err());
}

#[test]
fn that_consent_was_withdrawn_is_not_told() {
    let before = World::of("act=1:torture:state:own:hrd").report(2024);
    let previous = before.files["members/cases.csv"].as_str();
    for after in
        ["nostat=1 act=1:torture:state:own:hrd", "level=disputed act=1:torture:state:own:hrd"]
    {
        let world = World::of(after);
        let issue = world.report_with(|it| it.previous = Some(previous)).unwrap();
        assert_eq!(ask(&issue, "7|C|reason"), "1 stands aside or is held no more", "{after}");
    }
}

#[test]
fn a_total_that_nobody_covers_is_none() {
    let total = |text: &str| World::of(text).report(2024).totals["CO"];
    assert_eq!(total("uncovered"), None);
    assert_eq!(total(""), Some(0));
    assert_eq!(total("uncovered ;; act=1:torture:state:own:hrd"), Some(1));
}

#[test]
fn a_government_is_compared_only_where_both_sides_are_the_same() {
    let world = World::of("act=1:killing:state:own:hrd ;; id=2 act=1:torture:state:own:hrd");
    let all = "populations/hrd=yes populations/journalist=yes populations/trade_unionist=yes";
    let with = |records: Vec<Government>| world.report_with(|it| it.government = records).unwrap();
    let one = |text: &str| {
        let issue = with(vec![government(&format!("year=2024 {text}"))]);
        ask(&issue, "9|2024|difference")
    };
    let five = "status=reported values/a=5 values/b=0 values/c=0 values/d=0 values/e=0 values/f=0";
    assert_eq!(one(&format!("{five} {all}")), "-3");
    assert_eq!(one(&format!("{five} {all} populations/associate=yes")), "-3");
    assert_eq!(one(&format!("{five} values/total=5 {all}")), "-3");
    assert_eq!(one(&format!("status=zero_reported {all}")), "2");
    for (text, why) in [
        ("status=reported values/total=5".to_owned(), "population not stated"),
        ("status=reported values/total=5 populations/hrd=yes".to_owned(), "population narrower"),
        (format!("status=partial values/a=1 {all}"), "categories missing: B C D E F"),
        (format!("status=reported values/total=5 fiscal_year=yes {all}"), "fiscal year"),
        (format!("status=reported values/total=5 counts_incidents=yes {all}"), "counts incidents"),
        ("status=not_reported".to_owned(), "no number reported (not_reported)"),
        (format!("status=reported values/total=5 {all}"), "categories of the total not stated"),
        (format!("status=reported values/total=5 values/a=5 {all}"), "categories missing: B C D E"),
        (format!("{five} values/total=6 {all}"), "not the sum of the categories"),
        (format!("{five} {all} populations/not_in_scope=yes"), "population wider"),
    ] {
        let found = one(&text);
        assert!(found.starts_with("not comparable: ") && found.contains(why), "{text}: {found}");
    }
    for (ours, why) in [
        ("uncovered ;; act=1:killing:state:own:hrd", "does not cover all categories"),
        ("act=1:killing:state:assoc:associate", "population narrower: ours counts associates"),
    ] {
        let government = || vec![government(&format!("year=2024 {five} {all}"))];
        let issue = World::of(ours).report_with(|it| it.government = government()).unwrap();
        let found = ask(&issue, "9|2024|difference");
        assert!(found.starts_with("not comparable: ") && found.contains(why), "{ours}: {found}");
    }
    let issue = with(Vec::new());
    assert_eq!(ask(&issue, "9|2024|gov_status"), "unknown");
    let issue = with(vec![
        government("year=2020 status=reported values/total=1"),
        government("year=2021 status=not_applicable"),
        government("year=2022 status=not_reported"),
        government("year=2023 status=narrative_only"),
        government("year=2025 status=reported"),
    ]);
    let summary = &rows(&issue, "table-9-summary.csv")[0];
    assert_eq!(summary["due_years"], "3");
    assert_eq!(summary["consistency_score"], "0.333");
    assert_eq!(summary["streak_of_silence"], "2");
}
