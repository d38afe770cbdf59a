use automerge::{
    Automerge, ObjType, ROOT,
    transaction::{CommitOptions, Transactable, Transaction},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    doc::tests::{actor, begun, document, path, set},
    model::registry::Value,
};

/// A chunk around this content, with the right checksum.
fn chunk(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    put_number(&mut hashed, data.len() as u64);
    hashed.extend_from_slice(data);
    let hash = Sha256::digest(&hashed);
    [MAGIC.as_slice(), &hash[..4], &hashed].concat()
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap());
}

/// The content of a change by actor 1: `deps` as its bytes, then columns.
fn content(deps: &[u8], columns: &[(u64, &[u8])]) -> Vec<u8> {
    let mut data = deps.to_vec();
    data.push(16);
    data.extend_from_slice(actor(1).as_bytes());
    data.extend_from_slice(&[1, 1, 0, 0, 0]);
    put_number(&mut data, columns.len() as u64);
    for (spec, bytes) in columns {
        put_number(&mut data, *spec);
        put_number(&mut data, bytes.len() as u64);
    }
    columns.iter().for_each(|(_, bytes)| data.extend_from_slice(bytes));
    data
}

fn refused(bytes: &[u8]) -> PreflightError {
    preflight(bytes, &actor(1)).unwrap_err()
}

/// What automerge itself writes for an edit by actor 1.
fn written(edit: impl FnOnce(&mut Transaction<'_>), options: CommitOptions) -> Vec<u8> {
    let mut doc = Automerge::new().with_actor(actor(1).to_automerge());
    let mut transaction = doc.transaction();
    edit(&mut transaction);
    let (hash, _) = transaction.commit_with(options.with_time(0));
    automerge::ReadDoc::get_change_by_hash(&doc, &hash.unwrap()).unwrap().raw_bytes().to_vec()
}

#[test]
fn a_good_change_passes_and_names_itself() {
    let (_, change) = begun();
    let checked = preflight(change.bytes(), &actor(1)).unwrap();
    assert_eq!((checked.id(), checked.seq(), checked.deps()), (change.id(), 1, &[][..]));
    assert_eq!(refused_by(change.bytes(), 2), PreflightError::Actor);
}

fn refused_by(bytes: &[u8], n: u8) -> PreflightError {
    preflight(bytes, &actor(n)).unwrap_err()
}

#[test]
fn every_truncation_and_every_tail_is_refused() {
    let (_, change) = begun();
    for end in 0..change.bytes().len() {
        assert!(preflight(&change.bytes()[..end], &actor(1)).is_err(), "{end}");
    }
    let long = [change.bytes(), &[0]].concat();
    assert_eq!(refused(&long), PreflightError::Trailing);
    assert!(matches!(refused(&vec![0; MAX_CHANGE_BYTES + 1]), PreflightError::TooLong(_)));
}

#[test]
fn other_chunks_are_refused_unread() {
    let (document, change) = begun();
    for kind in [0, 2, 3, 4, 255] {
        assert_eq!(refused(&chunk(kind, &[0; 40])), PreflightError::ChunkType(kind));
    }
    let saved = document.state.to_automerge().unwrap().save();
    assert_eq!(refused(&saved), PreflightError::ChunkType(0));
    let mut wrong = change.bytes().to_vec();
    wrong[4] ^= 1;
    assert_eq!(refused(&wrong), PreflightError::Checksum);
}

/// Less than a hundred bytes that cost automerge 43 s and 7.8 GB when it reads them itself.
#[test]
fn run_lengths_are_summed_and_never_expanded() {
    let huge: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]; // a run of 2^40 - 1
    let run = |value: &[u8]| [huge, value].concat();
    let bomb = chunk(
        1,
        &content(
            &[0],
            &[
                (0x15, &run(&[1, b'a'])),
                (0x34, huge),
                (0x42, &run(&[1])),
                (0x56, &run(&[1])),
                (0x70, &run(&[0])),
            ],
        ),
    );
    assert!(bomb.len() < 100, "{}", bomb.len());
    assert_eq!(refused(&bomb), PreflightError::TooMany("operations"));

    // A run of nulls, and one operation with 2^40 predecessors.
    let nulls = [&[0], huge].concat();
    let one: &[(u64, &[u8])] =
        &[(0x15, &nulls), (0x34, &[1]), (0x42, &[0x7f, 1]), (0x56, &[0x7f, 1]), (0x70, &[0x7f, 0])];
    assert_eq!(refused(&chunk(1, &content(&[0], one))), PreflightError::TooMany("operations"));
    let preds = [&[0x7f], huge].concat();
    let one: &[(u64, &[u8])] = &[
        (0x15, &[0x7f, 1, b'a']),
        (0x34, &[1]),
        (0x42, &[0x7f, 1]),
        (0x56, &[0x7f, 1]),
        (0x70, &preds),
    ];
    assert_eq!(refused(&chunk(1, &content(&[0], one))), PreflightError::TooMany("predecessors"));
    // A value of 2^36 bytes.
    let meta: &[u8] = &[0x7f, 0xf6, 0xff, 0xff, 0xff, 0xff, 0x1f];
    let one: &[(u64, &[u8])] = &[
        (0x15, &[0x7f, 1, b'a']),
        (0x34, &[1]),
        (0x42, &[0x7f, 1]),
        (0x56, meta),
        (0x70, &[0x7f, 0]),
    ];
    assert_eq!(refused(&chunk(1, &content(&[0], one))), PreflightError::Truncated);
    // The same with a flag for value is a good change: the bombs differ in nothing else.
    let one: &[(u64, &[u8])] = &[
        (0x15, &[0x7f, 1, b'a']),
        (0x34, &[1]),
        (0x42, &[0x7f, 1]),
        (0x56, &[0x7f, 2]),
        (0x70, &[0x7f, 0]),
    ];
    let good = preflight(&chunk(1, &content(&[0], one)), &actor(1)).unwrap();
    let mut doc = document();
    assert_eq!(doc.apply(&[good]).applied.len(), 1);
    assert_eq!(doc.record().flag("a"), Some(true));
}

