//! What somebody says to an alert.

use std::collections::BTreeSet;

use crate::model::{
    alert::{
        level::Level,
        name::{AlertName, EntryHash},
        raised::is_id,
    },
    id::{DeviceId, OrgId},
    registry::{Record, RecordKind},
    time::Timestamp,
};

/// Entries that an entry names as known to its author: the ends of what it knew, which are few.
pub const MAX_FOLLOWS: usize = 64;
/// The greatest number of an entry, as of other records (`proto/records.md` 2).
pub(super) const MAX_NUMBER: i64 = 10_000_000_000;

/// What a person answers to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stance {
    /// We act.
    Taking,
    /// Received, no more.
    Seen,
    /// We cannot help.
    Cannot,
}

impl Stance {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Taking, Self::Seen, Self::Cannot];

    /// Its code in the list `alert_stance`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Taking => "taking",
            Self::Seen => "seen",
            Self::Cannot => "cannot",
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stance| stance.code() == code)
    }
}

/// How an alert ended; of several the first rules: what is worst must not be talked away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Harm was done.
    HarmOccurred,
    /// Somebody else goes on with it.
    Transferred,
    /// Those concerned are safe.
    Safe,
    /// There was nothing.
    FalseAlarm,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::HarmOccurred, Self::Transferred, Self::Safe, Self::FalseAlarm];

    /// Its code in the list `alert_outcome`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::HarmOccurred => "harm_occurred",
            Self::Transferred => "transferred",
            Self::Safe => "safe",
            Self::FalseAlarm => "false_alarm",
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Answers.
    Acknowledge(Stance),
    /// *Cannot*, for the whole organisation: nobody of it takes the alert any more, whoever said so
    /// by whatever code.
    GiveUp,
    /// Says what is new.
    Update {
        /// A more severe level.
        level: Option<Level>,
        /// A later end.
        expires: Option<Timestamp>,
    },
    /// Closes, because it is over.
    StandDown(Outcome),
    /// Agrees to a closing.
    Confirm {
        /// Which closing, outcome and all.
        closing: EntryHash,
    },
    /// The alert was shown to a person.
    Seen,
    /// Closes an alert that expired.
    Review(Outcome),
}

impl Act {
    /// Its code in the list `alert_act`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Acknowledge(_) | Self::GiveUp => "acknowledgement",
            Self::Update { .. } => "update",
            Self::StandDown(_) => "stand_down",
            Self::Confirm { .. } => "confirm",
            Self::Seen => "seen",
            Self::Review(_) => "review",
        }
    }
}

impl Act {
    /// What it answers, if it answers.
    #[must_use]
    pub const fn stance(&self) -> Option<Stance> {
        match self {
            Self::Acknowledge(stance) => Some(*stance),
            Self::GiveUp => Some(Stance::Cannot),
            Self::Update { .. }
            | Self::StandDown(_)
            | Self::Confirm { .. }
            | Self::Seen
            | Self::Review(_) => None,
        }
    }

    /// Its rank among entries of one organisation and number: who gives up is heard last. Else a
    /// device in other hands takes an alert with the greatest number there is, and its organisation
    /// never says that it does not.
    const fn rank(&self) -> u8 {
        match self {
            Self::GiveUp => 2,
            Self::Acknowledge(Stance::Cannot) => 1,
            Self::Acknowledge(Stance::Taking | Stance::Seen)
            | Self::Update { .. }
            | Self::StandDown(_)
            | Self::Confirm { .. }
            | Self::Seen
            | Self::Review(_) => 0,
        }
    }

    /// Whether it matters who knew of it: an update, or a closing.
    pub(super) const fn is_relied_on(&self) -> bool {
        match self {
            Self::Update { .. } | Self::StandDown(_) | Self::Review(_) => true,
            Self::Acknowledge(_) | Self::GiveUp | Self::Confirm { .. } | Self::Seen => false,
        }
    }

