//! Alerts in whose documents somebody wrote again: one seized device of who raised them, or a
//! stranger.

use std::{collections::BTreeMap, time::Duration};

use super::partners::{Partner, two};
use crate::{
    api::{
        Answer, Request,
        alert::{AlertDetail, AlertRequest, NewAlert, NewEntry},
    },
    doc::{Actor, Document, Edit, EditError},
    model::{
        alert::id_of,
        id::{CircleId, DocumentId, OrgId},
        registry::{Record, RecordKind, Schema, Value},
        time::Timestamp,
    },
    node::{beside::beside_document, clock, home},
    replica::DocumentWrite,
};

fn alert(partner: &mut Partner, request: AlertRequest) -> AlertDetail {
    let Answer::Alert(alert) = partner.ask(Request::Alert(request)).unwrap() else { panic!() };
    *alert
}

fn show(partner: &mut Partner, id: &str) -> AlertDetail {
    alert(partner, AlertRequest::Show { alert: id.to_owned(), silent: true })
}

fn say(partner: &mut Partner, id: &str, entry: NewEntry) -> AlertDetail {
    let (alert_id, by) = (id.to_owned(), Some("v1".to_owned()));
    alert(partner, AlertRequest::Say { alert: alert_id, by, entry })
}

fn new() -> NewAlert {
    NewAlert {
        level: "serious".to_owned(),
        what: "Armed men on the road".to_owned(),
        country: "CO".to_owned(),
        who: "collective".to_owned(),
        by: Some("v1".to_owned()),
        ..NewAlert::default()
    }
}

fn raise(partner: &mut Partner, new: NewAlert) -> AlertDetail {
    alert(partner, AlertRequest::Raise { alert: Box::new(new), dry_run: false })
}

fn update(level: Option<&str>, text: &str) -> NewEntry {
    NewEntry::Update {
        text: Some(text.to_owned()),
        level: level.map(str::to_owned),
        expires_in: None,
        place: None,
        incident: None,
    }
}

type Fields = BTreeMap<String, Value>;

fn fields(of: &[(&str, Value)]) -> Fields {
    of.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect()
}

fn with(fields: &Fields, more: &[(&str, Value)]) -> Fields {
    let more = more.iter().map(|(path, value)| ((*path).to_owned(), value.clone()));
    fields.clone().into_iter().chain(more).collect()
}

/// Begins a document again, in another life of the device, as another program on a seized one could.
/// What builds on the first beginning is refused in the lane of alerts anyway.
fn begin(
    partner: &mut Partner,
    circle: &CircleId,
    document: DocumentId,
    kind: RecordKind,
    fields: &Fields,
) {
    let incarnation = home::new_incarnation(&mut partner.node.rng);
    partner.node.replica.set_incarnation(incarnation);
    let schema = Schema::of(kind);
    let actor = Actor::of(&partner.node.device(), &incarnation, &document);
    let write = |edit: &mut Edit<'_>| -> Result<(), EditError> {
        fields.iter().try_for_each(|(path, value)| edit.set(&path.parse().unwrap(), value))
    };
    let change = Document::new(schema.clone()).edit(&actor, write).unwrap().unwrap();
    let write = DocumentWrite { document, schema, changes: vec![change.bytes().to_vec()] };
    let node = &mut partner.node;
    node.replica.write(circle, vec![write], &mut node.rng).unwrap();
    node.settle();
}

/// Writes a record under the id that it has to have, as the rules ask for.
fn write(partner: &mut Partner, circle: &CircleId, kind: RecordKind, fields: &Fields) {
    let (org, device) = (partner.node.org(), partner.node.device());
    let mut record = Record::new(Schema::of(kind));
    for (path, value) in fields {
        record.set(path.parse().unwrap(), value.clone()).unwrap();
    }
    let id = id_of(&org, &device, &record);
    record.set("id".parse().unwrap(), id).unwrap();
    partner.node.copy_beside(circle, vec![record]).unwrap();
    partner.node.settle();
}

