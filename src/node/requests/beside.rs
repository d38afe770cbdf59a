//! Writing the records that stand beside incidents: each once, in a document of its own.

use rand::Rng;

use crate::{
    api::ApiError,
    model::{
        id::{CircleId, DocumentId},
        registry::{Record, Value, check},
    },
    node::{Node, clock, errors, requests::incidents::known_path},
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
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        let id = data_encoding::HEXLOWER.encode(&bytes);
        let full = |error: crate::model::registry::RecordError| errors::usage(error.to_string());
        record.set(known_path(RECORD_ID)?, Value::Text(id.clone())).map_err(full)?;
        if record.get("at").is_none() {
            record.set(known_path("at")?, Value::Text(clock::now().to_date())).map_err(full)?;
        }
        if let Some(problem) = check(&record).first() {
            return Err(errors::usage(problem.to_string()));
        }
        for circle in circles {
            self.copy_beside(&record, circle)?;
        }
        self.settle();
        Ok(id)
    }

    /// Writes a copy of a record, complete with its id, into one circle.
    ///
    /// # Errors
    /// When the circle cannot be written in.
    pub(super) fn copy_beside(
        &mut self,
        record: &Record,
        circle: &CircleId,
    ) -> Result<(), ApiError> {
        let mut bytes = [0; DocumentId::LEN];
        self.rng.fill_bytes(&mut bytes);
        let document = DocumentId::new(bytes);
        let schema = record.schema().clone();
        let edit = self.prepare(circle, document, &schema, |edit| edit.set_all(record))?;
        self.write_edits(circle, edit.into_iter().collect())
    }
}
