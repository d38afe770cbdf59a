//! Puts documents that changed into the view, and their rows into the index.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::{
    api::ApiError,
    doc::{Conflict, Reading},
    model::{
        id::{CircleId, DeviceId, IncidentId, LogId, OrgId},
        registry::{Record, RecordKind, Schema, Tier, Value, table},
        verification::Rules,
    },
    node::{
        Node,
        proof::{Alone, Proof},
        requests::meta::Claim,
    },
    replica::{DocumentKey, DocumentReading, Storage, Tree},
    view::{CircleRules, ConflictValue, DocumentRow, Filling, PackedRecord, RowConflict},
};

/// Parts of a facet that the program of its origin writes.
const BY_ORIGIN: [&str; 6] =
    ["blobs", "disclosure", table::STATISTICS, table::TOKENS, "meta", "recorded"];

/// Documents that are worth a second core.
const MIN_SHARE: usize = 32;

impl Node {
    /// Puts documents into the view and their rows into the index.
    pub(super) fn show_all(&mut self, changed: BTreeMap<DocumentKey, DocumentReading>) {
        let private = self.own.private;
        let changed: Vec<(DocumentKey, DocumentReading)> = changed.into_iter().collect();
        let drafts: Vec<_> = changed
            .into_par_iter()
            .with_min_len(MIN_SHARE)
            .map(|(key, document)| {
                let writers = document.writers.clone();
                (key, RowDraft::of(&key, document, private == key.0), writers)
            })
            .collect();
        for (key, draft, writers) in drafts {
            let row = self.row_of(&key, draft, &writers);
            let index_key = [key.0.as_bytes().as_slice(), key.1.as_bytes()].concat();
            let cached = row.as_ref().map(DocumentRow::to_bytes);
            let storage = self.replica.storage_mut();
            if let Err(error) = storage.put(Tree::Rows, &index_key, cached.as_deref()) {
                self.notices.insert(error.to_string());
            }
            let kind = row.as_ref().and_then(|row| row.record.schema().kind());
            self.alert_watch.stale |= match kind {
                Some(kind) => matches!(kind, RecordKind::Alert | RecordKind::AlertEntry),
                None => true,
            };
            // Incidents come by the thousand, and say nothing of a card's state.
            if kind.is_none_or(|kind| kind.is_of_board() || kind.is_word_of_organisation()) {
                self.card_states.take();
            }
            match row {
                Some(row) => {
                    self.note_row_of_blobs(&row);
                    self.view.upsert(row);
                }
                None => {
                    self.forget_blobs_of(key);
                    self.view.remove(&key.0, &key.1);
                }
            }
        }
    }

    /// The row of a document: of what it proves to be, by what all say in it or one of its writers
    /// alone; else of an incident, which it claims to be.
    fn row_of(
        &self,
        key: &DocumentKey,
        draft: Draft,
        writers: &BTreeSet<LogId>,
    ) -> Option<DocumentRow> {
        match draft {
            Draft::Incident(draft) => {
                Some(self.as_its_origin_says(key, self.row(key, *draft), writers))
            }
            Draft::Proven(proof, reading) => self.proven_row(key, proof, *reading, writers),
            Draft::Unproven(reading) => match self.proven_alone(key, &reading, writers) {
                Some(Alone::Beside(row)) => Some(*row),
                Some(Alone::Proven(proof)) => self.proven_row(key, proof, *reading, writers),
                None => self.unproven_row(key, *reading, writers),
            },
            Draft::Nothing => None,
        }
    }

    /// The row of a document that is proven to be a facet or a card, whatever is said that it is.
    fn proven_row(
        &self,
        key: &DocumentKey,
        proof: Proof,
        reading: Reading,
        writers: &BTreeSet<LogId>,
    ) -> Option<DocumentRow> {
        match proof {
            Proof::Card(claim, kind) => self.card_row(key, (&claim, kind), reading, writers),
            Proof::Facet(claim) => {
                let reading = self.read_as(key, reading, &Schema::incident());
                let draft = RowDraft::facet(reading, &claim, writers.clone());
                Some(self.as_its_origin_says(key, self.row(key, draft), writers))
            }
        }
    }

    /// The row of a document that proves to be nothing, if somebody says that it is an incident's.
    fn unproven_row(
        &self,
        key: &DocumentKey,
        reading: Reading,
        writers: &BTreeSet<LogId>,
    ) -> Option<DocumentRow> {
        if !reading.said.iter().any(is_incident) {
            return None;
        }
        let reading = self.read_as(key, reading, &Schema::incident());
        let draft = if key.0 == self.own.private {
            RowDraft::dossier(reading, writers.clone())
        } else {
            // Shown as one whose origin never wrote: it beats no other.
            let claim = Claim::of(&reading.record)?;
            RowDraft::facet(reading, &claim, BTreeSet::new())
        };
        Some(self.row(key, draft))
    }