/// Valid fields of an alert, and of an update to one.
fn valid(raiser: &OrgId, id: &str) -> [Fields; 2] {
    let sent = Timestamp::from_millis(clock::now().as_millis() / 1000 * 1000).to_string();
    let common = fields(&[
        ("number", 1.into()),
        ("sent", sent.into()),
        ("by", "v1".into()),
        ("at", "2026-11-23".into()),
    ]);
    let alert = with(
        &common,
        &[
            ("level", "life_imminent".into()),
            ("what", "Nothing at all".into()),
            ("country", "CO".into()),
            ("who", "nobody".into()),
            ("where", "elsewhere".into()),
        ],
    );
    let entry = with(
        &common,
        &[
            ("alert", id.into()),
            ("raiser", raiser.to_string().into()),
            ("kind", "update".into()),
            ("level", "life_imminent".into()),
        ],
    );
    [alert, entry]
}

/// Every way in which one device of the raiser could want a document of its organisation to be read.
fn rewritings(raiser: &OrgId, id: &str) -> Vec<(RecordKind, Fields)> {
    let [alert, entry] = valid(raiser, id);
    let of_alert = [
        vec![],
        vec![("level", "watch".into())],
        vec![("drill", true.into())],
        vec![("sent", "2000-01-01T00:00:00Z".into())],
        vec![("groups/g0/org", raiser.to_string().into())],
        vec![
            ("escalate/first", 1.into()),
            ("escalate/second", 10_800.into()),
            ("escalate/third", 28_800.into()),
        ],
        vec![("number", 2.into())],
    ];
    let of_entry = [
        vec![],
        vec![("alert", "00000000000000000000000000000001".into())],
        vec![("raiser", OrgId::new([7; 32]).to_string().into())],
        vec![("kind", "seen".into())],
        vec![("kind", "acknowledgement".into()), ("stance", "cannot".into())],
        vec![("number", 10_000_000_000_i64.into())],
    ];
    let alerts = of_alert.iter().map(|more| (RecordKind::Alert, with(&alert, more)));
    let entries = of_entry.iter().map(|more| (RecordKind::AlertEntry, with(&entry, more)));
    alerts.chain(entries).collect()
}

/// What must not become less of an alert.
#[derive(Debug, PartialEq)]
struct Shown {
    what: String,
    level: String,
    state: String,
    drill: bool,
    step: u8,
    expires: String,
    for_us: bool,
    called: Vec<OrgId>,
    said: Vec<(String, String, Option<String>)>,
    taking: Vec<String>,
}

fn shown(partner: &mut Partner, id: &str) -> Shown {
    let list = AlertRequest::List { circle: None, all: false, drills: false };
    let Answer::Alerts(list) = partner.ask(Request::Alert(list)).unwrap() else { panic!() };
    assert!(list.alerts.iter().any(|row| row.id == id), "not in the list");
    let AlertDetail { row, recipients, entries, .. } = show(partner, id);
    Shown {
        what: row.what,
        level: row.level,
        state: row.state,
        drill: row.drill,
        step: row.step,
        expires: row.expires,
        for_us: row.for_us,
        called: recipients.into_iter().filter(|it| it.called).map(|it| it.org).collect(),
        said: entries.into_iter().map(|it| (it.id, it.kind, it.text)).collect(),
        taking: row.taking,
    }
}

#[test]
fn whatever_one_device_writes_again_an_alert_says_what_it_said() {
    let (mut vereda, mut casa) = two();
    let raised = raise(&mut vereda, new());
    let (id, circle, raiser) = (raised.row.id, raised.row.circle, raised.row.org);
    let worse = say(&mut vereda, &id, update(Some("life_imminent"), "They are inside"));
    let news = worse.entries[0].id.clone();
    let cannot = NewEntry::Acknowledgement { stance: "cannot".to_owned(), text: None };
    let said = say(&mut vereda, &id, cannot).entries;
    let cannot = said.iter().find(|it| it.kind == "acknowledgement").unwrap().id.clone();
    vereda.meet(&mut casa);
    let before = [shown(&mut vereda, &id), shown(&mut casa, &id)];
    assert_eq!((before[1].level.as_str(), before[1].state.as_str()), ("life_imminent", "open"));
    assert_eq!(before[1].called, [casa.node.org()]);
    for document in [&id, &news, &cannot] {
        let key = beside_document(&circle, &raiser, document);
        for (kind, fields) in rewritings(&raiser, &id) {
            let fields = with(&fields, &[("id", document.as_str().into())]);
            begin(&mut vereda, &circle, key, kind, &fields);
        }
        vereda.meet(&mut casa);
        let after = [shown(&mut vereda, &id), shown(&mut casa, &id)];
        assert_eq!(after, before, "{document}");
    }
    let detail = show(&mut casa, &id);
    assert!(detail.row.rewritten, "it is told");
    assert!(detail.entries.iter().all(|it| it.waits.as_deref() == Some("rewritten")));
    // What was read anew after a restart is the same.
    casa.node.alert_watch = crate::node::alerts::Watch::default();
    casa.node.watch_alerts();
    assert_eq!(shown(&mut casa, &id), before[1]);
}

