//! Changes of documents by others: the pre-flight, and automerge behind it.

use std::cell::LazyCell;

use ceiba::{
    doc::{Actor, CheckedChange, Document, preflight as check},
    model::{
        id::{DeviceId, DocumentId, Incarnation},
        registry::{Schema, Value},
        rich::RichText,
    },
};
use sha2::{Digest, Sha256};

use super::input::{Input, joined};

/// First bytes of each chunk.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Changes of one run.
const MAX_CHANGES: usize = 6;
/// Who writes.
const ACTORS: [u8; 3] = [1, 2, 3];

fn actor(number: u8) -> Actor {
    let (device, incarnation) = (DeviceId::new([number; 32]), Incarnation::new([number; 16]));
    Actor::of(&device, &incarnation, &DocumentId::new([5; 16]))
}

fn set(document: &mut Document, by: u8, path: &str, value: &Value) -> Option<CheckedChange> {
    let path = path.parse().expect("a path");
    document.edit(&actor(by), |edit| edit.set(&path, value)).ok().flatten()
}

fn text(document: &mut Document, by: u8, path: &str, value: &str) -> Option<CheckedChange> {
    set(document, by, path, &Value::Text(value.to_owned()))
}

fn marked(document: &mut Document, by: u8, markdown: &str) -> Option<CheckedChange> {
    let path = "summary".parse().expect("a path");
    let text = RichText::from_markdown(markdown);
    document.edit(&actor(by), |edit| edit.set_rich(&path, &text)).ok().flatten()
}

/// The documents that changes come to: none, one with a field, one with texts by two hands.
struct Bases([Document; 3]);

thread_local! {
    static BASES: LazyCell<Bases> = const { LazyCell::new(bases) };
}

fn bases() -> Bases {
    let empty = Document::new(Schema::incident());
    let mut begun = empty.clone();
    text(&mut begun, 1, "title", "Amenaza");
    let mut texts = begun.clone();
    text(&mut texts, 1, "summary", "Llegaron tres personas.");
    text(&mut texts, 2, "summary", "Llegaron cuatro personas ayer.");
    Bases([empty, begun, texts])
}

/// A chunk of a raw change around this content, with the right length and checksum.
fn chunk(content: &[u8]) -> Vec<u8> {
    let mut hashed = vec![1];
    let mut length = content.len();
    while length > 0x7f {
        hashed.push(u8::try_from(length & 0x7f).expect("seven bits") | 0x80);
        length >>= 7;
    }
    hashed.push(u8::try_from(length).expect("seven bits"));
    hashed.extend_from_slice(content);
    let hash = Sha256::digest(&hashed);
    [MAGIC.as_slice(), &hash[..4], &hashed].concat()
}

/// The content of a chunk.
fn content(chunk: &[u8]) -> &[u8] {
    let length = chunk[9..].iter().take_while(|byte| **byte & 0x80 != 0).count();
    &chunk[9 + length + 1..]
}

/// Whatever passes the check can be applied, saved, loaded and edited further; and it makes no
/// difference whether changes come together or one after the other.
///
/// First byte: which document. Then contents of changes, whose frame is put right.
pub fn preflight(data: &[u8]) {
    drop(check(data, &actor(1)));
    let mut input = Input::new(data);
    let base = usize::from(input.byte()) % 3;
    let mut changes = Vec::new();
    while !input.is_empty() && changes.len() < MAX_CHANGES {
        let mended = chunk(input.part());
        let checked = ACTORS.iter().find_map(|number| check(&mended, &actor(*number)).ok());
        if let Some(checked) = checked {
            assert_eq!(checked.bytes(), mended, "automerge keeps other bytes than came");
            changes.push(checked);
        }
    }
    if changes.is_empty() {
        return;
    }
    let base = BASES.with(|bases| bases.0[base].clone());
    let mut document = base.clone();
    document.apply(&changes);
    assert_loads(&document);
    let mut singly = base;
    for change in &changes {
        singly.apply(std::slice::from_ref(change));
    }
    assert_eq!(singly.heads(), document.heads(), "together and one by one differ");
    assert_eq!(singly.record(), document.record());
    // People go on writing.
    text(&mut document, 9, "title", "Sigue");
    text(&mut document, 9, "summary", "Sigue y sigue.");
    assert_eq!(document.record().text("summary"), Some("Sigue y sigue."));
    assert_loads(&document);
    marked(&mut document, 9, "**Sigue** y _sigue_.");
    let path = "summary".parse().expect("a path");
    let written = document.rich_text(&path).map(|text| text.markdown());
    assert_eq!(written.as_deref(), Some("**Sigue** y _sigue_."));
    assert_loads(&document);
}

fn assert_loads(document: &Document) {
    let saved = document.save();
    let again = Document::load(&saved, document.schema()).expect("a saved document loads");
    assert_eq!(again.heads(), document.heads());
    assert_eq!(again.record(), document.record());
    let path = "summary".parse().expect("a path");
    assert_eq!(again.rich_text(&path), document.rich_text(&path));
    assert_eq!(again.conflicts(), document.conflicts());
    assert_eq!(again.history().len(), document.history().len());
}

/// Real changes to each of the documents.
pub fn seeds() -> Vec<Vec<u8>> {
    let bases = bases().0;
    let mut seeds = Vec::new();
    let mut seed = |base: usize, edits: &[(u8, &str, Value)]| {
        let mut document = bases[base].clone();
        let changes: Vec<CheckedChange> = edits
            .iter()
            .filter_map(|(by, path, value)| set(&mut document, *by, path, value))
            .collect();
        let contents = changes.iter().map(|change| content(change.bytes()));
        seeds.push([vec![u8::try_from(base).expect("three")], joined(contents)].concat());
    };
    let words = |text: &str| Value::Text(text.to_owned());
    for base in 0..3 {
        seed(base, &[(1, "title", words("Otro"))]);
        seed(base, &[(2, "summary", words("Ayer llegaron cinco."))]);
        seed(base, &[(1, "consent/scopes/statistics", Value::Flag(true))]);
        seed(
            base,
            &[
                (1, "victims/1/pseudonym", words("V-1")),
                (2, "victims/1/pseudonym", words("V-2")),
                (1, "summary", words("Nada.")),
                (3, "summary", words("Casi nada.")),
            ],
        );
    }
    // Concurrent changes of one field, and one removed.
    let mut other = bases[2].clone();
    let mut one = bases[2].clone();
    let first = text(&mut one, 1, "title", "A").expect("a change");
    let second = text(&mut other, 3, "title", "B").expect("a change");
    one.apply(std::slice::from_ref(&second));
    let path = "title".parse().expect("a path");
    let removed = one.edit(&actor(2), |edit| edit.remove(&path)).expect("edits").expect("a change");
    let contents = [&first, &second, &removed].map(|change| content(change.bytes()));
    seeds.push([vec![2], joined(contents)].concat());
    // Marks, put on and taken off by two.
    let mut other = bases[2].clone();
    let mut one = bases[2].clone();
    let first = marked(&mut one, 1, "Llegaron **cuatro** [personas](https://a.example) ayer.");
    let second = marked(&mut other, 3, "Llegaron **cuatro personas** _ayer_.");
    let (first, second) = (first.expect("a change"), second.expect("a change"));
    one.apply(std::slice::from_ref(&second));
    let third = marked(&mut one, 2, "Llegaron cuatro _personas_ ayer.").expect("a change");
    let contents = [&first, &second, &third].map(|change| content(change.bytes()));
    seeds.push([vec![2], joined(contents)].concat());
    seeds
}
