//! A record of the driver as fields of a registry document, and back, so that what is read is
//! exactly what was written.
//!
//! Whole numbers are integers, all else is text; numbers with a fraction are written in the
//! shortest decimal form. Which texts are numbers is told by [`FRACTIONS`].

use std::error::Error;

use ceiba::{
    model::registry::{FieldPath, Record, Tier, Value},
    node::Facet,
};
use data_encoding::HEXLOWER;
use serde_json::{Map, Number, Value as Json};
use sha2::{Digest as _, Sha256};

/// Fields of numbers with a fraction.
const FRACTIONS: [&str; 2] = ["lat", "lon"];

/// What went wrong, in a sentence.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// The record of a registry document with these fields.
fn to_record(fields: &Map<String, Json>) -> Result<Record, Failure> {
    let mut record = Record::incident();
    for (key, value) in fields {
        if let Json::Array(items) = value {
            for (place, item) in items.iter().enumerate() {
                record.set(path(&format!("{key}/{place}"))?, to_value(item)?)?;
            }
        } else {
            record.set(path(key)?, to_value(value)?)?;
        }
    }
    Ok(record)
}

/// The path of a field.
pub(crate) fn path(key: &str) -> Result<FieldPath, Failure> {
    Ok(key.parse()?)
}

fn to_value(value: &Json) -> Result<Value, Failure> {
    match value {
        Json::String(text) => Ok(Value::Text(text.clone())),
        Json::Bool(flag) => Ok(Value::Flag(*flag)),
        Json::Number(number) => {
            Ok(number.as_i64().map_or_else(|| Value::Text(shortest(number)), Value::Integer))
        }
        Json::Null | Json::Array(_) | Json::Object(_) => Err("a record is flat".into()),
    }
}

fn parsed(line: &str) -> Result<Map<String, Json>, Failure> {
    Ok(serde_json::from_str(line)?)
}

/// The name of a record.
pub(crate) fn id(line: &str) -> Result<String, Failure> {
    let fields = parsed(line)?;
    let id = fields.get("id").and_then(Json::as_str);
    Ok(id.ok_or("a record has no id")?.to_owned())
}

/// What stands for a record on both sides: from its id, in the form of a random number.
pub(crate) fn nonce(id: &str) -> String {
    HEXLOWER.encode(Sha256::digest(id).get(..16).unwrap_or_default())
}

/// A record as the node takes it.
pub(crate) fn facet(line: &str) -> Result<Facet, Failure> {
    let record = to_record(&parsed(line)?)?;
    Ok(Facet { nonce: nonce(&id(line)?), tier: Tier::Coalition, record })
}

/// A number with a fraction as most programs write it: shortest, with two digits of exponent.
fn shortest(number: &Number) -> String {
    let text = number.as_f64().map_or_else(|| number.to_string(), |it| format!("{it:?}"));
    match text.split_once("e-") {
        Some((digits, exponent)) if exponent.len() == 1 => format!("{digits}e-0{exponent}"),
        _other => text,
    }
}

/// The record as JSON with sorted keys, without what the program wrote beside it.
pub(crate) fn to_json(record: &Record) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut list: Option<(&str, Vec<String>)> = None;
    for (path, value) in record.iter() {
        let mut segments = path.segments();
        let key = segments.next().unwrap_or_default();
        if ["meta", "disclosure"].contains(&key) {
            continue;
        }
        if segments.next().is_none() {
            close(&mut parts, list.take());
            parts.push(format!("{}:{}", quoted(key), written(key, value)));
            continue;
        }
        match &mut list {
            Some((open, items)) if *open == key => items.push(written(key, value)),
            _other => {
                close(&mut parts, list.take());
                list = Some((key, vec![written(key, value)]));
            }
        }
    }
    close(&mut parts, list);
    format!("{{{}}}", parts.join(","))
}

fn close(parts: &mut Vec<String>, list: Option<(&str, Vec<String>)>) {
    if let Some((key, items)) = list {
        parts.push(format!("{}:[{}]", quoted(key), items.join(",")));
    }
}

fn written(key: &str, value: &Value) -> String {
    match value {
        Value::Text(text) if FRACTIONS.contains(&key) => text.clone(),
        Value::Text(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
    }
}

fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}
