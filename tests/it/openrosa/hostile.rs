//! What a door must stand: wrong, hostile, slow, and too much. After each the node still answers.

use std::{
    io::{Read, Write},
    time::Duration,
};

use super::{
    client::{Part, content_type, in_latin_1, multipart},
    door, incidents, report,
};
use crate::partner::Partner;

#[test]
fn wrong_requests_are_refused_one_by_one() {
    let (node, phone) = door();
    let good = report("uuid:1", "", "x");
    let version = [("X-OpenRosa-Version", "")];
    assert_eq!(phone.send("GET", "/formList", &version, b"").status, 400);
    assert_eq!(phone.send("GET", "/formList", &[("X-OpenRosa-Version", "9")], b"").status, 400);
    assert_eq!(phone.get("/").status, 404);
    assert_eq!(phone.get("/a/b/c/formList").status, 404);
    let refused = phone.send("DELETE", "/formList", &[], b"");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(phone.get("/submission").status, 405);
    let nobody = phone.without_credentials();
    assert_eq!(nobody.submit(&good, &[Part::file("a", &[7; 3_000_000])]).status, 401);

    let post = |kind: &str, body: &[u8]| {
        phone.send("POST", "/submission", &[("Content-Type", kind)], body)
    };
    assert_eq!(post("text/xml", good.as_bytes()).status, 400);
    assert_eq!(post(&content_type(), b"--not the boundary").status, 400);
    let whole = multipart(&[Part::file("xml_submission_file", good.as_bytes())]);
    assert_eq!(post(&content_type(), &whole[..whole.len() - 30]).status, 400, "cut off");
    assert_eq!(post(&content_type(), &in_latin_1(&good)).status, 415);
    let large = [("Content-Type", content_type()), ("Content-Length", "134217729".to_owned())];
    let large = large.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(phone.send("POST", "/submission", &large, b"").status, 413);

    let mut refused = vec![
        ("no XML", 400, phone.post("/submission", &[Part::file("a.jpg", b"x")])),
        ("no form", 400, phone.submit("<data/>", &[])),
        ("no instance", 400, phone.submit("<data id='ceiba_report'/>", &[])),
        ("no such form", 404, phone.submit("<data id='x' instanceID='1'/>", &[])),
        ("no name", 400, phone.submit(&good, &[Part::file("..", b"x")])),
        ("two forms", 400, phone.submit(&good, &[Part::file("xml_submission_file", b"x")])),
    ];
    let bomb = "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]>\
        <data id='ceiba_report' instanceID='1'>&b;&b;&b;</data>";
    refused.push(("bomb", 400, phone.submit(bomb, &[])));
    let deep = "<a>".repeat(100_000);
    refused.push(("deep", 400, phone.submit(&deep, &[])));
    let long = report("uuid:1", "", &"x".repeat(1_100_000));
    refused.push(("large XML", 413, phone.submit(&long, &[])));
    let names: Vec<String> = (0..2_000).map(|number| format!("{number}.jpg")).collect();
    let many: Vec<Part<'_>> = names.iter().map(|name| Part::file(name, b"x")).collect();
    refused.push(("many files", 413, phone.submit(&good, &many)));
    let many: Vec<Part<'_>> = names.iter().map(|name| Part::text(name, "x")).collect();
    refused.push(("many marks", 413, phone.submit(&good, &many)));
    for (what, status, replied) in refused {
        assert_eq!(replied.status, status, "{what}: {}", replied.text());
    }
    let header = "x".repeat(100_000);
    let replied = phone.raw(format!("GET /formList HTTP/1.1\r\nA: {header}\r\n\r\n").as_bytes());
    assert!(replied.starts_with(b"HTTP/1.1 431") || replied.is_empty());
    assert!(incidents(&node).is_empty());
    let left = std::fs::read_dir(node.home().join("openrosa"));
    assert_eq!(left.map_or(0, Iterator::count), 0, "nothing of what was refused is kept");

    let traversal = [Part::file("../../../keystore.age", b"x")];
    assert_eq!(phone.submit(&good, &traversal).status, 201);
    let shown = super::fields(&node);
    assert_eq!(super::evidence(&shown), ["keystore.age"]);
    assert_eq!(node.run(&["status"]).code, Some(0), "the keystore is as it was");
    assert!(!node.log().contains("a part of the program failed"), "{}", node.log());
}

#[test]
fn who_is_slow_is_put_out_and_keeps_nobody_waiting() {
    let (_node, phone) = door();
    let mut slow: Vec<_> = (0..50)
        .map(|_| {
            let mut stream = phone.connect();
            stream.write_all(b"GET /formList HTTP/1.1\r\nHost: x\r\nX-A: ").unwrap();
            stream
        })
        .collect();
    assert_eq!(phone.get("/formList").status, 200);
    let mut clock = phone.connect();
    clock.set_read_timeout(Some(Duration::from_secs(35))).unwrap();
    for stream in &mut slow {
        // Still a byte now and then: the headers as a whole have their time.
        drop(stream.write_all(b"a"));
        let mut rest = Vec::new();
        drop(stream.read_to_end(&mut rest));
    }
    // Also one that says nothing at all, before its reader gives up.
    assert!(matches!(clock.read(&mut [0; 1]), Ok(0)));
}

#[test]
fn more_than_loopback_is_served_with_tls_alone() {
    let mut node = Partner::new("Red Árbol");
    let refused = node.run(&["run", "--listen", "/ip4/127.0.0.1/tcp/0", "--openrosa", "0.0.0.0:0"]);
    assert!(refused.code == Some(2) && refused.err.contains("TLS"), "{refused:?}");

    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = node.write("certificate.pem", &made.cert.pem());
    let key = node.write("key.pem", &made.key_pair.serialize_pem());
    let wrong = ["run", "--listen", "/ip4/127.0.0.1/tcp/0", "--openrosa", "127.0.0.1:0"];
    let swapped = ["--openrosa-key", &certificate, "--openrosa-certificate", &key];
    assert_eq!(node.run(&[&wrong[..], &swapped].concat()).code, Some(2));
    let options = ["--openrosa-certificate", &certificate, "--openrosa-key", &key];
    let address = node.start_door(&options);
    assert!(address.starts_with("https://"), "{address}");
    let added =
        node.json(&["openrosa", "user", "add", "p-1", "--url", "https://ceiba.example.org"]);
    assert!(added["settings"].as_str().unwrap().len() > 50);
    let password = added["password"].as_str().unwrap();
    let plain = super::Client::new(&address, "p-1", password);
    let phone = plain.trusting(made.cert.der().clone());
    assert_eq!(phone.get("/formList").status, 200);
    assert!(phone.get("/formList").text().contains(&format!("<downloadUrl>{address}/forms/")));
    assert_eq!(phone.submit(&report("uuid:1", "", "x"), &[]).status, 201);
    assert!(!plain.raw(b"GET /formList HTTP/1.1\r\n\r\n").starts_with(b"HTTP"));
    assert_eq!(phone.get("/formList").status, 200);
}
