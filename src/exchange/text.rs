//! How texts of a cell are cleaned and shown.

use unicode_normalization::UnicodeNormalization;

use crate::exchange::spreadsheet::restored;

/// A cell's text as it is kept: composed characters (NFC), no space around it, and without the
/// apostrophe that an export puts before what a spreadsheet would run.
pub(super) fn clean(cell: &str) -> String {
    restored(cell.trim()).trim().nfc().collect()
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

    #[test]
    fn what_an_export_made_harmless_is_read_as_it_was() {
        assert_eq!(clean("'=1+1"), "=1+1");
        assert_eq!(clean(" '- a point"), "- a point");
        assert_eq!(clean("-2.5,-76.1"), "-2.5,-76.1");
        assert_eq!(clean("'t Zandt"), "'t Zandt");
    }
}
