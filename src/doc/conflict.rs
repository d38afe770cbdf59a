//! Values that were written concurrently.

use crate::{
    doc::{Actor, ChangeId},
    model::registry::{FieldPath, Value},
};

/// One of several concurrent values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contender {
    /// The value.
    pub value: Value,
    /// Who wrote it.
    pub actor: Actor,
    /// The change that wrote it.
    pub change: ChangeId,
}

/// A field with concurrent values that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The field.
    pub path: FieldPath,
    /// The values; the last is automerge's choice.
    pub values: Vec<Contender>,
    /// The value that the record shows until somebody settles it.
    pub ruling: Value,
    /// Whether the field is one of safety, so that the most protective value rules.
    pub safety: bool,
}
