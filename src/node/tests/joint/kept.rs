//! What stays when a card goes to another circle, and whose it is.

use super::{Partner, add, apart, fields, incident, link, share, show, to_incident, value};
use crate::{
    api::{
        Answer, ErrorKind, Request,
        board::{CardFilter, CardRequest, CardRow},
        board_views::BoardRequest,
        joint::{CardSharing, NewLink},
    },
    model::{
        id::CircleId,
        registry::{FieldPath, RecordKind, Schema, Value},
    },
    node::cards::{CardClaim, card_document},
};

/// Makes a circle inside the coalition, and tells the other of it, as a session would.
pub(super) fn create(hub: &mut Partner, name: &str, with: &str, other: &mut Partner) -> CircleId {
    let create = Request::CircleCreate {
        name: name.to_owned(),
        with: vec![with.to_owned()],
        coalition: Some("Alianza".to_owned()),
    };
    hub.ask(create).unwrap();
    let circle = hub.node.find_circle(name).unwrap();
    other.node.replica.take_up(circle);
    hub.meet(other);
    circle
}

pub(super) fn listed(partner: &mut Partner, circle: &str) -> Vec<CardRow> {
    let filter = CardFilter { circle: Some(circle.to_owned()), ..CardFilter::default() };
    let answer = partner.ask(Request::Card(CardRequest::List { filter })).unwrap();
    let Answer::Cards(rows) = answer else { panic!("{answer:?}") };
    rows
}

#[test]
fn a_partners_card_goes_elsewhere_only_if_that_is_said() {
    let (mut hub, mut alma, _bea) = apart();
    let made = alma.card(add("campaign", Some("Alianza"), &[("title", "Rivers")])).unwrap();
    hub.meet(&mut alma);
    let (card, circle) = (made.row.card.to_string(), "Financiera".to_owned());
    let asked = CardSharing { card, circle, dry_run: false, of_partner: false };
    let refused = hub.ask(Request::Card(CardRequest::Share(asked))).unwrap_err();
    assert_eq!(
        (refused.kind, refused.code.as_deref()),
        (ErrorKind::Refused, Some("card-of-partner"))
    );
    let shared = share(&mut hub, &made.row.card, "Financiera", false).unwrap();
    assert_eq!(shared.made_by.as_deref(), Some("Alma Colectiva"));
}

#[test]
fn nothing_of_any_other_circle_goes_along_wherever_the_card_is_from() {
    let (mut hub, mut alma, _bea) = apart();
    create(&mut hub, "Cercanas", "Alma Colectiva", &mut alma);
    hub.found("Tercera");
    let mut cruz = Partner::new("Cruz Alta");
    hub.admit("Tercera", &mut cruz);
    let known = incident(&mut hub, "Rosalba Quenguan", &["Alianza"]);
    let draft = hub.card(add("campaign", Some("private"), &[("title", "Draft")])).unwrap();
    let told = [
        "As agreed with Alma Colectiva".to_owned(),
        "For the Tercera".to_owned(),
        "Ask Cruz Alta".to_owned(),
        "By the Cercanas".to_owned(),
        format!("See {}", &known[..8]),
        format!("See https://example.org/{}", &known[..12]),
        format!("After {}", draft.row.card.short()),
    ];
    for circle in ["private", "Alianza"] {
        for body in &told {
            let set = [("title", "Rivers"), ("body", body)];
            let made = hub.card(add("campaign", Some(circle), &set)).unwrap();
            let shared = share(&mut hub, &made.row.card, "Financiera", true).unwrap();
            let stays: Vec<&str> = shared.withheld.iter().map(|it| it.path.as_str()).collect();
            assert_eq!(stays, ["body"], "{circle}: {body}");
        }
    }
    // To the coalition, too, a circle inside it is not named.
    let set = [("title", "Rivers"), ("body", "By the Cercanas"), ("aim", "With Alma Colectiva")];
    let made = hub.card(add("campaign", Some("Cercanas"), &set)).unwrap();
    let shared = share(&mut hub, &made.row.card, "Alianza", false).unwrap();
    let stays: Vec<&str> = shared.withheld.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(stays, ["body"]);
    // Each list has the card as its circle reads it.
    hub.meet(&mut alma);
    for (circle, count) in [("Cercanas", 1), ("Alianza", 8)] {
        for partner in [&mut hub, &mut alma] {
            let rows = listed(partner, circle);
            assert_eq!(rows.len(), count, "{circle}");
        }
    }
    let wide = hub.node.find_circle("Alianza").unwrap();
    let there = hub.node.card_in(&made.row.card, &wide).unwrap();
    assert_eq!((there.circle, there.text("body")), (wide, None));
}

#[test]
fn a_report_goes_along_only_where_it_is_cited_already() {
    let (mut hub, _alma, _bea) = apart();
    let report = "5f".repeat(32);
    let cited = NewLink { report: Some(report.clone()), ..NewLink::default() };
    let made = hub.card(add("campaign", Some("Alianza"), &[("title", "Rivers")])).unwrap();
    let card = made.row.card;
    hub.card(link(&card, cited.clone())).unwrap();
    let shared = share(&mut hub, &card, "Financiera", true).unwrap();
    assert!(shared.withheld.iter().any(|it| it.path.ends_with("/report")));
    let other = hub.card(add("campaign", Some("Financiera"), &[("title", "Dams")])).unwrap();
    hub.card(link(&other.row.card, cited)).unwrap();
    let shared = share(&mut hub, &card, "Financiera", true).unwrap();
    assert!(shared.withheld.is_empty(), "{:?}", shared.withheld);
}

