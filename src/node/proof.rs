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
        id::{CircleId, DeviceId, LogId, OrgId},
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
        let beside = |author: &OrgId, devices: &BTreeSet<DeviceId>, record: &Record, changes| {
            let speak = || devices.iter().all(|device| self.speaks(&key.0, device));
            let is_its = is_of(key, author, devices, record) && (!is_word(record) || speak());
            is_its.then(|| Alone::Beside(Box::new(beside::row(key, *author, record, changes))))
        };
        // Nearly always one organisation wrote alone, and the document need not be opened again.
        if let (Some((author, devices)), 1, 1) =
            (devices.first_key_value(), devices.len(), merged.changes)
        {
            return beside(author, devices, &merged.record, merged.changes);
        }
        // What a device that does not speak wrote into its organisation's word is as a stranger's.
        let speaking = devices.iter().filter_map(|(author, all)| {
            let speaking: BTreeSet<DeviceId> =
                all.iter().filter(|device| self.speaks(&key.0, device)).copied().collect();
            (speaking.len() < all.len() && !speaking.is_empty()).then_some((*author, speaking))
        });
        let all = devices.iter().map(|(author, devices)| (*author, devices.clone()));
        let of_any = all.map(|it| (it, false)).chain(speaking.map(|it| (it, true)));
        of_any.into_iter().find_map(|((author, devices), speaking)| {
            let (author, devices) = (&author, &devices);
            let own = self.replica.document_by(key, |device| devices.contains(device)).ok()??;
            let Reading { record, changes, .. } = own.reading();
            if changes > 1
                && let Some(record) = self.standing(key, author, devices)
            {
                return beside(author, devices, &record, changes);
            }
            if speaking && !is_word(&record) {
                return None;
            }
            let proof = || Proof::of(key, &record).map(Alone::Proven);
            beside(author, devices, &record, changes).or_else(proof)
        })
    }

    /// Whether a device speaks for its organisation in a circle.
    pub(super) fn speaks(&self, circle: &CircleId, device: &DeviceId) -> bool {
        let membership = self.replica.membership(circle);
        membership.and_then(|it| it.device(device)).is_some_and(|it| it.role().speaks())
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

/// Whether a record is an organisation's word to others.
fn is_word(record: &Record) -> bool {
    record.schema().kind().is_some_and(RecordKind::is_word_of_organisation)
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
