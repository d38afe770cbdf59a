//! How sure we are of incidents, worked out once after a document or a review of theirs changed:
//! lists and filters ask it of a hundred thousand at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
};

use jiff::civil;
use rayon::prelude::*;

use crate::{
    api::answer::CircleKind,
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

/// What a circle has agreed on, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircleRules {
    /// A coalition, a circle of some of its partners, or our own.
    pub kind: CircleKind,
    /// Whose word decides.
    pub rules: Rules,
}

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
    pub fn set_rules(&mut self, rules: BTreeMap<CircleId, CircleRules>) {
        if rules != self.rules {
            // What counts for all incidents: of what kind circles are, and how many must speak.
            let for_all = |rules: &BTreeMap<CircleId, CircleRules>| -> Vec<_> {
                let each = rules.iter();
                each.map(|(circle, it)| (*circle, it.kind, it.rules.two_organisations)).collect()
            };
            let all = for_all(&rules) != for_all(&self.rules);
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

    /// The reviews of an incident that can be read, in a circle or in all. In all: in those where
    /// the incident has a document that speaks for it, and in our own; nobody makes a review count
    /// by writing it where the incident is not.
    #[must_use]
    pub fn signed_reviews(
        &self,
        incident: &IncidentId,
        circle: Option<CircleId>,
    ) -> Vec<SignedReview> {
        let group = self.groups.get(incident);
        let speaks_in = |circle: &CircleId| {
            let mut documents = group.into_iter().flat_map(Group::documents);
            documents.any(|it| it.circle() == *circle && !it.is_in_doubt())
        };
        let counts = |of: &CircleId| match circle {
            Some(circle) => *of == circle,
            None => self.kind(of) == Some(CircleKind::Private) || speaks_in(of),
        };
        let reviews = self.shelf.reviews_of(incident);
        reviews
            .filter(|(_, held)| counts(&held.circle))
            .filter_map(|(author, held)| SignedReview::read(author, &held.record()).ok())
            .collect()
    }

    fn kind(&self, circle: &CircleId) -> Option<CircleKind> {
        self.rules.get(circle).map(|it| it.kind)
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

    /// The rules of a circle; of all circles together those of the widest in which a facet speaks
    /// for the incident: a coalition's, else those of a circle of some partners. The tier that a
    /// facet names does not matter.
    fn rules_of(&self, group: &Group, circle: Option<CircleId>) -> Rules {
        let widest = || {
            let facets = group.documents().iter().filter(|it| !it.is_dossier());
            let circles = facets.filter(|it| !it.is_in_doubt()).map(|it| it.circle());
            circles.min_by_key(|circle| (self.kind(circle) != Some(CircleKind::Coalition), *circle))
        };
        let circle = circle.or_else(widest);
        circle
            .and_then(|circle| self.rules.get(&circle))
            .map(|it| it.rules.clone())
            .unwrap_or_default()
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
