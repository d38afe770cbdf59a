//! One change of a document, after its check.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use data_encoding::HEXLOWER;

use crate::doc::{Actor, plain::Plain, references::Reference};

/// A change: automerge's hash of it (SHA-256 over chunk type, length and content).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeId([u8; 32]);

impl ChangeId {
    /// Names the change that has this hash.
    #[must_use]
    pub const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) const fn to_automerge(self) -> automerge::ChangeHash {
        automerge::ChangeHash(self.0)
    }
}

impl From<automerge::ChangeHash> for ChangeId {
    fn from(hash: automerge::ChangeHash) -> Self {
        Self(hash.0)
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeId({})", HEXLOWER.encode(self.0.get(..4).unwrap_or_default()))
    }
}

/// A change that passed [`preflight`](super::preflight()): well formed, within bounds, by the
/// actor that it should be by. Whether it fits a document is seen when it is applied.
#[derive(Clone)]
pub struct CheckedChange {
    pub(super) bytes: Arc<[u8]>,
    /// automerge's reading of it; none of a plain change, which is read when it is needed.
    pub(super) parsed: Option<automerge::Change>,
    /// What it says, if it begins a document with fields and nothing else.
    pub(super) plain: Option<Arc<Plain>>,
    pub(crate) id: ChangeId,
    pub(crate) actor: Actor,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) max_op: u64,
    pub(crate) deps: Vec<ChangeId>,
    /// The other actors that it lists.
    pub(super) others: Vec<Actor>,
    /// Operations of earlier changes that it names.
    pub(super) references: Vec<Reference>,
    /// Letters of earlier changes that it takes out, as far as it says.
    pub(super) deleted: Vec<Reference>,
    /// The operations that begin marks, ascending; the one after each is its end.
    pub(super) marks: Arc<[u64]>,
    /// What it says that the document is.
    pub(super) named: Named,
}

/// What a change says of its document's schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Named {
    /// Nothing.
    #[default]
    Nothing,
    /// This, once.
    Once(String),
    /// Something else: several times, taken away, or no text.
    Otherwise,
}

impl Named {
    /// It is set to a text; none if it is not a text, or taken away.
    pub(super) fn take(&mut self, text: Option<&str>) {
        *self = match (&*self, text) {
            (Self::Nothing, Some(text)) => Self::Once(text.to_owned()),
            _again => Self::Otherwise,
        };
    }
}

impl CheckedChange {
    /// The change's hash.
    #[must_use]
    pub const fn id(&self) -> ChangeId {
        self.id
    }

    /// Who made it.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// Its number among the actor's changes, from 1.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The changes that it builds on.
    #[must_use]
    pub fn deps(&self) -> &[ChangeId] {
        &self.deps
    }

    /// How many operations it has.
    #[must_use]
    pub const fn operations(&self) -> u64 {
        self.max_op.saturating_sub(self.start_op).saturating_add(1)
    }

    /// Whether it builds on nothing: it begins a document, or its author's part of one.
    #[must_use]
    pub const fn is_beginning(&self) -> bool {
        self.deps.is_empty()
    }

    /// Whether it may stand in a payload of this schema: who begins a document names the schema, and
    /// nobody names another afterwards. What a payload says of itself decides on the lane, and what
    /// the change says on what is read: else they could differ, and the same change in two payloads
    /// would be two things.
    #[must_use]
    pub fn is_of(&self, schema: &str) -> bool {
        match &self.named {
            Named::Once(named) => self.is_beginning() && named == schema,
            Named::Nothing => !self.is_beginning(),
            Named::Otherwise => false,
        }
    }

    /// The change's exact bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// automerge's reading of it; none if automerge does not read it.
    pub(super) fn parsed(&self) -> Option<automerge::Change> {
        self.parsed.clone().or_else(|| read_by_automerge(&self.bytes))
    }
}

/// Lets automerge read the bytes of a change that was checked. It has no business to panic any
/// more; if it does, the change goes and the node stays.
pub(super) fn read_by_automerge(bytes: &[u8]) -> Option<automerge::Change> {
    catch_unwind(AssertUnwindSafe(|| automerge::Change::from_bytes(bytes.to_vec()).ok()))
        .unwrap_or_default()
}

impl fmt::Debug for CheckedChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckedChange({:?}, {:?} #{})", self.id, self.actor, self.seq)
    }
}
