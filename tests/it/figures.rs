//! Numbers and reports of two partners who hold the same.

use std::fs;

use serde_json::Value;

use crate::{
    coalition::{COALITION, share, two_stewards},
    partner::{Partner, argument, eventually},
};

/// A killing with all that the levels ask for; consent for the coalition, and for statistics if so.
fn killing(partner: &Partner, date: &str, pseudonym: &str, statistics: bool) -> String {
    let victim = format!("pseudonym={pseudonym},sex_gender=female,age_band=30_44");
    let mut args = vec![
        "incident",
        "add",
        "--country",
        "CO",
        "--date",
        date,
        "--violation",
        "killing",
        "--counting-unit",
        "individual",
        "--summary",
        "Resumen inventado.",
        "--admin1",
        "Cauca",
        "--victim",
        &victim,
        "--source",
        "type=victim,independent=yes",
        "--source",
        "type=media,independent=yes",
        "--set",
        "acts/1/motivation=victim_activity",
        "--set",
        "acts/1/sdg_population=hrd",
        "--set",
        "acts/1/by/1=direct",
        "--set",
        "perpetrators/1/type=hired_gunman",
        "--set",
        "perpetrators/1/state_link=non_state",
        "--consent",
        "informed_explicit",
        "--scope",
        "share_coalition_deid",
    ];
    if statistics {
        args.extend(["--scope", "statistics"]);
    }
    let added = partner.json(&args);
    let incident = added["row"]["id"].as_str().unwrap().to_owned();
    share(partner, &incident, COALITION, "coalition");
    incident
}

fn review(partner: &Partner, incident: &str, level: &str, person: &str) {
    let words = ["review", "add", incident, "--to", level, "--reason", "Inventado", "--as", person];
    let more: &[&str] = if level == "v3" { &["--grounds", "Dos relatos coinciden."] } else { &[] };
    partner.json(&[&words[..], more].concat());
}

/// To v3, by two persons of two organisations.
fn verify(incident: &str, origin: &Partner, other: &Partner) {
    for level in ["v1", "v2", "v3"] {
        review(origin, incident, level, "R-1");
    }
    eventually("the other sees the reviews", || level(other, incident) == "v2_corroborated");
    review(other, incident, "v3", "S-1");
    for partner in [origin, other] {
        eventually("it is verified", || level(partner, incident) == "v3_verified");
    }
}

fn level(partner: &Partner, incident: &str) -> String {
    let shown = partner.run(&["--json", "incident", "show", incident]);
    let shown: Value = serde_json::from_str(&shown.out).unwrap_or_default();
    shown["row"]["level"].as_str().unwrap_or_default().to_owned()
}

fn report(partner: &Partner, name: &str, more: &[&str]) -> (String, Value) {
    let out = argument(&partner.file(name));
    let words = ["report", "sdg-16-10-1", "--year", "2024", "--out", &out];
    let issue = partner.json(&[&words[..], more].concat());
    (out, issue)
}

fn file(folder: &str, name: &str) -> String {
    fs::read_to_string(format!("{folder}/{name}")).unwrap()
}

#[test]
fn two_partners_make_the_same_report_of_one_event_with_two_claims() {
    let (a, b) = two_stewards();
    let first = killing(&a, "2024-05-03", "V-014", true);
    let second = killing(&b, "2024-05", "B-7", true);
    let silent = killing(&a, "2024-06-09", "V-015", false);
    eventually("both read all three", || {
        [&a, &b].iter().all(|partner| {
            [&first, &second, &silent].iter().all(|it| !level(partner, it).is_empty())
        })
    });
    verify(&first, &a, &b);
    verify(&silent, &a, &b);
    let total =
        |partner: &Partner, name: &str| report(partner, name, &[]).1["totals"]["CO"].clone();
    assert_eq!(total(&a, "before"), 1, "one verified, one not, one without consent");

    a.json(&["cluster", "same", &first, &second, "--reason", "El mismo hecho"]);
    let cover =
        ["stats", "coverage", "declare", "--country", "CO", "--from", "2024", "--to", "2024"];
    b.json(&[&cover[..], &["--violation", "A", "--violation", "torture"]].concat());
    let government = ["report", "government", "add", "--country", "CO", "--year", "2024"];
    b.json(&[&government[..], &["--status", "not_reported"]].concat());
    eventually("a has what b declares", || {
        let list = |words: &[&str]| a.json(words).as_array().map_or(0, Vec::len);
        list(&["stats", "coverage", "list"]) == 1 && list(&["report", "government", "list"]) == 1
    });
    eventually("b has the judgement", || {
        let list = b.json(&["cluster", "list"]);
        list.to_string().contains(&first)
    });
    let ((ours, issue), (theirs, other)) = (report(&a, "informe", &[]), report(&b, "informe", &[]));
    assert_eq!(issue["digest"], other["digest"]);
    for name in issue["files"].as_object().unwrap().keys() {
        assert_eq!(file(&ours, name), file(&theirs, name), "{name}");
    }
    assert_eq!((&issue["claims"], &issue["clusters"]), (&3.into(), &2.into()));
    assert_eq!(issue["totals"]["CO"], 1);
    let table = file(&ours, "table-1.csv");
    let row = |category: &str| {
        let begin = format!("CO,2024,2024-01-01,2024-12-31,all,{category},");
        table.lines().find(|line| line.starts_with(&begin)).unwrap().to_owned()
    };
    assert!(row("C").contains(",11011,0,0,") && row("B").contains(",020222,..,..,"));
    let killed = row("A1");
    assert!(killed.contains(",0101 110131,1,<5,") && killed.contains(",1,1,"), "{killed}");
    assert!(file(&ours, "members/internal.csv").contains(",A1,1"), "consent is missing once");
    let cases = file(&ours, "members/cases.csv");
    assert!(cases.contains(&first) && !cases.contains(&silent) && !table.contains("V-014"));

    assert_eq!(a.run(&["report", "check", &ours]).code, Some(0));
    fs::write(format!("{ours}/table-1.csv"), table.replace("11011,0", "11011,9")).unwrap();
    assert_eq!(a.run(&["report", "check", &ours]).code, Some(4));

    // As of the day before everything there is nothing, and nothing of it is lost.
    let (_, early) = report(&a, "early", &["--as-of", "2024-01-01", "--country", "CO"]);
    assert!(early["totals"]["CO"].is_null(), "nobody covered anything then");
    let again = report(&a, "later", &["--previous", &theirs]).0;
    assert!(file(&again, "table-7.csv").lines().nth(1).unwrap().starts_with('#'), "no revision");

    let counted = b.json(&["stats", "count", "--from", "2024"]);
    assert_eq!((&counted["victims"], &counted["claims"]), (&1.into(), &2.into()));
    assert_eq!(counted["without_consent"], 1);
    let crossed = b.json(&["stats", "cross", "--rows", "violation", "--columns", "sex"]);
    assert_eq!(crossed["cells"][0][0], "<5");
    b.error(&["stats", "cross", "--rows", "nonsense", "--columns", "sex"], 2);
    let found = a.json(&["stats", "impunity", "--years", "1"]);
    assert_eq!((&found["incidents"], &found["share"]), (&1.into(), &"1.000".into()));
}
