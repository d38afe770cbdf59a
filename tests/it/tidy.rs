//! Rules of the house that the compiler does not know.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Lines of the largest file; what is generated is not counted.
const MAX_LINES: usize = 600;
const GENERATED: &str = "src/wire/generated/";

/// Crates that only some modules may name. Tests may make keys and ciphers for what they play.
const HOMES: &[(&str, &[&str])] = &[
    ("automerge", &["doc"]),
    ("libp2p", &["net"]),
    ("libp2p_stream", &["net"]),
    ("sled", &["store"]),
    ("exif", &["exchange/evidence"]),
    ("rustix", &["blob/shelf", "store/space", "node/bundles"]),
    // Packed payloads; ODK Collect's settings, which are so packed; check sums of PNG chunks.
    (
        "flate2",
        &["replica/documents/packing", "exchange/openrosa/settings", "exchange/evidence/scrub"],
    ),
    ("md5", &["crypto"]),
    ("quick_xml", &["exchange/xml"]),
    ("hyper", &["web", "node/notify"]),
    ("hyper_util", &["web", "node/notify"]),
    ("http_body_util", &["web", "node/notify"]),
    ("tokio_rustls", &["web", "node/notify"]),
    ("object_store", &["blob/remote"]),
    ("age", &["crypto"]),
    ("aead_stream", &["crypto"]),
    ("bip39", &["crypto"]),
    ("chacha20poly1305", &["crypto"]),
    ("hkdf", &["crypto"]),
    ("hpke", &["crypto"]),
    // The id of an automerge change is its SHA-256, which the pre-flight checks before automerge.
    // Digests of reports are those that `sha256sum` makes.
    ("sha2", &["crypto", "doc", "exchange/evidence", "exchange/out/digesting", "figures"]),
    // Keys and signatures as types: entries and statements are signed where they are made; a
    // ticket carries a key of its own.
    ("ed25519_dalek", &["crypto", "log", "membership", "node/ticket"]),
    ("csv", &["exchange", "figures"]),
    ("icalendar", &["exchange/out/board"]),
    ("calamine", &["exchange/xlsx"]),
    ("parquet", &["exchange/out"]),
    ("zip", &["exchange"]),
    ("toml", &["exchange"]),
    ("clap", &["cli"]),
    // The core is pure: no runtime, no sockets.
    ("tokio", &["api/control", "cli", "demo", "net", "node", "web"]),
];

/// A source file: its path from the root of the project, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Path below `src`, without the ending: `doc/apply/tests`.
    fn module_path(&self) -> &str {
        self.path.trim_start_matches("src/").trim_end_matches(".rs")
    }

    /// The module of the crate that it is of: `doc`.
    fn module(&self) -> &str {
        self.module_path().split('/').next().unwrap()
    }

    /// Whether it is compiled for tests only.
    fn is_test(&self) -> bool {
        self.module_path().split('/').any(|part| part == "tests" || part.ends_with("_tests"))
    }

    /// Its code without comments and without the tests at its end.
    fn shipped(&self) -> String {
        let code: String = self.code().flat_map(|(_, line)| [line, "\n"]).collect();
        let tests = code.match_indices("#[cfg(test)]\n").find(|(at, mark)| {
            let next = code.split_at(at + mark.len()).1.lines().next().unwrap_or_default();
            next.contains("mod ") && next.ends_with('{')
        });
        tests.map_or(code.as_str(), |(at, _)| code.split_at(at).0).to_owned()
    }

    /// Its lines with numbers, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(place, line)| (place + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder of the project with one of these endings; none without the folder.
fn files(folder: &str, endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| path.extension().is_some_and(|e| e == *ending)) {
                found.push(source(&path));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn source(path: &PathBuf) -> Source {
    let shown = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    let bytes = fs::read(path).unwrap();
    Source { path: shown, text: String::from_utf8(bytes).unwrap() }
}

/// The source of the crate, without what is generated.
fn crate_sources() -> Vec<Source> {
    files("src", &["rs"]).into_iter().filter(|file| !file.path.starts_with(GENERATED)).collect()
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The places behind each `word` that stands alone, as a path's first segment.
fn behind<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(word).filter_map(move |(at, _)| {
        let before = text.split_at(at).0.chars().next_back();
        let alone = before.is_none_or(|c| !is_name(c) && c != ':' && c != '$');
        alone.then(|| text.split_at(at + word.len()).1)
    })
}

/// The modules that are named behind a `crate::`: one, or those of a group at its first level.
fn named_modules(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else {
        return vec![rest.chars().take_while(|c| is_name(*c)).collect()];
    };
    let (mut depth, mut first_level) = (1_u32, String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _text => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 {
            first_level.push(c);
        }
    }
    let items = first_level.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| item.chars().take_while(|c| is_name(*c)).collect()).collect()
}

