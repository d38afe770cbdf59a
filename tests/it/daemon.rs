//! Whole nodes, each a process of its own: what partners can do together, and what stays closed.

use crate::{
    coalition::{
        CIRCLE, COALITION, NAME, NOTES, SUMMARY, VEREDA, approve, field, record, share,
        three_partners, two_stewards,
    },
    partner::{Partner, eventually, files_with},
};

/// Everything that a partner answers about what it holds.
fn told(partner: &Partner, incident: &str) -> String {
    let commands: [&[&str]; 6] = [
        &["incident", "list"],
        &["incident", "show", incident],
        &["status"],
        &["conflicts"],
        &["circle", "list"],
        &["proposal", "list", "--all"],
    ];
    commands.iter().map(|args| partner.json(args).to_string()).collect()
}

#[test]
fn partners_see_what_they_may_and_names_stay_home() {
    let (a, b, c) = three_partners();
    a.json(&["circle", "create", CIRCLE, "--with", "casa norte"]);
    let incident = record(&a);
    let preview =
        ["incident", "share", &incident, "--circle", COALITION, "--tier", "coalition", "--dry-run"];
    assert_eq!(a.json(&preview)["counts"]["would-publish"], 1);
    share(&a, &incident, COALITION, "coalition");
    share(&a, &incident, CIRCLE, "restricted");
    let again = ["incident", "share", &incident, "--circle", COALITION, "--tier", "coalition"];
    assert_eq!(a.json(&again)["counts"]["unchanged"], 1);

    eventually("B reads its circle's facet", || field(&b, &incident, "place/name") == VEREDA);
    eventually("C reads the coalition's facet", || !field(&c, &incident, "date").is_empty());
    assert_eq!(field(&b, &incident, "date"), "2024-05-03");
    assert_eq!(field(&b, &incident, "summary"), SUMMARY);
    assert_eq!(field(&c, &incident, "date"), "2024-05");
    assert_eq!(field(&c, &incident, "victims/1/pseudonym"), "V-014");

    let (to_b, to_c) = (told(&b, &incident), told(&c, &incident));
    for sealed in [NAME, NOTES] {
        assert!(!to_b.contains(sealed) && !to_c.contains(sealed), "{sealed}");
    }
    for restricted in [VEREDA, SUMMARY, "2024-05-03", "2.4411"] {
        assert!(to_b.contains(restricted), "{restricted}");
        assert!(!to_c.contains(restricted), "{restricted}");
    }
    assert!(!to_c.contains(CIRCLE), "C does not know of a circle that it is not in");

    for partner in [&a, &b, &c] {
        for text in [NAME, NOTES, SUMMARY, VEREDA, "2.4411", "V-014", COALITION, CIRCLE] {
            let files = files_with(&partner.home(), text);
            assert!(files.is_empty(), "{text} is in the clear in {files:?}");
            assert!(!partner.log().contains(text), "{text} in the log");
        }
    }
}

#[test]
fn edits_made_apart_converge_and_a_person_settles_the_conflict() {
    let (mut a, mut b) = two_stewards();
    let incident = record(&a);
    share(&a, &incident, COALITION, "coalition");
    eventually("B reads it", || !field(&b, &incident, "date").is_empty());

    // Both nodes are down, so neither can see what the other writes.
    a.stop();
    b.stop();
    let edit = ["incident", "edit", &incident, "--circle", COALITION, "--set"];
    a.json(&[&edit[..], &["acts/1/outcome=in_hiding"]].concat());
    b.json(&[&edit[..], &["acts/1/outcome=displaced", "--set", "acts/1/attempted=yes"]].concat());
    a.start();
    b.start();
    let conflict = |partner: &Partner| partner.json(&["conflicts"])[0].clone();
    eventually("both have both values", || {
        [&a, &b].iter().all(|it| conflict(it)["values"].as_array().is_some_and(|it| it.len() == 2))
    });
    assert_eq!(conflict(&a)["path"], "acts/1/outcome");
    assert_eq!(conflict(&a)["ruling"], conflict(&b)["ruling"], "the same value rules everywhere");
    assert_eq!(field(&a, &incident, "acts/1/attempted"), "true", "other edits merged");

    let values = conflict(&b)["values"].as_array().unwrap().clone();
    let wanted = values.iter().find(|it| it["value"] == "in_hiding").unwrap();
    assert_eq!(wanted["org_name"], "Red Árbol");
    b.json(&["conflicts", "settle", &incident, "acts/1/outcome", &wanted["number"].to_string()]);
    eventually("it is settled on both", || {
        [&a, &b].iter().all(|it| it.json(&["conflicts"]) == serde_json::json!([]))
    });
    assert_eq!(field(&b, &incident, "acts/1/outcome"), "in_hiding");
}

