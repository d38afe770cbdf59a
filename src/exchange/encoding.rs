//! Bytes of a cell to text.

use std::borrow::Cow;

/// How a file writes its characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// Windows-1252, which is what files called Latin-1 (ISO 8859-1) nearly always are.
    Windows1252,
}

impl Encoding {
    /// All encodings, by the names that a mapping uses.
    pub const ALL: [(&'static str, Self); 3] = [
        ("utf-8", Self::Utf8),
        ("latin-1", Self::Windows1252),
        ("windows-1252", Self::Windows1252),
    ];

    /// The encoding with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, encoding)| *encoding)
    }

    /// The name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252 (Latin-1)",
        }
    }

    /// The text, if the bytes are one in this encoding.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Windows1252 => Some(bytes.iter().map(|byte| windows_1252(*byte)).collect()),
        }
    }
}

/// Characters of 0x80 to 0x9F as the WHATWG Encoding Standard has them; the rest is Latin-1.
const HIGH_CONTROLS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> char {
    byte.checked_sub(0x80)
        .and_then(|place| HIGH_CONTROLS.get(usize::from(place)))
        .copied()
        .unwrap_or_else(|| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_reads_its_own() {
        assert_eq!(Encoding::Utf8.decode("Nariño".as_bytes()).unwrap(), "Nariño");
        assert!(Encoding::Utf8.decode(b"Nari\xf1o").is_none());
        assert_eq!(Encoding::Windows1252.decode(b"Nari\xf1o \x93\x80\x94").unwrap(), "Nariño “€”");
    }
}
