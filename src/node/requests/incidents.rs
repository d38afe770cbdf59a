//! Recording, listing, showing and editing incidents.

use std::collections::BTreeMap;

use rand::Rng;
use rayon::prelude::*;

use crate::{
    api::{Answer, ApiError, request::IncidentFilter},
    doc::{Actor, Document, Edit, EditError, contested, dossier_document},
    model::{
        disclosure::{Consent, Known, Reason, Release, admits, project},
        id::{CircleId, DocumentId, IncidentId, OrgId},
        registry::{
            FieldError, FieldPath, Problem, Record, Schema, Tier, Value, check, parse_field, table,
        },
    },
    node::{
        Node, clock, errors,
        requests::meta::{META_NONCE, incident_id},
    },
    replica::DocumentWrite,
    view::{Names, Query, QueryError},
};

/// Documents that are worth a second core.
pub(super) const MIN_SHARE: usize = 16;

/// Names for the view, from the node's documents.
pub(super) struct NodeNames<'a>(pub(super) &'a Node);

impl Names for NodeNames<'_> {
    fn org(&self, org: &OrgId) -> Option<String> {
        self.0.org_name(org)
    }

    fn circle(&self, circle: &CircleId) -> Option<String> {
        self.0.circle_name(circle)
    }
}

/// New dossiers that are made and not written yet, and their ids.
type NewIncidents = (Vec<IncidentId>, Vec<(DocumentWrite, Document)>);

/// Where an edit goes.
pub(super) struct Place {
    pub(super) circle: CircleId,
    pub(super) document: DocumentId,
}

impl Node {
    pub(super) fn add_incident(
        &mut self,
        fields: &BTreeMap<String, String>,
    ) -> Result<Answer, ApiError> {
        if !self.role().reads() {
            return self.deposit_incident(fields);
        }
        let record = self.new_record(fields)?;
        let incident = self.new_incident(&[record])?;
        self.settle();
        let id =
            incident.first().copied().ok_or_else(|| errors::internal("nothing was written"))?;
        self.shown_incident(&id)
    }

    /// Writes new dossiers; gives their ids in order. Each gets the secret of its manifests.
    pub(super) fn new_incident(&mut self, records: &[Record]) -> Result<Vec<IncidentId>, ApiError> {
        let nonces = records.iter().map(|_record| self.random_nonce()).collect();
        let (ids, edits) = self.prepare_incidents(records, nonces)?;
        let circle = self.own.private;
        self.write_edits(&circle, edits)?;
        Ok(ids)
    }

    fn random_nonce(&mut self) -> String {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        data_encoding::HEXLOWER.encode(&bytes)
    }

