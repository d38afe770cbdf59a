//! The board in files of others: Markdown, CSV, iCalendar, JSON Lines.
//!
//! ```text
//! sheets or cards ─▶ words of a language (whoever asks) ─▶ these writers ─▶ text
//! ```
//!
//! The writers know no language and no tier: they get what may go, in words.

mod ics;
mod markdown;

use std::io::Write as _;

pub use self::{
    ics::{CalendarEntry, calendar},
    markdown::{cards as cards_markdown, sheets as sheets_markdown},
};
use crate::exchange::out::{OutError, plain::write_cells};

/// A table in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordTable {
    /// What stands above it.
    pub title: String,
    /// Titles of its columns.
    pub columns: Vec<String>,
    /// A cell for each column.
    pub rows: Vec<Vec<String>>,
    /// Sums; none if there are no cells.
    pub totals: Vec<String>,
    /// Sentences below it.
    pub notes: Vec<String>,
}

/// A card in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordCard {
    /// Its title; what stands there if it has none that may go.
    pub title: String,
    /// Labels and values, one below the other.
    pub facts: Vec<(String, String)>,
    /// Lines of its checklist, and whether they are done.
    pub items: Vec<(bool, String)>,
}

/// Tables as CSV, one below the other: the title alone in its row, an empty row between two. Cells
/// that a spreadsheet would run are text.
///
/// # Errors
/// When a table cannot be written.
pub fn sheets_csv(tables: &[WordTable]) -> Result<Vec<u8>, OutError> {
    let mut out = Vec::new();
    for (place, table) in tables.iter().enumerate() {
        if place > 0 {
            out.write_all(b"\n")?;
        }
        let mut csv = ::csv::WriterBuilder::new().flexible(true).from_writer(&mut out);
        if tables.len() > 1 {
            write_cells(&mut csv, [&table.title])?;
        }
        write_cells(&mut csv, &table.columns)?;
        for row in &table.rows {
            write_cells(&mut csv, row)?;
        }
        if !table.totals.is_empty() {
            write_cells(&mut csv, &table.totals)?;
        }
        for note in &table.notes {
            write_cells(&mut csv, [note])?;
        }
        csv.flush()?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_run_no_formula_and_every_table_is_there() {
        let table = |title: &str, cell: &str| WordTable {
            title: title.to_owned(),
            columns: vec!["a".to_owned(), "b".to_owned()],
            rows: vec![vec![cell.to_owned(), "2".to_owned()]],
            totals: vec!["sum".to_owned(), "2".to_owned()],
            notes: vec!["=note".to_owned()],
        };
        let one = sheets_csv(&[table("One", "=1+1")]).unwrap();
        assert_eq!(String::from_utf8(one).unwrap(), "a,b\n'=1+1,2\nsum,2\n'=note\n");
        let two = sheets_csv(&[table("One", "x,y"), table("Two", "@z")]).unwrap();
        let text = String::from_utf8(two).unwrap();
        assert!(text.starts_with("One\na,b\n\"x,y\",2\n") && text.contains("\n\nTwo\n"), "{text}");
        assert!(text.contains("'@z"));
    }
}
