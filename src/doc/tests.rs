use super::*;
use crate::model::registry::{FieldPath, Schema, Value};

pub(crate) fn actor(n: u8) -> Actor {
    Actor::from_slice(&[n; Actor::LEN]).unwrap()
}

pub(crate) fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

/// One edit that must change something.
pub(crate) fn set(
    document: &mut Document,
    n: u8,
    field: &str,
    value: impl Into<Value>,
) -> CheckedChange {
    let value = value.into();
    document.edit(&actor(n), |edit| edit.set(&path(field), &value)).unwrap().unwrap()
}

pub(crate) fn document() -> Document {
    Document::new(Schema::incident())
}

/// A document and the change that began it.
pub(crate) fn begun() -> (Document, CheckedChange) {
    let mut document = document();
    let first = set(&mut document, 1, "title", "Amenaza");
    (document, first)
}

fn both(a: &mut Document, b: &mut Document, from_a: &[CheckedChange], from_b: &[CheckedChange]) {
    assert!(a.apply(from_b).quarantined.is_empty());
    assert!(b.apply(from_a).quarantined.is_empty());
    assert_eq!(a.heads(), b.heads());
    assert_eq!(a.record(), b.record());
    assert_eq!(a.conflicts(), b.conflicts());
}

#[test]
fn concurrent_edits_of_different_fields_both_stay() {
    let (mut a, first) = begun();
    let mut b = document();
    b.apply(&[first]);
    let from_a = set(&mut a, 1, "victims/1/pseudonym", "V-1");
    let from_b = set(&mut b, 2, "victims/2/pseudonym", "V-2");
    both(&mut a, &mut b, &[from_a], &[from_b]);
    assert_eq!(a.record().keys("victims"), ["1", "2"]);
    assert_eq!(a.conflicts(), []);
}

#[test]
fn narratives_merge_letter_by_letter() {
    let (mut a, first) = begun();
    let second = set(&mut a, 1, "summary", "Dos hombres llegaron a la casa.");
    let mut b = document();
    b.apply(&[first, second]);
    let from_a = set(&mut a, 1, "summary", "Dos hombres armados llegaron a la casa.");
    let from_b = set(&mut b, 2, "summary", "Dos hombres llegaron de noche a la casa.");
    both(&mut a, &mut b, &[from_a], &[from_b]);
    assert_eq!(
        a.record().text("summary"),
        Some("Dos hombres armados llegaron de noche a la casa.")
    );
    assert_eq!(a.conflicts(), []);
}

#[test]
fn a_long_text_can_be_replaced_at_once() {
    let (mut a, first) = begun();
    let mut b = document();
    let long = "La comunidad del resguardo denuncia amenazas. ".repeat(1_300);
    let second = set(&mut a, 1, "summary", long.as_str());
    let third = set(&mut a, 1, "summary", "Se retira.");
    assert_eq!(b.apply(&[first, second, third]).quarantined, []);
    assert_eq!(b.record().text("summary"), Some("Se retira."));
    assert_eq!((b.record(), b.conflicts()), (a.record(), vec![]));
}

#[test]
fn a_conflict_is_shown_with_its_writers_and_settled() {
    let (mut a, first) = begun();
    let mut b = document();
    b.apply(&[first]);
    let from_a = set(&mut a, 1, "place/admin2", "Toribío");
    let from_b = set(&mut b, 2, "place/admin2", "Caloto");
    both(&mut a, &mut b, std::slice::from_ref(&from_a), std::slice::from_ref(&from_b));
    let conflicts = a.conflicts();
    let [conflict] = conflicts.as_slice() else { panic!("{conflicts:?}") };
    assert_eq!((conflict.path.as_str(), conflict.safety), ("place/admin2", false));
    let mut writers: Vec<_> = conflict.values.iter().map(|v| (v.actor, v.change)).collect();
    writers.sort();
    assert_eq!(writers, [(actor(1), from_a.id()), (actor(2), from_b.id())]);
    assert_eq!(a.record().get("place/admin2"), Some(&conflict.ruling));

    // Settling with the value that rules already is a change too: it ends the conflict.
    let ruling = conflict.ruling.clone();
    let settled =
        a.edit(&actor(1), |edit| edit.settle(&path("place/admin2"), &ruling)).unwrap().unwrap();
    b.apply(&[settled]);
    assert_eq!((a.conflicts(), b.conflicts()), (vec![], vec![]));
    assert_eq!(a.record().get("place/admin2"), Some(&ruling));
}

#[test]
fn what_an_author_says_is_read_without_what_others_wrote_over_it() {
    let (mut a, first) = begun();
    let mut b = document();
    b.apply(&[first]);
    let from_a = set(&mut a, 1, "place/admin2", "Toribío");
    let from_b = set(&mut b, 2, "place/admin2", "Caloto");
    both(&mut a, &mut b, &[from_a], &[from_b]);
    let by = |document: &Document, number: u8| {
        let record = document.record_by(|it| *it == actor(number));
        record.text("place/admin2").map(str::to_owned)
    };
    assert_eq!(by(&a, 1).as_deref(), Some("Toribío"));
    assert_eq!(by(&a, 2).as_deref(), Some("Caloto"));
    assert_eq!(by(&a, 3), None);
    set(&mut a, 2, "place/admin2", "Jambaló");
    assert_eq!((by(&a, 1), by(&a, 2).as_deref()), (None, Some("Jambaló")));
}

