//! Records beside incidents as the view gets them: what their author wrote, whoever else wrote in
//! the document.
//!
//! A record's document is a one-way image of its circle, its author and its id: in the document of
//! one organisation no other can write a record, only rubbish, which is passed over.

use std::collections::BTreeSet;

use crate::{
    crypto::Label,
    model::{
        id::{CircleId, DeviceId, DocumentId, IncidentId, OrgId},
        registry::{Record, RecordKind},
    },
    node::Node,
    replica::DocumentKey,
    view::{DocumentRow, RECORD_ID},
};

/// The records of which the first word stands: results follow from them, and nobody takes one back
/// by spoiling what was signed.
const OF_DECISIONS: [RecordKind; 3] =
    [RecordKind::Ballot, RecordKind::Position, RecordKind::Closing];

/// The document of a record beside incidents: one for each circle, author and id.
pub(in crate::node) fn beside_document(circle: &CircleId, author: &OrgId, id: &str) -> DocumentId {
    let parts = [circle.as_bytes().as_slice(), author.as_bytes(), id.as_bytes()];
    let hash = Label::BesideDocument.hash(&parts);
    DocumentId::new(hash.first_chunk().copied().unwrap_or_default())
}

/// Whether a record is one that this organisation may have written in this document.
pub(in crate::node) fn is_of(key: &DocumentKey, author: &OrgId, record: &Record) -> bool {
    let other = |kind: RecordKind| kind != RecordKind::Incident && !kind.is_of_board();
    let beside = record.schema().kind().is_some_and(other);
    let id = record.text(RECORD_ID);
    beside && id.is_some_and(|id| beside_document(&key.0, author, id) == key.1)
}

impl Node {
    /// What an author said first in the document of a record of a decision: more than one if several
    /// of its devices each began it, which only a changed program does.
    pub(in crate::node) fn first_words_of(
        &self,
        key: &DocumentKey,
        author: &OrgId,
        devices: &BTreeSet<DeviceId>,
    ) -> Vec<Record> {
        let words = self.replica.first_words(key, |device| devices.contains(device));
        let mut words = words.unwrap_or_default();
        words.retain(|record| {
            let kind = record.schema().kind();
            kind.is_some_and(|kind| OF_DECISIONS.contains(&kind)) && is_of(key, author, record)
        });
        words
    }

    /// What was first said in a document of a record of a decision that its author wrote in again.
    pub(in crate::node) fn first_words_by(&self, key: &DocumentKey, author: &OrgId) -> Vec<Record> {
        let devices = self.replica.membership(&key.0).into_iter().flat_map(|it| it.devices());
        // Of decisions: a device that does not speak for its organisation says nothing in them.
        let devices = devices.filter(|(_, it)| it.org == *author && it.role().speaks());
        let devices = devices.map(|(id, _)| *id);
        self.first_words_of(key, author, &devices.collect())
    }
}

/// The row of a record that its author wrote in its own document.
pub(in crate::node) fn row(
    key: &DocumentKey,
    author: OrgId,
    record: &Record,
    changes: u64,
) -> DocumentRow {
    DocumentRow {
        circle: key.0,
        document: key.1,
        incident: IncidentId::new(*key.1.as_bytes()),
        origin: author,
        tier: None,
        record: record.into(),
        conflicts: Vec::new(),
        changes,
        authors: BTreeSet::from([author]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::registry::Schema;

    #[test]
    fn a_record_stands_in_its_authors_document_only() {
        let (circle, author) = (CircleId::new([1; 32]), OrgId::new([2; 32]));
        let (other_circle, other) = (CircleId::new([3; 32]), OrgId::new([4; 32]));
        let id = "00112233445566778899aabbccddeeff";
        let mut review = Record::new(Schema::of(RecordKind::Review));
        review.set(RECORD_ID.parse().unwrap(), id).unwrap();
        let key = (circle, beside_document(&circle, &author, id));
        assert!(is_of(&key, &author, &review));
        assert!(!is_of(&key, &other, &review), "another's document");
        assert!(!is_of(&(other_circle, key.1), &author, &review), "another circle's");
        let mut incident = Record::incident();
        incident.set(RECORD_ID.parse().unwrap(), id).unwrap();
        assert!(!is_of(&key, &author, &incident), "an incident is none");
        assert!(!is_of(&key, &author, &Record::new(Schema::of(RecordKind::Review))));
    }
}
