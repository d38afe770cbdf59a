//! The door for phones, over real sockets to a real process.

mod client;
mod evidence;
mod forms;
mod hostile;
mod limits;
mod taken;

use ceiba::crypto::HttpHash;
use serde_json::Value;

use self::client::{Client, Part, Replied};
use crate::partner::{Partner, files_with};

/// What must not lie on the disk in the clear, nor anywhere but in the private circle.
const CANARY: &str = "Zoraida Canario";
const PHOTO: &[u8] = b"\xff\xd8\xff\xe0 canario de una foto";

fn report(id: &str, more: &str, summary: &str) -> String {
    format!(
        "<?xml version='1.0' ?><data id='ceiba_report' version='1.2'><date>2024-05-03</date>\
         <violation>death_threat</violation><counting_unit>individual</counting_unit>\
         <summary>{summary}</summary><country>CO</country><victims><name>{CANARY}</name>\
         <violation>death_threat</violation></victims><consent>none_recorded</consent>\
         <meta><instanceID>{id}</instanceID>{more}</meta></data>"
    )
}

/// A node with its door open, and a phone.
fn door() -> (Partner, Client) {
    let mut node = Partner::new("Red Árbol");
    let address = node.start_door(&[]);
    let phone = node.json(&["openrosa", "user", "add", "p-1"]);
    let client = Client::new(&address, "p-1", phone["password"].as_str().unwrap());
    (node, client)
}

fn incidents(node: &Partner) -> Vec<Value> {
    node.json(&["incident", "list", "--limit", "0"])["rows"].as_array().unwrap().clone()
}

fn fields(node: &Partner) -> Value {
    let listed = incidents(node);
    assert_eq!(listed.len(), 1);
    node.json(&["incident", "show", listed[0]["id"].as_str().unwrap()])["fields"].clone()
}

/// What came, the newest first.
fn submissions(node: &Partner, more: &[&str]) -> Vec<Value> {
    let args = [&["openrosa", "submissions"], more].concat();
    node.json(&args)["submissions"].as_array().unwrap().clone()
}

fn states(came: &[Value]) -> Vec<&str> {
    came.iter().map(|one| one["state"].as_str().unwrap()).collect()
}

/// Another phone.
fn another(node: &Partner, phone: &Client, name: &str) -> Client {
    let added = node.json(&["openrosa", "user", "add", name]);
    phone.with_credentials(name, added["password"].as_str().unwrap())
}

fn edit_of(old: &str) -> String {
    format!("<deprecatedID>{old}</deprecatedID>")
}

fn evidence(fields: &Value) -> Vec<String> {
    let of = |(path, field): (&String, &Value)| {
        path.ends_with("/file").then(|| field["value"].as_str().unwrap().to_owned())
    };
    let mut names: Vec<String> = fields.as_object().unwrap().iter().filter_map(of).collect();
    names.sort();
    names
}

#[test]
fn a_phone_fetches_forms() {
    let (_node, phone) = door();
    let list = phone.get("/formList");
    assert_eq!(list.status, 200);
    assert_eq!(list.header("content-type"), Some("text/xml; charset=utf-8"));
    assert_eq!(list.header("x-openrosa-version"), Some("1.0"));
    assert!(list.header("date").is_some());
    for id in ["ceiba_report", "ceiba_alert"] {
        assert!(list.text().contains(&format!("<formID>{id}</formID>")));
        let form = phone.get(&format!("/forms/{id}.xml"));
        assert!(form.status == 200 && form.text().contains("lang=\"Português (pt)\""));
        let md5 = HttpHash::Md5.hex(&form.body);
        assert!(list.text().contains(&format!("<hash>md5:{md5}</hash>")));
        assert!(list.text().contains(&format!("{}/forms/{id}.xml", phone.address())));
        let manifest = phone.get(&format!("/xformsManifest/{id}"));
        assert!(manifest.status == 200 && manifest.text().contains("xformsManifest"));
    }
    let one = phone.get("/formList?formID=ceiba_alert&verbose=true").text();
    assert!(one.contains("ceiba_alert") && !one.contains("ceiba_report"));
    // The ways of Kobo, and the password as a path: addresses that are given out keep it.
    assert_eq!(phone.get("/p-1/formList").status, 200);
    let path = format!("/key/{}/formList", phone.password);
    let list = phone.without_credentials().get(&path).text();
    assert!(list.contains(&format!("/key/{}/forms/ceiba_report.xml", phone.password)));

    let head = phone.send("HEAD", "/submission", &[], b"");
    assert_eq!((head.status, head.body.len()), (204, 0));
    assert_eq!(head.header("x-openrosa-accept-content-length"), Some("134217728"));
    assert_eq!(phone.get("/forms/none.xml").status, 404);
}

