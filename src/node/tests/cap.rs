//! Alerts as messages of CAP, as a node writes and reads them.

use super::*;
use crate::{
    api::{
        alert::{AlertDetail, AlertRequest, NewAlert, NewEntry},
        cap::{Around, CapExport, CapImport, CapMessage, CapRead, CapRequest, CapScope},
    },
    exchange::cap,
};

/// What must not be in any message: a word of each text that a person wrote.
const NEEDLES: [&str; 9] =
    ["Quenguan", "orilla", "Rosalba", "aguja", "vereda", "jefa", "radio", "Vereda", "2.4412"];

fn alert(node: &mut Node, request: AlertRequest) -> AlertDetail {
    let Answer::Alert(alert) = ask(node, Request::Alert(request)).unwrap() else { panic!() };
    *alert
}

/// An alert with a needle in each of its texts.
fn raised(node: &mut Node, drill: bool) -> AlertDetail {
    ask(node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let new = NewAlert {
        level: "serious".to_owned(),
        what: "Hombres armados buscan a Rosalba Quenguan en la orilla".to_owned(),
        country: "CO".to_owned(),
        admin1: Some("Cauca".to_owned()),
        place: Some("vereda La Aguja, casa 3".to_owned()),
        who: "Rosalba".to_owned(),
        needs: vec!["relocation".to_owned(), "medical".to_owned()],
        drill,
        by: Some("jefa-1".to_owned()),
        ..NewAlert::default()
    };
    alert(node, AlertRequest::Raise { alert: Box::new(new), dry_run: false })
}

fn say(node: &mut Node, alert_id: &str, by: &str, entry: NewEntry) -> AlertDetail {
    let (alert_id, by) = (alert_id.to_owned(), Some(by.to_owned()));
    alert(node, AlertRequest::Say { alert: alert_id, by, entry })
}

fn export(node: &mut Node, wanted: CapExport) -> Result<CapMessage, crate::api::ApiError> {
    match ask(node, Request::Cap(CapRequest::Export(wanted)))? {
        Answer::CapMessage(message) => Ok(message),
        other => panic!("{other:?}"),
    }
}

fn import(node: &mut Node, xml: &str, dry_run: bool) -> Result<CapRead, crate::api::ApiError> {
    import_as(node, CapImport { dry_run, ..message(xml) })
}

fn message(xml: &str) -> CapImport {
    CapImport {
        xml: xml.to_owned(),
        language: "es".to_owned(),
        dry_run: false,
        anyway: false,
        circle: None,
        country: None,
        by: None,
    }
}

fn import_as(node: &mut Node, import: CapImport) -> Result<CapRead, crate::api::ApiError> {
    match ask(node, Request::Cap(CapRequest::Import(import)))? {
        Answer::CapRead(read) => Ok(*read),
        other => panic!("{other:?}"),
    }
}

fn of(alert: &str) -> CapExport {
    CapExport { alert: alert.to_owned(), ..CapExport::default() }
}

#[test]
fn nothing_that_somebody_wrote_is_in_any_message() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let mut node = Node::open(folder.path(), &passphrase()).unwrap();
    let id = raised(&mut node, false).row.id;
    let text = || Some("la aguja en la vereda, por radio".to_owned());
    let stance = "taking".to_owned();
    say(&mut node, &id, "otra", NewEntry::Acknowledgement { stance, text: text() });
    let news = NewEntry::Update {
        text: text(),
        level: Some("life_imminent".to_owned()),
        expires_in: None,
        place: Some("la orilla".to_owned()),
        incident: None,
    };
    let said = say(&mut node, &id, "jefa-1", news);
    let mut messages = vec![export(&mut node, of(&id)).unwrap()];
    assert_eq!(messages[0].kind, "Update");
    for entry in &said.entries {
        if entry.kind != "seen" {
            let entry = Some(entry.hash.clone());
            messages.push(export(&mut node, CapExport { entry, ..of(&id) }).unwrap());
        }
    }
    let around = Some(Around { point: "2.4412,-76.6061".to_owned(), kilometres: 1 });
    for scope in [CapScope::Restricted, CapScope::Public] {
        let wanted = CapExport { scope, around: around.clone(), draft: true, ..of(&id) };
        messages.push(export(&mut node, wanted).unwrap());
    }
    assert!(messages.iter().any(|message| message.kind == "Ack"));
    for message in &messages {
        for needle in NEEDLES {
            let there = message.xml.to_lowercase().contains(&needle.to_lowercase());
            assert!(!there, "{needle} in {}", message.xml);
        }
        let read = cap::read(message.xml.as_bytes()).unwrap();
        assert_eq!(read.references.len(), 1);
    }
    assert!(messages[0].xml.contains("Extreme") && messages[0].xml.contains("CO-CAU"));
    assert!(messages.last().unwrap().xml.contains("<circle>2.4,-76.6 20</circle>"));
}

