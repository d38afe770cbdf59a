//! Marks as others could forge them.

use automerge::{
    ActorId, ExpandedChange,
    legacy::{ElementId, Key, MarkData, ObjectId, OpId, SortedVec},
    transaction::CommitOptions,
};

use super::*;
use crate::doc::{PreflightError, QuarantineReason, preflight, preflight::MAX_MARKS_PER_CHANGE};

fn me() -> ActorId {
    actor(1).to_automerge()
}

fn id(counter: u64) -> ObjectId {
    ObjectId::Id(OpId::new(counter, &me()))
}

fn after(counter: u64) -> Key {
    Key::Seq(ElementId::Id(OpId::new(counter, &me())))
}

fn begin(name: &str, value: impl Into<ScalarValue>) -> OpType {
    OpType::MarkBegin(MarkData { name: name.into(), value: value.into(), expand: false })
}

fn put_in(obj: ObjectId, key: Key, action: OpType) -> Op {
    Op { action, obj, key, pred: SortedVec::new(), insert: true }
}

/// The second change of actor 1 to `base`: these operations, from the next counter on.
fn forged(base: &Document, operations: Vec<Op>) -> Result<CheckedChange, PreflightError> {
    let known = base.known.values().count() as u64;
    let heads = base.heads();
    let change = Change::from(ExpandedChange {
        operations,
        actor_id: me(),
        hash: None,
        seq: known + 1,
        start_op: next(base).try_into().unwrap(),
        time: 0,
        message: None,
        deps: heads.iter().map(|it| it.to_automerge()).collect(),
        extra_bytes: vec![],
        author: None,
    });
    preflight(change.raw_bytes(), &actor(1))
}

/// The next counter of a document that actor 1 alone wrote.
fn next(base: &Document) -> u64 {
    let inner = base.state.to_automerge().unwrap();
    inner.get_changes(&[]).iter().map(Change::max_op).max().unwrap() + 1
}

/// A text of ten letters: its object is operation 2, its letters 3 to 12.
fn base() -> Document {
    let mut document = document();
    set(&mut document, 1, "summary", "diez letra");
    document
}

#[test]
fn only_the_marks_that_we_write_pass() {
    let base = base();
    let (text, from) = (id(2), next(&base));
    let ends = |first: OpType, last: OpType, to: Key| {
        vec![put_in(text.clone(), after(4), first), put_in(text.clone(), to, last)]
    };
    let strong = || begin("strong", true);
    let good = [
        ends(strong(), OpType::MarkEnd(true), after(8)),
        ends(begin("strong", ScalarValue::Null), OpType::MarkEnd(true), after(8)),
        ends(begin("link", "https://a.example"), OpType::MarkEnd(false), after(8)),
        ends(begin(&format!("comment/{COMMENT}"), true), OpType::MarkEnd(false), after(from)),
    ];
    for (number, operations) in good.into_iter().enumerate() {
        let change = forged(&base, operations).unwrap();
        let mut document = base.clone();
        assert_eq!(document.apply(&[change]).quarantined, [], "{number}");
    }
    let mut wide = strong();
    if let OpType::MarkBegin(data) = &mut wide {
        data.expand = true;
    }
    let with_pred = |mut operations: Vec<Op>| {
        operations[0].pred = vec![OpId::new(5, &me())].into();
        operations
    };
    let in_place = |mut operations: Vec<Op>| {
        operations[0].insert = false;
        operations
    };
    let letter = put_in(text.clone(), after(4), OpType::Put("x".into()));
    let begins = put_in(text.clone(), after(4), strong());
    let end = put_in(text.clone(), after(8), OpType::MarkEnd(true));
    let in_root = |action| Op {
        action,
        obj: ObjectId::Root,
        key: Key::Map("title".into()),
        pred: SortedVec::new(),
        insert: false,
    };
    let bad = [
        ends(begin("bold", true), OpType::MarkEnd(true), after(8)),
        ends(begin("", true), OpType::MarkEnd(true), after(8)),
        ends(begin("strong", false), OpType::MarkEnd(true), after(8)),
        ends(begin("strong", "x"), OpType::MarkEnd(true), after(8)),
        ends(begin("strong", 1_i64), OpType::MarkEnd(true), after(8)),
        ends(begin("link", true), OpType::MarkEnd(false), after(8)),
        ends(begin("link", "javascript:x"), OpType::MarkEnd(false), after(8)),
        ends(begin("comment/1", true), OpType::MarkEnd(false), after(8)),
        // Width otherwise than we write it.
        ends(strong(), OpType::MarkEnd(false), after(8)),
        ends(begin("link", "https://a.example"), OpType::MarkEnd(true), after(8)),
        ends(wide, OpType::MarkEnd(true), after(8)),
        // An end where it begins, or at the head.
        ends(strong(), OpType::MarkEnd(true), after(4)),
        ends(strong(), OpType::MarkEnd(true), Key::Seq(ElementId::Head)),
        with_pred(ends(strong(), OpType::MarkEnd(true), after(8))),
        in_place(ends(strong(), OpType::MarkEnd(true), after(8))),
        // One end alone, something between, another text, two beginnings.
        vec![begins.clone()],
        vec![end.clone()],
        vec![end.clone(), end.clone()],
        vec![begins.clone(), letter.clone(), end.clone()],
        vec![begins.clone(), letter],
        vec![begins.clone(), begins.clone(), end.clone(), end.clone()],
        vec![begins.clone(), put_in(id(1), after(8), OpType::MarkEnd(true))],
        vec![in_root(strong()), in_root(OpType::MarkEnd(true))],
        vec![begins, in_root(OpType::MarkEnd(true))],
    ];
    for (number, operations) in bad.into_iter().enumerate() {
        assert!(forged(&base, operations).is_err(), "{number}");
    }
}

