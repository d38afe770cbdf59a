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
    use super::fold;

    #[test]
    fn accents_case_and_punctuation_do_not_count() {
        assert_eq!(fold("  Bogotá, D.C. "), "bogota d c");
        assert_eq!(fold("ÑAÑEZ—São\u{200b}João"), "nanez saojoao");
        assert_eq!(fold("e\u{301}"), "e");
        assert_eq!(fold("…"), "");
    }
}
