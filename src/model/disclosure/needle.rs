//! Finding in an open text what must not leave: somebody writes a name into a title.

use std::fmt;

use crate::model::{registry::Kind, text::fold};

/// The shortest text that is looked for inside words; shorter ones only as whole words.
const MIN_INSIDE: usize = 4;
/// The shortest word of a name that is looked for at all.
const MIN_WORD: usize = 3;
/// Words of names that name nobody.
const PARTICLES: [&str; 12] =
    ["de", "del", "la", "las", "los", "da", "das", "dos", "van", "von", "alias", "don"];
/// Characters up to which an unknown text is taken for a name.
const MAX_NAME_CHARS: usize = 100;

/// Texts that must not occur, in folded form.
#[derive(Default)]
pub(super) struct Needles {
    /// Without spaces: `300 555 12` is found in `30055512`.
    inside: Vec<String>,
    /// Words that are looked for inside words.
    parts: Vec<String>,
    /// Short ones, looked for as whole words.
    words: Vec<String>,
    /// Numbers of how many, in texts alone: as a key, any number counts entries.
    counts: Vec<String>,
}

/// Without what must not occur.
impl fmt::Debug for Needles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Needles").finish_non_exhaustive()
    }
}

impl Needles {
    /// Adds the text of a field that is withheld; none for a field that nobody knows.
    pub(super) fn add(&mut self, kind: Option<Kind>, text: &str) {
        let by_word = match kind {
            Some(Kind::Name) => Words::All,
            Some(Kind::Identifier) => Words::Numbers,
            None if text.chars().take(MAX_NAME_CHARS + 1).count() <= MAX_NAME_CHARS => Words::All,
            Some(Kind::Line | Kind::Narrative | Kind::Note | Kind::Date | Kind::Coordinate)
            | None => Words::None,
            Some(Kind::Digest | Kind::Admin2Code | Kind::Org) => Words::None,
            Some(Kind::Count) => return self.counts.push(fold(text)),
            // Of a list that everybody has: they tell nothing by themselves.
            Some(
                Kind::Code(_)
                | Kind::Language
                | Kind::Country
                | Kind::Admin1
                | Kind::Flag
                | Kind::Key(_),
            ) => return,
        };
        let folded = fold(text);
        self.add_whole(&folded);
        for word in folded.split(' ').filter(|word| by_word.takes(word)) {
            self.add_word(word);
        }
    }

    fn add_whole(&mut self, folded: &str) {
        let squashed = squash(folded);
        if squashed.chars().count() >= MIN_INSIDE {
            self.inside.push(squashed);
        } else if !folded.is_empty() {
            self.words.push(folded.to_owned());
        }
    }

    fn add_word(&mut self, word: &str) {
        if word.chars().count() >= MIN_INSIDE {
            self.parts.push(word.to_owned());
        } else {
            self.words.push(word.to_owned());
        }
    }

    /// Whether one of the texts occurs in a text.
    pub(super) fn occur_in(&self, text: &str) -> bool {
        let folded = fold(text);
        let (squashed, padded) = (squash(&folded), format!(" {folded} "));
        self.occur_in_key(text)
            || self.counts.iter().filter(|count| !count.is_empty()).any(|count| {
                padded.contains(&format!(" {count} "))
                    || count.len() >= MIN_INSIDE && squashed.contains(&squash(count))
            })
    }

    /// Whether one of the texts occurs in a key.
    pub(super) fn occur_in_key(&self, text: &str) -> bool {
        let folded = fold(text);
        let squashed = squash(&folded);
        let padded = format!(" {folded} ");
        self.inside.iter().any(|needle| squashed.contains(needle.as_str()))
            || self.parts.iter().any(|needle| folded.contains(needle.as_str()))
            || self.words.iter().any(|needle| padded.contains(&format!(" {needle} ")))
    }
}

fn squash(folded: &str) -> String {
    folded.replace(' ', "")
}

enum Words {
    All,
    Numbers,
    None,
}

impl Words {
    fn takes(&self, word: &str) -> bool {
        match self {
            Self::All => word.chars().count() >= MIN_WORD && !PARTICLES.contains(&word),
            Self::Numbers => {
                word.len() >= MIN_INSIDE && word.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_written() {
        let mut needles = Needles::default();
        needles.add(Some(Kind::Name), "María de la Peña Ñáñez");
        for text in [
            "Amenaza a MARIA",
            "la lideresa pena",
            "mariadelapena",
            "M a r í a de la Peña Ñáñez",
            "Ma\u{200b}ría",
            "Marı\u{301}a Nanez",
        ] {
            assert!(needles.occur_in(text), "{text}");
        }
        for text in ["Amenaza de la guerrilla", "Mar de leva", ""] {
            assert!(!needles.occur_in(text), "{text}");
        }
    }

    #[test]
    fn counts_are_found_in_texts_and_not_in_keys() {
        let mut needles = Needles::default();
        needles.add(Some(Kind::Count), "1");
        needles.add(Some(Kind::Count), "-12345");
        assert!(needles.occur_in("hubo 1 amenaza") && needles.occur_in("12 345 personas"));
        assert!(!needles.occur_in("hubo 12 amenazas") && !needles.occur_in_key("1"));
        assert!(!format!("{needles:?}").contains("12345"));
    }

    #[test]
    fn short_names_are_whole_words_and_numbers_have_no_spaces() {
        let mut needles = Needles::default();
        needles.add(Some(Kind::Name), "Ana");
        needles.add(Some(Kind::Identifier), "CC 1.061.700-123");
        needles.add(Some(Kind::Line), "Vereda El Salto");
        assert!(needles.occur_in("según ana, sí") && !needles.occur_in("semana"));
        assert!(needles.occur_in("cc1061700123"));
        assert!(needles.occur_in("en la vereda el salto"));
        assert!(!needles.occur_in("en otra vereda") && !needles.occur_in("el salto"));
    }
}
