//! Bundles over real processes: partners that no network reaches.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::partner::{Partner, argument};

/// Fields of an incident that a coalition may see.
fn incident(summary: &str) -> Vec<String> {
    let fields = [
        "--country=CO",
        "--date=2024-05-03",
        "--violation=death_threat",
        "--counting-unit=individual",
        "--admin1=Cauca",
        "--victim=pseudonym=V-001,role=indigenous_leader",
        "--consent=informed_explicit",
        "--scope=share_coalition_deid",
    ];
    let texts =
        [format!("--public-summary={summary}"), "--summary=Un relato inventado.".to_owned()];
    fields.into_iter().map(str::to_owned).chain(texts).collect()
}

/// Records an incident and shares it with the coalition.
fn record(partner: &Partner, summary: &str) -> String {
    let fields = incident(summary);
    let args: Vec<&str> =
        ["incident", "add"].into_iter().chain(fields.iter().map(String::as_str)).collect();
    let id = partner.json(&args)["row"]["id"].as_str().unwrap().to_owned();
    let shared =
        partner.json(&["incident", "share", &id, "--circle", "Alianza", "--tier", "coalition"]);
    assert_eq!(shared["counts"]["published"], 1, "{shared}");
    id
}

fn folder(partner: &Partner, name: &str) -> String {
    let path = partner.file(name);
    fs::create_dir_all(&path).unwrap();
    argument(&path)
}

/// Exports; gives the files in their order.
fn export(from: &Partner, to: &str, out: &str, more: &[&str]) -> Vec<String> {
    let done = from.json(&[&["bundle", "export", "--to", to, "--out", out], more].concat());
    let files = done["files"].as_array().unwrap();
    files.iter().map(|file| file["file"].as_str().unwrap().to_owned()).collect()
}

fn import(to: &Partner, files: &[String]) -> Value {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    to.json(&[&["bundle", "import"], files.as_slice()].concat())
}

fn incidents(partner: &Partner) -> usize {
    partner.json(&["incident", "list", "--limit", "0"])["rows"].as_array().unwrap().len()
}

/// The id of a partner's organisation: who has only joined has not told its name yet.
fn org(partner: &Partner) -> String {
    partner.json(&["status"])["org"].as_str().unwrap().to_owned()
}

/// A coalition of two that have only ever exchanged files; no node runs, nothing listens.
fn by_files_alone() -> (Partner, Partner) {
    let (inviter, field) = (Partner::new("Casa Prueba"), Partner::new("Equipo Río"));
    inviter.json(&["coalition", "create", "Alianza"]);
    let invite = inviter.json(&["invite", "create"]);
    let request = argument(&field.file("request.txt"));
    field.run(&["join", invite["ticket"].as_str().unwrap(), "--request-out", &request]);
    let answer = argument(&inviter.file("answer.txt"));
    assert_eq!(inviter.run(&["invite", "answer", &request, "--out", &answer]).code, Some(0));
    field.json(&["join", "--answer", &answer]);
    (inviter, field)
}

#[test]
fn a_partner_without_any_network_joins_writes_and_is_read() {
    let (inviter, field) = by_files_alone();
    record(&inviter, "Antes del ingreso.");
    let out = folder(&inviter, "stick");
    let files = export(&inviter, &org(&field), &out, &[]);
    assert_eq!(files.len(), 1);
    let taken = import(&field, &files);
    assert!(taken["entries"].as_u64().unwrap() > 0, "{taken}");
    assert_eq!(taken["files"][0]["maker"]["org_name"], "Casa Prueba", "{taken}");
    assert_eq!(incidents(&field), 1, "what the inviter shared is read");

    let id = record(&field, "Del equipo de campo.");
    let out = folder(&field, "stick");
    let files = export(&field, "Casa Prueba", &out, &["--since-receipt"]);
    let taken = import(&inviter, &files);
    assert_eq!(taken["files"][0]["state"], "imported", "{taken}");
    let shown = inviter.json(&["incident", "show", &id]);
    assert!(shown.to_string().contains("Del equipo de campo."), "{shown}");
    assert_eq!(incidents(&inviter), 2);

    let again = import(&inviter, &files);
    assert_eq!(again["files"][0]["state"], "nothing-new", "{again}");
    assert_eq!(again["entries"], 0);
    nothing_outside(&inviter, &files, &id);
}

/// Neither names nor ids stand in the files, and the names tell nothing.
fn nothing_outside(partner: &Partner, files: &[String], incident: &str) {
    let org = org(partner);
    for file in files {
        let bytes = fs::read(file).unwrap();
        for text in ["ceiba", "Casa Prueba", "Alianza", incident, &org, "campo"] {
            let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!found, "{text} stands in {file}");
        }
        let name = Path::new(file).file_name().unwrap().to_str().unwrap();
        assert!(name.len() == 12 && name.ends_with(".bin"), "{name}");
    }
}

