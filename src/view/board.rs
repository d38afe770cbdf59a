//! The documents of the board: cards, and lines of their checklists.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    model::{
        id::{CardId, CircleId, DocumentId, OrgId},
        registry::{Record, RecordKind},
    },
    view::{DocumentRow, PackedRecord, RowConflict},
};

type Key = (CircleId, DocumentId);

/// One document of the board: a card or an item, in one circle.
#[derive(Debug)]
pub struct HeldCard {
    /// Its id.
    pub id: CardId,
    /// What it is.
    pub kind: RecordKind,
    /// The circle that it is in.
    pub circle: CircleId,
    /// Its document.
    pub document: DocumentId,
    /// The organisation that made it.
    pub origin: OrgId,
    /// The organisations that wrote in it.
    pub authors: BTreeSet<OrgId>,
    /// Changes in its history.
    pub changes: u64,
    /// Its fields with concurrent values.
    pub conflicts: Vec<RowConflict>,
    record: PackedRecord,
}

impl HeldCard {
    /// The text of one field, without a look at the others.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        self.record.text(path)
    }

    /// What it says.
    #[must_use]
    pub fn record(&self) -> Record {
        self.record.unpack()
    }
}

/// The documents of the board by card: each card has at most one in each circle.
#[derive(Debug, Default)]
pub(super) struct BoardShelf {
    cards: BTreeMap<CardId, BTreeMap<Key, HeldCard>>,
    places: BTreeMap<Key, CardId>,
}

impl BoardShelf {
    /// Takes in a document as it is now; gives the row back if it is none of the board's.
    pub(super) fn upsert(&mut self, mut row: DocumentRow) -> Option<DocumentRow> {
        let Some(kind) = row.record.schema().kind().filter(|kind| kind.is_of_board()) else {
            return Some(row);
        };
        row.sort_conflicts();
        let DocumentRow { circle, document, origin, authors, changes, conflicts, record, .. } = row;
        let id = CardId::new(*row.incident.as_bytes());
        let held =
            HeldCard { id, kind, circle, document, origin, authors, changes, conflicts, record };
        self.places.insert((circle, document), id);
        self.cards.entry(id).or_default().insert((circle, document), held);
        None
    }

    /// Takes a document out, if it is there.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some(id) = self.places.remove(key) else { return };
        if let Some(held) = self.cards.get_mut(&id) {
            held.remove(key);
            if held.is_empty() {
                self.cards.remove(&id);
            }
        }
    }

    /// All documents, those of one card one after the other.
    pub(super) fn all(&self) -> impl Iterator<Item = &HeldCard> {
        self.cards.values().flat_map(BTreeMap::values)
    }

    /// The documents of one card, in the order of their circles.
    pub(super) fn of(&self, card: &CardId) -> impl Iterator<Item = &HeldCard> {
        self.cards.get(card).into_iter().flat_map(BTreeMap::values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{board::CardKind, id::IncidentId, registry::Schema};

    fn row(card: u8, circle: u8, kind: RecordKind) -> DocumentRow {
        DocumentRow {
            circle: CircleId::new([circle; 32]),
            document: DocumentId::new([card; 16]),
            incident: IncidentId::new([card; 16]),
            origin: OrgId::new([9; 32]),
            tier: None,
            record: Record::new(Schema::of(kind)).into(),
            conflicts: Vec::new(),
            changes: 1,
            authors: BTreeSet::new(),
        }
    }

    #[test]
    fn documents_of_one_card_stand_together_and_go_one_by_one() {
        let kind = RecordKind::Card(CardKind::Action);
        let mut shelf = BoardShelf::default();
        for (card, circle) in [(1, 1), (2, 1), (1, 2)] {
            assert!(shelf.upsert(row(card, circle, kind)).is_none());
        }
        let card = CardId::new([1; 16]);
        assert_eq!((shelf.of(&card).count(), shelf.all().count()), (2, 3));
        shelf.remove(&(CircleId::new([1; 32]), DocumentId::new([1; 16])));
        assert_eq!((shelf.of(&card).count(), shelf.all().count()), (1, 2));
        assert!(shelf.upsert(row(3, 1, RecordKind::Review)).is_some(), "not of the board");
    }
}
