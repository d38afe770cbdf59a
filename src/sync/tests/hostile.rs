//! What a dishonest or broken peer sends.

use proptest::prelude::*;

use super::{fake::statement_id, network::Network};
use crate::{
    log::{Run, Tail},
    model::{
        id::{CircleId, Incarnation, Lane, LogId},
        limits::MAX_FRAME_BYTES,
    },
    sync::{
        Budgeted, ConnectionId, Reason, Replica, Violation,
        digest::BlindedTag,
        limits::{FRAMES_BURST, MAX_OPEN_WANTS},
        message::{Hello, Message},
    },
};

/// Two nodes in step; node 0 will misbehave, by injected frames.
fn in_step() -> (Network, CircleId, ConnectionId, BlindedTag) {
    let mut net = Network::new(2);
    let circle = net.circle(1, &[0, 1]);
    net.write(0, circle, Lane::Record, b"entry");
    let link = net.connect(0, 1);
    net.settle();
    net.assert_same(&[0, 1]);
    let tag = net.nodes[1].engine.sessions[&link].open().unwrap().names.theirs(&circle);
    (net, circle, link, tag)
}

/// What node 1 does about a frame.
fn verdict(net: &mut Network, link: ConnectionId, frame: Vec<u8>) -> Option<Reason> {
    net.inject(link, 1, frame);
    net.settle();
    net.nodes[1].closed.last().map(|(_, reason)| *reason)
}

#[test]
fn frames_out_of_turn_close_the_connection() {
    let hello = Message::Hello(Hello {
        version: 1,
        nonce: [0; 32],
        max_frame_bytes: u32::MAX,
        window_bytes: 1,
        circles: Vec::new(),
        parts: true,
        metered: false,
    });
    let (mut net, _, link, _) = in_step();
    let out_of_turn = Some(Reason::Violation(Violation::OutOfTurn));
    assert_eq!(verdict(&mut net, link, hello.encode()), out_of_turn);
    // And before hello nothing else may come.
    let mut net = Network::new(2);
    net.circle(1, &[0, 1]);
    let link = net.connect(0, 1);
    net.drop_in_flight();
    assert_eq!(verdict(&mut net, link, Message::Ack { bytes: 1 }.encode()), out_of_turn);
}

#[test]
fn unreadable_and_too_large_frames_close_the_connection() {
    let unreadable = Some(Reason::Violation(Violation::Frame));
    let two_in_one =
        [Message::Ack { bytes: 1 }.encode(), Message::Ack { bytes: 2 }.encode()].concat();
    for bytes in
        [vec![], vec![0xff; 30], vec![0; MAX_FRAME_BYTES + 1], vec![10; 70_000], two_in_one]
    {
        let (mut net, _, link, _) = in_step();
        assert_eq!(verdict(&mut net, link, bytes), unreadable);
    }
}

#[test]
fn a_frame_of_a_later_version_is_skipped() {
    let (mut net, circle, link, _) = in_step();
    // Field 40, length-delimited, 3 bytes.
    assert_eq!(verdict(&mut net, link, vec![0xc2, 0x02, 3, 1, 2, 3]), None);
    net.write(0, circle, Lane::Record, b"still");
    net.settle();
    net.assert_same(&[0, 1]);
}

#[test]
fn other_versions_and_small_limits_are_refused() {
    let hello = |version, max_frame_bytes, window_bytes| {
        let (nonce, circles) = ([0; 32], Vec::new());
        let (parts, metered) = (true, false);
        Message::Hello(Hello {
            version,
            nonce,
            max_frame_bytes,
            window_bytes,
            circles,
            parts,
            metered,
        })
        .encode()
    };
    let limits = Some(Reason::Violation(Violation::Limits));
    let too_new = Some(Reason::Version { theirs: 3, ours: 1 });
    let cases = [
        (hello(3, u32::MAX, 1), too_new),
        (hello(0, u32::MAX, 1), Some(Reason::Version { theirs: 0, ours: 1 })),
        (hello(1, 1000, 1), limits),
        (hello(1, u32::MAX, 0), limits),
        (hello(2, u32::MAX, 1), None),
    ];
    for (frame, expected) in cases {
        let mut net = Network::new(2);
        net.circle(1, &[0, 1]);
        let link = net.connect(0, 1);
        net.drop_in_flight();
        assert_eq!(verdict(&mut net, link, frame), expected);
    }
}

