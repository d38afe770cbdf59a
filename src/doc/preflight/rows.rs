//! The operations of a change: only the small language that [`Document::edit`] writes.
//!
//! At the root: set a text, a whole number or a flag, make a text, delete. In a text: insert and
//! delete letters, mark some. Nothing else: no lists, no nested maps, no counters.
//!
//! [`Document::edit`]: crate::doc::Document::edit

mod marks;

use marks::Marks;

use super::{Header, MAX_KEY_BYTES, PreflightError, columns::Columns, reader::Reader};
use crate::{
    doc::{
        Actor,
        change::Named,
        plain::{Plain, PlainBuilder},
        read::SCHEMA_KEY,
        references::{Reference, References},
    },
    model::{
        limits::MAX_FIELD_BYTES,
        registry::{FieldPath, Value},
    },
};

/// Bytes of one inserted letter with all its marks.
const MAX_LETTER_BYTES: usize = 256;

const SET: u64 = 1;
const DELETE: u64 = 3;
const MAKE_TEXT: u64 = 4;
const MARK: u64 = 7;

/// Whether a key of the root map is one that a document may have: a field's path, or `@` and a
/// name for what is about the document itself.
fn is_key(key: &str) -> bool {
    let path = key.strip_prefix('@').unwrap_or(key);
    path.len() as u64 <= MAX_KEY_BYTES && path.parse::<FieldPath>().is_ok()
}

/// An operation that another one names: an index into the change's actors, and a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OpId {
    actor: u64,
    counter: u64,
}

