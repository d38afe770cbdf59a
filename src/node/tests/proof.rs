//! What a document is does not follow from what a stranger says that it is.

use super::{
    cards,
    partners::{Partner, two},
    recorded, share_with,
};
use crate::{
    api::{
        Request,
        alert::{AlertRequest, NewAlert},
        statement::StatementRequest,
        verification::NewReview,
    },
    doc::{Actor, Document},
    model::{
        id::{CardId, CircleId, Incarnation, IncidentId},
        registry::{Record, RecordKind, Schema, Tier, Value},
    },
    node::{cards::card_document, requests::meta::facet_document},
    replica::{DocumentKey, DocumentWrite, Storage, Tree},
    view::DocumentRow,
};

const MORE: &str = "zz/scribble";

/// A row as it lies in the index; none if the document has none.
fn row(partner: &Partner, key: &DocumentKey) -> Option<DocumentRow> {
    let index_key = [key.0.as_bytes().as_slice(), key.1.as_bytes()].concat();
    let bytes = partner.node.replica.storage().get(Tree::Rows, &index_key).unwrap();
    bytes.map(|bytes| DocumentRow::from_bytes(&bytes).unwrap())
}

/// What a row says, without what everybody may add.
fn said(partner: &Partner, key: &DocumentKey) -> (IncidentId, Option<Tier>, Record) {
    let row = row(partner, key).unwrap_or_else(|| panic!("no row"));
    assert_eq!(row.origin, partner.node.org(), "nobody else's");
    let mut record = row.record.unpack();
    record.remove(MORE);
    (row.incident, row.tier, record)
}

fn incident(partner: &mut Partner) -> IncidentId {
    let set = [
        ("country", "CO"),
        ("date", "2024-05-03"),
        ("place/admin1", "Cauca"),
        ("acts/1/violation", "death_threat"),
        ("acts/1/victim", "1"),
        ("victims/1/name", "Rosalba Quenguan"),
        ("victims/1/pseudonym", "V-014"),
        ("sources/1/independent", "yes"),
        ("summary", "Threatened on the road."),
        ("counting_unit", "individual"),
        ("consent/basis", "informed_explicit"),
        ("consent/scopes/share_coalition_deid", "true"),
    ];
    recorded(&mut partner.node, &set)
}

fn share(partner: &mut Partner, incident: &IncidentId) {
    partner.ask(share_with(&incident.to_string(), "Alianza", "coalition")).unwrap();
}

/// One document of each proven kind, all of one organisation.
fn documents(vereda: &mut Partner, circle: CircleId) -> Vec<DocumentKey> {
    let incident = incident(vereda);
    share(vereda, &incident);
    let review = NewReview {
        incidents: vec![incident.to_string()],
        level: Some("v1".to_owned()),
        reason: "Checked".to_owned(),
        reviewer_code: "R-1".to_owned(),
        ..NewReview::default()
    };
    vereda.ask(Request::ReviewAdd { review: Box::new(review) }).unwrap();
    let made = vereda.card(cards::add("action", None, &[("title", "Ask for a hearing")])).unwrap();
    let item = StatementRequest::ItemAdd {
        card: made.row.card.to_string(),
        text: "Write the letter".to_owned(),
        assignee: None,
        due: None,
    };
    vereda.ask(Request::Statement(Box::new(item))).unwrap();
    let alert = NewAlert {
        level: "serious".to_owned(),
        what: "Armed men".to_owned(),
        country: "CO".to_owned(),
        admin1: Some("Cauca".to_owned()),
        who: "Rosalba".to_owned(),
        ..NewAlert::default()
    };
    vereda
        .ask(Request::Alert(AlertRequest::Raise { alert: Box::new(alert), dry_run: false }))
        .unwrap();
    let view = &vereda.node.view;
    let review = view.reviews_of(&incident).find(|(_, held)| held.circle == circle).unwrap();
    let item = view.board().find(|held| held.kind == RecordKind::Item).unwrap();
    let alerts = vereda.node.held_alerts();
    vec![
        (circle, facet_document(&incident, &circle)),
        (circle, review.1.document),
        (circle, card_document(&made.row.card, &circle)),
        (circle, item.document),
        (circle, alerts[0].document),
    ]
}

