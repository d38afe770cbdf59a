//! Who gets what as membership changes.

use std::time::Duration;

use super::{
    fake::{circle_id, filler, genesis, statement},
    network::Network,
};
use crate::{
    model::id::{CircleId, Lane},
    sync::{ConnectionId, Event, Input, Reason, Replica, Stage, message::Message},
};

fn sends_entries(frame: &Message) -> bool {
    matches!(frame, Message::Entries { .. } | Message::Push { .. })
}

#[test]
fn a_removed_peer_gets_nothing_more_and_is_asked_for_nothing() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    let link = net.connect(0, 1);
    net.settle();
    // 1. Many records are under way when the removal comes in.
    for n in 0..40 {
        net.write(0, circle, Lane::Record, &vec![n; 100_000]);
    }
    (0..5).for_each(|_| net.step());
    net.reset_counters();
    net.state(0, circle, statement(b'R', 2));
    let status = net.nodes[0].engine.circles_with(link);
    assert_eq!(status.iter().map(|s| s.stage).collect::<Vec<_>>(), [Stage::Withheld]);
    // 2. From here on nothing goes out, not even what was asked for.
    net.write(0, circle, Lane::Record, b"after");
    net.write(0, circle, Lane::Alert, b"after");
    net.settle();
    assert!(!net.frames(0, 1).iter().any(sends_entries));
    assert!(net.frames(0, 1).iter().any(|frame| matches!(frame, Message::Refused { .. })));
    // 3. What the removed one writes is not asked for.
    net.write(1, circle, Lane::Record, b"from the removed one");
    net.settle();
    assert!(!net.frames(0, 1).iter().any(|frame| matches!(frame, Message::Want { .. })));
    // 4. With nothing else in common the connection ends, with the reason.
    net.pass(Duration::from_secs(60));
    assert_eq!(net.nodes[0].closed, [(1, Reason::NothingInCommon)]);
}

#[test]
fn a_removal_that_the_peer_brings_counts_before_anything_is_served() {
    let mut net = Network::new(3);
    let circle = net.circle(1, &[0, 1, 2]);
    // 1. Node 0 does not know that 2 was removed; node 1 does.
    net.write(0, circle, Lane::Record, b"secret");
    net.state(1, circle, statement(b'R', 3));
    // 2. It hears so from 1, while 2 is connected and not yet in step.
    net.connect(1, 0);
    net.settle();
    net.reset_counters();
    net.connect(2, 0);
    net.settle();
    assert!(!net.frames(0, 2).iter().any(sends_entries));
}

#[test]
fn a_suspended_peer_gets_statements_only_and_all_when_it_is_lifted() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    net.write(0, circle, Lane::Record, b"before");
    net.state(0, circle, statement(b'S', 2));
    net.state(0, circle, filler(1));
    let link = net.connect(1, 0);
    net.settle();
    // 1. It has the statements (it may vote on them), but no entry.
    let (one, two) = (&net.nodes[0].replica, &net.nodes[1].replica);
    assert_eq!(one.statement_ids(&circle), two.statement_ids(&circle));
    assert!(two.frontier(&circle).is_empty());
    net.pass(Duration::from_secs(60));
    assert!(net.is_connected(link));
    // 2. Lifted (the fake does it by forgetting): the same session goes on.
    for node in [0, 1] {
        let fresh = Network::new(2).nodes.remove(node).replica;
        let former = std::mem::replace(&mut net.nodes[node].replica, fresh);
        let replica = &mut net.nodes[node].replica;
        for id in former.statement_ids(&circle) {
            let kept = former.statement(&circle, &id).unwrap();
            if kept[0] != b'S' {
                replica.add(circle, kept);
            }
        }
        if node == 0 {
            replica.write(circle, Lane::Record, b"before".to_vec());
        }
    }
    for node in [0, 1] {
        net.input(node, Input::StatementsChanged { circle, added: Vec::new() });
    }
    net.settle();
    net.assert_same(&[0, 1]);
    assert!(!net.nodes[1].replica.frontier(&circle).is_empty());
}

