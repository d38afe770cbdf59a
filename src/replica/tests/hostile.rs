//! Members that do not keep to the rules.

use prost::Message;

use crate::{
    doc::{Actor, Document},
    model::{
        id::{CircleId, Incarnation, Lane},
        registry::{Schema, Value},
    },
    replica::{
        documents::packing::write_changes,
        tests::kit::{
            DOCUMENT, Party, give_all, give_log, give_statements, names, restore, write_raw,
        },
    },
    sync::{ProofOutcome, Replica as _, RunOutcome},
    wire::payload as wire,
};

fn trio() -> ([Party; 3], CircleId) {
    let [mut a, mut b, mut c] = [1, 2, 3].map(Party::new);
    let circle = a.found(&[&b, &c], |_genesis| {});
    give_statements(&a, &mut b, &circle);
    give_statements(&a, &mut c, &circle);
    ([a, b, c], circle)
}

/// A change of the document as if by an actor.
fn change(actor: &Actor, path: &str) -> Vec<u8> {
    let mut document = Document::new(Schema::incident());
    let (path, value) = (path.parse().unwrap(), Value::Text("x".to_owned()));
    let change = document.edit(actor, |edit| edit.set(&path, &value));
    change.unwrap().unwrap().bytes().to_vec()
}

fn reports(party: &mut Party) -> String {
    party.replica.take_reports().join("\n")
}

#[test]
fn a_payload_that_is_no_change_is_named() {
    let ([mut a, mut b, _], circle) = trio();
    let mut rng = b.rng.clone();
    write_raw(&mut b, &circle, b"garbage".to_vec(), &mut rng);
    b.write(&circle, "good", "x");
    give_all(&b, &mut a, &circle);
    let told = reports(&mut a);
    assert!(told.contains("in quarantine") && told.contains(&b.log(Lane::Record).to_string()));
    assert_eq!(a.paths(&circle), names(["good"]));
}

#[test]
fn a_payload_of_an_unknown_dictionary_is_named_with_its_reason() {
    let ([mut a, mut b, _], circle) = trio();
    let mut rng = b.rng.clone();
    let (document, dictionary, deflated) = (DOCUMENT.as_bytes().to_vec(), 2, vec![1; 50]);
    let newer = wire::Changes { document, dictionary, deflated, ..wire::Changes::default() };
    write_raw(&mut b, &circle, newer.encode_to_vec(), &mut rng);
    b.write(&circle, "good", "x");
    give_all(&b, &mut a, &circle);
    let told = reports(&mut a);
    assert!(told.contains("in quarantine") && told.contains("needs dictionary 2"), "{told}");
    assert_eq!(a.paths(&circle), names(["good"]));
}

#[test]
fn a_change_in_anothers_name_is_named() {
    let ([mut a, mut b, _], circle) = trio();
    let mut rng = b.rng.clone();
    let other = Actor::of(&a.replica.own_device(), &Incarnation::new([1; 16]), &DOCUMENT);
    let plaintext = write_changes(&DOCUMENT, "incident/1", vec![change(&other, "forged")]);
    write_raw(&mut b, &circle, plaintext, &mut rng);
    give_all(&b, &mut a, &circle);
    assert!(reports(&mut a).contains("in quarantine"));
    assert!(a.paths(&circle).is_empty());
}

#[test]
fn a_payload_of_no_schema_keeps_no_honest_change_out() {
    let ([mut a, mut b, _], circle) = trio();
    let mut rng = b.rng.clone();
    b.write(&circle, "good", "x");
    // After the honest change and in the same batch, about the same document.
    write_raw(&mut b, &circle, write_changes(&DOCUMENT, "not a schema", vec![]), &mut rng);
    give_all(&b, &mut a, &circle);
    assert_eq!(a.paths(&circle), names(["good"]));
    assert!(reports(&mut a).contains("in quarantine"));
}

