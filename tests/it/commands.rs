//! Commands as a person gives them: with and without a running node, wrong ones too.

use std::fs;

use serde_json::{Value, json};

use crate::{
    coalition::record,
    partner::{Partner, argument, eventually},
};

#[test]
fn commands_answer_the_same_whether_the_node_runs_or_not() {
    let mut node = Partner::new("Red Árbol");
    let commands: [&[&str]; 9] = [
        &["coalition", "list"],
        &["circle", "list"],
        &["member", "list"],
        &["invite", "list"],
        &["proposal", "list", "--all"],
        &["incident", "list"],
        &["conflicts"],
        &["peer", "list"],
        &["status"],
    ];
    node.json(&["coalition", "create", "Alianza Inventada"]);
    node.json(&["invite", "create", "--expires", "2d"]);
    let incident = record(&node);
    let ask = |node: &Partner| -> Vec<Value> {
        let mut answers: Vec<Value> = commands.iter().map(|args| node.json(args)).collect();
        answers.push(node.json(&["incident", "show", &incident]));
        answers
    };
    let stopped = ask(&node);
    node.start();
    // A running node tells the coalition where it listens, which is one entry more.
    eventually("the node has told where it listens", || {
        node.json(&["circle", "list"]) != stopped[1]
    });
    let running = ask(&node);
    for (args, (stopped, running)) in commands.iter().zip(stopped.iter().zip(&running)) {
        assert_eq!(without_counts(stopped), without_counts(running), "{args:?}");
    }
    assert_eq!(stopped.last(), running.last());
    assert_eq!(running[8]["running"], true);
}

