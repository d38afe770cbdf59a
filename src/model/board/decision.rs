//! Joint decisions: what is asked of whom, what each said, and what follows.
//!
//! ```text
//! ballot ─ question, participants, consents needed, last day of the window   signed by the card's origin
//!    ├─ position ─ digest of the ballot; consent, stand aside or block       signed by each participant
//!    └─ closing  ─ digest of the ballot; the window is over                  signed by a participant
//!          ⇣  outcome(ballot, positions, closings): no clock, no order of arrival
//!    undecided · adopted · blocked · lapsed
//! ```
//!
//! Who holds the same records computes the same. Who gets more of them never has to take back that
//! something was adopted, except for a block that is dated in the window: that fails safe, and a
//! partner who abuses it does so under its own signature.

mod rule;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date as Day;

pub use self::rule::{DecisionOutcome, DecisionState, Ruling, outcome, ruling_ballot};
use crate::model::{
    id::{CardId, OrgId},
    registry::{Date, Precision, Record, RecordKind},
};

/// Organisations that one ballot can ask: more than any coalition has, and a bound on what a
/// stranger can have every node count.
pub const MAX_PARTICIPANTS: usize = 200;
/// Words of one organisation on one ballot: who says more contradicts itself.
pub const MAX_WORDS: usize = 64;
/// The greatest number of a record that is read (`proto/records.md`, 2).
pub const MAX_NUMBER: i64 = 10_000_000_000;
/// By how much a ballot's number can be ahead of the count of those before it: some that have not come
/// yet, and never so far that none can be put after it.
const MAX_AHEAD: usize = 64;

/// What every record of a decision has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signed {
    /// Its place among those of the same matter.
    pub number: i64,
    /// Its id: breaks ties.
    pub id: String,
    /// The organisation that signed it.
    pub by: OrgId,
    /// The day, as its author's clock says.
    pub at: Day,
}

/// A question put to organisations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// Who put it and when.
    pub signed: Signed,
    /// The decision's card.
    pub card: CardId,
    /// What is asked.
    pub question: String,
    /// Ways to decide by their keys; none where the question is of yes or no.
    pub options: BTreeMap<String, String>,
    /// Who is asked.
    pub participants: BTreeSet<OrgId>,
    /// Consents that are needed: more than half of the participants.
    pub needed: usize,
    /// First day of the window.
    pub opens: Day,
    /// Last day of the window.
    pub closes: Day,
}

/// How an organisation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stance {
    /// It agrees.
    Consent,
    /// It does not agree, and does not stand in the way.
    StandAside,
    /// It stands in the way.
    Block,
}

/// What one organisation said to a ballot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Who said it and when.
    pub signed: Signed,
    /// Digest of the ballot.
    pub ballot: String,
    /// How it stands.
    pub stance: Stance,
    /// The option that it is for.
    pub option: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// That somebody holds the window to be over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Who said so and when.
    pub signed: Signed,
    /// Digest of the ballot.
    pub ballot: String,
}

impl Stance {
    const CODES: [(Self, &'static str); 3] =
        [(Self::Consent, "consent"), (Self::StandAside, "stand_aside"), (Self::Block, "block")];

    /// Its code in the vocabulary's list `position_stance`.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::CODES.iter().find(|(stance, _)| *stance == self).map_or("", |(_, code)| *code)
    }

    /// The stance with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::CODES.iter().find(|(_, known)| *known == code).map(|(stance, _)| *stance)
    }
}

impl Signed {
    fn read(by: OrgId, record: &Record) -> Option<Self> {
        let number = record.get("number")?.as_integer()?;
        let id = record.text("id")?.to_owned();
        let in_bounds = (0..=MAX_NUMBER).contains(&number);
        in_bounds.then_some(Self { number, id, by, at: day(record, "at")? })
    }

    /// What orders the records of one matter: causal as far as anybody knew, and the same for all.
    #[must_use]
    pub fn order(&self) -> (i64, &str) {
        (self.number, &self.id)
    }
}

