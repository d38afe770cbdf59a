//! The registry as a documentation officer uses it: entries, evidence, search.

use serde_json::Value;

use crate::{
    coalition::record,
    partner::{Partner, argument},
};

/// What would leave, and what is withheld.
fn leaves(partner: &Partner, incident: &str) -> (Value, Value) {
    let args = ["incident", "share", incident, "--circle", "Alianza", "--tier", "coalition"];
    let shared = partner.json(&[&args[..], &["--dry-run"]].concat());
    let one = &shared["incidents"][0];
    (one["fields"].clone(), one["withheld"].clone())
}

fn keys(fields: &Value, part: &str) -> Vec<String> {
    let prefix = format!("{part}/");
    let fields = fields.as_object().unwrap().keys();
    fields.filter(|path| path.starts_with(&prefix)).cloned().collect()
}

#[test]
fn entries_are_added_and_evidence_stays_until_somebody_releases_it() {
    let node = Partner::new("Red Árbol");
    node.json(&["coalition", "create", "Alianza"]);
    let incident = record(&node);
    let added = node.json(&[
        "incident",
        "append",
        &incident,
        "legal",
        "stage=reported",
        "date=2024-05-04",
        "causes/delay=yes",
        "case_no=CN-77",
    ]);
    let stage = keys(&added["fields"], "legal").into_iter().find(|it| it.ends_with("/stage"));
    let stage = stage.unwrap();
    assert_eq!(added["fields"][&stage]["value"], "reported");

    let photo = node.write("foto-inventada.png", "\u{89}PNG not really");
    let added = node.json(&["incident", "evidence", &incident, &photo, "--type", "photo"]);
    let digest = keys(&added["fields"], "evidence").into_iter().find(|it| it.ends_with("sha256"));
    let digest = digest.unwrap();
    assert_eq!(added["fields"][&digest]["value"].as_str().unwrap().len(), 64);
    assert_eq!(keys(&added["fields"], "custody").len(), 3);

    let (fields, withheld) = leaves(&node, &incident);
    assert_eq!(fields[&stage], "reported");
    assert!(keys(&fields, "evidence").is_empty() && keys(&fields, "custody").is_empty());
    let case_no = stage.replace("stage", "case_no");
    let withheld: Vec<&str> =
        withheld.as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert!(withheld.contains(&case_no.as_str()), "{withheld:?}");

    let release = digest.replace("sha256", "release");
    let identifies = digest.replace("sha256", "identifies");
    node.json(&["incident", "edit", &incident, "--set", &format!("{release}=coalition")]);
    assert_eq!(keys(&leaves(&node, &incident).0, "evidence"), [digest.replace("sha256", "type")]);
    node.json(&["incident", "edit", &incident, "--set", &format!("{identifies}=yes")]);
    assert!(keys(&leaves(&node, &incident).0, "evidence").is_empty(), "it shows who or where");
}

#[test]
fn what_is_no_entry_is_refused_and_changes_nothing() {
    let node = Partner::new("Red Árbol");
    let incident = record(&node);
    let before = node.json(&["incident", "show", &incident]);
    let nowhere = argument(&node.file("no such file"));
    for (args, code) in [
        (vec!["incident", "append", &incident, "nonsense", "a=b"], 2),
        (vec!["incident", "append", &incident, "legal", "stage=nonsense"], 2),
        (vec!["incident", "append", &incident, "legal", "stage"], 2),
        (vec!["incident", "append", &incident, "legal"], 2),
        (vec!["incident", "append", "ffffffffffffffff", "legal", "stage=reported"], 3),
        (vec!["incident", "evidence", &incident, &nowhere, "--type", "photo"], 3),
    ] {
        node.error(&args, code);
    }
    assert_eq!(node.json(&["incident", "show", &incident]), before);
}

#[test]
fn a_field_officer_saves_a_report_in_two_minutes() {
    let node = Partner::new("Red Árbol");
    let saved = node.json(&[
        "incident",
        "add",
        "--country",
        "EC",
        "--date",
        "2026-11",
        "--violation",
        "threat_harm",
        "--summary",
        "Amenaza inventada.",
        "--counting-unit",
        "community",
    ]);
    assert_eq!(saved["row"]["level"], "v0_reported");
    assert_eq!(saved["fields"]["consent/basis"]["value"], "none_recorded");
    for fields in
        [["--family", "threat"], ["--country", "Ecuador"], ["--counting-unit", "community"]]
    {
        let found = node.json(&[&["search", "amenaza"][..], &fields].concat());
        assert_eq!(found["total"], 1, "{fields:?}");
    }
    assert_eq!(node.json(&["search", "amenaza", "--level", "v1+"])["total"], 0);
    let with = |state: &str| node.json(&["search", "--consent", state])["total"].clone();
    assert_eq!([with("none"), with("in_force"), with("withdrawn")], [1, 0, 0]);
    node.error(&["search", "--consent", "perhaps"], 2);
    node.error(&["search", "--sector", "alchemy"], 2);
}
