//! How texts of a cell are cleaned and shown.

use unicode_normalization::UnicodeNormalization;

/// A cell's text as it is kept: composed characters (NFC), no space around it.
pub(super) fn clean(cell: &str) -> String {
    cell.trim().nfc().collect()
}

/// The first characters, for a message.
pub(super) fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decomposed_and_composed_texts_are_kept_alike() {
        assert_eq!(clean(" Quibdo\u{301}\u{a0}"), "Quibdó");
    }
}
