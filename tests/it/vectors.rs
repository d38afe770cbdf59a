//! Golden vectors: for each format that is frozen, files that read and files that must not.
//!
//! `tests/vectors/README.md` says what the files are. Each test here makes the vectors of a format
//! again and compares them with the committed ones, byte by byte: who changes a format by accident
//! is told. Then it reads the committed files as anybody would, and compares what they say, or the
//! error, with what the file's name promises. `UPDATE=1 cargo test --test it vectors` writes them.

mod deposit;
mod entry;
mod grant_set;
mod join;
mod journal;
mod keystore;
mod payload;
mod statement;
mod twist;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

/// One file and what is known of it.
struct Vector {
    file: String,
    content: Content,
    /// What reading it needs beside the format's context.
    with: Value,
    expect: Value,
}

/// How a vector's bytes lie in the folder.
enum Content {
    /// As they are.
    Bytes(Vec<u8>),
    /// So many bytes that the file only says which.
    Recipe { prefix: Vec<u8>, byte: u8, count: usize },
    /// Not to be made again, since it is made with random numbers; as the folder has it.
    Kept,
}

/// A file that reads, and what it says.
fn valid(name: &str, bytes: impl Into<Vec<u8>>, expect: Value) -> Vector {
    let (file, content) = (format!("valid-{name}.bin"), Content::Bytes(bytes.into()));
    Vector { file, content, with: json!({}), expect }
}

/// A file that is refused, named after why, and the error.
fn invalid(name: &str, bytes: impl Into<Vec<u8>>, error: &str) -> Vector {
    let (file, content) = (format!("{name}.bin"), Content::Bytes(bytes.into()));
    Vector { file, content, with: json!({}), expect: json!({ "error": error }) }
}

/// A file that is refused for its size.
fn oversize(name: &str, prefix: Vec<u8>, byte: u8, count: usize, error: &str) -> Vector {
    let content = Content::Recipe { prefix, byte, count };
    let file = format!("{name}.recipe.json");
    Vector { file, content, with: json!({}), expect: json!({ "error": error }) }
}

impl Vector {
    /// The same, read with something else than the context says.
    fn with(mut self, with: Value) -> Self {
        self.with = with;
        self
    }

    /// The file's bytes, as far as they can be made again.
    fn written(&self) -> Option<Vec<u8>> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes.clone()),
            Content::Recipe { prefix, byte, count } => {
                let recipe = json!({ "prefix": hex(prefix), "byte": byte, "count": count });
                Some(pretty(&recipe))
            }
            Content::Kept => None,
        }
    }
}

/// What a format's files are read with.
struct Reading<'a> {
    context: &'a Value,
    with: &'a Value,
}

impl Reading<'_> {
    /// A value of the vector, else of the context.
    fn value(&self, name: &str) -> &Value {
        self.with.get(name).or_else(|| self.context.get(name)).expect(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        unhex(self.value(name))
    }

    fn array<const N: usize>(&self, name: &str) -> [u8; N] {
        self.bytes(name).try_into().expect(name)
    }

    fn number(&self, name: &str) -> u64 {
        self.value(name).as_u64().expect(name)
    }
}

/// Makes, or compares, and then reads the vectors of a format.
fn check(
    format: &str,
    context: &Value,
    vectors: &[Vector],
    read: impl Fn(&Reading<'_>, &[u8]) -> Value,
) {
    let folder = folder(format);
    let list: Vec<Value> = vectors
        .iter()
        .map(|it| json!({ "file": it.file, "with": it.with, "expect": it.expect }))
        .collect();
    let index = pretty(&json!({ "format": format, "context": context, "vectors": list }));
    let made = vectors.iter().map(|it| (it.file.as_str(), it.written()));
    let made: Vec<_> = made.chain([("vectors.json", Some(index))]).collect();
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(&folder).unwrap();
        remove_others(&folder, &made.iter().map(|(file, _)| *file).collect());
        for (file, bytes) in &made {
            bytes.iter().for_each(|bytes| fs::write(folder.join(file), bytes).unwrap());
        }
    }
    let names: BTreeSet<&str> = made.iter().map(|(file, _)| *file).collect();
    assert_eq!(names.len(), made.len(), "{format}: two vectors of one name");
    let there = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let there: BTreeSet<String> = there.map(|name| name.into_string().unwrap()).collect();
    let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
    assert_eq!(there, names, "{format}: the folder has other files");
    for (file, bytes) in &made {
        let held = fs::read(folder.join(file)).unwrap();
        let same = bytes.as_ref().is_none_or(|bytes| *bytes == held);
        assert!(same, "{format}/{file} is made otherwise now: has a frozen format changed?");
    }
    read_all(format, &folder, read);
}

/// Removes the files that are no vectors any more.
fn remove_others(folder: &Path, names: &BTreeSet<&str>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        if !names.contains(entry.file_name().to_str().unwrap()) {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

/// Reads what lies in the folder, by the index that lies there.
fn read_all(format: &str, folder: &Path, read: impl Fn(&Reading<'_>, &[u8]) -> Value) {
    let index: Value = json_file(&folder.join("vectors.json"));
    for vector in index["vectors"].as_array().unwrap() {
        let file = vector["file"].as_str().unwrap();
        let bytes = contents(&folder.join(file));
        let reading = Reading { context: &index["context"], with: &vector["with"] };
        assert_eq!(read(&reading, &bytes), vector["expect"], "{format}/{file}");
    }
}

/// A file's bytes, or those of which it is the recipe.
fn contents(path: &Path) -> Vec<u8> {
    if path.extension().is_none_or(|ending| ending != "json") {
        return fs::read(path).unwrap();
    }
    let recipe: Value = json_file(path);
    let mut bytes = unhex(&recipe["prefix"]);
    let count = usize::try_from(recipe["count"].as_u64().unwrap()).unwrap();
    let byte = u8::try_from(recipe["byte"].as_u64().unwrap()).unwrap();
    bytes.resize(bytes.len() + count, byte);
    bytes
}

fn folder(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format)
}

fn json_file(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap();
    text.push(b'\n');
    text
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

fn unhex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().expect("hexadecimal text").as_bytes()).unwrap()
}

/// BLAKE3 as the specifications say, written once more: over each part with its length in front.
fn labelled_hash(label: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(label);
    for part in parts {
        hasher.update(&u64::try_from(part.len()).unwrap().to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// What is signed, written once more: label, a zero byte, the body.
fn signed_bytes(label: &str, body: &[u8]) -> Vec<u8> {
    [label.as_bytes(), &[0], body].concat()
}

/// The name of an error's variant.
fn variant(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// Every folder of vectors has a test that reads it, and every file in it a name that says what.
#[test]
fn no_folder_is_unread() {
    const READ: [&str; 9] = [
        "decision",
        "deposit",
        "entry",
        "grant-set",
        "join",
        "journal",
        "keystore",
        "manifest",
        "payload",
    ];
    let entries = fs::read_dir(folder("")).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<_> = folders.map(|it| it.file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, READ);
}