#[test]
fn a_bundle_alone_completes_joining() {
    let (inviter, field) = (Partner::new("Casa Prueba"), Partner::new("Equipo Río"));
    inviter.json(&["coalition", "create", "Alianza"]);
    record(&inviter, "Antes del ingreso.");
    let invite = inviter.json(&["invite", "create"]);
    let request = argument(&field.file("request.txt"));
    field.run(&["join", invite["ticket"].as_str().unwrap(), "--request-out", &request]);
    let answer = argument(&inviter.file("answer.txt"));
    assert_eq!(inviter.run(&["invite", "answer", &request, "--out", &answer]).code, Some(0));
    let files = export(&inviter, &org(&field), &folder(&inviter, "stick"), &[]);
    let taken = import(&field, &files);
    assert_eq!(taken["joined"][0], "Alianza", "{taken}");
    assert_eq!(incidents(&field), 1);
}

#[test]
fn somebody_carries_a_request_to_the_inviter_and_all_of_it_back() {
    let (inviter, courier) = by_files_alone();
    let first = export(&inviter, &org(&courier), &folder(&inviter, "first"), &[]);
    import(&courier, &first);
    let guest = Partner::new("Valle Nuevo");
    let invite = inviter.json(&["invite", "create"]);
    let request = argument(&guest.file("request.txt"));
    guest.run(&["join", invite["ticket"].as_str().unwrap(), "--request-out", &request]);
    let carried = export(
        &courier,
        "Casa Prueba",
        &folder(&courier, "carried"),
        &["--join-request", &request],
    );
    let taken = import(&inviter, &carried);
    assert_eq!(taken["admitted"].as_array().unwrap().len(), 1, "{taken}");
    let back = export(&inviter, &org(&guest), &folder(&inviter, "back"), &[]);
    let taken = import(&guest, &back);
    assert_eq!(taken["joined"][0], "Alianza", "{taken}");
    assert_eq!(guest.json(&["member", "list"]).as_array().unwrap().len(), 3);
}

/// Text of 4 KB that does not become shorter when it is packed.
fn incompressible(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x} ")
    };
    (0..240).map(|_| next()).collect()
}

/// Records many incidents. The node runs only to write faster: nobody else runs meanwhile.
fn record_many(partner: &mut Partner, seeds: std::ops::Range<u64>) {
    partner.start();
    seeds.for_each(|seed| drop(record(partner, &incompressible(seed))));
    partner.stop();
}

#[test]
fn small_parts_alone_let_a_partner_join_write_and_be_read() {
    let (mut inviter, mut field) = (Partner::new("Casa Prueba"), Partner::new("Equipo Río"));
    inviter.json(&["coalition", "create", "Alianza"]);
    record_many(&mut inviter, 0..40);
    let invite = inviter.json(&["invite", "create"]);
    let request = argument(&field.file("request.txt"));
    field.run(&["join", invite["ticket"].as_str().unwrap(), "--request-out", &request]);
    let answer = argument(&inviter.file("answer.txt"));
    assert_eq!(inviter.run(&["invite", "answer", &request, "--out", &answer]).code, Some(0));
    let small = ["--max-size", "64KiB"];
    let mut files = export(&inviter, &org(&field), &folder(&inviter, "stick"), &small);
    assert!(files.len() > 2, "{}", files.len());
    files.reverse();
    let taken = import(&field, &files);
    assert_eq!(taken["joined"][0], "Alianza", "{taken}");
    assert_eq!(taken["missing"].as_array().unwrap().len(), 0, "{taken}");
    assert_eq!(incidents(&field), 40);

    // And back: what it writes, without what the other has signed that it holds.
    record_many(&mut field, 100..140);
    let back = [small.as_slice(), &["--since-receipt"]].concat();
    let mut files = export(&field, "Casa Prueba", &folder(&field, "stick"), &back);
    assert!(files.len() > 2, "{}", files.len());
    files.iter().for_each(|file| assert!(fs::metadata(file).unwrap().len() <= 64 * 1024));
    files.rotate_left(1);
    // One of them is lost on the way, and missed.
    let lost = files.pop().unwrap();
    let taken = import(&inviter, &files);
    assert_eq!(taken["missing"][0]["parts"].as_array().unwrap().len(), 1, "{taken}");
    let text = inviter.run(&[&["bundle", "import"], &[files[0].as_str()][..]].concat()).out;
    assert!(text.contains("NOT ALL HAS COME"), "{text}");
    let taken = import(&inviter, &[lost]);
    assert_eq!(taken["kept"], 0, "{taken}");
    assert_eq!(incidents(&inviter), 80);
}

