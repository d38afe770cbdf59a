//! Importing lists, portion by portion.

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError,
        answer::{Imported, RowNote},
        import::{FieldChange, ImportRows, IncidentChange, Kept, ListRow},
    },
    crypto::Label,
    exchange::{
        self, BadRow, Existing, MAX_COLUMNS, Mapping, Planned, Row, RowOutcome, RowSpan, SourceRef,
        batch::MAX_EVENT_ROWS, outcome::Reason, plan::PlannedIncident,
    },
    model::{
        id::{DocumentId, IncidentId},
        registry::{FieldPath, Record, Schema, Value},
    },
    node::{Node, errors},
};

/// Rows that one portion may have: one that was nearly full, and one event.
const MAX_ROWS: usize = 2 * MAX_EVENT_ROWS;

impl Node {
    pub(super) fn import_rows(&mut self, request: ImportRows) -> Result<Answer, ApiError> {
        let ImportRows { mapping, header, rows, dry_run, changes } = request;
        let mapping = Mapping::parse("the mapping", &mapping)
            .map_err(|error| errors::usage(errors::sentence(&error)))?;
        if rows.len() > MAX_ROWS || header.len() > MAX_COLUMNS {
            let most = format!("a portion has at most {MAX_ROWS} rows and {MAX_COLUMNS} columns");
            return Err(errors::usage(most));
        }
        // The same on every device of the organisation, and known to nobody else: the private
        // circle's id never leaves it.
        let private = self.own.private;
        let keyed = move |data: &[u8]| Label::ImportRow.hash(&[private.as_bytes(), data]);
        let mut rows: Vec<Result<Row, BadRow>> =
            rows.into_iter().map(|row| checked(&header, row)).collect();
        let planned = |rows: &[Result<Row, BadRow>]| {
            let import = exchange::take(&header, rows, &mapping, &keyed);
            let notes = notes(&import.rows);
            (notes, exchange::plan(import, &keyed, |source| self.imported_before(source)))
        };
        let (mut noted, mut plan) = planned(&rows);
        if self.strange_in(&plan).is_some() {
            // Few lists have such rows: only then is each looked at alone. What a row alone would
            // write is what it would write beside others, so none is left after that.
            for row in &mut rows {
                let (_, alone) = planned(std::slice::from_ref(row));
                if let (Ok(taken), Some(reason)) = (&*row, self.strange_in(&alone)) {
                    *row = Err(BadRow { span: taken.span, reason });
                }
            }
            (noted, plan) = planned(&rows);
        }
        let (rejected, warnings) = noted;
        let summary = &plan.summary;
        let answer = Imported {
            dry_run,
            rows: summary.rows.rows,
            created: summary.create,
            updated: summary.update,
            unchanged: summary.unchanged,
            erased: summary.erased,
            rejected,
            warnings,
            kept: plan.incidents.iter().filter_map(kept).collect(),
            by_year: summary.rows.rows_by_year.clone(),
            changes: if changes { self.changes(&plan.incidents) } else { Vec::new() },
            ..Imported::default()
        };
        if !dry_run {
            self.execute(plan)?;
        }
        Ok(Answer::Imported(answer))
    }

    /// Why what a plan writes is refused: a code that nobody adopted.
    fn strange_in(&self, plan: &exchange::Plan) -> Option<Reason> {
        let schema = Schema::incident();
        let strange = plan.incidents.iter().find_map(|planned| match &planned.planned {
            Planned::Create { record } => {
                self.strange_code(&self.own.private, record.schema(), record.iter())
            }
            Planned::Update { changes, .. } => {
                let set = changes.iter().filter_map(|(path, value)| Some((path, value.as_ref()?)));
                self.strange_code(&self.own.private, &schema, set)
            }
            Planned::Unchanged { .. } | Planned::Erased => None,
        })?;
        Some(Reason::Invalid { path: strange.path.to_string(), why: strange.why() })
    }

