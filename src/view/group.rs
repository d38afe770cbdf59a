//! The documents of one incident, and which of them speak for it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    model::{
        id::{CircleId, DocumentId, OrgId},
        registry::{FieldPath, Value},
    },
    view::{
        DocumentRow, Doubt,
        document::Document,
        facts::{Facts, Span},
    },
};

/// All readable documents of one incident, in the order of telling.
#[derive(Debug, Default)]
pub(super) struct Group {
    documents: Vec<Document>,
    facts: Facts,
}

impl Group {
    pub(super) fn upsert(&mut self, row: DocumentRow) {
        let document = Document::new(row);
        self.documents.retain(|other| other.key() != document.key());
        self.documents.push(document);
        self.work_out();
    }

    pub(super) fn remove(&mut self, key: (CircleId, DocumentId)) {
        self.documents.retain(|document| document.key() != key);
        self.work_out();
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// All documents as one reading.
    pub(super) fn reading(&self) -> Reading<'_> {
        Reading { documents: self.documents.iter().collect() }
    }

    /// Only the documents in one circle; none if there is none.
    pub(super) fn reading_in(&self, circle: &CircleId) -> Option<Reading<'_>> {
        let documents: Vec<&Document> =
            self.documents.iter().filter(|document| document.row.circle == *circle).collect();
        (!documents.is_empty()).then_some(Reading { documents })
    }

    pub(super) fn documents(&self) -> &[Document] {
        &self.documents
    }

    pub(super) const fn facts(&self) -> &Facts {
        &self.facts
    }

    fn work_out(&mut self) {
        let origin = ruling_origin(&self.documents);
        for document in &mut self.documents {
            document.doubt = doubt(document, origin.as_ref());
        }
        self.documents.sort_by_key(Document::rank);
        self.facts = self.reading().facts();
    }
}

/// Whose claim to have recorded the incident counts: that of the dossier, else that of the most
/// open facet, which most partners can check, ties by the organisation's id. A dossier is our own;
/// between facets, nobody can win by making a smaller circle for a false one.
fn ruling_origin(documents: &[Document]) -> Option<OrgId> {
    documents
        .iter()
        .filter(|document| document.is_written_by_origin())
        .min_by_key(|document| {
            (!document.is_dossier(), Reverse(document.row.tier), document.row.origin)
        })
        .map(|document| document.row.origin)
}

fn doubt(document: &Document, origin: Option<&OrgId>) -> Option<Doubt> {
    if !document.is_written_by_origin() {
        Some(Doubt::NeverWritten)
    } else if origin.is_some_and(|origin| document.row.origin != *origin) {
        Some(Doubt::OtherOrigin)
    } else {
        None
    }
}

/// Some or all documents of one incident, in the order of telling. Never empty.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    documents: Vec<&'a Document>,
}

impl<'a> Reading<'a> {
    pub(super) fn documents(&self) -> impl Iterator<Item = &'a Document> {
        self.documents.iter().copied()
    }

    /// The documents that speak: those without doubt, or all if there is no other.
    pub(super) fn speaking(&self) -> impl Iterator<Item = &'a Document> {
        let only_doubtful = self.documents.iter().all(|document| document.doubt.is_some());
        self.documents().filter(move |document| only_doubtful || document.doubt.is_none())
    }

    /// The richest value of a field, with the document that it is from.
    pub(super) fn value(&self, path: &str) -> Option<(&'a Value, &'a Document)> {
        self.speaking().find_map(|document| Some((document.row.record.get(path)?, document)))
    }

    /// The richest text of a field.
    pub(super) fn text(&self, path: &str) -> Option<&'a str> {
        self.value(path).and_then(|(value, _)| value.as_text())
    }

    /// The richest value of every field, with the document that it is from.
    pub(super) fn values(&self) -> BTreeMap<&'a FieldPath, (&'a Value, &'a Document)> {
        let mut values = BTreeMap::new();
        for document in self.speaking() {
            for (path, value) in document.row.record.iter() {
                values.entry(path).or_insert((value, document));
            }
        }
        values
    }

    /// The codes of violations.
    pub(super) fn violations(&self) -> Vec<String> {
        let mut codes: BTreeMap<&FieldPath, &str> = BTreeMap::new();
        for document in self.speaking() {
            for (path, value) in document.row.record.under("acts") {
                if path.segment(2) == Some("violation") {
                    codes.entry(path).or_insert_with(|| value.as_text().unwrap_or_default());
                }
            }
        }
        let codes: BTreeSet<&str> = codes.into_values().filter(|code| !code.is_empty()).collect();
        codes.into_iter().map(ToOwned::to_owned).collect()
    }

    /// Victims, each counted once however many documents tell of them.
    pub(super) fn victims(&self) -> usize {
        let keys: BTreeSet<&str> =
            self.speaking().flat_map(|document| document.row.record.keys("victims")).collect();
        keys.len()
    }

    /// Whether every word begins a word of some document.
    pub(super) fn has_words(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.documents.iter().any(|document| document.words.contains(word)))
    }

    pub(super) fn facts(&self) -> Facts {
        Facts {
            span: Span::of(self.text(crate::model::registry::table::DATE)),
            country: self
                .text(crate::model::registry::table::COUNTRY)
                .unwrap_or_default()
                .to_owned(),
            violations: self.violations(),
            origin: self.speaking().next().map(|document| document.row.origin),
        }
    }
}
