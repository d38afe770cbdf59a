//! What numbers stand on: the claims that a circle reads, with their levels, in their clusters.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use super::day;
use crate::{
    api::{
        ApiError,
        answer::CircleKind,
        figures::{Basis, FigureFilter},
    },
    figures::{
        Claim, Cluster, Coverage, Declaration, Event, Filter, Government, Reading, SamePerson,
        events,
    },
    linkage::{self, Clusters, Judgement, VictimRef},
    model::{
        id::{CircleId, IncidentId, OrgId},
        registry::{Record, RecordKind, place},
        verification::Level,
        vocabulary::Vocabulary,
    },
    node::{Node, clock, errors},
};

/// What the statistics of one circle are made from.
pub(super) struct Ground {
    pub(super) circle: CircleId,
    pub(super) as_of: civil::Date,
    pub(super) events: Vec<Event>,
    pub(super) filter: Filter,
    pub(super) basis: Basis,
}

impl Node {
    pub(super) fn ground(&self, filter: &FigureFilter) -> Result<Ground, ApiError> {
        let circle = self.figures_circle(filter.circle.as_deref())?;
        let as_of = self.as_of(filter.as_of.as_deref())?;
        let wanted = read_filter(filter)?;
        let clusters = self.claims_in_clusters(&circle, as_of);
        let basis = self.basis(&circle, as_of, wanted.level);
        Ok(Ground { circle, as_of, events: events(&clusters), filter: wanted, basis })
    }

    pub(super) fn basis(&self, circle: &CircleId, as_of: civil::Date, level: Level) -> Basis {
        let coalition = self.kind_of(circle) == CircleKind::Coalition;
        Basis {
            circle: *circle,
            circle_name: self.circle_name(circle),
            as_of: as_of.to_string(),
            level: level.to_string(),
            tier: if coalition { "coalition" } else { "restricted" }.to_owned(),
        }
    }

    /// The circle whose readings are counted: one of partners, because what consent covers is
    /// worked out where something is shared.
    pub(super) fn figures_circle(&self, name: Option<&str>) -> Result<CircleId, ApiError> {
        let Some(name) = name else { return self.find_coalition(None) };
        let circle = self.find_circle(name)?;
        if self.kind_of(&circle) == CircleKind::Private {
            return Err(errors::usage("figures are of a circle of partners").hint(
                "share the incidents with the coalition: what consent lets be counted is worked \
                 out there",
            ));
        }
        Ok(circle)
    }

    /// The day as of which all is read; today if none is given.
    pub(in crate::node::requests) fn as_of(
        &self,
        text: Option<&str>,
    ) -> Result<civil::Date, ApiError> {
        match text {
            Some(text) => day(text),
            None => day(&clock::now().to_date()),
        }
    }

    /// All claims that a circle reads, at their levels as of a day, in the clusters of that day's
    /// judgements. The same on every node that holds the same of the circle.
    pub(in crate::node::requests) fn claims_in_clusters(
        &self,
        circle: &CircleId,
        as_of: civil::Date,
    ) -> Vec<Cluster> {
        let clusters = self.clusters_in(&[*circle], as_of);
        let mut victims: BTreeMap<IncidentId, Vec<linkage::Victim>> = BTreeMap::new();
        let mut claims: BTreeMap<IncidentId, Vec<Claim>> = BTreeMap::new();
        for (incident, origin, record) in self.view.readings_in(*circle) {
            let judged = self.view.assessment(&incident, Some(*circle), as_of);
            let level = judged.map_or(Level::Reported, |judged| judged.level);
            let reading = Reading { incident, origin, level, record: &record };
            let claim = Claim::read(reading);
            if !claim.is_recorded_by(as_of) {
                continue;
            }
            if clusters.cluster_of(&incident).is_some() {
                let named = linkage::Claim::of(incident, origin, &record);
                victims.insert(incident, named.victims);
            }
            claims.entry(clusters.event_of(&incident)).or_default().push(claim);
        }
        let formed = claims.into_values().filter_map(|claims| {
            let first = claims.first()?.incident();
            let same = match clusters.cluster_of(&first) {
                Some(cluster) => same_persons(&clusters, cluster, &victims),
                None => Vec::new(),
            };
            Cluster::new(claims, same)
        });
        formed.collect()
    }

