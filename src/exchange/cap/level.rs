//! Stand-in until `model::alert` is merged.

/// How urgent it is; the most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Life at immediate risk.
    LifeImminent,
    /// A serious attack is likely or under way.
    Serious,
    /// The risk rises.
    Elevated,
    /// To be watched.
    Watch,
}

impl Level {
    /// All levels.
    pub const ALL: [Self; 4] = [Self::LifeImminent, Self::Serious, Self::Elevated, Self::Watch];

    /// Its code in the list `alert_level`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::LifeImminent => "life_imminent",
            Self::Serious => "serious",
            Self::Elevated => "elevated",
            Self::Watch => "watch",
        }
    }
    /// The level with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }
}

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

/// How an alert ended.
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
