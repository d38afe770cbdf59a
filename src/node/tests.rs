//! A node without a network, asked as a person asks it.
#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::string_slice,
    reason = "a test that meets what it does not expect fails, and ids are of plain letters"
)]

mod alert_words;
mod alerts;
mod board;
mod cap;
mod cards;
mod consents;
mod damage;
mod devices;
mod evidence;
mod import;
mod joint;
mod large;
mod linkage;
mod partners;
mod power;
mod proof;
mod reviews;
mod rewritten;
mod statements;
mod vocabulary;

use std::{collections::BTreeMap, path::Path};

use crate::{
    api::{Answer, ErrorKind, Request},
    crypto::{Passphrase, WorkFactor},
    doc::{Actor, Edit},
    model::{
        id::{DeviceId, Incarnation, IncidentId},
        registry::Value,
    },
    node::{
        Node,
        home::{self, InitOptions},
        names::org_document,
    },
    replica::{Storage, Tree},
};

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse")
}

fn make(home: &Path) -> String {
    let options = InitOptions {
        home,
        org: "Vereda",
        device: "laptop",
        passphrase: &passphrase(),
        work: WorkFactor::LOWEST,
    };
    home::init(&options).unwrap().words.to_string()
}

fn ask(node: &mut Node, request: Request) -> Result<Answer, crate::api::ApiError> {
    node.answer(request, &mut |_progress| {})
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
}

/// Records an incident.
fn recorded(node: &mut Node, set: &[(&str, &str)]) -> IncidentId {
    let added = ask(node, Request::IncidentAdd { fields: fields(set) }).unwrap();
    let Answer::Incident(shown) = added else { panic!("{added:?}") };
    shown.row.id
}

/// An incident, shared with a coalition of its own.
fn shared(node: &mut Node) -> String {
    ask(node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let incident = recorded(
        node,
        &[
            ("country", "CO"),
            ("date", "2024-05-03"),
            ("acts/1/violation", "death_threat"),
            ("victims/1/name", "Rosalba Quenguan"),
            ("summary", "Threatened on the road."),
            ("counting_unit", "individual"),
            ("consent/basis", "informed_explicit"),
            ("consent/scopes/share_coalition_deid", "true"),
        ],
    )
    .to_string();
    let share = Request::IncidentShare {
        incidents: vec![incident.clone(), incident.clone()],
        all_own: false,
        circle: "Amazonas".to_owned(),
        tier: "coalition".to_owned(),
        dry_run: false,
        no_tokens: false,
    };
    let answer = ask(node, share).unwrap();
    let Answer::Shared(shared) = answer else { panic!("{answer:?}") };
    assert_eq!(shared.incidents.len(), 1, "named twice, written once");
    assert_eq!(shared.counts.get("published"), Some(&1), "{shared:?}");
    incident
}

fn edit(incident: &str, set: &[(&str, &str)]) -> Request {
    Request::IncidentEdit {
        incident: incident.to_owned(),
        circle: Some("Amazonas".to_owned()),
        set: fields(set),
        unset: Vec::new(),
    }
}

#[test]
fn nothing_is_written_into_a_facet_that_sharing_would_withhold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let incident = shared(&mut node);
    for closed in [
        ("victims/1/name", "Somebody"),
        ("summary", "Threatened on the road."),
        ("date", "2024-05-04"),
        ("public_summary", "They followed Rosalba Quenguan."),
    ] {
        let refused = ask(&mut node, edit(&incident, &[closed])).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Refused, "{closed:?}: {refused:?}");
    }
    ask(&mut node, edit(&incident, &[("public_summary", "A threat.")])).unwrap();
    node.close().unwrap();
}

fn share(incident: &str, tier: &str) -> Request {
    share_with(incident, "Amazonas", tier)
}

fn share_with(incident: &str, circle: &str, tier: &str) -> Request {
    Request::IncidentShare {
        incidents: vec![incident.to_owned()],
        all_own: false,
        circle: circle.to_owned(),
        tier: tier.to_owned(),
        dry_run: false,
        no_tokens: false,
    }
}

fn outcome(node: &mut Node, request: Request) -> String {
    let Answer::Shared(shared) = ask(node, request).unwrap() else { panic!() };
    shared.incidents[0].outcome.clone()
}

