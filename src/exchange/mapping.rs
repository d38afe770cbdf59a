//! Mapping files: how the columns of a list become fields of an incident.
//!
//! A mapping is TOML, written by the person who knows the list; `examples/mappings/README.md` is
//! its manual. Reading one checks all that can be known without the list: paths and codes against
//! the field table, and that nothing is said twice.

mod check;
mod labels;
mod raw;
pub(super) mod target;

use std::collections::BTreeMap;

pub(super) use self::check::lookup_key;
use self::target::Target;
use super::{dates::DateFormat, list::Reading, part::Take, source::FileKind};

/// Bytes of one mapping file.
pub const MAX_MAPPING_BYTES: usize = 256 * 1024;
/// Rules of one mapping.
pub const MAX_RULES: usize = 500;
/// The version of the form that this program reads: `mapping = 1`.
pub const FORM: u32 = 1;

/// Why a mapping file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The file is not the TOML that a mapping is; the message shows the line and what may stand
    /// there.
    #[error("{file}: {message}")]
    Form {
        /// Name of the file.
        file: String,
        /// Where and what.
        message: String,
    },
    /// A key has a value that it cannot have.
    #[error("{file}: {key}: {problem}")]
    Key {
        /// Name of the file.
        file: String,
        /// The key.
        key: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
}

/// How the columns of a list become fields of an incident. Checked.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) reading: Reading,
    pub(super) kind: Option<FileKind>,
    /// Whether the list may lack columns that a rule reads.
    pub(super) lenient: bool,
    pub(super) empty: Vec<String>,
    pub(super) row: RowRules,
    pub(super) constants: Vec<Constant>,
    pub(super) fields: Vec<FieldRule>,
}

/// What makes a row this row, and a row at all.
#[derive(Debug, Clone)]
pub(super) struct RowRules {
    pub(super) key: Vec<String>,
    /// The columns that name a row in which all of `key` are empty.
    pub(super) else_key: Vec<String>,
    pub(super) event: Vec<String>,
    pub(super) needs_one_of: Vec<String>,
    pub(super) ignore: Vec<String>,
}

/// A value that every row gets unless a column says otherwise.
#[derive(Debug, Clone)]
pub(super) struct Constant {
    pub(super) to: Target,
    pub(super) value: String,
}

/// How one or more columns become one field, or several of one pattern.
#[derive(Debug, Clone)]
pub(super) struct FieldRule {
    pub(super) to: Target,
    pub(super) from: Vec<String>,
    pub(super) join: String,
    pub(super) split: Option<String>,
    /// Whether of several columns the first that says something is taken, one that the lookup
    /// knows before all others.
    pub(super) first: bool,
    pub(super) take: Option<Take>,
    /// Whether dates may be periods: `from ~ to`.
    pub(super) range: bool,
    pub(super) empty: Vec<String>,
    pub(super) dates: Vec<DateFormat>,
    pub(super) no_such_day: NoSuchDay,
    /// Codes by the words of the list, and by their own labels if the mapping wants that.
    pub(super) lookup: BTreeMap<String, Entry>,
    pub(super) default: Option<String>,
    /// What stands for a value that does not read.
    pub(super) otherwise: Option<String>,
    pub(super) when_empty: WhenEmpty,
    pub(super) when_unreadable: WhenUnreadable,
    pub(super) with: Vec<Constant>,
}

/// A line of a lookup table.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) value: String,
    pub(super) remark: Option<String>,
}

/// What a date does whose month has no such day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoSuchDay {
    Unreadable,
    Month,
}

/// What an empty cell does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenEmpty {
    LeaveOut,
    Warn,
    Reject,
}

/// What a value does that does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenUnreadable {
    Warn,
    Reject,
}

impl Mapping {
    /// Reads a mapping file; `file` is its name for messages.
    ///
    /// # Errors
    /// When it is no mapping: says the file, the key, and what is allowed.
    pub fn parse(file: &str, text: &str) -> Result<Self, MappingError> {
        let form = |message: String| MappingError::Form { file: file.to_owned(), message };
        if text.len() > MAX_MAPPING_BYTES {
            return Err(form(format!("larger than {MAX_MAPPING_BYTES} bytes")));
        }
        let raw: raw::File =
            toml::from_str(text).map_err(|error| form(error.to_string().trim_end().to_owned()))?;
        check::mapping(raw).map_err(|(key, problem)| MappingError::Key {
            file: file.to_owned(),
            key,
            problem,
        })
    }

    /// The list's name, part of each row's key: to rename a mapping makes all rows new.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the list is, for people.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Names of the columns by which a row is known again, if there are no others to fall back on.
    #[must_use]
    pub fn key(&self) -> Option<&[String]> {
        (self.row.else_key.is_empty() && self.row.event.is_empty()).then_some(&*self.row.key)
    }

    /// Names of the columns that the mapping reads.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let row = self.row.key.iter().chain(&self.row.else_key);
        let row = row.chain(&self.row.event).chain(&self.row.needs_one_of);
        row.chain(self.fields.iter().flat_map(|rule| &rule.from)).map(String::as_str)
    }

    /// Names of the columns that the mapping leaves on purpose.
    pub fn ignored(&self) -> impl Iterator<Item = &str> {
        self.row.ignore.iter().map(String::as_str)
    }

    /// How the list is read.
    #[must_use]
    pub const fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The kind of file that the list is, if the mapping says so.
    #[must_use]
    pub const fn kind(&self) -> Option<FileKind> {
        self.kind
    }

    /// Whether several rows can be one incident.
    #[must_use]
    pub fn joins_rows(&self) -> bool {
        !self.row.event.is_empty()
    }
}

/// The mapping with further constants, which win over those that stand there.
///
/// # Errors
/// When the text is no TOML, or is too large.
pub fn with_constants(
    file: &str,
    text: &str,
    constants: &BTreeMap<String, String>,
) -> Result<String, MappingError> {
    if constants.is_empty() {
        return Ok(text.to_owned());
    }
    let form = |message: String| MappingError::Form { file: file.to_owned(), message };
    if text.len() > MAX_MAPPING_BYTES {
        return Err(form(format!("larger than {MAX_MAPPING_BYTES} bytes")));
    }
    let mut whole: toml::Table =
        toml::from_str(text).map_err(|error| form(error.to_string().trim_end().to_owned()))?;
    let known = whole.entry("constants").or_insert_with(|| toml::Table::new().into());
    let known = known.as_table_mut().ok_or_else(|| form("constants is no table".to_owned()))?;
    for (path, value) in constants {
        known.insert(path.clone(), toml::Value::String(value.clone()));
    }
    toml::to_string(&whole).map_err(|error| form(error.to_string()))
}

#[cfg(test)]
mod tests;
