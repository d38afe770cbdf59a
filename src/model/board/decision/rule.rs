//! What follows from a ballot, its positions and its closings.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date as Day;

use super::{Ballot, Closing, MAX_WORDS, Position, Signed, Stance};
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
    /// counts as a block until it blocks and says anew what it means. Or whether it said more than
    /// [`MAX_WORDS`]: then for good.
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
    /// Who closed it with that day.
    pub closed_by: BTreeSet<OrgId>,
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
    let mut said: BTreeMap<OrgId, BTreeSet<Placed<'_>>> = BTreeMap::new();
    let mut late = BTreeSet::new();
    for position in of_ballot.filter(|it| it.signed.at >= ballot.opens) {
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
    let closings = || {
        let signed = closings.iter().filter(|it| it.ballot == digest).map(|it| &it.signed);
        signed.filter(|it| is_asked(it) && it.at > ballot.closes)
    };
    let closed_on = closings().map(|it| it.at).min();
    let closed_by = closings().filter(|it| Some(it.at) == closed_on).map(|it| it.by).collect();
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
    DecisionOutcome { state, option, rulings, closed, closed_on, closed_by, decided_on, late }
}

/// Adopted ballots of one card that can take the place of others, the first of them: a bound on
/// what an origin can have every node compare, and more than a question is ever decided anew.
const MAX_REPLACING: usize = 64;

/// The place among several ballots on one card, in their order, of the one that rules.
///
/// While nobody has adopted or blocked anything, that is the newest. What was *adopted* stays until a
/// newer ballot that asked all of the same organisations is itself adopted: who puts a question does
/// not undo what came of it by putting it anew and blocking that, or by asking a friend instead. What
/// was *blocked* stays until a newer one that asked all of the same is adopted, and who blocked has
/// spoken on it. Of several that none replaces the one that asked most rules, and of these the first.
///
/// Only members count for this: nobody makes a ballot great by inventing organisations.
#[must_use]
pub fn ruling_ballot(
    ballots: &[(&Ballot, &DecisionOutcome)],
    is_member: impl Fn(&OrgId) -> bool,
) -> Option<usize> {
    let decided = ballots.iter().enumerate().filter(|(_, (_, outcome))| outcome.is_said());
    let decided: Vec<Said<'_>> = decided
        .map(|(at, (ballot, outcome))| {
            let asked = ballot.participants.iter().filter(|org| is_member(org)).collect();
            Said { at, asked, outcome }
        })
        .collect();
    let adopted: Vec<&Said<'_>> =
        decided.iter().filter(|it| it.is_adopted()).take(MAX_REPLACING).collect();
    let standing =
        decided.iter().filter(|it| !adopted.iter().any(|adopted| adopted.stands_against(it)));
    let most = standing.min_by_key(|it| (std::cmp::Reverse(it.asked.len()), it.at));
    most.map(|it| it.at).or_else(|| ballots.len().checked_sub(1))
}

/// A ballot on which people have decided.
struct Said<'b> {
    at: usize,
    /// Members that were asked.
    asked: BTreeSet<&'b OrgId>,
    outcome: &'b DecisionOutcome,
}

impl Said<'_> {
    const fn is_adopted(&self) -> bool {
        matches!(self.outcome.state, DecisionState::Adopted)
    }

    /// Whether this one, which is adopted, leaves another no say.
    fn stands_against(&self, other: &Self) -> bool {
        let later = self.at > other.at;
        let asked_all = self.asked.is_superset(&other.asked);
        let mut blockers = other.outcome.who(Stance::Block).filter(|org| other.asked.contains(org));
        match (other.is_adopted(), later) {
            (true, _) => later && asked_all,
            (false, true) => {
                asked_all && blockers.all(|org| self.outcome.rulings.contains_key(org))
            }
            // A block of a proposal to change what was adopted leaves it as it is. Else nobody who is
            // blocked by many could say that a few had agreed before.
            (false, false) => {
                let both = self.asked.intersection(&other.asked).count();
                both.saturating_mul(2) > other.asked.len()
                    || blockers.all(|org| self.asked.contains(org))
            }
        }
    }
}

/// A position at its place. Two of one place are two words under one signature, and the sterner of
/// them is taken for the later.
type Placed<'p> = ((i64, &'p str), &'p Position);

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
    // Not the first so many: a late one with a small number would push out what others went by.
    let contradicts = options.len() > 1 || said.len() > MAX_WORDS;
    let (stance, option) = match (newest.stance, options.first()) {
        (Stance::Block, _) => (Stance::Block, None),
        _ if contradicts => (Stance::Block, None),
        (stance, None) => (stance, None),
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
