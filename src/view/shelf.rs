//! The records that stand beside incidents: reviews, judgements, consents and the rest.
//!
//! Each is written once, by one organisation, in a document that is bound to it (`proto/records.md`).
//! One in which its author wrote again counts no more: nobody rewrites what others relied on.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    model::{
        disclosure::ledger::SUBJECT,
        id::{CardId, CircleId, DocumentId, IncidentId, OrgId},
        registry::{Record, RecordKind},
    },
    view::{DocumentRow, PackedRecord, board::BoardShelf},
};

/// Field with the record's own id, the same in the copies of all circles.
pub const ID: &str = "id";
/// Field with the incident that a review is of.
const INCIDENT: &str = "incident";

/// Field with the card that a record stands beside.
const CARD: &str = "card";

type Key = (CircleId, DocumentId);

/// One record beside the incidents.
#[derive(Debug, Clone)]
pub struct BesideRecord {
    /// The circle that it is in.
    pub circle: CircleId,
    /// Its document.
    pub document: DocumentId,
    authors: BTreeSet<OrgId>,
    changes: u64,
    record: PackedRecord,
}

impl BesideRecord {
    /// Who wrote it, as the signature proves; none if it does not count, because it was written
    /// twice.
    #[must_use]
    pub fn author(&self) -> Option<OrgId> {
        let mut authors = self.authors.iter();
        match (authors.next(), authors.next(), self.changes) {
            (Some(author), None, 1) => Some(*author),
            _altered => None,
        }
    }

    /// Who wrote it, also if in more than one go: of alerts, where what was written again must not
    /// vanish. What the record says is then what stands of it.
    fn author_of_any(&self) -> Option<OrgId> {
        let mut authors = self.authors.iter();
        let alone = authors.next().filter(|_author| authors.next().is_none() && self.changes > 0);
        alone.copied()
    }

    /// Whether its author wrote in it again.
    #[must_use]
    pub const fn is_rewritten(&self) -> bool {
        self.changes > 1
    }

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

/// The records beside incidents, by kind.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    kinds: BTreeMap<RecordKind, BTreeMap<Key, BesideRecord>>,
    reviews: BTreeMap<IncidentId, BTreeSet<Key>>,
    /// Entries of the ledger by subject.
    subjects: BTreeMap<String, BTreeSet<Key>>,
    /// What was said and signed beside cards, by card.
    beside_cards: BTreeMap<CardId, BTreeSet<Key>>,
    /// Cards and items, which are changed as often as need be.
    pub(super) board: BoardShelf,
}

impl Shelf {
    /// The incident that a row is a review of, if it is one.
    pub(super) fn incident_of(row: &DocumentRow) -> Option<IncidentId> {
        let review = row.record.schema().kind() == Some(RecordKind::Review);
        if review { incident_of(&row.record) } else { None }
    }

    /// Takes in a record's document as it is now, which was taken out before; gives the row back if it is an incident's, or of
    /// a kind that this program does not know.
    pub(super) fn upsert(&mut self, row: DocumentRow) -> Option<DocumentRow> {
        let key = (row.circle, row.document);
        let row = self.board.upsert(row)?;
        let kind = match row.record.schema().kind() {
            None | Some(RecordKind::Incident) => return Some(row),
            Some(kind) => kind,
        };
        if let Some(incident) = Self::incident_of(&row) {
            self.reviews.entry(incident).or_default().insert(key);
        }
        if let Some(subject) = subject_of(kind, &row.record) {
            self.subjects.entry(subject).or_default().insert(key);
        }
        if let Some(card) = card_of(&row.record) {
            self.beside_cards.entry(card).or_default().insert(key);
        }
        let DocumentRow { circle, document, authors, changes, record, .. } = row;
        let held = BesideRecord { circle, document, authors, changes, record };
        self.kinds.entry(kind).or_default().insert(key, held);
        None
    }

