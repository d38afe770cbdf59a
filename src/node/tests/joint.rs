//! Decisions, links, duplicates and copies of cards, between organisations.

mod answered;
mod apart;
mod decided;
mod kept;
mod one_place;

use super::{
    cards::{add, edit, scribble, show, value},
    fields,
    partners::{Partner, two},
    recorded, share_with,
};
use crate::{
    api::{
        Answer, ApiError, ErrorKind, Request,
        board::CardRequest,
        joint::{CardShared, CardSharing, DecisionDetail, DecisionRequest, NewLink},
    },
    model::id::CardId,
};

fn decide(partner: &mut Partner, request: DecisionRequest) -> Result<DecisionDetail, ApiError> {
    match partner.ask(Request::Decide(request))? {
        Answer::Decision(detail) => Ok(*detail),
        other => panic!("{other:?}"),
    }
}

fn open(card: &CardId, closes: &str) -> DecisionRequest {
    DecisionRequest::Open {
        card: card.to_string(),
        question: None,
        closes: closes.to_owned(),
        with: Vec::new(),
        needed: None,
        options: fields(&[]),
        by: Some("K7".to_owned()),
    }
}

fn position(card: &CardId, stance: &str, reason: Option<&str>) -> DecisionRequest {
    answer(card, None, stance, reason)
}

/// A position on a ballot that is named.
fn answer(
    card: &CardId,
    ballot: Option<&str>,
    stance: &str,
    reason: Option<&str>,
) -> DecisionRequest {
    DecisionRequest::Position {
        card: card.to_string(),
        ballot: ballot.map(str::to_owned),
        stance: stance.to_owned(),
        option: None,
        reason: reason.map(str::to_owned),
        by: None,
    }
}

fn state(partner: &mut Partner, card: &CardId) -> String {
    let shown = decide(partner, DecisionRequest::Show { card: card.to_string() }).unwrap();
    assert_eq!(partner.card(show(card)).unwrap().row.state, shown.row.state, "one state for all");
    shown.row.state
}

pub(super) fn link(card: &CardId, link: NewLink) -> CardRequest {
    CardRequest::Link { card: card.to_string(), link }
}

pub(super) fn to_incident(incident: &str) -> NewLink {
    NewLink { incident: Some(incident.to_owned()), ..NewLink::default() }
}

fn share(
    partner: &mut Partner,
    card: &CardId,
    circle: &str,
    dry_run: bool,
) -> Result<CardShared, ApiError> {
    let (card, circle) = (card.to_string(), circle.to_owned());
    let request = CardRequest::Share(CardSharing { card, circle, dry_run, of_partner: true });
    match partner.ask(Request::Card(request))? {
        Answer::CardShared(shared) => Ok(*shared),
        other => panic!("{other:?}"),
    }
}

/// An incident of a partner, shared with circles.
pub(super) fn incident(partner: &mut Partner, name: &str, circles: &[&str]) -> String {
    let set = [
        ("country", "CO"),
        ("date", "2024-05-03"),
        ("acts/1/violation", "death_threat"),
        ("victims/1/name", name),
        ("summary", "Threatened on the road."),
        ("counting_unit", "individual"),
        ("consent/basis", "informed_explicit"),
        ("consent/scopes/share_coalition_deid", "true"),
        ("consent/scopes/share_partners_named", "true"),
    ];
    let id = recorded(&mut partner.node, &set).to_string();
    for circle in circles {
        partner.ask(share_with(&id, circle, "coalition")).unwrap();
    }
    id
}

