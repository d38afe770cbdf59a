//! Claims that are held to be of one event: what several partners report is counted once.

use std::collections::BTreeMap;

use jiff::civil;

use super::inputs::{Consent, IncidentFacts};
use crate::model::{id::IncidentId, verification::Level};

/// One event, as its claims say it.
#[derive(Debug, Clone)]
pub(super) struct Event<'a> {
    /// Its claims; never none.
    pub claims: Vec<&'a IncidentFacts>,
}

/// The events of some claims.
pub(super) fn events<'a>(
    claims: impl IntoIterator<Item = (&'a IncidentId, &'a IncidentFacts)>,
) -> Vec<Event<'a>> {
    let mut found: BTreeMap<IncidentId, Vec<&IncidentFacts>> = BTreeMap::new();
    for (id, facts) in claims {
        found.entry(facts.event.unwrap_or(*id)).or_default().push(facts);
    }
    found.into_values().map(|claims| Event { claims }).collect()
}

impl Event<'_> {
    /// The highest level of the claims that do not stand aside, else what they stand aside as.
    pub(super) fn level(&self) -> Level {
        let levels = || self.claims.iter().map(|claim| claim.level);
        let holding = levels().filter(|level| !level.is_aside()).max();
        holding.or_else(|| levels().max()).unwrap_or(Level::Reported)
    }

    /// Whether consent covers all of its claims; it is withdrawn where one's is.
    pub(super) fn consent(&self) -> Consent {
        let is = |wanted: Consent| move |claim: &&IncidentFacts| claim.consent == wanted;
        match () {
            () if self.claims.iter().any(|it| is(Consent::Withdrawn)(it)) => Consent::Withdrawn,
            () if self.claims.iter().all(|it| is(Consent::Given)(it)) => Consent::Given,
            () => Consent::Unknown,
        }
    }

    /// When the first of its claims was recorded.
    pub(super) fn recorded(&self) -> Option<civil::Date> {
        self.claims.iter().filter_map(|claim| claim.recorded).min()
    }

    /// When the first of its claims was verified.
    pub(super) fn verified(&self) -> Option<civil::Date> {
        self.claims.iter().filter_map(|claim| claim.verified).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{day, incident, incident_id};

    #[test]
    fn claims_of_one_event_are_one_with_the_best_level_and_the_worst_consent() {
        let of = |level, event: u8| IncidentFacts {
            event: Some(incident_id(event)),
            recorded: Some(day("2026-02-01")),
            ..incident("CO", level)
        };
        let withdrawn = IncidentFacts {
            consent: Consent::Withdrawn,
            recorded: Some(day("2026-01-01")),
            ..of(Level::Reported, 1)
        };
        let all = [
            (incident_id(1), of(Level::Verified, 1)),
            (incident_id(2), withdrawn),
            (incident_id(3), of(Level::Refuted, 1)),
            (incident_id(4), incident("CO", Level::Refuted)),
        ];
        let found = events(all.iter().map(|(id, facts)| (id, facts)));
        let told: Vec<_> =
            found.iter().map(|it| (it.claims.len(), it.level(), it.consent())).collect();
        assert_eq!(
            told,
            [(3, Level::Verified, Consent::Withdrawn), (1, Level::Refuted, Consent::Given)]
        );
        assert_eq!(found[0].recorded(), Some(day("2026-01-01")));
    }
}
