//! A joint statement: which text was frozen, who endorsed exactly that, and where it stands.
//!
//! Everything follows from the signed records of a card (versions, endorsements, releases), so that
//! all who hold the same say the same. Silence is no endorsement.
//!
//! What is later is what names the earlier: each record says which ones its author knew, by links
//! that are hashes, so that no number, date or id makes a record rule for ever, and who keeps a
//! statement says so once more by following all that there is. Who may do what is in the frozen
//! texts themselves: nothing that members write into the card changes it.

mod counting;

use std::collections::{BTreeMap, BTreeSet};

use counting::{Counted, counted};

use crate::model::id::{DeviceId, OrgId};

/// A text as somebody froze it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenText {
    /// Who froze it.
    pub author: OrgId,
    /// What later records call it.
    pub link: String,
    /// The earlier versions that its author knew, and the acts that counted then.
    pub follows: BTreeSet<String>,
    /// The day, as its author says.
    pub at: String,
    /// The texts, Markdown by language.
    pub texts: BTreeMap<String, String>,
    /// Who may freeze what follows it, and release it.
    pub keepers: BTreeSet<OrgId>,
    /// Whose endorsement is awaited; nobody: of all members.
    pub asked: BTreeSet<OrgId>,
    /// Its hash, as its author says.
    pub hash: String,
    /// Whether the hash is that of texts, keepers and who is asked.
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
    /// What later records call it.
    pub link: String,
    /// Its author's earlier words.
    pub follows: BTreeSet<String>,
    /// The day, as its author says.
    pub at: String,
    /// The hash that was signed.
    pub hash: String,
    /// What is said.
    pub stance: EndorsementStance,
    /// The device that signed, as its author says.
    pub device: Option<DeviceId>,
    /// The signature, hexadecimal.
    pub signature: String,
    /// Whether the signature over card, hash, organisation and stance is by a device in use of its
    /// author, which takes part.
    pub signed: bool,
}

/// What is done with a frozen text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// What later records call it.
    pub link: String,
    /// The earlier acts that its author knew.
    pub follows: BTreeSet<String>,
    /// The day, as its author says.
    pub at: String,
    /// The version's hash.
    pub hash: String,
    /// What is done.
    pub action: ReleaseAction,
}

/// Everything that was signed about a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementRecords {
    /// The frozen texts.
    pub versions: Vec<FrozenText>,
    /// What organisations say of them.
    pub words: Vec<EndorsementWord>,
    /// What was done with them.
    pub acts: Vec<ReleaseAct>,
}

/// What is not in the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRoles {
    /// The organisation that made the card: it alone freezes what follows nothing.
    pub origin: OrgId,
    /// Who is in the circle, and not suspended.
    pub members: BTreeSet<OrgId>,
    /// Who is asked by the card, as long as nothing is frozen.
    pub asked: BTreeSet<OrgId>,
}

/// What an organisation's word comes to, for the newest frozen text. Of words that do not know of
/// each other the last in this order rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndorsementStanding {
    /// It has said nothing.
    Silent,
    /// It endorses exactly this text.
    Endorses,
    /// It endorsed another text.
    Stale,
    /// What it wrote is not signed by a device in use of its own, or it is out or suspended: it does
    /// not count.
    Invalid,
    /// It declines.
    Declines,
    /// It took its endorsement back.
    Withdrew,
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
    /// All that count: the newest last.
    pub counted: Vec<&'r FrozenText>,
    /// What each organisation's word comes to, with the word: of those that are asked, and of all
    /// that spoke.
    pub words: BTreeMap<OrgId, (EndorsementStanding, Option<&'r EndorsementWord>)>,
    /// The text that is out, or was, and what was done with it last.
    pub released: Option<(&'r FrozenText, &'r ReleaseAct)>,
    /// The acts that count, first the one that rules.
    pub acts: Vec<&'r ReleaseAct>,
    /// Who may freeze and release now.
    pub keepers: BTreeSet<OrgId>,
    /// Who is asked.
    pub asked: BTreeSet<OrgId>,
    /// How many of those asked endorse the newest text.
    pub endorsed: usize,
}

