//! Dishonest peers over real sockets, against real nodes.
//!
//! What each attack may cost a victim is a named bound here, on counted things and on memory; none
//! is on time. `src/replica/tests/redteam` has the same attacks and more without sockets, where
//! work can be counted exactly.

mod member;
mod peer;
mod strangers;

use std::{fs, path::Path};

use crate::partner::{Partner, eventually};

/// How much more memory an attack may make a node take at its peak, in KiB. What is bounded by
/// net.md and sync.md for the connections that these attacks open is about half; the rest is for
/// the allocator, and for what the node does meanwhile.
const MAX_GROWTH_KIB: u64 = 192 * 1024;

/// Peak memory of a partner's node in KiB; none where the system does not tell.
fn peak_memory(partner: &Partner) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", partner.process()?)).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Fails if a node's peak memory grew by more than it may.
fn assert_memory(partner: &Partner, before: Option<u64>) {
    if let (Some(before), Some(after)) = (before, peak_memory(partner)) {
        let grown = after.saturating_sub(before);
        assert!(grown <= MAX_GROWTH_KIB, "{grown} KiB more at the peak");
    }
}

/// Where a partner's node listens.
fn address(partner: &Partner) -> String {
    let status = partner.json(&["status"]);
    status["listening"][0].as_str().unwrap().to_owned()
}

/// Waits for a line of a node's log that has all of these.
fn assert_logged(partner: &Partner, parts: &[&str]) {
    eventually(&format!("a line of the log with {parts:?}"), || {
        let log = partner.log();
        log.lines().any(|line| parts.iter().all(|part| line.contains(part)))
    });
}

/// Fails if a node's log has anything that must not leave it.
fn assert_log_is_clean(partner: &Partner, secrets: &[&str]) {
    let log = partner.log();
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
    let passphrase = fs::read_to_string(partner.file("passphrase")).unwrap();
    assert!(!log.contains(&passphrase));
    let keystore = fs::read_to_string(Path::new(&partner.home()).join("keystore.age"));
    let sealed = keystore.unwrap_or_default();
    assert!(sealed.lines().skip(1).take(3).all(|line| !log.contains(line)));
}
