//! Tokens in facets, judgements and what follows, on one node. Nobody of these lives.

use super::*;
use crate::{
    api::linkage::{Candidates, Cluster, ClusterRequest, Judged, LinkRequest},
    linkage::tokens::NameTokens,
};

fn candidates(node: &mut Node) -> Candidates {
    let request = ClusterRequest::Candidates { incident: None, within_one: true, limit: 0 };
    let answer = ask(node, Request::Cluster(request)).unwrap();
    let Answer::Candidates(found) = answer else { panic!("{answer:?}") };
    found
}

fn judge(one: &str, other: &str, verdict: &str) -> Request {
    Request::Cluster(ClusterRequest::Judge {
        one: one.to_owned(),
        other: other.to_owned(),
        verdict: verdict.to_owned(),
        reason: None,
        by: Some("K7".to_owned()),
        victims: BTreeMap::new(),
        circle: None,
    })
}

fn judged(node: &mut Node, request: Request) -> Judged {
    let answer = ask(node, request).unwrap();
    let Answer::Judged(judged) = answer else { panic!("{answer:?}") };
    *judged
}

fn add(node: &mut Node, more: &[(&str, &str)]) -> String {
    let usual = [
        ("country", "CO"),
        ("date", "2024-05-03"),
        ("place/admin1", "CO-CAU"),
        ("acts/1/violation", "death_threat"),
        ("summary", "Threatened on the road."),
        ("counting_unit", "individual"),
        ("consent/basis", "informed_explicit"),
        ("consent/scopes/share_coalition_deid", "true"),
    ];
    let all: Vec<(&str, &str)> = usual.iter().chain(more).copied().collect();
    let incident = recorded(node, &all);
    incident.to_string()
}

/// The tokens in the facet of an incident.
fn tokens(node: &Node, incident: &str) -> Vec<String> {
    let incident: IncidentId = incident.parse().unwrap();
    let facet = node.view.documents(&incident).find(|it| it.tier().is_some());
    let record = facet.map(|facet| facet.record().unpack());
    let texts = record.iter().flat_map(|record| record.under("tokens"));
    texts.map(|(_, value)| value.to_string()).collect()
}

#[test]
fn tokens_leave_with_the_facet_and_stay_when_the_record_or_the_person_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let incident = shared(&mut node);
    let [text] = <[String; 1]>::try_from(tokens(&node, &incident)).unwrap();
    assert!(NameTokens::parse(&text).is_some() && !text.to_lowercase().contains("rosalba"));
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "unchanged");

    let mut without = share(&incident, "coalition");
    if let Request::IncidentShare { no_tokens, .. } = &mut without {
        *no_tokens = true;
    }
    assert_eq!(outcome(&mut node, without), "updated");
    assert_eq!(tokens(&node, &incident), Vec::<String>::new());
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "updated");
    assert_eq!(tokens(&node, &incident), [text]);

    let opt_out = Request::IncidentEdit {
        incident: incident.clone(),
        circle: None,
        set: fields(&[("linkage/opt_out", "yes")]),
        unset: Vec::new(),
    };
    ask(&mut node, opt_out).unwrap();
    assert_eq!(outcome(&mut node, share(&incident, "coalition")), "updated");
    assert_eq!(tokens(&node, &incident), Vec::<String>::new());
    node.close().unwrap();
}

#[test]
fn a_pair_is_proposed_judged_shown_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let one = add(&mut node, &[("victims/1/name", "Rosalba Quenguan Tapuy")]);
    let other = add(
        &mut node,
        &[("victims/1/name", "Rosalba Quenguan"), ("date", "2024-05-04"), ("place/admin2", "Inzá")],
    );
    let found = candidates(&mut node);
    assert_eq!((found.total, found.rows[0].reasons[0].code.as_str()), (1, "name"));

    let same = judged(&mut node, judge(&one, &other, "same_as"));
    assert_eq!(same.claims.len(), 2);
    assert_eq!(candidates(&mut node).total, 0);
    let show = Request::IncidentShow { incident: one.clone() };
    let Answer::Incident(shown) = ask(&mut node, show).unwrap() else { panic!() };
    assert!(shown.notes.iter().any(|note| note.contains("1 other claim")), "{:?}", shown.notes);
    let show = Request::Cluster(ClusterRequest::Show { incident: other.clone() });
    let Answer::Cluster(cluster) = ask(&mut node, show.clone()).unwrap() else { panic!() };
    let Cluster { fields, persons, judgements, .. } = *cluster;
    assert!(fields["date"].conflict && !fields["country"].conflict);
    assert_eq!((fields["place/admin2"].value.as_str(), persons.len()), (Some("Inzá"), 1));
    assert_eq!(judgements.len(), 1);

    judged(&mut node, judge(&other, &one, "undone"));
    assert_eq!(candidates(&mut node).total, 1, "what is taken back is as it was before");
    assert_eq!(ask(&mut node, show).unwrap_err().kind, ErrorKind::NotFound);
    let twice = ask(&mut node, judge(&other, &one, "undone")).unwrap_err();
    assert_eq!(twice.kind, ErrorKind::Usage);
    judged(&mut node, judge(&one, &other, "not_same"));
    assert_eq!(candidates(&mut node).total, 0);
    assert_eq!(ask(&mut node, judge(&one, &one, "same_as")).unwrap_err().kind, ErrorKind::Usage);
    node.close().unwrap();
}

