//! Which category of indicator 16.10.1 an act is of: the rules of the metadata, as one table.
//!
//! Two gates come before the table. **Population**: human rights defender, journalist, trade
//! unionist; an associate only because of the other's work. **Motivation**: a personal or common
//! crime never counts, and one whose motivation is not established waits; the vocabulary says so of
//! these two codes whatever a category's own rule says of the others.

use super::category::{Code, Family, OTHER_HARMFUL_ACTS};
use crate::model::vocabulary::Vocabulary;

/// The link of those who acted to the State, over all involvements of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// A State agent, or with the State's permission, support or acquiescence.
    State,
    /// Nobody of them.
    NonState,
    /// Not determined; never forced.
    Undetermined,
}

impl Link {
    /// All links.
    pub const ALL: [Self; 3] = [Self::State, Self::NonState, Self::Undetermined];

    /// The link that a code of the list `state_link` means.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "state_agent" | "acquiescence" => Self::State,
            "non_state" => Self::NonState,
            _undetermined => Self::Undetermined,
        }
    }

    /// Over several: State if any of them is; else undetermined if any is, or if there is none.
    #[must_use]
    pub fn over(links: impl IntoIterator<Item = Self>) -> Self {
        let mut found = None;
        for link in links {
            match (link, found) {
                (Self::State, _) => return Self::State,
                (Self::Undetermined, _) => found = Some(Self::Undetermined),
                (Self::NonState, None) => found = Some(Self::NonState),
                (Self::NonState, Some(_)) => {}
            }
        }
        found.unwrap_or(Self::Undetermined)
    }

    /// As it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::NonState => "non_state",
            Self::Undetermined => "undetermined",
        }
    }
}

/// The act's link to the work of defence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Motivation {
    /// The victim's own work.
    Own,
    /// The work of a relative or associate.
    Associate,
    /// It happened while engaged in the work.
    Engaged,
    /// Personal or common crime.
    Personal,
    /// Not established.
    Undetermined,
}

impl Motivation {
    /// The motivation that a code of the list `motivation_link` means.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "victim_activity" => Self::Own,
            "associate_activity" => Self::Associate,
            "while_engaged" => Self::Engaged,
            "personal" => Self::Personal,
            _undetermined => Self::Undetermined,
        }
    }
}

/// How the State acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DueDiligence {
    /// It failed, because of the work of the victim or an associate.
    FailureMotivated,
    /// Anything else: adequate, another failure, not assessed.
    Other,
}

impl DueDiligence {
    /// What a code of the list `due_diligence` means.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        if code == "failure_motivated" { Self::FailureMotivated } else { Self::Other }
    }
}

/// Whom the indicator is about. Ordered: a person who is two of these is counted as the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Population {
    /// A journalist or media worker.
    Journalist,
    /// A trade unionist.
    TradeUnionist,
    /// A human rights defender who is neither.
    Defender,
    /// A relative or associate.
    Associate,
    /// Another person.
    Outside,
}

impl Population {
    /// The population that a code of the list `sdg_population` means.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "journalist" => Self::Journalist,
            "trade_unionist" => Self::TradeUnionist,
            "hrd" => Self::Defender,
            "associate" => Self::Associate,
            _outside => Self::Outside,
        }
    }

    /// As it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Journalist => "journalist",
            Self::TradeUnionist => "trade_unionist",
            Self::Defender => "hrd",
            Self::Associate => "associate",
            Self::Outside => "not_in_scope",
        }
    }
}

/// One violation of one victim, as far as the rules ask. What nobody coded is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Act {
    /// Code of the list `violation_type`.
    pub violation: String,
    /// Whether it was not completed.
    pub attempted: bool,
    /// The link to the State over all involvements.
    pub link: Link,
    /// The link to the work.
    pub motivation: Option<Motivation>,
    /// How the State acted.
    pub due_diligence: Option<DueDiligence>,
    /// Whom the indicator is about.
    pub population: Option<Population>,
}

/// Why an act is in no category and in no line beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// The person is outside the populations of the indicator.
    OutsidePopulation,
    /// Nobody coded the population.
    PopulationNotCoded,
    /// An associate, but not because of the other's work.
    AssociateOtherwise,
    /// Personal or common crime.
    Personal,
    /// The motivation is not established: pending.
    MotivationPending,
}

