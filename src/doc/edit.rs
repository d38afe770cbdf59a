//! Writing in a document.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{
    Automerge, AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
    Value as Stored,
    transaction::{CommitOptions, Transactable, Transaction},
};

use crate::{
    doc::{
        Actor, CheckedChange, Document, PreflightError, QuarantineReason, beginning::Beginning,
        causality::Ahead, document::State, preflight, read::SCHEMA_KEY,
    },
    model::{
        limits::{MAX_FIELD_BYTES, MAX_FIELDS_PER_RECORD},
        registry::{FieldPath, Kind, Record, RecordError, Schema, Value, table},
    },
};

/// Letters that one edit deletes; a text that loses more is begun anew.
const MAX_DELETED: usize = 3_000;

/// Why an edit is not made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// A value or the record would be beyond its bounds.
    #[error(transparent)]
    Bounds(#[from] RecordError),
    /// automerge refuses the edit.
    #[error("automerge refuses the edit")]
    Automerge(#[from] AutomergeError),
    /// The change would be refused by others: too large, or the document has reached its bounds.
    #[error("partners would refuse the change; make smaller edits or a new document")]
    Refused(#[source] PreflightError),
    /// A remark is about letters that are not there.
    #[error("{path} is no long text, or has no such letters")]
    NotThere {
        /// The field.
        path: FieldPath,
    },
    /// An own change with this number waits for others, or was refused: another one would be
    /// refused by all.
    #[error(
        "changes that this device made in the document wait for others that have not come; synchronise first"
    )]
    Unsettled,
    /// automerge failed on this document; it is as it was.
    #[error("the document cannot be edited: automerge failed on it")]
    Failed,
}

/// An edit in progress: all that it does becomes one change.
pub struct Edit<'d> {
    pub(super) writer: Writer<'d>,
    pub(super) schema: Schema,
    /// Whether the document is read with its marks.
    pub(super) marked: bool,
}

/// Where an edit goes: a document, or the first change of one.
pub(super) enum Writer<'d> {
    Document(Box<Transaction<'d>>),
    Beginning(Beginning),
}

