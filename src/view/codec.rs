//! Rows as bytes, for the index. `proto/replica.md` says the layout.

use std::{collections::BTreeSet, str};

use crate::{
    model::{
        id::{CircleId, DocumentId, IncidentId, OrgId},
        registry::{Tier, Value},
    },
    view::{
        ConflictValue, DocumentRow, PackedRecord, RowConflict,
        packed::{Reader, mark, put_chunk, put_varint},
    },
};

/// The layout of rows; another one is worked out again from the document.
pub const ROW_FORMAT: u8 = 2;

const NO_TIER: u8 = 255;
const FLAG: u8 = 0;
const INTEGER: u8 = 1;
const TEXT: u8 = 2;

/// Why bytes are not a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// They are of another layout, or of another version of the program's lists: the row is to be
    /// worked out again from this document.
    #[error("the row of document {1} in circle {0} is of another version")]
    Outdated(CircleId, DocumentId),
    /// They do not even name a document.
    #[error("a row does not name its document")]
    Nameless,
}

impl DocumentRow {
    /// The row as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let record = self.record.as_bytes();
        let mut out = Vec::with_capacity(256 + record.len());
        out.extend_from_slice(self.circle.as_bytes());
        out.extend_from_slice(self.document.as_bytes());
        out.push(ROW_FORMAT);
        out.extend_from_slice(&mark());
        out.extend_from_slice(self.incident.as_bytes());
        out.extend_from_slice(self.origin.as_bytes());
        out.push(tier_number(self.tier));
        put_varint(&mut out, self.changes);
        put_varint(&mut out, self.authors.len() as u64);
        self.authors.iter().for_each(|org| out.extend_from_slice(org.as_bytes()));
        put_varint(&mut out, self.conflicts.len() as u64);
        self.conflicts.iter().for_each(|conflict| put_conflict(&mut out, conflict));
        out.extend_from_slice(record);
        out
    }

    /// Takes up a row.
    ///
    /// # Errors
    /// When it is of another version, or does not read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RowError> {
        let mut reader = Reader(bytes);
        let circle = reader.array().map(CircleId::new).ok_or(RowError::Nameless)?;
        let document = reader.array().map(DocumentId::new).ok_or(RowError::Nameless)?;
        read(circle, document, reader).ok_or(RowError::Outdated(circle, document))
    }
}

fn read(circle: CircleId, document: DocumentId, mut reader: Reader<'_>) -> Option<DocumentRow> {
    if reader.byte()? != ROW_FORMAT || reader.array()? != mark() {
        return None;
    }
    let incident = IncidentId::new(reader.array()?);
    let origin = OrgId::new(reader.array()?);
    let tier = read_tier(reader.byte()?)?;
    let changes = reader.varint()?;
    let mut authors = BTreeSet::new();
    for _author in 0..reader.varint()? {
        authors.insert(OrgId::new(reader.array()?));
    }
    let mut conflicts = Vec::new();
    for _conflict in 0..reader.varint()? {
        conflicts.push(read_conflict(&mut reader)?);
    }
    let record = PackedRecord::from_bytes(reader.0)?;
    Some(DocumentRow {
        circle,
        document,
        incident,
        origin,
        tier,
        record,
        conflicts,
        changes,
        authors,
    })
}

fn tier_number(tier: Option<Tier>) -> u8 {
    let place = Tier::ALL.iter().position(|known| Some(*known) == tier);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(NO_TIER)
}

fn read_tier(number: u8) -> Option<Option<Tier>> {
    match number {
        NO_TIER => Some(None),
        number => Tier::ALL.get(usize::from(number)).copied().map(Some),
    }
}

fn put_conflict(out: &mut Vec<u8>, conflict: &RowConflict) {
    put_chunk(out, conflict.path.as_str().as_bytes());
    put_varint(out, conflict.values.len() as u64);
    for candidate in &conflict.values {
        out.push(u8::from(candidate.org.is_some()));
        candidate.org.iter().for_each(|org| out.extend_from_slice(org.as_bytes()));
        match &candidate.value {
            Value::Flag(flag) => out.extend([FLAG, u8::from(*flag)]),
            Value::Integer(number) => {
                out.push(INTEGER);
                out.extend(number.to_le_bytes());
            }
            Value::Text(text) => {
                out.push(TEXT);
                put_chunk(out, text.as_bytes());
            }
        }
    }
}

fn read_conflict(reader: &mut Reader<'_>) -> Option<RowConflict> {
    let path = str::from_utf8(reader.chunk()?).ok()?.parse().ok()?;
    let mut values = Vec::new();
    for _candidate in 0..reader.varint()? {
        let org = if reader.byte()? == 0 { None } else { Some(OrgId::new(reader.array()?)) };
        let value = match reader.byte()? {
            FLAG => Value::Flag(reader.byte()? != 0),
            INTEGER => Value::Integer(i64::from_le_bytes(reader.array()?)),
            TEXT => Value::Text(str::from_utf8(reader.chunk()?).ok()?.to_owned()),
            _unknown => return None,
        };
        values.push(ConflictValue { value, org });
    }
    Some(RowConflict { path, values })
}
