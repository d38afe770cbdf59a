//! A list in portions, so that none is ever held whole: each portion can be taken by itself.
//!
//! ```text
//! first pass    survey: how many rows, and how many of each event
//! second pass   row ─▶ push ─▶ a portion, when there is enough ─▶ the node takes it, durably
//!                       │
//!                       └ rows of one event wait for each other: they are one incident
//! ```
//!
//! What is held: one portion, the rows of events that are not complete, and sixteen bytes for each
//! row and event. An import that was interrupted is run again: what is there already stays as it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use super::{
    convert::Columns,
    error::FileError,
    list::List,
    mapping::Mapping,
    outcome::{Reason, Warning},
    read::{MAX_IMPORTED_FIELDS, MAX_INCIDENT_BYTES},
    row::{BadRow, Row},
};

/// Rows of one portion, unless one event has more.
pub const BATCH_ROWS: usize = 500;
/// Bytes of the cells of one portion, unless one event has more.
const BATCH_BYTES: usize = 512 * 1024;
/// Rows of one event: more make more fields than an incident may have.
pub const MAX_EVENT_ROWS: usize = MAX_IMPORTED_FIELDS;
/// Bytes of the cells of one event. An incident takes fewer, but not all columns are for it.
const MAX_EVENT_BYTES: usize = 4 * 1024 * 1024;

/// Sixteen bytes that stand for some values.
type Mark = [u8; 16];

