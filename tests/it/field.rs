//! The README's tour of the field: a dropbox that never meets a network, a stick, and what the
//! organisation's office and its partner make of what comes on it.

use std::fs;

use serde_json::Value;

use crate::{
    coalition::{COALITION, share, two_stewards},
    partner::{Partner, argument, eventually},
};

/// A machine of the organisation in a role, certified by texts alone; it never runs.
fn machine(office: &Partner, label: &str, role: &str) -> Partner {
    let machine = Partner::bare();
    let org = office.json(&["status"])["org"].as_str().unwrap().to_owned();
    let asked = machine.json(&["device", "request", "--org", &org, "--name", label]);
    let request = asked["request"].as_str().unwrap();
    let words = argument(&office.file("words"));
    let certified = office.json(&[
        "device",
        "certify",
        request,
        "--role",
        role,
        "--yes",
        "--words-file",
        &words,
    ]);
    let entered = certified["fingerprint"].as_str().unwrap();
    let certificate = certified["certificate"].as_str().unwrap();
    machine.json(&["device", "accept", certificate, "--fingerprint", entered]);
    machine
}

/// Carries what one may give to another, on a stick that is empty afterwards.
fn carry(from: &Partner, recipient: &str, to: &Partner) -> Value {
    let stick = tempfile::tempdir().unwrap();
    let folder = argument(stick.path());
    let written = from.json(&[
        "bundle",
        "export",
        "--to",
        recipient,
        "--max-size",
        "100KB",
        "--since-receipt",
        "--out",
        &folder,
    ]);
    let mut files: Vec<&str> = written["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["file"].as_str().unwrap())
        .collect();
    assert!(!files.is_empty());
    for file in &files {
        assert!(fs::metadata(file).unwrap().len() <= 100_000);
    }
    files.reverse();
    to.json(&[&["bundle", "import"], files.as_slice()].concat())
}

fn records(machine: &Partner, summary: &str) -> String {
    let text = format!("--summary={summary}");
    let added = machine.json(&[
        "incident",
        "add",
        "--country=CO",
        "--date=2024-05-03",
        "--violation=death_threat",
        "--counting-unit=individual",
        "--admin1=Cauca",
        "--public-summary=Una persona defensora fue amenazada.",
        "--victim=pseudonym=V-021,role=indigenous_leader",
        "--consent=informed_explicit",
        "--scope=share_coalition_deid",
        &text,
    ]);
    added["incident"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_dropbox_records_comes_on_a_stick_and_is_shared_by_its_office() {
    let (headquarters, office) = two_stewards();
    let dropbox = machine(&office, "buzón", "dropbox");
    // Another one may not have what the first records, and must not keep it from the office either.
    let other = machine(&office, "otro buzón", "dropbox");
    let id = dropbox.json(&["status"])["device"].as_str().unwrap().to_owned();
    let org = office.json(&["status"])["org"].as_str().unwrap().to_owned();

    // There and back: the key to seal with, and what was sealed with it.
    let taken = carry(&office, &id, &dropbox);
    assert!(taken["entries"].as_u64().unwrap() > 0, "{taken}");
    let incident = records(&dropbox, "Aviso por radio.");
    assert_eq!(dropbox.error(&["incident", "show", &incident], 4)["code"], "dropbox");
    carry(&dropbox, &org, &office);
    let shown = office.json(&["incident", "show", &incident]);
    assert_eq!(shown["fields"]["summary"]["value"], "Aviso por radio.");

    assert_eq!(other.json(&["status"])["circles"].as_array().unwrap().len(), 1);

    // It was told of its own circle and of no other: what it does not know nobody finds on it.
    let circles = dropbox.json(&["status"])["circles"].clone();
    assert_eq!(circles.as_array().unwrap().len(), 1, "{circles}");

    // The office shares it as its own, and is told when the partner has it.
    share(&office, &incident, COALITION, "coalition");
    eventually("the partner reads the facet", || {
        headquarters.run(&["incident", "show", &incident]).code == Some(0)
    });
    eventually("the partner has confirmed it", || {
        let reach = office.json(&["incident", "show", &incident])["reach"].clone();
        let reach = reach.as_array().unwrap();
        reach.iter().any(|it| it["confirmed"] == 1 && it["partners"] == 1)
    });
}
