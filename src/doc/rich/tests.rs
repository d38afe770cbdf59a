//! Tests of long texts with marks.

mod forged;

use proptest::prelude::*;

use super::*;
use crate::{
    doc::{
        CheckedChange,
        tests::{actor, begun, document, path, set},
    },
    model::rich::{MAX_LINK_BYTES, Stretch},
};

const COMMENT: &str = "0123456789abcdef0123456789abcdef";

fn write(document: &mut Document, n: u8, text: &RichText) -> Option<CheckedChange> {
    document.edit(&actor(n), |edit| edit.set_rich(&path("summary"), text)).unwrap()
}

fn markdown(document: &mut Document, n: u8, text: &str) -> CheckedChange {
    write(document, n, &RichText::from_markdown(text)).unwrap()
}

fn rich(document: &Document) -> RichText {
    document.rich_text(&path("summary")).unwrap()
}

/// A text in two documents.
fn pair(text: &str) -> (Document, Document) {
    let (mut a, first) = begun();
    let second = markdown(&mut a, 1, text);
    let mut b = document();
    assert_eq!(b.apply(&[first, second]).quarantined, []);
    assert_eq!(rich(&b), rich(&a));
    (a, b)
}

#[test]
fn a_text_keeps_its_marks_over_a_save() {
    let text = "Exigimos **protección** y _verdad_, [leer](<https://example.org/i>)\n- uno **dos**";
    let (a, b) = pair(text);
    assert_eq!(rich(&a).markdown(), text);
    let again = Document::load(&a.save(), a.schema()).unwrap();
    assert_eq!((rich(&again), rich(&b)), (rich(&a), rich(&a)));
    // A document that begins with marks.
    let mut fresh = document();
    markdown(&mut fresh, 1, text);
    assert_eq!(rich(&fresh).markdown(), text);
    assert_eq!(fresh.record().text("summary"), Some(rich(&fresh).text()));
    assert_eq!(fresh.rich_text(&path("title")), None);
}

#[test]
fn a_text_without_marks_begins_plain() {
    let mut fresh = document();
    markdown(&mut fresh, 1, "Sin nada.");
    assert!(fresh.is_plain());
    assert_eq!(rich(&fresh), RichText::plain("Sin nada."));
    assert!(write(&mut fresh, 1, &RichText::plain("Sin nada.")).is_none());
}

#[test]
fn two_hands_merge_letter_by_letter_and_mark_by_mark() {
    let (mut a, mut b) = pair("Dos hombres llegaron a la casa.");
    let from_a = markdown(&mut a, 1, "Dos **hombres armados** llegaron a la casa.");
    let from_b =
        markdown(&mut b, 2, "Dos hombres llegaron _de noche_ a la [casa](https://c.example).");
    a.apply(&[from_b]);
    b.apply(&[from_a]);
    let merged = "Dos **hombres armados** llegaron _de noche_ a la [casa](<https://c.example>).";
    assert_eq!((rich(&a).markdown().as_str(), rich(&b)), (merged, rich(&a)));
    assert_eq!(a.conflicts(), []);
}

#[test]
fn a_mark_is_taken_away_where_it_should_not_be_and_nowhere_else() {
    let (mut a, mut b) = pair("**uno dos tres**");
    let from_a = markdown(&mut a, 1, "**uno** dos **tres**");
    let from_b = markdown(&mut b, 2, "**uno dos tres cuatro**");
    a.apply(&[from_b]);
    b.apply(&[from_a]);
    assert_eq!(rich(&a).markdown(), "**uno** dos **tres cuatro**");
    assert_eq!(rich(&b), rich(&a));
}

#[test]
fn comments_stay_with_their_words() {
    let (mut a, mut b) = pair("Exigimos protección colectiva ya.");
    let (start, end) = rich(&a).find("protección").unwrap();
    let anchor = |edit: &mut Edit<'_>| edit.anchor(&path("summary"), (start, end), COMMENT);
    let anchored = a.edit(&actor(1), anchor).unwrap().unwrap();
    let from_b = markdown(&mut b, 2, "Hoy **exigimos** la protección colectiva ya.");
    b.apply(&[anchored]);
    a.apply(&[from_b]);
    assert_eq!(rich(&a), rich(&b));
    assert_eq!(rich(&a).commented(COMMENT).as_deref(), Some("protección"));
    // Who edits the Markdown does not see it, and leaves it.
    markdown(&mut a, 3, "Hoy exigimos protección.");
    assert_eq!(rich(&a).commented(COMMENT).as_deref(), Some("protección"));
    markdown(&mut a, 3, "Hoy.");
    assert_eq!(rich(&a).commented(COMMENT), None);
    for (field, at) in
        [("title", (0, 1)), ("summary", (0, 9)), ("summary", (2, 2)), ("nada", (0, 1))]
    {
        let nowhere = a.edit(&actor(1), |edit| edit.anchor(&path(field), at, COMMENT));
        assert!(matches!(nowhere, Err(EditError::NotThere { .. })), "{field}");
    }
}

