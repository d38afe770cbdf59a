//! What comes out: results, errors, exit codes.

use std::{ffi::OsString, io};

use serde_json::{Value, json};

use super::{FakeNodes, Gone, Written, run, run_with};
use crate::{
    api::{Answer, ApiError, ErrorKind, answer::JoinFile},
    cli::{Input, RealNodes, Ui},
};

#[test]
fn json_is_the_answers_value_alone() {
    let nodes = FakeNodes::answering(Ok(Answer::Invites(Vec::new())));
    let ended = run_with(&nodes, "", &["invite", "list", "--json"]);
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (0, "[]\n", ""));
    assert_eq!(run("stop --json").out, "null\n");
}

#[test]
fn errors_have_a_sentence_hints_and_an_exit_code() {
    let kinds = [
        (ErrorKind::Usage, 2),
        (ErrorKind::NotFound, 3),
        (ErrorKind::Refused, 4),
        (ErrorKind::Network, 5),
        (ErrorKind::Storage, 6),
        (ErrorKind::Locked, 7),
        (ErrorKind::Busy, 8),
        (ErrorKind::Internal, 70),
    ];
    for (kind, code) in kinds {
        let error = ApiError::new(kind, "it did not work").hint("try otherwise");
        let nodes = FakeNodes::answering(Err(error));
        let ended = run_with(&nodes, "", &["status"]);
        assert_eq!(ended.code, code);
        assert_eq!(ended.err, "error: it did not work\nhint: try otherwise\n");
        let ended = run_with(&nodes, "", &["status", "--json"]);
        let error: Value = serde_json::from_str(&ended.err).unwrap();
        let expected =
            json!({ "kind": kind, "message": "it did not work", "hints": ["try otherwise"] });
        assert_eq!((ended.code, &error["error"], ended.out.as_str()), (code, &expected, ""));
    }
}

#[test]
fn what_clap_refuses_is_an_error_like_others() {
    let ended = run("--json circle create K");
    let error: Value = serde_json::from_str(&ended.err).unwrap();
    assert_eq!((ended.code, &error["error"]["kind"]), (2, &json!("usage")));
    assert!(error["error"]["message"].as_str().unwrap().contains("--with"), "{error}");
    let ended = run("propozal list");
    assert!(ended.err.contains("hint: a similar subcommand exists: 'proposal'"), "{}", ended.err);
    assert_eq!(run("circle").code, 2);
}

#[test]
fn a_reader_that_left_is_no_error() {
    let nodes = FakeNodes::answering(Ok(Answer::Invites(Vec::new())));
    for (claims, code) in [(true, 0), (false, 1)] {
        let mut nodes = FakeNodes { claims: vec![claims], ..nodes.clone() };
        for command in ["status", "completions", "demo"] {
            let err = Written::default();
            let mut ui = Ui::to_writers(Box::new(Gone), Box::new(err.clone()));
            let mut words = vec!["ceiba", command];
            words.extend((command == "completions").then_some("bash"));
            let argv = words.into_iter().map(OsString::from);
            let input = Input::from_reader(Box::new(io::empty()));
            let ended = crate::cli::run(argv, &mut ui, input, &mut nodes);
            let expected = if command == "demo" { code } else { 0 };
            assert_eq!((ended, err.text().as_str()), (expected, ""), "{command}");
        }
    }
}

#[test]
fn the_demo_fails_when_a_claim_does_not_hold() {
    for (claims, code) in [(vec![true, true], 0), (vec![true, false], 1), (Vec::new(), 1)] {
        let nodes = FakeNodes { claims, ..FakeNodes::answering(Ok(Answer::Done)) };
        assert_eq!(run_with(&nodes, "", &["demo"]).code, code);
        let ended = run_with(&nodes, "", &["demo", "--json"]);
        let report: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!((ended.code, report["claims"].is_array()), (code, true));
    }
}

#[test]
fn a_text_to_carry_goes_into_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.txt");
    let file = path.to_str().unwrap();
    let answer = JoinFile { text: "CARRY".to_owned(), next: "give it to the inviter".to_owned() };
    let nodes = FakeNodes::answering(Ok(Answer::JoinFile(answer)));
    let words = ["join", "T", "--request-out", file];
    let ended = run_with(&nodes, "", &words);
    assert_eq!((ended.code, ended.out.as_str()), (0, ""));
    assert!(ended.err.ends_with("give it to the inviter\n"), "{}", ended.err);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "CARRY\n");
    assert_eq!(run_with(&nodes, "", &words).code, ErrorKind::Storage.exit_code());
    let ended = run_with(&nodes, "REQUEST", &["invite", "answer", "-"]);
    assert_eq!(ended.out, "CARRY\n");
}

#[test]
fn init_shows_the_recovery_words_once_and_to_whoever_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passphrase");
    std::fs::write(&file, "correct horse\n").unwrap();
    let file = file.to_str().unwrap();
    let line = ["init", "--org", "Org", "--passphrase-file", file, "--home", "/nowhere"];
    let nodes = FakeNodes::answering(Ok(Answer::Done));
    let ended = run_with(&nodes, "", &line);
    assert!(ended.out.contains("   1 abandon"), "{}", ended.out);
    assert!(ended.out.contains("shown only now") && ended.err.is_empty());
    let ended = run_with(&nodes, "", &[line.as_slice(), &["--json"]].concat());
    let made: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(made["recovery_words"][7], "abstract");
    std::fs::write(file, "short\n").unwrap();
    assert_eq!(run_with(&nodes, "", &line).code, ErrorKind::Usage.exit_code());
}

#[test]
fn a_home_without_node_is_said_before_a_passphrase_is_asked_for() {
    let err = Written::default();
    let mut ui = Ui::to_writers(Box::new(Written::default()), Box::new(err.clone()));
    let argv = ["ceiba", "status", "--home", "/no/such/home"].map(OsString::from);
    let input = Input::from_reader(Box::new(io::empty()));
    let code = crate::cli::run(argv, &mut ui, input, &mut RealNodes);
    assert_eq!(code, ErrorKind::NotFound.exit_code());
    assert!(err.text().contains("ceiba init"), "{}", err.text());
}
