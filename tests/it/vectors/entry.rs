//! Entries: headers, runs, proofs of forks.

use ceiba::{
    log::{Entry, ForkError, ForkProof, Header, Run, RunError, Tail, circle_tag, verify_run},
    model::{
        id::{CircleTag, EntryHash, Lane, LogId},
        limits::{MAX_FORK_PROOF_BYTES, MAX_HEADER_BYTES, MAX_RUN_BYTES},
    },
    wire::log as wire,
};
use ed25519_dalek::{Signer, SigningKey};
use prost::Message;
use serde_json::{Value, json};

use super::{
    Reading, Vector, check, hex, invalid, labelled_hash, oversize, signed_bytes,
    twist::{flipped, longer_key, reordered, shorten, trailing, truncated, unknown_field},
    valid, variant,
};
use crate::fuzzing::targets::kit::{Circle, Org, Pen, found};

const LABEL: &str = "ceiba v1 entry header";

/// The hash of an entry, written once more.
fn entry_hash(header: &[u8]) -> [u8; 32] {
    labelled_hash(LABEL, &[header])
}

fn sign(key: &SigningKey, label: &str, header: &[u8]) -> [u8; 64] {
    key.sign(&signed_bytes(label, &entry_hash(header))).to_bytes()
}

fn says(header: &Header) -> Value {
    let payloads = header.payloads.iter();
    json!({
        "circle_tag": hex(header.circle), "device": hex(header.log.device),
        "incarnation": hex(header.log.incarnation), "lane": header.log.lane.number(),
        "seq": header.seq, "previous": hex(header.previous), "decision": hex(header.decision),
        "epoch": hex(header.epoch), "kind": header.kind.number(),
        "payloads": payloads
            .map(|it| json!({ "digest": hex(it.digest), "size": it.size }))
            .collect::<Vec<_>>(),
    })
}

/// What is expected of a header, by its own bytes alone.
fn told(bytes: &[u8], canonical: bool, says: Value) -> Value {
    json!({ "hash": hex(entry_hash(bytes)), "canonical": canonical, "says": says })
}

fn read(reading: &Reading<'_>, bytes: &[u8]) -> Value {
    match reading.value("what").as_str().unwrap() {
        "header" => match Header::decode(bytes) {
            Ok(header) => json!({
                "hash": hex(Header::hash(bytes)),
                "canonical": *header.encode() == *bytes,
                "says": says(&header),
            }),
            Err(error) => json!({ "error": variant(&error) }),
        },
        "run" => read_run(reading, bytes),
        _fork => read_fork(reading, bytes),
    }
}

fn place(reading: &Reading<'_>) -> (CircleTag, LogId) {
    let log = &reading.value("log");
    let part = |name: &str| super::unhex(&log[name]);
    let lane = u32::try_from(log["lane"].as_u64().unwrap()).unwrap();
    let log = LogId {
        device: part("device").as_slice().try_into().unwrap(),
        incarnation: part("incarnation").as_slice().try_into().unwrap(),
        lane: Lane::from_number(lane).unwrap(),
    };
    (CircleTag::new(reading.array("circle_tag")), log)
}

fn read_run(reading: &Reading<'_>, bytes: &[u8]) -> Value {
    let run = match Run::decode(bytes) {
        Ok(run) => run,
        Err(error) => return json!({ "error": format!("Format {}", variant(&error)) }),
    };
    let (circle, log) = place(reading);
    let tail =
        Tail { next_seq: reading.number("held"), hash: EntryHash::new(reading.array("last_held")) };
    match verify_run(&circle, &log, &tail, |_| None, &run) {
        Ok(verified) => json!({
            "canonical": run.encode() == bytes,
            "entries": verified.entries().iter().map(|it| hex(it.hash())).collect::<Vec<_>>(),
            "fresh": verified.fresh().len(),
            "erased": verified.entries().iter().flat_map(|it| it.payloads()).filter(|it| it.is_none()).count(),
        }),
        Err(RunError::Header(error)) => json!({ "error": format!("Header {}", variant(&error)) }),
        Err(error) => json!({ "error": variant(&error) }),
    }
}

fn read_fork(reading: &Reading<'_>, bytes: &[u8]) -> Value {
    let (circle, log) = place(reading);
    let proof = ForkProof::decode(bytes);
    match proof.and_then(|proof| proof.verify(&circle, &log).map(|()| proof)) {
        Ok(proof) => json!({ "canonical": proof.encode() == bytes, "seq": proof.seq }),
        Err(ForkError::Branch(error)) => json!({ "error": format!("Branch {}", variant(&error)) }),
        Err(error) => json!({ "error": variant(&error) }),
    }
}

