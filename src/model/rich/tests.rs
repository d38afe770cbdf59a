use proptest::prelude::*;

use super::*;

fn span(start: usize, end: usize, mark: Mark) -> Span {
    Span { start, end, mark }
}

fn link(address: &str) -> Mark {
    Mark::Link(address.to_owned())
}

fn a_mark() -> impl Strategy<Value = Mark> {
    prop_oneof![
        Just(Mark::Strong),
        Just(Mark::Emphasis),
        Just(link("https://example.org/a_b*c(d)?x=1&copy=2&amp;y")),
        Just(link("http://b.example/[x]")),
        Just(Mark::Comment("0123456789abcdef0123456789abcdef".to_owned())),
    ]
}

/// Texts of letters that Markdown knows, and of those that people write.
fn a_text() -> impl Strategy<Value = String> {
    let letters = prop_oneof![
        3 => "[a-zñ é]{1,4}",
        3 => r"[*_\[\]()<>`\\&!#~.:;\-+=|/ ]{1,3}",
        1 => Just("\n".to_owned()),
        1 => Just("<strong>".to_owned()),
        1 => Just("&amp;".to_owned()),
        1 => Just("](https://x.example)".to_owned()),
        1 => Just("1. - ".to_owned()),
        1 => any::<String>(),
    ];
    proptest::collection::vec(letters, 0..12).prop_map(|it| it.concat())
}

