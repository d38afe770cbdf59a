//! What a document is, by proof.
//!
//! Everybody who writes in a circle may write in any document of it, and say in its change that the
//! document is of any schema. So nobody's word counts: a document's id is a one-way image of what it
//! is (a facet of an incident, a card of a kind, the record of an author), and it is that if some
//! writer, or all of them together, said the preimage. Of an alert and of what is said to one the
//! preimage is all that it says, so that it says nothing else for ever.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    doc::{Document, Reading},
    model::{
        alert,
        id::{DeviceId, LogId, OrgId},
        registry::{Record, RecordKind, Schema},
    },
    node::{Node, beside, cards::CardClaim, requests::meta::Claim},
    replica::{DocumentKey, StorageError},
    view::DocumentRow,
};

/// What a document is proven to be.
pub(super) enum Proof {
    /// A facet of this incident.
    Facet(Claim),
    /// A card or an item, of this kind.
    Card(CardClaim, RecordKind),
}

impl Proof {
    /// What is proven by what is said in a document.
    pub(super) fn of(key: &DocumentKey, record: &Record) -> Option<Self> {
        let facet = Claim::of(record).filter(|claim| claim.holds(&key.0, &key.1));
        let card = || {
            let claim = CardClaim::of(record)?;
            let kind = claim.kind_in(key)?;
            Some(Self::Card(claim, kind))
        };
        facet.map(Self::Facet).or_else(card)
    }
}

/// What one of its writers alone proves a document to be.
pub(super) enum Alone {
    /// A facet or a card.
    Proven(Proof),
    /// A record that it wrote itself.
    Beside(Box<DocumentRow>),
}

impl Node {
    /// What one of a document's writers proves it to be. `merged` is what the document says by all
    /// of them, which proved nothing else.
    pub(super) fn proven_alone(
        &self,
        key: &DocumentKey,
        merged: &Reading,
        writers: &BTreeSet<LogId>,
    ) -> Option<Alone> {
        let mut devices: BTreeMap<OrgId, BTreeSet<DeviceId>> = BTreeMap::new();
        for log in writers {
            if let Some(org) = self.org_by_device(&key.0, &log.device) {
                devices.entry(org).or_default().insert(log.device);
            }
        }
        let beside = |author: &OrgId, record: &Record, changes: u64| {
            let is_its = devices.get(author).is_some_and(|its| is_of(key, author, its, record));
            is_its.then(|| Alone::Beside(Box::new(beside::row(key, *author, record, changes))))
        };
        // Nearly always one organisation wrote alone, and the document need not be opened again.
        if let (Some((author, _)), 1, 1) =
            (devices.first_key_value(), devices.len(), merged.changes)
        {
            return beside(author, &merged.record, merged.changes);
        }
        devices.iter().find_map(|(author, devices)| {
            let own = self.replica.document_by(key, |device| devices.contains(device)).ok()??;
            let Reading { record, changes, .. } = own.reading();
            if changes > 1
                && let Some(record) = self.standing(key, author, devices)
            {
                let row = beside::row(key, *author, &record, changes);
                return Some(Alone::Beside(Box::new(row)));
            }
            let proof = || Proof::of(key, &record).map(Alone::Proven);
            beside(author, &record, changes).or_else(proof)
        })
    }

    /// What stands of a record that its author wrote in again: of an alert, or an entry to one, what
    /// its id is of; of a record of a decision, what was said first. None of other records, which
    /// count no more then, whatever they are said to be.
    fn standing(
        &self,
        key: &DocumentKey,
        author: &OrgId,
        devices: &BTreeSet<DeviceId>,
    ) -> Option<Record> {
        let beginnings = self.replica.beginnings(key, |device| devices.contains(device)).ok()?;
        let is_its = |record: &Record| is_alarm(record) && is_of(key, author, devices, record);
        let said_first = || self.first_words_of(key, author, devices).into_iter().next();
        beginnings.into_iter().find(is_its).or_else(said_first)
    }

    /// A document's reading as of the schema that it is proven to be of.
    pub(super) fn read_as(&self, key: &DocumentKey, said: Reading, schema: &Schema) -> Reading {
        if said.schema == *schema {
            return said;
        }
        let document = self.replica.document(key).ok().flatten();
        document.map_or(said, |document| document.proven(schema.clone()).reading())
    }

    /// The document of a place where an incident is known to stand, as an incident's whatever others
    /// say in it.
    ///
    /// # Errors
    /// When the index fails.
    pub(super) fn incident_document(
        &self,
        key: &DocumentKey,
    ) -> Result<Option<Document>, StorageError> {
        let document = self.replica.document(key)?;
        Ok(document.map(|document| document.proven(Schema::incident())))
    }
}

/// Whether a record is one that an author wrote in this document with one of some devices.
fn is_of(key: &DocumentKey, author: &OrgId, devices: &BTreeSet<DeviceId>, record: &Record) -> bool {
    // Another device of the same organisation may be in other hands.
    let as_named = || !is_alarm(record) || alert::device_of(author, devices, record).is_some();
    beside::is_of(key, author, record) && as_named()
}

fn is_alarm(record: &Record) -> bool {
    let kind = record.schema().kind();
    kind.is_some_and(|kind| matches!(kind, RecordKind::Alert | RecordKind::AlertEntry))
}