fn log_value(log: &LogId) -> Value {
    json!({
        "device": hex(log.device), "incarnation": hex(log.incarnation), "lane": log.lane.number(),
    })
}

fn a(what: &str) -> Value {
    json!({ "what": what })
}

fn headers(run: &Run) -> Vec<Vector> {
    let first = run.entries[0].header.to_vec();
    let second = run.entries[1].header.to_vec();
    let said = says(&Header::decode(&first).unwrap());
    let wrong = |name: &str, error: &str, twist: &dyn Fn(&mut wire::Header)| {
        let mut header = wire::Header::decode(first.as_slice()).unwrap();
        twist(&mut header);
        invalid(&format!("header-{name}"), header.encode_to_vec(), error).with(a("header"))
    };
    let (other, longer) = (reordered(&first), longer_key(&first));
    let mut later_kind = wire::Header::decode(first.as_slice()).unwrap();
    later_kind.kind = 77;
    let later_kind = later_kind.encode_to_vec();
    let mut later_says = said.clone();
    later_says["kind"] = json!(77);
    let unknown = unknown_field(&first);
    vec![
        valid("header-first", first.clone(), told(&first, true, said.clone())).with(a("header")),
        valid(
            "header-second",
            second.clone(),
            told(&second, true, says(&Header::decode(&second).unwrap())),
        )
        .with(a("header")),
        // Other bytes: the same words, but another entry.
        valid("header-reordered", other.clone(), told(&other, false, said.clone()))
            .with(a("header")),
        valid("header-longer-key", longer.clone(), told(&longer, false, said.clone()))
            .with(a("header")),
        valid("header-unknown-field", unknown.clone(), told(&unknown, false, said))
            .with(a("header")),
        valid("header-unknown-kind", later_kind.clone(), told(&later_kind, true, later_says))
            .with(a("header")),
        invalid("header-truncated", truncated(&first), "Unreadable").with(a("header")),
        invalid("header-trailing-byte", trailing(&first), "Unreadable").with(a("header")),
        oversize("header-oversize", first.clone(), 0, MAX_HEADER_BYTES, "TooLarge")
            .with(a("header")),
        wrong("unknown-version", "Version", &|it| it.version = 2),
        wrong("unknown-suite", "Version", &|it| it.suite = 2),
        wrong("short-device", "Id", &|it| shorten(&mut it.device)),
        wrong("wrong-lane", "Lane", &|it| it.lane = 0),
        wrong("unknown-lane", "Lane", &|it| it.lane = 3),
        wrong("first-with-previous", "Previous", &|it| it.previous = vec![1; 32]),
        wrong("later-without-previous", "Previous", &|it| it.seq = 1),
        wrong("last-number", "Previous", &|it| {
            (it.seq, it.previous) = (u64::MAX, vec![1; 32]);
        }),
        wrong("empty-payload", "PayloadSize", &|it| it.payloads[0].size = 0),
        wrong("oversize-payload", "PayloadSize", &|it| it.payloads[0].size = 1 << 20 | 1),
        wrong("short-digest", "Id", &|it| shorten(&mut it.payloads[0].digest)),
        wrong("too-many-payloads", "TooLarge", &|it| {
            it.payloads = vec![wire::PayloadRef::default(); 1025];
        }),
    ]
}

/// The run with an entry's header changed and the chain and the signature made anew, by this key.
fn resigned(run: &Run, key: &SigningKey, twist: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut run = run.clone();
    let last = run.entries.len() - 1;
    run.entries[last].header = twist(&run.entries[last].header).into();
    run.signature = sign(key, LABEL, &run.entries[last].header);
    run.encode()
}

