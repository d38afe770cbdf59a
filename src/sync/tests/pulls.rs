//! Asking several peers.

use std::{collections::BTreeMap, time::Duration};

use super::{fake::set, network::Network};
use crate::{
    model::id::{Incarnation, Lane, LogId},
    sync::{
        Input, Reason, Replica,
        message::{Message, Part},
    },
};

/// Three nodes hold the same; a fourth has nothing.
fn three_full_one_empty() -> (Network, crate::model::id::CircleId) {
    let mut net = Network::new(4);
    let circle = net.circle(1, &[0, 1, 2, 3]);
    for node in 0..3 {
        let log = net.nodes[node].replica.log(Lane::Record);
        for n in 0..40 {
            let log = LogId { incarnation: Incarnation::new([n; 16]), ..log };
            net.nodes[node].replica.write_to(circle, log, vec![n; 300]);
        }
    }
    for (one, two) in [(0, 1), (1, 2), (2, 0)] {
        let link = net.connect(one, two);
        net.settle();
        net.disconnect(link);
    }
    let link = net.connect(0, 1);
    net.settle();
    net.disconnect(link);
    net.assert_same(&[0, 1, 2]);
    net.reset_counters();
    (net, circle)
}

/// Until node 3 has asked node 0 for entries, and not got any.
fn step_until_asked(net: &mut Network) {
    let wants = |frame: &Message| matches!(frame, Message::Want { .. });
    while !net.frames(3, 0).iter().any(wants) {
        net.step();
    }
}

#[test]
fn several_peers_are_asked_and_none_for_the_same() {
    let (mut net, _) = three_full_one_empty();
    for peer in 0..3 {
        net.connect(3, peer);
    }
    net.settle();
    net.assert_same(&[0, 3]);
    let mut asked = BTreeMap::new();
    for peer in 0..3 {
        for frame in net.frames(3, peer) {
            if let Message::Want { log, .. } = frame {
                assert_eq!(asked.insert(log, peer), None, "{log} was asked for twice");
            }
        }
    }
    assert_eq!(set(asked.values().copied()).len(), 3, "the work was spread");
}

#[test]
fn nothing_is_asked_of_a_metered_peer_that_another_gives() {
    let wants = |net: &Network, peer| {
        let asked = net.frames(3, peer);
        asked.iter().filter(|frame| matches!(frame, Message::Want { .. })).count()
    };
    let (mut net, _) = three_full_one_empty();
    net.input(0, Input::Metered { on: true });
    net.connect(3, 1);
    net.connect(3, 0);
    net.settle();
    net.assert_same(&[1, 3]);
    assert_eq!(wants(&net, 0), 0);
    assert!(wants(&net, 1) > 0);
    // Who gives nothing does not keep us from asking the other.
    let (mut net, _) = three_full_one_empty();
    net.input(0, Input::Metered { on: true });
    net.connect(3, 1);
    net.connect(3, 0);
    while wants(&net, 1) == 0 {
        net.step();
    }
    net.hang(1);
    net.settle();
    assert_eq!(wants(&net, 0), 0);
    net.pass(Duration::from_secs(25));
    net.assert_same(&[0, 3]);
}

#[test]
fn a_peer_that_gives_nothing_keeps_us_from_a_metered_one_for_minutes_at_most() {
    // It lets all requests lie; or it says of a few at a time that it has nothing after all.
    for (logs, answers, within) in [(100, false, 260), (200, true, 440)] {
        let mut net = Network::new(3);
        let circle = net.circle(1, &[0, 1, 2]);
        let log = net.nodes[0].replica.log(Lane::Record);
        for n in 0..logs {
            let log = LogId { incarnation: Incarnation::new([n; 16]), ..log };
            net.nodes[0].replica.write_to(circle, log, vec![n; 300]);
        }
        let first = net.connect(0, 1);
        net.settle();
        net.disconnect(first);
        net.assert_same(&[0, 1]);
        net.reset_counters();
        net.input(0, Input::Metered { on: true });
        let link = net.connect(2, 1);
        let wants = |net: &Network, peer| {
            let asked = net.frames(2, peer);
            asked.iter().filter(|frame| matches!(frame, Message::Want { .. })).count()
        };
        while wants(&net, 1) == 0 {
            net.step();
        }
        net.hang(1);
        net.connect(2, 0);
        for seconds in (0..within).step_by(10) {
            let open = net.nodes[2].engine.sessions[&link].open().unwrap();
            let few = if answers { 3 } else { 0 };
            let answered: Vec<_> = open.pulls.open.keys().copied().take(few).collect();
            let Some(request) = open.pulls.open.keys().last().copied() else { break };
            for request in answered {
                let nothing = Message::Entries { request, run: Vec::new(), last: true };
                net.inject(link, 2, nothing.encode());
            }
            // Crumbs, so that it is not closed.
            let digest = [u8::try_from(seconds / 10).unwrap(); 16];
            let crumb =
                Part { request, digest, run_bytes: 100, offset: 0, bytes: vec![7], last: false };
            net.inject(link, 2, Message::Part(crumb).encode());
            net.pass(Duration::from_secs(10));
            assert!(answers || seconds >= 100 || wants(&net, 0) == 0);
        }
        assert_eq!(net.nodes[2].closed, [], "{logs}");
        net.assert_same(&[0, 2]);
    }
}

