//! Numbers and reports: the words of each command, and the folder of an issue.

use std::{collections::BTreeMap, fs};

use super::{Ended, FakeNodes, run, run_with};
use crate::api::{
    Answer, Request,
    figures::{Basis, Bytes, FigureFilter, Issue, ReportRequest, StatsRequest},
};

fn asked(line: &str) -> Vec<Request> {
    run(line).asked
}

fn answered(line: &str, answer: Answer) -> Ended {
    let words: Vec<&str> = line.split(' ').collect();
    run_with(&FakeNodes::answering(Ok(answer)), "", &words)
}

fn stats(request: StatsRequest) -> Vec<Request> {
    vec![Request::Stats(Box::new(request))]
}

fn report(request: ReportRequest) -> Vec<Request> {
    vec![Request::Report(Box::new(request))]
}

#[test]
fn of_numbers() {
    let filter = FigureFilter {
        countries: vec!["CO".to_owned()],
        years: Some((2020, 2024)),
        violations: vec!["killing".to_owned()],
        level: Some("v3".to_owned()),
        as_of: Some("2025-01-01".to_owned()),
        circle: Some("C".to_owned()),
    };
    let words = "--country CO --from 2020 --to 2024 --violation killing --level v3 \
                 --as-of 2025-01-01 --circle C";
    assert_eq!(asked(&format!("stats count {words}")), stats(StatsRequest::Count { filter }));
    let filter = FigureFilter { years: Some((2024, 2024)), ..FigureFilter::default() };
    let (rows, columns) = ("violation".to_owned(), "sex".to_owned());
    let unit = "victims".to_owned();
    assert_eq!(
        asked("stats cross --rows violation --columns sex --from 2024"),
        stats(StatsRequest::Cross { filter, rows, columns, unit })
    );
    let filter = FigureFilter::default();
    assert_eq!(
        asked("stats trend --by quarter"),
        stats(StatsRequest::Trend { filter: filter.clone(), by: "quarter".to_owned() })
    );
    assert_eq!(asked("stats impunity"), stats(StatsRequest::Impunity { filter, age: 3 }));
}

#[test]
fn of_coverage_and_governments() {
    assert_eq!(
        asked("stats coverage declare --country CO --from 2020 --to 2024 --violation A --note N"),
        stats(StatsRequest::CoverageDeclare {
            circle: None,
            country: "CO".to_owned(),
            years: (2020, 2024),
            violations: vec!["A".to_owned()],
            admin1: Vec::new(),
            note: Some("N".to_owned()),
        })
    );
    assert_eq!(
        asked("stats coverage withdraw --country CO --from 2020 --to 2024"),
        stats(StatsRequest::CoverageWithdraw {
            circle: None,
            country: "CO".to_owned(),
            years: (2020, 2024),
        })
    );
    assert_eq!(asked("stats coverage list"), stats(StatsRequest::CoverageList { circle: None }));
    let fields = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(
        asked(
            "report government add --country CO --year 2023 --status reported --value A=12 \
             --population hrd --set fiscal_year=yes"
        ),
        report(ReportRequest::GovernmentAdd {
            circle: None,
            fields: fields(&[
                ("country", "CO"),
                ("year", "2023"),
                ("status", "reported"),
                ("instrument", "vnr"),
                ("values/a", "12"),
                ("populations/hrd", "yes"),
                ("fiscal_year", "yes"),
            ]),
        })
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("indicator.csv");
    fs::write(&file, "Year,Value\n").unwrap();
    assert_eq!(
        asked(&format!("report government import {} --country CO --year 2024", file.display())),
        report(ReportRequest::GovernmentImport {
            circle: None,
            content: Bytes(b"Year,Value\n".to_vec()),
            year: 2024,
            fields: fields(&[("country", "CO"), ("instrument", "sdg_database")]),
        })
    );
}

fn issue(text: &str) -> Answer {
    let digest = crate::figures::Digest::of(b"in").as_str().to_owned();
    let list = format!("# digest {digest}\n{}  table-1.csv\n", {
        crate::figures::Digest::of(text.as_bytes()).as_str().to_owned()
    });
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Answer::Issue(Box::new(Issue {
        basis: Basis {
            circle: crate::model::id::CircleId::new([1; 32]),
            circle_name: Some("Alianza Inventada".to_owned()),
            as_of: "2025-01-01".to_owned(),
            level: "v3_verified".to_owned(),
            tier: "coalition".to_owned(),
        },
        period: "2024-01-01/2024-12-31".to_owned(),
        files: BTreeMap::from([
            file("digest.txt", &list),
            file("table-1.csv", text),
            file("members/cases.csv", "cases"),
            file("members/inputs.txt", "in"),
        ]),
        digest,
        totals: BTreeMap::from([("CO".to_owned(), Some(7))]),
        claims: 9,
        clusters: 8,
    }))
}

#[test]
fn an_issue_is_written_once_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("informe");
    let line = format!("report sdg-16-10-1 --year 2024 --out {}", out.display());
    let written = answered(&line, issue("a"));
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(written.out.contains("SHADOW") && written.out.contains("2025-01-01"));
    assert_eq!(fs::read_to_string(out.join("members/cases.csv")).unwrap(), "cases");
    let check = format!("report check {}", out.display());
    assert_eq!(run(&check).code, 0);
    // Not over it without --force, nor with it over what is no issue.
    assert_eq!(run(&line).code, 4);
    assert_eq!(answered(&format!("{line} --force"), issue("b")).code, 0);
    fs::write(out.join("table-1.csv"), "c").unwrap();
    let checked = run(&check);
    assert_eq!(checked.code, 4);
    assert!(checked.out.contains("CHANGED  table-1.csv"), "{}", checked.out);
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("letter"), "x").unwrap();
    let line = format!("report sdg-16-10-1 --year 2024 --out {} --force", other.display());
    assert_eq!(run(&line).code, 4);
}

#[test]
fn an_earlier_issue_goes_along() {
    let folder = tempfile::tempdir().unwrap();
    let before = folder.path().join("before");
    fs::create_dir_all(before.join("members")).unwrap();
    fs::write(before.join("members/cases.csv"), "cases\n").unwrap();
    let out = folder.path().join("after");
    let line = format!(
        "report sdg-16-10-1 --year 2024 --country CO --exempt-killings --previous {} --out {}",
        before.display(),
        out.display()
    );
    let ended = answered(&line, issue("a"));
    assert_eq!(
        ended.asked,
        report(ReportRequest::Sdg {
            year: 2024,
            end: None,
            countries: vec!["CO".to_owned()],
            as_of: None,
            circle: None,
            exempt_killings: true,
            previous: Some("cases\n".to_owned()),
        })
    );
}