#[test]
fn a_closed_alert_is_a_cancel_and_what_answers_it_is_only_shown() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let mut node = Node::open(folder.path(), &passphrase()).unwrap();
    let id = raised(&mut node, true).row.id;
    let first = export(&mut node, of(&id)).unwrap();
    assert_eq!((first.kind.as_str(), first.identifier.as_str()), ("Alert", id.as_str()));
    assert!(first.xml.contains("<status>Exercise</status>"), "{}", first.xml);
    let closing = NewEntry::StandDown {
        outcome: "safe".to_owned(),
        check_in: "por radio".to_owned(),
        text: None,
    };
    say(&mut node, &id, "jefa-1", closing);
    let cancel = export(&mut node, of(&id)).unwrap();
    assert_eq!(cancel.kind, "Cancel");
    assert!(cancel.xml.contains("AllClear") && cancel.xml.contains(&id), "{}", cancel.xml);
    // It comes back from elsewhere: somebody is told of which alert it speaks, no more.
    let before = alert(&mut node, AlertRequest::Show { alert: id.clone(), silent: true });
    let read = import(&mut node, &cancel.xml, false).unwrap();
    assert_eq!((read.proposes.as_str(), read.outcome.as_deref()), ("stand-down", Some("safe")));
    assert_eq!(read.references[0].alert.as_deref(), Some(id.as_str()));
    assert_eq!(read.raised, None);
    let after = alert(&mut node, AlertRequest::Show { alert: id, silent: true });
    assert_eq!(before.entries, after.entries);
}

/// Of an hour ago.
fn recent() -> String {
    let hour = crate::node::clock::now().as_millis() - 3_600_000;
    let sent = crate::model::time::Timestamp::from_millis(hour / 1000 * 1000).to_string();
    FOREIGN.replace("2026-11-23T11:00:00-05:00", &sent.replace('Z', "-00:00"))
}

const FOREIGN: &str = r#"<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>CO-1</identifier><sender>alertas@example.org</sender>
<sent>2026-11-23T11:00:00-05:00</sent><status>Actual</status><msgType>Alert</msgType>
<scope>Public</scope><info><language>es-CO</language><category>Env</category><event>Creciente</event>
<urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty>
<headline>Creciente súbita</headline><area><areaDesc>Cuenca alta</areaDesc><geocode>
<valueName>ISO3166-2</valueName><value>CO-CAU</value></geocode></area></info></alert>"#;

#[test]
fn an_alert_of_another_system_is_raised_in_our_name_with_its_sender_in_it() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let mut node = Node::open(folder.path(), &passphrase()).unwrap();
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let foreign = recent();
    let read = import(&mut node, &foreign, true).unwrap();
    assert_eq!((read.proposes.as_str(), read.level.as_deref()), ("alert", Some("serious")));
    assert_eq!(read.raised, None);
    let list = AlertRequest::List { circle: None, all: true, drills: false };
    let Answer::Alerts(list) = ask(&mut node, Request::Alert(list)).unwrap() else { panic!() };
    assert!(list.alerts.is_empty());
    let raised = import(&mut node, &foreign, false).unwrap().raised.unwrap();
    assert_eq!(raised.row.org, node.org());
    assert_eq!(raised.row.what, "[CAP, alertas@example.org] Creciente súbita");
    assert_eq!(raised.admin1.as_deref(), Some("CO-CAU"));
    assert_eq!(raised.row.level, "serious");
    // A long name of a sender leaves room for what is going on.
    let long = foreign.replace("alertas@example.org", &"x".repeat(200));
    let raised = import(&mut node, &long, false).unwrap().raised.unwrap();
    assert!(raised.row.what.ends_with("Creciente súbita"), "{}", raised.row.what);
    let unplaced = foreign.replace("CO-CAU", "somewhere").replace("alertas@", "otras@");
    assert_eq!(import(&mut node, &unplaced, false).unwrap_err().kind, ErrorKind::Usage);
    let refused = import(&mut node, "<!DOCTYPE a><a/>", false).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("cap-refused"));
}

#[test]
fn what_is_over_closed_or_raised_before_is_raised_only_if_a_person_insists() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let mut node = Node::open(folder.path(), &passphrase()).unwrap();
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let code = |node: &mut Node, xml: &str| {
        import(node, xml, false).map(drop).map_err(|error| error.code.unwrap())
    };
    let recent = recent();
    let old = FOREIGN.replace("2026-11-23", "2020-11-23");
    assert_eq!(code(&mut node, &old), Err("cap-over".to_owned()));
    let expired = "<expires>2020-11-23T11:00:00-05:00</expires>";
    let both = old
        .replace("2020-11-23T11:00", "2019-11-23T11:00")
        .replace("<headline>", &format!("{expired}<headline>"));
    assert_eq!(code(&mut node, &both), Err("cap-over".to_owned()));
    let scope = "<scope>Restricted</scope><restriction>brigada</restriction>";
    let closed = recent.replace("<scope>Public</scope>", scope);
    assert_eq!(code(&mut node, &closed), Err("cap-closed".to_owned()));
    let named = CapImport { circle: Some("Amazonas".to_owned()), ..message(&closed) };
    import_as(&mut node, named).unwrap();
    // The same message again, whatever else it says now.
    let changed = recent.replace("súbita", "lenta");
    assert_eq!(code(&mut node, &changed), Err("cap-raised-before".to_owned()));
    code(&mut node, &recent.replace("CO-1", "CO-2")).unwrap();
    import_as(&mut node, CapImport { anyway: true, ..message(&old) }).unwrap();
}

#[test]
fn everybody_gets_public_fields_and_only_who_is_called_is_named() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let mut node = Node::open(folder.path(), &passphrase()).unwrap();
    let id = raised(&mut node, false).row.id;
    let xml = |node: &mut Node, scope| {
        let wanted = CapExport { scope, ..of(&id) };
        export(node, wanted).unwrap().xml
    };
    let closed = xml(&mut node, CapScope::Restricted);
    assert!(closed.contains("CO-CAU") && closed.contains("relocation"), "{closed}");
    let public = xml(&mut node, CapScope::Public);
    for needle in ["CAU", "Cauca", "relocation", "medical", "Rescue", "Health"] {
        assert!(!public.contains(needle), "{needle} in {public}");
    }
    assert!(public.contains("Colombia"), "{public}");
}
