//! Names of persons in Spanish and Portuguese, and how far two of them agree.
//!
//! A person has one or more given names and one or two surnames, written with or without the second
//! surname, the second given name, particles and accents, by ear or by mistake. So a name is a list
//! of parts, and two names are compared part by part: what agrees and how, what only one of them
//! has, and what differs. There is no one number: see [`NameMatch`].

mod align;
mod parse;
mod sound;

use std::fmt;

pub use self::align::{NameLevel, NameMatch, PartAgreement};
pub(super) use self::align::{Sides, align};
use self::sound::{skeleton, sound};

/// Parts of a name that are compared; the rest is left out.
pub(super) const MAX_PARTS: usize = 8;

/// One word of a name: as it is compared, as it sounds, and its consonants.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    text: String,
    sound: String,
    skeleton: String,
    length: usize,
    /// Which letters are in the text, and which in the sound.
    letters: [u64; 2],
}

impl Part {
    fn new(text: &str) -> Self {
        let sound = sound(text);
        let skeleton = skeleton(&sound);
        let (length, letters) = (text.chars().count(), [text, &sound].map(letters));
        Self { text: text.to_owned(), sound, skeleton, length, letters }
    }

    /// In small letters, without accents.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As it sounds.
    #[must_use]
    pub fn sound(&self) -> &str {
        &self.sound
    }

    /// The consonants of how it sounds.
    #[must_use]
    pub fn skeleton(&self) -> &str {
        &self.skeleton
    }

    fn is_initial(&self) -> bool {
        self.length == 1
    }

    /// How two parts agree, if they do.
    fn agrees(&self, other: &Self) -> Option<PartAgreement> {
        if self.text == other.text {
            return Some(if self.is_initial() {
                PartAgreement::Initial
            } else {
                PartAgreement::Exact
            });
        }
        if self.is_initial() || other.is_initial() {
            let alike = self.text.chars().next() == other.text.chars().next()
                || self.sound.chars().next() == other.sound.chars().next();
            return alike.then_some(PartAgreement::Initial);
        }
        if self.sound == other.sound {
            return Some(PartAgreement::Sound);
        }
        let allowed = match self.length.min(other.length) {
            0..=4 => return None,
            5..=8 => 1,
            _long => 2,
        };
        let [text, sound] = self.letters;
        let [its_text, its_sound] = other.letters;
        let near = |(one, letters): (&str, u64), (other, others): (&str, u64)| {
            // A slip takes one letter out and puts one in at most: who has more of other letters is
            // told apart without counting slips.
            (letters ^ others).count_ones() <= 2 * allowed
                && usize::try_from(allowed).is_ok_and(|allowed| {
                    one.len().abs_diff(other.len()) <= allowed
                        && strsim::damerau_levenshtein(one, other) <= allowed
                })
        };
        (near((&self.sound, sound), (&other.sound, its_sound))
            || near((&self.text, text), (&other.text, its_text)))
        .then_some(PartAgreement::Typo)
    }
}

/// Which letters a text has: one bit for each, shared by few.
fn letters(text: &str) -> u64 {
    text.chars().fold(0, |letters, letter| letters | 1 << (u32::from(letter) % u64::BITS))
}

/// Prints nothing of the name.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Part")
    }
}

/// A person's name, taken apart. Who is not named (NN, *sin identificar*) has none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonName {
    parts: Vec<Part>,
    aliases: Vec<Part>,
    /// How each part and the next sound as one word: what one person writes as two, another as one.
    joined: Vec<String>,
}

impl PersonName {
    /// Takes a name apart, and what is written beside it as alias. None if it names nobody.
    #[must_use]
    pub fn new(name: &str, alias: &str) -> Option<Self> {
        let (parts, aliases) = parse::parse(name, alias);
        let parts: Vec<Part> = parts.iter().map(|part| Part::new(part)).collect();
        let aliases: Vec<Part> = aliases.iter().map(|part| Part::new(part)).collect();
        let next = parts.iter().skip(1);
        let pairs = parts.iter().zip(next);
        let joined = pairs.map(|(one, two)| sound(&format!("{}{}", one.text, two.text))).collect();
        (!parts.is_empty() || !aliases.is_empty()).then_some(Self { parts, aliases, joined })
    }

    /// Its parts in their order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The words by which the person is also known.
    #[must_use]
    pub fn aliases(&self) -> &[Part] {
        &self.aliases
    }

    /// How far two names agree.
    #[must_use]
    pub fn compare(&self, other: &Self) -> NameMatch {
        let mut sides = Sides::new(self.parts.len(), other.parts.len());
        align(&mut sides, |one, two| self.parts.get(one)?.agrees(other.parts.get(two)?));
        self.join_compounds(other, &mut sides);
        let alias = self.aliases.iter().any(|one| {
            other.aliases.iter().any(|two| !one.is_initial() && one.agrees(two).is_some())
        });
        sides.finish(alias)
    }

    /// How each part and the next sound as one word.
    pub(super) fn joined(&self) -> &[String] {
        &self.joined
    }

    /// What one writes as one word and the other as two: Juancarlos, Delahoz.
    fn join_compounds(&self, other: &Self, sides: &mut Sides) {
        for (one, part) in self.parts.iter().enumerate() {
            for (two, its) in other.parts.iter().enumerate() {
                if self.joined.get(one) == Some(&its.sound) {
                    sides.agree_joined((one, one + 1), (two, two));
                }
                if other.joined.get(two) == Some(&part.sound) {
                    sides.agree_joined((one, one), (two, two + 1));
                }
            }
        }
    }
}

/// Prints how many parts there are, never which.
impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonName({} parts, {} aliases)", self.parts.len(), self.aliases.len())
    }
}

#[cfg(test)]
mod tests;
