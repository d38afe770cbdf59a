//! Which dossier came from which row of a list.

use std::collections::BTreeSet;

use crate::{
    model::id::IncidentId,
    view::{HeldDocument, PackedRecord},
};

/// Field of a dossier by which a row is known again.
const ROW: &str = "import/row";

/// The dossiers that came from lists, by what they remember of their rows.
///
/// Only grows: whoever finds an incident here looks whether its dossier still says so.
#[derive(Debug, Default)]
pub(super) struct ImportedRows(BTreeSet<([u8; 32], IncidentId)>);

impl ImportedRows {
    /// Takes note of a dossier.
    pub(super) fn note(&mut self, incident: IncidentId, record: &PackedRecord) {
        if let Some(row) = row_of(record) {
            self.0.insert((row, incident));
        }
    }

    /// The incidents that were noted for a row, in an order that is the same everywhere.
    pub(super) fn of(&self, row: [u8; 32]) -> impl Iterator<Item = IncidentId> {
        let first = (row, IncidentId::new([0; IncidentId::LEN]));
        let noted = self.0.range(first..).take_while(move |(of, _)| *of == row);
        noted.map(|(_, incident)| *incident)
    }
}

/// Whether a document is a dossier that came from this row.
pub(super) fn is_of(document: &HeldDocument, row: [u8; 32]) -> bool {
    document.tier().is_none() && row_of(document.record()) == Some(row)
}

fn row_of(record: &PackedRecord) -> Option<[u8; 32]> {
    let row = data_encoding::HEXLOWER.decode(record.text(ROW)?.as_bytes()).ok()?;
    row.try_into().ok()
}
