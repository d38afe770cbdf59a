//! How fast the parts are, one by one: `cargo bench --bench parts`.

#![expect(clippy::unwrap_used, reason = "a benchmark that fails ends")]

#[path = "parts/blobs.rs"]
mod blobs;
#[path = "parts/entries.rs"]
mod entries;
#[path = "parts/registry.rs"]
mod registry;
#[path = "parts/search.rs"]
mod search;
#[path = "parts/storage.rs"]
mod storage;

use std::time::Duration;

use criterion::{Criterion, criterion_group};

fn short() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

criterion_group! {
    name = parts;
    config = short().configure_from_args();
    targets =
        registry::documents, registry::projection, registry::view, search::search,
        entries::payloads, entries::runs, entries::membership,
        storage::journal, storage::index, blobs::blobs
}

fn main() {
    // `cargo bench` says so; `cargo test --benches` does not, and wants nothing long.
    if std::env::args().any(|it| it == "--bench") {
        parts();
        Criterion::default().configure_from_args().final_summary();
    }
}
