//! What follows from a ballot, its positions and its closings.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date as Day;

use super::{Ballot, Closing, Position, Signed, Stance};
use crate::model::id::OrgId;

/// Where a decision stands: a function of signed records alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecisionState {
    /// Nothing follows yet.
    Undecided,
    /// It is decided.
    Adopted,
    /// Somebody stands in the way.
    Blocked,
    /// The window is over, and too few consented.
    Lapsed,
}

impl DecisionState {
    /// Its code in the vocabulary's list `card_state`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Undecided => "consent_window",
            Self::Adopted => "adopted",
            Self::Blocked => "blocked",
            Self::Lapsed => "lapsed",
        }
    }
}

/// How one organisation counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// How it counts.
    pub stance: Stance,
    /// The option that it counts for.
    pub option: Option<String>,
    /// Its newest word in the window.
    pub newest: Position,
}

/// What follows from the records of one ballot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionOutcome {
    /// Where it stands.
    pub state: DecisionState,
    /// The option that was adopted, where there were any.
    pub option: Option<String>,
    /// Each participant that has said something in the window.
    pub rulings: BTreeMap<OrgId, Ruling>,
    /// Whether a participant has closed the window.
    pub closed: bool,
    /// Positions that came too late to count.
    pub late: BTreeSet<OrgId>,
}

impl DecisionOutcome {
    /// The organisations that count so.
    pub fn who(&self, stance: Stance) -> impl Iterator<Item = &OrgId> {
        self.rulings.iter().filter(move |(_, it)| it.stance == stance).map(|(org, _)| org)
    }

    /// Whether nothing but a closing is missing: the words for people, the only place of `today`.
    #[must_use]
    pub fn waits_to_be_closed(&self, ballot: &Ballot, today: Day) -> bool {
        self.state == DecisionState::Undecided && today > ballot.closes
    }
}

/// What follows from the records that are known of a ballot. Those of other ballots, and of who is
/// not asked, are passed over.
#[must_use]
pub fn outcome(ballot: &Ballot, positions: &[Position], closings: &[Closing]) -> DecisionOutcome {
    let is_asked = |signed: &Signed| ballot.participants.contains(&signed.by);
    let of_ballot = positions
        .iter()
        .filter(|it| it.ballot == ballot.signed.id && is_asked(&it.signed) && is_whole(ballot, it));
    let mut said: BTreeMap<OrgId, BTreeMap<(i64, &str), &Position>> = BTreeMap::new();
    let mut late = BTreeSet::new();
    for position in of_ballot {
        if position.signed.at <= ballot.closes {
            let of_org = said.entry(position.signed.by).or_default();
            of_org.insert(position.signed.order(), position);
        } else {
            late.insert(position.signed.by);
        }
    }
    let rulings: BTreeMap<OrgId, Ruling> = said
        .into_iter()
        .filter_map(|(org, said)| Some((org, ruling(&said.into_values().collect::<Vec<_>>())?)))
        .collect();
    let closed = closings.iter().any(|it| {
        it.ballot == ballot.signed.id && is_asked(&it.signed) && it.signed.at >= ballot.closes
    });
    let carried = carried(ballot, &rulings);
    let all_spoke = rulings.len() == ballot.participants.len();
    let blocked = rulings.values().any(|ruling| ruling.stance == Stance::Block);
    let state = match (blocked, carried.is_some(), closed || all_spoke, closed) {
        (true, ..) => DecisionState::Blocked,
        (false, true, true, _) => DecisionState::Adopted,
        (false, false, _, true) => DecisionState::Lapsed,
        (false, ..) => DecisionState::Undecided,
    };
    let option = carried.flatten().filter(|_| state == DecisionState::Adopted);
    DecisionOutcome { state, option, rulings, closed, late }
}

/// Whether a position says what it has to say: which option, where there are any.
fn is_whole(ballot: &Ballot, position: &Position) -> bool {
    position.stance != Stance::Consent
        || ballot.options.is_empty()
        || position.option.as_ref().is_some_and(|option| ballot.options.contains_key(option))
}

/// How an organisation counts by what it said, oldest first.
///
/// Its newest word counts, with one exception: a consent is taken back by a block alone. Were it
/// taken back by standing aside, a decision that some have read as adopted could come undone without
/// anybody's saying that they stand in the way, and why.
fn ruling(said: &[&Position]) -> Option<Ruling> {
    let newest = *said.last()?;
    let since_block = said.iter().rposition(|it| it.stance == Stance::Block).map_or(0, |at| at + 1);
    let consent = said.iter().skip(since_block).find(|it| it.stance == Stance::Consent);
    let counts = match (newest.stance, consent) {
        (Stance::Block, _) | (Stance::Consent | Stance::StandAside, None) => newest,
        (Stance::Consent | Stance::StandAside, Some(consent)) => consent,
    };
    let (stance, option) = (counts.stance, counts.option.clone());
    Some(Ruling { stance, option, newest: newest.clone() })
}

/// What has enough consents: none if nothing, `Some(None)` where there are no options. More than half
/// are needed, and each counts for one option, so that no two have enough.
fn carried(ballot: &Ballot, rulings: &BTreeMap<OrgId, Ruling>) -> Option<Option<String>> {
    let mut counts: BTreeMap<Option<&String>, usize> = BTreeMap::new();
    for ruling in rulings.values().filter(|ruling| ruling.stance == Stance::Consent) {
        let option = ruling.option.as_ref().filter(|_| !ballot.options.is_empty());
        *counts.entry(option).or_default() += 1;
    }
    let enough = counts.into_iter().find(|(_, count)| *count >= ballot.needed);
    enough.map(|(option, _)| option.cloned())
}