#[test]
fn what_a_partner_told_a_narrower_circle_stays_there() {
    let (mut hub, mut alma, _bea) = apart();
    create(&mut hub, "Cercanas", "Alma Colectiva", &mut alma);
    let theirs = incident(&mut alma, "Rosalba Quenguan", &[]);
    for (circle, tier) in [("Cercanas", "restricted"), ("Alianza", "coalition")] {
        let request = Request::IncidentShare {
            incidents: vec![theirs.clone()],
            all_own: false,
            circle: circle.to_owned(),
            tier: tier.to_owned(),
            dry_run: false,
            no_tokens: false,
        };
        alma.ask(request).unwrap();
    }
    hub.meet(&mut alma);
    let read = hub.ask(Request::IncidentShow { incident: theirs.clone() }).unwrap();
    let read = serde_json::to_string(&read).unwrap();
    assert!(read.contains("Threatened on the road"), "it is told there: {read}");
    let set = [("title", "Rivers"), ("body", "Threatened on the road."), ("aim", "No dam")];
    let made = hub.card(add("campaign", Some("Cercanas"), &set)).unwrap();
    let card = made.row.card;
    hub.card(link(&card, to_incident(&theirs))).unwrap();
    let shared = share(&mut hub, &card, "Alianza", false).unwrap();
    let stays: Vec<&str> = shared.withheld.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(stays, ["body"], "{:?}", shared.fields);
    assert_eq!(value(&hub.card(show(&card)).unwrap(), "aim"), Some("No dam"));
}

#[test]
fn a_line_hangs_on_the_card_of_its_own_circle() {
    let (mut hub, _alma, mut bea) = apart();
    let made = hub.card(add("campaign", Some("Alianza"), &[("title", "Rivers")])).unwrap();
    let card = made.row.card.to_string();
    let write = |partner: &mut Partner, circle: &str, text: &str| {
        let circle = partner.node.find_circle(circle).unwrap();
        let claim = CardClaim::new(partner.node.org(), RecordKind::Item, "00".repeat(16));
        let fields = [("card", card.as_str()), ("text", text), ("due", "2027-03-05")];
        let document = card_document(&claim.card, &circle);
        let schema = Schema::of(RecordKind::Item);
        let fields = fields.map(|(path, text)| (path.parse().unwrap(), Value::from(text)));
        let all: Vec<(FieldPath, Value)> = claim.fields().chain(fields).collect();
        partner
            .node
            .edit_document(&circle, document, &schema, |edit| {
                all.iter().try_for_each(|(path, value)| edit.set(path, value))
            })
            .unwrap();
        partner.node.settle();
    };
    write(&mut hub, "Alianza", "Book the bus");
    write(&mut bea, "Financiera", "Pay the strangers");
    hub.meet(&mut bea);
    let request = BoardRequest::Calendar {
        from: Some("2027-01-01".to_owned()),
        to: Some("2027-12-31".to_owned()),
        circle: None,
    };
    let page = serde_json::to_string(&hub.ask(Request::Board(request)).unwrap()).unwrap();
    assert!(page.contains("Book the bus"), "{page}");
    assert!(!page.contains("Pay the strangers"), "{page}");
}

#[test]
fn whom_an_incident_names_stays_though_the_card_does_not_link_it() {
    let (mut hub, mut alma, _bea) = apart();
    create(&mut hub, "Cercanas", "Alma Colectiva", &mut alma);
    incident(&mut hub, "Rosalba Quenguan", &["Alianza"]);
    let theirs = incident(&mut alma, "Delfina Tumbo", &[]);
    let told = Request::IncidentEdit {
        incident: theirs.clone(),
        circle: None,
        set: fields(&[
            ("perpetrators/1/type", "unknown"),
            ("perpetrators/1/name", "Cabo Inventado"),
        ]),
        unset: Vec::new(),
    };
    alma.ask(told).unwrap();
    let share_theirs = Request::IncidentShare {
        incidents: vec![theirs],
        all_own: false,
        circle: "Cercanas".to_owned(),
        tier: "restricted".to_owned(),
        dry_run: false,
        no_tokens: false,
    };
    alma.ask(share_theirs).unwrap();
    hub.meet(&mut alma);
    let mut withheld = |from: &str, to: &str, body: &str| -> Vec<String> {
        let set = [("title", "Rivers"), ("body", body)];
        let made = hub.card(add("campaign", Some(from), &set)).unwrap();
        let shared = share(&mut hub, &made.row.card, to, true).unwrap();
        shared.withheld.into_iter().map(|it| it.path).collect()
    };
    // Of this organisation's own dossier, and of what a partner told a narrower circle.
    assert_eq!(withheld("private", "Alianza", "After ROSALBA QUENGUÁN"), ["body"]);
    assert_eq!(withheld("Alianza", "Financiera", "For Rosalba Quenguan"), ["body"]);
    assert_eq!(withheld("Cercanas", "Alianza", "By a cabo inventado"), ["body"]);
    // What a circle was told is no secret there, and one word is anybody's.
    assert!(withheld("private", "Cercanas", "By Cabo Inventado").is_empty());
    assert!(withheld("private", "Alianza", "After Rosalba").is_empty());
}