#[test]
fn entries_that_nobody_asked_for_or_signed_close_the_connection() {
    // 1. Unasked.
    let (mut net, circle, link, _) = in_step();
    let log = net.nodes[0].replica.log(Lane::Record);
    let run = net.nodes[0].replica.read_run(&circle, &log, 0, 1000).unwrap();
    let frame = Message::Entries { request: 99, run: run.encode(), last: true };
    let unasked = Some(Reason::Violation(Violation::Unasked));
    assert_eq!(verdict(&mut net, link, frame.encode()), unasked);
    // 2. Asked, but forged.
    let (mut net, circle, link, _) = in_step();
    net.write(0, circle, Lane::Record, b"more");
    net.step();
    net.drop_in_flight();
    let mut run = net.nodes[0].replica.read_run(&circle, &log, 1, 1000).unwrap();
    run.signature[5] ^= 1;
    let request = net.nodes[1].engine.sessions[&link].open().unwrap().last_request;
    let frame = Message::Entries { request, run: run.encode(), last: true };
    let forged = Some(Reason::Violation(Violation::Run));
    assert_eq!(verdict(&mut net, link, frame.encode()), forged);
}

#[test]
fn pushes_are_for_alerts_only() {
    let (mut net, circle, link, tag) = in_step();
    let log = net.nodes[0].replica.log(Lane::Record);
    let position = net.nodes[0].replica.position(&circle, &log);
    let frame = Message::Push { circle: tag, position, run: Vec::new() };
    let out_of_turn = Some(Reason::Violation(Violation::OutOfTurn));
    assert_eq!(verdict(&mut net, link, frame.encode()), out_of_turn);
}

#[test]
fn a_false_proof_closes_the_connection() {
    let (mut net, circle, link, tag) = in_step();
    let log = net.nodes[0].replica.log(Lane::Record);
    let frame = Message::Fork { circle: tag, log, proof: vec![1, 2, 3] };
    let proof = Some(Reason::Violation(Violation::Proof));
    assert_eq!(verdict(&mut net, link, frame.encode()), proof);
    assert!(!net.nodes[1].replica.position(&circle, &log).forked);
}

#[test]
fn a_forged_statement_closes_the_connection() {
    let (mut net, circle, _, _) = in_step();
    net.state(0, circle, b"X forged".to_vec());
    net.settle();
    assert_eq!(net.nodes[1].closed, [(0, Reason::Violation(Violation::Statement))]);
}

#[test]
fn statements_that_we_do_not_take_are_not_asked_for_ever() {
    let (mut net, circle, _, _) = in_step();
    net.state(0, circle, b"? not for us".to_vec());
    net.settle();
    let id = statement_id(b"? not for us");
    let asked =
        |f: &&Message| matches!(f, Message::StatementWants { ids, .. } if ids.contains(&id));
    // Asked twice at most: the first answer came, and did not help.
    let times = net.frames(1, 0).iter().filter(asked).count();
    assert!((1..=2).contains(&times), "{times}");
    assert!(net.nodes[1].closed.is_empty());
}

#[test]
fn acknowledging_what_was_not_sent_closes_the_connection() {
    let (mut net, _, link, _) = in_step();
    let unasked = Some(Reason::Violation(Violation::Unasked));
    assert_eq!(verdict(&mut net, link, Message::Ack { bytes: u64::MAX }.encode()), unasked);
}

