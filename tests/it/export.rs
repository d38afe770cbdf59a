//! Exports as people make them: what goes out, what does not, and what a bystander can check.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    coalition::{COALITION, NAME, NOTES, SUMMARY, VEREDA, field, record, share, two_stewards},
    partner::{Partner, argument, eventually, files_with},
};

const FORMATS: [&str; 5] = ["csv", "hxl", "geojson", "parquet", "uwazi"];

/// A new path for an export.
fn path(partner: &Partner, name: &str) -> String {
    argument(&partner.file(name))
}

fn export(partner: &Partner, format: &str, tier: &str, name: &str) -> Value {
    let out = path(partner, name);
    partner.json(&["export", format, "--tier", tier, "--out", &out, "--confirm", tier])
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(not(unix))]
const fn mode(_path: &Path) -> u32 {
    0o600
}

#[test]
fn every_format_keeps_to_its_tier_and_says_for_whom_it_is() {
    let node = Partner::new("Red Árbol");
    let incident = record(&node);
    for format in FORMATS {
        let name = format!("coalition.{format}");
        let exported = export(&node, format, "coalition", &name);
        assert_eq!((&exported["incidents"], &exported["withheld"]), (&1.into(), &0.into()));
        let file = node.file(&name);
        assert_eq!(mode(&file), 0o600, "{format}");
        let beside = fs::read(node.file(&format!("{name}.export.json"))).unwrap();
        let beside: Value = serde_json::from_slice(&beside).unwrap();
        assert_eq!(beside["tier"], "coalition");
        assert_eq!(beside["as_of"].as_str().unwrap().len(), 10);
        assert_eq!(beside["files"][0]["bytes"], fs::metadata(&file).unwrap().len());
        assert_eq!(beside.get("reasons"), None, "why stays with who exports");
    }
    let csv = fs::read_to_string(node.file("coalition.csv")).unwrap();
    assert!(csv.contains(&incident) && csv.contains("Death threat, Cauca, 2024-05"), "{csv}");
    for closed in [NAME, SUMMARY, NOTES, VEREDA, "-76.6022", "2024-05-03"] {
        let found = files_with(node.file("passphrase").parent().unwrap(), closed);
        let exported = |path: &&std::path::PathBuf| path.to_string_lossy().contains("coalition.");
        assert_eq!(found.iter().filter(exported).count(), 0, "{closed} in {found:?}");
    }
    export(&node, "csv", "restricted", "restricted.csv");
    let csv = fs::read_to_string(node.file("restricted.csv")).unwrap();
    assert!(csv.contains(SUMMARY) && csv.contains(VEREDA) && !csv.contains(NAME), "{csv}");
    export(&node, "csv", "sealed", "sealed.csv");
    assert!(fs::read_to_string(node.file("sealed.csv")).unwrap().contains(NAME));
}

#[test]
fn somebody_stands_for_what_is_restricted_and_nothing_is_replaced() {
    let node = Partner::new("Red Árbol");
    record(&node);
    let out = path(&node, "x.csv");
    let order = ["export", "csv", "--out", &out, "--tier"];
    for (tier, confirm) in [("restricted", None), ("sealed", None), ("sealed", Some("restricted"))]
    {
        let confirm = confirm.map(|word| ["--confirm", word]);
        let more = confirm.iter().flatten().copied();
        let args: Vec<&str> = order.into_iter().chain([tier]).chain(more).collect();
        let error = node.error(&args, 4);
        assert!(error["message"].as_str().unwrap().contains("confirmed"), "{error}");
        assert!(!node.file("x.csv").exists());
    }
    // Consent of the record does not cover the public: nothing to write.
    let ended = node.run(&[&order[..], &["public", "--json"]].concat());
    assert_eq!(ended.code, Some(4));
    let nothing: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&nothing["path"], &nothing["withheld"]), (&Value::Null, &1.into()));
    assert!(!node.file("x.csv").exists());
    node.json(&[&order[..], &["coalition"]].concat());
    let before = fs::read(node.file("x.csv")).unwrap();
    node.error(&[&order[..], &["coalition"]].concat(), 6);
    assert_eq!(fs::read(node.file("x.csv")).unwrap(), before);
    let left = fs::read_dir(node.file("x.csv").parent().unwrap()).unwrap();
    let names = left.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    assert!(names.into_iter().all(|name| !name.starts_with(".ceiba-export")));
}

#[test]
fn a_partners_facet_goes_no_further_than_the_partner_let_it() {
    let (a, b) = two_stewards();
    let incident = record(&a);
    share(&a, &incident, COALITION, "coalition");
    eventually("the facet arrives", || !field(&b, &incident, "place/admin1").is_empty());
    export(&b, "csv", "coalition", "c.csv");
    let csv = fs::read_to_string(b.file("c.csv")).unwrap();
    assert!(csv.contains(&incident) && csv.contains("Red Árbol") && csv.contains("Popayán"));
    assert!(!csv.contains(SUMMARY) && !csv.contains("2024-05-03"), "{csv}");
    // What is for partners named here may have what is for all partners, and no more of it.
    export(&b, "csv", "restricted", "r.csv");
    assert!(!fs::read_to_string(b.file("r.csv")).unwrap().contains(SUMMARY));
    for tier in ["public", "sealed"] {
        let out = path(&b, "none.csv");
        let order = ["export", "csv", "--out", &out, "--tier", tier, "--confirm", tier, "--json"];
        let ended = b.run(&order);
        assert_eq!(ended.code, Some(4), "{tier}: {}", ended.out);
        assert!(!b.file("none.csv").exists());
    }
    // Consent counts as it is at the export, also where the facet was shared before.
    a.json(&["incident", "edit", &incident, "--set", "consent/withdrawn_at=2024-06-01"]);
    let ended = a.run(&["export", "csv", "--tier", "coalition", "--out", &path(&a, "a.csv")]);
    assert_eq!(ended.code, Some(4), "{}", ended.out);
}

