//! Rows to incidents: each row is in one, or has a reason why not.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use super::{
    convert::{Columns, convert},
    csv::MAX_ROW_BYTES,
    error::FileError,
    key::{KeyedHash, RowKey, SourceRef},
    list::List,
    mapping::Mapping,
    marks::Marks,
    outcome::{Reason, RowOutcome, Summary, Warning},
    part,
    row::{BadRow, Row},
    source::{FileKind, Source},
};
use crate::model::{
    limits::MAX_FIELDS_PER_RECORD,
    registry::{Date, FieldPath, PathError, Record, Value, check, neutral_title, table},
};

/// Fields that rows can give one incident; the rest is room for the marks of the import.
pub const MAX_IMPORTED_FIELDS: usize = MAX_FIELDS_PER_RECORD - 100;

/// Bytes of the texts that rows can give one incident: it has to fit one change of a document.
pub const MAX_INCIDENT_BYTES: usize = MAX_ROW_BYTES;

/// A list, read: what it would be in the registry, and what became of each row.
#[derive(Debug, Clone)]
pub struct Import {
    /// The incidents in the order of their first rows.
    pub incidents: Vec<ImportedIncident>,
    /// Each row of the file exactly once, in order.
    pub rows: Vec<RowOutcome>,
    /// The numbers.
    pub summary: Summary,
}

/// One incident of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedIncident {
    /// The name by which the next import knows it again.
    pub source: SourceRef,
    /// Lines of the file on which its rows begin.
    pub lines: Vec<u64>,
    /// The incident; valid.
    pub record: Record,
}

/// Reads a small list that is in memory, whole. Large ones go through [`super::Batcher`].
///
/// # Errors
/// When the file as a whole does not read or lacks columns; rows that do not read are outcomes.
pub fn read(bytes: &[u8], mapping: &Mapping, keyed: KeyedHash<'_>) -> Result<Import, FileError> {
    let source = Source::from(bytes);
    let kind = mapping.kind.unwrap_or(FileKind::Csv);
    let list = List::open(source, kind, mapping.reading.clone())?;
    let unmapped_columns = match_columns(&list, mapping)?;
    let mut rows = Vec::new();
    list.each(&mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    let mut import = take(list.header(), &rows, mapping, keyed);
    import.summary.unmapped_columns = unmapped_columns;
    Ok(import)
}

/// Makes incidents of rows, all rows of an event among them.
#[must_use]
pub fn take(
    header: &[String],
    rows: &[Result<Row, BadRow>],
    mapping: &Mapping,
    keyed: KeyedHash<'_>,
) -> Import {
    let columns = Columns::new(header, mapping);
    let mut gathering = Gathering::new(mapping, &columns, keyed);
    let rows: Vec<RowOutcome> = rows.iter().map(|row| gathering.row(row)).collect();
    let incidents = gathering.finish();
    let mut summary = Summary::default();
    rows.iter().for_each(|outcome| summary.count(outcome));
    for incident in &incidents {
        summary.incidents += 1;
        let rows = u64::try_from(incident.lines.len()).unwrap_or(u64::MAX);
        *summary.rows_by_year.entry(year(&incident.record)).or_default() += rows;
    }
    Import { incidents, rows, summary }
}

/// The columns that the mapping says nothing of.
///
/// # Errors
/// When the list lacks columns that the mapping reads, and may not.
pub fn match_columns(list: &List, mapping: &Mapping) -> Result<Vec<String>, FileError> {
    let header: BTreeSet<&str> = list.header().iter().map(String::as_str).collect();
    let used: BTreeSet<&str> = mapping.columns().collect();
    let lacks = |name: &&&str| !header.contains(**name) && !name.contains(part::REPEATS);
    let missing: Vec<String> = used.iter().filter(lacks).map(ToString::to_string).collect();
    let mut keys = mapping.row.key.iter().chain(&mapping.row.else_key);
    let named = keys.any(|column| header.contains(column.as_str()));
    let may_lack = named && (mapping.lenient || list.kind().is_sparse());
    if !missing.is_empty() && !may_lack {
        return Err(FileError::MissingColumns { missing, found: list.header().to_vec() });
    }
    let known: BTreeSet<&str> = used.into_iter().chain(mapping.ignored()).collect();
    let is_known =
        |name: &String| known.contains(name.as_str()) || known.contains(repeated(name).as_str());
    Ok(list.header().iter().filter(|name| !is_known(name)).cloned().collect())
}

/// The name of a repeat's column as a mapping writes it: `a[1]/b` is `a[*]/b`.
fn repeated(name: &str) -> String {
    let Some((group, rest)) = name.split_once('[') else { return name.to_owned() };
    let Some((_, rest)) = rest.split_once(']') else { return name.to_owned() };
    format!("{group}{}{rest}", part::REPEATS)
}

/// The year in which the incident began at the earliest.
fn year(record: &Record) -> String {
    let date = record.text(table::DATE).and_then(|text| text.parse::<Date>().ok());
    let first = date.and_then(|date| date.earliest().or_else(|| date.latest()));
    first.map_or_else(|| "unknown".to_owned(), |day| format!("{:04}", day.year()))
}

/// Rows on their way into incidents.
struct Gathering<'a> {
    mapping: &'a Mapping,
    columns: &'a Columns<'a>,
    keyed: KeyedHash<'a>,
    taken: BTreeMap<RowKey, &'a Row>,
    places: BTreeMap<SourceRef, usize>,
    incidents: Vec<ImportedIncident>,
}

