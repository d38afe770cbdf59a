//! General statistics of the registry: acts, victims, incidents and claims, kept apart.

mod cross;
mod dimension;
mod trend;

use std::collections::BTreeSet;

use jiff::civil;

pub use self::{
    cross::{CrossTable, cross},
    dimension::Dimension,
    trend::{Step, Trend, trend},
};
use crate::{
    figures::{
        case::placement,
        eligibility::Act,
        event::{Event, Victim},
        government::share,
        legal::{Law, Outcome, age},
        period::{Period, Placement},
    },
    model::{id::OrgId, verification::Level},
};

/// What is counted. They are different numbers, and never added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// One violation of one victim.
    Acts,
    /// One victim of one incident.
    Victims,
    /// One event, however many tell of it.
    Incidents,
    /// One organisation's telling of an event.
    Claims,
}

impl Unit {
    /// All units.
    pub const ALL: [Self; 4] = [Self::Acts, Self::Victims, Self::Incidents, Self::Claims];

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acts => "acts",
            Self::Victims => "victims",
            Self::Incidents => "incidents",
            Self::Claims => "claims",
        }
    }

    /// The unit with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }
}

/// Which events are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// All if there is none.
    pub countries: BTreeSet<String>,
    /// First and last year.
    pub years: Option<(i16, i16)>,
    /// Types of violation; all if there is none.
    pub violations: BTreeSet<String>,
    /// At least so sure.
    pub level: Level,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            countries: BTreeSet::new(),
            years: None,
            violations: BTreeSet::new(),
            level: Level::Reported,
        }
    }
}

impl Filter {
    fn wants(&self, event: &Event) -> bool {
        let country = event.country.as_deref().unwrap_or_default();
        event.level >= self.level
            && (self.countries.is_empty() || self.countries.contains(country))
            && (self.violations.is_empty() || !self.violations.is_disjoint(&event.violations))
            && self.years.is_none_or(|(first, last)| {
                (first..=last).any(|year| {
                    let period = Period::year(year).ok();
                    period.is_some_and(|it| placement(event, &it) == Placement::Inside)
                })
            })
    }

    fn wants_act(&self, act: &Act) -> bool {
        self.violations.is_empty() || self.violations.contains(&act.violation)
    }

    fn events<'a>(&'a self, events: &'a [Event]) -> impl Iterator<Item = &'a Event> {
        events.iter().filter(|event| self.wants(event))
    }
}

/// The acts of a victim, verified or not.
fn acts(victim: &Victim) -> impl Iterator<Item = &Act> {
    victim.person.acts.iter().chain(victim.unverified.iter().map(|(_, act)| act))
}

/// One thing that is counted.
#[derive(Debug, Clone, Copy)]
struct Item<'a> {
    event: &'a Event,
    victim: Option<&'a Victim>,
    act: Option<&'a Act>,
    origin: Option<OrgId>,
}

/// The things of one unit that consent lets us count.
fn items<'a>(events: &'a [Event], filter: &'a Filter, unit: Unit) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    for event in filter.events(events) {
        let whole = Item { event, victim: None, act: None, origin: None };
        let may = event.consent || event.victims.iter().any(|victim| victim.consent);
        let victims = || {
            event.individuals().filter(|victim| {
                victim.consent
                    && (filter.violations.is_empty() || acts(victim).any(|it| filter.wants_act(it)))
            })
        };
        match unit {
            Unit::Incidents if may => items.push(whole),
            Unit::Claims if may => {
                let claims = event.claims.values().filter(|(_, may_count)| *may_count);
                let origins = claims.map(|(org, _)| *org);
                items.extend(origins.map(|org| Item { origin: Some(org), ..whole }));
            }
            Unit::Incidents | Unit::Claims => {}
            Unit::Victims => {
                items.extend(victims().map(|victim| Item { victim: Some(victim), ..whole }));
            }
            Unit::Acts => items.extend(victims().flat_map(|victim| {
                let wanted = acts(victim).filter(|act| filter.wants_act(act));
                wanted.map(move |act| Item { victim: Some(victim), act: Some(act), ..whole })
            })),
        }
    }
    items
}

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Violations of victims.
    pub acts: usize,
    /// Victims of incidents.
    pub victims: usize,
    /// Events.
    pub incidents: usize,
    /// Tellings of events.
    pub claims: usize,
    /// Victims of whom nothing is counted, because consent for statistics is missing. Not to be
    /// exported.
    pub without_consent: usize,
}

/// Counts acts, victims, incidents and claims.
#[must_use]
pub fn count(events: &[Event], filter: &Filter) -> Counted {
    let of = |unit| items(events, filter, unit).len();
    let victims = filter.events(events).flat_map(Event::individuals);
    Counted {
        acts: of(Unit::Acts),
        victims: of(Unit::Victims),
        incidents: of(Unit::Incidents),
        claims: of(Unit::Claims),
        without_consent: victims.filter(|victim| !victim.consent).count(),
    }
}

/// How far cases of some age came before the law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impunity {
    /// Age in years from which cases are looked at.
    pub years: i16,
    /// Verified incidents of that age.
    pub incidents: usize,
    /// Of them, those whose best stage is below the conviction of who did it.
    pub below: usize,
    /// Those in which who ordered it was convicted.
    pub instigator: usize,
    /// A conviction or a final acquittal.
    pub resolved: usize,
    /// Investigation to appeal.
    pub ongoing: usize,
    /// Nothing.
    pub none: usize,
    /// Share of those below, as a decimal number; `..` if there is no incident.
    pub share: String,
}

/// The indicator of impunity: verified incidents of so many years and more, as of a day.
#[must_use]
pub fn impunity(events: &[Event], filter: &Filter, years: i16, as_of: civil::Date) -> Impunity {
    let filter = Filter { level: filter.level.max(Level::Verified), ..filter.clone() };
    let old = items(events, &filter, Unit::Incidents).into_iter().map(|item| item.event);
    let old = old.filter(|event| age(event, as_of).is_some_and(|age| age >= years));
    let laws: Vec<Law> = old.map(|event| Law::of(event, as_of)).collect();
    let count = |wanted: &dyn Fn(&Law) -> bool| laws.iter().filter(|law| wanted(law)).count();
    let below = count(&|law| !law.convicted);
    let of = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Impunity {
        years,
        incidents: laws.len(),
        below,
        instigator: count(&|law| law.instigator),
        resolved: count(&|law| law.outcome == Outcome::Resolved),
        ongoing: count(&|law| law.outcome == Outcome::Ongoing),
        none: count(&|law| law.outcome == Outcome::None),
        share: share(of(below), of(laws.len())),
    }
}
