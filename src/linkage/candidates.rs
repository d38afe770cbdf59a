//! Pairs of claims that may be of one event, proposed with the reasons, for a person to judge.

mod blocks;
mod judge;

use std::{cmp::Reverse, collections::BTreeSet};

use self::judge::Judged;
use super::{
    acts::ActFit,
    claim::Claim,
    clusters::Clusters,
    dates::DateFit,
    judgement::Pair,
    people::{Budget, PersonMatch},
    place::PlaceFit,
};
use crate::model::id::IncidentId;

/// Comparisons of victims for one question. Claims of few victims come first, so those with very
/// many are left out first.
const MAX_COMPARISONS: usize = 1_000_000;

/// How much speaks for a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Some.
    Possible,
    /// Much.
    Likely,
    /// The name, the date and the place.
    Strong,
}

impl Strength {
    /// All of them, the strongest first.
    pub const ALL: [Self; 3] = [Self::Strong, Self::Likely, Self::Possible];

    /// A short name, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Strong => "strong",
        }
    }

    const fn lower(self) -> Option<Self> {
        match self {
            Self::Strong => Some(Self::Likely),
            Self::Likely => Some(Self::Possible),
            Self::Possible => None,
        }
    }
}

/// Something that speaks for a candidate, or that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A victim's name agrees.
    Name(PersonMatch),
    /// No name on one side, or none that can be compared: other things decide.
    NoName,
    /// How the dates fit.
    Dates(DateFit),
    /// How the places fit.
    Place(PlaceFit),
    /// How the violations fit.
    Acts(ActFit),
    /// One territory.
    Territory,
    /// The same sex or gender, though no name.
    Sex,
    /// The same age group, though no name.
    Age,
    /// What the victims do is the same, though no name.
    Role {
        /// One role that both have.
        code: String,
    },
    /// The same sector.
    Sector {
        /// One sector that both have.
        code: String,
    },
    /// Harmed was the same sort of group.
    Unit {
        /// Which.
        code: String,
    },
    /// The sizes of the groups overlap.
    GroupSize,
    /// As many victims, more than one.
    AsManyVictims {
        /// How many.
        victims: usize,
    },
    /// One claim tells of one victim, the other of several: it may be a part of the other.
    PartOf {
        /// The claim that may be a part.
        part: IncidentId,
        /// The claim that may be the whole.
        whole: IncidentId,
    },
}

/// Two claims that may be of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The claims.
    pub pair: Pair,
    /// How much speaks for it.
    pub strength: Strength,
    /// What speaks for it, and what to look at.
    pub reasons: Vec<Reason>,
}

impl Candidate {
    /// Keys of the first claim's victims and who they may be among the second's.
    #[must_use]
    pub fn victims(&self) -> Vec<(String, String)> {
        let people = self.reasons.iter().filter_map(|reason| match reason {
            Reason::Name(person) => Some((person.first.clone(), person.second.clone())),
            Reason::NoName
            | Reason::Dates(_)
            | Reason::Place(_)
            | Reason::Acts(_)
            | Reason::Territory
            | Reason::Sex
            | Reason::Age
            | Reason::Role { .. }
            | Reason::Sector { .. }
            | Reason::Unit { .. }
            | Reason::GroupSize
            | Reason::AsManyVictims { .. }
            | Reason::PartOf { .. } => None,
        });
        people.collect()
    }
}

/// What to look for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    /// Only candidates with this claim.
    pub incident: Option<IncidentId>,
    /// Also pairs of claims that one organisation recorded.
    pub within_one: bool,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The pairs, the strongest first, then by ids.
    pub candidates: Vec<Candidate>,
    /// Pairs that were not compared: their victims are more than one question compares.
    pub left: usize,
}

/// The pairs of claims that may be of one event. Pairs that somebody judged, or that are in one
/// cluster, are left out. Each claim is given once.
#[must_use]
pub fn candidates(claims: &[Claim], clusters: &Clusters, scope: &Scope) -> Found {
    within(claims, clusters, scope, Budget::new(MAX_COMPARISONS))
}

fn within(claims: &[Claim], clusters: &Clusters, scope: &Scope, mut budget: Budget) -> Found {
    let prepared: Vec<judge::Prepared<'_>> = claims.iter().map(judge::Prepared::new).collect();
    let pairs = match scope.incident {
        Some(incident) => with_one(claims, &incident),
        None => blocks::pairs(&prepared, scope.within_one),
    };
    let mut wanted = Vec::new();
    for (one, other) in pairs {
        let (Some(one), Some(other)) = (prepared.get(one), prepared.get(other)) else { continue };
        if !scope.within_one && one.claim.origin == other.claim.origin {
            continue;
        }
        let Some(pair) = Pair::new(one.claim.id, other.claim.id) else { continue };
        if clusters.is_settled(&pair) {
            continue;
        }
        let (first, second) =
            if pair.first() == one.claim.id { (one, other) } else { (other, one) };
        wanted.push((first.claim.victims.len() * second.claim.victims.len(), pair, first, second));
    }
    // In an order that is the same wherever it is asked, as the budget may not be enough for all.
    wanted.sort_by_key(|(victims, pair, ..)| (*victims, *pair));
    let mut found = Found::default();
    for (_, pair, first, second) in wanted {
        match judge::judge(pair, first, second, &mut budget) {
            Judged::Candidate(candidate) => found.candidates.push(candidate),
            Judged::None => {}
            Judged::Left => found.left += 1,
        }
    }
    found.candidates.sort_by_key(|candidate| (Reverse(candidate.strength), candidate.pair));
    found
}

/// What two claims have in common, whether somebody judged them or not.
#[must_use]
pub fn compare(one: &Claim, other: &Claim) -> Option<Candidate> {
    let pair = Pair::new(one.id, other.id)?;
    let (first, second) = if pair.first() == one.id { (one, other) } else { (other, one) };
    let (first, second) = (judge::Prepared::new(first), judge::Prepared::new(second));
    match judge::judge(pair, &first, &second, &mut Budget::new(MAX_COMPARISONS)) {
        Judged::Candidate(candidate) => Some(candidate),
        Judged::None | Judged::Left => None,
    }
}

fn with_one(claims: &[Claim], incident: &IncidentId) -> BTreeSet<(usize, usize)> {
    let Some(wanted) = claims.iter().position(|claim| claim.id == *incident) else {
        return BTreeSet::new();
    };
    (0..claims.len()).filter(|other| *other != wanted).map(|other| (wanted, other)).collect()
}

#[cfg(test)]
mod tests;
