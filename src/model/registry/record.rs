//! A record: values by path, with the schema that they were written for.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::{
    limits::{MAX_FIELD_BYTES, MAX_FIELDS_PER_RECORD},
    registry::{FieldPath, RecordKind, path::MAX_SEGMENT_CHARS},
};

/// The value of one field.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// Text: free, a code of a list, a date, a place.
    Text(String),
}

impl Value {
    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The flag, if it is one.
    #[must_use]
    pub const fn as_flag(&self) -> Option<bool> {
        if let Self::Flag(flag) = self { Some(*flag) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn as_integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// Bytes that stand for this value and no other, for hashing.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        match self {
            Self::Flag(flag) => vec![0, u8::from(*flag)],
            Self::Integer(number) => [&[1], number.to_le_bytes().as_slice()].concat(),
            Self::Text(text) => [&[2], text.as_bytes()].concat(),
        }
    }
}

/// Prints the kind and size only: values are what people must not find in a log.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(_) => f.write_str("Flag"),
            Self::Integer(_) => f.write_str("Integer"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

/// Which fields a record may be expected to have: a name and a version, written `incident/1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Schema {
    name: String,
    version: u32,
}

impl Schema {
    /// The incident registry's schema that this program writes.
    #[must_use]
    pub fn incident() -> Self {
        Self::of(RecordKind::Incident)
    }

    /// The schema of a kind of record that this program writes.
    #[must_use]
    pub fn of(kind: RecordKind) -> Self {
        Self { name: kind.name(), version: 1 }
    }

    /// The kind of record, if this program knows it.
    #[must_use]
    pub fn kind(&self) -> Option<RecordKind> {
        RecordKind::from_name(&self.name)
    }

    /// What the record is about.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The schema's version; newer versions only add fields.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.version)
    }
}

impl FromStr for Schema {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, RecordError> {
        let malformed = || RecordError::Schema { text: text.chars().take(80).collect() };
        let (name, version) = text.split_once('/').ok_or_else(malformed)?;
        let named = (1..=MAX_SEGMENT_CHARS).contains(&name.len())
            && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'));
        let version: u32 = version.parse().map_err(|_not_a_number| malformed())?;
        if named { Ok(Self { name: name.to_owned(), version }) } else { Err(malformed()) }
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Why a record does not take a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The text does not name a schema.
    #[error("not a schema: {text:?}; a schema is a name and a version, for example incident/1")]
    Schema {
        /// What was given, cut to 80 characters.
        text: String,
    },
    /// The record has as many fields as a record can have.
    #[error("a record has at most {MAX_FIELDS_PER_RECORD} fields; {path} is one more")]
    TooManyFields {
        /// The field that was one too many.
        path: FieldPath,
    },
    /// A text is longer than a field can be.
    #[error("{path} has {bytes} bytes; a field has at most {MAX_FIELD_BYTES}")]
    TooLong {
        /// The field.
        path: FieldPath,
        /// Bytes that were given.
        bytes: usize,
    },
}

/// Values by path. Bounded, and otherwise unjudged: [`check`](super::check) judges it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    schema: Schema,
    fields: BTreeMap<FieldPath, Value>,
}

impl Record {
    /// An empty record of a schema.
    #[must_use]
    pub const fn new(schema: Schema) -> Self {
        Self { schema, fields: BTreeMap::new() }
    }

    /// An empty incident.
    #[must_use]
    pub fn incident() -> Self {
        Self::new(Schema::incident())
    }

    /// The schema that the record was written for.
    #[must_use]
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The value at a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Value> {
        self.fields.get(path)
    }

