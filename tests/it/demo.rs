//! The demo, run as a user runs it: real processes, real sockets on loopback, real files.

use std::{path::Path, process::Command};

use serde_json::Value;

/// Claims that the demo checks at least.
const CLAIMS: usize = 20;

fn demo(keep: &Path) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ceiba"));
    command.args(["demo", "--json", "--keep"]).arg(keep).output().unwrap()
}

#[test]
fn every_claim_of_the_demo_holds_and_its_homes_can_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("kept");
    let ended = demo(&keep);
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.stdout.starts_with(b"{"), "{told}");
    let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let claims = report["claims"].as_array().unwrap();
    let disproved: Vec<&Value> = claims.iter().filter(|claim| claim["held"] != true).collect();
    assert!(disproved.is_empty(), "{disproved:#?}");
    assert!(claims.len() >= CLAIMS, "{} claims", claims.len());
    assert_eq!(ended.status.code(), Some(0), "{told}");

    assert_eq!(report["facts"]["imported"], 200);
    let partners = report["partners"].as_array().unwrap();
    assert_eq!(partners.len(), 3);
    for partner in partners {
        assert!(!partner["view"]["rows"].as_array().unwrap().is_empty());
        assert!(!partner["may_not_see"].as_array().unwrap().is_empty());
    }

    // What was kept opens with the passphrase that lies beside it.
    let status = Command::new(env!("CARGO_BIN_EXE_ceiba"))
        .args(["status", "--json", "--home"])
        .arg(keep.join("nube"))
        .arg("--passphrase-file")
        .arg(keep.join("passphrase"))
        .output()
        .unwrap();
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["org_name"], "Observatorio Nube Quieta");
    assert_eq!(status["incidents"], report["partners"][1]["view"]["total"]);

    // A second demo does not write over what was kept.
    let again = demo(&keep);
    assert_eq!(again.status.code(), Some(4), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(again.stdout.is_empty());
}
