//! How a command ends when it does not end well.

use std::{io, path::Path};

use super::tongue::Tongue;
use crate::api::{ApiError, ErrorKind};

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The request was refused or failed.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Standard output failed.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
    /// The command line made no sense, and the help was shown.
    #[error("the command line is not complete")]
    Explained,
    /// The result was printed, and it is that nothing of what was asked came to be.
    #[error("nothing of what was asked could be done")]
    Fruitless(ErrorKind),
    /// The result was printed, and it is that something does not hold.
    #[error("not every claim holds")]
    Disproved,
}

/// Exit code when the demo finds that a claim does not hold.
pub(crate) const EXIT_DISPROVED: u8 = 1;

/// Exit codes, for the long help and the man page.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0   done
  1   demo, export check: something does not hold
  2   the command or its input does not make sense as given
  3   what was named does not exist, or the name is ambiguous
  4   refused: the circle's rules or the consent forbid it
  5   the partner, the network or the running node did not answer
  6   the disk or a file failed
  7   wrong passphrase, or a damaged keystore
  8   another process has the home open
  70  a defect of ceiba; please report it

With --json an error is one line on standard error: {\"error\":{\"kind\":…,\"message\":…,\"hints\":[…]}}";

/// An error of the command line itself: its text and its hints are in the Fluent files under this
/// key, without `error-` it is the error's code. It is made in English, and said in the language of
/// whoever reads it.
pub(crate) fn own_error(
    kind: ErrorKind,
    key: &'static str,
    given: &[(&'static str, String)],
) -> ApiError {
    let given = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let code = key.strip_prefix("error-").unwrap_or(key);
    Tongue::default().error(&ApiError::new(kind, key).coded(code, given))
}

/// What could not be read or written of a file: `error-cannot-read`, `error-cannot-write`.
pub(crate) fn file_error(key: &'static str, path: &Path, error: &io::Error) -> ApiError {
    let missing = error.kind() == io::ErrorKind::NotFound;
    let kind = if missing { ErrorKind::NotFound } else { ErrorKind::Storage };
    own_error(kind, key, &[("file", path.display().to_string()), ("reason", error.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_is_in_the_help() {
        let kinds = [
            ErrorKind::Usage,
            ErrorKind::NotFound,
            ErrorKind::Refused,
            ErrorKind::Network,
            ErrorKind::Storage,
            ErrorKind::Locked,
            ErrorKind::Busy,
            ErrorKind::Internal,
        ];
        let codes = kinds.map(ErrorKind::exit_code);
        for code in codes.into_iter().chain([0, EXIT_DISPROVED]) {
            assert!(EXIT_CODES.contains(&format!("\n  {code} ")), "{code}");
        }
    }
}
