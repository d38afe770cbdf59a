//! Frames that no honest peer sends.

use std::time::Duration;

use super::world::World;
use crate::{
    model::{
        id::Lane,
        limits::{MAX_CONTROL_FRAME_BYTES, MAX_FRAME_BYTES},
    },
    sync::{
        Budgeted, Reason, Replica as _, Violation,
        limits::{
            ANSWERS_BURST, ANSWERS_PER_SECOND, BYTES_BURST, BYTES_PER_SECOND, FRAMES_BURST,
            MAX_LACKING_STATEMENTS, MAX_OPEN_WANTS, MAX_POSITIONS_PER_PEER, RUN_BYTES,
            SIGNATURES_BURST, WINDOW_BYTES,
        },
    },
    wire::{
        log as wire_log,
        sync::{
            Entries, Frontier, Position, StatementList, StatementWants, Statements, Want,
            frame::Message,
        },
    },
};

/// Bytes that a session costs a victim beside what is counted: hello and lists.
const SMALL_TALK: usize = 16 * 1024;

/// Length-delimited fields, each within the one before.
fn nested(depth: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..depth {
        if bytes.len() + 6 > MAX_CONTROL_FRAME_BYTES {
            break;
        }
        let mut length = bytes.len();
        let mut outer = vec![0x0a];
        while length > 0x7f {
            outer.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        outer.push(u8::try_from(length).unwrap());
        outer.extend_from_slice(&bytes);
        bytes = outer;
    }
    bytes
}

#[test]
fn oversize_nested_and_broken_frames_cost_their_sender_the_session_and_the_victim_nothing() {
    let mut world = World::new(true);
    let groups = [vec![0x0b; 30_000], vec![0x0c; 30_000]].concat();
    let many_fields = [0x3a, 2, 0x12, 0].repeat(16_000);
    let attacks = [
        vec![0; MAX_FRAME_BYTES + 1],
        vec![0x12; MAX_CONTROL_FRAME_BYTES + 1],
        nested(20_000),
        groups,
        many_fields,
        vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
        Vec::new(),
    ];
    for attack in attacks {
        let session = world.session(0);
        let before = world.cost(0);
        world.send(&session, attack);
        assert_eq!(world.reason(&session), Some(Reason::Violation(Violation::Frame)));
        let after = world.cost(0);
        assert_eq!((after.work, after.journal), (before.work, before.journal));
        assert_eq!(after.bytes, before.bytes, "a broken frame is not answered");
    }
    world.assert_alive("after_frames");
}

/// A run that was changed after it was signed, and statements with a wrong or foreign signature.
#[test]
fn wrong_and_foreign_signatures_are_checked_once_and_end_the_session() {
    let mut world = World::new(true);
    let circle = world.circle;
    world.mallory.write(&circle, "forged", "x");
    let log = world.mallory.log(Lane::Record);
    let run = world.mallory.replica.read_run(&circle, &log, 0, usize::MAX).unwrap();
    let foreign = world.honest[1].party.log(Lane::Record);
    for (claimed, break_signature) in [(log, true), (foreign, false)] {
        let session = world.session(0);
        finish_lists(&mut world, &session);
        let mut run = run.clone();
        run.signature[7] ^= u8::from(break_signature);
        let before = world.cost(0);
        let position = position(&claimed, 1);
        offer(&mut world, &session, vec![position]);
        let request = asked_for_entries(&world, &session);
        let entries = Entries { request, run: run.encode(), last: true };
        world.say(&session, Message::Entries(entries));
        assert_eq!(world.reason(&session), Some(Reason::Violation(Violation::Run)));
        let after = world.cost(0);
        assert_eq!(after.work.runs - before.work.runs, 1);
        assert_eq!(after.journal, before.journal);
    }
    // Statements: one is enough to be put out, however many are in the answer.
    let session = world.session(0);
    let statement = world.mallory.replica.statements(&circle).next().unwrap().encode();
    let forged: Vec<Vec<u8>> = (0..32_u8)
        .map(|at| {
            let mut forged = statement.clone();
            let last = forged.len() - 1 - usize::from(at % 64);
            forged[last] ^= 0x55;
            forged
        })
        .collect();
    let before = world.cost(0);
    let ids: Vec<u8> = (0..32_u8).flat_map(|it| [it; 32]).collect();
    let tag = session.tag(&circle);
    let list = StatementList { circle: tag, ids, complete: false, last: true };
    world.say(&session, Message::StatementList(list));
    let request = asked_for_statements(&world, &session).unwrap();
    let answer = Statements { request, statements: forged, last: true };
    world.say(&session, Message::Statements(answer));
    assert_eq!(world.reason(&session), Some(Reason::Violation(Violation::Statement)));
    let after = world.cost(0);
    assert!(after.work.statements - before.work.statements <= 32);
    assert_eq!(after.work.resolves, before.work.resolves);
    assert_eq!(after.journal, before.journal);
    world.assert_alive("after_forgeries");
}

/// What is signed rightly and known already costs a check, and nothing that stays.
#[test]
fn replays_are_paid_from_a_budget_that_reconnecting_does_not_refill() {
    let mut world = World::new(true);
    let circle = world.circle;
    let statements: Vec<Vec<u8>> =
        world.mallory.replica.statements(&circle).map(|it| it.encode()).collect();
    let before = world.cost(0);
    let mut rounds = 0_u32;
    let mut fake = 0_u64;
    // Lists ids that nobody has, and answers each request with what the victim holds.
    let refused = 'attack: loop {
        let session = world.session(0);
        loop {
            fake += 1;
            let ids: Vec<u8> = (0..statements.len() as u64)
                .flat_map(|it| [fake.to_le_bytes(), it.to_le_bytes(), [0; 8], [0; 8]].concat())
                .collect();
            let tag = session.tag(&circle);
            let list = StatementList { circle: tag, ids, complete: false, last: true };
            world.say(&session, Message::StatementList(list));
            let Some(request) = asked_for_statements(&world, &session) else {
                break 'attack true;
            };
            let answer = Statements { request, statements: statements.clone(), last: true };
            world.say(&session, Message::Statements(answer));
            rounds += 1;
            if rounds.is_multiple_of(100) {
                break;
            }
            if u64::from(rounds) > 2 * ANSWERS_BURST || !world.is_open(&session) {
                break 'attack false;
            }
            world.heard.clear();
        }
        world.hang_up(&session);
        world.heard.clear();
    };
    assert!(refused, "after {rounds} rounds it still asks");
    assert!(u64::from(rounds) <= ANSWERS_BURST, "{rounds}");
    let after = world.cost(0);
    assert_eq!(after.journal, before.journal);
    assert_eq!(after.work.resolves, before.work.resolves);
    let checks = after.work.statements - before.work.statements;
    assert!(checks <= ANSWERS_BURST * statements.len() as u64);
    assert!(world.spent.bytes as u64 >= checks * 64, "the attacker sends what is checked");
    world.assert_alive("after_replays");
}

