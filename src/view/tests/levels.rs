//! How sure we are: by reviews, documents and whose word decides.

use super::*;
use crate::{
    api::answer::CircleKind,
    model::{
        registry::{RecordKind, Schema},
        verification::Rules,
    },
};

fn reviewed(n: u8, author: u8, who: &str, level: &str, of: u8, into: u8) -> DocumentRow {
    let mut review = Record::new(Schema::of(RecordKind::Review));
    let fields = [
        ("id", format!("r{n}")),
        ("incident", incident(of).to_string()),
        ("level", level.to_owned()),
        ("reason", "because".to_owned()),
        ("reviewer_code", who.to_owned()),
        ("at", "2025-01-01".to_owned()),
    ];
    for (path, text) in fields {
        review.set(path.parse().unwrap(), text).unwrap();
    }
    review.set("number".parse().unwrap(), i64::from(n)).unwrap();
    DocumentRow {
        circle: circle(into),
        document: DocumentId::new([100 + n; 16]),
        incident: incident(100 + n),
        origin: org(author),
        tier: None,
        record: review.into(),
        conflicts: Vec::new(),
        changes: 1,
        authors: BTreeSet::from([org(author)]),
    }
}

fn agreed(kind: CircleKind, stewards: BTreeSet<OrgId>) -> CircleRules {
    CircleRules { kind, rules: Rules { stewards, threshold: 1, two_organisations: false } }
}

#[test]
fn the_rules_of_the_whole_are_those_of_the_widest_circle_that_is_not_in_doubt() {
    // A facet in a small circle that calls itself public, one that is forged, and the coalition's.
    let (small, coalition, forged) = (4, 3, 5);
    let level = |view: &View| view.level(&incident(1), None).code();
    let mut forgery = row(1, Some(Tier::Public), &[]);
    (forgery.circle, forgery.origin) = (circle(forged), org(2));
    let rules = BTreeMap::from([
        (circle(small), agreed(CircleKind::Circle, BTreeSet::from([org(2)]))),
        (circle(forged), agreed(CircleKind::Coalition, BTreeSet::from([org(2)]))),
        (circle(coalition), agreed(CircleKind::Coalition, BTreeSet::from([org(3)]))),
        (circle(0), agreed(CircleKind::Private, BTreeSet::from([org(1)]))),
    ]);
    let mut seen = view([
        row(1, Some(Tier::Public), &[]),
        forgery,
        row(1, Some(Tier::Coalition), &[]),
        reviewed(1, 2, "x", "refuted", 1, small),
    ]);
    seen.set_rules(rules);
    assert_eq!(level(&seen), "disputed", "no steward of the coalition says so");
    assert_eq!(seen.level(&incident(1), Some(circle(small))).code(), "refuted");
    seen.remove(&circle(coalition), &DocumentId::new([1; 16]));
    assert_eq!(level(&seen), "refuted");
    // What is written where the incident does not stand counts in no reading.
    seen.remove(&circle(small), &DocumentId::new([101; 16]));
    assert_eq!(level(&seen), "v0_reported");
    for (n, into, counts) in [(2, 9, false), (3, forged, false), (4, 0, true)] {
        seen.upsert(reviewed(n, 2, "x", "disputed", 1, into));
        assert_eq!(level(&seen) == "disputed", counts, "{into}");
    }
}

#[test]
fn a_document_that_turns_into_a_review_is_no_incident_any_more() {
    let mut seen = view([row(1, Some(Tier::Coalition), &[]), row(2, Some(Tier::Coalition), &[])]);
    let mut turned = reviewed(1, 1, "a", "disputed", 2, 3);
    turned.document = DocumentId::new([1; 16]);
    seen.upsert(turned);
    assert_eq!(ids(&seen, &IncidentFilter::default()), [incident(2)]);
    assert_eq!(seen.counts().documents, 1);
    assert_eq!(seen.level(&incident(2), None).code(), "disputed", "asked without a list");
}

#[test]
fn levels_follow_reviews_documents_and_rules_in_whatever_order_they_come() {
    let fields = [
        ("date", "2024-05"),
        ("country", "CO"),
        ("place/admin1", "CO-CAU"),
        ("counting_unit", "community"),
        ("acts/1/violation", "killing"),
    ];
    let coalition = 3;
    let screen = reviewed(1, 1, "a", "v1_screened", 1, coalition);
    let dispute = reviewed(2, 2, "x", "disputed", 1, coalition);
    let mut close = reviewed(3, 3, "c", "v1_screened", 1, coalition);
    let mut closing = close.record.unpack();
    closing.set("closes".parse().unwrap(), "r2").unwrap();
    close.record = closing.into();
    let level = |view: &View, in_circle: Option<u8>| {
        let query = Query::new(&IncidentFilter::default(), in_circle.map(circle), None).unwrap();
        view.list(&query, &()).rows[0].level.clone()
    };
    let facet = row(1, Some(Tier::Coalition), &fields);
    // Reviews may come before what they are of.
    let mut early = view([screen.clone(), dispute.clone(), facet.clone()]);
    assert_eq!(level(&early, None), "disputed");
    assert_eq!(
        ids(
            &early,
            &IncidentFilter { level: Some("disputed".into()), ..IncidentFilter::default() }
        )
        .len(),
        1
    );
    early.remove(&circle(coalition), &DocumentId::new([102; 16]));
    assert_eq!(level(&early, None), "v1_screened");
    early.upsert(row(1, Some(Tier::Coalition), &fields[..4]));
    assert_eq!(level(&early, None), "v0_reported", "the record lacks what v1 needs");
    early.upsert(facet.clone());
    // A partner's word closes only where the circle says so, and in no other circle.
    early.upsert(dispute.clone());
    early.upsert(close.clone());
    assert_eq!(level(&early, Some(coalition)), "disputed");
    let stewards = BTreeSet::from([org(3)]);
    let rules = agreed(CircleKind::Coalition, stewards);
    early.set_rules(BTreeMap::from([(circle(coalition), rules.clone())]));
    assert_eq!(level(&early, Some(coalition)), "v1_screened");
    let filling = Filling::new();
    filling.take(vec![close, facet, dispute, screen, row(1, Some(Tier::Restricted), &fields)]);
    let filled = filling.finish_by(BTreeMap::from([(circle(coalition), rules)]));
    assert_eq!(level(&filled, Some(coalition)), "v1_screened");
    assert_eq!(level(&filled, Some(2)), "v0_reported", "nobody reviewed it there");
    assert_eq!(level(&filled, None), "v1_screened");
    let judged =
        filled.assessment(&incident(1), Some(circle(coalition)), jiff::civil::date(2024, 12, 31));
    assert_eq!(judged.unwrap().level.code(), "v0_reported");
}
