//! The ledger of consent as a documentation officer keeps it.

use super::*;
use crate::api::{
    answer::{ConsentChanged, ConsentSubject},
    request::NewConsent,
};

/// Two victims, the record's own consent for the coalition; shared.
fn of_two(node: &mut Node) -> String {
    ask(node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let incident = recorded(
        node,
        &[
            ("country", "CO"),
            ("date", "2024-05-03"),
            ("acts/1/violation", "death_threat"),
            ("acts/1/victim", "1"),
            ("acts/2/violation", "killing"),
            ("acts/2/victim", "2"),
            ("victims/1/name", "Rosalba Quenguan"),
            ("victims/1/pseudonym", "Quetzal"),
            ("victims/2/pseudonym", "Colibri"),
            ("public_summary", "Quetzal and another were attacked."),
            ("summary", "Threatened on the road."),
            ("counting_unit", "individual"),
            ("consent/basis", "informed_explicit"),
            ("consent/scopes/share_coalition_deid", "true"),
            ("consent/scopes/statistics", "true"),
        ],
    )
    .to_string();
    assert_eq!(outcome(node, share(&incident, "coalition")), "published");
    incident
}

fn consent(incident: &str, victim: &str, basis: &str, scopes: &[&str]) -> NewConsent {
    NewConsent {
        incident: incident.to_owned(),
        victim: Some(victim.to_owned()),
        basis: Some(basis.to_owned()),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..NewConsent::default()
    }
}

fn changed(node: &mut Node, request: Request) -> ConsentChanged {
    let Answer::ConsentChanged(changed) = ask(node, request).unwrap() else { panic!() };
    *changed
}

fn record(node: &mut Node, consent: NewConsent) -> ConsentChanged {
    changed(node, Request::ConsentRecord { consent: Box::new(consent) })
}

fn withdraw(node: &mut Node, whose: &str) -> ConsentChanged {
    changed(node, Request::ConsentWithdraw { whose: whose.to_owned(), date: None })
}

fn list(node: &mut Node, expiring: Option<u32>) -> Vec<ConsentSubject> {
    let request = Request::ConsentList { subject: None, expiring };
    let Answer::Consents(list) = ask(node, request).unwrap() else { panic!() };
    list
}

/// What the coalition reads.
fn facet(node: &Node, incident: &str) -> BTreeMap<String, String> {
    let id = incident.parse().unwrap();
    let row = node.view.documents(&id).find(|row| row.tier().is_some());
    let record = row.map(|row| row.record().unpack());
    let fields = record.iter().flat_map(crate::model::registry::Record::iter);
    fields.map(|(path, value)| (path.to_string(), value.to_string())).collect()
}

fn open(folder: &Path) -> (std::path::PathBuf, Node) {
    let path = folder.join("home");
    make(&path);
    let node = Node::open(&path, &passphrase()).unwrap();
    (path, node)
}

#[test]
fn a_withdrawal_takes_back_at_once_what_is_the_persons_and_leaves_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut node) = open(folder.path());
    let incident = of_two(&mut node);
    let before = facet(&node, &incident);
    assert_eq!(before["victims/1/pseudonym"], "Quetzal");
    assert_eq!(before["statistics/1"], "true");
    assert!(before.contains_key("public_summary"));

    let gone = withdraw(&mut node, &format!("{incident}/1"));
    assert_eq!(gone.state, "withdrawn");
    assert_eq!(gone.taken_back[0].counts["updated"], 1, "{gone:?}");
    assert!(gone.failed.is_empty());
    let after = facet(&node, &incident);
    let text = format!("{after:?}");
    assert!(!text.contains("Quetzal") && !text.contains("death_threat"), "{text}");
    for path in ["victims/1/pseudonym", "acts/1/violation", "public_summary"] {
        assert!(!after.contains_key(path), "{path}");
    }
    assert_ne!(after.get("statistics/1").map(String::as_str), Some("true"));
    assert_eq!(after["victims/2/pseudonym"], "Colibri");
    assert_eq!(after["acts/2/violation"], "killing");
    // Sharing again does not bring it back, nor does a start.
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "unchanged");
    node.close().unwrap();
    let mut node = Node::open(&path, &passphrase()).unwrap();
    assert_eq!(facet(&node, &incident), after);
    let listed = list(&mut node, None);
    assert_eq!((listed.len(), listed[0].state.as_str()), (1, "withdrawn"));
    assert_eq!(listed[0].named[0].victim.as_deref(), Some("1"));
    // The other withdraws, too: nothing of the facet is left.
    let gone = withdraw(&mut node, &format!("{incident}/2"));
    assert_eq!(gone.taken_back[0].counts["withdrawn"], 1, "{gone:?}");
    assert!(facet(&node, &incident).is_empty());
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "refused");
    node.close().unwrap();
}