/// The modules of the crate that a file names, its own too.
fn imports(file: &Source) -> BTreeSet<String> {
    let code: String = file.code().flat_map(|(_, line)| [line, "\n"]).collect();
    let named = behind(&code, "crate::").flat_map(named_modules);
    // What the crate's root exports, macros for example, is no module.
    named.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

/// Height of each module by the map in `src/lib.rs`, the only place where the order is written.
fn layers() -> BTreeMap<String, usize> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let declared: BTreeSet<&str> = lib
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .filter_map(|rest| rest.strip_suffix(';'))
        .collect();
    let map = lib.split("```").nth(1).expect("src/lib.rs has a map of the crate");
    let mut heights = BTreeMap::new();
    for (line, height) in map.lines().rev().zip(1..) {
        // Names of modules, then at least three spaces, then what they are.
        let names = line.trim_start_matches("//!").trim().split("   ").next().unwrap_or_default();
        for module in names.split_whitespace() {
            assert!(heights.insert(module.to_owned(), height).is_none(), "{module} is twice");
        }
    }
    let missing: Vec<&&str> =
        declared.iter().filter(|name| !heights.contains_key(**name)).collect();
    assert!(missing.is_empty(), "not in the map of src/lib.rs: {missing:?}");
    heights
}

fn assert_none(problems: &[String], rule: &str) {
    assert!(problems.is_empty(), "{rule}:\n{}", problems.join("\n"));
}

#[test]
fn imports_go_downwards_only() {
    let layers = layers();
    let mut problems = Vec::new();
    for file in crate_sources() {
        let from = file.module();
        if matches!(from, "lib" | "main") {
            continue;
        }
        let Some(height) = layers.get(from) else {
            problems.push(format!("{}: of no module that src/lib.rs declares", file.path));
            continue;
        };
        for to in imports(&file).into_iter().filter(|to| to != from) {
            match layers.get(&to) {
                Some(other) if other < height => {}
                Some(_) => problems.push(format!("{} imports {to}", file.path)),
                None => {
                    problems.push(format!("{} imports {to}, which is not in the map", file.path));
                }
            }
        }
    }
    assert_none(&problems, "modules are layers, see the map in src/lib.rs");
}

#[test]
fn nothing_climbs_out_of_its_module_by_super() {
    let mut problems = Vec::new();
    for file in crate_sources() {
        // One more than the depth of the file: a module inside the file may need it.
        let out = "super::".repeat(file.module_path().split('/').count() + 1);
        for (number, line) in file.code().filter(|(_, line)| line.contains(&out)) {
            problems.push(format!("{}:{number}: {}", file.path, line.trim()));
        }
    }
    assert_none(&problems, "write crate:: where another module is meant");
}

