//! Three processes, of which two never meet: what the third carries tells each whom it reached.

use serde_json::Value;

use crate::{
    coalition::{COALITION, field, record, share},
    partner::{Partner, eventually},
};

/// A coalition that the carrier founds and the other two join one after the other.
fn far_apart() -> (Partner, Partner, Partner) {
    let carrier = Partner::running("Casa Norte");
    carrier.json(&["coalition", "create", COALITION]);
    let mut others = Vec::new();
    for name in ["Red Árbol", "Ríos Vivos"] {
        let mut other = Partner::running(name);
        let invite = carrier.json(&["invite", "create"]);
        other.json(&["join", invite["ticket"].as_str().unwrap()]);
        eventually("it is a member and has a name", || {
            let members = carrier.json(&["member", "list"]);
            members.as_array().unwrap().iter().any(|member| member["name"] == name)
        });
        other.stop();
        others.push(other);
    }
    let last = others.pop().unwrap();
    (others.pop().unwrap(), carrier, last)
}

/// What `incident show` says of how far a shared incident has reached.
fn reach(partner: &Partner, incident: &str) -> Value {
    let shown = partner.json(&["incident", "show", incident]);
    let reached = shown["reach"].as_array().unwrap();
    let shared = reached.iter().find(|reach| reach["circle_name"] == COALITION);
    shared.cloned().unwrap_or_default()
}

fn holder<'a>(reach: &'a Value, name: &str) -> &'a Value {
    let holders = reach["holders"].as_array().unwrap();
    holders.iter().find(|holder| holder["org_name"] == name).unwrap_or(&Value::Null)
}

#[test]
fn a_team_sees_whom_it_reached_though_it_met_only_one() {
    let (mut first, carrier, mut last) = far_apart();
    first.start();
    let incident = record(&first);
    share(&first, &incident, COALITION, "coalition");
    // The carrier has it, and says so with its signature.
    eventually("the carrier confirms", || reach(&first, &incident)["confirmed"] == 1);
    let reached = reach(&first, &incident);
    assert_eq!(reached["partners"], 2);
    assert_eq!(holder(&reached, "Casa Norte")["state"], "confirmed");
    let waiting = holder(&reached, "Ríos Vivos");
    assert_eq!(waiting["state"], "waiting");
    assert!(waiting["lacks"].as_u64().unwrap() > 0 && waiting["since"].is_number(), "{waiting}");
    let text = first.run(&["incident", "show", &incident]).out;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("1 of 2 partners have confirmed it"), "{text}");
    assert!(text.contains("waiting: Ríos Vivos since 2"), "{text}");
    first.stop();

    // The last one meets the carrier alone.
    last.start();
    eventually("it has come", || !field(&last, &incident, "date").is_empty());
    eventually("it confirms", || reach(&carrier, &incident)["confirmed"] == 2);
    last.stop();

    // And the first hears of it, still without having met it, and remembers.
    first.start();
    eventually("the last one's word has come", || reach(&first, &incident)["confirmed"] == 2);
    first.stop();
    let remembered = reach(&first, &incident);
    assert_eq!(holder(&remembered, "Ríos Vivos")["state"], "confirmed");
    assert!(holder(&remembered, "Ríos Vivos")["devices"][0]["receipt"].is_number());

    // What is new waits again.
    let edit =
        ["incident", "edit", &incident, "--set", "public_summary=Otra persona fue amenazada."];
    first.json(&edit);
    share(&first, &incident, COALITION, "coalition");
    let reached = reach(&first, &incident);
    assert_eq!(reached["confirmed"], 0, "{reached}");
    assert_eq!(holder(&reached, "Casa Norte")["state"], "waiting");
    let status = first.run(&["status"]).out;
    assert!(status.contains("What partners have not confirmed yet"), "{status}");
    assert!(status.contains("Casa Norte") && status.contains("waiting"), "{status}");
}
