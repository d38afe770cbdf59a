//! Importing lists.

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError, Progress,
        answer::{Imported, RowNote},
    },
    crypto::Label,
    exchange::{self, Existing, Mapping, Planned, RowOutcome, SourceRef},
    model::{
        id::{DocumentId, IncidentId},
        registry::{FieldPath, Record, Schema, Value},
    },
    node::{Node, errors},
};

/// Field of a dossier by which a row is known again.
const IMPORT_ROW: &str = "import/row";
/// Incidents that are written in one go.
const BATCH: usize = 200;

impl Node {
    pub(super) fn import(
        &mut self,
        content: &[u8],
        mapping: &str,
        dry_run: bool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, ApiError> {
        let mapping = Mapping::parse("the mapping", mapping)
            .map_err(|error| errors::usage(errors::sentence(&error)))?;
        // The same on every device of the organisation, and known to nobody else: the private
        // circle's id never leaves it.
        let private = self.own.private;
        let keyed = move |data: &[u8]| Label::ImportRow.hash(&[private.as_bytes(), data]);
        progress(Progress::step("reading"));
        let import = exchange::read(content, &mapping, &keyed)
            .map_err(|error| errors::usage(errors::sentence(&error)))?;
        let (rejected, warnings) = notes(&import.rows);
        let existing = self.imported_before();
        let plan = exchange::plan(import, &keyed, |source| existing.get(source).cloned());
        let rows = &plan.summary.rows;
        let answer = Imported {
            dry_run,
            rows: rows.rows,
            created: plan.summary.create,
            updated: plan.summary.update,
            unchanged: plan.summary.unchanged,
            rejected,
            warnings,
            by_year: rows.rows_by_year.clone(),
        };
        for planned in &plan.incidents {
            match &planned.planned {
                Planned::Create { record } => {
                    self.check_codes(&private, record.schema(), record.iter())?;
                }
                Planned::Update { changes, .. } => {
                    let set =
                        changes.iter().filter_map(|(path, value)| Some((path, value.as_ref()?)));
                    self.check_codes(&private, &Schema::incident(), set)?;
                }
                Planned::Unchanged { .. } | Planned::Erased => {}
            }
        }
        if !dry_run {
            self.execute(plan, progress)?;
        }
        Ok(Answer::Imported(answer))
    }

    fn execute(
        &mut self,
        plan: exchange::Plan,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), ApiError> {
        let total = plan.incidents.len() as u64;
        let mut created: Vec<Record> = Vec::new();
        for (done, planned) in (0_u64..).zip(plan.incidents) {
            match planned.planned {
                Planned::Create { record } => created.push(record),
                Planned::Update { incident, changes, marks, .. } => {
                    self.update(&incident, changes.into_iter().chain(marks).collect())?;
                }
                Planned::Unchanged { .. } | Planned::Erased => {}
            }
            if created.len() >= BATCH {
                self.new_incident(&std::mem::take(&mut created))?;
                self.settle();
                progress(Progress::of("importing", done, total));
            }
        }
        self.new_incident(&created)?;
        self.settle();
        progress(Progress::of("importing", total, total));
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

    /// The dossiers that came from lists, by row.
    fn imported_before(&self) -> BTreeMap<SourceRef, Existing> {
        let mut found = BTreeMap::new();
        for incident in self.view.ids(&crate::view::Query::default()) {
            let dossier = self.view.documents(&incident).find(|document| document.tier().is_none());
            let Some(dossier) = dossier else { continue };
            let source = dossier.record().text(IMPORT_ROW).and_then(|text| text.parse().ok());
            if let Some(source) = source {
                let record = dossier.record().unpack();
                found.insert(source, Existing::Present { incident, record });
            }
        }
        found
    }
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