#[test]
fn deflated_and_unknown_columns_are_refused() {
    for spec in [0x42 | 8, 0x15 | 8, 0x94 | 8, 0xa5 | 8, 0xf7, u64::MAX] {
        let data = content(&[0], &[(spec, &[0x7f, 1])]);
        assert_eq!(refused(&chunk(1, &data)), PreflightError::Column(spec));
    }
    let doubled = content(&[0], &[(0x42, &[0x7f, 1]), (0x42, &[0x7f, 1])]);
    assert_eq!(refused(&chunk(1, &doubled)), PreflightError::Column(0x42));
    assert_eq!(refused(&chunk(1, &content(&[0], &[]))), PreflightError::UnevenColumns);
}

#[test]
fn floods_of_dependencies_and_actors_are_refused_from_their_count() {
    let mut count = Vec::new();
    put_number(&mut count, MAX_DEPS + 1);
    assert_eq!(refused(&chunk(1, &content(&count, &[]))), PreflightError::TooMany("dependencies"));
    let mut deps = vec![2];
    deps.extend_from_slice(&[7; 64]);
    assert_eq!(refused(&chunk(1, &content(&deps, &[]))), PreflightError::Order("dependencies"));
    let mut data = vec![0, 16];
    data.extend_from_slice(actor(1).as_bytes());
    data.extend_from_slice(&[1, 1, 0, 0]);
    put_number(&mut data, u64::MAX);
    assert_eq!(refused(&chunk(1, &data)), PreflightError::TooMany("other actors"));
}

