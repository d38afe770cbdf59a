//! Headers, runs and proofs of forks.

use ceiba::{
    log::{ForkProof, Header, Run, Tail, circle_tag, verify_run},
    model::id::Lane,
};

use super::kit::{Org, Pen, found};

/// A header that reads says the same when it is written again.
pub fn header(data: &[u8]) {
    let Ok(header) = Header::decode(data) else { return };
    assert_eq!(Header::decode(&header.encode()).as_ref(), Ok(&header));
}

/// A run that reads says the same when it is written again, and its length is told rightly.
pub fn run(data: &[u8]) {
    let Ok(run) = Run::decode(data) else { return };
    let written = run.encode();
    assert_eq!(written.len(), run.encoded_len());
    assert_eq!(Run::decode(&written).as_ref(), Ok(&run));
    let Some(Ok(first)) = run.entries.first().map(|entry| Header::decode(&entry.header)) else {
        return;
    };
    for tail in [Tail::EMPTY, Tail { next_seq: first.seq, hash: first.previous }] {
        if let Ok(verified) = verify_run(&first.circle, &first.log, &tail, |_| None, &run) {
            assert_eq!(verified.to_run(), run);
            assert!(verified.tail().next_seq >= tail.next_seq);
        }
    }
}

/// A proof that reads says the same when it is written again; a true one stays true.
pub fn fork(data: &[u8]) {
    let Ok(proof) = ForkProof::decode(data) else { return };
    let again = ForkProof::decode(&proof.encode());
    assert_eq!(again.as_ref(), Ok(&proof));
    let Some(bytes) = proof.first.headers.first() else { return };
    if let Ok(header) = Header::decode(bytes) {
        let truth = proof.verify(&header.circle, &header.log);
        assert_eq!(again.and_then(|again| again.verify(&header.circle, &header.log)), truth);
    }
}

/// Runs of a grant and of changes.
fn runs() -> Vec<Run> {
    let (one, other) = (Org::new(1), Org::new(2));
    let circle = found(&[&one], &[&other]);
    let mut pen = Pen::new(&one, &circle);
    let grant = pen.grant(&[&one]).to_run();
    let changes: Vec<Run> = [b"one".as_slice(), b"two", b"three"]
        .iter()
        .filter_map(|text| pen.changes(text))
        .map(|verified| verified.to_run())
        .collect();
    let last = changes.last().expect("three").signature;
    let entries = changes.iter().flat_map(|run| run.entries.clone()).collect();
    let mut erased = changes[0].clone();
    erased.entries[0].payloads[0] = None;
    vec![grant, Run { entries, signature: last }, changes[0].clone(), erased]
}

/// Headers of real entries.
pub fn header_seeds() -> Vec<Vec<u8>> {
    let headers = runs().into_iter().flat_map(|run| run.entries);
    headers.map(|entry| entry.header.to_vec()).collect()
}

/// Real runs.
pub fn run_seeds() -> Vec<Vec<u8>> {
    runs().iter().map(Run::encode).collect()
}

/// Real proofs.
pub fn fork_seeds() -> Vec<Vec<u8>> {
    let (one, other) = (Org::new(1), Org::new(2));
    let circle = found(&[&one], &[&other]);
    let (mut ours, mut theirs) = (Pen::new(&one, &circle), Pen::new(&one, &circle));
    let write = |pen: &mut Pen<'_>, text: &str| {
        pen.changes(text.as_bytes()).expect("a small entry").to_run()
    };
    let (a, b) = (write(&mut ours, "one"), write(&mut theirs, "another"));
    let (tag, log) = (circle_tag(&circle.id), one.log(Lane::Record));
    let at_place = ForkProof::between(&tag, &log, 0, &a, &b).expect("a fork");
    let later = write(&mut theirs, "more");
    let behind = ForkProof::between(&tag, &log, 0, &a, &later).expect("a fork");
    vec![at_place.encode(), behind.encode()]
}
