//! Where documents are from: the same for most of a circle, so each is held once.

use std::{collections::BTreeSet, sync::Arc};

use crate::model::{
    id::{CircleId, OrgId},
    registry::Tier,
};

/// What says where a document is from.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Provenance {
    pub(super) circle: CircleId,
    pub(super) origin: OrgId,
    pub(super) tier: Option<Tier>,
    pub(super) authors: BTreeSet<OrgId>,
}

/// Each provenance once.
#[derive(Debug, Default)]
pub(super) struct Provenances {
    known: BTreeSet<Arc<Provenance>>,
    /// When to look for those that no document has any more.
    sweep_at: usize,
}

impl Provenances {
    pub(super) fn share(&mut self, provenance: Provenance) -> Arc<Provenance> {
        if let Some(known) = self.known.get(&provenance) {
            return Arc::clone(known);
        }
        if self.known.len() >= self.sweep_at {
            self.known.retain(|known| Arc::strong_count(known) > 1);
            self.sweep_at = 2 * self.known.len() + 64;
        }
        let new = Arc::new(provenance);
        self.known.insert(Arc::clone(&new));
        new
    }

    /// How many documents are from a circle: each holds its provenance, and nothing else does.
    pub(super) fn documents_in(&self, circle: &CircleId) -> usize {
        let of_circle = self.known.iter().filter(|known| known.circle == *circle);
        of_circle.map(|known| Arc::strong_count(known).saturating_sub(1)).sum()
    }
}
