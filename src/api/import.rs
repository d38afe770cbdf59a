//! The import of lists: rows in portions, what became of them, and saved mappings.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::model::{
    id::IncidentId,
    registry::{FieldPath, Value},
};

/// A portion of a list. All rows of one event come in one portion.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportRows {
    /// The mapping file's text.
    pub mapping: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<ListRow>,
    /// Only report.
    pub dry_run: bool,
    /// Whether to tell each field that changes.
    pub changes: bool,
}

/// A row of a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRow {
    /// Line of the file where the row begins, from 1.
    pub line: u64,
    /// Line where it ends.
    pub last_line: u64,
    /// Its cells, one for each column.
    pub cells: Vec<String>,
}

impl fmt::Debug for ImportRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportRows").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for ListRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListRow").field("line", &self.line).finish_non_exhaustive()
    }
}

/// A row of a list that was not taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowNote {
    /// Line of the file where the row begins, from 1; in a workbook the number of the row, in JSON
    /// that of the record.
    pub line: u64,
    /// What about it.
    pub reason: String,
}

/// What an import did, or one portion of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// What the number of a row counts: `line`, `row` of a sheet, `record`.
    pub place: String,
    /// Rows of the file.
    pub rows: u64,
    /// New incidents.
    pub created: u64,
    /// Incidents that the list changed.
    pub updated: u64,
    /// Incidents that stay as they are.
    pub unchanged: u64,
    /// Incidents that were erased, and are not made again.
    pub erased: u64,
    /// Rows that were refused, with line and reason.
    pub rejected: Vec<RowNote>,
    /// Rows that were taken with a remark.
    pub warnings: Vec<RowNote>,
    /// Incidents of which a person changed here what the list says otherwise: theirs stays.
    pub kept: Vec<Kept>,
    /// Rows taken or already here, by year of their date (`unknown` without one).
    pub by_year: BTreeMap<String, u64>,
    /// Columns that the mapping neither reads nor ignores.
    pub unmapped_columns: Vec<String>,
    /// What changes in each incident, if that was asked for.
    pub changes: Vec<IncidentChange>,
}

/// What a person changed since the last import, and stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Line of the incident's first row.
    pub line: u64,
    /// The incident.
    pub incident: IncidentId,
    /// The fields.
    pub fields: Vec<FieldPath>,
}

/// What an import changes in one incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentChange {
    /// Line of the incident's first row.
    pub line: u64,
    /// The incident; none if it is new.
    pub incident: Option<IncidentId>,
    /// The fields.
    pub fields: Vec<FieldChange>,
}

/// What an import changes in one field.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field.
    pub path: FieldPath,
    /// What stands there; none if nothing does.
    pub old: Option<Value>,
    /// What will; none if the list has nothing there any more.
    pub new: Option<Value>,
}

impl fmt::Debug for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldChange").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Imported {
    /// Adds what another portion did.
    pub fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.erased += other.erased;
        self.rejected.extend(other.rejected);
        self.warnings.extend(other.warnings);
        self.kept.extend(other.kept);
        for (year, rows) in other.by_year {
            *self.by_year.entry(year).or_default() += rows;
        }
        self.changes.extend(other.changes);
    }

    /// Puts what is told of rows into the order of the file: rows of an event wait for each other.
    pub fn sort(&mut self) {
        self.rejected.sort_by_key(|note| note.line);
        self.warnings.sort_by_key(|note| note.line);
        self.kept.sort_by_key(|kept| kept.line);
        self.changes.sort_by_key(|change| change.line);
    }
}

/// A mapping that is kept by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedMapping {
    /// The name under which it is kept.
    pub name: String,
    /// What the list is, as the mapping says.
    pub description: String,
    /// Whether the program brings it along.
    pub built_in: bool,
    /// The mapping file's text; empty in lists of mappings.
    pub text: String,
}
