mod damage;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
    time::Duration,
};

use super::{open::*, *};
use crate::store::sealer::testing::sealer;

fn options() -> IndexOptions {
    IndexOptions { cache_bytes: 4 * 1024 * 1024, timeout: Duration::from_secs(20) }
}

fn open_at(dir: &Path) -> (Index, Rebuild) {
    Index::open(dir, sealer(1), at(9), options()).unwrap()
}

fn at(segment: u32) -> Position {
    Position { segment, offset: 32 }
}

fn value(number: u32) -> Vec<u8> {
    number.to_be_bytes().into_iter().cycle().take(300).collect()
}

/// Puts rows under their numbers.
fn put(index: &Index, numbers: impl IntoIterator<Item = u32>) {
    let mut batch = IndexBatch::new();
    for number in numbers {
        batch.put(Tree::Rows, Key::Plain(&number.to_be_bytes()), value(number));
    }
    index.apply(batch).unwrap();
}

fn count(index: &Index) -> usize {
    index.scan(Tree::Rows).unwrap().map(Result::unwrap).count()
}

/// A folder that holds a filled index, closed or not, and the guard that removes it.
fn filled(close: bool) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let (index, _) = open_at(&dir);
    put(&index, 0..3000);
    index.set_checkpoint(at(3)).unwrap();
    if close {
        index.close().unwrap();
    }
    (home, dir)
}

#[test]
fn what_is_put_is_found() {
    let home = tempfile::tempdir().unwrap();
    let (index, rebuild) = open_at(&home.path().join("index"));
    assert_eq!(rebuild, Rebuild::Needed(RebuildReason::New));
    assert_eq!(index.checkpoint().unwrap(), None);
    let mut batch = IndexBatch::new();
    assert!(batch.is_empty());
    batch.put(Tree::Rows, Key::Plain(b"b/1"), b"row".to_vec());
    batch.put(Tree::Rows, Key::Plain(b"b/2"), Vec::new());
    batch.put(Tree::Rows, Key::Plain(b"c"), b"gone".to_vec());
    batch.put(Tree::Tails, Key::Keyed(b"b/1"), b"tail".to_vec());
    batch.remove(Tree::Rows, Key::Plain(b"c"));
    assert_eq!(batch.len(), 5);
    index.apply(batch).unwrap();
    assert_eq!(index.get(Tree::Rows, Key::Plain(b"b/1")).unwrap().unwrap(), b"row");
    assert_eq!(index.get(Tree::Rows, Key::Plain(b"b/2")).unwrap().unwrap(), b"");
    assert_eq!(index.get(Tree::Tails, Key::Keyed(b"b/1")).unwrap().unwrap(), b"tail");
    assert_eq!(index.get(Tree::Tails, Key::Plain(b"b/1")).unwrap(), None);
    assert!(!index.contains(Tree::Rows, Key::Plain(b"c")).unwrap());
    let found = index.scan_prefix(Tree::Rows, b"b/").unwrap().map(|pair| pair.unwrap().0);
    assert_eq!(found.collect::<Vec<_>>(), [b"b/1", b"b/2"]);
}

#[test]
fn closing_in_order_is_known_the_next_time() {
    let (_home, dir) = filled(true);
    assert!(dir.join("closed").exists());
    let (index, rebuild) = open_at(&dir);
    assert_eq!(rebuild, Rebuild::NotNeeded);
    assert_eq!(index.checkpoint().unwrap(), Some(at(3)));
    assert_eq!(count(&index), 3000);
    assert!(!dir.join("closed").exists(), "from the first moment on the files change");
    // And again, with nothing done in between.
    index.close().unwrap();
    assert_eq!(open_at(&dir).1, Rebuild::NotNeeded);
}

#[test]
fn without_closing_it_is_looked_through() {
    let (_home, dir) = filled(false);
    let (index, rebuild) = open_at(&dir);
    assert_eq!((rebuild, count(&index)), (Rebuild::NotNeeded, 3000));
}

/// Whatever was written since the last checkpoint, and whatever of it a crash left.
#[test]
fn the_sum_of_the_checkpoint_is_found_again_whatever_came_after() {
    let (_home, dir) = filled(false);
    let mut index = open_at(&dir).0;
    for round in 4..9 {
        put(&index, 10 * round..3000 + round);
        let mut batch = IndexBatch::new();
        for number in [round, round + 1, 5000] {
            batch.remove(Tree::Rows, Key::Plain(&number.to_be_bytes()));
        }
        batch.put(Tree::Documents, Key::Plain(b"one"), vec![7; 10]);
        batch.remove(Tree::Tails, Key::Plain(b"none"));
        index.apply(batch).unwrap();
        put(&index, [round + 1]);
        let rows = count(&index);
        match round {
            5 => index.set_checkpoint(at(5)).unwrap(),
            6 => {
                index.close().unwrap();
                index = open_at(&dir).0;
            }
            _ => {}
        }
        drop(index);
        let (opened, rebuild) = open_at(&dir);
        assert_eq!((rebuild, count(&opened)), (Rebuild::NotNeeded, rows), "{round}");
        index = opened;
    }
    assert_eq!(index.checkpoint().unwrap(), Some(at(5)));
}

#[test]
fn a_filling_that_was_interrupted_is_known() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let (index, _) = open_at(&dir);
    put(&index, 0..10);
    index.close().unwrap();
    assert_eq!(open_at(&dir).1, Rebuild::Needed(RebuildReason::Unfinished));
}

