//! The plaintext of a payload: the changes of one document, deflated with a dictionary that all
//! versions of the program have.
//!
//! ```text
//! document │ number of the dictionary │ deflated( schema │ changes )     the shorter of the two
//! document │ schema │ changes
//! ```
//!
//! A record is small and most of it are the names of its fields, so what saves bytes is not what
//! repeats in a payload but what repeats in all of them: the dictionary holds it beforehand. Each
//! payload is deflated for itself, so that it can be opened, erased and sent without any other.

use std::{cell::RefCell, sync::LazyLock};

use data_encoding::HEXLOWER;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use prost::Message;
use zeroize::Zeroizing;

use crate::{
    doc::Actor,
    model::{
        id::{DocumentId, LogId},
        limits::{MAX_CHANGES_PER_PAYLOAD, MAX_INFLATED_BYTES, MAX_INFLATION},
    },
    wire::{
        bounded::{self, BoundedError},
        payload as wire,
    },
};

/// Number of the dictionary that payloads are written with; the only one.
const DICTIONARY: u32 = 1;
/// Where it stands, in words.
const DICTIONARY_TEXT: &str = include_str!("packing/dictionary-1.txt");
/// Letters of the keys that the program gives to the parts of a record.
const PART_KEY_LETTERS: usize = 8;
/// The highest levels take half as long again, for one byte in two hundred.
const LEVEL: u32 = 7;
/// Fields of a payload beside its changes.
const OTHER_FIELDS: usize = 4;

/// What a first change has between its length and its actor, and what follows.
const BEFORE_ACTOR: [u8; 2] = [0, 16];
const AFTER_ACTOR: [u8; 15] = [1, 1, 0, 0, 0, 10, 1, 7, 2, 7, 17, 7, 19, 10, 21];

static DICTIONARY_BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| dictionary(DICTIONARY_TEXT));

