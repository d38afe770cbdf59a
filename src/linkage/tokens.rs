//! Keyed tokens of names: what partners compare who do not tell each other the names.
//!
//! Each part of a name gives three tokens: of its letters, of its sound, of its consonants. They are
//! made under a key that the members of a circle have, and cut to five bytes. Whoever has the key
//! can try out names, so tokens are for the members of the circle and hide nothing from who guesses
//! well; who has no key learns nothing from them. Tokens of different epochs cannot be compared.

use std::fmt;

use data_encoding::BASE32_NOPAD;

use super::names::{MAX_PARTS, NameMatch, PartAgreement, PersonName, Sides, align};

/// A keyed hash whose key the caller holds: one for each epoch of each circle.
pub type KeyedHash<'a> = &'a dyn Fn(&[u8]) -> [u8; 32];

/// Bytes of one token.
const TOKEN_BYTES: usize = 5;
/// Characters of one token.
const TOKEN_CHARS: usize = 8;
/// What a text of tokens begins with: its version.
const VERSION: &str = "1";
/// Characters of the longest text that is read.
const MAX_CHARS: usize = 500;
/// Characters of an epoch's name.
const MAX_EPOCH_CHARS: usize = 64;
/// Aliases that tokens are made of.
const MAX_ALIASES: usize = 4;

/// What a token is of. The same letters give another token for each.
#[derive(Debug, Clone, Copy)]
enum Of {
    Letters,
    Sound,
    Consonants,
    Birth,
}

impl Of {
    const fn label(self) -> &'static str {
        match self {
            Self::Letters => "ceiba linkage letters/1",
            Self::Sound => "ceiba linkage sound/1",
            Self::Consonants => "ceiba linkage consonants/1",
            Self::Birth => "ceiba linkage birth/1",
        }
    }
}

/// One token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Token([u8; TOKEN_BYTES]);

impl Token {
    fn new(keyed: KeyedHash<'_>, of: Of, text: &str) -> Self {
        let hash = keyed(&[of.label().as_bytes(), &[0], text.as_bytes()].concat());
        Self(hash.first_chunk().copied().unwrap_or_default())
    }

    fn parse(text: &str) -> Option<Self> {
        if text.len() != TOKEN_CHARS {
            return None;
        }
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        <[u8; TOKEN_BYTES]>::try_from(bytes).ok().map(Self)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// The tokens of one part of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartTokens {
    letters: Token,
    pub(super) sound: Token,
    /// None for a part of few consonants, which would be like too many others.
    consonants: Option<Token>,
}

impl PartTokens {
    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = Token> {
        [self.letters, self.sound].into_iter().chain(self.consonants)
    }

    fn agrees(&self, other: &Self) -> Option<PartAgreement> {
        if self.letters == other.letters {
            Some(PartAgreement::Exact)
        } else if self.sound == other.sound {
            Some(PartAgreement::Sound)
        } else if self.consonants.is_some() && self.consonants == other.consonants {
            Some(PartAgreement::Typo)
        } else {
            None
        }
    }
}

/// The tokens of one victim under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTokens {
    epoch: String,
    parts: Vec<PartTokens>,
    aliases: Vec<Token>,
    birth: Option<Token>,
}

impl NameTokens {
    /// Makes the tokens of a name under the key of an epoch.
    #[must_use]
    pub fn new(
        epoch: &str,
        keyed: KeyedHash<'_>,
        name: &PersonName,
        birth_year: Option<i16>,
    ) -> Self {
        let parts = name.parts().iter().map(|part| PartTokens {
            letters: Token::new(keyed, Of::Letters, part.text()),
            sound: Token::new(keyed, Of::Sound, part.sound()),
            consonants: (!part.skeleton().is_empty())
                .then(|| Token::new(keyed, Of::Consonants, part.skeleton())),
        });
        let aliases = name.aliases().iter().take(MAX_ALIASES);
        Self {
            epoch: epoch.to_owned(),
            parts: parts.collect(),
            aliases: aliases.map(|part| Token::new(keyed, Of::Sound, part.sound())).collect(),
            birth: birth_year.map(|year| Token::new(keyed, Of::Birth, &year.to_string())),
        }
    }

