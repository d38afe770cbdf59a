//! Verification among partners, and consent that is withdrawn: with commands alone.

use crate::{
    coalition::{COALITION, NAME, field, record, share, two_stewards},
    partner::{Partner, eventually},
};

fn level(partner: &Partner, incident: &str) -> String {
    let shown = partner.run(&["review", "list", incident, "--circle", COALITION, "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown.out).unwrap_or_default();
    shown["level"].as_str().unwrap_or_default().to_owned()
}

fn review(partner: &Partner, incident: &str, more: &[&str]) -> serde_json::Value {
    let args = ["review", "add", incident, "--reason", "Checked", "--as", "R-1"];
    partner.json(&[&args[..], more].concat())
}

#[test]
fn partners_verify_dispute_and_agree() {
    let (a, b) = two_stewards();
    let incident = record(&a);
    review(&a, &incident, &["--to", "v1"]);
    share(&a, &incident, COALITION, "coalition");
    eventually("the partner reads the level", || level(&b, &incident) == "v1_screened");
    // One partner alone does not raise another's incident beyond what the record bears.
    let refused = b
        .error(&["review", "add", &incident, "--to", "v2", "--reason", "So I say", "--as", "X"], 4);
    assert!(refused["hints"].to_string().contains("independent"), "{refused}");

    let opened = review(&b, &incident, &["--to", "disputed"]);
    eventually("the dispute arrives", || level(&a, &incident) == "disputed");
    let dispute = opened["incidents"][0]["review"].as_str().unwrap().to_owned();
    let closing = ["--closes", &dispute, "--to", "v1"];
    let refused = b.error(
        &[&["review", "add", &incident, "--reason", "Mine", "--as", "X"][..], &closing].concat(),
        4,
    );
    assert!(refused["message"].as_str().unwrap().contains("change nothing"), "{refused}");
    review(&a, &incident, &closing);
    eventually("it is closed at both", || {
        [&a, &b].iter().all(|partner| level(partner, &incident) == "v1_screened")
    });
    let listed = b.json(&["search", "--level", "v1", "--circle", COALITION]);
    assert_eq!(listed["total"], 1);
    let told = b.run(&["review", "list", &incident]);
    assert!(told.out.contains("disputed") && told.out.contains("Casa Norte"), "{}", told.out);
    let told = b.run(&["review", "checklist", &incident]);
    assert!(told.out.contains("[v2_corroborated]"), "{}", told.out);
}

#[test]
fn who_withdraws_is_out_of_every_partners_view() {
    let (a, b) = two_stewards();
    let incident = record(&a);
    let victim = ["--set", "victims/2/pseudonym=Colibri", "--set", "acts/2/violation=killing"];
    a.json(&[&["incident", "edit", &incident][..], &victim].concat());
    a.json(&["incident", "edit", &incident, "--set", "acts/2/victim=2"]);
    share(&a, &incident, COALITION, "coalition");
    eventually("it is there", || field(&b, &incident, "victims/1/pseudonym") == "V-014");
    let gone = a.json(&["consent", "withdraw", &format!("{incident}/1")]);
    assert_eq!(gone["taken_back"][0]["counts"]["updated"], 1, "{gone}");
    eventually("it is gone", || field(&b, &incident, "victims/1/pseudonym").is_empty());
    assert_eq!(field(&b, &incident, "victims/2/pseudonym"), "Colibri");
    assert!(!b.run(&["incident", "show", &incident]).out.contains("V-014"));
    let told = a.run(&["consent", "list"]);
    assert!(told.out.contains("withdrawn") && !told.out.contains(NAME), "{}", told.out);
    a.error(&["consent", "withdraw", "ffffffff"], 3);
}