#[test]
fn a_facet_is_emptied_when_consent_for_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let incident = shared(&mut node);
    assert_eq!(outcome(&mut node, share(&incident, "public")), "refused");
    let documents = |node: &Node| {
        let id = incident.parse().unwrap();
        node.view.documents(&id).count()
    };
    assert_eq!(documents(&node), 2, "what consent allows stays");
    let mut narrower = edit(&incident, &[("consent/scopes/share_coalition_deid", "false")]);
    if let Request::IncidentEdit { circle, .. } = &mut narrower {
        *circle = None;
    }
    ask(&mut node, narrower).unwrap();
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "withdrawn");
    assert_eq!(documents(&node), 1);
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "refused");
    node.close().unwrap();
}

/// To write other entries in the places of those that are gone would be a fork.
#[test]
fn a_damaged_journal_begins_a_new_life_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    shared(&mut node);
    let first = node.own.incarnation;
    node.close().unwrap();
    let node = Node::open(&path, &passphrase()).unwrap();
    assert_eq!(node.own.incarnation, first);
    node.close().unwrap();

    let mut segments: Vec<_> = std::fs::read_dir(path.join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    segments.sort();
    let segment = segments.last().unwrap();
    let mut bytes = std::fs::read(segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(segment, bytes).unwrap();
    let node = Node::open(&path, &passphrase()).unwrap();
    let second = node.own.incarnation;
    assert_ne!(second, first);
    node.close().unwrap();
    let node = Node::open(&path, &passphrase()).unwrap();
    assert_eq!(node.own.incarnation, second);
    node.close().unwrap();
}

/// What `rsync backup/ home/` does: lock and folders stay, a file that differs is replaced.
#[test]
fn a_backup_restored_in_place_begins_a_new_life_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let first = node.own.incarnation;
    node.close().unwrap();
    let (segment, backup) = (path.join("journal/00000001.seg"), folder.path().join("backup"));
    std::fs::copy(&segment, &backup).unwrap();
    node = Node::open(&path, &passphrase()).unwrap();
    assert_eq!(node.own.incarnation, first);
    shared(&mut node);
    node.close().unwrap();
    std::fs::rename(&backup, &segment).unwrap();

    let node = Node::open(&path, &passphrase()).unwrap();
    let second = node.own.incarnation;
    assert_ne!(second, first);
    node.close().unwrap();
    let node = Node::open(&path, &passphrase()).unwrap();
    assert_eq!(node.own.incarnation, second);
    node.close().unwrap();
}

/// The chores come again and again; what is said already is not written again.
#[test]
fn an_organisation_presents_itself_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    shared(&mut node);
    let circle = node.find_circle("Amazonas").unwrap();
    let written =
        |node: &Node| node.replica.counting_tails(&circle).into_iter().collect::<Vec<_>>();
    node.do_chores();
    let before = written(&node);
    node.present_in(&circle);
    node.own.org_name = "Vereda Alta".to_owned();
    assert_eq!(written(&node), before);
    node.present_in(&circle);
    let renamed = written(&node);
    assert_ne!(renamed, before, "another name is written");
    node.present_in(&circle);
    assert_eq!(written(&node), renamed);
    node.close().unwrap();
}

#[test]
fn what_a_stranger_wrote_in_its_place_does_not_keep_an_organisation_from_presenting_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    shared(&mut node);
    let circle = node.find_circle("Amazonas").unwrap();
    let document = org_document(&circle, &node.org());
    let key = (circle, document);
    let mut held = node.replica.document(&key).unwrap().unwrap();
    let stranger = Actor::of(&DeviceId::new([9; 32]), &Incarnation::new([9; 16]), &document);
    let forged = Value::Text("Forged".to_owned());
    let forge = |edit: &mut Edit<'_>| edit.set(&"name".parse().unwrap(), &forged);
    let change = held.edit(&stranger, forge).unwrap().unwrap();
    node.replica.save_own(&circle, document, &held).unwrap();
    node.own.org_name = "Vereda Alta".to_owned();
    node.present_in(&circle);
    let own = node.replica.document_by(&key, |it| *it == node.device()).unwrap().unwrap();
    assert_eq!(own.record().text("name"), Some("Vereda Alta"));
    assert_eq!((own.waiting().count(), own.contains(&change.id())), (0, false));
    assert!(node.replica.document(&key).unwrap().unwrap().contains(&change.id()));
    node.close().unwrap();
}