    /// The row of an incident's document.
    fn row(&self, key: &DocumentKey, draft: RowDraft) -> DocumentRow {
        let RowDraft { claim, tier, record, writers, conflicts, changes } = draft;
        let own = || (IncidentId::new(*key.1.as_bytes()), self.org());
        let (incident, origin) = claim.unwrap_or_else(own);
        DocumentRow {
            circle: key.0,
            document: key.1,
            incident,
            origin,
            tier,
            conflicts: self.row_conflicts(key, conflicts),
            changes,
            authors: writers
                .iter()
                .filter_map(|log| self.org_by_device(&key.0, &log.device))
                .collect(),
            record,
        }
    }

    /// A facet in which others than its origin wrote, with what the program writes taken from the
    /// origin alone. Others can take such a field away, since the origin may have done so knowing
    /// that it is gone; nobody else can add one, alter one or open the tier.
    fn as_its_origin_says(
        &self,
        key: &DocumentKey,
        mut row: DocumentRow,
        writers: &BTreeSet<LogId>,
    ) -> DocumentRow {
        let is_origins = |device: &DeviceId| {
            self.org_by_device(&key.0, device).is_some_and(|org| org == row.origin)
        };
        let alone = writers.iter().all(|log| is_origins(&log.device));
        // What its origin never wrote in is in doubt as a whole.
        if row.tier.is_none() || alone || !row.authors.contains(&row.origin) {
            return row;
        }
        let own = self.replica.document_by(key, is_origins).ok().flatten();
        let own = own.map_or_else(Record::incident, |own| own.proven(Schema::incident()).record());
        let actors = self.actors(key);
        let stands =
            self.incident_document(key).ok().flatten().map_or_else(Record::incident, |document| {
                document.record_by(|actor| actors.get(actor) == Some(&row.origin))
            });
        let (record, tier) = by_origin(&row.record.unpack(), &stands, &own);
        row.tier = row.tier.map(|_merged| tier);
        row.record = record.into();
        row
    }

    pub(super) fn row_conflicts(
        &self,
        key: &DocumentKey,
        conflicts: Vec<Conflict>,
    ) -> Vec<RowConflict> {
        if conflicts.is_empty() {
            return Vec::new();
        }
        let actors = self.actors(key);
        conflicts
            .into_iter()
            .map(|conflict| RowConflict {
                path: conflict.path.clone(),
                values: conflict
                    .values
                    .iter()
                    .map(|value| ConflictValue {
                        value: value.value.clone(),
                        org: actors.get(&value.actor).copied(),
                    })
                    .collect(),
            })
            .collect()
    }

    /// What the circles have agreed on of verification: whose word closes disputes.
    pub(super) fn rules(&self) -> BTreeMap<CircleId, CircleRules> {
        let circles = self.replica.circle_ids();
        circles
            .filter_map(|circle| {
                let membership = self.replica.membership(&circle)?;
                let (stewards, threshold) = (membership.electors(), membership.needed());
                let rules = Rules { stewards, threshold, two_organisations: false };
                Some((circle, CircleRules { kind: self.kind_of(&circle), rules }))
            })
            .collect()
    }

    /// Fills the view from the rows in the index, on all cores. Rows of another version are worked
    /// out again.
    pub(super) fn fill_view(&mut self) -> Result<(), ApiError> {
        let filling = Filling::new();
        let outdated = self.replica.storage().rows(&|rows| filling.take(rows))?;
        self.view = filling.finish_by(self.rules());
        if !outdated.is_empty() {
            self.checkpoint_soon();
        }
        for key in outdated {
            let reading = self.replica.reading(&key)?;
            let gone = || DocumentReading { reading: None, writers: BTreeSet::new() };
            self.show_all(BTreeMap::from([(key, reading.unwrap_or_else(gone))]));
        }
        Ok(())
    }
}

