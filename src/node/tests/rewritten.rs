//! Alerts whose author wrote in them again.

use super::partners::{Partner, two};
use crate::{
    api::{
        Answer, Request,
        alert::{AlertDetail, AlertRequest, NewAlert, NewEntry},
    },
    doc::{Actor, Document, Edit, EditError},
    model::{
        id::CircleId,
        registry::{RecordKind, Schema, Value},
    },
    node::{beside::beside_document, home},
    replica::DocumentWrite,
};

fn alert(partner: &mut Partner, request: AlertRequest) -> AlertDetail {
    let Answer::Alert(alert) = partner.ask(Request::Alert(request)).unwrap() else { panic!() };
    *alert
}

fn show(partner: &mut Partner, id: &str) -> AlertDetail {
    alert(partner, AlertRequest::Show { alert: id.to_owned(), silent: true })
}

/// Begins a record's document again, in another life of the device, as another program on a seized
/// one could. What builds on the first beginning is refused in the lane of alerts anyway.
fn write_again(
    partner: &mut Partner,
    circle: &CircleId,
    id: &str,
    kind: RecordKind,
    fields: &[(&str, &str)],
) {
    let document = beside_document(circle, &partner.node.org(), id);
    let incarnation = home::new_incarnation(&mut partner.node.rng);
    partner.node.replica.set_incarnation(incarnation);
    let schema = Schema::of(kind);
    let actor = Actor::of(&partner.node.device(), &incarnation, &document);
    let write = |edit: &mut Edit<'_>| -> Result<(), EditError> {
        fields
            .iter()
            .try_for_each(|(path, text)| edit.set(&path.parse().unwrap(), &Value::from(*text)))
    };
    let change = Document::new(schema.clone()).edit(&actor, write).unwrap().unwrap();
    let write = DocumentWrite { document, schema, changes: vec![change.bytes().to_vec()] };
    let node = &mut partner.node;
    node.replica.write(circle, vec![write], &mut node.rng).unwrap();
    node.settle();
}

#[test]
fn what_is_written_in_again_does_not_vanish() {
    let (mut vereda, mut casa) = two();
    let new = NewAlert {
        level: "serious".to_owned(),
        what: "Armed men on the road".to_owned(),
        country: "CO".to_owned(),
        who: "collective".to_owned(),
        by: Some("v1".to_owned()),
        ..NewAlert::default()
    };
    let raised = alert(&mut vereda, AlertRequest::Raise { alert: Box::new(new), dry_run: false });
    let (id, circle) = (raised.row.id, raised.row.circle);
    let worse = NewEntry::Update {
        text: None,
        level: Some("life_imminent".to_owned()),
        expires_in: None,
        place: None,
        incident: None,
    };
    let say = |entry| AlertRequest::Say { alert: id.clone(), by: Some("v1".to_owned()), entry };
    let update = alert(&mut vereda, say(worse)).entries[0].id.clone();
    vereda.meet(&mut casa);
    assert_eq!(show(&mut casa, &id).row.level, "life_imminent");
    write_again(&mut vereda, &circle, &id, RecordKind::Alert, &[("level", "watch")]);
    let entry = RecordKind::AlertEntry;
    write_again(&mut vereda, &circle, &update, entry, &[("kind", "seen"), ("level", "watch")]);
    vereda.meet(&mut casa);
    let shown = show(&mut casa, &id);
    assert!(shown.row.rewritten);
    assert_eq!((shown.row.level.as_str(), shown.row.state.as_str()), ("life_imminent", "open"));
    assert_eq!(shown.entries[0].waits.as_deref(), Some("rewritten"));
    // A closing that is written in again closes nothing.
    let safe =
        NewEntry::StandDown { outcome: "safe".to_owned(), check_in: "call".to_owned(), text: None };
    let closing = alert(&mut vereda, say(safe)).entries[1].id.clone();
    write_again(&mut vereda, &circle, &closing, entry, &[("outcome", "false_alarm")]);
    vereda.meet(&mut casa);
    assert_eq!(show(&mut casa, &id).entries.len(), 1);
}