#[test]
fn history_and_blame_say_who_wrote_what() {
    let (mut a, mut b) = pair("Dos hombres llegaron.");
    let from_b = markdown(&mut b, 2, "Dos hombres armados llegaron.");
    a.apply(&[from_b]);
    markdown(&mut a, 3, "**Dos** hombres armados huyeron.");
    let history = a.text_history(&path("summary"));
    let told: Vec<_> = history.iter().map(|it| (it.actor, it.seq, it.what.marked)).collect();
    assert_eq!(told, [(actor(1), 2, false), (actor(2), 1, false), (actor(3), 1, true)]);
    assert_eq!(history[0].what.inserted, ["Dos hombres llegaron."]);
    let inserted = history[1].what.inserted.concat();
    assert!(inserted.trim() == "armados" && history[1].what.deleted.is_empty(), "{history:?}");
    assert!(!history[2].what.deleted.is_empty());
    let authors = a.text_authors(&path("summary")).unwrap();
    assert_eq!(authors.iter().map(|it| it.text.as_str()).collect::<String>(), rich(&a).text());
    let by = |n: u8| {
        authors.iter().filter(|it| it.by == actor(n)).map(|it| it.text.as_str()).collect::<String>()
    };
    assert_eq!(by(2).trim(), "armados");
    assert!(by(1).starts_with("Dos hombres") && by(3).contains("huy"), "{authors:?}");
    // Begun anew: the old text is not told again.
    let long = "x".repeat(4_000);
    markdown(&mut a, 1, &long);
    markdown(&mut a, 1, "Nada.");
    assert_eq!(a.text_history(&path("summary")).last().unwrap().what.inserted, ["Nada."]);
    assert!(a.text_history(&path("summary"))[3].what.inserted.concat().len() <= long.len());
    assert_eq!(a.text_authors(&path("title")), None);
}

#[test]
fn blame_has_no_letters_that_the_text_has_not() {
    let (mut a, mut b) = pair("Exigimos protección.");
    // Letters that nobody sees, among those that are read.
    let hidden = set(&mut b, 2, "summary", "Ex\u{200b}igimos\u{202e} protección hoy.");
    a.apply(&[hidden]);
    let authors = a.text_authors(&path("summary")).unwrap();
    let told: String = authors.iter().map(|it| it.text.as_str()).collect();
    assert_eq!((told.as_str(), rich(&a).text()), ("Exigimos protección hoy.", told.as_str()));
    let by_b: String =
        authors.iter().filter(|it| it.by == actor(2)).map(|it| it.text.as_str()).collect();
    assert_eq!(by_b.trim(), "hoy");
}

#[test]
fn a_document_of_one_change_has_a_history_too() {
    let mut fresh = document();
    markdown(&mut fresh, 4, "Sin nada.");
    let history = fresh.text_history(&path("summary"));
    assert_eq!(history.iter().map(|it| it.what.inserted.concat()).collect::<String>(), "Sin nada.");
    let authors = fresh.text_authors(&path("summary")).unwrap();
    assert_eq!(authors, [Stretch { by: actor(4), text: "Sin nada.".to_owned() }]);
}

/// What somebody does to the text: puts letters in, takes some out, marks or unmarks some.
#[derive(Debug, Clone)]
enum Act {
    Insert(usize, String),
    Delete(usize, usize),
    Mark(usize, usize, Mark),
    Unmark(usize, usize),
}

fn an_act() -> impl Strategy<Value = Act> {
    let mark = prop_oneof![
        Just(Mark::Strong),
        Just(Mark::Emphasis),
        Just(Mark::Link("https://a.example".to_owned())),
        Just(Mark::Link("https://b.example".to_owned())),
    ];
    prop_oneof![
        3 => (0_usize..60, "[a-zñ \n]{1,5}").prop_map(|(at, text)| Act::Insert(at, text)),
        2 => (0_usize..60, 1_usize..6).prop_map(|(at, len)| Act::Delete(at, len)),
        2 => (0_usize..60, 1_usize..12, mark).prop_map(|(at, len, mark)| Act::Mark(at, len, mark)),
        1 => (0_usize..60, 1_usize..12).prop_map(|(at, len)| Act::Unmark(at, len)),
    ]
}

