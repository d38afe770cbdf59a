//! One document of an incident as the view keeps it.

use std::sync::Arc;

use crate::{
    model::{
        id::{CircleId, DocumentId, OrgId},
        registry::{Tier, table},
    },
    view::{
        DocumentRow, PackedRecord, RowConflict,
        provenance::{Provenance, Provenances},
        span::Span,
    },
};

/// Why a document does not speak for its incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It claims to come from an organisation that never wrote in it.
    NeverWritten,
    /// It claims another origin than the document that more partners can check.
    OtherOrigin,
}

/// A document that the view holds: what its row says, in little memory.
#[derive(Debug)]
pub struct HeldDocument {
    pub(super) from: Arc<Provenance>,
    document: DocumentId,
    record: PackedRecord,
    #[expect(clippy::box_collection, reason = "most documents have none, and there are many")]
    conflicts: Option<Box<Vec<RowConflict>>>,
    pub(super) changes: u64,
    /// When it happened, if it says so.
    pub(super) date: Option<Span>,
    pub(super) doubt: Option<Doubt>,
}

impl HeldDocument {
    pub(super) fn new(mut row: DocumentRow, provenances: &mut Provenances) -> Self {
        row.sort_conflicts();
        let DocumentRow { circle, origin, tier, authors, .. } = row;
        Self {
            from: provenances.share(Provenance { circle, origin, tier, authors }),
            document: row.document,
            record: row.record,
            conflicts: (!row.conflicts.is_empty()).then(|| Box::new(row.conflicts)),
            changes: row.changes,
            date: None,
            doubt: None,
        }
    }

    /// Reads once what every list asks for. Not when it is made: that is done one at a time.
    pub(super) fn read_date(&mut self) {
        let date = self.record.get(table::DATE);
        self.date = date.map(|date| Span::of(date.text().as_deref()));
    }

    /// The circle that it is in.
    #[must_use]
    pub fn circle(&self) -> CircleId {
        self.from.circle
    }

    /// The document.
    #[must_use]
    pub const fn document(&self) -> DocumentId {
        self.document
    }

    /// The facet's tier; none for a dossier.
    #[must_use]
    pub fn tier(&self) -> Option<Tier> {
        self.from.tier
    }

    /// What it says.
    #[must_use]
    pub const fn record(&self) -> &PackedRecord {
        &self.record
    }

    /// The organisation that it says recorded the incident.
    #[must_use]
    pub fn origin(&self) -> OrgId {
        self.from.origin
    }

    /// The organisations that wrote in it.
    pub fn authors(&self) -> impl Iterator<Item = OrgId> {
        self.from.authors.iter().copied()
    }

    /// Whether it speaks for its incident.
    #[must_use]
    pub const fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// Its fields with concurrent values.
    #[must_use]
    pub fn conflicts(&self) -> &[RowConflict] {
        self.conflicts.as_ref().map_or(&[], |conflicts| conflicts.as_slice())
    }

    pub(super) fn key(&self) -> (CircleId, DocumentId) {
        (self.circle(), self.document)
    }

    /// Order of telling: what speaks before what is in doubt, the dossier before facets, the most
    /// closed tier first; then by circle and document, so that it is the same everywhere.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        (self.doubt.is_some(), self.tier(), self.circle(), self.document)
    }

    /// Whether the organisation that it claims to come from wrote in it. A private circle has no
    /// other writers.
    pub(super) fn is_written_by_origin(&self) -> bool {
        self.is_dossier() || self.from.authors.contains(&self.from.origin)
    }

    pub(super) fn is_dossier(&self) -> bool {
        self.from.tier.is_none()
    }

    /// `dossier`, or the facet's tier.
    pub(super) fn reading(&self) -> &'static str {
        self.tier().map_or("dossier", Tier::code)
    }

    /// `dossier`, or the circle.
    pub(super) fn source(&self) -> String {
        if self.is_dossier() { "dossier".to_owned() } else { self.circle().to_string() }
    }
}
