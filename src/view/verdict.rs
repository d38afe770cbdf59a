//! How sure we are of incidents, worked out when a document or a review of theirs changes: lists
//! and filters ask it of a hundred thousand at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;
use rayon::prelude::*;

use crate::{
    model::{
        id::{CircleId, IncidentId, OrgId},
        registry::Record,
        verification::{Assessment, Facts, Level, Rules, SignedReview, assess},
    },
    view::{
        View,
        group::{Group, Reading},
    },
};

/// Levels by reading: of one circle, or of all documents together.
pub(super) type Levels = BTreeMap<Option<CircleId>, Level>;

/// What an assessment is made of.
#[derive(Debug, Clone)]
pub struct Case {
    /// Who recorded the incident.
    pub origin: OrgId,
    /// What the record says.
    pub facts: Facts,
    /// The reviews that are readable.
    pub reviews: Vec<SignedReview>,
    /// What the circle has agreed on.
    pub rules: Rules,
}

impl Case {
    /// The level as of a day, and why.
    #[must_use]
    pub fn assess(&self, as_of: civil::Date) -> Assessment {
        assess(&self.facts, &self.origin, &self.reviews, &self.rules, as_of)
    }
}

impl View {
    /// Takes what each circle has agreed on, and works out again what hangs on it.
    pub fn set_rules(&mut self, rules: BTreeMap<CircleId, Rules>) {
        if rules != self.rules {
            self.rules = rules;
            self.judge_all();
        }
    }

    /// What is known of an incident's verification: by what is readable in a circle, or by all that
    /// is readable here. None if nothing of it is.
    #[must_use]
    pub fn case(&self, incident: &IncidentId, circle: Option<CircleId>) -> Option<Case> {
        let group = self.groups.get(incident)?;
        let reading = group.reading_in(circle)?;
        Some(Case {
            origin: reading.origin()?,
            facts: Facts::of(&record(reading)),
            reviews: self.signed_reviews(incident, circle),
            rules: self.rules_of(group, circle),
        })
    }

    /// The level of an incident as of a day, and why.
    #[must_use]
    pub fn assessment(
        &self,
        incident: &IncidentId,
        circle: Option<CircleId>,
        as_of: civil::Date,
    ) -> Option<Assessment> {
        Some(self.case(incident, circle)?.assess(as_of))
    }

    /// The reviews of an incident that can be read, in a circle or in all.
    #[must_use]
    pub fn signed_reviews(
        &self,
        incident: &IncidentId,
        circle: Option<CircleId>,
    ) -> Vec<SignedReview> {
        let reviews = self.shelf.reviews_of(incident);
        reviews
            .filter(|(_, held)| circle.is_none_or(|circle| held.circle == circle))
            .filter_map(|(author, held)| SignedReview::read(author, &held.record()).ok())
            .collect()
    }

    /// Works out the levels of one incident.
    pub(super) fn judge(&mut self, incident: &IncidentId) {
        let levels = self.levels(incident);
        if let Some(group) = self.groups.get_mut(incident) {
            group.set_levels(levels);
        }
    }

    /// Works out the levels of all incidents that somebody reviewed.
    pub(super) fn judge_all(&mut self) {
        let reviewed: Vec<IncidentId> = self.shelf.reviewed().copied().collect();
        let view = &*self;
        let levels: Vec<(IncidentId, Option<Levels>)> =
            reviewed.into_par_iter().map(|incident| (incident, view.levels(&incident))).collect();
        for (incident, levels) in levels {
            if let Some(group) = self.groups.get_mut(&incident) {
                group.set_levels(levels);
            }
        }
    }

    /// The levels of an incident that somebody reviewed.
    fn levels(&self, incident: &IncidentId) -> Option<Levels> {
        self.shelf.reviews_of(incident).next()?;
        let circles: BTreeSet<CircleId> =
            self.groups.get(incident)?.documents().iter().map(|it| it.circle()).collect();
        let readings = circles.into_iter().map(Some).chain([None]);
        let level = |circle| self.assessment(incident, circle, civil::Date::MAX).map(|it| it.level);
        Some(readings.filter_map(|circle| Some((circle, level(circle)?))).collect())
    }

    /// The rules of a circle; of all circles together those of the most open facet's, which most
    /// partners go by.
    fn rules_of(&self, group: &Group, circle: Option<CircleId>) -> Rules {
        let most_open = || {
            let facets = group.documents().iter().filter(|document| !document.is_dossier());
            facets.max_by_key(|document| document.tier()).map(|document| document.circle())
        };
        let circle = circle.or_else(most_open);
        circle.and_then(|circle| self.rules.get(&circle)).cloned().unwrap_or_default()
    }
}

/// What a reading says of every field.
pub(super) fn record(reading: Reading<'_>) -> Record {
    let mut speaking = reading.speaking();
    let mut record = speaking.next().map_or_else(Record::incident, |it| it.record().unpack());
    for document in speaking {
        for (path, value) in document.record().iter() {
            let path = path.to_path().filter(|path| record.get(path.as_str()).is_none());
            if let Some(path) = path {
                // A record that is full takes no more: what is missing then raises nothing.
                let _full = record.set(path, value.to_value());
            }
        }
    }
    record
}
