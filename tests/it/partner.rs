//! A partner for tests: a home in a temporary folder and the real `ceiba`, as a process of its own.
//!
//! Nothing waits a fixed time: [`eventually`] looks until something holds, with a limit. Nodes
//! listen on loopback only, on ports that the system chooses.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Mutex,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take, on a busy machine.
const LIMIT: Duration = Duration::from_secs(45);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(20);
pub(crate) const PASSPHRASE: &str = "synthetic passphrase of a test";

/// An organisation with one device.
pub(crate) struct Partner {
    folder: TempDir,
    node: Option<RunningNode>,
}

/// `ceiba run`; killed when dropped.
struct RunningNode {
    child: Child,
    /// What it prints, a JSON line each.
    events: Mutex<Receiver<String>>,
}

impl Drop for RunningNode {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Partner {
    /// A folder with a passphrase and no node.
    pub(crate) fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("passphrase"), PASSPHRASE).unwrap();
        Self { folder, node: None }
    }

    /// An organisation whose node does not run; its recovery words are in the file `words`.
    pub(crate) fn new(org: &str) -> Self {
        let partner = Self::bare();
        let made = partner.json(&["init", "--org", org]);
        let words = made["recovery_words"].as_array().unwrap().iter();
        let words: Vec<&str> = words.map(|word| word.as_str().unwrap()).collect();
        partner.write("words", &words.join(" "));
        partner
    }

    /// An organisation whose node runs.
    pub(crate) fn running(org: &str) -> Self {
        let mut partner = Self::new(org);
        partner.start();
        partner
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.file("home")
    }

    /// A file beside the home.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file beside the home; gives its path as an argument.
    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        let path = self.file(name);
        fs::write(&path, content).unwrap();
        argument(&path)
    }

    fn command(&self) -> Command {
        self.command_with("passphrase")
    }

    /// A command with the passphrase in this file.
    fn command_with(&self, passphrase: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ceiba"));
        command
            .env_clear()
            .arg("--home")
            .arg(self.home())
            .arg("--passphrase-file")
            .arg(self.file(passphrase));
        command
    }

    /// Starts the node and waits until it takes requests. Its log goes to the file `log`.
    pub(crate) fn start(&mut self) {
        self.start_with(&[]);
    }

    /// Starts the node with the door for phones open; gives the door's address.
    pub(crate) fn start_door(&mut self, options: &[&str]) -> String {
        self.start_with(&[&["--openrosa", "127.0.0.1:0"], options].concat())
            .expect("the door's address")
    }

    /// Starts the node with more options; the address of the door for phones, if it has one.
    pub(crate) fn start_with(&mut self, options: &[&str]) -> Option<String> {
        let log = fs::OpenOptions::new().append(true).create(true).open(self.file("log")).unwrap();
        let mut child = self
            .command()
            .args(["--json", "-vv", "run", "--listen", "/ip4/127.0.0.1/tcp/0"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, events) = channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        self.node = Some(RunningNode { child, events: Mutex::new(events) });
        let door = options.contains(&"--openrosa").then(|| self.wait_for_event("openrosa"));
        self.wait_for_event("ready");
        door.map(|event| event["address"].as_str().unwrap().to_owned())
    }

    /// Waits until the node prints this event.
    fn wait_for_event(&self, wanted: &str) -> Value {
        let node = self.node.as_ref().unwrap();
        loop {
            let line = node.events.lock().unwrap().recv_timeout(LIMIT);
            let line = line.unwrap_or_else(|error| panic!("no {wanted}: {error}\n{}", self.log()));
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["event"] == wanted {
                return event;
            }
        }
    }

    /// The process id of the node, if it runs.
    pub(crate) fn process(&self) -> Option<u32> {
        self.node.as_ref().map(|node| node.child.id())
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap_or_default()
    }

    /// Sends a signal to the node, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.node.as_ref().unwrap().child.id();
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {id}")).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the node's end, after something that makes it stop.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let mut node = self.node.take().unwrap();
        wait(&mut node.child, "the node's end")
    }

    /// Stops the node in an orderly way.
    pub(crate) fn stop(&mut self) {
        self.signal("TERM");
        self.wait_for_event("stopped");
        assert_eq!(self.ended().code(), Some(0));
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, "")
    }

    /// Runs a command that reads this from standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &str) -> Ended {
        Self::end(self.command().args(args), input)
    }

    /// Runs a command with this script as the editor, which keeps private files in a folder.
    pub(crate) fn run_in_editor(&self, args: &[&str], script: &str, folder: &Path) -> Ended {
        let mut command = self.command();
        command.env_remove("VISUAL").env("EDITOR", format!("sh {script}"));
        Self::end(command.env("XDG_RUNTIME_DIR", folder).args(args), "")
    }

    /// Runs a command that only a running node can answer: it could not open the home itself.
    pub(crate) fn ask_node(&self, args: &[&str]) -> Ended {
        Self::end(self.command_with("no passphrase").args(args), "")
    }

    fn end(command: &mut Command, input: &str) -> Ended {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that fails early does not read.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let out = read_aside(child.stdout.take().unwrap());
        let err = read_aside(child.stderr.take().unwrap());
        let status = wait(&mut child, &format!("{command:?}"));
        Ended { code: status.code(), out: out.join().unwrap(), err: err.join().unwrap() }
    }

    /// The JSON answer of a command that must succeed.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        self.json_with(args, "")
    }

    pub(crate) fn json_with(&self, args: &[&str], input: &str) -> Value {
        let ended = self.run_with(&[args, &["--json"]].concat(), input);
        assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.err);
        serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{args:?}: {error}"))
    }

    /// The error of a command that must fail with this exit code. Its JSON is the one line on
    /// standard error.
    pub(crate) fn error(&self, args: &[&str], code: i32) -> Value {
        let ended = self.run(&[args, &["--json"]].concat());
        assert_eq!(ended.code, Some(code), "{args:?}: {} {}", ended.out, ended.err);
        assert_eq!(ended.out, "", "{args:?}");
        let error: Value = serde_json::from_str(&ended.err).unwrap();
        error["error"].clone()
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        // The process before its folder.
        self.node = None;
    }
}

fn read_aside(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    })
}

fn wait(child: &mut Child, what: &str) -> ExitStatus {
    let status = look(|| child.try_wait().unwrap());
    status.unwrap_or_else(|| {
        drop(child.kill());
        panic!("{what} takes too long")
    })
}

fn look<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    for _look in 0..LIMIT.as_millis() / LOOK.as_millis() {
        if let Some(found) = look() {
            return Some(found);
        }
        thread::sleep(LOOK);
    }
    None
}

/// Looks until something is so; fails after the limit.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    assert!(look(|| is_so().then_some(())).is_some(), "never came to be: {what}");
}

/// A path as an argument.
pub(crate) fn argument(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// All files below a folder whose bytes contain a text.
pub(crate) fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files_with(&entry.path(), text));
        } else if kind.is_file() {
            // A node that runs may remove a file meanwhile.
            let bytes = fs::read(entry.path()).unwrap_or_default();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(entry.path());
            }
        }
    }
    found
}
