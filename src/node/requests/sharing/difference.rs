//! What changes in a facet when it is shared again.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    doc::{Edit, EditError},
    model::registry::{FieldPath, Record, Value, neutral_title, table},
};

/// What becomes of a field of the facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It takes this value.
    Set(Value),
    /// It goes, or takes its closed value.
    Remove,
    /// It goes: it is of a victim who is not in the facet any more.
    Erase,
}

impl Change {
    pub(super) fn write(&self, edit: &mut Edit<'_>, path: &FieldPath) -> Result<(), EditError> {
        match self {
            Self::Set(value) => edit.set(path, value),
            Self::Remove => edit.remove(path),
            Self::Erase => edit.erase(path),
        }
    }
}

/// What changes in the facet: the difference to what was shared last, so that what partners wrote
/// in it meanwhile stays.
pub(super) fn changes(last: Option<&Record>, facet: &Record) -> BTreeMap<FieldPath, Change> {
    let mut changes = BTreeMap::new();
    let old = |path: &FieldPath| last.and_then(|last| last.get(path.as_str()));
    for (path, value) in facet.iter() {
        if old(path) != Some(value) {
            changes.insert(path.clone(), Change::Set(value.clone()));
        }
    }
    let gone: BTreeSet<&FieldPath> =
        last.into_iter().flat_map(Record::iter).map(|(path, _)| path).collect();
    for path in gone.into_iter().filter(|path| facet.get(path.as_str()).is_none()) {
        changes.insert(path.clone(), Change::Remove);
    }
    changes
}

/// What was shared last, without what may not be there any more.
pub(super) fn less(last: &Record, facet: &Record) -> Record {
    let mut less = Record::new(facet.schema().clone());
    for (path, value) in facet.iter() {
        let by_program = path.is_under("disclosure");
        let value = if by_program { Some(value) } else { last.get(path.as_str()) };
        if let Some(value) = value {
            // It has no more fields than the facet.
            let _full = less.set(path.clone(), value.clone());
        }
    }
    // A title is made of codes, also of those that are gone.
    if facet.text(table::TITLE).is_some_and(|title| title == neutral_title(facet))
        && let Ok(path) = table::TITLE.parse()
    {
        let title = neutral_title(&less);
        let _full = less.set(path, title);
    }
    less
}

/// What a facet has of some victims, whoever wrote it.
pub(super) fn paths_of(facet: &Record, victims: &BTreeSet<String>) -> Vec<FieldPath> {
    let is_theirs = |path: &FieldPath| {
        let (part, key) =
            (path.segment(0).unwrap_or_default(), path.segment(1).unwrap_or_default());
        let victim = match part {
            "victims" | table::STATISTICS | table::TOKENS => Some(key),
            "acts" | "stories" | "interventions" => facet.text(&format!("{part}/{key}/victim")),
            _other => None,
        };
        victim.is_some_and(|victim| victims.contains(victim))
    };
    facet.iter().map(|(path, _)| path.clone()).filter(is_theirs).collect()
}
