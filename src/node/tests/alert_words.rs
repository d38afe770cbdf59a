//! What is said to an alert between organisations: giving it up, closing it, and whose word is which.

use super::partners::{Partner, two};
use crate::{
    api::{
        Answer, ApiError, ErrorKind, Request,
        alert::{AlertDetail, AlertRequest, ENTRY_DIGITS, NewAlert, NewEntry},
        cap::{CapExport, CapMessage, CapRequest, CapScope},
    },
    model::{
        alert::{EntryHash, MAX_ENTRIES_OF_DEVICE, id_of},
        registry::Record,
    },
};

fn alert(partner: &mut Partner, request: AlertRequest) -> Result<AlertDetail, ApiError> {
    match partner.ask(Request::Alert(request))? {
        Answer::Alert(detail) => Ok(*detail),
        other => panic!("{other:?}"),
    }
}

fn new(level: &str) -> NewAlert {
    NewAlert {
        circle: Some("Alianza".to_owned()),
        level: level.to_owned(),
        what: "Hombres armados".to_owned(),
        country: "CO".to_owned(),
        place: Some("Toribío".to_owned()),
        who: "collective".to_owned(),
        by: Some("v1".to_owned()),
        ..NewAlert::default()
    }
}

fn raise(partner: &mut Partner, level: &str) -> String {
    let alert_of = AlertRequest::Raise { alert: Box::new(new(level)), dry_run: false };
    alert(partner, alert_of).unwrap().row.id
}

fn show(partner: &mut Partner, id: &str) -> AlertDetail {
    alert(partner, AlertRequest::Show { alert: id.to_owned(), silent: true }).unwrap()
}

fn say(
    partner: &mut Partner,
    id: &str,
    by: &str,
    entry: NewEntry,
) -> Result<AlertDetail, ApiError> {
    alert(partner, AlertRequest::Say { alert: id.to_owned(), by: Some(by.to_owned()), entry })
}

fn code(said: Result<AlertDetail, ApiError>) -> String {
    said.unwrap_err().code.unwrap_or_default()
}

fn answer(stance: &str) -> NewEntry {
    NewEntry::Acknowledgement { stance: stance.to_owned(), text: None }
}

fn update(text: &str, place: Option<&str>) -> NewEntry {
    NewEntry::Update {
        text: Some(text.to_owned()),
        level: None,
        expires_in: None,
        place: place.map(str::to_owned),
        incident: None,
    }
}

fn stand_down(outcome: &str) -> NewEntry {
    NewEntry::StandDown {
        outcome: outcome.to_owned(),
        check_in: "llamada con clave".to_owned(),
        text: None,
    }
}

fn confirm(entry: &str) -> NewEntry {
    NewEntry::Confirm { entry: entry.to_owned() }
}

/// The hash of the last closing of a partner.
fn closing_of(shown: &AlertDetail, partner: &Partner) -> String {
    let mut closings = shown.entries.iter().filter(|it| it.kind == "stand_down");
    closings.rfind(|it| it.org == partner.node.org()).unwrap().hash.clone()
}

/// What a partner said last.
fn last_record(partner: &Partner) -> Record {
    let held = partner.node.held_alerts().remove(0);
    let own = held.entries.iter().filter(|it| it.author == partner.node.org());
    let last: EntryHash = own.max_by_key(|it| it.entry.number).unwrap().hash;
    held.said.get(&last).unwrap().clone()
}

/// Writes a record as another program could: with these fields, under the id that these make.
fn write(partner: &mut Partner, mut record: Record, fields: &[(&str, &str)]) {
    for (path, text) in fields {
        record.set(path.parse().unwrap(), (*text).to_owned()).unwrap();
    }
    let id = id_of(&partner.node.org(), &partner.node.device(), &record);
    record.set("id".parse().unwrap(), id).unwrap();
    let circle = partner.node.held_alerts().remove(0).circle;
    partner.node.copy_beside(&circle, vec![record]).unwrap();
    partner.node.settle();
}

fn export(partner: &mut Partner, wanted: CapExport) -> Result<CapMessage, ApiError> {
    match partner.ask(Request::Cap(CapRequest::Export(wanted)))? {
        Answer::CapMessage(message) => Ok(message),
        other => panic!("{other:?}"),
    }
}

fn of(alert: &str) -> CapExport {
    CapExport { alert: alert.to_owned(), ..CapExport::default() }
}

/// Three organisations in one coalition.
fn three() -> (Partner, Partner, Partner) {
    let (mut one, mut other) = two();
    let mut third = Partner::new("Monte");
    one.admit("Alianza", &mut third);
    one.meet(&mut other);
    one.meet(&mut third);
    one.meet(&mut other);
    (one, other, third)
}

