//! Files of evidence: what shows somebody stays, and so do its copies.

use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// An original and a copy of it with a file, released for the coalition.
fn copied(more: &[(&str, Value)]) -> Record {
    let id = text(&"a1".repeat(32));
    let mut fields = vec![
        ("evidence/one/type", text("photo")),
        ("evidence/two/type", text("photo")),
        ("evidence/two/redacted_of", text("one")),
        ("evidence/two/release", text("coalition")),
        ("blobs/two/copy/blob", id.clone()),
        ("blobs/two/copy/key", id.clone()),
        ("blobs/two/copy/bytes", Value::Integer(5)),
        ("blobs/two/thumbnail/blob", id.clone()),
        ("blobs/two/derived_from", id.clone()),
        ("blobs/two/derived_salt", id),
    ];
    fields.extend(more.iter().cloned());
    dossier(&fields)
}

const FILES: [&str; 4] = [
    "blobs/two/copy/blob",
    "blobs/two/copy/key",
    "blobs/two/copy/bytes",
    "blobs/two/thumbnail/blob",
];

fn leaves(record: &Record) -> bool {
    let facet = at(Tier::Coalition, record).facet;
    let found = FILES.map(|field| facet.get(field).is_some());
    assert!(found.iter().all(|it| *it == found[0]), "all or none: {found:?}");
    found[0]
}

#[test]
fn a_copy_of_what_identifies_somebody_stays_until_a_person_says_no_of_it() {
    let yes = ("evidence/one/identifies", Value::Flag(true));
    let open = copied(&[("evidence/two/identifies", Value::Flag(false))]);
    assert!(leaves(&open));
    let closed = copied(std::slice::from_ref(&yes));
    assert!(!leaves(&closed), "its copy shows the same face");
    assert_eq!(reason(&at(Tier::Coalition, &closed), FILES[0]), Some(Reason::NotReleased));
    // Whatever was agreed to.
    let agreed = ("consent/scopes/story_image", Value::Flag(true));
    assert!(!leaves(&copied(&[yes.clone(), agreed.clone()])));
    assert!(!leaves(&copied(&[("evidence/two/identifies", Value::Flag(true)), agreed])));
    let covered = copied(&[yes, ("evidence/two/identifies", Value::Flag(false))]);
    assert!(leaves(&covered), "somebody covered it, and says so");
}

#[test]
fn a_copy_of_a_copy_is_followed_back_also_in_a_ring() {
    let chain = copied(&[
        ("evidence/one/redacted_of", text("zero")),
        ("evidence/zero/identifies", Value::Flag(true)),
        ("consent/scopes/story_image", Value::Flag(true)),
    ]);
    assert!(!leaves(&chain));
    let ring = copied(&[
        ("evidence/one/redacted_of", text("two")),
        ("consent/scopes/story_image", Value::Flag(true)),
    ]);
    assert!(!leaves(&ring));
}

#[test]
fn what_nobody_looked_at_needs_consent_for_pictures_and_voices() {
    let unsaid = copied(&[]);
    assert!(!leaves(&unsaid));
    let withheld = reason(&at(Tier::Restricted, &unsaid), FILES[1]);
    assert_eq!(withheld, Some(Reason::Scope("story_image")));
    assert!(leaves(&copied(&[("consent/scopes/story_image", Value::Flag(true))])));
}

#[test]
fn what_opens_the_commitment_to_the_original_stays() {
    let record = copied(&[("evidence/two/identifies", Value::Flag(false))]);
    let facet = at(Tier::Restricted, &record).facet;
    assert!(facet.get("blobs/two/derived_from").is_some());
    assert_eq!(facet.get("blobs/two/derived_salt"), None);
    let facet = at(Tier::Coalition, &record).facet;
    assert_eq!(facet.get("blobs/two/derived_from"), None, "for named partners at most");
}
