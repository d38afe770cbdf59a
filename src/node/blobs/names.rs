//! Which blob is named in which circle, and by whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    blob::BlobRef,
    model::id::{BlobId, CircleId},
    replica::DocumentKey,
    view::{PackedRecord, ValueRef},
};

/// The part of a record that names blobs, by the key of the item of evidence.
pub(in crate::node) const BLOBS: &str = "blobs";

/// Which of an item's blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::node) enum Slot {
    /// The file as it was taken: never leaves the private circle.
    Original,
    /// A copy that was made to be shared.
    Copy,
    /// A small picture of that copy.
    Thumbnail,
}

impl Slot {
    pub(in crate::node) const ALL: [Self; 3] = [Self::Original, Self::Copy, Self::Thumbnail];

    /// Its segment in paths.
    pub(in crate::node) const fn segment(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Copy => "copy",
            Self::Thumbnail => "thumbnail",
        }
    }

    /// The path of one of its fields.
    pub(in crate::node) fn path(self, item: &str, field: &str) -> String {
        format!("{BLOBS}/{item}/{}/{field}", self.segment())
    }

    /// What a record says of it.
    pub(in crate::node) fn read(self, record: &PackedRecord, item: &str) -> Option<BlobRef> {
        BlobRef::read(|field| record.get(&self.path(item, field)).map(text_of))
    }
}

/// A value as a person would write it.
pub(in crate::node) fn text_of(value: ValueRef<'_>) -> String {
    let value = value.to_value();
    value.as_text().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// A blob that a document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::node) struct Named {
    pub(super) blob: BlobId,
    pub(super) slot: Slot,
    pub(super) size: u64,
}

/// The blobs that a document names.
pub(super) fn named_in(record: &PackedRecord) -> Vec<Named> {
    let mut named = Vec::new();
    for item in record.keys(BLOBS) {
        for slot in Slot::ALL {
            if let Some(found) = slot.read(record, item) {
                named.push(Named { blob: found.id, slot, size: found.size });
            }
        }
    }
    named
}

/// Which blob is named in which circle, and by whom.
#[derive(Debug, Default)]
pub(in crate::node) struct BlobNames {
    by_document: BTreeMap<DocumentKey, (bool, Vec<Named>)>,
    by_blob: BTreeMap<BlobId, BTreeSet<DocumentKey>>,
}

impl BlobNames {
    /// Takes note of what a document names now; `ours`: this organisation's program wrote it.
    pub(super) fn note(&mut self, document: DocumentKey, ours: bool, named: Vec<Named>) {
        if let Some((_, before)) = self.by_document.remove(&document) {
            for one in before {
                if let Some(documents) = self.by_blob.get_mut(&one.blob) {
                    documents.remove(&document);
                    if documents.is_empty() {
                        self.by_blob.remove(&one.blob);
                    }
                }
            }
        }
        for one in &named {
            self.by_blob.entry(one.blob).or_default().insert(document);
        }
        if !named.is_empty() {
            self.by_document.insert(document, (ours, named));
        }
    }

    /// Whether this organisation named a blob in a circle.
    pub(super) fn is_ours_in(&self, circle: &CircleId, blob: &BlobId) -> bool {
        self.documents(blob)
            .any(|key| key.0 == *circle && self.by_document.get(key).is_some_and(|(ours, _)| *ours))
    }

    /// Bytes of the file, as a circle names it.
    pub(super) fn size(&self, circle: &CircleId, blob: &BlobId) -> Option<u64> {
        let key = self.documents(blob).find(|key| key.0 == *circle)?;
        let (_, named) = self.by_document.get(key)?;
        named.iter().find(|one| one.blob == *blob).map(|one| one.size)
    }

    #[cfg(test)]
    fn is_named(&self, blob: &BlobId) -> bool {
        self.by_blob.contains_key(blob)
    }

    /// The blobs that others name in a circle.
    pub(super) fn of_others_in(&self, circle: &CircleId) -> Vec<(BlobId, Slot, u64)> {
        let of_circle =
            self.by_document.iter().filter(|(key, (ours, _))| key.0 == *circle && !ours);
        let named = of_circle.flat_map(|(_, (_, named))| named);
        named.map(|one| (one.blob, one.slot, one.size)).collect()
    }

    fn documents(&self, blob: &BlobId) -> impl Iterator<Item = &DocumentKey> {
        self.by_blob.get(blob).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::DocumentId;

    #[test]
    fn a_blob_is_served_only_where_this_organisation_named_it() {
        let (here, there) = (CircleId::new([1; 32]), CircleId::new([2; 32]));
        let (blob, document) = (BlobId::new([3; 32]), DocumentId::new([4; 16]));
        let named = || vec![Named { blob, slot: Slot::Copy, size: 5 }];
        let mut names = BlobNames::default();
        names.note((here, document), true, named());
        names.note((there, document), false, named());
        assert!(names.is_ours_in(&here, &blob));
        assert!(!names.is_ours_in(&there, &blob), "another named it there");
        assert_eq!(names.size(&there, &blob), Some(5));
        assert_eq!(names.of_others_in(&there), [(blob, Slot::Copy, 5)]);
        names.note((here, document), true, Vec::new());
        assert!(!names.is_ours_in(&here, &blob), "taken back");
        assert!(names.is_named(&blob));
        names.note((there, document), false, Vec::new());
        assert!(!names.is_named(&blob));
    }
}
