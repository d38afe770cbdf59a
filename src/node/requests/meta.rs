//! What a facet belongs to: fields that the program writes, so that readers can check them.
//!
//! An incident's id is a one-way image of the organisation that recorded it and a random number:
//! nobody can claim another organisation's incident as its own, or make a second organisation fit
//! the same id. A facet's document follows from incident and circle: there is one in each.

pub(in crate::node) use crate::doc::incident_id;
use crate::{
    crypto::Label,
    model::{
        id::{CircleId, DocumentId, IncidentId, OrgId},
        registry::Record,
    },
};

/// In a facet: the incident.
pub(in crate::node) const META_INCIDENT: &str = "meta/incident";
/// In a facet: the organisation that recorded the incident.
pub(in crate::node) const META_ORIGIN: &str = "meta/origin";
/// In a dossier and its facets: the random number that the incident's id was made with.
pub(in crate::node) const META_NONCE: &str = "meta/nonce";

/// The document of an incident's facet in a circle: one, whichever device shares it.
pub(in crate::node) fn facet_document(incident: &IncidentId, circle: &CircleId) -> DocumentId {
    let hash = Label::FacetDocument.hash(&[incident.as_bytes(), circle.as_bytes()]);
    DocumentId::new(hash.first_chunk().copied().unwrap_or_default())
}

/// What a facet says that it belongs to.
pub(in crate::node) struct Claim {
    pub(in crate::node) incident: IncidentId,
    pub(in crate::node) origin: OrgId,
    nonce: String,
}

impl Claim {
    /// Reads a facet's claim.
    pub(in crate::node) fn of(facet: &Record) -> Option<Self> {
        Some(Self {
            incident: facet.text(META_INCIDENT)?.parse().ok()?,
            origin: facet.text(META_ORIGIN)?.parse().ok()?,
            nonce: facet.text(META_NONCE).unwrap_or_default().to_owned(),
        })
    }

    /// Whether the incident is the origin's, and this document the incident's in this circle.
    pub(in crate::node) fn holds(&self, circle: &CircleId, document: &DocumentId) -> bool {
        incident_id(&self.origin, &self.nonce) == self.incident
            && facet_document(&self.incident, circle) == *document
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::registry::Value;

    fn facet(incident: &IncidentId, origin: &OrgId, nonce: &str) -> Record {
        let mut record = Record::incident();
        let fields = [
            (META_INCIDENT, incident.to_string()),
            (META_ORIGIN, origin.to_string()),
            (META_NONCE, nonce.to_owned()),
        ];
        for (path, text) in fields {
            record.set(path.parse().unwrap(), Value::Text(text)).unwrap();
        }
        record
    }

    #[test]
    fn nobody_claims_anothers_incident() {
        let (origin, thief) = (OrgId::new([1; 32]), OrgId::new([2; 32]));
        let circle = CircleId::new([3; 32]);
        let incident = incident_id(&origin, "00ff");
        let document = facet_document(&incident, &circle);
        let honest = Claim::of(&facet(&incident, &origin, "00ff")).unwrap();
        assert!(honest.holds(&circle, &document));
        let stolen = Claim::of(&facet(&incident, &thief, "00ff")).unwrap();
        assert!(!stolen.holds(&circle, &document));
        let second = DocumentId::new([9; 16]);
        assert!(!honest.holds(&circle, &second), "one facet of an incident in a circle");
    }
}
