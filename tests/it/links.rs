//! How a node uses its link, over real processes.

use std::fs;

use crate::{
    coalition::{COALITION, record, share, two_stewards},
    partner::{Partner, argument, eventually},
};

/// A file of which the copy can be told.
fn add_and_share(partner: &Partner) -> (String, String) {
    let incident = record(partner);
    let file = partner.file("carta.txt");
    fs::write(&file, vec![b'x'; 50_000]).unwrap();
    let added = partner.json(&[
        "evidence",
        "add",
        &incident,
        &argument(&file),
        "--type",
        "official_letter",
    ]);
    let item = added[0]["key"].as_str().unwrap();
    let copied = partner.json(&[
        "evidence",
        "share",
        item,
        "--release",
        "coalition",
        "--unscrubbed",
        "--identifies",
        "no",
    ]);
    share(partner, &incident, COALITION, "coalition");
    (incident, copied[0]["key"].as_str().unwrap().to_owned())
}

#[test]
fn a_metered_link_carries_records_and_no_files() {
    let (a, b) = two_stewards();
    // Either side may be the one that pays; the other is told.
    for (payer, name) in [(&a, "the giver"), (&b, "the taker")] {
        let found = payer.json(&["network", "--metered", "on"]);
        assert_eq!(found["metered"], true, "{found}");
        let (_incident, copy) = add_and_share(&a);
        let listed = || {
            let list = b.json(&["evidence", "list"]);
            list.as_array().unwrap().iter().find(|it| it["key"] == copy.as_str()).cloned()
        };
        eventually("the record arrives", || listed().is_some());
        let out = argument(&b.file(&format!("{name}.txt")));
        let get = ["evidence", "get", &copy, "--out", &out, "--timeout", "4s"];
        let error = b.error(&get, 5);
        assert!(error["message"].as_str().unwrap().contains("not here yet"), "{name}: {error}");
        assert_eq!(listed().unwrap()["come"].as_u64().unwrap_or(0), 0, "{name}: nothing came");
        // Once it is free again the file comes by itself.
        payer.json(&["network", "--metered", "off"]);
        eventually("the file arrives", || listed().unwrap()["state"] == "here");
    }
}

#[test]
fn what_is_set_holds_for_one_run_and_a_metered_node_is_no_relay() {
    let mut a = Partner::running("Red Árbol");
    let found = a.json(&["network", "--metered", "on", "--bandwidth-limit", "20kbit/s"]);
    assert_eq!((&found["metered"], &found["bandwidth_limit"]), (&true.into(), &20_000.into()));
    assert!(a.run(&["network"]).out.contains("20 kbit/s"));
    a.stop();
    a.start();
    let found = a.json(&["network"]);
    assert_eq!((&found["metered"], found["bandwidth_limit"].is_null()), (&false.into(), true));
    a.stop();
    let refused = a.run(&["run", "--relay", "--metered"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
}

#[test]
fn a_node_that_hides_tells_no_address_of_its_own() {
    let (a, mut b, mut c) =
        (Partner::running("Red Árbol"), Partner::new("Casa Norte"), Partner::new("Ríos Vivos"));
    a.json(&["coalition", "create", COALITION]);
    b.start_with(&[]);
    c.start_with(&["--hide-address"]);
    for partner in [&b, &c] {
        let invite = a.json(&["invite", "create"]);
        partner.json_with(&["join", "-"], invite["ticket"].as_str().unwrap());
    }
    assert_eq!(c.json(&["network"])["hide_address"], true);
    let addresses = |org: &str| {
        let peers = a.json(&["peer", "list"]);
        let found = peers.as_array().unwrap().iter().find(|it| it["org_name"] == org).cloned();
        found.map(|it| it["addresses"].as_array().unwrap().len())
    };
    eventually("A knows where B is", || addresses("Casa Norte") > Some(0));
    // Records of C come: what it told of itself came before.
    let incident = record(&c);
    share(&c, &incident, COALITION, "coalition");
    eventually("C's record is here", || !a.json(&["incident", "list"])["rows"][0].is_null());
    assert_eq!(addresses("Ríos Vivos"), Some(0), "{}", a.json(&["peer", "list"]));
}
