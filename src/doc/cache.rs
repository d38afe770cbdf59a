//! A document as bytes for this node's own cache.
//!
//! `version (1) | length (4, LE) | automerge document | claims (4, LE) | { actor (16) | seq (8, LE) |
//! change id (32) }* | marks (1) | { actor (16) | length (4, LE) |
//! change }*`: the document, which numbers changes took that were refused, whether there are
//! marks, and the changes that wait. A document of one plain change has an automerge
//! document of length 0, and that change first among the last. Changes that were refused are not
//! kept; they are refused again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::Automerge;

use crate::{
    doc::{
        Actor, ChangeId, Document, PreflightError, causality::Known, document::State, preflight,
        rich,
    },
    model::registry::Schema,
};

const VERSION: u8 = 4;

/// Why a cache is not read. The document can be made from the logs again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CacheError {
    /// Cut off, or of another version.
    #[error("the cached document is cut off or of another version")]
    Form,
    /// automerge does not load it.
    #[error("automerge does not load the cached document")]
    Document,
    /// A waiting change does not pass its check.
    #[error("a waiting change in the cache is damaged")]
    Waiting(#[source] PreflightError),
}

impl Document {
    /// The document as bytes, for this node's own cache: never for others, never the truth.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        let plain = match &self.state {
            State::Full(inner) => {
                put(&mut bytes, &inner.save_nocompress());
                None
            }
            State::Plain { change, .. } => {
                put(&mut bytes, &[]);
                Some(&**change)
            }
        };
        // Whose number they took, they took for ever: else another change with it would be refused
        // before a restart and taken after it.
        let refused =
            |id: &&ChangeId| !self.known.contains_key(*id) && !self.waiting.contains_key(*id);
        let claims: Vec<_> = self.claims.iter().filter(|(_, id)| refused(id)).collect();
        let count = u32::try_from(claims.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        for ((actor, seq), id) in claims {
            bytes.extend_from_slice(actor.as_bytes());
            bytes.extend_from_slice(&seq.to_le_bytes());
            bytes.extend_from_slice(id.as_bytes());
        }
        bytes.push(u8::from(!self.marks.is_empty()));
        for change in plain.into_iter().chain(self.waiting.values()) {
            bytes.extend_from_slice(change.actor.as_bytes());
            put(&mut bytes, change.bytes());
        }
        bytes
    }

    /// Reads what [`save`](Self::save) wrote. The bytes must come from this node's own sealed
    /// store: automerge reads the document in them unchecked.
    ///
    /// # Errors
    /// When the bytes are damaged or of another version: make the document from the logs.
    pub fn load(bytes: &[u8], schema: Schema) -> Result<Self, CacheError> {
        let (version, mut rest) = bytes.split_first().ok_or(CacheError::Form)?;
        if *version != VERSION {
            return Err(CacheError::Form);
        }
        let mut document = Self::new(schema);
        let saved = take(&mut rest)?;
        if !saved.is_empty() {
            let inner = load_inner(saved)?;
            document.note_all(&inner)?;
            document.state = State::Full(Box::new(inner));
        }
        document.take_claims(&mut rest)?;
        let (marked, left) = rest.split_first().ok_or(CacheError::Form)?;
        rest = left;
        if *marked != 0 {
            document.note_marks()?;
        }
        let mut plain = saved.is_empty();
        while !rest.is_empty() {
            let (actor, left) = rest.split_at_checked(Actor::LEN).ok_or(CacheError::Form)?;
            rest = left;
            let actor = Actor::from_slice(actor).ok_or(CacheError::Form)?;
            let change = preflight(take(&mut rest)?, &actor).map_err(CacheError::Waiting)?;
            if std::mem::take(&mut plain) {
                if change.plain.is_none() {
                    return Err(CacheError::Form);
                }
                document.begin(&change);
                continue;
            }
            document.claims.insert((change.actor, change.seq), change.id);
            document.waiting.insert(change.id, change);
        }
        Ok(document)
    }

    fn take_claims(&mut self, rest: &mut &[u8]) -> Result<(), CacheError> {
        let (count, left) = rest.split_first_chunk().ok_or(CacheError::Form)?;
        *rest = left;
        for _ in 0..u32::from_le_bytes(*count) {
            let (actor, left) = rest.split_at_checked(Actor::LEN).ok_or(CacheError::Form)?;
            let (seq, left) = left.split_first_chunk().ok_or(CacheError::Form)?;
            let (id, left) = left.split_first_chunk().ok_or(CacheError::Form)?;
            let actor = Actor::from_slice(actor).ok_or(CacheError::Form)?;
            self.claims.insert((actor, u64::from_le_bytes(*seq)), ChangeId::new(*id));
            *rest = left;
        }
        Ok(())
    }

    /// Finds the marks of each change, in a document that has some.
    fn note_marks(&mut self) -> Result<(), CacheError> {
        let State::Full(inner) = &self.state else { return Err(CacheError::Form) };
        let changes = inner.get_changes(&[]);
        for change in &changes {
            let begun = rich::marks_begun(change);
            let known = self.known.get_mut(&ChangeId::from(change.hash()));
            let known = known.ok_or(CacheError::Document)?;
            if !begun.is_empty() {
                let actor = Actor::from_slice(change.actor_id().to_bytes());
                let count = self.marks.entry(actor.ok_or(CacheError::Document)?).or_default();
                *count = count.saturating_add(begun.len() as u64);
                known.marks = *count;
                known.begun = begun.into();
            }
        }
        Ok(())
    }

    fn note_all(&mut self, inner: &Automerge) -> Result<(), CacheError> {
        for change in inner.get_changes_meta(&[]) {
            let actor = Actor::from_slice(change.actor.to_bytes()).ok_or(CacheError::Document)?;
            // automerge gives them in an order in which each follows those it builds on.
            let deps: Option<Vec<&Known>> =
                change.deps.iter().map(|dep| self.known.get(&ChangeId::from(*dep))).collect();
            let deps = deps.ok_or(CacheError::Document)?;
            let operations = (change.start_op, change.max_op);
            let known = Known::new((actor, change.seq), operations, &deps);
            self.note(ChangeId::from(change.hash), actor, change.seq, known);
        }
        Ok(())
    }
}

fn load_inner(bytes: &[u8]) -> Result<Automerge, CacheError> {
    catch_unwind(AssertUnwindSafe(|| Automerge::load(bytes).ok()))
        .unwrap_or_default()
        .ok_or(CacheError::Document)
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    // A document is far below 4 GiB by the bounds of its changes.
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(part);
}

fn take<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], CacheError> {
    let (length, left) = rest.split_first_chunk().ok_or(CacheError::Form)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_wide| CacheError::Form)?;
    let (part, left) = left.split_at_checked(length).ok_or(CacheError::Form)?;
    *rest = left;
    Ok(part)
}
