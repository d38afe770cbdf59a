//! The files against each other and against the code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fluent_bundle::FluentResource;

use crate::{
    cli::tongue::{catalogue, usage},
    model::vocabulary::Language,
};

/// Keys that the code makes while it runs, by how they begin.
const MADE: &[&str] = &[
    "step-",
    "help-",
    "value-",
    "node-error-",
    "board-column-",
    "board-sheet-",
    "board-word-",
    "board-view-",
    "board-note-",
];
/// What has an English text in code, and is translated: clap's phrases, and the help.
const ONLY_TRANSLATED: &[&str] = &["usage-", "help-", "value-", "node-error-"];

/// A text: `key` or `key.attribute`, and its variables.
type Texts = BTreeMap<String, BTreeSet<String>>;

fn is_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn variables(line: &str) -> impl Iterator<Item = String> {
    let named = line.split('$').skip(1);
    named.map(|rest| rest.chars().take_while(|c| is_key(*c)).collect())
}

/// The texts of a language, by the lines of its files.
fn texts(language: Language) -> Texts {
    let mut texts = Texts::new();
    for (name, file) in catalogue::files(language) {
        let (mut key, mut attribute) = (String::new(), String::new());
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            let head = line.trim_start().split_once(" =").map(|(head, _)| head);
            match head {
                Some(head) if !line.starts_with(' ') => {
                    assert!(head.chars().all(is_key), "{name}: {line}");
                    (key, attribute) = (head.to_owned(), String::new());
                    let known = texts.insert(key.clone(), BTreeSet::new());
                    assert!(known.is_none(), "{name}: {key} is twice");
                }
                Some(head) if head.starts_with('.') => {
                    attribute = head.to_owned();
                    let known = texts.insert(format!("{key}{attribute}"), BTreeSet::new());
                    assert!(known.is_none(), "{name}: {key}{attribute} is twice");
                }
                _text => {}
            }
            if let Some(found) = texts.get_mut(&format!("{key}{attribute}")) {
                found.extend(variables(line));
            }
        }
    }
    texts
}

/// The keys of a language.
pub(super) fn keys(language: Language) -> Vec<String> {
    texts(language).into_keys().collect()
}

/// What must be the same in all languages.
fn shared(texts: &Texts) -> Texts {
    let translated = |key: &str| ONLY_TRANSLATED.iter().any(|begin| key.starts_with(begin));
    texts.iter().filter(|(key, _)| !translated(key)).map(|(a, b)| (a.clone(), b.clone())).collect()
}

fn differences(left: &Texts, right: &Texts) -> Vec<String> {
    let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let differ = keys.into_iter().filter(|key| left.get(*key) != right.get(*key));
    differ.map(|key| format!("{key}: {:?} and {:?}", left.get(key), right.get(key))).collect()
}

#[test]
fn every_language_has_the_same_texts_with_the_same_arguments() {
    let [english, spanish, portuguese] =
        [Language::English, Language::Spanish, Language::Portuguese].map(texts);
    assert!(shared(&english).len() > 150, "{}", english.len());
    assert_eq!(differences(&shared(&english), &shared(&spanish)), Vec::<String>::new());
    assert_eq!(differences(&spanish, &portuguese), Vec::<String>::new());
}

#[test]
fn every_file_is_read_and_without_a_mistake() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/locale");
    for (code, language) in
        [("en", Language::English), ("es", Language::Spanish), ("pt", Language::Portuguese)]
    {
        let mut on_disk: Vec<String> = fs::read_dir(root.join(code))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().replace(".ftl", ""))
            .collect();
        on_disk.sort_unstable();
        let mut read: Vec<&str> = catalogue::files(language).iter().map(|file| file.0).collect();
        read.sort_unstable();
        assert_eq!(read, on_disk, "{code}");
        for (name, text) in catalogue::files(language) {
            if let Err((_, errors)) = FluentResource::try_new((*text).to_owned()) {
                panic!("{code}/{name}: {errors:?}");
            }
        }
    }
}

/// All code of the command line.
fn code() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = vec![fs::read_to_string(root.join("cli.rs")).unwrap()];
    sources(&root.join("cli"), &mut found);
    found
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// The string literals of a file that stand on one line.
fn literals(file: &str) -> impl Iterator<Item = String> {
    let code = file.lines().filter(|line| !line.trim_start().starts_with("//"));
    let quoted = code.flat_map(|line| line.split('"').skip(1).step_by(2));
    quoted.map(str::to_owned)
}

/// The keys that stand in calls, and literals that begin like the keys of errors.
fn calls(file: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in ["word(\"", "say(\"", "file_error(\"", "(\"error-", " \"error-"] {
        let literal = call.split_once('"').map_or("", |(_, begin)| begin);
        for rest in file.split(call).skip(1) {
            let key: String = rest.chars().take_while(|c| is_key(*c)).collect();
            let ends = rest.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('"'));
            if ends && !key.is_empty() {
                found.push(format!("{literal}{key}"));
            }
        }
    }
    found
}

/// Errors of nodes are in English in their code, under a name: each that is translated is there.
#[test]
fn every_error_of_a_node_that_is_translated_exists() {
    let mut code = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/node"), &mut code);
    let named = |name: &str| code.iter().any(|file| file.contains(&format!("named(\"{name}\"")));
    let keys = keys(Language::Spanish);
    let codes: Vec<&str> = keys
        .iter()
        .filter(|key| !key.contains('.'))
        .filter_map(|key| key.strip_prefix("node-error-"))
        .collect();
    assert!(codes.len() > 5, "{codes:?}");
    let gone: Vec<&&str> = codes.iter().filter(|name| !named(name)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
fn every_text_is_used_and_every_text_that_is_used_exists() {
    let code = code();
    let literals: BTreeSet<String> = code.iter().flat_map(|file| literals(file)).collect();
    let phrases: BTreeSet<&str> = usage::PHRASES.iter().map(|(_, key)| *key).collect();
    let spanish = texts(Language::Spanish);
    let unused: Vec<&String> = spanish
        .keys()
        .filter(|key| !key.contains('.'))
        .filter(|key| !MADE.iter().any(|begin| key.starts_with(begin)))
        .filter(|key| !literals.contains(*key) && !phrases.contains(key.as_str()))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
    let missing: Vec<&&str> = phrases.iter().filter(|key| !spanish.contains_key(**key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let called: Vec<String> = code.iter().flat_map(|file| calls(file)).collect();
    assert!(called.len() > 100, "{}", called.len());
    let english = texts(Language::English);
    let unknown: Vec<_> = called.iter().filter(|key| !english.contains_key(*key)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