#[test]
fn a_judgement_says_no_name_and_goes_where_both_claims_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let one = shared(&mut node);
    let other =
        add(&mut node, &[("victims/1/name", "Rosalba Quenguan"), ("victims/2/name", "Ana Mora")]);
    let private = judged(&mut node, judge(&one, &other, "same_as"));
    assert_eq!(private.circles, [node.own.private]);
    assert_eq!(private.judgement.victims.len(), 1, "matched by name");
    assert_eq!(outcome(&mut node, share(&other, "coalition")), "published");
    let mut said = judge(&one, &other, "same_as");
    let Request::Cluster(ClusterRequest::Judge { reason, victims, .. }) = &mut said else {
        panic!()
    };
    *reason = Some("Rosalba Quenguan is in both".to_owned());
    *victims = fields(&[("1", "1")]);
    assert_eq!(ask(&mut node, said.clone()).unwrap_err().kind, ErrorKind::Refused);
    let Request::Cluster(ClusterRequest::Judge { reason, victims, .. }) = &mut said else {
        panic!()
    };
    *reason = Some("one road, one day".to_owned());
    victims.insert("1".to_owned(), "9".to_owned());
    let error = ask(&mut node, said.clone()).unwrap_err();
    assert!(error.hints[0].contains("1, 2"), "{error:?}");
    let Request::Cluster(ClusterRequest::Judge { victims, .. }) = &mut said else { panic!() };
    *victims = fields(&[("1", "1")]);
    let open = judged(&mut node, said);
    assert_ne!(open.circles, [node.own.private]);
    node.close().unwrap();
}

#[test]
fn links_are_added_listed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let [one, other] = [0, 1].map(|_| add(&mut node, &[]));
    let link = |link: &str| LinkRequest::Add {
        incident: one.clone(),
        link: link.to_owned(),
        to: other.clone(),
        note: None,
    };
    for wrong in ["same_as", "no_such"] {
        let refused = ask(&mut node, Request::Link(link(wrong))).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Usage, "{wrong}");
    }
    let Answer::Links(links) = ask(&mut node, Request::Link(link("part_of"))).unwrap() else {
        panic!()
    };
    assert_eq!((links[0].link.as_str(), links[0].to.as_str()), ("part_of", other.as_str()));
    let list = Request::Link(LinkRequest::List { incident: Some(other) });
    assert_eq!(
        ask(&mut node, list).unwrap(),
        Answer::Links(links.clone()),
        "also from the other end"
    );
    let key = links[0].key.clone();
    let remove = |key: &str| {
        Request::Link(LinkRequest::Remove { incident: one.clone(), key: key.to_owned() })
    };
    assert_eq!(ask(&mut node, remove("none")).unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(ask(&mut node, remove(&key)).unwrap(), Answer::Links(Vec::new()));
    node.close().unwrap();
}

#[test]
fn who_left_makes_old_tokens_and_sharing_again_makes_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let incident = shared(&mut node);
    let before = tokens(&node, &incident);
    assert_eq!(candidates(&mut node).notes, Vec::<String>::new());
    // As after a removal: there has to be a new epoch, and it is there.
    let circle = node.find_circle("Amazonas").unwrap();
    let id: IncidentId = incident.parse().unwrap();
    let old = before[0].replace(before[0].split('.').nth(1).unwrap(), "0123456789abcdef");
    let facet = crate::node::requests::meta::facet_document(&id, &circle);
    let schema = crate::model::registry::Schema::incident();
    let key = node.view.documents(&id).find(|it| it.tier().is_some()).unwrap().record().unpack();
    let victim = key.keys("tokens")[0].to_owned();
    let field = format!("tokens/{victim}").parse().unwrap();
    node.edit_document(&circle, facet, &schema, |edit| {
        edit.set(&field, &Value::from(old.as_str()))
    })
    .unwrap();
    node.settle();
    let notes = candidates(&mut node).notes;
    assert!(notes.iter().any(|note| note.contains("share them again")), "{notes:?}");
    node.close().unwrap();
}

#[test]
fn a_key_that_is_a_name_leaves_neither_with_tokens_nor_with_a_judgement() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    let one = shared(&mut node);
    let other = add(
        &mut node,
        &[("victims/rosalba/name", "Rosalba Quenguan"), ("victims/2/name", "Wanda Xilonen")],
    );
    outcome(&mut node, share(&other, "coalition"));
    assert_eq!(tokens(&node, &other).len(), 1, "of the one whose key tells nothing");
    let mut named = judge(&one, &other, "same_as");
    if let Request::Cluster(ClusterRequest::Judge { victims, .. }) = &mut named {
        victims.insert("1".to_owned(), "rosalba".to_owned());
    }
    let refused = ask(&mut node, named).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Refused, "{refused:?}");
    let found = judged(&mut node, judge(&one, &other, "same_as"));
    assert!(!format!("{:?}", found.judgement.victims).contains("rosalba"));
    node.close().unwrap();
}
