//! Writing the records that stand beside incidents: each once, in a document of its own.

use rand::Rng;
use rayon::prelude::*;

use crate::{
    api::ApiError,
    doc::{Actor, Document},
    model::{
        id::{CircleId, DeviceId, DocumentId},
        registry::{Record, Value, check},
    },
    node::{
        Node,
        beside::beside_document,
        clock, errors,
        requests::incidents::{MIN_SHARE, known_path},
    },
    replica::DocumentWrite,
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
    pub(in crate::node) fn copy_beside(
        &mut self,
        circle: &CircleId,
        records: Vec<Record>,
    ) -> Result<(), ApiError> {
        let Some(schema) = records.first().map(|record| record.schema().clone()) else {
            return Ok(());
        };
        let identity = self.replica.identity();
        let (device, incarnation) = (identity.keys.device(), identity.incarnation);
        let mut places = Vec::with_capacity(records.len());
        for record in records {
            let id = record.text(RECORD_ID).unwrap_or_default();
            let document = beside_document(circle, &self.org(), id);
            if !self.wrote_in(circle, document)? {
                places.push((document, self.replica.document(&(*circle, document))?, record));
            }
        }
        let made =
            places.into_par_iter().with_min_len(MIN_SHARE).map(|(document, held, record)| {
                // Built on nobody else's change: whoever wrote in the document first does not keep the
                // record from being read.
                let mut edited = Document::new(schema.clone());
                let actor = Actor::of(&device, &incarnation, &document);
                let Some(change) = edited.edit(&actor, |edit| edit.set_all(&record))? else {
                    return Ok(None);
                };
                if let Some(mut held) = held {
                    held.apply(std::slice::from_ref(&change));
                    edited = held;
                }
                let changes = vec![change.bytes().to_vec()];
                Ok(Some((DocumentWrite { document, schema: schema.clone(), changes }, edited)))
            });
        let made: Vec<Result<_, ApiError>> = made.collect();
        let edits = made.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
        self.write_edits(circle, edits)
    }

    /// Whether this organisation wrote in a document. What it writes again counts no more.
    fn wrote_in(&self, circle: &CircleId, document: DocumentId) -> Result<bool, ApiError> {
        let own = self.org();
        let is_ours = |device: &DeviceId| self.org_by_device(circle, device) == Some(own);
        Ok(self.replica.document_by(&(*circle, document), is_ours)?.is_some())
    }

    /// 32 hexadecimal digits that nobody has used.
    pub(super) fn new_id(&mut self) -> String {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        data_encoding::HEXLOWER.encode(&bytes)
    }
}