#[test]
fn only_the_language_of_records_is_spoken() {
    let refusals: [fn(&mut Transaction<'_>); 9] = [
        |tx| drop(tx.put_object(ROOT, "title", ObjType::Map).unwrap()),
        |tx| drop(tx.put_object(ROOT, "title", ObjType::List).unwrap()),
        |tx| tx.put(ROOT, "title", automerge::ScalarValue::counter(1)).unwrap(),
        |tx| tx.put(ROOT, "title", vec![1_u8, 2]).unwrap(),
        |tx| tx.put(ROOT, "title", 1.5).unwrap(),
        |tx| tx.put(ROOT, "title", 7_u64).unwrap(),
        |tx| tx.put(ROOT, "title", ()).unwrap(),
        |tx| tx.put(ROOT, "Not/A Path", "x").unwrap(),
        |tx| {
            let text = tx.put_object(ROOT, "notes", ObjType::Text).unwrap();
            tx.insert(&text, 0, 5).unwrap();
        },
    ];
    for (place, edit) in refusals.into_iter().enumerate() {
        let error = refused(&written(edit, CommitOptions::default()));
        assert!(matches!(error, PreflightError::Operation { .. }), "{place}: {error}");
    }
    let message = CommitOptions::default().with_message("hola");
    let annotated = written(|tx| tx.put(ROOT, "title", "x").unwrap(), message);
    assert_eq!(refused(&annotated), PreflightError::Annotated);
}

/// One edit of the summary, given as Markdown.
fn marked(document: &mut crate::doc::Document, n: u8, markdown: &str) -> CheckedChange {
    let text = crate::model::rich::RichText::from_markdown(markdown);
    let write = |edit: &mut crate::doc::Edit<'_>| edit.set_rich(&path("summary"), &text);
    document.edit(&actor(n), write).unwrap().unwrap()
}

/// Valid changes, mangled, with valid checksums: whatever passes must be safe to apply.
#[test]
fn mangled_changes_never_panic_and_never_break_a_document() {
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(4_000);
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    let (mut base, _) = begun();
    set(&mut base, 1, "summary", "Llegaron tres personas.");
    set(&mut base, 2, "summary", "Llegaron cuatro personas ayer.");
    marked(&mut base, 2, "Llegaron **cuatro** [personas](https://example.org/p) ayer.");
    let mut next = base.clone();
    let mut edit = |field: &str, value: &str| set(&mut next, 1, field, value);
    let seeds = [
        edit("summary", "Ayer llegaron cinco personas."),
        edit("title", "Otro título"),
        edit("victims/1/pseudonym", "V-1"),
        marked(&mut next, 1, "Ayer _llegaron_ **cinco [personas](https://example.org/q)**."),
        marked(&mut next, 1, "Ayer llegaron _cinco_ personas."),
    ];
    let _removed = next.edit(&actor(1), |edit| edit.remove(&path("title"))).unwrap();
    let (mut passed, mut applied) = (0, 0);
    for round in 0..rounds {
        let seed = &seeds[round % seeds.len()];
        let Some(bytes) = mangle(seed.bytes(), &mut rng) else { continue };
        let Ok(change) = preflight(&bytes, &actor(1)) else { continue };
        passed += 1;
        let mut document = base.clone();
        document.apply(&seeds[..round % seeds.len()]);
        let outcome = document.apply(&[change]);
        applied += outcome.applied.len();
        let again = crate::doc::Document::load(&document.save(), document.schema()).unwrap();
        assert_eq!(again.record(), document.record());
        assert_eq!(again.heads(), document.heads());
        // People go on writing in it.
        set(&mut document, 3, "title", "Sigue");
        set(&mut document, 3, "summary", "Sigue y sigue.");
        assert_eq!(document.record().text("summary"), Some("Sigue y sigue."));
        marked(&mut document, 3, "**Sigue** y _sigue_.");
        let rich = document.rich_text(&path("summary")).unwrap();
        assert_eq!(rich.markdown(), "**Sigue** y _sigue_.");
        assert!(crate::doc::Document::load(&document.save(), document.schema()).is_ok());
    }
    assert!(passed > 0 && applied > 0, "{passed} passed, {applied} applied");
}

/// The plain reading of a first change, and automerge's of the same bytes: whatever passes as
/// plain must be read, applied, saved and loaded by automerge, and say the same.
#[test]
fn a_plain_change_says_what_automerge_reads_in_it() {
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(6_000);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let fields: [&[(&str, Value)]; 3] = [
        &[("title", "Amenaza".into()), ("a", true.into()), ("b", (-70_i64).into())],
        &[("summary", "Llegó gente".into()), ("notes", "👩‍🌾 sí".into()), ("title", "".into())],
        &[
            ("country", "CO".into()),
            ("c", "CO".into()),
            ("d", false.into()),
            ("summary", "".into()),
        ],
    ];
    let seeds = fields.map(|fields| {
        let mut document = document();
        let write = |edit: &mut crate::doc::Edit<'_>| {
            fields.iter().try_for_each(|(field, value)| edit.set(&path(field), value))
        };
        document.edit(&actor(1), write).unwrap().unwrap()
    });
    assert!(seeds.iter().all(|seed| seed.plain.is_some()));
    let (mut plain, mut not_plain) = (0, 0);
    for round in 0..rounds {
        let seed = &seeds[round % seeds.len()];
        // Now and then as it is.
        let mangled = if round % 100 < seeds.len() { None } else { mangle(seed.bytes(), &mut rng) };
        let bytes = mangled.unwrap_or_else(|| seed.bytes().to_vec());
        let Ok(change) = preflight(&bytes, &actor(1)) else { continue };
        if change.plain.is_none() {
            not_plain += 1;
            continue;
        }
        plain += 1;
        let parsed = change.parsed().expect("automerge reads it");
        assert_eq!((parsed.hash().0, parsed.max_op()), (*change.id.as_bytes(), change.max_op));
        let mut document = document();
        assert_eq!(document.apply(std::slice::from_ref(&change)).applied, [change.id]);
        let mut inner = Automerge::new();
        inner.apply_changes([parsed]).unwrap();
        let inner = Automerge::load(&inner.save_nocompress()).unwrap();
        let full = crate::doc::Document {
            state: crate::doc::document::State::Full(Box::new(inner)),
            ..document.clone()
        };
        let (one, other) = (document.reading(), full.reading());
        assert_eq!((&one.schema, &one.record), (&other.schema, &other.record), "{bytes:?}");
        assert_eq!((one.conflicts, document.heads()), (other.conflicts, full.heads()));
        assert_eq!(document.history(), full.history());
        let again = crate::doc::Document::load(&document.save(), document.schema()).unwrap();
        assert_eq!((again.record(), again.heads()), (document.record(), document.heads()));
        // People go on writing in it.
        set(&mut document, 3, "title", "Sigue");
        assert!(crate::doc::Document::load(&document.save(), document.schema()).is_ok());
    }
    assert!(plain > 0 && not_plain > 0, "{plain} plain, {not_plain} not");
}

