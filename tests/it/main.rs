//! All integration tests, in one binary: each more would link libp2p and automerge again.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; the switches of .clippy.toml do not cover free helpers"
)]

mod alerts;
mod bench_driver;
mod bundles;
mod clusters;
mod coalition;
mod commands;
mod crash;
mod daemon;
mod demo;
mod devices;
mod evidence;
mod examples;
mod export;
mod field;
mod figures;
mod fuzzing;
mod import;
mod killed;
mod linkage;
mod links;
#[expect(clippy::wildcard_enum_match_arm, reason = "the model names what it is about")]
mod model;
mod openrosa;
mod partner;
mod planning;
mod receipts;
mod redteam;
mod registry;
mod sim;
mod spread;
mod statements;
mod tidy;
mod tour;
mod vectors;
mod verification;
