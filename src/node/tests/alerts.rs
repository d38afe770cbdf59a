//! Alerts between organisations: copied ids, levels that rise, floods, texts, outside help.

mod telling;

use std::time::Duration;

use super::{
    cards::{add, edit},
    fields,
    partners::{Partner, two},
};
use crate::{
    api::{
        Answer, ApiError, Request,
        alert::{AlertDetail, AlertList, AlertRequest, NewAlert, NewEntry},
        cap::{CapExport, CapRequest},
    },
    model::id::CircleId,
    node::{
        alerts::{MAX_RUNG_OF_ORG, Watch},
        notice::{Notice, Reason},
    },
};

fn alert(partner: &mut Partner, request: AlertRequest) -> Result<AlertDetail, ApiError> {
    match partner.ask(Request::Alert(request))? {
        Answer::Alert(detail) => Ok(*detail),
        other => panic!("{other:?}"),
    }
}

fn new(level: &str, what: &str) -> NewAlert {
    NewAlert {
        circle: Some("Alianza".to_owned()),
        level: level.to_owned(),
        what: what.to_owned(),
        country: "CO".to_owned(),
        who: "collective".to_owned(),
        ..NewAlert::default()
    }
}

fn raise(partner: &mut Partner, new: NewAlert) -> AlertDetail {
    alert(partner, AlertRequest::Raise { alert: Box::new(new), dry_run: false }).unwrap()
}

fn show(partner: &mut Partner, id: &str) -> Result<AlertDetail, ApiError> {
    alert(partner, AlertRequest::Show { alert: id.to_owned(), silent: true })
}

fn say(partner: &mut Partner, id: &str, entry: NewEntry) -> Result<AlertDetail, ApiError> {
    alert(partner, AlertRequest::Say { alert: id.to_owned(), by: None, entry })
}

fn taking(text: &str) -> NewEntry {
    NewEntry::Acknowledgement { stance: "taking".to_owned(), text: Some(text.to_owned()) }
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

fn list(partner: &mut Partner, all: bool) -> AlertList {
    let list = AlertRequest::List { circle: None, all, drills: false };
    let Answer::Alerts(list) = partner.ask(Request::Alert(list)).unwrap() else { panic!() };
    list
}

fn notices(partner: &mut Partner) -> Vec<Notice> {
    partner.node.watch_alerts();
    partner.node.alert_notices.take()
}

/// What was said to an alert, by the name of its circle: only texts.
fn texts(partner: &Partner, circle: &CircleId) -> Vec<String> {
    let held = partner.node.held_alerts().into_iter().filter(|held| held.circle == *circle);
    let said = held.flat_map(|held| held.said.into_values().collect::<Vec<_>>());
    said.filter_map(|record| record.text("text").map(str::to_owned)).collect()
}

#[test]
fn a_copied_id_never_takes_over_and_answers_go_to_who_was_meant() {
    let (mut one, mut other) = two();
    let second = one.found("Otra");
    one.admit("Otra", &mut other);
    let first = raise(&mut one, new("serious", "Amenaza"));
    let (id, first) = (first.row.id, first.row.circle);
    // Its author tells both coalitions of it.
    let copy = one.node.held_alerts().remove(0).record;
    one.node.copy_beside(&second, vec![copy.clone()]).unwrap();
    one.node.settle();
    one.meet(&mut other);
    say(&mut other, &id, taking("Vamos")).unwrap();
    assert_eq!((texts(&other, &first).len(), texts(&other, &second).len()), (1, 1));

    // The partner writes its own under that id, another one and the very same: neither is any.
    let mut forged = copy.clone();
    forged.set("what".parse().unwrap(), "Nada, todo bien").unwrap();
    other.node.copy_beside(&second, vec![forged]).unwrap();
    other.node.copy_beside(&first, vec![copy]).unwrap();
    other.node.settle();
    one.meet(&mut other);
    for partner in [&mut one, &mut other] {
        let shown = show(partner, &id).unwrap();
        assert_eq!((shown.row.what.as_str(), shown.entries.len()), ("Amenaza", 1));
        assert_eq!(list(partner, true).alerts.len(), 2);
    }
}

#[test]
fn an_alert_that_gets_worse_rings_also_those_who_had_taken_it() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, new("watch", "Rumores")).row.id;
    one.meet(&mut other);
    let told = notices(&mut other);
    assert_eq!(told.iter().map(|it| it.reason).collect::<Vec<_>>(), [Reason::New]);
    say(&mut other, &id, taking("La vemos")).unwrap();
    one.meet(&mut other);
    assert!(notices(&mut other).is_empty() && notices(&mut one).is_empty());
    say(&mut one, &id, update(None, "Nada nuevo")).unwrap();
    one.meet(&mut other);
    assert!(notices(&mut other).is_empty(), "what rings nobody waits for nobody");
    let judged = other.node.alert_watch.judged();
    raise(&mut one, new("watch", "Otra cosa"));
    say(&mut one, &id, update(Some("life_imminent"), "Están en la puerta")).unwrap();
    one.meet(&mut other);
    let mut told = notices(&mut other);
    told.sort_by_key(|it| it.reason);
    assert_eq!(told.iter().map(|it| it.reason).collect::<Vec<_>>(), [Reason::New, Reason::Worse]);
    assert!(told.iter().all(Notice::rings));
    assert_eq!(other.node.alert_watch.judged(), judged + 2, "only what changed is judged");
    other.node.alert_watch.stale = true;
    assert!(notices(&mut other).is_empty());
    assert_eq!(other.node.alert_watch.judged(), judged + 2);
    // Who comes back hears it, though it answered when it was calm.
    other.node.alert_watch = Watch::default();
    assert!(notices(&mut other).iter().any(|it| it.reason == Reason::Worse && it.alert == id));
    let shown = list(&mut other, false).alerts;
    let row = shown.iter().find(|row| row.id == id).unwrap();
    assert_eq!((row.updates, row.news.as_deref()), (2, Some("Están en la puerta")));
}

