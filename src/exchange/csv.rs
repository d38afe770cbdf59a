//! Rows of a CSV file, each with the lines that it stands on.
//!
//! A file is data of unknown origin: its size, rows, columns and cells are bounded, and what does
//! not read is told with its line. The whole file is held in memory, at most [`MAX_FILE_BYTES`].

use std::io::Read;

use ::csv::{ByteRecord, Reader, ReaderBuilder};
use serde::Serialize;

use crate::{
    exchange::{
        encoding::Encoding,
        outcome::{Reason, Warning},
        text,
    },
    model::limits::MAX_FIELD_BYTES,
};

/// Bytes of one file.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;
/// Rows of one file.
pub const MAX_ROWS: usize = 100_000;
/// Columns of one file.
pub const MAX_COLUMNS: usize = 512;
/// Bytes of one row, and of all texts of one incident: it has to fit one change of a document.
pub const MAX_ROW_BYTES: usize = 96 * 1024;

/// Why a file as a whole is not read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Reading failed.
    #[error("the file cannot be read")]
    Io(#[from] std::io::Error),
    /// The file is larger than what is read.
    #[error("the file is larger than {MAX_FILE_BYTES} bytes; split it and import the parts")]
    TooLarge,
    /// The file has more rows than what is read.
    #[error("the file has more than {MAX_ROWS} rows; split it and import the parts")]
    TooManyRows,
    /// The header has more columns than what is read.
    #[error("the header has {found} columns, at most {MAX_COLUMNS} are read")]
    TooManyColumns {
        /// Columns of the header.
        found: usize,
    },
    /// There is no header.
    #[error("the file is empty")]
    Empty,
    /// The bytes are another kind of file.
    #[error("this is {kind}, not a CSV file; save it as CSV, UTF-8")]
    NotCsv {
        /// What it looks like.
        kind: &'static str,
    },
    /// The header is not text in the file's encoding.
    #[error("the header is not {encoding}; set encoding or fallback_encoding in the mapping")]
    HeaderEncoding {
        /// The encoding that the mapping says.
        encoding: &'static str,
    },
    /// Two columns have one name.
    #[error("the header has the column {column:?} twice; rename one of them")]
    DuplicateColumn {
        /// The name.
        column: String,
    },
    /// A column that the mapping uses is not there.
    #[error(
        "the file has no column {}; it has: {}{}",
        missing.join(", "),
        found.join(", "),
        if found.len() == 1 { " (is the mapping's delimiter the file's?)" } else { "" }
    )]
    MissingColumns {
        /// The columns that are missing.
        missing: Vec<String>,
        /// The columns that are there.
        found: Vec<String>,
    },
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Byte between cells.
    pub delimiter: u8,
    /// How characters are written.
    pub encoding: Encoding,
    /// How the characters of a row are read that is not in `encoding`.
    pub fallback: Option<Encoding>,
}

impl Default for Format {
    fn default() -> Self {
        Self { delimiter: b',', encoding: Encoding::Utf8, fallback: None }
    }
}

/// The lines of the file that a row stands on, from 1; a quoted cell may span lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RowSpan {
    /// Line on which the row begins.
    pub line: u64,
    /// Line on which it ends.
    pub last_line: u64,
}

/// A row that reads: as many clean cells as the header has.
#[derive(Debug)]
pub struct Row {
    /// Where it stands.
    pub span: RowSpan,
    /// Its cells, trimmed and composed.
    pub cells: Vec<String>,
    /// What had to be done to read it.
    pub warnings: Vec<Warning>,
}

/// A row that does not read.
#[derive(Debug)]
pub struct BadRow {
    /// Where it stands.
    pub span: RowSpan,
    /// Why it does not read.
    pub reason: Reason,
}

/// A file whose header is read.
pub struct Sheet {
    bytes: Vec<u8>,
    body: usize,
    header: Vec<String>,
    format: Format,
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sheet({} bytes, {} columns)", self.bytes.len(), self.header.len())
    }
}