#[test]
fn every_node_computes_the_same_decision() {
    let (mut vereda, mut casa) = two();
    let made = vereda.card(add("decision", None, &[("title", "Join the campaign")])).unwrap();
    let card = made.row.card;
    vereda.meet(&mut casa);
    assert_eq!(state(&mut casa, &card), "proposed");
    let early = decide(&mut casa, position(&card, "consent", None)).unwrap_err();
    assert_eq!(early.code.as_deref(), Some("no-ballot-yet"));
    let theirs = decide(&mut casa, open(&card, "2099-01-31")).unwrap_err();
    assert_eq!(theirs.code.as_deref(), Some("not-your-decision"));
    for wrong in ["2000-01-01", "2099-01"] {
        let refused = decide(&mut vereda, open(&card, wrong)).unwrap_err();
        assert_eq!(refused.code.as_deref(), Some("no-ballot"));
    }
    let opened = decide(&mut vereda, open(&card, "2099-01-31")).unwrap();
    let ballot = opened.row.ballot.unwrap();
    assert_eq!((ballot.participants.len(), ballot.needed), (2, 2));
    decide(&mut vereda, position(&card, "consent", None)).unwrap();
    assert_eq!(state(&mut vereda, &card), "consent_window");
    vereda.meet(&mut casa);
    let unexplained = decide(&mut casa, position(&card, "block", None)).unwrap_err();
    assert_eq!(unexplained.code.as_deref(), Some("block-without-reason"));
    decide(&mut casa, position(&card, "block", Some("The families were not asked"))).unwrap();
    assert_eq!(
        (state(&mut casa, &card), state(&mut vereda, &card)),
        ("blocked".to_owned(), "consent_window".to_owned())
    );
    vereda.meet(&mut casa);
    assert_eq!(state(&mut vereda, &card), "blocked");
    decide(&mut casa, position(&card, "consent", None)).unwrap();
    let back = decide(&mut casa, position(&card, "stand-aside", None)).unwrap_err();
    assert_eq!(back.code.as_deref(), Some("has-consented"));
    vereda.meet(&mut casa);
    assert_eq!(state(&mut vereda, &card), "adopted");
    assert_eq!(state(&mut casa, &card), "adopted");
    let close = DecisionRequest::Close { card: card.to_string(), ballot: None, by: None };
    let closing = decide(&mut casa, close);
    assert_eq!(closing.unwrap_err().code.as_deref(), Some("window-open"));
    // Put once more: what was adopted stands, whatever is said to that but that all want it.
    let again = decide(&mut vereda, open(&card, "2099-02-28")).unwrap();
    assert_eq!((again.row.state.as_str(), again.row.open.len()), ("adopted", 1));
    let newest = again.row.newest.unwrap();
    let newest = Some(newest.as_str());
    decide(&mut vereda, answer(&card, newest, "consent", None)).unwrap();
    vereda.meet(&mut casa);
    assert_eq!(state(&mut casa, &card), "adopted");
    decide(&mut casa, answer(&card, newest, "block", Some("It was changed since"))).unwrap();
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        assert_eq!(state(partner, &card), "adopted");
        let shown = decide(partner, DecisionRequest::Show { card: card.to_string() }).unwrap();
        assert_eq!(shown.newer.len(), 1, "shown beside it");
        assert_eq!((shown.newer[0].state.as_str(), shown.row.open.len()), ("blocked", 0));
    }
    decide(&mut casa, answer(&card, newest, "consent", None)).unwrap();
    let shown = decide(&mut casa, DecisionRequest::Show { card: card.to_string() }).unwrap();
    assert_eq!((shown.row.state.as_str(), shown.older.len()), ("adopted", 1));
}

#[test]
fn work_that_others_do_already_is_shown_and_saved_all_the_same() {
    let (mut vereda, mut casa) = two();
    let set = [
        ("title", "Hearing"),
        ("countries/co", "yes"),
        ("institution", "Comisión Interamericana"),
        ("starts", "2027-03"),
    ];
    let first = vereda.card(add("opportunity", None, &set)).unwrap();
    assert!(first.duplicates.is_empty());
    let hidden = vereda.card(add("opportunity", Some("private"), &set)).unwrap();
    assert_eq!(hidden.duplicates.len(), 1, "its own it sees");
    vereda.meet(&mut casa);
    let changed = |change: &dyn Fn(&mut bool, &mut bool)| {
        let mut request = add("opportunity", None, &set);
        if let CardRequest::Add { dry_run, unless_duplicate, .. } = &mut request {
            change(dry_run, unless_duplicate);
        }
        request
    };
    let dry = casa.card(changed(&|dry, _| *dry = true)).unwrap();
    assert_eq!(dry.duplicates.len(), 1, "what others keep for themselves is not here");
    assert_eq!(dry.duplicates[0].card, first.row.card);
    let codes: Vec<&str> = dry.duplicates[0].reasons.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(codes, ["country", "institution", "period"]);
    assert_eq!(casa.node.cards().len(), 1, "nothing was saved");
    let refused = casa.card(changed(&|_, unless| *unless = true)).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("duplicate-card"));
    assert_eq!(casa.node.cards().len(), 1);
    let saved = casa.card(add("opportunity", None, &set)).unwrap();
    assert_eq!((saved.duplicates.len(), casa.node.cards().len()), (1, 2));
}

