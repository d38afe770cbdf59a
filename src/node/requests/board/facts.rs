//! What this node may read of the registry, for the views of the board.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    board::{Consent, IncidentFacts, Inputs, Intervention},
    figures::{self, Period},
    model::{
        board::CardKind,
        disclosure::{self, ConsentState},
        id::{CircleId, IncidentId},
        registry::{Date, Record, Tier, table},
        verification::Level,
    },
    node::{Node, clock},
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
        let all = self.view.all();
        all.filter_map(|id| Some((id, self.facts_of(&id, circle, today)?))).collect()
    }

    fn facts_of(
        &self,
        incident: &IncidentId,
        circle: Option<CircleId>,
        today: civil::Date,
    ) -> Option<IncidentFacts> {
        let record = self.view.reading_of(incident, circle)?;
        let level = self.view.level(incident, circle);
        let day = |path: &str| record.text(path)?.parse::<Date>().ok()?.earliest();
        Some(IncidentFacts {
            country: record.text(table::COUNTRY).map(str::to_uppercase),
            admin1: record.text(table::ADMIN1).map(ToOwned::to_owned),
            level,
            consent: self.consent_of(incident, &record),
            codes: codes(&record),
            project: record.text("project").map(ToOwned::to_owned),
            recorded: day(table::RECORDED_ON),
            verified: (level >= Level::Verified)
                .then(|| self.verified_on(incident, circle, today))
                .flatten(),
            interventions: interventions(&record),
        })
    }

    /// Our own ledger says it of our own incidents. What a partner shared with a coalition it shared
    /// by consent, and takes all fields out of it when that is withdrawn.
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
    pub(super) fn add_governments(&self, inputs: &mut Inputs, circle: Option<CircleId>) {
        let only = || self.find_coalition(None).ok();
        let Some(circle) = circle.or_else(only) else { return };
        inputs.governments = self.government(&circle);
        let cards = inputs.cards.iter().filter(|card| card.kind == CardKind::GovReport);
        let years = cards.filter_map(|card| card.count("year"));
        let years = years.chain(inputs.governments.iter().map(figures::Government::year));
        let years: BTreeSet<i16> = years.filter_map(|year| i16::try_from(year).ok()).collect();
        let countries: BTreeSet<String> = inputs
            .cards
            .iter()
            .filter(|card| card.kind == CardKind::GovReport)
            .flat_map(crate::model::board::Card::countries)
            .chain(inputs.governments.iter().map(|it| it.country().to_owned()))
            .collect();
        let clusters = self.claims_in_clusters(&circle, inputs.today);
        // The latest years are those that are asked about.
        for year in years.into_iter().rev().take(MAX_YEARS) {
            let Ok(period) = Period::year(year) else { continue };
            let asked = figures::Inputs {
                clusters: &clusters,
                coverage: self.coverage(&circle, inputs.today),
                government: Vec::new(),
                as_of: inputs.today,
                period,
                countries: countries.clone(),
                exempt_killings: false,
                previous: None,
                vocabulary: String::new(),
            };
            let Ok(issue) = figures::report(&asked) else { continue };
            for (country, total) in issue.totals {
                if let Some(total) = total {
                    inputs.counted.insert((country, i64::from(year)), total);
                }
            }
        }
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
