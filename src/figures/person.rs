//! A victim, as far as figures need it.

use std::collections::BTreeSet;

use crate::{
    figures::eligibility::{Act, Population},
    linkage::tokens::NameTokens,
    model::registry::Record,
};

/// Column of sex or gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sex {
    /// Women, trans women among them.
    Female,
    /// Men, trans men among them.
    Male,
    /// Non-binary and other identities.
    Other,
    /// Not known.
    NotKnown,
}

impl Sex {
    /// All columns.
    pub(super) const ALL: [Self; 4] = [Self::Female, Self::Male, Self::Other, Self::NotKnown];

    fn of(code: &str) -> Self {
        match code {
            "female" | "trans_female" => Self::Female,
            "male" | "trans_male" => Self::Male,
            "non_binary" => Self::Other,
            _unknown => Self::NotKnown,
        }
    }

    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other_gender",
            Self::NotKnown => "sex_not_known",
        }
    }
}

/// Column of age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Age {
    /// 0 to 14.
    To14,
    /// 15 to 29.
    To29,
    /// 30 to 44.
    To44,
    /// 45 to 59.
    To59,
    /// 60 and over.
    From60,
    /// Not known.
    NotKnown,
}

impl Age {
    /// All columns.
    pub(super) const ALL: [Self; 6] =
        [Self::To14, Self::To29, Self::To44, Self::To59, Self::From60, Self::NotKnown];

    fn of(code: &str) -> Self {
        match code {
            "0_14" => Self::To14,
            "15_17" | "18_29" => Self::To29,
            "30_44" => Self::To44,
            "45_59" => Self::To59,
            "60_plus" => Self::From60,
            _unknown => Self::NotKnown,
        }
    }

    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::To14 => "age_0_14",
            Self::To29 => "age_15_29",
            Self::To44 => "age_30_44",
            Self::To59 => "age_45_59",
            Self::From60 => "age_60_plus",
            Self::NotKnown => "age_not_known",
        }
    }
}

/// One victim of one claim. What nobody coded is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// The victim's key in the claim.
    pub(super) key: String,
    pub(super) pseudonym: Option<String>,
    pub(super) tokens: Option<String>,
    pub(super) sex: Option<String>,
    pub(super) age: Option<String>,
    pub(super) group: Option<String>,
    pub(super) roles: BTreeSet<String>,
    /// Whether consent covers statistics; what is not said is no.
    pub(super) consent: bool,
    pub(super) acts: Vec<Act>,
}

impl Person {
    pub(super) fn read(record: &Record, key: &str, acts: Vec<Act>) -> Self {
        let text = |field: &str| {
            let text = record.text(&format!("victims/{key}/{field}"))?.trim();
            // What says that it is not known says nothing that another claim could not add.
            (!matches!(text, "" | "unknown" | "not_recorded")).then(|| text.to_owned())
        };
        let roles = record.set_codes(&format!("victims/{key}/roles"));
        Self {
            key: key.to_owned(),
            pseudonym: text("pseudonym"),
            tokens: record.text(&format!("tokens/{key}")).map(str::to_owned),
            sex: text("sex_gender"),
            age: text("age_band"),
            group: text("population_group"),
            roles: roles.into_iter().map(str::to_owned).collect(),
            consent: record.flag(&format!("statistics/{key}")) == Some(true),
            acts,
        }
    }

    /// Whether it is an organisation or a group.
    pub(super) fn is_no_person(&self) -> bool {
        self.sex.as_deref() == Some("not_applicable")
    }

    pub(super) fn sex(&self) -> Sex {
        self.sex.as_deref().map_or(Sex::NotKnown, Sex::of)
    }

    pub(super) fn age(&self) -> Age {
        self.age.as_deref().map_or(Age::NotKnown, Age::of)
    }

    /// Takes from another claim what this one does not say.
    pub(super) fn fill(&mut self, other: &Self) {
        for (ours, theirs) in [
            (&mut self.pseudonym, &other.pseudonym),
            (&mut self.sex, &other.sex),
            (&mut self.age, &other.age),
            (&mut self.group, &other.group),
        ] {
            if ours.is_none() {
                ours.clone_from(theirs);
            }
        }
        if self.roles.is_empty() {
            self.roles.clone_from(&other.roles);
        }
    }

    /// The population that the person is counted in, and whether it is of several: the first of
    /// those that its acts and roles say.
    pub(super) fn population(&self, coded: Population) -> (Population, bool) {
        if matches!(coded, Population::Associate | Population::Outside) {
            return (coded, false);
        }
        let by_act = self.acts.iter().filter_map(|act| act.population);
        let by_role = self.roles.iter().filter_map(|role| match role.as_str() {
            "journalist" => Some(Population::Journalist),
            "trade_unionist" => Some(Population::TradeUnionist),
            _other => None,
        });
        let defends = |population: &Population| *population < Population::Associate;
        let all: BTreeSet<Population> =
            by_act.chain(by_role).filter(defends).chain([coded]).collect();
        (all.first().copied().unwrap_or(coded), all.len() > 1)
    }

    /// Whether two victims of the claims of one organisation are the same person, as far as it says:
    /// the same pseudonym, or the same keyed tokens of a name. Tokens that differ speak against,
    /// unless they are of different keys.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let epoch = |tokens: &String| NameTokens::parse(tokens).map(|it| it.epoch().to_owned());
        match (&self.tokens, &other.tokens) {
            (Some(ours), Some(theirs)) if ours == theirs => true,
            (Some(ours), Some(theirs)) if epoch(ours) == epoch(theirs) => false,
            _unknown => self.pseudonym.is_some() && self.pseudonym == other.pseudonym,
        }
    }
}
