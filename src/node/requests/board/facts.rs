//! What this node may read of the registry, for the views of the board.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    api::ApiError,
    board::{Consent, IncidentFacts, Inputs, Intervention},
    figures::{self, Mark, Period},
    model::{
        board::CardKind,
        disclosure::{self, ConsentState},
        id::{CircleId, IncidentId},
        registry::{Date, Record, Tier, table},
        verification::Level,
    },
    node::{Node, clock, requests::meta::facet_document},
};

/// Years that a scorecard counts at most: a year is one report.
const MAX_YEARS: usize = 30;

impl Node {
    /// The facts of every incident that is readable: in one circle, or here at all. Nothing goes in
    /// that the reader could not see in the incident's own view.
    pub(super) fn incident_facts(
        &self,
        circle: Option<CircleId>,
        today: civil::Date,
    ) -> BTreeMap<IncidentId, IncidentFacts> {
        let circles: Vec<CircleId> = match circle {
            Some(circle) => vec![circle],
            None => self.replica.circle_ids().collect(),
        };
        let clusters = self.clusters_in(&circles, today);
        // As reports read them: not what nobody wrote who could have recorded it.
        let of_circles = || circles.iter().flat_map(|circle| self.view.readings_in(*circle));
        let records: BTreeMap<IncidentId, Record> = match circle {
            Some(_one) => of_circles().map(|(id, _, record)| (id, record)).collect(),
            None => {
                let own = self.view.all().filter(|id| self.dossier(id).is_some());
                let all: BTreeSet<IncidentId> =
                    of_circles().map(|(id, ..)| id).chain(own).collect();
                all.into_iter()
                    .filter_map(|id| Some((id, self.view.reading_of(&id, None)?)))
                    .collect()
            }
        };
        let facts = records.iter().filter_map(|(id, record)| {
            let facts = self.facts_of(id, record, circle, today);
            let by_today = facts.recorded.is_none_or(|recorded| recorded <= today);
            by_today.then(|| (*id, IncidentFacts { event: Some(clusters.event_of(id)), ..facts }))
        });
        facts.collect()
    }

    /// Of some incidents those whose facet was emptied in the circle, or in one that is held here.
    pub(super) fn emptied(
        &self,
        circle: Option<CircleId>,
        of: BTreeSet<IncidentId>,
    ) -> BTreeSet<IncidentId> {
        let circles: Vec<CircleId> =
            circle.map_or_else(|| self.replica.circle_ids().collect(), |circle| vec![circle]);
        let is_emptied = |circle: &CircleId, id: &IncidentId| {
            let held = self.incident_document(&(*circle, facet_document(id, circle)));
            held.ok().flatten().is_some_and(|held| held.record().is_empty())
        };
        of.into_iter().filter(|id| circles.iter().any(|circle| is_emptied(circle, id))).collect()
    }

    fn facts_of(
        &self,
        incident: &IncidentId,
        record: &Record,
        circle: Option<CircleId>,
        today: civil::Date,
    ) -> IncidentFacts {
        let level = self.view.level(incident, circle);
        let day = |path: &str| record.text(path)?.parse::<Date>().ok()?.earliest();
        IncidentFacts {
            event: None,
            country: record.text(table::COUNTRY).map(str::to_uppercase),
            admin1: record.text(table::ADMIN1).map(ToOwned::to_owned),
            level,
            consent: match circle {
                Some(circle) => self.consent_in(&circle, incident, record),
                None => self.consent_of(incident, record),
            },
            codes: codes(record),
            project: record.text("project").map(ToOwned::to_owned),
            recorded: day(table::RECORDED_ON),
            verified: (level >= Level::Verified)
                .then(|| self.verified_on(incident, circle, today))
                .flatten(),
            interventions: interventions(record),
        }
    }

    /// What a circle's documents say of consent, and nothing that is known elsewhere: what is shared
    /// there was shared by consent, and all fields are taken out of it when that is withdrawn. Who
    /// recorded it may know of more, and tells it there or not.
    fn consent_in(&self, circle: &CircleId, incident: &IncidentId, record: &Record) -> Consent {
        let here = |held: &crate::view::HeldDocument| held.circle() == *circle;
        let shared = |held: &crate::view::HeldDocument| here(held) && held.tier().is_some();
        match record.text("consent/basis") {
            Some("withdrawn") => Consent::Withdrawn,
            _basis if record.get(table::COUNTRY).is_none() => Consent::Withdrawn,
            _basis if self.view.documents(incident).any(shared) => Consent::Given,
            _basis => Consent::Unknown,
        }
    }

