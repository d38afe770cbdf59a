//! The tree of proposals below a circle's genesis.
//!
//! A proposal names its parent by hash, so there is no cycle; the depth is up to whoever writes
//! proposals, so nothing here recurses.

use std::collections::BTreeMap;

use super::{StatementSet, VerifiedStatement};
use crate::model::id::StatementId;

/// Proposals that hang together with the genesis.
#[derive(Debug, Default)]
pub(super) struct Tree {
    children: BTreeMap<StatementId, Vec<StatementId>>,
    places: BTreeMap<StatementId, Place>,
}

/// A node's place when the tree is walked depth first, and the number of nodes below and with it.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    size: usize,
}

impl Tree {
    pub(super) fn new(set: &StatementSet) -> Self {
        let mut tree = Self::default();
        for (id, statement) in set.iter() {
            if let VerifiedStatement::Proposal(proposal) = statement {
                tree.children.entry(proposal.value().parent).or_default().push(*id);
            }
        }
        let order = tree.walk(root(set));
        let parents: BTreeMap<_, _> = tree
            .children
            .iter()
            .flat_map(|(parent, children)| children.iter().map(|child| (*child, *parent)))
            .collect();
        for id in order.iter().rev() {
            let size = tree.size(id);
            if let Some(parent) = parents.get(id).and_then(|parent| tree.places.get_mut(parent)) {
                parent.size = parent.size.saturating_add(size);
            }
        }
        tree.heaviest_first();
        tree
    }

    fn walk(&mut self, root: StatementId) -> Vec<StatementId> {
        let (mut order, mut open) = (Vec::new(), vec![root]);
        while let Some(id) = open.pop() {
            self.places.insert(id, Place { start: order.len(), size: 1 });
            order.push(id);
            open.extend(self.children(&id));
        }
        order
    }

    /// Orders siblings so that a stack takes the one with most below it last.
    fn heaviest_first(&mut self) {
        let places = &self.places;
        let size = |id: &StatementId| places.get(id).map_or(0, |place| place.size);
        for siblings in self.children.values_mut() {
            siblings.sort_by_key(|id| std::cmp::Reverse(size(id)));
        }
    }

    /// Proposals that name this parent; the one with most below it first.
    pub(super) fn children(&self, id: &StatementId) -> &[StatementId] {
        self.children.get(id).map_or(&[], Vec::as_slice)
    }

    fn size(&self, id: &StatementId) -> usize {
        self.places.get(id).map_or(0, |place| place.size)
    }

    /// Whether the second is the first or comes after it.
    pub(super) fn leads_to(&self, first: &StatementId, second: &StatementId) -> bool {
        match (self.places.get(first), self.places.get(second)) {
            (Some(first), Some(second)) => {
                let below = second.start.checked_sub(first.start);
                below.is_some_and(|distance| distance < first.size)
            }
            _ => false,
        }
    }
}

/// The genesis' id, whether it is in the set or not.
pub(super) fn root(set: &StatementSet) -> StatementId {
    StatementId::new(*set.circle().as_bytes())
}