    /// New dossiers that are made and not written yet, with their ids, which follow from these
    /// numbers.
    pub(super) fn prepare_incidents(
        &mut self,
        records: &[Record],
        nonces: Vec<String>,
    ) -> Result<NewIncidents, ApiError> {
        let schema = Schema::incident();
        let circle = self.own.private;
        let mut ids = Vec::with_capacity(records.len());
        let mut edits = Vec::with_capacity(records.len());
        let version = self.terms_here().version();
        for (record, nonce) in records.iter().zip(nonces) {
            let id = incident_id(&self.org(), &nonce);
            let mut record = record.clone();
            record
                .set(known_path(META_NONCE)?, Value::Text(nonce))
                .map_err(|error| errors::usage(error.to_string()))?;
            let key = crate::doc::ManifestKey::generate(&mut self.rng).to_value();
            for (path, text) in
                [(table::RECORDED_ON, clock::now().to_date()), (table::VOCABULARY, version.clone())]
            {
                if record.get(path).is_none() {
                    record
                        .set(known_path(path)?, Value::Text(text))
                        .map_err(|error| errors::usage(error.to_string()))?;
                }
            }
            let path = known_path(table::MANIFEST_KEY)?;
            record.set(path, key).map_err(|error| errors::usage(error.to_string()))?;
            let document = dossier_document(&id);
            edits.push((document, move |edit: &mut Edit<'_>| edit.set_all(&record)));
            ids.push(id);
        }
        let edits = self.prepare_all(&circle, &schema, edits)?;
        Ok((ids, edits))
    }

    pub(super) fn list_incidents(&self, filter: &IncidentFilter) -> Result<Answer, ApiError> {
        let circle = filter.circle.as_deref().map(|name| self.find_circle(name)).transpose()?;
        let org = filter.org.as_deref().map(|name| self.find_any_org(name)).transpose()?;
        let query = self.query(filter, circle, org)?;
        Ok(Answer::Incidents(self.view.list(&query, &NodeNames(self))))
    }

    /// A query whose names are resolved.
    pub(super) fn query(
        &self,
        filter: &IncidentFilter,
        circle: Option<CircleId>,
        org: Option<OrgId>,
    ) -> Result<Query, ApiError> {
        let wrong = |error: QueryError| errors::usage(error.to_string());
        let query = Query::new(filter, circle, org).map_err(wrong)?;
        match filter.consent.as_deref() {
            None => Ok(query),
            Some(state) => {
                let ledger = self.view.ledger(&self.own.private);
                query.with_consent(state, ledger, clock::now()).map_err(wrong)
            }
        }
    }

    pub(super) fn find_any_org(&self, text: &str) -> Result<OrgId, ApiError> {
        let found = self.replica.circle_ids().find_map(|circle| self.find_org(&circle, text).ok());
        found.ok_or_else(|| {
            errors::not_found(format!("there is no organisation {text:?}"))
                .hint("`ceiba member list` shows names and ids")
        })
    }

    pub(super) fn find_incident(&self, prefix: &str) -> Result<IncidentId, ApiError> {
        let hex = prefix.len() >= 4 && prefix.bytes().all(|byte| byte.is_ascii_hexdigit());
        let found: Vec<IncidentId> =
            if hex { self.view.starting_with(prefix).take(2).collect() } else { Vec::new() };
        match found.as_slice() {
            [incident] => Ok(*incident),
            [] => Err(errors::not_found(format!("there is no incident {prefix:?} that this node can read"))
                .hint("`ceiba incident list` shows ids; four characters of one are enough if no other begins so")
                .named("no-incident", &[("name", prefix)])),
            _ => Err(errors::not_found(format!("{prefix:?} names several incidents")).hint("give more of the id")
                .named("several-incidents", &[("name", prefix)])),
        }
    }

    pub(super) fn show_incident(&self, prefix: &str) -> Result<Answer, ApiError> {
        let incident = self.find_incident(prefix)?;
        self.shown_incident(&incident)
    }

    fn shown_incident(&self, incident: &IncidentId) -> Result<Answer, ApiError> {
        let shown = self.view.show(incident, &NodeNames(self));
        let mut shown =
            shown.ok_or_else(|| errors::internal("an incident that was written is not shown"))?;
        if let Some(row) = self.view.documents(incident).find(|row| row.tier().is_none()) {
            let record = row.record().unpack();
            let ledger = self.view.ledger_of(&self.own.private, &record, &[]);
            let terms = self.terms_here();
            let consent = Consent::of(&record, &[], &ledger, clock::now()).with_terms(&terms);
            for tier in [Tier::Restricted, Tier::Coalition, Tier::Public] {
                if let Err(refusal) = consent.allows(tier) {
                    shown.notes.push(format!("not for {tier}: {refusal}"));
                }
            }
            shown.notes.extend(self.lacks(incident));
        }
        shown.notes.extend(self.cluster_note(incident));
        shown.reach = self.reach_of_incident(incident)?;
        Ok(Answer::Incident(Box::new(shown)))
    }

    pub(super) fn edit_incident(
        &mut self,
        prefix: &str,
        circle: Option<&str>,
        set: &BTreeMap<String, String>,
        unset: &[String],
    ) -> Result<Answer, ApiError> {
        let incident = self.find_incident(prefix)?;
        let place = self.place_of(&incident, circle)?;
        let document = self.incident_document(&(place.circle, place.document))?;
        let document =
            document.ok_or_else(|| errors::internal("an incident without its document"))?;
        let before = document.record();
        let mut after = before.clone();
        set_fields(&mut after, set)?;
        let mut cleared = Vec::new();
        for text in unset {
            let path = parse_path(text)?;
            check_editable(&path)?;
            after.remove(path.as_str());
            cleared.push(path);
        }
        // What is unknown was there before: ours, or of a version to come. It stays as it is.
        let known = |it: &FieldError| !matches!(it.problem, Problem::UnknownField { .. });
        if place.circle == self.own.private
            && let Some(problem) = check(&after).into_iter().find(known)
        {
            return Err(errors::usage(problem.to_string()));
        }
        let changes: Vec<(FieldPath, Value)> = after
            .iter()
            .filter(|(path, value)| before.get(path.as_str()) != Some(*value))
            .map(|(path, value)| (path.clone(), value.clone()))
            .collect();
        let schema = document.schema();
        let written = changes.iter().map(|(path, value)| (path, value));
        self.check_codes(&place.circle, &schema, written)?;
        self.check_facet_edit(&incident, &place.circle, &after, &changes)?;
        self.edit_document(&place.circle, place.document, &schema, |edit| {
            for path in &cleared {
                edit.remove(path)?;
            }
            changes.iter().try_for_each(|(path, value)| edit.set(path, value))
        })?;
        self.settle();
        self.shown_incident(&incident)
    }

    /// Refuses to write into a facet by hand what sharing would withhold or make less exact.
    pub(super) fn check_facet_edit(
        &self,
        incident: &IncidentId,
        circle: &CircleId,
        facet: &Record,
        changes: &[(FieldPath, Value)],
    ) -> Result<(), ApiError> {
        if *circle == self.own.private || changes.is_empty() {
            return Ok(());
        }
        let made_for = facet.text(table::FACET_TIER).and_then(Tier::from_code);
        let tier = made_for.unwrap_or(Tier::Public).max(self.least_open(circle));
        let terms = self.terms_of(circle);
        let release = Release::new(tier, clock::now()).with_terms(&terms);
        let dossier = (self.own.private, dossier_document(incident));
        let dossier = self.replica.document(&dossier)?;
        let Some(dossier) = dossier else {
            let (elsewhere, shown) = self.read_beside(incident, circle);
            let known = Known { dossier: None, elsewhere: &elsewhere, shown: &shown };
            return changes.iter().try_for_each(|(path, value)| {
                admits(facet, &release, path, value).map_err(|reason| not_there(path, &reason))?;
                if known.is_told_by(facet, &release, path, value) {
                    return Err(not_there(path, &Reason::ContainsSealedValue));
                }
                Ok(())
            });
        };
        // Of our own incidents we know what must not stand in an open text either.
        let mut whole = dossier.record();
        for (path, value) in changes {
            whole
                .set(path.clone(), value.clone())
                .map_err(|error| errors::usage(error.to_string()))?;
        }
        let contested = contested(&dossier);
        let ledger = self.view.ledger_of(&self.own.private, &whole, &contested);
        let projected = project(&whole, &contested, &release.by(&ledger))
            .map_err(|refusal| errors::refused(refusal.to_string()))?;
        for (path, value) in changes {
            if projected.facet.get(path.as_str()) != Some(value) {
                let why = projected.withheld.iter().find(|(withheld, _)| withheld == path);
                let why = why.map_or(Reason::Coarsened, |(_, reason)| *reason);
                return Err(not_there(path, &why));
            }
        }
        Ok(())
    }

    /// The document that an edit is for: that of the circle that is named, else the dossier, else
    /// the only facet.
    pub(super) fn place_of(
        &self,
        incident: &IncidentId,
        circle: Option<&str>,
    ) -> Result<Place, ApiError> {
        let circle = circle.map(|name| self.find_circle(name)).transpose()?;
        let rows: Vec<_> = self.view.documents(incident).collect();
        let wanted = |row: &&&crate::view::HeldDocument| match circle {
            Some(circle) => row.circle() == circle,
            None => row.tier().is_none(),
        };
        let only = if circle.is_none() && rows.len() == 1 { rows.first() } else { None };
        match rows.iter().find(wanted).or(only) {
            Some(row) => Ok(Place { circle: row.circle(), document: row.document() }),
            None => Err(errors::usage("the incident has no document there")
                .hint("`ceiba incident show` lists its documents; name one with --circle")),
        }
    }

    /// Edits of documents of one circle, each once, made on all cores and not written yet.
    pub(super) fn prepare_all<W>(
        &self,
        circle: &CircleId,
        schema: &Schema,
        edits: Vec<(DocumentId, W)>,
    ) -> Result<Vec<(DocumentWrite, Document)>, ApiError>
    where
        W: Fn(&mut Edit<'_>) -> Result<(), EditError> + Send,
    {
        let identity = self.replica.identity();
        let (device, incarnation) = (identity.keys.device(), identity.incarnation);
        let mut held = Vec::with_capacity(edits.len());
        for (document, write) in edits {
            held.push((document, self.replica.document(&(*circle, document))?, write));
        }
        let made = held.into_par_iter().with_min_len(MIN_SHARE).map(|(document, held, write)| {
            // Whatever others said before in its place that it is.
            let held = held.unwrap_or_else(|| Document::new(schema.clone()));
            let mut edited = held.proven(schema.clone());
            let actor = Actor::of(&device, &incarnation, &document);
            let Some(change) = edited.edit(&actor, write)? else { return Ok(None) };
            let changes = vec![change.bytes().to_vec()];
            Ok(Some((DocumentWrite { document, schema: schema.clone(), changes }, edited)))
        });
        let made: Vec<Result<_, ApiError>> = made.collect();
        made.into_iter().filter_map(Result::transpose).collect()
    }

    /// An edit that is made but not written yet.
    pub(super) fn prepare(
        &self,
        circle: &CircleId,
        document: DocumentId,
        schema: &Schema,
        write: impl Fn(&mut Edit<'_>) -> Result<(), EditError>,
    ) -> Result<Option<(DocumentWrite, Document)>, ApiError> {
        let held = self.replica.document(&(*circle, document))?;
        let held = held.unwrap_or_else(|| Document::new(schema.clone()));
        let mut edited = held.proven(schema.clone());
        let identity = self.replica.identity();
        let actor = Actor::of(&identity.keys.device(), &identity.incarnation, &document);
        let Some(change) = edited.edit(&actor, write)? else { return Ok(None) };
        let changes = vec![change.bytes().to_vec()];
        let write = DocumentWrite { document, schema: schema.clone(), changes };
        Ok(Some((write, edited)))
    }

    /// Writes prepared edits of one circle, durable when it returns.
    pub(super) fn write_edits(
        &mut self,
        circle: &CircleId,
        edits: Vec<(DocumentWrite, Document)>,
    ) -> Result<(), ApiError> {
        let (writes, edited): (Vec<_>, Vec<_>) = edits.into_iter().unzip();
        let documents: Vec<DocumentId> = writes.iter().map(|write| write.document).collect();
        if writes.is_empty() {
            return Ok(());
        }
        self.replica.write(circle, writes, &mut self.rng)?;
        for (document, edited) in documents.into_iter().zip(edited) {
            self.replica.save_own(circle, document, &edited)?;
        }
        Ok(())
    }
}

/// Sets fields as a person writes them: the country first, which others are read by.
pub(super) fn set_fields(
    record: &mut Record,
    fields: &BTreeMap<String, String>,
) -> Result<(), ApiError> {
    let mut ordered: Vec<(&String, &String)> = fields.iter().collect();
    ordered.sort_by_key(|(path, _)| path.as_str() != table::COUNTRY);
    for (path, text) in ordered {
        let path = parse_path(path)?;
        check_editable(&path)?;
        let value =
            parse_field(record, &path, text).map_err(|error| errors::usage(error.to_string()))?;
        record.set(path, value).map_err(|error| errors::usage(error.to_string()))?;
    }
    Ok(())
}

fn not_there(path: &FieldPath, reason: &Reason) -> ApiError {
    errors::refused(format!("{path} must not be written there as it is: {reason}"))
        .hint("write it into the dossier (without --circle), and share that again")
}

/// Refuses fields that the program writes.
fn check_editable(path: &FieldPath) -> Result<(), ApiError> {
    let first = path.segments().next().unwrap_or_default();
    if table::OF_PROGRAM.contains(&first)
        || first == "vocabulary"
        || path.as_str() == table::RECORDED_ON
    {
        return Err(errors::usage(format!("the field {path} is written by ceiba itself")));
    }
    Ok(())
}

pub(super) fn parse_path(text: &str) -> Result<FieldPath, ApiError> {
    text.parse().map_err(|error| {
        errors::usage(format!("{error}")).hint("`ceiba incident add --help` lists the fields")
    })
}

/// A path that is written in the source.
pub(super) fn known_path(text: &str) -> Result<FieldPath, ApiError> {
    text.parse().map_err(|_malformed| errors::internal("a field path in the source is malformed"))
}