#[test]
fn for_safety_the_most_protective_value_rules() {
    for (field, one, other, rules) in [
        ("consent/basis", Value::from("informed_explicit"), Value::from("withdrawn"), "withdrawn"),
        ("max_tier", Value::from("restricted"), Value::from("public"), "restricted"),
        ("consent/scopes/public_named", Value::Flag(true), Value::Flag(false), "false"),
        ("victims/1/is_minor", Value::Flag(false), Value::Flag(true), "true"),
        ("risk", Value::from("watch"), Value::from("life_imminent"), "life_imminent"),
    ] {
        for (x, y) in [(one.clone(), other.clone()), (other.clone(), one.clone())] {
            let (mut a, first) = begun();
            let mut b = document();
            b.apply(&[first]);
            let from_a = set(&mut a, 1, field, x);
            let from_b = set(&mut b, 2, field, y);
            both(&mut a, &mut b, &[from_a], &[from_b]);
            assert_eq!(a.record().get(field).unwrap().to_string(), rules, "{field}");
            assert!(a.conflicts().iter().all(|conflict| conflict.safety));
        }
    }
}

#[test]
fn removing_a_field_of_safety_closes_it() {
    let (mut a, _) = begun();
    set(&mut a, 1, "consent/scopes/public_named", true);
    a.edit(&actor(1), |edit| edit.remove(&path("consent/scopes/public_named"))).unwrap();
    assert_eq!(a.record().flag("consent/scopes/public_named"), Some(false));
    a.edit(&actor(1), |edit| edit.remove(&path("title"))).unwrap();
    assert_eq!(a.record().get("title"), None);
}

#[test]
fn fields_of_tomorrow_survive_an_edit_of_today() {
    let (mut a, first) = begun();
    let second = set(&mut a, 1, "stars/alpha/colour", "azul");
    let mut b = document();
    b.apply(&[first, second]);
    let third = set(&mut b, 2, "title", "Otro");
    a.apply(&[third]);
    assert_eq!(a.record().text("stars/alpha/colour"), Some("azul"));
    assert_eq!(b.record(), a.record());
    assert_eq!(a.schema(), Schema::incident());
}

#[test]
fn an_edit_that_changes_nothing_is_no_change() {
    let (mut a, _) = begun();
    set(&mut a, 1, "summary", "Texto.");
    for (field, same) in [("title", "Amenaza"), ("summary", "Texto.")] {
        let none = a.edit(&actor(1), |edit| edit.set(&path(field), &same.into())).unwrap();
        assert!(none.is_none(), "{field}");
    }
}

#[test]
fn bounds_hold_and_leave_the_document_as_it_was() {
    let (mut a, _) = begun();
    let before = (a.record(), a.heads());
    let long = Value::Text("x".repeat(crate::model::limits::MAX_FIELD_BYTES + 1));
    let error = a.edit(&actor(1), |edit| edit.set(&path("title"), &long)).unwrap_err();
    assert!(matches!(error, EditError::Bounds(_)), "{error}");
    let big = Value::Text("y".repeat(crate::model::limits::MAX_FIELD_BYTES));
    let error = a
        .edit(&actor(1), |edit| (0..6).try_for_each(|n| edit.set(&path(&format!("x/{n}")), &big)))
        .unwrap_err();
    assert!(matches!(error, EditError::Refused(PreflightError::TooLong(_))), "{error}");
    assert_eq!((a.record(), a.heads()), before);
    // A narrative of the greatest length goes into one change.
    set(&mut a, 1, "summary", "ñ".repeat(crate::model::limits::MAX_FIELD_BYTES / 2));
}

#[test]
fn history_says_who_wrote_which_fields() {
    let (mut a, first) = begun();
    let second = set(&mut a, 1, "summary", "Uno.");
    let third = set(&mut a, 2, "summary", "Uno y dos.");
    let history = a.history();
    let seen: Vec<_> = history
        .iter()
        .map(|entry| {
            (entry.change, entry.actor, entry.seq, entry.fields.iter().next().unwrap().as_str())
        })
        .collect();
    assert_eq!(
        seen,
        [
            (first.id(), actor(1), 1, "title"),
            (second.id(), actor(1), 2, "summary"),
            (third.id(), actor(2), 1, "summary"),
        ]
    );
}

#[test]
fn a_document_is_its_changes_and_its_cache() {
    let (mut a, first) = begun();
    let second = set(&mut a, 1, "summary", "Uno.");
    let third = set(&mut a, 1, "title", "Tres");
    // The cache keeps what waits.
    let mut b = document();
    b.apply(&[third, first]);
    assert_eq!((b.waiting().count(), b.missing()), (1, vec![second.id()]));
    let mut b = Document::load(&b.save(), Schema::incident()).unwrap();
    assert_eq!((b.waiting().count(), b.missing()), (1, vec![second.id()]));
    let applied = b.apply(&[second]);
    assert_eq!((applied.applied.len(), applied.missing.len()), (2, 0));
    assert_eq!((b.record(), b.heads()), (a.record(), a.heads()));
    // A loaded document goes on.
    let mut c = Document::load(&a.save(), Schema::incident()).unwrap();
    let fourth = set(&mut c, 1, "title", "Cuatro");
    a.apply(&[fourth]);
    assert_eq!(a.record().text("title"), Some("Cuatro"));
    // Damage is an error.
    let saved = a.save();
    for cut in [0, 1, 4, 5, 20, saved.len() - 1] {
        assert!(Document::load(&saved[..cut], Schema::incident()).is_err(), "{cut}");
    }
}
