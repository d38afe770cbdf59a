//! The values of one column that wait to be written.

use ::parquet::{
    data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type},
    file::writer::SerializedColumnWriter,
};
use jiff::civil;

use crate::{exchange::out::OutError, model::registry::Value};

/// Levels by which Parquet tells what is not there: of a plain column…
const ABSENT: i16 = 0;
const PRESENT: i16 = 1;
/// … and of a list: no list, a null in it, a value in it.
const NULL_ENTRY: i16 = 2;
const ENTRY: i16 = 3;

/// One column.
pub(super) struct Buffer {
    name: String,
    values: Values,
    list: bool,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    bytes: usize,
}

enum Values {
    Text(Vec<ByteArray>),
    Integers(Vec<i64>),
    Flags(Vec<bool>),
    Doubles(Vec<f64>),
    Days(Vec<i32>),
}

impl Buffer {
    const fn new(name: String, values: Values) -> Self {
        Self {
            name,
            values,
            list: false,
            definitions: Vec::new(),
            repetitions: Vec::new(),
            bytes: 0,
        }
    }

    pub(super) fn text(name: &str) -> Self {
        Self::new(name.to_owned(), Values::Text(Vec::new()))
    }

    pub(super) fn integers(name: &str) -> Self {
        Self::new(name.to_owned(), Values::Integers(Vec::new()))
    }

    pub(super) fn flags(name: &str) -> Self {
        Self::new(name.to_owned(), Values::Flags(Vec::new()))
    }

    pub(super) fn doubles(name: &str) -> Self {
        Self::new(name.to_owned(), Values::Doubles(Vec::new()))
    }

    pub(super) fn days(name: &str) -> Self {
        Self::new(name.to_owned(), Values::Days(Vec::new()))
    }

    /// The same, with a list in each row.
    pub(super) fn list(self) -> Self {
        Self { list: true, ..self }
    }

    /// Its line of the schema.
    pub(super) fn schema(&self) -> String {
        let name = &self.name;
        let (of, logical) = match self.values {
            Values::Text(_) => ("binary", " (STRING)"),
            Values::Integers(_) => ("int64", ""),
            Values::Flags(_) => ("boolean", ""),
            Values::Doubles(_) => ("double", ""),
            Values::Days(_) => ("int32", " (DATE)"),
        };
        if self.list {
            return format!(
                "optional group {name} (LIST) {{ repeated group list {{ \
                 optional {of} element{logical}; }} }} "
            );
        }
        format!("optional {of} {name}{logical}; ")
    }

    /// Bytes that are kept, about.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The value of a row.
    pub(super) fn push(&mut self, value: Option<Value>) {
        let there = value.is_some_and(|value| self.keep(&value));
        self.definitions.push(if there { PRESENT } else { ABSENT });
    }

    /// The list of a row.
    pub(super) fn push_list(&mut self, values: Vec<Option<Value>>) {
        if values.is_empty() {
            self.definitions.push(ABSENT);
            self.repetitions.push(0);
        }
        for (place, value) in values.into_iter().enumerate() {
            let there = value.is_some_and(|value| self.keep(&value));
            self.definitions.push(if there { ENTRY } else { NULL_ENTRY });
            self.repetitions.push(i16::from(place > 0));
        }
    }

    pub(super) fn push_double(&mut self, number: Option<f64>) {
        if let (Values::Doubles(numbers), Some(number)) = (&mut self.values, number) {
            numbers.push(number);
            self.definitions.push(PRESENT);
        } else {
            self.definitions.push(ABSENT);
        }
    }

    pub(super) fn push_day(&mut self, day: Option<civil::Date>) {
        let epoch = civil::date(1970, 1, 1);
        let days = day.and_then(|day| epoch.until(day).ok()).map(|span| span.get_days());
        if let (Values::Days(all), Some(days)) = (&mut self.values, days) {
            all.push(days);
            self.definitions.push(PRESENT);
        } else {
            self.definitions.push(ABSENT);
        }
    }

    /// Keeps a value; false if it is not of the column's type.
    fn keep(&mut self, value: &Value) -> bool {
        match (&mut self.values, value) {
            (Values::Text(texts), value) => {
                let text = value.to_string();
                self.bytes += text.len() + 32;
                texts.push(ByteArray::from(text.into_bytes()));
            }
            (Values::Integers(numbers), Value::Integer(number)) => numbers.push(*number),
            (Values::Flags(flags), Value::Flag(flag)) => flags.push(*flag),
            _other_type => return false,
        }
        true
    }

    /// Writes what is kept, and begins again.
    pub(super) fn write(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<(), OutError> {
        let definitions = Some(self.definitions.as_slice());
        let repetitions = self.list.then_some(self.repetitions.as_slice());
        match &mut self.values {
            Values::Text(values) => {
                column.typed::<ByteArrayType>().write_batch(values, definitions, repetitions)?;
                values.clear();
            }
            Values::Integers(values) => {
                column.typed::<Int64Type>().write_batch(values, definitions, repetitions)?;
                values.clear();
            }
            Values::Flags(values) => {
                column.typed::<BoolType>().write_batch(values, definitions, repetitions)?;
                values.clear();
            }
            Values::Doubles(values) => {
                column.typed::<DoubleType>().write_batch(values, definitions, repetitions)?;
                values.clear();
            }
            Values::Days(values) => {
                column.typed::<Int32Type>().write_batch(values, definitions, repetitions)?;
                values.clear();
            }
        }
        column.close()?;
        self.definitions.clear();
        self.repetitions.clear();
        self.bytes = 0;
        Ok(())
    }
}
