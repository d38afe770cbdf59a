//! Payloads that a member seals rightly, and that would break whoever reads them unchecked.

use std::time::Duration;

use rand::RngExt;
use sha2::{Digest as _, Sha256};

use super::{
    members::{deliver, in_session},
    world::World,
};
use crate::{
    doc::{Actor, Document},
    model::{
        id::{Incarnation, Lane},
        limits::{MAX_CHANGE_BYTES, MAX_CHANGES_PER_PAYLOAD},
        registry::{Schema, Value},
    },
    replica::{
        documents::packing::write_changes,
        tests::kit::{DOCUMENT, write_raw},
    },
};

/// Bytes that a document's saved form may have in the index for all that the attacker sends: what
/// is refused leaves nothing, what waits is bounded.
const MAX_KEPT: usize = 8 * 1024 * 1024;
/// Text that only the attacker's payloads contain.
const CANARY: &str = "canario de la carga";

/// A chunk around this content, with the right checksum.
fn chunk(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    put_number(&mut hashed, data.len() as u64);
    hashed.extend_from_slice(data);
    let hash = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat()
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap());
}

/// A change of an actor: its dependencies, number and columns as the attacker likes.
fn forged(actor: &Actor, deps: &[[u8; 32]], seq: u64, columns: &[(u64, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    put_number(&mut data, deps.len() as u64);
    deps.iter().for_each(|dep| data.extend_from_slice(dep));
    data.push(16);
    data.extend_from_slice(actor.as_bytes());
    put_number(&mut data, seq);
    data.extend_from_slice(&[1, 0, 0, 0]);
    put_number(&mut data, columns.len() as u64);
    for (spec, bytes) in columns {
        put_number(&mut data, *spec);
        put_number(&mut data, bytes.len() as u64);
    }
    columns.iter().for_each(|(_, bytes)| data.extend_from_slice(bytes));
    chunk(1, &data)
}

/// One operation: sets field `a` to true.
const SET: &[(u64, &[u8])] = &[
    (0x15, &[0x7f, 1, b'a']),
    (0x34, &[1]),
    (0x42, &[0x7f, 1]),
    (0x56, &[0x7f, 2]),
    (0x70, &[0x7f, 0]),
];

/// Named bombs: what each is, and the chunks of one payload.
fn bombs(actor: &Actor) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let huge: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0xff, 0x1f];
    let run = |value: &[u8]| [huge, value].concat();
    let other =
        Actor::of(&crate::model::id::DeviceId::new([1; 32]), &Incarnation::new([1; 16]), &DOCUMENT);
    let good = forged(actor, &[], 1, SET);
    let mut wrong_hash = good.clone();
    wrong_hash[5] ^= 1;
    let run_bomb = forged(
        actor,
        &[],
        1,
        &[
            (0x15, &run(&[1, b'a'])),
            (0x34, huge),
            (0x42, &run(&[1])),
            (0x56, &run(&[1])),
            (0x70, &run(&[0])),
        ],
    );
    let predecessors = [&[0x7f], huge].concat();
    let many_predecessors = forged(
        actor,
        &[],
        1,
        &[
            (0x15, &[0x7f, 1, b'a']),
            (0x34, &[1]),
            (0x42, &[0x7f, 1]),
            (0x56, &[0x7f, 1]),
            (0x70, &predecessors),
        ],
    );
    let deflated_column =
        forged(actor, &[], 1, &[(0x15 | 8, &[0x4b, 4, 0, 0x43, 0xbe, 0xb7, 0xe8])]);
    vec![
        ("a run-length bomb", vec![run_bomb]),
        ("an operation with 2^40 predecessors", vec![many_predecessors]),
        ("a deflated chunk", vec![chunk(2, &[0x4b; 400])]),
        ("a deflated column", vec![deflated_column]),
        ("a whole document", vec![chunk(0, &[0; 4000])]),
        ("another's actor", vec![forged(&other, &[], 1, SET)]),
        ("a number beyond the last", vec![forged(actor, &[], 1 << 40, SET)]),
        ("number 0", vec![forged(actor, &[], 0, SET)]),
        ("a wrong hash", vec![wrong_hash]),
        ("too long", vec![vec![0x85; MAX_CHANGE_BYTES + 1]]),
        ("too many in one payload", vec![Vec::new(); MAX_CHANGES_PER_PAYLOAD + 1]),
        ("text instead", vec![CANARY.as_bytes().to_vec()]),
    ]
}

/// Changes one to three bytes of a chunk and mends its length and checksum: about one in ten makes
/// automerge panic, or a document that does not load, where nothing is checked before.
fn mangle(data: &[u8], rng: &mut impl rand::Rng) -> Vec<u8> {
    let mut data = data.to_vec();
    for _ in 0..rng.random_range(1..=3) {
        let place = rng.random_range(0..data.len());
        match rng.random_range(0..3) {
            0 => data[place] = rng.random(),
            1 => data[place] ^= 1 << rng.random_range(0..8),
            _longer => data.insert(place, rng.random()),
        }
    }
    chunk(1, &data)
}