#[test]
fn another_is_asked_when_one_goes_away() {
    let (mut net, _) = three_full_one_empty();
    let links: Vec<_> = (0..3).map(|peer| net.connect(3, peer)).collect();
    // Hellos, frontiers, wants are under way: the first two leave.
    step_until_asked(&mut net);
    net.disconnect(links[0]);
    net.disconnect(links[1]);
    net.settle();
    net.assert_same(&[2, 3]);
}

#[test]
fn another_is_asked_when_one_does_not_answer_and_it_is_closed_in_the_end() {
    let (mut net, _) = three_full_one_empty();
    net.connect(3, 0);
    step_until_asked(&mut net);
    // 1. Node 0 hangs: its frames are lost from here on, without the stream breaking.
    net.hang(0);
    net.connect(3, 1);
    net.settle();
    assert_ne!(net.nodes[3].replica.contents(), net.nodes[1].replica.contents());
    // 2. After the time-out the other is asked.
    net.pass(Duration::from_secs(25));
    net.assert_same(&[1, 3]);
    // 3. The hung one made no progress on anything.
    assert_eq!(net.nodes[3].closed, [(0, Reason::NoProgress)]);
}

#[test]
fn what_is_asked_for_again_is_no_longer_asked_for_before() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    net.write(0, circle, Lane::Record, b"record");
    let link = net.connect(1, 0);
    let wants = |net: &Network| {
        net.frames(1, 0).iter().filter(|it| matches!(it, Message::Want { .. })).count()
    };
    while wants(&net) == 0 {
        net.step();
    }
    net.hang(0);
    net.pass(Duration::from_secs(90));
    assert_eq!(wants(&net), 2);
    assert_eq!(net.nodes[1].engine.sessions[&link].open().unwrap().pulls.open.len(), 1);
}

#[test]
fn what_a_peer_claims_and_does_not_have_is_not_asked_for_ever() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    let link = net.connect(0, 1);
    net.settle();
    let log = net.nodes[0].replica.log(Lane::Record);
    let tail = crate::log::Tail { next_seq: 1000, ..crate::log::Tail::EMPTY };
    let position = crate::log::LogPosition { log, tail, forked: false };
    let names = net.nodes[1].engine.sessions[&link].open().unwrap().names;
    let (tag, complete, last) = (names.theirs(&circle), false, false);
    net.reset_counters();
    let claim = Message::Frontier { circle: tag, positions: vec![position], complete, last };
    net.inject(link, 1, claim.encode());
    net.pass(Duration::from_secs(600));
    let wants = net.frames(1, 0).iter().filter(|f| matches!(f, Message::Want { .. })).count();
    assert_eq!(wants, 1);
    // What it really writes comes all the same.
    net.write(0, circle, Lane::Record, b"real");
    net.settle();
    net.assert_same(&[0, 1]);
}

#[test]
fn runs_that_end_at_the_only_signature_are_served_whole() {
    let mut net = Network::new(3);
    let circle = net.circle(1, &[0, 1, 2]);
    for n in 0..9 {
        net.write(0, circle, Lane::Record, &vec![n; 100_000]);
    }
    let log = net.nodes[0].replica.log(Lane::Record);
    net.nodes[0].replica.forget_signatures(&circle, &log);
    net.connect(0, 1);
    net.connect(1, 2);
    net.settle();
    net.assert_same(&[0, 1, 2]);
    assert_eq!(net.nodes[2].replica.position(&circle, &log).tail.next_seq, 9);
}

#[test]
fn strangers_are_not_told_that_a_link_is_paid_for() {
    for known in [true, false] {
        let mut net = Network::new(2);
        net.circle(1, if known { &[0, 1] } else { &[0] });
        net.input(0, Input::Metered { on: true });
        net.connect(1, 0);
        net.settle();
        net.input(0, Input::Metered { on: false });
        net.input(0, Input::Metered { on: true });
        net.settle();
        let told = net.frames(0, 1).into_iter().filter(|frame| {
            matches!(frame, Message::Metered { .. })
                || matches!(frame, Message::Hello(hello) if hello.metered)
        });
        assert_eq!(told.count(), if known { 3 } else { 0 });
    }
}

#[test]
fn crumbs_of_a_run_and_the_same_parts_again_and_again_are_over_budget() {
    for again in [false, true] {
        let mut net = Network::new(2);
        let circle = net.circle(1, &[0, 1]);
        let link = net.connect(0, 1);
        net.settle();
        let log = net.nodes[0].replica.log(Lane::Record);
        let tail = crate::log::Tail { next_seq: 1000, ..crate::log::Tail::EMPTY };
        let position = crate::log::LogPosition { log, tail, forked: false };
        let tag = net.nodes[1].engine.sessions[&link].open().unwrap().names.theirs(&circle);
        let (complete, last) = (false, false);
        let claim = Message::Frontier { circle: tag, positions: vec![position], complete, last };
        // Node 0 does not answer itself.
        net.hang(0);
        net.inject(link, 1, claim.encode());
        net.settle();
        let mut given = 0_u64;
        while net.nodes[1].closed.is_empty() {
            let bytes = if again { vec![7; 100_000] } else { vec![7] };
            let offset = if again { 0 } else { given };
            let part = Part {
                request: 1,
                digest: [9; 16],
                run_bytes: 1_000_000,
                offset,
                bytes,
                last: false,
            };
            // All at once: time passes while frames are carried.
            let bytes = Message::Part(part).encode();
            net.input(1, Input::Frame { connection: link, bytes });
            given += 1;
            assert!(given < 5000, "{again}");
        }
        assert!(matches!(net.nodes[1].closed[0].1, Reason::OverBudget(_)), "{again}");
        assert!(given > 100, "{again}");
    }
}
