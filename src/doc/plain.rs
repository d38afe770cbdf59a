//! The simplest change there is: one that begins a document with fields, each once.
//!
//! Most documents of a registry have exactly one change. What such a change says follows from its
//! operations alone, which the pre-flight has read anyway: automerge, which costs most of a first
//! sync, is not asked before somebody edits the document. A test compares both readings.

use std::collections::BTreeMap;

use crate::{
    doc::read::SCHEMA_KEY,
    model::{
        limits::{MAX_FIELD_BYTES, MAX_FIELDS_PER_RECORD},
        registry::{FieldPath, Record, Schema, Value},
    },
};

/// What a document says that consists of one plain change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plain {
    /// Keys and values in ascending order of the keys.
    fields: Vec<(String, Value)>,
}

impl Plain {
    /// The schema that it names.
    pub(super) fn schema(&self) -> Option<Schema> {
        let named = self.fields.iter().find(|(key, _)| key == SCHEMA_KEY);
        named.and_then(|(_, value)| value.as_text()?.parse().ok())
    }

    /// The record.
    pub(super) fn record(&self, schema: Schema) -> Record {
        let mut record = Record::new(schema);
        for (key, value) in &self.fields {
            if let Ok(path) = key.parse::<FieldPath>() {
                // It has no more fields than a record can have, and no longer ones.
                let _fits = record.set(path, value.clone());
            }
        }
        record
    }
}

/// Collects what a change says while its operations are read; gives up at the first that is not
/// plain.
#[derive(Debug)]
pub(super) struct PlainBuilder {
    fields: Option<BTreeMap<String, Field>>,
    /// Texts by the counter of the operation that made them.
    texts: BTreeMap<u64, String>,
}

#[derive(Debug)]
enum Field {
    Scalar(Value),
    Text { text: String, last: Option<u64> },
}

impl PlainBuilder {
    /// For a change that begins a document, or one that does not.
    pub(super) fn new(begins: bool) -> Self {
        Self { fields: begins.then(BTreeMap::new), texts: BTreeMap::new() }
    }

    /// The change is not plain.
    pub(super) fn give_up(&mut self) {
        self.fields = None;
    }

    /// A field gets a value.
    pub(super) fn set(&mut self, key: &str, value: Option<Value>, preds: u64) {
        match value {
            Some(value) if preds == 0 => self.put(key, Field::Scalar(value)),
            _other => self.give_up(),
        }
    }

    /// A field becomes a text.
    pub(super) fn make_text(&mut self, key: &str, counter: u64, preds: u64) {
        // What is about the document itself is no text for people.
        if preds > 0 || key.starts_with('@') {
            return self.give_up();
        }
        self.put(key, Field::Text { text: String::new(), last: None });
        self.texts.insert(counter, key.to_owned());
    }

    /// A letter is put at the head of a text, or after another letter. Only texts that were
    /// written from beginning to end are plain.
    pub(super) fn insert(&mut self, text: u64, after: Option<u64>, letter: &str, counter: u64) {
        let Some(fields) = &mut self.fields else { return };
        let field = self.texts.get(&text).and_then(|key| fields.get_mut(key));
        match field {
            Some(Field::Text { text, last })
                if *last == after && text.len() + letter.len() <= MAX_FIELD_BYTES =>
            {
                text.push_str(letter);
                *last = Some(counter);
            }
            _other => self.give_up(),
        }
    }

    /// What the change says, if it is plain.
    pub(super) fn build(self) -> Option<Plain> {
        let fields = self.fields?.into_iter().map(|(key, field)| match field {
            Field::Scalar(value) => (key, value),
            Field::Text { text, .. } => (key, Value::Text(text)),
        });
        Some(Plain { fields: fields.collect() })
    }

    fn put(&mut self, key: &str, field: Field) {
        let Some(fields) = &mut self.fields else { return };
        if fields.len() >= MAX_FIELDS_PER_RECORD || fields.insert(key.to_owned(), field).is_some() {
            self.give_up();
        }
    }
}
