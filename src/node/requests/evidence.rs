//! Items of evidence and their files: what the records say, and what is written into them.

mod items;

use std::collections::BTreeMap;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

pub(in crate::node) use self::items::FoundItem;

use crate::{
    api::{
        Answer, ApiError,
        evidence::{EvidenceItem, EvidencePolicy},
    },
    blob::{BlobRef, Shelf},
    crypto::Label,
    model::{
        id::{CircleId, DocumentId, IncidentId},
        registry::{FieldPath, Tier, Value, check, parse_field},
    },
    node::{
        Node,
        blobs::{BLOBS, Fetch, Slot},
        clock, errors,
        requests::incidents::parse_path,
    },
    view::HeldDocument,
};

/// The part with items of evidence.
const EVIDENCE: &str = "evidence";
/// Field with the commitment to the original that a copy was made of.
const DERIVED_FROM: &str = "derived_from";
/// Field with what opens that commitment.
const DERIVED_SALT: &str = "derived_salt";

/// What is needed to seal a file.
#[derive(Debug)]
pub(in crate::node) struct Sealing {
    pub(in crate::node) shelf: Shelf,
    pub(in crate::node) secret: Zeroizing<[u8; 32]>,
    /// Of the small picture.
    pub(in crate::node) second_secret: Zeroizing<[u8; 32]>,
    pub(in crate::node) number: u64,
}

impl Node {
    /// What is needed to seal a file for an own incident.
    pub(in crate::node) fn prepare_evidence(
        &mut self,
        incident: &str,
    ) -> Result<(IncidentId, Sealing), ApiError> {
        let incident = self.find_incident(incident)?;
        self.own_dossier(&incident)?;
        Ok((incident, self.sealing()))
    }

    pub(in crate::node) fn sealing(&mut self) -> Sealing {
        use rand::Rng as _;
        let shelf = self.blobs.exchange.shelf().clone();
        let secret = BlobRef::new_secret(&mut self.rng);
        let second_secret = BlobRef::new_secret(&mut self.rng);
        Sealing { shelf, secret, second_secret, number: self.rng.next_u64() }
    }

    /// Records an item whose file is sealed: its fields, its blob in `slot`, events of its custody.
    pub(in crate::node) fn record_evidence(
        &mut self,
        incident: &IncidentId,
        fields: &BTreeMap<String, String>,
        blobs: &[(Slot, BlobRef)],
        derived_from: Option<&str>,
        events: &[&str],
    ) -> Result<EvidenceItem, ApiError> {
        let item = self.new_key();
        let mut set = BTreeMap::new();
        for (field, text) in fields {
            set.insert(format!("{EVIDENCE}/{item}/{field}"), text.clone());
        }
        for (slot, blob) in blobs {
            for (field, text) in blob.fields() {
                set.insert(slot.path(&item, field), text);
            }
        }
        if let Some(digest) =
            derived_from.and_then(|hex| HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok())
        {
            // Not the digest itself: whoever holds the phone could hold its photos against it.
            let salt = BlobRef::new_secret(&mut self.rng);
            let commitment = Label::BlobOrigin.hash(&[salt.as_slice(), &digest]);
            for (field, bytes) in [(DERIVED_FROM, &commitment), (DERIVED_SALT, &*salt)] {
                set.insert(format!("{BLOBS}/{item}/{field}"), HEXLOWER.encode(bytes));
            }
        }
        for event in events {
            self.custody(&mut set, &item, event);
        }
        self.write_dossier(incident, &set)?;
        let found = self.find_item(&format!("{incident}/{item}"))?;
        self.item(&found)
    }

    /// Removes blobs of which no record came to be.
    pub(in crate::node) fn discard(&self, blobs: &[(Slot, BlobRef)]) {
        for (_slot, blob) in blobs {
            if let Err(error) = self.blobs.exchange.shelf().remove(&blob.id) {
                tracing::warn!(error = errors::sentence(&error), "a sealed file is left over");
            }
        }
    }

    /// Adds an event to an own item's custody.
    pub(in crate::node) fn note_custody(
        &mut self,
        incident: &IncidentId,
        item: &str,
        event: &str,
    ) -> Result<(), ApiError> {
        let mut set = BTreeMap::new();
        self.custody(&mut set, item, event);
        self.write_dossier(incident, &set)
    }