#[test]
fn one_person_in_two_incidents_withdraws_once() {
    let folder = tempfile::tempdir().unwrap();
    let (_path, mut node) = open(folder.path());
    let first = of_two(&mut node);
    let scopes = ["share_coalition_deid", "statistics"];
    let said = record(&mut node, consent(&first, "1", "informed_explicit", &scopes));
    assert_eq!(said.taken_back[0].counts.get("unchanged"), Some(&1), "{said:?}");
    let person = said.subject.unwrap();
    let added = Request::IncidentAdd {
        fields: fields(&[
            ("country", "CO"),
            ("date", "2025-02"),
            ("acts/1/violation", "killing"),
            ("acts/1/victim", "a"),
            ("victims/a/pseudonym", "Quetzal"),
            ("summary", "Shot."),
            ("counting_unit", "individual"),
            ("consent/basis", "none_recorded"),
        ]),
    };
    let Answer::Incident(shown) = ask(&mut node, added).unwrap() else { panic!() };
    let second = shown.row.id.to_string();
    assert_eq!(outcome(&mut node, share(&second, "coalition")), "refused");
    let link = NewConsent {
        incident: second.clone(),
        victim: Some("a".to_owned()),
        person: Some(person.get(..6).unwrap().to_owned()),
        ..NewConsent::default()
    };
    let linked = record(&mut node, link);
    assert_eq!((linked.incidents.len(), linked.entry), (2, None));
    assert_eq!(outcome(&mut node, share(&second, "coalition")), "published");
    let gone = withdraw(&mut node, &person);
    assert_eq!(gone.incidents.len(), 2);
    assert!(facet(&node, &second).is_empty());
    assert!(!format!("{:?}", facet(&node, &first)).contains("Quetzal"));
    node.close().unwrap();
}

#[test]
fn a_narrower_consent_takes_back_and_a_wider_one_publishes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (_path, mut node) = open(folder.path());
    let incident = of_two(&mut node);
    let store = record(&mut node, consent(&incident, "1", "informed_explicit", &["store"]));
    assert_eq!(store.state, "in_force");
    assert!(!facet(&node, &incident).contains_key("victims/1/pseudonym"));
    // What was changed in the dossier meanwhile is not published along.
    let edit = Request::IncidentEdit {
        incident: incident.clone(),
        circle: None,
        set: fields(&[("place/admin2", "Toribío")]),
        unset: Vec::new(),
    };
    ask(&mut node, edit).unwrap();
    let scopes = ["share_coalition_deid"];
    record(&mut node, consent(&incident, "1", "informed_explicit", &scopes));
    let same = facet(&node, &incident);
    assert!(!same.contains_key("victims/1/pseudonym") && !same.contains_key("place/admin2"));
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "updated");
    let wider = facet(&node, &incident);
    assert_eq!(wider["victims/1/pseudonym"], "Quetzal");
    assert_ne!(wider.get("statistics/1").map(String::as_str), Some("true"));
    node.close().unwrap();
}

#[test]
fn communities_and_records_withdraw_for_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (_path, mut node) = open(folder.path());
    let incident = of_two(&mut node);
    let of_community = NewConsent { victim: None, ..consent(&incident, "", "community", &[]) };
    let said = record(&mut node, of_community);
    assert!(facet(&node, &incident).contains_key("acts/1/violation"), "{said:?}");
    let gone = withdraw(&mut node, &incident);
    assert_eq!(gone.subject, said.subject, "the community's");
    assert!(facet(&node, &incident).is_empty());
    node.close().unwrap();

    let folder = tempfile::tempdir().unwrap();
    let (_path, mut node) = open(folder.path());
    let incident = of_two(&mut node);
    let gone = withdraw(&mut node, &incident);
    assert_eq!((gone.subject, gone.state.as_str()), (None, "withdrawn"));
    assert!(facet(&node, &incident).is_empty());
    node.close().unwrap();
}

#[test]
fn what_ends_soon_is_listed_and_what_makes_no_sense_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_path, mut node) = open(folder.path());
    let incident = of_two(&mut node);
    let mut ending = consent(&incident, "1", "guardian", &["share_coalition_deid"]);
    ending.expires = Some("2001-01-01".to_owned());
    assert_eq!(record(&mut node, ending).state, "expired");
    record(&mut node, consent(&incident, "2", "informed_explicit", &["share_coalition_deid"]));
    assert_eq!(list(&mut node, None).len(), 2);
    let soon = list(&mut node, Some(30));
    assert_eq!((soon.len(), soon[0].state.as_str()), (1, "expired"));
    let edit = Request::IncidentEdit {
        incident: incident.clone(),
        circle: None,
        set: fields(&[("consent/expires", "2002-01-01")]),
        unset: Vec::new(),
    };
    ask(&mut node, edit).unwrap();
    let soon = list(&mut node, Some(30));
    assert_eq!((soon.len(), soon[1].subject.as_deref()), (2, None), "and the record's own");

    let refused = |node: &mut Node, consent: NewConsent| {
        ask(node, Request::ConsentRecord { consent: Box::new(consent) }).unwrap_err().kind
    };
    let before = list(&mut node, None);
    assert_eq!(refused(&mut node, consent(&incident, "9", "guardian", &[])), ErrorKind::NotFound);
    assert_eq!(refused(&mut node, consent(&incident, "1", "whim", &[])), ErrorKind::Usage);
    assert_eq!(refused(&mut node, consent(&incident, "1", "guardian", &["all"])), ErrorKind::Usage);
    assert_eq!(list(&mut node, None), before);
    let request = Request::ConsentWithdraw { whose: "ffffffffffffffff".to_owned(), date: None };
    assert_eq!(ask(&mut node, request).unwrap_err().kind, ErrorKind::NotFound);
    node.close().unwrap();
}
