//! Filling a view at once, from many threads.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use rayon::prelude::*;

use crate::{
    model::id::{CircleId, IncidentId},
    view::{
        CircleRules, DocumentRow, HeldDocument, View, group::Group, provenance::Provenances,
        shelf::Shelf,
    },
};

/// Documents of a view to come. Quicker than [`View::upsert`] of each: incidents are worked out
/// once, when all their documents are known.
#[derive(Debug, Default)]
pub struct Filling {
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    provenances: Provenances,
    documents: Vec<(IncidentId, HeldDocument)>,
    shelf: Shelf,
}

impl Filling {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes some rows, of which no two are of one document.
    pub fn take(&self, rows: Vec<DocumentRow>) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let Taken { provenances, documents, shelf } = &mut *taken;
        let rows = rows.into_iter().filter_map(|row| shelf.upsert(row));
        documents.extend(rows.map(|row| (row.incident, HeldDocument::new(row, provenances))));
    }

    /// The view of all that was taken, whatever the order, where no circle has agreed on anything.
    #[must_use]
    pub fn finish(self) -> View {
        self.finish_by(BTreeMap::new())
    }

    /// The view of all that was taken, whatever the order, with what each circle has agreed on.
    #[must_use]
    pub fn finish_by(self, rules: BTreeMap<CircleId, CircleRules>) -> View {
        let taken = self.taken.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Taken { provenances, mut documents, shelf } = taken;
        documents.par_sort_unstable_by_key(|(incident, _)| *incident);
        let groups = by_incident(documents).into_par_iter();
        let groups: Vec<(IncidentId, Group)> =
            groups.map(|(incident, documents)| (incident, Group::of(documents))).collect();
        View::of(BTreeMap::from_iter(groups), provenances, shelf, rules)
    }
}

fn by_incident(documents: Vec<(IncidentId, HeldDocument)>) -> Vec<(IncidentId, Vec<HeldDocument>)> {
    let mut groups: Vec<(IncidentId, Vec<HeldDocument>)> = Vec::new();
    for (incident, document) in documents {
        match groups.last_mut() {
            Some((last, group)) if *last == incident => {
                group.reserve_exact(1);
                group.push(document);
            }
            _other => groups.push((incident, Vec::from([document]))),
        }
    }
    groups
}
