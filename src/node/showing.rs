//! Puts documents that changed into the view, and their rows into the index.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::{
    api::ApiError,
    doc::{Conflict, Reading},
    model::{
        id::{CircleId, IncidentId, LogId, OrgId},
        registry::{RecordKind, Tier, table},
        verification::Rules,
    },
    node::{Node, requests::meta::Claim},
    replica::{DocumentKey, DocumentReading, Storage, Tree},
    view::{ConflictValue, DocumentRow, Filling, PackedRecord, RowConflict},
};

/// Documents that are worth a second core.
const MIN_SHARE: usize = 32;

impl Node {
    /// Puts documents into the view and their rows into the index.
    pub(super) fn show_all(&mut self, changed: BTreeMap<DocumentKey, DocumentReading>) {
        let private = self.own.private;
        let changed: Vec<(DocumentKey, DocumentReading)> = changed.into_iter().collect();
        let drafts: Vec<(DocumentKey, Option<RowDraft>)> = changed
            .into_par_iter()
            .with_min_len(MIN_SHARE)
            .map(|(key, document)| (key, RowDraft::of(&key, document, private == key.0)))
            .collect();
        for (key, draft) in drafts {
            let row = draft.map(|draft| self.row(&key, draft));
            let index_key = [key.0.as_bytes().as_slice(), key.1.as_bytes()].concat();
            let cached = row.as_ref().map(DocumentRow::to_bytes);
            let storage = self.replica.storage_mut();
            if let Err(error) = storage.put(Tree::Rows, &index_key, cached.as_deref()) {
                self.notices.insert(error.to_string());
            }
            match row {
                Some(row) => self.view.upsert(row),
                None => self.view.remove(&key.0, &key.1),
            }
        }
    }

    /// The row of an incident's document.
    fn row(&self, key: &DocumentKey, draft: RowDraft) -> DocumentRow {
        let RowDraft { claim, tier, record, writers, conflicts, changes } = draft;
        let own = || (IncidentId::new(*key.1.as_bytes()), self.org());
        let (incident, origin) = claim.unwrap_or_else(own);
        DocumentRow {
            circle: key.0,
            document: key.1,
            incident,
            origin,
            tier,
            conflicts: self.row_conflicts(key, conflicts),
            changes,
            authors: writers
                .iter()
                .filter_map(|log| self.org_by_device(&key.0, &log.device))
                .collect(),
            record,
        }
    }

    fn row_conflicts(&self, key: &DocumentKey, conflicts: Vec<Conflict>) -> Vec<RowConflict> {
        if conflicts.is_empty() {
            return Vec::new();
        }
        let actors = self.actors(key);
        conflicts
            .into_iter()
            .map(|conflict| RowConflict {
                path: conflict.path.clone(),
                values: conflict
                    .values
                    .iter()
                    .map(|value| ConflictValue {
                        value: value.value.clone(),
                        org: actors.get(&value.actor).copied(),
                    })
                    .collect(),
            })
            .collect()
    }

    /// What the circles have agreed on of verification: whose word closes disputes.
    pub(super) fn rules(&self) -> BTreeMap<CircleId, Rules> {
        let circles = self.replica.circle_ids();
        circles
            .filter_map(|circle| {
                let membership = self.replica.membership(&circle)?;
                let (stewards, threshold) = (membership.electors(), membership.needed());
                Some((circle, Rules { stewards, threshold, two_organisations: false }))
            })
            .collect()
    }

    /// Fills the view from the rows in the index, on all cores. Rows of another version are worked
    /// out again.
    pub(super) fn fill_view(&mut self) -> Result<(), ApiError> {
        let filling = Filling::new();
        let outdated = self.replica.storage().rows(&|rows| filling.take(rows))?;
        self.view = filling.finish_by(self.rules());
        if !outdated.is_empty() {
            self.checkpoint_soon();
        }
        for key in outdated {
            let reading = self.replica.reading(&key)?;
            let gone = || DocumentReading { reading: None, writers: BTreeSet::new() };
            self.show_all(BTreeMap::from([(key, reading.unwrap_or_else(gone))]));
        }
        Ok(())
    }
}

/// What of a row follows from the document alone.
struct RowDraft {
    /// Incident and origin; none of a dossier, which is its own.
    claim: Option<(IncidentId, OrgId)>,
    /// None of a dossier.
    tier: Option<Tier>,
    record: PackedRecord,
    writers: BTreeSet<LogId>,
    conflicts: Vec<Conflict>,
    changes: u64,
}

impl RowDraft {
    /// None if the document is no incident's.
    fn of(key: &DocumentKey, document: DocumentReading, dossier: bool) -> Option<Self> {
        let DocumentReading { reading, mut writers } = document;
        let Reading { schema, record, conflicts, changes } = reading?;
        let kind = schema.kind()?;
        if changes == 0 {
            return None;
        }
        let (mut claim, mut tier) = (None, None);
        if kind == RecordKind::Incident && !dossier {
            let claimed = Claim::of(&record)?;
            if !claimed.holds(&key.0, &key.1) {
                // Shown as one whose origin never wrote: it beats no other.
                writers.clear();
            }
            claim = Some((claimed.incident, claimed.origin));
            let named = record.text(table::FACET_TIER).and_then(Tier::from_code);
            tier = Some(named.unwrap_or(Tier::Restricted));
        }
        Some(Self { claim, tier, record: record.into(), writers, conflicts, changes })
    }
}
