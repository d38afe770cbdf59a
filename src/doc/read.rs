//! Reading automerge's map as a record.

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value as Stored};

use crate::{
    doc::{Actor, ChangeId, Conflict, Contender},
    model::{
        limits::MAX_FIELD_BYTES,
        registry::{FieldPath, Record, Safety, Schema, Value, table},
    },
};

/// The root's key for the schema. `@` is in no field's path.
pub(super) const SCHEMA_KEY: &str = "@schema";

/// The schema that a document says it is of: of concurrent ones the newest.
pub(super) fn schema(doc: &impl ReadDoc) -> Option<Schema> {
    schemas(doc).into_iter().max_by_key(|schema| (schema.version(), schema.name().to_owned()))
}

/// All schemas that those who began it say it is of.
pub(super) fn schemas(doc: &impl ReadDoc) -> Vec<Schema> {
    let stored = doc.get_all(ROOT, SCHEMA_KEY).unwrap_or_default();
    let texts = stored.iter().filter_map(|(stored, _)| stored.as_str());
    texts.filter_map(|text| text.parse::<Schema>().ok()).collect()
}

/// What stands in a document: for each key its current values, automerge's choice last.
pub(super) type Contents = Vec<(String, Vec<(Value, ObjId)>)>;

/// Reads a document in one pass. Values that no field has are passed over.
pub(super) fn contents(doc: &Automerge) -> Contents {
    doc.map_range(ROOT, ..)
        .map(|item| {
            let key = item.key.to_string();
            let stored = if item.conflict {
                doc.get_all(ROOT, &key).unwrap_or_default()
            } else {
                let id = item.id();
                vec![(item.value.into_value(), id)]
            };
            let values = stored
                .into_iter()
                .filter_map(|(stored, id)| Some((value(doc, &stored, &id)?, id)))
                .collect();
            (key, values)
        })
        .collect()
}

pub(super) fn record(schema: &Schema, contents: Contents) -> Record {
    let mut record = Record::new(schema.clone());
    for (key, stored) in contents {
        let Ok(path) = key.parse::<FieldPath>() else { continue };
        let values: Vec<Value> = stored.into_iter().map(|(value, _)| value).collect();
        if let Some(value) = ruling(schema, &path, &values) {
            // Refused only beyond the bound of fields: what comes first in order of paths stays.
            let _beyond = record.set(path, value.clone());
        }
    }
    record
}

/// What these authors say: fields that have a value of theirs which nobody has replaced. Long texts,
/// in which others can write letters, are passed over.
pub(super) fn record_by(
    doc: &Automerge,
    schema: &Schema,
    admits: impl Fn(&Actor) -> bool,
) -> Record {
    let mut record = Record::new(schema.clone());
    for key in doc.keys(ROOT) {
        let Ok(path) = key.parse::<FieldPath>() else { continue };
        let stored = doc.get_all(ROOT, &key).unwrap_or_default().into_iter();
        let theirs = stored.filter(|(stored, id)| {
            stored.is_scalar() && writer(id).is_some_and(|actor| admits(&actor))
        });
        let values: Vec<Value> =
            theirs.filter_map(|(stored, id)| value(doc, &stored, &id)).collect();
        if let Some(value) = ruling(schema, &path, &values) {
            let _beyond = record.set(path, value.clone());
        }
    }
    record
}

pub(super) fn conflicts(doc: &Automerge, schema: &Schema, contents: &Contents) -> Vec<Conflict> {
    let contested = contents.iter().filter(|(_, values)| values.len() > 1);
    contested.filter_map(|(key, values)| conflict(doc, schema, key, values)).collect()
}

fn conflict(
    doc: &Automerge,
    schema: &Schema,
    key: &str,
    stored: &[(Value, ObjId)],
) -> Option<Conflict> {
    let path: FieldPath = key.parse().ok()?;
    let values: Vec<Value> = stored.iter().map(|(value, _)| value.clone()).collect();
    let first = values.first()?;
    if values.iter().all(|value| value == first) {
        return None;
    }
    let ruling = ruling(schema, &path, &values)?.clone();
    let safety = safety(schema, &path) != Safety::None;
    let values = stored
        .iter()
        .filter_map(|(value, id)| {
            let change = ChangeId::from(doc.hash_for_opid(id)?);
            Some(Contender { value: value.clone(), actor: writer(id)?, change })
        })
        .collect();
    Some(Conflict { path, values, ruling, safety })
}

pub(super) fn writer(id: &ObjId) -> Option<Actor> {
    match id {
        ObjId::Root => None,
        ObjId::Id(_, actor, _) => Actor::from_slice(actor.to_bytes()),
    }
}

fn safety(schema: &Schema, path: &FieldPath) -> Safety {
    table::find(schema, path).map_or(Safety::None, |spec| spec.safety)
}

fn ruling<'v>(schema: &Schema, path: &FieldPath, values: &'v [Value]) -> Option<&'v Value> {
    let safety = if values.len() > 1 { safety(schema, path) } else { Safety::None };
    if safety == Safety::None { values.last() } else { safety.most_protective(values) }
}

fn value(doc: &Automerge, stored: &Stored<'_>, id: &ObjId) -> Option<Value> {
    match stored {
        Stored::Object(ObjType::Text) => doc.text(id).ok().map(|text| Value::Text(cut(text))),
        Stored::Object(ObjType::Map | ObjType::List | ObjType::Table) => None,
        Stored::Scalar(scalar) => match scalar.as_ref() {
            ScalarValue::Str(text) => Some(Value::Text(cut(text.to_string()))),
            ScalarValue::Int(number) => Some(Value::Integer(*number)),
            ScalarValue::Boolean(flag) => Some(Value::Flag(*flag)),
            ScalarValue::Bytes(_)
            | ScalarValue::Uint(_)
            | ScalarValue::F64(_)
            | ScalarValue::Counter(_)
            | ScalarValue::Timestamp(_)
            | ScalarValue::Unknown { .. }
            | ScalarValue::Null => None,
        },
    }
}

/// Cuts a text to the bound of a field, at a letter's boundary.
pub(super) fn cut(mut text: String) -> String {
    let end = (0..=MAX_FIELD_BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
    text
}
