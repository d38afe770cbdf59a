//! A document: one record that several people write at once.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use automerge::Automerge;

use crate::{
    doc::{
        Actor, ChangeId, CheckedChange, Conflict, HistoryEntry, QuarantineReason, causality::Known,
        history, plain::Plain, read,
    },
    model::registry::{Record, Schema},
};

/// What the changes that were taken make.
#[derive(Clone)]
pub(super) enum State {
    /// One plain change, of which automerge knows nothing yet.
    Plain { change: Box<CheckedChange>, plain: Arc<Plain> },
    /// An automerge document.
    Full(Box<Automerge>),
}

impl State {
    /// The automerge document, made of the plain change if it was not there; none if automerge
    /// fails on that.
    pub(super) fn to_automerge(&self) -> Option<Automerge> {
        let change = match self {
            Self::Full(inner) => return Some(Automerge::clone(inner)),
            Self::Plain { change, .. } => change.parsed()?,
        };
        let make = || {
            let mut inner = Automerge::new();
            inner.apply_changes([change]).ok()?;
            Some(inner)
        };
        catch_unwind(AssertUnwindSafe(make)).unwrap_or_default()
    }
}

/// One small automerge document: a flat record with its history.
///
/// Holds beside it the changes that wait for others, and the names of those that were refused.
/// The raw changes in the logs are the truth; this can always be made from them again, if they are
/// given in the order of their logs.
#[derive(Clone)]
pub struct Document {
    pub(super) state: State,
    /// The schema that is written with the first edit of an empty document.
    pub(super) schema: Schema,
    pub(super) known: BTreeMap<ChangeId, Known>,
    /// Which change has an actor's number: the first that was given.
    pub(super) claims: BTreeMap<(Actor, u64), ChangeId>,
    pub(super) waiting: BTreeMap<ChangeId, CheckedChange>,
    pub(super) quarantined: BTreeMap<ChangeId, QuarantineReason>,
    /// How many marks each actor has made, of those that made any.
    pub(super) marks: BTreeMap<Actor, u64>,
    /// What it is, whatever its changes say.
    pub(super) proven: Option<Schema>,
}

impl Document {
    /// An empty document that is to be of this schema.
    #[must_use]
    pub fn new(schema: Schema) -> Self {
        Self {
            state: State::Full(Box::default()),
            schema,
            known: BTreeMap::new(),
            claims: BTreeMap::new(),
            waiting: BTreeMap::new(),
            quarantined: BTreeMap::new(),
            marks: BTreeMap::new(),
            proven: None,
        }
    }

    /// Whether nothing has been written yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether it consists of one plain change and nothing waits or was refused: then it is read
    /// from that change as fast as from a copy.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self.state, State::Plain { .. })
            && self.waiting.is_empty()
            && self.quarantined.is_empty()
    }

    /// Whether nothing has come at all, not even what waits or was refused.
    pub(super) fn is_untouched(&self) -> bool {
        self.is_empty() && self.claims.is_empty() && self.waiting.is_empty()
    }

    /// Begins with a plain change; does nothing if it is none.
    pub(super) fn begin(&mut self, change: &CheckedChange) {
        if let Some(plain) = &change.plain {
            let operations = (change.start_op, change.max_op);
            let known = Known::new((change.actor, change.seq), operations, &[]);
            self.note(change.id, change.actor, change.seq, known);
            self.state =
                State::Plain { change: Box::new(change.clone()), plain: Arc::clone(plain) };
        }
    }

    /// The same document, read and written as of this schema, whatever is said in it: for who can
    /// prove what it is. Everybody may say something else in it.
    #[must_use]
    pub fn proven(mut self, schema: Schema) -> Self {
        self.proven = Some(schema);
        self
    }

    /// The schema that the document is proven to be of; else the one that it says it is of: of
    /// concurrent ones the newest.
    #[must_use]
    pub fn schema(&self) -> Schema {
        self.proven.clone().unwrap_or_else(|| self.says())
    }

    fn says(&self) -> Schema {
        let named = match &self.state {
            State::Plain { plain, .. } => plain.schema(),
            State::Full(inner) => read::schema(&**inner),
        };
        named.unwrap_or_else(|| self.schema.clone())
    }

    /// The record as it is now. Where people wrote concurrently, the most protective value for
    /// fields of safety, else the one that automerge chooses, the same on every node.
    ///
    /// Texts are cut to the bound of a field and fields beyond the bound of a record left out,
    /// which can only happen to what a hostile member wrote.
    #[must_use]
    pub fn record(&self) -> Record {
        let schema = self.schema();
        match &self.state {
            State::Plain { plain, .. } => plain.record(schema),
            State::Full(inner) => read::record(&schema, read::contents(inner)),
        }
    }

    /// The fields with concurrent values that differ, for a person to settle.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        match &self.state {
            State::Plain { .. } => Vec::new(),
            State::Full(inner) => read::conflicts(inner, &self.schema(), &read::contents(inner)),
        }
    }

    /// The changes that no other change builds on.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeId> {
        match &self.state {
            State::Plain { change, .. } => vec![change.id],
            State::Full(inner) => inner.get_heads().into_iter().map(ChangeId::from).collect(),
        }
    }

    /// Whether the change is in the document.
    #[must_use]
    pub fn contains(&self, change: &ChangeId) -> bool {
        self.known.contains_key(change)
    }

    /// Who changed which fields, in an order in which each change follows those it builds on.
    #[must_use]
    pub fn history(&self) -> Vec<HistoryEntry> {
        match &self.state {
            State::Plain { change, .. } => history::history(change.parsed().iter()),
            State::Full(inner) => history::history(inner.get_changes(&[]).iter()),
        }
    }

    /// The changes that are held back, because they build on changes that have not come.
    pub fn waiting(&self) -> impl Iterator<Item = &CheckedChange> {
        self.waiting.values()
    }

    /// The changes that others build on and that have not come.
    #[must_use]
    pub fn missing(&self) -> Vec<ChangeId> {
        let needed = self.waiting.values().flat_map(CheckedChange::deps).copied();
        let mut missing: Vec<ChangeId> = needed
            .filter(|dep| !self.known.contains_key(dep) && !self.waiting.contains_key(dep))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// The refused changes and why.
    #[must_use]
    pub const fn quarantined(&self) -> &BTreeMap<ChangeId, QuarantineReason> {
        &self.quarantined
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (known, waiting) = (self.known.len(), self.waiting.len());
        write!(f, "Document({}, {known} changes, {waiting} waiting)", self.schema())
    }
}