    /// Takes a record out; the incident that it was a review of, if it was one.
    pub(super) fn remove(&mut self, key: &Key) -> Option<IncidentId> {
        self.board.remove(key);
        let (kind, held) =
            self.kinds.iter_mut().find_map(|(kind, held)| Some((*kind, held.remove(key)?)))?;
        if let Some(subject) = subject_of(kind, &held.record)
            && let Some(entries) = self.subjects.get_mut(&subject)
        {
            entries.remove(key);
        }
        if let Some(card) = card_of(&held.record)
            && let Some(keys) = self.beside_cards.get_mut(&card)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.beside_cards.remove(&card);
            }
        }
        let incident = incident_of(&held.record).filter(|_| kind == RecordKind::Review)?;
        if let Some(reviews) = self.reviews.get_mut(&incident) {
            reviews.remove(key);
            if reviews.is_empty() {
                self.reviews.remove(&incident);
            }
        }
        Some(incident)
    }

    /// The records of a kind that count, with their authors.
    pub(super) fn of(&self, kind: RecordKind) -> impl Iterator<Item = (OrgId, &BesideRecord)> {
        let held = self.kinds.get(&kind).into_iter().flat_map(BTreeMap::values);
        held.filter_map(|held| Some((held.author()?, held)))
    }

    /// The alerts, or the entries to them, with their authors: also those that were written in again.
    pub(super) fn alarms(&self, kind: RecordKind) -> impl Iterator<Item = (OrgId, &BesideRecord)> {
        let of_alerts = matches!(kind, RecordKind::Alert | RecordKind::AlertEntry);
        let held = self.kinds.get(&kind).filter(|_held| of_alerts);
        let held = held.into_iter().flat_map(BTreeMap::values);
        held.filter_map(|held| Some((held.author_of_any()?, held)))
    }

    /// The records of a kind, also those that do not count, with who wrote them.
    pub(super) fn written(&self, kind: RecordKind) -> impl Iterator<Item = (OrgId, &BesideRecord)> {
        let held = self.kinds.get(&kind).into_iter().flat_map(BTreeMap::values);
        held.filter_map(|held| Some((held.author_of_any()?, held)))
    }

    /// The incidents that somebody reviewed.
    pub(super) fn reviewed(&self) -> impl Iterator<Item = &IncidentId> {
        self.reviews.keys()
    }

    /// The entries of the ledger in a circle, also those that do not count any more.
    pub(super) fn consents(&self, circle: &CircleId) -> impl Iterator<Item = &BesideRecord> {
        let held = self.kinds.get(&RecordKind::Consent).into_iter().flat_map(BTreeMap::values);
        held.filter(move |held| held.circle == *circle)
    }

    /// The entries of a subject in a circle, also those that do not count any more.
    pub(super) fn consents_of(
        &self,
        circle: &CircleId,
        subject: &str,
    ) -> impl Iterator<Item = &BesideRecord> {
        let entries = self.kinds.get(&RecordKind::Consent);
        let keys = self.subjects.get(subject).into_iter().flatten();
        let held = keys.filter_map(move |key| entries?.get(key));
        held.filter(move |held| held.circle == *circle)
    }

    /// The records of a kind beside a card that count, in one circle, with their authors.
    pub(super) fn of_card(
        &self,
        kind: RecordKind,
        circle: &CircleId,
        card: &CardId,
    ) -> impl Iterator<Item = (OrgId, &BesideRecord)> {
        let records = self.kinds.get(&kind);
        let keys = self.beside_cards.get(card).into_iter().flatten();
        let here = keys.filter(move |(it, _)| it == circle);
        let held = here.filter_map(move |key| records?.get(key));
        held.filter_map(|held| Some((held.author()?, held)))
    }

    /// The reviews of an incident that count, with their authors, in all circles.
    pub(super) fn reviews_of(
        &self,
        incident: &IncidentId,
    ) -> impl Iterator<Item = (OrgId, &BesideRecord)> {
        let reviews = self.kinds.get(&RecordKind::Review);
        let keys = self.reviews.get(incident).into_iter().flatten();
        let held = keys.filter_map(move |key| reviews?.get(key));
        held.filter_map(|held| Some((held.author()?, held)))
    }
}

fn subject_of(kind: RecordKind, record: &PackedRecord) -> Option<String> {
    let consent = kind == RecordKind::Consent;
    if consent { record.text(SUBJECT).map(Cow::into_owned) } else { None }
}

