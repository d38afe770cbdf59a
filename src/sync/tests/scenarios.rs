use std::time::Duration;

use super::{
    fake::{device_id, filler, statement},
    network::Network,
};
use crate::{
    log::Tail,
    model::id::{Incarnation, Lane, LogId},
    sync::{Event, Input, Replica, RunOutcome, message::Message},
};

#[test]
fn two_partners_get_what_the_other_has_and_then_what_is_new() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    // 1. Each has written while alone, and knows a statement of its own.
    for n in 0..3 {
        net.write(0, circle, Lane::Record, &[n; 50]);
        net.write(1, circle, Lane::Control, &[n; 50]);
    }
    net.state(0, circle, filler(1));
    net.state(1, circle, filler(2));
    // 2. They meet.
    net.connect(0, 1);
    net.settle();
    net.assert_same(&[0, 1]);
    let device = device_id(2);
    let caught_up =
        |event: &Event| matches!(event, Event::CaughtUp { device: d, .. } if *d == device);
    assert_eq!(net.nodes[0].events.iter().filter(|event| caught_up(event)).count(), 1);
    // 3. The stream stays open: what is new goes over at once.
    net.write(0, circle, Lane::Record, b"new");
    net.state(1, circle, filler(3));
    net.settle();
    net.assert_same(&[0, 1]);
    // 4. And nothing is said when nothing is new.
    net.reset_counters();
    net.pass(Duration::from_secs(3600));
    assert_eq!(net.bytes, 0);
}

#[test]
fn an_alert_travels_with_its_announcement_and_is_passed_on() {
    let mut net = Network::new(3);
    let circle = net.circle(1, &[0, 1, 2]);
    net.connect(0, 1);
    net.connect(1, 2);
    net.settle();
    net.reset_counters();
    // One step to the neighbour, one to its neighbour.
    net.write(0, circle, Lane::Alert, b"help");
    net.step();
    net.step();
    net.assert_same(&[0, 1, 2]);
    net.settle();
    // And again, when the neighbours know where the log stood.
    net.write(0, circle, Lane::Alert, b"again");
    net.step();
    net.step();
    net.assert_same(&[0, 1, 2]);
}

#[test]
fn an_alert_past_a_gap_is_pulled() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    net.connect(0, 1);
    net.settle();
    // Two entries are written before sync is told of the second.
    net.nodes[0].replica.write(circle, Lane::Alert, b"first".to_vec());
    net.write(0, circle, Lane::Alert, b"second");
    net.settle();
    net.assert_same(&[0, 1]);
}

#[test]
fn urgent_lanes_come_first_across_circles() {
    let mut net = Network::new(2);
    let circles = [net.circle(1, &[0, 1]), net.circle(2, &[0, 1])];
    for circle in circles {
        for lane in [Lane::Record, Lane::Alert, Lane::Control] {
            for n in 0..20 {
                net.write(0, circle, lane, &vec![n; 50_000]);
            }
        }
    }
    net.connect(0, 1);
    net.settle();
    net.assert_same(&[0, 1]);
    // All that is urgent in either circle was there before the records of either, but for what
    // was under way.
    let taken = &net.nodes[1].replica.taken;
    let entries = |lane: Lane, until: usize| -> usize {
        let of_lane = taken[..until].iter().filter(|(_, log, _, _)| log.lane == lane);
        of_lane.map(|(_, _, _, fresh)| fresh).sum()
    };
    let urgent_done = (0..=taken.len())
        .find(|n| entries(Lane::Control, *n) + entries(Lane::Alert, *n) == 80)
        .unwrap();
    assert!(entries(Lane::Record, urgent_done) < 10);
}

#[test]
fn a_grant_overtakes_records_that_were_asked_for_before() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    // 1. More records than one window takes, and they are under way.
    for n in 0..40 {
        net.write(0, circle, Lane::Record, &vec![n; 100_000]);
    }
    net.connect(0, 1);
    (0..8).for_each(|_| net.step());
    let record = net.nodes[0].replica.log(Lane::Record);
    let so_far = net.nodes[1].replica.position(&circle, &record).tail.next_seq;
    assert!((1..40).contains(&so_far), "{so_far}");
    // 2. A grant is written: announcement, want, and it is there, before the records are.
    net.write(0, circle, Lane::Control, b"grant");
    (0..4).for_each(|_| net.step());
    let control = net.nodes[0].replica.log(Lane::Control);
    assert_eq!(net.nodes[1].replica.position(&circle, &control).tail.next_seq, 1);
    assert!(net.nodes[1].replica.position(&circle, &record).tail.next_seq < 40);
    net.settle();
    net.assert_same(&[0, 1]);
}

