//! Errors that say what to do next.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Broad reason, which decides the exit code of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The request does not make sense as given. Exit code 2.
    Usage,
    /// What was named does not exist, or its name is ambiguous. Exit code 3.
    NotFound,
    /// The rules of the circle or the consent forbid it. Exit code 4.
    Refused,
    /// The partner or the network did not answer. Exit code 5.
    Network,
    /// The disk or a file failed. Exit code 6.
    Storage,
    /// Wrong passphrase, damaged keystore. Exit code 7.
    Locked,
    /// Another process has the home open. Exit code 8.
    Busy,
    /// A defect of ceiba. Exit code 70.
    Internal,
}

impl ErrorKind {
    /// Exit code of the command line.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Refused => 4,
            Self::Network => 5,
            Self::Storage => 6,
            Self::Locked => 7,
            Self::Busy => 8,
            Self::Internal => 70,
        }
    }
}

/// Why a request failed, for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// Broad reason.
    pub kind: ErrorKind,
    /// A stable name of this very error, for programs and for texts in other languages. Not every
    /// error has one yet; its kind is always there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the error with this code is about, by name: `file`, `path`, `option`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, String>,
    /// What failed, one sentence without a full stop, in English.
    pub message: String,
    /// What to do next, one sentence each.
    pub hints: Vec<String>,
}

impl ApiError {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let (code, given, hints) = (None, BTreeMap::new(), Vec::new());
        Self { kind, code, given, message: message.into(), hints }
    }

    /// The same error under a stable name, with what it is about.
    #[must_use]
    pub fn coded(mut self, code: impl Into<String>, given: BTreeMap<String, String>) -> Self {
        (self.code, self.given) = (Some(code.into()), given);
        self
    }

    /// The same error under a stable name, with what it is about.
    #[must_use]
    pub fn named(self, code: &str, given: &[(&str, &str)]) -> Self {
        let given = given.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        self.coded(code, given.collect())
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
