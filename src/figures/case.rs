//! Cases: one victim of one event, with the category that it is counted in, or why it is not.

use std::collections::BTreeSet;

use crate::{
    figures::{
        category::{Code, Family},
        eligibility::{Act, Aside, Link, Motivation, Outcome, Population, judge},
        event::{Event, Victim},
        period::{Period, Placement},
    },
    model::verification::Level,
};

/// Harm that goes on: an interval says how long it lasted, and it counts in the year it began.
const CONTINUES: &[&str] = &[
    "enforced_disappearance",
    "disappearance_undetermined",
    "arbitrary_detention",
    "detention_unassessed",
    "kidnapping",
    "hostage_taking",
    "confinement",
    "forced_displacement",
];

/// What a case is counted as in one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing<T> {
    /// Category or family.
    pub of: T,
    /// By which rule.
    pub why: &'static str,
    /// Who did it.
    pub link: Link,
    /// Whom the indicator is about.
    pub population: Population,
    /// Whether the person is of more populations than the one counted.
    pub of_several: bool,
}

/// One victim of one event.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The event.
    pub event: &'a Event,
    /// The victim.
    pub victim: &'a Victim,
    /// In the strict figure: the highest category of its verified acts.
    pub strict: Option<Standing<Code>>,
    /// In the block beyond the indicator: the first family of its other verified acts.
    pub beyond: Option<Standing<Family>>,
    /// The category that waits for who did it.
    pub annex: Option<Code>,
    /// The category that waits for why it was done.
    pub pending: Option<Code>,
    /// Types that a policy would map, with the category.
    pub policies: BTreeSet<(String, Code)>,
    /// The category that claims not verified yet would make of it, with the highest level of them.
    pub unverified: Option<(Level, Option<Code>)>,
    /// Why verified acts are in no block.
    pub aside: BTreeSet<Aside>,
}

/// The cases of some events, in their order.
pub fn cases(events: &[Event]) -> Vec<Case<'_>> {
    let pairs = events.iter().flat_map(|event| event.individuals().map(move |it| (event, it)));
    pairs.map(|(event, victim)| Case::of(event, victim)).collect()
}

impl<'a> Case<'a> {
    fn of(event: &'a Event, victim: &'a Victim) -> Self {
        let mut case = Self {
            event,
            victim,
            strict: None,
            beyond: None,
            annex: None,
            pending: None,
            policies: BTreeSet::new(),
            unverified: None,
            aside: BTreeSet::new(),
        };
        victim.person.acts.iter().for_each(|act| case.take(act));
        for (level, act) in &victim.unverified {
            let code = match judge(act) {
                Outcome::Strict(code, _) | Outcome::Annex(code) => Some(code),
                Outcome::NotCounted(Aside::MotivationPending) => if_motivated(act),
                Outcome::Policy(..) | Outcome::Beyond(..) | Outcome::NotCounted(_) => None,
            };
            let known = case.unverified.map_or(*level, |(known, _)| known.max(*level));
            let best = case.unverified.and_then(|(_, code)| code).into_iter().chain(code).min();
            case.unverified = Some((known, best));
        }
        case
    }

    fn take(&mut self, act: &Act) {
        let coded = act.population.unwrap_or(Population::Outside);
        let (population, of_several) = self.victim.person.population(coded);
        match judge(act) {
            Outcome::Strict(code, why) => {
                let new = Standing { of: code, why, link: act.link, population, of_several };
                keep_first(&mut self.strict, new);
            }
            Outcome::Policy(code, family) => {
                self.policies.insert((act.violation.clone(), code));
                let why = "policy mapping, off in the strict figure";
                let new = Standing { of: family, why, link: act.link, population, of_several };
                keep_first(&mut self.beyond, new);
            }
            Outcome::Beyond(family, why) => {
                let new = Standing { of: family, why, link: act.link, population, of_several };
                keep_first(&mut self.beyond, new);
            }
            Outcome::Annex(code) => self.annex = self.annex.into_iter().chain([code]).min(),
            Outcome::NotCounted(aside) => {
                self.aside.insert(aside);
                if aside == Aside::MotivationPending {
                    let code = if_motivated(act);
                    self.pending = self.pending.into_iter().chain(code).min();
                }
            }
        }
    }

    /// Whether its acts are verified.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        !self.victim.person.acts.is_empty()
    }

    /// Whether a mandated body established it.
    #[must_use]
    pub fn is_mandated(&self) -> bool {
        self.victim.level == Level::Established
    }

    /// Whether it may be counted anywhere.
    #[must_use]
    pub const fn has_consent(&self) -> bool {
        self.victim.consent
    }

    /// Whether its event began in a period.
    #[must_use]
    pub fn placement(&self, period: &Period) -> Placement {
        placement(self.event, period)
    }

    /// What it would be once what it waits for is known, if it is not counted now.
    #[must_use]
    pub fn awaited(&self) -> Option<Code> {
        if self.strict.is_some() {
            return None;
        }
        let unverified = self.unverified.and_then(|(_, code)| code);
        self.annex.into_iter().chain(self.pending).chain(unverified).min()
    }
}

/// Whether an event began in a period.
pub(super) fn placement(event: &Event, period: &Period) -> Placement {
    let continues = event.violations.iter().any(|it| CONTINUES.contains(&it.as_str()));
    period.place(event.when.start(continues))
}

/// One victim has one category in one event: the highest.
fn keep_first<T: Ord + Copy>(held: &mut Option<Standing<T>>, new: Standing<T>) {
    let better = held.is_none_or(|held| {
        (new.of, new.population, new.link, new.why)
            < (held.of, held.population, held.link, held.why)
    });
    if better {
        *held = Some(new);
    }
}

/// The category that an act would be of if it was done for the victim's own work.
fn if_motivated(act: &Act) -> Option<Code> {
    match judge(&Act { motivation: Some(Motivation::Own), ..act.clone() }) {
        Outcome::Strict(code, _) | Outcome::Annex(code) => Some(code),
        Outcome::Policy(..) | Outcome::Beyond(..) | Outcome::NotCounted(_) => None,
    }
}
