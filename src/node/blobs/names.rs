//! Which blob is named in which circle, and by whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    blob::BlobRef,
    model::id::{BlobId, CircleId, OrgId},
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

/// Whose word it is what a document names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// This organisation's program wrote it.
    Ours,
    /// This organisation did.
    Of(OrgId),
}

/// Which blob is named in which circle, and by whom.
#[derive(Debug, Default)]
pub(in crate::node) struct BlobNames {
    by_document: BTreeMap<DocumentKey, (Whose, Vec<Named>)>,
    by_blob: BTreeMap<BlobId, BTreeSet<DocumentKey>>,
}

impl BlobNames {
    /// Takes note of what a document names now. Gives the blobs that nothing names any more.
    pub(super) fn note(
        &mut self,
        document: DocumentKey,
        whose: Whose,
        named: Vec<Named>,
    ) -> Vec<BlobId> {
        let mut gone = Vec::new();
        if let Some((_, before)) = self.by_document.remove(&document) {
            for one in before {
                if let Some(documents) = self.by_blob.get_mut(&one.blob) {
                    documents.remove(&document);
                    if documents.is_empty() {
                        self.by_blob.remove(&one.blob);
                        gone.push(one.blob);
                    }
                }
            }
        }
        for one in &named {
            self.by_blob.entry(one.blob).or_default().insert(document);
        }
        if !named.is_empty() {
            self.by_document.insert(document, (whose, named));
        }
        gone.retain(|blob| !self.by_blob.contains_key(blob));
        gone
    }

    /// Whether a document of a circle names a blob.
    pub(super) fn is_named_in(&self, circle: &CircleId, blob: &BlobId) -> bool {
        self.documents(blob).any(|key| key.0 == *circle)
    }

    /// Whether this organisation named a blob in a circle.
    pub(super) fn is_ours_in(&self, circle: &CircleId, blob: &BlobId) -> bool {
        let is_ours = |key| self.by_document.get(key).is_some_and(|(it, _)| *it == Whose::Ours);
        self.documents(blob).any(|key| key.0 == *circle && is_ours(key))
    }

    /// Bytes of the file, as a circle names it; the most, if its documents disagree: one of them
    /// cannot keep it from those who read another.
    pub(super) fn size(&self, circle: &CircleId, blob: &BlobId) -> Option<u64> {
        let keys = self.documents(blob).filter(|key| key.0 == *circle);
        let named = keys.filter_map(|key| self.by_document.get(key)).flat_map(|(_, named)| named);
        named.filter(|one| one.blob == *blob).map(|one| one.size).max()
    }

    #[cfg(test)]
    fn is_named(&self, blob: &BlobId) -> bool {
        self.by_blob.contains_key(blob)
    }

    /// What others name in a circle, and who.
    pub(super) fn of_others_in(&self, circle: &CircleId) -> impl Iterator<Item = (OrgId, &Named)> {
        let of_circle = self.by_document.iter().filter(|(key, _)| key.0 == *circle);
        let of_others = of_circle.filter_map(|(_, (whose, named))| match whose {
            Whose::Ours => None,
            Whose::Of(org) => Some((*org, named)),
        });
        of_others.flat_map(|(org, named)| named.iter().map(move |one| (org, one)))
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
        let other = Whose::Of(OrgId::new([9; 32]));
        names.note((here, document), Whose::Ours, named());
        names.note((there, document), other, named());
        assert!(names.is_ours_in(&here, &blob));
        assert!(!names.is_ours_in(&there, &blob), "another named it there");
        assert!(names.is_named_in(&there, &blob));
        assert_eq!(names.of_others_in(&there).count(), 1);
        let gone = names.note((here, document), Whose::Ours, Vec::new());
        assert_eq!(gone, [], "it is named there still");
        assert!(!names.is_ours_in(&here, &blob), "taken back");
        assert!(!names.is_named_in(&here, &blob) && names.is_named(&blob));
        assert_eq!(names.note((there, document), other, Vec::new()), [blob]);
        assert!(!names.is_named(&blob));
    }

    #[test]
    fn a_wrong_length_does_not_hide_the_right_one() {
        let circle = CircleId::new([1; 32]);
        let blob = BlobId::new([3; 32]);
        let mut names = BlobNames::default();
        for (document, size) in [(1, 9), (2, 5_000_000), (3, 10)] {
            let named = vec![Named { blob, slot: Slot::Copy, size }];
            let key = (circle, DocumentId::new([document; 16]));
            names.note(key, Whose::Of(OrgId::new([document; 32])), named);
        }
        assert_eq!(names.size(&circle, &blob), Some(5_000_000));
    }
}
