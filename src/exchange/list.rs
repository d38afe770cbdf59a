//! A list in any of the files that are read: its header, and its rows one after the other.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    ops::ControlFlow,
};

use super::{
    archive, comapeo,
    csv::{self, MAX_COLUMNS, MAX_ROWS, Sheet},
    error::FileError,
    header::{Columns, HeaderRule},
    hxl,
    json::{self, Flat},
    kobo,
    outcome::Reason,
    row::{self, BadRow, Row, RowSpan},
    source::{FileKind, Source},
    xlsx,
};

/// What takes the rows; it can end the reading.
pub type Sink<'a> = &'a mut dyn FnMut(Result<Row, BadRow>) -> ControlFlow<()>;

/// How a list is read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// How its text is written, if it is CSV.
    pub format: csv::Format,
    /// The sheet of a workbook; none is the first.
    pub sheet: Option<String>,
    /// How its header is matched.
    pub header: HeaderRule,
}

/// A list whose header is known. It is read anew each time, and never held.
#[derive(Debug)]
pub struct List {
    source: Source,
    kind: FileKind,
    reading: Reading,
    columns: Columns,
    tags: Vec<String>,
}

impl List {
    /// Reads the header of a list.
    ///
    /// # Errors
    /// When the file does not read, or has no header that does.
    pub fn open(source: Source, kind: FileKind, reading: Reading) -> Result<Self, FileError> {
        if kind == FileKind::Xlsx {
            xlsx::check(&source)?;
        }
        let none = Columns::new(&[], &HeaderRule::Exact);
        let mut list = Self { source, kind, reading, columns: none, tags: Vec::new() };
        let mut header = Vec::new();
        if kind.is_sparse() {
            header = list.json_columns()?;
        } else {
            let mut tags = Vec::new();
            let mut take = |names: &[String]| {
                header = names.to_vec();
                Ok(())
            };
            list.each_of_table(&mut take, &mut |row| {
                if let Ok(row) = row
                    && hxl::is_tags(&row.cells)
                {
                    tags = row.cells;
                }
                ControlFlow::Break(())
            })?;
            list.tags = tags;
        }
        list.columns = Columns::new(&header, &list.reading.header);
        row::once_each(&list.columns.names)?;
        Ok(list)
    }

    /// Names of the columns, as a mapping finds them.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.columns.names
    }

    /// What kind of file it is.
    #[must_use]
    pub const fn kind(&self) -> FileKind {
        self.kind
    }

    /// The HXL tags below the header, by column; empty without any.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Gives each row to `sink`, in order, until it has enough. A row of HXL tags is no row.
    ///
    /// # Errors
    /// When the file does not read any further, or has more than [`MAX_ROWS`].
    pub fn each(&self, sink: Sink<'_>) -> Result<(), FileError> {
        let (mut rows, mut too_many) = (0_u64, false);
        let mut first = !self.tags.is_empty();
        let mut counted = |row: Result<Row, BadRow>| {
            if std::mem::take(&mut first) {
                return ControlFlow::Continue(());
            }
            rows += 1;
            if rows > MAX_ROWS {
                too_many = true;
                return ControlFlow::Break(());
            }
            sink(row.map(|row| Row { cells: self.columns.of(row.cells), ..row }))
        };
        if self.kind.is_sparse() {
            self.each_of_json(&mut counted)?;
        } else {
            self.each_of_table(&mut |_header| Ok(()), &mut counted)?;
        }
        if too_many { Err(FileError::TooManyRows) } else { Ok(()) }
    }

    fn each_of_table(
        &self,
        header: &mut dyn FnMut(&[String]) -> Result<(), FileError>,
        sink: Sink<'_>,
    ) -> Result<(), FileError> {
        let format = self.reading.format;
        match self.kind {
            FileKind::Xlsx => xlsx::each(&self.source, self.reading.sheet.as_deref(), header, sink),
            FileKind::Uwazi if self.is_archive()? => {
                let wanted = "import.csv";
                archive::with_part(&self.source, archive::is_import_csv, wanted, |part| {
                    each_of_csv(part, format, header, sink)
                })
            }
            FileKind::Csv | FileKind::Uwazi | FileKind::Comapeo | FileKind::Kobo => {
                each_of_csv(&mut self.source.open()?, format, header, sink)
            }
        }
    }

    fn is_archive(&self) -> Result<bool, FileError> {
        let mut head = [0; 4];
        let read = self.source.open()?.read(&mut head)?;
        Ok(head.get(..read) == Some(b"PK\x03\x04"))
    }

    fn each_flat(&self, sink: &mut dyn FnMut(Flat) -> ControlFlow<()>) -> Result<(), FileError> {
        let skips = if self.kind == FileKind::Comapeo { comapeo::skips } else { kobo::skips };
        if self.is_archive()? {
            return archive::with_part(&self.source, archive::is_geojson, "GeoJSON", |part| {
                json::each(part, skips, sink)
            });
        }
        json::each(&mut self.source.open()?, skips, sink)
    }

    fn shape(&self, flat: Flat) -> Result<BTreeMap<String, String>, Reason> {
        if self.kind == FileKind::Comapeo { comapeo::row(flat) } else { kobo::row(flat) }
    }

    /// All columns that any record has.
    fn json_columns(&self) -> Result<Vec<String>, FileError> {
        let mut names = BTreeSet::new();
        let mut records = 0_u64;
        self.each_flat(&mut |flat| {
            records += 1;
            if let Ok(columns) = self.shape(flat) {
                names.extend(columns.into_keys());
            }
            if names.len() > MAX_COLUMNS || records > MAX_ROWS {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        if names.len() > MAX_COLUMNS {
            return Err(FileError::TooManyColumns { found: names.len() });
        }
        Ok(names.into_iter().collect())
    }

    fn each_of_json(&self, sink: Sink<'_>) -> Result<(), FileError> {
        let header = self.header();
        let mut line = 0;
        self.each_flat(&mut |flat| {
            line += 1;
            let span = RowSpan { line, last_line: line };
            let read = self.shape(flat).and_then(|mut columns| {
                let cells: Vec<String> =
                    header.iter().map(|name| columns.remove(name).unwrap_or_default()).collect();
                row::within_bounds(header, cells)
            });
            sink(match read {
                Ok(cells) => Ok(Row { span, cells, warnings: Vec::new() }),
                Err(reason) => Err(BadRow { span, reason }),
            })
        })
    }
}

fn each_of_csv(
    mut reader: &mut dyn Read,
    format: csv::Format,
    header: &mut dyn FnMut(&[String]) -> Result<(), FileError>,
    sink: Sink<'_>,
) -> Result<(), FileError> {
    let mut sheet = Sheet::open(&mut reader, format)?;
    header(sheet.header())?;
    while let Some(row) = sheet.next_row()? {
        if sink(row).is_break() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