fn runs(run: &Run, one: &Org, two: &Org) -> Vec<Vector> {
    let bytes = run.encode();
    let hashes: Vec<String> =
        run.entries.iter().map(|entry| hex(entry_hash(&entry.header))).collect();
    let told = |canonical: bool, fresh: usize, erased: usize| json!({ "canonical": canonical, "entries": hashes, "fresh": fresh, "erased": erased });
    let edited = |edit: &dyn Fn(&mut Run)| {
        let mut run = run.clone();
        edit(&mut run);
        run.encode()
    };
    let key = &one.keys.signing;
    let from = |seq: usize| {
        let entries: Vec<Entry> = run.entries[seq..].to_vec();
        Run { entries, signature: run.signature }.encode()
    };
    let last = &run.entries[2].header;
    let other_tag = json!({ "what": "run", "circle_tag": hex([1; 16]) });
    let weak_log = json!({
        "device": hex([&[1], [0; 31].as_slice()].concat()),
        "incarnation": hex(one.incarnation), "lane": 2,
    });
    let weak = edited(&|run| {
        run.entries.truncate(1);
        let mut header = wire::Header::decode(&*run.entries[0].header).unwrap();
        header.device = [&[1], [0; 31].as_slice()].concat();
        run.entries[0].header = header.encode_to_vec().into();
    });
    let mut other_lane = one.log(Lane::Record);
    other_lane.lane = Lane::Alert;
    let other_log = json!({ "what": "run", "log": log_value(&other_lane) });
    let held = json!({ "what": "run", "held": 1, "last_held": hashes[0] });
    let held_other = json!({ "what": "run", "held": 1, "last_held": hex([1; 32]) });
    let all_held = json!({ "what": "run", "held": 3, "last_held": hashes[2] });
    vec![
        valid("run", bytes.clone(), told(true, 3, 0)).with(a("run")),
        valid("run-held-in-part", bytes.clone(), told(true, 2, 0)).with(held.clone()),
        valid("run-held", bytes.clone(), told(true, 0, 0)).with(all_held),
        valid("run-erased", edited(&|run| run.entries[1].payloads[0] = None), told(true, 3, 1))
            .with(a("run")),
        // What holds a header and a signature is not signed itself.
        valid("run-reordered", run_with_signature_first(run), told(false, 3, 0)).with(a("run")),
        valid("run-unknown-field", unknown_field(&bytes), told(false, 3, 0)).with(a("run")),
        invalid("run-truncated", truncated(&bytes), "Format Unreadable").with(a("run")),
        invalid("run-trailing-byte", trailing(&bytes), "Format Unreadable").with(a("run")),
        invalid("run-empty", edited(&|run| run.entries.clear()), "Format Empty").with(a("run")),
        oversize("run-oversize", bytes.clone(), 0, MAX_RUN_BYTES, "Format TooLarge").with(a("run")),
        invalid("run-too-many-entries", [0x0a, 0].repeat(1025), "Format TooLarge").with(a("run")),
        invalid(
            "run-wrong-label",
            edited(&|run| run.signature = sign(key, "ceiba v1 receipt", last)),
            "Signature",
        )
        .with(a("run")),
        invalid(
            "run-wrong-signer",
            edited(&|run| run.signature = sign(&two.keys.signing, LABEL, last)),
            "Signature",
        )
        .with(a("run")),
        invalid("run-bit-flipped-signature", edited(&|run| run.signature[9] ^= 1), "Signature")
            .with(a("run")),
        invalid(
            "run-reencoded-header",
            edited(&|run| run.entries[2].header = longer_key(last).into()),
            "Signature",
        )
        .with(a("run")),
        invalid(
            "run-reencoded-header-inside",
            edited(&|run| run.entries[0].header = longer_key(&run.entries[0].header).into()),
            "Chain",
        )
        .with(a("run")),
        invalid("run-reordered-entries", edited(&|run| run.entries.swap(0, 1)), "Chain")
            .with(a("run")),
        invalid("run-gap-inside", edited(&|run| drop(run.entries.remove(1))), "Chain")
            .with(a("run")),
        invalid("run-gap-before", from(1), "Gap").with(a("run")),
        invalid("run-forked", bytes.clone(), "Forked").with(held_other),
        invalid("run-replayed-in-another-circle", bytes.clone(), "OtherLog").with(other_tag),
        invalid("run-replayed-in-another-log", bytes.clone(), "OtherLog").with(other_log),
        invalid("run-weak-key", weak, "Key").with(json!({ "what": "run", "log": weak_log })),
        invalid(
            "run-bit-flipped-payload",
            edited(&|run| {
                let payload = run.entries[0].payloads[0].as_ref().unwrap();
                run.entries[0].payloads[0] = Some(flipped(payload, 50).into());
            }),
            "Payload",
        )
        .with(a("run")),
        invalid(
            "run-swapped-payloads",
            edited(&|run| {
                let payload = run.entries[0].payloads[0].clone();
                run.entries[0].payloads[0] = run.entries[1].payloads[0].clone();
                run.entries[1].payloads[0] = payload;
            }),
            "Payload",
        )
        .with(a("run")),
        invalid(
            "run-missing-payload",
            edited(&|run| run.entries[0].payloads.clear()),
            "PayloadCount",
        )
        .with(a("run")),
        invalid(
            "run-unknown-suite",
            resigned(run, key, |header| {
                let mut header = wire::Header::decode(header).unwrap();
                header.suite = 2;
                header.encode_to_vec()
            }),
            "Header Version",
        )
        .with(a("run")),
    ]
}