impl Ballot {
    /// Reads a record; none if it is no ballot, or one that could be decided by one alone.
    #[must_use]
    pub fn read(author: OrgId, record: &Record) -> Option<Self> {
        if record.schema().kind() != Some(RecordKind::Ballot) {
            return None;
        }
        let options = record.under("options").filter_map(|(path, value)| {
            Some((path.segment(1)?.to_owned(), value.as_text()?.to_owned()))
        });
        let participants = record.under("participants").take(MAX_PARTICIPANTS + 1);
        let participants: BTreeSet<OrgId> =
            participants.filter_map(|(_, org)| org.as_text()?.parse().ok()).collect();
        let ballot = Self {
            signed: Signed::read(author, record)?,
            card: record.text("card")?.parse().ok()?,
            question: record.text("question")?.to_owned(),
            options: options.collect(),
            needed: usize::try_from(record.get("needed")?.as_integer()?).ok()?,
            participants,
            opens: day(record, "opens")?,
            closes: day(record, "closes")?,
        };
        ballot.problem().is_none().then_some(ballot)
    }

    /// All that is put and by whom, one thing after the other with its length: what a digest is made
    /// over. Whoever consents to this consents to nothing else.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let signed = &self.signed;
        let mut parts: Vec<String> = vec![
            signed.by.to_string(),
            signed.id.clone(),
            signed.number.to_string(),
            self.card.to_string(),
            self.question.clone(),
            self.needed.to_string(),
            self.opens.to_string(),
            self.closes.to_string(),
            self.participants.len().to_string(),
        ];
        parts.extend(self.participants.iter().map(OrgId::to_string));
        parts.extend(self.options.iter().flat_map(|(key, text)| [key.clone(), text.clone()]));
        let mut bytes = Vec::new();
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            bytes.extend(length.to_be_bytes());
            bytes.extend(part.into_bytes());
        }
        bytes
    }

    /// Whether it counts after so many others of its card: one that is numbered far ahead does not.
    /// Who numbers its next by the last that counts can always put it.
    #[must_use]
    pub fn follows(&self, before: usize) -> bool {
        let most = i64::try_from(before.saturating_add(MAX_AHEAD)).unwrap_or(i64::MAX);
        self.signed.number <= most
    }

    /// Why it cannot be put, for people.
    #[must_use]
    pub fn problem(&self) -> Option<BallotProblem> {
        let asked = self.participants.len();
        if asked < 2 {
            return Some(BallotProblem::Alone);
        }
        if asked > MAX_PARTICIPANTS {
            return Some(BallotProblem::Crowd);
        }
        if self.needed <= asked / 2 || self.needed > asked {
            return Some(BallotProblem::Needed { least: least_needed(asked), asked });
        }
        (self.closes < self.opens).then_some(BallotProblem::Backwards)
    }
}

/// The fewest consents that decide: more than half.
#[must_use]
pub const fn least_needed(participants: usize) -> usize {
    participants / 2 + 1
}

/// Why a ballot cannot be put.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BallotProblem {
    /// One organisation decides nothing together.
    #[error("a joint decision needs at least two organisations")]
    Alone,
    /// Too many are asked.
    #[error("a decision can be put to {MAX_PARTICIPANTS} organisations at most")]
    Crowd,
    /// Too few or too many consents.
    #[error("of {asked} organisations between {least} and {asked} have to consent")]
    Needed {
        /// More than half.
        least: usize,
        /// All.
        asked: usize,
    },
    /// It closes before it opens.
    #[error("the window closes before it opens")]
    Backwards,
}

impl Position {
    /// Reads a record; none if it is no position, or a block without its reason.
    #[must_use]
    pub fn read(author: OrgId, record: &Record) -> Option<Self> {
        if record.schema().kind() != Some(RecordKind::Position) {
            return None;
        }
        let text = |path: &str| record.text(path).map(str::to_owned);
        let position = Self {
            signed: Signed::read(author, record)?,
            ballot: text("ballot")?,
            stance: Stance::from_code(record.text("stance")?)?,
            option: text("option"),
            reason: text("reason").filter(|reason| !reason.trim().is_empty()),
        };
        let explained = position.stance != Stance::Block || position.reason.is_some();
        explained.then_some(position)
    }
}

impl Closing {
    /// Reads a record; none if it is no closing.
    #[must_use]
    pub fn read(author: OrgId, record: &Record) -> Option<Self> {
        let closing = record.schema().kind() == Some(RecordKind::Closing);
        let ballot = record.text("ballot")?.to_owned();
        closing.then_some(Self { signed: Signed::read(author, record)?, ballot })
    }
}

/// A day that is exactly one.
fn day(record: &Record, path: &str) -> Option<Day> {
    let date: Date = record.text(path)?.parse().ok()?;
    if date.precision() == Precision::Day { date.earliest() } else { None }
}
