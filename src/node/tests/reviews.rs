//! Reviews as a documentation officer writes them.

use super::*;
use crate::{
    api::{
        answer::{Reviewed, Verification},
        request::NewReview,
        verification::MissingItem,
    },
    doc::Document,
    model::registry::{RecordKind, Schema},
    node::beside::beside_document,
};

/// An incident that lacks nothing for v3, and is shared.
fn complete(node: &mut Node, more: &[(&str, &str)]) -> String {
    let mut set = vec![
        ("country", "CO"),
        ("date", "2024-05-03"),
        ("place/admin1", "Cauca"),
        ("acts/1/violation", "death_threat"),
        ("acts/1/victim", "1"),
        ("acts/1/motivation", "victim_activity"),
        ("acts/1/sdg_population", "hrd"),
        ("victims/1/name", "Rosalba Quenguan"),
        ("victims/1/pseudonym", "V-014"),
        ("victims/1/sex_gender", "female"),
        ("victims/1/age_band", "unknown"),
        ("perpetrators/1/type", "unknown"),
        ("perpetrators/1/state_link", "undetermined"),
        ("sources/1/independent", "yes"),
        ("sources/2/independent", "yes"),
        ("summary", "Threatened on the road."),
        ("counting_unit", "individual"),
        ("recorded/by", "D-1"),
        ("consent/basis", "informed_explicit"),
        ("consent/scopes/share_coalition_deid", "true"),
    ];
    set.extend_from_slice(more);
    recorded(node, &set).to_string()
}

fn review(incident: &str, level: &str, code: &str) -> NewReview {
    NewReview {
        incidents: vec![incident.to_owned()],
        level: Some(level.to_owned()),
        reason: "Checked".to_owned(),
        reviewer_code: code.to_owned(),
        reviewer: Some("Persona Revisora".to_owned()),
        grounds: Some("Two accounts agree".to_owned()),
        citation: Some("CIDH, report 12/24".to_owned()),
        ..NewReview::default()
    }
}

fn add(node: &mut Node, review: NewReview) -> Result<Reviewed, crate::api::ApiError> {
    let answer = ask(node, Request::ReviewAdd { review: Box::new(review) })?;
    let Answer::Reviewed(reviewed) = answer else { panic!("{answer:?}") };
    Ok(reviewed)
}

fn level(node: &mut Node, incident: &str, circle: Option<&str>) -> String {
    verification(node, incident, circle).level
}

fn verification(node: &mut Node, incident: &str, circle: Option<&str>) -> Verification {
    let circle = circle.map(str::to_owned);
    let request = Request::ReviewList { incident: incident.to_owned(), circle };
    let Answer::Reviews(found) = ask(node, request).unwrap() else { panic!() };
    *found
}

fn with_level(node: &mut Node, level: &str) -> u64 {
    let filter = crate::api::request::IncidentFilter {
        level: Some(level.to_owned()),
        ..crate::api::request::IncidentFilter::default()
    };
    let Answer::Incidents(page) =
        ask(node, Request::IncidentList { filter: Box::new(filter) }).unwrap()
    else {
        panic!()
    };
    page.total
}