impl<'a> Gathering<'a> {
    fn new(mapping: &'a Mapping, columns: &'a Columns<'a>, keyed: KeyedHash<'a>) -> Self {
        Self {
            mapping,
            columns,
            keyed,
            taken: BTreeMap::new(),
            places: BTreeMap::new(),
            incidents: Vec::new(),
        }
    }

    fn row(&mut self, row: &'a Result<Row, BadRow>) -> RowOutcome {
        match row {
            Err(bad) => RowOutcome::Rejected { span: bad.span, reason: bad.reason.clone() },
            Ok(row) => match self.take(row) {
                Err(reason) => RowOutcome::Rejected { span: row.span, reason },
                Ok((source, warnings)) => RowOutcome::Imported { span: row.span, source, warnings },
            },
        }
    }

    fn take(&mut self, row: &'a Row) -> Result<(SourceRef, Vec<Warning>), Reason> {
        let rules = &self.mapping.row;
        let named = [&rules.key, &rules.else_key].into_iter();
        let mut named = named.filter(|columns| !self.columns.all_empty(row, columns));
        let Some(columns) = named.next() else {
            return Err(Reason::NoKey { columns: rules.key.clone() });
        };
        if !rules.needs_one_of.is_empty() && self.columns.all_empty(row, &rules.needs_one_of) {
            return Err(Reason::NothingKnown { columns: rules.needs_one_of.clone() });
        }
        let key = self.key("row", columns, row);
        if let Some(first) = self.taken.get(&key) {
            let same = first.cells == row.cells;
            return Err(Reason::DuplicateKey { first_line: first.span.line, same });
        }
        let named = if self.mapping.joins_rows() { key.token(self.keyed) } else { "1".to_owned() };
        let mut conversion = convert(self.mapping, self.columns, row, &named)?;
        self.complete(&mut conversion.record, &key)?;
        let source = self.source(row, &key);
        let mut warnings = conversion.warnings;
        self.join(source, row.span.line, &conversion.record, &mut warnings)?;
        self.taken.insert(key, row);
        Ok((source, warnings))
    }

    fn key(&self, kind: &str, columns: &[String], row: &Row) -> RowKey {
        let values = columns.iter().map(|column| self.columns.cell(row, column).to_owned());
        RowKey::new(format!("{kind} of {}", self.mapping.name), values.collect())
    }

    /// Rows that name no event are one of their own.
    fn source(&self, row: &Row, key: &RowKey) -> SourceRef {
        let event = &self.mapping.row.event;
        if self.columns.all_empty(row, event) {
            return key.source(self.keyed);
        }
        self.key("event", event, row).source(self.keyed)
    }

