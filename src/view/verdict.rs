//! How sure we are of incidents, worked out once after a document or a review of theirs changed:
//! lists and filters ask it of a hundred thousand at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
};

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
    /// Takes what each circle has agreed on.
    pub fn set_rules(&mut self, rules: BTreeMap<CircleId, Rules>) {
        if rules != self.rules {
            let stricter = |rules: &BTreeMap<CircleId, Rules>| -> BTreeSet<CircleId> {
                let stricter = rules.iter().filter(|(_, rules)| rules.two_organisations);
                stricter.map(|(circle, _)| *circle).collect()
            };
            let all = stricter(&rules) != stricter(&self.rules);
            self.rules = rules;
            // Who decides matters only where somebody speaks against an incident.
            let reviewed: Vec<IncidentId> = self.shelf.reviewed().copied().collect();
            for incident in reviewed {
                if all || self.is_spoken_against(&incident) {
                    self.unjudge(&incident);
                }
            }
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

    /// Says that a document or a review of an incident has changed.
    pub(super) fn unjudge(&mut self, incident: &IncidentId) {
        if let Some(group) = self.groups.get_mut(incident) {
            group.forget_levels();
            *self.judged.get_mut() = false;
        }
    }

    /// Works out the level of an incident that is about to be shown.
    pub(super) fn judge(&self, incident: &IncidentId, group: &Group) {
        if self.shelf.reviews_of(incident).next().is_some() {
            group.judge(|| self.levels(incident, group));
        }
    }

    /// Works out the levels of all incidents that somebody reviewed, as far as that has not been
    /// done: on all cores, since there may be a hundred thousand.
    pub(super) fn judge_all(&self) {
        if self.judged.load(Ordering::Acquire) {
            return;
        }
        let reviewed: Vec<&IncidentId> = self.shelf.reviewed().collect();
        reviewed.into_par_iter().for_each(|incident| {
            if let Some(group) = self.groups.get(incident) {
                self.judge(incident, group);
            }
        });
        self.judged.store(true, Ordering::Release);
    }

    /// Whether some review of an incident does not just raise its level.
    fn is_spoken_against(&self, incident: &IncidentId) -> bool {
        self.shelf.reviews_of(incident).any(|(_, held)| {
            let level = held.text("level");
            let level = level.as_deref().and_then(Level::from_code);
            level.is_none_or(Level::is_aside)
        })
    }

    /// The levels of an incident by its readings. In the private circle is what all together say.
    fn levels(&self, incident: &IncidentId, group: &Group) -> Levels {
        let facets = group.documents().iter().filter(|document| document.tier().is_some());
        let circles: BTreeSet<CircleId> = facets.map(|it| it.circle()).collect();
        let readings = circles.into_iter().map(Some).chain([None]);
        let level = |circle| self.assessment(incident, circle, civil::Date::MAX).map(|it| it.level);
        readings.filter_map(|circle| Some((circle, level(circle)?))).collect()
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
