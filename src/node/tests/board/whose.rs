//! Whose word a card's field is, where every member may write it.

use super::*;
use crate::{
    api::vocabulary::{Term, VocabularyRequest},
    node::tests::{
        cards::{add, edit},
        partners::two,
    },
};

#[test]
fn what_a_member_writes_in_the_name_of_another_is_no_vote() {
    let (mut vereda, mut casa) = two();
    let (ours, theirs) = (vereda.node.org().to_string(), casa.node.org().to_string());
    let set = [("title", "Rivers"), ("votes/a/org", ours.as_str()), ("votes/a/rank", "4")];
    let made = vereda.card(add("priority", None, &set)).unwrap();
    let card = made.row.card;
    vereda.meet(&mut casa);
    let rank = |node: &mut Node| -> Vec<String> {
        let row = view(node, "who-does-what", Some("Alianza"), "priorities")[0].clone();
        vec![row[5].clone(), row[6].clone(), row[9].clone()]
    };
    assert_eq!(rank(&mut vereda.node), ["4.0", "1", "nobody_works_on_it"]);
    // The other writes both: its own counts, and what it wrote over or in another's name does not.
    casa.card(edit(&card, &[("votes/b/org", &theirs), ("votes/b/rank", "2")], &[])).unwrap();
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        assert_eq!(rank(&mut partner.node), ["3.0", "2", "nobody_works_on_it"]);
    }
    let forged = [("votes/a/rank", "1"), ("votes/c/org", ours.as_str()), ("votes/c/rank", "1")];
    casa.card(edit(&card, &forged, &[])).unwrap();
    vereda.meet(&mut casa);
    for partner in [&mut vereda, &mut casa] {
        assert_eq!(rank(&mut partner.node), ["2.0", "1", "votes_of_others"]);
    }
    // Said again by itself, it counts again.
    vereda.card(edit(&card, &[("votes/a/rank", "4")], &[])).unwrap();
    vereda.meet(&mut casa);
    assert_eq!(rank(&mut casa.node)[1], "2", "but for what is written in its name besides");
}

#[test]
fn a_code_that_the_coalition_adopted_is_in_its_lists() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = fresh(folder.path());
    ask(&mut node, Request::CoalitionCreate { name: "Amazonas".to_owned() }).unwrap();
    let fields = [
        ("title", "Rivers"),
        ("list", "violation_type"),
        ("code", "x_river_poisoning"),
        ("change", "add"),
        ("state", "adopted"),
    ];
    card(&mut node, "typology_proposal", &fields);
    let shown = |node: &mut Node| {
        let row = view(node, "typology", Some("Amazonas"), "vocabulary_changes")[0].clone();
        [row[6].clone(), row[9].clone(), row[10].clone()]
    };
    assert_eq!(shown(&mut node), ["said_by_hand", "not_in_vocabulary", ""]);
    let term = Term {
        list: "violation_type".to_owned(),
        code: "x_river_poisoning".to_owned(),
        sdg: String::new(),
        iccs: String::new(),
        en: "Poisoning of a river".to_owned(),
        es: "Envenenamiento de un río".to_owned(),
        pt: "Envenenamento de um rio".to_owned(),
        note: "family=attack".to_owned(),
    };
    let propose = VocabularyRequest::Propose { term: Box::new(term) };
    ask(&mut node, Request::Vocabulary { coalition: None, request: propose }).unwrap();
    let [decision, vocabulary, version] = shown(&mut node);
    assert_eq!((decision.as_str(), vocabulary.as_str()), ("", "in_vocabulary"));
    assert!(version.contains("+1."), "{version}");
}
