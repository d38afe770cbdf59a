//! Writing the records that stand beside incidents: each once, in a document of its own.

use rand::Rng;

use crate::{
    api::ApiError,
    doc::Edit,
    model::{
        id::CircleId,
        registry::{Record, Value, check},
    },
    node::{Node, beside::beside_document, clock, errors, requests::incidents::known_path},
    view::RECORD_ID,
};

impl Node {
    /// Writes a record into each of some circles, under one id, durable when it returns; gives the
    /// id. The caller has set everything but the id and the day.
    ///
    /// # Errors
    /// When the record is not complete, or a circle cannot be written in.
    pub(super) fn write_beside(
        &mut self,
        mut record: Record,
        circles: &[CircleId],
    ) -> Result<String, ApiError> {
        let id = self.complete(&mut record)?;
        for circle in circles {
            self.copy_beside(circle, vec![record.clone()])?;
        }
        self.settle();
        Ok(id)
    }

    /// Gives a record its id and its day, and checks it.
    ///
    /// # Errors
    /// When the record is not complete.
    pub(super) fn complete(&mut self, record: &mut Record) -> Result<String, ApiError> {
        let id = self.new_id();
        let full = |error: crate::model::registry::RecordError| errors::usage(error.to_string());
        record.set(known_path(RECORD_ID)?, Value::Text(id.clone())).map_err(full)?;
        if record.get("at").is_none() {
            record.set(known_path("at")?, Value::Text(clock::now().to_date())).map_err(full)?;
        }
        match check(record).first() {
            Some(problem) => Err(errors::usage(problem.to_string())),
            None => Ok(id),
        }
    }

    /// Writes copies of records, complete with their ids, into one circle in one go. They are all of
    /// one kind.
    ///
    /// # Errors
    /// When the circle cannot be written in.
    pub(super) fn copy_beside(
        &mut self,
        circle: &CircleId,
        records: Vec<Record>,
    ) -> Result<(), ApiError> {
        let Some(schema) = records.first().map(|record| record.schema().clone()) else {
            return Ok(());
        };
        let mut edits = Vec::with_capacity(records.len());
        for record in records {
            let id = record.text(RECORD_ID).unwrap_or_default();
            let document = beside_document(circle, &self.org(), id);
            edits.push((document, move |edit: &mut Edit<'_>| edit.set_all(&record)));
        }
        let edits = self.prepare_all(circle, &schema, edits)?;
        self.write_edits(circle, edits)
    }

    /// 32 hexadecimal digits that nobody has used.
    pub(super) fn new_id(&mut self) -> String {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        data_encoding::HEXLOWER.encode(&bytes)
    }
}
