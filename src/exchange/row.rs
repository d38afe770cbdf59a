//! One row of a list, whatever file it is from, and the rules that every row keeps.

use serde::Serialize;

use super::{
    csv::MAX_ROW_BYTES,
    error::FileError,
    outcome::{Reason, Warning},
    text,
};
use crate::{api::import::ListRow, model::limits::MAX_FIELD_BYTES};

/// The lines of the file that a row stands on, from 1; a quoted cell may span lines. In a workbook
/// the number of the row, in JSON that of the record.
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

impl From<&Row> for ListRow {
    fn from(row: &Row) -> Self {
        let RowSpan { line, last_line } = row.span;
        Self { line, last_line, cells: row.cells.clone() }
    }
}

/// A row that does not read.
#[derive(Debug)]
pub struct BadRow {
    /// Where it stands.
    pub span: RowSpan,
    /// Why it does not read.
    pub reason: Reason,
}

/// Judges how much is in a row before anything is copied; an empty one has no sizes but zero.
pub(super) fn sizes(
    header: &[String],
    cells: impl ExactSizeIterator<Item = usize> + Clone,
) -> Result<(), Reason> {
    if cells.clone().all(|bytes| bytes == 0) {
        return Err(Reason::Empty);
    }
    if cells.len() != header.len() {
        return Err(Reason::CellCount { expected: header.len(), found: cells.len() });
    }
    let mut sum: usize = 0;
    for (column, bytes) in header.iter().zip(cells) {
        if bytes > MAX_FIELD_BYTES {
            let column = column.clone();
            return Err(Reason::CellTooLong { column, bytes, limit: MAX_FIELD_BYTES });
        }
        sum = sum.saturating_add(bytes);
    }
    if sum > MAX_ROW_BYTES {
        return Err(Reason::RowTooLong { bytes: sum, limit: MAX_ROW_BYTES });
    }
    Ok(())
}

/// Cells as they come from a file: clean, and within the bounds of every list.
///
/// # Errors
/// Why the row is not taken.
pub fn within_bounds(header: &[String], cells: Vec<String>) -> Result<Vec<String>, Reason> {
    sizes(header, cells.iter().map(String::len))?;
    checked(header, cells)
}

/// Judges cells that were clean when they left another process. They stay as they are: to clean a
/// text twice can change it.
///
/// # Errors
/// Why the row is not taken.
pub fn judge(header: &[String], cells: &[String]) -> Result<(), Reason> {
    sizes(header, cells.iter().map(String::len))?;
    header.iter().zip(cells).try_for_each(|(column, cell)| no_strange(column, cell))
}

/// Cleans the cells of a row; refuses what belongs in no text, and rows that say nothing.
pub(super) fn checked(header: &[String], cells: Vec<String>) -> Result<Vec<String>, Reason> {
    let clean = |(column, cell): (&String, String)| {
        let strange = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        match cell.chars().find(strange) {
            Some(c) => {
                Err(Reason::ControlCharacter { column: column.clone(), character: u32::from(c) })
            }
            None => Ok(text::clean(&cell)),
        }
    };
    let cells: Vec<String> = header.iter().zip(cells).map(clean).collect::<Result<_, _>>()?;
    if cells.iter().all(String::is_empty) {
        Err(Reason::Empty)
    } else if cells == header {
        Err(Reason::RepeatsHeader)
    } else {
        Ok(cells)
    }
}

/// Refuses characters that belong in no text.
fn no_strange(column: &str, cell: &str) -> Result<(), Reason> {
    let strange = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    cell.chars().find(strange).map_or(Ok(()), |c| {
        Err(Reason::ControlCharacter { column: column.to_owned(), character: u32::from(c) })
    })
}

/// Refuses a header in which a name stands twice.
pub(super) fn once_each(names: &[String]) -> Result<(), FileError> {
    let mut sorted: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair.first() == pair.last()).and_then(<[_]>::first) {
        Some(twice) => Err(FileError::DuplicateColumn { column: text::cut(twice, 60) }),
        None => Ok(()),
    }
}