#[test]
fn parts_come_in_any_order_and_one_by_one() {
    let (mut inviter, field) = by_files_alone();
    record_many(&mut inviter, 0..40);
    let out = folder(&inviter, "stick");
    let mut files = export(&inviter, &org(&field), &out, &["--max-size", "64KiB"]);
    assert!(files.len() > 2, "{}", files.len());
    for file in &files {
        let size = fs::metadata(file).unwrap().len();
        assert!(size <= 64 * 1024, "{size}");
    }
    files.reverse();
    let last = files.pop().unwrap();
    for file in &files {
        let taken = import(&field, std::slice::from_ref(file));
        assert_eq!(taken["files"][0]["state"], "waits", "{taken}");
        assert_eq!(taken["files"][0]["kept"], true, "{taken}");
        // Another process remembers which parts have come.
        let missing = taken["missing"][0]["parts"].as_array().unwrap().clone();
        assert_eq!(missing.len(), 1, "{taken}");
        assert_eq!(missing[0][0], 1, "{taken}");
        // What is kept here is enough: the stick may be gone.
        fs::remove_file(file).unwrap();
    }
    assert_eq!(incidents(&field), 0);
    let taken = import(&field, &[last]);
    assert_eq!(taken["kept"], 0, "{taken}");
    assert_eq!(taken["missing"].as_array().unwrap().len(), 0, "{taken}");
    assert_eq!(incidents(&field), 40);
    let left = fs::read_dir(field.home().join("bundles")).unwrap().count();
    assert_eq!(left, 0);
}

#[test]
fn what_is_not_for_this_device_or_damaged_says_so_and_changes_nothing() {
    let (inviter, field) = by_files_alone();
    record(&inviter, "Uno.");
    let files = export(&inviter, &org(&field), &folder(&inviter, "stick"), &[]);
    let whole = fs::read(&files[0]).unwrap();
    let before = state(&field);
    let file = |name: &str, bytes: &[u8]| -> String {
        let path: PathBuf = field.file(name);
        fs::write(&path, bytes).unwrap();
        argument(&path)
    };
    let (not_for_us, damaged) = ("bundle-not-for-this-device", "bundle-damaged");
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for (name, bytes, code) in [
        ("empty", &b""[..], not_for_us),
        ("garbage", &[7; 100_000], not_for_us),
        ("head", &whole[..1000], not_for_us),
        ("cut", &whole[..whole.len() - 1], damaged),
        ("flipped", &flipped, damaged),
        ("longer", &[whole.as_slice(), b"x"].concat(), damaged),
    ] {
        let error = field.error(&["bundle", "import", &file(name, bytes)], 4);
        assert_eq!(error["code"], code, "{name}: {error}");
    }
    let error = inviter.error(&["bundle", "import", &files[0]], 4);
    assert_eq!(error["code"], not_for_us, "who made it cannot open it: {error}");
    let missing = argument(&field.file("missing"));
    assert_eq!(field.error(&["bundle", "import", &missing], 6)["code"], "bundle-unreadable");
    let seen = field.json(&["bundle", "inspect", &files[0]]);
    assert_eq!(seen["maker"]["standing"], "member", "{seen}");
    assert_eq!(seen["maker"]["org"], org(&inviter).as_str(), "{seen}");
    assert_eq!(state(&field), before);

    // A good file among bad ones is taken.
    let taken = import(&field, &[file("cut", &whole[..whole.len() - 1]), files[0].clone()]);
    let states: Vec<&str> =
        taken["files"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["imported", "damaged"]);
}

/// What a node holds, as far as its status says.
fn state(partner: &Partner) -> Value {
    let status = partner.json(&["status"]);
    Value::Array(vec![status["circles"].clone(), status["incidents"].clone()])
}

#[test]
fn who_was_removed_gets_nothing_and_gives_nothing() {
    let (inviter, field) = by_files_alone();
    let first = export(&inviter, &org(&field), &folder(&inviter, "first"), &[]);
    import(&field, &first);
    inviter.json(&["member", "remove", &org(&field)]);
    let out = folder(&inviter, "none");
    let refused = inviter.error(&["bundle", "export", "--to", &org(&field), "--out", &out], 4);
    assert_eq!(refused["code"], "bundle-for-nobody", "{refused}");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
    record(&field, "Después de la exclusión.");
    let files = export(&field, "Casa Prueba", &folder(&field, "stick"), &[]);
    let before = state(&inviter);
    let ended = inviter.run(&["bundle", "import", &files[0], "--json"]);
    assert_eq!(ended.code, Some(4), "{} {}", ended.out, ended.err);
    let taken: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(taken["files"][0]["state"], "refused", "{taken}");
    assert_eq!(taken["files"][0]["maker"]["standing"], "out", "{taken}");
    assert_eq!(state(&inviter), before);
}
