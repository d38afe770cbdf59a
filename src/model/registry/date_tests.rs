use super::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn day(year: i16, month: i8, day: i8) -> civil::Date {
    civil::date(year, month, day)
}

#[test]
fn examples_of_the_specification_read_and_print() {
    // Level 0, level 1 and level 2 (quarters) of https://www.loc.gov/standards/datetime/.
    for text in [
        "1985-04-12",
        "1985-04",
        "1985",
        "1964/2008",
        "2004-06/2006-08",
        "2004-02-01/2005-02-08",
        "2004-02-01/2005-02",
        "2005/2006-02",
        "1984?",
        "2004-06~",
        "2004-06-11%",
        "1985-04-12/..",
        "1985/..",
        "../1985-04-12",
        "1985-04-12/",
        "/1985-04-12",
        "1984~/2004-06",
        "2001-34",
        "XXXX",
    ] {
        assert_eq!(date(text).to_string(), text);
    }
    assert_eq!(date("2004-XX").to_string(), "2004");
    assert_eq!(date("1985-04-XX").to_string(), "1985-04");
    assert_eq!(date("1985-XX-XX").to_string(), "1985");
}

#[test]
fn what_is_no_date_is_refused_with_the_reason() {
    for text in [
        "",
        "/",
        "../..",
        "24",
        "2024-5",
        "2024-05-03T10:00",
        "03/05/2024",
        "2024~~",
        "y17000000002",
        "2024-37",
        "2024-33-XX",
        "2024-XX-01",
        "-2024",
        "２０２４",
    ] {
        assert!(matches!(text.parse::<Date>(), Err(DateError::Form { .. })), "{text}");
    }
    for text in ["2024-33-01", "2023-02-29", "2024-13", "2024-00-01", "2024-04-31"] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
    assert!(matches!("2024-05/2024-04".parse::<Date>(), Err(DateError::Order { .. })));
    assert!("2024-05-03".repeat(50).parse::<Date>().is_err());
}

#[test]
fn bounds_are_the_first_and_last_day() {
    assert_eq!(
        (date("2024").earliest(), date("2024").latest()),
        (Some(day(2024, 1, 1)), Some(day(2024, 12, 31)))
    );
    assert_eq!(date("2024-02").latest(), Some(day(2024, 2, 29)));
    assert_eq!(
        (date("2024-34").earliest(), date("2024-34").latest()),
        (Some(day(2024, 4, 1)), Some(day(2024, 6, 30)))
    );
    assert_eq!((date("../2024-05-03").earliest(), date("2024-05/..").latest()), (None, None));
    assert_eq!(date("XXXX").earliest(), None);
}

#[test]
fn precision_follows_the_form() {
    for (text, precision) in [
        ("2024-05-03", Precision::Day),
        ("2024-05", Precision::Month),
        ("2024", Precision::Year),
        ("2024-33", Precision::Quarter),
        ("2024-05-01/2024-05-07", Precision::Week),
        ("2024-05-01/2024-05-08", Precision::Range),
        ("2024/..", Precision::Range),
        ("2024-05~", Precision::Approximate),
        ("2024-05?", Precision::Uncertain),
        ("2024%", Precision::Uncertain),
        ("XXXX", Precision::Unknown),
    ] {
        assert_eq!(date(text).precision(), precision, "{text}");
        let list = crate::model::vocabulary::Vocabulary::built_in();
        assert!(list.term("date_precision", precision.code()).is_some());
    }
}

#[test]
fn coarsening_tells_no_day_and_no_month() {
    for (text, month, quarter) in [
        ("2024-05-03", "2024-05", "2024-34"),
        ("2024-05-01/2024-05-07", "2024-05", "2024-34"),
        ("2024-04-28/2024-05-02", "2024-04/2024-05", "2024-34"),
        ("2024-05-03~", "2024-05~", "2024-34~"),
        ("2024-12-31/..", "2024-12/..", "2024-36/.."),
        ("2024", "2024", "2024"),
        ("XXXX", "XXXX", "XXXX"),
    ] {
        assert_eq!(date(text).to_months().to_string(), month);
        assert_eq!(date(text).to_quarters().to_string(), quarter);
    }
}