/// Begins each document once more, as another life of a device could: as of a newer version of a
/// schema, or builds on what is there.
fn say_otherwise(
    casa: &mut Partner,
    keys: &[DocumentKey],
    schema: &Schema,
    life: u8,
    set: &[&str],
) {
    casa.node.replica.set_incarnation(Incarnation::new([life; 16]));
    let (device, incarnation) = (casa.node.device(), Incarnation::new([life; 16]));
    let mut writes = Vec::new();
    for key in keys {
        let actor = Actor::of(&device, &incarnation, &key.1);
        let held = casa.node.replica.document(key).unwrap();
        let begins = set.is_empty();
        let mut edited = held.filter(|_| !begins).unwrap_or_else(|| Document::new(schema.clone()));
        let paths = if begins { &[MORE] } else { set };
        let change = edited.edit(&actor, |edit| {
            let value = Value::from("00112233445566778899aabbccddeeff");
            paths.iter().try_for_each(|path| edit.set(&path.parse().unwrap(), &value))
        });
        let changes = vec![change.unwrap().unwrap().bytes().to_vec()];
        writes.push(DocumentWrite { document: key.1, schema: schema.clone(), changes });
    }
    casa.node.replica.write(&keys[0].0, writes, &mut casa.node.rng).unwrap();
}

#[test]
fn a_stranger_says_of_no_document_what_it_is() {
    let (mut vereda, mut casa) = two();
    let circle = vereda.node.find_circle("Alianza").unwrap();
    let keys = documents(&mut vereda, circle);
    vereda.meet(&mut casa);
    let read = |vereda: &Partner| -> Vec<_> { keys.iter().map(|key| said(vereda, key)).collect() };
    let before = read(&vereda);
    let kinds: Vec<_> =
        before.iter().map(|(.., record)| record.schema().kind().unwrap().name()).collect();
    assert_eq!(kinds, ["incident", "review", "card_action", "item", "alert"]);
    let others = [
        "card_action",
        "item",
        "review",
        "incident",
        "alert",
        "alert_entry",
        "consent",
        "unheard_of",
    ];
    for (life, name) in (0_u8..).zip(others) {
        let schema: Schema = format!("{name}/{}", 90 + life).parse().unwrap();
        say_otherwise(&mut casa, &keys, &schema, 100 + life, &[]);
        vereda.meet(&mut casa);
        for (now, before) in read(&vereda).iter().zip(&before) {
            assert_eq!(now, before, "{name}");
        }
    }
    for key in &keys {
        let named = vereda.node.replica.document(key).unwrap().unwrap().schema();
        assert_eq!(named.to_string(), "unheard_of/97", "as all say");
    }
    // Who also writes over whose it is takes nothing away.
    let over = ["meta/incident", "meta/card", "meta/origin", "meta/nonce", "id"];
    say_otherwise(&mut casa, &keys, &"review/1".parse().unwrap(), 120, &over);
    vereda.meet(&mut casa);
    for ((now, tier, record), before) in read(&vereda).iter().zip(&before) {
        assert_eq!((*now, *tier, record.schema()), (before.0, before.1, before.2.schema()));
    }
    // Its author goes on writing in it, as what it is.
    let card = CardId::new(*before[2].0.as_bytes());
    vereda.card(cards::edit(&card, &[("title", "Ask for two")], &[])).unwrap();
    vereda.meet(&mut casa);
    assert_eq!(read(&vereda)[2].2.text("title"), Some("Ask for two"));
}

/// Nor does who knows an incident's number and is first in its place.
#[test]
fn nor_does_who_comes_before_its_author() {
    let (mut vereda, mut casa) = two();
    let circle = vereda.node.find_circle("Alianza").unwrap();
    let incident = incident(&mut vereda);
    let key = (circle, facet_document(&incident, &circle));
    say_otherwise(&mut casa, &[key], &"card_action/99".parse().unwrap(), 100, &[]);
    vereda.meet(&mut casa);
    assert!(row(&vereda, &key).is_none());
    share(&mut vereda, &incident);
    vereda.meet(&mut casa);
    let (of, tier, record) = said(&vereda, &key);
    assert_eq!((of, tier), (incident, Some(Tier::Coalition)));
    assert_eq!(record.schema(), &Schema::incident());
}
