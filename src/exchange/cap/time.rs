//! Times as CAP writes them: `2026-11-23T16:05:00-05:00`, never with `Z`.

use jiff::civil::DateTime;

use crate::model::time::Timestamp;

/// Characters of a time.
const LENGTH: usize = 25;
/// The schema's base type has no larger offset.
const MOST_MINUTES: i64 = 14 * 60;
const HOUR: i64 = 60;
const MINUTE: i64 = 60;

/// A moment to the second, with the offset in which it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CapTime {
    seconds: u64,
    /// Minutes east of UTC; none where the writer's own is not told (`-00:00`).
    offset: Option<i64>,
}

impl CapTime {
    /// A moment in UTC: `-00:00`, which tells nothing of where the writer is. Milliseconds are cut.
    #[must_use]
    pub const fn of(moment: Timestamp) -> Self {
        Self { seconds: moment.as_millis() / 1000, offset: None }
    }

    /// Reads a time; none if it is not of the form, or before 1970.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let formed = bytes.len() == LENGTH
            && bytes.iter().zip(0..).all(|(byte, place)| match place {
                4 | 7 => *byte == b'-',
                10 => *byte == b'T',
                13 | 16 | 22 => *byte == b':',
                // The schema's pattern lets a comma pass, which its base type forbids.
                19 => matches!(byte, b'-' | b'+'),
                _digit => byte.is_ascii_digit(),
            });
        if !formed {
            return None;
        }
        let (civil, offset) = (text.get(..19)?, text.get(19..)?);
        let civil: DateTime = civil.parse().ok()?;
        // A leap second would be taken as the second before.
        if text.get(17..19)? == "60" {
            return None;
        }
        let hours: i64 = offset.get(1..3)?.parse().ok()?;
        let minutes: i64 = offset.get(4..6)?.parse().ok()?;
        let east = hours.saturating_mul(HOUR).saturating_add(minutes);
        if minutes >= HOUR || east > MOST_MINUTES {
            return None;
        }
        let west = offset.starts_with('-');
        let signed = if west { -east } else { east };
        let local = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
        let seconds = local.checked_sub(signed.saturating_mul(MINUTE))?;
        let offset = (!(west && east == 0)).then_some(signed);
        Some(Self { seconds: u64::try_from(seconds).ok()?, offset })
    }

    /// The moment.
    #[must_use]
    pub const fn moment(self) -> Timestamp {
        Timestamp::from_millis(self.seconds.saturating_mul(1000))
    }
}

impl std::fmt::Display for CapTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let east = self.offset.unwrap_or_default();
        let local = i64::try_from(self.seconds).unwrap_or(i64::MAX);
        let local = local.saturating_add(east.saturating_mul(MINUTE));
        let moment = jiff::Timestamp::from_second(local).unwrap_or(jiff::Timestamp::MAX);
        let civil = moment.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let sign = if self.offset.is_some_and(|east| east >= 0) { '+' } else { '-' };
        let east = east.abs();
        write!(
            f,
            "{}{sign}{:02}:{:02}",
            civil.strftime("%Y-%m-%dT%H:%M:%S"),
            east / HOUR,
            east % HOUR
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn utc_is_written_without_z_and_the_offset_of_others_is_kept() {
        let moment = Timestamp::from_millis(1_795_449_600_999);
        assert_eq!(CapTime::of(moment).to_string(), "2026-11-23T16:00:00-00:00");
        for text in
            ["2026-11-23T11:00:00-05:00", "2026-11-23T16:00:00+00:00", "2026-11-24T06:00:00+14:00"]
        {
            let read = CapTime::read(text).unwrap();
            assert_eq!(read.to_string(), text);
            assert_eq!(read.moment(), CapTime::of(moment).moment());
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "2026-11-23T16:00:00Z",
            "2026-11-23T16:00:00",
            "2026-11-23T16:00:00,05:00",
            "2026-11-23T16:00:00.5-05:00",
            "2026-11-23 16:00:00-05:00",
            "2026-13-23T16:00:00-05:00",
            "2026-02-30T16:00:00-05:00",
            "2026-11-23T24:00:00-05:00",
            "2026-11-23T16:00:60-05:00",
            "2026-11-23T16:00:00-15:00",
            "2026-11-23T16:00:00-05:60",
            "1969-12-31T23:59:59-00:00",
            "２026-11-23T16:00:00-05",
        ] {
            assert_eq!(CapTime::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(seconds in 0_u64..250_000_000_000, east in -840_i64..=840) {
            let time = CapTime { seconds, offset: Some(east) };
            // The year 10000 has five digits, and is refused.
            if let Some(read) = CapTime::read(&time.to_string()) {
                prop_assert_eq!(read, time);
            } else {
                prop_assert!(seconds > 253_000_000_000 || time.to_string().len() > LENGTH
                    || seconds < 86_400);
            }
            let own = CapTime::of(Timestamp::from_millis(seconds * 1000));
            prop_assert_eq!(CapTime::read(&own.to_string()), Some(own));
        }

        #[test]
        fn any_text_is_survived(text in "[0-9T:+,-]{20,30}|.{0,30}") {
            let _time = CapTime::read(&text);
        }
    }
}