/// Frames, wants, positions and ids without end, each until its bound.
#[test]
fn floods_stay_within_their_bounds() {
    let mut world = World::new(true);
    let circle = world.circle;
    let log = world.honest[0].party.log(Lane::Record);

    // 1. Wants for what is there, and never an acknowledgement: a slow reader.
    let session = world.session(0);
    finish_lists(&mut world, &session);
    let large = "a".repeat(60_000);
    for field in 0..40 {
        world.honest[0].party.write(&circle, &format!("large/{field}"), &large);
        world.settle();
    }
    let before = world.cost(0);
    // The same log again and again is one want; many logs are many, until there are too many.
    let rounds = MAX_OPEN_WANTS as u64;
    for request in 1..=2 * rounds + 1 {
        let incarnation = request.saturating_sub(rounds).to_le_bytes().repeat(2);
        let own = position(&log, 0);
        let incarnation = if request <= rounds { own.incarnation.clone() } else { incarnation };
        let from = Some(Position { next_seq: 0, incarnation, ..own });
        let want = Want { circle: session.tag(&circle), request, from, ..Want::default() };
        world.say(&session, Message::Want(want));
        let bound = if request <= rounds { 1 } else { MAX_OPEN_WANTS };
        assert!(world.load(&session).wants <= bound);
    }
    assert_eq!(world.reason(&session), Some(Reason::OverBudget(Budgeted::Wants)));
    let served = world.cost(0).bytes - before.bytes;
    let window = usize::try_from(WINDOW_BYTES).unwrap();
    assert!(served <= window + 2 * RUN_BYTES + SMALL_TALK, "{served} bytes for nothing");

    // 2. Positions of logs that nobody writes, ids of statements that nobody signed.
    let session = world.session(1);
    finish_lists(&mut world, &session);
    for page in 0..200_u16 {
        let positions = (0..300_u16).map(|n| {
            let mut device = [7; 32];
            device[..2].copy_from_slice(&page.to_le_bytes());
            device[2..4].copy_from_slice(&n.to_le_bytes());
            Position { device: device.to_vec(), ..position(&log, 9) }
        });
        let (tag, positions) = (session.tag(&circle), positions.collect());
        let frontier = Frontier { circle: tag, positions, complete: false, last: true };
        world.say(&session, Message::Frontier(frontier));
        let ids = (0..1000_u16).flat_map(|n| {
            let mut id = [page.to_le_bytes(), n.to_le_bytes()].concat();
            id.resize(32, 0);
            id
        });
        let (tag, ids) = (session.tag(&circle), ids.collect());
        let list = StatementList { circle: tag, ids, complete: false, last: false };
        world.say(&session, Message::StatementList(list));
        let load = world.load(&session);
        assert!(load.positions <= MAX_POSITIONS_PER_PEER);
        assert!(load.lacking <= MAX_LACKING_STATEMENTS);
    }

    // 3. Control frames: as many as the budget has, over all connections one after the other.
    let mut sent = 0;
    while sent <= 2 * FRAMES_BURST {
        let session = world.session(2);
        for _ in 0..1000 {
            sent += 1;
            let wants = StatementWants { circle: vec![1; 16], request: sent, ids: vec![1; 32] };
            world.say(&session, Message::StatementWants(wants));
            if !world.is_open(&session) {
                break;
            }
        }
        if world.reason(&session) == Some(Reason::OverBudget(Budgeted::Frames)) {
            break;
        }
        world.hang_up(&session);
    }
    assert!(sent <= FRAMES_BURST, "{sent} frames");
    world.pass(Duration::from_secs(200));
    world.assert_alive("after_floods");
}