impl Sheet {
    /// Reads a file and its header.
    ///
    /// # Errors
    /// When the file does not read, is too large, is no CSV file, or its header does not read.
    pub fn read(source: impl Read, format: Format) -> Result<Self, FileError> {
        let bytes = bounded(source)?;
        let mut cursor = Cursor::new(&bytes, 0, format);
        let mut record = ByteRecord::new();
        let Some(_span) = cursor.next_record(&mut record)? else { return Err(FileError::Empty) };
        let header = header(&record, format)?;
        let body = cursor.offset();
        Ok(Self { body, header, format, bytes })
    }

    /// Names of the columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Reads all rows below the header.
    ///
    /// # Errors
    /// When there are more than [`MAX_ROWS`].
    pub fn rows(&self) -> Result<Vec<Result<Row, BadRow>>, FileError> {
        let mut cursor = Cursor::new(&self.bytes, self.body, self.format);
        let mut record = ByteRecord::new();
        let mut rows = Vec::new();
        while let Some(span) = cursor.next_record(&mut record)? {
            if rows.len() == MAX_ROWS {
                return Err(FileError::TooManyRows);
            }
            let row = if cursor.ended_in_quotes(span) {
                Err(Reason::UnclosedQuote)
            } else {
                self.row(&record)
            };
            rows.push(match row {
                Ok((cells, warnings)) => Ok(Row { span: span.lines, cells, warnings }),
                Err(reason) => Err(BadRow { span: span.lines, reason }),
            });
        }
        Ok(rows)
    }

    fn row(&self, record: &ByteRecord) -> Result<(Vec<String>, Vec<Warning>), Reason> {
        let bytes = record.as_slice().len();
        if record.iter().all(<[u8]>::is_empty) {
            return Err(Reason::Empty);
        }
        if record.len() != self.header.len() {
            return Err(Reason::CellCount { expected: self.header.len(), found: record.len() });
        }
        for (column, cell) in self.header.iter().zip(record) {
            if cell.len() > MAX_FIELD_BYTES {
                let (column, bytes) = (column.clone(), cell.len());
                return Err(Reason::CellTooLong { column, bytes, limit: MAX_FIELD_BYTES });
            }
        }
        if bytes > MAX_ROW_BYTES {
            return Err(Reason::RowTooLong { bytes, limit: MAX_ROW_BYTES });
        }
        let (cells, warnings) = self.decode(record)?;
        if cells.iter().all(String::is_empty) {
            Err(Reason::Empty)
        } else if cells == self.header {
            Err(Reason::RepeatsHeader)
        } else {
            Ok((cells, warnings))
        }
    }

    /// All cells in one encoding: a file that mixes encodings mixes them by row, where it was
    /// joined from two.
    fn decode(&self, record: &ByteRecord) -> Result<(Vec<String>, Vec<Warning>), Reason> {
        let encoding = self.format.encoding;
        match (self.decode_in(record, encoding), self.format.fallback) {
            (Err(Reason::Encoding { .. }), Some(fallback)) => {
                let warning = Warning::FallbackEncoding {
                    encoding: encoding.name(),
                    fallback: fallback.name(),
                };
                Ok((self.decode_in(record, fallback)?, vec![warning]))
            }
            (cells, _) => Ok((cells?, Vec::new())),
        }
    }

    fn decode_in(&self, record: &ByteRecord, encoding: Encoding) -> Result<Vec<String>, Reason> {
        let decode = |(column, cell): (&String, &[u8])| {
            let text = encoding.decode(cell).ok_or_else(|| Reason::Encoding {
                column: column.clone(),
                encoding: encoding.name(),
            })?;
            match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                Some(c) => Err(Reason::ControlCharacter {
                    column: column.clone(),
                    character: u32::from(c),
                }),
                None => Ok(text::clean(&text)),
            }
        };
        self.header.iter().zip(record).map(decode).collect()
    }
}