#[test]
fn a_taking_and_a_closing_stand_though_they_are_written_in_again() {
    let (mut vereda, mut casa) = two();
    let raised = raise(&mut vereda, new());
    let (id, circle) = (raised.row.id, raised.row.circle);
    vereda.meet(&mut casa);
    let taking = NewEntry::Acknowledgement { stance: "taking".to_owned(), text: None };
    let taken = say(&mut casa, &id, taking).entries[0].id.clone();
    let (raiser, responder) = (vereda.node.org(), casa.node.org());
    for (kind, fields) in rewritings(&raiser, &id) {
        let key = beside_document(&circle, &responder, &taken);
        begin(&mut casa, &circle, key, kind, &with(&fields, &[("id", taken.as_str().into())]));
    }
    vereda.meet(&mut casa);
    assert_eq!(show(&mut vereda, &id).row.state, "acknowledged");
    let safe =
        NewEntry::StandDown { outcome: "safe".to_owned(), check_in: "call".to_owned(), text: None };
    let closing = say(&mut vereda, &id, safe).entries[1].id.clone();
    let key = beside_document(&circle, &raiser, &closing);
    let other = fields(&[("id", closing.into()), ("outcome", "false_alarm".into())]);
    begin(&mut vereda, &circle, key, RecordKind::AlertEntry, &other);
    vereda.meet(&mut casa);
    assert_eq!(show(&mut casa, &id).row.state, "stood_down");
}

#[test]
fn a_stranger_who_scribbles_changes_nobodys_device() {
    let (mut vereda, mut casa) = two();
    let raised = raise(&mut vereda, new());
    let (id, circle) = (raised.row.id, raised.row.circle);
    let said = say(&mut vereda, &id, update(None, "They left")).entries[0].id.clone();
    vereda.meet(&mut casa);
    let key = beside_document(&circle, &vereda.node.org(), &said);
    let [_, rubbish] = valid(&vereda.node.org(), &id);
    begin(&mut casa, &circle, key, RecordKind::AlertEntry, &rubbish);
    vereda.meet(&mut casa);
    let device = vereda.node.device();
    for partner in [&vereda, &casa] {
        let held = partner.node.held_alerts();
        assert_eq!(held[0].entries[0].device, Some(device));
        assert!(!held[0].entries[0].rewritten);
    }
}

#[test]
fn a_clock_that_is_behind_what_is_held_raises_nothing_unasked() {
    let (mut vereda, _casa) = two();
    let raised = raise(&mut vereda, new());
    let later = clock::now().saturating_add(Duration::from_secs(7 * 3600));
    let later = Timestamp::from_millis(later.as_millis() / 1000 * 1000).to_string();
    let [_, entry] = valid(&vereda.node.org(), &raised.row.id);
    let entry = with(&entry, &[("sent", later.into())]);
    write(&mut vereda, &raised.row.circle, RecordKind::AlertEntry, &entry);
    assert_eq!(show(&mut vereda, &raised.row.id).entries.len(), 1, "it is one that counts");
    let request = |anyway| {
        let alert = Box::new(NewAlert { anyway, ..new() });
        Request::Alert(AlertRequest::Raise { alert, dry_run: false })
    };
    let refused = vereda.ask(request(false)).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("alert-clock-doubtful"));
    assert!(vereda.ask(request(true)).is_ok());
}