fn acted(text: &RichText, act: &Act, who: usize, number: usize) -> RichText {
    let letters: Vec<char> = text.text().chars().collect();
    let at = |place: usize| place % (letters.len() + 1);
    let moved = |from: usize, gone: usize, new: usize, spans: &[Span]| -> Vec<Span> {
        let to = |it: usize| if it <= from { it } else { it.saturating_sub(gone).max(from) + new };
        spans
            .iter()
            .map(|it| Span { start: to(it.start), end: to(it.end), mark: it.mark.clone() })
            .collect()
    };
    match act {
        Act::Insert(place, piece) => {
            let place = at(*place);
            let new = format!("<{who}.{number}:{piece}>");
            let (head, tail) = (&letters[..place], &letters[place..]);
            let all: String =
                head.iter().collect::<String>() + &new + &tail.iter().collect::<String>();
            RichText::new(&all, moved(place, 0, new.chars().count(), text.marks()))
        }
        Act::Delete(place, len) => {
            let place = at(*place);
            let end = (place + len).min(letters.len());
            let all: String = letters[..place].iter().chain(&letters[end..]).collect();
            RichText::new(&all, moved(place, end - place, 0, text.marks()))
        }
        Act::Mark(place, len, mark) => {
            let start = at(*place);
            let spans = text.marks().iter().cloned();
            RichText::new(
                text.text(),
                spans.chain([Span {
                    start,
                    end: (start + len).min(letters.len()),
                    mark: mark.clone(),
                }]),
            )
        }
        Act::Unmark(place, len) => {
            let (start, end) = (at(*place), (at(*place) + len).min(letters.len()));
            let cut = text.marks().iter().flat_map(|it| {
                [(it.start, it.end.min(start)), (it.start.max(end), it.end)]
                    .map(|(start, end)| Span { start, end, mark: it.mark.clone() })
            });
            RichText::new(text.text(), cut.filter(|it| it.start < it.end).collect::<Vec<_>>())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Three replicas edit one text offline and hear of each other in any order: one text, and
    /// nothing is lost that somebody put in and nobody took out.
    #[test]
    fn replicas_converge(
        acts in proptest::collection::vec((0_usize..3, an_act(), any::<bool>()), 1..14),
        order in any::<u64>(),
    ) {
        let (base, first) = begun();
        let mut replicas = [base.clone(), base.clone(), base.clone()];
        let begin = markdown(&mut replicas[0], 1, "Exigimos **protección** ya.");
        replicas[1].apply(std::slice::from_ref(&begin));
        replicas[2].apply(std::slice::from_ref(&begin));
        let mut changes = vec![first, begin];
        let mut put_in: Vec<String> = Vec::new();
        let mut deletes = false;
        for (number, (who, act, hears)) in acts.iter().enumerate() {
            if *hears {
                let mixed = shuffled(&changes, order.wrapping_add(number as u64));
                prop_assert_eq!(replicas[*who].apply(&mixed).quarantined, vec![]);
            }
            let before = rich(&replicas[*who]);
            let wanted = acted(&before, act, *who, number);
            let actor = u8::try_from(*who).unwrap() + 1;
            let change = write(&mut replicas[*who], actor, &wanted);
            prop_assert_eq!(rich(&replicas[*who]), wanted, "a writer reads what it wrote");
            deletes |= matches!(act, Act::Delete(..));
            if let Act::Insert(_, piece) = act {
                put_in.push(format!("{who}.{number}:{piece}"));
            }
            changes.extend(change);
        }
        for (number, replica) in replicas.iter_mut().enumerate() {
            let mixed = shuffled(&changes, order.rotate_left(u32::try_from(number).unwrap()));
            prop_assert_eq!(replica.apply(&mixed).quarantined, vec![]);
        }
        let mut late = document();
        for change in shuffled(&changes, !order) {
            late.apply(std::slice::from_ref(&change));
        }
        let text = rich(&replicas[0]);
        for other in [&replicas[1], &replicas[2], &late] {
            prop_assert_eq!(&rich(other), &text);
            prop_assert_eq!(other.heads(), replicas[0].heads());
            prop_assert_eq!(other.conflicts(), vec![]);
        }
        let again = Document::load(&replicas[0].save(), replicas[0].schema()).unwrap();
        prop_assert_eq!(rich(&again), text.clone());
        let authors = replicas[0].text_authors(&path("summary")).unwrap();
        let told: String = authors.iter().map(|it| it.text.as_str()).collect();
        prop_assert_eq!(told.as_str(), text.text());
        if !deletes {
            // Insertions into each other's words aside, every letter is there.
            let count = |text: &str| { let mut it: Vec<char> = text.chars().collect(); it.sort_unstable(); it };
            let all = put_in.iter().fold("Exigimos protección ya.".to_owned(), |all, it| format!("{all}<{it}>"));
            prop_assert_eq!(count(text.text()), count(&all));
        }
    }
}

fn shuffled(changes: &[CheckedChange], seed: u64) -> Vec<CheckedChange> {
    let mut mixed: Vec<_> = changes.to_vec();
    let mut state = seed | 1;
    for place in (1..mixed.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        mixed.swap(place, usize::try_from(state >> 33).unwrap() % (place + 1));
    }
    mixed
}

#[test]
fn a_longest_link_goes_through() {
    let address = format!("https://{}", "a".repeat(MAX_LINK_BYTES - 8));
    let (a, _) = pair(&format!("[x]({address})"));
    assert_eq!(rich(&a).marks()[0].mark, Mark::Link(address));
    let mut b = a.clone();
    set(&mut b, 2, "summary", "x y");
    assert_eq!(rich(&b).text(), "x y");
    assert_eq!(rich(&b).marks().len(), 1, "an edit of the letters leaves marks");
}
