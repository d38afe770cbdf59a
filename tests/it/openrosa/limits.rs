//! What one phone may send, and who may ask.

use std::io::{Read as _, Write as _};

use ceiba::crypto::HttpHash;

use super::{another, client::Part, door, incidents, report, states, submissions};
use crate::partner::Partner;

#[test]
fn a_flood_of_one_phone_is_held_and_cleared_and_buries_nothing() {
    let (node, phone) = door();
    let other = another(&node, &phone, "p-2");
    for number in 0..102 {
        let xml = report(&format!("uuid:{number}"), "", "Basura.");
        assert_eq!(phone.submit(&xml, &[]).status, 201, "{number}");
    }
    assert_eq!(other.submit(&report("uuid:real", "", "Ayuda."), &[]).status, 201);
    // A minute more or less may have passed meanwhile.
    let held = submissions(&node, &["--held"]);
    assert!((1..=2).contains(&held.len()), "{}", held.len());
    assert!(held.iter().all(|one| one["reason"] == "budget" && one["incident"].is_null()));
    assert_eq!(incidents(&node).len(), 103 - held.len());

    // In portions.
    let first = node.json(&["openrosa", "submissions"]);
    assert_eq!(first["submissions"].as_array().unwrap().len(), 100);
    assert_eq!(first["submissions"][0]["instance"], "uuid:real");
    let before = first["before"].to_string();
    let second = node.json(&["openrosa", "submissions", "--before", &before]);
    assert_eq!(second["submissions"].as_array().unwrap().len(), 3);
    assert!(second["before"].is_null());
    assert_eq!(second["submissions"][2]["instance"], "uuid:0");

    let one = held[0]["instance"].as_str().unwrap();
    node.json(&["openrosa", "submissions", "accept", one]);
    assert_eq!(incidents(&node).len(), 104 - held.len());
    node.json(&["openrosa", "submissions", "remove", "--by", "p-1"]);
    assert_eq!(states(&submissions(&node, &[])), ["incident"]);
}

#[test]
fn who_guesses_passwords_waits_and_nobody_else_does() {
    let (node, phone) = door();
    let other = another(&node, &phone, "p-2");
    // A name that is known and one that is not are answered alike, at each step.
    let guess = |name: &str| {
        let thief = phone.with_credentials(name, "guess");
        let statuses: Vec<u16> = (0..12).map(|_| thief.get("/formList").status).collect();
        statuses
    };
    let known = guess("p-1");
    assert_eq!(known.iter().filter(|status| **status == 401).count(), 10);
    assert_eq!(guess("nobody"), known);
    let refused = phone.with_credentials("p-1", "guess").get("/formList");
    assert!(refused.status == 429 && refused.header("retry-after").is_some());
    // Whoever has the password is let in all the same, from the same address.
    assert_eq!(phone.get("/formList").status, 200);
    let digest = phone.digest(HttpHash::Sha256, "GET", "/formList", 1);
    let digest = [("Authorization", digest.as_str())];
    assert_eq!(phone.without_credentials().send("GET", "/formList", &digest, b"").status, 200);
    let path = format!("/key/{}/formList", phone.password);
    let wrong = format!("/key/{}/formList", phone.password.replace(|c| c != '-', "0"));
    for _guess in 0..12 {
        phone.without_credentials().get(&wrong);
    }
    assert_eq!(phone.without_credentials().get(&wrong).status, 429);
    assert_eq!(phone.without_credentials().get(&path).status, 200);
    assert_eq!(other.get("/formList").status, 200);
}