    /// Reads tokens from a facet. None if they are of another version, or are none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_CHARS {
            return None;
        }
        let mut fields = text.split('.');
        let (version, epoch) = (fields.next()?, fields.next()?);
        let (parts, aliases, birth) = (fields.next()?, fields.next()?, fields.next()?);
        let named = (1..=MAX_EPOCH_CHARS).contains(&epoch.len())
            && epoch.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if version != VERSION || fields.next().is_some() || !named {
            return None;
        }
        let list = |text: &str, most: usize| -> Option<Vec<String>> {
            let items: Vec<String> = text
                .split('-')
                .filter(|it| !it.is_empty())
                .take(most + 1)
                .map(str::to_owned)
                .collect();
            (items.len() <= most).then_some(items)
        };
        let read_part = |part: &String| -> Option<PartTokens> {
            let mut tokens = part.split('+');
            let (letters, sound) = (tokens.next()?, tokens.next()?);
            let consonants = match tokens.next() {
                Some(text) => Some(Token::parse(text)?),
                None => None,
            };
            let whole = tokens.next().is_none();
            let (letters, sound) = (Token::parse(letters)?, Token::parse(sound)?);
            whole.then_some(PartTokens { letters, sound, consonants })
        };
        Some(Self {
            epoch: epoch.to_owned(),
            parts: list(parts, MAX_PARTS)?.iter().map(read_part).collect::<Option<_>>()?,
            aliases: list(aliases, MAX_ALIASES)?
                .iter()
                .map(|it| Token::parse(it))
                .collect::<Option<_>>()?,
            birth: if birth.is_empty() { None } else { Some(Token::parse(birth)?) },
        })
    }

    /// The epoch under whose key they were made, as it was named then.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    pub(super) fn parts(&self) -> &[PartTokens] {
        &self.parts
    }

    pub(super) fn aliases(&self) -> &[Token] {
        &self.aliases
    }

    /// How far two names agree, as their tokens tell; none if they are of different epochs.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<NameMatch> {
        if self.epoch != other.epoch {
            return None;
        }
        let mut sides = Sides::new(self.parts.len(), other.parts.len());
        align(&mut sides, |one, two| self.parts.get(one)?.agrees(other.parts.get(two)?));
        let alias = self.aliases.iter().any(|token| other.aliases.contains(token));
        Some(sides.finish(alias))
    }

    /// Whether the years of birth agree, where both are known.
    #[must_use]
    pub fn birth_agrees(&self, other: &Self) -> Option<bool> {
        Some(self.birth? == other.birth?)
    }
}

impl fmt::Display for NameTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| {
                let consonants = part.consonants.map(|token| format!("+{token}"));
                format!("{}+{}{}", part.letters, part.sound, consonants.unwrap_or_default())
            })
            .collect();
        let aliases: Vec<String> = self.aliases.iter().map(Token::to_string).collect();
        let birth = self.birth.map(|token| token.to_string()).unwrap_or_default();
        write!(f, "{VERSION}.{}.{}.{}.{birth}", self.epoch, parts.join("-"), aliases.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linkage::names::NameLevel;

    fn tokens(key: u8, name: &str) -> NameTokens {
        let keyed = move |bytes: &[u8]| blake3::keyed_hash(&[key; 32], bytes).into();
        NameTokens::new(&format!("e{key}"), &keyed, &PersonName::new(name, "").unwrap(), Some(1980))
    }

    #[test]
    fn tokens_agree_as_names_do() {
        let one = tokens(1, "María Fernanda Quispe Mamani");
        let level = |name: &str| one.compare(&tokens(1, name)).unwrap().level;
        assert_eq!(level("MARIA FERNANDA QUISPE"), NameLevel::Full);
        assert_eq!(level("Maria Fernanda Quizpe Mamany"), NameLevel::Full);
        assert_eq!(level("Maria Quispe"), NameLevel::Partial);
        assert_eq!(level("Elena Tapuy Grefa"), NameLevel::None);
        assert_eq!(one.birth_agrees(&tokens(1, "X Y Zeta Beta")), Some(true));
    }

    #[test]
    fn another_epoch_is_not_compared_and_tells_nothing() {
        let (one, other) = (tokens(1, "Elena Tapuy"), tokens(2, "Elena Tapuy"));
        assert!(one.compare(&other).is_none());
        let (one, other) = (one.to_string(), other.to_string());
        let rest =
            |text: &str| text.split_once("e").unwrap().1.split_once('.').unwrap().1.to_owned();
        assert!(
            !rest(&one)
                .split(['.', '-', '+'])
                .filter(|it| !it.is_empty())
                .any(|it| other.contains(it))
        );
    }

    #[test]
    fn they_fit_a_field_and_read_back() {
        let long = tokens(
            1,
            "Uno Dosdos Trestres Cuatro Cincoc Seisei Sietes Ochoch Nuevee (Alias Otro Masmas Yotro Quinto)",
        );
        let text = long.to_string();
        assert!(text.len() <= MAX_CHARS, "{}", text.len());
        assert_eq!(NameTokens::parse(&text), Some(long));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(1\\.[a-f0-9]{0,20}\\.)?[a-z2-7.+-]{0,80}") {
            if let Some(tokens) = NameTokens::parse(&text) {
                prop_assert_eq!(NameTokens::parse(&tokens.to_string()), Some(tokens));
            }
        }
    }
}
