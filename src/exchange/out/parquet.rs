//! Apache Parquet: typed columns for programs that compute.
//!
//! The same columns as in CSV. What the entries of a part have is a list, with a null for an entry
//! that has none. Rows are kept until a group is full, by rows or by bytes, and then written.

mod buffer;

use std::{io::Write, sync::Arc};

use ::parquet::{
    errors::ParquetError,
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use jiff::civil;

use self::buffer::Buffer;
use crate::{
    api::export::Row,
    exchange::out::{
        About, OutError, Writer,
        column::{Cell, Column, HEAD, columns, head, parts},
    },
    model::registry::{Date, FieldSpec, Kind, Record, Tier, Value, table},
};

/// Rows of one group at most.
const GROUP_ROWS: usize = 8_192;
/// Bytes of values that are kept until they are written, about.
const GROUP_BYTES: usize = 16 * 1024 * 1024;
/// Path of the point.
const POINT: &str = "place/point";

impl From<ParquetError> for OutError {
    fn from(error: ParquetError) -> Self {
        Self::Format(error.to_string())
    }
}

/// What a column of the file is filled from.
enum Source {
    /// One of [`HEAD`].
    Head(usize),
    /// The keys of a part.
    Keys(&'static str),
    /// A column of the field table.
    Field(Box<Column>),
    /// A day of the date.
    Day(fn(&Date) -> Option<civil::Date>),
    /// A coordinate of the point.
    Degrees(usize),
}

/// All columns of the file for a tier.
fn sources(tier: Tier) -> Vec<(Source, Buffer)> {
    let columns = columns(tier);
    let mut all: Vec<(Source, Buffer)> = Vec::new();
    for (place, name) in HEAD.into_iter().enumerate() {
        all.push((Source::Head(place), Buffer::text(name)));
    }
    for part in parts(&columns) {
        all.push((Source::Keys(part), Buffer::text(&format!("{part}/key")).list()));
    }
    for column in columns {
        let name = column.name().to_owned();
        let buffer = typed(&name, column.spec);
        let buffer = if column.is_list() { buffer.list() } else { buffer };
        all.push((Source::Field(Box::new(column)), buffer));
        match name.as_str() {
            table::DATE => {
                all.push((Source::Day(Date::earliest), Buffer::days("date/earliest")));
                all.push((Source::Day(Date::latest), Buffer::days("date/latest")));
            }
            POINT => {
                all.push((Source::Degrees(0), Buffer::doubles("place/latitude")));
                all.push((Source::Degrees(1), Buffer::doubles("place/longitude")));
            }
            _other => {}
        }
    }
    all
}

/// A column of the type that the field has. Codes of a set are texts.
fn typed(name: &str, spec: &FieldSpec) -> Buffer {
    let is_set = spec.pattern.contains('{');
    if spec.kind == Kind::Flag && !is_set {
        Buffer::flags(name)
    } else if spec.kind == Kind::Count {
        Buffer::integers(name)
    } else {
        Buffer::text(name)
    }
}

impl Source {
    fn fill(&self, buffer: &mut Buffer, row: &Row) {
        let record = &row.record;
        match self {
            Self::Head(place) => {
                let text = head(row).into_iter().nth(*place).filter(|text| !text.is_empty());
                buffer.push(text.map(Value::Text));
            }
            Self::Keys(part) => {
                let keys = record.keys(part).into_iter();
                buffer.push_list(keys.map(|key| Some(key.into())).collect());
            }
            Self::Field(column) => match column.cell(record) {
                Cell::Empty if column.is_list() => buffer.push_list(Vec::new()),
                Cell::Empty => buffer.push(None),
                Cell::Value(value) => buffer.push(Some(value)),
                Cell::List(values) => buffer.push_list(values),
            },
            Self::Day(of) => buffer.push_day(date(record).and_then(|date| of(&date))),
            Self::Degrees(place) => {
                let point = record.text(POINT).and_then(|point| point.split(',').nth(*place));
                buffer.push_double(point.and_then(|degrees| degrees.parse().ok()));
            }
        }
    }
}

fn date(record: &Record) -> Option<Date> {
    record.text(table::DATE)?.parse().ok()
}

/// Writes Parquet.
pub struct Parquet<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<(Source, Buffer)>,
    rows: usize,
}

impl<W: Write + Send> std::fmt::Debug for Parquet<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parquet({} columns)", self.columns.len())
    }
}

impl<W: Write + Send> Parquet<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: W, tier: Tier) -> Result<Self, OutError> {
        let columns = sources(tier);
        let fields: String = columns.iter().map(|(_, buffer)| buffer.schema()).collect();
        let schema = parse_message_type(&format!("message incidents {{ {fields} }}"))?;
        let program = concat!("ceiba version ", env!("CARGO_PKG_VERSION"));
        let properties = WriterProperties::builder().set_created_by(program.to_owned()).build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { file, columns, rows: 0 })
    }

    fn write_group(&mut self) -> Result<(), OutError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for (_, buffer) in &mut self.columns {
            let Some(column) = group.next_column()? else { break };
            buffer.write(column)?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

impl<W: Write + Send> Writer for Parquet<W> {
    fn row(&mut self, row: &Row) -> Result<(), OutError> {
        for (source, buffer) in &mut self.columns {
            source.fill(buffer, row);
        }
        self.rows += 1;
        let bytes: usize = self.columns.iter().map(|(_, buffer)| buffer.bytes()).sum();
        if self.rows >= GROUP_ROWS || bytes >= GROUP_BYTES { self.write_group() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>, about: &About) -> Result<(), OutError> {
        self.write_group()?;
        let about = serde_json::to_string(about).unwrap_or_default();
        self.file.append_key_value_metadata(KeyValue::new("ceiba".to_owned(), about));
        self.file.finish()?;
        Ok(self.file.inner_mut().flush()?)
    }
}
