//! What the view is filled with: one row for each document of an incident.

use std::collections::BTreeSet;

use crate::{
    model::{
        id::{CircleId, DocumentId, IncidentId, OrgId},
        registry::{FieldPath, Tier, Value},
    },
    view::PackedRecord,
};

/// One readable document of an incident: its dossier, or a facet of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// The circle that the document is in.
    pub circle: CircleId,
    /// The document.
    pub document: DocumentId,
    /// The incident that it says it is about.
    pub incident: IncidentId,
    /// The organisation that it says recorded the incident.
    pub origin: OrgId,
    /// The facet's tier; none for a dossier, which is in a private circle.
    pub tier: Option<Tier>,
    /// What it says.
    pub record: PackedRecord,
    /// Its fields with concurrent values.
    pub conflicts: Vec<RowConflict>,
    /// Changes in its history.
    pub changes: u64,
    /// The organisations whose devices wrote in it, as their signatures prove.
    pub authors: BTreeSet<OrgId>,
}

/// Concurrent values of one field of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowConflict {
    /// The field.
    pub path: FieldPath,
    /// The candidates.
    pub values: Vec<ConflictValue>,
}

/// One of several concurrent values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConflictValue {
    /// The value.
    pub value: Value,
    /// The organisation whose device wrote it, if the device is known.
    pub org: Option<OrgId>,
}

impl DocumentRow {
    /// Puts the conflicts into the one order in which every node numbers them.
    pub(super) fn sort_conflicts(&mut self) {
        for conflict in &mut self.conflicts {
            conflict.values.sort_unstable();
            conflict.values.dedup();
        }
        self.conflicts.sort_by(|a, b| a.path.cmp(&b.path));
    }
}