#[test]
fn an_index_ahead_of_the_journal_says_that_something_was_lost() {
    for close in [true, false] {
        let (_home, dir) = filled(close);
        let (index, rebuild) = Index::open(&dir, sealer(1), at(2), options()).unwrap();
        assert_eq!(rebuild, Rebuild::Ahead { checkpoint: at(3), journal_end: at(2) });
        // It may be all that is left, and it does not claim to know what comes there next.
        assert_eq!((index.checkpoint().unwrap(), count(&index)), (Some(at(2)), 3000));
    }
}

#[test]
fn a_file_that_somebody_still_holds_is_waited_for() {
    let (_home, dir) = filled(true);
    let held = fs::File::open(dir.join("sled").join("db")).unwrap();
    held.lock().unwrap();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        drop(held);
    });
    let (index, rebuild) = open_at(&dir);
    release.join().unwrap();
    assert_eq!((rebuild, count(&index)), (Rebuild::NotNeeded, 3000));
}

#[test]
fn another_key_begins_anew() {
    for close in [true, false] {
        let (_home, dir) = filled(close);
        let (index, rebuild) = Index::open(&dir, sealer(2), at(9), options()).unwrap();
        assert!(matches!(rebuild, Rebuild::Needed(_)), "{rebuild:?}");
        assert_eq!(count(&index), 0);
    }
}

#[test]
fn nothing_readable_lies_on_disk() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let (index, _) = open_at(&dir);
    let mut batch = IndexBatch::new();
    batch.put(Tree::Rows, Key::Keyed(b"name of a village"), b"name of a person".to_vec());
    index.apply(batch).unwrap();
    index.close().unwrap();
    for file in fs::read_dir(dir.join("sled")).unwrap().map(|entry| entry.unwrap().path()) {
        let Ok(bytes) = fs::read(&file) else { continue };
        assert!(!bytes.windows(7).any(|window| window == b"name of"), "{}", file.display());
    }
}

#[test]
fn large_values_are_durable_too() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let (index, _) = open_at(&dir);
    let mut batch = IndexBatch::new();
    let large = vec![7; MAX_VALUE_BYTES];
    batch.put(Tree::Documents, Key::Plain(b"large"), large.clone());
    index.apply(batch).unwrap();
    index.set_checkpoint(at(3)).unwrap();
    assert!(fs::read_dir(dir.join("sled/blobs")).unwrap().count() > 0);
    drop(index);
    let (index, _) = open_at(&dir);
    assert_eq!(index.get(Tree::Documents, Key::Plain(b"large")).unwrap(), Some(large));
}

#[test]
fn what_does_not_fit_is_refused_as_a_whole() {
    let home = tempfile::tempdir().unwrap();
    let (index, _) = open_at(&home.path().join("index"));
    let mut batch = IndexBatch::new();
    batch.put(Tree::Rows, Key::Plain(b"small"), Vec::new());
    batch.put(Tree::Rows, Key::Plain(b"large"), vec![0; MAX_VALUE_BYTES + 1]);
    assert!(matches!(index.apply(batch), Err(IndexError::TooLarge { .. })));
    assert!(!index.contains(Tree::Rows, Key::Plain(b"small")).unwrap());
}

#[test]
fn a_condemned_index_begins_anew() {
    let (home, dir) = filled(true);
    open_at(&dir).0.condemn();
    let (index, rebuild) = open_at(&dir);
    assert_eq!(rebuild, Rebuild::Needed(RebuildReason::Condemned));
    assert_eq!(count(&index), 0);
    assert!(home.path().join("index.damaged-1/sled/db").exists());
}

#[test]
fn few_damaged_indexes_are_kept() {
    let (home, dir) = filled(true);
    for _ in 0..4 {
        open_at(&dir).0.condemn();
    }
    drop(open_at(&dir));
    let names = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names = names.collect::<Vec<_>>();
    names.sort();
    assert_eq!(names, ["index", "index.damaged-3", "index.damaged-4"]);
}

#[test]
fn the_watchdog_does_not_wait_for_ever() {
    let (release, wait) = mpsc::channel::<()>();
    let stuck = watchdog::run(Duration::from_millis(5), move || wait.recv());
    assert_eq!(stuck.unwrap_err(), watchdog::Stuck::TimedOut);
    drop(release);
    let stuck = watchdog::run(Duration::from_secs(20), || panic!("as sled does"));
    assert_eq!(stuck.unwrap_err(), watchdog::Stuck::Panicked);
    assert_eq!(watchdog::run(Duration::from_secs(20), || 7), Ok(7));
}

#[test]
fn the_parts_of_a_tree_are_read_on_several_threads() {
    use rayon::prelude::*;

    let home = tempfile::tempdir().unwrap();
    let (index, _) = open_at(&home.path().join("index"));
    let mut batch = IndexBatch::new();
    for number in 0..3000_u32 {
        batch.put(Tree::Rows, Key::Keyed(&number.to_be_bytes()), value(number));
    }
    index.apply(batch).unwrap();
    let parts = (0..=u8::MAX).into_par_iter().map(|first| {
        let scan = index.scan_prefix(Tree::Rows, &[first]).unwrap();
        scan.map(|pair| pair.unwrap().1).collect::<Vec<_>>()
    });
    let mut found: Vec<_> = parts.collect::<Vec<_>>().concat();
    found.sort_unstable();
    let mut expected: Vec<_> = (0..3000).map(value).collect();
    expected.sort_unstable();
    assert!(found == expected, "{} values", found.len());
}
