//! One organisation's claim of an incident, as a circle reads it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;
use sha2::{Digest as _, Sha256};

use crate::{
    figures::{
        eligibility::{Act, DueDiligence, Link, Motivation, Population},
        period::When,
        person::Person,
    },
    model::{
        id::{IncidentId, OrgId},
        registry::{Date, Record, table},
        verification::Level,
    },
};

/// What a circle's reading of an incident is made of.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The incident.
    pub incident: IncidentId,
    /// Who recorded it.
    pub origin: OrgId,
    /// How sure it is at the as-of date.
    pub level: Level,
    /// What the circle reads.
    pub record: &'a Record,
}

/// A claim, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub(super) incident: IncidentId,
    pub(super) origin: OrgId,
    pub(super) level: Level,
    /// Hash of everything that the reading says.
    pub(super) version: [u8; 32],
    pub(super) recorded: Option<civil::Date>,
    pub(super) when: When,
    pub(super) country: Option<String>,
    pub(super) admin1: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) group_size: (Option<u64>, Option<u64>),
    /// Whether consent covers counting the incident as a whole.
    pub(super) consent: bool,
    pub(super) sectors: BTreeSet<String>,
    pub(super) perpetrators: BTreeSet<String>,
    pub(super) link: Link,
    pub(super) violations: BTreeSet<String>,
    pub(super) acts: usize,
    pub(super) persons: Vec<Person>,
    /// Acts that name no victim, where more than one could be meant.
    pub(super) loose_acts: usize,
    pub(super) legal: Vec<(String, Option<civil::Date>)>,
    pub(super) part_of: BTreeSet<IncidentId>,
    pub(super) precedes: BTreeSet<IncidentId>,
}

impl Claim {
    /// Reads a claim.
    #[must_use]
    pub fn read(reading: Reading<'_>) -> Self {
        let Reading { incident, origin, level, record } = reading;
        let text = |path: &str| record.text(path).map(str::to_owned);
        let count =
            |path: &str| record.get(path).and_then(|value| u64::try_from(value.as_integer()?).ok());
        let acts = acts(record);
        let (persons, loose_acts) = persons(record, &acts);
        let links = |kind: &str| linked(record, kind);
        let perpetrators = record.keys("perpetrators");
        let consent = record.flag("statistics/incident") == Some(true);
        Self {
            incident,
            origin,
            level,
            version: version(&reading),
            recorded: day(record.text(table::RECORDED_ON)),
            when: When::of(record.text(table::DATE)),
            country: text(table::COUNTRY),
            admin1: text(table::ADMIN1),
            unit: text("counting_unit"),
            group_size: (count("group_size/min"), count("group_size/max")),
            consent,
            sectors: record.set_codes("sectors").into_iter().map(str::to_owned).collect(),
            perpetrators: perpetrators
                .iter()
                .filter_map(|key| text(&format!("perpetrators/{key}/type")))
                .collect(),
            link: Link::over(perpetrators.iter().map(|key| link_of(record, key))),
            violations: violations(&acts, &persons, consent),
            acts: acts.len(),
            persons,
            loose_acts,
            legal: legal(record),
            part_of: links("part_of"),
            precedes: links("precedes"),
        }
    }

    /// Whether consent covers counting anything of it.
    pub(super) fn may_count(&self) -> bool {
        self.consent || self.persons.iter().any(|person| person.consent)
    }

    /// The incident that it is of.
    #[must_use]
    pub const fn incident(&self) -> IncidentId {
        self.incident
    }

    /// Whether it was recorded by a day, as far as it says.
    #[must_use]
    pub fn is_recorded_by(&self, day: civil::Date) -> bool {
        self.recorded.is_none_or(|recorded| recorded <= day)
    }

    /// The country.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }
}

fn day(text: Option<&str>) -> Option<civil::Date> {
    text?.parse::<Date>().ok()?.earliest()
}

/// The acts by key, each with its victim's key.
fn acts(record: &Record) -> BTreeMap<String, (Act, Option<String>)> {
    let one = |key: &str| {
        let at = |field: &str| format!("acts/{key}/{field}");
        let text = |field: &str| record.text(&at(field));
        let act = Act {
            violation: text("violation")?.to_owned(),
            attempted: record.flag(&at("attempted")) == Some(true),
            link: link(record, key),
            motivation: text("motivation").map(Motivation::from_code),
            due_diligence: text("due_diligence").map(DueDiligence::from_code),
            population: text("sdg_population").map(Population::from_code),
        };
        Some((key.to_owned(), (act, text("victim").map(str::to_owned))))
    };
    record.keys("acts").into_iter().filter_map(one).collect()
}

