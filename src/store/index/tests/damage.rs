//! Damage to sled's files: found and set aside, or without consequence; never a panic or a hang.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::*;

/// All files of an index, by their path in its folder.
fn files_of(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in [dir.to_path_buf(), dir.join("sled"), dir.join("sled/blobs")] {
        let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        found.extend(entries.filter(|path| path.is_file()));
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("sled/blobs")).unwrap();
    for file in files_of(from) {
        fs::copy(&file, to.join(file.strip_prefix(from).unwrap())).unwrap();
    }
}

/// How many times files are harmed at random places; more when asked by hand.
fn trials() -> u32 {
    std::env::var("TRIALS").ok().and_then(|trials| trials.parse().ok()).unwrap_or(9)
}

/// The ways in which a file is harmed; the place is part of the length, in 1/1000.
fn harms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut harmed = vec![Vec::new(), [bytes, b"more"].concat()];
    for place in [0, 500, 999] {
        let at = bytes.len() * place / 1000;
        let end = (at + 4096).min(bytes.len());
        harmed.push(bytes[..at].to_vec());
        let mut flipped = bytes.to_vec();
        flipped[at] ^= 16;
        harmed.push(flipped);
        let mut zeroed = bytes.to_vec();
        zeroed[at..end].fill(0);
        harmed.push(zeroed);
    }
    harmed.retain(|harmed| harmed != bytes);
    harmed
}

#[test]
fn harm_after_an_orderly_shutdown_is_always_found() {
    let (home, dir) = filled(true);
    for file in files_of(&dir) {
        let bytes = fs::read(&file).unwrap();
        for harmed in harms(&bytes) {
            let work = home.path().join("work");
            copy(&dir, &work);
            fs::write(work.join(file.strip_prefix(&dir).unwrap()), harmed).unwrap();
            let (index, rebuild) = open_at(&work);
            assert_eq!(rebuild, Rebuild::Needed(RebuildReason::Changed), "{}", file.display());
            assert_eq!(count(&index), 0);
            drop(index);
            fs::remove_dir_all(&work).unwrap();
        }
    }
}

/// What the index shows is true and whole, or it says that it is to be rebuilt.
fn check(dir: &Path) -> Rebuild {
    let patient = IndexOptions { timeout: Duration::from_secs(4), ..options() };
    let (index, rebuild) = Index::open(dir, sealer(1), at(9), patient).unwrap();
    match rebuild {
        Rebuild::Needed(_) => assert_eq!(index.checkpoint().unwrap(), None),
        Rebuild::NotNeeded | Rebuild::Ahead { .. } => {
            let checkpoint = index.checkpoint().unwrap().unwrap();
            let known = match checkpoint.segment {
                3 => 3000_u32,
                4 => 4000,
                other => panic!("no checkpoint was ever {other}"),
            };
            for number in 0..known {
                let key = number.to_be_bytes();
                let found = index.get(Tree::Rows, Key::Plain(&key)).unwrap();
                assert_eq!(found, Some(value(number)), "{number} of {known}");
            }
        }
    }
    put(&index, 0..10);
    index.set_checkpoint(at(3)).unwrap();
    rebuild
}

#[test]
fn harm_after_a_crash_is_found_or_without_consequence() {
    let (home, dir) = filled(true);
    fs::remove_file(dir.join("closed")).unwrap();
    for file in files_of(&dir) {
        let bytes = fs::read(&file).unwrap();
        for harmed in harms(&bytes) {
            let work = home.path().join("work");
            copy(&dir, &work);
            fs::write(work.join(file.strip_prefix(&dir).unwrap()), harmed).unwrap();
            check(&work);
            fs::remove_dir_all(&work).unwrap();
        }
    }
}

/// A row as it lies on disk.
fn stored(index: &Index, number: u32) -> Vec<u8> {
    let engine = index.engine().unwrap();
    engine.get(Tree::Rows.name(), &number.to_be_bytes()).unwrap().unwrap()
}