/// automerge hashes what it would have written, and does not load what it made of another encoding.
#[test]
fn only_the_canonical_encoding_is_accepted() {
    let title: &[u8] = &[0x7f, 5, b't', b'i', b't', b'l', b'e'];
    let with = |key: &[u8], extra: &[(u64, &[u8])]| {
        let mut columns: Vec<(u64, &[u8])> = vec![
            (0x15, key),
            (0x34, &[1]),
            (0x42, &[0x7f, 1]),
            (0x56, &[0x7f, 0x26]),
            (0x57, b"sy"),
            (0x70, &[0x7f, 0]),
        ];
        columns.extend(extra);
        columns.sort_unstable();
        preflight(&chunk(1, &content(&[0], &columns)), &actor(1)).map(|change| change.plain)
    };
    assert!(matches!(with(title, &[]), Ok(Some(_plain))));
    // A run of no nulls, before and after; a literal as a run; a column of nothing but nulls.
    for key in [[&[0, 0], title].concat(), [title, &[0, 0]].concat()] {
        assert_eq!(with(&key, &[]), Err(PreflightError::UnevenColumns));
    }
    assert_eq!(with(&[1, 5, b't', b'i', b't', b'l', b'e'], &[]), Err(PreflightError::Canonical));
    assert_eq!(with(title, &[(0x01, &[0, 1])]), Err(PreflightError::Canonical));
    // An actor that nothing names.
    let mut data = vec![0, 16];
    data.extend_from_slice(actor(1).as_bytes());
    data.extend_from_slice(&[1, 1, 0, 0, 1, 16]);
    data.extend_from_slice(actor(2).as_bytes());
    let columns: &[(u64, &[u8])] = &[
        (0x15, title),
        (0x34, &[1]),
        (0x42, &[0x7f, 1]),
        (0x56, &[0x7f, 0x26]),
        (0x57, b"sy"),
        (0x70, &[0x7f, 0]),
    ];
    let plain = content(&[0], columns);
    data.extend_from_slice(&plain[1 + 1 + 16 + 5..]);
    assert_eq!(refused(&chunk(1, &data)), PreflightError::Canonical);
}

