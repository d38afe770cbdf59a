//! The worked table of cases: every rule of the indicator and of the computation has one at least.

use std::collections::BTreeSet;

use super::kit::{World, ask, rows};
use crate::figures::{Aside, Issue};

const TABLE: &str = include_str!("worked.tsv");

/// Every rule of 6.1 and 6.2 that must have a case, and the examples of 6.5.
const RULES: &[&str] = &[
    "6.1 A state",
    "6.1 A other own",
    "6.1 A other failure",
    "6.1 A undetermined",
    "6.1 A2",
    "6.1 B",
    "6.1 C",
    "6.1 D",
    "6.1 E",
    "6.1 F",
    "6.1 annex",
    "6.1 policy",
    "6.1 population",
    "6.1 associate",
    "6.1 motivation",
    "6.1 link",
    "6.1 beyond",
    "6.2.1 level",
    "6.2.1 consent",
    "6.2.1 mandated",
    "6.2.1 clusters",
    "6.2.2 period",
    "6.2.2 straddles",
    "6.2.2 continues",
    "6.2.3 highest",
    "6.2.3 persons",
    "6.2.4 part_of",
    "6.2.4 precedes",
    "6.2.5 revision",
    "6.2.6 unit",
    "6.2.6 members",
    "6.2.7 mass",
    "6.2.8 not known",
    "6.2.8 coverage",
    "6.5 examples",
];

struct Case {
    rule: &'static str,
    title: &'static str,
    incidents: &'static str,
    expected: &'static str,
}

fn cases() -> Vec<Case> {
    let lines = TABLE.lines().skip(1).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [rule, title, incidents, expected] = cells[..] else { panic!("{line}") };
            Case { rule, title, incidents, expected }
        })
        .collect()
}

fn issue(case: &Case) -> Issue {
    World::of(case.incidents).report(2024)
}

#[test]
fn every_case_comes_out_as_the_table_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let issue = issue(&case);
        for expected in case.expected.split(';').map(str::trim) {
            let (question, answer) = expected.rsplit_once('=').unwrap();
            let found = ask(&issue, question);
            if found != answer {
                wrong.push(format!(
                    "{}: {}: {question} is {found}, not {answer}",
                    case.rule, case.title
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case() {
    let cases = cases();
    let rules: BTreeSet<&str> = cases.iter().map(|case| case.rule).collect();
    // A revision needs two issues, see `digests`.
    let missing: Vec<&&str> =
        RULES.iter().filter(|rule| !rules.contains(**rule) && **rule != "6.2.5 revision").collect();
    assert!(missing.is_empty(), "{missing:?}");
    let unknown: Vec<&&str> = rules.iter().filter(|rule| !RULES.contains(rule)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(cases.len() >= 60, "{}", cases.len());
}

/// Each way into a category and each reason that the program knows is reached by some case.
#[test]
fn every_reason_has_a_case() {
    let mut reasons = BTreeSet::new();
    for case in cases() {
        let rows = rows(&issue(&case), "members/cases.csv");
        reasons.extend(rows.into_iter().map(|mut row| row.remove("why").unwrap()));
    }
    let mut wanted: BTreeSet<&str> = crate::figures::eligibility::reasons().collect();
    for aside in [
        Aside::OutsidePopulation,
        Aside::PopulationNotCoded,
        Aside::AssociateOtherwise,
        Aside::Personal,
        Aside::MotivationPending,
    ] {
        wanted.insert(aside.name());
    }
    wanted.extend(["awaiting attribution", "below v3_verified"]);
    let missing: Vec<&&str> = wanted.iter().filter(|it| !reasons.contains(**it)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