/// One change on top of another, of which only the second is given away.
fn headless(actor: &Actor) -> Vec<u8> {
    let mut document = Document::new(Schema::incident());
    let mut make = |path: &str| {
        let (path, value) = (path.parse().unwrap(), Value::Text("x".to_owned()));
        document.edit(actor, |edit| edit.set(&path, &value)).unwrap().unwrap()
    };
    make("never_sent");
    make("waits").bytes().to_vec()
}

#[test]
fn a_change_on_an_unknown_one_makes_no_later_batch_a_rebuild() {
    let ([mut a, mut b, mut c], circle) = trio();
    let mut rng = b.rng.clone();
    let own = Actor::of(&b.replica.own_device(), &Incarnation::new([2; 16]), &DOCUMENT);
    let plaintext = write_changes(&DOCUMENT, "incident/1", vec![headless(&own)]);
    write_raw(&mut b, &circle, plaintext, &mut rng);
    give_all(&b, &mut a, &circle);
    let key = (circle, DOCUMENT);
    let held = a.replica.document(&key).unwrap().unwrap();
    assert_eq!(held.missing().len(), 1);
    // Nothing of the document is in quarantine, so it could not help.
    assert!(!a.replica.is_held_uncounted(&key, &held, &held.missing()).unwrap());
    c.write(&circle, "good", "x");
    give_all(&c, &mut a, &circle);
    assert_eq!(a.paths(&circle), names(["good"]));
    assert_eq!(a.replica.document(&key).unwrap().unwrap().waiting().count(), 1);
}

#[test]
fn what_a_device_alone_wrote_is_read_whatever_others_write() {
    let ([mut a, mut b, mut c], circle) = trio();
    b.write(&circle, "stranger", "x");
    c.write(&circle, "own", "x");
    give_all(&b, &mut a, &circle);
    give_all(&c, &mut a, &circle);
    a.write(&circle, "on_top", "x");
    let by = |device| {
        let document = a.replica.document_by(&(circle, DOCUMENT), |it| *it == device).unwrap();
        let document = document.unwrap();
        let paths: Vec<String> =
            document.record().iter().map(|(path, _)| path.as_str().to_owned()).collect();
        (paths, document.waiting().count())
    };
    assert_eq!(by(c.replica.own_device()), (vec!["own".to_owned()], 0));
    // It builds on the others'.
    assert_eq!(by(a.replica.own_device()), (vec![], 1));
    assert!(a.replica.document_by(&(circle, DOCUMENT), |_| false).unwrap().is_none());
}

#[test]
fn two_changes_with_one_number_end_the_same_in_whatever_order_keys_come() {
    let ([mut a, mut b, mut c], circle) = trio();
    let mut rng = b.rng.clone();
    let own = Actor::of(&b.replica.own_device(), &Incarnation::new([2; 16]), &DOCUMENT);
    for path in ["first", "second"] {
        let plaintext = write_changes(&DOCUMENT, "incident/1", vec![change(&own, path)]);
        b.replica.mint(&circle, &mut rng).unwrap();
        write_raw(&mut b, &circle, plaintext, &mut rng);
    }
    give_all(&b, &mut a, &circle);
    assert_eq!(a.paths(&circle), names(["first"]));
    // To c the key of the first comes last: from a, since b's log of grants does not come.
    let record = b.log(Lane::Record);
    give_log(&b, &mut c, &circle, &record);
    let epochs: Vec<_> = a.replica.held_epochs(&circle).collect();
    assert_eq!(epochs.len(), 2);
    for entry in [1, 0] {
        let run = b.replica.read_run(&circle, &record, entry, 0).unwrap();
        let epoch = crate::log::Header::decode(&run.entries[0].header).unwrap().epoch;
        let secret = b.replica.circles[&circle].keys.secret(&epoch).cloned().unwrap();
        let to = [c.replica.own_device()].into();
        a.replica.grant(&circle, &secret, &to, &[], &mut rng).unwrap();
        give_log(&a, &mut c, &circle, &a.log(Lane::Control));
    }
    assert_eq!(c.paths(&circle), a.paths(&circle));
}

