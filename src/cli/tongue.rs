//! Texts for people in their language: Fluent files that are part of the program.
//!
//! `src/cli/locale/en/*.ftl` has every text of renderers, prompts and errors of the command line
//! in English, `es` and `pt` have the same keys. Help is different: its English texts are the doc
//! comments of the commands, and `es/help-*.ftl` and `pt/help-*.ftl` translate them.

mod catalogue;
pub(crate) mod help;
#[cfg(test)]
mod tests;
mod usage;

use std::{borrow::Cow, collections::BTreeMap};

use fluent_bundle::{FluentArgs, FluentValue};

use crate::{
    api::{ApiError, ErrorKind},
    model::vocabulary::{Language, Vocabulary},
};

/// Hints that an error of the command line has at most.
const MAX_HINTS: usize = 4;

/// The language in which the command line speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tongue(Language);

impl Tongue {
    /// Speaks this language.
    #[must_use]
    pub const fn new(language: Language) -> Self {
        Self(language)
    }

    /// What a Unix environment asks for: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is
    /// set decides, as everywhere; English if it is none of our languages.
    #[must_use]
    pub fn of_locale(all: Option<&str>, messages: Option<&str>, lang: Option<&str>) -> Self {
        let set = [all, messages, lang].into_iter().flatten().find(|name| !name.is_empty());
        let code = set.and_then(|name| name.split(['_', '-', '.', '@']).next());
        let known = code.and_then(|code| Language::from_code(&code.to_ascii_lowercase()));
        Self(known.unwrap_or_default())
    }

    /// The language.
    #[must_use]
    pub const fn language(self) -> Language {
        self.0
    }

    /// A text without arguments, on one line: a heading, a label, a sentence.
    pub(crate) fn word(self, key: &'static str) -> &'static str {
        self.find_word(key).or_else(|| Self::default().find_word(key)).unwrap_or(key)
    }

    /// A text on one line whose key is made while the program runs; only in this language.
    pub(crate) fn find_word(self, key: &str) -> Option<&'static str> {
        match catalogue::text(self.0, key, None, None)? {
            Cow::Borrowed(text) => Some(text),
            Cow::Owned(_several_lines) => None,
        }
    }

    /// A text with arguments: `tongue.say("shown-of-total", &[("total", total.into())])`.
    pub(crate) fn say(
        self,
        key: &'static str,
        given: &[(&'static str, FluentValue<'_>)],
    ) -> String {
        let arguments: FluentArgs<'_> =
            given.iter().map(|(name, value)| (*name, value.clone())).collect();
        let found = [self.0, Language::English]
            .into_iter()
            .find_map(|language| catalogue::text(language, key, None, Some(&arguments)));
        found.map_or_else(|| key.to_owned(), Cow::into_owned)
    }

    /// A text with arguments whose key is made while the program runs.
    pub(crate) fn find_with(self, key: &str, given: &BTreeMap<&str, String>) -> Option<String> {
        let arguments: FluentArgs<'_> =
            given.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let found = catalogue::text(self.0, key, None, Some(&arguments));
        found.map(Cow::into_owned)
    }

    /// A text whose key is made while the program runs; only in this language.
    pub(crate) fn find(self, key: &str, attribute: Option<&str>) -> Option<String> {
        catalogue::text(self.0, key, attribute, None).map(Cow::into_owned)
    }

    /// An error with its message and hints in this language. Without a code that the files know,
    /// it stays as it is: a node says it in English.
    pub(crate) fn error(self, error: &ApiError) -> ApiError {
        let Some(code) = &error.code else { return error.clone() };
        let given: FluentArgs<'_> =
            error.given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // Ours first; what a node says is translated only.
        let keys = [format!("error-{code}"), format!("node-error-{code}")];
        let known = keys.iter().find(|key| catalogue::text(self.0, key, None, None).is_some());
        let Some(key) = known else { return error.clone() };
        let say = |attribute: Option<&str>| catalogue::text(self.0, key, attribute, Some(&given));
        let Some(message) = say(None) else { return error.clone() };
        let hints = (1..=MAX_HINTS).map_while(|number| say(Some(&format!("hint-{number}"))));
        let hints = hints.map(Cow::into_owned).collect();
        ApiError { message: message.into_owned(), hints, ..error.clone() }
    }

    /// An error for whoever reads standard error.
    pub(crate) fn error_line(self, error: &ApiError) -> String {
        let said = self.error(error);
        let message = ("message", said.message.as_str().into());
        let translated = self.0 == Language::English || said.message != error.message;
        let mut text = if translated || said.code.is_some() {
            self.say("error-is", &[message])
        } else {
            let kind = self.word(error_kind(error.kind));
            self.say("error-is-of-kind", &[message, ("kind", kind.into())])
        };
        for hint in &said.hints {
            text.push('\n');
            text.push_str(&self.say("error-hint", &[("hint", hint.as_str().into())]));
        }
        text
    }

    /// What a code of a list is called; the code itself if the program does not know it.
    pub(crate) fn label(self, list: &str, code: &str) -> String {
        let term = Vocabulary::built_in().term(list, code);
        term.map_or(code, |term| term.label(self.0)).to_owned()
    }
}

const fn error_kind(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Usage => "error-kind-usage",
        ErrorKind::NotFound => "error-kind-not-found",
        ErrorKind::Refused => "error-kind-refused",
        ErrorKind::Network => "error-kind-network",
        ErrorKind::Storage => "error-kind-storage",
        ErrorKind::Locked => "error-kind-locked",
        ErrorKind::Busy => "error-kind-busy",
        ErrorKind::Internal => "error-kind-internal",
    }
}
