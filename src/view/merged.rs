//! The merged view of everything that is readable here.

use std::collections::BTreeMap;

use crate::{
    api::answer::{Conflict, Incident, Incidents},
    model::id::{CircleId, DocumentId, IncidentId},
    view::{
        DocumentRow, Names, Query, conflicts,
        group::Group,
        line::{self, count},
        show,
    },
};

/// How much there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Incidents of which something is readable.
    pub incidents: u64,
    /// Readable documents: dossiers and facets.
    pub documents: u64,
    /// Fields with concurrent values.
    pub conflicts: u64,
    /// Readable documents in each circle.
    pub by_circle: BTreeMap<CircleId, u64>,
}

/// All readable incidents.
#[derive(Debug, Default)]
pub struct View {
    groups: BTreeMap<IncidentId, Group>,
    /// Where each document is, because a document can come to name another incident.
    places: BTreeMap<(CircleId, DocumentId), IncidentId>,
}

impl View {
    /// An empty view.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a document as it is now, in the place of what was known of it.
    pub fn upsert(&mut self, row: DocumentRow) {
        let key = (row.circle, row.document);
        if self.places.get(&key).is_some_and(|incident| *incident != row.incident) {
            self.remove(&row.circle, &row.document);
        }
        self.places.insert(key, row.incident);
        self.groups.entry(row.incident).or_default().upsert(row);
    }

    /// Forgets a document: it was erased, or cannot be read any more.
    pub fn remove(&mut self, circle: &CircleId, document: &DocumentId) {
        let key = (*circle, *document);
        let Some(incident) = self.places.remove(&key) else { return };
        if let Some(group) = self.groups.get_mut(&incident) {
            group.remove(key);
            if group.is_empty() {
                self.groups.remove(&incident);
            }
        }
    }

    /// The incidents that match, by date, then id. With a circle in the query, each is shown as
    /// that circle can read it.
    pub fn list(&self, query: &Query, names: &impl Names) -> Incidents {
        let mut found: Vec<_> = self
            .groups
            .iter()
            .filter_map(|(id, group)| Some((matches(group, query)?, *id, group)))
            .collect();
        found.sort_unstable_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let limit = if query.limit == 0 { usize::MAX } else { query.limit };
        let page = found.iter().skip(query.offset).take(limit);
        let rows = page.filter_map(|(_, id, group)| {
            Some(line::line(*id, group, &group.reading_in(query.circle)?, names))
        });
        Incidents { total: count(found.len()), rows: rows.collect() }
    }

    /// One incident in full, if anything of it is readable.
    pub fn show(&self, incident: &IncidentId, names: &impl Names) -> Option<Incident> {
        self.groups.get(incident).map(|group| show::show(*incident, group, names))
    }

    /// The documents of an incident, the most telling first.
    pub fn documents(&self, incident: &IncidentId) -> impl Iterator<Item = &DocumentRow> {
        let group = self.groups.get(incident).into_iter();
        group.flat_map(|group| group.documents().iter().map(|document| &document.row))
    }

    /// The incidents whose id begins with these hexadecimal digits, in order.
    pub fn starting_with(&self, prefix: &str) -> impl Iterator<Item = IncidentId> {
        let prefix = prefix.to_ascii_lowercase();
        let first = format!("{prefix:0<width$}", width = 2 * IncidentId::LEN).parse().ok();
        let ids = first.into_iter().flat_map(|first: IncidentId| self.groups.range(first..));
        ids.map(|(id, _)| *id).take_while(move |id| id.to_string().starts_with(&prefix))
    }

    /// All concurrent values that wait for a decision, by incident.
    pub fn conflicts(&self, names: &impl Names) -> Vec<Conflict> {
        let groups = self.groups.iter();
        groups.flat_map(|(id, group)| conflicts::conflicts(*id, group, names)).collect()
    }

    /// The concurrent values of one incident.
    pub fn conflicts_of(&self, incident: &IncidentId, names: &impl Names) -> Vec<Conflict> {
        let group = self.groups.get(incident);
        group.map(|group| conflicts::conflicts(*incident, group, names)).unwrap_or_default()
    }

    /// How many documents are readable in a circle.
    #[must_use]
    pub fn readable_in(&self, circle: &CircleId) -> usize {
        let first = (*circle, DocumentId::new([0; DocumentId::LEN]));
        let last = (*circle, DocumentId::new([u8::MAX; DocumentId::LEN]));
        self.places.range(first..=last).count()
    }

    /// How much there is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { incidents: count(self.groups.len()), ..Counts::default() };
        for document in self.groups.values().flat_map(Group::documents) {
            counts.documents += 1;
            counts.conflicts += count(document.row.conflicts.len());
            *counts.by_circle.entry(document.row.circle).or_default() += 1;
        }
        counts
    }
}

/// The place in the list, if the incident matches.
fn matches(group: &Group, query: &Query) -> Option<impl Ord + use<>> {
    let reading = group.reading_in(query.circle)?;
    let span = group.span_in(query.circle);
    (span.matches(query) && reading.matches(query)).then(|| span.sort_key())
}
