//! Documents of the board as the view gets them.
//!
//! A card's id is a one-way image of the organisation that made it, its kind and a random number, and
//! its document one of card and circle: there is one in each circle, nobody makes a card in another's
//! name, and nobody makes it one of another kind. What it says may be changed by all who write in the
//! circle, except whose and what it is.

use std::collections::BTreeSet;

use crate::{
    crypto::Label,
    doc::Reading,
    model::{
        board::META_CARD,
        id::{CardId, CircleId, DocumentId, IncidentId, LogId, OrgId},
        registry::{FieldPath, Record, RecordKind, Schema, Value},
    },
    node::{
        Node,
        requests::meta::{META_NONCE, META_ORIGIN},
    },
    replica::DocumentKey,
    view::DocumentRow,
};

/// The id of a card of a kind that an organisation makes with a random number.
fn card_id(origin: &OrgId, kind: RecordKind, nonce: &str) -> CardId {
    let kind = kind.name();
    let hash = Label::CardId.hash(&[origin.as_bytes(), kind.as_bytes(), nonce.as_bytes()]);
    CardId::new(hash.first_chunk().copied().unwrap_or_default())
}

/// The document of a card in a circle.
pub(in crate::node) fn card_document(card: &CardId, circle: &CircleId) -> DocumentId {
    let hash = Label::CardDocument.hash(&[card.as_bytes(), circle.as_bytes()]);
    DocumentId::new(hash.first_chunk().copied().unwrap_or_default())
}

/// Whose a card is: what the program writes into each of its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::node) struct CardClaim {
    pub(in crate::node) card: CardId,
    pub(in crate::node) origin: OrgId,
    pub(in crate::node) nonce: String,
}

impl CardClaim {
    /// A new card of an organisation.
    pub(in crate::node) fn new(origin: OrgId, kind: RecordKind, nonce: String) -> Self {
        Self { card: card_id(&origin, kind, &nonce), origin, nonce }
    }

    /// Reads what a document says.
    pub(in crate::node) fn of(record: &Record) -> Option<Self> {
        Some(Self {
            card: record.text(META_CARD)?.parse().ok()?,
            origin: record.text(META_ORIGIN)?.parse().ok()?,
            nonce: record.text(META_NONCE)?.to_owned(),
        })
    }

    /// What the card is, if it is the origin's and this document the card's in this circle. Nobody
    /// says it: the id is of one kind only.
    pub(in crate::node) fn kind_in(&self, key: &DocumentKey) -> Option<RecordKind> {
        if card_document(&self.card, &key.0) != key.1 {
            return None;
        }
        let mut kinds = RecordKind::all().filter(|kind| kind.is_of_board());
        kinds.find(|kind| card_id(&self.origin, *kind, &self.nonce) == self.card)
    }

    /// Its fields.
    pub(in crate::node) fn fields(&self) -> impl Iterator<Item = (FieldPath, Value)> {
        let fields = [
            (META_CARD, self.card.to_string()),
            (META_ORIGIN, self.origin.to_string()),
            (META_NONCE, self.nonce.clone()),
        ];
        fields.into_iter().filter_map(|(path, text)| Some((path.parse().ok()?, Value::Text(text))))
    }
}

impl Node {
    /// The row of a document that a claim proves to be a card's; none where its origin never wrote.
    pub(in crate::node) fn card_row(
        &self,
        key: &DocumentKey,
        (claim, kind): (&CardClaim, RecordKind),
        reading: Reading,
        writers: &BTreeSet<LogId>,
    ) -> Option<DocumentRow> {
        let authors = writers.iter().filter_map(|log| self.org_by_device(&key.0, &log.device));
        let authors: BTreeSet<OrgId> = authors.collect();
        // Who reads a card in one circle knows its number, and could put another text under its id
        // into a circle of its own choice: only where its origin wrote does it stand.
        if key.0 != self.own.private && !authors.contains(&claim.origin) {
            return None;
        }
        let Reading { mut record, conflicts, changes, .. } =
            self.read_as(key, reading, &Schema::of(kind));
        // Somebody may have written over whose it is.
        for (path, value) in claim.fields() {
            // It has no more fields than it had, or one in the place of what was taken away.
            let _fits = record.set(path, value);
        }
        Some(DocumentRow {
            circle: key.0,
            document: key.1,
            incident: IncidentId::new(*claim.card.as_bytes()),
            origin: claim.origin,
            tier: None,
            record: record.into(),
            conflicts: self.row_conflicts(key, conflicts),
            changes,
            authors,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::board::CardKind;

    const ACTION: RecordKind = RecordKind::Card(CardKind::Action);

    fn record(claim: &CardClaim) -> Record {
        let mut record = Record::new(Schema::of(ACTION));
        claim.fields().for_each(|(path, value)| record.set(path, value).unwrap());
        record
    }

    #[test]
    fn nobody_makes_a_card_in_anothers_name() {
        let (origin, thief) = (OrgId::new([1; 32]), OrgId::new([2; 32]));
        let (circle, other) = (CircleId::new([3; 32]), CircleId::new([4; 32]));
        let claim = CardClaim::new(origin, ACTION, "00ff".to_owned());
        let key = (circle, card_document(&claim.card, &circle));
        assert_eq!(CardClaim::of(&record(&claim)), Some(claim.clone()));
        assert_eq!(claim.kind_in(&key), Some(ACTION));
        assert_eq!(CardClaim { origin: thief, ..claim.clone() }.kind_in(&key), None);
        assert_eq!(claim.kind_in(&(other, key.1)), None, "one document in each circle");
        assert_eq!(claim.kind_in(&(circle, DocumentId::new([9; 16]))), None);
        for kind in RecordKind::all().filter(|kind| kind.is_of_board()) {
            let one = CardClaim::new(origin, kind, "00ff".to_owned());
            assert_eq!(one.kind_in(&(circle, card_document(&one.card, &circle))), Some(kind));
            assert_eq!(one.card == claim.card, kind == ACTION);
        }
        assert_ne!(card_document(&claim.card, &circle), card_document(&claim.card, &other));
    }
}
