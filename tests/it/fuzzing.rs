//! The committed corpus of the fuzz targets, replayed: what fuzzing found stays found.
//!
//! `fuzz/src` holds what a target does; here it is compiled once more, without libFuzzer.
//! `UPDATE=1 cargo test --test it fuzzing` writes the seeds that follow from the code (`seed-NN`).

use std::{
    fs,
    path::{Path, PathBuf},
};

#[expect(unreachable_pub, reason = "public for the fuzz targets, which are another package")]
#[path = "../../fuzz/src/lib.rs"]
pub mod targets;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use targets::{TARGETS, Target};

/// Bytes of the whole corpus: it is downloaded by everybody.
const MAX_CORPUS_BYTES: u64 = 1_500_000;

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn replay(names: &[&str]) {
    for (name, body, seeds) in TARGETS.iter().filter(|target| names.contains(&target.0)) {
        let folder = corpus(name);
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(&folder).unwrap();
            for (number, seed) in seeds().iter().enumerate() {
                fs::write(folder.join(format!("seed-{number:02}")), seed).unwrap();
            }
        }
        for file in files(&folder) {
            let bytes = fs::read(&file).unwrap();
            let lived = std::panic::catch_unwind(|| body(&bytes)).is_ok();
            assert!(lived, "{} fails the target {name}", file.display());
        }
    }
}

// Several tests, so that they run at the same time.

#[test]
fn changes_of_documents() {
    replay(&["preflight", "payload"]);
}

#[test]
fn entries_of_logs() {
    replay(&["header", "run", "fork", "receipt"]);
}

#[test]
fn statements() {
    replay(&["statement"]);
}

#[test]
fn what_follows_from_statements() {
    replay(&["resolve"]);
}

#[test]
fn sessions() {
    replay(&["session", "frame"]);
}

#[test]
fn bundles() {
    replay(&["bundle"]);
}

#[test]
fn sealed_things() {
    replay(&["grant_set", "keystore", "manifest"]);
}

#[test]
fn joining() {
    replay(&["ticket", "join", "device"]);
}

#[test]
fn homes() {
    replay(&["journal", "records"]);
}

#[test]
fn files_of_evidence() {
    replay(&["blob"]);
}

#[test]
fn texts() {
    replay(&["request", "import", "wire"]);
}

#[test]
fn phones() {
    replay(&["openrosa"]);
}

#[test]
fn alerts_of_others() {
    replay(&["cap"]);
}

/// The corpus, mangled: not guided as libFuzzer is, but in every run of the tests. `FUZZ_ROUNDS`
/// says how often each file is.
#[test]
fn mangled_bytes_are_survived() {
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let chosen = std::env::var("FUZZ_TARGET").ok();
    for target in TARGETS {
        if chosen.as_ref().is_none_or(|chosen| chosen == target.0) {
            mangle_all(target, rounds);
        }
    }
}

fn mangle_all((name, body, _): &Target, rounds: u32) {
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let all: Vec<Vec<u8>> =
        files(&corpus(name)).iter().map(|file| fs::read(file).unwrap()).collect();
    for (round, bytes) in (0..rounds).flat_map(|round| all.iter().map(move |it| (round, it))) {
        let mangled = mangled(bytes, &all, &mut rng);
        let lived = std::panic::catch_unwind(|| body(&mangled)).is_ok();
        let hex = data_encoding::HEXLOWER.encode(&mangled);
        assert!(lived, "target {name}, seed {seed}, round {round}, fails with {hex}");
    }
}

/// The bytes with up to four things changed, one of them perhaps a piece of another file.
fn mangled(bytes: &[u8], all: &[Vec<u8>], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        let at = rng.random_range(0..=bytes.len());
        let end = (at + rng.random_range(1..=8)).min(bytes.len());
        match rng.random_range(0..8) {
            0 => bytes.insert(at, rng.random()),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => {
                let other = &all[rng.random_range(0..all.len())];
                let from = rng.random_range(0..=other.len());
                let to = (from + rng.random_range(1..=64)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            4 if at < end => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.random_range(0..5)],
            5 if at < end => bytes[at] = bytes[at].wrapping_add(1),
            _flip if at < end => bytes[at] ^= 1 << rng.random_range(0..8),
            _end => {}
        }
    }
    bytes
}

/// A target is in the table, has a file for libFuzzer and a binary, and is replayed.
#[test]
fn every_target_is_everywhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let binaries = files(&root.join("fuzz_targets"));
    let replays: String =
        include_str!("fuzzing.rs").lines().filter(|line| line.contains("replay(&[")).collect();
    assert_eq!(binaries.len(), TARGETS.len());
    for (name, ..) in TARGETS {
        assert!(replays.contains(&format!("\"{name}\"")), "{name} is not replayed");
        let thin = fs::read_to_string(root.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(thin.lines().count() <= 6 && thin.contains("ceiba_fuzz::"), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is no binary");
    }
}

#[test]
fn the_corpus_is_small() {
    let all = files(&corpus("")).into_iter().flat_map(|folder| files(&folder));
    let bytes: u64 = all.map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(bytes < MAX_CORPUS_BYTES, "{bytes} bytes: minimise it, see CONTRIBUTING.md");
}
