//! How texts of a cell are cleaned and compared.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A cell's text as it is kept: composed characters (NFC), no space around it.
pub(super) fn clean(cell: &str) -> String {
    cell.trim().nfc().collect()
}

/// A text as it is compared: no accents, no case, no punctuation, single spaces.
///
/// `Bogotá, D.C.` and `BOGOTA DC` are the same; nothing is compared by likeness beyond that.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            folded.push(c);
        } else if !matches!(c, '.' | '\'' | '’') && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.trim().to_owned()
}

/// The first 60 characters, for a message.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_do_not_matter() {
        assert_eq!(fold(" Bogotá,  D.C. "), fold("BOGOTA DC"));
        assert_eq!(fold("Ñuble\u{a0}Sur"), "nuble sur");
        assert_eq!(fold("n/a"), "n a");
        assert_eq!(fold("—"), "");
        assert_ne!(fold("Caldas"), fold("Cauca"));
    }

    #[test]
    fn decomposed_and_composed_texts_are_kept_alike() {
        assert_eq!(clean(" Quibdo\u{301}\u{a0}"), "Quibdó");
    }
}
