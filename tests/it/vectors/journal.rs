//! The journal's segments, and the records in them.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use ceiba::{
    crypto::StoreKey,
    log::{ForkProof, circle_tag},
    model::id::Lane,
    replica::{MemoryStorage, RecordKind, Replica, Storage},
    store::{Journal, Position, SealError, Sealer},
    sync::Replica as _,
    wire::replica as wire,
};
use prost::Message;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::{Reading, Vector, check, hex, invalid, twist::flipped, valid, variant};
use crate::fuzzing::targets::{
    journal::{FOLDER, Files},
    kit::{Org, Pen, dice, found},
};

/// Seals as a node does, with nonces that follow from a number.
struct KeySealer(StoreKey, Mutex<ChaCha20Rng>);

impl Sealer for KeySealer {
    fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(self.0.seal(aad, plaintext, &mut *self.1.lock().unwrap()))
    }

    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.0.open(aad, sealed).map(|opened| opened.to_vec()).map_err(|_refused| SealError)
    }

    fn keyed_hash(&self, data: &[u8]) -> [u8; 32] {
        self.0.keyed_hash(data)
    }
}

fn open(files: &Files, key: [u8; 32]) -> (Journal, ceiba::store::Recovery) {
    let sealer = Arc::new(KeySealer(StoreKey::from_bytes(&key), Mutex::new(dice(80))));
    Journal::open(Path::new(FOLDER), Arc::new(files.clone()), sealer).unwrap()
}

/// What a journal of this segment, or of it as the number that `with` says, shows.
fn read(reading: &Reading<'_>, bytes: &[u8]) -> Value {
    let files = Files::default();
    let number = u32::try_from(reading.number("segment")).unwrap();
    files.put(number, bytes.to_vec());
    let (journal, recovery) = open(&files, reading.array("store_key"));
    let (mut records, mut damage) = (Vec::new(), Vec::new());
    let mut storage = MemoryStorage::default();
    for item in journal.scan(Position { segment: number, offset: 0 }) {
        match item {
            Ok(record) => {
                records.push(json!({
                    "offset": record.position.offset, "kind": record.kind,
                    "body_blake3": hex(blake3::hash(&record.body).as_bytes()),
                }));
                let kind = RecordKind::from_number(record.kind).unwrap();
                storage.append(kind, &record.body).unwrap();
            }
            Err(found) => {
                damage.push(json!([variant(&found.reason), found.range.start, found.range.end]));
            }
        }
    }
    let cut = recovery.cut.map(|cut| json!([cut.range.start, cut.range.end, cut.whole_frames]));
    json!({ "records": records, "damage": damage, "cut": cut, "replica": replica(storage) })
}

/// What follows from the records, for the first organisation's device.
fn replica(storage: MemoryStorage) -> Value {
    let mut replica = Replica::restore(Org::new(1).identity(), storage).unwrap();
    replica.open_inbox();
    let circles: Vec<Value> = replica
        .circle_ids()
        .map(|circle| {
            let counts = replica.counts_of(&circle);
            json!({
                "circle": hex(circle), "entries": counts.entries,
                "waiting_for_key": counts.waiting_for_key, "forked": counts.forked,
                "statements": replica.statement_ids(&circle).len(),
            })
        })
        .collect();
    json!({
        "circles": circles, "tour": replica.local("tour").map(hex),
        "reports": replica.take_reports().len(),
    })
}

/// Records of each kind: statements, a run, a fork, something of its own; and one that is none.
fn bodies() -> Vec<(u8, Vec<u8>)> {
    let (one, two) = (Org::new(1), Org::new(2));
    let circle = found(&[&one], &[&two]);
    let id = circle.id.as_bytes().to_vec();
    let mut bodies: Vec<(u8, Vec<u8>)> = circle
        .bytes()
        .into_iter()
        .map(|statement| {
            (1, wire::StatementRecord { circle: id.clone(), statement }.encode_to_vec())
        })
        .collect();
    let (mut pen, mut clone) = (Pen::new(&two, &circle), Pen::new(&two, &circle));
    let run = pen.changes(b"sealed").unwrap().to_run();
    let other = clone.changes(b"otherwise").unwrap().to_run();
    let log = two.log(Lane::Record);
    let proof = ForkProof::between(&circle_tag(&circle.id), &log, 0, &run, &other).unwrap();
    let grant = wire::RunRecord { circle: id.clone(), run: pen.grant(&[&one]).to_run().encode() };
    bodies.push((2, grant.encode_to_vec()));
    bodies.push((2, wire::RunRecord { circle: id.clone(), run: run.encode() }.encode_to_vec()));
    let fork = wire::ForkRecord {
        circle: id,
        device: log.device.as_bytes().to_vec(),
        incarnation: log.incarnation.as_bytes().to_vec(),
        lane: log.lane.number(),
        proof: proof.encode(),
    };
    bodies.push((3, fork.encode_to_vec()));
    let local = wire::LocalRecord { key: "tour".to_owned(), value: vec![1, 2, 3] };
    bodies.push((4, local.encode_to_vec()));
    bodies.push((2, b"no record".to_vec()));
    bodies
}

/// Puts the checksum right of the frame at an offset: only who repairs it is that thorough.
fn mended(segment: &[u8], offset: usize) -> Vec<u8> {
    let mut segment = segment.to_vec();
    let length = u32::from_le_bytes(segment[offset + 4..offset + 8].try_into().unwrap());
    let end = offset + 20 + usize::try_from(length).unwrap();
    let place = [1_u32.to_be_bytes(), u32::try_from(offset).unwrap().to_be_bytes()].concat();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&place);
    hasher.update(&segment[offset..offset + 12]).update(&segment[offset + 20..end]);
    segment[offset + 12..offset + 20].copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    segment
}

