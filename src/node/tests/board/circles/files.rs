//! Pages and cards that go into files: of one circle, and whole.

use super::*;
use crate::{
    api::{
        alert::{AlertRequest, NewAlert, NewEntry},
        joint::{CardShared, CardSharing},
        statement::StatementRequest,
    },
    crypto::Label,
};

const SEVERAL: Option<&str> = Some("several-coalitions");

fn file(page: BoardRequest, confirmed: &str) -> Request {
    let confirmed = Some(confirmed.to_owned()).filter(|word| !word.is_empty());
    let own = confirmed.as_deref() == Some("sealed");
    Request::Board(BoardRequest::File { page: Box::new(page), own, confirmed })
}

fn text(world: &mut World, circle: Option<&str>, confirmed: &str) -> String {
    let pages = requests(circle).into_iter().map(|request| {
        let answer = world.hub.ask(file(request, confirmed)).unwrap();
        serde_json::to_string(&answer).unwrap()
    });
    pages.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_page_for_a_file_is_of_one_circle_unless_somebody_stands_for_all() {
    let mut world = World::new();
    let hidden = world.hidden.clone();
    for request in requests(None) {
        let refused = world.hub.ask(file(request, "")).unwrap_err();
        assert_eq!(refused.code.as_deref(), SEVERAL, "of which coalition?");
    }
    let alianza = text(&mut world, Some("Alianza"), "");
    check("a page for a file", &alianza, FIRST, &[PRIVATE, SECOND, CHILD, "Casa Sur", &hidden]);
    // A circle inside a coalition needs somebody, and what is private goes nowhere without --own.
    for (circle, code) in [("Cercanas", None), ("private", Some("cards-of-nobody-else"))] {
        for request in requests(Some(circle)) {
            let refused = world.hub.ask(file(request, "")).unwrap_err();
            assert_eq!((refused.kind, refused.code.as_deref()), (ErrorKind::Refused, code));
        }
    }
    let inside = text(&mut world, Some("Cercanas"), "restricted");
    check("a page of a circle", &inside, CHILD, &[PRIVATE, SECOND, FIRST, &hidden]);
    let list = BoardRequest::List { filter: BoardFilter::default() };
    let all = serde_json::to_string(&world.hub.ask(file(list, "sealed")).unwrap()).unwrap();
    assert!([PRIVATE, FIRST, SECOND, CHILD].iter().all(|word| all.contains(word)));
    // What waits for this organisation is of no circle.
    let refused = world.hub.ask(file(BoardRequest::Tasks, "")).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("tasks-are-own"));
    world.hub.ask(file(BoardRequest::Tasks, "sealed")).unwrap();
    // No page is one that is none.
    for strange in [BoardRequest::Views, BoardRequest::Tasks] {
        let nested = BoardRequest::File { page: Box::new(strange), own: true, confirmed: None };
        assert!(world.hub.ask(file(nested, "sealed")).is_err());
    }
}

#[test]
fn of_the_only_coalition_a_page_for_a_file_has_nothing_private() {
    let mut hub = Partner::new("Puente");
    hub.found("Alianza");
    for (circle, word) in [("private", PRIVATE), ("Alianza", FIRST)] {
        hub.card(add("action", Some(circle), &[("title", word), ("due", "2099-02-01")])).unwrap();
    }
    let list = || BoardRequest::List { filter: BoardFilter::default() };
    let text = |page: Page| serde_json::to_string(&page).unwrap();
    let screen = text(page(&mut hub.node, list()));
    assert!(screen.contains(PRIVATE) && screen.contains(FIRST));
    let request = BoardRequest::File { page: Box::new(list()), own: false, confirmed: None };
    let told = text(page(&mut hub.node, request));
    assert!(!told.contains(PRIVATE) && told.contains(FIRST), "{told}");
}

#[test]
fn an_export_goes_on_behind_a_card_and_not_past_what_came_before_it() {
    let mut hub = Partner::new("Puente");
    hub.found("Alianza");
    for title in ["a", "b", "c"] {
        hub.card(add("action", None, &[("title", title)])).unwrap();
    }
    let mut export = |after: Option<CardId>, had: u64| {
        let own = false;
        let request = BoardRequest::Export { own, confirmed: None, circle: None, after, had };
        hub.ask(Request::Board(request)).map(|answer| {
            let Answer::BoardCards(cards) = answer else { panic!() };
            cards.cards.iter().map(|card| card.card).collect::<Vec<_>>()
        })
    };
    let all = export(None, 0).unwrap();
    assert!(all.is_sorted() && all.len() == 3);
    assert_eq!(export(Some(all[0]), 1).unwrap(), all[1..]);
    // One more, or one less, than the asker had up to there.
    for had in [0, 2] {
        let refused = export(Some(all[0]), had).unwrap_err();
        assert_eq!(refused.code.as_deref(), Some("board-changed"));
    }
}

