//! What a payload says of its schema and what its changes say are one.

use automerge::{
    Automerge, ROOT, ReadDoc,
    transaction::{CommitOptions, Transactable},
};

use crate::{
    doc::{Actor, Document},
    log::Kind,
    model::{
        id::{CircleId, DocumentId},
        registry::{Schema, Value},
    },
    replica::{
        documents::packing::write_changes,
        tests::kit::{Party, give_all, keyed_pair, write_raw_as},
    },
};

const PLACE: DocumentId = DocumentId::new([8; 16]);

fn actor(party: &Party) -> Actor {
    let identity = party.replica.identity();
    Actor::of(&identity.keys.device(), &identity.incarnation, &PLACE)
}

/// A change of an automerge document, as another program could make it.
fn raw(party: &Party, doc: &mut Automerge, set: &[(&str, &str)], gone: &[&str]) -> Vec<u8> {
    doc.set_actor(automerge::ActorId::from(actor(party).as_bytes().to_vec()));
    let mut transaction = doc.transaction();
    for (key, value) in set {
        transaction.put(ROOT, *key, *value).unwrap();
    }
    for key in gone {
        transaction.delete(ROOT, *key).unwrap();
    }
    let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(0));
    doc.get_change_by_hash(&hash.unwrap()).unwrap().raw_bytes().to_vec()
}

fn give(party: &mut Party, circle: &CircleId, kind: Kind, schema: &str, changes: Vec<Vec<u8>>) {
    let mut rng = party.rng.clone();
    write_raw_as(party, circle, kind, write_changes(&PLACE, schema, changes), &mut rng);
}

/// Makes changes of a party.
type Make = Box<dyn Fn(&Party) -> Vec<Vec<u8>>>;

#[test]
fn a_change_that_does_not_say_what_its_payload_says_is_refused() {
    let begun = Automerge::new;
    let cases: [(&str, &str, Vec<Make>); 2] = [
        (
            "said otherwise",
            "review/1",
            vec![
                Box::new(move |it| {
                    vec![raw(it, &mut begun(), &[("@schema", "alert/1"), ("x", "1")], &[])]
                }),
                Box::new(move |it| vec![raw(it, &mut begun(), &[("x", "1")], &[])]),
                Box::new(move |it| {
                    vec![raw(it, &mut begun(), &[("@schema", "review/2"), ("x", "1")], &[])]
                }),
            ],
        ),
        (
            "said again",
            "review/1",
            vec![
                Box::new(move |it| {
                    let mut doc = begun();
                    let first = raw(it, &mut doc, &[("@schema", "review/1"), ("x", "1")], &[]);
                    vec![first, raw(it, &mut doc, &[("@schema", "incident/9")], &[])]
                }),
                Box::new(move |it| {
                    let mut doc = begun();
                    let first = raw(it, &mut doc, &[("@schema", "review/1"), ("x", "1")], &[]);
                    vec![first, raw(it, &mut doc, &[("x", "2")], &["@schema"])]
                }),
            ],
        ),
    ];
    for (what, schema, changes) in cases {
        for make in changes {
            let ([mut a, mut b], circle) = keyed_pair();
            let changes = make(&b);
            give(&mut b, &circle, Kind::Changes, schema, changes);
            give_all(&b, &mut a, &circle);
            assert!(a.replica.take_reports().join("\n").contains("another schema"), "{what}");
            assert!(a.replica.document(&(circle, PLACE)).unwrap().is_none(), "{what}");
        }
    }
    let ([mut a, mut b], circle) = keyed_pair();
    let mut doc = begun();
    let first = raw(&b, &mut doc, &[("@schema", "review/1"), ("x", "1")], &[]);
    let second = raw(&b, &mut doc, &[("x", "2")], &[]);
    give(&mut b, &circle, Kind::Changes, "review/1", vec![first, second]);
    give_all(&b, &mut a, &circle);
    assert_eq!(a.replica.take_reports(), Vec::<String>::new());
    assert_eq!(
        a.replica.document(&(circle, PLACE)).unwrap().unwrap().record().text("x"),
        Some("2")
    );
}

/// The same change in two lanes: of one schema at most, whichever comes first.
#[test]
fn one_change_in_two_lanes_reads_the_same_on_all_nodes() {
    for named in ["alert_entry/1", "review/1"] {
        let mut read = Vec::new();
        for order in [["alert_entry/1", "review/1"], ["review/1", "alert_entry/1"]] {
            let ([mut a, mut b], circle) = keyed_pair();
            let mut document = Document::new(named.parse().unwrap());
            let change = document
                .edit(&actor(&b), |edit| edit.set(&"id".parse().unwrap(), &Value::from("0")));
            let change = change.unwrap().unwrap().bytes().to_vec();
            for schema in order {
                let kind = if schema == "review/1" { Kind::Changes } else { Kind::Alert };
                give(&mut b, &circle, kind, schema, vec![change.clone()]);
                give_all(&b, &mut a, &circle);
            }
            let reading = a.replica.document(&(circle, PLACE)).unwrap().unwrap().reading();
            read.push((reading.schema.to_string(), reading.record, reading.changes));
            let logs = a.replica.writers(&(circle, PLACE)).unwrap();
            assert_eq!(logs.len(), 1, "one lane");
        }
        assert_eq!(read[0], read[1]);
        assert_eq!(read[0].0, named);
    }
}

#[test]
fn nothing_that_builds_on_something_overtakes() {
    let ([mut a, mut b], circle) = keyed_pair();
    let schema: Schema = "alert/1".parse().unwrap();
    let mut document = Document::new(schema.clone());
    let edit = |document: &mut Document, text: &str| {
        let change = document
            .edit(&actor(&b), |edit| edit.set(&"what".parse().unwrap(), &Value::from(text)));
        change.unwrap().unwrap().bytes().to_vec()
    };
    let (first, second) = (edit(&mut document, "shots"), edit(&mut document, "none"));
    give(&mut b, &circle, Kind::Alert, "alert/1", vec![first]);
    give(&mut b, &circle, Kind::Alert, "alert/1", vec![second]);
    give_all(&b, &mut a, &circle);
    assert!(a.replica.take_reports().join("\n").contains("lane of alerts"));
    let read = a.replica.document(&(circle, PLACE)).unwrap().unwrap();
    assert_eq!(read.record().text("what"), Some("shots"));
}
