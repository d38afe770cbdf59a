//! Alerts in their lane, and nothing else there.

use std::collections::BTreeSet;

use crate::{
    doc::{Actor, Document},
    log::Kind,
    model::{
        id::{CircleId, DocumentId, Lane},
        registry::{RecordKind, Schema, Value},
    },
    replica::{
        DocumentWrite,
        documents::packing::write_changes,
        tests::kit::{
            DOCUMENT, Party, give_all, give_log, give_statements, keyed_pair, names, restore,
            write_raw_as,
        },
    },
    sync::Replica as _,
};

const ALERT: DocumentId = DocumentId::new([6; 16]);

fn change(party: &Party, document: &DocumentId, schema: &Schema) -> (Document, Vec<u8>) {
    let mut edited = Document::new(schema.clone());
    let identity = party.replica.identity();
    let actor = Actor::of(&identity.keys.device(), &identity.incarnation, document);
    let value = Value::Text("shots".to_owned());
    let change = edited.edit(&actor, |edit| edit.set(&"what".parse().unwrap(), &value));
    (edited, change.unwrap().unwrap().bytes().to_vec())
}

fn raise(party: &mut Party, circle: &CircleId, kind: RecordKind) {
    let schema = Schema::of(kind);
    let (edited, bytes) = change(party, &ALERT, &schema);
    let write = DocumentWrite { document: ALERT, schema, changes: vec![bytes] };
    party.replica.write(circle, vec![write], &mut party.rng).unwrap();
    party.replica.save_own(circle, ALERT, &edited).unwrap();
}

fn lanes(party: &Party, circle: &CircleId) -> BTreeSet<Lane> {
    let held = party.replica.frontier(circle).into_iter();
    let own = held.filter(|held| held.log.device == party.replica.own_device());
    own.filter(|held| held.tail.next_seq > 0).map(|held| held.log.lane).collect()
}

#[test]
fn an_alert_stands_in_its_own_lane_and_is_read_from_there() {
    let ([a, mut b], circle) = keyed_pair();
    let mut a = a;
    raise(&mut b, &circle, RecordKind::Alert);
    assert_eq!(lanes(&b, &circle), BTreeSet::from([Lane::Alert]));
    // Without anything of the record lane.
    give_log(&b, &mut a, &circle, &b.log(Lane::Alert));
    let read = a.replica.document(&(circle, ALERT)).unwrap().unwrap();
    assert_eq!(read.record().text("what"), Some("shots"));
    assert!(a.replica.take_reports().is_empty());
    // Also after a restart, when the index knows nothing.
    let storage = a.replica.storage().clone();
    let again = restore(&a, storage);
    assert!(again.document(&(circle, ALERT)).unwrap().is_some());
}

#[test]
fn an_alert_in_the_lane_of_records_is_refused() {
    for kind in [RecordKind::Alert, RecordKind::AlertEntry] {
        let ([mut a, mut b], circle) = keyed_pair();
        let schema = Schema::of(kind);
        let (_, bytes) = change(&b, &ALERT, &schema);
        let plaintext = write_changes(&ALERT, &schema.to_string(), vec![bytes]);
        let mut rng = b.rng.clone();
        write_raw_as(&mut b, &circle, Kind::Changes, plaintext, &mut rng);
        give_all(&b, &mut a, &circle);
        assert!(a.replica.take_reports().join("\n").contains("not its own"));
        assert!(a.replica.document(&(circle, ALERT)).unwrap().is_none());
    }
}

#[test]
fn a_record_in_the_lane_of_alerts_is_refused_and_passed_on() {
    let ([mut a, mut b], circle) = keyed_pair();
    for (number, kind) in (10_u8..).zip(RecordKind::all()) {
        if matches!(kind, RecordKind::Alert | RecordKind::AlertEntry) {
            continue;
        }
        let schema = Schema::of(kind);
        let document = DocumentId::new([number; 16]);
        let (_, bytes) = change(&b, &document, &schema);
        let plaintext = write_changes(&document, &schema.to_string(), vec![bytes]);
        let mut rng = b.rng.clone();
        write_raw_as(&mut b, &circle, Kind::Alert, plaintext, &mut rng);
        give_all(&b, &mut a, &circle);
        assert!(a.replica.take_reports().join("\n").contains("not its own"), "{kind}");
        assert!(a.replica.document(&(circle, document)).unwrap().is_none());
    }
    // What honest members write is not kept out by it, and who asks gets it all.
    assert_eq!(a.paths(&circle), names(["first"]));
    let mut c = Party::new(3);
    give_statements(&a, &mut c, &circle);
    give_log(&a, &mut c, &circle, &b.log(Lane::Alert));
    let held = |party: &Party| party.replica.position(&circle, &b.log(Lane::Alert)).tail;
    assert_eq!(held(&c), held(&a));
    assert!(a.replica.document(&(circle, DOCUMENT)).unwrap().is_some());
}