#[test]
fn a_copy_of_another_organisations_drill_is_counted_by_nobody() {
    let (mut hub, mut alma) = (Partner::new("Puente"), Partner::new("Alma Colectiva"));
    hub.found("Alianza");
    hub.admit("Alianza", &mut alma);
    let alert = NewAlert {
        circle: Some("Alianza".to_owned()),
        level: "serious".to_owned(),
        what: "Simulacro".to_owned(),
        country: "CO".to_owned(),
        who: "collective".to_owned(),
        drill: true,
        ..NewAlert::default()
    };
    let raise = AlertRequest::Raise { alert: Box::new(alert), dry_run: false };
    hub.ask(Request::Alert(raise)).unwrap();
    hub.card(add("pilot_site", None, &[("title", "P"), ("countries/co", "yes")])).unwrap();
    hub.meet(&mut alma);
    let taken = |node: &mut Node| view(node, "pilots", Some("Alianza"), "pilots")[0][14].clone();
    assert_eq!(taken(&mut hub.node), "0/1");
    let held = alma.node.held_alerts().remove(0);
    alma.node.copy_beside(&held.circle, vec![held.record.clone()]).unwrap();
    alma.node.settle();
    let id = held.signed.alert.id.clone();
    let entry = NewEntry::Acknowledgement { stance: "taking".to_owned(), text: None };
    alma.ask(Request::Alert(AlertRequest::Say { alert: id, by: None, entry })).unwrap();
    hub.meet(&mut alma);
    for node in [&mut hub.node, &mut alma.node] {
        assert_eq!(node.held_alerts().len(), 1, "its id is of who raised it");
        assert_eq!(taken(node), "1/1");
    }
}

#[test]
fn ids_as_the_program_prints_them_do_not_go_into_another_coalition() {
    let (mut hub, mut alma) = (Partner::new("Puente"), Partner::new("Alma Colectiva"));
    hub.found("Alianza");
    hub.found("Financiera");
    hub.admit("Alianza", &mut alma);
    let alert = NewAlert {
        circle: Some("Alianza".to_owned()),
        level: "serious".to_owned(),
        what: "Amenaza".to_owned(),
        country: "CO".to_owned(),
        who: "collective".to_owned(),
        ..NewAlert::default()
    };
    let raise = AlertRequest::Raise { alert: Box::new(alert), dry_run: false };
    hub.ask(Request::Alert(raise)).unwrap();
    let alert = hub.node.held_alerts().remove(0).signed.alert.id;
    let report = data_encoding::HEXLOWER.encode(&Label::CardShare.hash(&[b"report".as_slice()]));
    let other = hub.card(add("campaign", Some("Alianza"), &[("title", "Cited")])).unwrap();
    let link = NewLink { report: Some(report.clone()), ..NewLink::default() };
    let card = other.row.card.to_string();
    hub.card(CardRequest::Link { card: card.clone(), link }).unwrap();
    let (text, by) = ("As we said".to_owned(), "K7".to_owned());
    let say = StatementRequest::Comment { card, text, reply_to: None, on: None, by };
    let Answer::Comments(comments) = hub.ask(Request::Statement(Box::new(say))).unwrap() else {
        panic!()
    };
    let comment = comments[0].id.clone();
    let did = alma.node.org().to_string();
    let key = did.rsplit(':').next().unwrap();
    for body in [
        format!("ask did:key:{}", &key[..14]),
        format!("ask {}", key[..12].to_uppercase()),
        format!("ask {}", alma.node.org().short()),
        format!("since the alert {}", &alert[..8]),
        format!("see the report {}", &report[..12]),
        format!("as said in {}", &comment[..8]),
    ] {
        let shared = shared(&mut hub, &body);
        let stays: Vec<&str> = shared.withheld.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(stays, ["body"], "{body}");
    }
    // Our own id is nobody else's, and a word that is no id is none.
    let own = hub.node.org();
    for body in [format!("ask {own}"), "abcdefab12".to_owned(), "z6MkpTHR8VNsBxzz".to_owned()] {
        assert!(shared(&mut hub, &body).withheld.is_empty(), "{body}");
    }
}

fn shared(hub: &mut Partner, body: &str) -> CardShared {
    let set = [("title", "Rivers"), ("body", body)];
    let made = hub.card(add("campaign", Some("Alianza"), &set)).unwrap();
    let (card, circle) = (made.row.card.to_string(), "Financiera".to_owned());
    let asked = CardSharing { card, circle, dry_run: true, of_partner: false };
    let Answer::CardShared(shared) = hub.ask(Request::Card(CardRequest::Share(asked))).unwrap()
    else {
        panic!()
    };
    *shared
}
