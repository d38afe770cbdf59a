//! Time as the protocol sees it: numbers that come in from outside, never a clock.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z, as some device's clock claims.
///
/// Never decides who is a member or what counts; for people, expiry of tickets, and time-outs.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment this many milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This moment plus a duration; stays at the end of time.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// The day in UTC, as `2026-11-23`.
    #[must_use]
    pub fn to_date(self) -> String {
        let moment = i64::try_from(self.0).ok();
        let moment = moment.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        let moment = moment.unwrap_or(jiff::Timestamp::MAX);
        moment.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
    }

    /// The moment of a text as [`fmt::Display`] writes it, to the second in UTC:
    /// `2026-11-23T16:58:06Z`. Nothing else is read, so that one moment has one text.
    #[must_use]
    pub fn from_second(text: &str) -> Option<Self> {
        let moment: jiff::Timestamp = text.parse().ok()?;
        let moment = Self(u64::try_from(moment.as_millisecond()).ok()?);
        (moment.to_string() == text).then_some(moment)
    }

    /// How long after `earlier` this is; zero if it is not.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            i64::try_from(self.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        match shown {
            Some(moment) => write!(f, "{moment:.0}"),
            None => write!(f, "{} ms after 1970", self.0),
        }
    }
}