fn a_rich_text() -> impl Strategy<Value = RichText> {
    let marks = proptest::collection::vec((0_usize..40, 0_usize..20, a_mark()), 0..8);
    (a_text(), marks).prop_map(|(text, marks)| {
        RichText::new(&text, marks.into_iter().map(|(at, len, mark)| span(at, at + len, mark)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn markdown_says_the_text_again(text in a_rich_text()) {
        let markdown = text.markdown();
        prop_assert_eq!(RichText::from_markdown(&markdown), text.without_comments(), "{}", markdown);
    }

    /// What one side did not change is as the other made it; what both made alike is so once.
    #[test]
    fn who_changes_nothing_changes_nothing(base in a_rich_text(), other in a_rich_text()) {
        prop_assert_eq!(&other.merged(&base, &base), &other);
        prop_assert_eq!(&base.merged(&base, &other), &other);
        prop_assert_eq!(&other.merged(&base, &other), &other);
    }

    #[test]
    fn whatever_is_read_is_canonical(markdown in a_text()) {
        let text = RichText::from_markdown(&markdown);
        prop_assert_eq!(&RichText::new(text.text(), text.marks().to_vec()), &text);
        prop_assert_eq!(RichText::from_markdown(&text.markdown()), text);
    }

    #[test]
    fn the_order_and_the_cut_of_marks_do_not_count(text in a_rich_text(), by in any::<u64>()) {
        let mut letters = Vec::new();
        for it in text.marks() {
            letters.extend((it.start..it.end).map(|at| span(at, at + 1, it.mark.clone())));
        }
        let places = letters.len().max(1);
        letters.rotate_left(usize::try_from(by).unwrap_or(0) % places);
        prop_assert_eq!(&RichText::new(text.text(), letters), &text);
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(serde_json::from_str::<RichText>(&json).unwrap(), text);
    }
}

#[test]
fn people_read_their_markdown() {
    for (markdown, text, marks) in [
        (
            "# Título\n- uno **dos** _tres_",
            "# Título\n- uno dos tres",
            vec![span(15, 18, Mark::Strong), span(19, 23, Mark::Emphasis)],
        ),
        (
            "Ver [el caso](https://example.org/c).",
            "Ver el caso.",
            vec![span(4, 11, link("https://example.org/c"))],
        ),
        (
            "<https://example.org>",
            "https://example.org",
            vec![span(0, 19, link("https://example.org"))],
        ),
        ("[x](javascript:alert(1)) `a*b*` ![i](https://x.example/i.png)", "", vec![]),
        ("**abierto", "", vec![]),
        ("a<strong>b</strong>c", "abc", vec![span(1, 2, Mark::Strong)]),
        ("    **cuatro**", "    cuatro", vec![span(4, 10, Mark::Strong)]),
        ("* uno\n* dos  \n", "", vec![]),
    ] {
        let read = RichText::from_markdown(markdown);
        let wanted = if text.is_empty() { markdown } else { text };
        assert_eq!((read.text(), read.marks()), (wanted, marks.as_slice()), "{markdown}");
    }
}

#[test]
fn usual_texts_look_like_usual_markdown() {
    for markdown in [
        "# Comunicado\n\n- **Exigimos** protección _colectiva_.\n* 2 * 3 y snake_case, [sic]\n",
        "Leer [**el informe**](<https://example.org/i>) hoy.",
        "**uno _dos_** y AT&T < 3",
    ] {
        assert_eq!(RichText::from_markdown(markdown).markdown(), markdown);
    }
}

#[test]
fn only_known_marks_are_read() {
    assert_eq!(Mark::read("strong", None), Some(Mark::Strong));
    for (name, value) in [
        ("strong", Some("x")),
        ("bold", None),
        ("link", None),
        ("link", Some("ftp://x")),
        ("link", Some("https://")),
        ("link", Some("https://a b")),
        ("comment/abc", None),
        ("comment/0123456789ABCDEF0123456789abcdef", None),
        ("", None),
    ] {
        assert_eq!(Mark::read(name, value), None, "{name}");
    }
    let long = format!("https://{}", "a".repeat(MAX_LINK_BYTES));
    assert!(!is_link(&long) && is_link(long.get(..MAX_LINK_BYTES).unwrap()));
    for mark in
        [Mark::Strong, Mark::Emphasis, link("https://a.example"), Mark::Comment("0".repeat(32))]
    {
        assert_eq!(mark_grows(&mark.name()), Some(mark.grows()));
    }
    assert_eq!(mark_grows("comment/x"), None);
}

#[test]
fn a_comment_is_found_by_its_words() {
    let id = "0123456789abcdef0123456789abcdef";
    let text = RichText::plain("Exigimos protección.");
    let (start, end) = text.find("protección").unwrap();
    let text = RichText::new(text.text(), [span(start, end, Mark::Comment(id.to_owned()))]);
    assert_eq!(text.commented(id).as_deref(), Some("protección"));
    assert_eq!((text.commented("no"), text.find("")), (None, None));
}

#[test]
fn what_two_did_to_one_text_is_in_both() {
    let read = RichText::from_markdown;
    let base = read("Dos hombres llegaron a la casa.");
    let mine = read("Dos **hombres** llegaron de noche a la casa.");
    let theirs = read("Dos hombres armados llegaron a la _casa_.");
    let merged = mine.merged(&base, &theirs);
    assert_eq!(merged.markdown(), "Dos **hombres** armados llegaron de noche a la _casa_.");
    assert_eq!(theirs.merged(&base, &mine).text(), merged.text());
    let gone = read("llegaron.");
    assert_eq!(gone.merged(&base, &theirs).text(), "armados llegaron.");
}

/// What two marks cost that lie over each other, however many lines there are; and what thousands.
#[test]
fn many_marks_over_many_lines_stay_few_pieces() {
    const LINES: usize = 20_000;
    let text = "a\n".repeat(LINES);
    let cost = |marks: Vec<Span>| {
        let given = marks.len();
        canonical::STEPS.set(0);
        let pieces = RichText::new(&text, marks).marks().len();
        (given, pieces, canonical::STEPS.get())
    };
    // A comment is one piece over all its lines, and costs no more for them.
    let comment = |number: usize| Mark::Comment(format!("{number:032x}"));
    let all = (0..2_048).map(|number| span(number % 3, 2 * LINES, comment(number)));
    let (given, pieces, steps) = cost(all.collect());
    assert!((given, pieces) == (2_048, 2_048) && steps <= 4 * given, "{pieces} {steps}");
    // Whatever lies over it, there is one of each look in a line.
    let looks = (0..2_048).map(|number| match number % 2 {
        0 => span(number, 2 * LINES, Mark::Strong),
        _odd => span(number, 2 * LINES, Mark::Emphasis),
    });
    let (given, pieces, steps) = cost(looks.collect());
    assert!(pieces <= 2 * LINES && steps <= 4 * (given + LINES), "{pieces} {steps}");
    // Links that lie over each other, in both orders of their addresses.
    for (low, high) in [("https://a.example", "https://b.example"), ("http://b", "http://a")] {
        let links = [span(0, 2 * LINES, link(low)), span(1, LINES, link(high))];
        let (given, pieces, steps) = cost(links.to_vec());
        assert!(pieces <= LINES && steps <= 4 * (given + LINES), "{pieces} {steps}");
    }
    let long = format!("https://{}", "a".repeat(2_000));
    let linked = RichText::new(&text, [span(0, 2 * LINES, link(&long))]);
    assert!(linked.marks().len() < 1_024, "each piece has its own copy");
    assert_eq!(RichText::new(&text, linked.marks().to_vec()), linked);
}

#[test]
fn a_comment_reaches_over_lines_and_ends_at_none() {
    let id = "0123456789abcdef0123456789abcdef";
    let mark = || Mark::Comment(id.to_owned());
    let text = "\nuno\n\ndos\ntres\n";
    let whole = RichText::new(text, [span(0, text.len(), mark())]);
    assert_eq!(whole.marks(), [span(1, text.len() - 1, mark())]);
    assert_eq!(whole.commented(id).as_deref(), Some("uno … dos … tres"));
    let lines = RichText::new(text, [span(1, 4, mark()), span(6, 9, mark()), span(0, 1, mark())]);
    assert_eq!(lines.marks(), [span(1, 9, mark())]);
    let apart = RichText::new(text, [span(1, 3, mark()), span(6, 9, mark())]);
    assert_eq!(apart.marks(), [span(1, 3, mark()), span(6, 9, mark())]);
    assert_eq!(RichText::new(text, [span(4, 6, mark())]).marks(), []);
    for text in [whole, lines, apart] {
        assert_eq!(RichText::new(text.text(), text.marks().to_vec()), text);
    }
}

#[test]
fn letters_that_nobody_sees_do_not_stand_in_a_text() {
    let seen = RichText::new("Exigimos ya", [span(0, 8, Mark::Strong)]);
    for hidden in ['\u{200b}', '\u{200d}', '\u{202e}', '\u{ad}', '\u{e0041}', '\u{2028}'] {
        let text = format!("Exi{hidden}gimos{hidden} ya");
        assert_eq!(RichText::new(&text, [span(0, 9, Mark::Strong)]), seen, "{hidden:?}");
    }
    assert_eq!(RichText::plain("Ñandú\t🌱 año").text(), "Ñandú\t🌱 año");
}