    /// Adds what a list does not have, and judges the record.
    fn complete(&self, record: &mut Record, key: &RowKey) -> Result<(), Reason> {
        for victim in victims(record) {
            let path = format!("victims/{victim}/pseudonym");
            if record.get(&path).is_none() {
                set(record, &path, key.pseudonym(self.keyed, &victim).into())?;
            }
        }
        set(record, "import/source", self.mapping.name.as_str().into())?;
        match check(record).into_iter().next() {
            None => Ok(()),
            Some(error) => {
                Err(Reason::Invalid { path: error.path, why: error.problem.to_string() })
            }
        }
    }

    /// Puts a row's record into its incident. What an earlier row said of the event stays.
    fn join(
        &mut self,
        source: SourceRef,
        line: u64,
        record: &Record,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), Reason> {
        let place = self.places.get(&source).copied();
        let Some(incident) = place.and_then(|place| self.incidents.get_mut(place)) else {
            bounded(record.len(), bytes(record.iter()))?;
            self.places.insert(source, self.incidents.len());
            let record = record.clone();
            self.incidents.push(ImportedIncident { source, lines: vec![line], record });
            return Ok(());
        };
        let new: Vec<(&FieldPath, &Value)> = record
            .iter()
            .filter(|(path, _)| incident.record.get(path.as_str()).is_none())
            .collect();
        let size = bytes(incident.record.iter()) + bytes(new.iter().copied());
        bounded(incident.record.len() + new.len(), size)?;
        let first_line = incident.lines.first().copied().unwrap_or(line);
        for (path, value) in record.iter() {
            if incident.record.get(path.as_str()).is_some_and(|known| known != value) {
                warnings.push(Warning::DiffersFromEvent { path: path.to_string(), first_line });
            }
        }
        for (path, value) in new {
            set(&mut incident.record, path.as_str(), value.clone())?;
        }
        incident.lines.push(line);
        Ok(())
    }

    /// Writes into each incident a title if it has none, where it is from, and what was imported.
    fn finish(self) -> Vec<ImportedIncident> {
        let mut incidents = self.incidents;
        for incident in &mut incidents {
            if incident.record.get(table::TITLE).is_none() {
                let title = neutral_title(&incident.record);
                let _fits = set(&mut incident.record, table::TITLE, title.into());
            }
            let mut remarks = Marks::of(&incident.record, self.keyed).fields();
            if let Ok(path) = "import/row".parse() {
                remarks.insert(path, incident.source.to_string().into());
            }
            for (path, value) in remarks {
                // There is room for them: MAX_IMPORTED_FIELDS.
                let _fits = incident.record.set(path, value);
            }
        }
        incidents
    }
}

fn bounded(fields: usize, bytes: usize) -> Result<(), Reason> {
    if fields > MAX_IMPORTED_FIELDS || bytes > MAX_INCIDENT_BYTES {
        return Err(Reason::IncidentTooLarge {
            fields: MAX_IMPORTED_FIELDS,
            bytes: MAX_INCIDENT_BYTES,
        });
    }
    Ok(())
}

/// Bytes of all texts.
fn bytes<'v>(fields: impl Iterator<Item = (&'v FieldPath, &'v Value)>) -> usize {
    fields.filter_map(|(_, value)| value.as_text()).map(str::len).sum()
}

/// Keys of the victims that a record describes or that an act of it names.
fn victims(record: &Record) -> BTreeSet<String> {
    let named = record
        .under("acts")
        .filter(|(path, _)| path.segment(2) == Some("victim"))
        .filter_map(|(_, value)| value.as_text());
    record.keys("victims").into_iter().chain(named).map(str::to_owned).collect()
}

fn set(record: &mut Record, path: &str, value: Value) -> Result<(), Reason> {
    let invalid = |why: String| Reason::Invalid { path: path.to_owned(), why };
    let path: FieldPath = path.parse().map_err(|error: PathError| invalid(error.to_string()))?;
    record.set(path, value).map_err(|error| invalid(error.to_string()))
}

#[cfg(test)]
mod tests;
