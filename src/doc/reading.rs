//! All that is read of a document at once.

use crate::{
    doc::{Actor, Conflict, Document, document::State, read},
    model::registry::{Record, Schema},
};

/// A document as it reads, in one pass.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Its schema.
    pub schema: Schema,
    /// What each of those who began it says that it is: everybody may.
    pub said: Vec<Schema>,
    /// Its record.
    pub record: Record,
    /// Its fields with concurrent values that differ.
    pub conflicts: Vec<Conflict>,
    /// Changes in its history.
    pub changes: u64,
}

impl Document {
    /// Reads all of it.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let schema = self.schema();
        let (record, conflicts) = match &self.state {
            State::Plain { plain, .. } => (plain.record(schema.clone()), Vec::new()),
            State::Full(inner) => {
                let contents = read::contents(inner);
                let conflicts = read::conflicts(inner, &schema, &contents);
                (read::record(&schema, contents), conflicts)
            }
        };
        let said = match &self.state {
            State::Plain { plain, .. } => plain.schema().into_iter().collect(),
            State::Full(inner) => read::schemas(&**inner),
        };
        Reading { schema, said, record, conflicts, changes: self.known.len() as u64 }
    }

    /// The fields that have a value of these authors which nobody has replaced. Nothing of a
    /// document that was written only once, which has one author.
    #[must_use]
    pub fn record_by(&self, admits: impl Fn(&Actor) -> bool) -> Record {
        match &self.state {
            State::Plain { .. } => Record::new(self.schema()),
            State::Full(inner) => read::record_by(inner, &self.schema(), admits),
        }
    }
}
