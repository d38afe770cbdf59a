//! Records of a JSON file, one after the other: the elements of its list, each made flat.
//!
//! `{"a": {"b": 1}, "c": [2, {"c/d": 3}]}` becomes `a/b = 1`, `c[1] = 2`, `c[2]/d = 3`. What is in
//! one record is bounded while it is read; the file is never held.

use std::{
    cell::Cell,
    collections::BTreeMap,
    fmt,
    io::{self, BufReader, Read},
    ops::ControlFlow,
    rc::Rc,
};

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    csv::{MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROW_BYTES},
    error::FileError,
    outcome::Reason,
};
use crate::model::limits::MAX_FIELD_BYTES;

/// Bytes of one record, with all that is not taken: a track has thousands of positions.
const MAX_RECORD_BYTES: u64 = 16 * 1024 * 1024;
/// Entries of one list within a record: repeats of a form.
pub(super) const MAX_REPEATS: usize = 50;
/// Names under which a file's list may stand.
const LISTS: [&str; 3] = ["features", "results", "data"];

/// A record without its structure.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) entries: BTreeMap<String, String>,
    /// What did not go in.
    pub(super) excess: Option<Reason>,
    bytes: usize,
}

impl Flat {
    fn add(&mut self, path: &str, value: &str) {
        if value.is_empty() || self.excess.is_some() {
            return;
        }
        self.bytes = self.bytes.saturating_add(path.len()).saturating_add(value.len());
        if value.len() > MAX_FIELD_BYTES {
            let (column, bytes) = (path.to_owned(), value.len());
            self.excess = Some(Reason::CellTooLong { column, bytes, limit: MAX_FIELD_BYTES });
        } else if self.bytes > 2 * MAX_ROW_BYTES || self.entries.len() > 2 * MAX_COLUMNS {
            self.excess = Some(Reason::RowTooLong { bytes: self.bytes, limit: MAX_ROW_BYTES });
        } else {
            self.entries.insert(path.to_owned(), value.to_owned());
        }
    }
}

/// Reads each record. `skips` says which parts are passed over, by their paths.
pub(super) fn each(
    reader: &mut dyn Read,
    skips: fn(&str) -> bool,
    sink: &mut dyn FnMut(Flat) -> ControlFlow<()>,
) -> Result<(), FileError> {
    let budget = Rc::new(Cell::new(MAX_RECORD_BYTES));
    let metered = Metered { reader, budget: Rc::clone(&budget), left: MAX_FILE_BYTES };
    let mut parser = serde_json::Deserializer::from_reader(BufReader::new(metered));
    let mut stopped = false;
    let top = Top { budget: &budget, skips, sink, stopped: &mut stopped };
    let read = top.deserialize(&mut parser);
    match read {
        _ if stopped => Ok(()),
        Ok(true) => parser.end().map_err(|error| wrong(&error)),
        Ok(false) => Err(FileError::NothingInside { wanted: "list of features or submissions" }),
        Err(error) => Err(wrong(&error)),
    }
}

/// Says where it is wrong and not what stands there.
fn wrong(error: &serde_json::Error) -> FileError {
    let what = match error.classify() {
        serde_json::error::Category::Io => "a record or the file is too large, or does not read",
        serde_json::error::Category::Syntax => "this is no JSON",
        serde_json::error::Category::Data => "a list of records is expected",
        serde_json::error::Category::Eof => "the file ends too early",
    };
    FileError::Json { line: error.line(), column: error.column(), what }
}

/// A reader that gives each record so many bytes.
struct Metered<'a> {
    reader: &'a mut dyn Read,
    budget: Rc<Cell<u64>>,
    left: u64,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        let spent = |left: u64| left.checked_sub(read as u64);
        let too_large = || io::Error::other("too large");
        self.left = spent(self.left).ok_or_else(too_large)?;
        self.budget.set(spent(self.budget.get()).ok_or_else(too_large)?);
        Ok(read)
    }
}

/// The whole file: a list, or an object with one. Says whether there was a list.
struct Top<'a, 'b> {
    budget: &'a Cell<u64>,
    skips: fn(&str) -> bool,
    sink: &'a mut (dyn FnMut(Flat) -> ControlFlow<()> + 'b),
    stopped: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = bool;

    fn deserialize<D: serde::Deserializer<'de>>(self, parser: D) -> Result<bool, D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        loop {
            self.budget.set(MAX_RECORD_BYTES);
            let mut flat = Flat::default();
            let record = Part { into: &mut flat, path: String::new(), skips: self.skips };
            if list.next_element_seed(record)?.is_none() {
                return Ok(true);
            }
            if (self.sink)(flat).is_break() {
                *self.stopped = true;
                return Err(A::Error::custom("enough"));
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            if found || !LISTS.contains(&key.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            found = map.next_value_seed(Top {
                budget: self.budget,
                skips: self.skips,
                sink: &mut *self.sink,
                stopped: &mut *self.stopped,
            })?;
        }
        Ok(found)
    }
}

/// A part of a record, at its path.
struct Part<'a> {
    into: &'a mut Flat,
    path: String,
    skips: fn(&str) -> bool,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, parser: D) -> Result<(), D::Error> {
        parser.deserialize_any(self)
    }
}

impl Part<'_> {
    /// The path of what has this key here. Forms repeat a group's name in the keys of its parts.
    fn below(&self, key: &str) -> String {
        if self.path.is_empty() {
            return key.to_owned();
        }
        let group = without_numbers(&self.path);
        let own = key.strip_prefix(group.as_str()).and_then(|rest| rest.strip_prefix('/'));
        format!("{}/{}", self.path, own.unwrap_or(key))
    }
}

/// `a[1]/b[2]` without the numbers: `a/b`.
fn without_numbers(path: &str) -> String {
    let parts = path.split('/').map(|part| part.split_once('[').map_or(part, |(name, _)| name));
    parts.collect::<Vec<_>>().join("/")
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let path = self.below(&key);
            if (self.skips)(&path) || path.len() > 500 {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Part { into: self.into, path, skips: self.skips })?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        // A list within a list is a shape on a map or the like: no field takes it.
        if self.path.ends_with(']') {
            return ignore(list);
        }
        for place in 1..=MAX_REPEATS {
            let path = format!("{}[{place}]", self.path);
            let part = Part { into: self.into, path, skips: self.skips };
            if list.next_element_seed(part)?.is_none() {
                return Ok(());
            }
        }
        if list.next_element::<IgnoredAny>()?.is_some() {
            let column = self.path.clone();
            self.into.excess = Some(Reason::TooManyRepeats { column, limit: MAX_REPEATS });
        }
        ignore(list)
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.into.add(&self.path, if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.into.add(&self.path, &value.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.into.add(&self.path, &value.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.into.add(&self.path, &value.to_string());
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.into.add(&self.path, value);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

fn ignore<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}
