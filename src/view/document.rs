//! One document of an incident as the view keeps it.

use crate::{
    model::id::{CircleId, DocumentId},
    view::{DocumentRow, text},
};

/// Why a document does not speak for its incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It claims to come from an organisation that never wrote in it.
    NeverWritten,
    /// It claims another origin than the document that more partners can check.
    OtherOrigin,
}

/// A row with what is worked out of it once.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) row: DocumentRow,
    pub(super) words: Box<str>,
    pub(super) doubt: Option<Doubt>,
}

impl Document {
    pub(super) fn new(mut row: DocumentRow) -> Self {
        row.sort_conflicts();
        let words = text::searchable(&row.record);
        Self { row, words, doubt: None }
    }

    pub(super) const fn key(&self) -> (CircleId, DocumentId) {
        (self.row.circle, self.row.document)
    }

    /// Order of telling: what speaks before what is in doubt, the dossier before facets, the most
    /// closed tier first; then by circle and document, so that it is the same everywhere.
    pub(super) const fn rank(&self) -> impl Ord + use<> {
        (self.doubt.is_some(), self.row.tier, self.row.circle, self.row.document)
    }

    /// Whether the organisation that it claims to come from wrote in it. A private circle has no
    /// other writers.
    pub(super) fn is_written_by_origin(&self) -> bool {
        self.is_dossier() || self.row.authors.contains(&self.row.origin)
    }

    pub(super) const fn is_dossier(&self) -> bool {
        self.row.tier.is_none()
    }

    /// `dossier`, or the facet's tier.
    pub(super) fn reading(&self) -> &'static str {
        self.row.tier.map_or("dossier", crate::model::registry::Tier::code)
    }

    /// `dossier`, or the circle.
    pub(super) fn source(&self) -> String {
        if self.is_dossier() { "dossier".to_owned() } else { self.row.circle.to_string() }
    }
}