#[test]
fn who_never_held_a_forked_log_is_told_with_its_entries() {
    let mut net = Network::new(3);
    let circle = net.circle(1, &[0, 1, 2]);
    net.write(0, circle, Lane::Record, b"common");
    let mut copy = net.nodes[0].replica.clone();
    net.write(0, circle, Lane::Record, b"one");
    copy.write(circle, Lane::Record, b"two".to_vec());
    net.connect(0, 1);
    net.settle();
    let log = copy.log(Lane::Record);
    let run = copy.read_run(&circle, &log, 0, 1_000_000).unwrap();
    assert_eq!(net.nodes[1].replica.accept_run(&circle, &log, run), RunOutcome::Forked);
    // The one session in which it gets the entries tells it that they are disputed.
    net.connect(1, 2);
    net.settle();
    assert!(net.nodes[2].replica.position(&circle, &log).forked);
}

#[test]
fn a_fork_freezes_the_log_everywhere() {
    let mut net = Network::new(3);
    let circle = net.circle(1, &[0, 1, 2]);
    // 1. A device and its copy write different entries at the same place.
    net.write(0, circle, Lane::Record, b"common");
    let mut copy = net.nodes[0].replica.clone();
    net.write(0, circle, Lane::Record, b"one");
    copy.write(circle, Lane::Record, b"two".to_vec());
    net.nodes[1].replica = Network::new(2).nodes.remove(1).replica;
    net.circle(1, &[0, 1, 2]);
    let log = copy.log(Lane::Record);
    let run = copy.read_run(&circle, &log, 0, 1_000_000).unwrap();
    net.nodes[1].replica.accept_run(&circle, &log, run);
    // 2. Who holds the one meets who holds the other: the lengths are the same.
    net.connect(0, 1);
    net.connect(1, 2);
    net.settle();
    // 3. All have the proof, and nobody asks for the log again.
    for node in &net.nodes {
        assert!(node.replica.position(&circle, &log).forked, "{}", node.replica.number);
        assert!(node.events.contains(&Event::Forked { circle, log }));
    }
    // 4. Who comes later learns of it from whoever it meets.
    let link = net.connect(0, 2);
    net.settle();
    net.disconnect(link);
    net.reset_counters();
    net.connect(0, 2);
    net.settle();
    let pulled = |frame: &Message| matches!(frame, Message::Want { .. } | Message::Fork { .. });
    assert!(!net.frames(0, 2).iter().any(pulled) && !net.frames(2, 0).iter().any(pulled));
}

#[test]
fn large_sets_of_statements_and_logs_go_by_buckets() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    // 1. Both know 1,500 statements, and each one more; both hold 450 logs, and each one more.
    for n in 0..1500 {
        net.nodes[0].replica.add(circle, filler(n));
        net.nodes[1].replica.add(circle, filler(n));
    }
    net.nodes[0].replica.add(circle, filler(5000));
    net.nodes[1].replica.add(circle, filler(6000));
    for n in 0..450_u16 {
        let log = incarnation(0, n);
        net.nodes[0].replica.write_to(circle, log, vec![1]);
        let run = net.nodes[0].replica.read_run(&circle, &log, 0, 1000).unwrap();
        net.nodes[1].replica.accept_run(&circle, &log, run);
    }
    net.nodes[0].replica.write_to(circle, incarnation(0, 1000), vec![2]);
    net.nodes[1].replica.write_to(circle, incarnation(1, 1000), vec![2]);
    net.connect(0, 1);
    net.settle();
    net.assert_same(&[0, 1]);
    // 2. Control frames kept their bound, and not all was listed.
    assert!(net.sent.iter().all(|(_, _, bytes)| bytes.len() <= 64 * 1024));
    let lists = |frame: &Message| matches!(frame, Message::StatementList { complete: true, .. });
    assert!(!net.frames(0, 1).iter().any(lists));
    let listed: usize = net
        .frames(0, 1)
        .iter()
        .map(|frame| if let Message::StatementList { ids, .. } = frame { ids.len() } else { 0 })
        .sum();
    assert!(listed < 100, "{listed}");
}