fn run_with_signature_first(run: &Run) -> Vec<u8> {
    let signature = wire::Run { entries: Vec::new(), signature: run.signature.to_vec() };
    let whole = run.encode();
    let entries = &whole[..whole.len() - Run::SIGNATURE_BYTES];
    [signature.encode_to_vec().as_slice(), entries].concat()
}

fn forks(one: &Org, circle: &Circle) -> Vec<Vector> {
    let (mut ours, mut theirs) = (Pen::new(one, circle), Pen::new(one, circle));
    let write = |pen: &mut Pen<'_>, text: &str| pen.changes(text.as_bytes()).unwrap().to_run();
    let (here, there) = (write(&mut ours, "one"), write(&mut theirs, "another"));
    let after = write(&mut theirs, "more");
    let (tag, log) = (circle_tag(&circle.id), one.log(Lane::Record));
    let proof = ForkProof::between(&tag, &log, 0, &here, &there).unwrap();
    let behind = ForkProof::between(&tag, &log, 0, &here, &after).unwrap();
    let edited = |edit: &dyn Fn(&mut ForkProof)| {
        let mut proof = proof.clone();
        edit(&mut proof);
        proof.encode()
    };
    let bytes = proof.encode();
    let fork = |vector: Vector| vector.with(a("fork"));
    let told = |canonical: bool| json!({ "canonical": canonical, "seq": 0 });
    vec![
        fork(valid("fork", bytes.clone(), told(true))),
        fork(valid("fork-told-by-the-next-entry", behind.encode(), told(true))),
        fork(valid("fork-unknown-field", unknown_field(&bytes), told(false))),
        fork(invalid("fork-same-twice", edited(&|it| it.second = it.first.clone()), "Same")),
        fork(invalid("fork-another-place", edited(&|it| it.seq = 5), "Elsewhere")),
        fork(invalid("fork-no-headers", edited(&|it| it.first.headers.clear()), "Elsewhere")),
        fork(invalid(
            "fork-bit-flipped-signature",
            edited(&|it| it.second.signature[7] ^= 1),
            "Branch Signature",
        )),
        fork(invalid("fork-truncated", truncated(&bytes), "Unreadable")),
        fork(invalid("fork-trailing-byte", trailing(&bytes), "Unreadable")),
        fork(invalid("fork-three-lines", [bytes.as_slice(), &[0x1a, 0]].concat(), "Unreadable")),
        fork(oversize("fork-oversize", bytes.clone(), 0, MAX_FORK_PROOF_BYTES, "Unreadable")),
        invalid("fork-replayed-in-another-circle", bytes.clone(), "Branch OtherLog")
            .with(json!({ "what": "fork", "circle_tag": hex([1; 16]) })),
    ]
}

#[test]
fn entries() {
    let (one, two) = (Org::new(1), Org::new(2));
    let circle = found(&[&one], &[&two]);
    let mut pen = Pen::new(&one, &circle);
    let written: Vec<Run> =
        ["one", "two", "three"].map(|text| pen.changes(text.as_bytes()).unwrap().to_run()).into();
    let run = Run {
        entries: written.iter().flat_map(|run| run.entries.clone()).collect(),
        signature: written[2].signature,
    };
    let tag = &labelled_hash("ceiba v1 circle tag", &[circle.id.as_bytes()])[..16];
    let context = json!({
        "circle": hex(circle.id), "circle_tag": hex(tag), "log": log_value(&one.log(Lane::Record)),
        "held": 0, "last_held": hex([0; 32]),
    });
    let vectors = [headers(&run), runs(&run, &one, &two), forks(&one, &circle)];
    check("entry", &context, &vectors.into_iter().flatten().collect::<Vec<_>>(), read);
}
