//! What each fuzz target does with its bytes, in one place: `fuzz_targets/` hands libFuzzer's bytes
//! to these functions, and `tests/it/fuzzing.rs` includes this file and hands them the committed
//! corpus. Only the public interface of ceiba is used.
//!
//! A target fails by panicking. libFuzzer's own hook ends the process at each panic, also at those
//! of automerge that the program catches, so `fuzz_targets/` takes it away.
//!
//! Where bytes are guarded by a checksum or a signature, a target puts
//! it right first: a fuzzer cannot guess it, an attacker with a key can make it.

pub mod alerts;
pub mod blobs;
pub mod bundles;
pub mod devices;
pub mod frames;
pub mod input;
pub mod joining;
pub mod journal;
pub mod kit;
pub mod logs;
pub mod phones;
pub mod preflight;
pub mod receipts;
pub mod replicas;
pub mod sealed;
pub mod statements;
pub mod texts;

/// A target: its name, its body, and what fuzzing begins with.
pub type Target = (&'static str, fn(&[u8]), fn() -> Vec<Vec<u8>>);

/// All targets.
pub const TARGETS: &[Target] = &[
    ("preflight", preflight::preflight, preflight::seeds),
    ("header", logs::header, logs::header_seeds),
    ("run", logs::run, logs::run_seeds),
    ("fork", logs::fork, logs::fork_seeds),
    ("receipt", receipts::receipt, receipts::receipt_seeds),
    ("statement", statements::statement, statements::statement_seeds),
    ("resolve", statements::resolve_story, statements::story_seeds),
    ("session", replicas::session, replicas::session_seeds),
    ("frame", frames::frame, frames::frame_seeds),
    ("grant_set", sealed::grant_set, sealed::grant_set_seeds),
    ("payload", replicas::payload, replicas::payload_seeds),
    ("ticket", joining::ticket, joining::ticket_seeds),
    ("join", joining::join, joining::join_seeds),
    ("device", devices::device, devices::device_seeds),
    ("journal", journal::journal, journal::journal_seeds),
    ("records", replicas::records, replicas::record_seeds),
    ("keystore", sealed::keystore, sealed::keystore_seeds),
    ("request", texts::request, texts::request_seeds),
    ("import", texts::import, texts::import_seeds),
    ("manifest", sealed::manifest, sealed::manifest_seeds),
    ("bundle", bundles::bundle, bundles::bundle_seeds),
    ("blob", blobs::blob, blobs::blob_seeds),
    ("wire", texts::wire, texts::wire_seeds),
    ("openrosa", phones::openrosa, phones::openrosa_seeds),
    ("cap", alerts::cap, alerts::cap_seeds),
];
