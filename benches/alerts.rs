//! How long an alert takes to all partners, and the first answer back, in virtual time: 50 partners,
//! 100 ms a round trip, 10 % of connections down, several seeds.
//!
//! `cargo bench --bench alerts` takes a minute. `--seeds 20` takes more of them, `--partners 100`
//! more partners. What is measured is what the engines do; no machine is faster than another here.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that fails ends, and says what it found"
)]

#[expect(unreachable_pub, reason = "tests use it too")]
#[path = "support/crowd.rs"]
mod crowd;

use std::time::Duration;

use crowd::{Plan, Spread, Topology, spread};

/// Partners beside the one that raises the alert.
const PARTNERS: usize = 50;
/// Seeds of each line.
const SEEDS: u64 = 5;
const MEGABIT: u64 = 1_000_000;

/// A line: what is measured, but for the seed.
struct Line {
    name: &'static str,
    topology: Topology,
    breaking: usize,
    rate: Option<u64>,
    records: usize,
}

const QUIET: Line =
    Line { name: "", topology: Topology::Mesh, breaking: 0, rate: None, records: 0 };

const LINES: [Line; 10] = [
    Line { name: "everybody to everybody", ..QUIET },
    Line { name: "6 neighbours", topology: Topology::Ring(6), ..QUIET },
    Line { name: "4 neighbours", topology: Topology::Ring(4), ..QUIET },
    Line { name: "3 hubs", topology: Topology::Hubs(3), ..QUIET },
    Line {
        name: "6 neighbours, 10 % break now",
        topology: Topology::Ring(6),
        breaking: 10,
        ..QUIET
    },
    Line {
        name: "4 neighbours, 10 % break now",
        topology: Topology::Ring(4),
        breaking: 10,
        ..QUIET
    },
    Line {
        name: "6 neighbours, imports, 10 Mbit/s",
        topology: Topology::Ring(6),
        rate: Some(10 * MEGABIT),
        records: 100,
        ..QUIET
    },
    Line {
        name: "6 neighbours, imports, 2 Mbit/s",
        topology: Topology::Ring(6),
        rate: Some(2 * MEGABIT),
        records: 60,
        ..QUIET
    },
    Line {
        name: "6 neighbours, imports, 512 kbit/s",
        topology: Topology::Ring(6),
        rate: Some(MEGABIT / 2),
        records: 30,
        ..QUIET
    },
    Line { name: "everybody, imports, 10 Mbit/s", rate: Some(10 * MEGABIT), records: 20, ..QUIET },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |wanted: &str| arguments.iter().any(|it| it == wanted);
    // `cargo bench` says so; `cargo test --benches` does not, and wants nothing long.
    if !has("--bench") || has("--test") {
        println!("nothing is measured: run `cargo bench --bench alerts`");
        return;
    }
    let number = |wanted: &str| {
        let given = arguments.iter().skip_while(|it| *it != wanted).nth(1);
        given.map(|text| text.parse::<u64>().expect("a number"))
    };
    let seeds = number("--seeds").unwrap_or(SEEDS);
    let partners =
        number("--partners").map_or(PARTNERS, |it| usize::try_from(it).unwrap_or(PARTNERS));
    println!(
        "{partners} partners, 100 ms a round trip, 10 % of connections down; the worst of {seeds} \
         seeds (ms)\n\n| who is connected | 50 % | 99 % | 100 % | first answer back | cut off | \
         bytes sent |\n|---|--:|--:|--:|--:|--:|--:|"
    );
    for line in LINES {
        let Line { name, topology, breaking, rate, records } = line;
        let all: Vec<Spread> = (1..=seeds)
            .map(|seed| {
                spread(Plan { partners, topology, down: 10, breaking, rate, records, seed })
            })
            .collect();
        let worst = |of: &dyn Fn(&Spread) -> Option<Duration>| {
            let all: Option<Vec<Duration>> = all.iter().map(of).collect();
            let worst = all.and_then(|all| all.into_iter().max());
            worst.map_or_else(|| "never".to_owned(), |took| took.as_millis().to_string())
        };
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} |",
            worst(&|it| it.percent(50, partners)),
            worst(&|it| it.percent(99, partners)),
            worst(&|it| it.percent(100, partners)),
            worst(&|it| it.answered),
            all.iter().map(|it| it.cut_off).max().unwrap_or_default(),
            all.iter().map(|it| it.bytes).max().unwrap_or_default(),
        );
    }
}