#[test]
fn each_who_took_an_alert_can_give_it_up() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, "serious");
    one.meet(&mut other);
    for by in ["r1", "r2"] {
        say(&mut other, &id, by, answer("taking")).unwrap();
    }
    // Who took nothing gives nothing up: whoever hears it would think that nobody comes.
    assert_eq!(code(say(&mut other, &id, "r3", answer("cannot"))), "alert-still-taken");
    let left = say(&mut other, &id, "R1", answer("cannot")).unwrap();
    assert_eq!(
        (left.row.state.as_str(), &left.taking_here[..]),
        ("acknowledged", &["r2".into()][..])
    );
    assert_eq!(code(say(&mut other, &id, "r1", answer("cannot"))), "alert-still-taken");
    let left = say(&mut other, &id, "r2", answer("cannot")).unwrap();
    assert_eq!((left.row.state.as_str(), left.taking_here.len()), ("open", 0));
    one.meet(&mut other);
    assert_eq!(show(&mut one, &id).row.state, "open");
    // One for all of them, whoever took it by whatever code.
    for by in ["r1", "r2", "device-0a1b"] {
        say(&mut other, &id, by, answer("taking")).unwrap();
    }
    let left = say(&mut other, &id, "r3", NewEntry::GiveUp { text: None }).unwrap();
    assert_eq!((left.row.state.as_str(), left.taking_here.len()), ("open", 0));
    one.meet(&mut other);
    assert_eq!(show(&mut one, &id).row.state, "open");
}

#[test]
fn what_a_seized_device_takes_is_given_up_whatever_it_wrote() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, "serious");
    one.meet(&mut other);
    say(&mut other, &id, "r1", answer("taking")).unwrap();
    // The greatest number, and an id that hardly any is greater than.
    let mut taking = last_record(&other);
    taking.set("number".parse().unwrap(), 10_000_000_000_i64).unwrap();
    let (org, device) = (other.node.org(), other.node.device());
    let nonce = (0..).map(|nonce| format!("{nonce:032x}")).find(|nonce| {
        taking.set("meta/nonce".parse().unwrap(), nonce.clone()).unwrap();
        id_of(&org, &device, &taking).starts_with("fff")
    });
    write(&mut other, taking.clone(), &[("meta/nonce", &nonce.unwrap())]);
    let left = say(&mut other, &id, "r1", answer("cannot")).unwrap();
    assert_eq!((left.row.state.as_str(), left.taking_here.len()), ("open", 0));

    // By so many codes that nobody could say *cannot* for each.
    let id = raise(&mut one, "serious");
    one.meet(&mut other);
    taking.set("alert".parse().unwrap(), id.clone()).unwrap();
    for code in 0..MAX_ENTRIES_OF_DEVICE {
        write(&mut other, taking.clone(), &[("by", &format!("x{code}"))]);
    }
    let taken = show(&mut other, &id);
    assert_eq!(taken.taking_here.len(), MAX_ENTRIES_OF_DEVICE);
    let left = say(&mut other, &id, "r1", NewEntry::GiveUp { text: None }).unwrap();
    assert_eq!((left.row.state.as_str(), left.taking_here.len()), ("open", 0));
    assert_eq!(left.entries.len(), taken.entries.len() + 1, "one word for all");
    let said = left.entries.last().unwrap();
    assert_eq!((said.stance.as_deref(), said.for_all), (Some("cannot"), true));
    one.meet(&mut other);
    assert_eq!(show(&mut one, &id).row.state, "open");
}

