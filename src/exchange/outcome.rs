//! What became of each row of a list, in words and in numbers.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::exchange::{key::SourceRef, row::RowSpan};

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RowOutcome {
    /// The row is in an incident.
    Imported {
        /// Where the row stands in the file.
        #[serde(flatten)]
        span: RowSpan,
        /// The incident that it is in.
        source: SourceRef,
        /// What the row says that could not be taken as it is.
        warnings: Vec<Warning>,
    },
    /// The row is not taken.
    Rejected {
        /// Where the row stands in the file.
        #[serde(flatten)]
        span: RowSpan,
        /// Why.
        reason: Reason,
    },
}

impl RowOutcome {
    /// Where the row stands in the file.
    #[must_use]
    pub const fn span(&self) -> RowSpan {
        match self {
            Self::Imported { span, .. } | Self::Rejected { span, .. } => *span,
        }
    }
}

/// A piece of a cell, for the person who imports. `Debug` shows its length only, so that no log
/// gets a name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Excerpt(String);

impl Excerpt {
    /// The first 60 characters of a cell.
    #[must_use]
    pub fn of(cell: &str) -> Self {
        Self(super::text::cut(cell, 60))
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Excerpt({} bytes)", self.0.len())
    }
}

/// Why a row is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// All cells are empty.
    #[error("the row is empty")]
    Empty,
    /// The row is the header once more, as where two files were joined.
    #[error("the row repeats the header")]
    RepeatsHeader,
    /// The row has more or fewer cells than the header.
    #[error("{found} cells where the header has {expected}; is a quote or a delimiter missing?")]
    CellCount {
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A quoted cell does not end before the file does.
    #[error("a quoted cell is never closed; everything up to the end of the file is in it")]
    UnclosedQuote,
    /// A cell is longer than a field can be.
    #[error("column {column} has {bytes} bytes, at most {limit} are taken")]
    CellTooLong {
        /// Name of the column.
        column: String,
        /// Bytes of the cell.
        bytes: usize,
        /// Bytes that are taken.
        limit: usize,
    },
    /// The row is longer than a record can be.
    #[error("the row has {bytes} bytes, at most {limit} are taken")]
    RowTooLong {
        /// Bytes of the row.
        bytes: usize,
        /// Bytes that are taken.
        limit: usize,
    },
    /// A cell is not text in the file's encoding.
    #[error("column {column} is not {encoding}; set fallback_encoding in the mapping")]
    Encoding {
        /// Name of the column.
        column: String,
        /// The encoding that the mapping says.
        encoding: &'static str,
    },
    /// A cell has a character that belongs in no text.
    #[error("column {column} has the control character U+{character:04X}")]
    ControlCharacter {
        /// Name of the column.
        column: String,
        /// The character's number.
        character: u32,
    },
    /// The columns that name the row are all empty.
    #[error("the key columns are empty: {}", columns.join(", "))]
    NoKey {
        /// The key columns.
        columns: Vec<String>,
    },
    /// Another row of the file has the same key.
    #[error("same key as the row of line {first_line} ({})", if *same { "the same row again" } else { "other content" })]
    DuplicateKey {
        /// Line of the row that was taken.
        first_line: u64,
        /// Whether all cells are the same.
        same: bool,
    },
    /// The row says nothing about what matters.
    #[error("nothing is known: {} are all empty", columns.join(", "))]
    NothingKnown {
        /// The columns of which the mapping needs one.
        columns: Vec<String>,
    },
    /// A column that the mapping requires is empty.
    #[error("column {column} is empty and {path} is required")]
    Required {
        /// Name of the column.
        column: String,
        /// The field.
        path: String,
    },
    /// A value that the mapping requires does not read.
    #[error("column {column}: {value}: {why}")]
    Unreadable {
        /// Name of the column.
        column: String,
        /// The field.
        path: String,
        /// The cell.
        value: Excerpt,
        /// What would read.
        why: String,
    },
    /// With this row its incident would be larger than a record can be.
    #[error("with this row its incident would have more than {fields} fields or {bytes} bytes")]
    IncidentTooLarge {
        /// Fields that it may have.
        fields: usize,
        /// Bytes of text that it may have.
        bytes: usize,
    },
    /// A list within a record has more entries than are taken.
    #[error("{column} repeats more than {limit} times")]
    TooManyRepeats {
        /// Name of the column.
        column: String,
        /// Entries that are taken.
        limit: usize,
    },
    /// The record is of another kind than what is imported.
    #[error("{what}: only observations at a point are taken")]
    NoObservation {
        /// What it is.
        what: &'static str,
    },
    /// The finished record breaks a rule of the registry.
    #[error("{path}: {why}")]
    Invalid {
        /// The field.
        path: String,
        /// The rule.
        why: String,
    },
}

