//! Choices for the generator: the same at each run.

use super::words::Word;

/// Which word of a [`Word`] a list uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    Spanish,
    Portuguese,
}

impl Tongue {
    pub(super) fn of(self, word: &Word) -> String {
        match self {
            Self::Spanish => word.1.to_owned(),
            Self::Portuguese => word.2.to_owned(),
        }
    }

    pub(super) fn choose<T>(self, [spanish, portuguese]: [T; 2]) -> T {
        match self {
            Self::Spanish => spanish,
            Self::Portuguese => portuguese,
        }
    }
}

/// A stream of choices.
pub(super) struct Dice(blake3::OutputReader);

impl Dice {
    pub(super) fn new(purpose: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("ceiba synthetic sample/1");
        hasher.update(purpose.as_bytes());
        Self(hasher.finalize_xof())
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        usize::try_from(u32::from_le_bytes(bytes)).unwrap() % bound
    }

    pub(super) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub(super) fn some_of(
        &mut self,
        from: &[Word],
        most: usize,
        tongue: Tongue,
        separator: &str,
    ) -> String {
        let count = self.below(most + 1);
        let mut words: Vec<String> = (0..count).map(|_| tongue.of(self.pick(from))).collect();
        words.sort_unstable();
        words.dedup();
        words.join(separator)
    }
}