    fn execute(&mut self, plan: exchange::Plan) -> Result<(), ApiError> {
        let mut created: Vec<Record> = Vec::new();
        for planned in plan.incidents {
            match planned.planned {
                Planned::Create { record } => created.push(record),
                Planned::Update { incident, changes, marks, .. } => {
                    self.update(&incident, changes.into_iter().chain(marks).collect())?;
                }
                Planned::Unchanged { .. } | Planned::Erased => {}
            }
        }
        self.new_incident(&created)?;
        self.settle();
        Ok(())
    }

    fn update(
        &mut self,
        incident: &IncidentId,
        changes: Vec<(FieldPath, Option<Value>)>,
    ) -> Result<(), ApiError> {
        let document = DocumentId::new(*incident.as_bytes());
        let private = self.own.private;
        self.edit_document(&private, document, &Schema::incident(), |edit| {
            changes.iter().try_for_each(|(path, value)| match value {
                Some(value) => edit.set(path, value),
                None => edit.remove(path),
            })
        })?;
        Ok(())
    }

    /// The dossier that came from this row, if there is one.
    fn imported_before(&self, source: &SourceRef) -> Option<Existing> {
        let (incident, dossier) = self.view.imported(*source.as_bytes())?;
        Some(Existing::Present { incident, record: dossier.record().unpack() })
    }

    /// What a plan changes, field by field, with what stands there now.
    fn changes(&self, incidents: &[PlannedIncident]) -> Vec<IncidentChange> {
        let change = |planned: &PlannedIncident| {
            let line = planned.lines.first().copied().unwrap_or_default();
            let (incident, fields) = match &planned.planned {
                Planned::Create { record } => {
                    let fields = record.iter().filter(|(path, _)| !path.is_under("import"));
                    let field = |(path, value): (&FieldPath, &Value)| FieldChange {
                        path: path.clone(),
                        old: None,
                        new: Some(value.clone()),
                    };
                    (None, fields.map(field).collect())
                }
                Planned::Update { incident, changes, .. } => {
                    (Some(*incident), self.old_and_new(&planned.source, changes))
                }
                Planned::Unchanged { .. } | Planned::Erased => return None,
            };
            Some(IncidentChange { line, incident, fields })
        };
        incidents.iter().filter_map(change).collect()
    }

    fn old_and_new(
        &self,
        source: &SourceRef,
        changes: &BTreeMap<FieldPath, Option<Value>>,
    ) -> Vec<FieldChange> {
        let own = match self.imported_before(source) {
            Some(Existing::Present { record, .. }) => record,
            Some(Existing::Erased) | None => Record::incident(),
        };
        let change = |(path, new): (&FieldPath, &Option<Value>)| FieldChange {
            path: path.clone(),
            old: own.get(path.as_str()).cloned(),
            new: new.clone(),
        };
        changes.iter().map(change).collect()
    }
}

/// A row as whoever asked sent it, within the bounds of every list.
fn checked(header: &[String], row: ListRow) -> Result<Row, BadRow> {
    let span = RowSpan { line: row.line, last_line: row.last_line };
    match exchange::row::judge(header, &row.cells) {
        Ok(()) => Ok(Row { span, cells: row.cells, warnings: Vec::new() }),
        Err(reason) => Err(BadRow { span, reason }),
    }
}

fn kept(planned: &PlannedIncident) -> Option<Kept> {
    let (incident, fields) = match &planned.planned {
        Planned::Update { incident, kept, .. } | Planned::Unchanged { incident, kept } => {
            (*incident, kept.clone())
        }
        Planned::Create { .. } | Planned::Erased => return None,
    };
    let line = planned.lines.first().copied().unwrap_or_default();
    (!fields.is_empty()).then_some(Kept { line, incident, fields })
}

/// What is to be told of rows: those that were refused, and those that were taken with a remark.
fn notes(rows: &[RowOutcome]) -> (Vec<RowNote>, Vec<RowNote>) {
    let (mut rejected, mut warned) = (Vec::new(), Vec::new());
    for row in rows {
        let line = row.span().line;
        match row {
            RowOutcome::Rejected { reason, .. } => {
                rejected.push(RowNote { line, reason: reason.to_string() });
            }
            RowOutcome::Imported { warnings, .. } => {
                warned.extend(warnings.iter().map(|it| RowNote { line, reason: it.to_string() }));
            }
        }
    }
    (rejected, warned)
}
