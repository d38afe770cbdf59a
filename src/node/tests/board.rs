//! The board joined with the registry, as one node reads both.

mod circles;
mod whose;

use super::*;
use crate::api::{
    ApiError,
    board::CardRequest,
    board_views::{BoardCards, BoardFilter, BoardRequest, Page},
};

fn fresh(folder: &Path) -> Node {
    let path = folder.join("home");
    make(&path);
    Node::open(&path, &passphrase()).unwrap()
}

fn page(node: &mut Node, request: BoardRequest) -> Page {
    let Answer::BoardPage(page) = ask(node, Request::Board(request)).unwrap() else { panic!() };
    *page
}

fn view(node: &mut Node, name: &str, circle: Option<&str>, sheet: &str) -> Vec<Vec<String>> {
    let circle = circle.map(ToOwned::to_owned);
    let page = page(node, BoardRequest::View { name: name.to_owned(), circle, sheet: None });
    page.sheets.iter().find(|it| it.name == sheet).unwrap().plain()
}

fn card(node: &mut Node, kind: &str, fields: &[(&str, &str)]) -> String {
    let fields = fields.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let request = CardRequest::Add {
        kind: kind.to_owned(),
        circle: None,
        fields: fields.collect(),
        dry_run: false,
        unless_duplicate: false,
    };
    let Answer::Card(card) = ask(node, Request::Card(request)).unwrap() else { panic!() };
    card.row.card.to_string()
}

fn cards(node: &mut Node, own: bool, confirmed: Option<&str>) -> Result<BoardCards, ApiError> {
    let confirmed = confirmed.map(ToOwned::to_owned);
    let request = BoardRequest::Export { own, confirmed, circle: None, after: None, had: 0 };
    ask(node, Request::Board(request)).map(|answer| {
        let Answer::BoardCards(cards) = answer else { panic!() };
        *cards
    })
}

/// A shared incident with consent, by its id.
fn shared(node: &mut Node) -> String {
    let incident = recorded(
        node,
        &[
            ("country", "CO"),
            ("date", "2024-05-03"),
            ("project", "Represa Azul"),
            ("acts/1/violation", "death_threat"),
            ("victims/1/pseudonym", "Quetzal"),
            ("summary", "Threatened on the road."),
            ("counting_unit", "individual"),
            ("interventions/1/type", "state_protection_request"),
            ("interventions/1/status", "refused"),
            ("consent/basis", "informed_explicit"),
            ("consent/scopes/share_coalition_deid", "true"),
        ],
    )
    .to_string();
    assert_eq!(outcome(node, share(&incident, "coalition")), "published");
    incident
}

#[test]
fn views_join_cards_with_what_the_reader_may_read_of_incidents() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = fresh(folder.path());
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let incident = shared(&mut node);
    let link =
        [("title", "To the bank"), ("audience", "institution"), ("links/a/incident", &incident)];
    card(&mut node, "joint_message", &link);
    card(
        &mut node,
        "ifi_item",
        &[("title", "Dam"), ("project", "represa azul"), ("country", "CO")],
    );
    card(&mut node, "mechanism_assessment", &[("title", "M"), ("mechanism", "unp")]);
    card(&mut node, "pilot_site", &[("title", "P"), ("countries/co", "yes")]);
    let evidence = view(&mut node, "messages", None, "messages");
    assert_eq!(evidence[0][9], "holds");
    let backing = view(&mut node, "mechanisms", None, "backing");
    assert_eq!(backing[0][3..5], ["1", "0/1"]);
    // The project is for named partners: what the coalition's circle reads has none of it.
    assert_eq!(view(&mut node, "ifi", None, "docket")[0][11], "1");
    assert_eq!(view(&mut node, "ifi", Some("Amazonas"), "docket")[0][11], "0");
    assert_eq!(view(&mut node, "pilots", None, "pilots")[0][16], "1/1", "consent");
    // Consent is withdrawn: the message's evidence does not hold any more.
    let withdraw = Request::IncidentEdit {
        incident: incident.clone(),
        circle: None,
        set: fields(&[("consent/basis", "withdrawn")]),
        unset: Vec::new(),
    };
    ask(&mut node, withdraw).unwrap();
    assert_eq!(view(&mut node, "messages", None, "messages")[0][9], "consent_withdrawn");
    for name in crate::board::VIEWS {
        view_is_there(&mut node, name.name);
    }
}

fn view_is_there(node: &mut Node, name: &str) {
    let found = page(node, BoardRequest::View { name: name.to_owned(), circle: None, sheet: None });
    assert_eq!(found.view, name);
}

#[test]
fn lists_calendar_and_tasks_are_of_the_nodes_own_cards() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = fresh(folder.path());
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    card(&mut node, "action", &[("title", "Write"), ("due", "2020-01-01")]);
    card(&mut node, "action", &[("title", "Over"), ("state", "done")]);
    let listed =
        |node: &mut Node, filter| page(node, BoardRequest::List { filter }).sheets[0].plain();
    let overdue = BoardFilter { overdue: true, ..BoardFilter::default() };
    assert_eq!(listed(&mut node, overdue).len(), 1);
    assert_eq!(listed(&mut node, BoardFilter::default()).len(), 2);
    let tasks = page(&mut node, BoardRequest::Tasks).sheets[0].plain();
    assert_eq!((tasks.len(), tasks[0][4].as_str()), (1, "Write"));
    let from = Some("2020-01-01".to_owned());
    let calendar = BoardRequest::Calendar { from: from.clone(), to: from, circle: None };
    assert_eq!(page(&mut node, calendar).sheets[0].rows.len(), 1);
    let wrong = BoardFilter { order: Some("size".to_owned()), ..BoardFilter::default() };
    assert!(ask(&mut node, Request::Board(BoardRequest::List { filter: wrong })).is_err());
    let nothing = BoardRequest::View { name: "nothing".to_owned(), circle: None, sheet: None };
    assert_eq!(ask(&mut node, Request::Board(nothing)).unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn files_have_no_more_than_a_coalition_sees_unless_somebody_stands_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = fresh(folder.path());
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let meeting = [("title", "Days"), ("place", "Hostal Aurora"), ("days/a/date", "2027-02-01")];
    card(&mut node, "strategy_meeting", &meeting);
    let found = cards(&mut node, false, None).unwrap();
    let json = serde_json::to_string(&found).unwrap();
    assert!(!json.contains("Aurora"), "{json}");
    assert_eq!((found.cards[0].withheld, found.cards[0].dates.len()), (false, 1));
    assert!(cards(&mut node, true, None).is_err(), "nobody stands for it");
    let own = cards(&mut node, true, Some("sealed")).unwrap();
    assert_eq!(own.cards[0].record.text("place"), Some("Hostal Aurora"));
}