    /// Whether it makes an alert louder, or ends it. What else one device says must not use up its
    /// room for these.
    pub(super) const fn is_weighty(&self) -> bool {
        match self {
            Self::Update { level, .. } => level.is_some(),
            Self::Acknowledge(stance) => matches!(stance, Stance::Cannot),
            Self::GiveUp | Self::StandDown(_) | Self::Confirm { .. } | Self::Review(_) => true,
            Self::Seen => false,
        }
    }
}

/// An entry, as far as rules need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Which alert.
    pub alert: AlertName,
    /// One more than the greatest that its author knew: the order of one organisation's entries.
    pub number: i64,
    /// When its author says that it was sent.
    pub sent: Timestamp,
    /// The code of the person.
    pub by: String,
    /// The entries that its author knew and that nobody had followed yet.
    pub follows: BTreeSet<EntryHash>,
    /// What it does.
    pub act: Act,
}

/// An entry with the organisation that wrote it, as its signature proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedEntry {
    /// Who wrote it.
    pub author: OrgId,
    /// With which device, if that is known and was one.
    pub device: Option<DeviceId>,
    /// What names it in other entries.
    pub hash: EntryHash,
    /// Whether its organisation wrote in it again: it stands, and is marked.
    pub rewritten: bool,
    /// What it says.
    pub entry: Entry,
}

impl SignedEntry {
    /// The entry in a record; none if it lacks what its kind needs.
    #[must_use]
    pub fn read(
        author: OrgId,
        device: Option<DeviceId>,
        record: &Record,
        rewritten: bool,
    ) -> Option<Self> {
        let entry = Entry::read(record)?;
        let hash = EntryHash::of(&author, record);
        Some(Self { author, device, hash, rewritten, entry })
    }
}

impl Entry {
    /// The entry in a record; none if it lacks what its kind needs.
    #[must_use]
    pub fn read(record: &Record) -> Option<Self> {
        if record.schema().kind() != Some(RecordKind::AlertEntry) {
            return None;
        }
        let outcome = || record.text("outcome").and_then(Outcome::from_code);
        let act = match record.text("kind")? {
            "acknowledgement" => {
                let stance = Stance::from_code(record.text("stance")?)?;
                if stance == Stance::Cannot && record.flag("for_all") == Some(true) {
                    Act::GiveUp
                } else {
                    Act::Acknowledge(stance)
                }
            }
            "update" => Act::Update {
                level: record.text("level").and_then(Level::from_code),
                expires: record.text("expires").and_then(Timestamp::from_second),
            },
            "stand_down" => {
                // How those concerned were reached: without that nobody knows that they are safe.
                record.text("check_in").filter(|method| !method.trim().is_empty())?;
                Act::StandDown(outcome()?)
            }
            "confirm" => Act::Confirm { closing: record.text("entry")?.parse().ok()? },
            "seen" => Act::Seen,
            "review" => Act::Review(outcome()?),
            _later => return None,
        };
        let follows = record.keys("follows").into_iter().take(MAX_FOLLOWS);
        let number = record.get("number")?.as_integer()?;
        Some(Self {
            id: record.text("id").filter(|id| is_id(id))?.to_owned(),
            alert: AlertName {
                author: record.text("raiser")?.parse().ok()?,
                id: record.text("alert").filter(|id| is_id(id))?.to_owned(),
            },
            number: Some(number).filter(|number| (1..=MAX_NUMBER).contains(number))?,
            sent: Timestamp::from_second(record.text("sent")?)?,
            by: record.text("by")?.to_owned(),
            follows: follows.filter_map(|hash| hash.parse().ok()).collect(),
            act,
        })
    }

    /// Its place among the entries of its organisation, the same on all nodes.
    #[must_use]
    pub fn place(&self) -> (i64, u8, &str) {
        (self.number, self.act.rank(), &self.id)
    }
}
