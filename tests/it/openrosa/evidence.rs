//! What a phone sends as a file is evidence of its incident: sealed, with digest and custody.

use super::{PHOTO, client::Part, door, incidents, report, states, submissions};
use crate::partner::{Partner, files_with};

fn streams(node: &Partner) -> usize {
    let files = std::fs::read_dir(node.home().join("openrosa")).unwrap();
    files.filter(|it| it.as_ref().unwrap().path().extension().unwrap() == "part").count()
}

#[test]
fn a_photo_of_a_phone_is_evidence_of_its_incident() {
    let (mut node, phone) = door();
    let photo: Vec<u8> = PHOTO.repeat(20_000);
    let files = [Part::file("1700.jpg", &photo), Part::file("1701.amr", b"#!AMR\nvoz")];
    let xml = report("uuid:1", "", "Tres hombres.");
    assert_eq!(phone.submit(&xml, &files).status, 201);
    let incident = incidents(&node)[0]["id"].as_str().unwrap().to_owned();
    let listed = node.json(&["evidence", "list", &incident]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let item = listed.as_array().unwrap().iter().find(|it| it["file"] == "1700.jpg").unwrap();
    assert_eq!((&item["state"], &item["own"]), (&"here".into(), &true.into()));
    assert_eq!((&item["kind"], &item["release"]), (&"photo".into(), &serde_json::Value::Null));
    let key = item["key"].as_str().unwrap();
    let out = node.file("out.jpg");
    let got = node.json(&["evidence", "get", key, "--out", out.to_str().unwrap()]);
    assert_eq!(got["matches"], true);
    assert_eq!(std::fs::read(&out).unwrap(), photo);

    let shown = node.json(&["incident", "show", &incident]);
    let fields = shown["fields"].as_object().unwrap();
    let mut events: Vec<&str> = fields
        .iter()
        .filter(|(path, field)| path.ends_with("/evidence") && field["value"] == key)
        .map(|(path, _)| path.replace("/evidence", "/event"))
        .map(|path| fields[&path]["value"].as_str().unwrap())
        .collect();
    events.sort_unstable();
    assert_eq!(events, ["exported", "received", "sealed"]);
    // Once, and nowhere in the clear; what is sent again makes nothing twice.
    assert_eq!(streams(&node), 0);
    assert_eq!(phone.submit(&xml, &files).status, 202);
    assert_eq!(node.json(&["evidence", "list"]).as_array().unwrap().len(), 2);
    assert_eq!(streams(&node), 0);
    node.stop();
    assert_eq!(files_with(&node.home(), "canario de una foto"), Vec::<std::path::PathBuf>::new());
    let blobs = std::fs::read_dir(node.home().join("blobs")).unwrap();
    let whole = blobs.filter(|it| it.as_ref().unwrap().path().extension().unwrap() == "blob");
    assert_eq!(whole.count(), 2);
}

#[test]
fn files_of_what_makes_no_incident_wait_sealed_until_it_does() {
    let (node, phone) = door();
    let mapping = include_str!("nuestro.toml");
    let save = |text: &str| {
        let file = node.write("ours.toml", text);
        node.json(&["import", "mapping", "save", "ours", &file]);
    };
    save(&mapping.replace("\"timestamp\"", "\"words\""));
    let form = node.write("ours.xml", include_str!("nuestro.xml"));
    node.json(&["openrosa", "form", "add", &form, "--mapping", "ours"]);
    let xml = "<data id='nuestro'><hecho><cuando>2026-11-20T10:30:00.000-05:00</cuando>\
        <tipo>desalojo</tipo><relato>x</relato></hecho><foto>1.jpg</foto>\
        <meta><instanceID>uuid:8</instanceID></meta></data>";
    assert_eq!(phone.submit(xml, &[Part::file("1.jpg", PHOTO)]).status, 201);
    assert_eq!((states(&submissions(&node, &[])), streams(&node)), (vec!["unread"], 1));
    let out = node.file("waiting");
    node.json(&["openrosa", "files", "uuid:8", "--out", out.to_str().unwrap()]);
    assert_eq!(std::fs::read(out.join("001.jpg")).unwrap(), PHOTO);
    save(mapping);
    let retried = submissions(&node, &["--retry"]);
    assert_eq!((states(&retried), streams(&node)), (vec!["incident"], 0));
    assert!(retried[0]["files"][0]["evidence"].is_string());
    assert_eq!(node.json(&["evidence", "list"])[0]["state"], "here");
    let out = node.file("taken-up");
    node.json(&["openrosa", "files", "uuid:8", "--out", out.to_str().unwrap()]);
    assert_eq!(std::fs::read(out.join("001.jpg")).unwrap(), PHOTO);
}
