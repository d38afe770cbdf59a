//! Nodes that are killed, and nodes that are told to stop.

use std::thread;

use crate::{
    coalition::{COALITION, field, record, share, two_stewards},
    partner::{Partner, eventually},
};

/// Writes until the node is gone; gives the last number that was acknowledged.
fn write_until_killed(partner: &Partner, incident: &str, from: u32) -> u32 {
    const BEFORE_THE_KILL: u32 = 12;
    let set = |number: u32| {
        let value = format!("group_size/min={number}");
        partner.ask_node(&["incident", "edit", incident, "--circle", COALITION, "--set", &value])
    };
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let acknowledged = (from..).take_while(|number| set(*number).code == Some(0));
            acknowledged.last().unwrap_or(from)
        });
        eventually("some writes", || {
            let seen = field(partner, incident, "group_size/min");
            seen.parse::<u32>().is_ok_and(|seen| seen >= from + BEFORE_THE_KILL)
        });
        partner.signal("KILL");
        writer.join().unwrap()
    })
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let (mut a, b) = two_stewards();
    let incident = record(&a);
    share(&a, &incident, COALITION, "coalition");
    let mut next = 1;
    for round in 0..3 {
        let last = write_until_killed(&a, &incident, next);
        assert_eq!(a.ended().code(), None, "it was killed");
        // The socket that it left behind is no obstacle, whether the node runs again or not.
        if round == 1 {
            assert_eq!(a.json(&["status"])["running"], false);
        }
        a.start();
        let kept: u32 = field(&a, &incident, "group_size/min").parse().unwrap();
        assert!(kept >= last, "{last} was acknowledged, {kept} is there");
        eventually("the partner catches up", || {
            field(&b, &incident, "group_size/min") == kept.to_string()
        });
        next = kept + 1;
    }
    for partner in [&a, &b] {
        let status = partner.json(&["status"]);
        let waiting = status["waiting"].to_string();
        assert!(!waiting.contains("frozen") && !waiting.contains("quarantine"), "{waiting}");
    }
}

#[test]
fn signals_and_the_stop_command_end_a_node_in_order() {
    let mut node = Partner::running("Red Árbol");
    let incident = record(&node);
    for how in ["TERM", "INT", "stop"] {
        assert_eq!(node.json(&["status"])["running"], true);
        // One home, one process.
        let second = node.run(&["run", "--listen", "/ip4/127.0.0.1/tcp/0"]);
        assert_eq!(second.code, Some(8), "{}", second.err);
        if how == "stop" {
            assert_eq!(node.run(&["stop"]).code, Some(0));
            // It came back when the home was free, not when the node had been told.
            assert_eq!(node.json(&["status"])["running"], false);
        } else {
            node.signal(how);
        }
        assert_eq!(node.ended().code(), Some(0), "{how}");
        assert!(!node.home().join("control.sock").exists(), "{how}");
        // The home can be used at once, and holds what was written.
        assert_eq!(node.json(&["status"])["running"], false);
        assert_eq!(field(&node, &incident, "date"), "2024-05-03");
        node.start();
    }
}

#[test]
fn a_node_keeps_the_port_that_the_system_chose() {
    let mut node = Partner::running("Red Árbol");
    let before = node.json(&["status"])["listening"].clone();
    assert_eq!(before.as_array().unwrap().len(), 1);
    node.stop();
    node.start();
    assert_eq!(node.json(&["status"])["listening"], before);
}
