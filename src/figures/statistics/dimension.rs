//! By what can be counted.

use std::collections::BTreeSet;

use jiff::civil;

use super::{Item, acts};
use crate::{
    figures::{
        category::Family,
        eligibility::{Outcome, judge},
        legal::Law,
    },
    model::vocabulary::Vocabulary,
};

/// What is not known of a thing.
pub(super) const NOT_KNOWN: &str = "not_known";

macro_rules! dimensions {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// A property by which things are counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Dimension {
            $($(#[$doc])* $name,)*
        }

        impl Dimension {
            /// All dimensions.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

dimensions! {
    /// Type of violation.
    Violation = "violation",
    /// Family of violations.
    Family = "family",
    /// Category of indicator 16.10.1 that the vocabulary gives the type.
    Sdg = "sdg",
    /// Country.
    Country = "country",
    /// First-level subdivision.
    Admin1 = "admin1",
    /// Year.
    Year = "year",
    /// Quarter.
    Quarter = "quarter",
    /// Month.
    Month = "month",
    /// Sex or gender, as the person says.
    Sex = "sex",
    /// Age group.
    Age = "age",
    /// Population group.
    PopulationGroup = "population_group",
    /// Population of the indicator.
    SdgPopulation = "sdg_population",
    /// Role of the defender.
    Role = "role",
    /// Economic sector.
    Sector = "sector",
    /// Type of perpetrator.
    PerpetratorType = "perpetrator_type",
    /// Link to the State.
    StateLink = "state_link",
    /// Level of verification.
    Level = "level",
    /// Organisation that tells of it.
    Origin = "origin",
    /// Best legal stage.
    LegalStage = "legal_stage",
    /// Who was harmed.
    CountingUnit = "counting_unit",
    /// Strict, beyond, or neither, by the rules of the indicator.
    Block = "block",
}

impl Dimension {
    /// The dimension with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dimension| dimension.name() == name)
    }

    /// The values that a thing has; one at least.
    pub(super) fn of(self, item: &Item<'_>, as_of: civil::Date) -> BTreeSet<String> {
        let event = item.event;
        let person = || item.victim.map(|victim| &victim.person);
        let one = |value: Option<String>| value.into_iter().collect();
        let date = |show: fn(civil::Date) -> String| {
            let (first, last) = event.when.start(false);
            let both = first.zip(last).map(|(first, last)| (show(first), show(last)));
            one(both.filter(|(first, last)| first == last).map(|(first, _)| first))
        };
        let found: BTreeSet<String> = match self {
            Self::Violation => violations(item),
            Self::Family => {
                violations(item).iter().map(|it| family(it).name().to_owned()).collect()
            }
            Self::Sdg => violations(item).iter().map(|it| sdg(it)).collect(),
            Self::Country => one(event.country.clone()),
            Self::Admin1 => one(event.admin1.clone()),
            Self::Year => date(|day| day.year().to_string()),
            Self::Quarter => date(quarter),
            Self::Month => date(month),
            Self::Sex => one(person().and_then(|it| it.sex.clone())),
            Self::Age => one(person().and_then(|it| it.age.clone())),
            Self::PopulationGroup => one(person().and_then(|it| it.group.clone())),
            Self::SdgPopulation => item
                .victim
                .into_iter()
                .flat_map(acts)
                .filter_map(|act| Some(act.population?.name().to_owned()))
                .collect(),
            Self::Role => person().map(|it| it.roles.clone()).unwrap_or_default(),
            Self::Sector => event.sectors.clone(),
            Self::PerpetratorType => event.perpetrators.clone(),
            Self::StateLink => {
                let link = item.act.map_or(event.link, |act| act.link);
                one(Some(link.name().to_owned()))
            }
            Self::Level => one(Some(event.level.code().to_owned())),
            Self::Origin => match item.origin {
                Some(origin) => one(Some(origin.to_string())),
                None => {
                    let claims = event.claims.values().filter(|(_, may_count)| *may_count);
                    claims.map(|(org, _)| org.to_string()).collect()
                }
            },
            Self::LegalStage => one(Some(Law::of(event, as_of).best.to_owned())),
            Self::CountingUnit => one(event.unit.clone()),
            Self::Block => one(Some(block(item).to_owned())),
        };
        if found.is_empty() { BTreeSet::from([NOT_KNOWN.to_owned()]) } else { found }
    }
}

fn violations(item: &Item<'_>) -> BTreeSet<String> {
    match (item.act, item.victim) {
        (Some(act), _) => BTreeSet::from([act.violation.clone()]),
        (None, Some(victim)) => acts(victim).map(|act| act.violation.clone()).collect(),
        (None, None) => item.event.violations.clone(),
    }
}

fn family(violation: &str) -> Family {
    let term = Vocabulary::built_in().term("violation_type", violation);
    Family::of(violation, term.and_then(|term| term.family()))
}

fn sdg(violation: &str) -> String {
    let term = Vocabulary::built_in().term("violation_type", violation);
    term.map_or("-", |term| term.sdg).to_owned()
}

/// In which block of the report a thing is: that of its highest act.
fn block(item: &Item<'_>) -> &'static str {
    let act = |outcome: Outcome| match outcome {
        Outcome::Strict(..) => "strict",
        Outcome::Annex(_) => "awaiting_attribution",
        Outcome::Policy(..) | Outcome::Beyond(..) => "beyond",
        Outcome::NotCounted(_) => "not_counted",
    };
    let order = ["strict", "awaiting_attribution", "beyond", "not_counted"];
    let of_victims: Vec<&'static str> = match (item.act, item.victim) {
        (Some(it), _) => vec![act(judge(it))],
        (None, Some(victim)) => acts(victim).map(|it| act(judge(it))).collect(),
        (None, None) => {
            let consenting = item.event.victims.iter().filter(|victim| victim.consent);
            consenting.flat_map(acts).map(|it| act(judge(it))).collect()
        }
    };
    order.into_iter().find(|block| of_victims.contains(block)).unwrap_or("not_counted")
}

pub(super) fn quarter(day: civil::Date) -> String {
    format!("{}-Q{}", day.year(), (day.month() - 1) / 3 + 1)
}

pub(super) fn month(day: civil::Date) -> String {
    format!("{}-{:02}", day.year(), day.month())
}
