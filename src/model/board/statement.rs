//! A joint statement: which text was frozen, who endorsed exactly that, and where it stands.
//!
//! Everything follows from the signed records of a card (versions, endorsements, releases), so that
//! all who hold the same say the same. Silence is no endorsement.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::id::OrgId;

/// How records of one card follow each other: by number, then by id.
pub type Order = (i64, String);

/// A text as somebody froze it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenText {
    /// Who froze it.
    pub author: OrgId,
    /// Its place among the card's records; the second part is its id.
    pub order: Order,
    /// The day, as its author says.
    pub at: String,
    /// The texts, Markdown by language.
    pub texts: BTreeMap<String, String>,
    /// Its hash, as its author says.
    pub hash: String,
    /// Whether the hash is that of the texts.
    pub sound: bool,
}

/// What somebody says of a frozen text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndorsementStance {
    /// Says it too.
    Endorse,
    /// Does not.
    Decline,
    /// Said it once and does not any more.
    Withdrawn,
}

impl EndorsementStance {
    /// All.
    pub const ALL: [Self; 3] = [Self::Endorse, Self::Decline, Self::Withdrawn];

    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Endorse => "endorse",
            Self::Decline => "decline",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stance| stance.code() == code)
    }
}

/// An organisation's word on a frozen text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndorsementWord {
    /// Who says it.
    pub author: OrgId,
    /// Its place among the card's records.
    pub order: Order,
    /// The day, as its author says.
    pub at: String,
    /// Id of the version.
    pub version: String,
    /// The hash that was signed.
    pub hash: String,
    /// What is said.
    pub stance: EndorsementStance,
    /// Whether the signature over card, version, hash, organisation and stance is by a device of
    /// its author.
    pub signed: bool,
}

/// What is done with a frozen text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseAction {
    /// It goes out.
    Release,
    /// It is not said any more.
    Retire,
}

impl ReleaseAction {
    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Retire => "retire",
        }
    }

    /// Reads a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Release, Self::Retire].into_iter().find(|action| action.code() == code)
    }
}

/// Somebody releases or retires a frozen text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseAct {
    /// Who does.
    pub author: OrgId,
    /// Its place among the card's records.
    pub order: Order,
    /// The day, as its author says.
    pub at: String,
    /// Id of the version.
    pub version: String,
    /// Its hash.
    pub hash: String,
    /// What is done.
    pub action: ReleaseAction,
}

/// Whose word counts for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRoles {
    /// The card's owner and its stewards: they freeze and release.
    pub keepers: BTreeSet<OrgId>,
    /// Whose endorsement is awaited.
    pub asked: BTreeSet<OrgId>,
}

/// What an organisation's word comes to, for the newest frozen text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndorsementStanding {
    /// It has said nothing.
    Silent,
    /// It endorses exactly this text.
    Endorses,
    /// It endorsed an earlier text.
    Stale,
    /// It declines.
    Declines,
    /// It took its endorsement back.
    Withdrew,
    /// What it wrote names another hash, or is not signed by a device of its own: it does not count.
    Invalid,
}

impl EndorsementStanding {
    /// A code for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Endorses => "endorses",
            Self::Stale => "stale",
            Self::Declines => "declines",
            Self::Withdrew => "withdrew",
            Self::Invalid => "invalid",
        }
    }
}

/// Where a statement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementStanding<'r> {
    /// The newest text that one of its keepers froze.
    pub newest: Option<&'r FrozenText>,
    /// What each organisation's word comes to: of those that are asked, and of all that spoke.
    pub words: BTreeMap<OrgId, EndorsementStanding>,
    /// The text that is out, or was, and what was done with it last.
    pub released: Option<(&'r FrozenText, &'r ReleaseAct)>,
    /// How many of those asked endorse the newest text.
    pub endorsed: usize,
    /// How many are asked.
    pub asked: usize,
}

impl StatementStanding<'_> {
    /// Its state, a code of the list `card_state`; `by_hand` is the state that the card says.
    #[must_use]
    pub fn state(&self, by_hand: &str) -> &'static str {
        match (self.released, self.newest) {
            (Some((_, act)), _) if act.action == ReleaseAction::Release => "released",
            (Some(_), _) => "retired",
            (None, _) if by_hand == "dropped" => "dropped",
            (None, Some(_)) if self.asked > 0 && self.endorsed == self.asked => "endorsed",
            (None, Some(_)) => "in_review",
            (None, None) if by_hand == "in_review" => "in_review",
            (None, None) => "draft",
        }
    }
}

/// Works out where a statement stands.
#[must_use]
pub fn statement_standing<'r>(
    roles: &StatementRoles,
    versions: &'r [FrozenText],
    words: &[EndorsementWord],
    acts: &'r [ReleaseAct],
) -> StatementStanding<'r> {
    let counts = |version: &&FrozenText| version.sound && roles.keepers.contains(&version.author);
    let newest = versions.iter().filter(counts).max_by_key(|version| &version.order);
    let mut last: BTreeMap<OrgId, &EndorsementWord> = BTreeMap::new();
    for word in words {
        let ruling = last.entry(word.author).or_insert(word);
        if word.order > ruling.order {
            *ruling = word;
        }
    }
    let spoke = last.keys().copied();
    let standings: BTreeMap<OrgId, EndorsementStanding> = roles
        .asked
        .iter()
        .copied()
        .chain(spoke)
        .map(|org| (org, standing_of(last.get(&org).copied(), newest, versions)))
        .collect();
    let endorses = |org: &&OrgId| standings.get(org) == Some(&EndorsementStanding::Endorses);
    let endorsed = roles.asked.iter().filter(endorses).count();
    // Who may release a text releases none that somebody else put into its place.
    let done = |act: &'r ReleaseAct| {
        let is_it =
            |version: &&FrozenText| version.order.1 == act.version && version.hash == act.hash;
        let version = versions.iter().filter(counts).find(is_it)?;
        roles.keepers.contains(&act.author).then_some((version, act))
    };
    let released = acts.iter().filter_map(done).max_by_key(|(_, act)| &act.order);
    StatementStanding { newest, words: standings, released, endorsed, asked: roles.asked.len() }
}

fn standing_of(
    word: Option<&EndorsementWord>,
    newest: Option<&FrozenText>,
    versions: &[FrozenText],
) -> EndorsementStanding {
    let Some(word) = word else { return EndorsementStanding::Silent };
    if !word.signed {
        return EndorsementStanding::Invalid;
    }
    match word.stance {
        EndorsementStance::Withdrawn => return EndorsementStanding::Withdrew,
        EndorsementStance::Decline => return EndorsementStanding::Declines,
        EndorsementStance::Endorse => {}
    }
    let Some(newest) = newest else { return EndorsementStanding::Stale };
    if word.version == newest.order.1 {
        let exact = word.hash == newest.hash;
        return if exact { EndorsementStanding::Endorses } else { EndorsementStanding::Invalid };
    }
    let of = versions.iter().find(|version| version.order.1 == word.version);
    match of {
        Some(of) if of.hash != word.hash => EndorsementStanding::Invalid,
        _earlier_or_not_come => EndorsementStanding::Stale,
    }
}

#[cfg(test)]
mod tests;
