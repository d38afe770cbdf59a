//! Which victim of one claim is which of another.

mod index;

use std::{cmp::Reverse, collections::BTreeSet};

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

/// Comparisons of victims that one question may take.
#[derive(Debug)]
pub struct Budget {
    left: usize,
}

impl Budget {
    /// So many comparisons.
    #[must_use]
    pub const fn new(comparisons: usize) -> Self {
        Self { left: comparisons }
    }

    /// Takes comparisons out; none is there for them if it is not enough.
    fn take(&mut self, comparisons: usize) -> Option<()> {
        self.left = self.left.checked_sub(comparisons)?;
        Some(())
    }
}

impl People {
    /// Compares two lists of victims.
    #[must_use]
    pub fn compare(first: &[Victim], second: &[Victim]) -> Self {
        Self::of_pairs(first, second, &index::worth(first, second))
    }

    /// Compares two lists of victims, unless that takes more than is left.
    pub fn compare_within(
        first: &[Victim],
        second: &[Victim],
        budget: &mut Budget,
    ) -> Option<Self> {
        // To look for what they share is work too.
        if !index::is_few(first, second) {
            budget.take(first.len().saturating_add(second.len()))?;
        }
        let pairs = index::worth(first, second);
        budget.take(pairs.len())?;
        Some(Self::of_pairs(first, second, &pairs))
    }

    fn of_pairs(first: &[Victim], second: &[Victim], pairs: &[(usize, usize)]) -> Self {
        let mut found: Vec<PersonMatch> = Vec::new();
        for (one, two) in pairs {
            let (Some(one), Some(two)) = (first.get(*one), second.get(*two)) else { continue };
            let Some((name, basis)) = compare_names(one, two) else { continue };
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
        found.sort_by(|one, other| {
            let order = |it: &PersonMatch| (Reverse(it.level()), Reverse(it.name.agreed.len()));
            let keys = (&one.first, &one.second).cmp(&(&other.first, &other.second));
            order(one).cmp(&order(other)).then(keys)
        });
        let (mut these, mut those) = (BTreeSet::new(), BTreeSet::new());
        let mut matches: Vec<PersonMatch> = Vec::new();
        for person in found {
            if !these.contains(&person.first) && !those.contains(&person.second) {
                these.insert(person.first.clone());
                those.insert(person.second.clone());
                matches.push(person);
            }
        }
        Self { matches, comparable: comparable(first, second) }
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

/// Whether any name of the one can be compared with any of the other.
fn comparable(first: &[Victim], second: &[Victim]) -> bool {
    let named = |victims: &[Victim]| victims.iter().any(|victim| victim.name.is_some());
    let epochs = |victims: &'_ [Victim]| -> BTreeSet<String> {
        let tokens = victims.iter().flat_map(|victim| &victim.tokens);
        tokens.map(|tokens| tokens.epoch().to_owned()).collect()
    };
    (named(first) && named(second)) || !epochs(first).is_disjoint(&epochs(second))
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

#[cfg(test)]
mod tests;
