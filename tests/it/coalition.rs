//! Partners that share a coalition, made with commands alone.

use crate::partner::{Partner, eventually};

pub(crate) const COALITION: &str = "Alianza Inventada";
pub(crate) const CIRCLE: &str = "Grupo de caso";

/// Names and places that must not leave; nothing else in the tests contains them. No text below has
/// a word of the name: it would be withheld for that.
pub(crate) const NAME: &str = "Zoraida Inventada";
pub(crate) const VEREDA: &str = "Vereda Canario Ficticia";
pub(crate) const SUMMARY: &str = "Resumen canario: llamadas con amenazas.";
pub(crate) const NOTES: &str = "Nota que se queda en casa.";

/// Two stewards: the first founds, the second joins with the first's ticket.
pub(crate) fn two_stewards() -> (Partner, Partner) {
    let (a, b) = (Partner::running("Red Árbol"), Partner::running("Casa Norte"));
    a.json(&["coalition", "create", COALITION]);
    let invite = a.json(&["invite", "create", "--steward"]);
    assert_eq!(invite["state"], "open", "one steward decides alone");
    let joined = b.json_with(&["join", "-"], ticket(&invite));
    assert_eq!(joined["name"], COALITION);
    eventually("both are stewards", || {
        [&a, &b].iter().all(|partner| stewards(partner) == 2 && names(partner).len() == 2)
    });
    (a, b)
}

/// Two stewards and a member, whose invite both stewards approved.
pub(crate) fn three_partners() -> (Partner, Partner, Partner) {
    let (a, b) = two_stewards();
    let c = Partner::running("Ríos Vivos");
    let invite = a.json(&["invite", "create"]);
    assert_eq!(invite["state"], "proposed", "two stewards decide together");
    let refused = c.error(&["join", ticket(&invite)], 4);
    assert!(refused["message"].as_str().unwrap().contains("not open"), "{refused}");
    let proposal = invite["proposal"].as_str().unwrap();
    approve(&b, proposal);
    eventually("the invite is open", || {
        let invites = a.json(&["invite", "list"]);
        invites
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["id"] == invite["id"] && it["state"] == "open")
    });
    c.json(&["join", ticket(&invite)]);
    eventually("everybody knows everybody", || {
        [&a, &b, &c].iter().all(|partner| names(partner).len() == 3)
    });
    (a, b, c)
}

/// Approves a proposal as soon as it has arrived.
pub(crate) fn approve(steward: &Partner, proposal: &str) {
    eventually("the proposal arrives", || {
        steward.run(&["proposal", "show", proposal]).code == Some(0)
    });
    let decided = steward.json(&["proposal", "approve", proposal]);
    assert_eq!(decided["state"], "decided");
}

fn ticket(invite: &serde_json::Value) -> &str {
    invite["ticket"].as_str().unwrap()
}

fn stewards(partner: &Partner) -> usize {
    let members = partner.json(&["member", "list"]);
    members.as_array().unwrap().iter().filter(|it| it["standing"] == "steward").count()
}

/// The names of a coalition's members that a partner can read.
fn names(partner: &Partner) -> Vec<String> {
    let members = partner.json(&["member", "list"]);
    let names = members.as_array().unwrap().iter().filter_map(|it| it["name"].as_str());
    names.map(str::to_owned).collect()
}

/// Records an incident full of what must stay, with consent for named partners and the coalition.
pub(crate) fn record(partner: &Partner) -> String {
    let victim = format!("pseudonym=V-014,name={NAME},role=indigenous_leader");
    let added = partner.json(&[
        "incident",
        "add",
        "--country",
        "CO",
        "--date",
        "2024-05-03",
        "--violation",
        "death_threat",
        "--counting-unit",
        "individual",
        "--summary",
        SUMMARY,
        "--notes",
        NOTES,
        "--admin1",
        "Cauca",
        "--admin2",
        "Popayán",
        "--place",
        VEREDA,
        "--point",
        "2.4411,-76.6022",
        "--victim",
        &victim,
        "--source",
        "type=victim,reliability=likely_reliable",
        "--public-summary",
        "Una persona fue amenazada.",
        "--set",
        "acts/1/outcome=unharmed",
        "--consent",
        "informed_explicit",
        "--scope",
        "share_coalition_deid",
        "--scope",
        "share_partners_named",
    ]);
    added["row"]["id"].as_str().unwrap().to_owned()
}

/// Shares an incident.
pub(crate) fn share(partner: &Partner, incident: &str, circle: &str, tier: &str) {
    partner.json(&["incident", "share", incident, "--circle", circle, "--tier", tier]);
}

/// What a partner reads in a field; empty when it does not see the incident or the field.
pub(crate) fn field(partner: &Partner, incident: &str, path: &str) -> String {
    let shown = partner.run(&["incident", "show", incident, "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown.out).unwrap_or_default();
    let value = &shown["fields"][path]["value"];
    let text = value.as_str().map(str::to_owned);
    text.unwrap_or_else(|| if value.is_null() { String::new() } else { value.to_string() })
}
