//! The bounds on traffic, counted. Two steps are one round trip.

use super::network::Network;
use crate::model::id::{CircleId, Lane};

fn circles(net: &mut Network, number: u8) -> Vec<CircleId> {
    (0..number).map(|n| net.circle(n, &[0, 1])).collect()
}

#[test]
fn nothing_new_in_20_circles_is_one_round_trip_and_below_2_kb() {
    let mut net = Network::new(2);
    for circle in circles(&mut net, 20) {
        net.write(0, circle, Lane::Record, b"old");
        net.write(1, circle, Lane::Control, b"old");
    }
    let link = net.connect(0, 1);
    net.settle();
    net.disconnect(link);
    net.reset_counters();
    net.connect(1, 0);
    net.settle();
    assert!(net.steps <= 2, "{} steps", net.steps);
    assert!(net.bytes < 2048, "{} bytes", net.bytes);
    assert_eq!(net.sent.len(), 2);
}

/// Ten new entries on each side: the overhead does not depend on how many there were before.
fn resync(before: u8) -> (usize, usize) {
    let mut net = Network::new(2);
    let circles = circles(&mut net, 5);
    for circle in &circles {
        for n in 0..before {
            net.write(0, *circle, Lane::Record, &[n; 400]);
            net.write(1, *circle, Lane::Record, &[n; 400]);
        }
    }
    let link = net.connect(0, 1);
    net.settle();
    net.disconnect(link);
    for n in 0..10 {
        net.write(0, circles[0], Lane::Record, &[n; 400]);
        net.write(1, circles[usize::from(n % 5)], Lane::Record, &[n; 400]);
    }
    net.reset_counters();
    net.connect(0, 1);
    net.settle();
    net.assert_same(&[0, 1]);
    (net.bytes - 20 * 400, net.last_entry)
}

#[test]
fn ten_new_on_each_side_is_two_round_trips_and_below_10_kb_beyond_the_payloads() {
    let (few, steps) = resync(2);
    let (many, _) = resync(100);
    assert!(steps <= 4, "{steps} steps");
    assert!(few < 10_000 && many < 10_000, "{few} and {many} bytes");
    assert!(many.abs_diff(few) < 100, "{few} and {many} bytes");
}

#[test]
fn a_first_sync_costs_one_signature_a_run_and_little_beyond_the_entries() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    for n in 0..500_u16 {
        net.write(0, circle, Lane::Record, &[n.to_le_bytes(); 200].concat());
    }
    net.connect(0, 1);
    net.settle();
    net.assert_same(&[0, 1]);
    let entries = 500 * (400 + 240);
    assert!(net.bytes < entries + 10_000, "{} bytes", net.bytes);
    assert!(net.nodes[1].replica.checks <= 10, "{} checks", net.nodes[1].replica.checks);
}

#[test]
fn an_announcement_is_small() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    net.connect(0, 1);
    net.settle();
    net.reset_counters();
    net.write(0, circle, Lane::Record, &[1; 400]);
    net.settle();
    net.assert_same(&[0, 1]);
    // Announced, asked for, given, acknowledged.
    assert_eq!(net.sent.len(), 4);
    assert!(net.bytes < 400 + 700, "{} bytes", net.bytes);
}