    /// For this organisation's own eyes: its ledger says it of its own incidents.
    fn consent_of(&self, incident: &IncidentId, record: &Record) -> Consent {
        if let Some(dossier) = self.dossier(incident) {
            let (ledger, dossier) = (self.view.ledger(&self.own.private), dossier.record());
            let consent = disclosure::Consent::of(&dossier, &[], &ledger, clock::now());
            return match consent.state() {
                ConsentState::Withdrawn | ConsentState::Expired => Consent::Withdrawn,
                ConsentState::Partial | ConsentState::InForce
                    if consent.allows(Tier::Coalition).is_ok() =>
                {
                    Consent::Given
                }
                ConsentState::None | ConsentState::Partial | ConsentState::InForce => {
                    Consent::Unknown
                }
            };
        }
        let coalition = |held: &crate::view::HeldDocument| held.tier() == Some(Tier::Coalition);
        match record.text("consent/basis") {
            Some("withdrawn") => Consent::Withdrawn,
            _basis if record.get(table::COUNTRY).is_none() => Consent::Withdrawn,
            _basis if self.view.documents(incident).any(coalition) => Consent::Given,
            _basis => Consent::Unknown,
        }
    }

    /// The first day as of which its reviews verify an incident.
    fn verified_on(
        &self,
        incident: &IncidentId,
        circle: Option<CircleId>,
        today: civil::Date,
    ) -> Option<civil::Date> {
        let case = self.view.case(incident, circle)?;
        let days: BTreeSet<civil::Date> = case
            .reviews
            .iter()
            .filter_map(|signed| signed.review.at.parse::<Date>().ok()?.latest())
            .filter(|day| *day <= today)
            .collect();
        days.into_iter().find(|day| case.assess(*day).level >= Level::Verified)
    }

    /// What governments reported by the registry's own records, and what the coalition counts in
    /// the years that reports are about: the report's own totals.
    ///
    /// # Errors
    /// When there are several coalitions and none is named: that of neither is everybody's, and
    /// without any each country would seem to be covered by nobody.
    pub(super) fn add_governments(
        &self,
        inputs: &mut Inputs,
        circle: Option<CircleId>,
    ) -> Result<(), ApiError> {
        let circle = match circle {
            Some(circle) if circle == self.own.private => return Ok(()),
            Some(circle) => circle,
            None => match self.find_coalition(None) {
                Err(error) if error.code.as_deref() == Some("no-coalition") => return Ok(()),
                found => found?,
            },
        };
        inputs.governments = self.government(&circle);
        let cards = inputs.cards.iter().filter(|card| card.kind == CardKind::GovReport);
        let years = cards.filter_map(|card| card.count("year"));
        let years = years.chain(inputs.governments.iter().map(figures::Government::year));
        let years: BTreeSet<i16> = years.filter_map(|year| i16::try_from(year).ok()).collect();
        let clusters = self.claims_in_clusters(&circle, inputs.today);
        // The latest years are those that are asked about.
        for year in years.into_iter().rev().take(MAX_YEARS) {
            let Ok(period) = Period::year(year) else { continue };
            let asked = figures::Inputs {
                clusters: &clusters,
                coverage: self.coverage(&circle, inputs.today),
                government: self.government(&circle),
                as_of: inputs.today,
                period,
                countries: BTreeSet::new(),
                exempt_killings: false,
                previous: None,
                vocabulary: self.terms_of(&circle).version(),
            };
            // Asked just as the report of all countries is, so that it hides the same.
            let Ok(issue) = figures::report(&asked) else { continue };
            for (country, total) in issue.totals {
                let mark = issue.marks.get(&country).copied().unwrap_or(Mark::Withheld);
                if let Some(total) = total {
                    inputs.counted.insert((country, i64::from(year)), (total, mark));
                }
            }
        }
        Ok(())
    }
}

/// All codes that a record uses, with their lists.
fn codes(record: &Record) -> BTreeSet<(String, String)> {
    let fields = record.iter().filter_map(|(path, value)| {
        let spec = table::find(record.schema(), path)?;
        // A flag that says no says nothing of its code.
        (value.as_flag() != Some(false)).then(|| spec.codes(path, value))
    });
    fields.flatten().map(|(list, code)| (list.to_owned(), code.to_owned())).collect()
}

fn interventions(record: &Record) -> Vec<Intervention> {
    let keys = record.keys("interventions");
    let one = |key: &&str| {
        let text = |field: &str| record.text(&format!("interventions/{key}/{field}"));
        let date = |field: &str| text(field).and_then(|date| date.parse().ok());
        Some(Intervention {
            kind: text("type")?.to_owned(),
            status: text("status").map(ToOwned::to_owned),
            requested: date("requested"),
            responded: date("responded"),
            impact: text("impact").map(ToOwned::to_owned),
        })
    };
    keys.iter().filter_map(one).collect()
}
