//! Why a file as a whole is not read.

use super::csv::{MAX_COLUMNS, MAX_FILE_BYTES, MAX_RAW_ROW_BYTES, MAX_ROWS};

/// Why a file as a whole is not read. Never says what stands in a row.
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
    /// A row does not end within what is read of one.
    #[error(
        "behind line {line} a row has more than {MAX_RAW_ROW_BYTES} bytes; is a quote never closed?"
    )]
    RawRowTooLarge {
        /// The last line before the row, or the line on which it begins.
        line: u64,
    },
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
    #[error(
        "this is {kind}, not a CSV file; save it as CSV, UTF-8, or name its kind with --format"
    )]
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
    /// An archive that holds too much, or that lies about it.
    #[error("the archive holds too much: {what}")]
    Archive {
        /// What is too large, with the limit.
        what: String,
    },
    /// An archive or a part of it does not read.
    #[error("the file is damaged, or not what its name says: {what}")]
    Damaged {
        /// Which part.
        what: String,
    },
    /// The archive has nothing that could be imported.
    #[error("the archive has no {wanted}")]
    NothingInside {
        /// What was looked for.
        wanted: &'static str,
    },
    /// The workbook has no such sheet.
    #[error("the workbook has no sheet {wanted:?}; it has: {}", found.join(", "))]
    NoSuchSheet {
        /// The sheet that was asked for.
        wanted: String,
        /// The sheets that are there.
        found: Vec<String>,
    },
    /// The text is no JSON, or not of the form that was expected.
    #[error("not the JSON that was expected, at line {line}, column {column}: {what}")]
    Json {
        /// Line of the file.
        line: usize,
        /// Column of that line.
        column: usize,
        /// What was expected.
        what: &'static str,
    },
}