fn spray(world: &mut World, payloads: Vec<Vec<u8>>) -> u64 {
    let circle = world.circle;
    let mut rng = world.mallory.rng.clone();
    let count = payloads.len() as u64;
    for plaintext in payloads {
        write_raw(&mut world.mallory, &circle, plaintext, &mut rng);
    }
    let session = in_session(world, 0);
    let logs = [Lane::Control, Lane::Record].map(|lane| world.mallory.log(lane));
    for log in logs {
        deliver(world, &session, &log);
    }
    world.pass(Duration::from_secs(5));
    count
}

/// Every node takes the entries, which are signed rightly, names their author, shows nothing of
/// them, and goes on with what the honest write in the same document.
#[test]
fn bombs_are_named_and_harm_nobody() {
    let mut world = World::new(true);
    let circle = world.circle;
    let actor = own_actor(&world);
    let bombs = bombs(&actor);
    let number = bombs.len();
    let payloads =
        bombs.into_iter().map(|(_, chunks)| write_changes(&DOCUMENT, "incident/1", chunks));
    let payloads = payloads.chain([write_changes(&DOCUMENT, CANARY, Vec::new())]).collect();
    let before = world.cost(1);
    let sent = spray(&mut world, payloads);
    for node in 0..3 {
        let told = world.told(node);
        let log = world.mallory.log(Lane::Record).to_string();
        let lines = told.lines().filter(|line| line.contains("quarantine") && line.contains(&log));
        assert_eq!(lines.count(), number + 1, "{told}");
        assert!(!told.contains(CANARY), "payload text in what is told: {told}");
        assert!(!world.honest[node].party.paths(&circle).contains("a"));
    }
    let after = world.cost(1);
    // An entry is opened once, and again at most when an earlier one of its document changes it.
    let opened = after.work.opened - before.work.opened;
    assert!(opened <= 3 * (sent + 2), "{opened} for {sent}");
    // Who reads stores what was signed, and little beside.
    let grown = after.journal - before.journal;
    assert!(grown <= 2 * world.spent.bytes, "{grown} for {}", world.spent.bytes);
    world.assert_alive("after_bombs");
}

fn own_actor(world: &World) -> Actor {
    let mallory = &world.mallory.replica;
    let incarnation = mallory.identity().incarnation;
    Actor::of(&mallory.own_device(), &incarnation, &DOCUMENT)
}

/// Changes that nobody has the dependencies of wait, up to a bound.
#[test]
fn a_flood_of_missing_dependencies_is_bounded() {
    let mut world = World::new(true);
    let circle = world.circle;
    let actor = own_actor(&world);
    let long = vec![b'x'; 20_000];
    let mut value = vec![0x7f];
    put_number(&mut value, (long.len() as u64) << 4 | 6);
    let payloads = (0..18_u64).map(|payload| {
        let chunks = (0..25_u64).map(|change| {
            let seq = payload * 25 + change + 2;
            let missing = Sha256::digest(seq.to_le_bytes());
            let columns: &[(u64, &[u8])] = &[
                (0x15, &[0x7f, 1, b'a']),
                (0x34, &[1]),
                (0x42, &[0x7f, 1]),
                (0x56, &value),
                (0x57, &long),
                (0x70, &[0x7f, 0]),
            ];
            forged(&actor, &[missing.into()], seq, columns)
        });
        write_changes(&DOCUMENT, "incident/1", chunks.collect())
    });
    let payloads = payloads.collect();
    spray(&mut world, payloads);
    for honest in &world.honest {
        let document = honest.party.replica.document(&(circle, DOCUMENT)).unwrap().unwrap();
        let waiting = document.waiting().count();
        assert!(waiting > 0 && document.save().len() <= MAX_KEPT + 64 * 1024, "{waiting}");
    }
    world.assert_alive("after_waiting");
}

/// Well-formed changes with a few bytes changed, each with a valid checksum.
#[test]
fn mangled_changes_break_no_document() {
    let mut world = World::new(true);
    let actor = own_actor(&world);
    let mut base = Document::new(Schema::incident());
    let value = Value::Text("Llegaron tres personas.".to_owned());
    let seed = base.edit(&actor, |edit| edit.set(&"summary".parse().unwrap(), &value));
    let seed = seed.unwrap().unwrap().bytes().to_vec();
    // Magic, checksum, type, and a length of one or two bytes.
    let head = if seed[9] & 0x80 == 0 { 10 } else { 11 };
    let mut rng = world.mallory.rng.clone();
    let mut payloads: Vec<Vec<u8>> = (0..150)
        .map(|_| write_changes(&DOCUMENT, "incident/1", vec![mangle(&seed[head..], &mut rng)]))
        .collect();
    payloads.push(write_changes(&DOCUMENT, "incident/1", vec![seed]));
    spray(&mut world, payloads);
    for honest in &world.honest {
        let document = honest.party.replica.document(&(world.circle, DOCUMENT)).unwrap().unwrap();
        let again = Document::load(&document.save(), document.schema()).unwrap();
        assert_eq!(again.heads(), document.heads());
    }
    world.assert_alive("after_mangling");
}
