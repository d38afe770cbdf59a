//! Whose word on evidence counts.

use std::collections::BTreeSet;

use super::*;
use crate::{
    model::{
        id::{CircleId, DocumentId, OrgId},
        registry::{Record, Tier},
    },
    view::{DocumentRow, PackedRecord},
};

const CIRCLE: CircleId = CircleId::new([5; 32]);
/// Who recorded the incident, and who would like to have.
const ORIGIN: OrgId = OrgId::new([1; 32]);
const OTHER: OrgId = OrgId::new([2; 32]);

/// A facet with an item `k` whose file has an id of this byte.
fn facet(
    (incident, slot, byte): (IncidentId, &str, u8),
    (origin, author): (OrgId, OrgId),
    tier: Tier,
    circle: CircleId,
) -> DocumentRow {
    let mut record = Record::incident();
    let hex = format!("{byte:02x}").repeat(32);
    let digest = |field: &str| (field.to_owned(), Value::from(hex.as_str()));
    let fields = [
        ("evidence/k/type".to_owned(), Value::from("photo")),
        digest("evidence/k/sha256"),
        digest(&format!("blobs/k/{slot}/blob")),
        digest(&format!("blobs/k/{slot}/key")),
        (format!("blobs/k/{slot}/bytes"), Value::Integer(i64::from(byte))),
    ];
    for (path, value) in fields {
        record.set(path.parse().unwrap(), value).unwrap();
    }
    DocumentRow {
        circle,
        document: DocumentId::new([byte; 16]),
        incident,
        origin,
        tier: Some(tier),
        record: PackedRecord::from(&record),
        conflicts: Vec::new(),
        changes: 1,
        authors: BTreeSet::from([author]),
    }
}

fn node(folder: &tempfile::TempDir) -> Node {
    let path = folder.path().join("home");
    make(&path);
    Node::open(&path, &passphrase()).unwrap()
}

/// The byte of the file that an item opens.
fn file(node: &Node, incident: &IncidentId) -> Option<u64> {
    let found = node.find_item(&format!("{incident}/k")).unwrap();
    assert!(found.original().is_none());
    found.blob(false).map(|(blob, _)| blob.size)
}

#[test]
fn nobody_puts_a_file_of_its_own_under_anothers_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = node(&folder);
    let incident = IncidentId::new([7; 16]);
    let forged = facet((incident, "copy", 9), (OTHER, OTHER), Tier::Restricted, CIRCLE);
    node.view.upsert(forged);
    node.view.upsert(facet((incident, "copy", 3), (ORIGIN, ORIGIN), Tier::Coalition, CIRCLE));
    let both = [3, 9].map(|byte| file(&node, &incident) == Some(byte));
    assert_eq!(both, [true, false], "the more closed facet of another claims the incident");
    let Answer::Evidence(items) = node.list_evidence(None).unwrap() else { panic!() };
    assert!(items[0].by.contains(&ORIGIN.short()), "{}", items[0].by);
    node.close().unwrap();
}

#[test]
fn what_is_in_doubt_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = node(&folder);
    let incident = IncidentId::new([7; 16]);
    // It claims to come from who never wrote in it.
    node.view.upsert(facet((incident, "copy", 9), (ORIGIN, OTHER), Tier::Restricted, CIRCLE));
    assert_eq!(file(&node, &incident), None);
    node.close().unwrap();
}

#[test]
fn an_own_item_has_the_file_that_the_dossier_names_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = node(&folder);
    let added = Request::IncidentAdd {
        fields: fields(&[
            ("country", "CO"),
            ("date", "2024-05-03"),
            ("acts/1/violation", "death_threat"),
            ("summary", "Threatened on the road."),
            ("counting_unit", "individual"),
            ("consent/basis", "informed_explicit"),
            // Only what it is: the file is elsewhere.
            ("evidence/k/type", "photo"),
        ]),
    };
    let Answer::Incident(shown) = ask(&mut node, added).unwrap() else { panic!() };
    let incident = shown.row.id;
    for slot in ["original", "copy", "thumbnail"] {
        node.view.upsert(facet((incident, slot, 9), (OTHER, OTHER), Tier::Restricted, CIRCLE));
        assert_eq!(file(&node, &incident), None, "{slot}");
        // Nor from a facet of its own: what others wrote there is not the dossier.
        let own = node.org();
        node.view.upsert(facet((incident, slot, 8), (own, own), Tier::Coalition, CIRCLE));
        assert_eq!(file(&node, &incident), None, "{slot}");
    }
    node.close().unwrap();
}

#[test]
fn a_copy_commits_to_its_original_and_does_not_name_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = node(&folder);
    let incident = shared(&mut node);
    let incident: IncidentId = incident.parse().unwrap();
    let digest = "ab".repeat(32);
    let mut made = |digest: &str| {
        let of = fields(&[("type", "photo")]);
        let made = node.record_evidence(&incident, &of, &[], Some(digest), &[]).unwrap();
        let shown = ask(&mut node, Request::IncidentShow { incident: incident.to_string() });
        let Answer::Incident(shown) = shown.unwrap() else { panic!() };
        let text = |field: &str| {
            let value = &shown.facets[0].fields[&format!("blobs/{}/{field}", made.key)];
            value.as_str().unwrap().to_owned()
        };
        (text("derived_from"), text("derived_salt"))
    };
    let (one, salt) = made(&digest);
    let (other, _) = made(&digest);
    assert!(one != other && one != digest, "two copies of one original tell nobody that they are");
    let decode = |hex: &str| data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    let opened = crate::crypto::Label::BlobOrigin.hash(&[&decode(&salt), &[0xab; 32]]);
    assert_eq!(decode(&one), opened);
    node.close().unwrap();
}
