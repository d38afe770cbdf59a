//! A coalition's own codes, from the proposal to what leaves.

use super::{ask, fields, make, passphrase, share};
use crate::{
    api::{
        Answer, ErrorKind, Request,
        vocabulary::{Term, TermProposal, VocabularyDiff, VocabularyRequest},
    },
    model::vocabulary::VERSION,
    node::Node,
};

const CODE: &str = "x_river_poisoning";

fn request(request: VocabularyRequest) -> Request {
    Request::Vocabulary { coalition: None, request }
}

fn term(list: &str, code: &str) -> Request {
    let term = Term {
        list: list.to_owned(),
        code: code.to_owned(),
        sdg: String::new(),
        iccs: String::new(),
        en: "Poisoning of a river".to_owned(),
        es: "Envenenamiento de un río".to_owned(),
        pt: "Envenenamento de um rio".to_owned(),
        note: "family=attack".to_owned(),
    };
    request(VocabularyRequest::Propose { term: Box::new(term) })
}

fn proposals(node: &mut Node, request: Request) -> Vec<TermProposal> {
    let Answer::TermProposals(list) = ask(node, request).unwrap() else { panic!() };
    list
}

fn diff(node: &mut Node) -> VocabularyDiff {
    let answer = ask(node, request(VocabularyRequest::Diff)).unwrap();
    let Answer::VocabularyDiff(diff) = answer else { panic!("{answer:?}") };
    diff
}

fn incident(violation: &str) -> Request {
    Request::IncidentAdd {
        fields: fields(&[
            ("country", "CO"),
            ("date", "2024-05-03"),
            ("acts/1/violation", violation),
            ("summary", "The fish died."),
            ("counting_unit", "community"),
            ("consent/basis", "informed_explicit"),
            ("consent/scopes/share_coalition_deid", "true"),
        ]),
    }
}

#[test]
fn a_code_is_written_and_leaves_while_the_coalition_stands_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let before = ask(&mut node, incident("death_threat")).unwrap();
    let Answer::Incident(before) = before else { panic!() };
    assert_eq!(before.fields["vocabulary"].value, VERSION.to_string());

    let refused = ask(&mut node, incident(CODE)).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Usage);
    for (list, code) in [("consent_basis", CODE), ("violation_type", "killing")] {
        let refused = ask(&mut node, term(list, code)).unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Usage, "{list}/{code}");
    }

    // The only steward's word is enough.
    let proposed = proposals(&mut node, term("violation_type", CODE));
    assert!(proposed[0].adopted && proposed[0].ours, "{proposed:?}");
    let Answer::Incident(shown) = ask(&mut node, incident(CODE)).unwrap() else { panic!() };
    let version = diff(&mut node).version;
    assert_eq!(shown.fields["vocabulary"].value, version);
    assert!(version.starts_with(&format!("{VERSION}+1.")), "{version}");
    let id = shown.row.id.to_string();
    let Answer::Shared(shared) = ask(&mut node, share(&id, "coalition")).unwrap() else { panic!() };
    assert_eq!(shared.incidents[0].outcome, "published");
    assert_eq!(shared.incidents[0].fields["acts/1/violation"], CODE);

    let used = diff(&mut node);
    assert_eq!((used.added[0].incidents, used.strange.len()), (1, 0));
    assert_eq!(used.by_version.values().collect::<Vec<_>>(), [&1, &1]);

    // Taken back: what has the code stays here from now on, and says with what it was coded.
    let (list, code) = ("violation_type".to_owned(), CODE.to_owned());
    let withdraw = request(VocabularyRequest::Withdraw { list, code });
    assert_eq!(proposals(&mut node, withdraw.clone()), []);
    assert_eq!(ask(&mut node, withdraw).unwrap_err().kind, ErrorKind::NotFound);
    assert!(ask(&mut node, incident(CODE)).is_err());
    let Answer::Shared(shared) = ask(&mut node, share(&id, "coalition")).unwrap() else { panic!() };
    assert_eq!(shared.incidents[0].outcome, "withdrawn");
    let after = diff(&mut node);
    assert_eq!((after.version, after.strange[0].incidents), (VERSION.to_string(), 1));
    assert_eq!(after.by_version.get(&version), Some(&1));
    node.close().unwrap();

    // The same after a restart.
    let mut node = Node::open(&path, &passphrase()).unwrap();
    assert_eq!(diff(&mut node).strange[0].code, CODE);
    node.close().unwrap();
}