    fn custody(&mut self, set: &mut BTreeMap<String, String>, item: &str, event: &str) {
        let key = self.new_key();
        let today = clock::now().to_date();
        for (field, text) in [(EVIDENCE, item), ("event", event), ("at", today.as_str())] {
            set.insert(format!("custody/{key}/{field}"), text.to_owned());
        }
    }

    fn own_dossier(&self, incident: &IncidentId) -> Result<DocumentId, ApiError> {
        let private = self.own.private;
        let own = self.view.documents(incident).find(|held| held.circle() == private);
        own.map(HeldDocument::document).ok_or_else(|| {
            errors::refused("evidence is added to incidents that this organisation recorded")
                .hint("record an incident of your own, and judge it the same with `ceiba cluster`")
        })
    }

    /// Writes fields into an own dossier, those of the program too.
    fn write_dossier(
        &mut self,
        incident: &IncidentId,
        set: &BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        let document = self.own_dossier(incident)?;
        let private = self.own.private;
        let held = self.replica.document(&(private, document))?;
        let held = held.ok_or_else(|| errors::internal("an incident without its document"))?;
        let mut record = held.record();
        let mut changes: Vec<(FieldPath, Value)> = Vec::new();
        for (path, text) in set {
            let path = parse_path(path)?;
            let value = parse_field(&record, &path, text);
            let value = value.map_err(|error| errors::usage(error.to_string()))?;
            let fits = record.set(path.clone(), value.clone());
            fits.map_err(|error| errors::usage(error.to_string()))?;
            changes.push((path, value));
        }
        let written = |problem: &crate::model::registry::FieldError| {
            changes.iter().any(|(path, _)| path.as_str() == problem.path.as_str())
        };
        if let Some(problem) = check(&record).into_iter().find(written) {
            return Err(errors::usage(problem.to_string()));
        }
        let schema = held.schema();
        let fields = changes.iter().map(|(path, value)| (path, value));
        self.check_codes(&private, &schema, fields)?;
        self.edit_document(&private, document, &schema, |edit| {
            changes.iter().try_for_each(|(path, value)| edit.set(path, value))
        })?;
        self.settle();
        Ok(())
    }

    /// The items, of one incident or of all.
    pub(in crate::node) fn list_evidence(
        &self,
        incident: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let incidents: Vec<IncidentId> = match incident {
            Some(prefix) => vec![self.find_incident(prefix)?],
            None => self.view.all().collect(),
        };
        let items = incidents.iter().flat_map(|incident| self.items_of(incident));
        Ok(Answer::Evidence(items.map(|item| self.item(&item)).collect::<Result<_, _>>()?))
    }

    /// Checks a tier for which a copy is to be released.
    pub(in crate::node) fn check_release(tier: &str) -> Result<(), ApiError> {
        match Tier::from_code(tier) {
            Some(Tier::Restricted | Tier::Coalition | Tier::Public) => Ok(()),
            Some(Tier::Sealed) | None => {
                Err(errors::usage(format!("a copy is not released for {tier:?}"))
                    .hint("write restricted, coalition or public"))
            }
        }
    }

    /// Says or sets what is fetched by itself.
    pub(in crate::node) fn evidence_policy(
        &mut self,
        circle: Option<&str>,
        fetch: Option<&str>,
        max_bytes: u64,
    ) -> Result<Answer, ApiError> {
        let circle = circle.map(|name| self.find_circle(name)).transpose()?;
        if let Some(word) = fetch {
            let fetch = Fetch::from_word(word).ok_or_else(|| {
                errors::usage(format!("{word:?} is no choice"))
                    .hint("write nothing, thumbnails or all")
            })?;
            let circle = circle.ok_or_else(|| errors::usage("name the circle with --circle"))?;
            self.set_blob_policy(circle, fetch, max_bytes)?;
        }
        let circles: Vec<CircleId> = match circle {
            Some(circle) => vec![circle],
            None => self.replica.circle_ids().collect(),
        };
        let row = |circle: &CircleId| {
            let (fetch, max_bytes) = self.blob_policy().of(circle);
            EvidencePolicy {
                circle: self.circle_name(circle).unwrap_or_else(|| circle.short()),
                fetch: fetch.word().to_owned(),
                max_bytes,
            }
        };
        Ok(Answer::EvidencePolicies(circles.iter().map(row).collect()))
    }
}