#[test]
fn a_mark_that_ends_before_it_begins_does_not_apply() {
    let base = base();
    for to in [3, 4, 12] {
        let operations = vec![
            put_in(id(2), after(5), begin("strong", true)),
            put_in(id(2), after(to), OpType::MarkEnd(true)),
        ];
        let change = forged(&base, operations).unwrap();
        let mut document = base.clone();
        let outcome = document.apply(&[change]);
        let reasons: Vec<_> = outcome.quarantined.iter().map(|it| it.reason).collect();
        let wanted = if to > 5 { vec![] } else { vec![QuarantineReason::DoesNotApply] };
        assert_eq!(reasons, wanted, "{to}");
    }
}

/// A mark with one end is none: automerge's own index and its operations would differ.
#[test]
fn nobody_deletes_the_end_of_a_mark() {
    let mut base = base();
    markdown(&mut base, 1, "die**z let**ra");
    let from = next(&base) - 2;
    for ends in [vec![from], vec![from + 1], vec![from, from + 1]] {
        let gone = |counter: &u64| Op {
            action: OpType::Delete,
            obj: id(2),
            key: after(*counter),
            pred: vec![OpId::new(*counter, &me())].into(),
            insert: false,
        };
        let change = forged(&base, ends.iter().map(gone).collect()).unwrap();
        let mut loaded = Document::load(&base.save(), base.schema()).unwrap();
        for document in [&mut loaded, &mut base.clone()] {
            let outcome = document.apply(std::slice::from_ref(&change));
            assert_eq!(outcome.quarantined[0].reason, QuarantineReason::Reference);
        }
        let mut document = loaded;
        let again = Document::load(&document.save(), document.schema()).unwrap();
        assert_eq!(rich(&again), rich(&document));
        markdown(&mut document, 2, "_diez_ letras **y más**");
        assert_eq!(rich(&document).markdown(), "_diez_ letras **y más**");
        let again = Document::load(&document.save(), document.schema()).unwrap();
        assert_eq!(rich(&again), rich(&document));
    }
}

#[test]
fn nor_that_of_a_mark_of_the_same_change() {
    let base = base();
    let from = next(&base);
    let gone = |counter: u64| Op {
        action: OpType::Delete,
        obj: id(2),
        key: after(counter),
        pred: vec![OpId::new(counter, &me())].into(),
        insert: false,
    };
    let with = |counter: u64| {
        let first = put_in(id(2), after(4), begin("strong", true));
        forged(&base, vec![first, put_in(id(2), after(8), OpType::MarkEnd(true)), gone(counter)])
    };
    assert!(with(from).is_err() && with(from + 1).is_err() && with(7).is_ok());
}