/// A member writes into the coalition's facet what a coalition may not see: it goes no further.
#[test]
fn a_facet_with_a_violation_that_is_always_restricted_is_in_no_open_file() {
    let (a, b) = two_stewards();
    let incident = record(&a);
    share(&a, &incident, COALITION, "coalition");
    eventually("the facet arrives", || !field(&b, &incident, "date").is_empty());
    let edit = ["incident", "edit", &incident, "--circle", COALITION, "--set"];
    b.json(&[&edit[..], &["acts/1/violation=sexual_violence"]].concat());
    let out = path(&b, "c.csv");
    let ended = b.run(&["export", "csv", "--tier", "coalition", "--out", &out, "--json"]);
    assert_eq!(ended.code, Some(4), "{}", ended.out);
    assert!(ended.out.contains("always restricted"), "{}", ended.out);
    export(&b, "csv", "restricted", "r.csv");
    assert!(fs::read_to_string(b.file("r.csv")).unwrap().contains("sexual_violence"));
}

#[test]
fn an_archive_is_checked_with_and_without_ceiba() {
    let node = Partner::new("Red Árbol");
    node.json(&["coalition", "create", COALITION]);
    let incident = record(&node);
    share(&node, &incident, COALITION, "coalition");
    let out = path(&node, "archive");
    node.error(&["export", "archive", "--out", &out], 4);
    let written = node.json(&["export", "archive", "--out", &out, "--confirm", "sealed"]);
    assert_eq!(written["incidents"], 1);
    let folder = node.file("archive");
    #[cfg(unix)]
    assert_eq!(mode(&folder), 0o700);
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let dossier: Value = serde_json::from_str(&text("incidents.jsonl")).unwrap();
    assert_eq!(dossier["fields"]["victims/1/name"], NAME);
    assert_eq!(dossier["incident"], incident.as_str());
    let facet: Value = serde_json::from_str(&text("facets.jsonl")).unwrap();
    assert_eq!((&facet["tier"], &facet["circle_name"]), (&"coalition".into(), &COALITION.into()));
    assert!(!text("incidents.jsonl").contains("disclosure/key"), "no secret is in it");
    let good = node.json(&["export", "check", &out]);
    assert_eq!((&good["files"], &good["problems"]), (&21.into(), &Value::Array(Vec::new())));
    by_sha256sum(&folder);
    fs::write(folder.join("facets.jsonl"), "{}\n").unwrap();
    let ended = node.run(&["export", "check", &out, "--json"]);
    assert_eq!(ended.code, Some(1));
    let bad: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(bad["problems"][0]["fault"], "altered");
}

/// The check that the README of the archive tells, where the machine has the tool.
#[expect(clippy::print_stderr, reason = "a skipped check says so")]
fn by_sha256sum(folder: &Path) {
    let checked =
        Command::new("sha256sum").args(["-c", "manifest.sha256"]).current_dir(folder).output();
    match checked {
        Ok(checked) => assert!(checked.status.success(), "{checked:?}"),
        Err(error) => eprintln!("SKIPPED: no sha256sum here: {error}"),
    }
}

#[test]
fn a_running_node_exports_the_same_bytes_batch_by_batch() {
    let mut node = Partner::new("Red Árbol");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sample");
    let file = |name: &str| argument(&folder.join(name));
    let (list, mapping) = (file("casos-sinteticos.csv"), file("casos-sinteticos.toml"));
    node.json(&["incident", "import", &list, "--mapping", &mapping]);
    let still = export(&node, "csv", "coalition", "still.csv");
    node.start();
    let running = export(&node, "csv", "coalition", "running.csv");
    assert_eq!(still["files"][0]["sha256"], running["files"][0]["sha256"]);
    assert_eq!((&running["incidents"], &running["withheld"]), (&99.into(), &51.into()));
    let few = ["export", "csv", "--tier", "coalition", "--country", "PE", "--out"];
    let few = node.json(&[&few[..], &[&path(&node, "few.csv")]].concat());
    assert!(few["incidents"].as_u64().unwrap() < 99, "{few}");
    // Acts go out with the mapping by which they come in again, complete.
    let (acts, mapping) = (path(&node, "acts.csv"), path(&node, "acts.toml"));
    let order = ["export", "csv", "--acts", "--tier", "sealed", "--confirm", "sealed"];
    node.json(&[&order[..], &["--out", &acts, "--mapping", &mapping]].concat());
    let other = Partner::new("Casa Norte");
    let imported = other.json(&["incident", "import", &acts, "--mapping", &mapping]);
    assert_eq!((&imported["created"], &imported["rejected"]), (&150.into(), &Value::Array(vec![])));
    assert_eq!(imported["warnings"], Value::Array(Vec::new()));
}