impl StatementStanding<'_> {
    /// Its state, a code of the list `card_state`; `by_hand` is the state that the card says.
    #[must_use]
    pub fn state(&self, by_hand: &str) -> &'static str {
        match (self.released, self.newest) {
            (Some((_, act)), _) if act.action == ReleaseAction::Release => "released",
            (Some(_), _) => "retired",
            (None, _) if by_hand == "dropped" => "dropped",
            (None, Some(_)) if !self.asked.is_empty() && self.endorsed == self.asked.len() => {
                "endorsed"
            }
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
    records: &'r StatementRecords,
) -> StatementStanding<'r> {
    let Counted { versions: counted, keepers } = counted(&roles.origin, &records.versions);
    let newest = counted.last().copied();
    let asked = newest.map_or(&roles.asked, |newest| &newest.asked);
    let asked: BTreeSet<OrgId> = if asked.is_empty() {
        roles.members.clone()
    } else {
        asked.intersection(&roles.members).copied().collect()
    };
    let mut words: BTreeMap<OrgId, Vec<&EndorsementWord>> =
        asked.iter().map(|org| (*org, Vec::new())).collect();
    for word in &records.words {
        words.entry(word.author).or_default().push(word);
    }
    let ruling = |words: Vec<&'r EndorsementWord>| {
        let last = heads(&words, |word| (&word.link, &word.follows)).into_iter();
        let ranked = last.map(|word| (standing_of(word, newest), word));
        ranked
            .max_by_key(|(standing, word)| (*standing, &word.link))
            .map_or((EndorsementStanding::Silent, None), |(standing, word)| (standing, Some(word)))
    };
    let words: BTreeMap<_, _> = words.into_iter().map(|(org, said)| (org, ruling(said))).collect();
    let endorses = |org: &&OrgId| {
        words.get(org).is_some_and(|(standing, _)| *standing == EndorsementStanding::Endorses)
    };
    let endorsed = asked.iter().filter(endorses).count();
    let by_keeper = |it: &&&FrozenText| it.author == roles.origin || keepers.contains(&it.author);
    let kept: BTreeSet<&String> =
        counted.iter().filter(by_keeper).flat_map(|version| &version.follows).collect();
    let counts = |act: &&ReleaseAct| keepers.contains(&act.author) || kept.contains(&act.link);
    let (released, acts) = released(&counted, records.acts.iter().filter(counts));
    StatementStanding { newest, counted, words, released, acts, keepers, asked, endorsed }
}

/// What was done last, and all acts of versions that count: of acts that do not know of each other
/// taking back rules.
///
/// Acts count by who keeps the statement now. Of others they do as long as who made the card, or who
/// keeps it now, froze a text knowing of them: whoever was unmade does nothing more, and what it did
/// before stays done.
fn released<'r>(
    counted: &[&'r FrozenText],
    acts: impl Iterator<Item = &'r ReleaseAct>,
) -> (Option<(&'r FrozenText, &'r ReleaseAct)>, Vec<&'r ReleaseAct>) {
    // The hash is over the keepers: of versions with one hash any says who they are.
    let mut by_hash: BTreeMap<&str, &FrozenText> = BTreeMap::new();
    for version in counted {
        let held = by_hash.entry(&version.hash).or_insert(version);
        if version.link < held.link {
            *held = version;
        }
    }
    let of = |act: &'r ReleaseAct| Some((*by_hash.get(act.hash.as_str())?, act));
    let done: Vec<(&FrozenText, &ReleaseAct)> = acts.filter_map(of).collect();
    let last = heads(&done, |(_, act)| (&act.link, &act.follows));
    let last = last.into_iter().max_by_key(|(_, act)| (act.action, &act.link));
    let others = done.iter().map(|(_, act)| *act);
    let others = others.filter(|act| last.is_none_or(|(_, last)| last.link != act.link));
    (last, last.map(|(_, act)| act).into_iter().chain(others).collect())
}

/// Those that none of the others follows. Links of what is not there are passed over.
fn heads<T: Copy>(all: &[T], link: impl Fn(&T) -> (&String, &BTreeSet<String>)) -> Vec<T> {
    let there: BTreeSet<&String> = all.iter().map(|it| link(it).0).collect();
    let links = all.iter().flat_map(|it| link(it).1);
    let followed: BTreeSet<&String> = links.filter(|it| there.contains(it)).collect();
    all.iter().filter(|it| !followed.contains(link(it).0)).copied().collect()
}

fn standing_of(word: &EndorsementWord, newest: Option<&FrozenText>) -> EndorsementStanding {
    if !word.signed {
        return EndorsementStanding::Invalid;
    }
    match word.stance {
        EndorsementStance::Withdrawn => EndorsementStanding::Withdrew,
        EndorsementStance::Decline => EndorsementStanding::Declines,
        // Who freezes the same once more, or at the same time as another, froze nothing else.
        EndorsementStance::Endorse if newest.is_some_and(|newest| newest.hash == word.hash) => {
            EndorsementStanding::Endorses
        }
        EndorsementStance::Endorse => EndorsementStanding::Stale,
    }
}

#[cfg(test)]
mod tests;
