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
//! `SIM_RUNS=5000` runs more seeds, `SIM_SEED=17` just one, `SIM_LOG=1` tells what happens.

mod actions;
mod agreement;
mod cast;
mod chores;
mod network;
mod node;
mod oracle;
mod scenario;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Seeds that run when nothing else is asked for.
const RUNS: u64 = 200;
/// Threads that share the seeds.
const THREADS: u64 = 2;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// Runs a seed; on failure says how to do it again.
fn run(seed: u64) -> [u8; 32] {
    catch_unwind(AssertUnwindSafe(|| scenario::run(seed))).unwrap_or_else(|failure| {
        let text = failure
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| failure.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default();
        panic!(
            "seed {seed}: {text}\nagain with: SIM_SEED={seed} SIM_LOG=1 cargo test --test it sim::"
        )
    })
}

#[test]
fn nothing_leaks_and_all_agree() {
    if let Some(seed) = number("SIM_SEED") {
        run(seed);
        return;
    }
    let runs = number("SIM_RUNS").unwrap_or(RUNS);
    std::thread::scope(|scope| {
        for first in 0..THREADS {
            scope.spawn(move || {
                for seed in (first..runs).step_by(2) {
                    run(seed);
                }
            });
        }
    });
}

#[test]
fn a_seed_tells_everything() {
    let seeds = number("SIM_SEED").map_or(0..3, |seed| seed..seed + 1);
    for seed in seeds {
        assert_eq!(run(seed), run(seed), "seed {seed} ran differently the second time");
    }
}