/// A hundred bytes of run lengths that stand for a hundred thousand deletions.
#[test]
fn a_short_change_has_few_operations() {
    use automerge::{
        Change, ExpandedChange,
        legacy::{Key, ObjectId, Op, OpId, OpType},
    };
    let me = actor(1).to_automerge();
    let deletions = |count: u64| {
        let operations = (1..=count).map(|counter| Op {
            action: OpType::Delete,
            obj: ObjectId::Root,
            key: Key::Map("title".into()),
            pred: vec![OpId::new(counter, &me)].into(),
            insert: false,
        });
        let change = Change::from(ExpandedChange {
            operations: operations.collect(),
            actor_id: me.clone(),
            hash: None,
            seq: 2,
            start_op: (count + 1).try_into().unwrap(),
            time: 0,
            message: None,
            deps: vec![automerge::ChangeHash([7; 32])],
            extra_bytes: vec![],
            author: None,
        });
        preflight(change.raw_bytes(), &actor(1))
    };
    let many = PreflightError::TooMany("operations for its length");
    assert_eq!(deletions(MAX_OPS_PER_CHANGE).unwrap_err(), many);
    // What they name is kept as it was said.
    assert_eq!(deletions(4_000).unwrap().references.len(), 1);
}

/// What is about a document is no text: automerge and the plain reading would differ.
#[test]
fn a_schema_that_is_a_text_is_not_plain() {
    let bytes = written(
        |transaction| {
            let id = transaction.put_object(ROOT, "@schema", ObjType::Text).unwrap();
            transaction.splice_text(&id, 0, 0, "note/7").unwrap();
            transaction.put(ROOT, "title", "x").unwrap();
        },
        CommitOptions::default(),
    );
    assert!(preflight(&bytes, &actor(1)).unwrap().plain.is_none());
}

/// Changes one to three bytes of a chunk's content and mends length and checksum.
fn mangle(bytes: &[u8], rng: &mut ChaCha8Rng) -> Option<Vec<u8>> {
    let mut reader = Reader::new(bytes);
    let _head: [u8; 9] = reader.array().ok()?;
    reader.unsigned().ok()?;
    let mut data = reader.rest().to_vec();
    for _ in 0..rng.random_range(1..=3) {
        let place = rng.random_range(0..data.len());
        match rng.random_range(0..4) {
            0 => data[place] = rng.random(),
            1 => data[place] ^= 1 << rng.random_range(0..8),
            2 => data.insert(place, rng.random()),
            _shorter => drop(data.remove(place)),
        }
    }
    Some(chunk(1, &data))
}