impl Aside {
    /// As it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OutsidePopulation => "outside the populations of the indicator",
            Self::PopulationNotCoded => "population not coded",
            Self::AssociateOtherwise => "associate, not targeted because of the other's work",
            Self::Personal => "personal or common crime",
            Self::MotivationPending => "motivation not established",
        }
    }
}

/// What the rules say of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// In a category of the strict figure, by this rule.
    Strict(Code, &'static str),
    /// A policy would map it to this category; off in the strict figure.
    Policy(Code, Family),
    /// Would be in this category if a link to the State is found, or is found not to be there.
    Annex(Code),
    /// Linked to the work and outside the indicator, for this reason.
    Beyond(Family, &'static str),
    /// Not counted.
    NotCounted(Aside),
}

use Link::{NonState, State, Undetermined};
use Motivation::{Associate, Engaged, Own};

const ANY_LINK: &[Link] = &Link::ALL;
const ANY_WORK: &[Motivation] = &[Own, Associate, Engaged];

/// One way into a category.
struct Rule {
    code: Code,
    /// Who acted.
    links: &'static [Link],
    /// Why.
    motivations: &'static [Motivation],
    /// Whether it needs the State's motivated failure of due diligence.
    failure: bool,
    /// Whether associates count.
    associates: bool,
    /// What is printed as the reason.
    why: &'static str,
}

/// The ways into each category. A2 is A with acts that were not completed.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { code: Code::A1, links: &[State], motivations: ANY_WORK, failure: false, associates: true, why: "killing by the State" },
    Rule { code: Code::A1, links: &[NonState], motivations: &[Own], failure: false, associates: true, why: "killing by others, for the victim's own work" },
    Rule { code: Code::A1, links: &[NonState], motivations: ANY_WORK, failure: true, associates: true, why: "killing by others, met by a motivated failure of the State" },
    Rule { code: Code::A1, links: &[Undetermined], motivations: &[Own], failure: false, associates: true, why: "killing by persons not determined, for the victim's own work (coalition policy)" },
    Rule { code: Code::C, links: &[State], motivations: ANY_WORK, failure: false, associates: true, why: "torture with official involvement" },
    Rule { code: Code::B, links: &[State], motivations: &[Own, Associate], failure: false, associates: true, why: "enforced disappearance" },
    Rule { code: Code::D, links: ANY_LINK, motivations: &[Own, Associate], failure: false, associates: true, why: "arbitrary arrest or detention" },
    Rule { code: Code::E, links: &[NonState], motivations: ANY_WORK, failure: true, associates: true, why: "kidnapping by others, met by a motivated failure of the State" },
    Rule { code: Code::F, links: &[State], motivations: &[Own], failure: false, associates: false, why: "other harmful act by the State" },
];

/// The category that a type of violation may be of.
fn candidate(act: &Act) -> Option<Code> {
    let code = match act.violation.as_str() {
        "killing" | "killing_armed_conflict" if act.attempted => Code::A2,
        "killing" | "killing_armed_conflict" => Code::A1,
        "attempted_killing" => Code::A2,
        "torture" => Code::C,
        "enforced_disappearance" => Code::B,
        "arbitrary_detention" => Code::D,
        "kidnapping" => Code::E,
        listed if OTHER_HARMFUL_ACTS.contains(&listed) => Code::F,
        _other => return None,
    };
    Some(code)
}

/// The category that a policy would map a type of violation to.
fn policy(violation: &str) -> Option<Code> {
    match violation {
        "hostage_taking" => Some(Code::E),
        "ill_treatment" | "search_raid" | "job_reprisal" | "other" => Some(Code::F),
        _none => None,
    }
}

/// The types of violation that a policy may switch on, each with its category.
pub(super) const POLICIES: &[(&str, Code)] = &[
    ("hostage_taking", Code::E),
    ("ill_treatment", Code::F),
    ("job_reprisal", Code::F),
    ("other", Code::F),
    ("search_raid", Code::F),
];

/// What the rules say of one act on one victim.
#[must_use]
pub fn judge(act: &Act) -> Outcome {
    match gate(act) {
        Err(aside) => Outcome::NotCounted(aside),
        Ok((population, motivation)) => by_table(act, population, motivation),
    }
}

