//! A phone in the hands of whoever took it: what it cannot do to what others sent, to what people
//! have looked at, and to the node; and what is done about it.

use super::{
    another,
    client::{Client, Part},
    door, edit_of, fields, incidents, report, states, submissions,
};
use crate::partner::Partner;

fn summary(node: &Partner, incident: &serde_json::Value) -> String {
    let shown = node.json(&["incident", "show", incident.as_str().unwrap()]);
    shown["fields"]["summary"]["value"].as_str().unwrap().to_owned()
}

#[test]
fn an_edit_that_comes_first_suppresses_nothing_of_another_phone() {
    let (node, phone) = door();
    let thief = another(&node, &phone, "p-2");
    let ahead = report("uuid:9", &edit_of("uuid:1"), "No pasó nada.");
    assert_eq!(thief.submit(&ahead, &[]).status, 201);
    let genuine = report("uuid:1", "", "Tres hombres.");
    assert_eq!(phone.submit(&genuine, &[Part::file("1.jpg", super::PHOTO)]).status, 201);
    let came = submissions(&node, &[]);
    assert_eq!(states(&came), ["incident", "incident"]);
    assert_ne!(came[0]["incident"], came[1]["incident"]);
    assert_eq!(summary(&node, &came[0]["incident"]), "Tres hombres.");
    assert_eq!(came[0]["files"][0]["name"], "1.jpg");
    // Whoever sent it can still edit it, and the other not, nor by sending all once more.
    let own = report("uuid:2", &edit_of("uuid:1"), "Cuatro hombres.");
    assert_eq!(phone.submit(&own, &[]).status, 201);
    assert_eq!(thief.submit(&ahead, &[]).status, 202);
    let later = report("uuid:8", &edit_of("uuid:2"), "Nadie.");
    assert_eq!(thief.submit(&later, &[]).status, 201);
    let came = submissions(&node, &[]);
    assert_eq!(states(&came), ["held", "incident", "superseded", "incident"]);
    assert_eq!(summary(&node, &came[1]["incident"]), "Cuatro hombres.");

    // The same phone may send its edit first: one incident, and it says what the edit says.
    let early = report("uuid:5", &edit_of("uuid:4"), "Después.");
    assert_eq!(phone.submit(&early, &[]).status, 201);
    assert_eq!(phone.submit(&report("uuid:4", "", "Antes."), &[]).status, 201);
    assert_eq!(incidents(&node).len(), 3);
    let came = submissions(&node, &[]);
    assert_eq!(states(&came)[..2], ["superseded", "incident"]);
    assert_eq!(summary(&node, &came[1]["incident"]), "Después.");

    // A person may know that both phones are of one carrier.
    node.json(&["openrosa", "submissions", "accept", "uuid:8"]);
    let came = submissions(&node, &[]);
    assert_eq!(states(&came)[2..], ["incident", "superseded", "superseded", "incident"]);
    assert_eq!(summary(&node, &came[2]["incident"]), "Nadie.");
    assert_eq!(phone.submit(&own, &[]).status, 202);
    assert_eq!(summary(&node, &came[2]["incident"]), "Nadie.");
}

/// As on another device of the organisation: the incident is here, its entry is not.
#[test]
fn an_incident_that_came_otherwise_is_not_written_over() {
    let (node, phone) = door();
    let mapping = include_str!("nuestro.toml");
    let file = node.write("ours.toml", mapping);
    node.json(&["import", "mapping", "save", "ours", &file]);
    let form = node.write("ours.xml", include_str!("nuestro.xml"));
    node.json(&["openrosa", "form", "add", &form, "--mapping", "ours"]);
    let list = "hecho/cuando,hecho/tipo,hecho/relato,meta/instanceID,hecho/camino,hecho/punto,\
        hecho/sectores\n2026-11-20T10:30:00.000-05:00,desalojo,De la lista.,uuid:1,,,\n";
    let list = node.write("list.csv", list);
    node.json(&["import", &list, "--mapping", &file]);
    assert_eq!(fields(&node)["summary"]["value"], "De la lista.");
    let sent = |id: &str, more: &str, text: &str| {
        format!(
            "<data id='nuestro'><hecho><cuando>2026-11-20T10:30:00.000-05:00</cuando>\
             <tipo>desalojo</tipo><relato>{text}</relato></hecho><meta><instanceID>{id}</instanceID>\
             {more}</meta></data>"
        )
    };
    assert_eq!(phone.submit(&sent("uuid:1", "", "Del teléfono."), &[]).status, 201);
    let edit = sent("uuid:2", &edit_of("uuid:1"), "Editado.");
    assert_eq!(phone.submit(&edit, &[]).status, 201);
    assert_eq!(fields(&node)["summary"]["value"], "De la lista.");
    let came = submissions(&node, &["--held"]);
    assert_eq!(came.len(), 1);
    assert_eq!(came[0]["reason"], "other-origin");
    assert_eq!(came[0]["incident"], incidents(&node)[0]["id"]);
    node.json(&["openrosa", "submissions", "accept", "2"]);
    assert_eq!(fields(&node)["summary"]["value"], "Editado.");
}

