//! Cross-tables of any two dimensions, suppressed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use super::{Dimension, Filter, Unit, items};
use crate::{
    figures::{
        event::Event,
        seed::Seed,
        suppress::{Kind, Mark, System},
    },
    model::id::IncidentId,
};

/// A table of one dimension by another, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrossTable {
    /// Values of the rows' dimension.
    pub rows: Vec<String>,
    /// Values of the columns' dimension.
    pub columns: Vec<String>,
    /// A line of cells for each row.
    pub cells: Vec<Vec<String>>,
    /// The sum of each row; empty if a thing can be in several columns.
    pub row_totals: Vec<String>,
    /// The sum of each column; empty if a thing can be in several rows.
    pub column_totals: Vec<String>,
    /// How many things there are.
    pub total: String,
    /// How many cells are hidden.
    pub hidden: usize,
}

type Place = (Option<String>, Option<String>);

/// Counts things by two dimensions. Small numbers are hidden, and so much beside them that nobody
/// works them out from the sums. A thing with several values of a dimension is counted in each; then
/// there are no sums over that dimension, which would not be sums.
#[must_use]
pub fn cross(
    events: &[Event],
    filter: &Filter,
    unit: Unit,
    (rows, columns): (Dimension, Dimension),
    as_of: civil::Date,
) -> CrossTable {
    let mut counts: BTreeMap<Place, u64> = BTreeMap::new();
    let (mut one_row, mut one_column) = (true, true);
    for item in items(events, filter, unit) {
        let (in_rows, in_columns) = (rows.of(&item, as_of), columns.of(&item, as_of));
        one_row &= in_rows.len() == 1;
        one_column &= in_columns.len() == 1;
        for row in &in_rows {
            for column in &in_columns {
                *counts.entry((Some(row.clone()), Some(column.clone()))).or_default() += 1;
            }
            *counts.entry((Some(row.clone()), None)).or_default() += 1;
        }
        for column in &in_columns {
            *counts.entry((None, Some(column.clone()))).or_default() += 1;
        }
        *counts.entry((None, None)).or_default() += 1;
    }
    let values = |value: fn(&Place) -> Option<&String>| -> Vec<String> {
        let all: BTreeSet<&String> = counts.keys().filter_map(value).collect();
        all.into_iter().cloned().collect()
    };
    let shape = Shape {
        rows: values(|place| place.0.as_ref()),
        columns: values(|place| place.1.as_ref()),
        row_totals: one_column,
        column_totals: one_row,
    };
    shape.print(&counts, &seed(events))
}

/// From what nobody outside knows, and what is the same whatever was asked.
fn seed(events: &[Event]) -> Seed {
    let ids: BTreeSet<&IncidentId> = events.iter().flat_map(|event| &event.clusters).collect();
    let ids = ids.into_iter().map(|id| id.as_bytes().as_slice());
    Seed::of([b"cross".as_slice()].into_iter().chain(ids))
}

struct Shape {
    rows: Vec<String>,
    columns: Vec<String>,
    row_totals: bool,
    column_totals: bool,
}

impl Shape {
    fn print(self, counts: &BTreeMap<Place, u64>, seed: &Seed) -> CrossTable {
        let marks = self.marks(counts, seed);
        let show = |row: Option<&String>, column: Option<&String>| {
            let place = (row.cloned(), column.cloned());
            let mark = marks.get(&place).copied().unwrap_or(Mark::Shown);
            mark.print(counts.get(&place).copied().unwrap_or(0))
        };
        let cells = |row: &String| {
            self.columns.iter().map(|column| show(Some(row), Some(column))).collect()
        };
        let row_totals = self.rows.iter().filter(|_| self.row_totals);
        let column_totals = self.columns.iter().filter(|_| self.column_totals);
        CrossTable {
            cells: self.rows.iter().map(cells).collect(),
            row_totals: row_totals.map(|row| show(Some(row), None)).collect(),
            column_totals: column_totals.map(|column| show(None, Some(column))).collect(),
            total: show(None, None),
            hidden: marks.values().filter(|mark| **mark != Mark::Shown).count(),
            rows: self.rows,
            columns: self.columns,
        }
    }

    /// Every number that is printed is a cell; sums that are not printed are none.
    fn marks(&self, counts: &BTreeMap<Place, u64>, seed: &Seed) -> BTreeMap<Place, Mark> {
        let mut system = System::default();
        let mut numbers: BTreeMap<Place, usize> = BTreeMap::new();
        let rows = || self.rows.iter().map(Some).chain([None]);
        let columns = || self.columns.iter().map(Some).chain([None]);
        let (mut drawn_rows, mut drawn_columns): (Vec<_>, Vec<_>) =
            (rows().collect(), columns().collect());
        seed.part("rows").shuffle(&mut drawn_rows);
        seed.part("columns").shuffle(&mut drawn_columns);
        for row in drawn_rows {
            for column in drawn_columns.iter().copied() {
                let printed = match (row, column) {
                    (Some(_), None) => self.row_totals,
                    (None, Some(_)) => self.column_totals,
                    (Some(_), Some(_)) | (None, None) => true,
                };
                if printed {
                    let place = (row.cloned(), column.cloned());
                    let value = counts.get(&place).copied().unwrap_or(0);
                    numbers.insert(place, system.cell(value, Kind::Sensitive));
                }
            }
        }
        let at = |row: Option<&String>, column: Option<&String>| {
            numbers.get(&(row.cloned(), column.cloned())).copied()
        };
        for row in rows() {
            if let Some(total) = at(row, None).filter(|_| self.row_totals) {
                let cells: Vec<usize> =
                    self.columns.iter().filter_map(|column| at(row, Some(column))).collect();
                if cells.len() == self.columns.len() {
                    system.sum(Some(total), &cells);
                }
            }
        }
        for column in columns() {
            if let Some(total) = at(None, column).filter(|_| self.column_totals) {
                let cells: Vec<usize> =
                    self.rows.iter().filter_map(|row| at(Some(row), column)).collect();
                if cells.len() == self.rows.len() {
                    system.sum(Some(total), &cells);
                }
            }
        }
        let marks = system.solve();
        numbers.into_iter().filter_map(|(place, it)| Some((place, *marks.get(it)?))).collect()
    }
}