thread_local! {
    // Making one takes longer than the work on one payload.
    static DEFLATER: RefCell<Compress> =
        RefCell::new(Compress::new(Compression::new(LEVEL), false));
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Why a payload is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackingError {
    /// Not such a message, or more changes than a payload may have.
    #[error("the payload cannot be read: {0}")]
    Message(#[from] BoundedError),
    /// The id of the document is not one.
    #[error("the payload names no document")]
    Document,
    /// Of a newer version, perhaps.
    #[error("the payload needs dictionary {0}, which this version of the program does not have")]
    Dictionary(u32),
    /// Both forms at once, or a part of the one in the other.
    #[error("the payload mixes what is deflated with what is not")]
    Mixed,
    /// More than is allowed, whatever it would be.
    #[error("the payload inflates to more than {limit} bytes")]
    TooLong {
        /// Bytes that are allowed.
        limit: usize,
    },
    /// Not one whole deflate stream.
    #[error("the payload does not inflate, or goes on after its end")]
    Stream,
}

/// What a payload says.
#[derive(Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// The document.
    pub document: DocumentId,
    /// The device's actor in the document.
    pub actor: Actor,
    /// The document's schema.
    pub schema: String,
    /// Raw automerge changes.
    pub changes: Vec<Vec<u8>>,
}

/// Writes the plaintext of a payload of this log, in the shorter form.
pub(in crate::replica) fn pack(
    log: &LogId,
    document: &DocumentId,
    schema: &str,
    changes: Vec<Vec<u8>>,
) -> Vec<u8> {
    let plain = write_changes(document, schema, changes);
    let deflated = deflated(log, document, &plain);
    deflated.filter(|it| it.len() < plain.len()).unwrap_or(plain)
}

/// Writes the plaintext of a payload, not deflated.
pub(in crate::replica) fn write_changes(
    document: &DocumentId,
    schema: &str,
    changes: Vec<Vec<u8>>,
) -> Vec<u8> {
    let (document, schema) = (document.as_bytes().to_vec(), schema.to_owned());
    wire::Changes { document, schema, changes, ..wire::Changes::default() }.encode_to_vec()
}

/// The deflated form of a plaintext; none if readers would not inflate so much of so little.
fn deflated(log: &LogId, document: &DocumentId, plain: &[u8]) -> Option<Vec<u8>> {
    let document_field = 2 + DocumentId::LEN;
    let content = plain.get(document_field..)?;
    let deflated = deflate(&actor(log, document), content)?;
    let message = wire::Changes {
        document: document.as_bytes().to_vec(),
        dictionary: DICTIONARY,
        deflated,
        ..wire::Changes::default()
    };
    (content.len() <= max_inflated(message.deflated.len())).then(|| message.encode_to_vec())
}

/// Reads the plaintext of a payload of this log. The changes in it are not checked.
///
/// # Errors
/// When it is none, or inflates to more than it may.
pub fn unpack(log: &LogId, plaintext: &[u8]) -> Result<Unpacked, PackingError> {
    let message = decode(plaintext)?;
    let document = DocumentId::try_from(message.document.as_slice());
    let document = document.map_err(|_length| PackingError::Document)?;
    let actor = actor(log, &document);
    let is_deflated = message.dictionary != 0 || !message.deflated.is_empty();
    let content = if is_deflated { inner(&actor, &message)? } else { message };
    Ok(Unpacked { document, actor, schema: content.schema, changes: content.changes })
}

/// Schema and changes of a deflated payload.
fn inner(actor: &Actor, message: &wire::Changes) -> Result<wire::Changes, PackingError> {
    if message.dictionary != DICTIONARY {
        return Err(PackingError::Dictionary(message.dictionary));
    }
    if !message.schema.is_empty() || !message.changes.is_empty() {
        return Err(PackingError::Mixed);
    }
    let content = decode(&inflate(actor, &message.deflated)?)?;
    let is_content =
        content.document.is_empty() && content.dictionary == 0 && content.deflated.is_empty();
    if is_content { Ok(content) } else { Err(PackingError::Mixed) }
}

fn decode(bytes: &[u8]) -> Result<wire::Changes, BoundedError> {
    bounded::decode(bytes, MAX_INFLATED_BYTES, MAX_CHANGES_PER_PAYLOAD + OTHER_FIELDS)
}

fn actor(log: &LogId, document: &DocumentId) -> Actor {
    Actor::of(&log.device, &log.incarnation, document)
}

/// Bytes that so many may inflate to. Without a share of what came, a megabyte would become a
/// thousand.
fn max_inflated(deflated: usize) -> usize {
    deflated.saturating_mul(MAX_INFLATION).min(MAX_INFLATED_BYTES)
}

/// What is known beforehand of the payload of one actor, beside the dictionary.
fn beginning(actor: &Actor) -> Vec<u8> {
    [BEFORE_ACTOR.as_slice(), actor.as_bytes(), &AFTER_ACTOR].concat()
}

fn deflate(actor: &Actor, content: &[u8]) -> Option<Vec<u8>> {
    DEFLATER.with_borrow_mut(|deflater| {
        deflater.reset();
        deflater.set_dictionary(&DICTIONARY_BYTES).ok()?;
        deflater.set_dictionary(&beginning(actor)).ok()?;
        // What does not become shorter is not wanted.
        let mut deflated = vec![0; content.len()];
        let status = deflater.compress(content, &mut deflated, FlushCompress::Finish).ok()?;
        deflated.truncate(usize::try_from(deflater.total_out()).ok()?);
        (status == Status::StreamEnd).then_some(deflated)
    })
}

fn inflate(actor: &Actor, deflated: &[u8]) -> Result<Zeroizing<Vec<u8>>, PackingError> {
    let limit = max_inflated(deflated.len());
    let mut content = Zeroizing::new(vec![0; limit]);
    let (status, read, written) = INFLATER
        .with_borrow_mut(|inflater| {
            inflater.reset(false);
            inflater.set_dictionary(&DICTIONARY_BYTES).ok()?;
            inflater.set_dictionary(&beginning(actor)).ok()?;
            let status =
                inflater.decompress(deflated, &mut content, FlushDecompress::Finish).ok()?;
            let count = |count: u64| usize::try_from(count).ok();
            Some((status, count(inflater.total_in())?, count(inflater.total_out())?))
        })
        .ok_or(PackingError::Stream)?;
    if status == Status::StreamEnd && read == deflated.len() {
        content.truncate(written);
        return Ok(content);
    }
    let is_full = status != Status::StreamEnd && written == limit;
    Err(if is_full { PackingError::TooLong { limit } } else { PackingError::Stream })
}

/// The bytes that a dictionary's text stands for; how is said in it.
fn dictionary(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, rest) in text.lines().filter_map(|line| line.split_once(' ')) {
        match kind {
            "text" => bytes.extend([rest, " "].concat().into_bytes()),
            "label" => bytes.extend([rest, ", "].concat().into_bytes()),
            "codes" => bytes.extend(rest.bytes().filter(|byte| *byte != b' ')),
            "key" => {
                let letters = rest.replace('*', "");
                let parts = rest.len().saturating_sub(letters.len());
                let length = letters.len().saturating_add(parts.saturating_mul(PART_KEY_LETTERS));
                bytes.extend(u8::try_from(length));
                bytes.extend(letters.into_bytes());
            }
            "hex" => bytes.extend(HEXLOWER.decode(rest.as_bytes()).unwrap_or_default()),
            _comment => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests;
