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
    /// Whether it consented to several options, or said several things under one signature: it
    /// counts as a block until it blocks and says anew what it means.
    pub contradicts: bool,
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
    /// The first day that a closing which counts bears.
    pub closed_on: Option<Day>,
    /// The day as of which it stands as it does, as those say who signed; none while nothing follows.
    pub decided_on: Option<Day>,
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

    /// Whether the closing that counts is dated on a day that has not come: who closed did not wait
    /// for the others. For people, as above.
    #[must_use]
    pub fn is_closed_ahead(&self, today: Day) -> bool {
        self.closed_on.is_some_and(|day| day > today)
    }

    /// Whether people have decided: nobody's silence.
    #[must_use]
    pub const fn is_said(&self) -> bool {
        matches!(self.state, DecisionState::Adopted | DecisionState::Blocked)
    }
}

/// What follows from the records that are known of a ballot. Those that name another digest, and
/// those of who is not asked, are passed over.
#[must_use]
pub fn outcome(
    ballot: &Ballot,
    digest: &str,
    positions: &[Position],
    closings: &[Closing],
) -> DecisionOutcome {
    let is_asked = |signed: &Signed| ballot.participants.contains(&signed.by);
    let of_ballot = positions
        .iter()
        .filter(|it| it.ballot == digest && is_asked(&it.signed) && is_whole(ballot, it));
    let mut said: BTreeMap<OrgId, BTreeSet<Said<'_>>> = BTreeMap::new();
    let mut late = BTreeSet::new();
    for position in of_ballot {
        if position.signed.at <= ballot.closes {
            let of_org = said.entry(position.signed.by).or_default();
            of_org.insert((position.signed.order(), position));
        } else {
            late.insert(position.signed.by);
        }
    }
    let rulings: BTreeMap<OrgId, Ruling> = said
        .into_iter()
        .filter_map(|(org, said)| {
            let said: Vec<&Position> = said.into_iter().map(|(_, position)| position).collect();
            Some((org, ruling(ballot, &said)?))
        })
        .collect();
    // On the last day others may still speak: a closing of that day is none.
    let closings = closings
        .iter()
        .filter(|it| it.ballot == digest && is_asked(&it.signed) && it.signed.at > ballot.closes);
    let closed_on = closings.map(|it| it.signed.at).min();
    let closed = closed_on.is_some();
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
    let last_word = || rulings.values().map(|ruling| ruling.newest.signed.at).max();
    let blocks = || rulings.values().filter(|ruling| ruling.stance == Stance::Block);
    let decided_on = match state {
        DecisionState::Undecided => None,
        DecisionState::Blocked => blocks().map(|ruling| ruling.newest.signed.at).min(),
        DecisionState::Adopted if all_spoke => last_word(),
        DecisionState::Adopted | DecisionState::Lapsed => closed_on,
    };
    DecisionOutcome { state, option, rulings, closed, closed_on, decided_on, late }
}

/// The place among several ballots on one card, in their order, of the one that rules.
///
/// While nobody has adopted or blocked anything, that is the newest. What was decided so stays until
/// a newer ballot is itself decided that asked all of the same organisations: who puts a question
/// does not undo what came of it by putting it anew, or by asking a friend instead. Of several that
/// none replaces the one that asked most, and of these the first.
#[must_use]
pub fn ruling_ballot(ballots: &[(&Ballot, &DecisionOutcome)]) -> Option<usize> {
    let decided = ballots.iter().enumerate().filter(|(_, (_, outcome))| outcome.is_said());
    let decided: Vec<(usize, &Ballot)> = decided.map(|(at, (ballot, _))| (at, *ballot)).collect();
    let standing = decided.iter().filter(|(at, ballot)| {
        let newer = decided.iter().filter(|(other, _)| other > at);
        newer.into_iter().all(|(_, newer)| !newer.participants.is_superset(&ballot.participants))
    });
    let most =
        standing.min_by_key(|(at, ballot)| (std::cmp::Reverse(ballot.participants.len()), *at));
    most.map(|(at, _)| *at).or_else(|| ballots.len().checked_sub(1))
}

/// A position at its place. Two of one place are two words under one signature, and the sterner of
/// them is taken for the later.
type Said<'p> = ((i64, &'p str), &'p Position);

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
/// anybody's saying that they stand in the way, and why. For the same reason consents to several
/// options are none to the first of them, which somebody could have numbered so: they block.
fn ruling(ballot: &Ballot, said: &[&Position]) -> Option<Ruling> {
    let newest = *said.last()?;
    let since_block = said.iter().rposition(|it| it.stance == Stance::Block).map_or(0, |at| at + 1);
    let consents = said.iter().skip(since_block).filter(|it| it.stance == Stance::Consent);
    let options: BTreeSet<Option<&String>> =
        consents.map(|it| it.option.as_ref().filter(|_| !ballot.options.is_empty())).collect();
    let contradicts = options.len() > 1;
    let (stance, option) = match (newest.stance, options.first()) {
        (Stance::Block, _) => (Stance::Block, None),
        (stance, None) => (stance, None),
        (_, Some(_)) if contradicts => (Stance::Block, None),
        (_, Some(option)) => (Stance::Consent, option.cloned()),
    };
    Some(Ruling { stance, option, newest: newest.clone(), contradicts })
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
