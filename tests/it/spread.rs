//! How long an alert takes to everybody, and the first answer back: the bounds that
//! `benches/alerts.rs` measures against, in virtual time.

use std::time::Duration;

#[expect(unreachable_pub, reason = "the benchmark needs more of it")]
#[path = "../../benches/support/crowd.rs"]
mod crowd;

use crowd::{Plan, Topology, spread};

const PARTNERS: usize = 50;
const SECOND: Duration = Duration::from_secs(1);
/// While all import at 10 Mbit/s: the worst of five seeds took 1.5 s.
const IMPORTING: Duration = Duration::from_secs(3);

/// 50 partners, 100 ms a round trip, 10 % of connections down.
fn plan(topology: Topology, seed: u64) -> Plan {
    Plan { partners: PARTNERS, topology, down: 10, breaking: 0, rate: None, records: 0, seed }
}

#[test]
fn an_alert_is_everywhere_within_a_second_whoever_is_connected_to_whom() {
    for (topology, seeds) in [
        (Topology::Ring(4), 1..4),
        (Topology::Ring(6), 1..4),
        (Topology::Hubs(3), 1..3),
        (Topology::Mesh, 1..2),
    ] {
        for seed in seeds {
            let spread = spread(plan(topology, seed));
            let took = |percent| spread.percent(percent, PARTNERS);
            assert!(spread.cut_off <= 2, "{topology:?} {seed}: {} cut off", spread.cut_off);
            assert!(took(50) <= took(99) && took(99) <= took(100));
            for percent in [99, 100] {
                let took = took(percent).expect("all who can be reached hold it");
                assert!(took < SECOND, "{topology:?} {seed}: {percent} % took {took:?}");
            }
            let answered = spread.answered.expect("an answer came back");
            assert!(answered < 2 * SECOND, "{topology:?} {seed}: an answer took {answered:?}");
        }
    }
}

#[test]
fn connections_that_break_at_that_moment_cost_no_second() {
    for seed in 1..4 {
        let spread = spread(Plan { breaking: 10, ..plan(Topology::Ring(6), seed) });
        let took = spread.percent(99, PARTNERS).expect("all who can be reached hold it");
        assert!(took < SECOND, "{seed}: {took:?}");
        assert!(spread.percent(100, PARTNERS).is_some() && spread.answered.is_some());
    }
}

/// What was handed to a link cannot be overtaken, and sync has as much there as it carries in some
/// seconds: so an alert that crosses imports on slow links takes longer than a second, and far less
/// than the imports.
#[test]
fn an_alert_overtakes_what_everybody_imports() {
    let (rate, records) = (Some(10_000_000), 200);
    let spread = spread(Plan { rate, records, ..plan(Topology::Ring(6), 1) });
    let took = spread.percent(100, PARTNERS).expect("all who can be reached hold it");
    assert!(took < IMPORTING, "{took:?}");
    assert!(spread.lacking > 0, "the imports were over");
}