#[test]
fn one_side_may_be_large_and_the_other_empty() {
    for dialer in [0, 1] {
        let mut net = Network::new(2);
        let circle = net.circle(1, &[0, 1]);
        for n in 0..1500 {
            net.nodes[0].replica.add(circle, filler(n));
        }
        for n in 0..450 {
            net.nodes[0].replica.write_to(circle, incarnation(0, n), vec![1]);
        }
        net.connect(dialer, 1 - dialer);
        net.settle();
        net.assert_same(&[0, 1]);
    }
}

fn incarnation(node: u8, number: u16) -> LogId {
    let mut bytes = [1; 16];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    let device = device_id(node + 1);
    LogId { device, incarnation: Incarnation::new(bytes), lane: Lane::Record }
}

#[test]
fn both_may_dial_at_once() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    for n in 0..5 {
        net.write(0, circle, Lane::Record, &[n; 50]);
    }
    let (one, two) = (net.connect(0, 1), net.connect(1, 0));
    net.settle();
    net.assert_same(&[0, 1]);
    // No entry was sent twice.
    let taken: usize = net.nodes[1].replica.taken.iter().map(|(_, _, _, fresh)| fresh).sum();
    assert_eq!(taken, 5);
    net.disconnect(one);
    net.write(0, circle, Lane::Record, b"still there");
    net.settle();
    net.assert_same(&[0, 1]);
    assert!(net.is_connected(two));
}

#[test]
fn a_restart_in_the_middle_loses_nothing() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    for n in 0..30 {
        net.write(0, circle, Lane::Record, &vec![n; 60_000]);
    }
    for steps in 3..8 {
        let link = net.connect(0, 1);
        (0..steps).for_each(|_| net.step());
        net.disconnect(link);
    }
    net.connect(0, 1);
    net.settle();
    net.assert_same(&[0, 1]);
}

#[test]
fn a_full_disk_is_told_and_not_hammered() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    net.write(0, circle, Lane::Record, b"entry");
    net.nodes[1].replica.full = true;
    net.connect(0, 1);
    net.settle();
    let log = net.nodes[0].replica.log(Lane::Record);
    let failed = Event::StorageFailed { circle, log };
    assert_eq!(net.nodes[1].events.iter().filter(|event| **event == failed).count(), 1);
    // Room again: it comes by itself.
    net.nodes[1].replica.full = false;
    net.pass(Duration::from_secs(70));
    net.assert_same(&[0, 1]);
}

#[test]
fn a_log_that_grows_fast_is_announced_at_intervals() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    net.connect(0, 1);
    net.settle();
    net.reset_counters();
    for n in 0..200 {
        net.write(0, circle, Lane::Record, &[n; 100]);
    }
    assert_eq!(net.sent.len(), 1);
    net.settle();
    net.assert_same(&[0, 1]);
    assert!(net.sent.len() < 20, "{}", net.sent.len());
}

#[test]
fn progress_is_told_to_people() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    for n in 0..30 {
        net.write(0, circle, Lane::Record, &vec![n; 60_000]);
    }
    net.connect(0, 1);
    net.settle();
    let told: Vec<(u64, u64)> = net.nodes[1]
        .events
        .iter()
        .filter_map(|event| {
            let Event::Progress { have, want, .. } = event else {
                return None;
            };
            Some((*have, *want))
        })
        .collect();
    assert!(told.len() > 2 && told.is_sorted());
    assert_eq!(told.last(), Some(&(30, 30)));
}

#[test]
fn a_log_that_nobody_certified_is_not_followed() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    let link = net.connect(0, 1);
    net.settle();
    let log =
        LogId { device: device_id(77), incarnation: Incarnation::new([0; 16]), lane: Lane::Record };
    let position =
        crate::log::LogPosition { log, tail: Tail { next_seq: 5, ..Tail::EMPTY }, forked: false };
    let names = net.nodes[1].engine.sessions[&link].open().unwrap().names;
    let (circle_tag, complete, last) = (names.theirs(&circle), false, false);
    let frame = Message::Frontier { circle: circle_tag, positions: vec![position], complete, last };
    net.reset_counters();
    net.inject(link, 1, frame.encode());
    net.settle();
    assert_eq!(net.bytes, 0);
    // Once it is certified, what was said before counts.
    net.nodes[1].replica.add(circle, statement(b'M', 77));
    net.input(1, Input::StatementsChanged { circle, added: Vec::new() });
    assert!(net.frames(1, 0).iter().any(|frame| matches!(frame, Message::Want { .. })));
}