#[test]
fn marks_are_bounded_by_change_and_by_actor() {
    let base = base();
    let marks = |base: &Document, count: u64| {
        let pair = |_: u64| {
            [
                put_in(id(2), after(4), begin("strong", true)),
                put_in(id(2), after(9), OpType::MarkEnd(true)),
            ]
        };
        forged(base, (0..count).flat_map(pair).collect())
    };
    let many = marks(&base, MAX_MARKS_PER_CHANGE + 1).unwrap_err();
    assert_eq!(many, PreflightError::TooMany("marks"));
    let mut document = base.clone();
    let mut changes = Vec::new();
    for _ in 0..MAX_MARKS_PER_ACTOR / MAX_MARKS_PER_CHANGE {
        let change = marks(&document, MAX_MARKS_PER_CHANGE).unwrap();
        assert_eq!(document.apply(std::slice::from_ref(&change)).quarantined, []);
        changes.push(change);
    }
    // One more is refused, also after a restart, together with the others, and as an own edit.
    let more = marks(&document, 1).unwrap();
    let mut again = Document::load(&document.save(), document.schema()).unwrap();
    for document in [&mut document, &mut again] {
        let outcome = document.apply(std::slice::from_ref(&more));
        assert_eq!(outcome.quarantined[0].reason, QuarantineReason::Marks);
    }
    let mut together = base.clone();
    changes.push(more);
    let outcome = together.apply(&changes);
    assert_eq!((outcome.applied.len(), outcome.quarantined.len()), (changes.len() - 1, 1));
    let mut own = Document::load(&together.save(), together.schema()).unwrap();
    own.claims.retain(|_, id| *id != changes.last().unwrap().id);
    let text = RichText::from_markdown("_diez_ letra");
    let refused = own.edit(&actor(1), |edit| edit.set_rich(&path("summary"), &text)).unwrap_err();
    let marks = PreflightError::TooMany("marks");
    assert!(matches!(&refused, EditError::Refused(why) if *why == marks), "{refused}");
    assert!(write(&mut own, 2, &text).is_some());
}

/// The worst that one life of a device can do to who reads: marks around marks around marks.
#[test]
fn the_most_marks_are_looked_at_once_for_each_piece() {
    let mut document = base();
    let mut lines = String::new();
    for round in 0..MAX_MARKS_PER_ACTOR / MAX_MARKS_PER_CHANGE {
        let pair = |number: u64| {
            let name = format!("comment/{:032x}", round * MAX_MARKS_PER_CHANGE + number);
            [
                put_in(id(2), after(4), begin(&name, true)),
                put_in(id(2), after(9), OpType::MarkEnd(false)),
            ]
        };
        let operations = (0..MAX_MARKS_PER_CHANGE).flat_map(pair).collect();
        let change = forged(&document, operations).unwrap();
        assert_eq!(document.apply(&[change]).quarantined, []);
    }
    LOOKED_AT.set(0);
    let text = rich(&document);
    assert_eq!(text.marks().len() as u64, MAX_MARKS_PER_ACTOR);
    assert!(LOOKED_AT.get() <= 2 * MAX_MARKS_PER_ACTOR, "{}", LOOKED_AT.get());
    // Lines within do not make more of them.
    for number in 0..2_000 {
        lines.push(if number % 2 == 0 { 'a' } else { '\n' });
    }
    let broken = RichText::plain(&text.text().replacen("z l", &lines, 1));
    LOOKED_AT.set(0);
    write(&mut document, 2, &broken).unwrap();
    let text = rich(&document);
    assert!(text.len() > 2_000 && text.marks().len() as u64 == MAX_MARKS_PER_ACTOR);
    assert!(LOOKED_AT.get() <= 8 * MAX_MARKS_PER_ACTOR, "{}", LOOKED_AT.get());
}

/// A device has as many actors as lives, and marks of each.
#[test]
fn a_document_of_too_many_marks_reads_without_any() {
    let mut document = base();
    markdown(&mut document, 1, "die**z let**ra");
    document.marks.insert(actor(7), MAX_MARKS_READ - 1);
    assert_eq!(rich(&document).marks().len(), 1);
    document.marks.insert(actor(8), 1);
    assert_eq!(rich(&document), RichText::plain("diez letra"));
    let more = document.edit(&actor(2), |edit| edit.set(&path("title"), &"Otro".into()));
    assert!(more.unwrap().is_some());
}

#[test]
fn marks_of_others_are_refused_as_automerge_writes_them() {
    let written = |name: &str, value: ScalarValue, expand: ExpandMark| {
        let mut doc = Automerge::new().with_actor(me());
        let mut transaction = doc.transaction();
        let text = transaction.put_object(ROOT, "summary", ObjType::Text).unwrap();
        transaction.splice_text(&text, 0, 0, "diez letra").unwrap();
        transaction.mark(&text, Written::new(name.to_owned(), value, 2, 5), expand).unwrap();
        let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(0));
        let change = doc.get_change_by_hash(&hash.unwrap()).unwrap();
        preflight(change.raw_bytes(), &actor(1))
    };
    assert!(written("strong", true.into(), ExpandMark::After).is_ok());
    assert!(written("link", "https://a.example".into(), ExpandMark::None).is_ok());
    for expand in [ExpandMark::Before, ExpandMark::Both, ExpandMark::None] {
        assert!(written("strong", true.into(), expand).is_err());
    }
    assert!(written("colour", "red".into(), ExpandMark::After).is_err());
}