#[test]
fn a_submission_becomes_one_lead_of_the_private_circle_whatever_is_sent_again() {
    let (node, phone) = door();
    node.json(&["coalition", "create", "Alianza"]);
    let first = report("uuid:1", "", "Tres hombres en moto.");
    let photo = Part::file("1700.jpg", PHOTO);
    let sent = phone.submit(&first, &[photo]);
    assert_eq!(sent.status, 201, "{}", sent.text());
    assert!(sent.text().contains("nature=\"submit_success\""));
    let shown = &incidents(&node)[0];
    assert_eq!(
        (&shown["level"], &shown["circles"]),
        (&"v0_reported".into(), &Value::Array(vec![]))
    );
    let fields_now = fields(&node);
    assert_eq!(fields_now["victims/1/name"]["value"], CANARY);
    assert_eq!(fields_now["acts/1/victim"]["value"], "1");
    assert_eq!(fields_now["recorded/by"]["value"], "p-1");
    assert_eq!(evidence(&fields_now), ["1700.jpg"]);

    // The answer was lost: the same again, also the Kobo way. Then the rest of the files.
    assert_eq!(phone.submit(&first, &[Part::file("1700.jpg", PHOTO)]).status, 202);
    assert_eq!(phone.submit_to("/p-1/submission", &first, &[]).status, 202);
    let rest = [Part::text("*isIncomplete*", "yes"), Part::file("1701.amr", b"#!AMR\nvoz")];
    assert_eq!(phone.submit(&first, &rest).status, 202);
    assert_eq!(evidence(&fields(&node)), ["1700.jpg", "1701.amr"]);
    // Other bytes under a name, other XML under an id.
    assert_eq!(phone.submit(&first, &[Part::file("1700.jpg", b"other")]).status, 409);
    assert_eq!(phone.submit(&report("uuid:1", "", "Otra cosa."), &[]).status, 409);
    assert_eq!(fields(&node)["summary"]["value"], "Tres hombres en moto.");

    // An edit, its retry, a late retry of what it edits, and a second edit of the same.
    let edit = report("uuid:2", "<deprecatedID>uuid:1</deprecatedID>", "Dos hombres en moto.");
    assert_eq!(phone.submit(&edit, &[]).status, 201);
    assert_eq!(phone.submit(&edit, &[]).status, 202);
    assert_eq!(phone.submit(&first, &[]).status, 202);
    let other = report("uuid:3", "<deprecatedID>uuid:1</deprecatedID>", "Nadie.");
    assert_eq!(phone.submit(&other, &[]).status, 409);
    assert_eq!(fields(&node)["summary"]["value"], "Dos hombres en moto.");

    // What a person wrote stays.
    let id = incidents(&node)[0]["id"].as_str().unwrap().to_owned();
    node.json(&["incident", "edit", &id, "--set", "summary=Revisado."]);
    let third = report("uuid:4", "<deprecatedID>uuid:2</deprecatedID>", "Un hombre.");
    assert_eq!(phone.submit(&third, &[]).status, 201);
    assert_eq!(fields(&node)["summary"]["value"], "Revisado.");

    // Another phone cannot write over it, nor add files to it.
    let thief = another(&node, &phone, "p-2");
    let foreign = report("uuid:5", &edit_of("uuid:4"), "Borrado.");
    assert_eq!(thief.submit(&foreign, &[]).status, 201);
    assert_eq!(thief.submit(&third, &[Part::file("9.jpg", b"x")]).status, 409);
    assert_eq!((incidents(&node).len(), evidence(&fields(&node)).len()), (1, 2));

    // What came can be had again, byte by byte.
    let out = node.file("out");
    let folder = out.to_str().unwrap();
    let written = node.json(&["openrosa", "files", "uuid:1", "--out", folder]);
    let named = |file: &str, name: &str| serde_json::json!({"file": file, "name": name});
    assert_eq!(
        written,
        serde_json::json!([
            named("submission.xml", "submission.xml"),
            named("001.jpg", "1700.jpg"),
            named("002.bin", "1701.amr")
        ])
    );
    assert_eq!(std::fs::read(out.join("001.jpg")).unwrap(), PHOTO);
    assert_eq!(std::fs::read_to_string(out.join("submission.xml")).unwrap(), first);
    assert!(std::fs::read_to_string(out.join("files.tsv")).unwrap().contains("\t1700.jpg\n"));
    node.error(&["openrosa", "files", "uuid:1", "--out", folder], 6);
    node.error(&["openrosa", "files", "uuid:none", "--out", folder], 3);

    let came = submissions(&node, &[]);
    assert_eq!(states(&came), ["held", "incident", "superseded", "superseded"]);
    assert_eq!(came[0]["reason"], "other-phone");
    assert_eq!(files_with(&node.home(), "Zoraida"), Vec::<std::path::PathBuf>::new());
    assert_eq!(files_with(&node.home(), "canario de una foto"), Vec::<std::path::PathBuf>::new());
}