    /// The clusters that the judgements of some circles make as of a day.
    pub(in crate::node::requests) fn clusters_in(
        &self,
        circles: &[CircleId],
        as_of: civil::Date,
    ) -> Clusters {
        let judgements =
            circles.iter().flat_map(|circle| self.beside(RecordKind::Judgement, circle));
        let judgements = judgements.filter_map(|(author, record)| Judgement::of(author, &record));
        Clusters::of(judgements, Some(as_of))
    }

    /// The records of a kind that count in a circle, with who wrote each; copies once.
    pub(super) fn beside(
        &self,
        kind: RecordKind,
        circle: &CircleId,
    ) -> impl Iterator<Item = (OrgId, Record)> {
        let held = self.view.records(kind).filter(|(_, held)| held.circle == *circle);
        let mut once: BTreeMap<(OrgId, String), Record> = BTreeMap::new();
        for (author, held) in held {
            let record = held.record();
            let id = record.text(crate::view::RECORD_ID).unwrap_or_default().to_owned();
            once.insert((author, id), record);
        }
        once.into_iter().map(|((author, _), record)| (author, record))
    }

    pub(in crate::node::requests) fn coverage(
        &self,
        circle: &CircleId,
        as_of: civil::Date,
    ) -> Coverage {
        let records = self.beside(RecordKind::Coverage, circle);
        let read = records.filter_map(|(author, record)| Declaration::read(author, &record));
        Coverage::of(read, as_of)
    }

    pub(in crate::node::requests) fn government(&self, circle: &CircleId) -> Vec<Government> {
        let records = self.beside(RecordKind::Government, circle);
        records.filter_map(|(_, record)| Government::read(&record)).collect()
    }
}

/// Who is the same person in the claims of one cluster, as pairs.
fn same_persons(
    clusters: &Clusters,
    cluster: &linkage::Cluster,
    victims: &BTreeMap<IncidentId, Vec<linkage::Victim>>,
) -> Vec<SamePerson> {
    let of = |victim: &VictimRef| (victim.incident, victim.key.clone());
    let persons = linkage::persons(clusters, cluster, victims);
    let pairs = persons.iter().flat_map(|person| {
        let others = person.victims.iter().skip(1);
        person.victims.iter().zip(others).map(|(one, other)| (of(one), of(other)))
    });
    pairs.map(|(first, second)| SamePerson { first, second }).collect()
}

fn read_filter(filter: &FigureFilter) -> Result<Filter, ApiError> {
    if filter.years.is_some_and(|(first, last)| first > last || last - first > 500) {
        return Err(errors::usage("the years are not in order, or too many"));
    }
    Ok(Filter {
        countries: countries(&filter.countries)?,
        years: filter.years,
        violations: filter.violations.iter().map(|it| violation(it)).collect::<Result<_, _>>()?,
        level: filter.level.as_deref().map_or(Ok(Level::Reported), level)?,
    })
}

/// Countries by code or name.
pub(super) fn countries(names: &[String]) -> Result<BTreeSet<String>, ApiError> {
    names.iter().map(|name| country(name)).collect()
}

pub(super) fn country(name: &str) -> Result<String, ApiError> {
    place::country(name).ok_or_else(|| {
        errors::usage(format!("not a country: {name:?}")).hint("write two letters, for example CO")
    })
}

fn violation(code: &str) -> Result<String, ApiError> {
    match Vocabulary::built_in().term("violation_type", code) {
        Some(term) => Ok(term.code.to_owned()),
        None if code.starts_with("x_") => Ok(code.to_owned()),
        None => Err(errors::usage(format!("not a type of violation: {code:?}"))
            .hint("the codes are those of the list violation_type")),
    }
}

fn level(text: &str) -> Result<Level, ApiError> {
    let text = text.trim_end_matches('+');
    let known = Level::ALL.into_iter().filter(|level| !level.is_aside());
    let short = |level: &Level| level.code().split('_').next() == Some(text);
    known.into_iter().find(|level| level.code() == text || short(level)).ok_or_else(|| {
        errors::usage(format!("not a level: {text:?}")).hint("levels are v0, v1, v2, v3, v4")
    })
}
