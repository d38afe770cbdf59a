//! What follows from a ballot, its positions and its closings.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

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

    /// Whether who is asked can still say what counts, by this day: also where somebody signed the
    /// end of the window ahead of it. For people, as above; a ballot that waits to be closed is open.
    #[must_use]
    pub fn is_open(&self, ballot: &Ballot, today: Day) -> bool {
        let cut_short = self.closed && today <= ballot.closes;
        match self.state {
            DecisionState::Undecided => true,
            DecisionState::Blocked => false,
            DecisionState::Lapsed => cut_short,
            DecisionState::Adopted => cut_short && self.rulings.len() < ballot.participants.len(),
        }
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
            let Signed { number, id, .. } = &position.signed;
            of_org.insert((*number, position.stance, id, position));
        } else {
            late.insert(position.signed.by);
        }
    }
    let rulings: BTreeMap<OrgId, Ruling> = said
        .into_iter()
        .filter_map(|(org, said)| {
            let said: Vec<&Position> = said.into_iter().map(|(.., position)| position).collect();
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

/// Adopted ballots of one card that are compared with blocked ones: a bound on what an origin can
/// have every node compare. Those that others make needless are not among them, so that nobody fills
/// it by adopting the same again and again.
const MAX_COMPARED: usize = 256;

/// The place among several ballots on one card, in their order, of the one that rules.
///
/// While nobody has adopted or blocked anything, that is the newest. What was *adopted* stays until a
/// newer ballot that asked all of the same organisations is itself adopted: who puts a question does
/// not undo what came of it by putting it anew and blocking that, or by asking a friend instead. What
/// was *blocked* stays until a newer one that asked all of the same is adopted, and who blocked has
/// spoken on it; and it leaves as it is what was adopted before, if who blocked has spoken on that. Of
/// several that none replaces the one that asked most rules, of these one that was blocked, and of
/// these the first.
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
            let asked: BTreeSet<&OrgId> =
                ballot.participants.iter().filter(|org| is_member(org)).collect();
            let spoke = outcome.rulings.keys().filter(|org| asked.contains(org)).collect();
            Said { at, asked, spoke, outcome }
        })
        .collect();
    let (adopted, blocked): (Vec<&Said<'_>>, Vec<&Said<'_>>) =
        decided.iter().partition(|it| it.outcome.state == DecisionState::Adopted);
    // One that more were asked than any other is replaced by the last that all of them were asked
    // alone: what is smaller needs no look, however much of it there is.
    let last: BTreeMap<&BTreeSet<&OrgId>, &Said<'_>> =
        adopted.iter().map(|it| (&it.asked, *it)).collect();
    let adopts = last.into_values().min_by_key(|it| it.weight());
    let replacing = compared(adopted.iter().rev().copied(), Said::replaces_all_of);
    let before = compared(adopted.iter().copied(), Said::precedes_all_of);
    let blocks = blocked.into_iter().filter(|block| {
        let blockers: BTreeSet<&OrgId> =
            block.outcome.who(Stance::Block).filter(|org| block.asked.contains(org)).collect();
        // Silence on either is none of the two: numbers prove no order, and nobody is bound by what
        // others say that they adopted before.
        let has_spoken = |it: &&&Said<'_>| it.spoke.is_superset(&blockers);
        let mut replacing = replacing.iter().filter(has_spoken);
        let mut before = before.iter().filter(has_spoken);
        !replacing.any(|it| it.at > block.at && it.asked.is_superset(&block.asked))
            && !before.any(|it| it.at < block.at)
    });
    let rules = blocks.chain(adopts).min_by_key(|it| it.weight());
    rules.map(|it| it.at).or_else(|| ballots.len().checked_sub(1))
}

/// A ballot on which people have decided.
struct Said<'b> {
    at: usize,
    /// Members that were asked.
    asked: BTreeSet<&'b OrgId>,
    /// Those of them that have spoken.
    spoke: BTreeSet<&'b OrgId>,
    outcome: &'b DecisionOutcome,
}

impl Said<'_> {
    /// What rules first: where most were asked, of these what was blocked, and of these the first.
    fn weight(&self) -> (Reverse<usize>, bool, usize) {
        let is_adopted = self.outcome.state == DecisionState::Adopted;
        (Reverse(self.asked.len()), is_adopted, self.at)
    }

    /// Whether this one replaces all that another does.
    fn replaces_all_of(&self, other: &Self) -> bool {
        self.at > other.at
            && self.asked.is_superset(&other.asked)
            && self.spoke.is_superset(&other.spoke)
    }

    /// Whether no block leaves another as it is but leaves this one so too.
    fn precedes_all_of(&self, other: &Self) -> bool {
        self.at < other.at && self.spoke.is_superset(&other.spoke)
    }
}

/// Of adopted ballots those that no other makes needless: at most so many, on which most have spoken.
fn compared<'s, 'b>(
    adopted: impl Iterator<Item = &'s Said<'b>>,
    makes_needless: impl Fn(&Said<'b>, &Said<'b>) -> bool,
) -> Vec<&'s Said<'b>> {
    let mut adopted: Vec<&Said<'b>> = adopted.collect();
    // One that makes another needless comes before it: as many have spoken on it or more, and of
    // those alike it is given first.
    adopted.sort_by_key(|it| Reverse(it.spoke.len()));
    let mut found: Vec<&Said<'b>> = Vec::new();
    for one in adopted {
        if found.len() == MAX_COMPARED {
            break;
        }
        if !found.iter().any(|other| makes_needless(other, one)) {
            found.push(one);
        }
    }
    found
}

/// A position at its place. Of those with one number a block is the last: whatever number somebody
/// gave to a consent with a device that was taken, its organisation can stand in the way.
type Placed<'p> = (i64, Stance, &'p str, &'p Position);

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
