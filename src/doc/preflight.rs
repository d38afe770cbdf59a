//! The check of a change before automerge sees it: a decoder of hostile input.
//!
//! One raw change chunk, at most [`MAX_CHANGE_BYTES`]. Everything is bounded from the encoded form:
//! run lengths are summed, never expanded, until their sum is known to be small. The order of
//! checks is in `proto/document.md`; the cheap ones come first.

mod columns;
mod reader;
mod rows;

use std::sync::Arc;

use columns::Columns;
use reader::Reader;
use sha2::{Digest, Sha256};

use crate::{
    doc::{Actor, ChangeId, CheckedChange, change::read_by_automerge},
    model::limits::MAX_CHANGE_BYTES,
};

/// Operations of one change: two of the longest texts, letter by letter.
pub const MAX_OPS_PER_CHANGE: u64 = 131_072;
/// Operations that every change may have, however short it is.
pub const MAX_FREE_OPS: u64 = 4_096;
/// Operations that it may have beyond these for each of its bytes.
pub const MAX_OPS_PER_BYTE: u64 = 16;
/// Changes that one change builds on directly.
pub const MAX_DEPS: u64 = 256;
/// Actors that one change names beside its own.
pub const MAX_OTHER_ACTORS: u64 = 1_024;
/// The greatest operation counter of a document. Bounds what a document can grow to by a property
/// of each change alone, so that all nodes refuse the same changes.
pub const MAX_DOCUMENT_OPS: u64 = 1 << 22;
/// Changes of one actor in one document.
pub const MAX_CHANGES_PER_ACTOR: u64 = 1 << 20;
/// Marks that one change makes or takes away. What reads a text looks at each that is around a
/// letter, so that many around each other cost their number times itself.
pub const MAX_MARKS_PER_CHANGE: u64 = 512;
/// Marks that one device makes or takes away in one document, in all its changes.
pub const MAX_MARKS_PER_ACTOR: u64 = 2_048;
/// Bytes of a key: four segments of forty characters, three slashes, an `@`.
pub const MAX_KEY_BYTES: u64 = 164;

/// First bytes of each chunk.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// A change in the raw, as opposed to a document (0), a deflated change (2) or a bundle (3).
const CHANGE_CHUNK: u8 = 1;

/// Why a change is refused before automerge sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PreflightError {
    /// Longer than a change may be.
    #[error("a change has at most {MAX_CHANGE_BYTES} bytes, this has {0}")]
    TooLong(usize),
    /// Ends too early.
    #[error("the change ends too early")]
    Truncated,
    /// Goes on after its end.
    #[error("the change goes on after its end")]
    Trailing,
    /// Does not begin as a chunk.
    #[error("not an automerge chunk")]
    Magic,
    /// Another kind of chunk.
    #[error("chunk type {0} is not accepted, only raw changes (1)")]
    ChunkType(u8),
    /// The checksum is not that of the content.
    #[error("the checksum does not match the content")]
    Checksum,
    /// A number is not in its one shortest form or too large.
    #[error("a number is not in its shortest form or too large")]
    Number,
    /// A text is not UTF-8.
    #[error("a text is not UTF-8")]
    Text,
    /// More of something than a change may have.
    #[error("more {0} than a change may have")]
    TooMany(&'static str),
    /// Lists are not strictly ascending.
    #[error("{0} are not in ascending order, each once")]
    Order(&'static str),
    /// The change names another actor than the device's that sent it.
    #[error("the change is by another actor than its log's device in this document")]
    Actor,
    /// The change carries a time or a message, which nobody could trust.
    #[error("the change carries a time or a message")]
    Annotated,
    /// A column that is unknown, deflated, empty or out of order.
    #[error("column {0:#x} is unknown, compressed, empty or out of order")]
    Column(u64),
    /// Columns are of different lengths.
    #[error("the columns are of different lengths, or empty")]
    UnevenColumns,
    /// An operation that no document has.
    #[error("operation {row} is {what}")]
    Operation {
        /// Its place in the change, from 0.
        row: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Encoded otherwise than automerge itself would: it hashes what it would have written, and
    /// does not load what it made of this.
    #[error("the change is not in its one canonical encoding")]
    Canonical,
    /// automerge itself refuses the change, or reads it as another.
    #[error("automerge does not read the change")]
    Unreadable,
}

/// What stands before the columns.
#[derive(Debug)]
pub(crate) struct Header<'a> {
    deps: Vec<ChangeId>,
    actor: Actor,
    seq: u64,
    start_op: u64,
    other_actors: Vec<&'a [u8]>,
}

impl Header<'_> {
    /// The actor with this index: 0 is the change's own.
    fn actor_at(&self, index: u64) -> Option<&[u8]> {
        match usize::try_from(index).ok()?.checked_sub(1) {
            None => Some(self.actor.as_bytes()),
            Some(other) => self.other_actors.get(other).copied(),
        }
    }
}

