//! Reading packed records: whatever the bytes, it ends, takes no memory and does not panic.

use std::str;

use super::{PathRef, ValueRef, dictionary, write::tag};
use crate::model::{
    limits::{MAX_FIELD_BYTES, MAX_FIELDS_PER_RECORD},
    registry::{Record, Schema, path::is_segment},
};

/// Bytes that are not read yet.
#[derive(Debug, Clone, Copy)]
pub(in crate::view) struct Reader<'a>(pub(in crate::view) &'a [u8]);

impl<'a> Reader<'a> {
    pub(in crate::view) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(in crate::view) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub(in crate::view) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number in groups of seven bits, the lowest first.
    pub(in crate::view) fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits.leading_zeros() < shift {
                return None;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// Bytes with their number in front.
    pub(in crate::view) fn chunk(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        self.take(length)
    }

    fn segment(&mut self) -> Option<&'a str> {
        match self.byte()? {
            length @ 1..0x80 => str::from_utf8(self.take(usize::from(length))?).ok(),
            first => dictionary::word(first, || self.byte()),
        }
    }
}

/// A value before a look at what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::view) enum Raw<'a> {
    Flag(bool),
    Integer(i64),
    Word(&'static str),
    Text(&'a [u8]),
    Hex(&'a [u8]),
    Base64(&'a [u8]),
    Record(&'a [u8]),
}

impl<'a> Raw<'a> {
    pub(in crate::view) fn value(self) -> Option<ValueRef<'a>> {
        Some(match self {
            Self::Flag(flag) => ValueRef::Flag(flag),
            Self::Integer(number) => ValueRef::Integer(number),
            Self::Word(word) => ValueRef::Text(word),
            Self::Text(bytes) => ValueRef::Text(str::from_utf8(bytes).ok()?),
            Self::Hex(bytes) => ValueRef::Hex(bytes),
            Self::Base64(bytes) => ValueRef::Base64(bytes),
            Self::Record(bytes) => ValueRef::Record(bytes),
        })
    }

    /// Whether it is one that a record can have.
    fn is_whole(self, within: Within) -> bool {
        match self {
            Self::Flag(_) | Self::Integer(_) | Self::Word(_) => true,
            Self::Text(bytes) => bytes.len() <= MAX_FIELD_BYTES && str::from_utf8(bytes).is_ok(),
            Self::Hex(bytes) | Self::Base64(bytes) => bytes.len() <= MAX_FIELD_BYTES,
            Self::Record(bytes) => within == Within::Row && is_whole_within(bytes, Within::Field),
        }
    }
}

/// The fields of a packed record; ends at the first that does not read.
#[derive(Debug, Clone)]
pub(in crate::view) struct Fields<'a> {
    reader: Reader<'a>,
    path: PathRef<'a>,
}

impl<'a> Fields<'a> {
    fn is_at_end(&self) -> bool {
        self.reader.0.is_empty()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (PathRef<'a>, Raw<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let head = self.reader.byte()?;
        self.path.truncate(usize::from((head >> 3) & 3));
        for _new in 0..=(head >> 5) {
            self.path.push(self.reader.segment()?)?;
        }
        let value = match head & 7 {
            tag::NO => Raw::Flag(false),
            tag::YES => Raw::Flag(true),
            tag::INTEGER => Raw::Integer(signed(self.reader.varint()?)),
            tag::WORD => {
                let first = self.reader.byte()?;
                Raw::Word(dictionary::word(first, || self.reader.byte())?)
            }
            tag::HEX => Raw::Hex(self.reader.chunk()?),
            tag::BASE64 => Raw::Base64(self.reader.chunk()?),
            tag::RECORD => Raw::Record(self.reader.chunk()?),
            _text => Raw::Text(self.reader.chunk()?),
        };
        Some((self.path, value))
    }
}

const fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// The fields; none if not even the schema reads.
pub(super) fn fields(bytes: &[u8]) -> Fields<'_> {
    let mut reader = Reader(bytes);
    if reader.chunk().is_none() {
        reader = Reader(&[]);
    }
    Fields { reader, path: PathRef::default() }
}

/// The schema: none written means the one that this program writes.
pub(super) fn schema(bytes: &[u8]) -> Option<Schema> {
    match Reader(bytes).chunk()? {
        [] => Some(Schema::incident()),
        text => str::from_utf8(text).ok()?.parse().ok(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Row,
    Field,
}

/// Whether all of it is a record, within the bounds of one.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    is_whole_within(bytes, Within::Row)
}

fn is_whole_within(bytes: &[u8], within: Within) -> bool {
    let (mut fields, mut count) = (fields(bytes), 0_usize);
    let mut last = PathRef::default();
    for (path, value) in fields.by_ref() {
        let is_next = path > last && path.segments().iter().all(|segment| is_segment(segment));
        count += 1;
        if !is_next || !value.is_whole(within) || count > MAX_FIELDS_PER_RECORD {
            return false;
        }
        last = path;
    }
    fields.is_at_end() && schema(bytes).is_some()
}

/// The record.
pub(super) fn unpack(bytes: &[u8]) -> Record {
    let mut record = Record::new(schema(bytes).unwrap_or_else(Schema::incident));
    for (path, value) in fields(bytes) {
        if let (Some(path), Some(value)) = (path.to_path(), value.value()) {
            // It was taken out of a record, in which it fitted.
            let _fits = record.set(path, value.to_value());
        }
    }
    record
}
