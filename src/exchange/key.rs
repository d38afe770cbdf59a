//! Names of rows that survive from one import to the next, and tell nothing.
//!
//! The key columns of a row hold names of people. What a dossier keeps is a keyed hash of them: the
//! same for every import by the same organisation, and of no use to anybody without the key.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use serde::Serialize;

use crate::model::registry::{FieldPath, Value};

/// A keyed hash whose key the caller holds, for example `StoreKey::keyed_hash`.
///
/// The key must be the same for all devices that import the same lists, or each of them makes its
/// own incidents of one row.
pub type KeyedHash<'a> = &'a dyn Fn(&[u8]) -> [u8; 32];

/// What a text is hashed for; the same text gives another hash for each.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    Source,
    Row,
    Victim,
    Field,
    Value,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Source => "ceiba import source/1",
            Self::Row => "ceiba import row/1",
            Self::Victim => "ceiba import victim/1",
            Self::Field => "ceiba import field/1",
            Self::Value => "ceiba import value/1",
        }
    }
}

fn hash(keyed: KeyedHash<'_>, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
    let mut bytes = purpose.label().as_bytes().to_vec();
    for part in parts {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart; usize fits u64 everywhere.
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    keyed(&bytes)
}

/// The values of a row's key columns, with the list that they are from. Says nothing in `Debug`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    list: String,
    values: Vec<String>,
}

impl RowKey {
    pub(super) const fn new(list: String, values: Vec<String>) -> Self {
        Self { list, values }
    }

    fn parts(&self) -> Vec<&[u8]> {
        let values = self.values.iter().map(String::as_bytes);
        std::iter::once(self.list.as_bytes()).chain(values).collect()
    }

    /// The name of the incident that this key stands for.
    #[must_use]
    pub fn source(&self, keyed: KeyedHash<'_>) -> SourceRef {
        SourceRef(hash(keyed, Purpose::Source, &self.parts()))
    }

    /// The name of the row within an event: eight letters and digits.
    pub(super) fn token(&self, keyed: KeyedHash<'_>) -> String {
        token(&hash(keyed, Purpose::Row, &self.parts()))
    }

    /// A name for a victim of the row that says nothing, the same at each import: `V-` and eight
    /// letters and digits.
    pub(super) fn pseudonym(&self, keyed: KeyedHash<'_>, victim: &str) -> String {
        let mut parts = self.parts();
        parts.push(victim.as_bytes());
        format!("V-{}", token(&hash(keyed, Purpose::Victim, &parts)).to_uppercase())
    }
}

impl fmt::Debug for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowKey({} values)", self.values.len())
    }
}

/// Letters and digits without i, l, o, u (Crockford's base 32).
const TOKEN_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 40 bits: two of 10,000 victims meet with a probability of 1 in 20,000.
fn token(hash: &[u8; 32]) -> String {
    let pick = |byte: &u8| TOKEN_ALPHABET.get(usize::from(*byte & 31)).copied().unwrap_or(b'2');
    hash.iter().take(8).map(|byte| char::from(pick(byte))).collect()
}

/// Four bytes that stand for a field's path.
pub(super) fn field_mark(keyed: KeyedHash<'_>, path: &FieldPath) -> [u8; 4] {
    first(&hash(keyed, Purpose::Field, &[path.as_str().as_bytes()]))
}

/// Eight bytes that stand for the value of a field.
pub(super) fn value_mark(keyed: KeyedHash<'_>, path: &FieldPath, value: &Value) -> [u8; 8] {
    let parts = [path.as_str().as_bytes(), &value.canonical_bytes()];
    first(&hash(keyed, Purpose::Value, &parts))
}

fn first<const N: usize>(hash: &[u8; 32]) -> [u8; N] {
    hash.first_chunk().copied().unwrap_or([0; N])
}

/// The name of an imported incident in its dossier's field `import/row`: a keyed hash of
/// the list and the key columns, in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceRef([u8; 32]);

impl SourceRef {
    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceRef({self})")
    }
}

/// The text is not a source reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a source reference: 64 hexadecimal digits are")]
pub struct SourceRefError;

impl FromStr for SourceRef {
    type Err = SourceRefError;

    fn from_str(text: &str) -> Result<Self, SourceRefError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_not_hex| SourceRefError)?;
        bytes.try_into().map(Self).map_err(|_length| SourceRefError)
    }
}

impl Serialize for SourceRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