#[test]
fn a_joiner_with_a_ticket_brings_its_request_and_comes_in() {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0]);
    net.write(0, circle, Lane::Record, b"history");
    for n in 0..200 {
        net.nodes[0].replica.add(circle, filler(n));
    }
    // 1. The ticket names the circle; the joiner holds its request and nothing else.
    net.nodes[1].replica.add(circle, statement(b'J', 2));
    net.connect(1, 0);
    net.settle();
    // 2. The member has got the request, and given nothing.
    assert_eq!(net.nodes[0].replica.statement_ids(&circle).len(), 203);
    assert_eq!(net.nodes[1].replica.statement_ids(&circle).len(), 1);
    // 3. The member admits it: statements and entries go over in the same session.
    net.state(0, circle, statement(b'M', 2));
    net.settle();
    net.assert_same(&[0, 1]);
    assert_eq!(net.nodes[1].replica.frontier(&circle).len(), 1);
}

#[test]
fn a_member_learns_of_a_circle_that_it_was_put_into() {
    for (dialer, listener) in [(0, 1), (1, 0)] {
        let mut net = Network::new(2);
        // 1. They share one circle and are connected.
        net.circle(1, &[0, 1]);
        net.connect(dialer, listener);
        net.settle();
        // 2. One makes another with both in it.
        let circle = circle_id(&genesis(2));
        for statement in [statement(b'M', 1), statement(b'M', 2)] {
            net.nodes[0].replica.add(circle, statement);
        }
        net.nodes[0].replica.write(circle, Lane::Record, b"first".to_vec());
        net.state(0, circle, genesis(2));
        net.settle();
        net.assert_same(&[0, 1]);
        let introduced = |e: &&Event| matches!(e, Event::CircleIntroduced { .. });
        assert_eq!(net.nodes[1].events.iter().filter(introduced).count(), 1);
        // 3. And likewise when they meet only later.
        let later = circle_id(&genesis(3));
        for statement in [genesis(3), statement(b'M', 1), statement(b'M', 2)] {
            net.nodes[1].replica.add(later, statement);
        }
        net.connect(dialer, listener);
        net.settle();
        net.assert_same(&[0, 1]);
    }
}

/// Two members, each admitted without the other knowing.
fn mutual_strangers(known: bool) -> (Network, CircleId, ConnectionId) {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0]);
    net.nodes[1].replica.add(circle, genesis(1));
    net.nodes[1].replica.add(circle, statement(b'M', 2));
    net.write(0, circle, Lane::Record, b"one");
    net.write(1, circle, Lane::Record, b"two");
    net.nodes.iter_mut().for_each(|node| node.replica.shows_credentials = known);
    let link = net.connect(0, 1);
    net.settle();
    (net, circle, link)
}

#[test]
fn two_members_that_do_not_know_each_other_meet_by_their_credentials() {
    let (net, circle, _) = mutual_strangers(true);
    net.assert_same(&[0, 1]);
    assert_eq!(net.nodes[0].replica.frontier(&circle).len(), 2);
}

#[test]
fn without_credentials_two_members_that_do_not_know_each_other_part_again() {
    let (mut net, _, link) = mutual_strangers(false);
    assert!(net.sent.iter().all(|(_, _, frame)| frame.len() < 400), "hellos and tags only");
    net.pass(Duration::from_secs(60));
    assert!(!net.is_connected(link));
}

#[test]
fn a_stranger_learns_no_circle_and_is_closed() {
    let mut net = Network::new(3);
    net.circle(1, &[0, 1]);
    let link = net.connect(2, 0);
    net.settle();
    // Only random tags, and nothing beyond the hello.
    let frames = net.frames(0, 2);
    assert!(matches!(frames.as_slice(), [Message::Hello(hello)] if hello.circles.is_empty()));
    net.pass(Duration::from_secs(31));
    assert!(!net.is_connected(link));
    assert_eq!(net.nodes[0].closed, [(2, Reason::Stranger)]);
}

#[test]
fn two_circles_with_different_members_do_not_mix() {
    let mut net = Network::new(3);
    let all = net.circle(1, &[0, 1, 2]);
    let two = net.circle(2, &[0, 1]);
    net.connect(0, 1);
    net.connect(1, 2);
    net.connect(2, 0);
    net.settle();
    for circle in [all, two] {
        net.write(0, circle, Lane::Record, b"record");
        net.write(1, circle, Lane::Alert, b"alert");
    }
    net.settle();
    // That no header leaked is checked at every frame; here: it is all where it belongs.
    assert_eq!(net.nodes[2].replica.circles(), [all]);
    assert_eq!(net.nodes[2].replica.frontier(&all).len(), 2);
    assert_eq!(net.nodes[0].replica.frontier(&two), net.nodes[1].replica.frontier(&two));
}