/// Checks the bytes of one change that should be by `expected`.
///
/// # Errors
/// When they are not exactly one raw change chunk in its canonical form, within all bounds, by
/// that actor, of operations that a document may have.
pub fn preflight(bytes: &[u8], expected: &Actor) -> Result<CheckedChange, PreflightError> {
    let (id, data) = open_chunk(bytes)?;
    let mut reader = Reader::new(data);
    let header = read_header(&mut reader, expected)?;
    let columns = Columns::read(&mut reader)?;
    if !columns.canonical {
        return Err(PreflightError::Canonical);
    }
    if columns.ops > max_ops(bytes.len()) {
        return Err(PreflightError::TooMany("operations for its length"));
    }
    let max_op = header.start_op.saturating_add(columns.ops).saturating_sub(1);
    if max_op > MAX_DOCUMENT_OPS {
        return Err(PreflightError::TooMany("operations in its document"));
    }
    let rows::Found { plain, references, deleted, marks, named } = rows::check(&header, columns)?;
    let plain = plain.map(Arc::new);
    let others: Vec<Actor> =
        header.other_actors.iter().filter_map(|it| Actor::from_slice(it)).collect();
    // Whom it lists it names.
    if others.iter().any(|other| references.iter().all(|named| named.actor != *other)) {
        return Err(PreflightError::Canonical);
    }
    let parsed = if plain.is_some() {
        None
    } else {
        let read = read_by_automerge(bytes).filter(|it| agrees(it, &header, id, max_op));
        Some(read.ok_or(PreflightError::Unreadable)?)
    };
    let Header { deps, actor, seq, start_op, .. } = header;
    let bytes = Arc::from(bytes);
    Ok(CheckedChange {
        bytes,
        parsed,
        plain,
        id,
        actor,
        seq,
        start_op,
        max_op,
        deps,
        others,
        references,
        deleted,
        marks: Arc::from(marks),
        named,
    })
}

/// Operations that a change of so many bytes may have: run lengths make a hundred bytes stand for a
/// hundred thousand deletions, which nobody makes at once.
fn max_ops(bytes: usize) -> u64 {
    (bytes as u64).saturating_mul(MAX_OPS_PER_BYTE).saturating_add(MAX_FREE_OPS)
}

/// Checks the chunk around the change and gives its content.
fn open_chunk(bytes: &[u8]) -> Result<(ChangeId, &[u8]), PreflightError> {
    if bytes.len() > MAX_CHANGE_BYTES {
        return Err(PreflightError::TooLong(bytes.len()));
    }
    let mut reader = Reader::new(bytes);
    if reader.array()? != MAGIC {
        return Err(PreflightError::Magic);
    }
    let checksum: [u8; 4] = reader.array()?;
    let hashed = reader.rest();
    let [kind] = reader.array()?;
    if kind != CHANGE_CHUNK {
        return Err(PreflightError::ChunkType(kind));
    }
    let length = reader.unsigned()?;
    match (reader.left() as u64).cmp(&length) {
        std::cmp::Ordering::Less => return Err(PreflightError::Truncated),
        std::cmp::Ordering::Greater => return Err(PreflightError::Trailing),
        std::cmp::Ordering::Equal => {}
    }
    // The hash covers type, length and content; the length is in its one shortest form.
    let hash: [u8; 32] = Sha256::digest(hashed).into();
    if hash.starts_with(&checksum) {
        Ok((ChangeId::new(hash), reader.rest()))
    } else {
        Err(PreflightError::Checksum)
    }
}

fn read_header<'a>(
    reader: &mut Reader<'a>,
    expected: &Actor,
) -> Result<Header<'a>, PreflightError> {
    let deps =
        read_list(reader, MAX_DEPS, "dependencies", |reader| reader.array().map(ChangeId::new))?;
    let actor = read_actor(reader)?;
    if actor != expected.as_bytes() {
        return Err(PreflightError::Actor);
    }
    let (seq, start_op) = (reader.unsigned()?, reader.unsigned()?);
    if seq == 0 || seq > MAX_CHANGES_PER_ACTOR {
        return Err(PreflightError::TooMany("changes of its actor"));
    }
    if start_op == 0 || start_op > MAX_DOCUMENT_OPS {
        return Err(PreflightError::TooMany("operations in its document"));
    }
    if reader.signed()? != 0 || reader.unsigned()? != 0 {
        return Err(PreflightError::Annotated);
    }
    let other_actors = read_list(reader, MAX_OTHER_ACTORS, "other actors", read_actor)?;
    if other_actors.contains(&expected.as_bytes().as_slice()) {
        return Err(PreflightError::Order("other actors"));
    }
    Ok(Header { deps, actor: *expected, seq, start_op, other_actors })
}

fn read_actor<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], PreflightError> {
    if reader.unsigned()? != Actor::LEN as u64 {
        return Err(PreflightError::Actor);
    }
    reader.take(Actor::LEN as u64)
}

/// Reads a counted, strictly ascending list.
fn read_list<'a, V: Ord>(
    reader: &mut Reader<'a>,
    limit: u64,
    what: &'static str,
    read: impl Fn(&mut Reader<'a>) -> Result<V, PreflightError>,
) -> Result<Vec<V>, PreflightError> {
    let count = reader.unsigned()?;
    if count > limit {
        return Err(PreflightError::TooMany(what));
    }
    let list: Vec<V> = (0..count).map(|_| read(reader)).collect::<Result<_, _>>()?;
    if list.is_sorted_by(|a, b| a < b) { Ok(list) } else { Err(PreflightError::Order(what)) }
}

/// Whether automerge read the same as we did.
fn agrees(change: &automerge::Change, header: &Header<'_>, id: ChangeId, max_op: u64) -> bool {
    ChangeId::from(change.hash()) == id
        && change.actor_id().to_bytes() == header.actor.as_bytes()
        && change.seq() == header.seq
        && change.start_op().get() == header.start_op
        && change.max_op() == max_op
        && change.deps().iter().map(|dep| ChangeId::from(*dep)).eq(header.deps.iter().copied())
}

#[cfg(test)]
mod tests;
