//! What holds of an alert at a moment.

use std::{collections::BTreeSet, time::Duration};

use crate::model::{
    alert::{entry::Outcome, level::Level, name::EntryHash, skew::Skew},
    id::OrgId,
    time::Timestamp,
};

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Not sent yet: shown to whoever is about to raise it.
    Draft,
    /// Sent; nobody has taken it, and no step is due.
    Open,
    /// Somebody takes it.
    Acknowledged,
    /// Who takes it has said what is new since.
    Responding,
    /// Nobody has taken it in time.
    Escalated,
    /// Its time is over, and nobody has said how it ended.
    Expired,
    /// Over: safe, or handed over.
    StoodDown,
    /// Over: harm was done.
    HarmOccurred,
    /// Over: there was nothing.
    FalseAlarm,
}

impl Phase {
    /// Its code in the list `alert_state`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Responding => "responding",
            Self::Escalated => "escalated",
            Self::Expired => "expired",
            Self::StoodDown => "stood_down",
            Self::HarmOccurred => "harm_occurred",
            Self::FalseAlarm => "false_alarm",
        }
    }

    /// Whether it is over.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::StoodDown | Self::HarmOccurred | Self::FalseAlarm)
    }

    /// Whether somebody has to do something who has not.
    #[must_use]
    pub const fn is_loud(self) -> bool {
        matches!(self, Self::Escalated | Self::Expired)
    }

    pub(super) const fn closed_by(outcome: Outcome) -> Self {
        match outcome {
            Outcome::HarmOccurred => Self::HarmOccurred,
            Outcome::Transferred | Outcome::Safe => Self::StoodDown,
            Outcome::FalseAlarm => Self::FalseAlarm,
        }
    }
}

/// Why a closing does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waits {
    /// A second one has to confirm.
    Confirmation,
    /// Its author did not know of an update.
    Update,
}

impl Waits {
    /// A word for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::Update => "update",
        }
    }
}

/// A closing of somebody who may close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The entry.
    pub hash: EntryHash,
    /// Its id.
    pub id: String,
    /// Who.
    pub author: OrgId,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it does not hold; none if it does.
    pub waits: Option<Waits>,
}

/// An end of what was said: an update that no later one knew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The entry.
    pub hash: EntryHash,
    /// Its id.
    pub id: String,
    /// Who.
    pub author: OrgId,
    /// Whether its author may update with effect. Whoever may not tells news all the same.
    pub may: bool,
}

/// What holds of an alert at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertState {
    /// Where it stands.
    pub phase: Phase,
    /// How urgent it is by now.
    pub level: Level,
    /// Whether it is an exercise: always shown, never counted.
    pub drill: bool,
    /// The greatest step that was due before somebody took it, 0 to 3.
    pub step: u8,
    /// Since when an answer is missing; only while it is escalated, or expired without an answer.
    pub overdue: Option<Duration>,
    /// When the next step is due.
    pub next_step: Option<Timestamp>,
    /// When it expires.
    pub expires: Timestamp,
    /// From sending to the first *taking*, by the clocks of the two.
    pub response: Option<Duration>,
    /// Who takes it.
    pub taking: Vec<OrgId>,
    /// What was said last, by cause: of those who may update with effect, then of others, who
    /// displace nothing of theirs. Several if they did not know of each other, the latest first.
    pub branches: Vec<Branch>,
    /// Closings by those who may.
    pub closings: Vec<Closing>,
    /// The outcome, if it is over.
    pub outcome: Option<Outcome>,
    /// Clocks that do not agree.
    pub skews: Vec<Skew>,
    /// Whether its date, or that of an update which made it more severe, cannot be relied on, so
    /// that it is loud at once.
    pub undatable: bool,
    /// Whether it has expired before any other organisation said anything: it came late, or the
    /// clock of who raised it is behind.
    pub unseen_in_time: bool,
    /// Whether who raised it wrote in it again.
    pub rewritten: bool,
    /// Entries that have no effect: not of a member, too many, or not theirs to say.
    pub idle: BTreeSet<EntryHash>,
}
