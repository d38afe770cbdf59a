//! The documents of one incident, and which of them speak for it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    model::{
        id::{CircleId, DocumentId, OrgId},
        registry::{FieldPath, Value, table},
    },
    view::{DocumentRow, Doubt, Query, document::Document, span::Span},
};

/// All readable documents of one incident, in the order of telling.
#[derive(Debug, Default)]
pub(super) struct Group {
    documents: Vec<Document>,
    /// When it happened, by all documents: what every list sorts by.
    span: Span,
}

impl Group {
    pub(super) fn upsert(&mut self, row: DocumentRow) {
        let document = Document::new(row);
        self.documents.retain(|other| other.key() != document.key());
        // Most incidents have one or two documents, and there can be a hundred thousand incidents.
        self.documents.reserve_exact(1);
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
        Reading::new(&self.documents, None)
    }

    /// Only the documents in this circle, if one is given; none if there is none.
    pub(super) fn reading_in(&self, circle: Option<CircleId>) -> Option<Reading<'_>> {
        let reading = Reading::new(&self.documents, circle);
        reading.documents().next().is_some().then_some(reading)
    }

    /// When it happened, by the documents in this circle, if one is given.
    pub(super) fn span_in(&self, circle: Option<CircleId>) -> Span {
        if circle.is_none() { self.span } else { Reading::new(&self.documents, circle).span() }
    }

    pub(super) fn documents(&self) -> &[Document] {
        &self.documents
    }

    fn work_out(&mut self) {
        let origin = ruling_origin(&self.documents);
        for document in &mut self.documents {
            document.doubt = doubt(document, origin.as_ref());
        }
        self.documents.sort_by_key(Document::rank);
        self.span = self.reading().span();
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

/// Some or all documents of one incident, in the order of telling.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    all: &'a [Document],
    circle: Option<CircleId>,
    /// Whether all of them are in doubt.
    only_doubtful: bool,
}

impl<'a> Reading<'a> {
    fn new(all: &'a [Document], circle: Option<CircleId>) -> Self {
        let mut reading = Self { all, circle, only_doubtful: true };
        reading.only_doubtful = reading.documents().all(|document| document.doubt.is_some());
        reading
    }

    pub(super) fn documents(self) -> impl Iterator<Item = &'a Document> {
        let circle = self.circle;
        self.all
            .iter()
            .filter(move |document| circle.is_none_or(|circle| document.row.circle == circle))
    }

    /// The documents that speak: those without doubt, or all if there is no other.
    pub(super) fn speaking(self) -> impl Iterator<Item = &'a Document> {
        self.documents().filter(move |document| self.only_doubtful || document.doubt.is_none())
    }

    /// The richest value of a field, with the document that it is from.
    pub(super) fn value(self, path: &str) -> Option<(&'a Value, &'a Document)> {
        self.speaking().find_map(|document| Some((document.row.record.get(path)?, document)))
    }

    /// The richest text of a field.
    pub(super) fn text(self, path: &str) -> Option<&'a str> {
        self.value(path).and_then(|(value, _)| value.as_text())
    }

    /// The richest value of every field, with the document that it is from.
    pub(super) fn values(self) -> BTreeMap<&'a FieldPath, (&'a Value, &'a Document)> {
        let mut values = BTreeMap::new();
        for document in self.speaking() {
            for (path, value) in document.row.record.iter() {
                values.entry(path).or_insert((value, document));
            }
        }
        values
    }

    /// The richest value of each act's violation.
    fn violation_codes(self) -> impl Iterator<Item = &'a str> {
        let values = self.speaking().flat_map(|document| document.row.record.under("acts"));
        values.filter(|(path, _)| path.segment(2) == Some("violation")).filter_map(
            move |(path, value)| {
                let (richest, _) = self.value(path.as_str())?;
                std::ptr::eq(richest, value).then(|| value.as_text())?
            },
        )
    }

    /// The codes of violations, each once.
    pub(super) fn violations(self) -> Vec<String> {
        let codes: BTreeSet<&str> = self.violation_codes().collect();
        codes.into_iter().map(ToOwned::to_owned).collect()
    }

    /// Victims, each counted once however many documents tell of them.
    pub(super) fn victims(self) -> usize {
        let keys: BTreeSet<&str> =
            self.speaking().flat_map(|document| document.row.record.keys("victims")).collect();
        keys.len()
    }

    /// Who recorded it.
    pub(super) fn origin(self) -> Option<OrgId> {
        self.speaking().next().map(|document| document.row.origin)
    }

    fn span(self) -> Span {
        Span::of(self.text(table::DATE))
    }

    /// Whether all but the date is as wanted.
    pub(super) fn matches(self, query: &Query) -> bool {
        query.org.is_none_or(|org| self.origin() == Some(org))
            && query.country.as_deref().is_none_or(|code| self.text(table::COUNTRY) == Some(code))
            && query
                .violation
                .as_deref()
                .is_none_or(|wanted| self.violation_codes().any(|code| code == wanted))
            && query.words.iter().all(|word| self.has(word))
    }

    /// Whether a word of some document begins so.
    fn has(self, word: &str) -> bool {
        self.documents().any(|document| document.words.contains(word))
    }
}
