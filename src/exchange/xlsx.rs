//! Rows of a workbook, one sheet of it.
//!
//! calamine reads the workbook; how much it may hold is counted before it does. The sheet is read
//! cell by cell; the table of shared texts is held in memory.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{DataRef, Reader as _, Xlsx};
use jiff::{ToSpan as _, civil};

use super::{
    archive::{self, damaged},
    csv::{MAX_COLUMNS, MAX_RAW_ROW_BYTES, MAX_ROW_BYTES},
    error::FileError,
    list::Sink,
    row::{self, BadRow, Row, RowSpan},
    source::{ReadSeek, Source},
    text,
};
use crate::model::limits::MAX_FIELD_BYTES;

/// Bytes that the table of shared texts may inflate to: it is held in memory.
pub const MAX_TEXTS_BYTES: u64 = 128 * 1024 * 1024;
/// Bytes that a sheet or any other part may inflate to.
pub const MAX_SHEET_BYTES: u64 = 256 * 1024 * 1024;
/// Sheets of one workbook.
pub const MAX_SHEETS: usize = 256;

/// Counts what a workbook holds, before it is read.
pub(super) fn check(source: &Source) -> Result<(), FileError> {
    let sheet = |name: &str| name.starts_with("xl/worksheets/") || name.starts_with("xl/media/");
    let limit = move |name: &str| if sheet(name) { MAX_SHEET_BYTES } else { MAX_TEXTS_BYTES };
    archive::check(source, &limit)
}

/// Reads the header and then each row of a sheet: of the one with this name, or the first.
pub(super) fn each(
    source: &Source,
    sheet: Option<&str>,
    header: &mut dyn FnMut(&[String]) -> Result<(), FileError>,
    sink: Sink<'_>,
) -> Result<(), FileError> {
    let read = AssertUnwindSafe(|| rows(source, sheet, header, sink));
    // A workbook that somebody made to break the parser breaks nothing but its own import.
    catch_unwind(read).unwrap_or_else(|_panic| Err(damaged("the workbook")))
}

fn rows(
    source: &Source,
    sheet: Option<&str>,
    header: &mut dyn FnMut(&[String]) -> Result<(), FileError>,
    sink: Sink<'_>,
) -> Result<(), FileError> {
    let mut workbook: Xlsx<Box<dyn ReadSeek>> =
        Xlsx::new(source.open()?).map_err(|_xlsx| damaged("the workbook"))?;
    let name = sheet_name(&workbook.sheet_names(), sheet)?;
    let epoch = if workbook.has_1904_epoch() { Epoch::Of1904 } else { Epoch::Of1900 };
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(|_xlsx| damaged("the sheet"))?;
    let mut table = Table { names: Vec::new(), row: None, header, sink };
    loop {
        let cell = cells.next_cell().map_err(|_xlsx| damaged("the sheet"))?;
        let Some(cell) = cell else { break };
        let text = shown(cell.get_value(), epoch);
        if !text.is_empty() && table.cell(cell.get_position(), text)?.is_break() {
            return Ok(());
        }
    }
    let _whoever_has_enough = table.end_row()?;
    if table.names.is_empty() { Err(FileError::Empty) } else { Ok(()) }
}

fn sheet_name(found: &[String], wanted: Option<&str>) -> Result<String, FileError> {
    if found.len() > MAX_SHEETS {
        return Err(FileError::Archive { what: format!("more than {MAX_SHEETS} sheets") });
    }
    let name = match wanted {
        None => found.first(),
        Some(wanted) => found.iter().find(|name| name.trim() == wanted.trim()),
    };
    let shown = || found.iter().take(20).map(|name| text::cut(name, 60)).collect();
    name.cloned().ok_or_else(|| FileError::NoSuchSheet {
        wanted: text::cut(wanted.unwrap_or_default(), 60),
        found: shown(),
    })
}

/// A row of which more cells may come.
struct RowSoFar {
    /// Its number, from 0.
    number: u32,
    cells: Vec<String>,
    /// Bytes of the cells that are kept.
    bytes: usize,
}

/// Cells on their way into rows.
struct Table<'a> {
    /// The header; empty until it was read.
    names: Vec<String>,
    row: Option<RowSoFar>,
    header: &'a mut dyn FnMut(&[String]) -> Result<(), FileError>,
    sink: Sink<'a>,
}