/// The link to the State of those who did an act; of all perpetrators if it names none. Whoever
/// failed to prevent it did not do it: that is what due diligence is about.
fn link(record: &Record, act: &str) -> Link {
    let under = format!("acts/{act}/by");
    let named: Vec<(&str, Option<&str>)> = record
        .under(&under)
        .filter_map(|(path, value)| Some((path.segment(3)?, value.as_text())))
        .collect();
    if named.is_empty() {
        return Link::over(record.keys("perpetrators").into_iter().map(|key| link_of(record, key)));
    }
    let did = named.into_iter().filter(|(_, degree)| *degree != Some("failed_to_prevent"));
    Link::over(did.map(|(key, _)| link_of(record, key)))
}

fn link_of(record: &Record, perpetrator: &str) -> Link {
    let code = record.text(&format!("perpetrators/{perpetrator}/state_link"));
    code.map_or(Link::Undetermined, Link::from_code)
}

/// The victims with their acts, and how many acts could not be given to one.
fn persons(
    record: &Record,
    acts: &BTreeMap<String, (Act, Option<String>)>,
) -> (Vec<Person>, usize) {
    let keys: BTreeSet<&str> = record.keys("victims").into_iter().collect();
    // An act without a victim is the only one's; but of a group it is the group's, unless somebody
    // said who the one is.
    let only = if keys.len() == 1 { keys.first().copied() } else { None };
    let only = only.filter(|key| {
        record.text("counting_unit") == Some("individual")
            || Person::read(record, key, Vec::new()).sex.is_some()
    });
    let mut of_victim: BTreeMap<&str, Vec<Act>> = BTreeMap::new();
    let mut loose = 0;
    for (act, victim) in acts.values() {
        match victim.as_deref().or(only) {
            Some(victim) => of_victim.entry(victim).or_default().push(act.clone()),
            None => loose += 1,
        }
    }
    // An act may name a victim of whom nothing else is said.
    let all: BTreeSet<&str> = keys.into_iter().chain(of_victim.keys().copied()).collect();
    let persons = all
        .into_iter()
        .map(|key| Person::read(record, key, of_victim.get(key).cloned().unwrap_or_default()));
    (persons.collect(), loose)
}

/// The types of violation that the incident has: of the victims who consent, if only some do and
/// nobody consents for the whole.
fn violations(
    acts: &BTreeMap<String, (Act, Option<String>)>,
    persons: &[Person],
    whole: bool,
) -> BTreeSet<String> {
    let some = persons.iter().any(|person| person.consent);
    let of = |act: &Act| act.violation.clone();
    if whole || !some {
        return acts.values().map(|(act, _)| of(act)).collect();
    }
    persons.iter().filter(|person| person.consent).flat_map(|person| &person.acts).map(of).collect()
}

fn legal(record: &Record) -> Vec<(String, Option<civil::Date>)> {
    let steps = record.keys("legal").into_iter().filter_map(|key| {
        let stage = record.text(&format!("legal/{key}/stage"))?.to_owned();
        Some((stage, day(record.text(&format!("legal/{key}/date")))))
    });
    steps.collect()
}

fn linked(record: &Record, kind: &str) -> BTreeSet<IncidentId> {
    let of_kind = record
        .keys("links")
        .into_iter()
        .filter(|key| record.text(&format!("links/{key}/type")) == Some(kind));
    of_kind.filter_map(|key| record.text(&format!("links/{key}/incident"))?.parse().ok()).collect()
}

/// Hash of all that the reading says: equal if and only if two nodes read the same.
fn version(reading: &Reading<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut chunk = |bytes: &[u8]| {
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(bytes);
    };
    chunk(reading.incident.as_bytes());
    chunk(reading.origin.as_bytes());
    chunk(reading.level.code().as_bytes());
    for (path, value) in reading.record.iter() {
        chunk(path.as_str().as_bytes());
        chunk(&value.canonical_bytes());
    }
    hash.finalize().into()
}
