//! The bytes of a row as they stand in the file, while a parser reads it.

use std::io::{self, Read};

use super::{MAX_FILE_BYTES, MAX_RAW_ROW_BYTES};
use crate::exchange::error::FileError;

/// Hands bytes on and keeps those of the current row. Also bounds the file and the row.
pub(super) struct Tap<R> {
    source: R,
    /// What was read of the source and not handed on yet: its beginning, without the mark.
    ahead: Vec<u8>,
    kept: Vec<u8>,
    /// Where in `kept` the current row begins.
    start: usize,
    /// Bytes of the file before `kept`.
    before: u64,
    read: u64,
    ended: bool,
    error: Option<Excess>,
}

#[derive(Debug, Clone, Copy)]
enum Excess {
    File,
    Row,
}

/// Bytes at the beginning by which other kinds of files are known.
const HEAD: usize = 4;

impl<R: Read> Tap<R> {
    pub(super) fn new(mut source: R) -> Result<Self, FileError> {
        let mut ahead = Vec::new();
        source.by_ref().take(HEAD as u64).read_to_end(&mut ahead)?;
        for (magic, kind) in [
            (&b"PK\x03\x04"[..], "a spreadsheet or zip file"),
            (&b"\xd0\xcf\x11\xe0"[..], "an old Excel file"),
            (&b"%PDF"[..], "a PDF"),
            (&b"\xff\xfe"[..], "UTF-16 text"),
            (&b"\xfe\xff"[..], "UTF-16 text"),
        ] {
            if ahead.starts_with(magic) {
                return Err(FileError::NotCsv { kind });
            }
        }
        if ahead.starts_with(b"\xef\xbb\xbf") {
            ahead.drain(..3);
        }
        let (kept, start, before, read) = (Vec::new(), 0, 0, 0);
        Ok(Self { source, ahead, kept, start, before, read, ended: false, error: None })
    }

    /// The bytes up to this place of what was handed on, which then are forgotten.
    pub(super) fn take(&mut self, upto: u64) -> &[u8] {
        if self.start > self.kept.len() / 2 {
            self.kept.drain(..self.start);
            self.before += self.start as u64;
            self.start = 0;
        }
        let end = usize::try_from(upto.saturating_sub(self.before)).unwrap_or(usize::MAX);
        let end = end.clamp(self.start, self.kept.len());
        let from = std::mem::replace(&mut self.start, end);
        self.kept.get(from..end).unwrap_or_default()
    }

    /// Whether the file ended, and no row is left.
    pub(super) const fn is_at_end(&self) -> bool {
        self.ended && self.start == self.kept.len()
    }

    /// What was too large, if something was; the row began behind this line.
    pub(super) fn take_error(&mut self, line: u64) -> Option<FileError> {
        self.error.take().map(|excess| match excess {
            Excess::File => FileError::TooLarge,
            Excess::Row => FileError::RawRowTooLarge { line },
        })
    }

    fn refuse(&mut self, excess: Excess) -> io::Error {
        self.error = Some(excess);
        io::Error::other("too large")
    }
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.kept.len() - self.start > MAX_RAW_ROW_BYTES {
            return Err(self.refuse(Excess::Row));
        }
        let read = if self.ahead.is_empty() {
            self.source.read(buffer)?
        } else {
            let read = self.ahead.as_slice().read(buffer)?;
            self.ahead.drain(..read);
            read
        };
        self.ended = read == 0;
        self.read += read as u64;
        if self.read > MAX_FILE_BYTES {
            return Err(self.refuse(Excess::File));
        }
        self.kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}