#[test]
fn a_peer_that_does_not_acknowledge_gets_one_window_and_may_not_pile_up_wants() {
    let (mut net, circle, link, tag) = in_step();
    for n in 0..60 {
        net.write(1, circle, Lane::Record, &vec![n; 100_000]);
    }
    net.drop_in_flight();
    net.reset_counters();
    let log = net.nodes[1].replica.log(Lane::Record);
    let want = |request, log| Message::Want { circle: tag, request, log, from: 0, held: None };
    // 1. Ten times the same: one window of bytes goes out, no more.
    for request in 1..=10 {
        net.inject(link, 1, want(request, log).encode());
        net.step();
        net.drop_in_flight();
    }
    assert!(net.bytes < 1_300_000, "{} bytes", net.bytes);
    assert_eq!(net.nodes[1].engine.sessions[&link].open().unwrap().serving.len(), 1);
    // 2. Wants that pile up end it.
    for number in 1..=u8::try_from(MAX_OPEN_WANTS).unwrap() {
        let other = LogId { incarnation: Incarnation::new([100 + number; 16]), ..log };
        net.inject(link, 1, want(10 + u64::from(number), other).encode());
    }
    net.settle();
    assert_eq!(net.nodes[1].closed, [(0, Reason::OverBudget(Budgeted::Wants))]);
}

#[test]
fn flooding_closes_the_connection() {
    let (mut net, _, link, tag) = in_step();
    let frame = Message::Refused { circle: tag, all: false }.encode();
    for _ in 0..=FRAMES_BURST {
        net.inject(link, 1, frame.clone());
    }
    net.settle();
    assert_eq!(net.nodes[1].closed, [(0, Reason::OverBudget(Budgeted::Frames))]);
}

#[test]
fn a_stranger_has_a_tight_budget() {
    let mut net = Network::new(2);
    net.circle(1, &[1]);
    let link = net.connect(0, 1);
    net.settle();
    let shown = Message::StatementList {
        circle: BlindedTag([1; 16]),
        ids: vec![crate::model::id::StatementId::new([1; 32]); 1000],
        complete: false,
        last: false,
    };
    for _ in 0..17 {
        net.inject(link, 1, shown.clone().encode());
    }
    net.settle();
    assert_eq!(net.nodes[1].closed, [(0, Reason::Stranger)]);
}

#[test]
fn too_many_connections_are_refused_and_a_third_of_one_peer_replaces_the_first() {
    let mut net = Network::new(2);
    net.circle(1, &[0, 1]);
    let first = net.connect(0, 1);
    net.connect(0, 1);
    net.connect(0, 1);
    net.settle();
    assert!(!net.is_connected(first));
    assert_eq!(net.nodes[0].closed, [(1, Reason::Replaced)]);
    assert_eq!(net.nodes[1].engine.peers().count(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// ∀ bytes: no panic, and the two still agree on what they held.
    #[test]
    fn any_frame_is_survived(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..6)) {
        let (mut net, circle, link, _) = in_step();
        let before = net.nodes[1].replica.frontier(&circle);
        for frame in frames {
            verdict(&mut net, link, frame);
        }
        prop_assert_eq!(net.nodes[1].replica.frontier(&circle), before);
    }

    /// ∀ honest exchange, ∀ frame of it, ∀ byte changed: no panic, nothing forged is kept.
    #[test]
    fn any_changed_frame_is_survived(at in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut net = Network::new(2);
        let circle = net.circle(1, &[0, 1]);
        net.write(0, circle, Lane::Record, b"entry");
        net.write(1, circle, Lane::Alert, b"alert");
        net.state(0, circle, super::fake::filler(1));
        net.connect(0, 1);
        net.change_frame(at.index(12), byte, to);
        net.settle();
        for node in &net.nodes {
            for position in node.replica.frontier(&circle) {
                let writer = &net.nodes[usize::from(position.log.device == super::fake::device_id(2))];
                let original = writer.replica.position(&circle, &position.log);
                prop_assert_eq!(position.tail, original.tail);
            }
        }
    }
}

#[test]
fn an_empty_run_is_nothing() {
    let (mut net, circle, link, _) = in_step();
    net.write(0, circle, Lane::Record, b"more");
    net.step();
    net.drop_in_flight();
    let request = net.nodes[1].engine.sessions[&link].open().unwrap().last_request;
    let frame = Message::Entries { request, run: Vec::new(), last: false };
    assert_eq!(verdict(&mut net, link, frame.encode()), None);
    let _run: Run = net.nodes[0]
        .replica
        .read_run(&circle, &net.nodes[0].replica.log(Lane::Record), 0, 1)
        .unwrap();
    assert_ne!(
        net.nodes[1].replica.position(&circle, &net.nodes[0].replica.log(Lane::Record)).tail,
        Tail::EMPTY
    );
}
