//! Rows of a CSV file, each with the lines that it stands on.
//!
//! A file is data of unknown origin: its size, rows, columns and cells are bounded, and what does
//! not read is told with its line. One row is held at a time.

mod tap;

use std::io::Read;

use self::tap::Tap;
use super::{
    encoding::Encoding,
    error::FileError,
    outcome::{Reason, Warning},
    row::{self, BadRow, Row, RowSpan},
    text,
};
use ::csv::{ByteRecord, Reader, ReaderBuilder};

/// Bytes of one file.
pub const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Rows of one file.
pub const MAX_ROWS: u64 = 500_000;
/// Columns of one file.
pub const MAX_COLUMNS: usize = 512;
/// Bytes of one row, and of all texts of one incident: it has to fit one change of a document.
pub const MAX_ROW_BYTES: usize = 96 * 1024;
/// Bytes from one row's beginning to its end, its quotes and line breaks included, that are read
/// before the file is given up: what is longer is no row but a quote that is never closed.
pub const MAX_RAW_ROW_BYTES: usize = 4 * 1024 * 1024;

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

/// A file whose header is read, and whose rows are read one by one.
pub struct Sheet<R> {
    cursor: Cursor<R>,
    record: ByteRecord,
    header: Vec<String>,
    format: Format,
}

impl<R> std::fmt::Debug for Sheet<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sheet({} columns)", self.header.len())
    }
}

impl<R: Read> Sheet<R> {
    /// Reads the header of a file.
    ///
    /// # Errors
    /// When the file does not read, is no CSV file, or its header does not read.
    pub fn open(source: R, format: Format) -> Result<Self, FileError> {
        let mut cursor = Cursor::new(source, format)?;
        let mut record = ByteRecord::new();
        if cursor.next_record(&mut record)?.is_none() {
            return Err(FileError::Empty);
        }
        let header = header(&record, format)?;
        Ok(Self { cursor, record, header, format })
    }

    /// Names of the columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row below the header; none at the end.
    ///
    /// # Errors
    /// When the file does not read any further.
    pub fn next_row(&mut self) -> Result<Option<Result<Row, BadRow>>, FileError> {
        let Some(span) = self.cursor.next_record(&mut self.record)? else { return Ok(None) };
        let row = if self.cursor.ended_in_quotes(span) {
            Err(Reason::UnclosedQuote)
        } else {
            self.row(&self.record)
        };
        Ok(Some(match row {
            Ok((cells, warnings)) => Ok(Row { span, cells, warnings }),
            Err(reason) => Err(BadRow { span, reason }),
        }))
    }

    fn row(&self, record: &ByteRecord) -> Result<(Vec<String>, Vec<Warning>), Reason> {
        row::sizes(&self.header, record.iter().map(<[u8]>::len))?;
        let (cells, warnings) = self.decode(record)?;
        Ok((row::checked(&self.header, cells)?, warnings))
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
            Ok(text.into_owned())
        };
        self.header.iter().zip(record).map(decode).collect()
    }
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
    row::once_each(&names)?;
    Ok(names)
}

/// Reads records and counts the lines between them: the parser's own count stands before the line
/// breaks that it skips.
struct Cursor<R> {
    reader: Reader<Tap<R>>,
    /// The bytes of the last record, without the line breaks around it.
    own: Vec<u8>,
    line: u64,
    /// The last byte that was counted: a line feed behind a carriage return is no line of its own.
    previous: u8,
}

impl<R: Read> Cursor<R> {
    fn new(source: R, format: Format) -> Result<Self, FileError> {
        let tap = Tap::new(source)?;
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(format.delimiter);
        Ok(Self { reader: builder.from_reader(tap), own: Vec::new(), line: 1, previous: b' ' })
    }

    fn next_record(&mut self, record: &mut ByteRecord) -> Result<Option<RowSpan>, FileError> {
        let read = self.reader.read_byte_record(record);
        if let Some(error) = self.reader.get_mut().take_error(self.line) {
            return Err(error);
        }
        if !read.map_err(std::io::Error::other)? {
            return Ok(None);
        }
        let upto = self.reader.position().byte();
        let bytes = self.reader.get_mut().take(upto);
        let is_break = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
        let before = bytes.iter().take_while(is_break).count();
        let after = bytes.iter().skip(before).rev().take_while(is_break).count();
        let own = before..bytes.len().saturating_sub(after);
        let (mut line, mut previous) = (self.line, self.previous);
        count_lines(bytes.get(..own.start).unwrap_or_default(), &mut line, &mut previous);
        let first = line;
        self.own.clear();
        self.own.extend_from_slice(bytes.get(own.clone()).unwrap_or_default());
        count_lines(&self.own, &mut line, &mut previous);
        let last_line = line;
        count_lines(bytes.get(own.end..).unwrap_or_default(), &mut line, &mut previous);
        (self.line, self.previous) = (line, previous);
        Ok(Some(RowSpan { line: first, last_line }))
    }

    /// Whether the file ended inside a quoted cell of the last record: an odd number of quotes, and
    /// lines swallowed by it.
    fn ended_in_quotes(&self, span: RowSpan) -> bool {
        self.reader.get_ref().is_at_end()
            && span.last_line > span.line
            && self.own.iter().filter(|byte| **byte == b'"').count() % 2 == 1
    }
}

fn count_lines(bytes: &[u8], line: &mut u64, previous: &mut u8) {
    for byte in bytes {
        let breaks = match *byte {
            b'\r' => true,
            b'\n' => *previous != b'\r',
            _ => false,
        };
        *line += u64::from(breaks);
        *previous = *byte;
    }
}

#[cfg(test)]
mod tests;