fn card_of(record: &PackedRecord) -> Option<CardId> {
    record.text(CARD)?.parse().ok()
}

fn incident_of(record: &PackedRecord) -> Option<IncidentId> {
    record.text(INCIDENT)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::registry::Schema;

    fn review(authors: &[u8], changes: u64) -> DocumentRow {
        let incident = IncidentId::new([7; 16]);
        let mut record = Record::new(Schema::of(RecordKind::Review));
        record.set(INCIDENT.parse().unwrap(), incident.to_string()).unwrap();
        DocumentRow {
            circle: CircleId::new([1; 32]),
            document: DocumentId::new([2; 16]),
            incident: IncidentId::new([2; 16]),
            origin: OrgId::new([3; 32]),
            tier: None,
            record: record.into(),
            conflicts: Vec::new(),
            changes,
            authors: authors.iter().map(|byte| OrgId::new([*byte; 32])).collect(),
        }
    }

    #[test]
    fn what_was_written_in_twice_counts_no_more() {
        let incident = IncidentId::new([7; 16]);
        let mut shelf = Shelf::default();
        assert!(shelf.upsert(review(&[3], 1)).is_none());
        assert_eq!(shelf.reviews_of(&incident).count(), 1);
        let key = (CircleId::new([1; 32]), DocumentId::new([2; 16]));
        for altered in [review(&[3, 4], 2), review(&[3], 2), review(&[], 1)] {
            shelf.remove(&key);
            shelf.upsert(altered);
            assert_eq!(shelf.reviews_of(&incident).count(), 0);
            assert_eq!(shelf.of(RecordKind::Review).count(), 0);
        }
        shelf.remove(&key);
        shelf.upsert(review(&[3], 1));
        let removed = shelf.remove(&key);
        assert_eq!(removed, Some(incident));
        assert_eq!(shelf.reviews_of(&incident).count(), 0);
    }

    #[test]
    fn only_alerts_that_were_written_in_again_are_read() {
        for kind in [RecordKind::Review, RecordKind::Alert, RecordKind::AlertEntry] {
            let mut shelf = Shelf::default();
            let record = Record::new(Schema::of(kind)).into();
            shelf.upsert(DocumentRow { record, ..review(&[3], 2) });
            assert_eq!(shelf.of(kind).count(), 0);
            let read: Vec<(OrgId, bool)> =
                shelf.alarms(kind).map(|(org, held)| (org, held.is_rewritten())).collect();
            let expected = vec![(OrgId::new([3; 32]), true)];
            assert_eq!(read, if kind == RecordKind::Review { Vec::new() } else { expected });
        }
    }

    #[test]
    fn what_stands_beside_a_card_is_found_by_the_card_and_circle() {
        let (card, circle) = (CardId::new([7; 16]), CircleId::new([1; 32]));
        let row = |kind: RecordKind| {
            let mut record = Record::new(Schema::of(kind));
            record.set(CARD.parse().unwrap(), card.to_string()).unwrap();
            DocumentRow { record: record.into(), ..review(&[3], 1) }
        };
        let mut shelf = Shelf::default();
        assert!(shelf.upsert(row(RecordKind::Comment)).is_none());
        let count = |shelf: &Shelf, kind, circle: u8, card: u8| {
            shelf.of_card(kind, &CircleId::new([circle; 32]), &CardId::new([card; 16])).count()
        };
        assert_eq!(count(&shelf, RecordKind::Comment, 1, 7), 1);
        assert_eq!(count(&shelf, RecordKind::Version, 1, 7), 0, "of another kind");
        assert_eq!(count(&shelf, RecordKind::Comment, 2, 7), 0, "in another circle");
        assert_eq!(count(&shelf, RecordKind::Comment, 1, 8), 0, "beside another card");
        shelf.remove(&(circle, DocumentId::new([2; 16])));
        assert!(shelf.beside_cards.is_empty());
    }

    #[test]
    fn an_incident_is_given_back() {
        let row = DocumentRow { record: Record::incident().into(), ..review(&[3], 1) };
        assert!(Shelf::default().upsert(row).is_some());
    }
}