#[test]
fn a_confirmation_is_of_the_closing_that_was_meant() {
    let (mut one, mut other, mut third) = three();
    let id = raise(&mut one, "life_imminent");
    for partner in [&mut other, &mut third] {
        one.meet(partner);
        say(partner, &id, "p1", answer("taking")).unwrap();
        one.meet(partner);
    }
    let closed = say(&mut one, &id, "v1", stand_down("safe")).unwrap();
    assert_eq!((closed.closed, closed.missing.as_deref()), (false, Some("confirmation")));
    let meant = closing_of(&closed, &one);
    let id_meant = closed.entries.iter().find(|it| it.hash == meant).unwrap().id.clone();
    // Another knows more, and closes otherwise.
    one.meet(&mut third);
    say(&mut third, &id, "p1", update("están adentro", None)).unwrap();
    say(&mut third, &id, "p1", stand_down("safe")).unwrap();
    let record = last_record(&third);
    write(&mut third, record.clone(), &[("outcome", "false_alarm")]);
    // Under the id of the first as well: it is not of what is said under it, so nobody reads it.
    let mut copy = record;
    copy.set("id".parse().unwrap(), id_meant.clone()).unwrap();
    copy.set("outcome".parse().unwrap(), "transferred".to_owned()).unwrap();
    let circle = third.node.held_alerts().remove(0).circle;
    third.node.copy_beside(&circle, vec![copy]).unwrap();
    third.node.settle();
    one.meet(&mut third);
    one.meet(&mut other);
    let shown = show(&mut other, &id);
    let waits = |outcome: &str| {
        let found = shown.entries.iter().filter(|it| it.outcome.as_deref() == Some(outcome));
        found.map(|it| it.waits.as_deref().unwrap_or("nothing")).collect::<Vec<_>>()
    };
    assert_eq!(waits("safe"), ["update", "confirmation"], "the first, then the third's");
    assert_eq!(waits("false_alarm"), ["confirmation"]);
    assert_eq!(waits("transferred"), [""; 0]);
    // By id, by the digits that were said on the telephone, by too few of them.
    let said = say(&mut other, &id, "p1", confirm(&id_meant));
    assert_eq!(code(said), "alert-no-entry");
    let digits = &meant[..ENTRY_DIGITS];
    assert_eq!(code(say(&mut other, &id, "p1", confirm(digits))), "alert-closing-stale");
    assert_eq!(code(say(&mut other, &id, "p1", confirm(&digits[1..]))), "alert-few-digits");
    assert!(!show(&mut other, &id).closed);
    // Who closed it reads what is new and closes again; that one is meant then.
    let closed = say(&mut one, &id, "v1", stand_down("harm_occurred")).unwrap();
    let meant = closing_of(&closed, &one);
    one.meet(&mut other);
    let digits = meant[..ENTRY_DIGITS].to_uppercase();
    let over = say(&mut other, &id, "p1", confirm(&digits)).unwrap();
    assert_eq!((over.row.state.as_str(), over.closed), ("harm_occurred", true));
    assert_eq!(over.missing, None);
    assert!(over.entries.iter().any(|it| it.confirms.as_ref() == Some(&meant)));
    assert_eq!(code(say(&mut other, &id, "p1", confirm(&meant))), "alert-nothing-waits");

    // What goes out says how it ended, whatever waits, and whatever is numbered higher.
    let export_of = |entry: &str| CapExport { entry: Some(entry.to_owned()), ..of(&id) };
    let cancel = export(&mut other, of(&id)).unwrap().xml;
    assert!(cancel.contains("harm_occurred") && !cancel.contains("AllClear"), "{cancel}");
    assert!(cancel.contains(&one.node.org().to_string()), "{cancel}");
    let shown = show(&mut other, &id);
    for waits in shown.entries.iter().filter(|it| it.waits.is_some()) {
        let refused = export(&mut other, export_of(&waits.hash)).unwrap_err();
        assert_eq!(refused.code.as_deref(), Some("cap-entry-void"), "{waits:?}");
    }
    let false_alarm =
        shown.entries.iter().find(|it| it.outcome.as_deref() == Some("false_alarm")).unwrap();
    let anyway = CapExport { anyway: true, ..export_of(&false_alarm.hash) };
    assert!(export(&mut other, anyway).unwrap().xml.contains("AllClear"));
}

#[test]
fn all_is_not_clear_outside_where_harm_was_done() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, "serious");
    let harm = say(&mut one, &id, "v1", stand_down("harm_occurred")).unwrap();
    one.meet(&mut other);
    say(&mut other, &id, "p1", answer("taking")).unwrap();
    let safe = say(&mut other, &id, "p1", stand_down("safe")).unwrap();
    assert_eq!(safe.row.state, "harm_occurred");
    let cancel = export(&mut other, of(&id)).unwrap().xml;
    assert!(cancel.contains("harm_occurred") && !cancel.contains("AllClear"), "{cancel}");
    let export_of = |entry: String| CapExport { entry: Some(entry), ..of(&id) };
    let safe = closing_of(&safe, &other);
    let refused = export(&mut other, export_of(safe)).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("cap-entry-void"));
    export(&mut other, export_of(closing_of(&harm, &one))).unwrap();
    // Nor does an answer go out that was taken back.
    let id = raise(&mut one, "serious");
    one.meet(&mut other);
    let taking = say(&mut other, &id, "p1", answer("taking")).unwrap().entries[0].hash.clone();
    let wanted = CapExport { entry: Some(taking), ..of(&id) };
    assert_eq!(export(&mut other, wanted.clone()).unwrap().kind, "Ack");
    let public = CapExport { scope: CapScope::Public, ..wanted.clone() };
    let refused = export(&mut other, public).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("cap-public-answer"), "who answers is not for all");
    say(&mut other, &id, "p1", answer("cannot")).unwrap();
    assert!(export(&mut other, wanted).is_err());
}

