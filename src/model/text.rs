//! Comparison of texts as people mean them: without accents, case and punctuation.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The text in lower case, without accents, each run of other characters than letters and digits
/// as one space, without spaces at the ends. `Bogotá, D.C.` becomes `bogota d c`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c) && !is_invisible(*c));
    for c in plain.flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)) {
        if c.is_alphanumeric() {
            folded.push(c);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Characters that show nothing and would otherwise split a word: soft hyphen, zero-width
/// characters, direction marks, variation selectors.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Characters that a name must not have: those that steer a terminal, and those that reorder what
/// is read or show nothing, so that two names look the same. The two joiners of Indic and Arabic
/// writing stay.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}')
}

/// A number with its noun: `1 device`, `2 entries`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{fold, is_hidden};

    #[test]
    fn what_reorders_a_name_is_hidden_and_what_joins_its_letters_is_not() {
        for hidden in ['\n', '\u{1b}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{200b}', '\u{2028}'] {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
        for shown in ['a', ' ', 'ñ', '\u{200c}', '\u{200d}', '’'] {
            assert!(!is_hidden(shown), "{shown:?}");
        }
    }

    #[test]
    fn accents_case_and_punctuation_do_not_count() {
        assert_eq!(fold("  Bogotá, D.C. "), "bogota d c");
        assert_eq!(fold("ÑAÑEZ—São\u{200b}João"), "nanez saojoao");
        assert_eq!(fold("e\u{301}"), "e");
        assert_eq!(fold("…"), "");
    }
}