/// What was read but could not be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum Warning {
    /// The value does not read and nothing is guessed: the field is left out.
    #[error("column {column}: {value} left out: {why}")]
    LeftOut {
        /// Name of the column.
        column: String,
        /// The field.
        path: String,
        /// The cell.
        value: Excerpt,
        /// What would read.
        why: String,
    },
    /// The value does not read, and the mapping says what is taken for such.
    #[error("column {column}: {value} is not known, taken as {taken}")]
    Otherwise {
        /// Name of the column.
        column: String,
        /// The cell.
        value: Excerpt,
        /// What was taken.
        taken: String,
    },
    /// The mapping takes the value, with a remark.
    #[error("column {column}: {value}: {remark}")]
    Remark {
        /// Name of the column.
        column: String,
        /// The cell.
        value: Excerpt,
        /// What the mapping says of it.
        remark: String,
    },
    /// A date whose month has no such day: taken as that month, uncertain.
    #[error("column {column}: {value}: the month has no such day, taken as {taken}")]
    NoSuchDay {
        /// Name of the column.
        column: String,
        /// The cell.
        value: Excerpt,
        /// What was taken.
        taken: String,
    },
    /// A column whose emptiness the mapping wants to know of.
    #[error("column {column} is empty: no {path}")]
    EmptyCell {
        /// Name of the column.
        column: String,
        /// The field.
        path: String,
    },
    /// The row was not in the file's encoding and was read in the fallback.
    #[error("the row is not {encoding}: read as {fallback}")]
    FallbackEncoding {
        /// The encoding that the mapping says.
        encoding: &'static str,
        /// The encoding that was used.
        fallback: &'static str,
    },
    /// Rows of one event say different things of it; the first row's value stays.
    #[error("{path} differs from the event's first row (line {first_line}), which is kept")]
    DiffersFromEvent {
        /// The field.
        path: String,
        /// Line of the event's first row.
        first_line: u64,
    },
}

impl Reason {
    /// A stable word for this kind of reason, as in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::RepeatsHeader => "repeats_header",
            Self::CellCount { .. } => "cell_count",
            Self::UnclosedQuote => "unclosed_quote",
            Self::CellTooLong { .. } => "cell_too_long",
            Self::RowTooLong { .. } => "row_too_long",
            Self::Encoding { .. } => "encoding",
            Self::ControlCharacter { .. } => "control_character",
            Self::NoKey { .. } => "no_key",
            Self::DuplicateKey { .. } => "duplicate_key",
            Self::NothingKnown { .. } => "nothing_known",
            Self::Required { .. } => "required",
            Self::Unreadable { .. } => "unreadable",
            Self::IncidentTooLarge { .. } => "incident_too_large",
            Self::TooManyRepeats { .. } => "too_many_repeats",
            Self::NoObservation { .. } => "no_observation",
            Self::Invalid { .. } => "invalid",
        }
    }
}

impl Warning {
    /// A stable word for this kind of warning, as in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LeftOut { .. } => "left_out",
            Self::Otherwise { .. } => "otherwise",
            Self::Remark { .. } => "remark",
            Self::NoSuchDay { .. } => "no_such_day",
            Self::EmptyCell { .. } => "empty_cell",
            Self::FallbackEncoding { .. } => "fallback_encoding",
            Self::DiffersFromEvent { .. } => "differs_from_event",
        }
    }
}

/// The numbers of an import. `rows == imported + rejected`, always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows of the file, without the header and without blank lines.
    pub rows: u64,
    /// Rows that are in an incident.
    pub imported: u64,
    /// Rows that are not taken.
    pub rejected: u64,
    /// Imported rows with at least one warning.
    pub with_warnings: u64,
    /// Incidents that the rows make.
    pub incidents: u64,
    /// Imported rows by the year of their incident; `unknown` for those without.
    pub rows_by_year: BTreeMap<String, u64>,
    /// Rejected rows by [`Reason::code`].
    pub by_reason: BTreeMap<&'static str, u64>,
    /// Warnings by [`Warning::code`].
    pub by_warning: BTreeMap<&'static str, u64>,
    /// Columns of the file that the mapping neither uses nor ignores.
    pub unmapped_columns: Vec<String>,
}

impl Summary {
    pub(super) fn count(&mut self, outcome: &RowOutcome) {
        self.rows += 1;
        match outcome {
            RowOutcome::Imported { warnings, .. } => {
                self.imported += 1;
                self.with_warnings += u64::from(!warnings.is_empty());
                for warning in warnings {
                    *self.by_warning.entry(warning.code()).or_default() += 1;
                }
            }
            RowOutcome::Rejected { reason, .. } => {
                self.rejected += 1;
                *self.by_reason.entry(reason.code()).or_default() += 1;
            }
        }
    }
}
