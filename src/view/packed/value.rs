//! The value of a field, borrowed.

use std::{borrow::Cow, fmt};

use data_encoding::{BASE64_NOPAD, HEXLOWER};

use super::read::unpack;
use crate::model::registry::Value;

/// A value that lies in a packed record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ValueRef<'a> {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// Text as it is.
    Text(&'a str),
    /// Text of lowercase hexadecimal digits: what they stand for.
    Hex(&'a [u8]),
    /// Text in base 64 without padding: what it stands for.
    Base64(&'a [u8]),
    /// The JSON of a record, packed.
    Record(&'a [u8]),
}

impl<'a> ValueRef<'a> {
    /// The text, if it is one.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Flag(_) | Self::Integer(_) => None,
            Self::Text(text) => Some(text.into()),
            Self::Hex(bytes) => Some(HEXLOWER.encode(bytes).into()),
            Self::Base64(bytes) => Some(BASE64_NOPAD.encode(bytes).into()),
            Self::Record(bytes) => Some(serde_json::to_string(&unpack(bytes)).ok()?.into()),
        }
    }

    /// The value, owned.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Flag(flag) => flag.into(),
            Self::Integer(number) => number.into(),
            Self::Text(_) | Self::Hex(_) | Self::Base64(_) | Self::Record(_) => {
                Value::Text(self.text().unwrap_or_default().into_owned())
            }
        }
    }
}

/// Prints the kind and size only: values are what people must not find in a log.
impl fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}
