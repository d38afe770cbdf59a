//! `ceiba vocabulary` from words to request, and from answer to text.

use serde_json::{Value, json};

use super::{FakeNodes, run, run_with};
use crate::{
    api::{
        Answer, Request,
        vocabulary::{CodeUse, Term, TermProposal, TermUse, VocabularyDiff, VocabularyRequest},
    },
    model::id::OrgId,
};

fn term() -> Term {
    Term {
        list: "violation_type".to_owned(),
        code: "x_river_poisoning".to_owned(),
        sdg: "-".to_owned(),
        iccs: "-".to_owned(),
        en: "Poisoning".to_owned(),
        es: "Envenenamiento".to_owned(),
        pt: "Envenenamento".to_owned(),
        note: "family=attack".to_owned(),
    }
}

#[track_caller]
fn becomes(line: &str, coalition: Option<&str>, request: VocabularyRequest) {
    let ended = run(line);
    let expected = Request::Vocabulary { coalition: coalition.map(str::to_owned), request };
    assert_eq!(ended.asked, [expected], "{line}: {}", ended.err);
}

#[test]
fn words_become_requests() {
    let (list, code) = ("violation_type".to_owned(), "x_river_poisoning".to_owned());
    becomes(
        "vocabulary propose violation_type x_river_poisoning --en Poisoning --es Envenenamiento \
         --pt Envenenamento --note family=attack --circle C",
        Some("C"),
        VocabularyRequest::Propose { term: Box::new(term()) },
    );
    becomes(
        "vocabulary endorse violation_type x_river_poisoning --of Sur",
        None,
        VocabularyRequest::Endorse {
            list: list.clone(),
            code: code.clone(),
            of: Some("Sur".to_owned()),
        },
    );
    becomes(
        "vocabulary withdraw violation_type x_river_poisoning",
        None,
        VocabularyRequest::Withdraw { list, code },
    );
    becomes("vocabulary proposals", None, VocabularyRequest::Proposals);
    becomes("vocabulary diff --circle C", Some("C"), VocabularyRequest::Diff);
}

#[test]
fn the_built_in_lists_need_no_node() {
    let ended = run("vocabulary lists --built-in --lang pt");
    assert_eq!((ended.code, ended.asked.len()), (0, 0), "{}", ended.err);
    assert!(ended.out.contains("sensitivity_tier") && ended.out.contains("fechada"));
    let ended = run("vocabulary show counting_unit --built-in --lang es");
    assert!(ended.out.starts_with("Código"), "{}", ended.out);
    let ended = run("vocabulary show no_such_list --built-in");
    assert_eq!(ended.code, 3);
    let ended = run("vocabulary show counting_unit --built-in --json");
    let shown: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(shown["terms"][0]["list"], "counting_unit");
}

#[test]
fn the_export_has_every_built_in_code() {
    let ended = run("vocabulary export --built-in");
    let mut lines = ended.out.lines();
    assert_eq!(lines.next(), Some("list\tcode\tsdg\ticcs\ten\tes\tpt\tnote"));
    let built_in = include_str!("../../model/vocabulary/vocabulary.tsv");
    let mut exported: Vec<&str> = lines.collect();
    let mut expected: Vec<&str> = built_in.lines().skip(1).collect();
    exported.sort_unstable();
    expected.sort_unstable();
    assert_eq!(exported, expected);
}

#[test]
fn a_proposal_says_who_stands_behind_it_and_what_to_do() {
    let proposal = TermProposal {
        term: term(),
        endorsed_by: vec![OrgId::new([1; 32])],
        endorsed_by_names: vec!["Red Inventada".to_owned()],
        stewards: 1,
        needed: 2,
        adopted: false,
        ours: false,
    };
    let nodes = FakeNodes::answering(Ok(Answer::TermProposals(vec![proposal])));
    let ended = run_with(&nodes, "", &["vocabulary", "proposals"]);
    for part in ["violation_type/x_river_poisoning", "1 of 2: Red Inventada", "waits; endorse it"] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
}

#[test]
fn the_difference_names_what_was_added_and_what_nobody_adopted() {
    let mut diff = VocabularyDiff::new("2+1.c39bb8".to_owned());
    diff.added.push(TermUse { term: term(), incidents: 3 });
    let (list, code) = ("sector".to_owned(), "x_arena".to_owned());
    diff.strange.push(CodeUse { list, code, incidents: 1 });
    diff.by_version.insert("2".to_owned(), 7);
    let nodes = FakeNodes::answering(Ok(Answer::VocabularyDiff(diff)));
    let ended = run_with(&nodes, "", &["vocabulary", "diff", "--lang", "es"]);
    for part in ["2+1.c39bb8", "Envenenamiento", "sector/x_arena: 1 incidente", "2: 7 incidentes"] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    let ended = run_with(&nodes, "", &["vocabulary", "diff", "--json"]);
    let shown: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(shown["added"][0]["term"]["code"], json!("x_river_poisoning"));
}
