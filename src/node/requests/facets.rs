//! Facets that are written straight into a circle: for records that have no dossier, because they
//! were open to that circle before they came here.

use std::collections::BTreeSet;

use crate::{
    api::ApiError,
    doc::Edit,
    model::{
        id::{CircleId, DocumentId, IncidentId},
        registry::{FieldPath, Record, Schema, Tier, Value, table},
    },
    node::{
        Node, errors,
        requests::{
            incidents::known_path,
            meta::{META_INCIDENT, META_NONCE, META_ORIGIN, facet_document, incident_id},
        },
    },
    view::HeldDocument,
};

/// Facets that are written in one go.
const BATCH: usize = 500;

/// A record for one circle, without a dossier. Nothing of it is withheld: what it says is what the
/// circle's members read.
#[derive(Debug, Clone)]
pub struct Facet {
    /// What the incident's id is made with, beside the organisation: 32 hexadecimal digits, which
    /// stand for this record and no other of the organisation.
    pub nonce: String,
    /// The tier that it is fit for.
    pub tier: Tier,
    /// What it says.
    pub record: Record,
}

impl Node {
    /// Publishes facets of this organisation in a circle: durable, in the view, and offered to
    /// partners when it returns. One that is there already gets the fields that are given.
    ///
    /// # Errors
    /// When this device may not write in the circle, a nonce is there twice, a record is beyond
    /// its bounds, or the disk fails; facets before the failing batch of five hundred stay.
    pub fn publish_facets(
        &mut self,
        circle: &CircleId,
        facets: Vec<Facet>,
    ) -> Result<Vec<IncidentId>, ApiError> {
        let schema = Schema::incident();
        let mut ids = Vec::with_capacity(facets.len());
        let mut facets = facets.into_iter().peekable();
        while facets.peek().is_some() {
            let (mut edits, mut named) = (Vec::new(), BTreeSet::new());
            for facet in facets.by_ref().take(BATCH) {
                let incident = incident_id(&self.org(), &facet.nonce);
                let document = named_once(&mut named, facet_document(&incident, circle))?;
                let record = self.claimed(&incident, facet)?;
                edits.push((document, move |edit: &mut Edit<'_>| edit.set_all(&record)));
                ids.push(incident);
            }
            let edits = self.prepare_all(circle, &schema, edits)?;
            self.write_edits(circle, edits)?;
            self.settle();
        }
        Ok(ids)
    }

    /// The facet's record with what it claims to belong to.
    fn claimed(&self, incident: &IncidentId, facet: Facet) -> Result<Record, ApiError> {
        let mut record = facet.record;
        let claim = [
            (META_INCIDENT, incident.to_string()),
            (META_ORIGIN, self.org().to_string()),
            (META_NONCE, facet.nonce),
            (table::FACET_TIER, facet.tier.to_string()),
        ];
        for (path, text) in claim {
            record
                .set(known_path(path)?, Value::Text(text))
                .map_err(|error| errors::usage(error.to_string()))?;
        }
        Ok(record)
    }

    /// Sets fields of facets that are readable in a circle, whoever recorded them: durable, in the
    /// view, and offered to partners when it returns.
    ///
    /// # Errors
    /// When a facet is not there or named twice, this device may not write in the circle, a value
    /// is beyond its bounds, or the disk fails; batches of five hundred before the failing stay.
    pub fn edit_facets(
        &mut self,
        circle: &CircleId,
        edits: &[(IncidentId, Vec<(FieldPath, Value)>)],
    ) -> Result<(), ApiError> {
        let schema = Schema::incident();
        for chunk in edits.chunks(BATCH) {
            let (mut prepared, mut named) = (Vec::new(), BTreeSet::new());
            for (incident, fields) in chunk {
                let document = named_once(&mut named, facet_document(incident, circle))?;
                let there = self.held_facet(circle, incident);
                there.ok_or_else(|| errors::not_found("there is no such facet in the circle"))?;
                prepared.push((document, move |edit: &mut Edit<'_>| {
                    fields.iter().try_for_each(|(path, value)| edit.set(path, value))
                }));
            }
            let prepared = self.prepare_all(circle, &schema, prepared)?;
            self.write_edits(circle, prepared)?;
            self.settle();
        }
        Ok(())
    }

    /// Whether anything is held of a circle.
    #[must_use]
    pub fn is_in(&self, circle: &CircleId) -> bool {
        self.replica.membership(circle).is_some()
    }

    /// What the view has of an incident's facet in a circle.
    #[must_use]
    pub fn facet(&self, circle: &CircleId, incident: &IncidentId) -> Option<Record> {
        self.held_facet(circle, incident).map(|held| held.record().unpack())
    }

    fn held_facet(&self, circle: &CircleId, incident: &IncidentId) -> Option<&HeldDocument> {
        let document = facet_document(incident, circle);
        let mut held = self.view.documents(incident);
        held.find(|held| held.circle() == *circle && held.document() == document)
    }

    /// The facet that an organisation of the circle made with this nonce, and the incident.
    #[must_use]
    pub fn facet_by_nonce(&self, circle: &CircleId, nonce: &str) -> Option<(IncidentId, Record)> {
        let mut orgs = self.replica.membership(circle)?.orgs().keys();
        orgs.find_map(|org| {
            let incident = incident_id(org, nonce);
            Some((incident, self.facet(circle, &incident)?))
        })
    }

    /// How many documents of incidents are readable in a circle, all of them durable here.
    #[must_use]
    pub fn readable_in(&self, circle: &CircleId) -> usize {
        self.view.readable_in(circle)
    }
}

fn named_once(
    named: &mut BTreeSet<DocumentId>,
    document: DocumentId,
) -> Result<DocumentId, ApiError> {
    // Two changes with one number of one actor would break the document.
    if named.insert(document) {
        return Ok(document);
    }
    Err(errors::usage("a facet is named twice in one batch"))
}