#[test]
fn a_card_shows_of_an_incident_what_its_reader_has() {
    let (mut vereda, mut casa) = two();
    let open = incident(&mut vereda, "Rosalba Quenguan", &["Alianza"]);
    let kept = incident(&mut vereda, "Delfina Tumbo", &[]);
    let made = vereda.card(add("target", None, &[("title", "Ministry")])).unwrap();
    let card = made.row.card;
    vereda.card(link(&card, to_incident(&open))).unwrap();
    let linked = vereda.card(link(&card, to_incident(&kept))).unwrap();
    let homes: Vec<(bool, bool)> =
        linked.links.iter().map(|it| (it.target == kept, it.at_home)).collect();
    assert!(homes.contains(&(true, true)) && homes.contains(&(false, false)), "{homes:?}");
    vereda.meet(&mut casa);
    let theirs = casa.card(show(&card)).unwrap();
    assert_eq!(theirs.links.len(), 1, "of the other there is not even an id");
    assert!(theirs.links[0].readable && theirs.links[0].countries == ["CO"]);
    // One who has not got the facet is told so; the link itself tells nothing.
    let stranger = "0123456789abcdef0123456789abcdef";
    let key = (made.row.circle, crate::node::cards::card_document(&card, &made.row.circle));
    let text = format!("{:?}", casa.node.replica.document(&key).unwrap().unwrap().record());
    assert!(!text.contains(&kept) && !text.contains("Quenguan") && !text.contains(stranger));
    // Shared later: the next edit of the card brings the link along.
    let share = Request::IncidentShare {
        incidents: vec![kept.clone()],
        all_own: false,
        circle: "Alianza".to_owned(),
        tier: "coalition".to_owned(),
        dry_run: false,
        no_tokens: false,
    };
    vereda.ask(share).unwrap();
    let edited = vereda.card(edit(&card, &[("priority", "high")], &[])).unwrap();
    assert!(edited.links.iter().all(|it| !it.at_home), "{:?}", edited.links);
    assert!(edited.notes.iter().any(|it| it.contains("went into the circle")), "that is told");
    vereda.meet(&mut casa);
    assert_eq!(casa.card(show(&card)).unwrap().links.len(), 2);
    let unlink = CardRequest::Unlink { card: card.to_string(), link: kept[..8].to_owned() };
    assert_eq!(casa.card(unlink).unwrap().links.len(), 1);
}

#[test]
fn who_has_not_got_what_is_linked_leaves_the_link_where_it_is() {
    let (mut hub, _alma, _bea) = apart();
    let mut brigada = Partner::new("Brigada");
    hub.admit("Alianza", &mut brigada);
    let create = Request::CircleCreate {
        name: "Dos".to_owned(),
        with: vec!["Alma Colectiva".to_owned()],
        coalition: Some("Alianza".to_owned()),
    };
    hub.ask(create).unwrap();
    let linked = incident(&mut hub, "Rosalba Quenguan", &["Dos"]);
    let made = hub.card(add("target", Some("Alianza"), &[("title", "Ministry")])).unwrap();
    let card = made.row.card;
    let kept = hub.card(link(&card, to_incident(&linked))).unwrap();
    assert!(kept.links[0].at_home, "the coalition is wider than who has it");
    hub.meet(&mut brigada);
    assert!(brigada.card(show(&card)).unwrap().links.is_empty());
    // Another program may have written it all the same.
    let key = kept.links[0].key.clone();
    hub.card(CardRequest::Unlink { card: card.to_string(), link: key }).unwrap();
    scribble(&mut hub, &made.row.circle, &card, &[("links/x1/incident", &linked)]);
    hub.meet(&mut brigada);
    let theirs = brigada.card(show(&card)).unwrap().links;
    assert!(!theirs[0].readable && theirs[0].title.is_none() && !theirs[0].at_home);
    let edited = brigada.card(edit(&card, &[("priority", "high")], &[])).unwrap();
    assert!(!edited.links[0].at_home, "it did not move to who edits");
    hub.meet(&mut brigada);
    let ours = hub.card(show(&card)).unwrap().links;
    assert!(ours.len() == 1 && ours[0].readable && !ours[0].at_home);
}