#[test]
fn crates_stay_in_their_homes() {
    let mut problems = Vec::new();
    for file in crate_sources().iter().filter(|file| !file.is_test()) {
        let code = file.shipped();
        for (name, homes) in HOMES {
            let path = file.module_path();
            let at_home = homes.iter().any(|home| {
                path.strip_prefix(home).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            let named = behind(&code, name).any(|rest| rest.starts_with("::"));
            if named && !at_home {
                problems.push(format!("{} names {name}, whose home is {homes:?}", file.path));
            }
        }
    }
    assert_none(&problems, "a dependency has one home");
}

#[test]
fn files_are_of_a_size_to_read() {
    let sources = ["src", "tests", "examples", "benches", "fuzz/src"]
        .into_iter()
        .flat_map(|folder| files(folder, &["rs"]));
    let mut sizes: Vec<(usize, String)> = sources
        .filter(|file| !file.path.starts_with(GENERATED))
        .map(|file| (file.text.lines().count(), file.path))
        .collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let longest: Vec<String> =
        sizes.iter().take(10).map(|(lines, path)| format!("{lines:5} {path}")).collect();
    let too_long = sizes.iter().filter(|(lines, _)| *lines > MAX_LINES).count();
    assert_eq!(too_long, 0, "more than {MAX_LINES} lines; the longest:\n{}", longest.join("\n"));
}

#[test]
fn module_roots_are_named_and_every_file_is_in_the_tree() {
    let mut problems = Vec::new();
    let all = files("src", &["rs"]);
    let named_by_path: BTreeSet<&str> = all
        .iter()
        .flat_map(Source::code)
        .flat_map(|(_, line)| line.split("path = \"").skip(1))
        .filter_map(|rest| rest.split('"').next()?.split('/').next_back())
        .collect();
    for file in &all {
        let path = Path::new(&file.path);
        let (name, stem) = (path.file_name().unwrap(), path.file_stem().unwrap());
        let (name, stem) = (name.to_str().unwrap(), stem.to_str().unwrap());
        let folder = path.parent().unwrap();
        if name == "mod.rs" {
            problems.push(format!("{}: name it like its folder, beside it", file.path));
        }
        let is_root = folder == Path::new("src") && matches!(name, "main.rs" | "lib.rs");
        if is_root || file.path.starts_with(GENERATED) || named_by_path.contains(name) {
            continue;
        }
        let parent = match folder == Path::new("src") {
            true => "src/lib.rs".to_owned(),
            false => format!("{}.rs", folder.to_str().unwrap().replace('\\', "/")),
        };
        let declares = |parent: &Source| {
            behind(&parent.text, "mod ")
                .any(|rest| rest.strip_prefix(stem).is_some_and(|rest| rest.starts_with(';')))
        };
        if !all.iter().any(|other| other.path == parent && declares(other)) {
            problems
                .push(format!("{} is compiled by nobody: {parent} does not declare it", file.path));
        }
    }
    assert_none(&problems, "every file is a module of its folder's root");
}

#[test]
fn every_test_of_the_whole_is_run() {
    let main = fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    let mut problems = Vec::new();
    for entry in fs::read_dir(root().join("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if stem != "main" && !main.contains(&format!("mod {stem};")) {
            problems.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    assert_none(&problems, "tests/it/main.rs does not declare");
}

#[test]
fn security_names_tests_that_exist() {
    let security = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let quoted = security.split('`').skip(1).step_by(2);
    let names: Vec<(&str, &str)> = quoted
        .filter_map(|quoted| quoted.split_once("::"))
        .filter(|(_, name)| *name != "test" && name.chars().all(is_name))
        .collect();
    assert!(names.len() >= 7, "at least one test for each promise");
    let sources: Vec<Source> = files("src", &["rs"]);
    let mut problems = Vec::new();
    for (module, name) in names {
        let test = format!("fn {name}(");
        let is_there = |file: &Source| file.module() == module && file.text.contains(&test);
        if !sources.iter().any(is_there) {
            problems.push(format!("{module}::{name}"));
        }
    }
    // Tests of the whole are named with their file: `it::file::test`.
    let whole: Vec<Source> = files("tests/it", &["rs"]);
    for quoted in security.split('`').skip(1).step_by(2) {
        let Some((file, name)) = quoted.strip_prefix("it::").and_then(|rest| rest.split_once("::"))
        else {
            continue;
        };
        let (place, test) = (format!("tests/it/{file}"), format!("fn {name}("));
        let is_there = |file: &Source| file.path.starts_with(&place) && file.text.contains(&test);
        if name != "test" && !whole.iter().any(is_there) {
            problems.push(quoted.to_owned());
        }
    }
    assert_none(&problems, "SECURITY.md names tests that do not exist");
}

#[test]
fn no_path_of_somebodys_machine_is_left() {
    let words = [["/wo", "rk/"], ["/ro", "ot/"], ["/Use", "rs/"]].map(|halves| halves.concat());
    let endings = ["rs", "md", "toml", "proto", "json", "csv", "tsv"];
    let mut all: Vec<Source> =
        ["src", "tests", "examples", "benches", "proto", "fuzz/src", "fuzz/fuzz_targets"]
            .into_iter()
            .flat_map(|folder| files(folder, &endings))
            .collect();
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if path.is_file() && endings.contains(&ending) {
            all.push(source(&path));
        }
    }
    all.push(source(&root().join(".ci/run")));
    let mut problems = Vec::new();
    for file in &all {
        for (place, line) in file.text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word.as_str())) {
                problems.push(format!("{}:{}: {}", file.path, place + 1, line.trim()));
            }
        }
    }
    assert_none(&problems, "paths of one machine");
}

#[test]
fn groups_of_imports_are_read() {
    assert_eq!(named_modules("{api::{a, b}, model::id, view}; x"), ["api", "model", "view"]);
    assert_eq!(named_modules("model::id::{A, B}"), ["model"]);
    let file = Source {
        path: "src/a/b.rs".to_owned(),
        text: "// crate::no\nuse crate::{\n    wire::{x, y},\n    Root,\n};\nfn f() { crate::doc::g(); }"
            .to_owned(),
    };
    assert_eq!(imports(&file).into_iter().collect::<Vec<_>>(), ["doc", "wire"]);
    assert_eq!(behind("message::x age::y", "age").count(), 1);
}
