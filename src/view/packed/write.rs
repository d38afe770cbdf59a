//! Packing records.

use data_encoding::{BASE64_NOPAD, HEXLOWER};

use super::dictionary::put_word;
use crate::model::registry::{Record, Schema, Value};

/// What the lowest three bits of a field's first byte say of its value.
pub(super) mod tag {
    /// The flag, not set.
    pub(in super::super) const NO: u8 = 0;
    /// The flag, set.
    pub(in super::super) const YES: u8 = 1;
    /// A number, zigzag.
    pub(in super::super) const INTEGER: u8 = 2;
    /// Text.
    pub(in super::super) const TEXT: u8 = 3;
    /// Text: a word of the dictionary.
    pub(in super::super) const WORD: u8 = 4;
    /// Text: lowercase hexadecimal digits.
    pub(in super::super) const HEX: u8 = 5;
    /// Text: base 64 without padding.
    pub(in super::super) const BASE64: u8 = 6;
    /// Text: the JSON of a record.
    pub(in super::super) const RECORD: u8 = 7;
}

/// Characters from which on digests and marks are written as their bytes.
const MIN_ENCODED: usize = 16;
/// How the JSON of a record begins.
const JSON_OF_RECORD: &str = "{\"schema\":";

/// Appends a number in groups of seven bits, the lowest first.
pub(in crate::view) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Appends bytes with their number in front.
pub(in crate::view) fn put_chunk(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(super) fn pack(record: &Record) -> Vec<u8> {
    pack_with(record, |text| {
        // What was last shared stands in the dossier as JSON, which is most of some dossiers.
        let inner: Record = serde_json::from_str(text).ok()?;
        let is_the_same = serde_json::to_string(&inner).is_ok_and(|again| again == text);
        is_the_same.then(|| pack_with(&inner, |_text| None))
    })
}

fn pack_with(record: &Record, pack_json: impl Fn(&str) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    let is_own = *record.schema() == Schema::incident();
    let schema = if is_own { String::new() } else { record.schema().to_string() };
    put_chunk(&mut out, schema.as_bytes());
    let (mut last, mut path) = (Vec::new(), Vec::new());
    for (next, value) in record.iter() {
        path.clear();
        path.extend(next.segments());
        let at = out.len();
        let differs = put_path(&mut out, &last, &path);
        let tag = put_value(&mut out, value, &pack_json);
        if let Some(head) = out.get_mut(at) {
            *head = tag | differs;
        }
        std::mem::swap(&mut last, &mut path);
    }
    out
}

/// Room for the first byte, and the segments in which the path differs from the one before it.
/// Gives what the first byte says of them.
fn put_path(out: &mut Vec<u8>, last: &[&str], path: &[&str]) -> u8 {
    let (mut shared, mut new) = (0_u8, 0_u8);
    out.push(0);
    for (depth, segment) in path.iter().enumerate() {
        if new == 0 && last.get(depth) == Some(segment) {
            shared += 1;
            continue;
        }
        new += 1;
        if !put_word(out, segment) {
            put_chunk(out, segment.as_bytes());
        }
    }
    (shared << 3) | (new.saturating_sub(1) << 5)
}

/// Gives what the first byte says of the value.
fn put_value(out: &mut Vec<u8>, value: &Value, pack_json: &impl Fn(&str) -> Option<Vec<u8>>) -> u8 {
    match value {
        Value::Flag(false) => tag::NO,
        Value::Flag(true) => tag::YES,
        Value::Integer(number) => {
            put_varint(out, ((number << 1) ^ (number >> 63)).cast_unsigned());
            tag::INTEGER
        }
        Value::Text(text) if put_word(out, text) => tag::WORD,
        Value::Text(text) => {
            let (tag, bytes) = text_parts(text, pack_json);
            put_chunk(out, bytes.as_deref().unwrap_or(text.as_bytes()));
            tag
        }
    }
}

/// How a text is written, and the bytes if they are others than its own.
fn text_parts(text: &str, pack_json: &impl Fn(&str) -> Option<Vec<u8>>) -> (u8, Option<Vec<u8>>) {
    let json = if text.starts_with(JSON_OF_RECORD) { pack_json(text) } else { None };
    let is_long = text.len() >= MIN_ENCODED;
    let decoded = |encoding: &data_encoding::Encoding| {
        let bytes = if is_long { encoding.decode(text.as_bytes()).ok() } else { None };
        bytes.filter(|bytes| encoding.encode(bytes) == text)
    };
    if let Some(record) = json {
        (tag::RECORD, Some(record))
    } else if let Some(bytes) = decoded(&HEXLOWER) {
        (tag::HEX, Some(bytes))
    } else if let Some(bytes) = decoded(&BASE64_NOPAD) {
        (tag::BASE64, Some(bytes))
    } else {
        (tag::TEXT, None)
    }
}