fn gate(act: &Act) -> Result<(Population, Motivation), Aside> {
    let population = act.population.ok_or(Aside::PopulationNotCoded)?;
    if population == Population::Outside {
        return Err(Aside::OutsidePopulation);
    }
    let motivation = match act.motivation {
        None | Some(Motivation::Undetermined) => return Err(Aside::MotivationPending),
        Some(Motivation::Personal) => return Err(Aside::Personal),
        Some(work) => work,
    };
    if population == Population::Associate && motivation != Associate {
        return Err(Aside::AssociateOtherwise);
    }
    Ok((population, motivation))
}

fn by_table(act: &Act, population: Population, motivation: Motivation) -> Outcome {
    let family = || {
        let term = Vocabulary::built_in().term("violation_type", &act.violation);
        Family::of(&act.violation, term.and_then(|term| term.family()))
    };
    if act.violation == "disappearance_undetermined" {
        return Outcome::Annex(Code::B);
    }
    let (code, off) = match (candidate(act), policy(&act.violation)) {
        (Some(code), _) => (code, false),
        (None, Some(code)) => (code, true),
        (None, None) => return Outcome::Beyond(family(), "type outside the indicator"),
    };
    if act.attempted && !matches!(code, Code::A1 | Code::A2) {
        return Outcome::Beyond(
            family(),
            "attempted only; the indicator counts attempts of killing",
        );
    }
    let of_code = || RULES.iter().filter(|rule| rule.code == code.completed());
    let for_victim = |rule: &&Rule| {
        rule.motivations.contains(&motivation)
            && (rule.associates || population != Population::Associate)
    };
    let failed = act.due_diligence == Some(DueDiligence::FailureMotivated);
    let met = of_code()
        .filter(for_victim)
        .find(|rule| rule.links.contains(&act.link) && (!rule.failure || failed));
    // Who acted is not known: what it would be if it were known waits in the annex.
    let awaits = act.link == Undetermined && of_code().any(|rule| for_victim(&rule));
    match met {
        Some(_) if off => Outcome::Policy(code, family()),
        Some(rule) => Outcome::Strict(code, rule.why),
        // The types that a policy maps have no annex: they are not of the strict figure.
        None if awaits && !off => Outcome::Annex(code),
        None => Outcome::Beyond(family(), "does not meet the rule of its category"),
    }
}

impl Code {
    /// The category whose rules hold: an attempt is by those of the completed act.
    const fn completed(self) -> Self {
        match self {
            Self::A2 => Self::A1,
            Self::A1 | Self::C | Self::B | Self::D | Self::E | Self::F => self,
        }
    }
}

/// What is printed as the reason of any way into a category.
#[cfg(test)]
pub(super) fn reasons() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_over_all_involvements_and_never_forced() {
        assert_eq!(Link::over([NonState, State, Undetermined]), State);
        assert_eq!(Link::over([NonState, Undetermined]), Undetermined);
        assert_eq!(Link::over([NonState, NonState]), NonState);
        assert_eq!(Link::over([]), Undetermined);
    }

    #[test]
    fn policies_are_those_of_the_vocabulary() {
        for term in Vocabulary::built_in().list("violation_type") {
            let mapped = term.sdg.strip_prefix("p:");
            let ours = policy(term.code).map(Code::letter);
            assert_eq!(ours, mapped, "{}", term.code);
            assert_eq!(POLICIES.iter().any(|(code, _)| *code == term.code), mapped.is_some());
        }
    }

    /// Every candidate of the vocabulary has a rule by which it can be reached.
    #[test]
    fn every_category_of_the_vocabulary_can_be_reached() {
        for term in Vocabulary::built_in().list("violation_type") {
            let reached = Link::ALL.into_iter().any(|link| {
                let act = Act {
                    violation: term.code.to_owned(),
                    attempted: false,
                    link,
                    motivation: Some(Own),
                    due_diligence: Some(DueDiligence::FailureMotivated),
                    population: Some(Population::Defender),
                };
                matches!(judge(&act), Outcome::Strict(code, _) if code.letter().starts_with(term.sdg))
            });
            assert_eq!(
                reached,
                ["A", "B", "C", "D", "E", "F"].contains(&term.sdg),
                "{}",
                term.code
            );
        }
    }
}
