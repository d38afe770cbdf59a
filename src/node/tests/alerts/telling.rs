//! Who is told of what, what is listed, and whose word is shown.

use std::time::Duration;

use super::{list, new, notices, raise, say, show, taking, update};
use crate::{
    api::{
        Answer, Request,
        alert::{AlertList, AlertRequest, AlertRow, NewAlert, NewEntry},
        notify::NotifyRequest,
    },
    model::{
        alert::id_of,
        registry::{Record, RecordKind, Schema},
    },
    node::{
        alerts::{MAX_RUNG_OF_ORG, Watch},
        clock,
        notice::Reason,
        tests::{
            cards::{add, edit, scribble},
            fields,
            partners::{Partner, two},
        },
    },
};

#[test]
fn what_nobody_reviewed_silences_nothing_new() {
    let (mut one, mut other) = two();
    for number in 0..MAX_RUNG_OF_ORG + 1 {
        let what = format!("Alerta {number}");
        raise(&mut one, NewAlert { expires_in: Some(1), ..new("serious", &what) });
    }
    std::thread::sleep(Duration::from_millis(2100));
    one.meet(&mut other);
    other.node.alert_watch = Watch::default();
    assert!(notices(&mut other).iter().all(|it| it.reason == Reason::Expired));
    let id = raise(&mut one, new("serious", "De verdad")).row.id;
    one.meet(&mut other);
    let told = notices(&mut other);
    assert_eq!(
        told.iter().map(|it| (it.reason, &it.alert)).collect::<Vec<_>>(),
        [(Reason::New, &id)]
    );
    assert!(list(&mut other, false).alerts.iter().any(|row| row.id == id));
}

#[test]
fn what_is_open_again_rings_before_any_step() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, new("serious", "Amenaza")).row.id;
    one.meet(&mut other);
    assert_eq!((notices(&mut one).len(), notices(&mut other).len()), (1, 1), "also after a start");
    let reasons = |partner: &mut Partner| -> Vec<Reason> {
        notices(partner).iter().map(|it| it.reason).collect()
    };
    // Taken and given up.
    for stance in ["taking", "cannot"] {
        let entry = NewEntry::Acknowledgement { stance: stance.to_owned(), text: None };
        say(&mut other, &id, entry).unwrap();
        one.meet(&mut other);
        let expected = if stance == "taking" { vec![] } else { vec![Reason::Reopened] };
        assert_eq!(reasons(&mut one), expected, "{stance}");
    }
    // Over, and not over.
    let (outcome, check_in) = ("safe".to_owned(), "llamada".to_owned());
    say(&mut one, &id, NewEntry::StandDown { outcome, check_in, text: None }).unwrap();
    one.meet(&mut other);
    notices(&mut other);
    assert_eq!(show(&mut other, &id).unwrap().row.state, "stood_down");
    say(&mut one, &id, update(None, "Volvieron")).unwrap();
    one.meet(&mut other);
    assert_eq!(show(&mut other, &id).unwrap().row.state, "open");
    assert_eq!(reasons(&mut other), [Reason::Reopened]);
}

#[test]
fn what_is_open_again_and_again_rings_at_a_pace() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, new("serious", "Amenaza")).row.id;
    one.meet(&mut other);
    assert_eq!(notices(&mut other).len(), 1);
    let mut rings = 0;
    for _turn in 0..MAX_RUNG_OF_ORG + 4 {
        for stance in ["taking", "cannot"] {
            let entry = NewEntry::Acknowledgement { stance: stance.to_owned(), text: None };
            let by = Some("m2".to_owned());
            let order = AlertRequest::Say { alert: id.clone(), by, entry };
            one.ask(Request::Alert(order)).unwrap();
            one.meet(&mut other);
            rings += notices(&mut other).len();
        }
    }
    assert_eq!(rings, MAX_RUNG_OF_ORG + 1, "one by one, then as a flood");
    // What was held back is told at its turn, once.
    for (minutes, expected) in [(14, 0), (15, 1), (40, 0)] {
        let mut watch = std::mem::take(&mut other.node.alert_watch);
        let uptime = clock::uptime().saturating_add(Duration::from_secs(minutes * 60));
        other.node.look_at_alerts(&mut watch, clock::now(), uptime);
        other.node.alert_watch = watch;
        assert_eq!(other.node.alert_notices.take().len(), expected, "{minutes}");
    }
    // What is new, and what is worse than it was, rings at once.
    let newer = raise(&mut one, new("serious", "Otra")).row.id;
    one.meet(&mut other);
    let told = |partner: &mut Partner| -> Vec<(Reason, String)> {
        notices(partner).into_iter().map(|it| (it.reason, it.alert)).collect()
    };
    assert_eq!(told(&mut other), [(Reason::New, newer)]);
    say(&mut one, &id, update(Some("life_imminent"), "Entraron")).unwrap();
    one.meet(&mut other);
    assert_eq!(told(&mut other), [(Reason::Worse, id)]);
}

