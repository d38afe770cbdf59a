//! All statements that are held of one circle.

use std::{collections::BTreeMap, sync::Arc};

use super::VerifiedStatement;
use crate::model::{
    id::{CircleId, StatementId},
    limits,
};

/// The statements of one circle, by id, with those of its members' manifests.
///
/// Only a set: in which order and from whom they came leaves no trace.
#[derive(Debug, Clone)]
pub struct StatementSet {
    circle: CircleId,
    statements: Arc<BTreeMap<StatementId, VerifiedStatement>>,
    by_signer: Arc<BTreeMap<[u8; 32], Share>>,
    bytes: usize,
}

/// What one signer has in the set.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    statements: usize,
    bytes: usize,
}

/// What became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It is new.
    New,
    /// It was there.
    Known,
    /// It is about another circle.
    Foreign,
    /// The set has all that it can hold.
    Full,
    /// The set has all that it takes of this signer.
    SignerFull,
}

impl StatementSet {
    /// The empty set.
    #[must_use]
    pub fn new(circle: CircleId) -> Self {
        Self { circle, statements: Arc::default(), by_signer: Arc::default(), bytes: 0 }
    }

    /// The circle.
    #[must_use]
    pub const fn circle(&self) -> CircleId {
        self.circle
    }

    /// Adds a statement.
    pub fn insert(&mut self, statement: VerifiedStatement) -> Inserted {
        if statement.circle().is_some_and(|circle| circle != self.circle) {
            return Inserted::Foreign;
        }
        let (id, signer) = (statement.id(), statement.signer());
        if self.statements.contains_key(&id) {
            return Inserted::Known;
        }
        let size = statement.size();
        let bytes = self.bytes.saturating_add(size);
        if self.statements.len() >= limits::MAX_STATEMENTS_PER_CIRCLE
            || bytes > limits::MAX_STATEMENT_SET_BYTES
        {
            return Inserted::Full;
        }
        let share = Arc::make_mut(&mut self.by_signer).entry(signer).or_default();
        let after = Share {
            statements: share.statements.saturating_add(1),
            bytes: share.bytes.saturating_add(size),
        };
        if after.statements > limits::MAX_STATEMENTS_PER_SIGNER
            || after.bytes > limits::MAX_STATEMENT_BYTES_PER_SIGNER
        {
            return Inserted::SignerFull;
        }
        *share = after;
        self.bytes = bytes;
        Arc::make_mut(&mut self.statements).insert(id, statement);
        Inserted::New
    }

    /// Adds a statement of this circle whatever room there is: its own room took it (`Rooms`), or
    /// the journal has it.
    pub fn insert_held(&mut self, statement: VerifiedStatement) -> Inserted {
        if statement.circle().is_some_and(|circle| circle != self.circle) {
            return Inserted::Foreign;
        }
        let (id, signer, size) = (statement.id(), statement.signer(), statement.size());
        if self.statements.contains_key(&id) {
            return Inserted::Known;
        }
        let share = Arc::make_mut(&mut self.by_signer).entry(signer).or_default();
        share.statements = share.statements.saturating_add(1);
        share.bytes = share.bytes.saturating_add(size);
        self.bytes = self.bytes.saturating_add(size);
        Arc::make_mut(&mut self.statements).insert(id, statement);
        Inserted::New
    }

    /// A statement.
    #[must_use]
    pub fn get(&self, id: &StatementId) -> Option<&VerifiedStatement> {
        self.statements.get(id)
    }

    /// Whether a statement is in.
    #[must_use]
    pub fn contains(&self, id: &StatementId) -> bool {
        self.statements.contains_key(id)
    }

    /// All statements, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&StatementId, &VerifiedStatement)> {
        self.statements.iter()
    }

    /// The ids, ascending.
    pub fn ids(&self) -> impl Iterator<Item = &StatementId> {
        self.statements.keys()
    }

    /// Whether half of what fits is in.
    #[must_use]
    pub fn is_half_full(&self) -> bool {
        self.statements.len() >= limits::MAX_STATEMENTS_PER_CIRCLE / 2
            || self.bytes >= limits::MAX_STATEMENT_SET_BYTES / 2
    }

    /// Bytes of all bodies.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many statements are in.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether none is in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }
}
