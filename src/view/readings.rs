//! All incidents as one circle reads them: what figures are made from.

use crate::{
    model::{
        id::{CircleId, IncidentId, OrgId},
        registry::Record,
    },
    view::View,
};

impl View {
    /// Every incident that a circle reads, with who recorded it and the richest value of each field
    /// there. Nothing that only other circles have goes in, so that all members get the same.
    pub fn readings_in(
        &self,
        circle: CircleId,
    ) -> impl Iterator<Item = (IncidentId, OrgId, Record)> {
        self.groups.iter().filter_map(move |(incident, group)| {
            let reading = group.reading_in(Some(circle))?;
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