#[test]
fn a_right_password_with_an_old_nonce_is_asked_again_and_not_held_against_it() {
    let (mut node, phone) = door();
    let digest = phone.digest(HttpHash::Md5, "GET", "/formList", 1);
    let send = |phone: &super::Client, digest: &str| {
        let header = [("Authorization", digest)];
        phone.without_credentials().send("GET", "/formList", &header, b"")
    };
    assert_eq!(send(&phone, &digest).status, 200);
    for _retry in 0..12 {
        let again = send(&phone, &digest);
        assert_eq!(again.status, 401);
        assert!(again.header("www-authenticate").unwrap().contains("stale=true"));
    }
    let wrong = digest.replace("response=\"", "response=\"0");
    assert!(!send(&phone, &wrong).header("www-authenticate").unwrap().contains("stale"));
    // Of before a restart.
    let digest = phone.digest(HttpHash::Md5, "GET", "/formList", 1);
    node.stop();
    let phone = phone.at(&node.start_door(&[]));
    let again = send(&phone, &digest);
    assert!(again.header("www-authenticate").unwrap().contains("stale=true"));
    assert_eq!(phone.get("/formList").status, 200);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a bound that nothing comes near")]
fn whoever_does_not_answer_the_question_for_the_password_goes() {
    let (_node, phone) = door();
    let ask = |path: &str| {
        let host = phone.address().split("//").nth(1).unwrap();
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nX-OpenRosa-Version: 1.0\r\n\r\n")
    };
    let answers = |asked: &[&str]| {
        let mut stream = phone.connect();
        for path in asked {
            drop(stream.write_all(ask(path).as_bytes()));
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        // Both ways end by the other side: it would be kept open for 20 seconds else.
        let begun = std::time::Instant::now();
        let mut bytes = Vec::new();
        drop(stream.read_to_end(&mut bytes));
        assert!(begun.elapsed() < std::time::Duration::from_secs(10));
        String::from_utf8_lossy(&bytes).matches("HTTP/1.1 ").count()
    };
    assert_eq!(answers(&["/formList", "/formList", "/formList"]), 2);
    assert_eq!(answers(&["/nothing", "/formList"]), 1);
}

#[test]
fn phones_get_no_address_in_the_clear() {
    let (mut node, phone) = door();
    for url in ["http://ceiba.example.org", "http://localhost:x@example.org", "ftp://127.0.0.1"] {
        node.error(&["openrosa", "user", "add", "p-9", "--url", url], 2);
    }
    let ask = |headers: &[(&str, &str)]| phone.send("GET", "/formList", headers, b"");
    assert_eq!(ask(&[]).status, 200);
    // A proxy of which nothing was said, or a page whose host was turned to this computer.
    for headers in [
        [("Host", "ceiba.example.org"), ("X-A", "1")],
        [("Host", "evil.example:8080"), ("X-A", "1")],
        [("X-Forwarded-For", "192.0.2.1"), ("X-A", "1")],
        [("Forwarded", "for=192.0.2.1"), ("X-A", "1")],
    ] {
        let refused = ask(&headers);
        assert_eq!(refused.status, 421, "{headers:?}");
        assert!(!refused.text().contains("/forms/"), "{}", refused.text());
        let xml = report("uuid:1", "", "x");
        let more = [("Content-Type", "text/xml"), headers[0]];
        assert_eq!(phone.send("POST", "/submission", &more, xml.as_bytes()).status, 421);
    }
    node.stop();
    let run = ["run", "--listen", "/ip4/127.0.0.1/tcp/0", "--openrosa", "127.0.0.1:0"];
    let clear = [&run[..], &["--openrosa-url", "http://ceiba.example.org"]].concat();
    assert_eq!(node.run(&clear).code, Some(2));

    let address = node.start_door(&["--openrosa-url", "https://ceiba.example.org/"]);
    let phone = phone.at(&address);
    let public = [("Host", "ceiba.example.org"), ("X-Forwarded-For", "192.0.2.1")];
    for headers in [&public[..], &[]] {
        let list = phone.send("GET", "/formList", headers, b"").text();
        assert!(list.contains("<downloadUrl>https://ceiba.example.org/forms/ceiba_report.xml<"));
        assert!(!list.contains("http://127"), "{list}");
    }
    let evil = [("Host", "evil.example")];
    assert_eq!(phone.send("GET", "/formList", &evil, b"").status, 421);
}

#[test]
fn names_of_files_cannot_make_a_submission_that_cannot_be_had() {
    let (node, phone): (Partner, _) = door();
    let names = [
        "file-1",
        "Submission.XML",
        ".profile",
        "desktop.ini",
        "files.tsv",
        "CON",
        "a\u{202e}gpj.exe",
    ];
    let files: Vec<Part<'_>> = names.iter().map(|name| Part::file(name, b"x")).collect();
    assert_eq!(phone.submit(&report("uuid:1", "", "x"), &files).status, 201);
    let out = node.file("out");
    let written = node.json(&["openrosa", "files", "uuid:1", "--out", out.to_str().unwrap()]);
    assert_eq!(written.as_array().unwrap().len(), 1 + names.len());
    let mut there: Vec<String> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there[..2], ["001.bin", "002.bin"]);
    assert_eq!(there[7..], ["files.tsv", "submission.xml"]);
    assert!(std::fs::read_to_string(out.join("files.tsv")).unwrap().contains("agpj.exe"));
}