#[test]
fn a_list_judges_nothing_anew_and_says_the_same() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, new("serious", "Amenaza")).row.id;
    let timed = NewAlert { escalate_after: Some([1, 3600, 3600]), ..new("elevated", "Otra") };
    let late = raise(&mut one, timed).row.id;
    raise(&mut other, new("watch", "Rumores"));
    one.meet(&mut other);
    say(&mut other, &id, taking("Vamos")).unwrap();
    say(&mut other, &id, update(None, "En camino")).unwrap();
    one.meet(&mut other);
    std::thread::sleep(Duration::from_millis(1100));
    let first = list(&mut one, true);
    let judged = one.node.alert_watch.judged();
    // What is overdue is so for longer, without a look.
    std::thread::sleep(Duration::from_millis(1100));
    let second = list(&mut one, true);
    let Answer::Status(status) = one.ask(Request::Status).unwrap() else { panic!() };
    assert_eq!(one.node.alert_watch.judged(), judged);
    assert!(status.waiting.iter().any(|it| it.starts_with("alerts that wait for an answer: 2")));
    let overdue = |list: &AlertList| list.alerts.iter().find(|row| row.id == late).unwrap().overdue;
    assert!(overdue(&first) < overdue(&second) && overdue(&first).is_some());
    for row in list(&mut one, true).alerts {
        let shown = show(&mut one, &row.id).unwrap().row;
        let same = |row: &AlertRow| AlertRow { overdue: None, ..row.clone() };
        assert_eq!(same(&row), same(&shown));
    }
}

#[test]
fn who_waits_is_told_that_nothing_is_set_to_tell_people() {
    let (mut one, mut other) = two();
    let unset = |partner: &mut Partner| {
        let Answer::Status(status) = partner.ask(Request::Status).unwrap() else { panic!() };
        status.waiting.iter().any(|it| it.contains("nothing is set to tell people"))
    };
    assert!(!unset(&mut other), "nothing waits");
    raise(&mut one, new("serious", "Amenaza"));
    one.meet(&mut other);
    assert!(unset(&mut other) && unset(&mut one));
    let set = Request::Notify(NotifyRequest::Desktop { on: true });
    other.ask(set).unwrap();
    assert!(!unset(&mut other));
}

#[test]
fn what_a_stranger_to_the_alert_names_keeps_nobody_from_speaking() {
    let (mut one, mut other) = two();
    let raised = raise(&mut one, new("serious", "Amenaza")).row;
    let victim = fields(&[
        ("acts/1/violation", "death_threat"),
        ("victims/1/name", "Rosalba Quenguan"),
        ("country", "CO"),
        ("date", "2024-05-03"),
        ("summary", "Threatened on the road."),
        ("counting_unit", "individual"),
        ("consent/basis", "informed_explicit"),
    ]);
    let added = one.ask(Request::IncidentAdd { fields: victim }).unwrap();
    let Answer::Incident(incident) = added else { panic!() };
    let stranger = (other.node.org(), other.node.device());
    let named = |number: i64, fields: &[(&str, &str)], one: &Partner| {
        let mut record = Record::new(Schema::of(RecordKind::AlertEntry));
        let (raiser, sent) = (one.node.org().to_string(), raised.sent.clone());
        let same = [
            ("alert", raised.id.clone()),
            ("raiser", raiser),
            ("sent", sent),
            ("by", "x1".to_owned()),
            ("at", "2026-01-01".to_owned()),
        ];
        for (path, text) in same {
            record.set(path.parse().unwrap(), text.as_str()).unwrap();
        }
        for (path, text) in fields {
            record.set(path.parse().unwrap(), *text).unwrap();
        }
        record.set("number".parse().unwrap(), number).unwrap();
        let id = id_of(&stranger.0, &stranger.1, &record);
        record.set("id".parse().unwrap(), id).unwrap();
        record
    };
    let id = incident.row.id.to_string();
    let update_of_stranger = named(7, &[("kind", "update"), ("incident", &id)], &one);
    other.node.copy_beside(&raised.circle, vec![update_of_stranger]).unwrap();
    other.node.settle();
    one.meet(&mut other);
    assert_eq!(show(&mut one, &raised.id).unwrap().entries.len(), 1);
    let speaks = update(None, "Rosalba Quenguan");
    say(&mut one, &raised.id, speaks.clone()).unwrap();
    // Who takes it is heard.
    say(&mut other, &raised.id, taking("Vamos")).unwrap();
    one.meet(&mut other);
    let refused = say(&mut one, &raised.id, speaks).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("alert-names"));
}

#[test]
fn a_number_that_another_wrote_is_marked_though_its_owner_wrote_later() {
    let (mut one, mut other) = two();
    let fields = [("title", "Línea"), ("provider", "Nuestra"), ("hours", "24/7")];
    let card = one.card(add("alert_element", Some("Alianza"), &fields)).unwrap().row.card;
    let timed = NewAlert { escalate_after: Some([1, 1, 1]), ..new("serious", "Amenaza") };
    let alert = raise(&mut one, timed).row;
    one.meet(&mut other);
    scribble(&mut other, &alert.circle, &card, &[("provider", "Falsa")]);
    one.meet(&mut other);
    // Both change another field at once; then its owner edits what nobody asked about.
    one.card(edit(&card, &[("eligibility", "todas")], &[])).unwrap();
    scribble(&mut other, &alert.circle, &card, &[("eligibility", "nadie")]);
    one.meet(&mut other);
    one.card(edit(&card, &[("hours", "8-18")], &[])).unwrap();
    one.meet(&mut other);
    std::thread::sleep(Duration::from_millis(2100));
    let [here, there] = [&mut one, &mut other].map(|it| show(it, &alert.id).unwrap().referrals);
    assert_eq!(here, there, "in whichever order it came");
    let found = &here[0];
    assert_eq!(found.others.get("provider"), Some(&Some("Casa".to_owned())));
    assert!(!found.others.contains_key("hours") && !found.others.contains_key("title"));
    let eligible = found.fields.get("eligibility").unwrap();
    assert_eq!(found.others.contains_key("eligibility"), eligible == "nadie");
}
