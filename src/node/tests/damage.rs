//! Harm to every file of a home: never a panic or a hang, and either the right content after a
//! partner was reached, or a refusal that says what to do.

use std::{
    collections::BTreeSet,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::mpsc,
    thread,
    time::Duration,
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::*;
use crate::{model::id::CircleId, replica::DocumentKey, sync::Replica as _};

/// How long opening a harmed home may take, on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// All files below a folder.
pub(super) fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if path.is_file() {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

/// Puts a home back as it was, into the same files: other ones would count as a restored backup.
fn put_back(home: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    for path in files_below(home).keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(path).unwrap();
    }
    for entry in fs::read_dir(home).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().contains("damaged-") {
            fs::remove_dir_all(path).unwrap();
        }
    }
    for (path, bytes) in files {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// What is done to a file; none for its removal.
fn harms(bytes: &[u8], rng: &mut ChaCha20Rng) -> Vec<(String, Option<Vec<u8>>)> {
    let length = bytes.len();
    let mut harms = vec![("grown".to_owned(), Some([bytes, &[0x5a; 700]].concat()))];
    for kept in [0, length / 2, length.saturating_sub(9)] {
        harms.push((format!("cut to {kept}"), Some(bytes[..kept].to_vec())));
    }
    let places = [0, length / 2, length.saturating_sub(1)];
    let random: Vec<usize> = (0..2).map(|_| rng.random_range(0..length.max(1))).collect();
    for place in places.into_iter().chain(random).filter(|place| *place < length) {
        let mut flipped = bytes.to_vec();
        flipped[place] ^= 1 << rng.random_range(0..8);
        harms.push((format!("flipped at {place}"), Some(flipped)));
    }
    for place in [0, rng.random_range(0..length.max(1))] {
        let mut zeroed = bytes.to_vec();
        let from = place / 4096 * 4096;
        zeroed[from..length.min(from + 4096)].fill(0);
        harms.push((format!("zeroed at {from}"), Some(zeroed)));
    }
    harms.retain(|(_how, harmed)| harmed.as_deref() != Some(bytes));
    // Last, because a new file in its place has another inode.
    harms.push(("removed".to_owned(), None));
    harms
}

/// Opens a home on a thread of its own: no panic, and an end.
fn open_in_time(path: &Path, what: &str) -> Result<Node, crate::api::ApiError> {
    let (sender, receiver) = mpsc::channel();
    let path = path.to_path_buf();
    thread::spawn(move || sender.send(Box::new(Node::open(&path, &passphrase()))).is_ok());
    match receiver.recv_timeout(LIMIT) {
        Ok(opened) => *opened,
        Err(error) => panic!("{what}: opening ended in a panic or not at all ({error})"),
    }
}

/// What sync does, without a network: everything that one node holds and may give, to another.
fn give(from: &Node, to: &mut Node) {
    for circle in to.replica.circles() {
        if circle == to.own.private || !from.replica.serves(&circle, &to.device()) {
            continue;
        }
        let ids = from.replica.statement_ids(&circle);
        let statements = ids
            .iter()
            .filter_map(|id| from.replica.statement(&circle, id))
            .map(crate::membership::VerifiedStatement::encode)
            .collect();
        to.replica.accept_statements(&circle, &[0; 32], statements);
        for held in from.replica.frontier(&circle) {
            let mut at = to.replica.position(&circle, &held.log).tail.next_seq;
            while at < held.tail.next_seq {
                let run = from.replica.read_run(&circle, &held.log, at, 1 << 18).unwrap();
                to.replica.accept_run(&circle, &held.log, run);
                let now = to.replica.position(&circle, &held.log).tail.next_seq;
                assert!(now > at, "{} does not follow at {at}", held.log);
                at = now;
            }
        }
    }
    to.settle();
}

struct Homes {
    folder: tempfile::TempDir,
    partner: Node,
    incidents: Vec<String>,
}

impl Homes {
    fn home(&self) -> PathBuf {
        self.folder.path().join("a")
    }

    /// Each document of each incident, as its fields.
    fn shown(&self, node: &Node, what: &str) -> BTreeMap<DocumentKey, String> {
        let ids = self.incidents.iter().map(|incident| incident.parse().unwrap());
        let rows = ids.flat_map(|id| node.view.documents(&id).collect::<Vec<_>>());
        rows.map(|row| {
            let key = (row.circle(), row.document());
            let document = node.replica.document(&key).unwrap().expect("a document");
            assert_eq!(document.waiting().count(), 0, "{what}: something is missing");
            let record = row.record().unpack();
            assert_eq!(document.record(), record, "{what}: the row is another");
            (key, serde_json::to_string(&record).unwrap())
        })
        .collect()
    }
}

/// No entry of ours lies where the partner holds another one, and none of the partner's is missing.
fn assert_no_fork(node: &Node, partner: &Node, circle: &CircleId, what: &str) {
    for held in partner.replica.frontier(circle) {
        for seq in 0..held.tail.next_seq {
            let header = |node: &Node| {
                let run = node.replica.read_run(circle, &held.log, seq, 0);
                run.map(|run| run.entries[0].header.clone())
            };
            assert_eq!(header(partner), header(node), "{what}: {} {seq}", held.log);
        }
    }
}

pub(super) fn incident(number: u32) -> Request {
    Request::IncidentAdd {
        fields: fields(&[
            ("country", "CO"),
            ("date", "2024-05-03"),
            ("acts/1/violation", "death_threat"),
            ("counting_unit", "individual"),
            ("consent/basis", "informed_explicit"),
            ("consent/scopes/share_coalition_deid", "true"),
            ("summary", "Threatened."),
            ("notes", &format!("Note {number}.")),
        ]),
    }
}

/// Two partners that have written and hold all of each other's.
fn two_partners() -> (Homes, Node) {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
    make(&a);
    make(&b);
    let [mut node, mut partner] = [&a, &b].map(|home| Node::open(home, &passphrase()).unwrap());
    let mut incidents = vec![shared(&mut node)];
    let invite = Request::InviteCreate { coalition: None, expires_in: 86_400, steward: false };
    let Answer::Invite(invite) = ask(&mut node, invite).unwrap() else { panic!() };
    let request = Request::JoinRequest { ticket: invite.ticket.unwrap() };
    let Answer::JoinFile(file) = ask(&mut partner, request).unwrap() else { panic!() };
    let answer = Request::InviteAnswer { request: file.text };
    let Answer::JoinFile(file) = ask(&mut node, answer).unwrap() else { panic!() };
    ask(&mut partner, Request::JoinComplete { answer: file.text }).unwrap();
    for circle in node.replica.circle_ids().collect::<Vec<_>>() {
        node.replica.tend(&circle, &mut ChaCha20Rng::seed_from_u64(5)).unwrap();
    }
    for number in 0..3 {
        let Answer::Incident(added) = ask(&mut node, incident(number)).unwrap() else { panic!() };
        let incident = added.row.id.to_string();
        ask(&mut node, share(&incident, "coalition")).unwrap();
        give(&node, &mut partner);
        let text = format!("Told {number} times.");
        ask(&mut partner, edit(&incident, &[("public_summary", &text)])).unwrap();
        give(&partner, &mut node);
        ask(&mut node, edit(&incident, &[("group_size/min", "3")])).unwrap();
        incidents.push(incident);
    }
    give(&node, &mut partner);
    (Homes { folder, partner, incidents }, node)
}

/// A harmed home is opened, reaches its partner, and is looked at; what its store tells.
fn check(homes: &Homes, before: &BTreeMap<DocumentKey, String>, file: &str, how: &str) -> String {
    let what = format!("{file} {how}");
    let mut node = match open_in_time(&homes.home(), &what) {
        Ok(node) => node,
        Err(error) => {
            let text = format!("{} {}", error.message, error.hints.join(" "));
            assert!(["keystore.age", "format"].contains(&file), "{what}: {text}");
            assert!(text.contains("backup") && text.contains(file), "{what}: {text}");
            return "refused".to_owned();
        }
    };
    // `ceiba status` shows it.
    let Answer::Status(status) = ask(&mut node, Request::Status).unwrap() else { panic!() };
    let told = status.store.join("; ");
    give(&homes.partner, &mut node);
    assert_eq!(&homes.shown(&node, &what), before, "{what}");
    // It goes on, at places where nobody holds anything.
    let circle = node.find_circle("Amazonas").unwrap();
    for incident in &homes.incidents {
        ask(&mut node, edit(incident, &[("group_size/max", "9")])).unwrap();
    }
    assert_no_fork(&node, &homes.partner, &circle, &what);
    let expected = homes.shown(&node, &what);
    node.close().unwrap();
    if file.starts_with("index") {
        return told;
    }
    let node = open_in_time(&homes.home(), &what).unwrap();
    assert_eq!(homes.shown(&node, &what), expected, "{what}, opened again");
    node.close().unwrap();
    told
}

/// Nothing is to be told: the lock's content means nothing, and an index without the mark of an
/// orderly shutdown is looked through.
fn is_harmless(file: &str, how: &str) -> bool {
    file == "lock" || (file, how) == ("index/closed", "removed")
}

/// Harms each file of a home in each way.
fn harm_all(homes: &Homes, before: &BTreeMap<DocumentKey, String>, seed: u64) {
    let rng = &mut ChaCha20Rng::seed_from_u64(seed);
    let home = homes.home();
    let files = files_below(&home);
    let (mut kinds, mut failed) = (BTreeSet::new(), Vec::new());
    for (path, bytes) in &files {
        let file = path.strip_prefix(&home).unwrap().to_string_lossy().into_owned();
        // Of the index's files some ways each are enough: it is attacked in the store's own tests.
        let step = if file.starts_with("index") { 3 } else { 1 };
        for (how, harmed) in harms(bytes, rng).into_iter().skip(kinds.len() % step).step_by(step) {
            put_back(&home, &files);
            match harmed {
                Some(harmed) => fs::write(path, harmed).unwrap(),
                None => fs::remove_file(path).unwrap(),
            }
            // All that is wrong is told at once.
            match catch_unwind(AssertUnwindSafe(|| check(homes, before, &file, &how))) {
                Ok(told) if told.is_empty() && !is_harmless(&file, &how) => {
                    failed.push(format!("{file} {how}: nothing was said"));
                }
                Ok(_told) => {}
                Err(_told) => failed.push(format!("{file} {how}")),
            }
        }
        kinds.insert(file.split('/').next().unwrap().to_owned());
    }
    assert!(failed.is_empty(), "{failed:#?}");
    let known = ["anchor", "format", "index", "journal", "keystore.age", "lock"];
    assert!(known.iter().all(|name| kinds.contains(*name)), "{kinds:?}");
}

#[test]
fn every_file_of_a_home_may_be_harmed() {
    let (homes, node) = two_partners();
    let before = homes.shown(&node, "before");
    assert_eq!(before.len(), 8, "a dossier and a facet each");
    node.close().unwrap();
    harm_all(&homes, &before, 1);
}