/// What a facet says with the program's fields as its origin wrote them, and its tier: what `stands`
/// of the origin because nobody has replaced it, else what the origin wrote before it built on
/// anybody else's change (`own`). Of the tier then the more closed one, and of fields those that are
/// still there: the origin may know of what the others did, and have left it at that.
fn by_origin(merged: &Record, stands: &Record, own: &Record) -> (Record, Tier) {
    let tier = |record: &Record| record.text(table::FACET_TIER).and_then(Tier::from_code);
    let tier = tier(stands).or_else(|| tier(merged).min(tier(own))).unwrap_or(Tier::Restricted);
    let mut record = Record::new(merged.schema().clone());
    for (path, value) in merged.iter() {
        let of_program = path.segment(0).is_some_and(|part| BY_ORIGIN.contains(&part));
        let closed = Value::Text(tier.to_string());
        let says = match path.as_str() {
            table::FACET_TIER => Some(&closed),
            other if of_program => stands.get(other).or_else(|| own.get(other)),
            _of_people => Some(value),
        };
        if let Some(says) = says {
            // It has no more fields than the record that it is of.
            let _fits = record.set(path.clone(), says.clone());
        }
    }
    (record, tier)
}

/// What a document is, as far as it tells by itself.
enum Draft {
    /// It is an incident's, and nobody says otherwise.
    Incident(Box<RowDraft>),
    /// What is said in it proves what it is.
    Proven(Proof, Box<Reading>),
    /// What all say in it proves nothing.
    Unproven(Box<Reading>),
    /// It says nothing.
    Nothing,
}

/// What of an incident's row follows from the document alone.
struct RowDraft {
    /// Incident and origin; none of a dossier, which is its own.
    claim: Option<(IncidentId, OrgId)>,
    /// None of a dossier.
    tier: Option<Tier>,
    record: PackedRecord,
    writers: BTreeSet<LogId>,
    conflicts: Vec<Conflict>,
    changes: u64,
}

fn is_incident(schema: &Schema) -> bool {
    schema.kind() == Some(RecordKind::Incident)
}

impl RowDraft {
    fn of(key: &DocumentKey, document: DocumentReading, dossier: bool) -> Draft {
        let DocumentReading { reading, writers } = document;
        let Some(reading) = reading.filter(|reading| reading.changes > 0) else {
            return Draft::Nothing;
        };
        let undisputed = reading.said.iter().all(is_incident);
        match Proof::of(key, &reading.record) {
            Some(Proof::Facet(claim)) if undisputed => {
                Draft::Incident(Box::new(Self::facet(reading, &claim, writers)))
            }
            Some(proof) => Draft::Proven(proof, Box::new(reading)),
            None if dossier && undisputed => {
                Draft::Incident(Box::new(Self::dossier(reading, writers)))
            }
            None => Draft::Unproven(Box::new(reading)),
        }
    }

    fn dossier(reading: Reading, writers: BTreeSet<LogId>) -> Self {
        let Reading { record, conflicts, changes, .. } = reading;
        let (claim, tier, record) = (None, None, record.into());
        Self { claim, tier, record, writers, conflicts, changes }
    }

    fn facet(reading: Reading, claim: &Claim, writers: BTreeSet<LogId>) -> Self {
        let Reading { record, conflicts, changes, .. } = reading;
        let named = record.text(table::FACET_TIER).and_then(Tier::from_code);
        let tier = Some(named.unwrap_or(Tier::Restricted));
        let claim = Some((claim.incident, claim.origin));
        Self { claim, tier, record: record.into(), writers, conflicts, changes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facet(fields: &[(&str, &str)]) -> Record {
        let mut record = Record::incident();
        for (path, text) in fields {
            record.set(path.parse().unwrap(), *text).unwrap();
        }
        record
    }

    #[test]
    fn nobody_but_its_origin_opens_a_facet() {
        let own = facet(&[("disclosure/tier", "restricted"), ("tokens/1/a", "t"), ("title", "x")]);
        let merged = facet(&[
            ("disclosure/tier", "public"),
            ("statistics/incident", "yes"),
            ("meta/more", "m"),
            ("recorded/on", "2020-01-01"),
            ("tokens/1/a", "other"),
            ("title", "y"),
            ("summary", "z"),
        ]);
        let nothing = facet(&[]);
        let (read, tier) = by_origin(&merged, &nothing, &own);
        let expected = facet(&[
            ("disclosure/tier", "restricted"),
            ("tokens/1/a", "t"),
            ("title", "y"),
            ("summary", "z"),
        ]);
        assert_eq!((read, tier), (expected, Tier::Restricted));
        // What it closed in a change that builds on another's is closed.
        let opened = facet(&[("disclosure/tier", "coalition"), ("statistics/incident", "yes")]);
        let closed = facet(&[("disclosure/tier", "restricted")]);
        assert_eq!(by_origin(&closed, &nothing, &opened), (closed.clone(), Tier::Restricted));
        assert_eq!(by_origin(&nothing, &nothing, &opened).1, Tier::Restricted);
        // What it opened after another wrote elsewhere is open.
        assert_eq!(by_origin(&opened, &opened, &closed), (opened.clone(), Tier::Coalition));
    }
}