#[test]
fn a_text_that_says_what_stays_is_refused() {
    let (mut vereda, mut casa) = two();
    let incident = incident(&mut vereda, "Rosalba Quenguan", &["Alianza"]);
    let telling = [("title", "Meeting"), ("place", "Casa Azul"), ("body", "We meet at casa azul.")];
    let refused = vereda.card(add("strategy_meeting", None, &telling)).unwrap_err();
    assert_eq!(
        (refused.kind, refused.code.as_deref()),
        (ErrorKind::Refused, Some("card-text-tells"))
    );
    assert!(vereda.node.cards().is_empty());
    let made = vereda.card(add("target", None, &[("title", "For Rosalba")])).unwrap();
    let card = made.row.card;
    let refused = vereda.card(link(&card, to_incident(&incident))).unwrap_err();
    assert!(refused.message.starts_with("title contains"), "{refused:?}");
    vereda.card(edit(&card, &[("title", "For a leader")], &[])).unwrap();
    vereda.card(link(&card, to_incident(&incident))).unwrap();
    let refused = vereda.card(edit(&card, &[("body", "ROSALBA asked us")], &[])).unwrap_err();
    assert_eq!(refused.code.as_deref(), Some("card-text-tells"));
    // Another, who does not know the name, may have written it: that is shown, and keeps nobody out.
    vereda.meet(&mut casa);
    casa.card(edit(&card, &[("body", "Rosalba asked us")], &[])).unwrap();
    vereda.meet(&mut casa);
    assert_eq!(vereda.card(show(&card)).unwrap().notes.len(), 1);
    vereda.card(edit(&card, &[("priority", "high")], &[])).unwrap();
    let shared = vereda.card(edit(&card, &[("body", "She asked us")], &[])).unwrap();
    assert!(shared.notes.is_empty());
}

/// One organisation in two coalitions, with a partner in each.
fn apart() -> (Partner, Partner, Partner) {
    let (mut hub, mut alma, mut bea) =
        (Partner::new("Puente"), Partner::new("Alma Colectiva"), Partner::new("Bosque Vivo"));
    hub.found("Alianza");
    hub.found("Financiera");
    hub.admit("Alianza", &mut alma);
    hub.admit("Financiera", &mut bea);
    (hub, alma, bea)
}