#[test]
fn journals() {
    let key = [4; 32];
    let files = Files::default();
    let (mut journal, _) = open(&files, key);
    let bodies = bodies();
    let mut offsets = Vec::new();
    for batch in bodies.chunks(3) {
        let batch: Vec<(u8, &[u8])> = batch.iter().map(|(kind, it)| (*kind, &**it)).collect();
        offsets.extend(journal.append(&batch).unwrap().into_iter().map(|it| it.offset));
        journal.commit().unwrap();
    }
    let at: Vec<usize> = offsets.iter().map(|it| usize::try_from(*it).unwrap()).collect();
    let killed = files.segment(1);
    journal.close().unwrap();
    let copy = Files::default();
    copy.put(1, killed.clone());
    let (mut journal, _) = open(&copy, key);
    journal.erase(&[Position { segment: 1, offset: offsets[6] }].into()).unwrap();
    let erased = copy.segment(1);
    let record = |place: usize| {
        let (kind, body) = &bodies[place];
        let body = hex(blake3::hash(body).as_bytes());
        json!({ "offset": offsets[place], "kind": kind, "body_blake3": body })
    };
    let circle = found(&[&Org::new(1)], &[&Org::new(2)]);
    let full = json!({
        "circles": [{
            "circle": hex(circle.id), "entries": 2, "waiting_for_key": 0, "forked": 1,
            "statements": 3,
        }],
        "tour": "010203",
        // Of the record that is none, and of the payload that is none.
        "reports": 3,
    });
    let told = |gone: &[usize], damage: Value, cut: Value, replica: &dyn Fn(&mut Value)| {
        let mut state = full.clone();
        replica(&mut state);
        let records = (0..bodies.len()).filter(|it| !gone.contains(it)).map(record);
        let records: Vec<Value> = records.collect();
        json!({ "records": records, "damage": damage, "cut": cut, "replica": state })
    };
    let same = |_: &mut Value| {};
    let no_local = |state: &mut Value| state["tour"] = Value::Null;
    let damaged =
        |name: &str, bytes: Vec<u8>, expect: Value| Vector { expect, ..invalid(name, bytes, "") };
    // Where the frame of what this node keeps for itself lies, and the one behind it.
    let (local, next, end) = (at[6], at[7], killed.len());
    // After an orderly shutdown all was durable, and what is wrong is damage; else what is wrong
    // in the last commit seems torn and is cut.
    let closed = files.segment(1);
    let mut long = closed.clone();
    long[local + 4..local + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut flags = closed.clone();
    flags[local + 2] = 3;
    let mut other_kind = closed.clone();
    other_kind[local + 3] = 1;
    let mut doubled = killed.clone();
    doubled.splice(next..next, killed[local..next].to_vec());
    let doubled_end = doubled.len();
    let all: Vec<usize> = (0..bodies.len()).collect();
    let nothing = |state: &mut Value| {
        *state = json!({ "circles": [], "tour": null, "reports": 0 });
    };
    let without_last_batch = |state: &mut Value| {
        no_local(state);
        state["reports"] = json!(2);
    };
    let one_gone = |name: &str, reason: &str, bytes: Vec<u8>| {
        let damage = json!([[reason, local, next]]);
        damaged(name, bytes, told(&[6], damage, Value::Null, &no_local))
    };
    let sealed: Vec<Value> = at
        .iter()
        .zip(at[1..].iter().chain([&end]))
        .map(|(from, to)| json!(["Sealed", from, to]))
        .collect();
    let vectors = vec![
        valid("killed", killed.clone(), told(&[], json!([]), Value::Null, &same)),
        valid("closed", closed.clone(), told(&[], json!([]), Value::Null, &same)),
        valid("erased", erased, told(&[6], json!([]), Value::Null, &no_local)),
        one_gone("bit-flipped-body", "Checksum", flipped(&closed, local + 40)),
        one_gone("bit-flipped-kind", "Checksum", flipped(&closed, local + 3)),
        one_gone("unknown-flags", "NoFrame", flags),
        one_gone("oversize-length", "NoFrame", long),
        one_gone(
            "forged-body-with-right-checksum",
            "Sealed",
            mended(&flipped(&closed, local + 40), local),
        ),
        one_gone("forged-kind-with-right-checksum", "Sealed", mended(&other_kind, local)),
        damaged(
            "bit-flipped-body-in-the-last-commit",
            flipped(&killed, local + 40),
            told(&[6, 7], json!([]), json!([local, end, 1]), &without_last_batch),
        ),
        // A frame that was copied to another place is none there.
        damaged(
            "replayed-frame",
            doubled,
            told(&[6, 7], json!([]), json!([local, doubled_end, 1]), &without_last_batch),
        ),
        damaged(
            "truncated",
            killed[..end - 1].to_vec(),
            told(&[6, 7], json!([]), json!([local, end - 1, 1]), &without_last_batch),
        ),
        damaged(
            "trailing-bytes",
            [killed.as_slice(), &[0xce, 0x1b, 0, 1]].concat(),
            told(&[], json!([]), json!([end, end + 4, 0]), &same),
        ),
        damaged(
            "bit-flipped-header",
            flipped(&closed, 9),
            told(&[], json!([["Header", 0, 32]]), Value::Null, &same),
        ),
        damaged(
            "replayed-as-another-segment",
            killed.clone(),
            told(&all, json!([["Header", 0, 32]]), json!([32, end, 0]), &nothing),
        )
        .with(json!({ "segment": 2 })),
        damaged("wrong-store-key", killed, told(&all, json!(sealed), Value::Null, &nothing))
            .with(json!({ "store_key": hex([5; 32]) })),
    ];
    let context = json!({ "store_key": hex(key), "segment": 1 });
    check("journal", &context, &vectors, read);
}