#[test]
fn an_incident_is_verified_step_by_step_and_the_circle_reads_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let incident = complete(&mut node, &[]);
    // Before it is shared: the review comes along later.
    add(&mut node, review(&incident, "v1", "R-1")).unwrap();
    assert_eq!(with_level(&mut node, "v1"), 1);
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "published");
    assert_eq!(level(&mut node, &incident, Some("Amazonas")), "v1_screened");

    add(&mut node, review(&incident, "v2", "R-1")).unwrap();
    let first = add(&mut node, review(&incident, "v3", "R-1")).unwrap();
    assert_eq!(first.incidents[0].level, "v2_corroborated", "a second person is waited for");
    assert_eq!(first.incidents[0].circles.len(), 1);
    let again = add(&mut node, review(&incident, "v3", "r 1")).unwrap_err();
    assert_eq!(again.kind, ErrorKind::Refused);
    assert!(again.message.contains("change nothing"), "{again:?}");
    add(&mut node, review(&incident, "v3", "R-2")).unwrap();
    add(&mut node, review(&incident, "v4", "R-2")).unwrap();
    for circle in [None, Some("Amazonas")] {
        let found = verification(&mut node, &incident, circle);
        assert_eq!(found.level, "v4_established");
        assert_eq!((found.reviews.len(), found.missing.len()), (5, 0));
        assert_eq!(found.citations, ["CIDH, report 12/24"]);
        // The reviewer's name is for named partners at most.
        let named = found.reviews.iter().all(|review| review.reviewer.is_some());
        assert_eq!(named, circle.is_none());
    }
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "unchanged");
    assert_eq!(verification(&mut node, &incident, Some("Amazonas")).reviews.len(), 5, "once each");
    node.close().unwrap();
    // The level is there again after a start, also in lists.
    let mut node = Node::open(&path, &passphrase()).unwrap();
    assert_eq!((with_level(&mut node, "v4"), with_level(&mut node, "v0")), (1, 0));
    node.close().unwrap();
}

#[test]
fn a_review_without_effect_is_refused_and_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let incident = complete(&mut node, &[]);
    let unset = Request::IncidentEdit {
        incident: incident.clone(),
        circle: None,
        set: fields(&[("sources/2/derived_from", "1")]),
        unset: vec!["victims/1/age_band".to_owned(), "place/admin1".to_owned()],
    };
    ask(&mut node, unset).unwrap();
    let refused = add(&mut node, review(&incident, "v3", "R-1")).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Refused);
    let hints = refused.hints.join("\n");
    for missing in ["place/admin1", "victims/1/age_band", "derived_from"] {
        assert!(hints.contains(missing), "{missing} in {hints}");
    }
    let request = Request::ReviewChecklist { incident: incident.clone(), circle: None };
    let Answer::Checklist(found) = ask(&mut node, request).unwrap() else { panic!() };
    let of = |level: &str| -> Vec<&MissingItem> {
        found.missing.iter().filter(|item| item.level == level).collect()
    };
    assert_eq!(of("v1_screened")[0].path, "place/admin1");
    assert!(of("v3_verified").iter().any(|item| item.path == "victims/1/age_band"));

    let usage = |node: &mut Node, review: NewReview| add(node, review).unwrap_err().kind;
    let mut nameless = review(&incident, "v1", "R-1");
    nameless.reason = String::new();
    assert_ne!(usage(&mut node, nameless), ErrorKind::Internal);
    assert_eq!(usage(&mut node, review(&incident, "v9", "R-1")), ErrorKind::Usage);
    let mut closing = review(&incident, "v1", "R-1");
    closing.closes = Some("abcd".to_owned());
    assert_ne!(usage(&mut node, closing), ErrorKind::Internal);
    node.close().unwrap();
}

#[test]
fn a_reason_with_a_name_that_is_withheld_does_not_leave() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let incident = complete(&mut node, &[]);
    let mut telling = review(&incident, "v1", "R-1");
    telling.reason = "Rosalba confirmed it".to_owned();
    add(&mut node, telling.clone()).unwrap();
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "published");
    let found = verification(&mut node, &incident, Some("Amazonas"));
    assert_eq!((found.level.as_str(), found.reviews.len()), ("v0_reported", 0));
    telling.level = Some("v2".to_owned());
    let refused = add(&mut node, telling).unwrap_err();
    assert!(refused.message.contains("reason contains a name"), "{refused:?}");
    node.close().unwrap();
}