/// Two devices with one home: what each wrote at the same place.
fn forked() -> ([Party; 3], Party, CircleId) {
    let ([a, mut b, c], circle) = trio();
    b.write(&circle, "common", "x");
    let mut clone = Party::new(2);
    clone.replica = restore(&b, b.replica.storage().clone());
    b.write(&circle, "one", "x");
    clone.write(&circle, "other", "x");
    clone.write(&circle, "more", "x");
    ([a, b, c], clone, circle)
}

#[test]
fn a_forked_log_is_frozen_and_counts_up_to_the_fork_everywhere() {
    let ([mut a, b, mut c], clone, circle) = forked();
    let log = b.log(Lane::Record);
    give_all(&b, &mut a, &circle);
    give_all(&clone, &mut c, &circle);
    assert_eq!(a.paths(&circle), names(["common", "one"]));
    let run = clone.replica.read_run(&circle, &log, 0, usize::MAX).unwrap();
    assert_eq!(a.replica.accept_run(&circle, &log, run.clone()), RunOutcome::Forked);
    a.replica.open_inbox();
    assert_eq!(a.replica.accept_run(&circle, &log, run), RunOutcome::NotFollowed);
    let proof = a.replica.fork_proof(&circle, &log).unwrap();
    assert_eq!(c.replica.accept_fork_proof(&circle, &log, proof.clone()), ProofOutcome::Accepted);
    c.replica.open_inbox();
    assert_eq!(c.replica.accept_fork_proof(&circle, &log, proof), ProofOutcome::Known);
    for party in [&a, &c] {
        assert_eq!(party.paths(&circle), names(["common"]));
        assert_eq!(party.replica.counts_of(&circle).forked, 1);
    }
    let restored = restore(&a, a.replica.storage().without_index());
    assert_eq!(restored.counts_of(&circle), a.replica.counts_of(&circle));
    assert_eq!(crate::replica::tests::kit::fields(&restored, &circle), a.fields(&circle));
}

#[test]
fn who_has_only_the_proof_still_takes_what_is_before_the_fork() {
    let ([mut a, b, mut c], clone, circle) = forked();
    let log = b.log(Lane::Record);
    give_all(&b, &mut a, &circle);
    let run = clone.replica.read_run(&circle, &log, 0, usize::MAX).unwrap();
    a.replica.accept_run(&circle, &log, run);
    let proof = a.replica.fork_proof(&circle, &log).unwrap();
    c.replica.accept_fork_proof(&circle, &log, proof);
    give_log(&a, &mut c, &circle, &b.log(Lane::Control));
    give_log(&a, &mut c, &circle, &log);
    a.replica.open_inbox();
    assert_eq!(c.paths(&circle), names(["common"]));
    assert_eq!(a.paths(&circle), names(["common"]));
}

#[test]
fn a_forked_writer_begins_a_new_life() {
    let ([mut a, mut b, _], clone, circle) = forked();
    give_all(&b, &mut a, &circle);
    let log = b.log(Lane::Record);
    let run = clone.replica.read_run(&circle, &log, 0, usize::MAX).unwrap();
    a.replica.accept_run(&circle, &log, run);
    let proof = a.replica.fork_proof(&circle, &log).unwrap();
    b.replica.accept_fork_proof(&circle, &log, proof);
    b.replica.open_inbox();
    assert!(b.replica.is_cut_off(&circle));
    b.replica.set_incarnation(Incarnation::new([22; 16]));
    b.write(&circle, "again", "x");
    give_all(&b, &mut a, &circle);
    assert_eq!(a.paths(&circle), b.paths(&circle));
    assert!(a.paths(&circle).contains("again"));
}
