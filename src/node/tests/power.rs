//! Journal and index together, as the node uses them, when the power fails.
//!
//! What the journal committed is on the disk. Of the index's files each page that was written since
//! the last checkpoint is there or not, in any mixture.

use std::{fs, path::PathBuf};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::{damage::files_below, *};

/// Files of the index, and the anchor, as they are on the disk.
fn unsynced(home: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files_below(home);
    files.retain(|path, _bytes| !path.starts_with(home.join("journal")));
    files
}

/// Each page of what came later is there or not.
fn mixed(before: &[u8], later: &[u8], likelihood: f64, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let mut bytes = before.to_vec();
    bytes.resize(before.len().max(later.len()), 0);
    for (old, new) in bytes.chunks_mut(4096).zip(later.chunks(4096)) {
        if rng.random_bool(likelihood) {
            old[..new.len()].copy_from_slice(new);
        }
    }
    bytes
}

/// What the node shows of the incidents: the number that was written last.
fn numbers(node: &Node, incidents: &[String]) -> Vec<u64> {
    let number = |incident: &String| {
        let id = incident.parse().unwrap();
        let rows = node.view.documents(&id).filter(|row| row.circle() != node.own.private);
        let rows = rows.collect::<Vec<_>>();
        assert_eq!(rows.len(), 1, "one facet");
        let document = node.replica.document(&(rows[0].circle(), rows[0].document()));
        let document = document.unwrap().expect("a document");
        let document_record = document.record();
        assert_eq!(document_record, rows[0].record().unpack(), "row and document agree");
        assert_eq!(document.waiting().count(), 0);
        let [min, max] = ["group_size/min", "group_size/max"]
            .map(|path| document_record.get(path).and_then(Value::as_integer));
        assert_eq!(min, max, "an edit is there wholly or not at all");
        u64::try_from(min.unwrap_or(0)).unwrap()
    };
    incidents.iter().map(number).collect()
}

#[test]
fn power_fails_under_journal_and_index() {
    let rng = &mut ChaCha20Rng::seed_from_u64(29);
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    make(&home);
    let mut node = Node::open(&home, &passphrase()).unwrap();
    let first = shared(&mut node);
    let Answer::Incident(added) = ask(&mut node, damage::incident(1)).unwrap() else { panic!() };
    let second = added.row.id.to_string();
    ask(&mut node, share(&second, "coalition")).unwrap();
    let incidents = [first, second];
    let mut written = vec![0, 0];
    for likelihood in [0.0, 0.2, 0.5, 0.8, 1.0, 0.5] {
        let mut write = |node: &mut Node, times: usize, rng: &mut ChaCha20Rng| {
            for _time in 0..times {
                let which = rng.random_range(0..incidents.len());
                written[which] += 1;
                let number = written[which].to_string();
                let set = [("group_size/min", &*number), ("group_size/max", &*number)];
                ask(node, edit(&incidents[which], &set)).unwrap();
            }
        };
        write(&mut node, 6, rng);
        node.replica.storage_mut().checkpoint().unwrap();
        let durable = unsynced(&home);
        write(&mut node, 6, rng);
        assert_eq!(numbers(&node, &incidents), written, "before the cut");
        drop(node);
        let later = unsynced(&home);
        for path in later.keys().chain(durable.keys()) {
            match (durable.get(path), later.get(path)) {
                (Some(before), Some(later)) => {
                    fs::write(path, mixed(before, later, likelihood, rng)).unwrap();
                }
                (None, Some(_later)) if rng.random_bool(0.5) => fs::remove_file(path).unwrap(),
                (Some(before), None) => fs::write(path, before).unwrap(),
                _ => {}
            }
        }
        // A commit that was torn, and that nobody was told of.
        let segment = home.join("journal/00000001.seg");
        let torn = [fs::read(&segment).unwrap(), vec![0xce, 0x1b, 0, 2, 77]].concat();
        fs::write(&segment, torn).unwrap();
        node = Node::open(&home, &passphrase()).unwrap();
        assert_eq!(numbers(&node, &incidents), written, "{likelihood}");
        assert_eq!(node.replica.storage().damaged(), "");
        // The same as the entries say.
        drop(node);
        fs::remove_dir_all(home.join("index")).unwrap();
        node = Node::open(&home, &passphrase()).unwrap();
        assert_eq!(numbers(&node, &incidents), written, "{likelihood}, from the journal");
    }
    node.close().unwrap();
}