#[test]
fn many_rows_move_at_once_to_what_their_list_states() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let stated = |level| [("stated_level", level)];
    complete(&mut node, &stated("v2_corroborated"));
    complete(&mut node, &stated("v1_screened"));
    complete(&mut node, &stated("not_met"));
    complete(&mut node, &stated("v0_reported"));
    complete(&mut node, &[]);
    let lacking = complete(&mut node, &stated("v2_corroborated"));
    let edit = Request::IncidentEdit {
        incident: lacking.clone(),
        circle: None,
        set: fields(&[("sources/2/independent", "no")]),
        unset: Vec::new(),
    };
    ask(&mut node, edit).unwrap();
    let mut all = review("", "v0", "R-1");
    (all.incidents, all.all_own, all.where_stated, all.level) = (Vec::new(), true, true, None);
    let done = add(&mut node, all.clone()).unwrap();
    assert_eq!((done.counts["written"], done.counts["refused"]), (3, 1));
    let refused = done.incidents.iter().find(|one| one.outcome == "refused").unwrap();
    assert_eq!(refused.incident.to_string(), lacking);
    assert_eq!(refused.missing[0].need, "independent_sources");
    for (level, incidents) in [("v2", 1), ("v1", 1), ("not_met", 1), ("v0", 3)] {
        assert_eq!(with_level(&mut node, level), incidents, "{level}");
    }
    // With a level, those that state as much: the one that was refused is at least screened.
    all.level = Some("v1".to_owned());
    let done = add(&mut node, all).unwrap();
    assert_eq!((done.counts["written"], done.counts["refused"]), (1, 2));
    node.close().unwrap();
}

#[test]
fn what_a_stranger_wrote_in_its_place_does_not_keep_a_review_from_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let incident = complete(&mut node, &[]);
    add(&mut node, review(&incident, "v1", "R-1")).unwrap();
    let id = verification(&mut node, &incident, None).reviews[0].id.clone();
    let circle = node.find_circle("Amazonas").unwrap();
    let document = beside_document(&circle, &node.org(), &id);
    let key = (circle, document);
    let stranger = Actor::of(&DeviceId::new([9; 32]), &Incarnation::new([9; 16]), &document);
    let mut held = Document::new(Schema::of(RecordKind::Review));
    let forged = Value::Text("Forged".to_owned());
    let forge = |edit: &mut Edit<'_>| edit.set(&"reason".parse().unwrap(), &forged);
    let change = held.edit(&stranger, forge).unwrap().unwrap();
    node.replica.save_own(&circle, document, &held).unwrap();

    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "published");
    let own = node.replica.document_by(&key, |it| *it == node.device()).unwrap().unwrap();
    assert_eq!(own.record().text("reason"), Some("Checked"));
    assert_eq!((own.waiting().count(), own.reading().changes), (0, 1));
    assert!(node.replica.document(&key).unwrap().unwrap().contains(&change.id()));
    node.close().unwrap();
}

#[test]
fn neither_what_a_facet_says_of_its_tier_nor_ended_consent_lets_a_text_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let incident = complete(&mut node, &[]);
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "published");
    let id: IncidentId = incident.parse().unwrap();
    let mut circles = node.view.documents(&id).filter(|it| it.tier().is_some());
    let circle = circles.next().unwrap().circle();
    drop(circles);
    // As a partner could write it.
    let lie = ("disclosure/tier".parse().unwrap(), Value::from("restricted"));
    node.edit_facets(&circle, &[(id, vec![lie])]).unwrap();
    add(&mut node, review(&incident, "v1", "R-1")).unwrap();
    let found = verification(&mut node, &incident, Some("Amazonas"));
    assert_eq!((found.reviews.len(), found.reviews[0].reviewer.as_deref()), (1, None));

    let ended = Request::IncidentEdit {
        incident: incident.clone(),
        circle: None,
        set: fields(&[("consent/expires", "2020-01-01")]),
        unset: Vec::new(),
    };
    ask(&mut node, ended).unwrap();
    let refused = add(&mut node, review(&incident, "v2", "R-1")).unwrap_err();
    assert!(refused.message.contains("consent has ended"), "{refused:?}");
    outcome(&mut node, share(&incident, "coalition"));
    assert_eq!(verification(&mut node, &incident, None).reviews.len(), 1);
    add(&mut node, review(&incident, "v2", "R-1")).unwrap();
    let everywhere = node.view.reviews_of(&id).filter(|(_, held)| held.circle == circle);
    assert_eq!(everywhere.count(), 1, "only at home once it is taken back");
    node.close().unwrap();
}
