//! Which victim of one claim is which of another.

use std::cmp::Reverse;

use super::{
    claim::Victim,
    names::{NameLevel, NameMatch},
};

/// By what two names were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The names, which both can be read here.
    Names,
    /// Their tokens.
    Tokens,
}

impl Basis {
    /// A short name, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Tokens => "tokens",
        }
    }
}

/// A victim of one claim who may be one of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonMatch {
    /// Key among the first claim's victims.
    pub first: String,
    /// Key among the second claim's victims.
    pub second: String,
    /// What the names have in common.
    pub name: NameMatch,
    /// By what they were compared.
    pub basis: Basis,
    /// Whether the sexes or genders agree, where both are known.
    pub sex_agrees: Option<bool>,
    /// Whether the years of birth agree, where both are known.
    pub birth_agrees: Option<bool>,
}

impl PersonMatch {
    /// How sure it is: the name's level, one less for each thing that differs.
    #[must_use]
    pub fn level(&self) -> NameLevel {
        let said = [self.sex_agrees, self.birth_agrees];
        let differ = said.iter().filter(|it| **it == Some(false));
        differ.fold(self.name.level, |level, _| match level {
            NameLevel::Full => NameLevel::Partial,
            NameLevel::Short | NameLevel::Partial => NameLevel::Weak,
            NameLevel::Weak | NameLevel::None => NameLevel::None,
        })
    }
}

/// What two lists of victims have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Who may be whom, the surest first; each at most once.
    pub matches: Vec<PersonMatch>,
    /// Whether any name of the one could be compared with any of the other.
    pub comparable: bool,
}

impl People {
    /// Compares two lists of victims.
    #[must_use]
    pub fn compare(first: &[Victim], second: &[Victim]) -> Self {
        let mut found: Vec<PersonMatch> = Vec::new();
        let mut comparable = false;
        for one in first {
            for two in second {
                let Some((name, basis)) = compare_names(one, two) else { continue };
                comparable = true;
                if name.level == NameLevel::None {
                    continue;
                }
                let person = PersonMatch {
                    first: one.key.clone(),
                    second: two.key.clone(),
                    name,
                    basis,
                    sex_agrees: both(one.sex.as_ref(), two.sex.as_ref()),
                    birth_agrees: birth_agrees(one, two),
                };
                if person.level() > NameLevel::None {
                    found.push(person);
                }
            }
        }
        found.sort_by_cached_key(|it| {
            (
                Reverse(it.level()),
                Reverse(it.name.agreed.len()),
                it.first.clone(),
                it.second.clone(),
            )
        });
        let mut matches: Vec<PersonMatch> = Vec::new();
        for person in found {
            let taken =
                matches.iter().any(|it| it.first == person.first || it.second == person.second);
            if !taken {
                matches.push(person);
            }
        }
        Self { matches, comparable }
    }

    /// The surest level.
    #[must_use]
    pub fn level(&self) -> NameLevel {
        self.matches.first().map_or(NameLevel::None, PersonMatch::level)
    }
}

fn both<T: PartialEq>(one: Option<T>, other: Option<T>) -> Option<bool> {
    Some(one? == other?)
}

/// By the names where both can be read, else by tokens of one epoch.
fn compare_names(one: &Victim, other: &Victim) -> Option<(NameMatch, Basis)> {
    if let (Some(name), Some(it)) = (&one.name, &other.name) {
        return Some((name.compare(it), Basis::Names));
    }
    let tokens = one.tokens.iter().flat_map(|of| other.tokens.iter().map(move |it| (of, it)));
    let found = tokens.filter_map(|(of, it)| of.compare(it)).max_by_key(|name| name.level);
    found.map(|name| (name, Basis::Tokens))
}

fn birth_agrees(one: &Victim, other: &Victim) -> Option<bool> {
    both(one.birth_year, other.birth_year).or_else(|| {
        let tokens = one.tokens.iter().flat_map(|of| other.tokens.iter().map(move |it| (of, it)));
        { tokens }.find_map(|(of, it)| (of.epoch() == it.epoch()).then(|| of.birth_agrees(it))?)
    })
}