fn mark<'a>(values: impl Iterator<Item = &'a str>) -> Mark {
    let mut hasher = blake3::Hasher::new();
    for value in values {
        hasher.update(&u64::try_from(value.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(value.as_bytes());
    }
    hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default()
}

/// What the first pass found.
#[derive(Debug, Default)]
pub struct Survey {
    /// Rows of the list, those included that do not read.
    pub rows: u64,
    /// Rows of each event that has more than one.
    events: BTreeMap<Mark, u64>,
}

impl Survey {
    /// Reads the list once, without keeping it.
    ///
    /// # Errors
    /// When the file does not read to its end.
    pub fn of(list: &List, mapping: &Mapping) -> Result<Self, FileError> {
        let columns = Columns::new(list.header(), mapping);
        let mut survey = Self::default();
        list.each(&mut |row| {
            survey.rows += 1;
            if let Ok(row) = row
                && let Some(event) = event(&columns, mapping, &row)
            {
                *survey.events.entry(event).or_default() += 1;
            }
            ControlFlow::Continue(())
        })?;
        survey.events.retain(|_event, rows| *rows > 1);
        Ok(survey)
    }
}

fn event(columns: &Columns<'_>, mapping: &Mapping, row: &Row) -> Option<Mark> {
    let named = &mapping.row.event;
    if columns.all_empty(row, named) {
        return None;
    }
    Some(mark(named.iter().map(|column| columns.cell(row, column))))
}

/// Rows of one event that wait for the others.
#[derive(Debug, Default)]
struct Waiting {
    rows: Vec<Row>,
    bytes: usize,
    seen: u64,
}

/// Where a row was taken that another may repeat, and what it said.
type Taken = (u64, Mark);

/// Rows that were refused here, with the reason.
pub type Refused = Vec<(u64, Reason)>;

/// Makes portions of rows.
#[derive(Debug)]
pub struct Batcher<'a> {
    mapping: &'a Mapping,
    columns: Columns<'a>,
    events: BTreeMap<Mark, u64>,
    waiting: BTreeMap<Mark, Waiting>,
    ready: Vec<Row>,
    bytes: usize,
    taken: BTreeMap<Mark, Taken>,
    refused: Refused,
}

impl<'a> Batcher<'a> {
    /// For the second pass over a list.
    #[must_use]
    pub fn new(header: &'a [String], mapping: &'a Mapping, survey: Survey) -> Self {
        Self {
            mapping,
            columns: Columns::new(header, mapping),
            events: survey.events,
            waiting: BTreeMap::new(),
            ready: Vec::new(),
            bytes: 0,
            taken: BTreeMap::new(),
            refused: Vec::new(),
        }
    }

    /// Takes a row; gives a portion when there is enough for one.
    pub fn push(&mut self, row: Result<Row, BadRow>) -> Option<Vec<Row>> {
        match row {
            Err(bad) => self.refused.push((bad.span.line, bad.reason)),
            Ok(row) => match event(&self.columns, self.mapping, &row) {
                Some(event) => self.wait(event, row),
                None => self.enter(row),
            },
        }
        let enough = self.ready.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES;
        enough.then(|| self.portion())
    }

    /// What is left at the end; none if nothing is.
    pub fn finish(&mut self) -> Option<Vec<Row>> {
        // All are complete unless the file changed between the two passes.
        for (_event, waiting) in std::mem::take(&mut self.waiting) {
            waiting.rows.into_iter().for_each(|row| self.enter(row));
        }
        (!self.ready.is_empty()).then(|| self.portion())
    }

    /// Remembers which rows of a portion were taken, so that their repetitions are known.
    pub fn settle(&mut self, rows: &[Row], refused: &BTreeSet<u64>) {
        for row in rows.iter().filter(|row| !refused.contains(&row.span.line)) {
            if let Some(key) = self.key(row) {
                self.taken.insert(key, (row.span.line, content(row)));
            }
        }
    }

    /// The rows that were refused here since the last call.
    pub fn take_refused(&mut self) -> Refused {
        std::mem::take(&mut self.refused)
    }

    fn portion(&mut self) -> Vec<Row> {
        self.bytes = 0;
        std::mem::take(&mut self.ready)
    }

    fn wait(&mut self, event: Mark, row: Row) {
        let Some(expected) = self.events.get(&event).copied() else { return self.enter(row) };
        let waiting = self.waiting.entry(event).or_default();
        waiting.seen += 1;
        waiting.bytes = waiting.bytes.saturating_add(size(&row));
        if waiting.rows.len() < MAX_EVENT_ROWS && waiting.bytes <= MAX_EVENT_BYTES {
            waiting.rows.push(row);
        } else {
            let (fields, bytes) = (MAX_IMPORTED_FIELDS, MAX_INCIDENT_BYTES);
            self.refused.push((row.span.line, Reason::IncidentTooLarge { fields, bytes }));
        }
        if waiting.seen >= expected
            && let Some(complete) = self.waiting.remove(&event)
        {
            complete.rows.into_iter().for_each(|row| self.enter(row));
        }
    }

    fn enter(&mut self, row: Row) {
        let first = self.key(&row).and_then(|key| self.taken.get(&key));
        if let Some((first_line, said)) = first.copied() {
            let same = said == content(&row);
            self.refused.push((row.span.line, Reason::DuplicateKey { first_line, same }));
            return;
        }
        self.bytes = self.bytes.saturating_add(size(&row));
        self.ready.push(row);
    }

    fn key(&self, row: &Row) -> Option<Mark> {
        let rules = &self.mapping.row;
        let mut named = [&rules.key, &rules.else_key].into_iter();
        let columns = named.find(|columns| !self.columns.all_empty(row, columns))?;
        Some(mark(columns.iter().map(|column| self.columns.cell(row, column))))
    }
}

fn size(row: &Row) -> usize {
    row.cells.iter().map(String::len).sum()
}

fn content(row: &Row) -> Mark {
    mark(row.cells.iter().map(String::as_str))
}

/// A small list at once: all its portions, and the rows that are in none.
///
/// # Errors
/// When the file does not read to its end.
pub fn all(list: &List, mapping: &Mapping) -> Result<(Vec<Vec<Row>>, Refused), FileError> {
    let mut batcher = Batcher::new(list.header(), mapping, Survey::of(list, mapping)?);
    let mut portions = Vec::new();
    list.each(&mut |row| {
        portions.extend(batcher.push(row));
        ControlFlow::Continue(())
    })?;
    portions.extend(batcher.finish());
    Ok((portions, batcher.take_refused()))
}

/// What reading the rows of a portion had to say, by line.
pub fn warnings(rows: &[Row]) -> impl Iterator<Item = (u64, &Warning)> {
    rows.iter().flat_map(|row| row.warnings.iter().map(|warning| (row.span.line, warning)))
}

#[cfg(test)]
mod tests;