impl Document {
    /// Makes one change as `actor`, and gives it for the log; none if nothing changed. Two edits
    /// with the same actor must never be made on two copies of a document.
    ///
    /// # Errors
    /// When a value is beyond its bounds, or the change would be refused by others. The document
    /// is then as it was.
    pub fn edit(
        &mut self,
        actor: &Actor,
        write: impl Fn(&mut Edit<'_>) -> Result<(), EditError>,
    ) -> Result<Option<CheckedChange>, EditError> {
        let schema = self.schema();
        if self.is_untouched()
            && let Some(change) = begin(&schema, actor, &write)?
        {
            self.begin(&change);
            return Ok(Some(change));
        }
        let attempt = || {
            let mut inner = self.state.to_automerge().ok_or(EditError::Failed)?;
            inner.set_actor(actor.to_automerge());
            let hash = transact(&mut inner, (schema, self.reads_marks()), &write)?;
            let change = hash.and_then(|hash| inner.get_change_by_hash(&hash));
            Ok::<_, EditError>((inner, change))
        };
        let (inner, change) =
            catch_unwind(AssertUnwindSafe(attempt)).map_err(|_panic| EditError::Failed)??;
        let Some(change) = change else { return Ok(None) };
        let checked = preflight(change.raw_bytes(), actor).map_err(EditError::Refused)?;
        if self.claims.contains_key(&(checked.actor, checked.seq)) {
            return Err(EditError::Unsettled);
        }
        let known = self.fits(&checked, &Ahead::new()).map_err(|reason| match reason {
            QuarantineReason::Marks => EditError::Refused(PreflightError::TooMany("marks")),
            QuarantineReason::Equivocation
            | QuarantineReason::Sequence
            | QuarantineReason::Reference
            | QuarantineReason::OperationCounter
            | QuarantineReason::DoesNotApply
            | QuarantineReason::TooManyWaiting => EditError::Failed,
        })?;
        self.state = State::Full(Box::new(inner));
        self.note(checked.id, checked.actor, checked.seq, known);
        Ok(Some(checked))
    }
}

/// Makes the change that begins a document; none if it is not made, or not so.
fn begin(
    schema: &Schema,
    actor: &Actor,
    write: impl Fn(&mut Edit<'_>) -> Result<(), EditError>,
) -> Result<Option<CheckedChange>, EditError> {
    let writer = Writer::Beginning(Beginning::default());
    let mut edit = Edit { writer, schema: schema.clone(), marked: true };
    write(&mut edit)?;
    match edit.writer {
        Writer::Beginning(beginning) => Ok(beginning.change(schema, actor)),
        Writer::Document(_) => Ok(None),
    }
}

/// Runs an edit as one transaction, without a time: automerge's is nobody's word.
fn transact(
    inner: &mut Automerge,
    (schema, marked): (Schema, bool),
    write: impl Fn(&mut Edit<'_>) -> Result<(), EditError>,
) -> Result<Option<ChangeHash>, EditError> {
    // Who begins names the schema; nobody names another afterwards.
    let begins = inner.get_heads().is_empty();
    let mut transaction = inner.transaction();
    if begins {
        transaction.put(ROOT, SCHEMA_KEY, schema.to_string())?;
    }
    let mut edit = Edit { writer: Writer::Document(Box::new(transaction)), schema, marked };
    write(&mut edit)?;
    let Writer::Document(transaction) = edit.writer else { return Ok(None) };
    let (hash, _patches) = transaction.commit_with(CommitOptions::default().with_time(0));
    Ok(hash)
}

impl Edit<'_> {
    /// Sets a field. Long texts are merged letter by letter with what others write meanwhile;
    /// everything else is replaced as a whole. Concurrent values are settled by it.
    ///
    /// # Errors
    /// When the value is beyond its bounds.
    pub fn set(&mut self, path: &FieldPath, value: &Value) -> Result<(), EditError> {
        self.check_bounds(path, value)?;
        let transaction = match &mut self.writer {
            Writer::Document(transaction) => transaction,
            Writer::Beginning(beginning) => {
                beginning.set(path, value);
                return Ok(());
            }
        };
        let current = transaction.get_all(ROOT, path.as_str())?;
        match (current.as_slice(), value) {
            ([(Stored::Object(ObjType::Text), id)], Value::Text(text))
                if !goes_mostly(&transaction.text(id)?, text) =>
            {
                update_text(transaction, &id.clone(), text)
            }
            ([(Stored::Scalar(stored), _)], _) if is_same(stored.as_ref(), value) => Ok(()),
            _new_or_contested => put(transaction, &self.schema, path, value),
        }
    }

    /// Settles concurrent values: this one takes the place of all that are known here.
    ///
    /// # Errors
    /// When the value is beyond its bounds.
    pub fn settle(&mut self, path: &FieldPath, value: &Value) -> Result<(), EditError> {
        self.check_bounds(path, value)?;
        match &mut self.writer {
            Writer::Document(transaction) => put(transaction, &self.schema, path, value),
            Writer::Beginning(beginning) => {
                beginning.set(path, value);
                Ok(())
            }
        }
    }

    /// Takes a field out. A field of safety takes its closed value instead, so that a removal
    /// never opens anything.
    ///
    /// # Errors
    /// When automerge refuses.
    pub fn remove(&mut self, path: &FieldPath) -> Result<(), EditError> {
        let spec = table::find(&self.schema, path);
        if let Some(closed) = spec.and_then(|spec| spec.safety.closed_value()) {
            return self.set(path, &closed);
        }
        self.erase(path)
    }

    /// Takes a field out whatever it is: for what is nobody's any more. [`Self::remove`] is for what
    /// may be somebody's safety.
    ///
    /// # Errors
    /// When automerge refuses.
    pub fn erase(&mut self, path: &FieldPath) -> Result<(), EditError> {
        match &mut self.writer {
            Writer::Document(transaction) => {
                if !transaction.get_all(ROOT, path.as_str())?.is_empty() {
                    transaction.delete(ROOT, path.as_str())?;
                }
            }
            Writer::Beginning(beginning) => beginning.remove(path),
        }
        Ok(())
    }

    /// Sets all fields of a record and leaves the others.
    ///
    /// # Errors
    /// When a value is beyond its bounds.
    pub fn set_all(&mut self, record: &Record) -> Result<(), EditError> {
        record.iter().try_for_each(|(path, value)| self.set(path, value))
    }

    pub(super) fn check_bounds(&self, path: &FieldPath, value: &Value) -> Result<(), RecordError> {
        let bytes = value.as_text().map_or(0, str::len);
        if bytes > MAX_FIELD_BYTES {
            return Err(RecordError::TooLong { path: path.clone(), bytes });
        }
        let fields = match &self.writer {
            Writer::Document(transaction) => transaction.length(ROOT),
            Writer::Beginning(beginning) => beginning.len().saturating_add(1),
        };
        if fields > MAX_FIELDS_PER_RECORD {
            return Err(RecordError::TooManyFields { path: path.clone() });
        }
        Ok(())
    }
}

/// Changes a long text by what differs. Nothing is written if nothing differs.
fn update_text(transaction: &mut Transaction<'_>, id: &ObjId, text: &str) -> Result<(), EditError> {
    if transaction.text(id)? != text {
        transaction.update_text(id, text)?;
    }
    Ok(())
}

/// Whether so much of a text goes that deleting it letter by letter would be refused.
fn goes_mostly(before: &str, after: &str) -> bool {
    let alike = |(one, other): &(char, char)| one == other;
    let head = before.chars().zip(after.chars()).take_while(alike).count();
    let tail = before.chars().rev().zip(after.chars().rev()).take_while(alike).count();
    before.chars().count().saturating_sub(head + tail) > MAX_DELETED
}

fn put(
    transaction: &mut Transaction<'_>,
    schema: &Schema,
    path: &FieldPath,
    value: &Value,
) -> Result<(), EditError> {
    let narrative = table::find(schema, path).is_some_and(|spec| spec.kind == Kind::Narrative);
    match value {
        Value::Text(text) if narrative => {
            let id = transaction.put_object(ROOT, path.as_str(), ObjType::Text)?;
            transaction.splice_text(&id, 0, 0, text)?;
        }
        Value::Text(text) => transaction.put(ROOT, path.as_str(), text.as_str())?,
        Value::Integer(number) => transaction.put(ROOT, path.as_str(), *number)?,
        Value::Flag(flag) => transaction.put(ROOT, path.as_str(), *flag)?,
    }
    Ok(())
}

fn is_same(stored: &ScalarValue, value: &Value) -> bool {
    match value {
        Value::Text(text) => stored.as_str() == Some(text),
        Value::Integer(number) => stored == &ScalarValue::Int(*number),
        Value::Flag(flag) => stored.as_bool() == Some(*flag),
    }
}

impl std::fmt::Debug for Edit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edit({})", self.schema)
    }
}