fn show(node: &mut Node, incident: &str) -> Answer {
    ask(node, Request::IncidentShow { incident: incident.to_owned() }).unwrap()
}

/// Opens, does something to the rows of an incident as they lie in the index, and closes.
fn spoil_rows(home: &Path, incident: &str, spoil: impl Fn(&mut Vec<u8>)) {
    let mut node = Node::open(home, &passphrase()).unwrap();
    let id = incident.parse().unwrap();
    let keys: Vec<_> =
        node.view.documents(&id).map(|held| (held.circle(), held.document())).collect();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let index_key = [key.0.as_bytes().as_slice(), key.1.as_bytes()].concat();
        let mut bytes = node.replica.storage().get(Tree::Rows, &index_key).unwrap().unwrap();
        spoil(&mut bytes);
        node.replica.storage_mut().put(Tree::Rows, &index_key, Some(&bytes)).unwrap();
    }
    node.close().unwrap();
}

#[test]
fn rows_of_another_version_are_worked_out_again() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("node");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let incident = shared(&mut node);
    let shown = show(&mut node, &incident);
    node.close().unwrap();
    // The byte after the document's key is the version.
    spoil_rows(&path, &incident, |bytes| bytes[48] ^= 1);
    for writes in [true, false] {
        let mut node = Node::open(&path, &passphrase()).unwrap();
        assert_eq!(show(&mut node, &incident), shown);
        assert_eq!(node.checkpoint.is_some(), writes, "rows that were read are not written again");
        node.close().unwrap();
    }
}

#[test]
fn rows_that_name_no_document_have_the_index_made_again() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("node");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let incident = shared(&mut node);
    let shown = show(&mut node, &incident);
    node.close().unwrap();
    spoil_rows(&path, &incident, |bytes| bytes.truncate(47));
    let refused = Node::open(&path, &passphrase()).unwrap_err();
    assert!(refused.message.contains("the index is damaged"), "{refused:?}");
    let mut node = Node::open(&path, &passphrase()).unwrap();
    assert_eq!(show(&mut node, &incident), shown);
    node.close().unwrap();
}

#[test]
fn facets_without_a_dossier_are_written_and_edited_in_bulk_and_named_once() {
    use crate::{
        model::registry::{Record, Tier},
        node::Facet,
    };

    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    make(&home);
    let mut node = Node::open(&home, &passphrase()).unwrap();
    let made = ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let Answer::Circle(made) = made else { panic!("{made:?}") };
    let circle = made.id;
    let facet = |number: usize| {
        let mut record = Record::incident();
        record.set("public_summary".parse().unwrap(), format!("Number {number}")).unwrap();
        Facet { nonce: format!("{number:032x}"), tier: Tier::Coalition, record }
    };
    // More than one batch.
    let ids = node.publish_facets(&circle, (0..501).map(facet).collect()).unwrap();
    assert_eq!((ids.len(), node.readable_in(&circle)), (501, 501));
    let (found, record) = node.facet_by_nonce(&circle, &facet(500).nonce).unwrap();
    assert_eq!((found, record.text("public_summary")), (ids[500], Some("Number 500")));

    let twice = node.publish_facets(&circle, vec![facet(600), facet(600)]);
    assert_eq!(twice.unwrap_err().kind, ErrorKind::Usage);
    let set = vec![("acts/1/outcome".parse().unwrap(), Value::from("missing"))];
    let twice = node.edit_facets(&circle, &[(ids[0], set.clone()), (ids[0], set.clone())]);
    assert_eq!(twice.unwrap_err().kind, ErrorKind::Usage);
    let nowhere = IncidentId::new([9; 16]);
    let missing = node.edit_facets(&circle, &[(nowhere, set.clone())]).unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound);
    node.edit_facets(&circle, &[(ids[0], set.clone()), (ids[1], set)]).unwrap();
    node.close().unwrap();

    let node = Node::open(&home, &passphrase()).unwrap();
    assert_eq!(node.readable_in(&circle), 501, "and none of what was refused");
    let shown = node.facet(&circle, &ids[1]).unwrap();
    assert_eq!(shown.text("acts/1/outcome"), Some("missing"));
    assert_eq!(shown.text("public_summary"), Some("Number 1"));
}
