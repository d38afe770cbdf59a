//! Plain CSV: all fields of the tier, one row an incident or one row an act.

use std::io::Write;

use ::csv::Writer as CsvWriter;

use crate::{
    api::export::Row,
    exchange::{
        out::{
            About, OutError, Writer,
            column::{Cell, Column, HEAD, columns, head, parts},
        },
        spreadsheet::harmless,
    },
    model::registry::{Record, Tier, Value},
};

/// Says UTF-8 to Excel, which else reads letters with accents wrongly.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// What stands between the values of one cell.
const BETWEEN: &str = "|";

/// Writes one record of CSV with cells that no spreadsheet runs.
pub(super) fn write_cells<W: Write>(
    csv: &mut CsvWriter<W>,
    cells: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<(), OutError> {
    for cell in cells {
        csv.write_field(harmless(cell.as_ref()).as_bytes()).map_err(failed)?;
    }
    csv.write_record(None::<&[u8]>).map_err(failed)
}

fn failed(error: ::csv::Error) -> OutError {
    OutError::Io(error.into())
}

/// A cell as text: values of a list with `|` between them, an entry without value empty.
pub(super) fn cell_text(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Value(value) => value.to_string(),
        Cell::List(values) => {
            let texts: Vec<String> = values.into_iter().map(entry_text).collect();
            texts.join(BETWEEN)
        }
    }
}

fn entry_text(value: Option<Value>) -> String {
    let text = value.map(|value| value.to_string()).unwrap_or_default();
    text.replace('\\', "\\\\").replace('|', "\\|")
}

fn keys_text(record: &Record, part: &str) -> String {
    record.keys(part).join(BETWEEN)
}

/// A file of CSV that begins.
fn begin<W: Write>(mut out: W, mark: bool) -> Result<CsvWriter<W>, OutError> {
    if mark {
        out.write_all(MARK)?;
    }
    Ok(::csv::WriterBuilder::new().from_writer(out))
}

/// One row an incident.
pub struct Incidents<W: Write> {
    csv: CsvWriter<W>,
    columns: Vec<Column>,
    parts: Vec<&'static str>,
}

impl<W: Write> std::fmt::Debug for Incidents<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Incidents({} columns)", self.columns.len())
    }
}

impl<W: Write> Incidents<W> {
    /// Writes the header; with `mark` the byte order mark that Excel wants.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: W, tier: Tier, mark: bool) -> Result<Self, OutError> {
        let mut csv = begin(out, mark)?;
        let columns = columns(tier);
        let parts = parts(&columns);
        let keys = parts.iter().map(|part| format!("{part}/key"));
        let names = columns.iter().map(|column| column.name().to_owned());
        write_cells(&mut csv, HEAD.into_iter().map(String::from).chain(keys).chain(names))?;
        Ok(Self { csv, columns, parts })
    }
}

impl<W: Write> Writer for Incidents<W> {
    fn row(&mut self, row: &Row) -> Result<(), OutError> {
        let keys = self.parts.iter().map(|part| keys_text(&row.record, part));
        let cells = self.columns.iter().map(|column| cell_text(column.cell(&row.record)));
        write_cells(&mut self.csv, head(row).into_iter().chain(keys).chain(cells))
    }

    fn finish(mut self: Box<Self>, _about: &About) -> Result<(), OutError> {
        Ok(self.csv.flush()?)
    }
}

/// One row an act: what the incident has once, the act, its victim and its perpetrators. An
/// incident without acts has one row.
pub struct Acts<W: Write> {
    csv: CsvWriter<W>,
    /// What an incident has once.
    single: Vec<Column>,
    acts: Vec<Column>,
    victims: Vec<Column>,
    perpetrators: Vec<Column>,
}

impl<W: Write> std::fmt::Debug for Acts<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Acts({} columns)", self.single.len())
    }
}

impl<W: Write> Acts<W> {
    /// Writes the header; with `mark` the byte order mark that Excel wants.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: W, tier: Tier, mark: bool) -> Result<Self, OutError> {
        let mut csv = begin(out, mark)?;
        let of = |part: Option<&str>| -> Vec<Column> {
            columns(tier).into_iter().filter(|column| column.part() == part).collect()
        };
        let (single, acts) = (of(None), of(Some("acts")));
        let (victims, perpetrators) = (of(Some("victims")), of(Some("perpetrators")));
        let names = [&single, &acts, &victims, &perpetrators].into_iter().flatten();
        let names = names.map(|column| column.name().to_owned());
        let fixed = HEAD.into_iter().chain(["acts/key"]).map(String::from);
        write_cells(&mut csv, fixed.chain(names))?;
        Ok(Self { csv, single, acts, victims, perpetrators })
    }

    fn act(&mut self, row: &Row, key: &str) -> Result<(), OutError> {
        let record = &row.record;
        let entry = |column: &Column, key: &str| {
            column.entry(record, key).map(|value| value.to_string()).unwrap_or_default()
        };
        let victim = record.text(&format!("acts/{key}/victim")).unwrap_or_default();
        let by = involved(record, key);
        let perpetrators = self.perpetrators.iter().map(|column| {
            let values = by.iter().map(|perpetrator| column.entry(record, perpetrator)).collect();
            cell_text(Cell::List(values))
        });
        let cells = head(row)
            .into_iter()
            .chain([key.to_owned()])
            .chain(self.single.iter().map(|column| cell_text(column.cell(record))))
            .chain(self.acts.iter().map(|column| entry(column, key)))
            .chain(self.victims.iter().map(|column| entry(column, victim)))
            .chain(perpetrators);
        write_cells(&mut self.csv, cells)
    }
}

/// The perpetrators of an act; all of the incident's if the act says nothing of them.
fn involved<'r>(record: &'r Record, act: &str) -> Vec<&'r str> {
    let by = record.keys(&format!("acts/{act}/by"));
    if by.is_empty() { record.keys("perpetrators") } else { by }
}

impl<W: Write> Writer for Acts<W> {
    fn row(&mut self, row: &Row) -> Result<(), OutError> {
        let keys = row.record.keys("acts");
        if keys.is_empty() {
            return self.act(row, "");
        }
        keys.into_iter().try_for_each(|key| self.act(row, key))
    }

    fn finish(mut self: Box<Self>, _about: &About) -> Result<(), OutError> {
        Ok(self.csv.flush()?)
    }
}
