//! Who changed what.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{
    Change,
    legacy::{Key, ObjectId, OpId},
};

use crate::{
    doc::{Actor, ChangeId},
    model::registry::FieldPath,
};

/// One change of a document. It has no time: nobody could trust it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The change.
    pub change: ChangeId,
    /// Who made it.
    pub actor: Actor,
    /// Its number among the actor's changes, from 1.
    pub seq: u64,
    /// The changes that it builds on.
    pub deps: Vec<ChangeId>,
    /// The fields that it wrote.
    pub fields: BTreeSet<FieldPath>,
}

pub(super) fn history<'c>(changes: impl Iterator<Item = &'c Change>) -> Vec<HistoryEntry> {
    // The long texts, by the operation that made them.
    let mut texts: BTreeMap<(u64, Actor), FieldPath> = BTreeMap::new();
    changes.filter_map(|change| entry(change, &mut texts)).collect()
}

fn entry(change: &Change, texts: &mut BTreeMap<(u64, Actor), FieldPath>) -> Option<HistoryEntry> {
    let actor = Actor::from_slice(change.actor_id().to_bytes())?;
    let mut fields = BTreeSet::new();
    let mut counter = change.start_op().get();
    for operation in change.decode().operations {
        let path = match (&operation.obj, &operation.key) {
            (ObjectId::Root, Key::Map(key)) => key.parse::<FieldPath>().ok(),
            (ObjectId::Id(id), _) => text_id(id).and_then(|id| texts.get(&id).cloned()),
            (ObjectId::Root, Key::Seq(_)) => None,
        };
        if let Some(path) = path {
            texts.insert((counter, actor), path.clone());
            fields.insert(path);
        }
        counter = counter.saturating_add(1);
    }
    Some(HistoryEntry {
        change: ChangeId::from(change.hash()),
        actor,
        seq: change.seq(),
        deps: change.deps().iter().map(|dep| ChangeId::from(*dep)).collect(),
        fields,
    })
}

fn text_id(id: &OpId) -> Option<(u64, Actor)> {
    Some((id.counter(), Actor::from_slice(id.actor().to_bytes())?))
}
