//! The merged view of everything that is readable here.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::atomic::AtomicBool,
};

use rayon::prelude::*;

use crate::{
    api::answer::{Conflict, Incident, IncidentRow, Incidents},
    model::{
        id::{CardId, CircleId, DocumentId, IncidentId, OrgId},
        registry::{RecordKind, table},
        verification::Level,
    },
    view::{
        BesideRecord, DocumentRow, HeldCard, HeldDocument, Names, Query, conflicts,
        group::{Group, Reading},
        imported::{self, ImportedRows},
        line::{self, count},
        provenance::Provenances,
        query::Order,
        shelf::Shelf,
        show,
        span::Span,
        verdict::CircleRules,
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
    pub(super) groups: BTreeMap<IncidentId, Group>,
    /// Where documents are that have another id than their incident, because a document can come
    /// to name another incident.
    places: BTreeSet<(DocumentId, IncidentId)>,
    provenances: Provenances,
    pub(super) shelf: Shelf,
    /// What each circle has agreed on.
    pub(super) rules: BTreeMap<CircleId, CircleRules>,
    imported: ImportedRows,
    /// Whether the levels of all incidents have been worked out.
    pub(super) judged: AtomicBool,
}

impl View {
    /// An empty view.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The view of groups that have been worked out.
    pub(super) fn of(
        groups: BTreeMap<IncidentId, Group>,
        provenances: Provenances,
        shelf: Shelf,
        rules: BTreeMap<CircleId, CircleRules>,
    ) -> Self {
        let documents = groups.iter().flat_map(|(incident, group)| {
            group.documents().iter().map(|document| (document.document(), *incident))
        });
        let places = documents.filter(|(document, incident)| is_elsewhere(document, incident));
        let places = places.collect();
        let mut imported = ImportedRows::default();
        for (incident, group) in &groups {
            for dossier in group.documents().iter().filter(|document| document.tier().is_none()) {
                imported.note(*incident, dossier.record());
            }
        }
        let judged = AtomicBool::new(false);
        Self { places, groups, provenances, shelf, rules, imported, judged }
    }

    /// Takes in a document as it is now, in the place of what was known of it.
    pub fn upsert(&mut self, row: DocumentRow) {
        let key = (row.circle, row.document);
        if let Some(incident) = self.shelf.remove(&key) {
            self.unjudge(&incident);
        }
        let reviewed = Shelf::incident_of(&row);
        let Some(row) = self.shelf.upsert(row) else {
            // It may have been an incident's before.
            self.remove_document(&key);
            reviewed.iter().for_each(|incident| self.unjudge(incident));
            return;
        };
        let (circle, document, incident) = (row.circle, row.document, row.incident);
        if row.tier.is_none() {
            self.imported.note(incident, &row.record);
        }
        if self.place(&(circle, document)).is_some_and(|known| known != incident) {
            self.remove(&circle, &document);
        }
        if is_elsewhere(&document, &incident) {
            self.places.insert((document, incident));
        }
        let held = HeldDocument::new(row, &mut self.provenances);
        self.groups.entry(incident).or_default().upsert(held);
        self.unjudge(&incident);
    }

    /// Forgets a document: it was erased, or cannot be read any more.
    pub fn remove(&mut self, circle: &CircleId, document: &DocumentId) {
        let key = (*circle, *document);
        if let Some(incident) = self.shelf.remove(&key) {
            self.unjudge(&incident);
        }
        self.remove_document(&key);
    }

    /// Forgets what a document said of an incident, if it did.
    fn remove_document(&mut self, key: &(CircleId, DocumentId)) {
        let Some(incident) = self.place(key) else { return };
        let Some(group) = self.groups.get_mut(&incident) else { return };
        group.remove(*key);
        if !group.has_document(&key.1) {
            self.places.remove(&(key.1, incident));
        }
        if group.is_empty() {
            self.groups.remove(&incident);
        }
        self.unjudge(&incident);
    }

    /// The incident that a document is known to be of.
    fn place(&self, key: &(CircleId, DocumentId)) -> Option<IncidentId> {
        let document = key.1;
        let first = IncidentId::new([0; IncidentId::LEN]);
        let others = self.places.range((document, first)..);
        let others = others.take_while(|(of, _)| *of == document).map(|(_, incident)| *incident);
        let mut incidents = std::iter::once(namesake(&document)).chain(others);
        incidents.find(|incident| self.groups.get(incident).is_some_and(|group| group.has(key)))
    }

    /// The incidents that match, by date, then id. With a circle in the query, each is shown as
    /// that circle can read it.
    pub fn list(&self, query: &Query, names: &impl Names) -> Incidents {
        let (total, page) = self.page(query);
        let rows = page.into_iter().filter_map(|(id, group)| {
            self.judge(&id, group);
            Some(line::line(id, group, &group.reading_in(query.circle)?, names))
        });
        Incidents { total: count(total), rows: rows.collect() }
    }

    /// The ids of what [`list`](Self::list) gives, in its order.
    #[must_use]
    pub fn ids(&self, query: &Query) -> Vec<IncidentId> {
        self.page(query).1.into_iter().map(|(id, _)| id).collect()
    }

    /// How many incidents match, and the wanted ones in their order.
    fn page(&self, query: &Query) -> (usize, Vec<(IncidentId, &Group)>) {
        if query.asks_for_levels() {
            self.judge_all();
        }
        match query.order {
            Order::Date => self.page_by(query, |span, _| span.sort_key()),
            Order::LatestFirst => self.page_by(query, |span, _| span.latest_first()),
            Order::Recorded => self.page_by(query, |span, reading| {
                (Reverse(reading.text(table::RECORDED_ON)), span.latest_first())
            }),
            Order::Level => {
                self.page_by(query, |span, reading| (Reverse(reading.level()), span.sort_key()))
            }
            Order::Place => self.page_by(query, |span, reading| {
                let places = reading.texts([table::COUNTRY, table::ADMIN1, "place/admin2"]);
                (places.map(|place| (place.is_none(), place)), span.sort_key())
            }),
        }
    }

    fn page_by<'a, K: Ord + Send>(
        &'a self,
        query: &Query,
        key: impl Fn(Span, Reading<'a>) -> K + Sync,
    ) -> (usize, Vec<(IncidentId, &'a Group)>) {
        let groups = self.groups.par_iter();
        let mut found: Vec<_> = groups
            .filter_map(|(id, group)| {
                let reading = group.reading_in(query.circle)?;
                let span = group.span_in(query.circle);
                let matches = span.matches(query) && reading.matches(query);
                matches.then(|| (key(span, reading), *id, group))
            })
            .collect();
        let total = found.len();
        let limit = if query.limit == 0 { usize::MAX } else { query.limit };
        let end = query.offset.saturating_add(limit);
        if end < total {
            found.select_nth_unstable_by(end, |a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
            found.truncate(end);
        }
        found.sort_unstable_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let page = found.into_iter().skip(query.offset);
        (total, page.map(|(_, id, group)| (id, group)).collect())
    }

    /// One incident in full, if anything of it is readable.
    pub fn show(&self, incident: &IncidentId, names: &impl Names) -> Option<Incident> {
        let group = self.groups.get(incident)?;
        self.judge(incident, group);
        Some(show::show(*incident, group, names))
    }

    /// The line of one incident, if anything of it is readable.
    #[must_use]
    pub fn line(&self, incident: &IncidentId, names: &impl Names) -> Option<IncidentRow> {
        let group = self.groups.get(incident)?;
        Some(line::line(*incident, group, &group.reading(), names))
    }

    /// The documents that speak for an incident, the most telling first, and who recorded it.
    pub fn speaking(&self, incident: &IncidentId) -> impl Iterator<Item = (OrgId, &HeldDocument)> {
        let reading = self.groups.get(incident).map(Group::reading);
        let origin = reading.and_then(Reading::origin);
        let documents = reading.into_iter().flat_map(Reading::speaking);
        documents.filter_map(move |document| Some((origin?, document)))
    }

    /// All incidents of which anything is readable, in order.
    pub fn all(&self) -> impl Iterator<Item = IncidentId> {
        self.groups.keys().copied()
    }

    /// How sure we are of an incident, as this circle reads it, if one is given.
    #[must_use]
    pub fn level(&self, incident: &IncidentId, circle: Option<CircleId>) -> Level {
        let Some(group) = self.groups.get(incident) else { return Level::Reported };
        self.judge(incident, group);
        group.reading_in(circle).map_or(Level::Reported, Reading::level)
    }

    /// The documents of an incident, the most telling first.
    pub fn documents(&self, incident: &IncidentId) -> impl Iterator<Item = &HeldDocument> {
        self.groups.get(incident).into_iter().flat_map(Group::documents)
    }

    /// The dossier that came from a row of a list, if there is one: of several the first, which is
    /// the same on every device.
    #[must_use]
    pub fn imported(&self, row: [u8; 32]) -> Option<(IncidentId, &HeldDocument)> {
        self.imported.of(row).find_map(|incident| {
            let mut documents = self.documents(&incident);
            Some((incident, documents.find(|document| imported::is_of(document, row))?))
        })
    }

    /// The incidents whose id begins with these hexadecimal digits, in order.
    pub fn starting_with(&self, prefix: &str) -> impl Iterator<Item = IncidentId> {
        let prefix = prefix.to_ascii_lowercase();
        let first = format!("{prefix:0<width$}", width = 2 * IncidentId::LEN).parse().ok();
        let ids = first.into_iter().flat_map(|first: IncidentId| self.groups.range(first..));
        ids.map(|(id, _)| *id).take_while(move |id| id.to_string().starts_with(&prefix))
    }

    /// The documents of the board, those of one card one after the other.
    pub fn board(&self) -> impl Iterator<Item = &HeldCard> {
        self.shelf.board.all()
    }

    /// The documents of one card or item, in the order of their circles.
    pub fn board_documents(&self, card: &CardId) -> impl Iterator<Item = &HeldCard> {
        self.shelf.board.of(card)
    }

    /// The records of a kind that count, with who wrote each, in all circles.
    pub fn records(&self, kind: RecordKind) -> impl Iterator<Item = (OrgId, &BesideRecord)> {
        self.shelf.of(kind)
    }

    /// The alerts, or the entries to them, with who wrote each, in all circles: also those that were
    /// written in again, of which the record says what stands.
    pub fn alarms(&self, kind: RecordKind) -> impl Iterator<Item = (OrgId, &BesideRecord)> {
        self.shelf.alarms(kind)
    }

    /// The alert in a document, or the entry to one, with who wrote it.
    #[must_use]
    pub fn alarm(
        &self,
        kind: RecordKind,
        key: &(CircleId, DocumentId),
    ) -> Option<(OrgId, &BesideRecord)> {
        self.shelf.alarm(kind, key)
    }

    /// The records of a kind beside a card that count, in one circle, with who wrote each.
    pub fn records_of_card(
        &self,
        kind: RecordKind,
        circle: &CircleId,
        card: &CardId,
    ) -> impl Iterator<Item = (OrgId, &BesideRecord)> {
        self.shelf.of_card(kind, circle, card)
    }

    /// The records of a kind with who wrote them, also those that were written again.
    pub fn written(&self, kind: RecordKind) -> impl Iterator<Item = (OrgId, &BesideRecord)> {
        self.shelf.written(kind)
    }

    /// The reviews of an incident that count, with who wrote each, in all circles.
    pub fn reviews_of(
        &self,
        incident: &IncidentId,
    ) -> impl Iterator<Item = (OrgId, &BesideRecord)> {
        self.shelf.reviews_of(incident)
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
        self.provenances.documents_in(circle)
    }

    /// How much there is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { incidents: count(self.groups.len()), ..Counts::default() };
        for document in self.groups.values().flat_map(Group::documents) {
            counts.documents += 1;
            counts.conflicts += count(document.conflicts().len());
            *counts.by_circle.entry(document.circle()).or_default() += 1;
        }
        counts
    }
}

/// The incident of a dossier with this id.
const fn namesake(document: &DocumentId) -> IncidentId {
    IncidentId::new(*document.as_bytes())
}

fn is_elsewhere(document: &DocumentId, incident: &IncidentId) -> bool {
    namesake(document) != *incident
}
