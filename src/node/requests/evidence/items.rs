//! The items that a person sees: from which document each is taken, and where its file is.

use std::collections::BTreeMap;

use super::EVIDENCE;
use crate::{
    api::{ApiError, evidence::EvidenceItem},
    blob::BlobRef,
    model::id::{CircleId, IncidentId, OrgId},
    node::{
        Node,
        blobs::{Slot, text_of},
        errors,
    },
    view::{HeldDocument, PackedRecord},
};

/// An item that was found, and what is needed to open its file.
#[derive(Debug, Clone)]
pub(in crate::node) struct FoundItem {
    pub(in crate::node) incident: IncidentId,
    pub(in crate::node) key: String,
    own: bool,
    /// Who recorded it.
    origin: OrgId,
    fields: BTreeMap<String, String>,
    /// Its file and in which circle it is to be had: the original first, else the copy.
    file: Option<(BlobRef, CircleId, Slot)>,
    thumbnail: Option<(BlobRef, CircleId)>,
}

impl FoundItem {
    pub(in crate::node) fn field(&self, name: &str) -> Option<String> {
        self.fields.get(name).cloned()
    }

    /// Whether a person said that it shows somebody or a place; none if nobody looked.
    pub(in crate::node) fn identifies(&self) -> Option<bool> {
        self.field("identifies").map(|said| said != "false")
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

impl Node {
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

    /// The items of an incident, as who recorded it says: an own one's from the dossier. What is in
    /// doubt is shown without files: anybody can claim another's incident and key.
    pub(super) fn items_of(&self, incident: &IncidentId) -> Vec<FoundItem> {
        let private = self.own.private;
        let (mut items, mut heard) = (BTreeMap::<String, FoundItem>::new(), None);
        for (_, document) in self.view.speaking(incident) {
            // Where all are in doubt one is heard, never a mixture of several.
            let (ruling, has_dossier) =
                *heard.get_or_insert_with(|| (document.origin(), document.circle() == private));
            if document.origin() != ruling {
                continue;
            }
            let record = document.record();
            for key in record.keys(EVIDENCE) {
                let mut found = self.item_in(incident, key, document, record);
                if document.is_in_doubt() || (has_dossier && !found.own) {
                    (found.file, found.thumbnail) = (None, None);
                }
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
        let own = circle == self.own.private;
        // Nobody else's document can name an original.
        let original = own.then_some(Slot::Original);
        let file = original
            .into_iter()
            .chain([Slot::Copy])
            .find_map(|slot| slot.read(record, key).map(|blob| (blob, circle, slot)));
        FoundItem {
            incident: *incident,
            key: key.to_owned(),
            own,
            origin: document.origin(),
            fields: fields.collect(),
            file,
            thumbnail: Slot::Thumbnail.read(record, key).map(|blob| (blob, circle)),
        }
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
            by: self.org_label(&found.origin),
            state: state.to_owned(),
            come,
            thumbnail: found.thumbnail.is_some(),
        })
    }
}
