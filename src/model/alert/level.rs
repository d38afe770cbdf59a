//! How urgent an alert is, and what follows from that by time.

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How much longer than the default of its level an alert's own timers and expiry may be: a
/// coalition may know better, and a slip of the finger must not keep an alert quiet for a week.
pub const MAX_STRETCH: u32 = 4;

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

    /// When each step is due if nobody takes it; none where nothing escalates.
    #[must_use]
    pub const fn timers(self) -> Option<Timers> {
        let seconds = match self {
            Self::LifeImminent => [15 * MINUTE, 45 * MINUTE, 2 * HOUR],
            Self::Serious => [HOUR, 4 * HOUR, 12 * HOUR],
            Self::Elevated => [12 * HOUR, 24 * HOUR, 48 * HOUR],
            Self::Watch => return None,
        };
        let [first, second, third] = seconds;
        Some(Timers([
            Duration::from_secs(first),
            Duration::from_secs(second),
            Duration::from_secs(third),
        ]))
    }

    /// How long after it was sent an alert expires.
    #[must_use]
    pub const fn expiry(self) -> Duration {
        Duration::from_secs(match self {
            Self::LifeImminent => 6 * HOUR,
            Self::Serious => DAY,
            Self::Elevated => 7 * DAY,
            Self::Watch => 30 * DAY,
        })
    }

    /// Whether one person alone cannot close it.
    #[must_use]
    pub const fn needs_two(self) -> bool {
        matches!(self, Self::LifeImminent)
    }
}

/// After how long without a *taking* each of the three steps is due, never decreasing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers([Duration; 3]);

impl Timers {
    /// An alert's own timers. None unless they increase or stay, begin at a second or more, and are
    /// at most [`MAX_STRETCH`] times those of its level; a level that does not escalate takes none.
    #[must_use]
    pub fn chosen(level: Level, after: [Duration; 3]) -> Option<Self> {
        let most = level.timers()?;
        let [first, second, third] = after;
        let rising = Duration::from_secs(1) <= first && first <= second && second <= third;
        let within =
            after.iter().zip(most.0).all(|(own, most)| *own <= most.saturating_mul(MAX_STRETCH));
        (rising && within).then_some(Self(after))
    }

    /// Of each step in order, after how long it is due.
    #[must_use]
    pub const fn steps(&self) -> [Duration; 3] {
        self.0
    }
}
