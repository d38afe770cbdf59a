//! Alerts: what is asked for, and what people read.

use super::{FakeNodes, requests::becomes, run, run_with};
use crate::{
    api::{
        Answer, Request,
        alert::{AlertDetail, AlertEntry, AlertPlace, AlertRequest, AlertRow, NewEntry},
    },
    model::id::{CircleId, OrgId},
};

/// The digits of the closing that waits.
const DIGITS: &str = "77ab01fe20c94d1500112233445566ab";

/// An alert with a closing that waits.
fn waiting() -> AlertDetail {
    let (org, other) = (OrgId::new([1; 32]), OrgId::new([2; 32]));
    let moment = || "2026-11-23T12:00:00Z".to_owned();
    let row = AlertRow {
        id: "5c1e90ab000000000000000000000000".to_owned(),
        circle: CircleId::new([3; 32]),
        circle_name: Some("Alianza".to_owned()),
        org,
        org_name: Some("Vereda".to_owned()),
        level: "life_imminent".to_owned(),
        state: "acknowledged".to_owned(),
        drill: false,
        rewritten: false,
        step: 0,
        loud: false,
        overdue: None,
        next_step: None,
        what: "Hombres armados".to_owned(),
        country: "CO".to_owned(),
        sent: moment(),
        expires: moment(),
        response: None,
        taking: vec!["Casa".to_owned()],
        updates: 1,
        news: Some("se fueron".to_owned()),
        news_of: Some("Casa".to_owned()),
        unconfirmed: 1,
        for_us: true,
        ours: None,
    };
    let closing = AlertEntry {
        id: "ffff0000000000000000000000000000".to_owned(),
        hash: format!("{DIGITS}8899aabb"),
        org,
        org_name: Some("Vereda".to_owned()),
        by: "v1".to_owned(),
        kind: "stand_down".to_owned(),
        stance: None,
        for_all: false,
        text: None,
        level: None,
        place: None,
        outcome: Some("safe".to_owned()),
        check_in: Some("llamada".to_owned()),
        confirms: None,
        incident: None,
        sent: moment(),
        waits: Some("confirmation".to_owned()),
        latest: false,
    };
    AlertDetail {
        row,
        by: "v1".to_owned(),
        admin1: None,
        place: Some("Toribío".to_owned()),
        places: vec![AlertPlace {
            org: other,
            org_name: Some("Casa".to_owned()),
            by: "p1".to_owned(),
            place: "San José".to_owned(),
        }],
        who: "collective".to_owned(),
        needs: Vec::new(),
        contact_basis: None,
        incident: None,
        outcome: None,
        closed: false,
        missing: Some("confirmation".to_owned()),
        taking_here: vec!["r2".to_owned()],
        recipients: Vec::new(),
        entries: vec![closing],
        clocks: Vec::new(),
        undatable: false,
        unseen_in_time: false,
        referrals: Vec::new(),
    }
}

fn say(entry: NewEntry) -> Request {
    Request::Alert(AlertRequest::Say { alert: "5c1e".to_owned(), by: None, entry })
}

#[test]
fn all_of_an_organisation_give_an_alert_up_with_cannot_alone() {
    becomes("alert ack 5c1e cannot --all-of-us", &say(NewEntry::GiveUp { text: None }));
    assert_eq!(run("alert ack 5c1e taking --all-of-us").code, 2);
    assert_eq!(run("alert ack 5c1e seen --all-of-us").code, 2);
}

#[test]
fn a_confirmation_names_the_closing() {
    let entry = DIGITS.to_owned();
    let line = format!("alert confirm 5c1e --entry {entry}");
    becomes(&line, &say(NewEntry::Confirm { entry }));
    // Where nobody can be asked, nothing is confirmed, and what waits is named.
    let nodes = FakeNodes::answering(Ok(Answer::Alert(Box::new(waiting()))));
    let ended = run_with(&nodes, "y\n", &["alert", "confirm", "5c1e"]);
    assert_eq!((ended.code, ended.asked.len()), (2, 1), "{:?}", ended.asked);
    assert!(ended.err.contains(DIGITS) && ended.err.contains("llamada"), "{}", ended.err);
    let nodes = FakeNodes::answering(Ok(Answer::Alert(Box::new(AlertDetail {
        entries: Vec::new(),
        ..waiting()
    }))));
    let ended = run_with(&nodes, "y\n", &["alert", "confirm", "5c1e"]);
    assert_eq!((ended.code, ended.asked.len()), (3, 1), "what waits by now was not shown");
}

#[test]
fn an_alert_says_whose_word_is_which_and_what_is_missing() {
    let show = |detail: AlertDetail| {
        let nodes = FakeNodes::answering(Ok(Answer::Alert(Box::new(detail))));
        run_with(&nodes, "", &["alert", "show", "5c1e", "--silent"]).out
    };
    let text = show(waiting());
    assert!(text.contains(DIGITS) && !text.contains("ffff"), "{text}");
    assert!(text.contains("CO, Toribío") && text.contains("San José (Casa, p1)"), "{text}");
    assert!(text.contains("Taken here by") && text.contains("r2"), "{text}");
    // However its lines are broken.
    let end = |text: &str| {
        let last = text.rsplit("\n\n").next().unwrap_or_default();
        last.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(end(&text).starts_with("Not closed yet"), "{text}");
    assert!(end(&text).contains("with `ceiba alert confirm`"), "{text}");
    let unknowing = AlertDetail { missing: Some("update".to_owned()), ..waiting() };
    assert!(end(&show(unknowing)).contains("stand it down again"));
    let closed = AlertDetail { missing: None, closed: true, ..waiting() };
    assert!(!show(closed).contains("Not closed"));
}
