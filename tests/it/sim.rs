//! Many nodes in one thread: real engines over real replicas, on a network and disks made of
//! vectors, in virtual time. All that happens follows from a seed.
//!
//! ```text
//! scenario ──actions──▶ world ──inputs──▶ node (engine, replica, chores)
//!                         │ ◀──frames────── network (delay, loss of connections, partitions)
//!                         ├──▶ oracle     after every event: what leaked?
//!                         └──▶ agreement  at the end: do all who may see the same?
//! ```
//!
//! `SIM_RUNS=5000` runs more seeds, `SIM_SEED=17` just one (both: so many from there on),
//! `SIM_LOG=1` tells what happens.

mod actions;
mod agreement;
mod alerts;
mod cast;
mod chores;
mod coverage;
mod disk;
mod durable;
mod fairness;
mod network;
mod node;
mod oracle;
mod rotations;
mod scenario;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use coverage::Coverage;

/// Seeds that run when nothing else is asked for.
const RUNS: u64 = 200;
/// Seeds of worlds of twenty nodes.
const TWENTIES: u64 = 8;
/// Threads that share the seeds.
const THREADS: usize = 2;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// Failures that are told in full.
const TOLD: usize = 20;

/// Runs a seed; an error says what went wrong and how to do it again.
fn run(seed: u64) -> Result<([u8; 32], Coverage), String> {
    catch_unwind(AssertUnwindSafe(|| scenario::run(seed, scenario::plan(seed)))).map_err(
        |failure| {
            let text = failure
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| failure.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default();
            format!(
                "seed {seed}: {text}\n  SIM_SEED={seed} SIM_LOG=1 cargo test --test it sim::nothing"
            )
        },
    )
}

/// Runs seeds on some threads; gives the failures, and what came about.
fn run_all(seeds: std::ops::Range<u64>) -> (Vec<String>, Coverage) {
    let results: Vec<_> = std::thread::scope(|scope| {
        let (start, end) = (seeds.start, seeds.end);
        let share = move |first| (start + first..end).step_by(THREADS);
        let threads = (0..THREADS as u64)
            .map(|first| scope.spawn(move || share(first).map(run).collect::<Vec<_>>()));
        let threads: Vec<_> = threads.collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let (mut failures, mut coverage) = (Vec::new(), Coverage::default());
    for result in results {
        match result {
            Ok((_, one)) => coverage.add(&one),
            Err(failure) => failures.push(failure),
        }
    }
    (failures, coverage)
}

#[test]
fn nothing_leaks_and_all_agree() {
    let runs = number("SIM_RUNS");
    let first = number("SIM_SEED");
    let seeds = match first {
        Some(seed) => seed..seed + runs.unwrap_or(1),
        None => 0..runs.unwrap_or(RUNS),
    };
    let enough = seeds.end - seeds.start >= RUNS;
    let (failures, coverage) = run_all(seeds);
    let told: Vec<&str> = failures.iter().take(TOLD).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} seeds failed\n{}", failures.len(), told.join("\n"));
    if enough {
        coverage.assert_whole();
    }
}

#[test]
fn twenty_nodes_agree() {
    for seed in 0..TWENTIES {
        scenario::run(seed, cast::Plan::Nodes(20));
    }
}

#[test]
fn a_seed_tells_everything() {
    let seeds = number("SIM_SEED").map_or(0..3, |seed| seed..seed + 1);
    for seed in seeds {
        assert_eq!(run(seed), run(seed), "seed {seed} ran differently the second time");
    }
}