#[test]
fn a_copy_in_another_coalition_has_what_may_go_and_an_id_of_its_own() {
    let (mut hub, mut alma, mut bea) = apart();
    let unnamed = hub.card(add("campaign", None, &[("title", "Rivers")])).unwrap_err();
    assert_eq!(unnamed.code.as_deref(), Some("name-a-circle"));
    let linked = incident(&mut hub, "Rosalba Quenguan", &["Alianza"]);
    let set = [
        ("title", "Rivers"),
        ("aim", "No dam without consent"),
        ("risk_notes", "Two of them are followed"),
        ("partners/a/org", "Alma Colectiva"),
        ("partners/a/status", "in"),
        ("partners/h/org", "Puente"),
        ("partners/h/status", "in"),
        ("metrics", "As agreed with Alma Colectiva"),
    ];
    let made = hub.card(add("campaign", Some("Alianza"), &set)).unwrap();
    let card = made.row.card;
    hub.card(link(&card, to_incident(&linked))).unwrap();
    let url = NewLink { url: Some("https://example.org".to_owned()), ..NewLink::default() };
    hub.card(link(&card, url)).unwrap();
    let dry = share(&mut hub, &card, "Financiera", true).unwrap();
    assert_eq!((dry.outcome.as_str(), dry.copy), ("would-publish", None));
    assert_eq!(hub.node.cards().len(), 1);
    let shared = share(&mut hub, &card, "Financiera", false).unwrap();
    assert_eq!((shared.outcome.as_str(), &shared.fields), ("published", &dry.fields));
    let stays = |path: &str| shared.withheld.iter().any(|it| it.path == path);
    for path in ["risk_notes", "partners/a/org", "partners/a/status", "metrics"] {
        assert!(stays(path), "{path}: {:?}", shared.withheld);
    }
    let links = shared.withheld.iter().filter(|it| it.path.ends_with("/incident"));
    assert_eq!(links.count(), 1);
    let copy = shared.copy.unwrap();
    assert_ne!(copy, card);
    hub.meet(&mut alma);
    hub.meet(&mut bea);
    assert!(bea.card(show(&card)).is_err() && alma.card(show(&copy)).is_err());
    let theirs = bea.card(show(&copy)).unwrap();
    assert_eq!(value(&theirs, "aim"), Some("No dam without consent"));
    assert_eq!((theirs.origin, theirs.links.len()), (hub.node.org(), 1));
    // What partners there write stays where the card says nothing new.
    bea.card(edit(&copy, &[("assets", "A film"), ("aim", "No dam at all")], &[])).unwrap();
    hub.meet(&mut bea);
    assert_eq!(share(&mut hub, &card, "Financiera", false).unwrap().outcome, "unchanged");
    hub.card(edit(&card, &[("title", "Free rivers")], &["partners/h/status"])).unwrap();
    let again = share(&mut hub, &card, "Financiera", false).unwrap();
    assert_eq!((again.outcome.as_str(), again.copy), ("updated", Some(copy)));
    hub.meet(&mut bea);
    let theirs = bea.card(show(&copy)).unwrap();
    assert_eq!(
        (theirs.row.title.as_str(), value(&theirs, "aim")),
        ("Free rivers", Some("No dam at all"))
    );
    assert_eq!(value(&theirs, "assets"), Some("A film"));
    assert_eq!(value(&theirs, "partners/h/status"), None);
    // Once the circle has the incident, its link goes along.
    let send = Request::IncidentShare {
        incidents: vec![linked.clone()],
        all_own: false,
        circle: "Financiera".to_owned(),
        tier: "coalition".to_owned(),
        dry_run: false,
        no_tokens: false,
    };
    hub.ask(send).unwrap();
    let again = share(&mut hub, &card, "Financiera", false).unwrap();
    assert!(again.fields.values().any(|it| it == &serde_json::Value::from(linked.as_str())));
    assert!(hub.card(show(&card)).unwrap().duplicates.is_empty(), "a copy is no work of others");
}

#[test]
fn in_a_circle_of_the_same_coalition_it_is_the_same_card() {
    let (mut hub, mut alma, _bea) = apart();
    let create = Request::CircleCreate {
        name: "Dos".to_owned(),
        with: vec!["Alma Colectiva".to_owned()],
        coalition: Some("Alianza".to_owned()),
    };
    hub.ask(create).unwrap();
    hub.meet(&mut alma);
    let made = hub
        .card(add(
            "campaign",
            Some("Dos"),
            &[("title", "Rivers"), ("risk_notes", "Two are followed")],
        ))
        .unwrap();
    let shared = share(&mut hub, &made.row.card, "Alianza", false).unwrap();
    assert_eq!(shared.copy, Some(made.row.card));
    assert_eq!(shared.withheld.len(), 1, "{:?}", shared.withheld);
    let shown = hub.card(show(&made.row.card)).unwrap();
    assert_eq!(
        (shown.row.circle, hub.node.cards().len()),
        (made.row.circle, 1),
        "where it was made"
    );
    let there = share(&mut hub, &made.row.card, "Dos", false).unwrap_err();
    assert_eq!(there.code.as_deref(), Some("card-is-there"));
    // What was made for this organisation alone gets another id wherever it goes.
    let own = hub.card(add("campaign", Some("private"), &[("title", "Draft")])).unwrap();
    let shared = share(&mut hub, &own.row.card, "Alianza", false).unwrap();
    assert_ne!(shared.copy, Some(own.row.card));
}