#[test]
fn digest_works_with_both_hashes_and_is_not_replayed() {
    let (node, phone) = door();
    for hash in [HttpHash::Md5, HttpHash::Sha256] {
        let digest = phone.digest(hash, "GET", "/formList", 1);
        let get = |authorization: &str| {
            phone.without_credentials().send(
                "GET",
                "/formList",
                &[("Authorization", authorization)],
                b"",
            )
        };
        assert_eq!(get(&digest).status, 200);
        assert_eq!(get(&digest).status, 401, "a count is used once");
        assert_eq!(get(&phone.digest(hash, "GET", "/submission", 1)).status, 401);
        assert_eq!(get(&phone.digest(hash, "POST", "/formList", 1)).status, 401);
    }
    let refused = phone.without_credentials().get("/formList");
    assert_eq!(refused.status, 401);
    let challenges: Vec<&str> = refused.headers("www-authenticate");
    let begin: Vec<&str> = challenges.iter().map(|it| it.split(' ').next().unwrap()).collect();
    assert_eq!(begin, ["Digest", "Digest", "Basic"]);
    assert_eq!(phone.with_credentials("p-1", "wrong").get("/formList").status, 401);

    let listed = node.json(&["openrosa", "user", "revoke", "p-1"]);
    assert!(listed[0]["revoked"].is_string());
    assert_eq!(phone.get("/formList").status, 401, "at once");
    assert_eq!(phone.submit(&report("uuid:1", "", "x"), &[]).status, 401);
    let path = format!("/key/{}/formList", phone.password);
    assert_eq!(phone.without_credentials().get(&path).status, 401);
    assert!(incidents(&node).is_empty());
}

#[test]
fn what_was_acknowledged_survives_kills_and_retries_double_nothing() {
    let (mut node, mut phone) = door();
    for round in 0..6 {
        let xml = report(&format!("uuid:{round}"), "", &format!("Ronda {round}."));
        let bytes = PHOTO.repeat(2_000 * (round + 1));
        let killer = std::thread::scope(|scope| {
            let sending = scope.spawn(|| phone.try_submit(&xml, &[Part::file("1.jpg", &bytes)]));
            // Ever later: before the body, within it, after the answer.
            std::thread::sleep(std::time::Duration::from_millis(12 * round as u64));
            node.signal("KILL");
            sending.join().unwrap()
        });
        node.ended();
        let address = node.start_door(&[]);
        phone = phone.at(&address);
        let known = killer.map(|replied: Replied| replied.status);
        assert!(matches!(known, None | Some(201)), "{known:?}");
        if known == Some(201) {
            assert_eq!(incidents(&node).len(), round + 1, "acknowledged and not there");
        }
        let again = phone.submit(&xml, &[Part::file("1.jpg", &bytes)]).status;
        assert!(again == 202 || known.is_none() && again == 201, "{again}");
        assert_eq!(incidents(&node).len(), round + 1, "round {round}");
    }
    let files: Vec<String> = std::fs::read_dir(node.home().join("openrosa"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        !files.iter().any(|name| name.ends_with(".tmp") || name.ends_with(".new")),
        "{files:?}"
    );
    let came = submissions(&node, &[]);
    assert_eq!(came.len(), 6);
    for one in &came {
        let files = one["files"].as_array().unwrap();
        assert_eq!((&one["state"], files.len()), (&"incident".into(), 1));
        assert!(files[0]["name"] == "1.jpg" && files[0]["evidence"].is_string(), "{files:?}");
        let shown = node.json(&["incident", "show", one["incident"].as_str().unwrap()]);
        assert_eq!(evidence(&shown["fields"]), ["1.jpg"]);
    }
}