#[derive(Debug, Clone, Copy)]
enum Place<'a> {
    Root(&'a str),
    Head,
    After(OpId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Literal<'a> {
    Null,
    Flag(bool),
    Integer(i64),
    Text(&'a str),
}

impl Literal<'_> {
    fn is_letter(&self) -> bool {
        matches!(self, Self::Text(text) if (1..=MAX_LETTER_BYTES).contains(&text.len()))
    }

    fn value(self) -> Option<Value> {
        match self {
            Self::Null => None,
            Self::Flag(flag) => Some(Value::Flag(flag)),
            Self::Integer(number) => Some(Value::Integer(number)),
            Self::Text(text) => Some(Value::Text(text.to_owned())),
        }
    }
}

/// What is found on the way.
#[derive(Debug)]
pub(super) struct Found {
    /// What the change says, if it begins a document and is plain.
    pub(super) plain: Option<Plain>,
    /// Operations of earlier changes that it names.
    pub(super) references: Vec<Reference>,
    /// What it takes out of texts that earlier changes put there.
    pub(super) deleted: Vec<Reference>,
    /// The operations that begin marks.
    pub(super) marks: Vec<u64>,
    /// What it says that the document is.
    pub(super) named: Named,
}

/// Walks all operations once; columns and header have passed their checks.
pub(super) fn check(
    header: &Header<'_>,
    mut columns: Columns<'_>,
) -> Result<Found, PreflightError> {
    let begins = header.deps.is_empty() && header.seq == 1 && header.start_op == 1;
    let plain = PlainBuilder::new(begins && header.other_actors.is_empty());
    let mut rows = Rows {
        header,
        key_counter: 0,
        pred_counter: 0,
        plain,
        objects: References::default(),
        letters: References::default(),
        predecessors: References::default(),
        deleted: References::default(),
        marks: Marks::default(),
        named: Named::default(),
    };
    for row in 0..columns.ops {
        let counter = header.start_op.saturating_add(row);
        rows.check(&mut columns, counter).map_err(|problem| match problem {
            Problem::Op(what) => PreflightError::Operation { row, what },
            Problem::Other(other) => other,
        })?;
    }
    if !columns.value.is_done() {
        return Err(PreflightError::Trailing);
    }
    let marks = std::mem::take(&mut rows.marks).finish()?;
    let actor = |index| Actor::from_slice(header.actor_at(index)?);
    let references = [&rows.objects, &rows.letters, &rows.predecessors]
        .into_iter()
        .flat_map(|named| named.resolve(&actor));
    let references = references.collect();
    let deleted = rows.deleted.resolve(&actor).collect();
    Ok(Found { references, deleted, plain: rows.plain.build(), marks, named: rows.named })
}

enum Problem {
    Op(&'static str),
    Other(PreflightError),
}

impl From<PreflightError> for Problem {
    fn from(error: PreflightError) -> Self {
        Self::Other(error)
    }
}

struct Rows<'h, 'a> {
    header: &'h Header<'a>,
    plain: PlainBuilder,
    /// Operations of earlier changes, by column.
    objects: References,
    letters: References,
    predecessors: References,
    /// Of these, what is taken out of texts.
    deleted: References,
    marks: Marks,
    named: Named,
    /// The delta columns' running values.
    key_counter: i64,
    pred_counter: i64,
}

impl Rows<'_, '_> {
    fn check(&mut self, columns: &mut Columns<'_>, counter: u64) -> Result<(), Problem> {
        let object = self.object(columns, counter)?;
        let place = self.place(columns, counter)?;
        let insert = columns.insert.next().ok_or(Problem::Op("no insert flag"))?;
        let action = columns.action.next().ok_or(Problem::Op("no action"))?;
        let literal = literal(columns.value_meta.next(), &mut columns.value)?;
        let preds = self.preds(columns, counter, object.is_some())?;
        let name = columns.mark_name.next();
        let expands = columns.expand.next().unwrap_or(false);
        if action == MARK {
            if !insert || preds > 0 {
                return Err(Problem::Op("a mark that is not put into a text"));
            }
            self.plain.give_up();
            let end = marks::End { object, place, counter };
            return self.marks.take(end, name, literal, expands);
        }
        self.marks.none_open()?;
        if name.is_some() || expands {
            return Err(Problem::Op("a mark's name or width on another operation"));
        }
        if let (None, Place::Root(SCHEMA_KEY)) = (object, place) {
            let text = if let Literal::Text(text) = literal { Some(text) } else { None };
            self.named.take(text);
        }
        match (object, place, action, insert) {
            (None, Place::Root(key), ..) if !is_key(key) => Err(Problem::Op("not a field's path")),
            (None, Place::Root(key), SET, false) if literal != Literal::Null => {
                self.plain.set(key, literal.value(), preds);
                Ok(())
            }
            (None, Place::Root(key), MAKE_TEXT, false) if literal == Literal::Null => {
                self.plain.make_text(key, counter, preds);
                Ok(())
            }
            (None, Place::Root(_), DELETE, false) if literal == Literal::Null && preds > 0 => {
                self.plain.give_up();
                Ok(())
            }
            (Some(text), Place::Head, SET, true) if literal.is_letter() && preds == 0 => {
                self.insert(text, None, literal, counter);
                Ok(())
            }
            (Some(text), Place::After(letter), SET, true) if literal.is_letter() && preds == 0 => {
                self.insert(text, Some(letter), literal, counter);
                Ok(())
            }
            (Some(_), Place::After(_), DELETE, false) if literal == Literal::Null && preds > 0 => {
                self.plain.give_up();
                Ok(())
            }
            _other => Err(Problem::Op("not an operation that a document may have")),
        }
    }

    /// Notes a letter that is put into a text, at its head or after another.
    fn insert(&mut self, text: OpId, after: Option<OpId>, literal: Literal<'_>, counter: u64) {
        let own = text.actor == 0 && after.is_none_or(|letter| letter.actor == 0);
        match literal {
            Literal::Text(letter) if own => {
                self.plain.insert(text.counter, after.map(|it| it.counter), letter, counter);
            }
            Literal::Text(_) | Literal::Null | Literal::Flag(_) | Literal::Integer(_) => {
                self.plain.give_up();
            }
        }
    }

    /// The object that the operation is in; none for the root.
    fn object(&mut self, columns: &mut Columns<'_>, counter: u64) -> Result<Option<OpId>, Problem> {
        match (columns.object_actor.next(), columns.object_counter.next()) {
            (None, None) => Ok(None),
            (Some(actor), Some(object)) => {
                let object = self.earlier(actor, object, counter)?;
                if self.is_of_earlier_change(object) {
                    self.objects.push(object.actor, object.counter);
                }
                Ok(Some(object))
            }
            _half => Err(Problem::Op("half an object")),
        }
    }

    fn place<'a>(&mut self, columns: &mut Columns<'a>, counter: u64) -> Result<Place<'a>, Problem> {
        let (actor, delta) = (columns.key_actor.next(), columns.key_counter.next());
        let key = columns.key_string.next();
        if let Some(delta) = delta {
            self.key_counter = step(self.key_counter, delta)?;
        }
        match (key, actor, delta.and_then(|_| u64::try_from(self.key_counter).ok())) {
            (Some(key), None, None) => Ok(Place::Root(key)),
            (None, None, Some(0)) => Ok(Place::Head),
            (None, Some(actor), Some(element)) => {
                let letter = self.earlier(actor, element, counter)?;
                if self.is_of_earlier_change(letter) {
                    self.letters.push(letter.actor, letter.counter);
                }
                Ok(Place::After(letter))
            }
            _other => Err(Problem::Op("not a key")),
        }
    }

    /// Reads the operation's predecessors and counts them: strictly ascending.
    /// What is taken out of a text is no end of a mark, as far as this change says.
    fn preds(
        &mut self,
        columns: &mut Columns<'_>,
        counter: u64,
        in_text: bool,
    ) -> Result<u64, Problem> {
        let count = columns.pred_group.next().ok_or(Problem::Op("no predecessor count"))?;
        let mut last: Option<OpId> = None;
        for _ in 0..count {
            let actor = columns.pred_actor.next().ok_or(Problem::Op("half a predecessor"))?;
            let delta = columns.pred_counter.next().ok_or(Problem::Op("half a predecessor"))?;
            self.pred_counter = step(self.pred_counter, delta)?;
            let number = u64::try_from(self.pred_counter)
                .map_err(|_negative| Problem::Op("a negative counter"))?;
            let pred = self.earlier(actor, number, counter)?;
            if self.is_of_earlier_change(pred) {
                self.predecessors.push(pred.actor, pred.counter);
                if in_text {
                    self.deleted.push(pred.actor, pred.counter);
                }
            } else if self.marks.has(pred.counter) {
                return Err(Problem::Op("the end of a mark, deleted"));
            }
            if last.is_some_and(|last| self.order(last) >= self.order(pred)) {
                return Err(Problem::Op("predecessors out of order"));
            }
            last = Some(pred);
        }
        Ok(count)
    }

    fn order(&self, id: OpId) -> (u64, Option<&[u8]>) {
        (id.counter, self.header.actor_at(id.actor))
    }

    const fn is_of_earlier_change(&self, id: OpId) -> bool {
        id.actor != 0 || id.counter < self.header.start_op
    }

    /// An operation's id, if its actor is one of the change's and it comes before `counter`.
    fn earlier(&self, actor: u64, number: u64, counter: u64) -> Result<OpId, Problem> {
        if self.header.actor_at(actor).is_none() {
            return Err(Problem::Op("an actor that the change does not list"));
        }
        if number == 0 || number >= counter {
            return Err(Problem::Op("refers to an operation that is not earlier"));
        }
        Ok(OpId { actor, counter: number })
    }
}

fn step(value: i64, delta: i64) -> Result<i64, Problem> {
    value.checked_add(delta).ok_or(Problem::Op("a counter beyond all bounds"))
}

/// Reads a value: null, no, yes, a signed number or text, each in its one form.
fn literal<'a>(meta: Option<u64>, values: &mut Reader<'a>) -> Result<Literal<'a>, Problem> {
    let meta = meta.ok_or(Problem::Op("no value type"))?;
    let bytes = values.take(meta >> 4)?;
    match (meta & 0xf, bytes.len()) {
        (0, 0) => Ok(Literal::Null),
        (1, 0) => Ok(Literal::Flag(false)),
        (2, 0) => Ok(Literal::Flag(true)),
        (4, 1..) => {
            let mut reader = Reader::new(bytes);
            let number = reader.signed()?;
            if reader.is_done() {
                Ok(Literal::Integer(number))
            } else {
                Err(Problem::Op("a long number"))
            }
        }
        (6, length) if length <= MAX_FIELD_BYTES => {
            let text = str::from_utf8(bytes);
            text.map(Literal::Text).map_err(|_not_utf8| Problem::Op("text that is not UTF-8"))
        }
        _other => Err(Problem::Op("a value of a type that no field has")),
    }
}