fn bounded(source: impl Read) -> Result<Vec<u8>, FileError> {
    let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLarge);
    }
    for (magic, kind) in [
        (&b"PK\x03\x04"[..], "a spreadsheet or zip file"),
        (&b"\xd0\xcf\x11\xe0"[..], "an old Excel file"),
        (&b"%PDF"[..], "a PDF"),
        (&b"\xff\xfe"[..], "UTF-16 text"),
        (&b"\xfe\xff"[..], "UTF-16 text"),
    ] {
        if bytes.starts_with(magic) {
            return Err(FileError::NotCsv { kind });
        }
    }
    Ok(bytes)
}

fn header(record: &ByteRecord, format: Format) -> Result<Vec<String>, FileError> {
    if record.len() > MAX_COLUMNS {
        return Err(FileError::TooManyColumns { found: record.len() });
    }
    let in_encoding = |encoding: Encoding| -> Option<Vec<String>> {
        record.iter().map(|cell| Some(text::clean(&encoding.decode(cell)?))).collect()
    };
    let names = in_encoding(format.encoding)
        .or_else(|| format.fallback.and_then(in_encoding))
        .ok_or_else(|| FileError::HeaderEncoding { encoding: format.encoding.name() })?;
    let mut sorted: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair.first() == pair.last()).and_then(<[_]>::first) {
        Some(twice) => Err(FileError::DuplicateColumn { column: text::cut(twice, 60) }),
        None => Ok(names),
    }
}

/// Bytes and lines of one record.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    lines: RowSpan,
}

/// Reads records and counts the lines between them: the parser's own count stands before the line
/// breaks that it skips.
struct Cursor<'a> {
    bytes: &'a [u8],
    reader: Reader<&'a [u8]>,
    base: usize,
    counted: usize,
    line: u64,
}

impl<'a> Cursor<'a> {
    fn new(bytes: &'a [u8], from: usize, format: Format) -> Self {
        let bom = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let base = from.max(bom);
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(format.delimiter);
        let reader = builder.from_reader(bytes.get(base..).unwrap_or_default());
        Self { bytes, reader, base, counted: 0, line: 1 }
    }

    fn offset(&self) -> usize {
        let read = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        self.base.saturating_add(read).min(self.bytes.len())
    }

    fn next_record(&mut self, record: &mut ByteRecord) -> Result<Option<Span>, FileError> {
        let from = self.offset();
        if !self.reader.read_byte_record(record).map_err(std::io::Error::other)? {
            return Ok(None);
        }
        let between = self.bytes.get(from..).unwrap_or_default();
        let start = from + between.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let line = self.line_at(start);
        let read = self.offset();
        let own = self.bytes.get(start..read).unwrap_or_default();
        let end = read - own.iter().rev().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let last_line = self.line_at(end);
        Ok(Some(Span { start, end, lines: RowSpan { line, last_line } }))
    }

    /// The line of the byte at this offset; offsets only grow.
    fn line_at(&mut self, offset: usize) -> u64 {
        let before = self.counted.checked_sub(1).and_then(|place| self.bytes.get(place)).copied();
        let mut previous = before.unwrap_or(b' ');
        for byte in self.bytes.get(self.counted..offset).unwrap_or_default() {
            let breaks = match *byte {
                b'\r' => true,
                b'\n' => previous != b'\r',
                _ => false,
            };
            self.line += u64::from(breaks);
            previous = *byte;
        }
        self.counted = self.counted.max(offset);
        self.line
    }

    /// Whether the file ended inside a quoted cell of this record: an odd number of quotes, and
    /// lines swallowed by it.
    fn ended_in_quotes(&self, span: Span) -> bool {
        let own = self.bytes.get(span.start..span.end).unwrap_or_default();
        self.offset() >= self.bytes.len()
            && span.lines.last_line > span.lines.line
            && own.iter().filter(|byte| **byte == b'"').count() % 2 == 1
    }
}

#[cfg(test)]
mod tests;