    /// The text at a path, if there is one.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path).and_then(Value::as_text)
    }

    /// The flag at a path, if there is one.
    #[must_use]
    pub fn flag(&self, path: &str) -> Option<bool> {
        self.get(path).and_then(Value::as_flag)
    }

    /// Sets a field within the record's bounds.
    ///
    /// # Errors
    /// When the text is too long or the record has too many fields.
    pub fn set(&mut self, path: FieldPath, value: impl Into<Value>) -> Result<(), RecordError> {
        let value = value.into();
        let bytes = value.as_text().map_or(0, str::len);
        if bytes > MAX_FIELD_BYTES {
            return Err(RecordError::TooLong { path, bytes });
        }
        if self.fields.len() >= MAX_FIELDS_PER_RECORD && !self.fields.contains_key(&path) {
            return Err(RecordError::TooManyFields { path });
        }
        self.fields.insert(path, value);
        Ok(())
    }

    /// Takes a field out.
    pub fn remove(&mut self, path: &str) -> Option<Value> {
        self.fields.remove(path)
    }

    /// All fields in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&FieldPath, &Value)> {
        self.fields.iter()
    }

    /// The fields whose first segments are `prefix`.
    pub fn under<'a>(&'a self, prefix: &str) -> impl Iterator<Item = (&'a FieldPath, &'a Value)> {
        self.iter().filter(move |(path, _)| path.is_under(prefix))
    }

    /// The keys of a repeated part, for example of `victims`, each once and in order.
    #[must_use]
    pub fn keys(&self, part: &str) -> Vec<&str> {
        let depth = part.split('/').count();
        let mut keys: Vec<&str> =
            self.under(part).filter_map(|(path, _)| path.segment(depth)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The codes of a set that are set, for example of `sectors`.
    #[must_use]
    pub fn set_codes(&self, set: &str) -> Vec<&str> {
        let depth = set.split('/').count();
        self.under(set)
            .filter(|(_, value)| value.as_flag() == Some(true))
            .filter_map(|(path, _)| path.segment(depth))
            .collect()
    }

    /// Number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// Prints the paths and no value.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({}, ", self.schema)?;
        f.debug_map().entries(&self.fields).finish()?;
        f.write_str(")")
    }
}

impl std::borrow::Borrow<str> for FieldPath {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

#[derive(Deserialize)]
struct RawRecord {
    schema: Schema,
    fields: BTreeMap<FieldPath, Value>,
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawRecord::deserialize(deserializer)?;
        let mut record = Self::new(raw.schema);
        for (path, value) in raw.fields {
            record.set(path, value).map_err(de::Error::custom)?;
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> FieldPath {
        text.parse().unwrap()
    }

    #[test]
    fn json_is_flat_and_reads_back() {
        let mut record = Record::incident();
        record.set(path("title"), "Amenaza, Cauca, 2024-05").unwrap();
        record.set(path("group_size/min"), 12).unwrap();
        record.set(path("sectors/mining_illegal"), true).unwrap();
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(
            json,
            r#"{"schema":"incident/1","fields":{"group_size/min":12,"sectors/mining_illegal":true,"title":"Amenaza, Cauca, 2024-05"}}"#
        );
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
    }

    #[test]
    fn bounds_hold_also_for_json() {
        let long = "x".repeat(MAX_FIELD_BYTES + 1);
        let mut record = Record::incident();
        assert!(matches!(
            record.set(path("title"), long.as_str()),
            Err(RecordError::TooLong { .. })
        ));
        let json = format!(r#"{{"schema":"incident/1","fields":{{"title":"{long}"}}}}"#);
        assert!(serde_json::from_str::<Record>(&json).is_err());
        for n in 0..MAX_FIELDS_PER_RECORD {
            record.set(path(&format!("x/{n}")), true).unwrap();
        }
        assert!(matches!(record.set(path("y"), true), Err(RecordError::TooManyFields { .. })));
        record.set(path("x/0"), false).unwrap();
    }

    #[test]
    fn debug_shows_no_value() {
        let mut record = Record::incident();
        record.set(path("victims/1/name"), "Nombre Inventado").unwrap();
        let shown = format!("{record:?}");
        assert!(shown.contains("victims/1/name") && !shown.contains("Inventado"), "{shown}");
        assert_eq!(record.keys("victims"), ["1"]);
    }
}
