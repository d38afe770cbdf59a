//! Cells that a spreadsheet would run.
//!
//! A cell that begins with `=`, `+`, `-`, `@` (or their full-width forms), a tab or a carriage return
//! is a formula to Excel, LibreOffice and others, and a formula can send a file's content away. On its
//! way out such a text gets an apostrophe in front, which spreadsheets take for "this is text".
//!
//! Nothing is lost by it: a text that begins with apostrophes and then one of these characters gets
//! one more, and [`restored`] takes one away, so that each text reads back as it was. Plain numbers
//! and pairs of them, `-2.5,-76.1`, run nothing, and stay as they are.

use std::borrow::Cow;

const MARK: char = '\'';

/// The text as a cell that no spreadsheet runs.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("{MARK}{text}")) } else { Cow::Borrowed(text) }
}

/// The text of which [`harmless`] made this cell. Other cells stay as they are.
#[must_use]
pub fn restored(cell: &str) -> &str {
    match cell.strip_prefix(MARK) {
        Some(text) if is_formula(text) => text,
        _plain => cell,
    }
}

/// Whether a spreadsheet takes the text for a formula, whatever apostrophes stand in front.
fn is_formula(text: &str) -> bool {
    let bare = text.trim_start_matches(MARK);
    // Some programs cut spaces, and characters that nobody sees, before they look.
    let shown = bare.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let begins = bare.starts_with(['\t', '\r', '\n']) || shown.starts_with(is_trigger);
    begins && !(bare.len() == text.len() && is_numeric(text))
}

const fn is_trigger(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '﹢' | '﹣' | '﹦' | '﹫' | '−')
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// A number, or two with a comma or `|` between them.
fn is_numeric(text: &str) -> bool {
    let mut numbers = text.split([',', '|']);
    let two_at_most = numbers.clone().count() <= 2;
    two_at_most && numbers.all(is_number)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all(whole) && all(part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_get_an_apostrophe_and_numbers_stay() {
        for formula in [
            "=1+1",
            "+57 300 000",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "＝1",
            "－cmd|' /C calc'!A0",
            " =1",
            "\u{feff}=1",
            "\u{200b}@x",
            "- an item of a list",
            "-",
            "-2.5,-76.1,=1",
            "-2.5,=1",
            "-1e5",
        ] {
            assert_eq!(harmless(formula), format!("'{formula}"));
            assert_eq!(restored(&harmless(formula)), formula);
        }
        for plain in ["", "a=1", "-2.5,-76.1", "-2.5|-76.1", "-7", "2024-05", "'", "'a", "CO-CAU"] {
            assert_eq!(harmless(plain), plain);
            assert_eq!(restored(plain), plain);
        }
        assert_eq!(harmless("'=1"), "''=1");
        assert_eq!(restored("'-2.5"), "'-2.5", "a number never got one");
    }

    proptest! {
        #[test]
        fn every_text_reads_back(text in "['=+@|, -9.\t＝a]{0,8}|.{0,12}") {
            let cell = harmless(&text);
            prop_assert_eq!(restored(&cell), text.as_str());
            let first = cell.trim_start().chars().next();
            let runs = first.is_some_and(is_trigger) && !is_numeric(&cell);
            prop_assert!(!runs, "{}", cell);
        }
    }
}
