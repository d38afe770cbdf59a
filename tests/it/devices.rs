//! Several machines of one organisation, as processes of their own.

mod seized;

use std::fs;

use seized::Seized;

use crate::{
    coalition::{CIRCLE, COALITION, NOTES, SUMMARY, field, record, share},
    partner::{PASSPHRASE, Partner, argument, eventually},
};

/// The first machine of an organisation, which runs, and its recovery words in a file.
fn organisation(name: &str) -> (Partner, String) {
    let mut office = Partner::bare();
    let made = office.json(&["init", "--org", name]);
    let words: Vec<&str> =
        made["recovery_words"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let words = office.write("words", &words.join(" "));
    office.start();
    (office, words)
}

/// A new machine's request for a place in an organisation, in a file.
fn request(of: &Partner, label: &str) -> (Partner, String) {
    let machine = Partner::bare();
    let org = of.json(&["status"])["org"].as_str().unwrap().to_owned();
    let out = argument(&machine.file("request"));
    let made = machine.json(&["device", "request", "--org", &org, "--name", label, "--out", &out]);
    assert_eq!(made["request"].as_str().unwrap(), fs::read_to_string(&out).unwrap().trim());
    (machine, format!("@{out}"))
}

/// A machine that was certified in this role and has accepted; its node does not run.
fn device(of: &Partner, words: &str, label: &str, role: &str) -> Partner {
    let (machine, request) = request(of, label);
    let out = argument(&machine.file("certificate"));
    let certified = of.json(&[
        "device",
        "certify",
        &request,
        "--role",
        role,
        "--yes",
        "--words-file",
        words,
        "--out",
        &out,
    ]);
    assert_eq!(certified["role"], role);
    assert_eq!(certified["label"], label);
    let shown = certified["fingerprint"].as_str().unwrap();
    let at = format!("@{out}");
    let accepted = machine.json(&["device", "accept", &at, "--fingerprint", shown]);
    assert_eq!(accepted["role"], role);
    machine
}

fn own_id(machine: &Partner) -> String {
    machine.json(&["status"])["device"].as_str().unwrap().to_owned()
}

fn state_of(machine: &Partner, device: &str) -> String {
    let list = machine.json(&["device", "list"]);
    let found = list.as_array().unwrap().iter().find(|it| it["device"] == device);
    found.map(|it| it["state"].as_str().unwrap().to_owned()).unwrap_or_default()
}

fn incidents(machine: &Partner) -> u64 {
    machine.json(&["status"])["incidents"].as_u64().unwrap()
}

/// Records something short; what it answers.
fn add(machine: &Partner, summary: &str) -> serde_json::Value {
    machine.json(&[
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
        summary,
    ])
}

#[test]
fn a_field_device_reads_and_writes_what_its_organisation_has_and_decides_nothing() {
    let (office, words) = organisation("Red Árbol");
    let incident = record(&office);
    office.json(&["coalition", "create", COALITION]);
    let mut field_device = device(&office, &words, "boat telephone", "field");
    field_device.start();
    eventually("the dossier is in the field", || {
        field(&field_device, &incident, "summary") == SUMMARY
    });
    assert_eq!(field(&field_device, &incident, "notes"), NOTES, "also what is never shared");
    eventually("the coalition is in the field", || {
        let coalitions = field_device.json(&["coalition", "list"]);
        coalitions[0]["name"] == COALITION
    });
    let found = add(&field_device, "Desde el campo.")["row"]["id"].as_str().unwrap().to_owned();
    eventually("the field's record is in the office", || {
        field(&office, &found, "summary") == "Desde el campo."
    });
    let refused = field_device.error(&["invite", "create"], 4);
    assert!(refused["message"].as_str().unwrap().contains("signs no decisions"), "{refused}");
    // What the organisation joins later comes along.
    office.json(&["coalition", "create", "Segunda Alianza"]);
    eventually("a later coalition is in the field", || {
        field_device.json(&["coalition", "list"]).as_array().unwrap().len() == 2
    });
    let list = office.json(&["device", "list"]);
    let roles: Vec<_> = list.as_array().unwrap().iter().map(|it| it["role"].clone()).collect();
    assert!(roles.contains(&"field".into()) && roles.contains(&"admin".into()), "{list}");
    // Circles inside the coalition need nothing of it either.
    assert_eq!(
        field_device.error(&["circle", "create", CIRCLE, "--with", "x"], 4)["code"],
        "no-admin-device"
    );
}

#[test]
fn a_revoked_field_device_reads_up_to_its_revocation_and_no_further() {
    let (office, words) = organisation("Casa Norte");
    let before = add(&office, "Antes de la incautación.")["row"]["id"].as_str().unwrap().to_owned();
    let mut stolen = device(&office, &words, "boat telephone", "field");
    let mut twin = device(&office, &words, "second telephone", "field");
    stolen.start();
    twin.start();
    eventually("the device reads", || field(&stolen, &before, "summary").starts_with("Antes"));
    eventually("so does its twin", || field(&twin, &before, "summary").starts_with("Antes"));
    twin.stop();
    let id = own_id(&stolen);
    let shown = office.json(&["device", "revoke", "boat telephone", "--dry-run"]);
    assert_eq!(shown["device"].as_str(), Some(id.as_str()));
    assert_eq!(state_of(&office, &id), "active", "a dry run changes nothing");
    assert_eq!(office.error(&["device", "revoke", &id], 4)["code"], "device-unconfirmed");
    // Who has the device cuts it off the network first.
    stolen.stop();
    let revoked = office.json(&["device", "revoke", &id, "--yes", "--words-file", &words]);
    assert_eq!(revoked["revoked"], true);
    assert_eq!(revoked["new_keys"], 1);
    assert_eq!(state_of(&office, &id), "revoked");
    let after =
        add(&office, "Después de la incautación.")["row"]["id"].as_str().unwrap().to_owned();
    // It writes, opens what it had, and gets nothing more.
    let late =
        add(&stolen, "Escrito por quien la tiene.")["row"]["id"].as_str().unwrap().to_owned();
    assert!(field(&stolen, &before, "summary").starts_with("Antes"), "what was read stays read");
    stolen.start();
    let first = own_id(&office);
    let sync = stolen.run(&["sync", &first, "--timeout", "3s"]);
    assert_eq!(sync.code, Some(5), "it reaches nobody who serves it: {sync:?}");
    // One that was not revoked is served at that moment, so it is not the network.
    twin.start();
    eventually("its twin reads what is new", || {
        field(&twin, &after, "summary").starts_with("Después")
    });
    let sync = twin.run(&["sync", &first, "--timeout", "20s"]);
    assert_eq!(sync.code, Some(0), "{sync:?}");
    let sync = stolen.run(&["sync", &first, "--timeout", "3s"]);
    assert_eq!(sync.code, Some(5), "it reaches nobody who serves it: {sync:?}");
    assert_eq!(field(&stolen, &after, "summary"), "");
    assert_eq!(field(&office, &late, "summary"), "");
    assert_eq!(incidents(&stolen), 2);
    assert_eq!(incidents(&office), 2);
}

#[test]
fn a_dropbox_records_and_what_is_seized_with_it_cannot_be_read() {
    let (mut office, words) = organisation("Ríos Vivos");
    let told = record(&office);
    let mut dropbox = device(&office, &words, "radio post", "dropbox");
    // Before any key came it says so, and keeps nothing.
    let early = dropbox.error(
        &[
            "incident",
            "add",
            "--country",
            "CO",
            "--date",
            "2024",
            "--violation",
            "death_threat",
            "--counting-unit",
            "individual",
            "--summary",
            "Demasiado pronto.",
        ],
        4,
    );
    assert!(early["message"].as_str().unwrap().contains("no key"), "{early}");
    dropbox.start();
    dropbox.json(&["sync"]);
    let canary = "Canario cuatro siete.";
    let deposited = add(&dropbox, canary);
    let incident = deposited["incident"].as_str().unwrap();
    eventually("the office reads what was deposited", || {
        field(&office, incident, "summary") == canary
    });
    for command in [
        &["incident", "list"][..],
        &["incident", "show", incident],
        &["incident", "show", &told],
        &["search", "canario"],
        &["coalition", "create", COALITION],
    ] {
        assert_eq!(dropbox.error(command, 4)["code"], "dropbox", "{command:?}");
    }
    // Without the office it goes on recording; what is not sent yet is sealed all the same.
    office.stop();
    let waiting = add(&dropbox, "Canario que espera.")["incident"].as_str().unwrap().to_owned();
    let status = dropbox.json(&["status"]);
    assert_eq!(status["incidents"], 0);
    let entries: u64 = status["circles"][0]["entries"].as_u64().unwrap();
    assert!(entries >= 2, "{status}");
    dropbox.stop();
    assert_eq!(status["circles"].as_array().unwrap().len(), 1, "it knows of no other circle");
    let seized = Seized::of(&dropbox.home(), PASSPHRASE);
    assert_eq!(seized.deposits, 2, "what was sent and what waits is there, sealed");
    assert!(seized.grants > 0 && seized.opened == 0, "no grant is for it");
    // Its own affairs come out: the test opens what can be opened.
    assert!(seized.shows("radio post"));
    for text in [canary, "Canario que espera.", SUMMARY, NOTES] {
        assert!(!seized.shows(text), "{text}");
        assert!(!dropbox.log().contains(text), "{text}");
    }
    // The same search finds all of it where it may be read: it looks into what is packed.
    let read = Seized::of(&office.home(), PASSPHRASE);
    assert!(read.opened > 0, "those to the office open");
    for text in [canary, SUMMARY, NOTES] {
        assert!(read.shows(text), "{text}");
    }
    assert!(!read.shows("Canario que espera."), "that never came");
    // What was not sent before it was seized is not lost to the organisation, if it is given back.
    office.start();
    dropbox.start();
    eventually("what waited arrives", || {
        field(&office, &waiting, "summary") == "Canario que espera."
    });
}

#[test]
fn certificates_are_for_one_machine_and_taken_once() {
    let (office, words) = organisation("Casa Sur");
    let (machine, text) = request(&office, "one");
    let (other, _text) = request(&office, "two");
    let certify = |request: &str, role: &str| {
        office.run(&[
            "device",
            "certify",
            request,
            "--role",
            role,
            "--yes",
            "--words-file",
            &words,
            "--json",
        ])
    };
    let certified = certify(&text, "node");
    assert_eq!(certified.code, Some(0), "{}", certified.err);
    let certified: serde_json::Value = serde_json::from_str(&certified.out).unwrap();
    let certificate = certified["certificate"].as_str().unwrap();
    let file = machine.write("certificate", certificate);
    let at = format!("@{file}");
    // The home waits, and says so.
    assert!(machine.error(&["status"], 4)["message"].as_str().unwrap().contains("waits"));
    let refused = other.error(&["device", "accept", &at, "--yes"], 4);
    assert!(refused["message"].as_str().unwrap().contains("another device"), "{refused}");
    let mut altered = certificate.to_owned();
    let last = altered.pop().unwrap();
    altered.push(if last == 'a' { 'b' } else { 'a' });
    let altered = machine.write("altered", &altered);
    let refused = machine.error(&["device", "accept", &format!("@{altered}"), "--yes"], 2);
    assert!(refused["hints"][0].as_str().unwrap().contains("copy it again"), "{refused}");
    // Both machines show the same fingerprint, and who does not compare takes nothing.
    let shown = certified["fingerprint"].as_str().unwrap();
    let refused = machine.error(&["device", "accept", &at], 4);
    assert_eq!(refused["code"], "device-not-entered");
    assert!(refused["message"].as_str().unwrap().contains(shown), "{refused}");
    let wrong = ["device", "accept", &at, "--fingerprint", "aaaa-aaaa-aaaa-aaaa-aaaa"];
    assert_eq!(machine.error(&wrong, 4)["code"], "device-other-fingerprint");
    let typed = shown.replace('-', " ").to_uppercase();
    machine.json(&["device", "accept", &at, "--fingerprint", &typed]);
    // A second time, from the same home.
    machine.error(&["device", "accept", &at, "--yes"], 4);
    // The same request once more, for more than was given.
    let again = certify(&text, "admin");
    assert_eq!(again.code, Some(4), "{}", again.err);
    // Other words than the organisation's sign nothing.
    let (_stranger, wrong) = organisation("Otra");
    let (_third, third) = request(&office, "three");
    let signed = office.run(&[
        "device",
        "certify",
        &third,
        "--role",
        "node",
        "--yes",
        "--words-file",
        &wrong,
        "--json",
    ]);
    assert_eq!(signed.code, Some(7), "{}", signed.err);
    assert_eq!(office.json(&["device", "list"]).as_array().unwrap().len(), 2);
}

#[test]
fn a_certificate_that_cannot_be_written_or_is_lost_costs_nothing() {
    let (office, words) = organisation("Red Corta");
    let incident = add(&office, "Antes.")["row"]["id"].as_str().unwrap().to_owned();
    let (mut machine, text) = request(&office, "laptop");
    let shown = machine.json(&[
        "device",
        "request",
        "--org",
        office.json(&["status"])["org"].as_str().unwrap(),
    ]);
    let fingerprint = shown["fingerprint"].as_str().unwrap().to_owned();
    let certify = |out: &str, fingerprint: &str| {
        office.run(&[
            "device",
            "certify",
            &text,
            "--role",
            "node",
            "--fingerprint",
            fingerprint,
            "--words-file",
            &words,
            "--out",
            out,
            "--json",
        ])
    };
    let out = argument(&office.file("certificate"));
    assert_eq!(certify(&out, "aaaa-aaaa-aaaa-aaaa-aaaa").code, Some(4), "another fingerprint");
    let nowhere = argument(&office.file("no/such/folder"));
    assert_ne!(certify(&nowhere, &fingerprint).code, Some(0));
    assert_ne!(certify(&words, &fingerprint).code, Some(0), "no file is replaced");
    assert_eq!(office.json(&["device", "list"]).as_array().unwrap().len(), 1, "not certified");
    assert_eq!(certify(&out, &fingerprint).code, Some(0));
    fs::remove_file(&out).unwrap();
    assert_eq!(certify(&out, &fingerprint).code, Some(0), "once more");
    assert_eq!(office.json(&["device", "list"]).as_array().unwrap().len(), 2, "certified once");
    machine.json(&["device", "accept", &format!("@{out}"), "--yes"]);
    machine.start();
    eventually("the machine reads", || field(&machine, &incident, "summary") == "Antes.");
}

#[test]
fn a_field_device_shares_with_partners_and_is_cut_off_everywhere_once_it_is_revoked() {
    let (mut office, words) = organisation("Red Árbol");
    office.json(&["coalition", "create", COALITION]);
    let partner = Partner::running("Casa Norte");
    let invite = office.json(&["invite", "create"]);
    partner.json_with(&["join", "-"], invite["ticket"].as_str().unwrap());
    let mut boat = device(&office, &words, "boat telephone", "field");
    boat.start();
    eventually("the coalition is on the boat", || {
        boat.json(&["coalition", "list"])[0]["name"] == COALITION
    });
    let devices = |of: &Partner| {
        let members = of.json(&["member", "list"]);
        let found = members.as_array().unwrap().iter().find(|it| it["name"] == "Red Árbol");
        found.map_or(0, |it| it["devices"].as_array().unwrap().len())
    };
    eventually("the partner knows the boat", || devices(&partner) == 2);
    // Boat and partner find each other, without the office.
    eventually("the boat knows where the partner listens", || {
        let peers = boat.json(&["peer", "list"]);
        peers
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["org_name"] == "Casa Norte" && it["connected"] == true)
    });
    office.stop();
    let first = record(&boat);
    share(&boat, &first, COALITION, "coalition");
    eventually("the partner reads what the boat shared", || {
        field(&partner, &first, "country") == "CO"
    });
    boat.stop();
    office.start();
    // The office holds nothing of that yet. It would not count, so the office looks first.
    eventually("the office reads it from the partner", || {
        field(&office, &first, "country") == "CO"
    });
    let id = own_id(&boat);
    let revoked = office.json(&["device", "revoke", &id, "--yes", "--words-file", &words]);
    assert_eq!(revoked["circles"], 2);
    let stands = || {
        let members = partner.json(&["member", "list"]);
        let found = members.as_array().unwrap().iter().find(|it| it["name"] == "Red Árbol");
        found.map(|it| it["standing"].clone())
    };
    assert_eq!(stands().unwrap(), "steward", "the organisation stays what it was");
    let second = record(&boat);
    share(&boat, &second, COALITION, "coalition");
    boat.start();
    // The partner has heard of it from the office, and gives the boat nothing, nor takes.
    let from_boat = || boat.run(&["sync", "Casa Norte", "--timeout", "2s"]).code;
    eventually("the boat is refused", || from_boat() == Some(5));
    // Both are there, and reach each other, at that moment.
    let third = record(&office);
    share(&office, &third, COALITION, "coalition");
    eventually("the partner reads what the office shares", || {
        field(&partner, &third, "country") == "CO"
    });
    let office_id = own_id(&office);
    assert_eq!(partner.run(&["sync", &office_id, "--timeout", "20s"]).code, Some(0));
    assert_eq!(from_boat(), Some(5));
    assert_eq!(field(&boat, &third, "country"), "");
    assert_eq!(field(&partner, &second, "country"), "");
    assert_eq!(field(&partner, &first, "country"), "CO", "what counted still does");
}