/// An answer without what is bound to differ.
fn without_counts(answer: &Value) -> Value {
    match answer {
        Value::Array(items) => items.iter().map(without_counts).collect(),
        Value::Object(map) => {
            let changing = ["entries", "running", "listening"];
            let kept = map.iter().filter(|(key, _)| !changing.contains(&key.as_str()));
            kept.map(|(key, value)| (key.clone(), without_counts(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => answer.clone(),
    }
}

#[test]
fn an_organisation_joins_by_files_without_any_network() {
    let (a, b) = (Partner::new("Red Árbol"), Partner::new("Casa Norte"));
    a.json(&["coalition", "create", "Alianza Inventada"]);
    let invite = a.json(&["invite", "create"]);
    let ticket = invite["ticket"].as_str().unwrap();
    let request = argument(&b.file("request.txt"));
    assert_eq!(b.run(&["join", ticket, "--request-out", &request]).code, Some(0));
    let answers = ["answer.txt", "answer-again.txt"].map(|name| argument(&a.file(name)));
    for answer in &answers {
        // The first may have been lost on its way.
        assert_eq!(a.run(&["invite", "answer", &request, "--out", answer]).code, Some(0));
    }
    let [_lost, answer] = answers;
    let joined = b.json(&["join", "--answer", &answer]);
    assert_eq!(joined["members"].as_array().unwrap().len(), 2);
    assert_eq!(joined["waiting"].as_array().unwrap().len(), 1, "the key has not come yet");
    assert_eq!(a.json(&["member", "list"]).as_array().unwrap().len(), 2);
    // The ticket is used up for others.
    let c = Partner::new("Ríos Vivos");
    let others = argument(&c.file("request.txt"));
    assert_eq!(c.run(&["join", ticket, "--request-out", &others]).code, Some(0));
    let refused = a.error(&["invite", "answer", &others], 4);
    assert!(refused["message"].as_str().unwrap().contains("redeemed"), "{refused}");
}

/// No id begins so, by chance either.
const NOTHING: &str = "00000000000000000000000000000000";

#[test]
fn errors_have_a_code_a_kind_and_one_line_of_json() {
    let node = Partner::bare();
    assert_eq!(node.error(&["status"], 3)["kind"], "not-found");
    node.json(&["init", "--org", "Red Árbol"]);
    assert_eq!(node.error(&["init", "--org", "Otra"], 4)["kind"], "refused");
    let wrong = node.write("wrong", "another passphrase\n");
    assert_eq!(node.error(&["status", "--passphrase-file", &wrong], 7)["kind"], "locked");
    let incident = record(&node);
    let garbage = node.write("garbage", "\u{0}\u{1}garbage,\n\"");
    let mapping = argument(&fs::canonicalize("examples/sample/casos-sinteticos.toml").unwrap());
    node.json(&["coalition", "create", "Alianza"]);
    let ticket = node.json(&["invite", "create"])["ticket"].as_str().unwrap().to_owned();
    let cases: &[(&[&str], i32)] = &[
        (&["join", "hello"], 2),
        (&["join", ticket.strip_suffix(ticket.chars().last().unwrap()).unwrap()], 2),
        (&["join", &ticket], 2),
        (&["join", "--answer", &garbage], 2),
        (&["invite", "answer", &garbage], 2),
        (&["invite", "create", "--expires", "soon"], 2),
        (&["invite", "revoke", NOTHING], 3),
        (&["run", "--listen", "nonsense"], 2),
        (&["stop"], 3),
        (&["coalition", "create", ""], 2),
        (&["circle", "create", "X", "--with", "nobody"], 3),
        (&["circle", "create", "X"], 2),
        (&["circle", "add", "nowhere", "nobody"], 3),
        (&["member", "remove", "nobody"], 3),
        (&["member", "suspend", "nobody"], 3),
        (&["member", "reinstate", "nobody"], 3),
        (&["proposal", "show", NOTHING], 3),
        (&["proposal", "approve", NOTHING], 3),
        (&["incident", "add", "--country", "CO"], 2),
        (&["incident", "show", "zz"], 3),
        (&["incident", "edit", &incident], 2),
        (&["incident", "edit", &incident, "--unset", "country"], 2),
        (&["incident", "edit", &incident, "--set", "meta/incident=1"], 2),
        (&["incident", "edit", &incident, "--set", "acts/1/outcome=nonsense"], 2),
        (&["incident", "edit", &incident, "--set", "consent/scopes/nonsense=yes"], 2),
        (&["incident", "list", "--from", "garbage"], 2),
        (&["incident", "share", &incident, "--circle", "nowhere", "--tier", "public"], 3),
        (&["incident", "share", &incident, "--circle", "Alianza", "--tier", "restricted"], 4),
        (&["incident", "import", "/no/such/file", "--mapping", &mapping], 3),
        (&["incident", "import", &garbage, "--mapping", &mapping], 2),
        (&["incident", "import", &garbage, "--mapping", &garbage], 2),
        (&["conflicts", "settle", &incident, "date", "1"], 3),
        (&["peer", "add", "garbage"], 2),
        (&["peer", "add", "/ip4/127.0.0.1/tcp/1"], 2),
        (&["sync"], 3),
        (&["nonsense"], 2),
    ];
    // Through the running node, which is quicker: no passphrase costs a second of scrypt.
    let mut node = node;
    node.start();
    for (args, code) in cases {
        let expected = if args[0] == "run" || args[0] == "stop" { continue } else { *code };
        let error = node.error(args, expected);
        assert!(!error["message"].as_str().unwrap().is_empty(), "{args:?}");
        assert!(error["hints"].is_array() && error["kind"].is_string(), "{args:?}");
    }
    node.stop();
    for (args, code) in cases.iter().filter(|(args, _)| ["run", "stop"].contains(&args[0])) {
        node.error(args, *code);
    }
    let name_of_two = node.json(&["coalition", "create", "Alianza"]);
    assert_eq!(name_of_two["name"], "Alianza");
    let ambiguous = ["incident", "share", &incident, "--circle", "alianza", "--tier", "coalition"];
    assert_eq!(node.error(&ambiguous, 3)["kind"], "not-found");
}

#[test]
fn consent_that_forbids_it_ends_with_a_code_of_its_own() {
    let node = Partner::new("Red Árbol");
    node.json(&["coalition", "create", "Alianza"]);
    let incident = record(&node);
    let share = ["incident", "share", &incident, "--circle", "Alianza", "--tier", "public"];
    let refused = node.run(&share);
    assert_eq!(refused.code, Some(4));
    assert!(refused.out.contains("consent"), "{}", refused.out);
}

#[test]
fn a_list_is_imported_once_and_every_row_is_accounted_for() {
    let mut node = Partner::new("Red Árbol");
    node.start();
    let import = |more: &[&str]| {
        let sample = ["examples/sample/casos-sinteticos.csv", "--mapping"];
        let mapping = ["examples/sample/casos-sinteticos.toml"];
        node.json(&[&["incident", "import"], &sample[..], &mapping, more].concat())
    };
    let accounted = |answer: &Value| {
        let number = |key: &str| answer[key].as_u64().unwrap();
        let rejected = answer["rejected"].as_array().unwrap();
        for note in rejected {
            assert!(note["line"].as_u64().unwrap() > 1);
            assert!(!note["reason"].as_str().unwrap().is_empty());
        }
        assert!(number("created") + number("unchanged") > 0);
        (number("rows"), rejected.len())
    };
    let tried = import(&["--dry-run"]);
    assert_eq!(node.json(&["status"])["incidents"], 0);
    let done = import(&[]);
    assert_eq!(tried["created"], done["created"]);
    assert_eq!(accounted(&tried), accounted(&done));
    let again = import(&[]);
    assert_eq!((&again["created"], &again["updated"]), (&json!(0), &json!(0)));
    assert_eq!(again["unchanged"], done["created"]);
    assert_eq!(accounted(&again), accounted(&done));
    let listed = node.json(&["incident", "list", "--limit", "0"]);
    assert_eq!(listed["total"], done["created"]);
}

#[test]
fn help_completions_and_man_pages_come_from_the_binary_itself() {
    let node = Partner::bare();
    let help = node.run(&["incident", "share", "--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.out.contains("Example:\n  ceiba incident share"), "{}", help.out);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = node.run(&["completions", shell]);
        assert!(script.code == Some(0) && script.out.contains("coalition"), "{shell}");
    }
    let folder = argument(&node.file("man"));
    assert_eq!(node.run(&["man", "--out", &folder]).code, Some(0));
    let pages =
        fs::read_dir(&folder).unwrap().map(|it| it.unwrap().file_name()).collect::<Vec<_>>();
    for page in ["ceiba.1", "ceiba-incident-import.1", "ceiba-conflicts-settle.1"] {
        assert!(pages.contains(&page.into()), "{page} in {pages:?}");
    }
}