impl Table<'_> {
    fn cell(&mut self, place: (u32, u32), text: String) -> Result<ControlFlow<()>, FileError> {
        let (row, column) = place;
        if self.row.as_ref().is_some_and(|current| current.number != row)
            && self.end_row()?.is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
        let most = if self.names.is_empty() { MAX_RAW_ROW_BYTES } else { MAX_ROW_BYTES };
        let new = || RowSoFar { number: row, cells: Vec::new(), bytes: 0 };
        let RowSoFar { cells, bytes, .. } = self.row.get_or_insert_with(new);
        // The row is refused for what is kept of it: one shared text can stand in very many cells.
        if *bytes > most {
            return Ok(ControlFlow::Continue(()));
        }
        // One more than there may be is enough to tell that there are too many.
        let column = usize::try_from(column).unwrap_or(MAX_COLUMNS).min(MAX_COLUMNS);
        if cells.len() <= column {
            cells.resize(column + 1, String::new());
        }
        if let Some(cell) = cells.get_mut(column) {
            *bytes = bytes.saturating_sub(cell.len()).saturating_add(text.len());
            *cell = text;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn end_row(&mut self) -> Result<ControlFlow<()>, FileError> {
        let Some(RowSoFar { number, mut cells, bytes }) = self.row.take() else {
            return Ok(ControlFlow::Continue(()));
        };
        if self.names.is_empty() {
            if cells.len() > MAX_COLUMNS {
                return Err(FileError::TooManyColumns { found: cells.len() });
            }
            let long = cells.iter().any(|name| name.len() > MAX_FIELD_BYTES);
            if long || bytes > MAX_RAW_ROW_BYTES {
                return Err(FileError::Archive { what: "a header of very long names".to_owned() });
            }
            self.names = cells.iter().map(|name| text::clean(name)).collect();
            row::once_each(&self.names)?;
            (self.header)(&self.names)?;
            return Ok(ControlFlow::Continue(()));
        }
        let line = u64::from(number) + 1;
        let span = RowSpan { line, last_line: line };
        // A sheet leaves out the empty cells at a row's end.
        if cells.len() < self.names.len() {
            cells.resize(self.names.len(), String::new());
        }
        Ok((self.sink)(match row::within_bounds(&self.names, cells) {
            Ok(cells) => Ok(Row { span, cells, warnings: Vec::new() }),
            Err(reason) => Err(BadRow { span, reason }),
        }))
    }
}

/// From which day a workbook counts.
#[derive(Debug, Clone, Copy)]
enum Epoch {
    Of1900,
    Of1904,
}

/// As much of a text as it takes to see that it is too long for a field.
fn cut(text: &str) -> String {
    let end = (MAX_FIELD_BYTES + 1..text.len()).find_map(|end| text.get(..end));
    end.unwrap_or(text).to_owned()
}

/// A cell as text, cut where it is too long: dates in ISO 8601, without the time of midnight.
fn shown(value: &DataRef<'_>, epoch: Epoch) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            cut(text)
        }
        DataRef::SharedString(text) => cut(text),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(date) if date.is_datetime() => {
            iso(date.as_f64(), epoch).unwrap_or_else(|| date.as_f64().to_string())
        }
        DataRef::DateTime(duration) => duration.as_f64().to_string(),
        DataRef::Error(error) => error.to_string(),
    }
}

/// The day of a serial number, and the time if there is one.
fn iso(serial: f64, epoch: Epoch) -> Option<String> {
    let seconds = whole(serial * 86_400.0)?;
    let (days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let first = match epoch {
        Epoch::Of1904 => civil::date(1904, 1, 1),
        // Excel takes 1900 for a leap year: before its day 60, which never was, it is a day off.
        Epoch::Of1900 if days < 60 => civil::date(1899, 12, 31),
        Epoch::Of1900 => civil::date(1899, 12, 30),
    };
    let day = first.checked_add(days.days()).ok().filter(|day| day.year() > 0)?;
    if time == 0 {
        return Some(day.to_string());
    }
    let (hours, minutes) = (time / 3600, time / 60 % 60);
    Some(format!("{day}T{hours:02}:{minutes:02}:{:02}", time % 60))
}

/// The nearest whole number of seconds, if it is a time that a workbook can mean.
fn whole(seconds: f64) -> Option<i64> {
    let rounded = seconds.round();
    if !(0.0..3e11).contains(&rounded) {
        return None;
    }
    // Its text is that of a whole number: there is no conversion that cannot fail.
    format!("{rounded:.0}").parse().ok()
}

/// Turns a serial number of a spreadsheet that was saved as text into a day.
pub(super) fn day_of(serial: &str) -> Option<String> {
    let plain = serial.bytes().all(|byte| byte.is_ascii_digit()) && serial.len() <= 7;
    let days: f64 = serial.parse().ok().filter(|_| plain)?;
    iso(days, Epoch::Of1900)
}

#[cfg(test)]
mod tests;
