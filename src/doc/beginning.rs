//! The first change of a document, made without a document.
//!
//! automerge's transactions keep an index of operations that pays off when a document is edited.
//! A first change that only sets fields needs none: its operations are written down and encoded
//! by automerge's own encoder, which is several times faster. Lists are imported this way.

use std::{
    collections::BTreeMap,
    num::NonZeroU64,
    panic::{AssertUnwindSafe, catch_unwind},
};

use automerge::{
    Change, ExpandedChange, ObjType, ScalarValue,
    legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec},
};

use crate::{
    doc::{Actor, CheckedChange, preflight, read::SCHEMA_KEY},
    model::registry::{FieldPath, Kind, Schema, Value, table},
};

/// The fields that a new document begins with.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    fields: BTreeMap<FieldPath, Value>,
    /// Whether there is more to write than fields.
    more: bool,
}

impl Beginning {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(super) fn set(&mut self, path: &FieldPath, value: &Value) {
        self.fields.insert(path.clone(), value.clone());
    }

    pub(super) fn remove(&mut self, path: &FieldPath) {
        self.fields.remove(path);
    }

    /// There is more to write than fields: no change can be made without a document.
    pub(super) const fn give_up(&mut self) {
        self.more = true;
    }

    /// The change that sets these fields; none if there are none, or it does not come out plain.
    pub(super) fn change(&self, schema: &Schema, actor: &Actor) -> Option<CheckedChange> {
        if self.fields.is_empty() || self.more {
            return None;
        }
        let encode = || Change::from(self.expanded(schema, actor)).raw_bytes().to_vec();
        let bytes = catch_unwind(AssertUnwindSafe(encode)).ok()?;
        preflight(&bytes, actor).ok().filter(|change| change.plain.is_some())
    }

    fn expanded(&self, schema: &Schema, actor: &Actor) -> ExpandedChange {
        let mut operations = Operations { actor: actor.to_automerge(), list: Vec::new() };
        operations.put(SCHEMA_KEY, schema.to_string().into());
        for (path, value) in &self.fields {
            let narrative =
                || table::find(schema, path).is_some_and(|it| it.kind == Kind::Narrative);
            match value {
                Value::Text(text) if narrative() => operations.write(path.as_str(), text),
                Value::Text(text) => operations.put(path.as_str(), text.as_str().into()),
                Value::Integer(number) => operations.put(path.as_str(), (*number).into()),
                Value::Flag(flag) => operations.put(path.as_str(), (*flag).into()),
            }
        }
        ExpandedChange {
            operations: operations.list,
            actor_id: operations.actor,
            hash: None,
            seq: 1,
            start_op: NonZeroU64::MIN,
            // automerge's time is nobody's word.
            time: 0,
            message: None,
            deps: Vec::new(),
            extra_bytes: Vec::new(),
            author: None,
        }
    }
}

struct Operations {
    actor: automerge::ActorId,
    list: Vec<Op>,
}

impl Operations {
    fn put(&mut self, key: &str, value: ScalarValue) {
        self.push(ObjectId::Root, Key::Map(key.into()), OpType::Put(value), false);
    }

    /// Makes a text and writes it from beginning to end.
    fn write(&mut self, key: &str, text: &str) {
        self.push(ObjectId::Root, Key::Map(key.into()), OpType::Make(ObjType::Text), false);
        let object = ObjectId::Id(self.last());
        let mut after = ElementId::Head;
        for letter in text.chars() {
            let letter = OpType::Put(ScalarValue::from(letter));
            self.push(object.clone(), Key::Seq(after), letter, true);
            after = ElementId::Id(self.last());
        }
    }

    /// The operation that was written last.
    fn last(&self) -> OpId {
        OpId::new(self.list.len() as u64, &self.actor)
    }

    fn push(&mut self, obj: ObjectId, key: Key, action: OpType, insert: bool) {
        self.list.push(Op { action, obj, key, pred: SortedVec::new(), insert });
    }
}