#[test]
fn what_is_written_after_a_removal_is_closed() {
    const BEFORE: &str = "Escrito antes del retiro.";
    const AFTER: &str = "Escrito después: canario posterior.";
    let (a, b, c) = three_partners();
    let incident = record(&a);
    let publish = |text: &str| {
        a.json(&["incident", "edit", &incident, "--set", &format!("public_summary={text}")]);
        share(&a, &incident, COALITION, "coalition");
    };
    publish(BEFORE);
    eventually("C reads what is shared", || field(&c, &incident, "public_summary") == BEFORE);

    let said = a.json(&["member", "remove", "Ríos Vivos", "--dry-run"]);
    assert!(said["proposals"].as_array().unwrap().is_empty());
    assert!(!said["does_not_achieve"].as_array().unwrap().is_empty());
    let removal = a.json(&["member", "remove", "Ríos Vivos"]);
    approve(&b, removal["proposals"][0]["id"].as_str().unwrap());
    eventually("A has heard of it", || {
        let members = a.json(&["member", "list"]);
        members.as_array().unwrap().iter().any(|it| it["standing"] == "removed")
    });
    publish(AFTER);
    eventually("B reads what came after", || field(&b, &incident, "public_summary") == AFTER);
    // C tries what it can: its sync fails, and it has what it had.
    assert_eq!(c.run(&["sync", "--timeout", "2s"]).code, Some(5));
    assert_eq!(field(&c, &incident, "public_summary"), BEFORE);
    c.json(&["incident", "edit", &incident, "--set", "acts/1/outcome=dead"]);
    let status = c.run(&["status"]);
    assert!(status.out.contains("no longer gives us entries"), "{}", status.out);
    assert!(!told(&c, &incident).contains(AFTER));
    assert_eq!(field(&b, &incident, "acts/1/outcome"), "unharmed", "C's later edit counts nowhere");
    let listed = b.json(&["incident", "show", &incident]);
    assert_eq!(listed["facets"][0]["author_names"], serde_json::json!(["Red Árbol"]));
}

#[test]
fn a_suspended_partner_waits_outside_until_the_stewards_let_it_in_again() {
    const MEANWHILE: &str = "Escrito durante la suspensión.";
    let (a, b, c) = three_partners();
    let incident = record(&a);
    share(&a, &incident, COALITION, "coalition");
    eventually("C reads what is shared", || field(&c, &incident, "acts/1/outcome") == "unharmed");

    // One steward is enough to close the door at once.
    a.json(&["member", "suspend", "Ríos Vivos"]);
    a.json(&["incident", "edit", &incident, "--set", &format!("public_summary={MEANWHILE}")]);
    share(&a, &incident, COALITION, "coalition");
    eventually("B reads what came after", || field(&b, &incident, "public_summary") == MEANWHILE);
    c.run(&["sync", "--timeout", "2s"]);
    assert!(!told(&c, &incident).contains(MEANWHILE));

    // To open it again, they decide.
    let proposal = a.json(&["member", "reinstate", "Ríos Vivos"]);
    approve(&b, proposal["id"].as_str().unwrap());
    eventually("C reads it now", || field(&c, &incident, "public_summary") == MEANWHILE);
}
