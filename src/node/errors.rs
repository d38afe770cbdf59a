//! Failures below, as what a person is told and can do about it.

use crate::{
    api::{ApiError, ErrorKind},
    crypto::keystore::KeystoreError,
    doc::EditError,
    replica::{StorageError, WriteError},
    store::HomeError,
};

/// A sentence for an error and what caused it, without what an error repeats of its cause.
pub(crate) fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let cause_text = error.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        cause = error.source();
    }
    text
}

/// What was named does not exist.
pub(crate) fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorKind::NotFound, message)
}

/// The rules forbid it.
pub(crate) fn refused(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorKind::Refused, message)
}

/// The request makes no sense as given.
pub(crate) fn usage(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorKind::Usage, message)
}

/// A defect of ceiba.
pub(crate) fn internal(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorKind::Internal, message)
        .hint("this is a defect: please report it, without names or places of any case")
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        Self::new(ErrorKind::Storage, error.to_string())
            .hint("check that the disk is not full and that the home is writable")
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        let kind = match &error {
            WriteError::UnknownCircle => ErrorKind::NotFound,
            WriteError::NotEntitled
            | WriteError::CutOff
            | WriteError::DepositsOnly
            | WriteError::NoDepositKey => ErrorKind::Refused,
            WriteError::TooLarge => ErrorKind::Usage,
            WriteError::Log(_) | WriteError::Grant(_) => ErrorKind::Internal,
            WriteError::Storage(_) => ErrorKind::Storage,
        };
        let told = Self::new(kind, sentence(&error));
        if matches!(error, WriteError::NoDepositKey) {
            return told.hint("`ceiba sync` with another device of the organisation brings it");
        }
        told
    }
}

impl From<EditError> for ApiError {
    fn from(error: EditError) -> Self {
        Self::new(ErrorKind::Refused, sentence(&error))
    }
}

impl From<HomeError> for ApiError {
    fn from(error: HomeError) -> Self {
        let (kind, hint) = match &error {
            HomeError::None(_) => (
                ErrorKind::NotFound,
                "create one with `ceiba init --org NAME`, or name its folder with --home DIR",
            ),
            HomeError::Locked(_) => (
                ErrorKind::Busy,
                "commands reach the running node by themselves; `ceiba stop` stops it",
            ),
            HomeError::Exists(_) | HomeError::NotEmpty(_) => {
                (ErrorKind::Refused, "choose another folder with --home DIR")
            }
            HomeError::Newer { .. } => (
                ErrorKind::Refused,
                "update ceiba; if no newer one was ever used here, restore the home's file format \
                 from a backup",
            ),
            HomeError::Format(_) => (
                ErrorKind::Storage,
                "write the file with that line, or restore it from a backup; nothing else is lost",
            ),
            HomeError::Io { .. } => (ErrorKind::Storage, "check the folder's rights and the disk"),
        };
        Self::new(kind, sentence(&error)).hint(hint)
    }
}

impl From<KeystoreError> for ApiError {
    fn from(error: KeystoreError) -> Self {
        let kind = match &error {
            KeystoreError::Seal(_) => ErrorKind::Storage,
            KeystoreError::TooLarge { .. }
            | KeystoreError::Format
            | KeystoreError::ExcessiveWork { .. }
            | KeystoreError::Passphrase
            | KeystoreError::Damaged
            | KeystoreError::Version { .. } => ErrorKind::Locked,
        };
        let hint = if matches!(error, KeystoreError::Passphrase) {
            "the passphrase is the one given at `ceiba init`; if you are sure of it, keystore.age \
             is damaged: restore it from a backup"
        } else {
            "restore keystore.age from a backup of the home; without it nothing in the home can be \
             read: make a new home with `ceiba init` and ask your partners for an invite"
        };
        Self::new(kind, sentence(&error)).hint(hint)
    }
}
