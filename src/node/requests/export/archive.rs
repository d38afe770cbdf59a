//! The records of the archive of one's own data.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::{
    api::export::{ExportAnswer, Part, Records},
    model::{
        id::{CircleId, IncidentId},
        registry::{Record, RecordKind},
    },
    node::Node,
    view::{BesideRecord, HeldCard, HeldDocument, Query, RECORD_ID},
};

/// Bytes of the records of one answer, about.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Parts of a record that stay: the secret of its manifests, what was shared (there is a file of its
/// own for that), linkage tokens.
const LEFT_OUT: &[&str] = &["disclosure", "share", "tokens"];

impl Node {
    /// Some records of a part, beginning at an offset.
    pub(super) fn export_records(&self, part: Part, offset: u64) -> ExportAnswer {
        match part {
            Part::Incidents => {
                let dossiers = self.own_documents(|held| held.tier().is_none());
                page(&dossiers, offset, |(incident, held)| dossier(incident, held))
            }
            Part::Facets => {
                let own = |held: &HeldDocument| held.origin() == self.org() && !held.is_in_doubt();
                let facets = self.own_documents(|held| held.tier().is_some() && own(held));
                page(&facets, offset, |(incident, held)| self.facet_record(incident, held))
            }
            Part::Reviews => self.beside_records(RecordKind::Review, offset),
            Part::Judgements => self.beside_records(RecordKind::Judgement, offset),
            Part::Consents => self.beside_records(RecordKind::Consent, offset),
            Part::Coverage => self.beside_records(RecordKind::Coverage, offset),
            Part::Government => self.beside_records(RecordKind::Government, offset),
            Part::Terms => self.beside_records(RecordKind::Term, offset),
            Part::Cards => self.own_cards(|kind| matches!(kind, RecordKind::Card(_)), offset),
            Part::Items => self.own_cards(|kind| kind == RecordKind::Item, offset),
            Part::Comments => self.beside_records(RecordKind::Comment, offset),
            Part::Ballots => self.beside_records(RecordKind::Ballot, offset),
            Part::Positions => self.beside_records(RecordKind::Position, offset),
            Part::Closings => self.beside_records(RecordKind::Closing, offset),
            Part::Versions => self.beside_records(RecordKind::Version, offset),
            Part::Endorsements => self.beside_records(RecordKind::Endorsement, offset),
            Part::Releases => self.beside_records(RecordKind::Release, offset),
            Part::Alerts => self.beside_records(RecordKind::Alert, offset),
            Part::AlertEntries => self.beside_records(RecordKind::AlertEntry, offset),
        }
    }

    /// Cards or items that this organisation made, each document of each circle once.
    fn own_cards(&self, wanted: impl Fn(RecordKind) -> bool, offset: u64) -> ExportAnswer {
        let own = self.view.board().filter(|held| held.origin == self.org() && wanted(held.kind));
        let own: Vec<&HeldCard> = own.collect();
        page(&own, offset, |held| {
            let record = held.record();
            let authors: Vec<String> = held.authors.iter().map(ToString::to_string).collect();
            json!({
                "card": held.id,
                "circle": held.circle,
                "circle_name": self.circle_name(&held.circle),
                "authors": authors,
                "schema": record.schema(),
                "fields": fields(&record),
            })
        })
    }

    /// Documents of all incidents, in one order.
    fn own_documents(
        &self,
        wanted: impl Fn(&HeldDocument) -> bool,
    ) -> Vec<(IncidentId, &HeldDocument)> {
        let mut ids = self.view.ids(&Query::default());
        ids.sort_unstable();
        let mut found = Vec::new();
        for incident in &ids {
            let documents = self.view.documents(incident).filter(|held| wanted(held));
            found.extend(documents.map(|held| (*incident, held)));
        }
        found
    }

    fn facet_record(&self, incident: &IncidentId, held: &HeldDocument) -> Json {
        let (record, circle) = (held.record().unpack(), held.circle());
        let authors: Vec<String> = held.authors().map(|org| org.to_string()).collect();
        json!({
            "incident": incident,
            "circle": circle,
            "circle_name": self.circle_name(&circle),
            "tier": held.tier(),
            "authors": authors,
            "schema": record.schema(),
            "fields": fields(&record),
        })
    }

    /// Records beside incidents that this organisation wrote, each once with its circles.
    fn beside_records(&self, kind: RecordKind, offset: u64) -> ExportAnswer {
        let mut all: BTreeMap<String, (&BesideRecord, BTreeSet<CircleId>)> = BTreeMap::new();
        for (author, held) in self.view.records(kind) {
            if author == self.org() {
                let id = held.record().text(RECORD_ID).map(ToOwned::to_owned);
                let id = id.unwrap_or_else(|| held.document.to_string());
                let known = all.entry(id).or_insert_with(|| (held, BTreeSet::new()));
                known.1.insert(held.circle);
            }
        }
        let all: Vec<_> = all.into_iter().collect();
        page(&all, offset, |(id, (held, circles))| {
            let record = held.record();
            let (schema, fields) = (record.schema(), fields(&record));
            json!({"id": id, "circles": circles, "schema": schema, "fields": fields})
        })
    }
}

/// The records from an offset on, until they are enough for one answer.
fn page<T>(all: &[T], offset: u64, make: impl Fn(&T) -> Json) -> ExportAnswer {
    let mut answer =
        Records { total: u64::try_from(all.len()).unwrap_or(u64::MAX), ..Records::default() };
    let mut bytes = 0_usize;
    for record in all.iter().skip(usize::try_from(offset).unwrap_or(usize::MAX)).map(make) {
        bytes = bytes.saturating_add(record.to_string().len());
        answer.records.push(record);
        if bytes >= BATCH_BYTES {
            break;
        }
    }
    ExportAnswer::Records(answer)
}

fn fields(record: &Record) -> BTreeMap<String, Json> {
    let kept = record.iter().filter(|(path, _)| !LEFT_OUT.iter().any(|part| path.is_under(part)));
    let json = |value| serde_json::to_value(value).unwrap_or_default();
    kept.map(|(path, value)| (path.to_string(), json(value))).collect()
}

fn dossier(incident: &IncidentId, held: &HeldDocument) -> Json {
    let conflicts: BTreeMap<String, Vec<Json>> = held
        .conflicts()
        .iter()
        .filter(|conflict| !LEFT_OUT.iter().any(|part| conflict.path.is_under(part)))
        .map(|conflict| {
            let values = conflict.values.iter();
            let values = values.map(|it| serde_json::to_value(&it.value).unwrap_or_default());
            (conflict.path.to_string(), values.collect())
        })
        .collect();
    let record = held.record().unpack();
    json!({
        "incident": incident,
        "schema": record.schema(),
        "fields": fields(&record),
        "conflicts": conflicts,
    })
}