#[test]
fn no_word_of_another_takes_the_place_of_the_alerts_own() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, "serious");
    one.meet(&mut other);
    let made = AlertRequest::Incident {
        alert: id.clone(),
        by: None,
        fields: super::fields(&[("acts/1/violation", "death_threat")]),
    };
    let theirs = alert(&mut other, made).unwrap().incident.unwrap();
    say(&mut other, &id, "p1", update("falsa alarma", Some("San José"))).unwrap();
    // A number that nobody reaches.
    let mut loud = last_record(&other);
    loud.set("number".parse().unwrap(), 10_000_000_000_i64).unwrap();
    write(&mut other, loud, &[]);
    one.meet(&mut other);
    say(&mut one, &id, "v1", update("Siguen ahí", Some("Toribío, norte"))).unwrap();
    one.meet(&mut other);
    let shown = show(&mut one, &id);
    assert_eq!(shown.place.as_deref(), Some("Toribío"), "as who raised it said");
    let places = shown.places.iter().map(|it| (it.org_name.as_deref(), it.place.as_str()));
    let said = [(Some("Vereda"), "Toribío, norte"), (Some("Casa"), "San José")];
    assert_eq!(places.collect::<Vec<_>>(), said);
    assert!(shown.row.news.is_some() && shown.row.news_of.is_some());
    // An incident of another is in what they say, and no more.
    assert_eq!(shown.incident, None);
    assert!(shown.entries.iter().any(|it| it.incident == Some(theirs)));
    assert_eq!(show(&mut other, &id).incident, Some(theirs));
}

#[test]
fn who_has_said_too_much_is_told_so() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, "serious");
    say(&mut one, &id, "v1", update("uno", None)).unwrap();
    let record = last_record(&one);
    let fill = |one: &mut Partner, fields: &[(&str, &str)]| {
        for number in 0..MAX_ENTRIES_OF_DEVICE {
            let nonce = ("meta/nonce", format!("{number:032x}"));
            let fields = [fields, &[(nonce.0, nonce.1.as_str())]].concat();
            write(one, record.clone(), &fields);
        }
    };
    fill(&mut one, &[("kind", "seen")]);
    assert_eq!(code(say(&mut one, &id, "v1", update("dos", None))), "alert-many-words");
    // Which leaves room for what makes it louder or ends it, and that is bounded by itself.
    let closed = say(&mut one, &id, "v1", stand_down("safe")).unwrap();
    assert_eq!(closed.row.state, "stood_down");
    let review = [("kind", "review"), ("outcome", "safe")];
    fill(&mut one, &review);
    assert_eq!(code(say(&mut one, &id, "v1", stand_down("safe"))), "alert-many-words");
    one.meet(&mut other);
    assert_eq!(code(say(&mut other, &id, "p1", stand_down("safe"))), "alert-not-yours");
}

#[test]
fn what_others_programs_write_is_cut_and_nothing_lasts_no_time() {
    let (mut one, mut other) = two();
    let id = raise(&mut one, "serious");
    one.meet(&mut other);
    say(&mut other, &id, "p1", update("uno", Some("dos"))).unwrap();
    let book = "libro ".repeat(2_000);
    let fields = ["text", "where", "by", "level"].map(|path| (path, book.as_str()));
    let record = last_record(&other);
    write(&mut other, record, &fields);
    one.meet(&mut other);
    let shown = show(&mut one, &id);
    let long = shown.entries.iter().find(|it| it.by.len() > 2).unwrap();
    let lengths = [Some(&long.by), long.place.as_ref(), long.level.as_ref()]
        .map(|text| text.unwrap().chars().count());
    assert_eq!(lengths, [140; 3]);
    assert_eq!(long.text.as_ref().unwrap().chars().count(), 2_000);
    assert!(shown.places.iter().all(|it| it.place.chars().count() <= 140));

    let none = NewAlert { expires_in: Some(0), ..new("serious") };
    let order = AlertRequest::Raise { alert: Box::new(none), dry_run: false };
    let refused = alert(&mut one, order).unwrap_err();
    assert_eq!((refused.kind, refused.code.as_deref()), (ErrorKind::Usage, Some("alert-no-time")));
}
