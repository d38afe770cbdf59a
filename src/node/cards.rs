//! Documents of the board as the view gets them.
//!
//! A card's id is a one-way image of the organisation that made it and a random number, and its
//! document one of card and circle: there is one in each circle, and nobody makes a card in
//! another's name. What it says may be changed by all who write in the circle, except whose it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    crypto::Label,
    doc::Reading,
    model::{
        board::META_CARD,
        id::{CardId, CircleId, DeviceId, DocumentId, IncidentId, LogId, OrgId},
        registry::{FieldPath, Record, Value},
    },
    node::{
        Node,
        requests::meta::{META_NONCE, META_ORIGIN},
    },
    replica::DocumentKey,
    view::DocumentRow,
};

/// The id of a card that an organisation makes with a random number.
pub(in crate::node) fn card_id(origin: &OrgId, nonce: &str) -> CardId {
    let hash = Label::CardId.hash(&[origin.as_bytes(), nonce.as_bytes()]);
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
    pub(in crate::node) fn new(origin: OrgId, nonce: String) -> Self {
        Self { card: card_id(&origin, &nonce), origin, nonce }
    }

    /// Reads what a document says.
    pub(in crate::node) fn of(record: &Record) -> Option<Self> {
        Some(Self {
            card: record.text(META_CARD)?.parse().ok()?,
            origin: record.text(META_ORIGIN)?.parse().ok()?,
            nonce: record.text(META_NONCE)?.to_owned(),
        })
    }

    /// Whether the card is the origin's, and this document the card's in this circle.
    pub(in crate::node) fn holds(&self, key: &DocumentKey) -> bool {
        card_id(&self.origin, &self.nonce) == self.card
            && card_document(&self.card, &key.0) == key.1
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
    /// The row of a document of the board; none if it proves to be nobody's.
    pub(in crate::node) fn card_row(
        &self,
        key: &DocumentKey,
        reading: Reading,
        writers: &BTreeSet<LogId>,
    ) -> Option<DocumentRow> {
        let merged = CardClaim::of(&reading.record).filter(|claim| claim.holds(key));
        // Somebody may have written over whose it is: what its writers said by themselves counts.
        let claim = merged.or_else(|| self.claim_of_a_writer(key, writers))?;
        let mut record = reading.record;
        for (path, value) in claim.fields() {
            // It has no more fields than it had, or one in the place of what was taken away.
            let _fits = record.set(path, value);
        }
        let authors = writers.iter().filter_map(|log| self.org_by_device(&key.0, &log.device));
        let authors: BTreeSet<OrgId> = authors.collect();
        // Who reads a card in one circle knows its number, and could put another text under its id
        // into a circle of its own choice: only where its origin wrote does it stand.
        if key.0 != self.own.private && !authors.contains(&claim.origin) {
            return None;
        }
        Some(DocumentRow {
            circle: key.0,
            document: key.1,
            incident: IncidentId::new(*claim.card.as_bytes()),
            origin: claim.origin,
            tier: None,
            record: record.into(),
            conflicts: self.row_conflicts(key, reading.conflicts),
            changes: reading.changes,
            authors,
        })
    }

    fn claim_of_a_writer(&self, key: &DocumentKey, writers: &BTreeSet<LogId>) -> Option<CardClaim> {
        let mut devices: BTreeMap<OrgId, BTreeSet<DeviceId>> = BTreeMap::new();
        for log in writers {
            if let Some(org) = self.org_by_device(&key.0, &log.device) {
                devices.entry(org).or_default().insert(log.device);
            }
        }
        devices.values().find_map(|devices| {
            let own = self.replica.document_by(key, |device| devices.contains(device)).ok()??;
            CardClaim::of(&own.record()).filter(|claim| claim.holds(key))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        board::CardKind,
        registry::{RecordKind, Schema},
    };

    fn record(claim: &CardClaim) -> Record {
        let mut record = Record::new(Schema::of(RecordKind::Card(CardKind::Action)));
        claim.fields().for_each(|(path, value)| record.set(path, value).unwrap());
        record
    }

    #[test]
    fn nobody_makes_a_card_in_anothers_name() {
        let (origin, thief) = (OrgId::new([1; 32]), OrgId::new([2; 32]));
        let (circle, other) = (CircleId::new([3; 32]), CircleId::new([4; 32]));
        let claim = CardClaim::new(origin, "00ff".to_owned());
        let key = (circle, card_document(&claim.card, &circle));
        assert_eq!(CardClaim::of(&record(&claim)), Some(claim.clone()));
        assert!(claim.holds(&key));
        assert!(!CardClaim { origin: thief, ..claim.clone() }.holds(&key));
        assert!(!claim.holds(&(other, key.1)), "one document in each circle");
        assert!(!claim.holds(&(circle, DocumentId::new([9; 16]))));
        assert_ne!(card_document(&claim.card, &circle), card_document(&claim.card, &other));
    }
}
