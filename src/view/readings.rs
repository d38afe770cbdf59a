//! All incidents as one circle reads them: what figures are made from.

use crate::{
    model::{
        id::{CircleId, IncidentId, OrgId},
        registry::Record,
    },
    view::{View, document::HeldDocument},
};

impl View {
    /// What a circle reads of an incident, or this node where none is given: the richest value of
    /// each field. None if nothing of it is readable there.
    #[must_use]
    pub fn reading_of(&self, incident: &IncidentId, circle: Option<CircleId>) -> Option<Record> {
        let reading = self.groups.get(incident)?.reading_in(circle)?;
        let mut record = Record::incident();
        for (path, (value, _)) in reading.values() {
            // What was read from records fits into one, or is left out where it is too much.
            if let Some(path) = path.to_path() {
                drop(record.set(path, value.to_value()));
            }
        }
        Some(record)
    }

    /// Every incident that a circle reads, with who recorded it and the richest value of each field
    /// there. Nothing that only other circles have goes in, so that all members get the same; nor an
    /// incident of which nothing there was written by who is said to have recorded it. Whether
    /// another circle knows of another origin is not asked, because not all members could.
    pub fn readings_in(
        &self,
        circle: CircleId,
    ) -> impl Iterator<Item = (IncidentId, OrgId, Record)> {
        self.groups.iter().filter_map(move |(incident, group)| {
            let reading = group.reading_in(Some(circle))?;
            if !reading.documents().any(HeldDocument::is_written_by_origin) {
                return None;
            }
            let origin = reading.origin()?;
            let mut record = Record::incident();
            for (path, (value, _)) in reading.values() {
                // What was read from a record fits into one.
                if let Some(path) = path.to_path() {
                    drop(record.set(path, value.to_value()));
                }
            }
            Some((*incident, origin, record))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        model::{id::DocumentId, registry::Tier},
        view::DocumentRow,
    };

    #[test]
    fn what_nobody_wrote_who_could_have_recorded_it_is_not_read() {
        let (circle, origin) = (CircleId::new([1; 32]), OrgId::new([1; 32]));
        let row = |number: u8, author: u8| DocumentRow {
            circle,
            document: DocumentId::new([number; 16]),
            incident: IncidentId::new([number; 16]),
            origin,
            tier: Some(Tier::Coalition),
            record: Record::incident().into(),
            conflicts: Vec::new(),
            changes: 1,
            authors: BTreeSet::from([OrgId::new([author; 32])]),
        };
        let mut view = View::new();
        view.upsert(row(1, 1));
        view.upsert(row(2, 2));
        let read: Vec<IncidentId> =
            view.readings_in(circle).map(|(incident, ..)| incident).collect();
        assert_eq!(read, [IncidentId::new([1; 16])]);
    }
}