#[test]
fn an_edit_of_what_people_looked_at_waits_for_them() {
    let (node, phone) = door();
    let report = |id: &str, more: &str, summary: &str| {
        let placed = "<country>CO</country><admin1>CO-CAU</admin1>";
        report(id, more, summary).replace("<country>CO</country>", placed)
    };
    assert_eq!(phone.submit(&report("uuid:1", "", "Uno."), &[]).status, 201);
    let edit = report("uuid:2", &edit_of("uuid:1"), "Dos.");
    assert_eq!(phone.submit(&edit, &[]).status, 201);
    assert_eq!(fields(&node)["summary"]["value"], "Dos.", "nobody has looked yet");
    let incident = incidents(&node)[0]["id"].as_str().unwrap().to_owned();
    let words = ["review", "add", &incident, "--to", "v1", "--reason", "Leído", "--as", "R-1"];
    node.json(&words);
    let edit = report("uuid:3", &edit_of("uuid:2"), "Tres.");
    assert_eq!(phone.submit(&edit, &[]).status, 201);
    assert_eq!(phone.submit(&edit, &[]).status, 202);
    assert_eq!(fields(&node)["summary"]["value"], "Dos.");
    let came = submissions(&node, &["--held"]);
    assert_eq!((came.len(), &came[0]["reason"]), (1, &"looked-at".into()));
    // Removed, it is as if it had not come; what it would edit can be edited by another.
    node.json(&["openrosa", "submissions", "remove", "uuid:3"]);
    assert_eq!(states(&submissions(&node, &[])), ["incident", "superseded"]);
    assert_eq!(phone.submit(&edit, &[]).status, 202);
    assert_eq!(fields(&node)["summary"]["value"], "Dos.");
    let edit = report("uuid:4", &edit_of("uuid:2"), "Cuatro.");
    assert_eq!(phone.submit(&edit, &[]).status, 201);
    let accepted = node.json(&["openrosa", "submissions", "accept", "uuid:4"]);
    assert_eq!(accepted["submissions"][0]["state"], "incident");
    assert_eq!(fields(&node)["summary"]["value"], "Cuatro.");
}

#[test]
fn an_edit_of_what_was_shared_waits_for_a_person() {
    let (node, phone) = door();
    node.json(&["coalition", "create", "Alianza"]);
    let consented = |id: &str, more: &str, text: &str| {
        let scopes = "<consent>informed_explicit</consent><scopes>store share_coalition_deid statistics</scopes>";
        report(id, more, text).replace("<consent>none_recorded</consent>", scopes)
    };
    assert_eq!(phone.submit(&consented("uuid:1", "", "Uno."), &[]).status, 201);
    let incident = incidents(&node)[0]["id"].as_str().unwrap().to_owned();
    let shared =
        node.run(&["incident", "share", &incident, "--circle", "Alianza", "--tier", "coalition"]);
    assert_eq!(shared.code, Some(0), "{shared:?}");
    let edit = consented("uuid:2", &edit_of("uuid:1"), "Mentira.");
    assert_eq!(phone.submit(&edit, &[]).status, 201);
    assert_eq!(submissions(&node, &["--held"])[0]["reason"], "looked-at");
    assert_eq!(fields(&node)["summary"]["value"], "Uno.");
}

#[test]
fn what_is_revoked_while_it_is_sending_is_not_heard() {
    let (node, phone) = door();
    let xml = report("uuid:1", "", "Tarde.");
    let finish = phone.begin_submit(&xml, &[Part::file("1.jpg", super::PHOTO)]);
    node.json(&["openrosa", "user", "revoke", "p-1"]);
    assert_eq!(finish().status, 401);
    // Nor if the name has another password by now.
    let again = another(&node, &phone, "p-1");
    let finish = again.begin_submit(&xml, &[]);
    node.json(&["openrosa", "user", "revoke", "p-1"]);
    node.json(&["openrosa", "user", "add", "p-1"]);
    assert_eq!(finish().status, 401);
    assert!(incidents(&node).is_empty() && submissions(&node, &[]).is_empty());
}

#[test]
fn what_a_phone_sent_since_a_day_can_be_held_and_removed() {
    let (node, phone) = door();
    let other = another(&node, &phone, "p-2");
    let photo = [Part::file("1.jpg", super::PHOTO)];
    assert_eq!(phone.submit(&report("uuid:1", "", "Uno."), &photo).status, 201);
    assert_eq!(other.submit(&report("uuid:2", "", "Dos."), &[]).status, 201);
    let bad = "<data id='ceiba_report'><meta><instanceID>uuid:3</instanceID></meta></data>";
    assert_eq!(phone.submit(bad, &photo).status, 201);
    node.error(&["openrosa", "user", "revoke", "p-1", "--hold-since", "ayer"], 2);
    node.json(&["openrosa", "user", "revoke", "p-1", "--hold-since", "2999-01-01"]);
    assert!(submissions(&node, &["--held"]).is_empty());
    node.json(&["openrosa", "user", "revoke", "p-1", "--hold-since", "2020-01-01"]);
    let held = submissions(&node, &["--held", "--by", "p-1"]);
    assert_eq!(held.len(), 2);
    assert!(held.iter().all(|one| one["reason"] == "revoked"));
    assert!(held[1]["incident"].is_string(), "what it made is named: {held:?}");

    node.json(&["openrosa", "submissions", "remove", "--by", "p-1"]);
    let came = submissions(&node, &[]);
    assert_eq!((came.len(), &came[0]["by"]), (1, &"p-2".into()));
    for id in ["uuid:1", "uuid:3"] {
        let out = node.file("out");
        node.error(&["openrosa", "files", id, "--out", out.to_str().unwrap()], 3);
    }
    let ends = |ending: &str| {
        let files = std::fs::read_dir(node.home().join("openrosa")).unwrap();
        files.filter(|it| it.as_ref().unwrap().path().extension().unwrap() == ending).count()
    };
    assert_eq!((ends("xml"), ends("entry"), ends("part")), (1, 1, 0));
    // Sent again, it is nothing, and the phone may forget it.
    let again: Client = another(&node, &phone, "p-1");
    assert_eq!(again.submit(&report("uuid:1", "", "Uno."), &photo).status, 202);
    assert_eq!((incidents(&node).len(), submissions(&node, &[]).len()), (2, 1));
    assert_eq!(ends("part"), 0);
}
