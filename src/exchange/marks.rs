//! What an import remembers of the values it wrote, so that the next one can tell what a person
//! changed since.
//!
//! For each field twelve bytes: four of a keyed hash of its path, eight of a keyed hash of its
//! value. They stand in the dossier, as lines of base 64 in `import/values/0`, `…/1` and so on.

use std::collections::BTreeMap;

use data_encoding::BASE64_NOPAD;

use crate::{
    exchange::key::{KeyedHash, field_mark, value_mark},
    model::registry::{FieldPath, Record, Value},
};

/// Part of a record in which the marks stand.
const PART: &str = "import/values";
/// Fields of one line: 372 bytes, 496 characters; a line has at most 500.
const FIELDS_PER_LINE: usize = 31;
const PATH_BYTES: usize = 4;
const MARK_BYTES: usize = 12;

/// Marks by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks(BTreeMap<[u8; PATH_BYTES], [u8; MARK_BYTES - PATH_BYTES]>);

/// Whether an import sets and compares this field: all but its own remarks.
pub(super) fn is_imported(path: &FieldPath) -> bool {
    !path.is_under("import")
}

impl Marks {
    /// The marks of all values of a record.
    pub(super) fn of(record: &Record, keyed: KeyedHash<'_>) -> Self {
        let fields = record.iter().filter(|(path, _)| is_imported(path));
        Self(
            fields.map(|(path, v)| (field_mark(keyed, path), value_mark(keyed, path, v))).collect(),
        )
    }

    /// The marks that stand in a record; lines that do not read count as absent.
    pub(super) fn stored_in(record: &Record) -> Self {
        let lines = record.under(PART).filter_map(|(_, value)| value.as_text());
        let bytes = lines.filter_map(|line| BASE64_NOPAD.decode(line.as_bytes()).ok());
        let mut marks = Self::default();
        for line in bytes {
            for mark in line.chunks_exact(MARK_BYTES) {
                if let (Some(path), Some(value)) = (mark.first_chunk(), mark.last_chunk()) {
                    marks.0.insert(*path, *value);
                }
            }
        }
        marks
    }

    /// Whether the field had this value when it was marked; none: it had no value.
    pub(super) fn agrees(
        &self,
        keyed: KeyedHash<'_>,
        path: &FieldPath,
        value: Option<&Value>,
    ) -> bool {
        let known = self.0.get(&field_mark(keyed, path));
        known == value.map(|value| value_mark(keyed, path, value)).as_ref()
    }

    /// Whether the field had any value when it was marked.
    pub(super) fn knows(&self, keyed: KeyedHash<'_>, path: &FieldPath) -> bool {
        self.0.contains_key(&field_mark(keyed, path))
    }

    /// Marks the field with this value.
    pub(super) fn mark(&mut self, keyed: KeyedHash<'_>, path: &FieldPath, value: Option<&Value>) {
        let field = field_mark(keyed, path);
        match value {
            Some(value) => self.0.insert(field, value_mark(keyed, path, value)),
            None => self.0.remove(&field),
        };
    }

    /// The fields in which the marks stand.
    pub(super) fn fields(&self) -> BTreeMap<FieldPath, Value> {
        let all: Vec<(&[u8; PATH_BYTES], _)> = self.0.iter().collect();
        let line = |marks: &[(&[u8; PATH_BYTES], &[u8; MARK_BYTES - PATH_BYTES])]| {
            let bytes: Vec<u8> =
                marks.iter().flat_map(|(path, value)| path.iter().chain(*value).copied()).collect();
            Value::from(BASE64_NOPAD.encode(&bytes))
        };
        let lines = all.chunks(FIELDS_PER_LINE).enumerate();
        let path = |place: usize| format!("{PART}/{place}").parse().ok();
        lines.filter_map(|(place, marks)| Some((path(place)?, line(marks)))).collect()
    }
}