#[test]
fn a_flood_of_one_organisation_is_folded() {
    let (mut one, mut other) = two();
    let most = MAX_RUNG_OF_ORG;
    for number in 0..most + 3 {
        raise(&mut one, new("elevated", &format!("Alerta {number}")));
    }
    one.meet(&mut other);
    assert_eq!(notices(&mut other).len(), most + 1, "the flood rings once, for all of it");
    let shown = list(&mut other, false);
    assert_eq!((shown.alerts.len(), shown.folded[0].alerts), (most, 3));
    assert_eq!(list(&mut other, true).alerts.len(), most + 3);
    // What is more severe is not hidden by it, nor what others raise.
    let severe = raise(&mut one, new("life_imminent", "De verdad")).row.id;
    one.meet(&mut other);
    assert_eq!(notices(&mut other).first().map(|it| it.alert.clone()), Some(severe.clone()));
    assert_eq!(list(&mut other, false).alerts[0].id, severe);
}

#[test]
fn texts_are_held_against_every_incident_that_was_named() {
    let (mut one, _other) = two();
    let id = raise(&mut one, new("serious", "Amenaza")).row.id;
    let act = ("acts/1/violation", "death_threat");
    let name = fields(&[act, ("victims/1/name", "Rosalba Quenguan")]);
    alert(&mut one, AlertRequest::Incident { alert: id.clone(), by: None, fields: name }).unwrap();
    // Another incident is named later: the first still counts.
    let other = fields(&[act, ("victims/1/name", "Eulalia Tunubala")]);
    alert(&mut one, AlertRequest::Incident { alert: id.clone(), by: None, fields: other }).unwrap();
    for name in ["Rosalba Quenguan", "Eulalia Tunubala"] {
        let said = say(&mut one, &id, update(None, &format!("{name} está a salvo")));
        assert_eq!(said.unwrap_err().code.as_deref(), Some("alert-names"), "{name}");
    }
    say(&mut one, &id, update(None, "La persona está a salvo")).unwrap();
}

#[test]
fn outside_help_says_whose_word_it_is_and_stays_in_its_coalition() {
    let (mut one, mut other) = two();
    one.found("Otra");
    let element = |circle: &str, title: &str| {
        add("alert_element", Some(circle), &[("title", title), ("hours", "24/7")])
    };
    one.card(element("Otra", "De otra coalición")).unwrap();
    let mut altered = None;
    for number in 0..12 {
        let card = other.card(element("Alianza", &format!("AAA {number}"))).unwrap();
        altered = altered.or(Some(card.row.card));
    }
    one.card(element("Alianza", "Línea propia")).unwrap();
    one.meet(&mut other);
    // A partner writes into the first of the other's.
    one.card(edit(&altered.unwrap(), &[("hours", "nunca")], &[])).unwrap();
    let timed = NewAlert { escalate_after: Some([1, 1, 1]), ..new("serious", "Amenaza") };
    let id = raise(&mut one, timed).row.id;
    std::thread::sleep(Duration::from_millis(2100));
    let found = show(&mut one, &id).unwrap().referrals;
    assert_eq!((found[0].title.as_str(), found[0].owner.as_str()), ("Línea propia", "Vereda"));
    assert!(found.iter().all(|it| it.title != "De otra coalición"));
    let of_other = found.iter().filter(|it| it.owner == "Casa" && it.others.is_empty());
    assert_eq!(of_other.count(), 10, "nobody pushes the others out");
    let last = found.last().unwrap();
    assert_eq!(last.owner, "Casa");
    assert_eq!(last.others, [("hours".to_owned(), Some("Vereda".to_owned()))].into());
}

#[test]
fn who_alone_is_named_for_later_is_called_at_once() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, NewAlert { then: vec!["Casa".to_owned()], ..new("watch", "x") });
    let export = CapExport { alert: id.row.id, ..CapExport::default() };
    let Answer::CapMessage(message) =
        one.ask(Request::Cap(CapRequest::Export(export.clone()))).unwrap()
    else {
        panic!()
    };
    assert!(message.xml.contains(&other.node.org().to_string()), "{}", message.xml);
    let called = raise(&mut other, new("serious", "y")).row.id;
    let export = CapExport { alert: called, ..export };
    let Answer::CapMessage(message) = other.ask(Request::Cap(CapRequest::Export(export))).unwrap()
    else {
        panic!()
    };
    assert!(message.xml.contains(&one.node.org().to_string()), "{}", message.xml);
}