/// Does to rows on disk what sled does when it passes over what it cannot read: none of the values
/// that it then shows is damaged.
#[test]
fn values_that_open_and_are_older_are_found() {
    for (number, back) in [(7_u32, true), (7, false), (2999, true)] {
        for later in [false, true] {
            let (_home, dir) = filled(false);
            let (index, _) = open_at(&dir);
            let older = back.then(|| stored(&index, number));
            put(&index, 0..3000);
            index.set_checkpoint(at(4)).unwrap();
            if later {
                put(&index, 100..200);
            }
            let operation = (number.to_be_bytes().to_vec(), older);
            index.engine().unwrap().apply(Tree::Rows.name(), vec![operation]).unwrap();
            drop(index);
            assert_eq!(open_at(&dir).1, Rebuild::Needed(RebuildReason::Stale), "{number} {back}");
        }
    }
}

/// Each row is written three times with a checkpoint after each, then sled's file is harmed: what
/// is shown is never older than the checkpoint that is shown with it.
#[test]
fn no_harm_shows_values_that_are_older_than_the_checkpoint() {
    let rng = &mut ChaCha20Rng::seed_from_u64(17);
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let (index, _) = open_at(&dir);
    for version in 1..=3_u32 {
        let mut batch = IndexBatch::new();
        for number in 0..1000_u32 {
            let row = [version.to_be_bytes(), number.to_be_bytes()].concat().repeat(40);
            batch.put(Tree::Rows, Key::Plain(&number.to_be_bytes()), row);
        }
        index.apply(batch).unwrap();
        index.set_checkpoint(at(version)).unwrap();
    }
    index.close().unwrap();
    fs::remove_file(dir.join("closed")).unwrap();
    let db = fs::read(dir.join("sled/db")).unwrap();
    let mut found = std::collections::BTreeMap::<String, u32>::new();
    for trial in 0..trials() {
        let work = home.path().join(format!("work-{trial}"));
        copy(&dir, &work);
        let mut harmed = db.clone();
        let place = rng.random_range(0..db.len() - 4096);
        match trial % 3 {
            0 => harmed[place] ^= 1 << rng.random_range(0..8),
            1 => rng.fill(&mut harmed[place..place + 512]),
            _ => harmed[place / 4096 * 4096..][..4096].fill(0),
        }
        fs::write(work.join("sled/db"), harmed).unwrap();
        let (index, rebuild) = open_at(&work);
        if rebuild == Rebuild::NotNeeded {
            // An older checkpoint with newer rows is as good: the replay begins there.
            let version = index.checkpoint().unwrap().unwrap().segment;
            for number in 0..1000_u32 {
                let row = index.get(Tree::Rows, Key::Plain(&number.to_be_bytes())).unwrap();
                let row = row.expect("a row");
                assert!(row[..4] >= version.to_be_bytes()[..], "{number} in trial {trial}");
            }
        }
        *found.entry(format!("{rebuild:?}")).or_default() += 1;
        drop(index);
        fs::remove_dir_all(&work).unwrap();
    }
    assert_eq!(found.values().sum::<u32>(), trials(), "{found:?}");
}

/// Power failures: each page of what was written after the last checkpoint's fsync there or not.
#[test]
fn a_checkpoint_survives_a_power_failure() {
    let rng = &mut ChaCha20Rng::seed_from_u64(11);
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("index");
    let (index, _) = open_at(&dir);
    put(&index, 0..3000);
    index.set_checkpoint(at(3)).unwrap();
    let durable = home.path().join("durable");
    copy(&dir, &durable);
    put(&index, 2000..4000);
    index.flush_durable().unwrap();
    let later = fs::read(dir.join("sled/db")).unwrap();
    let before = fs::read(durable.join("sled/db")).unwrap();
    let mut kept = 0;
    for likelihood in [0.0, 0.1, 0.5, 0.9, 1.0] {
        let work = home.path().join("work");
        copy(&durable, &work);
        let mut mixed = before.clone();
        mixed.resize(later.len().max(before.len()), 0);
        for (old, new) in mixed.chunks_mut(4096).zip(later.chunks(4096)) {
            if rng.random_bool(likelihood) {
                old[..new.len()].copy_from_slice(new);
            }
        }
        fs::write(work.join("sled/db"), mixed).unwrap();
        kept += usize::from(check(&work) == Rebuild::NotNeeded);
        fs::remove_dir_all(&work).unwrap();
    }
    assert!(kept >= 2, "at least with nothing or all of it written");
}
