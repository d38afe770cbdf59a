//! Two processes of `examples/bench_driver.rs` meet, part, edit the same records and meet again.
//!
//! The processes are this test binary itself, in [`driver_process`].

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

#[expect(dead_code, reason = "its `main` is for `cargo run --example`")]
#[path = "../../examples/bench_driver.rs"]
mod example;

const FOLDER: &str = "CEIBA_TEST_DRIVER_FOLDER";
const RECORDS: usize = 50;

/// Does nothing unless the test below runs this binary with a folder.
#[test]
fn driver_process() {
    if let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) {
        let records = folder.parent().unwrap().join("records.jsonl");
        // The test harness has begun a line of its own.
        writeln!(io::stdout()).unwrap();
        example::driver::drive(&folder, &records, io::stdin().lock(), io::stdout()).unwrap();
    }
}

/// A driver; killed when dropped.
struct Driver {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Driver {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "bench_driver::driver_process", "--nocapture"])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut driver = Self { child, input, output };
        driver.ask(json!({"cmd": "open"}));
        driver
    }

    fn tell(&mut self, command: &Value) {
        writeln!(self.input, "{command}").unwrap();
    }

    fn hear(&mut self) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the driver has ended");
            // What the test harness prints is no object.
            if line.starts_with('{') {
                let answer: Value = serde_json::from_str(&line).unwrap();
                assert!(answer["secs"].is_f64(), "{answer}");
                return answer;
            }
        }
    }

    fn try_ask(&mut self, command: &Value) -> Value {
        self.tell(command);
        self.hear()
    }

    fn ask(&mut self, command: Value) -> Value {
        let answer = self.try_ask(&command);
        assert_eq!(answer["error"], Value::Null, "{command}: {answer}");
        answer
    }

    fn digest(&mut self) -> Value {
        self.ask(json!({"cmd": "digest", "from": 0, "to": RECORDS}))
    }
}

fn record(number: usize) -> Value {
    json!({
        "id": format!("rec-{number:07}"), "severity": number % 5, "status": "open",
        "site": "convoy road", "lat": -2.25, "lon": 178.5, "tags": ["guard", "roof"],
    })
}

#[test]
fn edits_of_both_sides_made_apart_are_all_there_when_they_meet() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (0..RECORDS).map(|number| record(number).to_string()).collect();
    std::fs::write(folder.path().join("records.jsonl"), lines.join("\n")).unwrap();
    let mut a = Driver::start(&folder.path().join("a"));
    let mut b = Driver::start(&folder.path().join("b"));
    let late = RECORDS - 2;
    a.ask(json!({"cmd": "insert", "from": 0, "to": late - 8, "batch": true}));
    a.ask(json!({"cmd": "insert", "from": late - 8, "to": late, "writers": 4}));
    // What is recorded before joining is brought along.
    b.ask(json!({"cmd": "insert", "from": late, "to": RECORDS, "batch": false}));
    let listening = a.ask(json!({"cmd": "listen"}));
    b.ask(json!({"cmd": "connect", "addr": listening["addr"]}));
    for side in [&mut a, &mut b] {
        let seen = side.ask(json!({"cmd": "wait_count", "n": RECORDS}));
        assert_eq!(seen["n"], RECORDS);
    }
    let (seen_a, seen_b) = (a.digest(), b.digest());
    assert_eq!(seen_a["have"], RECORDS);
    assert_eq!(seen_a["digest"], seen_b["digest"]);

    a.ask(json!({"cmd": "disconnect"}));
    a.ask(json!({"cmd": "edit", "from": 0, "to": RECORDS, "side": "A"}));
    b.ask(json!({"cmd": "edit", "from": 0, "to": RECORDS, "side": "B"}));
    assert_eq!(a.digest()["merged"], 0);
    assert_eq!(b.digest()["merged"], 0);
    let listening = a.ask(json!({"cmd": "listen"}));
    b.ask(json!({"cmd": "connect", "addr": listening["addr"]}));
    for side in [&mut a, &mut b] {
        side.ask(json!({"cmd": "wait_merged", "from": 0, "to": RECORDS}));
    }
    let (merged_a, merged_b) = (a.digest(), b.digest());
    assert_eq!(merged_a["merged"], RECORDS);
    assert_eq!(merged_a["digest"], merged_b["digest"]);
    assert_ne!(merged_a["digest"], seen_a["digest"]);

    // A mistake is told, and ends nothing.
    assert!(a.try_ask(&json!({"cmd": "nonsense"}))["error"].is_string());
    assert!(a.try_ask(&json!({"cmd": "insert", "from": 0, "to": 999}))["error"].is_string());
    a.ask(json!({"cmd": "close"}));
    a.ask(json!({"cmd": "open"}));
    let again = a.digest();
    assert_eq!(again["digest"], merged_a["digest"]);
    for mut side in [a, b] {
        side.ask(json!({"cmd": "quit"}));
    }
}

#[test]
fn a_record_reads_back_as_it_was_written() {
    for line in [
        r#"{"at":1767225600000,"id":"a","lat":-2.5,"lon":1.2e-05,"on":true,"tags":["a","b \"c\""],"z":"é"}"#,
        r#"{"a":-5,"id":"b","lat":59.999999,"lon":178.0,"tags":["x"]}"#,
    ] {
        let facet = example::fields::facet(line).unwrap();
        assert_eq!(example::fields::to_json(&facet.record), line);
    }
}