/// The bounds on time that SECURITY.md and sync.md state follow from these.
#[test]
fn the_bounds_of_a_session_are_the_stated_ones() {
    assert_eq!((SIGNATURES_BURST, FRAMES_BURST), (50_000, 4096));
    assert_eq!((BYTES_BURST, BYTES_PER_SECOND), (16 << 20, 1 << 20));
    assert_eq!((ANSWERS_BURST, ANSWERS_PER_SECOND), (256, 2));
}

/// A frame with more fields than any message has is refused by what it is, not by what it costs.
#[test]
fn a_run_of_empty_entries_is_refused_before_memory_is_taken() {
    let mut world = World::new(true);
    let session = world.session(0);
    finish_lists(&mut world, &session);
    let log = world.mallory.log(Lane::Record);
    offer(&mut world, &session, vec![position(&log, 5)]);
    let request = asked_for_entries(&world, &session);
    let run =
        wire_log::Run { entries: vec![wire_log::Entry::default(); 100_000], signature: vec![] };
    let run = prost::Message::encode_to_vec(&run);
    world.say(&session, Message::Entries(Entries { request, run, last: true }));
    assert_eq!(world.reason(&session), Some(Reason::Violation(Violation::Run)));
    world.assert_alive("after_a_run");
}

/// Ends the attacker's lists, so that entries go both ways.
pub(super) fn finish_lists(world: &mut World, session: &super::world::Session) {
    let circle = session.tag(&world.circle);
    let list = StatementList { circle, ids: Vec::new(), complete: false, last: true };
    world.say(session, Message::StatementList(list));
    offer(world, session, Vec::new());
}

/// Says how far logs are held.
pub(super) fn offer(world: &mut World, session: &super::world::Session, positions: Vec<Position>) {
    let circle = session.tag(&world.circle);
    let frontier = Frontier { circle, positions, complete: false, last: true };
    world.say(session, Message::Frontier(frontier));
}

pub(super) fn position(log: &crate::model::id::LogId, next_seq: u64) -> Position {
    Position {
        device: log.device.as_bytes().to_vec(),
        incarnation: log.incarnation.as_bytes().to_vec(),
        lane: log.lane.number(),
        next_seq,
        hash: vec![3; 32],
        forked: false,
    }
}

/// The number of the victim's last request for entries.
pub(super) fn asked_for_entries(world: &World, session: &super::world::Session) -> u64 {
    let asked = world.heard(session, |message| {
        if let Message::Want(want) = message { Some(want.request) } else { None }
    });
    asked.last().expect("a request for entries")
}

/// The number of the victim's last request for statements.
pub(super) fn asked_for_statements(world: &World, session: &super::world::Session) -> Option<u64> {
    let asked = world.heard(session, |message| {
        if let Message::StatementWants(wants) = message { Some(wants.request) } else { None }
    });
    asked.last()
}
