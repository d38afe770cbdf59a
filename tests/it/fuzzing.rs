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

use targets::TARGETS;

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

macro_rules! replays {
    ($($test:ident: $($target:literal),+;)*) => {
        $(#[test] fn $test() { replay(&[$($target),+]); })*

        const REPLAYED: &[&str] = &[$($($target),+),*];
    };
}

// Several tests, so that they run at the same time.
replays! {
    changes_of_documents: "preflight", "payload";
    logs: "header", "run", "fork";
    statements: "statement";
    what_follows_from_statements: "resolve";
    sessions: "session", "frame";
    sealed_things: "grant_set", "keystore", "manifest";
    joining: "ticket", "join";
    homes: "journal", "records";
    texts: "request", "import", "wire";
}

/// A target is in the table, has a file for libFuzzer and a binary, and is replayed.
#[test]
fn every_target_is_everywhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let binaries = files(&root.join("fuzz_targets"));
    let mut replayed = REPLAYED.to_vec();
    replayed.sort_unstable();
    let mut names: Vec<&str> = TARGETS.iter().map(|target| target.0).collect();
    names.sort_unstable();
    assert_eq!(replayed, names);
    assert_eq!(binaries.len(), names.len());
    for name in names {
        let thin = fs::read_to_string(root.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(thin.lines().count() <= 5 && thin.contains("ceiba_fuzz::"), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is no binary");
    }
}

#[test]
fn the_corpus_is_small() {
    let all = files(&corpus("")).into_iter().flat_map(|folder| files(&folder));
    let bytes: u64 = all.map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(bytes < MAX_CORPUS_BYTES, "{bytes} bytes: minimise it, see CONTRIBUTING.md");
}
