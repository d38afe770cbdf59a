//! Items of evidence and their files: what the records say, and what is written into them.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::{
    api::{
        Answer, ApiError,
        evidence::{EvidenceItem, EvidencePolicy},
    },
    blob::{BlobRef, Shelf},
    model::{
        id::{CircleId, DocumentId, IncidentId},
        registry::{FieldPath, Tier, Value, check, parse_field},
    },
    node::{
        Node,
        blobs::{Fetch, Slot, text_of},
        clock, errors,
        requests::incidents::parse_path,
    },
    view::{HeldDocument, PackedRecord},
};

/// The part with items of evidence.
const EVIDENCE: &str = "evidence";
/// Field with the digest of the original that a copy was made of.
const DERIVED_FROM: &str = "derived_from";

/// An item that was found, and what is needed to open its file.
#[derive(Debug, Clone)]
pub(in crate::node) struct FoundItem {
    pub(in crate::node) incident: IncidentId,
    pub(in crate::node) key: String,
    own: bool,
    fields: BTreeMap<String, String>,
    /// Its file and in which circle it is to be had: the original first, else the copy.
    file: Option<(BlobRef, CircleId, Slot)>,
    thumbnail: Option<(BlobRef, CircleId)>,
}

impl FoundItem {
    pub(in crate::node) fn field(&self, name: &str) -> Option<String> {
        self.fields.get(name).cloned()
    }

    /// The blob that holds its file, or its small picture.
    pub(in crate::node) fn blob(&self, thumbnail: bool) -> Option<(BlobRef, CircleId)> {
        if thumbnail {
            return self.thumbnail.clone();
        }
        self.file.clone().map(|(blob, circle, _)| (blob, circle))
    }

    /// The sealed original, in the own dossier.
    pub(in crate::node) fn original(&self) -> Option<BlobRef> {
        self.file.clone().filter(|(_, _, slot)| *slot == Slot::Original).map(|(blob, ..)| blob)
    }

    /// SHA-256 of the file that [`Self::blob`] opens, as the record says.
    pub(in crate::node) fn sha256(&self) -> Option<String> {
        self.field("sha256")
    }

    pub(in crate::node) const fn is_own(&self) -> bool {
        self.own
    }
}

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
        if let Some(digest) = derived_from {
            let path = format!("{}/{item}/{DERIVED_FROM}", crate::node::blobs::BLOBS);
            set.insert(path, digest.to_owned());
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

    /// The item that a person names: `KEY` or `INCIDENT/KEY`.
    pub(in crate::node) fn find_item(&self, text: &str) -> Result<FoundItem, ApiError> {
        let (incidents, key): (Vec<IncidentId>, &str) = match text.rsplit_once('/') {
            Some((incident, key)) => (vec![self.find_incident(incident)?], key),
            None => (self.view.all().collect(), text),
        };
        let mut found = incidents.iter().filter_map(|incident| {
            let items = self.items_of(incident);
            items.into_iter().find(|item| item.key == key)
        });
        match (found.next(), found.next()) {
            (Some(item), None) => Ok(item),
            (None, _) => Err(errors::not_found(format!("there is no item of evidence {text:?}"))
                .hint("`ceiba evidence list` shows them")
                .named("no-evidence", &[("name", text)])),
            (Some(_), Some(_)) => {
                Err(errors::not_found(format!("{text:?} is an item of several incidents"))
                    .hint("write INCIDENT/KEY")
                    .named("several-evidence", &[("name", text)]))
            }
        }
    }

    /// The items of an incident: each from the document that tells most.
    fn items_of(&self, incident: &IncidentId) -> Vec<FoundItem> {
        let mut held: Vec<&HeldDocument> = self.view.documents(incident).collect();
        // The dossier first, then the more closed facets.
        held.sort_by_key(|held| held.tier());
        let mut items: BTreeMap<String, FoundItem> = BTreeMap::new();
        for document in held {
            let record = document.record();
            for key in record.keys(EVIDENCE) {
                let found = self.item_in(incident, key, document, record);
                match items.get_mut(key) {
                    None => drop(items.insert(key.to_owned(), found)),
                    Some(known) => {
                        known.file = known.file.take().or(found.file);
                        known.thumbnail = known.thumbnail.take().or(found.thumbnail);
                    }
                }
            }
        }
        items.into_values().collect()
    }

    fn item_in(
        &self,
        incident: &IncidentId,
        key: &str,
        document: &HeldDocument,
        record: &PackedRecord,
    ) -> FoundItem {
        let circle = document.circle();
        let part = format!("{EVIDENCE}/{key}");
        let fields = record.under(&part);
        let fields =
            fields.filter_map(|(path, value)| Some((path.segment(2)?.to_owned(), text_of(value))));
        let file = [Slot::Original, Slot::Copy]
            .into_iter()
            .find_map(|slot| slot.read(record, key).map(|blob| (blob, circle, slot)));
        FoundItem {
            incident: *incident,
            key: key.to_owned(),
            own: circle == self.own.private,
            fields: fields.collect(),
            file,
            thumbnail: Slot::Thumbnail.read(record, key).map(|blob| (blob, circle)),
        }
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

    pub(in crate::node) fn item(&self, found: &FoundItem) -> Result<EvidenceItem, ApiError> {
        let (mut state, mut come) = ("none", None);
        if let Some((blob, ..)) = &found.file {
            let whole = self.blobs.exchange.shelf().is_whole(&blob.id)?;
            let far = self.blobs.exchange.far(&blob.id);
            come = far.map(|far| far.here);
            state = match (whole, far) {
                (true, _) => "here",
                (false, Some(_)) => "coming",
                (false, None) => "elsewhere",
            };
        }
        Ok(EvidenceItem {
            incident: found.incident,
            key: found.key.clone(),
            kind: found.field("type"),
            file: found.field("file"),
            mime: found.field("mime"),
            bytes: found.field("size").and_then(|text| text.parse().ok()),
            sha256: found.field("sha256"),
            captured_at: found.field("captured_at"),
            release: found.field("release"),
            copy_of: found.field("redacted_of"),
            own: found.own,
            state: state.to_owned(),
            come,
            thumbnail: found.thumbnail.is_some(),
        })
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
