//! Files on this computer's disk: those that are sealed, and those that are opened.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use super::{failed, not_opened, not_scrubbed};
use crate::{
    api::{ApiError, ErrorKind, Progress},
    blob::{BlobRef, OpenError, Shelf, shelf::Unfinished},
    exchange::evidence::{
        Describing, Found,
        scrub::{MAX_SCRUBBED_BYTES, ScrubError},
    },
};

/// Why a file was not opened into another.
#[derive(Debug)]
pub(super) enum NotWritten {
    /// The blob does not open.
    Blob(OpenError),
    /// There is no place for it.
    Place(ApiError),
}

impl From<NotWritten> for ApiError {
    fn from(error: NotWritten) -> Self {
        match error {
            NotWritten::Blob(error) => not_opened(&error),
            NotWritten::Place(error) => error,
        }
    }
}

/// Opens a blob into a file that was not there.
pub(super) fn write_out(
    shelf: &Shelf,
    blob: &BlobRef,
    out: &Path,
    progress: impl Fn(Progress),
) -> Result<Found, NotWritten> {
    let place = |error: &io::Error| NotWritten::Place(cannot_write(out, error));
    let folder = out.parent().filter(|it| !it.as_os_str().is_empty());
    let unfinished = Unfinished::new(folder.unwrap_or_else(|| Path::new(".")));
    let mut unfinished = unfinished.map_err(|error| place(&error))?;
    let mut file = Hashing { out: unfinished.file(), seen: Describing::new(io::empty()) };
    let told = |done, all| progress(Progress::of("opening the file", done, all));
    let opened = shelf.get(blob, &mut file, told);
    let found = file.seen.finish();
    opened.map_err(NotWritten::Blob)?;
    unfinished.file().sync_all().map_err(|error| place(&error))?;
    unfinished.name(out).map_err(|error| place(&error))?;
    Ok(found)
}

/// Writes through, and describes what is written.
struct Hashing<'a> {
    out: &'a mut File,
    seen: Describing<io::Empty>,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.seen.note(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Opens a file that is to be sealed, and says its length.
pub(super) fn open_file(path: &Path) -> Result<(File, u64), ApiError> {
    let unreadable = |error: io::Error| {
        let missing = error.kind() == io::ErrorKind::NotFound;
        let kind = if missing { ErrorKind::NotFound } else { ErrorKind::Storage };
        let text = path.display().to_string();
        ApiError::new(kind, format!("cannot read {text}: {error}"))
            .hint("the node reads the file itself: it must be able to")
            .named("evidence-cannot-read", &[("file", &text), ("reason", &error.to_string())])
    };
    // Before it is opened: opening a pipe would wait for whoever writes into it.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(unreadable(io::ErrorKind::InvalidInput.into()));
    }
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(unreadable(io::ErrorKind::InvalidInput.into()));
    }
    Ok((file, about.len()))
}

pub(super) fn read_small(file: &mut File, size: u64) -> Result<Vec<u8>, ApiError> {
    if size > MAX_SCRUBBED_BYTES {
        return Err(not_scrubbed(&ScrubError::TooLarge(size)));
    }
    let mut bytes = Vec::new();
    let most = MAX_SCRUBBED_BYTES.saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    Ok(bytes)
}

/// Refuses a place where there is something.
pub(super) fn check_out(out: &Path) -> Result<(), ApiError> {
    match std::fs::symlink_metadata(out) {
        Ok(_there) => Err(cannot_write(out, &io::ErrorKind::AlreadyExists.into())),
        Err(_not_there) => Ok(()),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> ApiError {
    let text = path.display().to_string();
    ApiError::new(ErrorKind::Storage, format!("cannot write {text}: {error}"))
        .named("evidence-cannot-write", &[("file", &text), ("reason", &error.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if made.is_ok_and(|status| status.success()) {
            assert_eq!(open_file(&pipe).unwrap_err().kind, ErrorKind::Storage);
        }
    }
}
